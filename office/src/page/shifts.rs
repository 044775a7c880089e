//! Shifts of all tills: the open ones as they stand, and the Z reports of the closed ones.

use leptos::{ev, html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    sales::pair,
    table::{chip, empty, freshness, moment, with},
};
use crate::{
    amounts,
    answers::{Shift, till_label},
    wording,
};

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let feed = Feed::<Vec<Shift>>::of(office, Pace::Live, || "/v1/office/reports/shifts?limit=100".to_owned());
    // The one shift that is printed; all of them if none.
    let printed = RwSignal::new(Option::<String>::None);
    let listening = window_event_listener_untyped("afterprint", move |_| printed.set(None));
    on_cleanup(move || listening.remove());
    let list = with(feed, move |shifts| {
        if shifts.is_empty() {
            return empty("No shift has been opened yet. It appears here as soon as a till has sent it.");
        }
        let mut sorted: Vec<&Shift> = shifts.iter().collect();
        // Stable: among the open and among the closed the server's order, newest first, stays.
        sorted.sort_by_key(|shift| !shift.is_open());
        let cards: Vec<_> = sorted.into_iter().map(|shift| card(shift, printed)).collect();
        html::ul()
            .class("cards wide")
            .class(("one-printed", move || printed.with(Option::is_some)))
            .attr("role", "list")
            .child(cards)
            .into_any()
    });
    (list, freshness(feed))
}

fn card(shift: &Shift, printed: RwSignal<Option<String>>) -> impl IntoView {
    let id = shift.id.clone();
    let is_printed = {
        let id = id.clone();
        move || printed.with(|printed| printed.as_ref() == Some(&id))
    };
    let print = {
        let id = id.clone();
        move |_| {
            printed.set(Some(id.clone()));
            // After the other cards have stepped back.
            request_animation_frame(|| {
                let _ = window().print();
            });
        }
    };
    let till = till_label(shift.till_name.as_deref(), shift.till);
    html::li()
        .class("card shift")
        .class(("printed", is_printed))
        .attr("data-testid", "office-shift")
        .attr("data-shift", shift.id.clone())
        .attr("data-till", shift.till.to_string())
        .attr("data-state", if shift.is_open() { "open" } else { "closed" })
        .child((
            html::div().class("shift-head").child((
                html::h2().child((till.clone(), " ", verdict(shift))),
                html::p().class("big").child(amounts::money(shift.gross_minor, &shift.currency)),
            )),
            times(shift),
            html::div().class("halves").child((
                part("Takings", takings(shift)),
                part("Drawer", drawer(shift)),
                (!shift.pieces.is_empty()).then(|| part("Counted one by one", pieces(shift))),
                part("Journal", journal(shift)),
            )),
            html::div().class("actions").child(
                html::button()
                    .r#type("button")
                    .attr("data-testid", "office-shift-print")
                    .attr("aria-label", format!("Print the shift of {till}"))
                    .on(ev::click, print)
                    .child("Print"),
            ),
        ))
}

/// What to know first, in words.
fn verdict(shift: &Shift) -> AnyView {
    match shift.difference_minor {
        None => chip("notice", "Open"),
        Some(0) => chip("good", "Drawer is right"),
        Some(short) if short < 0 => chip("serious", "Drawer is short"),
        Some(_) => chip("notice", "Drawer is over"),
    }
}

fn times(shift: &Shift) -> AnyView {
    let by = |word: &str, name: &Option<String>| name.as_ref().map(|name| format!(" · {word} by {name}"));
    let opened = by("opened", &shift.opened_by);
    match &shift.closed_at {
        Some(closed_at) => html::p()
            .class("quiet")
            .child((moment(&shift.opened_at), " to ", moment(closed_at), opened, by("closed", &shift.closed_by)))
            .into_any(),
        None => html::p()
            .class("quiet")
            .child(("Since ", moment(&shift.opened_at), opened, " · as far as the till has sent it"))
            .into_any(),
    }
}

