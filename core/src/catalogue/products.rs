//! The catalogue's products, and the index by which a tap or a scan finds one among 100,000 of them.

use std::{
    ops::{Deref, DerefMut, RangeInclusive},
    sync::OnceLock,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Product;
use crate::scan::code::gtin14;

/// Products in the order in which they are shown. Used as the list that it is; the index is made when it is first asked for, and
/// anew when the list was changed.
#[derive(Debug, Default)]
pub struct Products {
    list: Vec<Product>,
    index: OnceLock<Index>,
}

/// For each SKU and barcode, the upper bits of its hash and the product's place, sorted: half the memory of a map of strings,
/// and made in a few milliseconds. Two codes may share a hash, so what is found is always compared.
#[derive(Debug)]
struct Index {
    rows: Vec<u64>,
}

/// The lower bits of a row hold the place: 16 million products.
const PLACE_BITS: u32 = 24;
const PLACE_MASK: u64 = (1 << PLACE_BITS) - 1;

impl Products {
    /// The product with this SKU.
    pub fn with_sku(&self, sku: &str) -> Option<&Product> {
        self.that_may_have(sku).find(|product| product.sku == sku)
    }

    /// The product with exactly this SKU or barcode, whatever its case.
    pub fn with_exact_code(&self, code: &str) -> Option<&Product> {
        self.with_code(&[code], |product| product.barcodes.iter().chain([&product.sku]).any(|own| own.eq_ignore_ascii_case(code)))
    }

    /// Makes the index now, in a moment when nobody waits for it.
    pub fn make_index(&self) {
        self.index.get_or_init(|| Index::of(&self.list));
    }

    /// The product with one of these codes, as its SKU or a barcode: the first in the catalogue, if there are several. `is_meant`
    /// says whether a barcode of the product is really one of them.
    pub(crate) fn with_code<'a>(&'a self, codes: &[&str], is_meant: impl Fn(&Product) -> bool) -> Option<&'a Product> {
        let places = codes.iter().filter_map(|code| self.places(code).find(|place| self.list.get(*place).is_some_and(&is_meant)));
        self.list.get(places.min()?)
    }

    fn that_may_have(&self, code: &str) -> impl Iterator<Item = &Product> {
        self.places(code).filter_map(|place| self.list.get(place))
    }

    /// Places of the products that may have this code, ascending.
    fn places(&self, code: &str) -> impl Iterator<Item = usize> {
        let Index { rows } = self.index.get_or_init(|| Index::of(&self.list));
        let range = Index::range(code);
        let first = rows.partition_point(|row| row < range.start());
        let hits = rows.get(first..).unwrap_or_default().iter().take_while(move |row| *row <= range.end());
        hits.filter_map(|row| usize::try_from(row & PLACE_MASK).ok())
    }
}

impl Index {
    fn of(list: &[Product]) -> Index {
        let codes = |product: &Product| product.barcodes.len() + 1;
        let mut rows = Vec::with_capacity(list.iter().map(codes).sum());
        for (place, product) in (0_u64..).zip(list) {
            let codes = product.barcodes.iter().chain([&product.sku]);
            rows.extend(codes.map(|code| Index::range(code).start() | place & PLACE_MASK));
        }
        rows.sort_unstable();
        Index { rows }
    }

    /// Where the rows of this code stand: its case does not count, nor in which of its forms a GTIN is written.
    fn range(code: &str) -> RangeInclusive<u64> {
        let hash = match gtin14(code) {
            Some(gtin) => fnv1a(gtin.bytes()),
            None => fnv1a(code.bytes().map(|byte| byte.to_ascii_lowercase())),
        };
        let upper = hash & !PLACE_MASK;
        upper..=upper | PLACE_MASK
    }
}

/// FNV-1a, 64 bits (RFC 9923): of strings that nobody chose to collide, and where they do, it is a comparison more.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    // The last bytes have reached the lower bits alone; the upper ones are kept.
    hash ^ hash.rotate_left(32)
}

impl Deref for Products {
    type Target = Vec<Product>;

    fn deref(&self) -> &Vec<Product> {
        &self.list
    }
}

impl DerefMut for Products {
    fn deref_mut(&mut self) -> &mut Vec<Product> {
        self.index = OnceLock::new();
        &mut self.list
    }
}

impl From<Vec<Product>> for Products {
    fn from(list: Vec<Product>) -> Products {
        Products { list, index: OnceLock::new() }
    }
}

impl FromIterator<Product> for Products {
    fn from_iter<I: IntoIterator<Item = Product>>(products: I) -> Products {
        Vec::from_iter(products).into()
    }
}

impl<'a> IntoIterator for &'a Products {
    type Item = &'a Product;
    type IntoIter = std::slice::Iter<'a, Product>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl Clone for Products {
    fn clone(&self) -> Products {
        self.list.clone().into()
    }
}

impl PartialEq for Products {
    fn eq(&self, other: &Products) -> bool {
        self.list == other.list
    }
}

impl Eq for Products {}

impl Serialize for Products {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Products {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Products, D::Error> {
        Vec::deserialize(deserializer).map(Products::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Minor;

    fn product(number: usize) -> Product {
        Product {
            sku: format!("SKU-{number}"),
            name: format!("Product {number}"),
            variant: None,
            category: 1,
            price: Minor(100),
            taxes: Vec::new(),
            barcodes: vec![format!("4{number:012}")],
            price_embedded: false,
            details: Default::default(),
        }
    }

    #[test]
    fn every_sku_is_found_among_many_and_no_other() {
        let products: Products = (0..20_000).map(product).collect();
        for number in [0, 1, 777, 19_999] {
            let sku = format!("SKU-{number}");
            assert_eq!(products.with_sku(&sku).map(|p| p.sku.as_str()), Some(sku.as_str()));
        }
        assert_eq!(products.with_sku("sku-1"), None, "a SKU is a key: its case counts");
        assert_eq!(products.with_sku("SKU-20000"), None);
        assert_eq!(Products::default().with_sku(""), None);
    }

    #[test]
    fn of_two_with_one_code_the_first_is_found() {
        let mut list: Vec<Product> = (0..50).map(product).collect();
        list.iter_mut().skip(7).for_each(|product| product.barcodes.push("SAME".into()));
        let products = Products::from(list);
        let found = products.with_code(&["same"], |p| p.barcodes.iter().any(|own| own == "SAME"));
        assert_eq!(found.map(|p| p.sku.as_str()), Some("SKU-7"));
    }

    #[test]
    fn an_exact_code_is_no_other_form_of_it() {
        let products = Products::from(vec![product(1)]);
        assert!(products.with_exact_code("sku-1").is_some() && products.with_exact_code("4000000000001").is_some());
        assert!(products.with_exact_code("04000000000001").is_none(), "the same GTIN with a zero more");
    }

    #[test]
    fn a_changed_list_is_indexed_anew() {
        let mut products = Products::from(vec![product(1), product(2)]);
        assert!(products.with_sku("SKU-1").is_some());
        products[0].sku = "OTHER".into();
        assert_eq!(products.with_sku("SKU-1"), None);
        assert!(products.with_sku("OTHER").is_some());
    }
}
