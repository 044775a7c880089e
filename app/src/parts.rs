//! What several screens are built from: icons, fields, the keypad, the sentence that says what went wrong.
//!
//! Elements are built by function, never by Leptos's `view!`: the macro turns static parts into `innerHTML`, which the
//! page's Trusted Types policy refuses (docs: `public/tt.js`).

use barrow_core::staff::Pin;
use leptos::{
    ev,
    html::{self, HtmlElement},
    prelude::*,
    svg,
};

use crate::language::{decimal, t};
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
    /// E-mail.
    pub const MAIL: &str = "M3 6h18v12H3zM3.5 7l8.5 6.5L20.5 7";
    /// A tick.
    pub const DONE: &str = "M5 12.5l4.5 4.5L19 7.5";
    /// Pause: put aside.
    pub const PARK: &str = "M8 5v14M16 5v14";
    /// A basket.
    pub const BASKET: &str = "M4 9h16l-2 10H6zM8 9l3-5M16 9l-3-5";
    /// Three bars: what else there is.
    pub const MENU: &str = "M4 6h16M4 12h16M4 18h16";
    /// A per cent sign: a discount.
    pub const DISCOUNT: &str = "M18 6L6 18M7.5 5.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM16.5 14.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z";
    /// A price tag.
    pub const PRICE: &str = "M4 4h8l8.5 8.5-8 8L4 12zM8.5 8.5v.1";
    /// A payment card.
    pub const CARD: &str = "M3 5.5h18v13H3zM3 10h18M6.5 14.5h4";
    /// A present: a gift card.
    pub const GIFT: &str = "M4 12h16v8H4zM3 8h18v4H3zM12 8v12M12 8C9 8 7 7 7 5.2 7 3 11 3 12 8M12 8c3 0 5-1 5-2.8C17 3 13 3 12 8";
    /// A card terminal, with a card in it.
    pub const TERMINAL: &str =
        "M7 3h10v15H7zM9.5 6h5v3.5h-5zM9.5 12.5h.1M12 12.5h.1M14.5 12.5h.1M9.5 15h.1M12 15h.1M14.5 15h.1M9 18v3h6v-3";
    /// Bars of a code, in a viewfinder's corners.
    pub const BARCODE: &str = "M3 8V4h4M17 4h4v4M21 16v4h-4M7 20H3v-4M7 8v8M10.5 8v8M14 8v8M17 8v8";
    /// A lamp.
    pub const TORCH: &str = "M8 3h8v4l-2 3v11h-4V10L8 7zM8 7h8M12 13v2";
    /// In and out.
    pub const CASH: &str = "M7 20V5M3 9l4-4 4 4M17 4v15M13 15l4 4 4-4";
    /// A drawer that opens.
    pub const OPEN: &str = "M4 13h16v7H4zM10 16.5h4M12 10V3M8.5 6.5L12 3l3.5 3.5";
    /// A printed slip.
    pub const SLIP: &str = "M6 3h12v18l-3-2-3 2-3-2-3 2zM9.5 8h5M9.5 12h5";
    /// A list of what happened.
    pub const TRAIL: &str = "M9 6h12M9 12h12M9 18h12M4 6v.1M4 12v.1M4 18v.1";
    /// People.
    pub const PEOPLE: &str = "M9 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20c0-3.5 2.5-5.5 6.5-5.5s6.5 2 6.5 5.5M16 5a3.5 3.5 0 0 1 0 6.5M18 15c2.3.7 3.5 2.5 3.5 5";
    /// A key.
    pub const KEY: &str = "M8 11.5a4.25 4.25 0 1 0 0 8.5 4.25 4.25 0 0 0 0-8.5zM11 12.5l9-9M16 7.5l3 3";
    /// One person leaves, another comes.
    pub const SWITCH: &str = "M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4";
    /// Shelves with goods.
    pub const SHELF: &str = "M4 4v16M20 4v16M4 10.5h16M4 17.5h16M7.5 6h4v4.5h-4zM13 13h3.5v4.5H13z";
    /// A speech bubble: what was said.
    pub const NOTE: &str = "M4 5h16v11H10l-4 4v-4H4zM8 9h8M8 12.5h5";
    /// One becomes two.
    pub const SPLIT: &str = "M12 21v-8M12 13L6 5M12 13l6-8M6 9V5h4M18 9V5h-4";
    /// One joins another.
    pub const JOIN: &str = "M12 5v14M5 12h14";
    /// Keys with digits.
    pub const NUMPAD: &str = "M4 4h4v4H4zM10 4h4v4h-4zM16 4h4v4h-4zM4 10h4v4H4zM10 10h4v4h-4zM16 10h4v4h-4zM10 16h4v4h-4z";
    /// A screen that faces the customer.
    pub const SCREEN: &str = "M3 4h18v12H3zM9 20h6M12 16v4";
    /// A loudspeaker.
    pub const SOUND: &str = "M4 9v6h4l5 4V5L8 9zM16.5 9a4.5 4.5 0 0 1 0 6M19 6.5a8 8 0 0 1 0 11";
    /// A loudspeaker that is crossed out.
    pub const SILENT: &str = "M4 9v6h4l5 4V5L8 9zM16.5 9.5l5 5M21.5 9.5l-5 5";
    /// A question mark.
    pub const HELP: &str = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.8 2.1c-.9.6-1.3 1-1.3 2M12 16.6v.1";
    /// A globe: languages.
    pub const LANGUAGE: &str = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18";
    /// Taken back.
    pub const VOID: &str = "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3";
}

