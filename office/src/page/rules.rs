//! What each role may do, and the shop's rules for locking and counting. Saved as one, on request.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Holds, Said, Text},
    table::freshness,
};
use crate::{
    rules::{Draft, Fault, Field, GiftField, Rules},
    server::{self, Failure, Method},
    wording,
};

mod gifts;
mod roles;
mod shortcuts;

const ADDRESS: &str = "/v1/office/rules";

/// The form beside what it was made from. It belongs to the office and not to the room: leaving the room, or a session that
/// ends, loses nothing that was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typing {
    /// What the server holds.
    base: Rules,
    /// What is typed.
    draft: Draft,
}

impl Typing {
    fn of(base: Rules) -> Typing {
        Typing { draft: Draft::of(&base), base }
    }

    pub(super) fn is_changed(&self) -> bool {
        self.draft != Draft::of(&self.base)
    }
}

/// What each part of the room can reach.
#[derive(Clone, Copy)]
struct Sheet {
    typing: RwSignal<Option<Typing>>,
    /// What is wrong with the form; empty until somebody tried to save it.
    faults: Memo<Vec<Fault>>,
    said: Said,
}

impl Sheet {
    /// Reads from the form.
    fn read<T: Default>(self, read: impl FnOnce(&Draft) -> T) -> T {
        self.typing.with(|typing| typing.as_ref().map(|typing| read(&typing.draft)).unwrap_or_default())
    }

    /// Types into the form.
    fn write(self, write: impl FnOnce(&mut Draft)) {
        self.said.clear();
        self.typing.update(|typing| {
            if let Some(typing) = typing {
                write(&mut typing.draft);
            }
        });
    }

    /// What is wrong with a field.
    fn error(self, field: Field) -> Signal<String> {
        Signal::derive(move || {
            let sentence = |faults: &Vec<Fault>| faults.iter().find(|fault| fault.field == field).map(|fault| fault.sentence);
            t(self.faults.with(sentence).unwrap_or_default())
        })
    }
}

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let feed = Feed::<Rules>::of(office, Pace::Live, || ADDRESS.to_owned());
    let typing = office.typing;
    Effect::new(move || {
        let Some(newest) = feed.latest.get() else { return };
        let is_old = |typing: &Typing| typing.is_changed() || newest.version < typing.base.version || typing.base == newest;
        // An answer that was on its way while something was saved says what was before.
        if !typing.with_untracked(|typing| typing.as_ref().is_some_and(is_old)) {
            typing.set(Some(Typing::of(newest)));
        }
    });
    let was_tried = RwSignal::new(false);
    let faults = Memo::new(move |_| {
        typing.with(|typing| match typing {
            Some(typing) if was_tried.get() => typing.draft.read(&typing.base.currency).err().unwrap_or_default(),
            _ => Vec::new(),
        })
    });
    let sheet = Sheet { typing, faults, said: Said::nothing() };
    let is_changed = Memo::new(move |_| typing.with(|typing| typing.as_ref().is_some_and(Typing::is_changed)));
    keep_from_leaving(is_changed);
    let is_known = Memo::new(move |_| typing.with(Option::is_some));
    let form = move || is_known.get().then(|| sheet_view(office, sheet, feed, was_tried, is_changed));
    (form, shortcuts::view(office), freshness(feed))
}

