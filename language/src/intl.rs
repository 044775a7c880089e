//! Which language this browser speaks, its catalogues, and what its `Intl` knows of it.
//!
//! `public/language.js` decides before anything is drawn, and writes the locale into the document's `lang`; from there on it is
//! changed here alone. What is kept is the language's code, in clear: it tells nothing about the shop.

use std::collections::BTreeMap;

use barrow_core::{
    money::{Affixes, Currency, Style},
    phrases::{Rules, Translation},
};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Element, RequestInit, Response};

/// A catalogue that has not come by then does not come.
const WITHIN_MS: u32 = 20_000;

/// Where the choice is kept; `public/language.js` reads the same.
const KEPT: &str = "barrow-language";

/// The document's locale, such as `de-AT`: the language, as the browser's owner writes it.
pub fn locale() -> String {
    document_element().and_then(|root| root.get_attribute("lang")).filter(|lang| !lang.is_empty()).unwrap_or_else(|| "en".into())
}

/// The locale of a language that the browser's owner uses, such as `de-AT` for `de`; else the language alone.
pub fn as_owner_writes(code: &str) -> String {
    let own = web_sys::window().map(|window| window.navigator().languages()).unwrap_or_default();
    let mut own = own.iter().filter_map(|locale| locale.as_string());
    own.find(|locale| locale.split('-').next() == Some(code))
        .unwrap_or_else(|| if code == "en" { "en-GB" } else { code }.to_owned())
}

/// From now on the document is in this language, as the browser's owner writes it, and in this direction.
pub fn set(code: &str, right_to_left: bool) {
    if let Some(root) = document_element() {
        // Attributes of these names are never refused.
        let _ = root.set_attribute("lang", &as_owner_writes(code));
        let _ = root.set_attribute("dir", if right_to_left { "rtl" } else { "ltr" });
    }
}

/// Keeps the choice on this tablet. A browser that keeps nothing asks again: that is all there is to lose.
pub fn keep(code: &str) {
    if let Some(Ok(Some(storage))) = web_sys::window().map(|window| window.local_storage()) {
        let _ = storage.set_item(KEPT, code);
    }
}

/// The catalogue at this address. Nothing, if it cannot be had: a page without one speaks English.
pub async fn catalogue(address: &str) -> Option<BTreeMap<String, Translation>> {
    let init = RequestInit::new();
    init.set_signal(Some(&AbortSignal::timeout_with_u32(WITHIN_MS)));
    let answer = JsFuture::from(web_sys::window()?.fetch_with_str_and_init(address, &init)).await.ok()?;
    let answer = answer.dyn_into::<Response>().ok().filter(Response::ok)?;
    let catalogue = JsFuture::from(answer.json().ok()?).await.ok()?.dyn_into::<Object>().ok()?;
    let translation = |(key, value): (String, JsValue)| {
        let translation = match value.as_string() {
            Some(text) => Translation::One(text),
            None => {
                let text = |(category, text): (String, JsValue)| Some((category, text.as_string()?));
                Translation::Forms(entries(value.dyn_ref::<Object>()?).filter_map(text).collect())
            }
        };
        Some((key, translation))
    };
    Some(entries(&catalogue).filter_map(translation).collect())
}

/// Plurals and digits of this locale.
pub fn rules(locale: &str, right_to_left: bool) -> Rules {
    let plurals = PluralRules::new(locale, &Object::new()).ok();
    let numbers = NumberFormat::new(locale, &Object::new()).ok();
    Rules {
        // Counts are far below what a float holds exactly.
        category: Box::new(move |count| plurals.as_ref().map(|rules| rules.select(count as f64)).unwrap_or_default()),
        count: Box::new(move |count| numbers.as_ref().map_or_else(|| count.to_string(), |format| format.format(count as f64))),
        right_to_left,
    }
}

/// What stands between a number's whole part and its decimals in this locale.
pub fn decimal(locale: &str) -> String {
    let plain = NumberFormat::new(locale, &Object::new()).ok();
    plain.and_then(|plain| value(&parts(&plain, 1.5), "decimal")).unwrap_or_else(|| ".".into())
}

