//! A code was scanned that the shop does not know: search for it, or go on.

use barrow_core::{
    till::Event,
    view::{PanelContent, Screen},
};
use leptos::{ev, html, prelude::*};

use super::error;
use crate::{
    language::t,
    parts::{draw, icon},
    till::Till,
};

/// The longest code that is put into the search.
const SEARCH_MAX: usize = 80;

/// Draws the code and the choice.
pub fn unknown(till: Till) -> impl IntoView {
    let code = till.panel_part(|panel| match &panel.content {
        PanelContent::UnknownCode { code } => Some(code.clone()),
        _ => None,
    });
    let search = move |_| {
        till.send(Event::PanelClosed);
        if till.view.with_untracked(|view| matches!(view.screen, Screen::Receipt(_))) {
            till.send(Event::NewSalePressed);
        }
        till.query.set(code.get_untracked().unwrap_or_default().chars().take(SEARCH_MAX).collect());
    };
    (
        html::p().class("lead").child(t("No product has this code. Nothing was added.")),
        html::p().class("scanned-code").child(html::code().attr("data-testid", "unknown-code").child(move || code.get())),
        error(till),
        html::div().class("actions").child((
            html::button()
                .attr("class", "button large")
                .attr("type", "button")
                .attr("data-testid", "unknown-search")
                .on(ev::click, search)
                .child((draw(icon::SEARCH), t("Search for it"))),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "button")
                .attr("data-testid", "unknown-dismiss")
                .on(ev::click, move |_| till.send(Event::PanelClosed))
                .child(t("Go on")),
        )),
    )
}
