//! Codes in a camera's sight. The same code is seen in many pictures in a row, and counts once.

/// A code counts again when it was out of sight for so many milliseconds.
const OUT_OF_SIGHT_MS: i64 = 1_200;

/// What the camera saw last.
#[derive(Debug, Default)]
pub struct Sight {
    last: Option<(String, i64)>,
}

impl Sight {
    /// A picture, taken at `at_ms` (milliseconds on any clock that does not go back), shows this code. Is it a scan?
    pub fn sees(&mut self, code: &str, at_ms: i64) -> bool {
        let again =
            self.last.as_ref().is_some_and(|(last, seen_ms)| last == code && at_ms.saturating_sub(*seen_ms) < OUT_OF_SIGHT_MS);
        self.last = Some((code.to_owned(), at_ms));
        !again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_stays_in_sight_counts_once() {
        let mut sight = Sight::default();
        assert!(sight.sees("A", 0));
        // A hand shakes: not every picture can be read.
        assert!((1..20).all(|turn| !sight.sees("A", turn * 900)));
        assert!(sight.sees("B", 18_000), "another one counts at once");
        assert!(sight.sees("A", 18_100));
        assert!(sight.sees("A", 18_100 + OUT_OF_SIGHT_MS), "it was taken away and shown again");
    }
}
