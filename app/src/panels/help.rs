//! The help sheet: keys, how the most common things are done, and what to do without a network.

use barrow_core::{
    shortcuts::{Action, Chord},
    view::PanelContent,
};
use leptos::{html, prelude::*};

use crate::till::Till;

/// Draws the sheet.
pub fn help(till: Till) -> impl IntoView {
    let keys = till.panel_part(|panel| match &panel.content {
        PanelContent::Help(keys) => Some(keys.clone()),
        _ => None,
    });
    html::div().attr("class", "help").attr("tabindex", "0").attr("role", "region").attr("aria-label", "Help").child((
        html::section().child((
            html::h3().child("Keys"),
            html::p().class("small").child(
                "They wait while you type in a field, and while something is open over the screen. Function keys work in fields, \
                 too. The owner can change them in the office.",
            ),
            html::dl()
                .class("help-keys")
                .child(move || keys.get().unwrap_or_default().into_iter().filter_map(key).collect::<Vec<_>>()),
        )),
        html::section().child((
            html::h3().child("How to"),
            html::dl().class("help-how").child(HOW.map(how).into_iter().collect::<Vec<_>>()),
        )),
        html::section().child((
            html::h3().child("Without a network"),
            html::dl().class("help-how").child(OFFLINE.map(how).into_iter().collect::<Vec<_>>()),
        )),
    ))
}

fn key((action, chord): (Action, Option<Chord>)) -> Option<impl IntoView> {
    let chord = chord?;
    Some(
        html::div()
            .attr("data-testid", "help-key")
            .attr("data-keys", chord.to_string())
            .child((html::dt().child(words(action)), html::dd().child(html::kbd().child(chord.to_string())))),
    )
}

fn how((what, steps): (&'static str, &'static str)) -> impl IntoView {
    html::div().child((html::dt().child(what), html::dd().child(steps)))
}

fn words(action: Action) -> &'static str {
    match action {
        Action::Search => "Search for a product",
        Action::Quantity => "Type a quantity for the last line",
        Action::Discount => "Discount for the last line",
        Action::Remove => "Remove the last line",
        Action::Undo => "Undo the last change to the order",
        Action::Charge => "Charge",
        Action::CashExact => "Paid exactly in cash",
        Action::Confirm => "Take the payment",
        Action::NewSale => "New sale",
        Action::Park => "Put the order aside",
        Action::Orders => "Orders and refunds",
        Action::Menu => "Menu",
        Action::Lock => "Lock the till",
        Action::Help => "This help",
    }
}

const HOW: [(&str, &str); 10] = [
    ("Sell something", "Tap it, scan it, or type its name or number and press Enter. Then Charge, the amount, and Take payment."),
    ("Sell several of it", "Tap it again, use + on its line, or type the number on its line."),
    ("Correct a mistake", "Undo takes the last change back. The cross on a line takes the line out."),
    (
        "Give a discount",
        "The per cent sign on a line, or at the top of the cart for the whole order. More than your role allows asks a manager.",
    ),
    ("Let a customer fetch something", "Put aside keeps the order. Tap it above the cart to go on with it."),
    ("Split a bill", "The note at the top of the cart, then Split the order. Or pay a part in cash and the rest by card."),
    ("Take a card", "Choose Card or Terminal at the payment, and wait until the screen says Paid."),
    ("Give something back", "Orders, then the sale, then Refund. A sale of this shift can be voided on its receipt."),
    ("Leave the till for a moment", "Lock it. The order stays, and whoever signs in goes on with it."),
    ("End the day", "Close shift, count the drawer, and read the difference. Finish or remove open orders first."),
];

const OFFLINE: [(&str, &str); 4] = [
    (
        "Go on selling",
        "Everything at the counter works. Sales are kept encrypted on this tablet and sent by themselves when the network is back.",
    ),
    (
        "Look at the top left",
        "It says how many entries are unsent, and for how long. Do not clear the browser’s data while any are.",
    ),
    ("Cards", "A card that is taken offline is not authorised yet. The till asks a manager where that is a risk."),
    (
        "Do not wait too long",
        "Bring the tablet to a network once a day, so that sales are safe elsewhere and payments are asked for.",
    ),
];
