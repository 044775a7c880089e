//! What several screens are built from: icons, fields, the keypad, the sentence that says what went wrong.
//!
//! Elements are built by function, never by Leptos's `view!`: the macro turns static parts into `innerHTML`, which the
//! page's Trusted Types policy refuses (docs: `public/tt.js`).

use leptos::{
    ev,
    html::{self, HtmlElement},
    prelude::*,
    svg,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement};

/// Outlines of the icons, on a grid of 24.
pub mod icon {
    /// A padlock.
    pub const LOCK: &str = "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5zM12 15v2";
    /// A cross: hide, remove.
    pub const CLOSE: &str = "M6 6l12 12M18 6L6 18";
    /// Back to where one came from.
    pub const BACK: &str = "M15 5l-7 7 7 7";
    /// Erase the last digit.
    pub const ERASE: &str = "M9 6h11v12H9l-6-6zM12 9.5l5 5M17 9.5l-5 5";
    /// A looking glass.
    pub const SEARCH: &str = "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5";
    /// Pull the sheet up.
    pub const UP: &str = "M5 15l7-7 7 7";
    /// The tablet.
    pub const TABLET: &str = "M6 3h12v18H6zM11 18h2";
    /// The cash drawer.
    pub const DRAWER: &str = "M4 5h16v14H4zM4 12h16M10 15.5h4";
    /// A warning triangle.
    pub const NOTICE: &str = "M12 3.5L22 20H2zM12 10v4.5M12 17v.5";
    /// A printer.
    pub const PRINT: &str = "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z";
    /// A tick.
    pub const DONE: &str = "M5 12.5l4.5 4.5L19 7.5";
    /// Pause: put aside.
    pub const PARK: &str = "M8 5v14M16 5v14";
    /// A basket.
    pub const BASKET: &str = "M4 9h16l-2 10H6zM8 9l3-5M16 9l-3-5";
}

/// An icon, which says nothing to a screen reader: the button around it has the words.
pub fn draw(outline: &'static str) -> impl IntoView {
    svg::svg()
        .attr("class", "icon")
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        .child(svg::path().attr("d", outline))
}

/// The name and sign of the product, for the screens before anybody is signed in.
pub fn wordmark() -> impl IntoView {
    html::div().class("wordmark").child((
        html::img().attr("src", "/icons/barrow.svg").attr("alt", "").attr("width", "40").attr("height", "40"),
        html::span().child("Barrow"),
    ))
}

/// What goes into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A one-time code.
    Code,
    /// A PIN: never shown.
    Pin,
    /// An amount of money.
    Amount,
}

/// A labelled field for one value.
pub struct Field {
    /// What is asked for.
    pub label: &'static str,
    /// Its `data-testid`.
    pub testid: &'static str,
    /// What goes into it.
    pub holds: Holds,
    /// What was typed.
    pub value: RwSignal<String>,
    /// Begin to type here as soon as it is drawn.
    pub first: bool,
}

/// Draws a field; `typed` is called after every change.
pub fn field(field: Field, typed: impl Fn(String) + 'static) -> impl IntoView {
    let Field { label, testid, holds, value, first } = field;
    let input = NodeRef::<html::Input>::new();
    if first {
        focus_if_keyboard(input);
    }
    let (kind, mode) = match holds {
        Holds::Code => ("text", "text"),
        Holds::Pin => ("password", "numeric"),
        Holds::Amount => ("text", "decimal"),
    };
    html::label().class("field").child((
        html::span().class("label").child(label),
        html::input()
            .node_ref(input)
            .attr("class", if holds == Holds::Amount { "input amount" } else { "input" })
            .attr("data-testid", testid)
            .attr("type", kind)
            .attr("inputmode", mode)
            .attr("autocomplete", "off")
            .attr("autocapitalize", if holds == Holds::Code { "characters" } else { "off" })
            .attr("spellcheck", "false")
            .attr("enterkeyhint", "go")
            .attr("maxlength", if holds == Holds::Pin { "12" } else { "64" })
            .prop("value", move || value.get())
            .on(ev::input, move |event| {
                let text = event_target_value(&event);
                value.set(text.clone());
                typed(text);
            }),
    ))
}

/// Digits to tap. `value` is what they are added to; `typed` is called after every tap.
pub fn keypad(holds: Holds, value: RwSignal<String>, typed: impl Fn(String) + 'static) -> impl IntoView {
    let last_row = match holds {
        Holds::Amount => [".", "0", ERASE],
        Holds::Code | Holds::Pin => [CLEAR, "0", ERASE],
    };
    let keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].into_iter().chain(last_row);
    html::div()
        .class("keypad")
        .attr("role", "group")
        .attr("aria-label", "Keypad")
        .on(ev::click, move |event| {
            let Some(key) = attribute_above(&event, "data-key") else { return };
            let mut text = value.get_untracked();
            press(&mut text, &key);
            value.set(text.clone());
            typed(text);
        })
        .child(keys.map(key_button).collect::<Vec<_>>())
}

const ERASE: &str = "erase";
const CLEAR: &str = "clear";

fn key_button(key: &'static str) -> impl IntoView {
    let face = match key {
        ERASE => draw(icon::ERASE).into_any(),
        CLEAR => html::span().class("small").child("Clear").into_any(),
        digit => digit.into_any(),
    };
    let name = match key {
        ERASE => "Erase the last digit",
        CLEAR => "Clear",
        "." => "Decimal point",
        digit => digit,
    };
    html::button().class("key").attr("type", "button").attr("data-key", key).attr("aria-label", name).child(face)
}

fn press(text: &mut String, key: &str) {
    match key {
        ERASE => {
            text.pop();
        }
        CLEAR => text.clear(),
        "." if text.contains(['.', ',']) => {}
        key if text.len() < 12 => text.push_str(key),
        _ => {}
    }
}

/// What went wrong, said at once by a screen reader. Nothing is drawn when nothing did.
pub fn sentence(testid: &'static str, text: impl Fn() -> Option<String> + Send + 'static) -> impl IntoView {
    html::div()
        .class("sentence-place")
        .attr("role", "alert")
        .child(move || text().map(|text| html::p().class("sentence").attr("data-testid", testid).child(text)))
}

/// The value of `name` on the element that was hit, or on the nearest one around it: one listener serves a whole list.
pub fn attribute_above(event: &impl AsRef<Event>, name: &str) -> Option<String> {
    let hit = event.as_ref().target()?.dyn_into::<Element>().ok()?;
    hit.closest(&format!("[{name}]")).ok()??.get_attribute(name)
}

/// Puts the cursor into a field as soon as it is drawn, where that does not bring up a keyboard over half of the screen.
pub fn focus_if_keyboard(input: NodeRef<html::Input>) {
    input.on_load(|input: HtmlInputElement| {
        let fingers = window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches());
        if !fingers {
            // Only an element outside of the document refuses.
            let _ = input.focus();
        }
    });
}

/// Puts the focus on the heading of a screen that was just drawn, so that a screen reader begins to read there.
pub fn heading(text: &'static str) -> HtmlElement<html::H1, impl leptos::attr::Attribute, impl RenderHtml> {
    let heading = NodeRef::<html::H1>::new();
    heading.on_load(|heading| {
        // Only an element outside of the document refuses.
        let _ = heading.focus();
    });
    html::h1().node_ref(heading).attr("class", "title").attr("tabindex", "-1").child(text)
}
