//! The receipt printer: how it is reached, its paper, what it does by itself, and a test page.

use barrow_core::{
    printer::{Link, PrinterSeen, Settings, Width},
    receipt::code_page::CodePage,
    till::Event,
    view::PanelContent,
};
use leptos::{ev, html, prelude::*};

use super::error;
use crate::{
    language::{key, t},
    parts::{draw, icon},
    till::Till,
};

/// Draws it.
pub fn printer(till: Till) -> impl IntoView {
    let seen = till.panel_part(|panel| match &panel.content {
        PanelContent::Printer(seen) => Some(seen.clone()),
        _ => None,
    });
    let seen = Memo::new(move |_| seen.get().unwrap_or_default());
    let settings = Memo::new(move |_| seen.with(|seen| seen.settings));
    // What has the focus is not drawn anew when something else changes.
    let ways = Memo::new(move |_| seen.with(|seen| seen.ways.clone()));
    let by_system = Memo::new(move |_| settings.get().link == Link::System);
    html::div().class("panel-form printer").child((
        group(key("Print on"), move || ways.get().into_iter().map(|link| way(till, settings, link)).collect()),
        move || by_system.get().then(|| html::p().class("small").attr("data-testid", "printer-hint").child(t(hint(&seen.get())))),
        move || (!by_system.get()).then(|| connection(till, seen)),
        group(key("Paper roll"), move || {
            [Width::Mm80, Width::Mm58].map(|width| roll(till, settings, width)).into_iter().collect()
        }),
        move || {
            (!by_system.get()).then(|| {
                (
                    group(key("Letters"), move || CodePage::ALL.map(|page| letters(till, settings, page)).into_iter().collect()),
                    html::p().class("small").child(t("If € or ä print as something else, take the other one.")),
                )
            })
        },
        html::div().class("switches").child((
            switch(
                till,
                "printer-auto",
                key("Print each receipt once it is paid"),
                move || settings.get().auto,
                move |on| Settings { auto: on, ..settings.get_untracked() },
            ),
            move || {
                (!by_system.get()).then(|| {
                    switch(
                        till,
                        "printer-drawer",
                        key("Open the drawer for cash"),
                        move || settings.get().drawer,
                        move |on| Settings { drawer: on, ..settings.get_untracked() },
                    )
                })
            },
        )),
        trouble(till),
        error(till),
        html::div().class("actions").child(
            html::button()
                .attr("class", "button large")
                .attr("type", "button")
                .attr("data-testid", "printer-test")
                .on(ev::click, move |_| till.send(Event::TestPrintPressed))
                .child((draw(icon::PRINT), t("Test print"))),
        ),
    ))
}

fn hint(seen: &PrinterSeen) -> &'static str {
    if seen.ways.len() > 1 {
        key(
            "The browser’s print dialog opens for each receipt. A receipt printer that is connected here prints at once, and opens the drawer.",
        )
    } else {
        key(
            "This browser reaches no receipt printer itself: it prints through the system, and opens no drawer. Chrome and Edge can.",
        )
    }
}

fn group(label: &'static str, options: impl Fn() -> Vec<AnyView> + Send + 'static) -> impl IntoView {
    html::div().class("field").child((
        html::p().class("label").child(t(label)),
        html::div().class("choice").attr("role", "group").attr("aria-label", t(label)).child(options),
    ))
}

fn option(
    till: Till,
    testid: &'static str,
    value: &'static str,
    words: &'static str,
    pressed: impl Fn() -> bool + Send + 'static,
    set: impl Fn() -> Settings + 'static,
) -> AnyView {
    html::button()
        .attr("class", "option")
        .attr("type", "button")
        .attr("data-testid", testid)
        .attr("data-value", value)
        .attr("aria-pressed", move || if pressed() { "true" } else { "false" })
        .on(ev::click, move |_| till.send(Event::PrinterSet(set())))
        .child(t(words))
        .into_any()
}

fn way(till: Till, settings: Memo<Settings>, link: Link) -> AnyView {
    let set = move || Settings { link, ..settings.get_untracked() };
    option(till, "printer-link", link.id(), link.words(), move || settings.get().link == link, set)
}

fn roll(till: Till, settings: Memo<Settings>, width: Width) -> AnyView {
    let (value, words) = match width {
        Width::Mm80 => ("80", "80 mm"),
        Width::Mm58 => ("58", "58 mm"),
    };
    let set = move || Settings { width, ..settings.get_untracked() };
    option(till, "printer-width", value, words, move || settings.get().width == width, set)
}

fn letters(till: Till, settings: Memo<Settings>, page: CodePage) -> AnyView {
    let set = move || Settings { page, ..settings.get_untracked() };
    option(till, "printer-page", page.words(), page.words(), move || settings.get().page == page, set)
}

fn switch(
    till: Till,
    testid: &'static str,
    words: &'static str,
    on: impl Fn() -> bool + Copy + Send + 'static,
    set: impl Fn(bool) -> Settings + 'static,
) -> impl IntoView {
    html::label().class("switch").child((
        html::input()
            .attr("type", "checkbox")
            .attr("data-testid", testid)
            .prop("checked", on)
            .on(ev::change, move |event| till.send(Event::PrinterSet(set(event_target_checked(&event))))),
        html::span().child(t(words)),
    ))
}

fn connection(till: Till, seen: Memo<PrinterSeen>) -> impl IntoView {
    let connected = Memo::new(move |_| seen.with(|seen| seen.connected.clone()));
    html::div()
        .attr("class", "printer-state")
        .attr("data-testid", "printer-state")
        .attr("data-state", move || if connected.with(Option::is_some) { "connected" } else { "none" })
        .child((
            draw(icon::PRINT),
            html::div().child(move || match connected.get() {
                Some(name) => {
                    (html::p().class("reader-name").child(name), html::p().class("small").child(t("Connected."))).into_any()
                }
                None => html::p().child(t("No printer is connected.")).into_any(),
            }),
            html::button()
                .attr("class", "button primary")
                .attr("type", "button")
                .attr("data-testid", "printer-connect")
                .on(ev::click, move |_| till.send(Event::PrinterConnectPressed(seen.with_untracked(|seen| seen.settings.link))))
                .child(t("Connect")),
        ))
}

/// The notices are behind this dialog.
fn trouble(till: Till) -> impl IntoView {
    let why = Memo::new(move |_| till.view.with(|view| view.print_trouble.map(|trouble| trouble.why.to_string())));
    move || {
        why.get()
            .map(|why| html::p().attr("class", "error").attr("role", "alert").attr("data-testid", "printer-error").child(t(&why)))
    }
}
