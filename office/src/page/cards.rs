//! How cards are taken: limits, readers, and what the processor has published. Saved as one, on request.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Holds, Said, Text},
    rules::{keep_from_leaving, switch},
    table::{around, chip, freshness, moment, with},
};
use crate::{
    amounts,
    cards::{CardSet, Cards, Draft, Fault, Field, HotList, Key, Kind, Reader, SeenReader},
    clock,
    server::{self, Failure, Method},
};

const ADDRESS: &str = "/v1/office/cards";

/// The form beside what it was made from. It belongs to the office and not to the room: leaving the room loses nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typing {
    base: Cards,
    draft: Draft,
}

impl Typing {
    fn of(base: Cards) -> Typing {
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
    faults: RwSignal<Vec<Fault>>,
    said: Said,
}

impl Sheet {
    fn read<T: Default>(self, read: impl FnOnce(&Draft) -> T) -> T {
        self.typing.with(|typing| typing.as_ref().map(|typing| read(&typing.draft)).unwrap_or_default())
    }

    fn write(self, write: impl FnOnce(&mut Draft)) {
        self.said.clear();
        self.typing.update(|typing| {
            if let Some(typing) = typing {
                write(&mut typing.draft);
            }
        });
    }
}

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let feed = Feed::<Cards>::of(office, Pace::Live, || ADDRESS.to_owned());
    let typing = office.typing_cards;
    Effect::new(move || {
        let Some(newest) = feed.latest.get() else { return };
        let keep = |typing: &Typing| typing.is_changed() || newest.version < typing.base.version || typing.base == newest;
        // An answer that was on its way while something was saved says what was before.
        if !typing.with_untracked(|typing| typing.as_ref().is_some_and(keep)) {
            typing.set(Some(Typing::of(newest)));
        }
    });
    let sheet = Sheet { typing, faults: RwSignal::new(Vec::new()), said: Said::nothing() };
    let is_changed = Memo::new(move |_| typing.with(|typing| typing.as_ref().is_some_and(Typing::is_changed)));
    keep_from_leaving(is_changed);
    let is_known = Memo::new(move |_| typing.with(Option::is_some));
    let form = move || is_known.get().then(|| sheet_view(office, sheet, feed, is_changed));
    (form, with(feed, published), freshness(feed))
}

