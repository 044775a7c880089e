//! Products' pictures: from the office to the tills.

use barrow_core::{
    bytes::{Blob, Hash},
    image::BYTES_MAX,
};
use barrow_sealing::cbor;
use base64ct::{Base64, Encoding as _};
use serde_json::json;

use super::{enrolled, support::Backend};

/// A lossy WebP by its header, of this size, and `rest` to tell it from others.
fn webp(side: u8, rest: u8) -> Vec<u8> {
    let frame = [0x10, 0, 0, 0x9d, 0x01, 0x2a, side, 0, side, 0, rest, rest, rest];
    [&b"RIFF\x15\0\0\0WEBPVP8 \x0d\0\0\0"[..], &frame].concat()
}

pub fn pictures_reach_the_tills_and_go(backend: &Backend) {
    let (server, till) = enrolled(backend);
    let office = server.office();
    let fetch = |hashes: &str| till.get(&format!("images/{hashes}"));
    let fetched = |hashes: &str| cbor::from_slice::<Vec<Blob>>(&fetch(hashes).body).unwrap();
    let image_of = |sku: &str| till.read_config(&till.get_config(None)).product(sku).unwrap().details.image;
    // The demo hangs some.
    let drawn: Vec<Hash> = till.config.products.iter().filter_map(|product| product.details.image).collect();
    assert!(drawn.len() > 5);
    assert_eq!(Hash::of(&fetched(&drawn[0].to_string())[0].0), drawn[0]);

    let sku = till.config.products.iter().find(|product| product.details.image.is_none()).unwrap().sku.clone();
    let put = |picture: Option<&[u8]>| {
        office.send("PUT", "products/picture", &json!({"sku": sku, "picture": picture.map(Base64::encode_string)}))
    };
    let (one, other) = (webp(120, 1), webp(120, 2));
    assert_eq!(put(Some(&one)).status, 200);
    let hash = image_of(&sku).unwrap();
    assert_eq!(hash, Hash::of(&one));
    let listed = office.answer("products").json();
    let listed = listed.as_array().unwrap().iter().find(|product| product["sku"] == sku.as_str()).unwrap().clone();
    assert_eq!(listed["picture"], hash.to_string());
    let shown = office.answer(&format!("pictures/{hash}"));
    assert_eq!((shown.header("content-type"), &shown.body), ("image/webp", &one));

    // Two at once, one of which nobody knows.
    assert_eq!(fetched(&format!("{hash},{}", Hash::of(b"unknown"))), [Blob(one.clone())]);
    for no in ["", "abc", &vec![hash.to_string(); 33].join(",")] {
        assert!([400, 404].contains(&fetch(no).status), "{no}");
    }

    for (no, status) in
        [(webp(161, 1), 400), (b"GIF89a\x10\0\x10\0".to_vec(), 400), ([one.clone(), vec![0; BYTES_MAX]].concat(), 400)]
    {
        assert_eq!(put(Some(&no)).status, status);
    }
    assert_eq!(office.send("PUT", "products/picture", &json!({"sku": "no such", "picture": null})).status, 404);
    assert_eq!(image_of(&sku), Some(hash), "what was refused changed nothing");

    put(Some(&other));
    assert!(fetched(&hash.to_string()).is_empty(), "no product has it any more");
    put(None);
    assert_eq!(image_of(&sku), None);
    let said = office.answer("audit?limit=5").body;
    assert!(String::from_utf8_lossy(&said).contains(&format!("Took the picture of {sku} away")));
}
