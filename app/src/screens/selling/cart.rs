//! The cart: lines, what is owed, and the way to payment.

mod line;
mod numpad;
mod undo;

use barrow_core::{
    till::{Change, Event, Form},
    view::{CartGiftView, ExchangeView, LineView, Money, ParkedView, Screen},
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::{
    language::{t, tf},
    parts::{attribute_above, draw, icon, long, sentence},
    pictures::Pictures,
    screens::exchange,
    till::Till,
    when::clock,
};

/// The cart's part of the view, without the catalogue.
#[derive(Clone, PartialEq)]
struct CartView {
    lines: Vec<LineView>,
    gifts: Vec<CartGiftView>,
    total: Money,
    tax: String,
    pieces: String,
    parked: Vec<ParkedView>,
    undo: Option<(Change, Option<String>)>,
    order_off: Option<String>,
    words: Vec<String>,
    customer: Option<String>,
    exchange: Option<ExchangeView>,
    coupon: Option<String>,
    error: Option<String>,
}

impl CartView {
    /// In an exchange, what is to be paid, or (negative) given back.
    fn difference(&self) -> Option<i64> {
        self.exchange.as_ref().map(|back| back.difference.minor)
    }

    /// The large figure: what the order comes to, or in an exchange the difference, without its sign.
    fn sum(&self) -> &str {
        self.exchange.as_ref().map_or(&self.total.text, |back| &back.amount)
    }
}

/// Draws the right pane, or the sheet.
pub fn cart(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Selling(s) => Some(CartView {
            lines: s.lines.clone(),
            gifts: s.gifts.clone(),
            total: s.total.clone(),
            tax: s.tax.clone(),
            pieces: s.pieces.clone(),
            parked: s.parked.clone(),
            undo: s.undo.clone(),
            order_off: s.order_off.clone(),
            words: s.words.clone(),
            customer: s.customer.clone(),
            exchange: s.exchange.clone(),
            coupon: s.coupon.clone(),
            error: s.error.clone(),
        }),
        _ => None,
    });
    let empty = Memo::new(move |_| state.with(|state| state.as_ref().is_none_or(|s| s.lines.is_empty() && s.gifts.is_empty())));
    let of = move |pick: fn(&CartView) -> String| move || state.with(|state| state.as_ref().map(pick));
    // Where the cart is a sheet: is it pulled up?
    let open = RwSignal::new(false);
    let chosen = numpad::Chosen::new();
    html::aside()
        .attr("class", "cart")
        .attr("aria-label", t("Cart"))
        .attr("data-open", move || if open.get() { "true" } else { "false" })
        .on(ev::keydown, move |event| {
            if event.key() == "Escape" {
                open.set(false);
            }
        })
        .child((
            html::div().class("cart-body").attr("id", "cart-body").child((
                head(till, empty, chosen),
                parked(till, state, empty),
                move || empty.get().then(nothing_yet),
                lines(till, state, chosen),
                gifts(till, state),
                order_words(state),
                exchange::in_cart(till, {
                    let back = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|s| s.exchange.clone())));
                    move || back.get()
                }),
                numpad::numpad(till, chosen, Memo::new(move |_| state.with(|s| s.as_ref().map_or(0, |s| s.lines.len())))),
            )),
            html::div().class("cart-foot").child((
                undo::bar(
                    till,
                    Memo::new(move |_| {
                        // The numpad leaves no room for it; the shortcut works all the same, and the bar comes back with its place.
                        let shown = !chosen.open.get();
                        state.with(|state| state.as_ref().and_then(|s| s.undo.clone()).filter(|_| shown))
                    }),
                ),
                sentence("error", move || state.with(|state| state.as_ref().and_then(|s| s.error.clone()))),
                html::div().class("cart-pay").child((
                    html::button()
                        .attr("class", "button quiet icon-only sheet-handle")
                        .attr("type", "button")
                        .attr("data-testid", "cart-toggle")
                        .attr("aria-label", of(|s| tf("Cart, {}", &[&t(&s.pieces)])))
                        .attr("aria-controls", "cart-body")
                        .attr("aria-expanded", move || if open.get() { "true" } else { "false" })
                        .on(ev::click, move |_| open.update(|open| *open = !*open))
                        .child(draw(icon::UP)),
                    html::div().class("cart-sum").child((
                        html::span().class("cart-sum-word").attr("aria-hidden", "true").child(of(|s| match s.difference() {
                            None => t("Total"),
                            Some(minor) if minor < 0 => t("To give back"),
                            Some(_) => t("To pay"),
                        })),
                        html::output()
                            .attr("class", "cart-total")
                            .attr("data-testid", "cart-total")
                            .attr("aria-live", "polite")
                            .attr(
                                "aria-label",
                                of(|s| match s.difference() {
                                    None => tf("Total {}", &[&s.total.text]),
                                    Some(minor) if minor < 0 => tf("Give back {}", &[&s.sum()]),
                                    Some(_) => tf("To pay {}", &[&s.sum()]),
                                }),
                            )
                            .attr("data-minor", of(|s| s.difference().unwrap_or(s.total.minor).to_string()))
                            .attr("data-long", move || state.with(|state| state.as_ref().and_then(|s| long(s.sum()))))
                            .child(of(|s| s.sum().to_owned())),
                        html::span().class("small").child(of(|s| tf("{} · {}", &[&t(&s.pieces), &t(&s.tax)]))),
                    )),
                    html::button()
                        .attr("class", "button primary large charge")
                        .attr("type", "button")
                        .attr("data-testid", "charge")
                        .prop("disabled", move || empty.get())
                        .on(ev::click, move |_| till.send(Event::ChargePressed))
                        .child(of(|s| match s.difference() {
                            Some(0) => t("Exchange"),
                            Some(minor) if minor < 0 => tf("Give back {}", &[&s.sum()]),
                            _ => t("Charge"),
                        })),
                )),
            )),
        ))
}

