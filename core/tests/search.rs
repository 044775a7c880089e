//! The till's product search: what is found, in which order, and how sure with typing errors. How quick it is, `make bench` says.

use std::collections::HashSet;

use barrow_core::search::{Indexer, SearchIndex};
use proptest::prelude::*;

/// As many as the first screen shows.
const FIRST: usize = 20;

struct Shop {
    products: Vec<(String, String, String)>,
    index: SearchIndex,
}

impl Shop {
    fn new(products: Vec<(String, String, String)>) -> Shop {
        let mut indexer = Indexer::default();
        for (name, sku, barcode) in &products {
            indexer.add(name, [sku.as_str(), barcode.as_str()].into_iter());
        }
        indexer.seal();
        let mut index = SearchIndex::default();
        indexer.take().into_iter().for_each(|segment| index.push(segment));
        Shop { products, index }
    }

    fn of(products: &[(&str, &str, &str)]) -> Shop {
        Shop::new(products.iter().map(|(name, sku, barcode)| ((*name).into(), (*sku).into(), (*barcode).into())).collect())
    }

    fn finds(&self, query: &str, place: usize) -> bool {
        self.index.search(query, FIRST).contains(&place)
    }
}

/// A small generator whose numbers follow from its seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) % limit as u64) as usize
    }

    fn of<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const MAKES: [&str; 24] = [
    "Almafrío",
    "Bergström",
    "Café Noir",
    "Dúo",
    "Ekologisk",
    "Farina",
    "Grüner Hof",
    "Hario",
    "Iittala",
    "Jubilé",
    "Kōhī",
    "Løvehjem",
    "Mühle",
    "Nordlys",
    "O'Brien",
    "Paměť",
    "Quiñones",
    "Rosé & Co",
    "Saga",
    "Tōkyō",
    "Ünal",
    "Vättern",
    "Włókno",
    "Zoë",
];
const KINDS: [&str; 30] = [
    "apron",
    "blanket",
    "candle",
    "canvas tote",
    "ceramic mug",
    "chocolate",
    "coffee beans",
    "cushion",
    "diary",
    "earrings",
    "espresso cups",
    "gift card",
    "green tea",
    "honey",
    "hoodie",
    "jigsaw puzzle",
    "keyring",
    "lamp",
    "marmalade",
    "notebook",
    "olive oil",
    "postcard",
    "poster",
    "sandals",
    "scarf",
    "soap",
    "sunglasses",
    "T-shirt",
    "vinyl record",
    "wallet",
];
const KINDS_OF: [&str; 20] = [
    "amber", "black", "classic", "crimson", "dark", "emerald", "floral", "golden", "handmade", "indigo", "ivory", "linen",
    "organic", "recycled", "rustic", "scented", "striped", "velvet", "vintage", "woven",
];
const SIZES: [&str; 12] = ["S", "M", "L", "XL", "40 ml", "250 g", "500 g", "1 kg", "set of 2", "set of 6", "A5", "No. 7"];

fn shop(count: usize, dice: &mut Dice) -> Shop {
    let mut names = HashSet::new();
    let mut codes = HashSet::new();
    while names.len() < count {
        names.insert(format!("{} {} {}, {}", dice.of(&MAKES), dice.of(&KINDS_OF), dice.of(&KINDS), dice.of(&SIZES)));
    }
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort();
    let mut code = |dice: &mut Dice, make: &dyn Fn(&mut Dice) -> String| {
        loop {
            let code = make(dice);
            if codes.insert(code.clone()) {
                return code;
            }
        }
    };
    let products = names.into_iter().map(|name| {
        let sku = code(dice, &|dice| format!("{}-{:06}", &KINDS[dice.below(30)][..3].to_uppercase(), dice.below(1_000_000)));
        let barcode = code(dice, &|dice| ean13(400_000_000_000 + dice.below(90_000_000_000) as u64));
        (name, sku, barcode)
    });
    Shop::new(products.collect())
}

