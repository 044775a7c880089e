//! A circuit breaker: a processor that does not answer is left alone for a while, and then tried with one request.

/// After so many failures in a row, nothing is sent for a while.
const FAILURES_MAX: u32 = 5;
/// The shortest time for which nothing is sent, milliseconds. It doubles with each probe that fails.
const PAUSE_MS_MIN: i64 = 1000;
/// The longest.
const PAUSE_MS_MAX: i64 = 60_000;

/// Whether requests may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circuit {
    state: State,
    failures: u32,
    pause_ms: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// They may.
    #[default]
    Closed,
    /// They may not until then.
    Open { until_ms: i64 },
    /// One is under way, and decides.
    Probing,
}

impl Circuit {
    /// How many requests may be sent now, of `wanted`. Each must be followed by [`Circuit::answered`] or [`Circuit::failed`].
    pub fn room(&mut self, wanted: usize, now_ms: i64) -> usize {
        match self.state {
            State::Closed => wanted,
            State::Open { until_ms } if now_ms >= until_ms => wanted.min(1),
            State::Open { .. } | State::Probing => 0,
        }
    }

    /// A request is sent.
    pub fn sent(&mut self) {
        if let State::Open { .. } = self.state {
            self.state = State::Probing;
        }
    }

    /// The processor answered, whatever it said. True if nothing had been sent before.
    pub fn answered(&mut self) -> bool {
        let was_open = self.state != State::Closed;
        *self = Circuit::default();
        was_open
    }

    /// It did not. True if from now on nothing is sent for a while, and something was before.
    pub fn failed(&mut self, now_ms: i64) -> bool {
        self.failures = self.failures.saturating_add(1);
        let probed = self.state == State::Probing;
        if !probed && (self.state != State::Closed || self.failures < FAILURES_MAX) {
            return false;
        }
        self.pause_ms = self.pause_ms.saturating_mul(2).clamp(PAUSE_MS_MIN, PAUSE_MS_MAX);
        self.state = State::Open { until_ms: now_ms.saturating_add(self.pause_ms) };
        !probed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_after_one_good_probe() {
        let mut circuit = Circuit::default();
        for _ in 0..3 {
            for _ in 1..FAILURES_MAX {
                assert!(!circuit.failed(0));
            }
            assert_eq!(circuit.room(9, 0), 9);
            assert!(!circuit.answered(), "an answer in between begins the count anew");
        }
        for failure in 1..=FAILURES_MAX {
            assert_eq!(circuit.failed(100), failure == FAILURES_MAX);
        }
        assert_eq!((circuit.room(9, 100), circuit.room(9, 1099)), (0, 0));
        assert_eq!(circuit.room(9, 1100), 1);
        circuit.sent();
        assert_eq!(circuit.room(9, 5000), 0, "one probe at a time");
        assert!(!circuit.failed(2000));
        assert_eq!((circuit.room(9, 3999), circuit.room(9, 4000)), (0, 1), "twice as long");
        circuit.sent();
        assert!(circuit.answered());
        assert_eq!(circuit, Circuit::default());
    }

    #[test]
    fn what_was_under_way_when_it_opened_changes_nothing() {
        let mut circuit = Circuit::default();
        (0..FAILURES_MAX).for_each(|_| {
            circuit.failed(0);
        });
        let open = circuit;
        assert!(!circuit.failed(500));
        assert_eq!(circuit.state, open.state);
        let mut longest = circuit;
        for probe in 1..20 {
            let at_ms = probe * 1_000_000;
            assert_eq!(longest.room(2, at_ms), 1);
            longest.sent();
            longest.failed(at_ms);
            assert_eq!(longest.room(2, at_ms + PAUSE_MS_MAX), 1);
        }
    }
}
