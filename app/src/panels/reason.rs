//! Why: one tap for the usual reasons, a field for the others.

use leptos::{ev, html, prelude::*};

use crate::{
    language::t,
    parts::{Field, Holds, attribute_above, field},
};

/// Draws the suggestions and the field.
pub fn reason(testid: &'static str, value: RwSignal<String>, usual: &'static [&'static str]) -> impl IntoView {
    let suggestion = move |words: &&'static str| {
        // In the person's own language, as they would type it.
        let words = t(words);
        let chosen = words.clone();
        html::button()
            .attr("class", "option")
            .attr("type", "button")
            .attr("data-words", words.clone())
            .attr("aria-pressed", move || if value.with(|value| *value == chosen) { "true" } else { "false" })
            .child(words)
    };
    html::div().class("reason").child((
        field(Field { label: t("Reason"), testid, holds: Holds::Words, value, first: false }, |_| {}),
        html::div()
            .attr("class", "choice")
            .attr("role", "group")
            .attr("aria-label", t("Usual reasons"))
            .on(ev::click, move |event| {
                if let Some(words) = attribute_above(&event, "data-words") {
                    value.set(words);
                }
            })
            .child(usual.iter().map(suggestion).collect::<Vec<_>>()),
    ))
}