fn head(till: Till, empty: Memo<bool>, chosen: numpad::Chosen) -> impl IntoView {
    let action = |testid: &'static str, outline: &'static str, name: String| {
        html::button()
            .attr("class", "button quiet icon-only")
            .attr("type", "button")
            .attr("data-testid", testid)
            .attr("aria-label", name.clone())
            .attr("title", name)
            .prop("disabled", move || empty.get())
            .child(draw(outline))
    };
    html::div().class("cart-head").child((
        html::h2().child(t("Cart")),
        html::div().class("cart-tools").child((
            action("numpad-toggle", icon::NUMPAD, t("Numpad"))
                .attr("aria-pressed", move || if chosen.open.get() { "true" } else { "false" })
                .on(ev::click, move |_| chosen.open.update(|open| *open = !*open)),
            action("order-discount", icon::DISCOUNT, t("Discount for the order"))
                .on(ev::click, move |_| till.send(Event::FormOpened(Form::OrderDiscount))),
            action("order", icon::NOTE, t("Name, note, split")).on(ev::click, move |_| till.send(Event::FormOpened(Form::Order))),
            action("customer", icon::PEOPLE, t("Customer")).on(ev::click, move |_| till.send(Event::FormOpened(Form::Customer))),
            html::button()
                .attr("class", "button quiet")
                .attr("type", "button")
                .attr("data-testid", "park")
                .prop("disabled", move || empty.get())
                .on(ev::click, move |_| till.send(Event::ParkPressed))
                .child((draw(icon::PARK), t("Put aside"))),
        )),
    ))
}

