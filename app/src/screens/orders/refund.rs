//! What comes back of a sale, line by line; and then what the customer gets.

use barrow_browser::page;
use barrow_core::{
    till::Event,
    view::{HistoryView, RefundLineView, RefundView},
};
use leptos::{ev, html, prelude::*};

use super::{error, part};
use crate::{
    language::{key, t, tf},
    panels::ask_why,
    parts::{draw, heading, icon, sentence},
    till::{Till, Where},
};

const REASONS: &[&str] = &[key("Damaged"), key("Wrong item"), key("Does not fit"), key("Changed their mind")];

fn shown(till: Till) -> Memo<Option<RefundView>> {
    part(till, |history: &HistoryView| history.order.as_ref().and_then(|order| order.refund.clone()))
}

/// Draws the form.
pub fn refund(till: Till) -> impl IntoView {
    let refund = shown(till);
    let busy = part(till, |history: &HistoryView| Some(history.busy));
    let busy = move || busy.get() == Some(true);
    let why = till.kept(Where::Screen, "refund-reason");
    let credit = Memo::new(move |_| refund.with(|refund| refund.as_ref().is_some_and(|refund| refund.credit)));
    // The sale's lines do not change while something of them is chosen, so that what has the focus stays.
    let places = refund.with_untracked(|refund| refund.as_ref().map_or(0, |refund| refund.lines.len()));
    let all = move |all: bool, testid: &'static str, words: String| {
        html::button()
            .attr("class", "button")
            .attr("type", "button")
            .attr("data-testid", testid)
            .on(ev::click, move |_| till.send(Event::RefundAllChosen(all)))
            .child(words)
    };
    html::form()
        .attr("class", "card refunding")
        .attr("autocomplete", "off")
        .on(ev::submit, move |submitted| {
            submitted.prevent_default();
            till.send(Event::RefundSubmitted(why.get_untracked()));
        })
        .child((
            html::div().class("refund-body").child((
                html::header().class("orders-head").child((
                    html::button()
                        .attr("class", "button")
                        .attr("type", "button")
                        .attr("data-testid", "refund-back")
                        .on(ev::click, move |_| till.send(Event::OrderLeft))
                        .child((draw(icon::BACK), t("Back"))),
                    heading(t("What comes back?")),
                )),
                html::div()
                    .class("actions")
                    .child((all(true, "refund-all", t("Everything")), all(false, "refund-none", t("Nothing yet")))),
                html::ul().class("refund-lines").child((0..places).map(|place| line(till, refund, place)).collect::<Vec<_>>()),
                html::label().class("off-shelf").child((
                    html::input()
                        .attr("type", "checkbox")
                        .attr("data-testid", "refund-off-shelf")
                        .prop("checked", move || refund.with(|refund| refund.as_ref().is_some_and(|refund| refund.off_shelf)))
                        .on(ev::change, move |event| till.send(Event::RefundOffShelf(event_target_checked(&event)))),
                    html::span().child(t("The goods cannot be sold again: keep them out of stock")),
                )),
                ask_why("refund-reason", why, REASONS),
            )),
            // In sight whatever stands above it.
            html::div().class("refund-foot").child((
                html::dl().class("balance").child(
                    html::div().class("balance-change").child((
                        html::dt().child(t("To give back")),
                        html::dd()
                            .attr("data-testid", "refund-total")
                            .attr("data-minor", move || {
                                refund.with(|refund| refund.as_ref().map(|refund| refund.total.minor.to_string()))
                            })
                            .child(move || refund.with(|refund| refund.as_ref().map(|refund| refund.total.text.clone()))),
                    )),
                ),
                html::ul().class("refund-then").child(move || {
                    let then = refund.with(|refund| refund.as_ref().map(|refund| refund.then.clone())).unwrap_or_default();
                    then.into_iter().map(|sentence| html::li().child(t(&sentence))).collect::<Vec<_>>()
                }),
                sentence("error", error(till)),
                html::div().class("actions").child((
                    html::button()
                        .attr("class", "button large")
                        .attr("type", "button")
                        .attr("data-testid", "exchange-begin")
                        .prop("disabled", busy)
                        .on(ev::click, move |_| till.send(Event::ExchangeSubmitted(why.get_untracked())))
                        .child(t("Exchange for other goods")),
                    move || {
                        credit.get().then(|| {
                            html::button()
                                .attr("class", "button large")
                                .attr("type", "button")
                                .attr("data-testid", "refund-credit")
                                .prop("disabled", busy)
                                .on(ev::click, move |_| {
                                    let random = page::new_gift_code();
                                    till.send(Event::CreditSubmitted { reason: why.get_untracked(), random });
                                })
                                .child((draw(icon::GIFT), t("As store credit")))
                        })
                    },
                    html::button()
                        .attr("class", "button primary large")
                        .attr("type", "submit")
                        .attr("data-testid", "refund-confirm")
                        .prop("disabled", busy)
                        .child(move || if busy() { t("Saving…") } else { t("Refund") }),
                )),
            )),
        ))
}

