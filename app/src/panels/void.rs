//! Taking the sale on screen back.

use barrow_core::{till::Event, view::PanelContent};
use leptos::{html, prelude::*};

use super::{
    form::{Form, form},
    reason::reason,
};
use crate::{
    language::{key, t},
    till::{Till, Where},
};

const REASONS: &[&str] = &[key("Wrong item"), key("Wrong amount"), key("Customer changed their mind")];

/// Draws what goes back to the customer, and asks why.
pub fn void(till: Till) -> AnyView {
    let total = till.panel_part(|panel| match &panel.content {
        PanelContent::Void { total, .. } => Some(total.text.clone()),
        _ => None,
    });
    let then = till.panel_part(|panel| match &panel.content {
        PanelContent::Void { then, .. } => Some(then.clone()),
        _ => None,
    });
    let why = till.kept(Where::Panel, "void-reason");
    let fields = (
        html::p().class("label").child(t("To take back")),
        html::p().class("huge").child(move || total.get()),
        html::p().class("lead").child(move || then.get()),
        reason("void-reason", why, REASONS),
        html::p().class("small").child(t("The sale and its void both stay in the journal.")),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "void-confirm", words: t("Void the sale").into() };
    form(till, asked, move || Event::VoidSubmitted(why.get_untracked()))
}
