//! Readers of HID usage page 0x8E (HID Usage Tables, magnetic stripe reader page): in clear.
//!
//! The page has usages for lengths (0x11–0x13: tracks 1–3, 0x14: JIS) and data (0x21–0x23, 0x24), each data field of a fixed size
//! that the reader's descriptor gives. What the descriptor says becomes a [`Layout`]; without one, the plain layout is assumed:
//! three lengths, then three data fields of one size, nothing else.

use super::{ReadError, cut::Cut, magtek::clear};
use crate::card::{CardRead, Source};

/// The most that a data field of the plain layout has, bytes: longer ones hold no track.
const MAX_FIELD: usize = 128;

/// Where a report has its lengths and tracks, by its descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where the length bytes of tracks 1 to 3 stand (usages 0x11 to 0x13).
    pub lengths: [usize; 3],
    /// Where the data of tracks 1 to 3 begins (usages 0x21 to 0x23), and how many bytes the field has.
    pub data: [(usize, usize); 3],
}

impl Layout {
    /// The plain layout of a report of `length` bytes: three lengths, three data fields of the same size. `None` if it does not
    /// divide so, or the fields would be shorter than track 2 or longer than any track.
    #[must_use]
    pub fn plain(length: usize) -> Option<Self> {
        let data = length.checked_sub(3)?;
        let size = data / 3;
        let divides = data.is_multiple_of(3) && (40..=MAX_FIELD).contains(&size);
        divides.then_some(Self { lengths: [0, 1, 2], data: [(3, size), (3 + size, size), (3 + 2 * size, size)] })
    }
}

/// Reads a report in the plain layout.
///
/// # Errors
/// [`ReadError`].
pub fn report(report: &[u8]) -> Result<CardRead, ReadError> {
    report_as(&Layout::plain(report.len()).ok_or(ReadError::Malformed)?, report)
}

/// Reads a report in the layout that its descriptor gives.
///
/// # Errors
/// [`ReadError`].
pub fn report_as(layout: &Layout, report: &[u8]) -> Result<CardRead, ReadError> {
    let mut tracks = [&[][..]; 3];
    for ((track, at), (start, size)) in tracks.iter_mut().zip(layout.lengths).zip(layout.data) {
        let length = *report.get(at).ok_or(ReadError::Malformed)?;
        let mut rest = Cut(report.get(start..).ok_or(ReadError::Malformed)?);
        *track = rest.field(size, length)?;
    }
    if tracks[0].is_empty() && tracks[1].is_empty() {
        return Err(ReadError::Blank);
    }
    clear(Source::Msr, tracks)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    const ONE: &[u8] = b"%B4111111111111111^DOE/JANE^30122010000000000?";
    const TWO: &[u8] = b";4111111111111111=30122010000000000?";

    #[test]
    fn plain_layout() {
        let mut bytes = vec![0; 3 + 3 * 110];
        (bytes[0], bytes[1]) = (u8::try_from(ONE.len()).unwrap(), u8::try_from(TWO.len()).unwrap());
        bytes[3..3 + ONE.len()].copy_from_slice(ONE);
        bytes[113..113 + TWO.len()].copy_from_slice(TWO);
        let read = report(&bytes).unwrap();
        assert_eq!(read.payload.tracks[0], ONE);
        assert_eq!(read.bin, Some(411_111));
        for length in [0, 2, 3, 120, 334, bytes.len() + 300] {
            bytes.resize(length, 0);
            assert_eq!(report(&bytes).err(), Some(ReadError::Malformed), "{length}");
        }
    }

    #[test]
    fn described_layout() {
        let layout = Layout { lengths: [2, 1, 0], data: [(3, 50), (53, 40), (93, 4)] };
        let mut bytes = vec![0; 97];
        (bytes[2], bytes[1]) = (u8::try_from(ONE.len()).unwrap(), u8::try_from(TWO.len()).unwrap());
        bytes[3..3 + ONE.len()].copy_from_slice(ONE);
        bytes[53..53 + TWO.len()].copy_from_slice(TWO);
        assert_eq!(report_as(&layout, &bytes).unwrap().payload.tracks[1], TWO);
        bytes[2] = 51;
        assert_eq!(report_as(&layout, &bytes).err(), Some(ReadError::Malformed), "longer than its field");
        bytes.fill(0);
        assert_eq!(report_as(&layout, &bytes).err(), Some(ReadError::Blank));
        assert_eq!(report_as(&layout, &bytes[..90]).err(), Some(ReadError::Malformed));
    }
}
