//! The list, and the field that narrows it.

use barrow_core::{
    ids::SaleId,
    proof::text,
    scan,
    till::Event,
    view::{HistoryView, OrderRow},
};
use leptos::{ev, html, prelude::*};

use super::{error, part};
use crate::{
    language::{t, tf},
    parts::{attribute_above, draw, focus_if_keyboard, heading, icon, sentence},
    till::Till,
    when::{both_clocks, day_and_clock},
};

/// Sales that are drawn at first, and that "Show more" adds.
const PAGE: usize = 100;

/// Draws the search and the sales, newest first.
pub fn list(till: Till) -> impl IntoView {
    let rows = part(till, |history: &HistoryView| history.rows.clone());
    let search = RwSignal::new(String::new());
    let most = RwSignal::new(PAGE);
    let found = Memo::new(move |_| {
        let words = search.get();
        rows.with(|rows| {
            rows.as_ref().map(|rows| {
                let when = |row: &OrderRow| format!("{} {}", day_and_clock(row.at_ms), both_clocks(row.at_ms));
                rows.iter().filter(|row| row.is_meant_by(&words, &when(row))).cloned().collect::<Vec<_>>()
            })
        })
    });
    let open = move |id: &str| {
        let sale = found.with_untracked(|found| {
            found.as_ref().and_then(|found| found.iter().map(|row| row.sale).find(|sale: &SaleId| sale.to_string() == id))
        });
        if let Some(sale) = sale {
            till.send(Event::OrderChosen(sale));
        }
    };
    // A scanner types the receipt's number and an Enter: the one sale that is left is opened. What stands in the receipt's QR says
    // by itself which sale it is of, whichever till made it.
    let open_only = move || {
        let typed = search.get_untracked();
        if text::is_code(&typed) {
            search.set(String::new());
            return till.send(Event::Scanned(typed));
        }
        let only = found.with_untracked(|found| match found.as_deref() {
            Some([only]) => Some(only.sale),
            _ => None,
        });
        if let Some(sale) = only {
            till.send(Event::OrderChosen(sale));
        }
    };
    let failed = error(till);
    let none = {
        let failed = error(till);
        move || match found.with(|found| found.as_ref().map(Vec::len)) {
            None if failed().is_some() => None,
            None => Some(t("Reading the sales…")),
            Some(0) if search.with(String::is_empty) => Some(t("This till holds no sales.")),
            Some(0) => Some(t("No sale that this till holds is like this.")),
            Some(_) => None,
        }
    };
    html::section().attr("class", "orders").attr("data-testid", "order-list").child((
        html::header().class("orders-head").child((
            html::button()
                .attr("class", "button")
                .attr("type", "button")
                .attr("data-testid", "orders-close")
                .on(ev::click, move |_| till.send(Event::OrdersLeft))
                .child((draw(icon::BACK), t("Selling"))),
            heading(t("Orders and refunds")),
        )),
        finder(search, most, open_only),
        sentence("error", failed),
        html::p().attr("class", "lead none").attr("role", "status").child(none),
        html::ul()
            .attr("class", "order-rows")
            .on(ev::click, move |event| {
                if let Some(id) = attribute_above(&event, "data-sale") {
                    open(&id);
                }
            })
            .child(move || {
                let most = most.get();
                found.with(|found| {
                    let found = found.as_deref().unwrap_or_default();
                    found.iter().take(most).map(row).collect::<Vec<_>>()
                })
            }),
        move || {
            let more = found.with(|found| found.as_ref().map_or(0, Vec::len)) > most.get();
            more.then(|| {
                html::button()
                    .attr("class", "button more")
                    .attr("type", "button")
                    .attr("data-testid", "orders-more")
                    .on(ev::click, move |_| most.update(|most| *most += PAGE))
                    .child(t("Show more"))
            })
        },
        html::p().class("small").child(t(
            "This till holds the sales of the open shift and what still waits to be sent. Older sales are in the office.",
        )),
    ))
}

fn finder(search: RwSignal<String>, most: RwSignal<usize>, open_only: impl Fn() + 'static) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    focus_if_keyboard(input);
    html::form()
        .attr("class", "order-finder")
        .attr("role", "search")
        .attr("autocomplete", "off")
        .on(ev::submit, move |submitted| {
            submitted.prevent_default();
            open_only();
        })
        .child(
            html::label().class("field").child((
                html::span().class("label").child(t("Scan or type the receipt: its code, number, time, amount, or a product")),
                html::input()
                    .node_ref(input)
                    .attr("class", "input")
                    .attr("data-testid", "order-search")
                    .attr("type", "search")
                    .attr("spellcheck", "false")
                    .attr("enterkeyhint", "search")
                    .attr("maxlength", scan::LENGTH_MAX.to_string())
                    .prop("value", move || search.get())
                    .on(ev::input, move |event| {
                        most.set(PAGE);
                        search.set(event_target_value(&event));
                    }),
            )),
        )
}

fn row(row: &OrderRow) -> impl IntoView + use<> {
    html::li().child(
        html::button()
            .attr("class", "order-row")
            .attr("type", "button")
            .attr("data-testid", "order-row")
            .attr("data-sale", row.sale.to_string())
            .attr("data-minor", row.total.minor.to_string())
            .child((
                html::span().class("order-when").child((
                    html::strong().child(day_and_clock(row.at_ms)),
                    html::span().class("small").child(tf("Sale {} · {}", &[&row.sale, &row.staff])),
                )),
                // Where there are no goods, a gift card was sold.
                html::span().class("order-what").child(if row.what.is_empty() { t("Gift card") } else { row.what.clone() }),
                row.state.words().map(|words| html::span().class("order-state").child(t(words))),
                html::span().class("amount").child(row.total.text.clone()),
            )),
    )
}
