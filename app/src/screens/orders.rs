//! The sales that the till holds: found, looked at, voided, refunded.

mod list;
mod order;
mod refund;

use barrow_core::view::{HistoryView, OrderView, Screen};
use leptos::{html, prelude::*};

use crate::till::Till;

/// Draws the list, or the sale that was chosen from it.
pub fn orders(till: Till) -> impl IntoView {
    let kind = Memo::new(move |last: Option<&Kind>| {
        till.view.with(|view| match &view.screen {
            Screen::History(history) => Kind::of(history),
            _ => last.copied().unwrap_or(Kind::List),
        })
    });
    html::div().class("orders-place").child(move || match kind.get() {
        Kind::List => list::list(till).into_any(),
        Kind::Order => order::order(till).into_any(),
        Kind::Refund => refund::refund(till).into_any(),
        Kind::Refunded => refund::refunded(till).into_any(),
    })
}

/// What is shown. What is in it changes without drawing all of it again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Order,
    Refund,
    Refunded,
}

impl Kind {
    fn of(history: &HistoryView) -> Kind {
        match &history.order {
            None => Kind::List,
            Some(order) => match &order.refund {
                None => Kind::Order,
                Some(refund) if refund.done => Kind::Refunded,
                Some(_) => Kind::Refund,
            },
        }
    }
}

/// A part of the list.
fn part<T: Clone + PartialEq + Send + Sync + 'static>(till: Till, pick: fn(&HistoryView) -> Option<T>) -> Memo<Option<T>> {
    Memo::new(move |last: Option<&Option<T>>| {
        let now = till.view.with(|view| match &view.screen {
            Screen::History(history) => pick(history),
            _ => None,
        });
        now.or_else(|| last.and_then(Clone::clone))
    })
}

/// The sale that was chosen.
fn chosen(till: Till) -> Memo<Option<OrderView>> {
    part(till, |history| history.order.as_deref().cloned())
}

/// What went wrong.
fn error(till: Till) -> impl Fn() -> Option<String> + Send + 'static {
    let error = Memo::new(move |_| {
        till.view.with(|view| match &view.screen {
            Screen::History(history) => history.error.clone(),
            _ => None,
        })
    });
    move || error.get()
}
