//! Which role may do what, and how far.

use barrow_core::staff::{Permission, Role};
use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};

use super::{
    super::{
        form::{self, Holds, Text},
        table::chip,
    },
    Sheet, place, switch,
};
use crate::{
    rules::{CurrencyFacts, Field, RoleDraft, RolePowers},
    wording,
};

/// The matrix, and each role's limits.
pub(super) fn view(sheet: Sheet) -> impl IntoView {
    (
        html::section().class("card stack").child((
            html::h2().child(t("Who may do what")),
            html::p()
                .class("quiet")
                .child(t("What a role may not do, somebody who may approve for others can allow at the till, each time anew.")),
            matrix(sheet),
        )),
        html::div().class("four-cards").child(Role::ALL.map(|role| limits(sheet, role)).into_iter().collect::<Vec<_>>()),
    )
}

fn matrix(sheet: Sheet) -> impl IntoView {
    let headings: Vec<AnyView> = Role::ALL
        .map(|role| html::th().attr("scope", "col").child(html::span().child(wording::role(role))).into_any())
        .into_iter()
        .collect();
    let rows: Vec<AnyView> = Permission::ALL
        .map(|permission| {
            let boxes: Vec<AnyView> = Role::ALL.map(|role| tick(sheet, role, permission)).into_iter().collect();
            html::tr().child((html::th().attr("scope", "row").child(wording::may(permission)), boxes)).into_any()
        })
        .into_iter()
        .collect();
    html::table().class("matrix").child((
        html::caption().class("unseen").child(t("Permissions by role")),
        html::thead().child(html::tr().child((html::td().child(html::span().class("unseen").child(t("Permission"))), headings))),
        html::tbody().child(rows),
    ))
}

fn tick(sheet: Sheet, role: Role, permission: Permission) -> AnyView {
    let label = format!("{}: {}", wording::role(role), t(permission.words()));
    let is_on = move || sheet.read(|draft| draft.role(role).is_some_and(|role| role.permissions.contains(&permission)));
    let set = move |on: bool| {
        sheet.write(|draft| {
            if let Some(role) = draft.role_mut(role) {
                if on {
                    role.permissions.insert(permission);
                } else {
                    role.permissions.remove(&permission);
                }
            }
        });
    };
    html::td()
        .child(
            html::label().class("check").child(
                html::input()
                    .r#type("checkbox")
                    .attr("data-testid", "office-permission")
                    .attr("data-role", wording::role_id(role))
                    .attr("data-permission", permission_id(permission))
                    .attr("aria-label", label)
                    .prop("checked", is_on)
                    .on(ev::change, move |event| set(event_target_checked(&event))),
            ),
        )
        .into_any()
}

/// A role's limits, and the way back to its preset.
fn limits(sheet: Sheet, role: Role) -> AnyView {
    let id = wording::role_id(role);
    let of = move |read: fn(&RoleDraft) -> String| {
        Signal::derive(move || sheet.read(|draft| draft.role(role).map(read).unwrap_or_default()))
    };
    let currency = move || {
        let of = |currency: &CurrencyFacts| currency.clone();
        sheet.typing.with(|typing| typing.as_ref().map(|typing| of(&typing.base.currency)))
    };
    let is_preset = Memo::new(move |_| {
        let Some(currency) = currency() else { return true };
        sheet.read(|draft| draft.role(role).is_some_and(|role| role.is_preset(&currency)))
    });
    let may = move |permission| sheet.read(|draft| draft.role(role).is_some_and(|role| role.permissions.contains(&permission)));
    let back = move || {
        if let Some(currency) = untrack(currency) {
            sheet.write(|draft| {
                if let Some(place) = draft.role_mut(role) {
                    *place = RoleDraft::of(&RolePowers::preset(role), &currency);
                }
            });
            sheet.said.good(tf("{} is as it came. Save to keep that.", &[&wording::role(role)]));
        }
    };
    let symbol = untrack(currency).map(|currency| currency.symbol).unwrap_or_default();
    let discount = form::text(
        Text {
            id: place(Field::Discount(role)),
            label: t("Largest discount (%)"),
            hint: "",
            testid: "office-role-discount",
            holds: Holds::Number,
            value: of(|role| role.discount_percent_max.clone()),
            error: sheet.error(Field::Discount(role)),
        },
        move |typed| {
            sheet.write(|draft| {
                if let Some(role) = draft.role_mut(role) {
                    role.discount_percent_max = typed;
                }
            });
        },
    );
    let any = move || sheet.read(|draft| draft.role(role).is_some_and(|role| role.refund_any));
    let any = Memo::new(move |_| any());
    let refund = move || {
        (!any.get()).then(|| {
            form::text(
                Text {
                    id: place(Field::Refund(role)),
                    label: tf("Largest refund ({})", &[&symbol]),
                    hint: "",
                    testid: "office-role-refund",
                    holds: Holds::Amount,
                    value: of(|role| role.refund_max.clone()),
                    error: sheet.error(Field::Refund(role)),
                },
                move |typed| {
                    sheet.write(|draft| {
                        if let Some(role) = draft.role_mut(role) {
                            role.refund_max = typed;
                        }
                    });
                },
            )
        })
    };
    let refund_any = switch(
        t("Refunds of any amount"),
        "office-role-refund-any",
        move || any.get(),
        move |on| {
            sheet.write(|draft| {
                if let Some(role) = draft.role_mut(role) {
                    role.refund_any = on;
                }
            });
        },
    );
    let without = move |permission: Permission, sentence: &'static str| {
        move || (!may(permission)).then(|| html::small().class("quiet").child(t(sentence)))
    };
    html::section()
        .class("card stack")
        .attr("data-testid", "office-role")
        .attr("data-role", id)
        .attr("data-preset", move || is_preset.get().to_string())
        .attr("aria-label", tf("Limits of the role {}", &[&wording::role(role)]))
        .child((
            html::h2().child((wording::role(role), " ", move || {
                if is_preset.get() { chip("plain", t("Preset")) } else { chip("notice", t("Changed")) }
            })),
            discount,
            without(Permission::Discount, key("Without effect: may not give discounts.")),
            refund,
            refund_any,
            without(Permission::Refund, key("Without effect: may not refund.")),
            html::button()
                .r#type("button")
                .attr("data-testid", "office-role-preset")
                .attr("hidden", move || is_preset.get())
                .attr("aria-label", tf("{} back to preset", &[&wording::role(role)]))
                .on(ev::click, move |_| {
                    back();
                    form::focus(&place(Field::Discount(role)));
                })
                .child(t("Back to preset")),
        ))
        .into_any()
}

fn permission_id(permission: Permission) -> String {
    // Serde's own name of it, so that it is written in one place.
    serde_wasm_bindgen::to_value(&permission).ok().and_then(|name| name.as_string()).unwrap_or_default()
}
