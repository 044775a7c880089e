//! Levels of stock that come with the answers to batches. Only a page with somebody signed in asks for them: nobody else could
//! keep them sealed.

use std::cell::{Cell, RefCell};

use barrow_core::stock::{Cursor, StockNews};

/// What is wanted, and what came.
#[derive(Default)]
pub(crate) struct StockAsk {
    since: RefCell<Option<Cursor>>,
    news: RefCell<Vec<StockNews>>,
    more: Cell<bool>,
}

impl StockAsk {
    /// From now on, what changed since is wanted; nothing: none of it is.
    pub(crate) fn ask(&self, since: Option<Cursor>) {
        self.since.replace(since);
        self.news.take();
        self.more.set(false);
    }

    /// What came since, in order.
    pub(crate) fn take(&self) -> Vec<StockNews> {
        self.news.take()
    }

    pub(super) fn since(&self, is_current: bool) -> Option<Cursor> {
        self.since.borrow().clone().filter(|_| is_current)
    }

    pub(super) fn heard(&self, news: Option<StockNews>) {
        let Some(news) = news else { return };
        let mut since = self.since.borrow_mut();
        let Some(asked) = since.as_mut() else { return };
        // News that lead nowhere are not asked for again at once.
        self.more.set(news.more && news.now != *asked);
        *asked = news.now.clone();
        self.news.borrow_mut().push(news);
    }

    pub(super) fn has_more(&self) -> bool {
        self.more.take()
    }
}
