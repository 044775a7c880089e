//! Shifts of all tills: the open ones as they stand, and the Z reports of the closed ones.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    sales::pair,
    table::{chip, empty, freshness, with},
};
use crate::{
    amounts,
    answers::{Shift, till_label},
    clock, wording,
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
            return empty(t("No shift has been opened yet. It appears here as soon as a till has sent it."));
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
                html::p()
                    .class("big")
                    .child((html::small().child(t("Turnover")), amounts::money(shift.gross_minor, &shift.currency))),
            )),
            times(shift),
            html::div().class("halves").child((
                part(t("Takings"), takings(shift)),
                part(t("Drawer"), drawer(shift)),
                (!shift.pieces.is_empty()).then(|| part(t("Counted one by one"), pieces(shift))),
                part(t("Journal"), journal(shift)),
            )),
            html::div().class("actions").child(
                html::button()
                    .r#type("button")
                    .attr("data-testid", "office-shift-print")
                    .attr("aria-label", tf("Print the shift of {}", &[&till]))
                    .on(ev::click, print)
                    .child(t("Print")),
            ),
        ))
}

/// What to know first, in words.
fn verdict(shift: &Shift) -> AnyView {
    match shift.difference_minor {
        None => chip("notice", t("Open")),
        Some(0) => chip("good", t("Drawer is right")),
        Some(short) if short < 0 => chip("serious", t("Drawer is short")),
        Some(_) => chip("notice", t("Drawer is over")),
    }
}

fn times(shift: &Shift) -> AnyView {
    let by = |template: &str, name: &Option<String>| name.as_ref().map(|name| format!(" · {}", tf(template, &[name])));
    let opened = by(key("opened by {}"), &shift.opened_by);
    let since = clock::moment(&shift.opened_at);
    match &shift.closed_at {
        Some(closed_at) => html::p()
            .class("quiet")
            .child((tf("{} to {}", &[&since, &clock::moment(closed_at)]), opened, by(key("closed by {}"), &shift.closed_by)))
            .into_any(),
        None => html::p()
            .class("quiet")
            .child((tf("Since {}", &[&since]), opened, " · ", t("as far as the till has sent it")))
            .into_any(),
    }
}

fn part(title: String, pairs: Vec<AnyView>) -> AnyView {
    html::section().child((html::h3().child(title), html::dl().class("pairs").child(pairs))).into_any()
}

fn takings(shift: &Shift) -> Vec<AnyView> {
    let money = |minor| amounts::money(minor, &shift.currency);
    let mut pairs = vec![pair(t("Sales"), amounts::count(shift.sales)), pair(t("Net"), money(shift.net_minor))];
    for tax in &shift.taxes {
        let name = tf("{} · {} on {}", &[&tax.code, &amounts::rate(tax.rate_ppm), &money(tax.net_minor)]);
        pairs.push(pair(name, money(tax.tax_minor)));
    }
    if shift.rounding_minor != 0 {
        pairs.push(pair(t("Cash rounding"), money(shift.rounding_minor)));
    }
    if shift.gifts_sold_minor != 0 {
        pairs.push(pair(t("Gift cards sold, no turnover"), money(shift.gifts_sold_minor)));
    }
    if shift.tips_minor != 0 {
        pairs.push(pair(t("Tips, no turnover"), money(shift.tips_minor)));
    }
    let taken = |kind: &str| tf("{} taken", &[&wording::plain(kind)]);
    pairs.extend(shift.tenders.iter().map(|tender| pair(taken(&tender.kind), money(tender.amount_minor))));
    pairs.push(pair(t("Discounts given"), money(shift.discounts_minor)));
    pairs.push(pair(t("Voided sales"), format!("{} · {}", amounts::count(shift.voids), money(shift.voided_minor))));
    pairs.push(pair(t("Refunds"), format!("{} · {}", amounts::count(shift.refunds), money(shift.refunded_minor))));
    for tax in &shift.refund_taxes {
        let name = tf("{} · {} on {} refunded", &[&tax.code, &amounts::rate(tax.rate_ppm), &money(tax.net_minor)]);
        pairs.push(pair(name, money(tax.tax_minor)));
    }
    let refunded = |kind: &str| tf("{} refunded", &[&wording::plain(kind)]);
    pairs.extend(shift.refund_tenders.iter().map(|tender| pair(refunded(&tender.kind), money(tender.amount_minor))));
    pairs
}

fn drawer(shift: &Shift) -> Vec<AnyView> {
    let money = |minor| amounts::money(minor, &shift.currency);
    let mut pairs = vec![
        pair(t("Float"), money(shift.float_minor)),
        pair(t("Cash put in"), money(shift.cash_in_minor)),
        pair(t("Cash taken out"), money(shift.cash_out_minor)),
        pair(t("Expected"), money(shift.expected_minor)),
    ];
    pairs.extend(shift.counted_minor.map(|counted| pair(t("Counted"), money(counted))));
    pairs.extend(shift.difference_minor.map(|difference| pair(t("Difference"), money(difference))));
    pairs.push(pair(t("Opened without a sale"), amounts::count(shift.no_sales)));
    pairs
}

fn pieces(shift: &Shift) -> Vec<AnyView> {
    let money = |minor| amounts::money(minor, &shift.currency);
    let row = |piece: &crate::answers::Pieces| {
        pair(format!("{} × {}", amounts::count(piece.count), money(piece.value_minor)), money(piece.sum_minor()))
    };
    shift.pieces.iter().map(row).collect()
}

fn journal(shift: &Shift) -> Vec<AnyView> {
    let mut pairs = vec![
        pair(t("Entries"), format!("{}–{}", shift.from_seq, shift.to_seq)),
        pair(t("Turnover since enrolment"), amounts::money(shift.turnover_minor, &shift.currency)),
    ];
    if let Some(head) = &shift.head {
        let short: String = head.chars().take(12).collect();
        pairs.push(pair(t("Report"), shift.id.clone()));
        pairs.push(pair(t("Chain head"), short));
        pairs.push(
            html::div()
                .class("whole-hash")
                .child((html::dt().child(t("In full")), html::dd().child(html::code().child(head.clone()))))
                .into_any(),
        );
    }
    pairs
}
