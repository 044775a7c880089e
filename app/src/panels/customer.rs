//! Whose the order is: somebody the till knows, or somebody new.

use barrow_browser::page;
use barrow_core::{
    customer::Typed,
    ids::CustomerId,
    till::Event,
    view::{CustomerRow, PanelContent},
};
use leptos::{ev, html, prelude::*};

use super::form::{Form, form};
use crate::{
    language::t,
    parts::{Field, Holds, attribute_above, draw, field, icon},
    till::{Till, Where},
};

/// Draws the search, and the form for somebody new below it.
pub fn customer(till: Till) -> impl IntoView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Customer(state) => Some(state.clone()),
        _ => None,
    });
    let kept = |field| till.kept(Where::Panel, field);
    let (typed, email, phone) = (kept("customer-search"), kept("customer-email"), kept("customer-phone"));
    let chosen = move || {
        state.with(|state| state.as_ref().and_then(|state| state.chosen.clone())).map(|row| {
            html::p().attr("class", "counted").child((
                html::strong().attr("data-testid", "customer-chosen").child(row.name),
                html::button()
                    .attr("class", "button")
                    .attr("type", "button")
                    .attr("data-testid", "customer-remove")
                    .on(ev::click, move |_| till.send(Event::CustomerChosen(None)))
                    .child((draw(icon::CLOSE), t("Take off this order"))),
            ))
        })
    };
    let found = move || {
        let state = state.get()?;
        let nobody = state.nobody.then(|| html::p().attr("class", "lead").child(t("Nobody known here fits. Add them below.")));
        Some((nobody, state.found.into_iter().map(option).collect::<Vec<_>>()))
    };
    let fields = (
        chosen,
        field(
            Field {
                label: t("Name, e-mail or telephone"),
                testid: "customer-search",
                holds: Holds::Words,
                value: typed,
                first: true,
            },
            |_| {},
        ),
        html::div()
            .attr("class", "count-found")
            .attr("role", "group")
            .attr("aria-label", t("Customers"))
            .on(ev::click, move |event| {
                if let Some(id) = attribute_above(&event, "data-customer").and_then(|id| CustomerId::from_hex(&id)) {
                    till.send(Event::CustomerChosen(Some(id)));
                }
            })
            .child(found),
        html::p().class("lead").child(t("Somebody new: the name above, and how to reach them if they wish.")),
        field(
            Field { label: t("E-mail, if they wish"), testid: "customer-email", holds: Holds::Words, value: email, first: false },
            |_| {},
        ),
        field(
            Field {
                label: t("Telephone, if they wish"),
                testid: "customer-phone",
                holds: Holds::Words,
                value: phone,
                first: false,
            },
            |_| {},
        ),
    )
        .into_any();
    form(till, Form { fields, beside: None, testid: "customer-save", words: t("Add this customer").into() }, move || {
        Event::CustomerSubmitted(Box::new(Typed {
            id: CustomerId(page::random_bytes()),
            salt: page::random_bytes(),
            name: typed.get_untracked(),
            email: email.get_untracked(),
            phone: phone.get_untracked(),
        }))
    })
}

fn option(row: CustomerRow) -> impl IntoView {
    html::button()
        .attr("class", "option")
        .attr("type", "button")
        .attr("data-testid", "customer-option")
        .attr("data-customer", row.id.to_string())
        .child((html::strong().child(row.name), html::span().class("small").child(row.reach)))
}
