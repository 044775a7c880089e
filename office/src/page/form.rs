//! Fields, and what is said about what was done with them.

use barrow_language::t;
use leptos::{ev, html, prelude::*};

/// A field for text.
pub(super) struct Text {
    /// Its place in the document; what is wrong with it stands at `{id}-error`.
    pub id: String,
    /// What is asked for.
    pub label: String,
    /// What it means, beside its name.
    pub hint: &'static str,
    /// Its `data-testid`.
    pub testid: &'static str,
    /// What goes into it.
    pub holds: Holds,
    /// What was typed.
    pub value: Signal<String>,
    /// What is wrong with it; nothing while it is empty.
    pub error: Signal<String>,
}

/// What goes into a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A person's name.
    Name,
    /// A whole number.
    Number,
    /// An amount of money.
    Amount,
    /// A day of the calendar.
    Day,
    /// A time of the day.
    Time,
    /// A key of the keyboard, by name.
    Key,
    /// Several things, with commas between them.
    List,
}

/// Draws a text field; `typed` is called after every change.
pub(super) fn text(field: Text, typed: impl Fn(String) + 'static) -> AnyView {
    let Text { id, label, hint, testid, holds, value, error } = field;
    let (kind, mode, longest) = match holds {
        Holds::Name => ("text", "text", "80"),
        Holds::Number => ("text", "numeric", "9"),
        Holds::Amount => ("text", "decimal", "16"),
        Holds::Day => ("date", "none", "10"),
        Holds::Time => ("time", "none", "5"),
        Holds::Key => ("text", "text", "20"),
        Holds::List => ("text", "text", "8000"),
    };
    let described = format!("{id}-hint {id}-error");
    html::div()
        .class("field")
        .child((
            html::label().r#for(id.clone()).child(label),
            html::input()
                .id(id.clone())
                .r#type(kind)
                .attr("inputmode", (mode != "none").then_some(mode))
                .attr("autocomplete", "off")
                .attr("maxlength", longest)
                .attr("data-testid", testid)
                .attr("aria-describedby", described)
                .attr("aria-invalid", move || (!error.get().is_empty()).then_some("true"))
                .prop("value", move || value.get())
                .on(ev::input, move |event| typed(event_target_value(&event))),
            (!hint.is_empty()).then(|| html::small().class("quiet").id(format!("{id}-hint")).child(t(hint))),
            html::p()
                .class("error")
                .id(format!("{id}-error"))
                .attr("role", "alert")
                .attr("data-testid", "office-field-error")
                .attr("data-for", testid)
                .child(move || error.get()),
        ))
        .into_any()
}

/// A field with a few answers to choose from.
pub(super) struct Choice {
    /// Its place in the document.
    pub id: String,
    /// What is asked for.
    pub label: String,
    /// Its `data-testid`.
    pub testid: &'static str,
    /// The answers: value, and how it is called.
    pub answers: Memo<Vec<(String, String)>>,
    /// What was chosen.
    pub value: RwSignal<String>,
}

/// Draws a choice.
pub(super) fn choice(field: Choice) -> AnyView {
    let Choice { id, label, testid, answers, value } = field;
    let answer = move |(key, name): (String, String)| {
        let is_chosen = {
            let key = key.clone();
            move || value.with(|value| *value == key)
        };
        html::option().attr("value", key).prop("selected", is_chosen).child(name)
    };
    html::div()
        .class("field")
        .child((
            html::label().r#for(id.clone()).child(label),
            html::select()
                .id(id)
                .attr("data-testid", testid)
                .on(ev::change, move |event| value.set(event_target_value(&event)))
                .child(move || answers.get().into_iter().map(answer).collect::<Vec<_>>()),
        ))
        .into_any()
}

/// What came of the last attempt.
#[derive(Clone, Copy)]
pub(super) struct Said {
    good: RwSignal<String>,
    bad: RwSignal<String>,
}

impl Said {
    /// Nothing yet.
    pub fn nothing() -> Said {
        Said { good: RwSignal::new(String::new()), bad: RwSignal::new(String::new()) }
    }

    /// It worked.
    pub fn good(self, sentence: impl Into<String>) {
        self.say(sentence.into(), String::new());
    }

    /// It did not.
    pub fn bad(self, sentence: impl Into<String>) {
        self.say(String::new(), sentence.into());
    }

    /// No more of it.
    pub fn clear(self) {
        self.say(String::new(), String::new());
    }

    /// What was wrong.
    pub fn why(self) -> Signal<String> {
        self.bad.into()
    }

    /// The sentence, for eyes and screen readers; `testid` with `-done` or `-error` behind it.
    pub fn view(self, testid: &'static str) -> AnyView {
        (
            html::p()
                .class("done")
                .attr("role", "status")
                .attr("data-testid", format!("{testid}-done"))
                .child(move || self.good.get()),
            html::p()
                .class("error")
                .attr("role", "alert")
                .attr("data-testid", format!("{testid}-error"))
                .child(move || self.bad.get()),
        )
            .into_any()
    }

    /// The room may be left, and its signals gone, when an answer comes: then nobody is told.
    fn say(self, good: String, bad: String) {
        let _ = self.good.try_set(good);
        let _ = self.bad.try_set(bad);
    }
}

/// A button that does one thing at a time; while it does, it looks so and does nothing more.
pub(super) fn button(
    class: &'static str,
    testid: &'static str,
    label: impl Fn() -> String + Send + Sync + 'static,
    busy: RwSignal<bool>,
    press: impl Fn() + 'static,
) -> AnyView {
    html::button()
        .class(class)
        .r#type("button")
        .attr("data-testid", testid)
        .attr("aria-disabled", move || busy.get().then_some("true"))
        .on(ev::click, move |_| {
            if !busy.get_untracked() {
                press();
            }
        })
        .child(label)
        .into_any()
}

/// Puts the keyboard's focus on the element of this id.
pub(super) fn focus(id: &str) {
    use wasm_bindgen::JsCast as _;
    if let Some(element) = document().get_element_by_id(id).and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// The same, after what was just decided has been drawn.
pub(super) fn focus_soon(id: String) {
    request_animation_frame(move || focus(&id));
}
