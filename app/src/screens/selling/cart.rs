//! The cart: lines, what is owed, and the way to payment.

use barrow_core::{
    till::{Event, Form},
    view::{LineView, Money, ParkedView, Screen},
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::{
    parts::{attribute_above, draw, icon, sentence},
    till::Till,
    when::clock,
};

/// The cart's part of the view, without the catalogue.
#[derive(Clone, PartialEq)]
struct CartView {
    lines: Vec<LineView>,
    total: Money,
    tax: String,
    pieces: String,
    parked: Vec<ParkedView>,
    removed: Option<String>,
    error: Option<String>,
}

/// Draws the right pane, or the sheet.
pub fn cart(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Selling(s) => Some(CartView {
            lines: s.lines.clone(),
            total: s.total.clone(),
            tax: s.tax.clone(),
            pieces: s.pieces.clone(),
            parked: s.parked.clone(),
            removed: s.removed.clone(),
            error: s.error.clone(),
        }),
        _ => None,
    });
    let empty = Memo::new(move |_| state.with(|state| state.as_ref().is_none_or(|s| s.lines.is_empty())));
    let of = move |pick: fn(&CartView) -> String| move || state.with(|state| state.as_ref().map(pick));
    // Where the cart is a sheet: is it pulled up?
    let open = RwSignal::new(false);
    html::aside()
        .attr("class", "cart")
        .attr("aria-label", "Cart")
        .attr("data-open", move || if open.get() { "true" } else { "false" })
        .on(ev::keydown, move |event| {
            if event.key() == "Escape" {
                open.set(false);
            }
        })
        .child((
            html::div().class("cart-body").attr("id", "cart-body").child((
                head(till, empty),
                parked(till, state),
                move || empty.get().then(nothing_yet),
                lines(till, state),
            )),
            html::div().class("cart-foot").child((
                removed(till, state),
                sentence("error", move || state.with(|state| state.as_ref().and_then(|s| s.error.clone()))),
                html::div().class("cart-pay").child((
                    html::button()
                        .attr("class", "button quiet icon-only sheet-handle")
                        .attr("type", "button")
                        .attr("data-testid", "cart-toggle")
                        .attr("aria-label", of(|s| format!("Cart, {}", s.pieces)))
                        .attr("aria-controls", "cart-body")
                        .attr("aria-expanded", move || if open.get() { "true" } else { "false" })
                        .on(ev::click, move |_| open.update(|open| *open = !*open))
                        .child(draw(icon::UP)),
                    html::div().class("cart-sum").child((
                        html::span().class("cart-sum-word").attr("aria-hidden", "true").child("Total"),
                        html::output()
                            .attr("class", "cart-total")
                            .attr("data-testid", "cart-total")
                            .attr("aria-live", "polite")
                            .attr("aria-label", of(|s| format!("Total {}", s.total.text)))
                            .attr("data-minor", of(|s| s.total.minor.to_string()))
                            .child(of(|s| s.total.text.clone())),
                        html::span().class("small").child(of(|s| format!("{} · {}", s.pieces, s.tax))),
                    )),
                    html::button()
                        .attr("class", "button primary large charge")
                        .attr("type", "button")
                        .attr("data-testid", "charge")
                        .prop("disabled", move || empty.get())
                        .on(ev::click, move |_| till.send(Event::ChargePressed))
                        .child("Charge"),
                )),
            )),
        ))
}

fn head(till: Till, empty: Memo<bool>) -> impl IntoView {
    html::div().class("cart-head").child((
        html::h2().child("Cart"),
        html::button()
            .attr("class", "button quiet")
            .attr("type", "button")
            .attr("data-testid", "park")
            .prop("disabled", move || empty.get())
            .on(ev::click, move |_| till.send(Event::ParkPressed))
            .child((draw(icon::PARK), "Put aside")),
    ))
}

fn nothing_yet() -> impl IntoView {
    html::div().class("cart-empty").attr("data-testid", "cart-empty").child((
        draw(icon::BASKET),
        html::p().class("lead").child("Nothing in the cart"),
        html::p().class("small").child("Tap a product, scan a code, or type to search."),
    ))
}

fn parked(till: Till, state: Memo<Option<CartView>>) -> impl IntoView {
    let orders = Memo::new(move |_| state.with(|state| state.as_ref().map(|s| s.parked.clone()).unwrap_or_default()));
    let order = |(place, order): (usize, ParkedView)| {
        html::button()
            .class("button parked-order")
            .attr("type", "button")
            .attr("data-testid", "parked-order")
            .attr("data-place", place.to_string())
            .child((html::strong().child(clock(order.at_ms)), html::span().child(order.what)))
    };
    html::div()
        .class("parked")
        .attr("role", "group")
        .attr("aria-label", "Orders put aside")
        .on(ev::click, move |event| {
            if let Some(place) = attribute_above(&event, "data-place").and_then(|place| place.parse().ok()) {
                till.send(Event::ParkedChosen(place));
            }
        })
        .child(move || orders.get().into_iter().enumerate().map(order).collect::<Vec<_>>())
}

