//! What a scanner types. A keyboard-wedge scanner is a keyboard to the browser: [`Wedge`] tells it from a person by its speed and
//! the Enter or Tab at the end; [`code`] reads what it typed.

pub mod code;
pub mod hid;
pub mod sight;

/// Between two keys of a scanner pass at most so many milliseconds; a person's fastest double strokes are slower, over four keys.
pub const GAP_MS_MAX: i64 = 50;
/// A burst that begins less than so many milliseconds after another character belongs to it: a scanner that stuttered, or a person
/// who is quick. Which of the two cannot be told, so nothing is taken out of the field; a code in the search is found there as well.
pub const NEAR_MS_MAX: i64 = 150;
/// The shortest code: shorter bursts are a person's.
pub const LENGTH_MIN: usize = 4;
/// The longest code that is taken, in characters: a GS1 Digital Link with all that may stand in it.
pub const LENGTH_MAX: usize = 512;

/// Listens to every key press of the page, wherever the focus is.
///
/// Invariant: it never holds a key back. What a person types reaches its field at once; only when a burst turns out to be a scan
/// is the field put back to what it held before the burst ([`Heard::Begins`]), and the terminator kept from it ([`Heard::Scan`]).
#[derive(Debug, Default)]
pub struct Wedge {
    burst: String,
    last_ms: i64,
    /// The burst goes on from what was typed before it: it is only a part, and no scan.
    is_part: bool,
}

/// A key press, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Character(char),
    /// Enter or Tab.
    Terminator,
    /// Shift and its like, which come between a scanner's characters.
    Modifier,
    /// Any other key, or a command such as Ctrl+C: only people press these.
    Other,
}

/// What a key press turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A person's, or one that says nothing.
    Typing,
    /// The first character of what may become a scan: the field's content before it is worth remembering.
    Begins,
    /// A further one of it.
    Pending,
    /// The terminator of this scan. It must do nothing else.
    Scan(String),
}

impl Wedge {
    /// Takes the next key, pressed at `at_ms` (milliseconds on any clock that does not go back).
    pub fn key(&mut self, key: Key, at_ms: i64) -> Heard {
        let quick = !self.burst.is_empty() && (0..=GAP_MS_MAX).contains(&at_ms.saturating_sub(self.last_ms));
        match key {
            Key::Modifier => return if quick { Heard::Pending } else { Heard::Typing },
            Key::Other => self.burst.clear(),
            Key::Terminator => {
                let burst = std::mem::take(&mut self.burst);
                let long = (LENGTH_MIN..=LENGTH_MAX).contains(&burst.chars().count());
                return if quick && long && !self.is_part { Heard::Scan(burst) } else { Heard::Typing };
            }
            Key::Character(c) => {
                if !quick {
                    self.is_part = !self.burst.is_empty() && at_ms.saturating_sub(self.last_ms) <= NEAR_MS_MAX;
                    self.burst.clear();
                }
                self.last_ms = at_ms;
                let begins = self.burst.is_empty();
                // What is longer than any code is not kept, and is no scan when it ends.
                if self.burst.len() <= LENGTH_MAX {
                    self.burst.push(c);
                }
                return if begins { Heard::Begins } else { Heard::Pending };
            }
        }
        Heard::Typing
    }