/// How amounts of this currency are written in this locale. Nothing, where the browser does not know the currency.
pub fn number_style(locale: &str, currency: &Currency) -> Option<Box<Style>> {
    let plain = NumberFormat::new(locale, &Object::new()).ok()?;
    let of_plain = parts(&plain, 1.5);
    // Among the shop's own amounts, `$` is no other country's dollar; in Arabic the short sign would be a Latin one.
    let display = if locale.starts_with("ar") { "symbol" } else { "narrowSymbol" };
    let money = NumberFormat::new(
        locale,
        &object(&[
            ("style", "currency".into()),
            ("currency", currency.code.as_str().into()),
            ("currencyDisplay", display.into()),
            ("minimumFractionDigits", currency.decimals.into()),
            ("maximumFractionDigits", currency.decimals.into()),
        ]),
    )
    .ok()?;
    let percent = NumberFormat::new(locale, &object(&[("style", "percent".into())])).ok()?;
    // Samples, whose digits say where groups begin.
    let large = parts(&money, 1_234_567_891.5);
    let groups: Vec<usize> = large.iter().filter(|(kind, _)| kind == "integer").map(|(_, text)| text.chars().count()).collect();
    let first_group = *groups.last()?;
    let has_groups = |sample: f64| parts(&money, sample).iter().any(|(kind, _)| kind == "group");
    let grouped_from = [1234.0, 12_345.0].into_iter().position(has_groups).map_or(usize::MAX, |place| place + 4);
    let below_zero = around(&parts(&money, -1.0));
    Some(Box::new(Style {
        decimal: value(&large, "decimal").or_else(|| value(&of_plain, "decimal")).unwrap_or_else(|| ".".into()),
        group: value(&large, "group").unwrap_or_default(),
        zero: parts(&plain, 0.0).first()?.1.chars().next()?,
        first_group,
        other_groups: groups.len().checked_sub(2).and_then(|place| groups.get(place)).copied().unwrap_or(first_group),
        grouped_from,
        minus: long_minus(&value(&parts(&plain, -1.0), "minusSign").unwrap_or_else(|| "-".into())),
        amount: around(&large),
        below_zero: Affixes { before: long_minus(&below_zero.before), after: long_minus(&below_zero.after) },
        // In English as the core itself writes it.
        percent: match locale.starts_with("en") {
            true => Affixes { before: String::new(), after: " %".into() },
            false => around(&parts(&percent, 0.1)),
        },
    }))
}

/// A hyphen is too short to be seen before an amount.
fn long_minus(text: &str) -> String {
    text.replace('-', "−")
}

fn parts(format: &NumberFormat, sample: f64) -> Vec<(String, String)> {
    let text = |part: &JsValue, name| property(part, name).as_string().unwrap_or_default();
    format.format_to_parts(sample).iter().map(|part| (text(&part, "type"), text(&part, "value"))).collect()
}

fn value(parts: &[(String, String)], kind: &str) -> Option<String> {
    parts.iter().find(|(found, _)| found == kind).map(|(_, text)| text.clone())
}

/// What stands before the first digit and after the last one.
fn around(parts: &[(String, String)]) -> Affixes {
    let is_number = |(kind, _): &(String, String)| matches!(kind.as_str(), "integer" | "group" | "decimal" | "fraction");
    let text = |parts: &[(String, String)]| parts.iter().map(|(_, text)| text.as_str()).collect();
    let first = parts.iter().position(is_number).unwrap_or(parts.len());
    let last = parts.iter().rposition(is_number).map_or(parts.len(), |last| last + 1);
    Affixes { before: text(&parts[..first]), after: text(&parts[last..]) }
}

fn entries(object: &Object) -> impl Iterator<Item = (String, JsValue)> {
    Object::entries(object).to_vec().into_iter().filter_map(|pair| {
        let pair = pair.dyn_into::<Array>().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1)))
    })
}

fn object(properties: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        // Setting a property on an object just made cannot fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

fn property(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

fn document_element() -> Option<Element> {
    web_sys::window()?.document()?.document_element()
}

#[wasm_bindgen]
extern "C" {
    /// ECMA-402, of which js-sys has no stable part for numbers' pieces.
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &Object) -> Result<NumberFormat, JsValue>;
    #[wasm_bindgen(method, js_name = formatToParts)]
    fn format_to_parts(this: &NumberFormat, number: f64) -> Array;
    #[wasm_bindgen(method)]
    fn format(this: &NumberFormat, number: f64) -> String;

    #[wasm_bindgen(js_namespace = Intl)]
    type PluralRules;
    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &Object) -> Result<PluralRules, JsValue>;
    #[wasm_bindgen(method)]
    fn select(this: &PluralRules, count: f64) -> String;
}
