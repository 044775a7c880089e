//! What stands on the screen when the program itself fails (facts/failures row 35).
//!
//! After a panic the module's memory is not to be trusted, so this uses nothing of it: plain elements, and a plain link
//! that loads the page again from what is on the disk.

use std::panic;

use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::Element;

use crate::language::{key, t};

/// Where the document keeps what is said, in its language, for a time when nothing can be asked any more; and the English text.
const TITLE: (&str, &str) = ("data-stopped-title", key("Barrow stopped"));
const SENTENCE: (&str, &str) =
    ("data-stopped-sentence", key("Nothing that was shown as paid is lost. Reload, sign in, and go on."));
const RELOAD: (&str, &str) = ("data-stopped-reload", key("Reload"));

/// The language is known, or is another one: what would be said goes into the document.
pub fn prepare() {
    let Some(root) = web_sys::window().and_then(|window| window.document()?.document_element()) else { return };
    for (place, english) in [TITLE, SENTENCE, RELOAD] {
        // Attributes of these names are never refused.
        let _ = root.set_attribute(place, &t(english));
    }
}

/// From now on a panic puts its message on the console and an overlay on the page. So does what ends the program without a
/// panic: a trap, or an exception that the browser throws through it. Both leave a screen that answers no tap.
pub fn show_when_stopped() {
    panic::set_hook(Box::new(|info| {
        let message = info.to_string();
        web_error(&message);
        // If even this fails, there is nothing left that could be done about it.
        let _ = overlay();
    }));
    let uncaught = Closure::<dyn Fn(JsValue)>::new(|event: JsValue| {
        if went_through_us(&event) {
            let _ = overlay();
        }
    });
    if let Some(window) = web_sys::window() {
        // The browser writes these on the console by itself.
        let _ = window.add_event_listener_with_callback("error", uncaught.into_js_value().unchecked_ref());
    }
}

/// Did this uncaught error unwind the program? What only an extension or a picture failed at did not.
fn went_through_us(event: &JsValue) -> bool {
    let part = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let error = part(event, "error");
    match part(&error, "stack").as_string() {
        Some(stack) => stack.contains("wasm"),
        // Thrown by the program's own hand: a sentence, and no `Error`.
        None => error.is_string(),
    }
}

/// Writes a line on the browser's console, for the person who looks into a failure.
pub fn web_error(message: &str) {
    let console = js_sys::Reflect::get(&js_sys::global(), &"console".into()).unwrap_or(JsValue::UNDEFINED);
    let error = js_sys::Reflect::get(&console, &"error".into()).unwrap_or(JsValue::UNDEFINED);
    let _ = js_sys::Function::from(error).call1(&console, &message.into());
}

fn overlay() -> Option<Element> {
    let document = web_sys::window()?.document()?;
    if document.query_selector("[data-testid=stopped]").ok()?.is_some() {
        // What was under way when it stopped may stop a second time.
        return None;
    }
    let root = document.document_element()?;
    let said = |(place, english): (&str, &str)| root.get_attribute(place).unwrap_or_else(|| english.to_owned());
    let make = |tag: &str, class: &str, text: &str| -> Option<Element> {
        let element = document.create_element(tag).ok()?;
        element.set_class_name(class);
        element.set_text_content(Some(text));
        Some(element)
    };
    let overlay = make("div", "stopped", "")?;
    overlay.set_attribute("role", "alertdialog").ok()?;
    overlay.set_attribute("aria-label", &said(TITLE)).ok()?;
    overlay.set_attribute("data-testid", "stopped").ok()?;
    let reload = make("a", "button primary", &said(RELOAD))?;
    reload.set_attribute("href", "/").ok()?;
    for part in [make("h1", "title", &said(TITLE))?, make("p", "lead", &said(SENTENCE))?, reload] {
        overlay.append_child(&part).ok()?;
    }
    document.body()?.append_child(&overlay).ok()?;
    Some(overlay)
}
