//! How often somebody may be wrong: a window with a maximum of failures for each key.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Counts failures. It lives in memory: a restart forgives, which a one-time code of 37 bits can bear.
pub struct Limiter {
    wrong_max: u32,
    window_ms: i64,
    failures: Mutex<HashMap<String, Failures>>,
}

struct Failures {
    count: u32,
    since_ms: i64,
}

/// There were too many failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// Seconds until the next try may succeed.
    pub retry_after_s: u64,
}

impl Limiter {
    /// Keys that are remembered at most; the oldest windows go first.
    const KEYS_MAX: usize = 10_000;

    /// After `wrong_max` failures within `window_ms`, nothing is tried until the window has passed.
    #[must_use]
    pub fn new(wrong_max: u32, window_ms: i64) -> Limiter {
        Limiter { wrong_max, window_ms, failures: Mutex::default() }
    }

    /// May `key` try now?
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn check(&self, key: &str, now_ms: i64) -> Result<(), TooMany> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match failures.get(key) {
            Some(seen) if seen.count >= self.wrong_max && self.within(seen, now_ms) => {
                let left_ms = seen.since_ms.saturating_add(self.window_ms).saturating_sub(now_ms);
                Err(TooMany { retry_after_s: u64::try_from(left_ms / 1000 + 1).unwrap_or(1) })
            }
            _ => Ok(()),
        }
    }

    /// `key` was wrong.
    pub fn wrong(&self, key: &str, now_ms: i64) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= Self::KEYS_MAX {
            failures.retain(|_, seen| self.within(seen, now_ms));
        }
        let seen = failures.entry(key.to_owned()).or_insert(Failures { count: 0, since_ms: now_ms });
        if !self.within(seen, now_ms) {
            *seen = Failures { count: 0, since_ms: now_ms };
        }
        seen.count = seen.count.saturating_add(1);
    }

    fn within(&self, seen: &Failures, now_ms: i64) -> bool {
        // A clock that went back ends the window too.
        (0..self.window_ms).contains(&now_ms.saturating_sub(seen.since_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_failure_closes_the_window() {
        let limiter = Limiter::new(3, 60_000);
        for now_ms in [0, 10, 20] {
            assert_eq!(limiter.check("a", now_ms), Ok(()));
            limiter.wrong("a", now_ms);
        }
        assert_eq!(limiter.check("a", 30), Err(TooMany { retry_after_s: 60 }));
        assert_eq!(limiter.check("b", 30), Ok(()), "others are not held up");
        assert_eq!(limiter.check("a", 60_000), Ok(()));
        limiter.wrong("a", 60_000);
        assert_eq!(limiter.check("a", 60_001), Ok(()), "a new window begins");
    }
}
