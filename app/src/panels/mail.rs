//! To which e-mail address the receipt on screen goes.

use barrow_browser::page;
use barrow_core::{till::Event, view::PanelContent};
use leptos::{html, prelude::*};

use super::form::{Form, form};
use crate::{
    language::{key, t, tf},
    parts::{Field, Holds, field},
    till::{Till, Where},
};

/// Asks for the address.
pub fn mail(till: Till) -> AnyView {
    let sale = till.panel_part(|panel| match &panel.content {
        PanelContent::Mail { sale, has_gifts } => Some((sale.clone(), *has_gifts)),
        _ => None,
    });
    let address = till.kept(Where::Panel, "mail-address");
    let asked = Field { label: t("E-mail address"), testid: "mail-address", holds: Holds::Address, value: address, first: true };
    let fields = (
        html::p().class("label").child(move || sale.get().map(|(sale, _)| tf("Receipt of sale {}", &[&sale]))),
        field(asked, |_| {}),
        move || {
            let has_gifts = sale.get().is_some_and(|(_, has_gifts)| has_gifts);
            has_gifts.then(|| {
                html::p().class("hint").child(t("The gift card’s code is not sent. Print it, or show it to the customer."))
            })
        },
        html::p()
            .class("small")
            .child(t("The office sends it, as soon as this till is online. The address is forgotten once it was sent.")),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "mail-send", words: key("Send the receipt").into() };
    form(till, asked, move || Event::MailSubmitted { address: address.get_untracked(), salt: page::new_salt() })
}
