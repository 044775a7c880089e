//! Frozen vectors: every sealed type and namespace, from fixed inputs, against the bytes that were written when its format was
//! settled. What stands here is on tablets and in servers already. If a test fails, the code is wrong; a new
//! format is a new version beside the old one, never a new constant here.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use barrow_sealing::{
    Key,
    card::{CardPayload, Expiry, Last4, Lead, Token, reader, token_key},
    cbor,
    cose::{self, Domain},
    direct::{self, Purpose},
    hash::sha256,
    kek::{self, Factors, WrappedKey},
    local::{self, Binding, Namespace},
    outbox::{RecordBinding, Sealer, ServerKeys, Suite},
};

const TEXT: &[u8] = b"two apples, 3.20";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// 0, 1, 2, … in the place of randomness.
fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0u8;
    move |out: &mut [u8]| {
        for byte in out {
            *byte = next;
            next = next.wrapping_add(1);
        }
    }
}

#[test]
fn local_records() {
    let key = Key::new([0x11; 32]);
    for (namespace, frozen) in [
        (Namespace::Journal, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe54d777f0a4b7be291285fa0944974ea66"),
        (Namespace::Config, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe528dabb751ed2d65f4e319ba5f6637afb"),
        (Namespace::Roster, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe5e2ccc2f97e06e588d0f7d6d075f0dd1f"),
        (Namespace::Draft, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe58c315249175d669d13cfff54d83bcc75"),
        (Namespace::Snapshot, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe5e5a5bf0f1b082659bebbb1e0c0b89131"),
        (Namespace::JournalKey, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe591586b4707e70bea8fe3779df0d3cf34"),
        (Namespace::Picture, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe581d5e6eafc247bd35ef773bfc13ad081"),
        (Namespace::HotList, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe5ad02006c90742c31d8d73f738fb903cf"),
        (Namespace::Customer, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe5a0af577fdadd4901675056fa86e4fe73"),
        (Namespace::Stock, "0122222222222222222222222263806869a1bfef33804cf21c7b88dbe552e4e9240d2af8a64ef1fdf7d816e2d8"),
    ] {
        let place = Binding { shop: 7, till: 2, store: "frozen", seq: 258 };
        assert_eq!(hex(&local::seal(&key, namespace, &place, [0x22; 12], TEXT).unwrap()), frozen, "{namespace:?}");
        assert_eq!(local::open(&key, namespace, &place, &unhex(frozen)).unwrap().as_slice(), TEXT);
    }
}

#[test]
fn outbox_to_x25519() {
    let (public, encapsulated, sealed) = (
        "30d3c865a48fceb3d6118577cf2e5f228d6ff69866264757785b253cb7a4806a",
        "b1f1b840de7a3241b02748cf9b05b74dc8c5e8451298738817bd76aa8ebe8c2b",
        "0143455ea358453a775665c73d3eb4985746dfe192e4eb2baee835a517e493151e",
    );
    let (keys, binding) = (server_keys(), binding());
    assert_eq!(hex(&keys.public(Suite::X25519)), public);
    let sealer = Sealer::new(Suite::X25519, &unhex(public), &mut counting()).unwrap();
    assert_eq!(hex(sealer.encapsulated()), encapsulated);
    assert_eq!(hex(&sealer.seal(&binding, TEXT).unwrap()), sealed);
    assert_eq!(keys.open(Suite::X25519, &unhex(encapsulated), &binding, &unhex(sealed)).unwrap(), TEXT);
    let beside = sealer.seal_beside(&binding, TEXT).unwrap();
    assert_eq!(hex(&beside), "015b19ff7233ef1700c2a76298fb650a3d28f7ec0d51ae9533b6ba3535a1bc9099");
    let opener = keys.opener(Suite::X25519, &unhex(encapsulated)).unwrap();
    assert_eq!(opener.open_beside(&binding, &beside).unwrap(), TEXT);
    assert!(opener.open_beside(&binding, &unhex(sealed)).is_err(), "an entry is nothing beside one");
}

/// Of what is over 1,000 bytes long, the SHA-256.
#[test]
fn outbox_to_xwing() {
    let (public, encapsulated, sealed) = (
        "37385007c3171ee3ee5de4a8f2accda0a144759efbdd552e739aaf880b1a047d",
        "c97eb52014e97f38b695c90fe46a9c6530fd7be17186da172df03ef84aa0caad",
        "01eb31f3c8a4303507298e0b5076e11930ca6ba1b6db44a56909a78fddf462ea14",
    );
    let (keys, binding) = (server_keys(), binding());
    assert_eq!(hex(&sha256(&keys.public(Suite::XWing))), public);
    let sealer = Sealer::new(Suite::XWing, &keys.public(Suite::XWing), &mut counting()).unwrap();
    assert_eq!(hex(&sha256(sealer.encapsulated())), encapsulated);
    assert_eq!(hex(&sealer.seal(&binding, TEXT).unwrap()), sealed);
    assert_eq!(keys.open(Suite::XWing, sealer.encapsulated(), &binding, &unhex(sealed)).unwrap(), TEXT);
}

#[test]
fn generated_server_keys() {
    let generated = ServerKeys::generate(&mut counting());
    assert_eq!(
        hex(&generated.to_bytes()),
        "90f7a467df4ef97053ec2a47b6e619f632df9547bb009fd0bcc747909f1b7b54e1b28c43b204486451775a20938bfd07b115be35a44fb0d648b691615faacd6d"
    );
}

#[test]
fn direct_messages() {
    for (purpose, frozen) in [
        (
            Purpose::Escrow,
            "01b1f1b840de7a3241b02748cf9b05b74dc8c5e8451298738817bd76aa8ebe8c2bd21f5e00594f1af76bd093cf15d6d9eb226b8d866a565ee8351232cee44550a6",
        ),
        (
            Purpose::FirstPin,
            "01b1f1b840de7a3241b02748cf9b05b74dc8c5e8451298738817bd76aa8ebe8c2b467be0e94e5258da3e43d61f332df496baf789625409a9c35e7d4c6e77d599fe",
        ),
    ] {
        let keys = server_keys();
        let sealed = direct::seal_to(&keys.public(Suite::X25519), purpose, b"shop 7", TEXT, &mut counting()).unwrap();
        assert_eq!(hex(&sealed), frozen, "{purpose:?}");
        assert_eq!(keys.open_direct(purpose, b"shop 7", &unhex(frozen)).unwrap().as_slice(), TEXT);
    }
}

#[test]
fn reply_key() {
    let (private, public) = direct::make_reply_key(&mut counting());
    assert_eq!(hex(private.expose()), "90f7a467df4ef97053ec2a47b6e619f632df9547bb009fd0bcc747909f1b7b54");
    assert_eq!(hex(&public), "b1f1b840de7a3241b02748cf9b05b74dc8c5e8451298738817bd76aa8ebe8c2b");
}

#[test]
fn bytes_to_be_signed() {
    for (domain, frozen) in [
        (
            Domain::Journal,
            "846a5369676e61747572653143a1012651626172726f772f6a6f75726e616c2f76315074776f206170706c65732c20332e3230",
        ),
        (
            Domain::Enrolment,
            "846a5369676e61747572653143a1012653626172726f772f656e726f6c6d656e742f76315074776f206170706c65732c20332e3230",
        ),
        (Domain::Config, "846a5369676e61747572653143a1012650626172726f772f636f6e6669672f76315074776f206170706c65732c20332e3230"),
        (Domain::Ack, "846a5369676e61747572653143a101264d626172726f772f61636b2f76315074776f206170706c65732c20332e3230"),
        (
            Domain::FirstPin,
            "846a5369676e61747572653143a1012653626172726f772f66697273742d70696e2f76315074776f206170706c65732c20332e3230",
        ),
        (
            Domain::Payments,
            "846a5369676e61747572653143a1012652626172726f772f7061796d656e74732f76315074776f206170706c65732c20332e3230",
        ),
        (
            Domain::Customers,
            "846a5369676e61747572653143a1012653626172726f772f637573746f6d6572732f76315074776f206170706c65732c20332e3230",
        ),
        (Domain::Stock, "846a5369676e61747572653143a101264f626172726f772f73746f636b2f76315074776f206170706c65732c20332e3230"),
    ] {
        assert_eq!(hex(&cose::to_be_signed(domain, TEXT)), frozen, "{domain:?}");
    }
}

#[cfg(feature = "ecdsa")]
#[test]
fn signed_messages() {
    let key = cose::SigningKey::from_bytes(&[0x33; 32]).unwrap();
    assert_eq!(
        hex(&key.public()),
        "0451a7580833898ea1b183cbd7350a4099078c6ef1c1e18e970cd7683035f25e7d0110522712b0b5a7cff081685486984a94e6831edac46e7360fa9d834a7a81a1"
    );
    for (domain, frozen) in [
        (
            Domain::Journal,
            "d28443a10126a05074776f206170706c65732c20332e323058405a47c0349d92372afc5a2600d3fb5bcf515ca1336fc98a717f9419c853e2ca3b12f4738ecce4affd79a06b77dccf610b02613ad7b7eaab0fcc15d97691a7bbcd",
        ),
        (
            Domain::Enrolment,
            "d28443a10126a05074776f206170706c65732c20332e32305840c21d851d02b2bb70c4afa4d320b82b5bc619809d8489e05829a1de665f6c9d330a9511756f14350737b6b55ed36101feff99870f6fb8eb72c3d6ba2661b8c868",
        ),
        (
            Domain::Config,
            "d28443a10126a05074776f206170706c65732c20332e3230584007c7751b54991062272564af994765208c4f3f2752793cb3573435dd02d64158feb75fd8cd1042b0e26dc01bc701d795068b7f0f6880e6f496962c67ac7abd4d",
        ),
        (
            Domain::Ack,
            "d28443a10126a05074776f206170706c65732c20332e3230584072b7872b4b4027d486e17e4149a297a085fc0540caffcd355d5b81ed3b1a246856ca175ab4372ad1f06351a04f96a89d93f787722b34cb2ea26eae9b9cc8ba4d",
        ),
        (
            Domain::FirstPin,
            "d28443a10126a05074776f206170706c65732c20332e32305840348d55eca2f5721f48d460af06f0d4a4bf41a2e4e2f817facb1e9aafba632e24eb9a1546d5415513fbb48fe3b150a7cc15d3f659fe5b0f63f5922ef185948fe5",
        ),
    ] {
        assert_eq!(hex(&key.sign_message(domain, TEXT)), frozen, "{domain:?}");
        assert_eq!(cose::verify_message(&key.public(), domain, &unhex(frozen)).unwrap(), TEXT);
        for other in Domain::ALL {
            assert_eq!(cose::verify_message(&key.public(), other, &unhex(frozen)).is_ok(), other == domain);
        }
    }
}

#[test]
fn keys_from_a_pin() {
    let kek = kek::derive_kek(Factors::Pin(&[0x44; 32]), &[0x55; 32], &[0x66; 16], 7, 2, 12);
    assert_eq!(hex(kek.expose()), "f90a1252087be6a25cc8e6b707eeff970a9f702e16c3b4bccdc808389bd271a4");
    assert_eq!(
        hex(kek::derive_roster_key(&[0x55; 32]).expose()),
        "a05877b3e9f0481d937fbdee5957c8503fb3fff1fa79ef888ee2cc2307996113"
    );
}

#[test]
fn keys_from_a_passkey() {
    let (pin, prf) = (&[0x44; 32], &[0xaa; 32]);
    for (factors, frozen) in [
        (Factors::Passkey(prf), "2efbe6ff6012e28f80800bfc739ea595872e1086ca438e3c58410aff23c37533"),
        (Factors::PinAndPasskey { pin, prf }, "2bbce96a0f2fbaff67583067f0bc7d16c1c396a234819f4455d78e2bb2e24150"),
    ] {
        assert_eq!(hex(kek::derive_kek(factors, &[0x55; 32], &[0x66; 16], 7, 2, 12).expose()), frozen);
    }
}

#[test]
fn wrapped_journal_key() {
    let frozen = "a46176016473616c74506666666666666666666666666666666666726f756e64731a000927c0667365616c6564583d0122222222222222222222222263d58bb76b861c528cf97907621f397ae7d92464064058cf1aac1c84b7aeba3b1770cff315647868343da6145c83fd3a";
    let kek = Key::new([0x77; 32]);
    let place = Binding { shop: 7, till: 2, store: "staff-keys", seq: 12 };
    let wrapped = kek::wrap(&kek, &Key::new([0x11; 32]), &place, [0x66; 16], 600_000, [0x22; 12]).unwrap();
    assert_eq!(hex(&cbor::to_vec(&wrapped).unwrap()), frozen);
    let read: WrappedKey = cbor::from_slice(&unhex(frozen)).unwrap();
    assert_eq!(kek::unwrap(&kek, &place, &read).unwrap().expose(), &[0x11; 32]);
}

#[test]
fn card_tokens() {
    let key = token_key(&Key::new([0x11; 32]), &[0x55; 32]);
    assert_eq!(hex(key.expose()), "6ea3c6040e20845d20edfbcba1b56d209fe03f927c2f8a7ebe559047e19970db");
    let (last4, expiry) = (Last4::new(b"1111").unwrap(), Expiry::new(b"3012"));
    for (token, frozen) in [
        (Token::full(&key, b"4111111111111111").unwrap(), "c9740789e0f3d1321627758b36f6690d"),
        (Token::partial(&key, Lead::Six(411_111), last4, expiry), "d2c8e4be0802ab214e8ed1c1026ca7c5"),
        (Token::partial(&key, Lead::Four(4111), last4, None), "fd80cef6a82bf6c8d107b2416ee60319"),
    ] {
        assert_eq!(hex(token.as_bytes()), frozen, "{token:?}");
    }
}

/// MagTek's published sample, as the processor gets it; of what is over 200 bytes long, the SHA-256.
#[test]
fn card_payload() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/readers/magtek-hid-856.hex");
    let report = unhex(&std::fs::read_to_string(path).unwrap().replace('\n', ""));
    let payload = reader::parse(reader::ReaderModel::Magtek, &report).unwrap().payload;
    let bytes = payload.to_cbor().unwrap();
    assert_eq!(hex(&bytes[..40]), "a861760166736f75726365696d616774656b5f76356663697068657268746465735f70696e636b73");
    assert_eq!(hex(&sha256(&bytes)), "1383d2b7b9a8fecd1bdd25a1e5a212c84ad68e37197e15a3f189660d3ed8cd0c");
    assert_eq!(CardPayload::from_cbor(&bytes).unwrap(), payload);
}

#[cfg(feature = "jwe-open")]
#[test]
fn card_data_for_the_processor() {
    use barrow_sealing::jwe::{self, Header};
    let header = Header { kid: "acq-2026".into(), payment: [0xab; 16], amount: 1250, currency: "EUR".into(), shop: 7, till: 2 };
    let jwe = jwe::seal(&header, &Key::new([0x11; 32]), &[0x44; 256], &[0x22; 12], TEXT).unwrap();
    let parts: Vec<&str> = jwe.split('.').collect();
    let frozen = [
        "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoiYWNxLTIwMjYiLCJwYXltZW50IjoiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWJhYmFiYWIiLCJhbW91bnQiOjEyNTAsImN1cnJlbmN5IjoiRVVSIiwic2hvcCI6NywidGlsbCI6Mn0",
        "IiIiIiIiIiIiIiIi",
        "Y4BoaaG_7zOATPIce4jb5Q",
        "Hx6dcD0Flf3u1kgLpN_8iw",
    ];
    assert_eq!([parts[0], parts[2], parts[3], parts[4]], frozen);
    assert_eq!(parts[1].len(), 342);
    let parsed = jwe::parse(&jwe).unwrap();
    assert_eq!((&parsed.header, parsed.encrypted_key()), (&header, &[0x44; 256][..]));
    assert_eq!(parsed.open(&Key::new([0x11; 32])).unwrap().as_slice(), TEXT);
}

#[cfg(feature = "hot-list-build")]
#[test]
fn hot_card_list() {
    use barrow_sealing::hot_list::{HotList, build};
    let tokens: Vec<[u8; 16]> = (0..5u8).map(|number| *sha256(&[number]).first_chunk().unwrap()).collect();
    let bytes = build(&tokens, 1_760_000_000_000).unwrap();
    assert_eq!(
        hex(&bytes),
        "0100000199c82cc000000000059e3779b97f4a7c150000000800000008000000000000000000000000000000000000000000000000cf712a0000000000000000000000000000000000000901cc970d92000000000000000000f394619d6925000000000000"
    );
    let list = HotList::parse(&bytes).unwrap();
    assert!(tokens.iter().all(|token| list.contains(token)) && !list.contains(&[0; 16]));
}

fn server_keys() -> ServerKeys {
    ServerKeys::from_bytes(&[[0x88; 32], [0x99; 32]].concat()).unwrap()
}

fn binding() -> RecordBinding {
    RecordBinding { shop: 7, till: 2, epoch: 1, seq: 258, hash: sha256(TEXT) }
}
