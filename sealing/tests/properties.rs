//! What must hold for every input: what is sealed opens, and only as itself, only in its place, only unchanged.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeMap;

use barrow_sealing::{
    Key, cbor,
    cose::{self, Domain},
    direct::{self, Purpose},
    error::OpenError,
    hash::sha256,
    kek::WrappedKey,
    local::{self, Binding, Namespace},
    outbox::{RecordBinding, Sealer, ServerKeys, Suite},
};
use proptest::{prelude::*, sample::Index};
use serde::{Deserialize, Serialize};

/// A source that gives the same bytes for the same seed.
fn random(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut counter = 0u64;
    move |out: &mut [u8]| {
        for chunk in out.chunks_mut(32) {
            let block = sha256(&[seed.to_be_bytes(), counter.to_be_bytes()].concat());
            chunk.copy_from_slice(&block[..chunk.len()]);
            counter += 1;
        }
    }
}

/// One byte of `bytes`, somewhere, made another.
fn flipped(bytes: &[u8], at: Index, with: u8) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out[at.index(bytes.len())] ^= with;
    out
}

fn suite() -> impl Strategy<Value = Suite> {
    prop_oneof![Just(Suite::X25519), Just(Suite::XWing)]
}

fn contents() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..2000)
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..1500)
}

/// Every shape that a record of Barrow has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Shapes {
    small: u8,
    unsigned: u64,
    signed: i64,
    yes: bool,
    text: String,
    #[serde(with = "cbor::bytes")]
    bytes: Vec<u8>,
    perhaps: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<String>,
    list: Vec<(Kind, i64)>,
    map: BTreeMap<String, Kind>,
    #[serde(flatten)]
    beside: Beside,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Plain,
    Holding(i64),
    Named { what: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Beside {
    other: i64,
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Plain), any::<i64>().prop_map(Kind::Holding), ".{0,30}".prop_map(|what| Kind::Named { what })]
}

prop_compose! {
    fn shapes()(
        (small, unsigned, signed, yes, perhaps, other) in any::<(u8, u64, i64, bool, Option<u32>, i64)>(),
        text in ".{0,300}", bytes in noise(), left_out in prop::option::of(".{0,9}"),
        list in prop::collection::vec((kind(), any::<i64>()), 0..40), map in prop::collection::btree_map(".{0,9}", kind(), 0..40),
    ) -> Shapes {
        Shapes { small, unsigned, signed, yes, text, bytes, perhaps, left_out, list, map, beside: Beside { other } }
    }
}

