//! Choosing the language: each is offered by the name that it has in itself.

use leptos::{ev, html, prelude::*};

use super::{LANGUAGES, choose, t};
use crate::{
    parts::{draw, icon},
    till::Till,
};

/// A list that opens; whoever has chosen sees the whole screen in that language.
pub fn language_choice(till: Till) -> impl IntoView {
    let chosen = till.language.get_untracked();
    let option = |language: &'static super::Language| {
        html::option()
            .attr("value", language.code)
            .attr("lang", language.code)
            .prop("selected", language.code == chosen)
            .child(language.name)
    };
    html::label().class("language").child((
        draw(icon::LANGUAGE),
        html::select()
            .attr("class", "input")
            .attr("data-testid", "language")
            .attr("aria-label", t("Language"))
            .on(ev::change, move |event| {
                let code = event_target_value(&event);
                if let Some(language) = LANGUAGES.iter().find(|language| language.code == code) {
                    choose(till, language);
                }
            })
            .child(LANGUAGES.iter().map(option).collect::<Vec<_>>()),
    ))
}