fn line(till: Till, refund: Memo<Option<RefundView>>, place: usize) -> impl IntoView {
    let line = Memo::new(move |_| refund.with(|refund| refund.as_ref().and_then(|refund| refund.lines.get(place).cloned())));
    let of = move |pick: fn(&RefundLineView) -> String| line.with(|line| line.as_ref().map(pick)).unwrap_or_default();
    let name = line.with_untracked(|line| line.as_ref().map(|line| line.name.clone())).unwrap_or_default();
    let sku = line.with_untracked(|line| line.as_ref().map(|line| line.sku.clone())).unwrap_or_default();
    let step = move |pieces: i64, sign: &'static str, name: String, is_end: fn(&RefundLineView) -> bool| {
        html::button()
            .attr("class", "button step")
            .attr("type", "button")
            .attr("aria-label", name)
            .prop("disabled", move || line.with(|line| line.as_ref().is_some_and(is_end)))
            .on(ev::click, move |_| till.send(Event::RefundQtyStepped { line: place, pieces }))
            .child(sign)
    };
    html::li()
        .attr("class", "refund-line")
        .attr("data-testid", "refund-line")
        .attr("data-line", place.to_string())
        .attr("data-sku", sku)
        .child((
            html::span().class("line-name").child((
                html::span().child(name.clone()),
                html::span().class("small").child(move || of(|line| tf("{} can come back", &[&t(&line.left)]))),
            )),
            html::span().class("line-steps").child((
                step(-1, "−", tf("One {} less", &[&name]), |line| line.is_none),
                html::input()
                    .attr("class", "line-qty")
                    .attr("data-testid", "refund-qty")
                    .attr("type", "text")
                    .attr("inputmode", "numeric")
                    .attr("maxlength", "12")
                    .attr("aria-label", tf("How many of {} come back", &[&name]))
                    .prop("value", move || of(|line| line.qty.clone()))
                    .on(ev::change, move |event| {
                        till.send(Event::RefundQtyTyped { line: place, qty: event_target_value(&event) });
                        // What was refused must not stand there.
                        let input = event_target::<web_sys::HtmlInputElement>(&event);
                        input.set_value(
                            &line.with_untracked(|line| line.as_ref().map(|line| line.qty.clone())).unwrap_or_default(),
                        );
                    }),
                step(1, "+", tf("One {} more", &[&name]), |line| line.is_all),
            )),
            html::span().class("line-price").child(move || of(|line| line.gross.clone())),
        ))
}

/// Draws what goes back to the customer, as large as it can be.
pub fn refunded(till: Till) -> impl IntoView {
    let refund = shown(till);
    html::section().attr("class", "receipt alone").attr("data-testid", "refund-done").child(
        html::div().class("paid").child((
            html::div().class("paid-sign").child((draw(icon::DONE), heading(t("Refunded")))),
            html::p().class("label").child(move || {
                // A large figure to give back would be taken for cash.
                if refund.with(|refund| refund.as_ref().is_some_and(|refund| refund.on_card)) {
                    t("On the gift card")
                } else {
                    t("To give back")
                }
            }),
            html::p()
                .attr("class", "huge")
                .attr("data-testid", "refund-total")
                .attr("data-minor", move || refund.with(|refund| refund.as_ref().map(|refund| refund.total.minor.to_string())))
                .child(move || refund.with(|refund| refund.as_ref().map(|refund| refund.total.text.clone()))),
            html::ul().class("refund-then").child(move || {
                let then = refund.with(|refund| refund.as_ref().map(|refund| refund.then.clone())).unwrap_or_default();
                then.into_iter().map(|sentence| html::li().class("lead").child(t(&sentence))).collect::<Vec<_>>()
            }),
            sentence("error", error(till)),
            html::div().class("actions").child((
                html::button()
                    .attr("class", "button large")
                    .attr("type", "button")
                    .attr("data-testid", "order-back")
                    .on(ev::click, move |_| till.send(Event::OrderLeft))
                    .child((draw(icon::BACK), t("All orders"))),
                html::button()
                    .attr("class", "button large")
                    .attr("type", "button")
                    .attr("data-testid", "refund-print")
                    .on(ev::click, move |_| till.send(Event::PrintPressed))
                    .child((draw(icon::PRINT), t("Print"))),
                html::button()
                    .attr("class", "button primary large")
                    .attr("type", "button")
                    .attr("data-testid", "new-sale")
                    .on(ev::click, move |_| till.send(Event::OrdersLeft))
                    .child(t("New sale")),
            )),
        )),
    )
}
