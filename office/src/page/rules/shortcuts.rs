//! Which key does what at the tills.

use std::collections::BTreeMap;

use barrow_core::shortcuts::Action;
use barrow_language::t;
use leptos::{ev, html, prelude::*};

use super::super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Holds, Said, Text},
    promotions::{ADDRESS, send},
};
use crate::counter::{CounterChange, CounterRules, TypedKeys, action_id, action_words, preset_keys, read_keys, typed_keys};

/// Draws the form, once the server has said which keys there are.
pub(super) fn view(office: Office) -> impl IntoView {
    let rules = Feed::<CounterRules>::of(office, Pace::Live, || ADDRESS.to_owned());
    let typed = RwSignal::new(TypedKeys::new());
    let base = RwSignal::new(TypedKeys::new());
    Effect::new(move |_| {
        let Some(newest) = rules.latest.with(|rules| rules.as_ref().map(|rules| typed_keys(&rules.shortcuts))) else { return };
        // What is being typed is not overwritten.
        if typed.with_untracked(|typed| base.with_untracked(|base| typed == base)) {
            typed.set(newest.clone());
            base.set(newest);
        }
    });
    let is_known = Memo::new(move |_| base.with(|base| !base.is_empty()));
    move || is_known.get().then(|| sheet(office, rules, typed, base))
}

fn sheet(office: Office, rules: Feed<CounterRules>, typed: RwSignal<TypedKeys>, base: RwSignal<TypedKeys>) -> AnyView {
    let (said, busy) = (Said::nothing(), RwSignal::new(false));
    let faults = RwSignal::new(BTreeMap::<Action, String>::new());
    let field = move |action: Action| {
        let field = Text {
            id: place(action),
            label: t(action_words(action)),
            hint: "",
            testid: "office-shortcut",
            holds: Holds::Key,
            value: Signal::derive(move || typed.with(|typed| typed.get(&action).cloned().unwrap_or_default())),
            error: Signal::derive(move || faults.with(|faults| faults.get(&action).map(|why| t(why)).unwrap_or_default())),
        };
        let set = move |text: String| {
            said.clear();
            typed.update(|typed| drop(typed.insert(action, text)));
        };
        html::div().attr("data-action", action_id(action)).child(form::text(field, set)).into_any()
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        match typed.with_untracked(read_keys) {
            Ok(keys) => {
                faults.set(BTreeMap::new());
                let written = typed_keys(&keys);
                let change = CounterChange { shortcuts: Some(keys), ..CounterChange::default() };
                send(office, rules, change, busy, said, t("Saved. Tills take it at their next contact."), move || {
                    let _ = typed.try_set(written.clone());
                    let _ = base.try_set(written);
                });
            }
            Err(found) => {
                said.bad(t("Not saved. What cannot be a key is marked."));
                if let Some(first) = Action::ALL.into_iter().find(|action| found.contains_key(action)) {
                    form::focus(&place(first));
                }
                faults.set(found);
            }
        }
    };
    let reset = move || {
        said.clear();
        faults.set(BTreeMap::new());
        typed.set(preset_keys());
    };
    html::form()
        .class("card stack")
        .attr("aria-label", t("Keyboard shortcuts"))
        .attr("novalidate", "")
        .on(ev::submit, submit)
        .child((
            html::h2().child(t("Keyboard shortcuts")),
            html::p().class("quiet").child(
                t("Use F1 to F4, F7 to F10, Delete, Insert, a letter with Alt+ or Ctrl+, or one of / ? * + - = . , ; #. Left empty, \
                 there is none. The tills’ help sheet lists them."),
            ),
            html::div().class("four-cards").child(Action::ALL.map(field).into_iter().collect::<Vec<_>>()),
            html::div().class("actions").child((
                html::button()
                    .r#type("submit")
                    .attr("data-testid", "office-shortcuts-save")
                    .attr("aria-disabled", move || busy.get().then_some("true"))
                    .child(move || if busy.get() { t("Saving…") } else { t("Save the shortcuts") }),
                form::button("", "office-shortcuts-reset", || t("Back to the presets"), busy, reset),
            )),
            said.view("office-shortcuts"),
        ))
        .into_any()
}

fn place(action: Action) -> String {
    format!("shortcut-{}", action_id(action))
}
