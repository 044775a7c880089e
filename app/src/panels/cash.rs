//! Cash that goes into the drawer, or out of it, without a sale.

use barrow_core::till::Event;
use leptos::{ev, html, prelude::*};

use super::{busy, error, reason::reason};
use crate::{
    parts::{Choice, Field, Holds, choice, field, keypad},
    till::Till,
};

const REASONS: &[&str] = &["Bank", "Change", "Petty cash"];
const OUT: &str = "out";

/// Draws way, amount and reason.
pub fn cash(till: Till) -> impl IntoView {
    let way = RwSignal::new("in");
    let (amount, why) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = busy(till);
    html::form()
        .attr("class", "panel-form")
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::CashSubmitted {
                out: way.get_untracked() == OUT,
                amount: amount.get_untracked(),
                reason: why.get_untracked(),
            });
        })
        .child((
            choice(Choice {
                label: "In or out",
                testid: "cash-way",
                name: "data-way",
                options: &[("in", "Put in"), (OUT, "Take out")],
                value: way,
            }),
            field(
                Field { label: "Amount", testid: "cash-move-amount", holds: Holds::Amount, value: amount, first: true },
                |_| {},
            ),
            keypad(Holds::Amount, amount, |_| {}),
            reason("cash-move-reason", why, REASONS),
            error(till),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "cash-move-apply")
                .prop("disabled", busy)
                .child(move || match (busy(), way.get()) {
                    (true, _) => "Saving…",
                    (false, OUT) => "Take it out of the drawer",
                    (false, _) => "Put it into the drawer",
                }),
        ))
}
