//! Counting the drawer: coin by coin, or one sum.

use barrow_core::{
    money::Minor,
    till::{Count, Event},
    view::{Money, Screen},
};
use leptos::{ev, html, prelude::*};

use crate::{
    language::{t, tf},
    parts::{Choice, Field, Holds, choice, draw, field, icon, keypad, sentence},
    till::{Till, Where},
};

const SUM: &str = "sum";
const PIECES: &str = "pieces";

#[derive(Clone, PartialEq)]
struct Counting {
    expected: Option<String>,
    denominations: Vec<Money>,
    busy: bool,
    unsent: u64,
    error: Option<String>,
}

/// How many of which coin or note were typed, as they stand in the fields.
type Pieces = RwSignal<Vec<(Minor, String)>>;

/// Draws the count.
pub fn count(till: Till) -> impl IntoView {
    let state = till.part(|screen| match screen {
        Screen::Count { expected, denominations, busy, unsent, error } => Some(Counting {
            expected: expected.clone(),
            denominations: denominations.clone(),
            busy: *busy,
            unsent: *unsent,
            error: error.clone(),
        }),
        _ => None,
    });
    let busy = move || state.with(|state| state.as_ref().is_some_and(|s| s.busy));
    let hint = move || {
        state.with(|state| {
            let expected = state.as_ref().and_then(|s| s.expected.as_ref());
            expected.map(|amount| tf("It should hold {}.", &[&amount]))
        })
    };
    let waiting = move || match state.with(|state| state.as_ref().map_or(0, |s| s.unsent)) {
        0 => None,
        1 => Some(t("1 entry still waits to be sent. You can close the shift; it is sent by itself later.")),
        n => Some(tf("{} entries still wait to be sent. You can close the shift; they are sent by themselves later.", &[&n])),
    };
    // Notes first, as one counts.
    let denominations = state.with_untracked(|state| state.as_ref().map(|s| s.denominations.clone()).unwrap_or_default());
    let denominations: Vec<Money> = denominations.into_iter().rev().collect();
    let way = till.kept_choice(Where::Screen, "count-way", [SUM, PIECES]);
    let sum = till.kept(Where::Screen, "counted-amount");
    let none: Vec<_> = denominations.iter().map(|value| (Minor(value.minor), String::new())).collect();
    let pieces: Pieces = till.kept_as(
        Where::Screen,
        "count-pieces",
        none.clone(),
        |kept| read_pieces(none, kept),
        |pieces| pieces.iter().map(|(value, count)| format!("{}={count}", value.0)).collect::<Vec<_>>().join(" "),
    );
    let counted = move || match way.get_untracked() {
        PIECES => Count::Pieces(pieces.with_untracked(|pieces| {
            pieces.iter().map(|(value, count)| (*value, count.trim().parse().unwrap_or_default())).collect()
        })),
        _ => Count::Sum(sum.get_untracked()),
    };
    html::form()
        .attr("class", "card counting")
        .attr("data-way", move || way.get())
        .attr("autocomplete", "off")
        .on(ev::submit, move |event| {
            event.prevent_default();
            till.send(Event::CountSubmitted(counted()));
        })
        .child((
            html::div().class("proof-head").child((
                html::button()
                    .class("button quiet icon-only")
                    .attr("type", "button")
                    .attr("aria-label", t("Back to selling"))
                    .on(ev::click, move |_| till.send(Event::CountLeft))
                    .child(draw(icon::BACK)),
                html::h1().class("title").child(t("Close the shift")),
            )),
            html::p().class("lead").child((t("Count all the cash in the drawer, float included."), " ", hint)),
            html::p().class("small waiting").child(waiting),
            choice(Choice {
                label: t("How to count"),
                testid: "count-way",
                name: "data-way",
                options: vec![(SUM, t("One sum")), (PIECES, t("Coins and notes"))],
                value: way,
            }),
            move || match way.get() {
                PIECES => by_piece(till, &denominations, pieces).into_any(),
                _ => (
                    field(
                        Field { label: t("Counted"), testid: "counted-amount", holds: Holds::Amount, value: sum, first: true },
                        |_| {},
                    ),
                    keypad(Holds::Amount, sum, |_| {}),
                )
                    .into_any(),
            },
            sentence("error", move || state.with(|state| state.as_ref().and_then(|s| s.error.clone()))),
            html::button()
                .attr("class", "button primary large")
                .attr("type", "submit")
                .attr("data-testid", "shift-close")
                .prop("disabled", busy)
                .child(move || if busy() { t("Saving…") } else { t("Close the shift") }),
        ))
}

/// How many of each, where all of them are what is counted here.
fn read_pieces(mut pieces: Vec<(Minor, String)>, kept: &str) -> Option<Vec<(Minor, String)>> {
    for (piece, kept) in pieces.iter_mut().zip(kept.split(' ')) {
        let (value, count) = kept.split_once('=')?;
        if value.parse() != Ok(piece.0.0) {
            return None;
        }
        piece.1 = count.to_owned();
    }
    Some(pieces)
}

fn by_piece(till: Till, denominations: &[Money], pieces: Pieces) -> impl IntoView + use<> {
    let sum = Memo::new(move |_| {
        pieces.with(|pieces| {
            let each =
                pieces.iter().map(|(value, count)| value.0.saturating_mul(count.trim().parse::<u32>().unwrap_or(0).into()));
            each.fold(0, i64::saturating_add)
        })
    });
    let written = move || till.shop.with(|shop| shop.as_ref().map(|shop| shop.currency.format(Minor(sum.get()))));
    let rows = denominations.iter().enumerate().map(|(place, value)| piece_row(place, value, pieces)).collect::<Vec<_>>();
    (
        html::div().attr("class", "pieces").attr("role", "group").attr("aria-label", t("Coins and notes")).child(rows),
        html::p().class("pieces-sum").child((
            html::span().child(t("Counted")),
            html::output()
                .attr("data-testid", "count-sum")
                .attr("aria-live", "polite")
                .attr("data-minor", move || sum.get().to_string())
                .child(written),
        )),
    )
}

fn piece_row(place: usize, value: &Money, pieces: Pieces) -> impl IntoView + use<> {
    html::label().class("piece").child((
        html::span().class("piece-value").child(value.text.clone()),
        html::span().attr("aria-hidden", "true").child("×"),
        html::input()
            .attr("class", "input")
            .attr("data-testid", "count-piece")
            .attr("data-value", value.minor.to_string())
            .attr("type", "text")
            .attr("inputmode", "numeric")
            .attr("autocomplete", "off")
            .attr("maxlength", "5")
            .attr("placeholder", "0")
            .attr("aria-label", tf("Pieces of {}", &[&value.text]))
            // What is no number does not stay in the field.
            .prop("value", move || pieces.with(|pieces| pieces.get(place).map(|(_, count)| count.clone()).unwrap_or_default()))
            .on(ev::input, move |event| {
                let digits: String = event_target_value(&event).chars().filter(char::is_ascii_digit).collect();
                pieces.update(|pieces| {
                    if let Some((_, count)) = pieces.get_mut(place) {
                        *count = digits;
                    }
                });
            }),
    ))
}