fn sheet_view(
    office: Office,
    sheet: Sheet,
    feed: Feed<Rules>,
    was_tried: RwSignal<bool>,
    is_changed: Memo<bool>,
) -> impl IntoView {
    let typing = sheet.typing;
    let busy = RwSignal::new(false);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        if !is_changed.get_untracked() {
            sheet.said.good(t("Nothing has changed."));
            return;
        }
        was_tried.set(true);
        let read = typing.with_untracked(|typing| typing.as_ref().map(|typing| typing.draft.read(&typing.base.currency)));
        let set = match read {
            Some(Ok(set)) => set,
            Some(Err(faults)) => {
                sheet.said.bad(match faults.len() {
                    1 => t("Not saved. One field cannot be read."),
                    count => tf("Not saved. {} fields cannot be read.", &[&count]),
                });
                if let Some(first) = faults.first() {
                    form::focus(&place(first.field));
                }
                return;
            }
            None => return,
        };
        sheet.said.clear();
        busy.set(true);
        spawn_local(async move {
            let answer = server::send::<Rules>(Method::Put, ADDRESS, &set).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(saved) => {
                    sheet.said.good(t("Saved. Tills take it at their next contact."));
                    let _ = was_tried.try_set(false);
                    // What was typed meanwhile stays, over what is now saved.
                    typing.update(|typing| match typing {
                        Some(now) if now.draft.read(&now.base.currency).as_ref() != Ok(&set) => now.base = saved.clone(),
                        _ => *typing = Some(Typing::of(saved.clone())),
                    });
                    let _ = feed.latest.try_set(Some(saved));
                }
                Err(Failure::SignedOut(_)) => {
                    office.signed_out(Some(key("You were signed out before this was saved. What you typed is kept.").to_owned()));
                }
                Err(failure) => sheet.said.bad(tf("Not saved. {}", &[&failure])),
            }
        });
    };
    let discard = move |_| {
        was_tried.set(false);
        let newest = feed.latest.get_untracked();
        typing.update(|typing| {
            if let Some(base) = newest.or_else(|| typing.take().map(|typing| typing.base)) {
                *typing = Some(Typing::of(base));
            }
        });
        sheet.said.good(t("Your changes are gone."));
        form::focus("save-rules");
    };
    // Somebody else saved while this was typed.
    let is_overtaken = Memo::new(move |_| {
        let newest = feed.latest.with(|newest| newest.as_ref().map(|rules| (rules.version, rules.set.clone())));
        is_changed.get()
            && typing.with(|typing| {
                let older = |typing: &Typing| {
                    newest.is_some_and(|(version, set)| version > typing.base.version && set != typing.base.set)
                };
                typing.as_ref().is_some_and(older)
            })
    });
    let state = move || {
        if is_overtaken.get() {
            t(
                "These rules were changed by somebody else meanwhile. Discard your changes to see them, or save to put yours in their place.",
            )
        } else if is_changed.get() {
            t("Changes that are not saved yet.")
        } else {
            String::new()
        }
    };
    html::form().class("sheet-form").attr("aria-label", t("Roles and rules")).attr("novalidate", "").on(ev::submit, submit).child(
        (
            roles::view(sheet),
            people_and_cash(sheet),
            gifts::view(sheet),
            html::div().class("save-bar").child((
                html::div().class("actions").child((
                    html::button()
                        .class("primary")
                        .id("save-rules")
                        .r#type("submit")
                        .attr("data-testid", "office-rules-save")
                        .attr("aria-disabled", move || busy.get().then_some("true"))
                        .child(move || if busy.get() { t("Saving…") } else { t("Save") }),
                    html::button()
                        .r#type("button")
                        .attr("data-testid", "office-rules-discard")
                        .attr("hidden", move || !is_changed.get())
                        .on(ev::click, discard)
                        .child(t("Discard changes")),
                )),
                html::div().child((
                    html::p().class("quiet").attr("role", "status").attr("data-testid", "office-rules-state").child(state),
                    sheet.said.view("office-rules"),
                )),
            )),
        ),
    )
}