fn part(title: &'static str, pairs: Vec<AnyView>) -> AnyView {
    html::section().child((html::h3().child(title), html::dl().class("pairs").child(pairs))).into_any()
}

fn takings(shift: &Shift) -> Vec<AnyView> {
    let money = |minor| amounts::money(minor, &shift.currency);
    let mut pairs = vec![pair("Sales", shift.sales.to_string()), pair("Net", money(shift.net_minor))];
    for tax in &shift.taxes {
        let name = format!("{} · {} on {}", tax.code, amounts::rate(tax.rate_ppm), money(tax.net_minor));
        pairs.push(pair(name, money(tax.tax_minor)));
    }
    if shift.rounding_minor != 0 {
        pairs.push(pair("Cash rounding", money(shift.rounding_minor)));
    }
    if shift.gifts_sold_minor != 0 {
        pairs.push(pair("Gift cards sold, no turnover", money(shift.gifts_sold_minor)));
    }
    if shift.tips_minor != 0 {
        pairs.push(pair("Tips, no turnover", money(shift.tips_minor)));
    }
    let taken = |kind: &str| format!("{} taken", wording::plain(kind));
    pairs.extend(shift.tenders.iter().map(|tender| pair(taken(&tender.kind), money(tender.amount_minor))));
    pairs.push(pair("Discounts given", money(shift.discounts_minor)));
    pairs.push(pair("Voided sales", format!("{} · {}", shift.voids, money(shift.voided_minor))));
    pairs.push(pair("Refunds", format!("{} · {}", shift.refunds, money(shift.refunded_minor))));
    for tax in &shift.refund_taxes {
        let name = format!("{} · {} on {} refunded", tax.code, amounts::rate(tax.rate_ppm), money(tax.net_minor));
        pairs.push(pair(name, money(tax.tax_minor)));
    }
    let refunded = |kind: &str| format!("{} refunded", wording::plain(kind));
    pairs.extend(shift.refund_tenders.iter().map(|tender| pair(refunded(&tender.kind), money(tender.amount_minor))));
    pairs
}

fn drawer(shift: &Shift) -> Vec<AnyView> {
    let money = |minor| amounts::money(minor, &shift.currency);
    let mut pairs = vec![
        pair("Float", money(shift.float_minor)),
        pair("Cash put in", money(shift.cash_in_minor)),
        pair("Cash taken out", money(shift.cash_out_minor)),
        pair("Expected", money(shift.expected_minor)),
    ];
    pairs.extend(shift.counted_minor.map(|counted| pair("Counted", money(counted))));
    pairs.extend(shift.difference_minor.map(|difference| pair("Difference", money(difference))));
    pairs.push(pair("Opened without a sale", shift.no_sales.to_string()));
    pairs
}

fn pieces(shift: &Shift) -> Vec<AnyView> {
    let money = |minor| amounts::money(minor, &shift.currency);
    let row = |piece: &crate::answers::Pieces| {
        pair(format!("{} × {}", piece.count, money(piece.value_minor)), money(piece.sum_minor()))
    };
    shift.pieces.iter().map(row).collect()
}

fn journal(shift: &Shift) -> Vec<AnyView> {
    let mut pairs = vec![
        pair("Entries", format!("{}–{}", shift.from_seq, shift.to_seq)),
        pair("Turnover since enrolment", amounts::money(shift.turnover_minor, &shift.currency)),
    ];
    if let Some(head) = &shift.head {
        let short: String = head.chars().take(12).collect();
        pairs.push(pair("Report", shift.id.clone()));
        pairs.push(pair("Chain head", short));
        pairs.push(
            html::div()
                .class("whole-hash")
                .child((html::dt().child("In full"), html::dd().child(html::code().child(head.clone()))))
                .into_any(),
        );
    }
    pairs
}
