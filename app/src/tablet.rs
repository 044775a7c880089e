//! What a manager sees of the tablet itself: is its data safe from the browser, how much room is there, what waits.

use barrow_core::device::Status;
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    parts::{draw, icon, sentence},
    till::Till,
};

/// A button that opens the panel, for those who may see it.
pub fn tablet_button(till: Till) -> impl IntoView {
    let allowed = Memo::new(move |_| till.around.with(|around| around.tablet.is_some()));
    let open = RwSignal::new(false);
    move || {
        allowed.get().then(|| {
            (
                html::button()
                    .class("button quiet")
                    .attr("type", "button")
                    .attr("data-testid", "tablet")
                    .attr("aria-label", t("This tablet"))
                    .on(ev::click, move |_| open.set(true))
                    .child((draw(icon::TABLET), html::span().class("wide-only").child(t("This tablet")))),
                move || open.get().then(|| panel(till, open)),
            )
        })
    }
}

fn panel(till: Till, open: RwSignal<bool>) -> impl IntoView {
    let status = Memo::new(move |last: Option<&Status>| {
        till.around.with(|around| around.tablet.clone()).or_else(|| last.cloned()).unwrap_or_default()
    });
    let failed = RwSignal::new(None::<String>);
    let dialog = NodeRef::<html::Dialog>::new();
    dialog.on_load(|dialog| {
        // Only a dialog outside of the document refuses.
        let _ = dialog.show_modal();
    });
    let row = |name: String, value: fn(&Status) -> String| {
        html::div().child((html::dt().child(name), html::dd().child(move || status.with(value))))
    };
    html::dialog()
        .node_ref(dialog)
        .attr("class", "dialog")
        .attr("aria-label", t("This tablet"))
        .on(ev::close, move |_| open.set(false))
        .child((
            html::h2().class("title").child(t("This tablet")),
            html::dl().class("facts").child((
                row(t("Kept by the browser"), |s| if s.persisted { t("Yes, promised") } else { t("Not promised") }),
                row(t("Free space"), |s| s.free_bytes.map_or_else(|| t("Not told"), megabytes)),
                row(t("Waiting to be sent"), |s| s.unsent.to_string()),
                row(t("Set aside, unreadable"), |s| s.quarantined.to_string()),
                row(t("Version"), |_| env!("CARGO_PKG_VERSION").into()),
            )),
            sentence("error", move || failed.get()),
            html::div().class("actions").child((
                move || {
                    (!status.with(|s| s.persisted)).then(|| {
                        html::button()
                            .class("button")
                            .attr("type", "button")
                            .on(ev::click, move |_| till.ask_to_be_kept())
                            .child(t("Ask the browser to keep the data"))
                    })
                },
                move || {
                    (status.with(|s| s.quarantined) > 0).then(|| {
                        html::button()
                            .class("button")
                            .attr("type", "button")
                            .attr("data-testid", "quarantine-export")
                            .on(ev::click, move |_| till.export_quarantine(move |why| failed.set(Some(why.to_string()))))
                            .child(t("Export what was set aside"))
                    })
                },
                html::button()
                    .class("button primary")
                    .attr("type", "button")
                    .on(ev::click, move |_| open.set(false))
                    .child(t("Close")),
            )),
        ))
}

fn megabytes(bytes: u64) -> String {
    match bytes / 1_000_000 {
        mb if mb >= 2_000 => tf("{} GB", &[&(mb / 1000)]),
        mb => tf("{} MB", &[&mb]),
    }
}
