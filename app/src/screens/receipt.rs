//! Paid: what goes back to the customer, as large as it can be, and the receipt as it prints.

use barrow_core::{
    journal::LockCause,
    tender::TenderKind,
    till::{Event, Form},
    view::{LineView, ReceiptView, Screen, TenderPart},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    panels::gift_on_paper,
    parts::{draw, icon, sentence},
    qr,
    screens::exchange,
    till::Till,
    when::day_and_clock,
};

/// Draws the change and the receipt.
pub fn receipt(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Receipt(paid) => Some((**paid).clone()),
        _ => None,
    });
    let can_void = Memo::new(move |_| state.with(|state| state.as_ref().is_some_and(|paid| paid.can_void)));
    let printed = Memo::new(move |_| state.with(|state| state.as_ref().is_some_and(|paid| paid.printed)));
    let mailed = Memo::new(move |_| state.with(|state| state.as_ref().is_some_and(|paid| paid.mailed)));
    let next = NodeRef::<html::Button>::new();
    next.on_load(|next| {
        // Only an element outside of the document refuses.
        let _ = next.focus();
    });
    html::section()
        .class("receipt")
        .attr("data-testid", "receipt")
        .attr("data-sale", move || state.with(|state| state.as_ref().map(|paid| paid.id.clone())))
        .child((
            html::div().class("paid").child((
                move || state.get().map(outcome),
                sentence("error", move || state.with(|state| state.as_ref().and_then(|paid| paid.error.clone()))),
                html::div().class("actions").child((
                    html::button()
                        .class("button large")
                        .attr("type", "button")
                        .attr("data-testid", "receipt-print")
                        .on(ev::click, move |_| till.send(Event::PrintPressed))
                        .child((draw(icon::PRINT), move || if printed.get() { t("Print a copy") } else { t("Print") })),
                    html::button()
                        .node_ref(next)
                        .attr("class", "button primary large")
                        .attr("type", "button")
                        .attr("data-testid", "new-sale")
                        .on(ev::keydown, |event| {
                            // An Enter that is still held down from taking the payment must not skip the change.
                            if event.repeat() {
                                event.prevent_default();
                            }
                        })
                        .on(ev::click, move |_| till.send(Event::NewSalePressed))
                        .child(t("New sale")),
                )),
                mailed_hint(mailed),
                html::div().class("actions after").child((
                    mail_button(till),
                    html::button()
                        .attr("class", "button")
                        .attr("type", "button")
                        .attr("data-testid", "switch-user")
                        .on(ev::click, move |_| till.send(Event::LockPressed(LockCause::Switch)))
                        .child((draw(icon::SWITCH), t("Switch user"))),
                    html::button()
                        .attr("class", "button")
                        .attr("type", "button")
                        .attr("data-testid", "orders")
                        .on(ev::click, move |_| till.send(Event::OrdersPressed))
                        .child((draw(icon::SLIP), t("Orders"))),
                    move || {
                        can_void.get().then(|| {
                            html::button()
                                .attr("class", "button")
                                .attr("type", "button")
                                .attr("data-testid", "void")
                                .on(ev::click, move |_| till.send(Event::FormOpened(Form::Void)))
                                .child((draw(icon::VOID), t("Void")))
                        })
                    },
                )),
            )),
            html::div()
                .class("paper-place")
                // It scrolls where a receipt is long: by the keyboard, too.
                .attr("tabindex", "0")
                .attr("role", "region")
                .attr("aria-label", t("Receipt"))
                .child(html::div().class("paper").child(move || state.get().map(paper))),
        ))
}

/// Asks to which address the receipt goes.
pub(super) fn mail_button(till: Till) -> impl IntoView {
    html::button()
        .attr("class", "button")
        .attr("type", "button")
        .attr("data-testid", "receipt-mail")
        .on(ev::click, move |_| till.send(Event::FormOpened(Form::Mail)))
        .child((draw(icon::MAIL), t("E-mail")))
}

/// Says that the receipt was asked for.
pub(super) fn mailed_hint(mailed: Memo<bool>) -> impl IntoView {
    html::div().attr("role", "status").child(move || {
        mailed.get().then(|| {
            html::p()
                .attr("class", "hint")
                .attr("data-testid", "receipt-mailed")
                .child(t("The receipt goes out by e-mail as soon as this till is online."))
        })
    })
}

/// What goes back to the customer: the change, or all of it.
fn outcome(paid: ReceiptView) -> impl IntoView {
    if let Some(give_back) = paid.voided {
        return (
            html::h1().class("paid-sign voided").child((draw(icon::VOID), t("Voided"))),
            html::p().class("label").child(t("Taken back")),
            html::p().class("huge").child(paid.total.text),
            html::p().class("lead").child(t(&give_back)),
        )
            .into_any();
    }
    if let Some(back) = paid.exchange.as_ref().filter(|back| back.difference.minor < 0) {
        return (
            html::h1().class("paid-sign").child((draw(icon::DONE), t("Exchanged"))),
            html::p().class("label").child(t("To give back")),
            html::p()
                .attr("class", "huge")
                .attr("data-testid", "exchange-given")
                .attr("data-minor", back.difference.minor.saturating_neg().to_string())
                .child(back.amount.clone()),
            html::ul()
                .class("refund-then")
                .child(back.then.iter().map(|sentence| html::li().class("lead").child(t(sentence))).collect::<Vec<_>>()),
        )
            .into_any();
    }
    let how = how(&paid);
    (
        html::h1().class("paid-sign").child((draw(icon::DONE), t("Paid"))),
        // Without cash there is nothing to hand back, and the large figure is what was paid.
        paid.handed
            .is_none()
            .then(|| (html::p().class("label").child(t("Paid")), html::p().class("huge").child(paid.total.text.clone()))),
        html::p().class("label").child(t("Change")),
        html::p()
            .attr("class", if paid.handed.is_some() { "huge" } else { "lead" })
            .attr("data-testid", "change-due")
            .attr("data-minor", paid.change.minor.to_string())
            .child(paid.change.text),
        html::p().class("lead").child(how),
        paid.unauthorised.map(|words| html::p().attr("class", "hint").attr("data-testid", "not-authorised").child(t(&words))),
    )
        .into_any()
}

