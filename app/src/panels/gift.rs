//! Gift cards: looking at one, selling a new one, loading one, and paying with one.

use barrow_browser::page;
use barrow_core::{
    till::Event,
    view::{GiftCardView, GiftState, GiftView, IssuedView, PanelContent},
};
use leptos::{ev, html, prelude::*};

use super::{busy, error};
use crate::{
    language::{t, tf},
    parts::{Field, Holds, draw, field, icon, keypad},
    qr,
    till::{Till, Where},
    when::day_and_clock,
};

/// Draws the question for a card, or the card that was shown.
pub fn gift(till: Till) -> AnyView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Gift(gift) => Some(gift.clone()),
        _ => None,
    });
    let shown = Memo::new(move |_| state.with(|state| state.as_ref().is_some_and(|gift| gift.shown.is_some())));
    let pays = Memo::new(move |_| state.with(|state| state.as_ref().is_some_and(|gift| gift.pays)));
    html::div()
        .class("gift-panel")
        .child((
            move || if shown.get() { card(till, state, pays.get()).into_any() } else { ask(till, pays.get()).into_any() },
            error(till),
        ))
        .into_any()
}

fn submit(till: Till, testid: &'static str, words: impl Fn() -> String + Send + 'static, primary: bool) -> impl IntoView {
    let busy = busy(till);
    html::button()
        .attr("class", if primary { "button primary large" } else { "button large" })
        .attr("type", "submit")
        .attr("data-testid", testid)
        .prop("disabled", busy)
        .child(move || if busy() { t("Saving…") } else { words() })
}

fn form(event: impl Fn() -> Event + 'static, till: Till, fields: impl IntoView) -> impl IntoView {
    html::form()
        .attr("class", "panel-form")
        .attr("autocomplete", "off")
        .on(ev::submit, move |submitted| {
            submitted.prevent_default();
            till.send(event());
        })
        .child(fields.into_any())
}

/// Which card? And where nothing is being paid: how much for a new one?
fn ask(till: Till, pays: bool) -> impl IntoView {
    let code = till.kept(Where::Panel, "gift-code");
    let amount = till.kept(Where::Panel, "gift-amount");
    let asked = Field { label: t("Code of the card"), testid: "gift-code", holds: Holds::Code, value: code, first: true };
    (
        form(
            move || Event::GiftCodeSubmitted(code.get_untracked()),
            till,
            (
                html::p().class("lead").child(t("Scan the card, or type its code.")),
                field(asked, |_| {}),
                html::div().class("actions").child(submit(till, "gift-look", || t("Look at the card"), pays)),
            ),
        ),
        (!pays).then(|| {
            let asked =
                Field { label: t("A new card with"), testid: "gift-amount", holds: Holds::Amount, value: amount, first: false };
            form(
                move || Event::GiftSold { amount: amount.get_untracked(), random: page::new_gift_code() },
                till,
                (
                    field(asked, |_| {}),
                    keypad(Holds::Amount, amount, |_| {}),
                    html::div().class("actions").child(submit(till, "gift-sell", || t("Sell a new gift card"), true)),
                ),
            )
        }),
    )
}

/// What is known of the card that was shown, and what can be done with it.
fn card(till: Till, state: Memo<Option<GiftView>>, pays: bool) -> impl IntoView {
    let card = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|gift| gift.shown.clone())));
    let of = move |pick: fn(&GiftCardView) -> Option<String>| move || card.with(|card| card.as_ref().and_then(pick));
    let can = Memo::new(move |_| card.with(|card| card.as_ref().is_some_and(|card| !pays || card.pays.is_some())));
    let asking = Memo::new(move |_| card.with(|card| card.as_ref().is_some_and(|card| card.state == GiftState::Asking)));
    (
        html::section()
            .attr("class", "gift-card")
            .attr("data-testid", "gift-card")
            .attr("data-state", of(|card| Some(card.state.word().to_owned())))
            .attr("data-minor", of(|card| card.balance.as_ref().map(|balance| balance.minor.to_string())))
            .attr("aria-live", "polite")
            .child((
                html::p().class("label").child(of(|card| Some(tf("Gift card ····{}", &[&card.last4])))),
                html::p().class("huge").child(of(|card| card.balance.as_ref().map(|balance| balance.text.clone()))),
                html::p().class("lead").child(of(|card| Some(known(card)))),
                html::p()
                    .class("small")
                    .child(of(|card| card.until_ms.map(|until| tf("Good until {}", &[&day_and_clock(until)])))),
                html::p()
                    .attr("class", "hint")
                    .attr("data-testid", "gift-why-not")
                    .child(of(|card| card.why_not.as_deref().map(t))),
            )),
        move || (can.get() && !asking.get()).then(|| use_it(till, card, pays)),
        html::div().class("actions").child(
            html::button()
                .attr("class", "button")
                .attr("type", "button")
                .attr("data-testid", "gift-other")
                .on(ev::click, move |_| till.send(Event::GiftPressed))
                .child((draw(icon::BACK), t("Another card"))),
        ),
    )
}