proptest! {
    /// One library writes, another one reads.
    #[test]
    fn cbor_is_read_as_it_was_written(shapes in shapes()) {
        let written = cbor::to_vec(&shapes).unwrap();
        prop_assert_eq!(&cbor::from_slice::<Shapes>(&written).unwrap(), &shapes);
        prop_assert_eq!(&ciborium::from_reader::<Shapes, _>(written.as_slice()).unwrap(), &shapes);
        prop_assert!(cbor::from_slice::<Shapes>(&written[..written.len() - 1]).is_err());
    }

    #[test]
    fn local_opens_only_as_itself(
        key: [u8; 32], other_key: [u8; 32], nonce: [u8; 12], plain in contents(), namespace in prop::sample::select(&Namespace::ALL[..]),
        (shop, till, seq) in any::<(u64, u64, u64)>(), store in "[a-z-]{1,12}", at: Index, with in 1u8..,
    ) {
        let key = Key::new(key);
        let place = Binding { shop, till, store: &store, seq };
        let sealed = local::seal(&key, namespace, &place, nonce, &plain).unwrap();
        prop_assert_eq!(sealed.len(), plain.len() + local::OVERHEAD);
        prop_assert_eq!(&*local::open(&key, namespace, &place, &sealed).unwrap(), &plain);

        for other in Namespace::ALL {
            if other != namespace {
                prop_assert_eq!(local::open(&key, other, &place, &sealed), Err(OpenError::Refused));
            }
        }
        let longer = format!("{store}x");
        for elsewhere in [
            Binding { shop: shop ^ 1, ..place }, Binding { till: till ^ 1, ..place }, Binding { seq: seq ^ 1, ..place },
            Binding { store: &longer, ..place },
        ] {
            prop_assert_eq!(local::open(&key, namespace, &elsewhere, &sealed), Err(OpenError::Refused));
        }
        if &other_key != key.expose() {
            prop_assert_eq!(local::open(&Key::new(other_key), namespace, &place, &sealed), Err(OpenError::Refused));
        }
        prop_assert!(local::open(&key, namespace, &place, &flipped(&sealed, at, with)).is_err());
        prop_assert!(local::open(&key, namespace, &place, &sealed[..at.index(sealed.len())]).is_err());
    }

    #[test]
    fn direct_opens_only_as_itself(seed: u64, plain in contents(), aad in contents(), at: Index, with in 1u8..) {
        let mut random = random(seed);
        let (private, public) = direct::make_reply_key(&mut random);
        let (other, _) = direct::make_reply_key(&mut random);
        let sealed = direct::seal_to(&public, Purpose::Escrow, &aad, &plain, &mut random).unwrap();
        prop_assert_eq!(&*direct::open(&private, Purpose::Escrow, &aad, &sealed).unwrap(), &plain);

        let changed = flipped(&sealed, at, with);
        // X25519 ignores the top bit of a point (RFC 7748, 5): another spelling of the same key, which the context then refuses too.
        prop_assert!(direct::open(&private, Purpose::Escrow, &aad, &changed).is_err());
        prop_assert_eq!(direct::open(&private, Purpose::FirstPin, &aad, &sealed), Err(OpenError::Refused));
        prop_assert_eq!(direct::open(&private, Purpose::Escrow, &[aad, vec![0]].concat(), &sealed), Err(OpenError::Refused));
        prop_assert_eq!(direct::open(&other, Purpose::Escrow, b"", &sealed).is_err(), true);
    }

    #[test]
    fn cose_is_read_only_as_it_was_written(payload in contents(), signature in prop::collection::vec(any::<u8>(), 64), at: Index, with in 1u8..) {
        let signature: [u8; 64] = signature.try_into().unwrap();
        let bytes = cose::assemble(&payload, &signature).unwrap();
        let signed = cose::parse(&bytes).unwrap();
        prop_assert_eq!(&signed.payload, &payload);
        prop_assert_eq!(signed.signature, signature);
        // Whatever else is read must be another payload or signature: one meaning, one spelling.
        if let Ok(other) = cose::parse(&flipped(&bytes, at, with)) {
            prop_assert_ne!(other, signed);
        }
        let all: std::collections::BTreeSet<_> = Domain::ALL.iter().map(|domain| cose::to_be_signed(*domain, &payload)).collect();
        prop_assert_eq!(all.len(), Domain::ALL.len());
    }

    #[test]
    fn noise_never_panics(noise in noise(), suite_number: u8, key: [u8; 32]) {
        let key = Key::new(key);
        let place = Binding { shop: 1, till: 2, store: "journal", seq: 3 };
        for version in [noise.clone(), [&[1], noise.as_slice()].concat()] {
            prop_assert!(local::open(&key, Namespace::Journal, &place, &version).is_err());
            prop_assert!(direct::open(&key, Purpose::Escrow, b"", &version).is_err());
        }
        prop_assert!(direct::seal_to(&noise, Purpose::Escrow, b"", b"", &mut random(1)).is_err() || noise.len() == 32);
        prop_assert!(Sealer::new(Suite::X25519, &noise, &mut random(1)).is_err() || noise.len() == 32);
        prop_assert!(ServerKeys::from_bytes(&noise).is_err() || noise.len() == 64);
        let _ = Suite::try_from(suite_number);
        let _ = cose::parse(&noise);
        let _ = cose::parse(&[&[0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0], noise.as_slice()].concat());
        let _ = cbor::from_slice::<WrappedKey>(&noise);
        let _ = cbor::from_slice::<Vec<Option<(String, i64)>>>(&noise);
    }
}

