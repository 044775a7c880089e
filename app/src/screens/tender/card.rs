//! The means of payment side by side, and a card payment from "show the card" to "taken".

use barrow_browser::page;
use barrow_core::{
    till::{Event, Form},
    view::CardView,
};
use leptos::{ev, html, prelude::*};

use super::{State, is};
use crate::{
    language::t,
    parts::{draw, icon},
    till::Till,
};

/// Cash, card, terminal; and why there is no card here, where there is none.
pub fn means(till: Till, state: State, by_card: Memo<bool>) -> impl IntoView {
    let off = move || {
        state.with(|state| match state.as_ref().map(|s| &s.card) {
            Some(CardView::Off(why)) => Some(why.clone()),
            _ => None,
        })
    };
    let no_reader = is(state, |s| s.card == CardView::NoReader);
    let gifts = is(state, |s| s.takes_gifts);
    let pressed = |pressed: bool| if pressed { "true" } else { "false" };
    let button = move |testid: &'static str, outline: &'static str, words: String| {
        html::button()
            .attr("class", "button means-button")
            .attr("type", "button")
            .attr("data-testid", testid)
            .prop("disabled", is(state, |s| s.busy))
            .child((draw(outline), words))
    };
    (
        html::div().class("means").attr("role", "group").attr("aria-label", t("Means of payment")).child((
            button("tender-cash", icon::DRAWER, t("Cash"))
                .attr("aria-pressed", move || pressed(!by_card.get()))
                .on(ev::click, move |_| till.send(Event::CardLeft)),
            move || {
                off().is_none().then(|| {
                    button("tender-card", icon::CARD, t("Card")).attr("aria-pressed", move || pressed(by_card.get())).on(
                        ev::click,
                        move |_| match no_reader() {
                            true => till.send(Event::ReaderConnectPressed),
                            false => till.send(Event::CardPressed { payment: page::new_payment() }),
                        },
                    )
                })
            },
            move || {
                gifts().then(|| {
                    button("tender-gift", icon::GIFT, t("Gift card"))
                        .attr("aria-haspopup", "dialog")
                        .on(ev::click, move |_| till.send(Event::GiftPressed))
                })
            },
            button("tender-external", icon::TERMINAL, t("Terminal"))
                .attr("aria-haspopup", "dialog")
                .on(ev::click, move |_| till.send(Event::FormOpened(Form::External))),
        )),
        move || off().map(|why| html::p().attr("class", "small").attr("data-testid", "card-off").child(t(&why))),
        move || no_reader().then(|| html::p().class("small").child(t("No card reader is connected: tap Card to connect it."))),
    )
}

/// Waiting for the card, or the card that was read with what is to be accepted.
pub fn card(till: Till, state: State) -> impl IntoView {
    let shown = Memo::new(move |_| state.with(|state| state.as_ref().map(|s| s.card.clone())));
    html::div().class("card-place").attr("aria-live", "polite").child((
        move || match shown.get() {
            Some(CardView::Waiting { amount }) => html::div()
                .attr("class", "card-step")
                .attr("data-testid", "card-waiting")
                .child((
                    html::span().class("card-sign").child(draw(icon::CARD)),
                    html::p().class("huge").child(amount.text),
                    html::p().class("lead").child(t("Swipe, insert or tap the card at the reader.")),
                ))
                .into_any(),
            Some(CardView::Seen { what, how, amount, concerns, .. }) => html::div()
                .attr("class", "card-step")
                .attr("data-testid", "card-seen")
                .child((
                    html::p().class("card-what").child(t(&what)),
                    html::p().class("small").child(t(&how)),
                    html::p().class("huge").child(amount.text),
                    html::p()
                        .attr("class", "hint")
                        .attr("data-testid", "not-authorised")
                        .child(t("Not yet authorised: the bank is asked as soon as there is a network. It may still say no.")),
                    html::ul().class("concerns").child(
                        concerns
                            .into_iter()
                            .map(|concern| html::li().attr("data-testid", "card-concern").child(t(&concern)))
                            .collect::<Vec<_>>(),
                    ),
                ))
                .into_any(),
            _ => ().into_any(),
        },
        html::button()
            .class("button")
            .attr("type", "button")
            .attr("data-testid", "card-cancel")
            .on(ev::click, move |_| till.send(Event::CardLeft))
            .child(t("Another means of payment")),
    ))
}
