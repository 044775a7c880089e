//! What stands on every screen: the bar with the honest status, the notices, and the place where the screen goes.

use barrow_core::{
    journal::LockCause,
    till::Event,
    view::{MenuChoice, Screen, StatusLine},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    menu::menu,
    notices::notices,
    panels::panels,
    parts::{draw, icon},
    scanner, screens,
    sheet::sheet,
    tablet::tablet_button,
    till::Till,
};

/// Draws the whole page.
pub fn frame(till: Till) -> impl IntoView {
    let kind = Memo::new(move |_| till.view.with(|view| Kind::of(&view.screen)));
    let folded = RwSignal::new(Vec::new());
    scanner::listen(till);
    Effect::new(move |_| {
        if kind.get() != Kind::Starting {
            remove_starting_text();
        }
    });
    let whole = move || {
        (
            bar(till, folded),
            notices(till, folded),
            html::main().class("main").child(move || match kind.get() {
                Kind::Starting => ().into_any(),
                Kind::Closed => screens::closed(till).into_any(),
                Kind::Enrol => screens::enrol(till).into_any(),
                Kind::SignIn => screens::sign_in(till).into_any(),
                Kind::OpenShift => screens::open_shift(till).into_any(),
                Kind::Selling => screens::selling(till).into_any(),
                Kind::Tender => screens::tender(till).into_any(),
                Kind::Receipt => screens::receipt(till).into_any(),
                Kind::Orders => screens::orders(till).into_any(),
                Kind::Count => screens::count(till).into_any(),
                Kind::Report => screens::report(till).into_any(),
            }),
            panels(till),
            sheet(till),
            announcer(till),
        )
    };
    html::div().class("till").child(move || {
        // In another language, all is another text.
        till.language.track();
        whole()
    })
}

/// Which screen is shown. What is on it changes without drawing all of it again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Starting,
    Closed,
    Enrol,
    SignIn,
    OpenShift,
    Selling,
    Tender,
    Receipt,
    Orders,
    Count,
    Report,
}

impl Kind {
    fn of(screen: &Screen) -> Kind {
        match screen {
            Screen::Starting => Kind::Starting,
            Screen::Closed { .. } => Kind::Closed,
            Screen::Enrol { .. } => Kind::Enrol,
            Screen::SignIn(_) => Kind::SignIn,
            Screen::OpenShift { .. } => Kind::OpenShift,
            Screen::Selling(_) => Kind::Selling,
            Screen::Tender(_) => Kind::Tender,
            Screen::Receipt(_) => Kind::Receipt,
            Screen::History(_) => Kind::Orders,
            Screen::Count { .. } => Kind::Count,
            Screen::Report(_) => Kind::Report,
        }
    }
}