/// Characters from which on an amount does not fit at its full size, such as `CHF 1,234.00`.
const LONG: usize = 11;
/// The same at the next size, such as `CHF 123,456.00`.
const VERY_LONG: usize = 14;

/// An icon, which says nothing to a screen reader: the button around it has the words.
pub fn draw(outline: &'static str) -> impl IntoView {
    svg::svg()
        .attr("class", "icon")
        .attr("viewBox", "0 0 24 24")
        .attr("aria-hidden", "true")
        // What points along the line points the other way, where lines run the other way.
        .attr("data-turns", [icon::BACK, icon::ERASE, icon::SWITCH, icon::VOID].contains(&outline).then_some("true"))
        .child(svg::path().attr("d", outline))
}

/// The name and sign of the product, for the screens before anybody is signed in.
pub fn wordmark() -> impl IntoView {
    html::div().class("wordmark").child((
        html::img().attr("src", "/icons/barrow.svg").attr("alt", "").attr("width", "40").attr("height", "40"),
        html::span().child(t("Barrow")),
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
    /// A part of a price, in per cent.
    Percent,
    /// A few words, such as a reason.
    Words,
    /// An e-mail address.
    Address,
}

/// A labelled field for one value.
pub struct Field {
    /// What is asked for.
    pub label: String,
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
        Holds::Code | Holds::Words => ("text", "text"),
        Holds::Pin => ("password", "numeric"),
        Holds::Amount | Holds::Percent => ("text", "decimal"),
        Holds::Address => ("email", "email"),
    };
    let capitals = match holds {
        Holds::Code => "characters",
        Holds::Words => "sentences",
        Holds::Pin | Holds::Amount | Holds::Percent | Holds::Address => "off",
    };
    let longest = match holds {
        Holds::Pin => "12",
        Holds::Words => "120",
        Holds::Address => "254",
        Holds::Code | Holds::Amount | Holds::Percent => "64",
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
            .attr("autocapitalize", capitals)
            .attr("spellcheck", "false")
            // Words begin where the page's lines do; figures, codes and addresses read one way.
            .attr("dir", (holds != Holds::Words).then_some("ltr"))
            .attr("enterkeyhint", "go")
            .attr("maxlength", longest)
            // A dialog that opens looks for this; elsewhere the focus is set as the field is drawn.
            .attr("autofocus", (first && !by_finger()).then_some(""))
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
        Holds::Amount | Holds::Percent => [DECIMAL, "0", ERASE],
        Holds::Code | Holds::Pin | Holds::Words | Holds::Address => [CLEAR, "0", ERASE],
    };
    let keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].into_iter().chain(last_row);
    html::div()
        .class("keypad")
        .attr("role", "group")
        .attr("aria-label", t("Keypad"))
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
const DECIMAL: &str = ".";

fn key_button(key: &'static str) -> impl IntoView {
    let face = match key {
        ERASE => draw(icon::ERASE).into_any(),
        CLEAR => html::span().class("small").child(t("Clear")).into_any(),
        DECIMAL => decimal().into_any(),
        digit => digit.into_any(),
    };
    let name = match key {
        ERASE => t("Erase the last digit"),
        CLEAR => t("Clear"),
        DECIMAL => t("Decimal point"),
        digit => digit.to_owned(),
    };
    html::button().class("key").attr("type", "button").attr("data-key", key).attr("aria-label", name).child(face)
}

fn press(text: &mut String, key: &str) {
    match key {
        ERASE => {
            text.pop();
        }
        CLEAR => text.clear(),
        DECIMAL if text.contains(['.', ',', '٫']) => {}
        DECIMAL => text.push_str(&decimal()),
        key if text.len() < 12 => text.push_str(key),
        _ => {}
    }
}

/// For the attribute `data-long`: an amount of so many figures is drawn smaller, so that it is whole. What stands after a space may
/// go to the next line, and does not count.
pub fn long(amount: &str) -> Option<&'static str> {
    match amount.split(' ').map(|part| part.chars().count()).max() {
        Some(VERY_LONG..) => Some("very"),
        Some(LONG..) => Some("true"),
        _ => None,
    }
}

