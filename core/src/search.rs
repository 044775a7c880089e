//! Finding a product while typing: accents folded, every word a prefix, exact codes first.

use crate::catalogue::Product;

/// The catalogue, folded once so that a key press is cheap.
#[derive(Clone, Debug, Default)]
pub struct SearchIndex {
    entries: Vec<Folded>,
}

#[derive(Clone, Debug)]
struct Folded {
    words: Vec<String>,
    codes: Vec<String>,
}

impl SearchIndex {
    /// Folds `products`; the indexes that [`search`](Self::search) gives are places in this slice.
    pub fn build(products: &[Product]) -> SearchIndex {
        let entries = products
            .iter()
            .map(|product| Folded {
                words: words(&product.title()),
                codes: product.barcodes.iter().map(String::as_str).chain([product.sku.as_str()]).map(fold).collect(),
            })
            .collect();
        SearchIndex { entries }
    }

    /// Places of the products that fit `query`, best first, at most `limit`: exact codes, then names whose words begin
    /// with the words typed (earlier in the name is better), then names and codes that hold them anywhere.
    pub fn search(&self, query: &str, limit: usize) -> Vec<usize> {
        let typed = words(query);
        if typed.is_empty() {
            return Vec::new();
        }
        let code = fold(query.trim());
        let mut found: Vec<(usize, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(place, entry)| entry.rank(&typed, &code).map(|rank| (rank, place)))
            .collect();
        found.sort_unstable();
        found.into_iter().take(limit).map(|(_, place)| place).collect()
    }
}

impl Folded {
    /// Lower is better; `None` does not fit.
    fn rank(&self, typed: &[String], code: &str) -> Option<usize> {
        if self.codes.iter().any(|own| own == code) {
            return Some(0);
        }
        let by_prefix: Option<usize> = typed
            .iter()
            .map(|word| self.words.iter().position(|own| own.starts_with(word.as_str())))
            .try_fold(1, |sum, place| place.map(|place| sum + place));
        by_prefix.or_else(|| {
            let holds = |word: &String| self.words.iter().chain(&self.codes).any(|own| own.contains(word.as_str()));
            typed.iter().all(holds).then_some(1000)
        })
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(fold).collect()
}

/// Lower case, and the accents of European languages taken off.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'ď' | 'đ' => out.push('d'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => out.push('e'),
            'ğ' => out.push('g'),
            'ì'..='ï' | 'ī' | 'ı' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ò'..='ö' | 'ø' | 'ő' => out.push('o'),
            'ř' => out.push('r'),
            'ś' | 'š' | 'ş' => out.push('s'),
            'ť' => out.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            // Combining marks of decomposed text.
            '\u{300}'..='\u{36f}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Minor;

    fn product(sku: &str, name: &str, barcode: &str) -> Product {
        Product {
            sku: sku.into(),
            name: name.into(),
            variant: None,
            category: 1,
            price: Minor(100),
            taxes: Vec::new(),
            barcodes: vec![barcode.into()],
            price_embedded: false,
        }
    }

    #[test]
    fn finds_by_prefix_accent_code_and_middle() {
        let products = [
            product("CAF-1", "Café crème", "4006381333931"),
            product("TEA-1", "Green tea", "2000000000015"),
            product("TOTE-1", "Tote bag, tea towel print", "2000000000022"),
        ];
        let index = SearchIndex::build(&products);
        for (query, want) in [
            ("cafe", vec![0]),
            ("CRÈ", vec![0]),
            ("4006381333931", vec![0]),
            ("tea", vec![1, 2]),
            ("tea gre", vec![1]),
            ("tea-1", vec![1, 2]),
            ("owel", vec![2]),
            ("xyz", vec![]),
            ("  ", vec![]),
        ] {
            assert_eq!(index.search(query, 10), want, "{query}");
        }
        assert_eq!(index.search("tea", 1), [1]);
    }
}
