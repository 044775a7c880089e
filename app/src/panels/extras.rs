//! What is chosen with a line, and what is said about it.

use barrow_core::{
    till::Event,
    view::{ExtraView, PanelContent},
};
use leptos::{ev, html, prelude::*};

use super::form::{Form, form};
use crate::{
    language::t,
    parts::{Field, Holds, attribute_above, field},
    till::{Till, Where},
};

type Modifier = (String, bool, Vec<ExtraView>);

/// Draws each modifier's options, and the note.
pub fn extras(till: Till, line: usize) -> AnyView {
    let state = till.panel_part(|panel| match &panel.content {
        PanelContent::Extras { name, modifiers, note, .. } => Some((name.clone(), modifiers.clone(), note.clone())),
        _ => None,
    });
    let (name, modifiers, note) = state.get_untracked().unwrap_or_default();
    let places = |modifiers: &[Modifier]| {
        let options = modifiers.iter().enumerate();
        options
            .flat_map(|(place, (_, _, options))| {
                options.iter().enumerate().filter(|(_, option)| option.chosen).map(move |(option, _)| (place, option))
            })
            .collect::<Vec<(usize, usize)>>()
    };
    let chosen = till.kept_as(Where::Panel, "extra-options", places(&modifiers), read_places, |chosen| {
        chosen.iter().map(|(place, at)| format!("{place}.{at}")).collect::<Vec<_>>().join(" ")
    });
    let note = till.kept_from(Where::Panel, "line-note", note);
    let ones: Vec<bool> = modifiers.iter().map(|(_, one, _)| *one).collect();
    let group = move |(place, (name, _, options)): (usize, Modifier)| {
        let option = move |(at, option): (usize, ExtraView)| {
            let pressed = move || chosen.with(|chosen| chosen.contains(&(place, at)));
            html::button()
                .attr("class", "option")
                .attr("type", "button")
                .attr("data-testid", "extra-option")
                .attr("data-option", format!("{place}.{at}"))
                .attr("aria-pressed", move || if pressed() { "true" } else { "false" })
                .child(option.words)
        };
        html::div().class("field").child((
            html::span().class("label").child(name.clone()),
            html::div()
                .attr("class", "choice")
                .attr("role", "group")
                .attr("aria-label", name)
                .child(options.into_iter().enumerate().map(option).collect::<Vec<_>>()),
        ))
    };
    let fields = (
        html::p().class("lead").child(name),
        html::div()
            .class("modifiers")
            .on(ev::click, move |event| {
                let hit = attribute_above(&event, "data-option");
                let Some((place, at)) = hit.as_deref().and_then(read_place) else { return };
                chosen.update(|chosen| {
                    let had = chosen.contains(&(place, at));
                    let one = ones.get(place).copied().unwrap_or_default();
                    chosen.retain(|(other, option)| *other != place || !one && *option != at);
                    if !had {
                        chosen.push((place, at));
                    }
                });
            })
            .child(modifiers.into_iter().enumerate().map(group).collect::<Vec<_>>()),
        field(Field { label: t("Note"), testid: "line-note", holds: Holds::Words, value: note, first: false }, |_| {}),
    )
        .into_any();
    form(till, Form { fields, beside: None, testid: "extras-apply", words: t("Put on the line").into() }, move || {
        Event::LineNoted { line, chosen: chosen.get_untracked(), note: note.get_untracked() }
    })
}

/// A modifier's place, and its option's.
fn read_place(text: &str) -> Option<(usize, usize)> {
    let (place, at) = text.split_once('.')?;
    Some((place.parse().ok()?, at.parse().ok()?))
}

fn read_places(kept: &str) -> Option<Vec<(usize, usize)>> {
    kept.split_whitespace().map(read_place).collect()
}
