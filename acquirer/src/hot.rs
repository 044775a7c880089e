//! The hot list: cards that a shop should not take offline, as a filter of keyed tokens that names none of them.
//!
//! It holds the hot test cards and as many invented ones as asked for (`--hot-cards`), which come out of a secret seed, so that they
//! are the same after a restart. `DATA/hot.json` (mode 0600) has the seed and the tokens' key.

use std::{collections::HashSet, fs, io, path::Path};

use barrow_sealing::{Key, card::Token, hot_list};
use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    card::{Pan, check_digit},
    files,
    keys::KeyError,
    test_cards::{self, Outcome},
};

/// The file's name in the data directory.
pub const FILE: &str = "hot.json";
const FORMAT: u8 = 1;

/// The list, and what it was made of.
pub struct HotList {
    made_at_ms: i64,
    key: Key,
    filter: Vec<u8>,
    cards: HashSet<u64>,
}

#[derive(Serialize, Deserialize)]
struct File {
    v: u8,
    seed: String,
    key: String,
}

impl HotList {
    /// Makes the list, dated `now_ms`, with `invented` cards beside the hot test cards. A million take some seconds.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(data: &Path, invented: u32, now_ms: i64) -> Result<HotList, KeyError> {
        let path = data.join(FILE);
        let fault = |fault| KeyError::File { path: path.clone(), fault };
        let json = match fs::read(&path) {
            Ok(json) => Zeroizing::new(json),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                let random = || {
                    let mut bytes = [0; 32];
                    getrandom::fill(&mut bytes).map(|()| Base64::encode_string(&bytes)).map_err(|_| KeyError::Make)
                };
                let file = File { v: FORMAT, seed: random()?, key: random()? };
                let json = Zeroizing::new(serde_json::to_vec(&file).map_err(|_| KeyError::Make)?);
                files::write_new(&path, &json).map_err(fault)?;
                json
            }
            Err(other) => return Err(fault(other)),
        };
        let damaged = || KeyError::Damaged { path: path.clone() };
        let file: File = serde_json::from_slice(&json).map_err(|_| damaged())?;
        let secret = |text: &str| Base64::decode_vec(text).ok().and_then(|bytes| Key::from_slice(&bytes).ok());
        let (seed, key) = secret(&file.seed).zip(secret(&file.key)).filter(|_| file.v == FORMAT).ok_or_else(damaged)?;

        let known = test_cards::CARDS.iter().filter(|(_, outcome, _)| *outcome == Outcome::Hot);
        let known = known.filter_map(|(pan, ..)| Pan::parse(pan.as_bytes()));
        let pans = known.chain((0..invented).filter_map(|number| invent(&seed, number)));
        let (mut cards, mut tokens) = (HashSet::new(), Vec::new());
        for pan in pans {
            if let (Some(number), Some(token)) = (number(&pan), Token::full(&key, pan.expose().as_bytes()))
                && cards.insert(number)
            {
                tokens.push(*token.as_bytes());
            }
        }
        let filter = hot_list::build(&tokens, u64::try_from(now_ms).unwrap_or(0)).map_err(|_| KeyError::Make)?;
        Ok(HotList { made_at_ms: now_ms, key, filter, cards })
    }

    /// When it was made.
    #[must_use]
    pub fn made_at_ms(&self) -> i64 {
        self.made_at_ms
    }

    /// How many cards are on it.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.cards.len()
    }

    /// Under which key the tokens are.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The filter's bytes, as [`hot_list`] reads them.
    #[must_use]
    pub fn filter(&self) -> &[u8] {
        &self.filter
    }

    /// Is this card on it?
    #[must_use]
    pub fn has(&self, pan: &Pan) -> bool {
        number(pan).is_some_and(|number| self.cards.contains(&number))
    }
}

fn number(pan: &Pan) -> Option<u64> {
    pan.expose().parse().ok()
}

/// A 16-digit number that passes the Luhn check, in the range of no test card.
fn invent(seed: &Key, number: u32) -> Option<Pan> {
    let mut mac = Hmac::<Sha256>::new_from_slice(seed.expose()).ok()?;
    mac.update(&number.to_be_bytes());
    let random: [u8; 32] = mac.finalize().into_bytes().into();
    let digits = u64::from_be_bytes(*random.first_chunk()?) % 10_000_000_000_000;
    let mut pan = Zeroizing::new(format!("47{digits:013}").into_bytes());
    let check = check_digit(&pan);
    pan.push(check);
    Pan::parse(&pan)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn invented_cards_are_valid_the_same_after_a_restart_and_other_elsewhere() {
        let (seed, other) = (Key::new([1; 32]), Key::new([2; 32]));
        let cards: HashSet<u64> = (0..1000).filter_map(|at| number(&invent(&seed, at).unwrap())).collect();
        assert_eq!(cards.len(), 1000);
        assert!((0..1000).all(|at| invent(&seed, at).unwrap().luhn()));
        assert!((0..1000).all(|at| !cards.contains(&number(&invent(&other, at).unwrap()).unwrap())));

        let dir = tempfile::tempdir().unwrap();
        let first = HotList::open(dir.path(), 50, 1000).unwrap();
        let again = HotList::open(dir.path(), 50, 2000).unwrap();
        assert_eq!((first.entries(), &first.cards), (51, &again.cards));
        let card = Pan::parse(first.cards.iter().next().unwrap().to_string().as_bytes()).unwrap();
        assert!(again.has(&card) && !again.has(&Pan::parse(b"4111111111111111").unwrap()));
    }
}
