//! What the person should know, below the bar at the top: one line for each alert of the device, until it is over.

use barrow_core::{
    device::DeviceAlert,
    printer::Trouble,
    till::{Event, Form},
    view::{Screen, Task},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{key, t},
    parts::{draw, icon},
    till::Till,
};

/// Draws the alerts. The person may fold them away; a new one brings them back.
pub fn notices(till: Till, folded: RwSignal<Vec<&'static str>>) -> impl IntoView {
    let alerts = Memo::new(move |_| {
        till.view.with(|view| match view.screen {
            // The screen itself says why.
            Screen::Closed { .. } => Vec::new(),
            _ => view.status.alerts.clone(),
        })
    });
    let tasks = Memo::new(move |_| till.view.with(|view| view.status.tasks.clone()));
    let trouble = Memo::new(move |_| till.view.with(|view| view.print_trouble));
    html::div().class("notices").attr("role", "region").attr("aria-label", t("Notices")).attr("aria-live", "polite").child(
        move || {
            let hidden = folded.get();
            let alerts = alerts.get().into_iter().filter(|alert| !hidden.contains(&alert.kind()));
            (
                trouble.get().map(|it| not_printed(till, it)),
                tasks.get().into_iter().map(|it| task(till, it)).collect::<Vec<_>>(),
                alerts.map(|alert| notice(till, alert, folded)).collect::<Vec<_>>(),
            )
        },
    )
}

/// Something did not come out of the printer. It keeps nobody from selling.
fn not_printed(till: Till, trouble: Trouble) -> impl IntoView {
    let button = move |testid: &'static str, words: &'static str, event: fn() -> Event| {
        html::button()
            .class("button")
            .attr("type", "button")
            .attr("data-testid", testid)
            .on(ev::click, move |_| till.send(event()))
            .child(t(words))
    };
    // What helps on paper helps no drawer.
    let (what, why) = match trouble.drawer {
        true => (t("The drawer did not open."), t("Look at the printer and its cables, or open it with its key.")),
        false => (t("This was not printed."), t(&trouble.why.to_string())),
    };
    html::div().class("notice").attr("data-testid", "print-trouble").child((
        html::p().child((html::span().child(what), " ", html::span().child(why))),
        button("print-again", key("Try again"), || Event::PrintAgainPressed),
        (!trouble.drawer).then(|| button("print-system", key("Print by the system"), || Event::PrintBySystemPressed)),
        html::button()
            .class("button quiet icon-only")
            .attr("type", "button")
            .attr("data-testid", "print-read")
            .attr("aria-label", t("Hide this notice"))
            .on(ev::click, move |_| till.send(Event::PrintTroubleRead))
            .child(draw(icon::CLOSE)),
    ))
}

/// Stays until somebody has dealt with it.
fn task(till: Till, task: Task) -> impl IntoView {
    html::div().class("notice grave").child((
        html::p().attr("data-testid", "alert").attr("data-kind", task.kind).child(t(&task.sentence)),
        task.answers.map(|alert| {
            html::button()
                .class("button")
                .attr("type", "button")
                .attr("data-testid", "alert-open")
                .on(ev::click, move |_| till.send(Event::FormOpened(Form::Alert(alert.clone()))))
                .child(t("Deal with it"))
        }),
    ))
}

fn notice(till: Till, alert: DeviceAlert, folded: RwSignal<Vec<&'static str>>) -> impl IntoView {
    let kind = alert.kind();
    let may_update = move || alert == DeviceAlert::UpdateReady && till.around.with(|around| around.may_update);
    html::div().attr("class", if blocks(&alert) { "notice grave" } else { "notice" }).child((
        html::p().attr("data-testid", "alert").attr("data-kind", kind).child(t(&alert.sentence())),
        move || {
            may_update().then(|| {
                html::button()
                    .class("button")
                    .attr("type", "button")
                    .attr("data-testid", "update-apply")
                    .on(ev::click, move |_| till.apply_update())
                    .child(t("Update now"))
            })
        },
        (!blocks(&alert)).then(|| {
            html::button()
                .class("button quiet icon-only")
                .attr("type", "button")
                .attr("aria-label", t("Hide this notice"))
                .on(ev::click, move |_| folded.update(|kinds| kinds.push(kind)))
                .child(draw(icon::CLOSE))
        }),
    ))
}

/// Selling has to stop, or somebody has to act now: such a notice cannot be folded away.
fn blocks(alert: &DeviceAlert) -> bool {
    matches!(alert, DeviceAlert::Revoked | DeviceAlert::Copy | DeviceAlert::KeysLost | DeviceAlert::SecondTab)
}