fn sheet_view(office: Office, sheet: Sheet, feed: Feed<Cards>, is_changed: Memo<bool>) -> impl IntoView {
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
        let read = typing.with_untracked(|typing| typing.as_ref().map(|typing| typing.draft.read(&typing.base.currency)));
        let set: CardSet = match read {
            Some(Ok(set)) => set,
            Some(Err(faults)) => {
                sheet.said.bad(t("Not saved. What cannot be read is marked."));
                if let Some(first) = faults.first() {
                    form::focus(&place(first.field));
                }
                sheet.faults.set(faults);
                return;
            }
            None => return,
        };
        sheet.faults.set(Vec::new());
        sheet.said.clear();
        busy.set(true);
        spawn_local(async move {
            let answer = server::send::<Cards>(Method::Put, ADDRESS, &set).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(saved) => {
                    sheet.said.good(t("Saved. Tills take it at their next contact."));
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
        let newest = feed.latest.get_untracked();
        sheet.faults.set(Vec::new());
        typing.update(|typing| {
            if let Some(base) = newest.or_else(|| typing.take().map(|typing| typing.base)) {
                *typing = Some(Typing::of(base));
            }
        });
        sheet.said.good(t("Your changes are gone."));
        form::focus("save-cards");
    };
    let state = move || if is_changed.get() { t("Changes that are not saved yet.") } else { String::new() };
    html::form().class("sheet-form").attr("aria-label", t("Cards")).attr("novalidate", "").on(ev::submit, submit).child((
        limits(sheet),
        readers(sheet, feed),
        html::div().class("save-bar").child((
            html::div().class("actions").child((
                html::button()
                    .class("primary")
                    .id("save-cards")
                    .r#type("submit")
                    .attr("data-testid", "office-cards-save")
                    .attr("aria-disabled", move || busy.get().then_some("true"))
                    .child(move || if busy.get() { t("Saving…") } else { t("Save") }),
                html::button()
                    .r#type("button")
                    .attr("data-testid", "office-cards-discard")
                    .attr("hidden", move || !is_changed.get())
                    .on(ev::click, discard)
                    .child(t("Discard changes")),
            )),
            html::div().child((html::p().class("quiet").attr("role", "status").child(state), sheet.said.view("office-cards"))),
        )),
    ))
}

fn limits(sheet: Sheet) -> impl IntoView {
    let symbol = sheet
        .typing
        .with_untracked(|typing| typing.as_ref().map(|typing| typing.base.currency.symbol.clone()).unwrap_or_default());
    let field = move |field: Field| {
        let (label, hint) = field.words();
        let (label, holds) = match field.kind() {
            Kind::Amount => (format!("{} ({symbol})", t(label)), Holds::Amount),
            Kind::Number(_) => (t(label), Holds::Number),
            Kind::Bins => (t(label), Holds::List),
        };
        let error = Signal::derive(move || {
            sheet.faults.with(|faults| {
                faults.iter().find(|fault| fault.field == field).map(|fault| fault.sentence.clone()).unwrap_or_default()
            })
        });
        let value = Signal::derive(move || sheet.read(|draft| draft.text(field)));
        let text = Text { id: place(field), label, hint, testid: testid(field), holds, value, error };
        form::text(text, move |typed| sheet.write(|draft| draft.set(field, typed)))
    };
    let taken = switch(
        t("Cards are taken, and kept for the processor while the network is away"),
        "office-cards-taken",
        move || sheet.read(|draft| draft.taken),
        move |on| sheet.write(|draft| draft.taken = on),
    );
    let clear = switch(
        t("Readers that send card numbers in clear may be used (the till warns all the time)"),
        "office-cards-clear",
        move || sheet.read(|draft| draft.clear_readers),
        move |on| sheet.write(|draft| draft.clear_readers = on),
    );
    let of = |fields: &[Field]| fields.iter().map(|one| field.clone()(*one)).collect::<Vec<_>>();
    let card = |title: String, fields: Vec<AnyView>| html::section().class("card stack").child((html::h2().child(title), fields));
    let amounts = of(&[Field::SaleMax, Field::CardSum, Field::StaffSum, Field::TillSum]);
    let counts = of(&[Field::CardCount, Field::Window, Field::Stored, Field::Offline]);
    let swipes = of(&[Field::Fallback, Field::UnknownService]);
    let refused = of(&[Field::Bins, Field::HotListDays, Field::StalePercent]);
    (
        html::section().class("card stack").child((
            html::h2().child(t("Taking cards without the bank’s word")),
            html::p().class("quiet").child(t(
                "What is above a limit needs somebody at the till who may accept it, or another payment. A payment that the bank \
                 declines afterwards is the shop’s loss.",
            )),
            taken,
            clear,
        )),
        html::div().class("pair-of-cards").child((
            card(t("Limits"), amounts),
            card(t("Counts and hours"), counts),
            card(t("Swiped cards"), swipes),
            card(t("Refused cards"), refused),
        )),
    )
}

fn readers(sheet: Sheet, feed: Feed<Cards>) -> impl IntoView {
    let pinned = move || {
        let readers = sheet.read(|draft| draft.readers.clone());
        if readers.is_empty() {
            return html::p().class("quiet").child(t("None: tills take any reader that they support.")).into_any();
        }
        let items: Vec<_> = readers.into_iter().map(|reader| pinned_item(sheet, reader)).collect();
        html::ul().class("lines").attr("role", "list").child(items).into_any()
    };
    let seen = move || {
        let seen = feed.latest.with(|cards| cards.as_ref().map(|cards| cards.readers_seen.clone()).unwrap_or_default());
        if seen.is_empty() {
            return html::p().class("quiet").child(t("No till has told of a reader yet.")).into_any();
        }
        let items: Vec<_> = seen.into_iter().map(|reader| seen_item(sheet, reader)).collect();
        html::ul().class("lines").attr("role", "list").child(items).into_any()
    };
    html::div().class("pair-of-cards").child((
        html::section().class("card stack").child((
            html::h2().child(t("Pinned readers")),
            html::p().class("quiet").child(t("A till that has pinned readers warns of any other: somebody may have swapped it.")),
            pinned,
        )),
        html::section().class("card stack").child((html::h2().child(t("Readers that tills have told of")), seen)),
    ))
}

fn usb(vendor: u32, product: u32) -> String {
    format!("USB {vendor:04x}:{product:04x}")
}

fn pinned_item(sheet: Sheet, reader: Reader) -> impl IntoView {
    let serial = if reader.serial.is_empty() { t("any serial number") } else { tf("serial {}", &[&reader.serial]) };
    let till = reader.till.map_or_else(|| t("any till"), |till| tf("till {}", &[&till]));
    let under = format!("{serial} · {till} · {}", usb(reader.vendor, reader.product));
    let name = reader.name.clone();
    let remove = move |_| sheet.write(|draft| draft.readers.retain(|other| *other != reader));
    html::li().attr("data-testid", "office-reader-pinned").child((
        html::div().child((html::span().child(name), html::small().class("quiet").child(under))),
        html::button().r#type("button").attr("data-testid", "office-reader-unpin").on(ev::click, remove).child(t("Unpin")),
    ))
}

fn seen_item(sheet: Sheet, seen: SeenReader) -> impl IntoView {
    let serial = if seen.serial.is_empty() { t("tells no serial number") } else { tf("serial {}", &[&seen.serial]) };
    let firmware = if seen.firmware.is_empty() { String::new() } else { format!(" · {}", tf("firmware {}", &[&seen.firmware])) };
    let under = format!("{serial} · {}{firmware} · {}", tf("till {}", &[&seen.till]), usb(seen.vendor, seen.product));
    let pin = seen.to_pin();
    let name = pin.name.clone();
    let last = moment(&seen.last_at);
    let clear = seen.clear.then(|| chip("serious", t("In clear")));
    let is_pinned = Memo::new(move |_| sheet.read(|draft| seen.is_pinned(&draft.readers)));
    let action = move || {
        if is_pinned.get() {
            return chip("good", t("Pinned"));
        }
        let pin = pin.clone();
        let press = move |_| sheet.write(|draft| draft.readers.push(pin.clone()));
        html::button().r#type("button").attr("data-testid", "office-reader-pin").on(ev::click, press).child(t("Pin")).into_any()
    };
    html::li().attr("data-testid", "office-reader-seen").child((
        html::div().child((
            html::span().child((name, " ", clear)),
            html::small().class("quiet").child(under),
            html::small().class("quiet").child(around(key("last attached {}"), last)),
        )),
        action,
    ))
}

/// What the processor has published; nothing here can be changed.
fn published(cards: &Cards) -> AnyView {
    let processor = match &cards.processor {
        Some(url) => html::p().attr("data-testid", "office-processor").child(url.clone()).into_any(),
        None => html::p()
            .class("error")
            .child(t("This server was started without a card processor: payments wait. See docs/cards.md."))
            .into_any(),
    };
    let keys: Vec<_> = cards.keys.iter().map(key_item).collect();
    let keys = if keys.is_empty() {
        html::p().class("quiet").child(t("No key yet: tills cannot take cards.")).into_any()
    } else {
        html::ul().class("lines").attr("role", "list").child(keys).into_any()
    };
    html::div()
        .class("pair-of-cards")
        .child((
            html::section().class("card stack").child((
                html::h2().child(t("Processor")),
                processor,
                html::h3().child(t("Keys that tills seal to")),
                keys,
            )),
            html::section().class("card stack").child((html::h2().child(t("Hot-card list")), hot_list(cards.hot_list.as_ref()))),
        ))
        .into_any()
}

fn key_item(published: &Key) -> impl IntoView {
    html::li().attr("data-testid", "office-processor-key").child(html::div().child((
        html::code().class("long").child(published.kid.clone()),
        html::small().class("quiet").child(tf(
            "RSA, {} bits, {} to {}",
            &[&published.bits, &clock::moment(&published.from), &clock::moment(&published.until)],
        )),
    )))
}

fn hot_list(list: Option<&HotList>) -> AnyView {
    let Some(list) = list else {
        return html::p().class("quiet").child(t("The processor has none.")).into_any();
    };
    let pair = |name: String, figure: AnyView| html::div().child((html::dt().child(name), html::dd().child(figure)));
    html::dl()
        .class("pairs")
        .attr("data-testid", "office-hot-list")
        .child((
            pair(t("Made"), moment(&list.made_at)),
            pair(t("Cards on it"), amounts::count(list.entries).into_any()),
            pair(t("Size"), amounts::bytes(list.bytes).into_any()),
        ))
        .into_any()
}

fn place(field: Field) -> String {
    format!("cards-{}", field.id())
}

fn testid(field: Field) -> &'static str {
    match field {
        Field::SaleMax => "office-cards-sale-max",
        Field::CardCount => "office-cards-card-count",
        Field::CardSum => "office-cards-card-sum",
        Field::Window => "office-cards-window",
        Field::StaffSum => "office-cards-staff-sum",
        Field::TillSum => "office-cards-till-sum",
        Field::Stored => "office-cards-stored",
        Field::Offline => "office-cards-offline",
        Field::Fallback => "office-cards-fallback",
        Field::UnknownService => "office-cards-unknown-service",
        Field::Bins => "office-cards-bins",
        Field::HotListDays => "office-cards-hot-list-days",
        Field::StalePercent => "office-cards-stale-percent",
    }
}
