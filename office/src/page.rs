//! The page: signing in, then one room at a time, refreshed by itself.

use barrow_language::t;
use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

use crate::server::{self, Failure};

mod alerts;
mod audit;
mod cards;
mod customers;
mod feed;
mod form;
mod frame;
mod gifts;
mod language;
mod mails;
mod paging;
mod payments;
mod picture;
mod products;
mod promotions;
mod room;
mod rules;
mod sales;
mod shifts;
mod sign_in;
mod staff;
mod stock;
mod table;
mod tills;

/// Draws the office into the page's `#office`.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        say_stopped();
    }));
    let Some(place) = document().get_element_by_id("office").and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok())
    else {
        return;
    };
    spawn_local(async move {
        barrow_language::load(language::CATALOGUES).await;
        place.set_text_content(None);
        mount_to(place, page).forget();
    });
}

/// Who sits in front of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    /// The server has not said yet.
    Unknown,
    /// Nobody, and why if it is worth saying.
    Nobody(Option<String>),
    /// Somebody with a session.
    Somebody,
}

/// What every room can reach.
#[derive(Clone, Copy)]
struct Office {
    who: RwSignal<Who>,
    /// Rises whenever the rooms are to be read again.
    beat: RwSignal<u32>,
    /// The rules as they are being typed.
    typing: RwSignal<Option<rules::Typing>>,
    /// How cards are taken, as it is being typed.
    typing_cards: RwSignal<Option<cards::Typing>>,
    /// The code of the language: all is drawn again when it changes.
    language: RwSignal<&'static str>,
}

impl Office {
    /// The session has ended: back to signing in.
    fn signed_out(self, why: Option<String>) {
        self.who.set(Who::Nobody(why));
    }

    /// Read again now.
    fn refresh(self) {
        self.beat.update(|beat| *beat = beat.wrapping_add(1));
    }
}

fn page() -> impl IntoView {
    let office = Office {
        who: RwSignal::new(Who::Unknown),
        beat: RwSignal::new(0),
        typing: RwSignal::new(None),
        typing_cards: RwSignal::new(None),
        language: RwSignal::new(barrow_language::chosen().code),
    };
    provide_context(office);
    feed::keep_beating(office);
    spawn_local(async move {
        office.who.set(match server::session().await {
            Ok(()) => Who::Somebody,
            Err(Failure::SignedOut(_)) => Who::Nobody(None),
            Err(other) => Who::Nobody(Some(other.to_string())),
        });
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-ready", "true");
        }
    });
    move || {
        // In another language, all is another text.
        office.language.track();
        match office.who.get() {
            Who::Unknown => html::p().class("starting").child(t("Starting the office…")).into_any(),
            Who::Nobody(why) => sign_in::page(office, why).into_any(),
            Who::Somebody => frame::page(office).into_any(),
        }
    }
}

/// A fault of this page is no fault of the shop: says so, without any of the machinery that may have failed.
fn say_stopped() {
    let document = document();
    let (Ok(note), Some(body)) = (document.create_element("p"), document.body()) else { return };
    let _ = note.set_attribute("role", "alert");
    note.set_class_name("stopped");
    note.set_text_content(Some(&t("This page has stopped. Reload it. Nothing in the shop is affected.")));
    let _ = body.append_child(&note);
}