/// What holds for the order as a whole: what is taken off it, its name, note and coupon.
fn order_words(state: Memo<Option<CartView>>) -> impl IntoView {
    let words = Memo::new(move |_| {
        state.with(|state| {
            let words = |s: &CartView| (s.order_off.clone(), s.words.clone(), s.coupon.clone(), s.customer.clone());
            state.as_ref().map(words).unwrap_or_default()
        })
    });
    move || {
        let (off, mut words, coupon, customer) = words.get();
        words.extend(coupon.map(|code| tf("Coupon {}", &[&code])));
        let customer = customer.map(|name| {
            html::p().attr("class", "small").attr("data-testid", "cart-customer").child((
                t("Customer"),
                ": ",
                html::strong().child(name),
            ))
        });
        let off =
            off.map(|off| html::p().attr("class", "line-off").attr("data-testid", "order-off").child(tf("Order {}", &[&off])));
        let words = (!words.is_empty())
            .then(|| html::p().attr("class", "small").attr("data-testid", "order-words").child(words.join(" · ")));
        let some = off.is_some() || words.is_some() || customer.is_some();
        some.then(|| html::div().class("order-words").child((customer, off, words)))
    }
}

fn nothing_yet() -> impl IntoView {
    html::div().class("cart-empty").attr("data-testid", "cart-empty").child((
        draw(icon::BASKET),
        html::p().class("lead").child(t("Nothing in the cart")),
        html::p().class("small").child(t("Tap a product, scan a code, or type to search.")),
    ))
}

fn parked(till: Till, state: Memo<Option<CartView>>, empty: Memo<bool>) -> impl IntoView {
    let orders = Memo::new(move |_| state.with(|state| state.as_ref().map(|s| s.parked.clone()).unwrap_or_default()));
    let order = move |(place, order): (usize, ParkedView)| {
        let name = order.name.unwrap_or_else(|| clock(order.at_ms));
        let join = tf("Join {} to this order", &[&name]);
        html::div().class("parked-place").child((
            html::button()
                .class("button parked-order")
                .attr("type", "button")
                .attr("data-testid", "parked-order")
                .attr("data-place", place.to_string())
                .child((html::strong().child(name), html::span().child(tf("{} · {}", &[&t(&order.pieces), &order.total])))),
            move || {
                (!empty.get()).then(|| {
                    html::button()
                        .class("button quiet icon-only parked-join")
                        .attr("type", "button")
                        .attr("data-testid", "parked-join")
                        .attr("data-join", place.to_string())
                        .attr("aria-label", join.clone())
                        .attr("title", join.clone())
                        .child(draw(icon::JOIN))
                })
            },
        ))
    };
    html::div()
        .class("parked")
        .attr("role", "group")
        .attr("aria-label", t("Orders put aside"))
        .on(ev::click, move |event| {
            let place = |name| attribute_above(&event, name).and_then(|place| place.parse().ok());
            if let Some(place) = place("data-join") {
                till.send(Event::ParkedMerged(place));
            } else if let Some(place) = place("data-place") {
                till.send(Event::ParkedChosen(place));
            }
        })
        .child(move || orders.get().into_iter().enumerate().map(order).collect::<Vec<_>>())
}

