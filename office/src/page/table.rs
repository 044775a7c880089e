//! Tables that become cards on a phone, and what stands around them.
//!
//! The roles are written out because the style sheet takes the table's own display away on a phone, and with it, in some
//! browsers, what screen readers know of it. `data-label` is what a card writes before a figure.

use barrow_language::{t, tf};
use leptos::{html, prelude::*};

use super::feed::Feed;
use crate::{
    answers::till_label,
    clock,
    wording::{self, Weight},
};

/// A column's heading.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// Of words that speak for themselves.
    Words(&'static str),
    /// Of words that need the heading beside them on a phone.
    Named(&'static str),
    /// Of figures, set to the right.
    Figures(&'static str),
    /// What people look for first, set to the right and, on a phone, on the first line.
    Key(&'static str),
}

impl Column {
    fn parts(self) -> (String, &'static str) {
        match self {
            Column::Words(label) => (t(label), "words"),
            Column::Named(label) => (t(label), "named"),
            Column::Key(label) => (t(label), "key"),
            Column::Figures(label) => (t(label), "figures"),
        }
    }
}

/// How a row looks on a phone.
#[derive(Clone, Copy)]
pub(super) enum OnPhone {
    /// Two lines: the first cell and the key, then the rest in small.
    Brief,
    /// Each cell on a line of its own, with its heading.
    SpeltOut,
}

/// A table; `bodies` are one `tbody` or several.
pub(super) fn table(caption: String, on_phone: OnPhone, columns: &'static [Column], bodies: AnyView) -> impl IntoView {
    let class = match on_phone {
        OnPhone::Brief => "brief",
        OnPhone::SpeltOut => "spelt-out",
    };
    let headings = columns
        .iter()
        .map(|column| {
            let (label, class) = column.parts();
            html::th().class(class).attr("scope", "col").attr("role", "columnheader").child(label)
        })
        .collect::<Vec<_>>();
    html::table().class(class).attr("role", "table").child((
        html::caption().class("unseen").child(caption),
        html::thead().attr("role", "rowgroup").child(html::tr().attr("role", "row").child(headings)),
        bodies,
    ))
}

/// A group of rows.
pub(super) fn rows(rows: Vec<AnyView>) -> AnyView {
    html::tbody().attr("role", "rowgroup").child(rows).into_any()
}

/// A cell under `column`.
pub(super) fn cell(column: Column, content: impl IntoView + 'static) -> AnyView {
    let (label, class) = column.parts();
    html::td().class(class).attr("role", "cell").attr("data-label", label).child(html::div().child(content)).into_any()
}

/// A time, readable by machines too.
pub(super) fn moment(rfc3339: &str) -> AnyView {
    html::time().attr("datetime", rfc3339.to_owned()).child(clock::moment(rfc3339)).into_any()
}

/// A sentence with an element in its hole.
pub(super) fn around(template: &str, value: AnyView) -> AnyView {
    const PLACE: &str = "\u{fffc}";
    let sentence = tf(template, &[&PLACE]);
    let (before, after) = sentence.split_once(PLACE).unwrap_or((&sentence, ""));
    (before.to_owned(), value, after.to_owned()).into_any()
}

/// What a nobody is called: the till itself.
pub(super) fn person(name: Option<&String>) -> AnyView {
    match name {
        Some(name) => name.clone().into_any(),
        None => html::span().class("quiet").child(t("the till")).into_any(),
    }
}

/// A till's name: a short one, such as "Till 1", stands on one line.
pub(super) fn till(name: Option<&str>, number: u64) -> AnyView {
    const SHORT: usize = 12;
    let label = till_label(name, number);
    html::span().class(if label.chars().count() <= SHORT { "place" } else { "" }).child(label).into_any()
}

/// A word in a frame; `class` gives its weight: `good`, `serious`, `notice` or `plain`.
pub(super) fn chip(class: &'static str, word: impl Into<String>) -> AnyView {
    html::span().class(format!("chip {class}")).child(word.into()).into_any()
}

/// What is wrong with an entry, each with its weight.
pub(super) fn flags(flags: &[String]) -> Vec<AnyView> {
    let weighed = |flag: &String| {
        let class = if wording::weight(flag) == Weight::Serious { "serious" } else { "notice" };
        chip(class, wording::plain(flag))
    };
    flags.iter().map(weighed).collect()
}

/// The line below a room that says how fresh it is, and why it is not fresher.
pub(super) fn freshness<T: Send + Sync + 'static>(feed: Feed<T>) -> impl IntoView {
    let as_of = move || {
        let at = feed.as_of.get();
        if at.is_empty() { t("Reading…") } else { tf("As of {}", &[&at]) }
    };
    (
        html::p().class("error").attr("role", "alert").attr("data-testid", "office-error").child(move || {
            feed.trouble.get().map(|why| {
                let kept = if feed.as_of.get().is_empty() { String::new() } else { t("What is shown may be old.") };
                format!("{why} {kept}")
            })
        }),
        html::p().class("quiet as-of").child(as_of),
    )
}

/// What an empty room says.
pub(super) fn empty(sentence: String) -> AnyView {
    html::p().class("empty").child(sentence).into_any()
}

/// Draws the newest answer, or nothing before the first.
pub(super) fn with<T: Send + Sync + 'static>(
    feed: Feed<T>,
    draw: impl Fn(&T) -> AnyView + Send + Sync + 'static,
) -> impl Fn() -> Option<AnyView> + Send + Sync + 'static {
    move || feed.latest.with(|latest| latest.as_ref().map(&draw))
}
