//! What the server found wrong, the serious first; what was dealt with comes last.

use barrow_language::{t, tf};
use leptos::{ev, html, prelude::*};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::Feed,
    form::Said,
    table::{chip, empty, freshness, moment, with},
};
use crate::{
    amounts,
    answers::{Alert, till_label},
    server::{self, Failure, Method},
    wording::{self, Weight},
};

/// The room; its feed belongs to the frame.
pub(super) fn page(office: Office, feed: Feed<Vec<Alert>>) -> impl IntoView {
    let list = with(feed, move |alerts| {
        if alerts.is_empty() {
            return empty(t("Nothing to report: every entry that arrived is in its place, sealed and signed."));
        }
        let mut sorted: Vec<&Alert> = alerts.iter().collect();
        // Stable: within one weight the server's order, newest first, stays.
        sorted.sort_by_key(|alert| (alert.answered.is_some(), wording::weight(&alert.kind)));
        let cards: Vec<_> = sorted.into_iter().map(|alert| card(office, feed, alert)).collect();
        html::ul().class("cards").attr("role", "list").child(cards).into_any()
    });
    (list, freshness(feed))
}

fn card(office: Office, feed: Feed<Vec<Alert>>, alert: &Alert) -> impl IntoView {
    let (class, word) = match (&alert.answered, wording::weight(&alert.kind)) {
        (Some(_), _) => ("plain", t("Dealt with")),
        (None, Weight::Serious) => ("serious", t("Serious")),
        (None, Weight::Notice) => ("notice", t("Notice")),
    };
    let words = amounts::in_sentence(&t(if alert.detail.is_empty() { &alert.text } else { &alert.detail }));
    let answered = alert.answered.as_ref().map(|answered| {
        html::p().attr("data-testid", "office-alert-answered").child((
            html::strong().child(t(&answered.by)),
            " ",
            moment(&answered.at),
            format!(": {}", t(&answered.note)),
        ))
    });
    html::li()
        .class(format!("card alert {class}"))
        .attr("data-testid", "office-alert")
        .attr("data-kind", alert.kind.clone())
        .attr("data-till", alert.till.to_string())
        .attr("data-seq", alert.seq.to_string())
        .attr("data-answered", alert.answered.is_some().then_some("true"))
        .child((
            html::p().class("alert-head").child((chip(class, word), html::strong().child(wording::alert(&alert.kind)))),
            html::p().child(words),
            answered,
            html::p().class("quiet").child((
                till_label(alert.till_name.as_deref(), alert.till),
                " · ",
                tf("entry {} · epoch {}", &[&alert.seq, &alert.epoch]),
                " · ",
                moment(&alert.at),
            )),
            alert.answered.is_none().then(|| answer_form(office, feed, alert.clone())),
        ))
}

#[derive(Serialize)]
struct Answer {
    till: u64,
    epoch: u32,
    seq: u64,
    kind: String,
    about: String,
    note: String,
}

#[derive(serde::Deserialize)]
struct Done {}

/// A line to write what was done, and a button.
fn answer_form(office: Office, feed: Feed<Vec<Alert>>, alert: Alert) -> AnyView {
    let (note, busy, said) = (RwSignal::new(String::new()), RwSignal::new(false), Said::nothing());
    let id = format!("answer-{}-{}-{}-{}-{}", alert.till, alert.epoch, alert.seq, alert.kind, alert.about);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let written = note.get_untracked().trim().to_owned();
        if busy.get_untracked() {
            return;
        }
        if written.is_empty() {
            said.bad(t("Say in a few words what was done."));
            return;
        }
        busy.set(true);
        let answer = Answer {
            till: alert.till,
            epoch: alert.epoch,
            seq: alert.seq,
            kind: alert.kind.clone(),
            about: alert.about.clone(),
            note: written,
        };
        spawn_local(async move {
            let sent = server::send::<Done>(Method::Post, "/v1/office/alerts/answer", &answer).await;
            let _ = busy.try_set(false);
            match sent {
                Ok(Done {}) => {
                    // Read anew: the list is another by now.
                    let _ = feed.trouble.try_set(None);
                    office.refresh();
                }
                Err(Failure::SignedOut(why)) => office.signed_out(Some(why)),
                Err(failure) => said.bad(failure.to_string()),
            }
        });
    };
    html::form()
        .class("answer")
        .attr("novalidate", "")
        .on(ev::submit, submit)
        .child((
            html::div().class("field").child((
                html::label().r#for(id.clone()).child(t("What was done")),
                html::input()
                    .id(id)
                    .r#type("text")
                    .attr("maxlength", "500")
                    .attr("autocomplete", "off")
                    .attr("data-testid", "office-alert-note")
                    .prop("value", move || note.get())
                    .on(ev::input, move |event| note.set(event_target_value(&event))),
            )),
            html::button()
                .r#type("submit")
                .attr("data-testid", "office-alert-answer")
                .attr("aria-disabled", move || busy.get().then_some("true"))
                .child(t("Mark as dealt with")),
            said.view("office-alert-answer"),
        ))
        .into_any()
}
