//! A hot-card list: which cards are reported lost or stolen, as a binary fuse filter over keyed tokens (Graf and Lemire, "Binary Fuse
//! Filters", ACM JEA 2022: three slots a key, 24-bit fingerprints). Written out here because lists outlive library versions:
//! the hash is part of the format.
//!
//! 27 bits a card at a million of them, so 3.4 MB; 4 MB hold 1.1 million. A listed card is always found; of others one in 16.8
//! million (2^-24) is taken for listed. (With 16 bits it would be 2.3 MB, and one in 65,536: in a fleet that takes as many cards a
//! day, a customer wrongly suspected every day.)
//!
//! Layout, big-endian: version (1 byte, `1`), when it was made (8, ms since 1970), number of cards (4), seed (8), segment length (4,
//! a power of two), slots of all segments but the last two (4, a multiple of it), then one fingerprint (3) a slot, over all
//! segments.

use thiserror::Error;

#[cfg(feature = "hot-list-build")]
mod build;
#[cfg(feature = "hot-list-build")]
pub use build::build;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 8 + 4 + 8 + 4 + 4;

/// The longest list, bytes.
pub const MAX_BYTES: usize = 4_000_000;

/// The longest segment, slots.
const MAX_SEGMENT: u32 = 262_144;

/// A list, ready to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotList {
    made_ms: u64,
    cards: u32,
    layout: Layout,
    fingerprints: Vec<[u8; 3]>,
}

/// Why bytes are not a hot-card list, or cards do not become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HotListError {
    /// Made by a newer program.
    #[error("the hot-card list has version {0}, which this program does not know")]
    Version(u8),
    /// Lengths in it that do not fit, or more than [`MAX_BYTES`].
    #[error("the hot-card list has an impossible length")]
    Length,
    /// Not built: no seed was found (practically impossible).
    #[error("the hot-card list could not be built")]
    NotBuilt,
}

impl HotList {
    /// Reads a list.
    ///
    /// # Errors
    /// [`HotListError::Version`]; [`HotListError::Length`].
    pub fn parse(bytes: &[u8]) -> Result<Self, HotListError> {
        let ([version, head @ ..], slots) =
            bytes.split_first_chunk::<HEAD>().filter(|_| bytes.len() <= MAX_BYTES).ok_or(HotListError::Length)?;
        if *version != VERSION {
            return Err(HotListError::Version(*version));
        }
        let mut rest = &head[..];
        let (made_ms, cards) = (u64::from_be_bytes(next(&mut rest)?), u32::from_be_bytes(next(&mut rest)?));
        let (seed, segment) = (u64::from_be_bytes(next(&mut rest)?), u32::from_be_bytes(next(&mut rest)?));
        let layout = Layout { seed, segment, starts: u32::from_be_bytes(next(&mut rest)?) };
        let (slots, odd) = slots.as_chunks::<3>();
        if !odd.is_empty() || layout.slots() != Some(slots.len()) {
            return Err(HotListError::Length);
        }
        Ok(Self { made_ms, cards, layout, fingerprints: slots.to_vec() })
    }

    /// Is the card of this token listed? Certainly not, or perhaps.
    #[must_use]
    pub fn contains(&self, token: &[u8; 16]) -> bool {
        let hash = self.layout.hash(filter_key(token));
        let slots = self.layout.places(hash).map(|place| self.fingerprints.get(place).copied().unwrap_or_default());
        self.cards > 0 && slots.into_iter().fold(fingerprint(hash), xor) == [0; 3]
    }

    /// When it was made, ms since 1970.
    #[must_use]
    pub const fn made_ms(&self) -> u64 {
        self.made_ms
    }

    /// How many cards it lists.
    #[must_use]
    pub const fn cards(&self) -> u32 {
        self.cards
    }
}

/// Where a key's three slots are: in three segments that follow each other, one in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    seed: u64,
    /// Slots of a segment, a power of two.
    segment: u32,
    /// Slots of all segments in which a key's first slot may be: all but the last two.
    starts: u32,
}

impl Layout {
    /// All slots; `None` if the layout is impossible.
    fn slots(self) -> Option<usize> {
        let fits = self.segment.is_power_of_two()
            && self.segment <= MAX_SEGMENT
            && self.starts > 0
            && self.starts.is_multiple_of(self.segment);
        usize::try_from(u64::from(self.starts) + 2 * u64::from(self.segment)).ok().filter(|_| fits)
    }

    /// The key, mixed with the seed (`MurmurHash3`'s finaliser, which maps no two keys to one hash).
    const fn hash(self, key: u64) -> u64 {
        let mut hash = key.wrapping_add(self.seed);
        hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ hash >> 33
    }

    fn places(self, hash: u64) -> [usize; 3] {
        let (segment, mask) = (u64::from(self.segment), u64::from(self.segment) - 1);
        let start = u64::try_from((u128::from(hash) * u128::from(self.starts)) >> 64).unwrap_or_default();
        // A slot in the next segment, and one in the one after that: exclusive or below the segment's length stays within it.
        let places = [start, (start + segment) ^ (hash >> 18 & mask), (start + 2 * segment) ^ (hash & mask)];
        places.map(|place| usize::try_from(place).unwrap_or(usize::MAX))
    }
}

const fn fingerprint(hash: u64) -> [u8; 3] {
    let [.., a, b, c] = (hash ^ hash >> 32).to_be_bytes();
    [a, b, c]
}

const fn xor([a, b, c]: [u8; 3], [d, e, f]: [u8; 3]) -> [u8; 3] {
    [a ^ d, b ^ e, c ^ f]
}

/// A token is as good as random in each of its bits, so eight bytes of it are a key.
fn filter_key(token: &[u8; 16]) -> u64 {
    u64::from_be_bytes(token.first_chunk().copied().unwrap_or_default())
}

fn next<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], HotListError> {
    let (taken, after) = rest.split_first_chunk::<N>().ok_or(HotListError::Length)?;
    *rest = after;
    Ok(*taken)
}
