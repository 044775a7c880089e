//! Products on their way to who indexes them, and segments on their way back, as bytes: whole numbers of four bytes, the lowest
//! first, each text and each list with its length in front. Both ends are of one build, so that nothing says which format it is.

use thiserror::Error;

use super::{Indexer, codes, segment::Segment, table::Table};
use crate::catalogue::Product;

/// These are not the bytes of a segment, or of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the search index got bytes that it cannot read")]
pub struct Malformed;

/// What [`Indexer::add_packed`] needs of these products.
pub fn pack(products: &[Product]) -> Vec<u8> {
    let mut out = Vec::new();
    products.iter().for_each(|product| pack_one(&mut out, &product.title(), codes(product)));
    out
}

/// The same for one: what it is called, and every code that it is found by.
pub fn pack_one<'a>(out: &mut Vec<u8>, title: &str, codes: impl Iterator<Item = &'a str> + Clone) {
    put_text(out, title);
    put_number(out, codes.clone().count() as u32);
    codes.for_each(|code| put_text(out, code));
}

impl Indexer {
    /// Adds the products of [`pack`].
    pub fn add_packed(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let title = text(&mut rest)?;
            let codes = (0..number(&mut rest)?).map(|_| text(&mut rest)).collect::<Result<Vec<_>, _>>()?;
            self.add(title, codes.into_iter());
        }
        Ok(())
    }
}

impl Segment {
    /// All of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let tables = [&self.names, &self.codes];
        let size = |table: &Table| table.text.len() + 4 * (table.starts.len() + table.firsts.len() + table.postings.len());
        let mut out = Vec::with_capacity(self.lengths.len() + tables.map(size).iter().sum::<usize>() + 40);
        put_number(&mut out, self.base);
        put_bytes(&mut out, &self.lengths);
        for table in tables {
            put_text(&mut out, &table.text);
            [&table.starts, &table.firsts, &table.postings].into_iter().for_each(|list| put_numbers(&mut out, list));
        }
        out
    }

    /// The segment of [`Segment::to_bytes`], from an [`Indexer`] of the same build.
    ///
    /// # Errors
    /// [`Malformed`]: it was cut short, or is something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Segment, Malformed> {
        let mut rest = bytes;
        let base = number(&mut rest)?;
        let lengths = take_bytes(&mut rest)?.to_vec();
        let mut table = || {
            Ok(Table {
                text: text(&mut rest)?.to_owned(),
                starts: numbers(&mut rest)?,
                firsts: numbers(&mut rest)?,
                postings: numbers(&mut rest)?,
            })
        };
        let (names, codes) = (table()?, table()?);
        if rest.is_empty() { Ok(Segment { base, lengths, names, codes }) } else { Err(Malformed) }
    }
}

fn put_number(out: &mut Vec<u8>, number: u32) {
    out.extend(number.to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u32);
    out.extend_from_slice(bytes);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

fn put_numbers(out: &mut Vec<u8>, numbers: &[u32]) {
    put_number(out, numbers.len() as u32);
    numbers.iter().for_each(|number| put_number(out, *number));
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (taken, behind) = rest.split_at_checked(length).ok_or(Malformed)?;
    *rest = behind;
    Ok(taken)
}

fn number(rest: &mut &[u8]) -> Result<u32, Malformed> {
    take(rest, 4)?.try_into().map(u32::from_le_bytes).map_err(|_| Malformed)
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Malformed> {
    let length = number(rest)?;
    take(rest, length as usize)
}

fn text<'a>(rest: &mut &'a [u8]) -> Result<&'a str, Malformed> {
    std::str::from_utf8(take_bytes(rest)?).map_err(|_| Malformed)
}

fn numbers(rest: &mut &[u8]) -> Result<Vec<u32>, Malformed> {
    let length = number(rest)? as usize;
    let bytes = take(rest, length.checked_mul(4).ok_or(Malformed)?)?;
    Ok(bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::search::SearchIndex;

    fn segment(products: &[(String, String)]) -> Segment {
        let mut indexer = Indexer::behind(7);
        products.iter().for_each(|(title, code)| indexer.add(title, [code.as_str()].into_iter()));
        indexer.seal();
        indexer.take().remove(0)
    }

    proptest! {
        #[test]
        fn a_segment_finds_the_same_behind_its_journey(
            products in prop::collection::vec(("[a-dé ]{1,12}", "[0-9]{3,5}"), 1..40),
            query in "[a-dé0-9]{1,4}",
        ) {
            let here = segment(&products);
            let there = Segment::from_bytes(&here.to_bytes()).unwrap();
            let found = |segment: Segment| SearchIndex { segments: vec![segment] }.search(&query, 50);
            prop_assert_eq!(found(here), found(there));
        }

        #[test]
        fn what_was_cut_short_is_refused(cut in 0_usize..100) {
            let bytes = segment(&[("Apron".into(), "4001".into()), ("Bread".into(), "4002".into())]).to_bytes();
            let cut = cut % bytes.len();
            prop_assert_eq!(Segment::from_bytes(&bytes[..cut]).err(), Some(Malformed));
        }
    }
}
