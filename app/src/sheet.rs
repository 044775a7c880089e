//! What the system prints, block by block. It is there on paper alone: the screen shows its own receipt.

use barrow_core::{
    printer::Width,
    receipt::{Block, Place, Raster, Weight},
};
use leptos::{html, prelude::*, svg};

use crate::{language::t, printing::Sheet, qr, till::Till, when::day_and_clock};

/// Draws the sheet that is to be printed, until it was.
pub fn sheet(till: Till) -> impl IntoView {
    let printed = window_event_listener_untyped("afterprint", move |_| till.sheet.set(None));
    on_cleanup(move || printed.remove());
    move || till.sheet.get().map(draw)
}

fn draw(sheet: Sheet) -> impl IntoView {
    let width = match sheet.width {
        Width::Mm80 => "80",
        Width::Mm58 => "58",
    };
    html::div()
        .attr("class", "sheet")
        .attr("data-testid", "sheet")
        .attr("data-width", width)
        .attr("aria-hidden", "true")
        .child(sheet.document.blocks.into_iter().map(block).collect::<Vec<_>>())
}

fn block(block: Block) -> AnyView {
    match block {
        Block::Words(words, place, weight) => {
            let centred = (place == Place::Centre).then_some("true");
            html::p().attr("data-centred", centred).attr("data-weight", word(weight)).child(words).into_any()
        }
        Block::Row(name, amount, weight) => row(name, amount, word(weight)),
        Block::When(at_ms, rest) => row(day_and_clock(at_ms), rest, None),
        Block::Rule => html::hr().into_any(),
        Block::Gap => html::p().attr("data-gap", "true").into_any(),
        Block::Logo(raster) => logo(&raster).into_any(),
        Block::Qr(text) => {
            html::div().attr("class", "sheet-qr").child(qr::draw(&text, "sheet-qr", t("The receipt’s code"))).into_any()
        }
    }
}

fn word(weight: Weight) -> Option<&'static str> {
    match weight {
        Weight::Plain => None,
        Weight::Bold => Some("bold"),
        Weight::Large => Some("large"),
    }
}

fn row(name: String, amount: String, weight: Option<&'static str>) -> AnyView {
    html::div()
        .attr("class", "sheet-row")
        .attr("data-weight", weight)
        .child((html::span().child(name), " ", html::span().child(amount)))
        .into_any()
}

/// The logo's black dots, a run of them at a time.
fn logo(raster: &Raster) -> impl IntoView {
    let (width, height) = (usize::from(raster.width), usize::from(raster.height));
    let black = |x: usize, y: usize| {
        let byte = raster.bits.0.get(y * width.div_ceil(8) + x / 8).copied().unwrap_or(0);
        byte >> (7 - x % 8) & 1 == 1
    };
    let mut path = String::new();
    for y in 0..height {
        let mut x = 0;
        while x < width {
            let run = (x..width).take_while(|x| black(*x, y)).count();
            if run > 0 {
                path.push_str(&format!("M{x} {y}h{run}v1h-{run}z"));
            }
            x += run.max(1);
        }
    }
    svg::svg()
        .attr("class", "sheet-logo")
        .attr("viewBox", format!("0 0 {width} {height}"))
        .attr("aria-hidden", "true")
        .child(svg::path().attr("d", path))
}
