//! Figures for people: money, quantities, rates and ages, all from whole numbers.

use std::collections::BTreeMap;

use barrow_core::{
    money::{Currency, Milli, Minor},
    tax::Ppm,
};
use barrow_language::{number, t, tf};

/// An amount for people, such as `€1,234.50`. `code` is the ISO 4217 code.
pub fn money(minor: i64, code: &str) -> String {
    currency(code).format(Minor(minor))
}

/// How many, in the language's digits.
pub fn count(many: impl ToString) -> String {
    number(&many.to_string())
}

/// A quantity for people, such as `2` or `0.25`, from thousandths.
pub fn quantity(milli: i64) -> String {
    number(&Milli(milli).to_string())
}

/// A tax rate for people, such as `19 %` or `8.875 %`, from millionths.
pub fn rate(ppm: u32) -> String {
    barrow_language::percent(Ppm(ppm)).replace(' ', "\u{a0}")
}

/// A size for people, such as `512 bytes`, `12 kB` or `3.4 MB`.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => tf("{} bytes", &[&bytes]),
        10_000..1_000_000 => tf("{} kB", &[&count((bytes + 500) / 1000)]),
        _ => tf("{} MB", &[&number(&format!("{}.{}", bytes / 1_000_000, bytes % 1_000_000 / 100_000))]),
    }
}

/// How long ago, in the largest unit that says enough: `just now`, `40 s ago`, `12 min ago`, `3 h ago`, `2 days ago`.
/// A time ahead of this browser's clock is `just now`.
pub fn ago(ms: i64) -> String {
    match ms.max(0) / 1000 {
        0..5 => t("just now"),
        s @ 5..90 => tf("{} s ago", &[&s]),
        s @ 90..5400 => tf("{} min ago", &[&((s + 30) / 60)]),
        s @ 5400..129_600 => tf("{} h ago", &[&((s + 1800) / 3600)]),
        s => tf("{} days ago", &[&((s + 43_200) / 86_400)]),
    }
}

/// Sums amounts by currency and writes them in the order of the codes, such as `€12.00 + $3.50`.
/// A sum that leaves the range of an amount is written as such.
pub fn sums<'a>(amounts: impl IntoIterator<Item = (&'a str, i64)>) -> String {
    let mut by_code: BTreeMap<&str, i128> = BTreeMap::new();
    for (code, minor) in amounts {
        *by_code.entry(code).or_default() += i128::from(minor);
    }
    let written: Vec<String> = by_code
        .into_iter()
        .map(|(code, sum)| Minor::checked(sum).map_or_else(|_| tf("{}: too large", &[&code]), |sum| money(sum.0, code)))
        .collect();
    written.join(" + ")
}

/// A sentence from the journal with its amounts as the page's language writes them: the journal has them as `€1,234.50`.
pub fn in_sentence(text: &str) -> String {
    rewritten(text, |amount, code| money(amount.0, code))
}

/// `text` with `write` in place of each amount. Two currencies with the same sign are left as they are.
fn rewritten(text: &str, write: impl Fn(Minor, &str) -> String) -> String {
    let mut currencies: Vec<Currency> = Currency::codes().filter_map(Currency::of).collect();
    // `NZ$` before `$`.
    currencies.sort_by_key(|currency| std::cmp::Reverse(currency.symbol.len()));
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let begins = !out.ends_with(char::is_alphanumeric);
        let mut here = currencies.iter().filter(|currency| begins && rest.starts_with(&currency.symbol));
        let found = match (here.next(), here.next()) {
            (Some(currency), other) if other.is_none_or(|other| other.symbol != currency.symbol) => amount_at(rest, currency),
            _ => None,
        };
        let Some((amount, length, code)) = found else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let amount = if out.ends_with('−') { Minor(-amount.0) } else { amount };
        out.truncate(out.trim_end_matches('−').len());
        out.push_str(&write(amount, code));
        rest = &rest[length..];
    }
    out
}

