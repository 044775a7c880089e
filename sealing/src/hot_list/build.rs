//! Construction: who distributes a list.

use super::{HEAD, HotListError, Layout, MAX_BYTES, MAX_SEGMENT, VERSION, filter_key, fingerprint, xor};

/// How many seeds are tried: at the sizes chosen here the first does in most cases.
const TRIES: u64 = 100;

/// The bytes of a list of these tokens. Their order does not matter, and what is in it twice is in it once.
///
/// # Errors
/// [`HotListError::Length`] for more cards than [`MAX_BYTES`] hold (1.1 million); [`HotListError::NotBuilt`].
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
    let mut out = Vec::with_capacity(HEAD + 3 * fingerprints.len());
    out.push(VERSION);
    out.extend_from_slice(&made_ms.to_be_bytes());
    out.extend_from_slice(&cards.to_be_bytes());
    out.extend_from_slice(&layout.seed.to_be_bytes());
    out.extend_from_slice(&layout.segment.to_be_bytes());
    out.extend_from_slice(&layout.starts.to_be_bytes());
    out.extend(fingerprints.as_flattened());
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
fn fingerprints(keys: &[u64], layout: Layout) -> Option<Vec<[u8; 3]>> {
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
    let mut out = vec![[0; 3]; slots.len()];
    for (place, hash) in taken.into_iter().rev() {
        let sum = layout.places(hash).into_iter().try_fold(fingerprint(hash), |sum, place| Some(xor(sum, *out.get(place)?)))?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;
    use crate::{hash::sha256, hot_list::HotList};

    fn tokens(from: u32, count: u32) -> Vec<[u8; 16]> {
        (from..from + count).map(|number| *sha256(&number.to_be_bytes()).first_chunk().unwrap()).collect()
    }

    /// A million cards, and a million that are not among them: at most one in 65,000 of these is taken for listed.
    #[test]
    fn a_million_cards_in_four_megabytes() {
        let (listed, others) = (tokens(0, 1_000_000), tokens(1_000_000, 1_000_000));
        let bytes = build(&listed, 1_760_000_000_000).unwrap();
        let list = HotList::parse(&bytes).unwrap();
        assert_eq!((list.cards(), list.made_ms()), (1_000_000, 1_760_000_000_000));
        assert!(listed.iter().all(|token| list.contains(token)), "a listed card is always found");
        let wrong = others.iter().filter(|token| list.contains(token)).count();
        println!("{} bytes, {wrong} of {} taken for listed", bytes.len(), others.len());
        assert!(bytes.len() <= 3_500_000, "{} bytes", bytes.len());
        assert!(wrong * 65_000 <= others.len(), "{wrong} of {}", others.len());
    }

    #[test]
    fn every_size_is_built() {
        for count in (0..200).chain([1000, 4097, 20_000]) {
            let listed = tokens(0, count);
            let list = HotList::parse(&build(&listed, 0).unwrap()).unwrap();
            assert!(listed.iter().all(|token| list.contains(token)), "{count} cards");
            let wrong = tokens(1_000_000, 1000).iter().filter(|token| list.contains(token)).count();
            assert!(wrong <= 2, "{count} cards, {wrong} taken for listed");
        }
        assert!(tokens(0, 1000).iter().all(|token| !HotList::parse(&build(&[], 0).unwrap()).unwrap().contains(token)));
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let listed = tokens(0, 100);
        let other: Vec<[u8; 16]> = listed.iter().rev().chain(&listed).copied().collect();
        assert_eq!(build(&listed, 5).unwrap(), build(&other, 5).unwrap());
    }

    #[test]
    fn impossible_lists_are_refused() {
        let bytes = build(&tokens(0, 100), 5).unwrap();
        let parsed = |change: fn(&mut Vec<u8>)| {
            let mut bytes = bytes.clone();
            change(&mut bytes);
            HotList::parse(&bytes).err()
        };
        assert_eq!(parsed(|_| ()), None);
        assert_eq!(parsed(|b| b[0] = 2), Some(HotListError::Version(2)));
        let changes: [fn(&mut Vec<u8>); 8] = [
            |b| b.truncate(28),
            |b| b.clear(),
            |b| b.push(0),
            |b| b.extend([0, 0]),
            |b| b[21..25].fill(0),
            |b| b[24] ^= 1,
            |b| b[25..29].fill(0),
            |b| b[21..29].fill(0xff),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            assert_eq!(parsed(change), Some(HotListError::Length), "change {number}");
        }
        assert_eq!(HotList::parse(&vec![1; MAX_BYTES + 1]).err(), Some(HotListError::Length));
    }
}
