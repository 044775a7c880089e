//! Counting stock: an article by scanning or choosing, then what is there; then the next one.

use barrow_core::{
    till::Event,
    view::{ArticleView, CountView, CountedView, PanelContent},
};
use leptos::{ev, html, prelude::*};

use super::{
    error,
    form::{Form, form},
};
use crate::{
    language::{key, t, tf},
    parts::{Field, Holds, attribute_above, field, keypad},
    screens::Finder,
    till::{Till, Where},
};

/// Articles that are offered while one is looked for.
const FOUND_MAX: usize = 8;
/// Articles that fit, among which those are looked for of which stock is kept.
const LOOKED_AT_MAX: usize = 200;

/// Draws the one step or the other.
pub fn count_stock(till: Till) -> impl IntoView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::CountStock(state) => Some(state.clone()),
        _ => None,
    });
    let sku =
        Memo::new(move |_| state.with(|state| state.as_ref().and_then(|state| state.article.as_ref().map(|a| a.sku.clone()))));
    move || match sku.get() {
        Some(_) => {
            let article = state.with_untracked(|state| state.as_ref().and_then(|state| state.article.clone()));
            article.map(|article| count(till, state, article)).into_any()
        }
        None => choose(till, state).into_any(),
    }
}

fn choose(till: Till, state: Memo<Option<CountView>>) -> impl IntoView {
    let finder = Finder::of(till);
    let typed = till.kept(Where::Panel, "count-search");
    let last = move || state.with(|state| state.as_ref().and_then(|state| state.last.clone())).map(counted);
    let found = move || {
        let query = typed.get();
        let places = finder.search(query.trim(), LOOKED_AT_MAX);
        till.shop.with(|shop| {
            let shop = shop.as_ref()?;
            let products = places.into_iter().filter_map(|place| shop.products.get(place));
            let kept = products.filter(|product| product.details.stock.is_some()).take(FOUND_MAX);
            let options: Vec<_> = kept.map(|product| option(product.sku.clone(), product.title())).collect();
            let nothing = options.is_empty() && !query.trim().is_empty();
            Some((nothing.then(|| html::p().class("lead").child(t("No article of which stock is kept fits."))), options))
        })
    };
    html::div().class("panel-form").child((
        last,
        html::p().class("lead").child(t("Scan the article, or type its name.")),
        field(Field { label: t("Article"), testid: "count-search", holds: Holds::Words, value: typed, first: true }, |_| {}),
        html::div()
            .attr("class", "count-found")
            .attr("role", "group")
            .attr("aria-label", t("Articles"))
            .on(ev::click, move |event| {
                if let Some(sku) = attribute_above(&event, "data-sku") {
                    till.send(Event::CountChosen(sku));
                }
            })
            .child(found),
        error(till),
    ))
}

fn option(sku: String, title: String) -> impl IntoView {
    html::button()
        .attr("class", "option")
        .attr("type", "button")
        .attr("data-testid", "count-option")
        .attr("data-sku", sku)
        .child(title)
}

/// What was counted last, so that a slip of the finger is seen.
fn counted(last: CountedView) -> impl IntoView {
    html::p().attr("class", "counted").attr("role", "status").attr("data-testid", "count-last").child((
        html::strong().child(last.name),
        html::span().child(tf("Counted {}, expected {}", &[&last.counted, &last.expected])),
    ))
}

fn count(till: Till, state: Memo<Option<CountView>>, article: ArticleView) -> AnyView {
    let typed = till.kept(Where::Panel, "count-qty");
    let expected = move || {
        let expected = state.with(|state| state.as_ref()?.article.as_ref()?.expected.clone());
        match expected {
            Some(level) => tf("Expected: {}", &[&level]),
            None => t("This till has not heard of this article's stock yet."),
        }
    };
    let label = match article.measure {
        Some("kg") => key("Kilograms that are there"),
        Some(_) => key("Litres that are there"),
        None => key("How many are there"),
    };
    let fields = (
        html::p().class("counted").child((
            html::strong().attr("data-testid", "count-article").attr("data-sku", article.sku.clone()).child(article.name),
            html::span().attr("data-testid", "count-expected").child(expected),
        )),
        field(Field { label: t(label), testid: "count-qty", holds: Holds::Amount, value: typed, first: true }, |_| {}),
        keypad(Holds::Amount, typed, |_| {}),
    )
        .into_any();
    let sku = article.sku;
    form(till, Form { fields, beside: None, testid: "count-apply", words: t("Keep this count").into() }, move || {
        Event::StockCounted { sku: sku.clone(), counted: typed.get_untracked() }
    })
}
