//! A line of the cart.

use barrow_core::view::LineView;
use leptos::{html, prelude::*};

use super::numpad::Chosen;
use crate::{
    language::{t, tf},
    parts::{draw, icon},
    pictures::Pictures,
    stock::chip,
};

/// Which line a shortcut is for once `before` became `now`: the one that changed, else the one that it was for.
pub fn changed(before: &[LineView], now: &[LineView], place: usize) -> usize {
    let differs = before.iter().zip(now).position(|(before, now)| before != now);
    let changed = if now.len() > before.len() { Some(now.len()) } else { differs };
    changed.unwrap_or(place).min(now.len().saturating_sub(1))
}

/// Draws a line with its quantity and what can be done with it. Shortcuts are for the `current` one.
pub fn row((place, line): (usize, LineView), chosen: Chosen, current: Memo<usize>, pictures: Pictures) -> impl IntoView {
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
        .attr("data-current", move || {
            let current = if chosen.open.get() { chosen.line.get() } else { current.get() };
            (current == place).then_some("true")
        })
        .attr("aria-current", move || (chosen.open.get() && chosen.line.get() == place).then_some("true"))
        .child((
            html::button()
                .attr("class", "line-name")
                .attr("type", "button")
                .attr("data-testid", "line-choose")
                .attr("data-do", "choose")
                .child((pictures.draw_for("line-picture", &line.sku), line.name.clone())),
            html::span().class("line-price").child(line.price.clone()),
            terms(&line),
            line.stock.map(chip),
            html::div().class("line-foot").child((
                html::span().class("line-steps").child((
                    step("less", "−", tf("One {} less", &[&line.name])),
                    html::input()
                        .attr("class", "line-qty")
                        .attr("data-testid", "line-qty")
                        .attr("type", "text")
                        .attr("inputmode", if line.measure.is_some() { "decimal" } else { "numeric" })
                        .attr("autocomplete", "off")
                        .attr("maxlength", "12")
                        .attr("aria-label", tf("Quantity of {}", &[&line.name]))
                        .attr("placeholder", line.qty.clone())
                        .prop("value", line.qty),
                    step("more", "+", tf("One {} more", &[&line.name])),
                )),
                html::span().class("line-actions").child((
                    action("line-extras", "extras", icon::NOTE, tf("Options and note for {}", &[&line.name])),
                    action("line-discount", "discount", icon::DISCOUNT, tf("Discount for {}", &[&line.name])),
                    action("line-price", "price", icon::PRICE, tf("Another price for {}", &[&line.name])),
                    action("line-remove", "remove", icon::CLOSE, tf("Remove {}", &[&line.name])),
                )),
            )),
        ))
}

/// What the line's price comes from, wherever it is not simply the catalogue's price of one.
fn terms(line: &LineView) -> impl IntoView + use<> {
    let plain = line.discount.is_none() && line.list_unit.is_none() && line.promotion.is_none() && line.extras.is_empty();
    let each = match line.measure {
        Some(unit) => format!("{} / {unit}", line.unit),
        None => tf("{} each", &[&line.unit]),
    };
    let off = |words: String| html::span().class("line-off").child(words);
    let under = |words: String| html::span().class("line-said").child(words);
    let said = !line.extras.is_empty() || line.note.is_some();
    (!line.is_one || !plain || said).then(|| {
        html::span().class("line-terms").child((
            line.list_unit
                .clone()
                .map(|list| (html::span().class("said-only").child((t("instead of"), " ")), html::s().child(list), " ")),
            each,
            line.promotion.clone().map(off),
            line.discount.clone().map(off),
            (!line.extras.is_empty()).then(|| under(line.extras.join(", "))),
            line.note.clone().map(|note| under(format!("“{note}”"))),
        ))
    })
}
