//! Keys that do what a button does, as the shop has them ([`barrow_core::shortcuts`]).
//!
//! A key that types a character waits for a moment: a scanner's next character would come within it, and then it was the
//! beginning of a code. In a field only function keys count, for they type nothing; and while something is open over the
//! screen, none.

use std::{cell::Cell, rc::Rc, time::Duration};

use barrow_core::{
    scan::GAP_MS_MAX,
    shortcuts::{self, Action, Chord},
    till::{Event, Form},
    view::Screen,
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, KeyboardEvent};

use crate::till::Till;

/// What was pressed and waits to be told from a scan.
#[derive(Clone)]
pub struct Shortcuts {
    till: Till,
    /// Rises with every key, so that a later one ends the wait.
    pressed: Rc<Cell<u64>>,
}

impl Shortcuts {
    /// For the till of this page.
    pub fn of(till: Till) -> Shortcuts {
        Shortcuts { till, pressed: Rc::default() }
    }

    /// A key that is no part of a scan as far as can be told yet. `done` is called once it turned out to be a shortcut.
    pub fn press(&self, event: &KeyboardEvent, done: impl Fn() + 'static) {
        self.end_wait();
        let Some(chord) = chord(event).filter(|chord| may_fire(chord, event)) else { return };
        let meant =
            self.till.shop.with_untracked(|shop| shop.as_ref().and_then(|shop| shortcuts::meant(&shop.rules.shortcuts, &chord)));
        let Some(action) = meant else { return };
        event.prevent_default();
        let till = self.till;
        if chord.types() {
            let (pressed, mine) = (Rc::clone(&self.pressed), self.pressed.get());
            let act_unless_more = move || {
                if pressed.get() == mine {
                    done();
                    act(till, action);
                }
            };
            set_timeout(act_unless_more, Duration::from_millis(GAP_MS_MAX.unsigned_abs() + 1));
        } else {
            act(till, action);
        }
    }

    /// Another key followed at once: what waited was a part of what a scanner types.
    pub fn end_wait(&self) {
        self.pressed.set(self.pressed.get().wrapping_add(1));
    }
}

/// The key of `action` in this shop, as it is written; follows the shop.
pub fn key_of(till: Till, action: Action) -> impl Fn() -> Option<String> + Copy + Send + Sync + 'static {
    move || {
        till.shop.with(|shop| {
            shop.as_ref().and_then(|shop| shortcuts::key(&shop.rules.shortcuts, action)).map(|chord| chord.to_string())
        })
    }
}

fn chord(event: &KeyboardEvent) -> Option<Chord> {
    let (ctrl, alt) = (event.ctrl_key() || event.meta_key(), event.alt_key());
    // Together they are AltGr, which types.
    if event.repeat() || event.is_composing() || ctrl && alt {
        return None;
    }
    let key = event.key();
    let text = if ctrl || alt {
        // With Alt, a Mac types another character: then the key's place counts.
        let letter = if key.len() == 1 { key } else { event.code().strip_prefix("Key")?.to_owned() };
        format!("{}+{letter}", if ctrl { "Ctrl" } else { "Alt" })
    } else if event.shift_key() && key.len() > 1 {
        return None;
    } else {
        key
    };
    Chord::parse(&text).ok()
}

/// Does nobody type here, and is nothing open over the screen?
fn may_fire(chord: &Chord, event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let within = |what: &str| target.as_ref().is_some_and(|target| target.closest(what).ok().flatten().is_some());
    let in_field = within("input, textarea, select");
    // Nothing is typed yet in a search that is empty, and the focus often rests there.
    let at_rest = |field: &HtmlInputElement| field.value().is_empty() && chord.is_with_alt();
    let search = target.as_ref().and_then(|target| target.dyn_ref::<HtmlInputElement>()).filter(|_| within("[role=search]"));
    let free = !in_field || chord.is_function_key() || search.is_some_and(at_rest);
    free && found("dialog[open]").is_none()
}

fn act(till: Till, action: Action) {
    // A number that was typed into a field counts before what the key does.
    if let Some(field) = document().active_element().and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        // Only an element outside of the document refuses.
        let _ = field.blur();
    }
    match action {
        Action::Search => focus("[data-testid=search]"),
        Action::Quantity => focus(&in_line("line-qty")),
        Action::Discount => press(&in_line("line-discount")),
        Action::Remove => press(&in_line("line-remove")),
        Action::Undo if till.view.with_untracked(|view| matches!(view.screen, Screen::Selling(_))) => {
            till.send(Event::UndoPressed);
        }
        Action::Undo => {}
        Action::Charge => press("[data-testid=charge]"),
        Action::CashExact => press("[data-testid=cash-exact]"),
        Action::Confirm => press("[data-testid=tender-confirm]"),
        Action::NewSale => press("[data-testid=new-sale]"),
        Action::Park => press("[data-testid=park]"),
        Action::Orders => press("[data-testid=orders]"),
        Action::Menu => press("[data-testid=menu]"),
        Action::Lock => press("[data-testid=lock]"),
        Action::Help => till.send(Event::FormOpened(Form::Help)),
    }
}

/// A control of the line that was changed last.
fn in_line(control: &str) -> String {
    format!("[data-testid=cart-line][data-current] [data-testid={control}]")
}

/// Presses a button, if it is there and can be pressed: so a key can do no more than a finger.
fn press(button: &str) {
    if let Some(button) = found(button) {
        button.click();
    }
}

fn focus(field: &str) {
    if let Some(field) = found(field) {
        // Only an element outside of the document refuses.
        let _ = field.focus();
    }
}

fn found(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok().flatten()?.dyn_into().ok()
}
