//! To which e-mail address the receipt on screen goes.

use barrow_browser::page;
use barrow_core::{till::Event, view::PanelContent};
use leptos::{html, prelude::*};

use super::form::{Form, form};
use crate::{
    language::{key, t, tf},
    parts::{Field, Holds, field},
    till::Till,
};

/// Asks for the address.
pub fn mail(till: Till) -> AnyView {
    let sale = till.panel_part(|panel| match &panel.content {
        PanelContent::Mail { sale } => Some(sale.clone()),
        _ => None,
    });
    let address = RwSignal::new(String::new());
    let asked = Field { label: t("E-mail address"), testid: "mail-address", holds: Holds::Address, value: address, first: true };
    let fields = (
        html::p().class("label").child(move || sale.get().map(|sale| tf("Receipt of sale {}", &[&sale]))),
        field(asked, |_| {}),
        html::p()
            .class("small")
            .child(t("The office sends it, as soon as this till is online. The address is forgotten once it was sent.")),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "mail-send", words: key("Send the receipt").into() };
    form(till, asked, move || Event::MailSubmitted { address: address.get_untracked(), salt: page::new_salt() })
}