fn lines(till: Till, state: Memo<Option<CartView>>, chosen: numpad::Chosen) -> impl IntoView {
    let lines = Memo::new(move |_| state.with(|state| state.as_ref().map(|s| s.lines.clone()).unwrap_or_default()));
    let count = Memo::new(move |_| lines.with(Vec::len));
    let pictures = Pictures::of(till);
    let list = NodeRef::<html::Ul>::new();
    let current = Memo::new(move |last: Option<&(Vec<LineView>, usize)>| {
        let lines = lines.get();
        let place = last.map_or(lines.len().saturating_sub(1), |(before, place)| line::changed(before, &lines, *place));
        (lines, place)
    });
    let current = Memo::new(move |_| current.with(|(_, place)| *place));
    // The line that was added last is in sight.
    Effect::new(move |before: Option<usize>| {
        let now = count.get();
        if before.is_some_and(|before| now > before) {
            chosen.line.set(now - 1);
        }
        // The next order begins without the numpad.
        if now == 0 {
            chosen.open.set(false);
        }
        if before.is_some_and(|before| now > before)
            && let Some(list) = list.get_untracked()
        {
            request_animation_frame(move || list.set_scroll_top(list.scroll_height()));
        }
        now
    });
    // The numpad leaves little room: the line that it is for is in sight.
    Effect::new(move |_| {
        let _ = chosen.line.get();
        if chosen.open.get() {
            request_animation_frame(move || {
                let list = list.get_untracked();
                if let Some(line) = list.and_then(|list| list.query_selector("[aria-current]").ok().flatten()) {
                    line.scroll_into_view_with_bool(false);
                }
            });
        }
    });
    let place = |event: &web_sys::Event| attribute_above(event, "data-place").and_then(|place| place.parse::<usize>().ok());
    html::ul()
        .node_ref(list)
        .attr("class", "cart-lines")
        .attr("aria-label", t("Lines"))
        .on(ev::click, move |event| {
            let Some(line) = place(&event) else { return };
            match attribute_above(&event, "data-do").as_deref() {
                Some("less") => till.send(Event::QtyStepped { line, pieces: -1 }),
                Some("more") => till.send(Event::QtyStepped { line, pieces: 1 }),
                Some("remove") => till.send(Event::LineRemoved(line)),
                Some("discount") => till.send(Event::FormOpened(Form::Discount { line })),
                Some("price") => till.send(Event::FormOpened(Form::Price { line })),
                Some("extras") => till.send(Event::FormOpened(Form::Extras { line })),
                Some("choose") => chosen.choose(line),
                _ => {}
            }
        })
        .on(ev::keydown, move |event| {
            // Enter takes the number over, as leaving the field does.
            if event.key() == "Enter"
                && let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            {
                event.prevent_default();
                // Leaving the field fires `change`; an element in the document does not refuse.
                let _ = input.blur();
            }
        })
        .on(ev::focusin, move |event| {
            // What is typed replaces the number.
            if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) {
                input.select();
            }
        })
        .on(ev::change, move |event| {
            let (Some(line), Some(input)) =
                (place(&event), event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()))
            else {
                return;
            };
            // An empty field waits for a number, and shows the old one meanwhile.
            if input.value().is_empty() {
                return;
            }
            till.send(Event::QtyTyped { line, qty: input.value() });
            // A number that was refused does not stay on the screen.
            if let Some(qty) = lines.with_untracked(|lines| lines.get(line).map(|line| line.qty.clone())) {
                input.set_value(&qty);
            }
        })
        .child(move || {
            lines.get().into_iter().enumerate().map(|line| line::row(line, chosen, current, pictures)).collect::<Vec<_>>()
        })
}

/// Money for gift cards, under the goods.
fn gifts(till: Till, state: Memo<Option<CartView>>) -> impl IntoView {
    let gifts = Memo::new(move |_| state.with(|state| state.as_ref().map(|s| s.gifts.clone()).unwrap_or_default()));
    let row = move |(place, gift): (usize, CartGiftView)| {
        let what = if gift.top_up { t("Top up gift card") } else { t("Gift card") };
        let name = tf("Take gift card {} out", &[&gift.last4]);
        html::li().attr("class", "cart-gift").attr("data-testid", "cart-gift").attr("data-last4", gift.last4.clone()).child((
            html::span().child(format!("{what} ····{}", gift.last4)),
            html::span().class("amount").child(gift.amount),
            html::button()
                .attr("class", "button quiet icon-only")
                .attr("type", "button")
                .attr("data-testid", "cart-gift-remove")
                .attr("aria-label", name)
                .on(ev::click, move |_| till.send(Event::CartGiftRemoved(place)))
                .child(draw(icon::CLOSE)),
        ))
    };
    move || {
        let gifts = gifts.get();
        (!gifts.is_empty()).then(|| {
            html::ul()
                .attr("class", "cart-gifts")
                .attr("aria-label", t("Gift cards"))
                .child(gifts.into_iter().enumerate().map(row).collect::<Vec<_>>())
        })
    }
}
