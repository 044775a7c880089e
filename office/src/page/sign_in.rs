//! Signing in.

use barrow_language::t;
use leptos::{ev, html, prelude::*};
use wasm_bindgen_futures::spawn_local;

use super::{Office, Who, language};
use crate::server;

/// The form; `why` says why it is shown again.
pub(super) fn page(office: Office, why: Option<String>) -> impl IntoView {
    document().set_title(&t("Barrow office"));
    let login = NodeRef::<html::Input>::new();
    let password = NodeRef::<html::Input>::new();
    let error = RwSignal::new(t(&why.unwrap_or_default()));
    let busy = RwSignal::new(false);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let value = |field: NodeRef<html::Input>| field.get_untracked().map(|field| field.value()).unwrap_or_default();
        let (name, secret) = (value(login), value(password));
        if name.trim().is_empty() || secret.is_empty() {
            error.set(t("Type your login and your password."));
            return;
        }
        busy.set(true);
        spawn_local(async move {
            let answer = server::sign_in(name.trim(), &secret).await;
            busy.set(false);
            match answer {
                Ok(()) => office.who.set(Who::Somebody),
                Err(failure) => {
                    error.set(failure.to_string());
                    if let Some(field) = password.get_untracked() {
                        field.set_value("");
                        let _ = field.focus();
                    }
                }
            }
        });
    };
    let field = |id: &'static str, label: String, input: AnyView| {
        html::div().class("field").child((html::label().r#for(id).child(label), input))
    };
    let login_input = html::input()
        .id("login")
        .r#type("text")
        .attr("name", "username")
        .attr("autocomplete", "username")
        .attr("autocapitalize", "none")
        .attr("spellcheck", "false")
        .attr("maxlength", "256")
        .attr("data-testid", "office-login")
        .node_ref(login)
        .into_any();
    let password_input = html::input()
        .id("password")
        .r#type("password")
        .attr("name", "password")
        .attr("autocomplete", "current-password")
        .attr("maxlength", "1024")
        .attr("data-testid", "office-password")
        .node_ref(password)
        .into_any();
    Effect::new(move || {
        if let Some(field) = login.get() {
            let _ = field.focus();
        }
    });
    let form = html::form().class("card").on(ev::submit, submit).child((
        html::div().class("card-head").child((html::h1().child(t("Barrow office")), language::choice(office))),
        html::p().class("quiet").child(t("Sign in with the owner’s login.")),
        field("login", t("Login"), login_input),
        field("password", t("Password"), password_input),
        html::p().class("error").attr("role", "alert").attr("data-testid", "office-error").child(move || error.get()),
        html::button()
            .class("primary")
            .r#type("submit")
            .attr("data-testid", "office-submit")
            .attr("aria-disabled", move || busy.get().to_string())
            .child(move || if busy.get() { t("Signing in…") } else { t("Sign in") }),
    ));
    html::main().class("sign-in").child(form)
}
