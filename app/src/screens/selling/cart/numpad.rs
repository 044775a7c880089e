//! Digits beside the cart, for the quantity, the discount or the price of the line that was chosen.
//!
//! Invariant: only taps change what it holds. What a scanner or a keyboard types never ends up in it, and another line begins
//! with nothing typed.

use barrow_core::till::Event;
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    parts::{Choice, Holds, choice, keypad},
    till::Till,
};

const QTY: &str = "qty";
const PERCENT: &str = "percent";
const PRICE: &str = "price";

/// Which line it is for.
#[derive(Clone, Copy)]
pub struct Chosen {
    /// Its place in the cart.
    pub line: RwSignal<usize>,
    /// Is the numpad shown?
    pub open: RwSignal<bool>,
}

impl Chosen {
    /// The first line, and no numpad.
    pub fn new() -> Chosen {
        Chosen { line: RwSignal::new(0), open: RwSignal::new(false) }
    }

    /// A tap on a line: the numpad is for it, until another is chosen.
    pub fn choose(self, line: usize) {
        self.line.set(line);
        self.open.set(true);
    }
}

/// Draws it while it is open; `count` is the number of lines.
pub fn numpad(till: Till, chosen: Chosen, count: Memo<usize>) -> impl IntoView {
    let mode = RwSignal::new(QTY);
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        // Another line, another number of lines, another mode: what was typed was for something else.
        let _ = (chosen.line.get(), count.get(), mode.get());
        typed.set(String::new());
    });
    let set = move || {
        let (line, text) = (chosen.line.get_untracked(), typed.get_untracked());
        till.send(match mode.get_untracked() {
            PERCENT => Event::DiscountSubmitted { line, percent: text, reason: t("At the counter") },
            PRICE => Event::PriceSubmitted { line, price: text },
            _ => Event::QtyTyped { line, qty: text },
        });
        typed.set(String::new());
    };
    let words = move || {
        let typed = typed.get();
        match (typed.is_empty(), mode.get()) {
            (true, PERCENT) => t("Discount in %"),
            (true, PRICE) => t("Price of one"),
            (true, _) => t("Quantity"),
            (false, PERCENT) => tf("Take {} % off", &[&typed]),
            (false, PRICE) => tf("Set to {} each", &[&typed]),
            (false, _) => tf("Set to {}", &[&typed]),
        }
    };
    let shown = Memo::new(move |_| chosen.open.get() && count.get() > 0);
    move || {
        shown.get().then(|| {
            html::div()
                .attr("class", "numpad")
                .attr("data-testid", "numpad")
                .attr("role", "group")
                .attr("aria-label", t("Numpad"))
                .child((
                    choice(Choice {
                        label: t("What the digits are for"),
                        testid: "numpad-mode",
                        name: "data-mode",
                        options: vec![(QTY, t("Qty")), (PERCENT, "%".into()), (PRICE, t("Price"))],
                        value: mode,
                    }),
                    keypad(Holds::Amount, typed, |_| {}),
                    html::button()
                        .attr("class", "button large")
                        .attr("type", "button")
                        .attr("data-testid", "numpad-set")
                        .prop("disabled", move || typed.with(String::is_empty))
                        .on(ev::click, move |_| set())
                        .child(words),
                ))
        })
    }
}
