//! The black box's format, pure: what is written is found again, whatever was torn or overwritten around it.
//!
//! A frame is `BBX1`, the length of what follows the checksum (4 bytes, little-endian), CRC-32 (IEEE 802.3) of that, and then
//! one byte for the kind and the contents. A frame is whole or it is not there: entries that belong together share one.
//! Reading goes on behind anything that is no frame, so that a damaged stretch costs only what stood in it.

/// Before every frame.
const MAGIC: [u8; 4] = *b"BBX1";
const HEAD_LEN: usize = 12;

/// The most that one frame may hold, bytes.
pub const CONTENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// First in a file: which of the two files is the older one.
    Generation,
    /// The signed enrolment record: the root of the chain. No secrets.
    Enrolment,
    /// Where an epoch's chain stood when the frames before it were dropped: numbers and a hash.
    Base,
    /// Entries that were committed together.
    Entries,
}

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Kind::Generation => 1,
            Kind::Enrolment => 2,
            Kind::Base => 3,
            Kind::Entries => 4,
        }
    }

    fn from_byte(byte: u8) -> Option<Kind> {
        [Kind::Generation, Kind::Enrolment, Kind::Base, Kind::Entries].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// A whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is; nothing for a kind that this version does not know.
    pub kind: Option<Kind>,
    /// What is in it.
    pub content: &'a [u8],
}

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found<'a> {
    /// The whole frames, in order.
    pub frames: Vec<Frame<'a>>,
    /// Stretches between frames that are none.
    pub damaged: Vec<&'a [u8]>,
    /// Up to where the file is to be kept: behind the last whole frame. What follows was torn off in the middle of a write.
    pub good_bytes: usize,
}

/// Writes a frame. Nothing, if `content` is too long.
pub fn frame(kind: Kind, content: &[u8]) -> Option<Vec<u8>> {
    if content.len() > CONTENT_BYTES_MAX {
        return None;
    }
    let length = u32::try_from(content.len() + 1).ok()?;
    let mut out = Vec::with_capacity(HEAD_LEN + 1 + content.len());
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.push(kind.byte());
    out.extend_from_slice(content);
    let checksum = crc32(&out[HEAD_LEN..]);
    out[8..HEAD_LEN].copy_from_slice(&checksum.to_le_bytes());
    Some(out)
}

/// Finds all whole frames in a file.
pub fn read(file: &[u8]) -> Found<'_> {
    let mut found = Found::default();
    let mut at = 0;
    while at < file.len() {
        match whole_frame(&file[at..]) {
            Some((frame, length)) => {
                if at > found.good_bytes {
                    found.damaged.push(&file[found.good_bytes..at]);
                }
                found.frames.push(frame);
                at += length;
                found.good_bytes = at;
            }
            None => at += 1 + next_magic(&file[at + 1..]),
        }
    }
    found
}

fn whole_frame(bytes: &[u8]) -> Option<(Frame<'_>, usize)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    if length > CONTENT_BYTES_MAX + 1 {
        return None;
    }
    let body = rest.get(..length)?;
    let (kind, content) = body.split_first()?;
    (crc32(body) == u32::from_le_bytes(*checksum)).then_some((Frame { kind: Kind::from_byte(*kind), content }, HEAD_LEN + length))
}

/// How many bytes stand before the next possible frame.
fn next_magic(bytes: &[u8]) -> usize {
    bytes.windows(MAGIC.len()).position(|window| window == MAGIC).unwrap_or(bytes.len())
}

/// CRC-32 with the reflected polynomial 0xEDB88320 (IEEE 802.3).
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut n = 0;
        while n < 256 {
            let mut value = n as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { (value >> 1) ^ 0xEDB8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[n] = value;
            n += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc: u32, byte| (crc >> 8) ^ TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn file(contents: &[&[u8]]) -> Vec<u8> {
        contents.iter().flat_map(|content| frame(Kind::Entries, content).unwrap()).collect()
    }

    fn contents<'a>(found: &Found<'a>) -> Vec<&'a [u8]> {
        found.frames.iter().map(|frame| frame.content).collect()
    }

    #[test]
    fn checksum_is_the_published_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn what_is_written_is_found() {
        let bytes = file(&[b"one", b"", b"three"]);
        let found = read(&bytes);
        assert_eq!(contents(&found), [b"one".as_slice(), b"", b"three"]);
        assert_eq!((found.damaged.len(), found.good_bytes), (0, bytes.len()));
        assert!(frame(Kind::Entries, &vec![0; CONTENT_BYTES_MAX + 1]).is_none());
    }

    #[test]
    fn a_kind_from_the_future_is_kept_apart_and_not_damage() {
        let mut bytes = frame(Kind::Base, b"later").unwrap();
        bytes[12] = 99;
        let checksum = crc32(&bytes[12..]);
        bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
        let found = read(&bytes);
        assert_eq!(found.frames, [Frame { kind: None, content: b"later" }]);
        assert!(found.damaged.is_empty());
    }

    #[test]
    fn row_2_a_torn_tail_at_every_length_costs_only_the_last_frame() {
        let bytes = file(&[b"one", b"two"]);
        let first = file(&[b"one"]).len();
        for cut in first..bytes.len() {
            let found = read(&bytes[..cut]);
            assert_eq!(contents(&found), [b"one"], "cut at {cut}");
            assert_eq!(found.good_bytes, first, "cut at {cut}");
            assert!(found.damaged.is_empty(), "a torn tail is no damage");
        }
    }

    #[test]
    fn row_26_a_flipped_byte_costs_one_frame_and_no_other() {
        let bytes = file(&[b"one", b"two", b"three"]);
        let (first, second) = (file(&[b"one"]).len(), file(&[b"one", b"two"]).len());
        for at in first..second {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            let found = read(&damaged);
            assert_eq!(contents(&found), [b"one".as_slice(), b"three"], "byte {at}");
            assert_eq!(found.damaged, [&damaged[first..second]], "byte {at}");
            assert_eq!(found.good_bytes, bytes.len());
        }
    }

    #[test]
    fn garbage_of_any_kind_hides_nothing() {
        let whole = file(&[b"kept"]);
        for garbage in [b"BBX1".as_slice(), &[0; 64], b"BBX1\xff\xff\xff\xff", b"BBX1\x05\x00\x00\x00\x00\x00\x00\x00BBX", b"x"] {
            let bytes = [garbage, &whole, garbage, &whole].concat();
            let found = read(&bytes);
            assert_eq!(contents(&found), [b"kept", b"kept"], "{garbage:?}");
            assert_eq!(found.damaged, [garbage, garbage]);
        }
    }
}
