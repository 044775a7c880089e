//! The form that most panels are: fields, what went wrong, and the button that sends it.

use barrow_core::till::Event;
use leptos::{ev, html, prelude::*};

use super::{busy, error};
use crate::{language::t, till::Till};

/// A panel's form.
pub struct Form {
    /// What is to be read and filled in.
    pub fields: AnyView,
    /// Another button before the one that sends it.
    pub beside: Option<AnyView>,
    /// The `data-testid` of the button that sends it.
    pub testid: &'static str,
    /// What stands on that button.
    pub words: Signal<String>,
}

/// Draws the form; `event` is what it asks of the core when it is sent.
pub fn form(till: Till, form: Form, event: impl Fn() -> Event + 'static) -> AnyView {
    let Form { fields, beside, testid, words } = form;
    let busy = busy(till);
    let send = html::button()
        .attr("class", "button primary large")
        .attr("type", "submit")
        .attr("data-testid", testid)
        .prop("disabled", busy)
        .child(move || if busy() { t("Saving…") } else { words.get() });
    html::form()
        .attr("class", "panel-form")
        .attr("autocomplete", "off")
        // What is wrong with a field the core says, in the tablet's language.
        .attr("novalidate", "")
        .on(ev::submit, move |submitted| {
            submitted.prevent_default();
            till.send(event());
        })
        .child((fields, error(till), html::div().class("actions").child((beside, send))))
        .into_any()
}