fn ean13(twelve: u64) -> String {
    let digits = format!("{twelve:012}");
    let sum: u64 = digits.bytes().enumerate().map(|(i, d)| u64::from(d - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// One wrong, missing or additional character, or two swapped neighbours.
fn with_error(text: &str, dice: &mut Dice) -> String {
    let letters: Vec<char> = "abcdefghijklmnopqrstuvwxyz0123456789".chars().collect();
    let mut chars: Vec<char> = text.chars().collect();
    let at = dice.below(chars.len());
    let letter = letters[dice.below(letters.len())];
    match dice.below(4) {
        0 => chars[at] = letter,
        1 => chars.insert(at, letter),
        2 if chars.len() > 1 => drop(chars.remove(at)),
        _ => chars.swap(at, (at + 1).min(text.chars().count() - 1)),
    }
    chars.into_iter().collect()
}

#[test]
fn every_name_sku_and_barcode_is_found_and_nine_in_ten_with_an_error() {
    let mut dice = Dice(5);
    let shop = shop(20_000, &mut dice);
    let mut with_errors = [0; 3];
    const TRIES: usize = 300;
    for _ in 0..TRIES {
        let place = dice.below(shop.products.len());
        let (name, sku, barcode) = &shop.products[place];
        for (kind, text) in [name, sku, barcode].into_iter().enumerate() {
            assert!(shop.finds(text, place), "{text}");
            let wrong = with_error(text, &mut dice);
            with_errors[kind] += usize::from(shop.finds(&wrong, place));
        }
    }
    let least = TRIES * 9 / 10;
    assert!(with_errors.iter().all(|found| *found >= least), "of {TRIES} names, SKUs and barcodes: {with_errors:?}");
}

#[test]
fn order() {
    let shop = Shop::of(&[
        ("Steak tea rub", "RUB-1", "2000000000015"),
        ("Teak tray", "TRAY-9", "2000000000022"),
        ("Tea towel", "TOWEL-2", "2000000000039"),
        ("Tea", "GREEN-1", "2000000000046"),
        ("Teapot", "POT", "2000000000053"),
        ("Tap washer", "TEA", "2000000000060"),
        ("Sea salt", "SALT", "2000000000077"),
    ]);
    // The code; whole words, earlier and in shorter names first; beginnings. A code leaves no doubt: nothing is forgiven.
    assert_eq!(shop.index.search("tea", 10), [5, 3, 2, 0, 4, 1]);
    assert_eq!(shop.index.search("towel te", 10), [2]);
    assert_eq!(shop.index.search("teapto", 10), [4]);
    assert_eq!(shop.index.search("sae salt", 10), [6]);
    assert_eq!(shop.index.search("sea", 10), [6, 3, 2, 5, 0]);
    assert_eq!(shop.index.search("tea", 2), [5, 3]);
    assert_eq!(shop.index.search("tea", 0), [0; 0]);
    assert_eq!(shop.index.search("zzzz", 10), [0; 0]);
    assert_eq!(shop.index.search("  -", 10), [0; 0]);
}

#[test]
fn one_way_of_writing_finds_another() {
    let shop = Shop::of(&[
        ("Café crème", "CAF-1", "4006381333931"),
        ("T-shirt, navy blue", "TS-0012-M", "012345678905"),
        ("抹茶ラテ 粉末", "JP-1", "4901234567894"),
        ("قهوة عربية", "AR-1", "6281000000014"),
        ("Фартук льняной", "RU-1", "4600000000008"),
        ("Weiße Schüssel", "DE-1", ""),
        ("한국 김치", "KR-1", "8801000000017"),
    ]);
    for (query, want) in [
        ("cafe CREME", 0),
        ("crè caf", 0),
        ("creem", 0),
        ("cafecreme", 0),
        ("caf écreme", 0),
        ("ca fe creme", 0),
        ("cafexcreme", 0),
        ("tshirt", 1),
        ("t shirt blu", 1),
        ("ts0012m", 1),
        ("TS 0012", 1),
        ("0012", 1),
        ("ts-0021-m", 1),
        ("012345678905", 1),
        ("12345678905", 1),
        ("0012345678905", 1),
        ("00012345678905", 1),
        ("0 012345 678905", 1),
        ("0012346578905", 1),
        ("567890", 1),
        ("茶", 2),
        ("茶ラテ", 2),
        ("粉末 抹茶", 2),
        ("抹茶ラケ", 2),
        ("抹茶xラテ 粉末", 2),
        ("まっちゃ", 99),
        ("らて", 2),
        ("ﾗﾃ", 2),
        ("القهوه", 3),
        ("عربي", 3),
        ("فرتوك", 99),
        ("фартук", 4),
        ("фатрук", 4),
        ("ЛЬНЯ", 4),
        ("weisse", 5),
        ("WEIẞE SCHUSSEL", 5),
        ("schuessel", 5),
        ("chüss", 5),
        ("김치", 6),
        ("치", 6),
        ("ＣＡＦ－１", 0),
        ("navy tea", 99),
    ] {
        let found = shop.index.search(query, FIRST);
        assert_eq!(found.first().copied().unwrap_or(99), want, "{query}: {found:?}");
    }
}

#[test]
fn a_whole_code_stands_alone() {
    let shop = Shop::of(&[("Red mug", "MUG-1", "4006381333931"), ("Red cup", "MUG-2", "4006381333948")]);
    assert_eq!(shop.index.search("mug-1", FIRST), [0]);
    assert_eq!(shop.index.search("4006381333948", FIRST), [1]);
    assert_eq!(shop.index.search("mug-", FIRST), [0, 1]);
    for (query, want) in
        [("MUG 2", Some(1)), ("04006381333931", Some(0)), ("cup", Some(1)), ("cpu", None), ("red", None), ("", None)]
    {
        assert_eq!(shop.index.only(query), want, "{query}");
    }
}

#[test]
fn what_is_sealed_can_be_searched_while_more_is_added() {
    let (mut indexer, mut index) = (Indexer::default(), SearchIndex::default());
    for number in 0..60_000 {
        indexer.add(&format!("Poster {number}"), [format!("P{number}").as_str()].into_iter());
    }
    indexer.take().into_iter().for_each(|segment| index.push(segment));
    assert_eq!(index.search("p49999", 1), [49_999]);
    assert_eq!(index.searchable(), 50_000);
    assert_eq!(index.only("p59999"), None);
    indexer.seal();
    indexer.take().into_iter().for_each(|segment| index.push(segment));
    assert_eq!(index.search("p59999", 1), [59_999]);
    assert_eq!(index.search("poster 59999", 1), [59_999]);
    // Each place once, although every segment has its share.
    let places: HashSet<usize> = index.search("poster", 70_000).into_iter().collect();
    assert_eq!(places.len(), 60_000);
}

proptest! {
    #[test]
    fn whatever_a_shop_writes_is_found_by_its_own_words(
        names in prop::collection::hash_set("[\\PC]{1,30}", 1..30),
        queries in prop::collection::vec("\\PC{0,40}", 8),
    ) {
        let products: Vec<_> = names.into_iter().enumerate().map(|(n, name)| (name, format!("S-{n}"), ean13(n as u64))).collect();
        let shop = Shop::new(products);
        for (place, (name, sku, barcode)) in shop.products.iter().enumerate() {
            // Among thirty names at most, so that alike-looking ones do not crowd it out.
            if name.chars().any(|c| c.is_ascii_alphanumeric()) {
                prop_assert!(shop.index.search(name, 30).contains(&place), "{name}");
            }
            prop_assert_eq!(shop.index.search(sku, FIRST).first().copied(), Some(place));
            prop_assert_eq!(shop.index.search(barcode, FIRST).first().copied(), Some(place));
        }
        for query in queries {
            let found = shop.index.search(&query, FIRST);
            let once: HashSet<&usize> = found.iter().collect();
            prop_assert!(once.len() == found.len() && found.len() <= FIRST);
        }
    }
}
