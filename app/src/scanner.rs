//! Keyboard-wedge scanners, wherever the focus is: a scan is told from typing by [`Wedge`], goes to the core, and leaves no trace
//! in the field that it went into. What is no scan may be a shortcut ([`crate::shortcuts`]).

use std::{cell::RefCell, rc::Rc};

use barrow_core::{
    proof::text,
    scan::{Heard, Key, Wedge},
    till::Event,
    view::Screen,
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event as PageEvent, EventInit, HtmlInputElement, KeyboardEvent};

use crate::{shortcuts::Shortcuts, till::Till};

/// Where typing goes that is meant for no field in particular.
const SEARCH: &str = "[data-testid=search]";

/// Listens for as long as the page lives, before anything else hears of a key.
pub fn listen(till: Till) {
    let wedge = Rc::new(RefCell::new(Wedge::default()));
    let shortcuts = Shortcuts::of(till);
    let mut field: Option<(HtmlInputElement, String)> = None;
    let heard = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let secret = target.as_ref().is_some_and(|target| target.matches("input[type=password]").unwrap_or(true));
        let (signed_in, sells, looks) = till.view.with_untracked(|view| {
            let sells = matches!(view.screen, Screen::Selling(_) | Screen::Tender(_) | Screen::Receipt(_));
            (view.status.staff.is_some(), sells, matches!(view.screen, Screen::History(_)))
        });
        if secret || !signed_in {
            shortcuts.end_wait();
            wedge.borrow_mut().forget();
            return;
        }
        let input = target.and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let nowhere = input.is_none();
        let heard = wedge.borrow_mut().key(key(&event), event.time_stamp() as i64);
        match &heard {
            // The key of a shortcut is a person's, and no part of what comes next.
            Heard::Typing | Heard::Begins => shortcuts.press(&event, {
                let wedge = Rc::clone(&wedge);
                move || wedge.borrow_mut().forget()
            }),
            Heard::Pending | Heard::Scan(_) => shortcuts.end_wait(),
        }
        // Elsewhere a scanner is a keyboard, as for the number of a receipt that is looked for.
        if !sells && !looks {
            return;
        }
        match heard {
            Heard::Typing => {}
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
