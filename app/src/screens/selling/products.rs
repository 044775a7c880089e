//! Search, categories, tiles. Only a page of tiles is ever drawn, however large the catalogue is.

mod finder;

use barrow_core::{catalogue::Product, config::Config, till::Event};
use leptos::{ev, html, prelude::*};
use web_sys::Element;

use crate::{
    parts::{attribute_above, draw, icon},
    till::Till,
};
use finder::Finder;

/// Tiles that are drawn at first, and that "Show more" adds.
const PAGE: usize = 120;
/// The same in a large catalogue, where people type, and every key draws them anew.
const PAGE_LARGE: usize = 60;
/// From this many products on, a catalogue is large: the next page comes by itself at the end of this one.
const LARGE: usize = 1_000;
/// How near to the end that is, in CSS pixels.
const END_PX: i32 = 400;
/// Tiles that are drawn at most: beyond that, searching is the faster way, and the page stays quick.
const TILES_MAX: usize = 480;
/// Colours that hint at a tile's category (see `screens.css`).
const HUES: usize = 10;

/// Draws the left pane; `search` is the field that typing goes to.
pub fn products(till: Till, search: NodeRef<html::Input>) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let category = RwSignal::new(None::<u32>);
    let pages = RwSignal::new(1_usize);
    let finder = Finder::of(till);
    let fitting = Memo::new(move |_| {
        let (query, category, pages) = (query.get(), category.get(), pages.get());
        till.shop.with(|shop| shop.as_ref().map(|shop| fitting(shop, finder, &query, category, pages)).unwrap_or_default())
    });
    let add = move |sku: String| till.send(Event::ProductTapped(sku));
    let found_by_code = move || {
        let typed = query.get_untracked();
        let sku = till.shop.with_untracked(|shop| shop.as_ref().and_then(|shop| sku_for(shop, finder, typed.trim())));
        if let Some(sku) = sku {
            query.set(String::new());
            add(sku);
        }
    };
    html::section().class("products").attr("aria-label", "Products").child((
        html::form()
            .attr("class", "search")
            .attr("role", "search")
            .attr("autocomplete", "off")
            .on(ev::submit, move |event| {
                event.prevent_default();
                found_by_code();
            })
            .child((
                draw(icon::SEARCH),
                html::input()
                    .node_ref(search)
                    .attr("class", "input")
                    .attr("data-testid", "search")
                    .attr("type", "search")
                    .attr("aria-label", "Search products, or scan a code")
                    .attr("placeholder", "Search or scan")
                    .attr("autocomplete", "off")
                    .attr("spellcheck", "false")
                    .attr("enterkeyhint", "search")
                    .attr("maxlength", "80")
                    .prop("value", move || query.get())
                    .on(ev::input, move |event| {
                        pages.set(1);
                        query.set(event_target_value(&event));
                    })
                    .on(ev::keydown, move |event| {
                        if event.key() == "Escape" {
                            query.set(String::new());
                        }
                    }),
                html::kbd().class("wide-only").attr("aria-hidden", "true").child("/"),
            )),
        html::div()
            .attr("class", "categories")
            .attr("role", "group")
            .attr("aria-label", "Categories")
            .on(ev::click, move |event| {
                if let Some(id) = attribute_above(&event, "data-category") {
                    pages.set(1);
                    query.set(String::new());
                    category.set(id.parse().ok());
                }
            })
            .child(move || till.shop.with(|shop| shop.as_ref().map(|shop| tabs(shop, category)).unwrap_or_default())),
        html::div()
            .class("tiles-place")
            .on(ev::scroll, move |event| {
                if at_end(&event_target(&event)) && fitting.with_untracked(Fitting::goes_on) {
                    pages.update(|pages| *pages += 1);
                }
            })
            .child((
                html::div()
                    .class("tiles")
                    .on(ev::click, move |event| {
                        if let Some(sku) = attribute_above(&event, "data-sku") {
                            add(sku);
                        }
                    })
                    .child(move || {
                        let places = fitting.get().places;
                        till.shop.with(|shop| shop.as_ref().map(|shop| tiles(shop, &places)).unwrap_or_default())
                    }),
                html::p().attr("class", "lead none").attr("role", "status").child(move || {
                    fitting.with(|fitting| fitting.places.is_empty()).then(|| match query.get() {
                        typed if typed.is_empty() => "There is nothing here.".to_owned(),
                        _ if finder.building() => "Getting ready to search…".to_owned(),
                        typed => format!("Nothing fits “{typed}”."),
                    })
                }),
                move || match fitting.with(|fitting| (fitting.more, fitting.places.len())) {
                    (false, _) => ().into_any(),
                    (true, TILES_MAX..) => html::p().class("lead none").child("Search to find the others.").into_any(),
                    (true, _) => html::button()
                        .class("button more")
                        .attr("type", "button")
                        .attr("data-testid", "show-more")
                        .on(ev::click, move |_| pages.update(|pages| *pages += 1))
                        .child("Show more")
                        .into_any(),
                },
            )),
    ))
}

