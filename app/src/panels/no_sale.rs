//! Opening the drawer without a sale.

use barrow_core::till::Event;
use leptos::{html, prelude::*};

use super::{
    form::{Form, form},
    reason::reason,
};
use crate::{
    language::{key, t},
    till::{Till, Where},
};

const REASONS: &[&str] = &[key("Give change"), key("Check the drawer"), key("Wrong change given")];

/// Asks why.
pub fn no_sale(till: Till) -> AnyView {
    let why = till.kept(Where::Panel, "no-sale-reason");
    let fields = (
        html::p().class("lead").child(t("Without a sale, the journal keeps who opened it, when and why.")),
        reason("no-sale-reason", why, REASONS),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "no-sale-apply", words: t("Open the drawer").into() };
    form(till, asked, move || Event::NoSaleSubmitted(why.get_untracked()))
}
