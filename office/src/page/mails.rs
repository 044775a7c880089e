//! Receipts by e-mail: what waits to be sent, what was sent, and trying again by hand.

use barrow_language::{key, t};
use leptos::{html, prelude::*};
use serde::{Deserialize, Serialize};
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Said},
    table::{Column, OnPhone, cell, chip, empty, freshness, moment, person, rows, table, with},
};
use crate::{
    answers::{Mail, Mails},
    server::{self, Failure, Method},
    wording,
};

const SALE: Column = Column::Words(key("Receipt of sale"));
const ASKED: Column = Column::Named(key("Asked for"));
const STAFF: Column = Column::Named(key("By"));
const TO: Column = Column::Named(key("To"));
const STATE: Column = Column::Words(key("State"));

const NOT_SET_UP: &str =
    key("No mail server is set up, so receipts wait here. Start barrow-server with --smtp and --mail-from to send \
    them; what was not sent within a week is given up.");

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let feed = Feed::<Mails>::of(office, Pace::Live, || "/v1/office/mails".to_owned());
    let said = Said::nothing();
    let list = with(feed, move |list| {
        let warning = (!list.configured)
            .then(|| html::p().class("empty").attr("data-testid", "office-mail-not-set-up").child(t(NOT_SET_UP)));
        if list.mails.is_empty() {
            return (warning, empty(t("No customer has asked for a receipt by e-mail yet."))).into_any();
        }
        let lines = list.mails.iter().map(|mail| row(office, said, mail)).collect();
        let sheet = html::div().class("sheet").child(table(
            t("Receipts by e-mail"),
            OnPhone::SpeltOut,
            &[SALE, ASKED, STAFF, TO, STATE],
            rows(lines),
        ));
        (warning, sheet).into_any()
    });
    (list, said.view("office-mail"), freshness(feed))
}

fn row(office: Office, said: Said, mail: &Mail) -> AnyView {
    let (class, word) = match mail.state.as_str() {
        "sent" => ("good", t("Sent")),
        "waiting" => ("notice", t("Waits")),
        "refused" => ("serious", t("Refused")),
        "given-up" => ("serious", t("Given up")),
        other => ("notice", wording::plain(other)),
    };
    let to = match &mail.address {
        Some(address) => address.clone().into_any(),
        None => html::span().class("quiet").child(t("forgotten")).into_any(),
    };
    let may_resend = mail.address.is_some() && (mail.state == "refused" || mail.state == "waiting" && !mail.trouble.is_empty());
    let small = |words: AnyView| html::small().class("quiet").child(words);
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-mail")
        .attr("data-mail", mail.id.clone())
        .attr("data-state", mail.state.clone())
        .child((
            cell(SALE, html::strong().child(mail.sale.clone())),
            cell(ASKED, moment(&mail.at)),
            cell(STAFF, person(mail.staff.as_ref())),
            cell(TO, to),
            cell(
                STATE,
                (
                    chip(class, word),
                    mail.done_at.as_deref().map(|at| small(moment(at))),
                    (!mail.trouble.is_empty()).then(|| small(t(&mail.trouble).into_any())),
                    may_resend.then(|| resend(office, said, mail.id.clone())),
                ),
            ),
        ))
        .into_any()
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Deserialize)]
struct Done {}

fn resend(office: Office, said: Said, id: String) -> AnyView {
    let busy = RwSignal::new(false);
    let press = move || {
        busy.set(true);
        said.clear();
        let path = format!("/v1/office/mails/{id}/resend");
        spawn_local(async move {
            let answer = server::send::<Done>(Method::Post, &path, &Nothing {}).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(Done {}) => {
                    said.good(t("It is tried again now."));
                    office.refresh();
                }
                Err(Failure::SignedOut(why)) => office.signed_out(Some(why)),
                Err(failure) => said.bad(failure.to_string()),
            }
        });
    };
    form::button("small", "office-mail-resend", move || t("Send again"), busy, press)
}
