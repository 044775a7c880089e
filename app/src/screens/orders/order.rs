//! One sale: its receipt, and what can still be done with it.

use barrow_core::till::{Event, Form};
use leptos::{ev, html, prelude::*};

use super::{chosen, error};
use crate::{
    language::{t, tf},
    parts::{draw, heading, icon, sentence},
    screens::receipt::{mail_button, mailed_hint, paper},
    till::Till,
};

/// Draws the sale.
pub fn order(till: Till) -> impl IntoView {
    let order = chosen(till);
    let can_refund = Memo::new(move |_| order.with(|order| order.as_ref().is_some_and(|order| order.can_refund)));
    let mailed = Memo::new(move |_| order.with(|order| order.as_ref().is_some_and(|order| order.receipt.mailed)));
    let can_void = Memo::new(move |_| order.with(|order| order.as_ref().is_some_and(|order| order.receipt.can_void)));
    html::section()
        .class("receipt")
        .attr("data-testid", "order")
        .attr("data-sale", move || order.with(|order| order.as_ref().map(|order| order.sale.to_string())))
        .child((
            html::div().class("paid").child((
                heading(t("Sale")),
                move || {
                    order.get().map(|order| {
                        (
                            html::p().class("label").child(tf("Sale {}", &[&order.sale])),
                            html::p().class("huge").child(order.receipt.total.text.clone()),
                            order.checked.map(|checked| {
                                html::p()
                                    .attr("class", "lead order-checked")
                                    .attr("data-testid", "order-checked")
                                    .attr("role", "status")
                                    .child((draw(icon::DONE), html::span().child(t(&checked))))
                            }),
                            order.state.words().map(|words| {
                                html::p().class("lead order-state").attr("data-testid", "order-state").child(t(words))
                            }),
                            order
                                .refunded
                                .map(|refunded| html::p().class("lead").child(tf("{} of it was given back.", &[&refunded.text]))),
                        )
                    })
                },
                sentence("error", error(till)),
                html::div().class("actions").child((
                    move || {
                        can_refund.get().then(|| {
                            html::button()
                                .attr("class", "button primary large")
                                .attr("type", "button")
                                .attr("data-testid", "refund")
                                .on(ev::click, move |_| till.send(Event::RefundPressed))
                                .child(t("Refund"))
                        })
                    },
                    move || {
                        can_void.get().then(|| {
                            html::button()
                                .attr("class", "button large")
                                .attr("type", "button")
                                .attr("data-testid", "void")
                                .on(ev::click, move |_| till.send(Event::FormOpened(Form::Void)))
                                .child((draw(icon::VOID), t("Void")))
                        })
                    },
                )),
                mailed_hint(mailed),
                html::div().class("actions after").child((
                    html::button()
                        .attr("class", "button")
                        .attr("type", "button")
                        .attr("data-testid", "receipt-print")
                        .on(ev::click, move |_| till.send(Event::PrintPressed))
                        .child((draw(icon::PRINT), t("Print a copy"))),
                    mail_button(till),
                    html::button()
                        .attr("class", "button")
                        .attr("type", "button")
                        .attr("data-testid", "order-back")
                        .on(ev::click, move |_| till.send(Event::OrderLeft))
                        .child((draw(icon::BACK), t("All orders"))),
                    html::button()
                        .attr("class", "button")
                        .attr("type", "button")
                        .attr("data-testid", "orders-close")
                        .on(ev::click, move |_| till.send(Event::OrdersLeft))
                        .child(t("Selling")),
                )),
            )),
            html::div()
                .class("paper-place")
                // It scrolls where a receipt is long: by the keyboard, too.
                .attr("tabindex", "0")
                .attr("role", "region")
                .attr("aria-label", t("Receipt"))
                .child(html::div().class("paper").child(move || order.get().map(|order| paper(order.receipt)))),
        ))
}
