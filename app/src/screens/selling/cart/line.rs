//! A line of the cart.

use barrow_core::view::LineView;
use leptos::{html, prelude::*};

use super::numpad::Chosen;
use crate::{
    parts::{draw, icon},
    stock::chip,
};

/// Draws a line with its quantity and what can be done with it.
pub fn row((place, line): (usize, LineView), chosen: Chosen) -> impl IntoView {
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
        .attr("aria-current", move || (chosen.open.get() && chosen.line.get() == place).then_some("true"))
        .child((
            html::button()
                .attr("class", "line-name")
                .attr("type", "button")
                .attr("data-testid", "line-choose")
                .attr("data-do", "choose")
                .child(line.name.clone()),
            html::span().class("line-price").child(line.price.clone()),
            terms(&line),
            line.stock.map(chip),
            html::span().class("line-steps").child((
                step("less", "−", format!("One {} less", line.name)),
                html::input()
                    .attr("class", "line-qty")
                    .attr("data-testid", "line-qty")
                    .attr("type", "text")
                    .attr("inputmode", if line.measure.is_some() { "decimal" } else { "numeric" })
                    .attr("autocomplete", "off")
                    .attr("maxlength", if line.measure.is_some() { "8" } else { "4" })
                    .attr("aria-label", format!("Quantity of {}", line.name))
                    .attr("placeholder", line.qty.clone())
                    .prop("value", line.qty),
                step("more", "+", format!("One {} more", line.name)),
            )),
            html::span().class("line-actions").child((
                action("line-extras", "extras", icon::NOTE, format!("Options and note for {}", line.name)),
                action("line-discount", "discount", icon::DISCOUNT, format!("Discount for {}", line.name)),
                action("line-price", "price", icon::PRICE, format!("Another price for {}", line.name)),
                action("line-remove", "remove", icon::CLOSE, format!("Remove {}", line.name)),
            )),
        ))
}

/// What the line's price comes from, wherever it is not simply the catalogue's price of one.
fn terms(line: &LineView) -> impl IntoView + use<> {
    let plain = line.discount.is_none() && line.list_unit.is_none() && line.promotion.is_none() && line.extras.is_empty();
    let each = match line.measure {
        Some(unit) => format!("{} / {unit}", line.unit),
        None => format!("{} each", line.unit),
    };
    let off = |words: String| html::span().class("line-off").child(words);
    let under = |words: String| html::span().class("line-said").child(words);
    let said = !line.extras.is_empty() || line.note.is_some();
    (line.qty != "1" || !plain || said).then(|| {
        html::span().class("line-terms").child((
            line.list_unit.clone().map(|list| (html::span().class("said-only").child("instead of "), html::s().child(list), " ")),
            each,
            line.promotion.clone().map(off),
            line.discount.clone().map(off),
            (!line.extras.is_empty()).then(|| under(line.extras.join(", "))),
            line.note.clone().map(|note| under(format!("“{note}”"))),
        ))
    })
}
