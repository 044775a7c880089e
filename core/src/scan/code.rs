//! What a scanned code says: EAN-13 and EAN-8, UPC-A and UPC-E (all as GTIN-14), GS1 Digital Link, GS1 element strings, labels
//! that the shop prints itself, and any other text (Code 128, Code 39, QR) as it stands.

use crate::{
    catalogue::{Product, Unit},
    config::{Config, LabelHolds},
    money::{Milli, Minor},
};

/// What a code means in a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// This product.
    Product(&'a Product),
    /// A label with the price of what it is stuck on.
    Priced(&'a Product, Minor),
    /// A label with the weight or volume of what it is stuck on.
    Weighed(&'a Product, Milli),
}

impl<'a> Found<'a> {
    /// The product that it is.
    pub fn product(&self) -> &'a Product {
        match self {
            Found::Product(product) | Found::Priced(product, _) | Found::Weighed(product, _) => product,
        }
    }
}

/// The product of `text`; nothing for a code that the shop does not know.
pub fn find<'a>(text: &str, config: &'a Config) -> Option<Found<'a>> {
    let text = without_symbology(text.trim());
    let gtins = gtins(text);
    // What is stored as UPC-E is the same article as its UPC-A.
    let is_meant =
        |own: &str| own.eq_ignore_ascii_case(text) || gtin14(own).into_iter().chain(upc_e(own)).any(|own| gtins.contains(&own));
    let short: Vec<String> = gtins.iter().flat_map(|gtin| upc_es_of(gtin)).collect();
    let codes: Vec<&str> = gtins.iter().chain(&short).map(String::as_str).chain([text]).collect();
    let exact = config
        .products
        .with_code(&codes, |product| product.barcodes.iter().any(|own| is_meant(own)) || product.sku.eq_ignore_ascii_case(text));
    exact.map(Found::Product).or_else(|| gtins.iter().find_map(|gtin| labelled(gtin, config)))
}

/// A label of the shop's own: EAN-13 that begins with 02 or 20 to 29; digits 8 to 12 hold price or weight.
fn labelled<'a>(gtin: &str, config: &'a Config) -> Option<Found<'a>> {
    let thirteen = gtin.strip_prefix('0')?;
    let prefix: u8 = thirteen.get(..2)?.parse().ok()?;
    if prefix != 2 && !(20..=29).contains(&prefix) {
        return None;
    }
    let (article, held) = (format!("{}00000", thirteen.get(..7)?), thirteen.get(7..12)?.parse::<i64>().ok()?);
    let article = format!("0{article}{}", check_digit(&article)?);
    let has_it = |product: &Product| product.barcodes.iter().any(|own| gtin14(own).as_ref() == Some(&article));
    let product = config.products.with_code(&[&article], has_it)?;
    let by_itself = product.price_embedded.then_some(LabelHolds::Price);
    match config.rules.labels.get(&prefix).copied().or(by_itself)? {
        LabelHolds::Price => Some(Found::Priced(product, Minor(held))),
        LabelHolds::Weight if held > 0 => Some(Found::Weighed(product, Milli(held))),
        LabelHolds::Weight => None,
    }
}

/// What a price of this product is for, in words: `kg`, `l`, or `each`.
pub fn per(unit: Option<Unit>) -> &'static str {
    unit.map_or("each", Unit::sign)
}

/// What was read, without its kind: scanners can be set to say that first, as `]E0`, `]C1`, `]Q3` (ISO/IEC 15424).
pub fn without_symbology(text: &str) -> &str {
    match text.as_bytes() {
        [b']', kind, b'0'..=b'9', ..] if kind.is_ascii_alphabetic() => text.get(3..).unwrap_or(text),
        _ => text,
    }
}

/// The GTIN-14s that `text` may stand for: an 8-digit code can be an EAN-8 as well as a UPC-E.
fn gtins(text: &str) -> Vec<String> {
    if let Some(gtin) = digital_link(text).or_else(|| element_string(text)) {
        return vec![gtin];
    }
    gtin14(text).filter(|gtin| has_check_digit(gtin)).into_iter().chain(upc_e(text)).collect()
}

/// A GTIN of 8, 12, 13 or 14 digits with zeros in front (GS1 General Specifications, 3.3.2). The check digit is not looked at.
pub(crate) fn gtin14(text: &str) -> Option<String> {
    let digits = matches!(text.len(), 8 | 12 | 13 | 14) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| format!("{text:0>14}"))
}

/// A UPC-E of 6 digits, or of 8 with number system and check digit, as the UPC-A that it stands for (GS1 General Specifications,
/// 5.2.2.4.2).
fn upc_e(text: &str) -> Option<String> {
    if !matches!(text.len(), 6 | 8) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (system, six, check) = match text.len() {
        6 => ("0", text, None),
        _ => (text.get(..1)?, text.get(1..7)?, text.get(7..)),
    };
    if !matches!(system, "0" | "1") {
        return None;
    }
    let d = |from: usize, to: usize| six.get(from..to).unwrap_or_default();
    let eleven = match d(5, 6) {
        last @ ("0" | "1" | "2") => format!("{system}{}{last}0000{}", d(0, 2), d(2, 5)),
        "3" => format!("{system}{}00000{}", d(0, 3), d(3, 5)),
        "4" => format!("{system}{}00000{}", d(0, 4), d(4, 5)),
        last => format!("{system}{}0000{last}", d(0, 5)),
    };
    let own = check_digit(&eleven)?.to_string();
    check.is_none_or(|check| check == own).then(|| format!("00{eleven}{own}"))
}

