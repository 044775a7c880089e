//! News of customers that come with the answers to batches, for a page with somebody signed in.

use std::cell::{Cell, RefCell};

use barrow_core::customer::{CustomerNews, Place};

/// What is wanted, and what came.
#[derive(Default)]
pub(crate) struct CustomerAsk {
    since: Cell<Option<Place>>,
    news: RefCell<Vec<CustomerNews>>,
}

impl CustomerAsk {
    /// From now on, what changed since is wanted; nothing: none of it is.
    pub(crate) fn ask(&self, since: Option<Place>) {
        self.since.set(since);
        self.news.take();
    }

    /// What came since, in order.
    pub(crate) fn take(&self) -> Vec<CustomerNews> {
        self.news.take()
    }

    pub(super) fn since(&self, is_current: bool) -> Option<Place> {
        self.since.get().filter(|_| is_current)
    }

    pub(super) fn heard(&self, news: Option<CustomerNews>) {
        if let (Some(news), Some(_)) = (news, self.since.get()) {
            self.since.set(Some(news.now));
            self.news.borrow_mut().push(news);
        }
    }
}
