//! What is taken off by itself, and what the shop's own labels mean. Each change is saved at once.

use std::collections::BTreeMap;

use barrow_core::promotion::Promotion;
use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Said},
    table::{chip, empty, freshness},
};
use crate::{
    answers::Product,
    clock,
    counter::{CounterChange, CounterRules},
    promotions::{Draft, sentences},
    server::{self, Failure},
};

mod edit;
mod labels;

pub(super) const ADDRESS: &str = "/v1/office/rules";

/// What each part of the room can reach.
#[derive(Clone, Copy)]
struct Offers {
    office: Office,
    rules: Feed<CounterRules>,
    products: Feed<Vec<Product>>,
    /// What is being typed, over which promotion: none for a new one.
    editing: RwSignal<Option<(Option<Promotion>, Draft)>>,
    said: Said,
    busy: RwSignal<bool>,
}

impl Offers {
    fn promotions(self) -> Vec<Promotion> {
        self.rules.latest.with(|rules| rules.as_ref().map(|rules| rules.promotions.clone()).unwrap_or_default())
    }

    /// Categories that have products, by number.
    fn categories(self) -> BTreeMap<u32, String> {
        self.products.latest.with(|products| {
            let named = |product: &Product| Some((product.category_id?, product.category.clone()?));
            products.iter().flatten().filter_map(named).collect()
        })
    }

    /// Makes the list another one and saves it; `change` gives nothing where the list is no more what the person saw.
    fn save(self, done: String, change: impl FnOnce(&mut Vec<Promotion>) -> Option<()>) {
        let mut list =
            self.rules.latest.with_untracked(|rules| rules.as_ref().map(|rules| rules.promotions.clone()).unwrap_or_default());
        if change(&mut list).is_none() {
            return self.said.bad(t("Somebody else changed the promotions meanwhile. Look at them again."));
        }
        let change = CounterChange { promotions: Some(list), ..CounterChange::default() };
        send(self.office, self.rules, change, self.busy, self.said, done, move || {
            let _ = self.editing.try_set(None);
        });
    }
}

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let offers = Offers {
        office,
        rules: Feed::of(office, Pace::Live, || ADDRESS.to_owned()),
        products: Feed::of(office, Pace::Once, || "/v1/office/products".to_owned()),
        editing: RwSignal::new(None),
        said: Said::nothing(),
        busy: RwSignal::new(false),
    };
    let is_known = Memo::new(move |_| offers.rules.latest.with(Option::is_some));
    let is_adding = Memo::new(move |_| offers.editing.with(|editing| matches!(editing, Some((None, _)))));
    let add = move || {
        html::div().class("actions").child(
            html::button()
                .class("primary")
                .id("promotion-add")
                .r#type("button")
                .attr("data-testid", "office-promotion-add")
                .on(ev::click, move |_| {
                    offers.said.clear();
                    offers.editing.set(Some((None, Draft::default())));
                    form::focus_soon("promotion-name".to_owned());
                })
                .child(t("Add a promotion")),
        )
    };
    (
        move || is_known.get().then(|| if is_adding.get() { edit::form(offers, None) } else { add().into_any() }),
        offers.said.view("office-promotions"),
        move || is_known.get().then(|| list(offers)),
        move || is_known.get().then(|| labels::view(office, offers.rules)),
        freshness(offers.rules),
    )
}

fn list(offers: Offers) -> AnyView {
    let promotions = Memo::new(move |_| offers.promotions());
    let edited = Memo::new(move |_| offers.editing.with(|editing| editing.as_ref().and_then(|(of, _)| of.clone())));
    html::ol()
        .class("offers")
        .attr("role", "list")
        .attr("aria-label", t("Promotions, in the order in which they are tried"))
        .child(move || {
            let promotions = promotions.get();
            if promotions.is_empty() {
                return html::li().child(empty(t("No promotions yet."))).into_any();
            }
            let count = promotions.len();
            let each = promotions.into_iter().enumerate().map(move |(place, promotion)| {
                let is_edited = edited.with(|edited| edited.as_ref() == Some(&promotion));
                html::li()
                    .class("card stack")
                    .attr("data-testid", "office-promotion")
                    .attr("data-name", promotion.name.clone())
                    .child(if is_edited { edit::form(offers, Some(promotion)) } else { shown(offers, place, count, promotion) })
            });
            each.collect::<Vec<_>>().into_any()
        })
        .into_any()
}