/// What went wrong, said at once by a screen reader. Nothing is drawn when nothing did.
pub fn sentence(testid: &'static str, text: impl Fn() -> Option<String> + Send + 'static) -> impl IntoView {
    html::div()
        .class("sentence-place")
        .attr("role", "alert")
        .child(move || text().map(|text| html::p().class("sentence").attr("data-testid", testid).child(t(&text))))
}

/// One of a few, side by side. `options` are values and their words; each button bears its value as `name`.
pub struct Choice {
    /// What is chosen, for screen readers.
    pub label: String,
    /// The `data-testid` of every option.
    pub testid: &'static str,
    /// The attribute that bears an option's value.
    pub name: &'static str,
    /// Values and words.
    pub options: Vec<(&'static str, String)>,
    /// The value that was chosen.
    pub value: RwSignal<&'static str>,
}

/// Draws the options.
pub fn choice(choice: Choice) -> impl IntoView {
    let Choice { label, testid, name, options, value } = choice;
    let option = move |(option, words): (&'static str, String)| {
        html::button()
            .attr("class", "option")
            .attr("type", "button")
            .attr("data-testid", testid)
            .attr(name, option)
            .attr("aria-pressed", move || if value.get() == option { "true" } else { "false" })
            .on(ev::click, move |_| value.set(option))
            .child(words)
    };
    html::div()
        .class("choice")
        .attr("role", "group")
        .attr("aria-label", label)
        .child(options.into_iter().map(option).collect::<Vec<_>>())
}

/// Says of a PIN that is being chosen that it looks like a birthday. It is allowed all the same.
pub fn date_hint(pin: RwSignal<String>) -> impl IntoView {
    let dated = Memo::new(move |_| pin.with(|pin| Pin::looks_like_a_date(pin)));
    html::div().class("sentence-place").attr("role", "status").child(move || {
        dated.get().then(|| {
            html::p()
                .class("hint")
                .attr("data-testid", "pin-hint")
                .child(t("This looks like a date. Birthdays are guessed first; another PIN is safer."))
        })
    })
}

/// The first letter of a person's name, as a sign.
pub fn initial(name: &str) -> impl IntoView + use<> {
    let letter: String = name.chars().take(1).collect();
    html::span().class("initial").attr("aria-hidden", "true").child(letter)
}

/// The value of `name` on the element that was hit, or on the nearest one around it: one listener serves a whole list.
pub fn attribute_above(event: &impl AsRef<Event>, name: &str) -> Option<String> {
    let hit = event.as_ref().target()?.dyn_into::<Element>().ok()?;
    hit.closest(&format!("[{name}]")).ok()??.get_attribute(name)
}

/// Was a dialog hit beside what is in it? It has no padding of its own, so only its backdrop is left.
pub fn on_backdrop(event: &impl AsRef<Event>) -> bool {
    let hit = event.as_ref().target().and_then(|target| target.dyn_into::<Element>().ok());
    hit.is_some_and(|hit| hit.tag_name() == "DIALOG")
}

/// Puts the cursor into a field as soon as it is drawn, where that does not bring up a keyboard over half of the screen.
pub fn focus_if_keyboard(input: NodeRef<html::Input>) {
    input.on_load(|input: HtmlInputElement| {
        if !by_finger() {
            // Only an element outside of the document refuses.
            let _ = input.focus();
        }
    });
}

/// Is this a screen that is touched, with no other pointer?
fn by_finger() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_some_and(|query| query.matches())
}

/// Puts the focus on the heading of a screen that was just drawn, so that a screen reader begins to read there.
pub fn heading(text: String) -> HtmlElement<html::H1, impl leptos::attr::Attribute, impl RenderHtml> {
    let heading = NodeRef::<html::H1>::new();
    heading.on_load(|heading| {
        // Only an element outside of the document refuses.
        let _ = heading.focus();
    });
    html::h1().node_ref(heading).attr("class", "title").attr("tabindex", "-1").child(text)
}
