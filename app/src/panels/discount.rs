//! Taking a part or an amount off a line's price, or off the whole order.

use barrow_core::{tax::Ppm, till::Event, view::PanelContent};
use leptos::{ev, html, prelude::*};

use super::{
    form::{Form, form},
    reason::reason,
};
use crate::{
    language::{key, t, tf},
    parts::{Choice, Field, Holds, attribute_above, choice, field},
    till::{Till, Where},
};

const QUICK: [&str; 4] = ["5", "10", "15", "20"];
const REASONS: &[&str] = &[key("Damaged"), key("Staff"), key("Loyal customer")];
const PERCENT: &str = "percent";
const AMOUNT: &str = "amount";

/// Off what.
#[derive(Clone, Copy)]
pub enum Of {
    /// This line.
    Line(usize),
    /// The whole order.
    Order,
}

#[derive(Clone, PartialEq)]
struct Given {
    name: String,
    price: String,
    percent_max: u8,
    given: bool,
}

/// Draws part or amount, and reason.
pub fn discount(till: Till, of: Of) -> AnyView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Discount { name, price, percent_max, given, .. } => {
            Some(Given { name: name.clone(), price: price.clone(), percent_max: *percent_max, given: *given })
        }
        PanelContent::OrderDiscount { price, percent_max, given } => {
            Some(Given { name: t("The whole order"), price: price.clone(), percent_max: *percent_max, given: *given })
        }
        _ => None,
    });
    let by = till.kept_choice(Where::Panel, "discount-by", [PERCENT, AMOUNT]);
    let kept = |field| till.kept(Where::Panel, field);
    let (percent, amount, why) = (kept("discount-percent"), kept("discount-amount"), kept("discount-reason"));
    let percent_max = move || state.with(|state| state.as_ref().map_or(0, |s| s.percent_max));
    let too_much = Memo::new(move |_| {
        let rate = percent.with(|percent| Ppm::parse_percent(percent)).unwrap_or_default();
        by.get() == PERCENT && rate.0 > u32::from(percent_max()) * Ppm::PERCENT
    });
    let given = move |by: &str, off: String, reason: String| match (of, by == AMOUNT) {
        (Of::Line(line), true) => Event::AmountOffSubmitted { line, amount: off, reason },
        (Of::Line(line), false) => Event::DiscountSubmitted { line, percent: off, reason },
        (Of::Order, by_amount) => Event::OrderDiscountSubmitted { by_amount, off, reason },
    };
    let quick = move |value: &'static str| {
        html::button()
            .attr("class", "option")
            .attr("type", "button")
            .attr("data-percent", value)
            .attr("aria-pressed", move || if percent.with(|percent| percent == value) { "true" } else { "false" })
            .child(format!("{value} %"))
    };
    let part = move || {
        (
            html::div()
                .attr("class", "choice even")
                .attr("role", "group")
                .attr("aria-label", t("Usual discounts"))
                .on(ev::click, move |event| {
                    if let Some(value) = attribute_above(&event, "data-percent") {
                        percent.set(value);
                    }
                })
                .child(QUICK.map(quick).into_iter().collect::<Vec<_>>()),
            field(
                Field { label: t("Per cent"), testid: "discount-percent", holds: Holds::Percent, value: percent, first: true },
                |_| {},
            ),
        )
    };
    let sum = move || {
        field(
            Field { label: t("Amount off"), testid: "discount-amount", holds: Holds::Amount, value: amount, first: true },
            |_| {},
        )
    };
    let fields = (
        html::p().class("lead").child(move || state.get().map(|s| tf("{} · {}", &[&s.name, &s.price]))),
        choice(Choice {
            label: t("Part or amount"),
            testid: "discount-by",
            name: "data-by",
            options: vec![(PERCENT, t("Per cent")), (AMOUNT, t("Amount"))],
            value: by,
        }),
        move || if by.get() == AMOUNT { sum().into_any() } else { part().into_any() },
        reason("discount-reason", why, REASONS),
        html::p().attr("class", "small").attr("role", "status").child(move || match percent_max() {
            0 => t("Somebody who may give discounts has to approve it."),
            100.. => String::new(),
            most => tf("Up to {} % you may give alone. More needs a manager.", &[&most]),
        }),
    )
        .into_any();
    let take_away = move || {
        state.with(|state| state.as_ref().is_some_and(|s| s.given)).then(|| {
            html::button()
                .attr("class", "button large")
                .attr("type", "button")
                .attr("data-testid", "discount-remove")
                .on(ev::click, move |_| till.send(given(PERCENT, "0".into(), String::new())))
                .child(t("Take it away"))
        })
    };
    let words = Signal::derive(move || if too_much.get() { t("Ask for approval") } else { t("Give the discount") });
    form(till, Form { fields, beside: Some(take_away.into_any()), testid: "discount-apply", words }, move || {
        let by = by.get_untracked();
        let off = if by == AMOUNT { amount } else { percent };
        given(by, off.get_untracked(), why.get_untracked())
    })
}
