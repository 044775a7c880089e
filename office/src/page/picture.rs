//! A product's picture in its row: shown, chosen from a file, taken away.

use barrow_language::{t, tf};
use leptos::{ev, html, prelude::*};
use serde::Serialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;

use super::Office;
use crate::{
    answers::Product,
    server::{self, Failure, Method},
    shrink,
};

#[derive(Serialize)]
struct Change<'a> {
    sku: &'a str,
    picture: Option<&'a str>,
}

/// The picture, and what can be done with it.
pub(super) fn picture(office: Office, product: &Product) -> impl IntoView + use<> {
    let (sku, title) = (product.sku.clone(), product.title());
    let url = RwSignal::new(product.picture.as_ref().map(|hash| format!("/v1/office/pictures/{hash}")));
    let (busy, trouble) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let send = move |picture: Option<String>| {
        let sku = sku.clone();
        spawn_local(async move {
            let change = Change { sku: &sku, picture: picture.as_deref() };
            let sent = server::send::<serde::de::IgnoredAny>(Method::Put, "/v1/office/products/picture", &change).await;
            let _ = busy.try_set(false);
            match sent {
                Ok(_) => {
                    // What was just sent is what the server has.
                    let kind = |base64: &String| if base64.starts_with("UklGR") { "image/webp" } else { "image/jpeg" };
                    let _ = url.try_set(picture.map(|base64| format!("data:{};base64,{base64}", kind(&base64))));
                }
                Err(Failure::SignedOut(why)) => office.signed_out(Some(why)),
                Err(other) => drop(trouble.try_set(Some(other.to_string()))),
            }
        });
    };
    let remove = send.clone();
    let chosen = move |event: ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some((input, file)) = input.and_then(|input| Some((input.clone(), input.files()?.get(0)?))) else { return };
        busy.set(true);
        trouble.set(None);
        let send = send.clone();
        spawn_local(async move {
            match shrink::small(file).await {
                Ok(base64) => send(Some(base64)),
                Err(why) => {
                    let _ = busy.try_set(false);
                    let _ = trouble.try_set(Some(why.to_string()));
                }
            }
            // The same file may be chosen again.
            input.set_value("");
        });
    };
    html::div().class("product-picture").child((
        move || {
            url.get().map(|url| {
                html::img()
                    .attr("src", url)
                    .attr("alt", "")
                    .attr("width", "48")
                    .attr("height", "48")
                    .attr("data-testid", "office-picture")
            })
        },
        html::label().class("button quiet").attr("data-busy", move || busy.get().then_some("true")).child((
            html::input()
                .r#type("file")
                .attr("accept", "image/*")
                .attr("data-testid", "office-picture-file")
                .attr("aria-label", tf("Picture of {}", &[&title]))
                .prop("disabled", move || busy.get())
                .on(ev::change, chosen),
            html::span()
                .attr("aria-hidden", "true")
                .child(move || if url.with(Option::is_some) { t("Replace") } else { t("Add") }),
        )),
        move || {
            let remove = remove.clone();
            url.with(Option::is_some).then(|| {
                html::button()
                    .class("button quiet")
                    .r#type("button")
                    .attr("data-testid", "office-picture-remove")
                    .attr("aria-label", tf("Remove the picture of {}", &[&title]))
                    .prop("disabled", move || busy.get())
                    .on(ev::click, move |_| {
                        busy.set(true);
                        trouble.set(None);
                        remove(None);
                    })
                    .child(t("Remove"))
            })
        },
        html::p().attr("role", "alert").class("product-picture-trouble").child(move || trouble.get()),
    ))
}
