//! What the tills sell, with its pictures. `barrow-server import` brings products in.

use barrow_language::{key, t, tf};
use leptos::{ev, html, prelude::*};

use super::{
    Office,
    feed::{Feed, Pace},
    picture::picture,
    table::{Column, OnPhone, cell, chip, empty, freshness, rows, table},
};
use crate::{amounts, answers::Product};

/// More rows than a person reads, few enough to draw at once.
const SHOWN_MAX: usize = 100;

const NAME: Column = Column::Words(key("Product"));
const CATEGORY: Column = Column::Words(key("Category"));
const SKU: Column = Column::Words(key("SKU"));
const BARCODE: Column = Column::Words(key("Barcode"));
const TAX: Column = Column::Named(key("Tax"));
const PICTURE: Column = Column::Named(key("Picture"));
const PRICE: Column = Column::Key(key("Price"));

/// The room.
pub(super) fn page(office: Office) -> impl IntoView {
    let feed = Feed::<Vec<Product>>::of(office, Pace::Once, || "/v1/office/products".to_owned());
    let query = RwSignal::new(String::new());
    let search = html::div().class("field search").child((
        html::label().r#for("product-search").child(t("Search by name, category, SKU or barcode")),
        html::input()
            .id("product-search")
            .r#type("search")
            .attr("autocomplete", "off")
            .attr("maxlength", "100")
            .attr("data-testid", "office-product-search")
            .on(ev::input, move |event| query.set(event_target_value(&event))),
    ));
    let list = move || {
        let query = query.get();
        feed.latest.with(|products| products.as_ref().map(|products| found(office, products, &query)))
    };
    (search, list, freshness(feed))
}

fn found(office: Office, products: &[Product], query: &str) -> AnyView {
    let fitting: Vec<&Product> = products.iter().filter(|product| product.fits(query)).collect();
    let count = match (fitting.len(), products.len()) {
        (_, 0) => return empty(t("This shop has no products yet. `barrow-server import` brings them in.")),
        (0, _) => return empty(t("No product fits. Try fewer letters.")),
        (found, all) if found > SHOWN_MAX => {
            tf("{} of {} products; the first {} are shown. Type more to find one.", &[&found, &all, &SHOWN_MAX])
        }
        (found, all) => tf("{} of {} products", &[&found, &all]),
    };
    let lines = fitting.into_iter().take(SHOWN_MAX).map(|product| row(office, product)).collect();
    (
        html::p().class("quiet").attr("role", "status").child(count),
        html::div().class("sheet").child(table(
            t("Products"),
            OnPhone::Brief,
            &[NAME, PICTURE, CATEGORY, SKU, BARCODE, TAX, PRICE],
            rows(lines),
        )),
    )
        .into_any()
}

fn row(office: Office, product: &Product) -> AnyView {
    let price = if product.price_embedded {
        chip("plain", t("on its label"))
    } else {
        html::strong().child(amounts::money(product.price_minor, &product.currency)).into_any()
    };
    html::tr()
        .attr("role", "row")
        .attr("data-testid", "office-product")
        .attr("data-sku", product.sku.clone())
        .child((
            cell(NAME, html::strong().child(product.title())),
            cell(PICTURE, picture(office, product)),
            cell(CATEGORY, product.category.clone().unwrap_or_else(|| "–".to_owned())),
            cell(SKU, html::code().child(product.sku.clone())),
            cell(BARCODE, html::code().child(product.barcodes.join(" "))),
            cell(TAX, product.taxes.join(", ")),
            cell(PRICE, price),
        ))
        .into_any()
}
