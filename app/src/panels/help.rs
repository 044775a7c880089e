//! The help sheet: keys, how the most common things are done, and what to do without a network.

use barrow_core::{
    shortcuts::{Action, Chord},
    view::PanelContent,
};
use leptos::{html, prelude::*};

use crate::{
    language::{key, t},
    till::Till,
};

/// Draws the sheet.
pub fn help(till: Till) -> impl IntoView {
    let keys = till.panel_part(|panel| match &panel.content {
        PanelContent::Help(keys) => Some(keys.clone()),
        _ => None,
    });
    html::div().attr("class", "help").attr("tabindex", "0").attr("role", "region").attr("aria-label", t("Help")).child((
        html::section().child((
            html::h3().child(t("Keys")),
            html::p().class("small").child(t(
                "They wait while you type in a field, and while something is open over the screen. Function keys work in fields, \
                 too. The owner can change them in the office.",
            )),
            html::dl()
                .class("help-keys")
                .child(move || keys.get().unwrap_or_default().into_iter().filter_map(key_row).collect::<Vec<_>>()),
        )),
        html::section().child((
            html::h3().child(t("How to")),
            html::dl().class("help-how").child(HOW.map(how).into_iter().collect::<Vec<_>>()),
        )),
        html::section().child((
            html::h3().child(t("Without a network")),
            html::dl().class("help-how").child(OFFLINE.map(how).into_iter().collect::<Vec<_>>()),
        )),
    ))
}

fn key_row((action, chord): (Action, Option<Chord>)) -> Option<impl IntoView> {
    let chord = chord?;
    Some(
        html::div()
            .attr("data-testid", "help-key")
            .attr("data-keys", chord.to_string())
            .child((html::dt().child(words(action)), html::dd().child(html::kbd().child(chord.to_string())))),
    )
}

fn how((what, steps): (&'static str, &'static str)) -> impl IntoView {
    html::div().child((html::dt().child(t(what)), html::dd().child(t(steps))))
}

fn words(action: Action) -> String {
    match action {
        Action::Search => t("Search for a product"),
        Action::Quantity => t("Type a quantity for the last line"),
        Action::Discount => t("Discount for the last line"),
        Action::Remove => t("Remove the last line"),
        Action::Undo => t("Undo the last change to the order"),
        Action::Charge => t("Charge"),
        Action::CashExact => t("Paid exactly in cash"),
        Action::Confirm => t("Take the payment"),
        Action::NewSale => t("New sale"),
        Action::Park => t("Put the order aside"),
        Action::Orders => t("Orders and refunds"),
        Action::Menu => t("Menu"),
        Action::Lock => t("Lock the till"),
        Action::Help => t("This help"),
    }
}

const HOW: [(&str, &str); 10] = [
    (
        key("Sell something"),
        key("Tap it, scan it, or type its name or number and press Enter. Then Charge, the amount, and Take payment."),
    ),
    (key("Sell several of it"), key("Tap it again, use + on its line, or type the number on its line.")),
    (key("Correct a mistake"), key("Undo takes the last change back. The cross on a line takes the line out.")),
    (
        key("Give a discount"),
        key(
            "The per cent sign on a line, or at the top of the cart for the whole order. More than your role allows asks a manager.",
        ),
    ),
    (key("Let a customer fetch something"), key("Put aside keeps the order. Tap it above the cart to go on with it.")),
    (
        key("Split a bill"),
        key("The note at the top of the cart, then Split the order. Or pay a part in cash and the rest by card."),
    ),
    (key("Take a card"), key("Choose Card or Terminal at the payment, and wait until the screen says Paid.")),
    (key("Give something back"), key("Orders, then the sale, then Refund. A sale of this shift can be voided on its receipt.")),
    (key("Leave the till for a moment"), key("Lock it. The order stays, and whoever signs in goes on with it.")),
    (key("End the day"), key("Close shift, count the drawer, and read the difference. Finish or remove open orders first.")),
];

const OFFLINE: [(&str, &str); 4] = [
    (
        key("Go on selling"),
        key(
            "Everything at the counter works. Sales are kept encrypted on this tablet and sent by themselves when the network is back.",
        ),
    ),
    (
        key("Look at the top left"),
        key("It says how many entries are unsent, and for how long. Do not clear the browser’s data while any are."),
    ),
    (key("Cards"), key("A card that is taken offline is not authorised yet. The till asks a manager where that is a risk.")),
    (
        key("Do not wait too long"),
        key("Bring the tablet to a network once a day, so that sales are safe elsewhere and payments are asked for."),
    ),
];