// Key generation and decapsulation of X-Wing are slower than all the rest.
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn outbox_opens_only_as_itself(
        seed: u64, suite in suite(), entries in prop::collection::vec(contents(), 1..4), (shop, till, epoch) in any::<(u64, u64, u32)>(),
        first in 0..u64::MAX - 10, at: Index, with in 1u8..,
    ) {
        let mut random = random(seed);
        let keys = ServerKeys::from_bytes(&ServerKeys::generate(&mut random).to_bytes()).unwrap();
        let other = ServerKeys::generate(&mut random);
        let sealer = Sealer::new(suite, &keys.public(suite), &mut random).unwrap();
        let opener = keys.opener(suite, sealer.encapsulated()).unwrap();
        for (seq, entry) in (first..).zip(&entries) {
            let binding = RecordBinding { shop, till, epoch, seq, hash: sha256(entry) };
            let sealed = sealer.seal(&binding, entry).unwrap();
            prop_assert_eq!(&opener.open(&binding, &sealed).unwrap(), entry);
            prop_assert_eq!(&keys.open(suite, sealer.encapsulated(), &binding, &sealed).unwrap(), entry);

            for elsewhere in [
                RecordBinding { shop: shop ^ 1, ..binding }, RecordBinding { till: till ^ 1, ..binding },
                RecordBinding { epoch: epoch ^ 1, ..binding }, RecordBinding { seq: seq ^ 1, ..binding },
                RecordBinding { hash: sha256(&binding.hash), ..binding },
            ] {
                prop_assert_eq!(opener.open(&elsewhere, &sealed), Err(OpenError::Refused));
            }
            prop_assert!(opener.open(&binding, &flipped(&sealed, at, with)).is_err());
            prop_assert!(other.open(suite, sealer.encapsulated(), &binding, &sealed).is_err());
            prop_assert!(keys.open(suite, &flipped(sealer.encapsulated(), at, with), &binding, &sealed).is_err());
        }
    }

    #[cfg(feature = "ecdsa")]
    #[test]
    fn signed_messages_verify_only_as_they_were_signed(seed: u64, payload in contents(), at: Index, with in 1u8..) {
        let (key, other) = (cose::SigningKey::generate(&mut random(seed)), cose::SigningKey::generate(&mut random(!seed)));
        for domain in Domain::ALL {
            let message = key.sign_message(domain, &payload);
            prop_assert_eq!(&cose::verify_message(&key.public(), domain, &message).unwrap(), &payload);
            prop_assert!(cose::verify_message(&key.public(), domain, &flipped(&message, at, with)).is_err());
            prop_assert!(cose::verify_message(&flipped(&key.public(), at, with), domain, &message).is_err());
            prop_assert!(cose::verify_message(&other.public(), domain, &message).is_err());
            for elsewhere in Domain::ALL {
                prop_assert_eq!(cose::verify_message(&key.public(), elsewhere, &message).is_ok(), elsewhere == domain);
            }
        }
    }

    #[test]
    fn noise_as_an_encapsulated_key_never_panics(seed: u64, noise in prop::collection::vec(any::<u8>(), 1120), short in noise()) {
        let keys = ServerKeys::generate(&mut random(seed));
        let binding = RecordBinding { shop: 1, till: 2, epoch: 3, seq: 4, hash: [5; 32] };
        for (suite, encapsulated) in [(Suite::XWing, noise.as_slice()), (Suite::X25519, &noise[..32])] {
            prop_assert!(keys.open(suite, encapsulated, &binding, &short).is_err());
            prop_assert!(keys.opener(suite, &short).is_err() || short.len() == encapsulated.len());
        }
        prop_assert!(keys.open_direct(Purpose::Escrow, b"", &noise).is_err());
    }
}

/// A failed write, then another entry in the same place: the two records must not share a key stream (`outbox`, "why a key a
/// record"). XOR of the two ciphertexts would otherwise be XOR of the two texts.
#[test]
fn one_place_sealed_twice_gives_two_key_streams() {
    let keys = ServerKeys::generate(&mut random(1));
    let sealer = Sealer::new(Suite::X25519, &keys.public(Suite::X25519), &mut random(2)).unwrap();
    let seal =
        |entry: &[u8]| sealer.seal(&RecordBinding { shop: 1, till: 2, epoch: 3, seq: 4, hash: sha256(entry) }, entry).unwrap();
    let (first, second) = ([7u8; 64], [9u8; 64]);
    let streams_xor: Vec<u8> = seal(&first)[1..65].iter().zip(&seal(&second)[1..65]).map(|(a, b)| a ^ b).collect();
    assert_ne!(streams_xor, vec![7 ^ 9; 64]);
    assert_eq!(seal(&first), seal(&first));
}

#[test]
fn nothing_secret_is_printed() {
    let keys = ServerKeys::generate(&mut random(1));
    let sealer = Sealer::new(Suite::X25519, &keys.public(Suite::X25519), &mut random(2)).unwrap();
    let opener = keys.opener(Suite::X25519, sealer.encapsulated()).unwrap();
    assert_eq!(format!("{keys:?} {sealer:?} {opener:?}"), "ServerKeys(…) Sealer { suite: X25519, .. } Opener(…)");
}

/// A key of small order agrees on the same value with everybody (RFC 7748, 6.1), and is refused at both ends.
#[test]
fn keys_of_small_order_are_refused() {
    assert!(Sealer::new(Suite::X25519, &[0; 32], &mut random(1)).is_err());
    assert!(direct::seal_to(&[0; 32], Purpose::Escrow, b"", b"", &mut random(1)).is_err());
    let keys = ServerKeys::generate(&mut random(1));
    assert_eq!(keys.opener(Suite::X25519, &[0; 32]).err(), Some(OpenError::Encapsulated));
}
