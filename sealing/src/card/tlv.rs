//! BER-TLV as chips and their readers use it (EMV Book 3, annex B; ISO/IEC 8825-1), within limits.

use thiserror::Error;

/// How deep templates may stand in each other.
pub const MAX_DEPTH: usize = 8;

/// How many objects one message may have, at all depths.
pub const MAX_OBJECTS: usize = 256;

/// Why bytes are not BER-TLV within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TlvError {
    /// A tag or a length ends too early or is longer than four bytes, or a value reaches beyond its template.
    #[error("the chip's data has an impossible length")]
    Length,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("the chip's data is nested too deeply")]
    Depth,
    /// More than [`MAX_OBJECTS`].
    #[error("the chip's data has too many parts")]
    Objects,
}

/// One object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Object<'a> {
    /// The tag's bytes as one number: `0x9f26`, `0xdfee12`.
    pub tag: u32,
    /// Its value.
    pub value: &'a [u8],
    /// Is it a template, whose value is objects? Those have been visited before it.
    pub constructed: bool,
    /// What the value is.
    pub form: Form,
}

/// What ID TECH's readers say of a sensitive value in its length's first byte: 0x20 added to a long form means masked, 0x40
/// encrypted (`5A A1 08 …`, `5A C1 10 …`). In BER-TLV neither is a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As the tag says.
    Plain,
    /// Part of it is hidden.
    Masked,
    /// It is ciphertext.
    Encrypted,
}

/// Visits every object of `bytes` at every depth, what is inside a template before the template itself.
///
/// # Errors
/// [`TlvError`], or what `visit` says.
pub fn walk<'a, E: From<TlvError>>(bytes: &'a [u8], visit: &mut dyn FnMut(Object<'a>) -> Result<(), E>) -> Result<(), E> {
    let mut left = MAX_OBJECTS;
    within(bytes, MAX_DEPTH, &mut left, visit)
}

fn within<'a, E: From<TlvError>>(
    mut bytes: &'a [u8],
    depth: usize,
    left: &mut usize,
    visit: &mut dyn FnMut(Object<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let depth = depth.checked_sub(1).ok_or(TlvError::Depth)?;
    loop {
        // Book 3, B.1: zeros may stand before, between and after objects.
        let padding = bytes.iter().take_while(|byte| **byte == 0).count();
        bytes = bytes.get(padding..).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        *left = left.checked_sub(1).ok_or(TlvError::Objects)?;
        let (object, rest) = object(bytes)?;
        if object.constructed {
            within(object.value, depth, left, visit)?;
        }
        visit(object)?;
        bytes = rest;
    }
}

fn object(bytes: &[u8]) -> Result<(Object<'_>, &[u8]), TlvError> {
    let (first, mut rest) = bytes.split_first().ok_or(TlvError::Length)?;
    let mut tag = u32::from(*first);
    if first & 0x1f == 0x1f {
        // Of at most four bytes: each but the last has its top bit set.
        for place in 0.. {
            let (next, after) = rest.split_first().ok_or(TlvError::Length)?;
            if place == 3 {
                return Err(TlvError::Length);
            }
            (tag, rest) = (tag << 8 | u32::from(*next), after);
            if next & 0x80 == 0 {
                break;
            }
        }
    }
    let (length, form, rest) = length(rest)?;
    let (value, rest) = rest.split_at_checked(length).ok_or(TlvError::Length)?;
    Ok((Object { tag, value, constructed: first & 0x20 != 0 && form == Form::Plain, form }, rest))
}

/// Definite lengths of up to three bytes.
fn length(bytes: &[u8]) -> Result<(usize, Form, &[u8]), TlvError> {
    let (first, rest) = bytes.split_first().ok_or(TlvError::Length)?;
    let (form, count) = match first {
        0..=0x7f => return Ok((usize::from(*first), Form::Plain, rest)),
        0x81..=0x83 => (Form::Plain, first - 0x80),
        0xa1..=0xa2 => (Form::Masked, first - 0xa0),
        0xc1..=0xc2 => (Form::Encrypted, first - 0xc0),
        _ => return Err(TlvError::Length),
    };
    let (digits, rest) = rest.split_at_checked(usize::from(count)).ok_or(TlvError::Length)?;
    Ok((digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), form, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(bytes: &[u8]) -> Result<Vec<(u32, usize)>, TlvError> {
        let mut seen = Vec::new();
        walk(bytes, &mut |object| {
            seen.push((object.tag, object.value.len()));
            Ok::<(), TlvError>(())
        })?;
        Ok(seen)
    }

    #[test]
    fn nested_objects_come_before_their_template() {
        let bytes = [0x00, 0x70, 0x08, 0x9f, 0x26, 0x01, 0xaa, 0x00, 0x9a, 0x01, 0x21, 0xdf, 0xee, 0x12, 0x81, 0x02, 1, 2];
        assert_eq!(tags(&bytes), Ok(vec![(0x9f26, 1), (0x9a, 1), (0x70, 8), (0x00df_ee12, 2)]));
    }

    #[test]
    fn masked_and_encrypted_values_are_told() {
        let mut forms = Vec::new();
        let bytes = [0x5a, 0xa1, 0x02, 0x47, 0x6c, 0x5a, 0xc1, 0x01, 0xff, 0x5a, 0x01, 0x47];
        let walked = walk::<TlvError>(&bytes, &mut |object| {
            forms.push((object.form, object.value.len()));
            Ok(())
        });
        assert_eq!((walked, forms), (Ok(()), vec![(Form::Masked, 2), (Form::Encrypted, 1), (Form::Plain, 1)]));
    }

    #[test]
    fn limits() {
        assert_eq!(tags(&[0x9a]), Err(TlvError::Length));
        assert_eq!(tags(&[0x9a, 0x02, 0x01]), Err(TlvError::Length));
        assert_eq!(tags(&[0x9a, 0x80]), Err(TlvError::Length), "an indefinite length");
        assert_eq!(tags(&[0x9a, 0x84, 0, 0, 0, 0]), Err(TlvError::Length));
        assert_eq!(tags(&[0x9a, 0x83, 0xff, 0xff, 0xff, 0]), Err(TlvError::Length));
        assert_eq!(tags(&[0x9f, 0x81, 0x82, 0x83, 0x04, 0x00]), Err(TlvError::Length), "a tag of five bytes");
        assert_eq!(tags(&[0x9f, 0x81, 0x82, 0x04, 0x00]), Ok(vec![(0x9f81_8204, 0)]));
        let nested = |depth: u8| (0..depth).rev().flat_map(|inner| [0x70, inner * 2]).collect::<Vec<u8>>();
        assert!(tags(&nested(7)).is_ok());
        assert_eq!(tags(&nested(60)), Err(TlvError::Depth));
        assert_eq!(tags(&[0x9a, 0x00].repeat(MAX_OBJECTS)).map(|seen| seen.len()), Ok(MAX_OBJECTS));
        assert_eq!(tags(&[0x9a, 0x00].repeat(MAX_OBJECTS + 1)), Err(TlvError::Objects));
    }
}
