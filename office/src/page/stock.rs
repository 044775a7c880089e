//! Stock: levels, what runs out first; and of the article that was chosen, what moved it and what can be done.

use barrow_language::{key, t};
use leptos::{ev, html, prelude::*};
use serde::Serialize;
use wasm_bindgen_futures::spawn_local;

use super::{
    Office,
    feed::{Feed, Pace},
    form::{self, Holds, Said, Text},
    table::{Column, OnPhone, cell, chip, empty, freshness, moment, rows, table},
};
use crate::{
    answers::{StockMove, StockRow},
    server::{self, Failure, Method, encoded},
};

mod article;

const NAME: Column = Column::Words(key("Article"));
const SKU: Column = Column::Words(key("SKU"));
const STATE: Column = Column::Words(key("State"));
const LOW: Column = Column::Figures(key("Low at"));
const LEVEL: Column = Column::Key(key("In stock"));

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let feed = Feed::<Vec<StockRow>>::of(office, Pace::Live, move || match query.get().trim() {
        "" => "/v1/office/stock".to_owned(),
        text => format!("/v1/office/stock?search={}", encoded(text)),
    });
    let chosen = RwSignal::new(None::<String>);
    let search = html::div().class("field search").child((
        html::label()
            .r#for("stock-search")
            .child(t("Search by name, SKU or barcode; also articles of which no stock is kept yet")),
        html::input()
            .id("stock-search")
            .r#type("search")
            .attr("autocomplete", "off")
            .attr("maxlength", "100")
            .attr("data-testid", "office-stock-search")
            .on(ev::input, move |event| query.set(event_target_value(&event))),
    ));
    let file = html::p().child(
        html::a()
            .class("button")
            .href("/v1/office/stock.csv")
            .attr("download", "stock.csv")
            .attr("data-testid", "office-stock-csv")
            .child(t("Export as CSV")),
    );
    let list = move || {
        feed.latest.with(|found| {
            found.as_ref().map(|found| match found.as_slice() {
                [] if query.with(|query| query.trim().is_empty()) => {
                    empty(t("No stock is kept of any article yet. Search for one to begin."))
                }
                [] => empty(t("No article fits. Try fewer letters.")),
                found => html::div()
                    .class("sheet")
                    .child(table(
                        t("Stock"),
                        OnPhone::Brief,
                        &[NAME, SKU, STATE, LOW, LEVEL],
                        rows(found.iter().map(|entry| row(entry, chosen)).collect()),
                    ))
                    .into_any(),
            })
        })
    };
    // Drawn anew for another article only: what is typed stays while levels move.
    let open = Memo::new(move |_| chosen.get());
    let article = move || open.get().map(|sku| article::page(office, feed, sku, chosen));
    (search, article, list, file, freshness(feed))
}

fn row(entry: &StockRow, chosen: RwSignal<Option<String>>) -> AnyView {
    let (class, word) = state(entry);
    let figure = |milli: Option<i64>| milli.map_or_else(|| "–".to_owned(), |milli| entry.amount(milli));
    let sku = entry.sku.clone();
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-stock-row")
        .attr("data-sku", entry.sku.clone())
        .attr("data-level", entry.level_milli.map(|level| level.to_string()))
        .attr("data-state", entry.state.clone())
        .child((
            cell(
                NAME,
                html::button()
                    .class("link")
                    .r#type("button")
                    .attr("data-testid", "office-stock-open")
                    .on(ev::click, move |_| chosen.set(Some(sku.clone())))
                    .child(entry.name.clone()),
            ),
            cell(SKU, html::code().child(entry.sku.clone())),
            cell(STATE, chip(class, word)),
            cell(LOW, figure(entry.low_milli)),
            cell(LEVEL, html::strong().child(figure(entry.level_milli))),
        ))
        .into_any()
}

fn state(entry: &StockRow) -> (&'static str, String) {
    match entry.state.as_str() {
        "sold-out" => ("serious", t("Sold out")),
        "low" => ("notice", t("Low")),
        "enough" => ("good", t("Enough")),
        _ => ("plain", t("Not kept")),
    }
}