fn lines(till: Till, state: Memo<Option<CartView>>) -> impl IntoView {
    let lines = Memo::new(move |_| state.with(|state| state.as_ref().map(|s| s.lines.clone()).unwrap_or_default()));
    let count = Memo::new(move |_| lines.with(Vec::len));
    let list = NodeRef::<html::Ul>::new();
    // The line that was added last is in sight.
    Effect::new(move |before: Option<usize>| {
        let now = count.get();
        if before.is_some_and(|before| now > before)
            && let Some(list) = list.get_untracked()
        {
            request_animation_frame(move || list.set_scroll_top(list.scroll_height()));
        }
        now
    });
    let place = |event: &web_sys::Event| attribute_above(event, "data-place").and_then(|place| place.parse::<usize>().ok());
    html::ul()
        .node_ref(list)
        .attr("class", "cart-lines")
        .attr("aria-label", "Lines")
        .on(ev::click, move |event| {
            let Some(line) = place(&event) else { return };
            match attribute_above(&event, "data-do").as_deref() {
                Some("less") => till.send(Event::QtyStepped { line, pieces: -1 }),
                Some("more") => till.send(Event::QtyStepped { line, pieces: 1 }),
                Some("remove") => till.send(Event::LineRemoved(line)),
                Some("discount") => till.send(Event::FormOpened(Form::Discount { line })),
                Some("price") => till.send(Event::FormOpened(Form::Price { line })),
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
        .child(move || lines.get().into_iter().enumerate().map(line_row).collect::<Vec<_>>())
}

fn line_row((place, line): (usize, LineView)) -> impl IntoView {
    let step = |what: &'static str, sign: &'static str, name: String| {
        html::button().class("button step").attr("type", "button").attr("data-do", what).attr("aria-label", name).child(sign)
    };
    let action = |testid: &'static str, what: &'static str, outline: &'static str, name: String| {
        html::button()
            .class("button quiet icon-only")
            .attr("type", "button")
            .attr("data-testid", testid)
            .attr("data-do", what)
            .attr("aria-label", name.clone())
            .attr("title", name)
            .child(draw(outline))
    };
    html::li()
        .attr("class", "cart-line")
        .attr("data-testid", "cart-line")
        .attr("data-sku", line.sku.clone())
        .attr("data-place", place.to_string())
        .child((
            html::span().class("line-name").child(line.name.clone()),
            html::span().class("line-price").child(line.price.clone()),
            terms(&line),
            html::span().class("line-steps").child((
                step("less", "−", format!("One {} less", line.name)),
                html::input()
                    .attr("class", "line-qty")
                    .attr("data-testid", "line-qty")
                    .attr("type", "text")
                    .attr("inputmode", "numeric")
                    .attr("autocomplete", "off")
                    .attr("maxlength", "4")
                    .attr("aria-label", format!("Quantity of {}", line.name))
                    .attr("placeholder", line.qty.clone())
                    .prop("value", line.qty),
                step("more", "+", format!("One {} more", line.name)),
            )),
            html::span().class("line-actions").child((
                action("line-discount", "discount", icon::DISCOUNT, format!("Discount for {}", line.name)),
                action("line-price", "price", icon::PRICE, format!("Another price for {}", line.name)),
                action("line-remove", "remove", icon::CLOSE, format!("Remove {}", line.name)),
            )),
        ))
}

/// What the line's price comes from, wherever it is not simply the catalogue's price of one.
fn terms(line: &LineView) -> impl IntoView + use<> {
    let plain = line.discount.is_none() && line.list_unit.is_none();
    (line.qty != "1" || !plain).then(|| {
        html::span().class("line-terms").child((
            line.list_unit.clone().map(|list| (html::span().class("said-only").child("instead of "), html::s().child(list), " ")),
            format!("{} each", line.unit),
            line.discount.clone().map(|discount| html::span().class("line-off").child(discount)),
        ))
    })
}

fn removed(till: Till, state: Memo<Option<CartView>>) -> impl IntoView {
    let removed = Memo::new(move |_| state.with(|state| state.as_ref().and_then(|s| s.removed.clone())));
    html::div().class("undo-place").attr("role", "status").child(move || {
        removed.get().map(|name| {
            html::div().class("undo").child((
                html::span().child(format!("Removed {name}")),
                html::button()
                    .class("button")
                    .attr("type", "button")
                    .attr("data-testid", "undo")
                    .on(ev::click, move |_| till.send(Event::RemoveUndone))
                    .child("Undo"),
            ))
        })
    })
}
