//! Choosing the language: each is offered by the name that it has in itself.

use barrow_language::{LANGUAGES, Language, of_code, t};
use leptos::{ev, html, prelude::*};
use wasm_bindgen_futures::spawn_local;

use super::Office;

/// The till's catalogue, and what it lacks. The first is asked for under another address than by the till: a till's service worker
/// may hold it from an older version.
pub(super) const CATALOGUES: &[&str] = &["/lang/{}.json?office", "/lang/office/{}.json"];

/// A list that opens; whoever has chosen sees the whole page in that language.
pub(super) fn choice(office: Office) -> impl IntoView {
    let chosen = office.language.get_untracked();
    let option = |language: &'static Language| {
        html::option()
            .attr("value", language.code)
            .attr("lang", language.code)
            .prop("selected", language.code == chosen)
            .child(language.name)
    };
    html::label().class("language").child(
        html::select()
            .attr("data-testid", "office-language")
            .attr("aria-label", t("Language"))
            .on(ev::change, move |event| {
                if let Some(language) = of_code(&event_target_value(&event)) {
                    choose(office, language);
                }
            })
            .child(LANGUAGES.iter().map(option).collect::<Vec<_>>()),
    )
}

/// What cannot be loaded is not chosen. What was typed over the rules stays; what was not touched is written anew.
fn choose(office: Office, language: &'static Language) {
    spawn_local(async move {
        let rules = office.typing.with_untracked(|typing| typing.as_ref().is_some_and(|typing| typing.is_changed()));
        let cards = office.typing_cards.with_untracked(|typing| typing.as_ref().is_some_and(|typing| typing.is_changed()));
        if barrow_language::choose(language, CATALOGUES).await {
            if !rules {
                office.typing.set(None);
            }
            if !cards {
                office.typing_cards.set(None);
            }
            office.language.set(language.code);
        }
    });
}
