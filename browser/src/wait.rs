//! Time and turns: sleeping, time limits, two things at once, one after the other.

use std::{
    cell::RefCell,
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    rc::Rc,
    task::{Poll, Waker},
};

use wasm_bindgen_futures::JsFuture;

use crate::scope::scope;

/// A boxed future of this one thread.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The clock, milliseconds since 1970 UTC.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// How long this page has been open, milliseconds, by a clock that nobody can set.
pub(crate) fn uptime_ms() -> u64 {
    scope().performance().map_or(0, |performance| performance.now().max(0.0) as u64)
}

/// Waits for `ms` milliseconds.
pub(crate) async fn sleep(ms: u32) {
    let timer = js_sys::Promise::new(&mut |done, _| {
        scope().set_timeout(&done, ms);
    });
    let _ = JsFuture::from(timer).await;
}

/// What `future` comes to, unless it takes longer than `ms` milliseconds; it is dropped then.
pub(crate) async fn within<F: Future>(ms: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut limit = pin!(sleep(ms));
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        limit.as_mut().poll(cx).map(|()| None)
    })
    .await
}

/// Both at the same time.
pub(crate) async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_done, mut b_done) = (None, None);
    poll_fn(|cx| {
        if a_done.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(cx)
        {
            a_done = Some(output);
        }
        if b_done.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(cx)
        {
            b_done = Some(output);
        }
        match (a_done.take(), b_done.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (a, b) => {
                (a_done, b_done) = (a, b);
                Poll::Pending
            }
        }
    })
    .await
}

/// A queue at a counter: who has the turn works, the others wait in the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Counter(Rc<RefCell<Queue>>);

#[derive(Default)]
struct Queue {
    taken: bool,
    next_ticket: u64,
    waiting: VecDeque<(u64, Option<Waker>)>,
}

/// The turn; it ends when this is dropped.
pub(crate) struct Turn(Counter);

/// A place in the queue; leaving early gives it up.
struct Ticket(Counter, u64);

impl Counter {
    pub(crate) async fn turn(&self) -> Turn {
        let ticket = {
            let mut queue = self.0.borrow_mut();
            if !queue.taken && queue.waiting.is_empty() {
                queue.taken = true;
                return Turn(self.clone());
            }
            let number = queue.next_ticket;
            queue.next_ticket += 1;
            queue.waiting.push_back((number, None));
            Ticket(self.clone(), number)
        };
        poll_fn(|cx| {
            let mut queue = self.0.borrow_mut();
            if !queue.taken && queue.waiting.front().is_some_and(|(number, _)| *number == ticket.1) {
                queue.waiting.pop_front();
                queue.taken = true;
                return Poll::Ready(());
            }
            if let Some((_, waker)) = queue.waiting.iter_mut().find(|(number, _)| *number == ticket.1) {
                *waker = Some(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
        Turn(self.clone())
    }

    fn wake_first(&self) {
        let waker = self.0.borrow_mut().waiting.front_mut().and_then(|(_, waker)| waker.take());
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.borrow_mut().taken = false;
        self.0.wake_first();
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.0.borrow_mut().waiting.retain(|(number, _)| *number != self.1);
        if !self.0.0.borrow().taken {
            self.0.wake_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut std::task::Context::from_waker(Waker::noop()))
    }

    #[test]
    fn turns_come_in_order_and_one_at_a_time() {
        let counter = Counter::default();
        let mut first = Box::pin(counter.turn());
        let mut second = Box::pin(counter.turn());
        let mut third = Box::pin(counter.turn());
        let Poll::Ready(turn) = poll(first.as_mut()) else { panic!("nobody is before the first") };
        assert!(poll(second.as_mut()).is_pending());
        assert!(poll(third.as_mut()).is_pending());
        drop(turn);
        assert!(poll(third.as_mut()).is_pending(), "the third does not overtake");
        let Poll::Ready(turn) = poll(second.as_mut()) else { panic!("the second's turn") };
        drop(turn);
        assert!(poll(third.as_mut()).is_ready());
    }

    #[test]
    fn who_leaves_the_queue_does_not_block_it() {
        let counter = Counter::default();
        let mut first = Box::pin(counter.turn());
        let mut second = Box::pin(counter.turn());
        let mut third = Box::pin(counter.turn());
        let Poll::Ready(turn) = poll(first.as_mut()) else { panic!("nobody is before the first") };
        assert!(poll(second.as_mut()).is_pending());
        assert!(poll(third.as_mut()).is_pending());
        drop(second);
        drop(turn);
        assert!(poll(third.as_mut()).is_ready());
    }
}