fn people_and_cash(sheet: Sheet) -> impl IntoView {
    let symbol = sheet
        .typing
        .with_untracked(|typing| typing.as_ref().map(|typing| typing.base.currency.symbol.clone()).unwrap_or_default());
    let minutes = form::text(
        Text {
            id: place(Field::IdleMinutes),
            label: t("Lock after so many idle minutes"),
            hint: "0 is never.",
            testid: "office-rule-idle-minutes",
            holds: Holds::Number,
            value: Signal::derive(move || sheet.read(|draft| draft.idle_lock_minutes.clone())),
            error: sheet.error(Field::IdleMinutes),
        },
        move |typed| sheet.write(|draft| draft.idle_lock_minutes = typed),
    );
    let days = form::text(
        Text {
            id: place(Field::CredentialDays),
            label: t("Days without the server until sign-ins end"),
            hint: key(
                "After so long nobody signs in until the till has reached the server: so a person who left is cut off on a tablet \
                   that is kept off the network. 0 is for ever.",
            ),
            testid: "office-rule-credential-days",
            holds: Holds::Number,
            value: Signal::derive(move || sheet.read(|draft| draft.credential_days.clone())),
            error: sheet.error(Field::CredentialDays),
        },
        move |typed| sheet.write(|draft| draft.credential_days = typed),
    );
    let difference = form::text(
        Text {
            id: place(Field::DifferenceMax),
            label: tf("Largest cash difference ({})", &[&symbol]),
            hint: key("To close a shift with more, somebody who may accept a cash difference has to approve."),
            testid: "office-rule-difference-max",
            holds: Holds::Amount,
            value: Signal::derive(move || sheet.read(|draft| draft.difference_max.clone())),
            error: sheet.error(Field::DifferenceMax),
        },
        move |typed| sheet.write(|draft| draft.difference_max = typed),
    );
    let hidden = switch(
        t("Lock as soon as the page is out of sight"),
        "office-rule-lock-hidden",
        move || sheet.read(|draft| draft.lock_when_hidden),
        move |on| sheet.write(|draft| draft.lock_when_hidden = on),
    );
    let blind = switch(
        t("Count blind: nobody sees the expected cash before the drawer is counted"),
        "office-rule-blind-count",
        move || sheet.read(|draft| draft.blind_count),
        move |on| sheet.write(|draft| draft.blind_count = on),
    );
    html::div().class("pair-of-cards").child((
        html::section().class("card stack").child((html::h2().child(t("Locking and signing in")), minutes, hidden, days)),
        html::section().class("card stack").child((html::h2().child(t("Counting the drawer")), blind, difference)),
    ))
}

/// A box to tick, with its words.
pub(super) fn switch(
    label: impl IntoView + 'static,
    testid: &'static str,
    is_on: impl Fn() -> bool + Send + Sync + 'static,
    set: impl Fn(bool) + 'static,
) -> AnyView {
    html::label()
        .class("check")
        .child((
            html::input()
                .r#type("checkbox")
                .attr("data-testid", testid)
                .prop("checked", is_on)
                .on(ev::change, move |event| set(event_target_checked(&event))),
            html::span().child(label),
        ))
        .into_any()
}

/// Where a field stands in the document.
fn place(field: Field) -> String {
    match field {
        Field::IdleMinutes => "rule-idle-minutes".to_owned(),
        Field::CredentialDays => "rule-credential-days".to_owned(),
        Field::DifferenceMax => "rule-difference-max".to_owned(),
        Field::Gift(GiftField::LoadMax) => "rule-gift-load".to_owned(),
        Field::Gift(GiftField::OfflineCard) => "rule-gift-offline-card".to_owned(),
        Field::Gift(GiftField::OfflineShift) => "rule-gift-offline-shift".to_owned(),
        Field::Gift(GiftField::Months) => "rule-gift-months".to_owned(),
        Field::Gift(GiftField::Tips) => "rule-tip-percents".to_owned(),
        Field::Discount(role) => format!("discount-{}", wording::role_id(role)),
        Field::Refund(role) => format!("refund-{}", wording::role_id(role)),
    }
}

/// Closing the page with changes in it is asked about by the browser.
pub(super) fn keep_from_leaving(is_changed: Memo<bool>) {
    let listening = window_event_listener_untyped("beforeunload", move |event| {
        if is_changed.get_untracked() {
            event.prevent_default();
        }
    });
    on_cleanup(move || listening.remove());
}
