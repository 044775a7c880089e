//! Something that the till warns of: what was done about it.

use barrow_core::{journal, till::Event, view::PanelContent};
use leptos::{html, prelude::*};

use super::{
    form::{Form, form},
    reason::reason,
};
use crate::till::Till;

const DECLINED: &[&str] = &["Customer paid otherwise", "Customer could not be found", "Told the owner"];
const READER: &[&str] = &["Reader taken away", "It is our new reader", "Told the owner"];

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
    let done = RwSignal::new(String::new());
    let fields = (
        html::p().class("lead").child(move || about.get().map(|(sentence, _)| sentence)),
        reason("alert-note", done, usual),
        html::p().class("small").child("What you write stays in the journal, with your name."),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "alert-answer", words: "Dealt with".into() };
    form(till, asked, move || match about.get_untracked() {
        Some((_, alert)) => Event::AlertAnswered { alert, note: done.get_untracked() },
        None => Event::PanelClosed,
    })
}
