//! Scanners that speak HID POS and are no keyboards (USB-IF, HID Usage Tables 1.5, 24: Barcode Scanner Page, 0x8C). Where in a report
//! length, symbology and data stand, the device's own descriptor says; a long code comes in several reports.

use super::LENGTH_MAX;

/// The page of barcode scanners.
pub const USAGE_PAGE: u16 = 0x8c;

const BYTE_COUNT: u32 = 0x0001_003b;
const SYMBOLOGY: [u32; 3] = [0x008c_00fb, 0x008c_00fc, 0x008c_00fd];
const DECODED_DATA: u32 = 0x008c_00fe;
const CONTINUED: u32 = 0x008c_00ff;

/// The rest of a code that does not come within so many milliseconds does not come at all.
const REST_MS_MAX: i64 = 1_000;
/// More than any code, bytes: of each character up to four.
const BYTES_MAX: usize = 4 * LENGTH_MAX;
/// The longest report that is believed, bits.
const REPORT_BITS_MAX: usize = 8 * 4096;

/// An item of an input report (HID 1.11, 6.2.2.5): fields of one size beside each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Usage page and usage of each field, the page in the upper 16 bits; the last stands for all further fields. None for padding.
    pub usages: Vec<u32>,
    /// Bits of one field.
    pub bits: usize,
    /// How many fields.
    pub count: usize,
}

/// Where what is read stands in a scanner's reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    reports: Vec<Report>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Report {
    id: u8,
    length: Option<Field>,
    symbology: Vec<Field>,
    /// First byte, and how many.
    data: (usize, usize),
    continued: Option<Field>,
}

/// Bits of a report, counted from the lowest of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    at: usize,
    bits: usize,
}

/// What came of a code so far.
#[derive(Debug, Default)]
pub struct Assembly {
    bytes: Vec<u8>,
    since_ms: i64,
}

impl Layout {
    /// From each input report's id (0 where the device has only one) and items, in the descriptor's order. Nothing, if none of them
    /// holds decoded data.
    pub fn of(reports: &[(u8, Vec<Item>)]) -> Option<Layout> {
        let reports: Vec<Report> = reports.iter().filter_map(|(id, items)| Report::of(*id, items)).collect();
        (!reports.is_empty()).then_some(Layout { reports })
    }
}

impl Report {
    fn of(id: u8, items: &[Item]) -> Option<Report> {
        let mut fields = Vec::new();
        let mut at = 0_usize;
        for item in items {
            for place in 0..item.count {
                if at > REPORT_BITS_MAX {
                    return None;
                }
                fields.push((item.usages.get(place).or(item.usages.last()).copied(), Field { at, bits: item.bits }));
                at = at.saturating_add(item.bits);
            }
        }
        let field = |usage: u32| fields.iter().find(|(found, _)| *found == Some(usage)).map(|(_, field)| *field);
        let first = field(DECODED_DATA)?;
        let data = fields.iter().filter(|(found, _)| *found == Some(DECODED_DATA)).count();
        // Characters are bytes; anything else is no layout that is known.
        if first.bits != 8 || !first.at.is_multiple_of(8) {
            return None;
        }
        Some(Report {
            id,
            length: field(BYTE_COUNT),
            symbology: SYMBOLOGY.iter().filter_map(|usage| field(*usage)).collect(),
            data: (first.at / 8, data),
            continued: field(CONTINUED),
        })
    }
}

impl Assembly {
    /// Takes the next report, which came at `at_ms` (milliseconds on any clock that does not go back). The code with its AIM
    /// identifier, once it is whole; what does not fit the layout changes nothing.
    pub fn take(&mut self, layout: &Layout, id: u8, bytes: &[u8], at_ms: i64) -> Option<String> {
        let report = layout.reports.iter().find(|report| report.id == id)?;
        let (start, room) = report.data;
        let held = bytes.get(start..)?;
        let held = held.get(..room.min(held.len()))?;
        let length = match report.length {
            Some(length) => usize::try_from(value(bytes, length)?).ok()?,
            None => held.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1),
        };
        let held = held.get(..length)?;
        if at_ms.saturating_sub(self.since_ms) > REST_MS_MAX {
            self.bytes.clear();
        }
        self.since_ms = at_ms;
        self.bytes.extend_from_slice(held);
        if self.bytes.len() > BYTES_MAX {
            self.bytes.clear();
            return None;
        }
        if report.continued.and_then(|field| value(bytes, field)).is_some_and(|more| more != 0) {
            return None;
        }
        let whole = std::mem::take(&mut self.bytes);
        let text = words(&whole);
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        let symbology: Vec<u8> =
            report.symbology.iter().filter_map(|field| value(bytes, *field).and_then(|value| u8::try_from(value).ok())).collect();
        let aim = match symbology[..] {
            [b']', kind, modifier]
                if kind.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() && !text.starts_with(']') =>
            {
                [']', char::from(kind), char::from(modifier)].iter().collect()
            }
            _ => String::new(),
        };
        (!text.is_empty()).then(|| aim + text)
    }
}

