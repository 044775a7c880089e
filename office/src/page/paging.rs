//! Turning pages of a list that grows at its head: each page begins before the last row of the one above it.

use barrow_language::{t, tf};
use leptos::{ev, html, prelude::*};

use super::feed::Feed;

/// Where each page begins, from the second page on.
#[derive(Clone, Copy)]
pub(super) struct Pages {
    before: RwSignal<Vec<String>>,
    size: usize,
}

impl Pages {
    /// The first page, of `size` rows.
    pub fn of(size: usize) -> Pages {
        Pages { before: RwSignal::new(Vec::new()), size }
    }

    /// Back to the first page.
    pub fn restart(self) {
        self.before.set(Vec::new());
    }

    /// `limit=…` and, but for the first page, `&before=…`.
    pub fn query(self) -> String {
        let before = self.before.with(|pages| pages.last().map(|id| format!("&before={id}")).unwrap_or_default());
        format!("limit={}{before}", self.size)
    }

    /// The buttons; `id_of` tells a row's identity, `testid` has `-newer` and `-older` put behind it.
    pub fn view<T: Send + Sync + 'static>(self, feed: Feed<Vec<T>>, id_of: fn(&T) -> String, testid: &'static str) -> AnyView {
        let Pages { before, size } = self;
        let last = move || {
            feed.latest.with(|rows| rows.as_ref().filter(|rows| rows.len() >= size).and_then(|rows| rows.last().map(id_of)))
        };
        let older = move |_| {
            if let Some(id) = untrack(last) {
                before.update(|pages| pages.push(id));
                to_top();
            }
        };
        let newer = move |_| {
            before.update(|pages| {
                pages.pop();
            });
            to_top();
        };
        let on_first = move || before.with(Vec::is_empty);
        html::div()
            .class("turn")
            .attr("hidden", move || on_first() && last().is_none())
            .child((
                html::button()
                    .r#type("button")
                    .attr("data-testid", format!("{testid}-newer"))
                    .disabled(on_first)
                    .on(ev::click, newer)
                    .child(t("Newer")),
                html::span().class("quiet").child(move || tf("Page {}", &[&(before.with(Vec::len) + 1)])),
                html::button()
                    .r#type("button")
                    .attr("data-testid", format!("{testid}-older"))
                    .disabled(move || last().is_none())
                    .on(ev::click, older)
                    .child(t("Older")),
            ))
            .into_any()
    }
}

fn to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}