/// The amount that `text` begins with, how long it is there, and its currency's code.
fn amount_at<'a>(text: &str, currency: &'a Currency) -> Option<(Minor, usize, &'a str)> {
    let figures = &text[currency.symbol.len()..];
    let length = figures.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(figures.len());
    // A sentence's own comma or stop may come after it.
    let figures = figures[..length].trim_end_matches(['.', ',']);
    let amount = Minor(figures.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()?);
    let written = currency.format(amount);
    (written == format!("{}{figures}", currency.symbol)).then_some((amount, written.len(), currency.code.as_str()))
}

/// A currency known only by its ISO 4217 code: the answer of the office's API carries no more.
pub(crate) fn currency(code: &str) -> Currency {
    let decimals = match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    };
    let symbol = match code {
        "EUR" => "€".to_owned(),
        "GBP" => "£".to_owned(),
        "USD" => "$".to_owned(),
        "JPY" => "¥".to_owned(),
        other => format!("{other}\u{a0}"),
    };
    let mut currency = Currency {
        code: code.to_owned(),
        decimals,
        symbol,
        notes: Vec::new(),
        coins: Vec::new(),
        cash_step: Minor(1),
        style: None,
    };
    currency.style = barrow_language::style(&currency);
    currency
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_its_currencys_decimals() {
        assert_eq!(money(123_450, "EUR"), "€1,234.50");
        assert_eq!(money(-5, "EUR"), "−€0.05");
        assert_eq!(money(1500, "JPY"), "¥1,500");
        assert_eq!(money(1500, "KWD"), "KWD\u{a0}1.500");
        assert_eq!(money(1500, "CHF"), "CHF\u{a0}15.00");
    }

    #[test]
    fn amounts_are_found_in_sentences() {
        let table = [
            ("Sold for €1,234.50.", "Sold for [123450 EUR]."),
            ("€0.05, −€2.00 and NZ$1.00", "[5 EUR], [-200 EUR] and [100 NZD]"),
            ("¥1,500 of CHF 2.00", "[1500 JPY] of [200 CHF]"),
            ("kr 5.00, €5, €1234.50, A€1.00, $", "kr 5.00, €5, €1234.50, A€1.00, $"),
            ("", ""),
        ];
        for (sentence, want) in table {
            assert_eq!(rewritten(sentence, |amount, code| format!("[{} {code}]", amount.0)), want);
        }
    }

    #[test]
    fn quantities_and_rates_drop_empty_places() {
        assert_eq!(quantity(2000), "2");
        assert_eq!(quantity(250), "0.25");
        assert_eq!(rate(190_000), "19\u{a0}%");
        assert_eq!(rate(88_750), "8.875\u{a0}%");
        assert_eq!(rate(0), "0\u{a0}%");
    }

    #[test]
    fn sizes_take_the_unit_that_fits() {
        assert_eq!([bytes(4), bytes(12_600), bytes(3_450_000)], ["4 bytes", "13 kB", "3.4 MB"]);
    }

    #[test]
    fn ages_take_the_unit_that_fits() {
        let table = [
            (-5_000, "just now"),
            (4_999, "just now"),
            (40_000, "40 s ago"),
            (89_000, "89 s ago"),
            (90_000, "2 min ago"),
            (3_600_000, "60 min ago"),
            (5_400_000, "2 h ago"),
            (86_400_000, "24 h ago"),
            (172_800_000, "2 days ago"),
        ];
        for (ms, want) in table {
            assert_eq!(ago(ms), want, "{ms} ms");
        }
    }

    #[test]
    fn sums_keep_currencies_apart() {
        assert_eq!(sums([("USD", 350), ("EUR", 700), ("EUR", 500)]), "€12.00 + $3.50");
        assert_eq!(sums([]), "");
        assert_eq!(sums([("EUR", i64::MAX), ("EUR", i64::MAX)]), "EUR: too large");
    }
}