fn bar(till: Till, folded: RwSignal<Vec<&'static str>>) -> impl IntoView {
    let status = Memo::new(move |_| till.view.with(|view| view.status.clone()));
    let may_close = Memo::new(move |_| {
        till.view.with(|view| view.menu.iter().any(|item| item.choice == MenuChoice::CloseShift && item.allowed))
    });
    // A receipt has this button itself.
    let may_look_back = Memo::new(move |_| {
        till.view.with(|view| {
            matches!(view.screen, Screen::Selling(_))
                && view.menu.iter().any(|item| item.choice == MenuChoice::Orders && item.allowed)
        })
    });
    let signed_in = Memo::new(move |_| status.with(|status| status.staff.is_some()));
    let hidden = move || {
        let shown = status.with(|status| status.alerts.iter().map(|alert| alert.kind()).collect::<Vec<_>>());
        folded.with(|folded| folded.iter().filter(|kind| shown.contains(kind)).count())
    };
    html::header().class("bar").child((
        delivery(status),
        html::span().class("bar-till").child(move || status.with(whose)),
        move || {
            (hidden() > 0).then(|| {
                html::button()
                    .class("button quiet")
                    .attr("type", "button")
                    .attr("aria-label", tf("Show {} hidden notices", &[&hidden()]))
                    .on(ev::click, move |_| folded.set(Vec::new()))
                    .child((draw(icon::NOTICE), hidden().to_string()))
            })
        },
        tablet_button(till),
        move || {
            may_look_back.get().then(|| {
                html::button()
                    .class("button quiet")
                    .attr("type", "button")
                    .attr("data-testid", "orders")
                    .attr("aria-label", t("Orders and refunds"))
                    .on(ev::click, move |_| till.send(Event::OrdersPressed))
                    .child((draw(icon::SLIP), html::span().class("wide-only").child(t("Orders"))))
            })
        },
        move || {
            may_close.get().then(|| {
                html::button()
                    .class("button quiet")
                    .attr("type", "button")
                    .attr("data-testid", "shift-close")
                    .attr("aria-label", t("Close shift"))
                    .on(ev::click, move |_| till.send(Event::ShiftClosePressed))
                    .child((draw(icon::DRAWER), html::span().class("wide-only").child(t("Close shift"))))
            })
        },
        menu(till),
        move || {
            signed_in.get().then(|| {
                html::button()
                    .class("button quiet")
                    .attr("type", "button")
                    .attr("data-testid", "lock")
                    .attr("aria-label", t("Lock the till"))
                    .on(ev::click, move |_| till.send(Event::LockPressed(LockCause::Button)))
                    .child((draw(icon::LOCK), html::span().class("wide-only").child(t("Lock"))))
            })
        },
    ))
}

/// The till and who works at it.
fn whose(status: &StatusLine) -> String {
    [&status.till, &status.staff].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" · ")
}

/// Online or offline, how much waits, and for how long.
fn delivery(status: Memo<StatusLine>) -> impl IntoView {
    let unsent = move || status.with(|status| status.unsent);
    let words = move || {
        status.with(|status| match (status.unsent, &status.oldest) {
            (0, _) => t("all sent"),
            (count, Some(age)) => tf("{} unsent · {}", &[&count, &t(age)]),
            (count, None) => tf("{} unsent", &[&count]),
        })
    };
    html::div().class("delivery").attr("role", "status").child((
        html::span()
            .class("network")
            .attr("data-testid", "status-network")
            .attr("data-state", move || if status.with(|status| status.online) { "online" } else { "offline" })
            .child(move || if status.with(|status| status.online) { t("Online") } else { t("Offline") }),
        html::span()
            .class("unsent")
            .attr("data-testid", "status-unsent")
            .attr("data-count", move || unsent().to_string())
            .child(words),
        move || {
            let exposure = status.with(|status| status.exposure.clone());
            exposure.map(|words| html::span().attr("class", "exposure").attr("data-testid", "card-exposure").child(t(&words)))
        },
    ))
}

fn sentences(sentences: &[String]) -> String {
    sentences.iter().map(|sentence| t(sentence)).collect::<Vec<_>>().join(" ")
}

/// Says aloud what a person who sees the screen notices by itself: it was paid, and what goes back.
fn announcer(till: Till) -> impl IntoView {
    let said = Memo::new(move |_| {
        till.view.with(|view| match &view.screen {
            Screen::Receipt(paid) => match &paid.voided {
                Some(give_back) => tf("Voided. {}", &[&t(give_back)]),
                None => match paid.exchange.as_ref().filter(|back| back.difference.minor < 0) {
                    Some(back) => tf("Exchanged. {}", &[&sentences(&back.then)]),
                    None => tf("Paid {}. Change {}.", &[&paid.total.text, &paid.change.text]),
                },
            },
            Screen::History(history) => match history.order.as_ref().and_then(|order| order.refund.as_ref()) {
                Some(refund) if refund.done => tf("Refunded {}. {}", &[&refund.total.text, &sentences(&refund.then)]),
                _ => String::new(),
            },
            _ => String::new(),
        })
    });
    html::div().class("said-only").attr("aria-live", "assertive").attr("aria-atomic", "true").child(move || said.get())
}

fn remove_starting_text() {
    if let Some(starting) = document().get_element_by_id("starting") {
        starting.remove();
    }
}
