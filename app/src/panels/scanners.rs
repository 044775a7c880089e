//! The barcode scanners that are connected directly, and connecting another one.

use barrow_core::{till::Event, view::PanelContent};
use leptos::{ev, html, prelude::*};

use super::error;
use crate::{
    language::t,
    parts::{draw, icon},
    till::Till,
};

/// Draws the list, and the button that lets the browser ask for another one; or what works where the browser has none.
pub fn scanners(till: Till) -> impl IntoView {
    let scanners = till.panel_part(|panel| match &panel.content {
        PanelContent::Scanners(scanners) => Some(scanners.clone()),
        _ => None,
    });
    html::div().class("panel-form").child(move || match scanners.get().flatten() {
        None => html::p()
            .class("lead")
            .attr("data-testid", "scanner-state")
            .attr("data-state", "impossible")
            .child(t("This browser cannot connect to a scanner directly. A scanner that types like a keyboard works as it is, and so does \
                 the camera. Chrome or Edge on a computer can connect to one."))
            .into_any(),
        Some(names) => (
            html::p().class("lead").child(t(
                "A scanner that types like a keyboard works as it is. One in HID POS mode is connected here, once for each tablet.",
            )),
            html::ul().class("readers").child(if names.is_empty() {
                html::li()
                    .attr("data-testid", "scanner-state")
                    .attr("data-state", "none")
                    .child(t("No scanner is connected."))
                    .into_any()
            } else {
                names.into_iter().map(scanner).collect::<Vec<_>>().into_any()
            }),
            error(till),
            html::div().class("actions").child(
                html::button()
                    .attr("class", "button primary large")
                    .attr("type", "button")
                    .attr("data-testid", "scanner-connect")
                    .on(ev::click, move |_| till.send(Event::ScannerConnectPressed))
                    .child(t("Connect a scanner")),
            ),
        )
            .into_any(),
    })
}

fn scanner(name: String) -> impl IntoView {
    html::li().attr("data-testid", "scanner-state").attr("data-state", "ready").child((
        draw(icon::BARCODE),
        html::div().child((
            html::p().class("reader-name").child(name),
            html::p().class("small").child(t("Ready: what it scans goes into the cart.")),
        )),
    ))
}