/// The UPC-Es that a UPC-A, given as GTIN-14, may be stored as: of 6 digits and of 8 (the other way round of [`upc_e`]).
fn upc_es_of(gtin: &str) -> Vec<String> {
    let Some(twelve) = gtin.strip_prefix("00") else { return Vec::new() };
    let part = |from: usize, to: usize| twelve.get(from..to).unwrap_or_default();
    let (system, check) = (part(0, 1), part(11, 12));
    // Each way of leaving zeros out; what does not come back the same was none.
    let six = [
        format!("{}{}{}", part(1, 3), part(8, 11), part(3, 4)),
        format!("{}{}3", part(1, 4), part(9, 11)),
        format!("{}{}4", part(1, 5), part(10, 11)),
        format!("{}{}", part(1, 6), part(10, 11)),
    ];
    let forms = six.into_iter().flat_map(|six| [format!("{system}{six}{check}"), six]);
    forms.filter(|short| upc_e(short).as_deref() == Some(gtin)).collect()
}

/// The GTIN in a GS1 Digital Link (GS1 Digital Link Standard: URI Syntax, 4.7): `https://…/01/09506000134352…`.
fn digital_link(text: &str) -> Option<String> {
    let scheme = text.get(..8)?.to_ascii_lowercase();
    if !scheme.starts_with("http://") && !scheme.starts_with("https://") {
        return None;
    }
    let path = text.split(['?', '#']).next()?;
    let mut parts = path.split('/').skip(3).skip_while(|part| *part != "01" && !part.eq_ignore_ascii_case("gtin"));
    parts.next();
    gtin14(parts.next()?).filter(|gtin| has_check_digit(gtin))
}

/// The GTIN in a GS1 element string, as GS1-128 and GS1 DataMatrix hold it: `(01)09506000134352…` or `0109506000134352…`.
fn element_string(text: &str) -> Option<String> {
    let bracketed = text.strip_prefix("(01)");
    // Without brackets, 14 bare digits would begin with 01 by chance; 16 and more are no other GTIN.
    let bare = text.trim_start_matches('\u{1d}').strip_prefix("01");
    let fourteen = bracketed.or(bare)?.get(..14)?;
    gtin14(fourteen).filter(|gtin| has_check_digit(gtin))
}

fn has_check_digit(gtin: &str) -> bool {
    gtin.split_at_checked(gtin.len().saturating_sub(1))
        .is_some_and(|(body, check)| check_digit(body).is_some_and(|digit| digit.to_string() == check))
}

/// The check digit of a GTIN without it (GS1 General Specifications, 7.9): from the right, weights 3 and 1. Nothing for what is
/// not all digits.
pub fn check_digit(body: &str) -> Option<u32> {
    let sum = body
        .chars()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .try_fold(0u32, |sum, (c, weight)| Some(sum + c.to_digit(10)? * weight))?;
    Some((10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn check_digits_are_gs1s() {
        for code in ["4006381333931", "96385074", "036000291452", "09506000134352", "5901234123457"] {
            assert!(has_check_digit(code), "{code}");
        }
        assert_eq!((check_digit("400638133393"), check_digit("x")), (Some(1), None));
    }

    #[test]
    fn every_kind_of_gtin_comes_to_fourteen_digits() {
        for (text, gtin) in [
            ("4006381333931", "04006381333931"),
            ("036000291452", "00036000291452"),
            ("0036000291452", "00036000291452"),
            // UPC-E: each of the ways of leaving zeros out.
            ("04252614", "00042100005264"),
            ("425261", "00042100005264"),
            ("01234133", "00012300000413"),
            ("01234505", "00012000003455"),
            ("01234558", "00012345000058"),
            ("01234543", "00012340000053"),
            ("https://id.gs1.org/01/09506000134352", "09506000134352"),
            ("HTTPS://shop.example/some/path/01/09506000134352/10/ABC1?11=180426", "09506000134352"),
            ("http://shop.example/gtin/4006381333931#x", "04006381333931"),
            ("(01)09506000134352(10)AB", "09506000134352"),
            ("01095060001343523103000189", "09506000134352"),
        ] {
            let all = gtins(text);
            assert!(all.contains(&gtin.to_owned()), "{text}: {all:?}");
        }
        // And back, for what is stored as UPC-E.
        for short in ["04252614", "01234133", "01234505", "01234558", "01234543", "01234565"] {
            let long = upc_e(short).unwrap();
            let all = upc_es_of(&long);
            assert!(all.contains(&short.to_owned()) && all.contains(&short[1..7].to_owned()), "{long}: {all:?}");
            assert!(all.iter().all(|other| upc_e(other).as_ref() == Some(&long)), "{all:?}");
        }
        assert!(upc_es_of("00036000291452").is_empty() && upc_es_of("04006381333931").is_empty());
        // An EAN-8.
        assert!(gtins("96385074").contains(&"00000096385074".to_owned()));
        for text in
            // Wrong check digits, of an EAN-13, a UPC-E and in a link.
            [
                "4006381333930",
                "04252615",
                "https://id.gs1.org/01/09506000134353",
                "",
                "12",
                "https://shop.example/01/123",
                "https://",
                "ftp://x/01/09506000134352",
                "ABC-4711",
            ]
        {
            assert!(gtins(text).is_empty(), "{text}: {:?}", gtins(text));
        }
        assert_eq!(without_symbology("]E04006381333931"), "4006381333931");
        assert_eq!(without_symbology("]é0"), "]é0");
    }
}
