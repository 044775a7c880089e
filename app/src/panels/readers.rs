//! The card readers: which are attached, whether they may be used, and connecting another one.

use barrow_core::{
    till::Event,
    view::{PanelContent, ReaderView},
};
use leptos::{ev, html, prelude::*};

use super::error;
use crate::{
    language::{t, tf},
    parts::{draw, icon},
    till::Till,
};

/// Draws the list, and the button that lets the browser ask for another one.
pub fn readers(till: Till) -> impl IntoView {
    let readers = till.panel_part(|panel| match &panel.content {
        PanelContent::Readers(readers) => Some(readers.clone()),
        _ => None,
    });
    html::div().class("panel-form").child((
        html::ul().class("readers").child(move || match readers.get() {
            Some(readers) if !readers.is_empty() => readers.into_iter().map(reader).collect::<Vec<_>>().into_any(),
            _ => html::li()
                .attr("data-testid", "reader-state")
                .attr("data-state", "none")
                .child(t("No reader is connected."))
                .into_any(),
        }),
        error(till),
        html::div().class("actions").child(
            html::button()
                .attr("class", "button primary large")
                .attr("type", "button")
                .attr("data-testid", "reader-connect")
                .on(ev::click, move |_| till.send(Event::ReaderConnectPressed))
                .child(t("Connect a reader")),
        ),
    ))
}

fn reader(reader: ReaderView) -> impl IntoView {
    html::li().attr("data-testid", "reader-state").attr("data-state", reader.state).child((
        draw(if reader.state == "ready" { icon::CARD } else { icon::NOTICE }),
        html::div().child((
            html::p().class("reader-name").child(t(&reader.words)),
            html::p().class("small").child(t(reader.sentence)),
            reader.firmware.map(|firmware| html::p().class("small").child(tf("Firmware {}", &[&firmware]))),
        )),
    ))
}