/// Places of products in the catalogue, as far as they are drawn.
#[derive(Clone, Default, PartialEq)]
struct Fitting {
    places: Vec<usize>,
    more: bool,
    large: bool,
}

impl Fitting {
    /// The next page comes without being asked for.
    fn goes_on(&self) -> bool {
        self.large && self.more && self.places.len() < TILES_MAX
    }
}

/// A search looks through the whole catalogue, whatever category is open.
fn fitting(shop: &Config, finder: Finder, query: &str, category: Option<u32>, pages: usize) -> Fitting {
    let large = shop.products.len() >= LARGE;
    let most = (pages * if large { PAGE_LARGE } else { PAGE }).min(TILES_MAX);
    let mut places: Vec<usize> = if query.trim().is_empty() {
        let in_category = |product: &Product| category.is_none_or(|category| product.category == category);
        shop.products
            .iter()
            .enumerate()
            .filter(|(_, product)| in_category(product))
            .map(|(place, _)| place)
            .take(most + 1)
            .collect()
    } else {
        finder.search(query, most + 1)
    };
    let more = places.len() > most;
    places.truncate(most);
    Fitting { places, more, large }
}

fn at_end(place: &Element) -> bool {
    place.scroll_height() - place.scroll_top() - place.client_height() < END_PX
}

/// What Enter adds: the product with exactly this code, else the only one that fits.
fn sku_for(shop: &Config, finder: Finder, typed: &str) -> Option<String> {
    if typed.is_empty() {
        return None;
    }
    let has_code =
        |product: &&Product| product.barcodes.iter().chain([&product.sku]).any(|code| code.eq_ignore_ascii_case(typed));
    let product = shop.products.iter().find(has_code).or_else(|| shop.products.get(finder.only(typed)?));
    product.map(|product| product.sku.clone())
}

fn tabs(shop: &Config, open: RwSignal<Option<u32>>) -> Vec<impl IntoView + use<>> {
    let all = (None, "All".to_owned(), None);
    let each = shop.categories.iter().enumerate().map(|(place, c)| (Some(c.id), c.name.clone(), Some(place % HUES)));
    let tab = |(id, name, hue): (Option<u32>, String, Option<usize>)| {
        html::button()
            .attr("class", "tab")
            .attr("type", "button")
            .attr("data-testid", "category")
            .attr("data-category", id.map_or_else(|| "all".to_owned(), |id| id.to_string()))
            .attr("data-hue", hue.map(|hue| hue.to_string()))
            .attr("aria-pressed", move || if open.get() == id { "true" } else { "false" })
            .child(name)
    };
    [all].into_iter().chain(each).map(tab).collect()
}

fn tiles(shop: &Config, places: &[usize]) -> Vec<impl IntoView + use<>> {
    let hue_of = |category: u32| shop.categories.iter().position(|c| c.id == category).map(|place| (place % HUES).to_string());
    let tile = |product: &Product| {
        html::button()
            .attr("class", "tile")
            .attr("type", "button")
            .attr("data-testid", "product-tile")
            .attr("data-sku", product.sku.clone())
            .attr("data-hue", hue_of(product.category))
            .child((
                html::span().class("tile-name").child(product.name.clone()),
                html::span().class("tile-variant").child(product.variant.clone()),
                html::span().class("tile-price").child(shop.currency.format(product.price)),
            ))
    };
    places.iter().filter_map(|place| shop.products.get(*place)).map(tile).collect()
}
