//! Search, categories, tiles. Only a page of tiles is ever drawn, however large the catalogue is.

mod finder;

use barrow_core::{
    catalogue::Product,
    config::Config,
    scan::code,
    shortcuts::Action,
    till::{Event, Form},
};
use leptos::{ev, html, prelude::*};
use web_sys::Element;

use super::viewfinder;
use crate::{
    language::{t, tf},
    parts::{attribute_above, draw, icon, long},
    pictures::Pictures,
    shortcuts::key_of,
    stock::badge,
    till::Till,
};
pub use finder::Finder;

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
/// Colours that hint at a tile's category (see `products.css`).
const HUES: usize = 10;

/// Draws the left pane; `search` is the field that typing goes to.
pub fn products(till: Till, search: NodeRef<html::Input>) -> impl IntoView {
    let query = till.query;
    // What was searched for in one sale is not searched for in the next.
    on_cleanup(move || query.set(String::new()));
    let category = RwSignal::new(Shelf::All);
    let pages = RwSignal::new(1_usize);
    let finder = Finder::of(till);
    let pictures = Pictures::of(till);
    let camera = RwSignal::new(false);
    let key = key_of(till, Action::Search);
    let fitting = Memo::new(move |_| {
        let (query, category, pages) = (query.get(), category.get(), pages.get());
        till.shop.with(|shop| shop.as_ref().map(|shop| fitting(shop, finder, &query, category, pages)).unwrap_or_default())
    });
    let add = move |sku: String| till.send(Event::ProductTapped(sku));
    let found_by_code = move || {
        let typed = query.get_untracked();
        let found = till.shop.with_untracked(|shop| shop.as_ref().and_then(|shop| entered(shop, finder, typed.trim())));
        if let Some(event) = found {
            query.set(String::new());
            till.send(event);
        }
    };
    html::section().class("products").attr("aria-label", t("Products")).child((
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
                    .attr("aria-label", t("Search products, or scan a code"))
                    .attr("placeholder", t("Search or scan"))
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
                        if event.key() == "Escape" && query.with_untracked(String::is_empty) {
                            // Out of the search, to where shortcuts are. Only an element outside of the document refuses.
                            if let Some(search) = search.get_untracked() {
                                let _ = search.blur();
                            }
                        } else if event.key() == "Escape" {
                            query.set(String::new());
                        }
                    }),
                move || key().map(|key| html::kbd().class("wide-only").attr("aria-hidden", "true").child(key)),
                viewfinder::button(camera),
            )),
        viewfinder::viewfinder(till, camera),
        html::div()
            .attr("class", "categories")
            .attr("role", "group")
            .attr("aria-label", t("Categories"))
            .on(ev::click, move |event| {
                if let Some(id) = attribute_above(&event, "data-category") {
                    pages.set(1);
                    query.set(String::new());
                    category.set(Shelf::of(&id));
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
                        } else if let Some(sku) = attribute_above(&event, "data-one-of") {
                            till.send(Event::FormOpened(Form::Variants { sku }));
                        }
                    })
                    .child(move || {
                        let found = fitting.get();
                        till.shop.with(|shop| shop.as_ref().map(|shop| tiles(till, shop, &found, pictures)).unwrap_or_default())
                    }),
                html::p().attr("class", "lead none").attr("role", "status").child(move || {
                    fitting.with(|fitting| fitting.places.is_empty()).then(|| match query.get() {
                        typed if typed.is_empty() => t("There is nothing here."),
                        _ if finder.building() => t("Getting ready to search…"),
                        typed => tf("Nothing fits “{}”.", &[&typed]),
                    })
                }),
                move || match fitting.with(|fitting| (fitting.more, fitting.places.len())) {
                    (false, _) => ().into_any(),
                    (true, TILES_MAX..) => html::p().class("lead none").child(t("Search to find the others.")).into_any(),
                    (true, _) => html::button()
                        .class("button more")
                        .attr("type", "button")
                        .attr("data-testid", "show-more")
                        .on(ev::click, move |_| pages.update(|pages| *pages += 1))
                        .child(t("Show more"))
                        .into_any(),
                },
            )),
    ))
}

/// What is shown while nothing is searched for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shelf {
    Favourites,
    All,
    Category(u32),
}

impl Shelf {
    fn of(id: &str) -> Shelf {
        match id {
            FAVOURITES => Shelf::Favourites,
            id => id.parse().map_or(Shelf::All, Shelf::Category),
        }
    }

    fn holds(self, product: &Product) -> bool {
        match self {
            Shelf::Favourites => product.details.favourite,
            Shelf::All => true,
            Shelf::Category(category) => product.category == category,
        }
    }
}

const FAVOURITES: &str = "favourites";

/// Places of products in the catalogue, as far as they are drawn.
#[derive(Clone, Default, PartialEq)]
struct Fitting {
    places: Vec<usize>,
    more: bool,
    large: bool,
    /// Variants that stand beside each other are one tile: the first one's.
    grouped: bool,
}

impl Fitting {
    /// The next page comes without being asked for.
    fn goes_on(&self) -> bool {
        self.large && self.more && self.places.len() < TILES_MAX
    }
}

