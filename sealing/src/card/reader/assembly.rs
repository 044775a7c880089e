//! Messages that are longer than a report: ID TECH's readers of the NEO kind (NEO 2 Interface Developer's Guide, 2.8.1).
//!
//! Reports have 63 bytes and an id: 1 a whole message, 2 its first bytes, 3 more of it, 4 its last bytes, padded. Others are ignored,
//! and so is a 3 or 4 that nothing went before.

use zeroize::Zeroizing;

use super::ReadError;
use crate::card::payload::MAX_EMV;

/// What of a message is not its data: `ViVOtech2` and a zero, command, status, length; and the CRC.
const MAGIC: &[u8] = b"ViVOtech2\0";
const AROUND: usize = MAGIC.len() + 4 + 2;

/// Reports put together. One for each reader; overwritten when dropped.
#[derive(Default)]
pub struct Assembly(Zeroizing<Vec<u8>>);

impl Assembly {
    /// Takes one report, and gives the message for [`super::parse`] once it is whole.
    ///
    /// # Errors
    /// [`ReadError::Malformed`] for what is no message, ends too early or is longer than any card's; the next may be whole again.
    pub fn push(&mut self, id: u8, report: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, ReadError> {
        let (begins, ends) = match id {
            1 => (true, true),
            2 => (true, false),
            3 | 4 if !self.0.is_empty() => (false, id == 4),
            _ => return Ok(None),
        };
        if begins {
            // Room for the longest at once: a vector that grows leaves a copy behind that nobody overwrites.
            self.0 = Zeroizing::new(Vec::with_capacity(MAX_EMV));
        }
        if self.0.len() + report.len() > MAX_EMV {
            self.0 = Zeroizing::default();
            return Err(ReadError::Malformed);
        }
        self.0.extend_from_slice(report);
        if !ends {
            return Ok(None);
        }
        let mut message = std::mem::take(&mut self.0);
        let length = match message.strip_prefix(MAGIC) {
            Some([_, _, high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])) + AROUND,
            _ => return Err(ReadError::Malformed),
        };
        if length > message.len() {
            return Err(ReadError::Malformed);
        }
        message.truncate(length);
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    fn message(length: usize) -> Vec<u8> {
        let [.., high, low] = length.to_be_bytes();
        [MAGIC, &[2, 0, high, low], &vec![7; length], &[8, 9]].concat()
    }

    /// As a reader sends it: padded, each part with its report's id.
    fn sent(message: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let last = message.chunks(63).count() - 1;
        let parts = message.chunks(63).enumerate().map(|(number, part)| {
            let id = if last == 0 {
                1
            } else if number == 0 {
                2
            } else if number == last {
                4
            } else {
                3
            };
            (id, [part, &vec![0; 63 - part.len()]].concat())
        });
        parts.collect()
    }

    #[test]
    fn messages_come_out_as_they_were_sent() {
        let mut assembly = Assembly::default();
        for length in [0, 10, 47, 48, 110, 111, 600, 4000] {
            let reports = sent(&message(length));
            for (number, (id, report)) in reports.iter().enumerate() {
                let whole = assembly.push(*id, report).unwrap();
                let expected = (number + 1 == reports.len()).then(|| message(length));
                assert_eq!(whole.map(|whole| whole.to_vec()), expected, "{length} bytes, report {number}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_forgotten() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.push(3, &[1; 63]), Ok(None));
        assert_eq!(assembly.push(4, &[1; 63]), Ok(None));
        assert_eq!(assembly.push(9, &message(10)), Ok(None));
        assert_eq!(assembly.push(1, b"ViVOtech2"), Err(ReadError::Malformed));
        assert_eq!(assembly.push(1, &message(10)[..20]), Err(ReadError::Malformed));
        assert_eq!(assembly.push(1, &[0; 63]), Err(ReadError::Malformed));
        assert_eq!(assembly.push(2, &message(50)[..63]), Ok(None));
        assert_eq!(assembly.push(3, &[0; MAX_EMV]), Err(ReadError::Malformed));
        assert_eq!(assembly.push(4, &[0; 63]), Ok(None));
        assert!(assembly.push(1, &message(10)).unwrap().is_some());
    }
}