    /// Forgets what it heard: the focus went to where secrets are typed.
    pub fn forget(&mut self) {
        self.burst.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Types `text` with `gap_ms` between the keys, then Enter; gives what the Enter was.
    fn typed(wedge: &mut Wedge, text: &str, gap_ms: i64, at_ms: &mut i64) -> Heard {
        for c in text.chars() {
            *at_ms += gap_ms;
            wedge.key(Key::Character(c), *at_ms);
        }
        *at_ms += gap_ms;
        wedge.key(Key::Terminator, *at_ms)
    }

    #[test]
    fn a_scanner_is_quick_and_ends_with_enter() {
        let mut at = 1000;
        let mut wedge = Wedge::default();
        assert_eq!(typed(&mut wedge, "4006381333931", 8, &mut at), Heard::Scan("4006381333931".into()));
        assert_eq!(typed(&mut wedge, "4006381333931", 120, &mut at), Heard::Typing, "by hand");
        at += 500;
        assert_eq!(typed(&mut wedge, "22", 5, &mut at), Heard::Typing, "two quick digits and Enter are a quantity");
        at += 500;
        assert_eq!(typed(&mut wedge, &"9".repeat(LENGTH_MAX + 2), 1, &mut at), Heard::Typing, "too long for any code");
        assert_eq!(wedge.key(Key::Terminator, at + 1), Heard::Typing);
    }

    #[test]
    fn a_scan_in_the_middle_of_typing_is_told_from_it() {
        let mut at = 0;
        let mut wedge = Wedge::default();
        assert_eq!(wedge.key(Key::Character('4'), at), Heard::Begins);
        // The scan begins long after the 4, so it begins anew: the 4 is no part of it, and stays where it was typed.
        at += 300;
        assert_eq!(wedge.key(Key::Character('2'), at), Heard::Begins);
        at += 5;
        assert_eq!(typed(&mut wedge, "000010000014", 5, &mut at), Heard::Scan("2000010000014".into()));
        // A person who stops before Enter has typed.
        for c in "mugs".chars() {
            at += 5;
            wedge.key(Key::Character(c), at);
        }
        assert_eq!(wedge.key(Key::Terminator, at + 400), Heard::Typing);
    }

    #[test]
    fn a_part_of_what_was_typed_is_no_scan() {
        let mut at = 0;
        let mut wedge = Wedge::default();
        for (key, gap_ms) in [('C', 8), ('O', 8), ('F', NEAR_MS_MAX)] {
            at += gap_ms;
            wedge.key(Key::Character(key), at);
        }
        assert_eq!(typed(&mut wedge, "-001", 8, &mut at), Heard::Typing, "the field holds COF-001, and its Enter is its own");
        at += 8;
        assert_eq!(typed(&mut wedge, "COF-001", 8, &mut at), Heard::Scan("COF-001".into()), "after an Enter all begins anew");
    }

    #[test]
    fn shift_belongs_to_a_scan_and_other_keys_do_not() {
        let mut wedge = Wedge::default();
        for (place, key) in [Key::Modifier, Key::Character('A'), Key::Character('B')].into_iter().enumerate() {
            wedge.key(key, place as i64);
        }
        wedge.key(Key::Modifier, 5);
        wedge.key(Key::Character('C'), 6);
        wedge.key(Key::Character('1'), 8);
        assert_eq!(wedge.key(Key::Terminator, 9), Heard::Scan("ABC1".into()));
        for (ms, key) in [(20, 'A'), (21, 'B'), (22, 'C')] {
            wedge.key(Key::Character(key), ms);
        }
        wedge.key(Key::Other, 23);
        wedge.key(Key::Character('D'), 24);
        assert_eq!(wedge.key(Key::Terminator, 25), Heard::Typing, "Backspace or Ctrl+V: a person");
        for (ms, key) in [(40, '1'), (41, '2'), (42, '3'), (43, '4')] {
            wedge.key(Key::Character(key), ms);
        }
        wedge.forget();
        assert_eq!(wedge.key(Key::Terminator, 44), Heard::Typing, "what went into a PIN's field is forgotten");
    }

    proptest! {
        #[test]
        fn slow_typing_is_never_a_scan(keys in prop::collection::vec((any::<char>(), GAP_MS_MAX + 1..2000), 0..40)) {
            let (mut wedge, mut at) = (Wedge::default(), 0);
            for (c, gap) in keys {
                at += gap;
                prop_assert_eq!(wedge.key(Key::Character(c), at), Heard::Begins);
                let mut ended = Wedge { burst: wedge.burst.clone(), last_ms: at, is_part: false };
                prop_assert_eq!(ended.key(Key::Terminator, at), Heard::Typing);
            }
        }

        #[test]
        fn a_quick_burst_is_given_whole(code in "[0-9A-Za-z./:-]{4,60}", gap in 0..=GAP_MS_MAX, before in "[a-z]{0,5}") {
            let (mut wedge, mut at) = (Wedge::default(), 0);
            for c in before.chars() {
                at += 400;
                wedge.key(Key::Character(c), at);
            }
            at += 400;
            prop_assert_eq!(typed(&mut wedge, &code, gap, &mut at), Heard::Scan(code));
        }
    }
}