/// UTF-8, else Latin-1: what QR codes and Code 128 hold.
fn words(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// The number in these bits, the lowest first; nothing, where the report ends before.
fn value(bytes: &[u8], field: Field) -> Option<u32> {
    if field.bits > 32 {
        return None;
    }
    (0..field.bits).try_fold(0_u32, |number, bit| {
        let at = field.at + bit;
        let set = bytes.get(at / 8)? >> (at % 8) & 1;
        Some(number | u32::from(set) << bit)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn item(usages: &[u32], bits: usize, count: usize) -> Item {
        Item { usages: usages.to_vec(), bits, count }
    }

    /// As scanners of Zebra and Honeywell in HID POS mode have it: length, AIM identifier, 56 bytes of data, one bit for "more".
    fn usual() -> Layout {
        let items = vec![
            item(&[BYTE_COUNT], 8, 1),
            item(&[SYMBOLOGY[0]], 8, 1),
            item(&[SYMBOLOGY[1]], 8, 1),
            item(&[SYMBOLOGY[2]], 8, 1),
            item(&[DECODED_DATA], 8, 56),
            item(&[CONTINUED], 1, 1),
            item(&[], 1, 7),
        ];
        Layout::of(&[(1, vec![item(&[0x008c_0010], 8, 4)]), (2, items)]).unwrap()
    }

    fn report(data: &[u8], more: bool) -> Vec<u8> {
        let mut report = vec![data.len() as u8];
        report.extend_from_slice(b"]E0");
        report.extend_from_slice(data);
        report.resize(60, 0);
        report.push(u8::from(more));
        report
    }

    #[test]
    fn one_report_is_a_code() {
        let (layout, mut assembly) = (usual(), Assembly::default());
        let read = |assembly: &mut Assembly, bytes: &[u8]| assembly.take(&layout, 2, bytes, 1_000);
        assert_eq!(read(&mut assembly, &report(b"4006381333931", false)).as_deref(), Some("]E04006381333931"));
        assert_eq!(read(&mut assembly, &report(b"4006381333931\r\n", false)).as_deref(), Some("]E04006381333931"));
        assert_eq!(assembly.take(&layout, 1, &report(b"4006381333931", false), 1_000), None, "a report of another kind");
        assert_eq!(assembly.take(&layout, 9, &report(b"4006381333931", false), 1_000), None, "a report that is not described");
    }

    #[test]
    fn a_long_code_comes_in_several_and_half_of_one_never_joins_the_next() {
        let (layout, mut assembly) = (usual(), Assembly::default());
        let link = format!("https://shop.example/01/09506000134352?{}", "x".repeat(100));
        let chunks: Vec<&[u8]> = link.as_bytes().chunks(56).collect();
        let mut said = None;
        for (at, chunk) in chunks.iter().enumerate() {
            assert_eq!(said, None);
            said = assembly.take(&layout, 2, &report(chunk, at + 1 < chunks.len()), 10 * at as i64);
        }
        assert_eq!(said, Some(format!("]E0{link}")));
        assert_eq!(assembly.take(&layout, 2, &report(b"half", true), 1_000), None);
        assert_eq!(assembly.take(&layout, 2, &report(b"whole", false), 5_000).as_deref(), Some("]E0whole"));
    }

    #[test]
    fn where_things_stand_the_descriptor_says() {
        // No length, no symbology, data first; two fields by a list of usages.
        let layout = Layout::of(&[(0, vec![item(&[DECODED_DATA], 8, 20), item(&[0x008c_0100, CONTINUED], 4, 2)])]).unwrap();
        let mut bytes = b"ABC-1".to_vec();
        bytes.resize(21, 0);
        assert_eq!(Assembly::default().take(&layout, 0, &bytes, 0).as_deref(), Some("ABC-1"));
        bytes[20] = 0x10;
        assert_eq!(Assembly::default().take(&layout, 0, &bytes, 0), None, "more is to come");
        assert_eq!(Layout::of(&[(0, vec![item(&[BYTE_COUNT], 8, 8)])]), None);
        assert_eq!(Layout::of(&[(0, vec![item(&[DECODED_DATA], 7, 8)])]), None, "no bytes");
        assert_eq!(Layout::of(&[(0, vec![item(&[], 8, usize::MAX), item(&[DECODED_DATA], 8, 8)])]), None, "endless");
    }

    #[test]
    fn a_length_that_lies_is_no_code() {
        let (layout, mut assembly) = (usual(), Assembly::default());
        let mut lying = report(b"4006381333931", false);
        lying[0] = 57;
        assert_eq!(assembly.take(&layout, 2, &lying, 0), None);
        assert_eq!(assembly.take(&layout, 2, &[], 0), None);
        assert_eq!(assembly.take(&layout, 2, &[3, b']', b'E'], 0), None, "cut short");
        assert_eq!(assembly.take(&layout, 2, &report(b"4006381333931", false), 1).as_deref(), Some("]E04006381333931"));
        for at in 0..200 {
            assert_eq!(assembly.take(&layout, 2, &report(&[b'9'; 56], true), at), None, "without end");
        }
        assert!(assembly.bytes.len() <= BYTES_MAX);
    }

    proptest! {
        #[test]
        fn no_report_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), id in 0_u8..4) {
            let (layout, mut assembly) = (usual(), Assembly::default());
            let _ = assembly.take(&layout, id, &bytes, 0);
        }
    }
}
