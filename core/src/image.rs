//! A product's picture: so small that a tablet holds thousands of them. WebP or JPEG, at most 160 pixels a side and 12 KiB; the office's
//! page makes it so, and whoever takes one in looks again.

use thiserror::Error;

/// The most bytes.
pub const BYTES_MAX: usize = 12 * 1024;
/// The longest side, pixels.
pub const SIDE_MAX: u32 = 160;

/// How a picture is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 9649.
    WebP,
    /// ITU-T T.81.
    Jpeg,
}

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadImage {
    /// More than [`BYTES_MAX`].
    #[error("The picture has more than 12 KiB.")]
    TooLarge,
    /// Wider or higher than [`SIDE_MAX`].
    #[error("The picture is wider or higher than 160 pixels.")]
    TooWide,
    /// Neither WebP nor JPEG.
    #[error("The picture is neither a WebP nor a JPEG file.")]
    Unknown,
}

impl Encoding {
    /// What it is called in HTTP (RFC 9649, 5; RFC 2046, 4.2).
    pub fn media_type(self) -> &'static str {
        match self {
            Encoding::WebP => "image/webp",
            Encoding::Jpeg => "image/jpeg",
        }
    }
}

/// How these bytes are encoded, if they are a picture that is small enough.
pub fn check(bytes: &[u8]) -> Result<Encoding, BadImage> {
    if bytes.len() > BYTES_MAX {
        return Err(BadImage::TooLarge);
    }
    let (encoding, sides) = match bytes {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', chunk @ ..] => (Encoding::WebP, webp(chunk)),
        [0xff, 0xd8, rest @ ..] => (Encoding::Jpeg, jpeg(rest)),
        _ => return Err(BadImage::Unknown),
    };
    let (width, height) = sides.filter(|(width, height)| *width > 0 && *height > 0).ok_or(BadImage::Unknown)?;
    if width > SIDE_MAX || height > SIDE_MAX { Err(BadImage::TooWide) } else { Ok(encoding) }
}

/// Width and height by the first chunk (RFC 9649, 2.5 to 2.7).
fn webp(chunk: &[u8]) -> Option<(u32, u32)> {
    let (kind, rest) = chunk.split_first_chunk::<4>()?;
    let body = rest.get(4..)?;
    match kind {
        b"VP8 " => match body.get(3..10)? {
            // RFC 6386, 9.1: fourteen bits each, and two for a scale that nobody uses.
            [0x9d, 0x01, 0x2a, w, wh, h, hh] => {
                Some((u32::from(u16::from_le_bytes([*w, *wh]) & 0x3fff), u32::from(u16::from_le_bytes([*h, *hh]) & 0x3fff)))
            }
            _ => None,
        },
        b"VP8L" => match body.get(..5)? {
            [0x2f, bits @ ..] => {
                let bits = u32::from_le_bytes(bits.try_into().ok()?);
                Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
            }
            _ => None,
        },
        b"VP8X" => match body.get(4..10)? {
            [w, wh, ww, h, hh, hw] => {
                Some((u32::from_le_bytes([*w, *wh, *ww, 0]) + 1, u32::from_le_bytes([*h, *hh, *hw, 0]) + 1))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Width and height by the frame's header (ITU-T T.81, B.2.2), behind the start of the image.
fn jpeg(mut rest: &[u8]) -> Option<(u32, u32)> {
    loop {
        let [0xff, marker, high, low, ..] = rest else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match marker {
            // A frame of any kind; C4, C8 and CC are something else.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let [_, h, hh, w, ww] = rest.get(4..9)? else { return None };
                return Some((u32::from(u16::from_be_bytes([*w, *ww])), u32::from(u16::from_be_bytes([*h, *hh]))));
            }
            // The picture begins, and there was no frame.
            0xda => return None,
            _ => rest = rest.get(2 + length.max(2)..)?,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn riff(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        [&b"RIFF\x00\x00\x00\x00WEBP"[..], kind, &length, body].concat()
    }

    fn lossy(width: u16, height: u16) -> Vec<u8> {
        riff(b"VP8 ", &[&[0x10, 0, 0, 0x9d, 0x01, 0x2a][..], &width.to_le_bytes(), &height.to_le_bytes(), &[0; 20]].concat())
    }

    fn baseline(width: u16, height: u16) -> Vec<u8> {
        let app = [0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];
        let frame = [&[0xff, 0xc0, 0, 11, 8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 0x11, 0]].concat();
        [&[0xff, 0xd8][..], &app, &frame, &[0xff, 0xda]].concat()
    }

    #[test]
    fn small_pictures_are_taken() {
        assert_eq!(check(&lossy(160, 90)), Ok(Encoding::WebP));
        assert_eq!(check(&baseline(160, 160)), Ok(Encoding::Jpeg));
        // 160 × 120: each less one, fourteen bits.
        let bits = (159_u32 | 119 << 14).to_le_bytes();
        assert_eq!(check(&riff(b"VP8L", &[&[0x2f][..], &bits, &[0; 9]].concat())), Ok(Encoding::WebP));
        assert_eq!(check(&riff(b"VP8X", &[0, 0, 0, 0, 159, 0, 0, 159, 0, 0])), Ok(Encoding::WebP));
    }

    #[test]
    fn others_are_not() {
        assert_eq!(check(&lossy(161, 90)), Err(BadImage::TooWide));
        assert_eq!(check(&baseline(90, 161)), Err(BadImage::TooWide));
        assert_eq!(check(&riff(b"VP8X", &[0, 0, 0, 0, 160, 0, 0, 0, 0, 0])), Err(BadImage::TooWide));
        assert_eq!(check(&[lossy(100, 100), vec![0; BYTES_MAX]].concat()), Err(BadImage::TooLarge));
        for no in [
            &b""[..],
            b"RIFF",
            b"GIF89a",
            b"\x89PNG\r\n\x1a\n",
            b"<svg onload=alert(1)>",
            &lossy(0, 9),
            b"\xff\xd8\xff\xda\0\x08",
        ] {
            assert_eq!(check(no), Err(BadImage::Unknown), "{no:02x?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), jpeg in any::<bool>()) {
            let head: &[u8] = if jpeg { &[0xff, 0xd8] } else { b"RIFF\x00\x00\x00\x00WEBPVP8 " };
            let _ = check(&[head, &bytes].concat());
            let _ = check(&bytes);
        }
    }
}