/// A search looks through the whole catalogue, whatever category is open, and shows each variant by itself; so do the favourites.
fn fitting(shop: &Config, finder: Finder, query: &str, shelf: Shelf, pages: usize) -> Fitting {
    let large = shop.products.len() >= LARGE;
    let most = (pages * if large { PAGE_LARGE } else { PAGE }).min(TILES_MAX);
    let searched = !query.trim().is_empty();
    let grouped = !searched && shelf != Shelf::Favourites;
    let mut places: Vec<usize> = if searched {
        finder.search(query, most + 1)
    } else {
        let fits = |(place, product): &(usize, &Product)| shelf.holds(product) && !(grouped && follows_sister(shop, *place));
        let fitting = || shop.products.iter().enumerate().filter(fits);
        // Among all, what is sold most stands first.
        let first = |product: &Product| shelf == Shelf::All && product.details.favourite;
        let favourites = fitting().filter(|(_, product)| first(product));
        let others = fitting().filter(|(_, product)| !first(product));
        favourites.chain(others).map(|(place, _)| place).take(most + 1).collect()
    };
    let more = places.len() > most;
    places.truncate(most);
    Fitting { places, more, large, grouped }
}

/// Is the product before this one a variant of the same name?
fn follows_sister(shop: &Config, place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|before| shop.products.get(before));
    before.zip(shop.products.get(place)).is_some_and(|(before, product)| are_sisters(before, product))
}

fn are_sisters(one: &Product, other: &Product) -> bool {
    one.variant.is_some() && other.variant.is_some() && one.category == other.category && one.name == other.name
}

fn at_end(place: &Element) -> bool {
    place.scroll_height() - place.scroll_top() - place.client_height() < END_PX
}

/// What Enter asks for: the product with exactly this code, else the only one that fits, else what a scan of it would add (a label
/// with a price or a weight).
fn entered(shop: &Config, finder: Finder, typed: &str) -> Option<Event> {
    if typed.is_empty() {
        return None;
    }
    let product = shop.products.with_exact_code(typed).or_else(|| shop.products.get(finder.only(typed)?));
    match product {
        Some(product) => Some(Event::ProductTapped(product.sku.clone())),
        None => code::find(typed, shop).map(|_| Event::Scanned(typed.to_owned())),
    }
}

fn tabs(shop: &Config, open: RwSignal<Shelf>) -> Vec<impl IntoView + use<>> {
    let favourites = shop.products.iter().any(|product| product.details.favourite);
    let favourites = favourites.then(|| (Shelf::Favourites, t("★ Favourites"), None));
    let all = (Shelf::All, t("All"), None);
    let each = shop.categories.iter().enumerate().map(|(place, c)| (Shelf::Category(c.id), c.name.clone(), Some(place % HUES)));
    let tab = |(shelf, name, hue): (Shelf, String, Option<usize>)| {
        let id = match shelf {
            Shelf::Favourites => FAVOURITES.to_owned(),
            Shelf::All => "all".to_owned(),
            Shelf::Category(id) => id.to_string(),
        };
        html::button()
            .attr("class", "tab")
            .attr("type", "button")
            .attr("data-testid", "category")
            .attr("data-category", id)
            .attr("data-hue", hue.map(|hue| hue.to_string()))
            .attr("aria-pressed", move || if open.get() == shelf { "true" } else { "false" })
            .child(name)
    };
    favourites.into_iter().chain([all]).chain(each).map(tab).collect()
}

fn tiles(till: Till, shop: &Config, found: &Fitting, pictures: Pictures) -> Vec<impl IntoView + use<>> {
    let hue_of = |category: u32| shop.categories.iter().position(|c| c.id == category).map(|place| (place % HUES).to_string());
    let tile = |place: usize| {
        let product = shop.products.get(place)?;
        let next = shop.products.get(place..).unwrap_or_default().iter().skip(1);
        let sisters: Vec<&Product> =
            if found.grouped { next.take_while(|next| are_sisters(product, next)).collect() } else { Vec::new() };
        let cheapest = sisters.iter().map(|sister| sister.price).fold(product.price, Ord::min);
        let price = match (product.details.unit, product.details.open_price) {
            (_, true) => t("open price"),
            (Some(unit), _) => format!("{}\u{a0}/\u{a0}{}", shop.currency.format(product.price), unit.sign()),
            _ if sisters.iter().any(|sister| sister.price != product.price) => tf("from {}", &[&shop.currency.format(cheapest)]),
            _ => shop.currency.format(product.price),
        };
        let alone = sisters.is_empty();
        let variant = if alone { product.variant.clone() } else { Some(tf("{} variants", &[&(sisters.len() + 1)])) };
        let tile = html::button()
            .attr("class", if alone { "tile" } else { "tile several" })
            .attr("type", "button")
            .attr("data-testid", if alone { "product-tile" } else { "variant-tile" })
            .attr("data-sku", alone.then(|| product.sku.clone()))
            .attr("data-one-of", (!alone).then(|| product.sku.clone()))
            .attr("data-hue", hue_of(product.category))
            .child((
                html::span().class("tile-name").child(product.name.clone()),
                html::span().class("tile-variant").child(variant),
                alone.then(|| badge(till, product)).flatten(),
                // In one piece, whichever way the page runs.
                html::span()
                    .class("tile-price")
                    .attr("data-long", long(&price))
                    .child(product.details.unit.map_or(price.clone(), |_| format!("\u{2066}{price}\u{2069}"))),
                pictures.draw("tile-picture", product.details.image),
            ));
        Some(tile)
    };
    found.places.iter().filter_map(|place| tile(*place)).collect()
}
