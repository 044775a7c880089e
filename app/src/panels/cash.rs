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
    till::{Till, Where},
};

const REASONS: &[&str] = &[key("Bank"), key("Coins"), key("Petty cash")];
const IN: &str = "in";
const OUT: &str = "out";

/// Draws way, amount and reason.
pub fn cash(till: Till) -> AnyView {
    let way = till.kept_choice(Where::Panel, "cash-way", [IN, OUT]);
    let (amount, why) = (till.kept(Where::Panel, "cash-move-amount"), till.kept(Where::Panel, "cash-move-reason"));
    let fields = (
        choice(Choice {
            label: t("In or out"),
            testid: "cash-way",
            name: "data-way",
            options: vec![(IN, t("Put in")), (OUT, t("Take out"))],
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
