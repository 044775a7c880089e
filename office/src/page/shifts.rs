//! Z reports.

use leptos::{html, prelude::*};

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
    let list = with(feed, |shifts| {
        if shifts.is_empty() {
            return empty("No shift has been closed yet. A till’s Z report appears here when its shift is closed.");
        }
        html::ul().class("cards wide").attr("role", "list").child(shifts.iter().map(card).collect::<Vec<_>>()).into_any()
    });
    (list, freshness(feed))
}

fn card(shift: &Shift) -> impl IntoView {
    let money = |minor| amounts::money(minor, &shift.currency);
    let mut takings = vec![pair("Sales", shift.sales.to_string()), pair("Net", money(shift.net_minor))];
    for tax in &shift.taxes {
        let name = format!("{} · {} on {}", tax.code, amounts::rate(tax.rate_ppm), money(tax.net_minor));
        takings.push(pair(name, money(tax.tax_minor)));
    }
    if shift.rounding_minor != 0 {
        takings.push(pair("Cash rounding", money(shift.rounding_minor)));
    }
    takings.extend(
        shift.tenders.iter().map(|tender| pair(format!("{} taken", wording::plain(&tender.kind)), money(tender.amount_minor))),
    );
    let drawer = vec![
        pair("Float", money(shift.float_minor)),
        pair("Expected", money(shift.expected_minor)),
        pair("Counted", money(shift.counted_minor)),
        pair("Difference", money(shift.difference_minor)),
        pair("Turnover since enrolment", money(shift.turnover_minor)),
    ];
    let verdict = match shift.difference_minor {
        0 => chip("good", "Drawer is right"),
        short if short < 0 => chip("serious", "Drawer is short"),
        _ => chip("notice", "Drawer is over"),
    };
    html::li().class("card shift").attr("data-testid", "office-shift").attr("data-shift", shift.id.clone()).child((
        html::div().class("shift-head").child((
            html::h2().child((till_label(shift.till_name.as_deref(), shift.till), " ", verdict)),
            html::p().class("big").child(money(shift.gross_minor)),
        )),
        html::p().class("quiet").child((
            moment(&shift.opened_at),
            " to ",
            moment(&shift.closed_at),
            shift.closed_by.as_ref().map(|name| format!(" · closed by {name}")),
            format!(" · report {}", shift.id),
        )),
        html::div().class("halves").child((
            html::section().child((html::h3().child("Takings"), html::dl().class("pairs").child(takings))),
            html::section().child((html::h3().child("Drawer"), html::dl().class("pairs").child(drawer))),
        )),
    ))
}
