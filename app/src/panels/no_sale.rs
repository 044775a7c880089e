//! Opening the drawer without a sale.

use barrow_core::till::Event;
use leptos::{html, prelude::*};

use super::{
    form::{Form, form},
    reason::reason,
};
use crate::till::Till;

const REASONS: &[&str] = &["Give change", "Check the drawer", "Wrong change given"];

/// Asks why.
pub fn no_sale(till: Till) -> AnyView {
    let why = RwSignal::new(String::new());
    let fields = (
        html::p().class("lead").child("Without a sale, the journal keeps who opened it, when and why."),
        reason("no-sale-reason", why, REASONS),
    )
        .into_any();
    let asked = Form { fields, beside: None, testid: "no-sale-apply", words: "Open the drawer".into() };
    form(till, asked, move || Event::NoSaleSubmitted(why.get_untracked()))
}
