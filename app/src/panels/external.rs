//! A terminal of its own took the payment: the number on its slip.

use barrow_core::{till::Event, view::PanelContent};
use leptos::{html, prelude::*};

use super::form::{Form, form};
use crate::{
    language::t,
    parts::{Field, Holds, field},
    till::{Till, Where},
};

/// Draws what the terminal is to take, and asks for its slip's number.
pub fn external(till: Till) -> AnyView {
    let amount = till.panel_part(|panel| match &panel.content {
        PanelContent::External { amount } => Some(amount.text.clone()),
        _ => None,
    });
    let number = till.kept(Where::Panel, "external-reference");
    let asked = Field {
        label: t("Number on the terminal's slip"),
        testid: "external-reference",
        holds: Holds::Words,
        value: number,
        first: true,
    };
    let fields = (
        html::p().class("label").child(t("Type into the terminal")),
        html::p().class("huge").child(move || amount.get()),
        field(asked, |_| {}),
        html::p().class("small").child(t("Never a card's number: the slip's receipt or trace number.")),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "external-confirm", words: t("The terminal has taken it").into() };
    form(till, asked, move || Event::ExternalSubmitted { reference: number.get_untracked() })
}
