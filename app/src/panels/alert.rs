//! Something that the till warns of: what was done about it.

use barrow_core::{journal, till::Event, view::PanelContent};
use leptos::{html, prelude::*};

use super::{
    form::{Form, form},
    reason::reason,
};
use crate::{
    language::{key, t},
    till::{Till, Where},
};

const DECLINED: &[&str] = &[key("Customer paid otherwise"), key("Customer could not be found"), key("Told the owner")];
const READER: &[&str] = &[key("Reader taken away"), key("It is our new reader"), key("Told the owner")];

/// Draws what happened, and asks what was done.
pub fn alert(till: Till) -> AnyView {
    let about = till.panel_part(|panel| match &panel.content {
        PanelContent::Alert { sentence, alert } => Some((sentence.clone(), alert.clone())),
        _ => None,
    });
    let usual = match about.get_untracked() {
        Some((_, journal::Alert::WrongReader(_))) => READER,
        _ => DECLINED,
    };
    let done = till.kept(Where::Panel, "alert-note");
    let fields = (
        html::p().class("lead").child(move || about.get().map(|(sentence, _)| t(&sentence))),
        reason("alert-note", done, usual),
        html::p().class("small").child(t("What you write stays in the journal, with your name.")),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "alert-answer", words: t("Dealt with").into() };
    form(till, asked, move || match about.get_untracked() {
        Some((_, alert)) => Event::AlertAnswered { alert, note: done.get_untracked() },
        None => Event::PanelClosed,
    })
}
