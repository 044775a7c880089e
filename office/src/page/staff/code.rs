//! The one-time code with which a person chooses their first PIN, at one till.

use barrow_language::{key, t, tf};
use js_sys::{Function, Promise, Reflect};
use leptos::{html, prelude::*};
use serde::Serialize;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{
    super::{
        form::{self, Choice, Said},
        table::{around, moment},
    },
    People,
};
use crate::{
    answers::{FirstPinCode, Person},
    server::{self, Failure, Method},
};

/// What a code is made for.
#[derive(Serialize)]
struct ForTill {
    till: u64,
}

/// A code that was just made: nowhere else, and gone when it is hidden.
#[derive(Clone, PartialEq, Eq)]
struct Made {
    code: FirstPinCode,
    till: String,
}

/// The part of a person's row.
pub(super) fn view(people: People, id: u64, person: Memo<Option<Person>>) -> AnyView {
    let answers = Memo::new(move |_| {
        people.tills.latest.with(|tills| {
            let usable = tills.iter().flatten().filter(|till| till.state != "revoked");
            usable.map(|till| (till.id.to_string(), till.name.clone())).collect::<Vec<_>>()
        })
    });
    let till = RwSignal::new(String::new());
    // The first till is chosen as soon as tills are known.
    Effect::new(move || {
        let first = answers.with(|answers| answers.first().map(|(id, _)| id.clone()));
        if let Some(first) = first.filter(|_| till.with_untracked(String::is_empty)) {
            till.set(first);
        }
    });
    let made = RwSignal::new(Option::<Made>::None);
    let said = Said::nothing();
    let busy = RwSignal::new(false);
    let make = move || {
        let Ok(number) = till.get_untracked().parse::<u64>() else {
            said.bad(t("Choose a till."));
            return;
        };
        let name = answers.with_untracked(|answers| {
            answers.iter().find(|(id, _)| *id == number.to_string()).map(|(_, name)| name.clone()).unwrap_or_default()
        });
        said.clear();
        busy.set(true);
        spawn_local(async move {
            let path = format!("/v1/office/staff/{id}/first-pin-code");
            let answer = server::send::<FirstPinCode>(Method::Post, &path, &ForTill { till: number }).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(code) => {
                    let _ = made.try_set(Some(Made { code, till: name }));
                    form::focus_soon(format!("code-{id}"));
                }
                Err(Failure::SignedOut(_)) => {
                    people.office.signed_out(Some(key("You were signed out. No code was made.").to_owned()))
                }
                Err(failure) => said.bad(failure.to_string()),
            }
        });
    };
    let ask = move || {
        (
            form::choice(Choice {
                id: format!("code-till-{id}"),
                label: t("For which till"),
                testid: "office-first-pin-till",
                answers,
                value: till,
            }),
            html::div().class("actions").child(form::button(
                "",
                "office-first-pin-make",
                move || if busy.get() { t("Making…") } else { t("Make a code") }.to_owned(),
                busy,
                make,
            )),
            said.view("office-first-pin"),
        )
    };
    let hide = move || {
        made.set(None);
        form::focus_soon(format!("code-till-{id}"));
    };
    let body = move || match made.get() {
        None => ask().into_any(),
        Some(made) => shown(id, &made, person, hide),
    };
    html::section().class("stack").child((html::h2().child(t("One-time code for a PIN")), body)).into_any()
}

fn shown(id: u64, made: &Made, person: Memo<Option<Person>>, hide: impl Fn() + 'static) -> AnyView {
    let name = move || person.with(|person| person.as_ref().map(|person| person.name.clone()).unwrap_or_default());
    let copied = Said::nothing();
    let never = RwSignal::new(false);
    let code = made.code.code.clone();
    let copy = move || {
        let code = code.clone();
        spawn_local(async move {
            match to_clipboard(&code).await {
                Some(()) => copied.good(t("Copied.")),
                None => copied.bad(t("This browser does not copy. Read the code out, or select it.")),
            }
        });
    };
    let till = made.till.clone();
    html::div()
        .class("one-time stack")
        .attr("tabindex", "-1")
        .id(format!("code-{id}"))
        .child((
            html::p().child(move || tf("{} chooses a PIN at {} with", &[&name(), &till])),
            html::p().class("code").attr("data-testid", "office-first-pin-code").child(made.code.code.clone()),
            html::p().class("quiet").child(around(
                key("It works once, at this till only, until {}. It is shown only now."),
                html::strong().attr("data-testid", "office-first-pin-expiry").child(moment(&made.code.expires_at)).into_any(),
            )),
            html::div().class("actions").child((
                form::button("", "office-first-pin-copy", || t("Copy"), never, copy),
                form::button("", "office-first-pin-hide", || t("Hide"), never, hide),
            )),
            copied.view("office-first-pin-copy"),
        ))
        .into_any()
}

/// Only where the browser has a clipboard at all: it has none on an insecure address.
async fn to_clipboard(text: &str) -> Option<()> {
    let navigator = window().navigator();
    let clipboard = Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok().filter(JsValue::is_object)?;
    let write: Function = Reflect::get(&clipboard, &JsValue::from_str("writeText")).ok()?.dyn_into().ok()?;
    let promise: Promise = write.call1(&clipboard, &JsValue::from_str(text)).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok().map(|_| ())
}
