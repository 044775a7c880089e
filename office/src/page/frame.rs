//! What stands around every room: the name, the way to the rooms, signing out.

use barrow_language::{t, tf};
use leptos::{ev, html, prelude::*};
use wasm_bindgen_futures::spawn_local;

use super::{
    Office, alerts, audit, cards, customers,
    feed::{Feed, Pace},
    gifts, language, mails, payments, products, promotions,
    room::{self, Room},
    rules, sales, shifts, staff, stock, tills,
};
use crate::{
    amounts,
    answers::Alert,
    server::{self, Failure},
    wording::{self, Weight},
};

/// The office for somebody who is signed in.
pub(super) fn page(office: Office) -> impl IntoView {
    let room = room::from_address();
    Effect::new(move || document().set_title(&tf("{} · Barrow office", &[&t(room.get().title())])));
    // Read here and not in its room, so that the navigation always tells how many there are.
    let alerts = Feed::<Vec<Alert>>::of(office, Pace::Live, || "/v1/office/alerts?limit=500".to_owned());
    let serious = Memo::new(move |_| {
        let is_serious = |alert: &&Alert| alert.answered.is_none() && wording::weight(&alert.kind) == Weight::Serious;
        let count = |alerts: &Vec<Alert>| alerts.iter().filter(is_serious).count();
        alerts.latest.with(|latest| latest.as_ref().map_or(0, count))
    });
    let content = NodeRef::<html::Main>::new();
    let to_content = move || {
        if let Some(content) = content.get() {
            let _ = content.focus();
        }
    };
    // The form for signing in is gone, and the focus with it.
    Effect::new(to_content);
    html::div().class("frame").child((
        html::button().class("skip").r#type("button").on(ev::click, move |_| to_content()).child(t("Skip to the content")),
        html::header().class("bar").child((
            html::p().class("brand").child((html::strong().child(t("Barrow")), " ", t("office"))),
            html::nav().attr("aria-label", t("Office")).child(
                html::ul()
                    .attr("role", "list")
                    .child(Room::ALL.map(|entry| html::li().child(link(entry, room, serious))).into_iter().collect::<Vec<_>>()),
            ),
            sign_out(office),
        )),
        html::main().attr("tabindex", "-1").node_ref(content).child(move || {
            let here = room.get();
            (
                html::div()
                    .class("heading")
                    .child((html::h1().child(t(here.title())), html::p().class("quiet").child(t(here.about())))),
                match here {
                    Room::Sales => sales::page(office).into_any(),
                    Room::Tills => tills::page(office).into_any(),
                    Room::Alerts => alerts::page(office, alerts).into_any(),
                    Room::Audit => audit::page(office).into_any(),
                    Room::Shifts => shifts::page(office).into_any(),
                    Room::Staff => staff::page(office).into_any(),
                    Room::Rules => rules::page(office).into_any(),
                    Room::Products => products::page(office).into_any(),
                    Room::Promotions => promotions::page(office).into_any(),
                    Room::Stock => stock::page(office).into_any(),
                    Room::Mails => mails::page(office).into_any(),
                    Room::Customers => customers::page(office).into_any(),
                    Room::Payments => payments::page(office).into_any(),
                    Room::Gifts => gifts::page(office).into_any(),
                    Room::Cards => cards::page(office).into_any(),
                },
            )
        }),
    ))
}

fn link(to: Room, here: ReadSignal<Room>, serious: Memo<usize>) -> impl IntoView {
    let badge = move || {
        (to == Room::Alerts && serious.get() > 0).then(|| {
            let label = tf("{} serious", &[&serious.get()]);
            html::span()
                .class("badge")
                .attr("data-testid", "office-alert-count")
                .attr("aria-label", label)
                .child(amounts::count(serious.get()))
        })
    };
    let place = NodeRef::<html::A>::new();
    // On a phone the row of links is longer than the screen.
    Effect::new(move || {
        if let Some(place) = place.get().filter(|_| here.get() == to) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            options.set_inline(web_sys::ScrollLogicalPosition::Center);
            place.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    html::a()
        .node_ref(place)
        .href(format!("#{}", to.id()))
        .attr("data-testid", format!("office-nav-{}", to.id()))
        .attr("aria-current", move || (here.get() == to).then_some("page"))
        .child((t(to.title()), badge))
}

fn sign_out(office: Office) -> impl IntoView {
    let trouble = RwSignal::new(String::new());
    let go = move |_| {
        spawn_local(async move {
            match server::sign_out().await {
                Ok(()) | Err(Failure::SignedOut(_)) => {
                    // Whoever leaves leaves nothing behind for the next.
                    office.typing.set(None);
                    office.typing_cards.set(None);
                    office.signed_out(None);
                }
                Err(failure) => trouble.set(tf("You are still signed in. {}", &[&failure])),
            }
        });
    };
    html::div().class("leave").child((
        language::choice(office),
        html::button().r#type("button").attr("data-testid", "office-sign-out").on(ev::click, go).child(t("Sign out")),
        html::p().class("error").attr("role", "alert").child(move || trouble.get()),
    ))
}