fn known(card: &GiftCardView) -> String {
    match card.state {
        GiftState::Asking => t("Asking the server what is on it…"),
        GiftState::Certain => t("On the card, by the server's word just now."),
        GiftState::New => t("The server knows of no such card. It can be sold as a new one."),
        GiftState::Remembered => match card.as_of_ms {
            Some(at) => tf("On the card as this till knew it on {}. The server cannot be asked now.", &[&day_and_clock(at)]),
            None => t("On the card as far as this till knows. The server cannot be asked now."),
        },
        GiftState::Unseen if card.pays.is_some() => t(
            "This till has never seen the card, and the server cannot be asked now. Ask what is on it: what is not is the shop’s loss.",
        ),
        GiftState::Unseen => t("This till has never seen the card, and the server cannot be asked now."),
    }
}

fn use_it(till: Till, card: Memo<Option<GiftCardView>>, pays: bool) -> impl IntoView {
    let amount = till.kept(Where::Panel, if pays { "gift-pay-amount" } else { "gift-load-amount" });
    let most = move || card.with(|card| card.as_ref().and_then(|card| card.pays.as_ref().map(|most| most.text.clone())));
    if pays {
        let asked =
            Field { label: t("Only a part of it"), testid: "gift-pay-amount", holds: Holds::Amount, value: amount, first: false };
        let words = move || match amount.with(|text| text.trim().is_empty()) {
            true => tf("Pay {} with it", &[&most().unwrap_or_default()]),
            false => t("Pay that much with it"),
        };
        return form(
            move || Event::GiftRedeemed { amount: amount.get_untracked() },
            till,
            (field(asked, |_| {}), html::div().class("actions").child(submit(till, "gift-redeem", words, true))),
        )
        .into_any();
    }
    let asked =
        Field { label: t("Put on the card"), testid: "gift-load-amount", holds: Holds::Amount, value: amount, first: false };
    form(
        move || Event::GiftLoaded { amount: amount.get_untracked() },
        till,
        (
            field(asked, |_| {}),
            keypad(Holds::Amount, amount, |_| {}),
            html::div().class("actions").child(submit(till, "gift-load", || t("Put it on this card"), true)),
        ),
    )
    .into_any()
}

/// The codes of cards that were sold or given as credit, and that the customer may not have yet.
pub fn issued(till: Till) -> AnyView {
    let cards = till.panel_part(|panel| match &panel.content {
        PanelContent::Issued(cards) => Some(cards.clone()),
        _ => None,
    });
    html::div()
        .class("gift-panel")
        .child((
            html::p().class("lead").child(t("Give this to the customer. It is shown only now.")),
            html::div()
                .class("paper")
                .child(move || cards.get().unwrap_or_default().into_iter().map(printed).collect::<Vec<_>>()),
            html::div().class("actions").child((
                html::button()
                    .attr("class", "button large")
                    .attr("type", "button")
                    .attr("data-testid", "issued-print")
                    .on(ev::click, |_| page::print())
                    .child((draw(icon::PRINT), t("Print"))),
                html::button()
                    .attr("class", "button primary large")
                    .attr("type", "button")
                    .attr("data-testid", "issued-done")
                    .on(ev::click, move |_| till.send(Event::IssuedRead))
                    .child(t("The customer has it")),
            )),
        ))
        .into_any()
}

/// A card as it stands on a receipt.
pub fn printed(card: IssuedView) -> impl IntoView {
    let what = match (card.top_up, card.credit) {
        (true, _) => t("Gift card, topped up"),
        (false, true) => t("Store credit"),
        (false, false) => t("Gift card"),
    };
    html::div().attr("class", "paper-gift").attr("data-testid", "gift-issued").attr("data-last4", card.last4.clone()).child((
        html::div().class("paper-gift-head").child((
            html::span().child(format!("{what} ····{}", card.last4)),
            html::span().class("amount").child(card.amount.text),
        )),
        card.code.map(|code| {
            let drawing = qr::draw(&code, "gift-issued-qr", t("Code of the card"));
            (
                html::p().attr("class", "gift-code").attr("data-testid", "gift-issued-code").child(code),
                drawing.map(|drawing| html::div().class("paper-qr").child(drawing)),
            )
        }),
        card.until_ms.map(|until| html::p().class("paper-qty").child(tf("Good until {}", &[&day_and_clock(until)]))),
    ))
}
