//! Keyboard-wedge scanners, wherever the focus is: a scan is told from typing by [`Wedge`], goes to the core, and leaves no trace
//! in the field that it went into.

use barrow_core::{
    receipt::text,
    scan::{Heard, Key, Wedge},
    till::Event,
    view::Screen,
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event as PageEvent, EventInit, HtmlInputElement, KeyboardEvent};

use crate::till::Till;

/// Where typing goes that is meant for no field in particular.
const SEARCH: &str = "[data-testid=search]";

/// Listens for as long as the page lives, before anything else hears of a key.
pub fn listen(till: Till) {
    let mut wedge = Wedge::default();
    let mut field: Option<(HtmlInputElement, String)> = None;
    let heard = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let secret = target.as_ref().is_some_and(|target| target.matches("input[type=password]").unwrap_or(true));
        let (sells, looks) = till.view.with_untracked(|view| {
            let sells = matches!(view.screen, Screen::Selling(_) | Screen::Tender(_) | Screen::Receipt(_));
            (sells, matches!(view.screen, Screen::History(_)))
        });
        if secret || !sells && !looks {
            wedge.forget();
            return;
        }
        let input = target.and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let nowhere = input.is_none();
        match wedge.key(key(&event), event.time_stamp() as i64) {
            Heard::Typing => {}
            // The key that goes to the search is a person's, and no part of what comes next.
            Heard::Begins if nowhere && event.key() == "/" => wedge.forget(),
            Heard::Begins => {
                // What begins nowhere may go on in the search.
                field = input.or_else(search).map(|input| (input.clone(), input.value()));
            }
            // A space within a code presses no button.
            Heard::Pending if nowhere && event.key() == " " => event.prevent_default(),
            Heard::Pending => {}
            // Where sales are looked for, a scanner is a keyboard for the number of a receipt.
            Heard::Scan(code) if looks && !text::is_code(&code) => {}
            Heard::Scan(code) => {
                event.prevent_default();
                event.stop_immediate_propagation();
                if let Some((input, before)) = field.take().filter(|(input, before)| input.value() != *before) {
                    put_back(&input, &before);
                }
                till.send(Event::Scanned(code));
            }
        }
    });
    // The window is there for as long as the page is, and so is the listener.
    let _ = window().add_event_listener_with_callback_and_bool("keydown", heard.as_ref().unchecked_ref(), true);
    heard.forget();
}

fn key(event: &KeyboardEvent) -> Key {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.repeat() {
        return Key::Other;
    }
    let name = event.key();
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(only), None) => Key::Character(only),
        _ if matches!(name.as_str(), "Enter" | "Tab") => Key::Terminator,
        _ if matches!(name.as_str(), "Shift" | "CapsLock" | "AltGraph") => Key::Modifier,
        _ => Key::Other,
    }
}

fn search() -> Option<HtmlInputElement> {
    document().query_selector(SEARCH).ok().flatten()?.dyn_into().ok()
}

/// The field holds again what it held before the scan, and whoever listens to it hears of that: a number that was being typed
/// counts before the scan does.
fn put_back(input: &HtmlInputElement, before: &str) {
    input.set_value(before);
    for name in ["input", "change"] {
        let init = EventInit::new();
        init.set_bubbles(true);
        if let Ok(event) = PageEvent::new_with_event_init_dict(name, &init) {
            // Only an event that is being dispatched already is refused.
            let _ = input.dispatch_event(&event);
        }
    }
}
