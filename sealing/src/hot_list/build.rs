//! Construction: who distributes a list.

use super::{HEAD, HotListError, Layout, MAX_BYTES, MAX_SEGMENT, VERSION, filter_key, fingerprint};

/// How many seeds are tried: at the sizes chosen here the first does in most cases.
const TRIES: u64 = 100;

/// The bytes of a list of these tokens. Their order does not matter, and what is in it twice is in it once.
///
/// # Errors
/// [`HotListError::Length`] for more cards than [`MAX_BYTES`] hold (1.7 million); [`HotListError::NotBuilt`].
pub fn build(tokens: &[[u8; 16]], made_ms: u64) -> Result<Vec<u8>, HotListError> {
    if tokens.len() > MAX_BYTES {
        return Err(HotListError::Length);
    }
    let mut keys: Vec<u64> = tokens.iter().map(filter_key).collect();
    keys.sort_unstable();
    keys.dedup();
    let cards = u32::try_from(keys.len()).map_err(|_| HotListError::Length)?;
    let (segment, starts) = size(cards);
    let built = (1..=TRIES).find_map(|number| {
        let layout = Layout { seed: number.wrapping_mul(0x9e37_79b9_7f4a_7c15), segment, starts };
        Some((layout, fingerprints(&keys, layout)?))
    });
    let (layout, fingerprints) = built.ok_or(HotListError::NotBuilt)?;
    let mut out = Vec::with_capacity(HEAD + 2 * fingerprints.len());
    out.push(VERSION);
    out.extend_from_slice(&made_ms.to_be_bytes());
    out.extend_from_slice(&cards.to_be_bytes());
    out.extend_from_slice(&layout.seed.to_be_bytes());
    out.extend_from_slice(&layout.segment.to_be_bytes());
    out.extend_from_slice(&layout.starts.to_be_bytes());
    out.extend(fingerprints.iter().flat_map(|fingerprint| fingerprint.to_be_bytes()));
    if out.len() > MAX_BYTES { Err(HotListError::Length) } else { Ok(out) }
}

/// Segment length and first slots for so many cards, by the paper's measurements for three slots a key.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "logarithms of a count of at most four million")]
fn size(cards: u32) -> (u32, u32) {
    if cards < 2 {
        return (4, 4);
    }
    let logarithm = f64::from(cards).ln();
    let segment = (1u32 << (logarithm / 3.33f64.ln() + 2.25) as u32).min(MAX_SEGMENT);
    let factor = (0.875 + 0.25 * 1e6f64.ln() / logarithm).max(1.125);
    let segments = ((f64::from(cards) * factor).round() as u32).div_ceil(segment);
    (segment, segments.saturating_sub(2).max(1) * segment)
}

/// Peels: a slot that only one key uses can be set last, so that key is taken away, until none is left. `None` if that does not
/// come to an end with this seed.
fn fingerprints(keys: &[u64], layout: Layout) -> Option<Vec<u16>> {
    let mut slots = vec![Slot::default(); layout.slots()?];
    for key in keys {
        let hash = layout.hash(*key);
        for place in layout.places(hash) {
            let slot = slots.get_mut(place)?;
            (slot.users, slot.hashes) = (slot.users + 1, slot.hashes ^ hash);
        }
    }
    let mut alone: Vec<usize> = (0..slots.len()).filter(|place| slots.get(*place).is_some_and(|slot| slot.users == 1)).collect();
    let mut taken = Vec::with_capacity(keys.len());
    while let Some(place) = alone.pop() {
        let Slot { users: 1, hashes: hash } = *slots.get(place)? else { continue };
        taken.push((place, hash));
        for place in layout.places(hash) {
            let slot = slots.get_mut(place)?;
            (slot.users, slot.hashes) = (slot.users.checked_sub(1)?, slot.hashes ^ hash);
            if slot.users == 1 {
                alone.push(place);
            }
        }
    }
    if taken.len() != keys.len() {
        return None;
    }
    let mut out = vec![0u16; slots.len()];
    for (place, hash) in taken.into_iter().rev() {
        let sum = layout.places(hash).into_iter().try_fold(fingerprint(hash), |sum, place| Some(sum ^ out.get(place)?))?;
        // Nobody has set it yet, so its own 0 is in the sum without effect.
        *out.get_mut(place)? = sum;
    }
    Some(out)
}

/// While peeling: how many keys use it, and the exclusive or of their hashes, which is the hash itself when it is one.
#[derive(Clone, Copy, Default)]
struct Slot {
    users: u32,
    hashes: u64,
}
