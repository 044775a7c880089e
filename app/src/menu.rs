//! What else can be done here: a list behind one button.

use barrow_browser::page;
use barrow_core::{
    journal::LockCause,
    till::{Event, Form},
    view::{MenuChoice, MenuItem},
};
use leptos::{ev, html, prelude::*};
use web_sys::HtmlDialogElement;

use crate::{
    language::{key, language_choice, t},
    parts::{attribute_above, draw, icon, on_backdrop},
    till::Till,
};

/// The button, wherever there is something to choose.
pub fn menu(till: Till) -> impl IntoView {
    let items = Memo::new(move |_| till.view.with(|view| view.menu.clone()));
    let some = Memo::new(move |_| items.with(|items| !items.is_empty()));
    let open = RwSignal::new(false);
    move || {
        some.get().then(|| {
            // A menu that went away with its screen does not come back by itself.
            open.set(false);
            (
                html::button()
                    .attr("class", "button quiet")
                    .attr("type", "button")
                    .attr("data-testid", "menu")
                    .attr("aria-haspopup", "dialog")
                    .attr("aria-expanded", move || if open.get() { "true" } else { "false" })
                    .attr("aria-label", t("Menu"))
                    .on(ev::click, move |_| open.set(true))
                    .child((draw(icon::MENU), html::span().class("wide-only").child(t("Menu")))),
                move || open.get().then(|| sheet(till, items, open)),
            )
        })
    }
}

fn sheet(till: Till, items: Memo<Vec<MenuItem>>, open: RwSignal<bool>) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    dialog.on_load(|dialog: HtmlDialogElement| {
        // Only a dialog outside of the document refuses.
        let _ = dialog.show_modal();
    });
    // Closing it gives the focus back to the button; taking it out of the page would not.
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    html::dialog()
        .node_ref(dialog)
        .attr("class", "menu-sheet")
        .attr("aria-label", t("Menu"))
        .on(ev::close, move |_| open.set(false))
        .on(ev::click, move |event| {
            if on_backdrop(&event) {
                return close();
            }
            let Some(chosen) = attribute_above(&event, "data-choice") else { return };
            let choice = items.with_untracked(|items| items.iter().map(|item| item.choice).find(|c| word(*c) == chosen));
            close();
            match choice {
                Some(MenuChoice::Display) => page::open_display(),
                Some(MenuChoice::Sounds) => till.sounds.turn(),
                Some(choice) => till.send(event_of(choice)),
                None => {}
            }
        })
        .child((
            html::div()
                .class("menu-items")
                .child(move || items.get().into_iter().map(|item| item_button(till, item)).collect::<Vec<_>>()),
            html::div().class("menu-language").child(language_choice(till)),
        ))
}

fn item_button(till: Till, item: MenuItem) -> impl IntoView {
    let (outline, words) = match item.choice {
        MenuChoice::Sounds if till.sounds.on.get_untracked() => (icon::SILENT, key("Turn sounds off")),
        choice => face(choice),
    };
    html::button()
        .attr("class", "menu-item")
        .attr("type", "button")
        .attr("data-testid", "menu-item")
        .attr("data-choice", word(item.choice))
        .attr("data-allowed", if item.allowed { "true" } else { "false" })
        .child((
            draw(outline),
            html::span().class("menu-words").child(t(words)),
            (!item.allowed).then(|| {
                html::span()
                    .class("menu-lock")
                    .attr("title", t("Needs approval"))
                    .child((draw(icon::LOCK), html::span().class("said-only").child(t("needs approval"))))
            }),
        ))
}

/// What a choice asks the core for. The customer's window and the sounds are this page's own.
fn event_of(choice: MenuChoice) -> Event {
    match choice {
        MenuChoice::Orders => Event::OrdersPressed,
        MenuChoice::Gifts => Event::GiftPressed,
        MenuChoice::Cash => Event::FormOpened(Form::Cash),
        MenuChoice::CountStock => Event::FormOpened(Form::CountStock { sku: None, last: None }),
        MenuChoice::NoSale => Event::FormOpened(Form::NoSale),
        MenuChoice::XReport => Event::XReportPressed,
        MenuChoice::CloseShift => Event::ShiftClosePressed,
        MenuChoice::Audit => Event::AuditPressed,
        MenuChoice::People => Event::FormOpened(Form::People),
        MenuChoice::Readers => Event::FormOpened(Form::Readers),
        MenuChoice::Printer => Event::FormOpened(Form::Printer),
        MenuChoice::Scanners => Event::FormOpened(Form::Scanners),
        MenuChoice::Help | MenuChoice::Display | MenuChoice::Sounds => Event::FormOpened(Form::Help),
        MenuChoice::Proof => Event::FormOpened(Form::Proof),
        MenuChoice::Switch => Event::LockPressed(LockCause::Switch),
    }
}

fn face(choice: MenuChoice) -> (&'static str, &'static str) {
    match choice {
        MenuChoice::Orders => (icon::SLIP, key("Orders and refunds")),
        MenuChoice::Gifts => (icon::GIFT, key("Gift cards")),
        MenuChoice::Cash => (icon::CASH, key("Cash in or out")),
        MenuChoice::CountStock => (icon::SHELF, key("Count stock")),
        MenuChoice::NoSale => (icon::OPEN, key("Open the drawer")),
        MenuChoice::XReport => (icon::SLIP, key("X report")),
        MenuChoice::CloseShift => (icon::DRAWER, key("Close the shift")),
        MenuChoice::Audit => (icon::TRAIL, key("Audit trail")),
        MenuChoice::People => (icon::PEOPLE, key("People and lock-outs")),
        MenuChoice::Readers => (icon::CARD, key("Card readers")),
        MenuChoice::Scanners => (icon::BARCODE, key("Barcode scanners")),
        MenuChoice::Display => (icon::SCREEN, key("Customer display")),
        MenuChoice::Sounds => (icon::SOUND, key("Turn sounds on")),
        MenuChoice::Help => (icon::HELP, key("Help and shortcuts")),
        MenuChoice::Printer => (icon::PRINT, key("Printer")),
        MenuChoice::Proof => (icon::KEY, key("My PIN and passkey")),
        MenuChoice::Switch => (icon::SWITCH, key("Switch user")),
    }
}

fn word(choice: MenuChoice) -> &'static str {
    match choice {
        MenuChoice::Orders => "orders",
        MenuChoice::Gifts => "gifts",
        MenuChoice::Cash => "cash",
        MenuChoice::CountStock => "count-stock",
        MenuChoice::NoSale => "no-sale",
        MenuChoice::XReport => "x-report",
        MenuChoice::CloseShift => "close-shift",
        MenuChoice::Audit => "audit",
        MenuChoice::People => "people",
        MenuChoice::Readers => "readers",
        MenuChoice::Printer => "printer",
        MenuChoice::Scanners => "scanners",
        MenuChoice::Display => "display",
        MenuChoice::Sounds => "sounds",
        MenuChoice::Help => "help",
        MenuChoice::Proof => "proof",
        MenuChoice::Switch => "switch",
    }
}