fn shown(offers: Offers, place: usize, count: usize, promotion: Promotion) -> AnyView {
    let is_asking = RwSignal::new(false);
    let (name, said) = (promotion.name.clone(), promotion.clone());
    let runs = promotion.when.holds(clock::now_ms());
    let words = move || {
        let sentence = |text: String| html::li().child(text).into_any();
        offers.categories_then(|categories| {
            sentences(&said, categories, clock::offset_min(), clock::calendar_day).into_iter().map(sentence).collect::<Vec<_>>()
        })
    };
    let button = |class: &'static str, testid: &'static str, words: String, press: Box<dyn Fn()>| {
        html::button()
            .class(class)
            .r#type("button")
            .attr("data-testid", testid)
            .attr("aria-label", format!("{words}: {name}"))
            .on(ev::click, move |_| press())
            .child(words)
    };
    let (edited, moved, removed) = (promotion.clone(), promotion.clone(), promotion);
    let edit = move || {
        offers.said.clear();
        offers.editing.set(Some((Some(edited.clone()), Draft::of(&edited, clock::offset_min()))));
        form::focus_soon("promotion-name".to_owned());
    };
    let up = move || {
        let moved = moved.clone();
        offers.save(t("Moved up."), move |list| {
            let same = list.get(place) == Some(&moved) && place > 0;
            same.then(|| list.swap(place, place - 1))
        });
    };
    let remove = move || {
        let removed = removed.clone();
        offers.save(t("Removed. Tills take it at their next contact."), move |list| {
            let same = list.get(place) == Some(&removed);
            same.then(|| drop(list.remove(place)))
        });
    };
    let confirm = button("danger", "office-promotion-remove-confirm", t("Remove it"), Box::new(remove));
    let keep = button("", "office-promotion-keep", t("Keep it"), Box::new(move || is_asking.set(false)));
    let ask = button("danger-soft", "office-promotion-remove", t("Remove…"), Box::new(move || is_asking.set(true)));
    let edit = button("", "office-promotion-edit", t("Edit"), Box::new(edit));
    let up = (place > 0).then(|| button("", "office-promotion-up", t("Move up"), Box::new(up)));
    let asked = move || is_asking.get();
    (
        html::div().class("alert-head").child((
            html::h2().child(name.clone()),
            if runs { chip("good", t("Runs now")) } else { chip("plain", t("Not now")) },
            (count > 1).then(|| html::span().class("quiet").child(tf("Tried as number {}", &[&(place + 1)]))),
        )),
        html::ul().class("says").child(words),
        html::div().class("actions").attr("hidden", asked).child((edit, up, ask)),
        html::div()
            .class("confirm stack")
            .attr("role", "group")
            .attr("aria-label", tf("Remove {}?", &[&name]))
            .attr("hidden", move || !is_asking.get())
            .child((
                html::p().child(t("Tills stop taking it off at their next contact. What was sold stays as it is.")),
                html::div().class("actions").child((confirm, keep)),
            )),
    )
        .into_any()
}

impl Offers {
    fn categories_then<T>(self, then: impl FnOnce(&BTreeMap<u32, String>) -> T) -> T {
        then(&self.categories())
    }
}

/// Saves `change`, says what came of it, and shows it at once.
pub(super) fn send(
    office: Office,
    rules: Feed<CounterRules>,
    change: CounterChange,
    busy: RwSignal<bool>,
    said: Said,
    done: String,
    saved: impl FnOnce() + 'static,
) {
    if busy.get_untracked() {
        return;
    }
    said.clear();
    busy.set(true);
    spawn_local(async move {
        let answer = server::patch_whole::<CounterRules>(ADDRESS, &change).await;
        let _ = busy.try_set(false);
        match answer {
            Ok(now) => {
                saved();
                said.good(done);
                let _ = rules.latest.try_set(Some(now));
            }
            Err(Failure::SignedOut(_)) => office.signed_out(Some(key("You were signed out before this was saved.").to_owned())),
            Err(failure) => said.bad(tf("Not saved. {}", &[&failure])),
        }
    });
}
