//! Cash that goes into the drawer, or out of it, without a sale.

use barrow_core::till::Event;
use leptos::prelude::*;

use super::{
    form::{Form, form},
    reason::reason,
};
use crate::{
    language::{key, t},
    parts::{Choice, Field, Holds, choice, field, keypad},
    till::Till,
};

const REASONS: &[&str] = &[key("Bank"), key("Coins"), key("Petty cash")];
const OUT: &str = "out";

/// Draws way, amount and reason.
pub fn cash(till: Till) -> AnyView {
    let way = RwSignal::new("in");
    let (amount, why) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let fields = (
        choice(Choice {
            label: t("In or out"),
            testid: "cash-way",
            name: "data-way",
            options: vec![("in", t("Put in")), (OUT, t("Take out"))],
            value: way,
        }),
        field(Field { label: t("Amount"), testid: "cash-move-amount", holds: Holds::Amount, value: amount, first: true }, |_| {}),
        keypad(Holds::Amount, amount, |_| {}),
        reason("cash-move-reason", why, REASONS),
    )
        .into_any();
    let words =
        Signal::derive(move || if way.get() == OUT { t("Take it out of the drawer") } else { t("Put it into the drawer") });
    form(till, Form { fields, beside: None, testid: "cash-move-apply", words }, move || Event::CashSubmitted {
        out: way.get_untracked() == OUT,
        amount: amount.get_untracked(),
        reason: why.get_untracked(),
    })
}
