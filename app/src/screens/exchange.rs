//! An exchange on the screens that it passes through: what comes back, and the difference.

use barrow_core::{
    till::Event,
    view::{ExchangeView, Money},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    parts::{draw, icon},
    till::Till,
};

/// In the cart: what comes back, the way to leave that, and what is to be paid or given back.
pub(super) fn in_cart(till: Till, exchange: impl Fn() -> Option<ExchangeView> + Send + Sync + 'static) -> impl IntoView {
    move || {
        exchange().map(|back| {
            html::section().attr("class", "exchange").attr("data-testid", "exchange").attr("aria-label", t("Exchange")).child((
                html::div().class("exchange-head").child((
                    html::strong().child(tf("Comes back of sale {}", &[&back.of])),
                    html::button()
                        .attr("class", "button quiet icon-only")
                        .attr("type", "button")
                        .attr("data-testid", "exchange-leave")
                        .attr("aria-label", t("No exchange after all"))
                        .attr("title", t("No exchange after all"))
                        .on(ev::click, move |_| till.send(Event::ExchangeLeft))
                        .child(draw(icon::CLOSE)),
                )),
                lines(&back.lines),
                difference(&back),
            ))
        })
    }
}

/// While it is paid, and when it was: what comes back, the difference, and what is to be given back how.
pub(super) fn summary(back: &ExchangeView) -> impl IntoView + use<> {
    html::section().attr("class", "exchange").attr("aria-label", t("Exchange")).child((
        html::strong().child(tf("Comes back of sale {}", &[&back.of])),
        lines(&back.lines),
        difference(back),
        then(back),
    ))
}

/// On the receipt as it prints.
pub(super) fn on_paper(back: &ExchangeView) -> impl IntoView + use<> {
    let given = |(how, amount): &(String, Money)| (t(how), amount.clone());
    let given: Vec<_> = back.given.iter().map(given).collect();
    html::div().class("paper-back").child((
        html::p().child(tf("Came back of sale {}", &[&back.of])),
        lines(&back.lines),
        (!given.is_empty()).then(|| lines(&given)),
    ))
}

fn lines(rows: &[(String, Money)]) -> impl IntoView + use<> {
    let row = |(what, worth): &(String, Money)| {
        html::li().child((html::span().child(what.clone()), html::span().class("amount").child(worth.text.clone())))
    };
    html::ul().class("exchange-lines").child(rows.iter().map(row).collect::<Vec<_>>())
}

fn difference(back: &ExchangeView) -> impl IntoView + use<> {
    let words = if back.difference.minor < 0 { t("To give back") } else { t("To pay") };
    html::dl().class("facts").child(
        html::div().child((
            html::dt().child(words),
            html::dd()
                .attr("data-testid", "exchange-difference")
                .attr("data-minor", back.difference.minor.to_string())
                .child(html::strong().child(back.amount.clone())),
        )),
    )
}

fn then(back: &ExchangeView) -> impl IntoView + use<> {
    let sentences: Vec<_> = back.then.iter().map(|sentence| html::li().child(t(sentence))).collect();
    (!sentences.is_empty()).then(|| html::ul().attr("class", "refund-then").attr("data-testid", "exchange-then").child(sentences))
}
