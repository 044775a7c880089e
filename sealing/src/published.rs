//! Reading published test vectors (`tests/vectors/`), for the tests beside the primitives.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use serde_json::Value;

/// All cases of a Wycheproof file, each with its group.
pub(crate) fn wycheproof(name: &str) -> Vec<(Value, Value)> {
    let groups = read(&format!("wycheproof/{name}"))["testGroups"].as_array().unwrap().clone();
    groups
        .into_iter()
        .flat_map(|group| {
            let tests = group["tests"].as_array().unwrap().clone();
            tests.into_iter().map(move |test| (group.clone(), test))
        })
        .collect()
}

/// A file that is one array.
pub(crate) fn array(name: &str) -> Vec<Value> {
    read(name).as_array().unwrap().clone()
}

/// A file that is one object.
#[cfg(feature = "jwe-open")]
pub(crate) fn object(name: &str) -> Value {
    read(name)
}

/// A field in hexadecimal.
pub(crate) trait Hex {
    /// Its bytes.
    fn hex(&self, field: &str) -> Vec<u8>;
}

impl Hex for Value {
    fn hex(&self, field: &str) -> Vec<u8> {
        let text = self[field].as_str().unwrap();
        text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }
}

fn read(name: &str) -> Value {
    let path = format!("{}/../tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).expect(&path)).unwrap()
}