/// How it was paid, in one line.
fn how(paid: &ReceiptView) -> String {
    if let ([only], Some(handed)) = (paid.tenders.as_slice(), &paid.handed)
        && only.kind == TenderKind::Cash
    {
        return tf("{} of {} in cash", &[&paid.total.text, &handed]);
    }
    let part = |part: &TenderPart| match &part.bank {
        Some(bank) => format!("{} {} ({})", t(&part.what), part.amount.text, t(bank)),
        None => format!("{} {}", t(&part.what), part.amount.text),
    };
    paid.tenders.iter().map(part).collect::<Vec<_>>().join(" + ")
}

/// The receipt as it prints.
pub(super) fn paper(paid: ReceiptView) -> impl IntoView {
    let centred = |lines: Vec<String>| lines.into_iter().map(|line| html::p().child(line)).collect::<Vec<_>>();
    let row = |name: String, value: String| html::div().child((html::dt().child(name), html::dd().child(value)));
    (
        // It may be read long after.
        paid.voided.map(|_| {
            html::p()
                .attr("class", "paper-voided")
                .attr("data-testid", "receipt-voided")
                .child(tf("VOIDED. {}", &[&t("Everything was given back.")]))
        }),
        html::h2().child(paid.shop),
        html::div().class("centred").child(centred(paid.head)),
        html::p().class("paper-meta").child(match paid.staff.as_str() {
            "" => tf("{} · {}", &[&day_and_clock(paid.at_ms), &paid.till]),
            staff => tf("{} · {} · {}", &[&day_and_clock(paid.at_ms), &paid.till, &staff]),
        }),
        html::ul().class("paper-lines").child(paid.lines.into_iter().map(paper_line).collect::<Vec<_>>()),
        paid.exchange.as_ref().map(exchange::on_paper),
        paid.gifts.into_iter().map(gift_on_paper).collect::<Vec<_>>(),
        html::dl().class("facts").child((
            paid.order_off.map(|off| row(t("Order"), off)),
            paid.discounts.map(|discounts| row(t("Discounts in it"), discounts)),
            paid.tip.map(|tip| row(t("Tip"), tip)),
            paid.rounding.map(|rounding| row(t("Cash rounding"), rounding)),
            html::div().class("paper-total").child((html::dt().child(t("Total")), html::dd().child(paid.total.text))),
            paid.tenders.into_iter().map(tender_row).collect::<Vec<_>>(),
            paid.handed.map(|handed| row(t("Cash handed over"), handed)),
            (paid.change.minor != 0).then(|| row(t("Change"), paid.change.text)),
            row(t("Net"), paid.net),
            paid.taxes.into_iter().map(|(name, net, tax)| row(tf("{} on {}", &[&name, &net]), tax)).collect::<Vec<_>>(),
        )),
        paid.unauthorised.map(|words| html::p().class("centred").child(t(&words))),
        paid.customer.map(|name| {
            html::p().attr("class", "centred").attr("data-testid", "receipt-customer").child((
                t("Customer"),
                ": ",
                html::span().child(name),
            ))
        }),
        paid.note.map(|note| html::p().attr("class", "centred").attr("data-testid", "receipt-note").child(note)),
        html::div().class("centred").child(centred(paid.foot)),
        html::p().class("centred").child(tf("Sale {}", &[&paid.id])),
        paid.chain.map(|chain| html::p().class("centred small").child(tf("Journal {}", &[&chain]))),
        paid.qr.and_then(|code| {
            let drawing = qr::draw(&code, "receipt-qr", t("The receipt’s code"))?;
            let words = t("Scan it for this receipt on your phone, or show it to bring something back.");
            Some(html::div().class("paper-qr").child((drawing, html::p().class("small").child(words))))
        }),
    )
}

fn tender_row(part: TenderPart) -> impl IntoView {
    html::div().child((html::dt().child(t(&part.what)), html::dd().child(part.amount.text)))
}

fn paper_line(line: LineView) -> impl IntoView {
    let qty = match line.measure {
        Some(unit) => format!("{} {unit}", line.qty),
        None => line.qty.clone(),
    };
    let plain = line.discount.is_none() && line.promotion.is_none() && line.extras.is_empty();
    let each = match (line.is_one, &line.list_unit) {
        (true, None) if plain => None,
        (_, None) => Some(format!("{qty} × {}", line.unit)),
        (_, Some(list)) => Some(tf("{} × {} instead of {}", &[&qty, &line.unit, &list])),
    };
    let under = |words: String| html::span().class("paper-qty").child(t(&words));
    html::li().child((
        html::span().child(line.name),
        html::span().class("amount").child(line.price),
        each.map(under),
        line.extras.into_iter().map(under).collect::<Vec<_>>(),
        line.note.map(under),
        line.promotion.map(under),
        line.discount.map(under),
    ))
}
