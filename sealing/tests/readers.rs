//! Readers' reports: the makers' published samples, what is done to them, and that nothing else gets through.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use barrow_sealing::{
    Key,
    card::{
        Brand, CardPayload, CardRead, Cipher, EntryMode, Expiry, Last4, Lead, ServiceCode, Source, Token,
        reader::{ReadError, ReaderModel, parse},
    },
};
use proptest::{prelude::*, sample::Index};

fn vector(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/vectors/readers/{name}", env!("CARGO_MANIFEST_DIR"));
    unhex(&std::fs::read_to_string(&path).expect(&path))
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn changed(bytes: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    change(&mut bytes);
    bytes
}

/// MagTek manual 99875475, appendix D, example 11.
#[test]
fn magtek_sample() {
    let report = vector("magtek-hid-856.hex");
    let read = parse(ReaderModel::Magtek, &report).unwrap();
    assert_eq!((read.payload.source, read.payload.cipher), (Source::MagtekV5, Cipher::TdesPin));
    assert_eq!(read.payload.tracks, [report[7..71].to_vec(), report[119..159].to_vec(), report[231..263].to_vec()]);
    assert_eq!(read.payload.lens, [60, 37, 31]);
    assert_eq!(read.payload.ksn, unhex("FFFF9876543210E00008"));
    assert_eq!(read.ksn, "FFFF9876543210E00008");
    assert_eq!((read.brand, read.bin, read.last4), (Brand::Mastercard, None, Last4::new(b"7189")));
    assert_eq!((read.expiry, read.service_code), (Expiry::new(b"0804"), None));
    assert_eq!((read.entry, read.encrypted, read.luhn_ok), (EntryMode::Swipe, true, None));
    assert_eq!(read.serial, "");
    let key = Key::new([7; 32]);
    let partial = Token::partial(&key, Lead::Four(5452), Last4::new(b"7189").unwrap(), Expiry::new(b"0804"));
    assert_eq!(read.token(&key), Some(partial));
    assert_eq!(CardPayload::from_cbor(&read.payload.to_cbor().unwrap()).unwrap(), read.payload);

    let longer = [report, vec![0; 31]].concat();
    assert!(parse(ReaderModel::Magtek, &longer).is_ok(), "the form with counter, version and hash");
}

#[test]
fn magtek_states() {
    let report = vector("magtek-hid-856.hex");
    type Change = fn(&mut Vec<u8>);
    let cases: [(Change, ReadError); 15] = [
        (|r| r[494] |= 1, ReadError::KeysExhausted),
        (|r| r[494] |= 8, ReadError::AuthenticationRequired),
        (|r| r[494] &= !4, ReadError::NotEncrypting),
        (|r| r[494] &= !2, ReadError::NotEncrypting),
        (|r| r[495..505].fill(0), ReadError::NotEncrypting),
        (|r| (r[0], r[3], r[1], r[4]) = (1, 0, 1, 0), ReadError::NotDecoded),
        (|r| (r[3], r[4]) = (0, 0), ReadError::Blank),
        (|r| r[6] = 1, ReadError::NotPaymentCard),
        (|r| r[3] = 113, ReadError::Malformed),
        (|r| r[3] = 63, ReadError::Malformed),
        (|r| r[852] = 65, ReadError::Malformed),
        (|r| r[505] = 113, ReadError::Malformed),
        (|r| r[477] = 7, ReadError::Malformed),
        (|r| (r[505], r[506]) = (0, 0), ReadError::NotPaymentCard),
        (|r| r.truncate(855), ReadError::Malformed),
    ];
    for (number, (change, error)) in cases.into_iter().enumerate() {
        assert_eq!(parse(ReaderModel::Magtek, &changed(&report, change)).err(), Some(error), "case {number}");
    }
    // One track is enough.
    let second = changed(&report, |r| (r[0], r[3], r[505], r[852]) = (1, 0, 0, 0));
    assert_eq!(parse(ReaderModel::Magtek, &second).unwrap().payload.tracks[0], b"");
    let serial = changed(&report, |r| r[477..485].copy_from_slice(b"B012345\0"));
    assert_eq!(parse(ReaderModel::Magtek, &serial).unwrap().serial, "B012345");
}

/// A reader told not to mask would hand the PAN to the page.
#[test]
fn an_unmasked_pan_beside_ciphertext_is_refused() {
    let magtek = changed(&vector("magtek-hid-856.hex"), |r| {
        r[510..526].copy_from_slice(b"5452300551227189");
        r[621..637].copy_from_slice(b"5452300551227189");
    });
    assert_eq!(parse(ReaderModel::Magtek, &magtek).err(), Some(ReadError::ClearPan));
    let idtech = summed(changed(&vector("idtech-enhanced-414.hex"), |r| {
        r[12..28].copy_from_slice(b"4266841088889999");
        r[83..99].copy_from_slice(b"4266841088889999");
    }));
    assert_eq!(parse(ReaderModel::IdTech, &idtech).err(), Some(ReadError::ClearPan));
}

fn sure_swipe(one: &[u8], two: &[u8]) -> Vec<u8> {
    let mut report = vec![0; 337];
    (report[3], report[4]) = (u8::try_from(one.len()).unwrap(), u8::try_from(two.len()).unwrap());
    report[7..7 + one.len()].copy_from_slice(one);
    report[117..117 + two.len()].copy_from_slice(two);
    report
}

#[test]
fn sure_swipe_in_clear() {
    let (one, two) = (b"%B5452300551227189^HOGAN/PAUL      ^08042210000000725000000?", b";5452300551227189=080422100000007250?");
    let read = parse(ReaderModel::SureSwipe, &sure_swipe(one, two)).unwrap();
    assert_eq!((read.payload.source, read.payload.cipher), (Source::SureSwipe, Cipher::Clear));
    assert_eq!(read.payload.tracks, [one.to_vec(), two.to_vec(), Vec::new()]);
    assert_eq!(read.payload.lens, [60, 37, 0]);
    assert_eq!((read.bin, read.last4, read.brand), (Some(545_230), Last4::new(b"7189"), Brand::Mastercard));
    assert_eq!((read.service_code, read.entry), (ServiceCode::new(b"221"), EntryMode::Fallback));
    assert_eq!((read.encrypted, read.luhn_ok, read.ksn.as_str()), (false, Some(false), ""));
    let key = Key::new([7; 32]);
    assert_eq!(read.token(&key), Token::full(&key, b"5452300551227189"));
    let printed = format!("{read:?}");
    assert!(!printed.contains("545230055") && !printed.contains("HOGAN") && !printed.contains("00551227189"), "{printed}");

    let other = b";4111111111111111=080422100000007250?";
    assert_eq!(parse(ReaderModel::SureSwipe, &sure_swipe(one, other)).err(), Some(ReadError::NotPaymentCard), "two cards");
    assert_eq!(parse(ReaderModel::SureSwipe, &sure_swipe(b"%B1^X^?", b"")).err(), Some(ReadError::NotPaymentCard));
    assert_eq!(parse(ReaderModel::SureSwipe, &sure_swipe(b"", b"")).err(), Some(ReadError::Blank));
    assert_eq!(parse(ReaderModel::SureSwipe, &[0; 336]).err(), Some(ReadError::Malformed));
}

/// LRC and SUM of an ID TECH frame made right again.
fn summed(mut frame: Vec<u8>) -> Vec<u8> {
    let end = frame.len() - 3;
    let (lrc, sum) = frame[3..end].iter().fold((0, 0u8), |(lrc, sum), byte| (lrc ^ byte, sum.wrapping_add(*byte)));
    (frame[end], frame[end + 1]) = (lrc, sum);
    frame
}

/// A frame around card data.
fn framed(data: &[u8]) -> Vec<u8> {
    let [low, high, ..] = data.len().to_le_bytes();
    summed([&[2, low, high], data, &[0, 0, 3]].concat())
}

fn hid(frame: &[u8], big_endian: bool) -> Vec<u8> {
    let mut report = vec![0; 9 + 512];
    let length = u16::try_from(frame.len()).unwrap();
    report[7..9].copy_from_slice(&if big_endian { length.to_be_bytes() } else { length.to_le_bytes() });
    report[9..9 + frame.len()].copy_from_slice(frame);
    report
}

/// ID TECH SecureMag manual, the enhanced format's sample: bare, and in a HID report.
#[test]
fn idtech_enhanced_sample() {
    let frame = vector("idtech-enhanced-414.hex");
    for report in [frame.clone(), hid(&frame, false), hid(&frame, true)] {
        let read = parse(ReaderModel::IdTech, &report).unwrap();
        assert_eq!((read.payload.source, read.payload.cipher), (Source::IdtechEnhanced, Cipher::TdesData));
        assert_eq!(read.payload.tracks, [frame[117..189].to_vec(), frame[189..229].to_vec(), frame[229..341].to_vec()]);
        assert_eq!(read.payload.lens, [72, 35, 107]);
        assert_eq!(read.ksn, "62994901190000000002");
        assert_eq!((read.brand, read.bin, read.last4), (Brand::Visa, None, Last4::new(b"9999")));
        assert_eq!((read.expiry, read.service_code, read.entry), (None, None, EntryMode::Swipe));
        assert!(read.encrypted && read.luhn_ok.is_none() && read.serial.is_empty());
        let key = Key::new([7; 32]);
        assert_eq!(read.token(&key), Some(Token::partial(&key, Lead::Four(4266), Last4::new(b"9999").unwrap(), None)));
        assert!(read.payload.to_cbor().is_ok());
    }
}

/// A swipe on a chip reader, as Bluefin documents ID TECH's VP3350: whole message, and the frame in it; with a serial number, the
/// expiry unmasked, and a card that has a chip (field 8, bit 5).
#[test]
fn idtech_sample_of_a_chip_reader() {
    let message = vector("idtech-vp3350-message.hex");
    let swiped = parse(ReaderModel::Emv, &message).unwrap();
    let read = parse(ReaderModel::IdTech, &vp3350_frame()).unwrap();
    assert_eq!(swiped.payload, read.payload);
    assert_eq!(read.payload.lens, [79, 40, 0]);
    assert_eq!(read.payload.tracks.each_ref().map(Vec::len), [80, 40, 0]);
    assert_eq!((read.serial.as_str(), read.ksn.as_str()), ("310T061040", "FFFFFF0200110940000F"));
    assert_eq!((read.brand, read.last4), (Brand::Visa, Last4::new(b"0043")));
    assert_eq!((read.expiry, read.entry, swiped.entry), (Expiry::new(b"2412"), EntryMode::Fallback, EntryMode::Fallback));

    type Change = fn(&mut Vec<u8>);
    let cases: [(Change, ReadError); 4] = [
        (|m| m[40] ^= 1, ReadError::Damaged),
        (|m| m[13] ^= 1, ReadError::Malformed),
        (|m| m[10] = 3, ReadError::Malformed),
        (|m| m.truncate(15), ReadError::Malformed),
    ];
    for (number, (change, error)) in cases.into_iter().enumerate() {
        assert_eq!(parse(ReaderModel::Emv, &changed(&message, change)).err(), Some(error), "case {number}");
    }
}

fn vp3350_frame() -> Vec<u8> {
    vector("idtech-vp3350-message.hex")[27..339].to_vec()
}

#[test]
fn idtech_states() {
    let frame = vector("idtech-enhanced-414.hex");
    type Change = fn(&mut Vec<u8>);
    let cases: [(Change, ReadError); 13] = [
        (|f| f[4] = 0b11_1000, ReadError::NotDecoded),
        (|f| f[4] = 0, ReadError::Blank),
        (|f| f[3] = 0x81, ReadError::NotPaymentCard),
        (|f| f[3] = 0x70, ReadError::Malformed),
        (|f| f[4] |= 0x40, ReadError::Unsupported),
        (|f| f[8] |= 0x08, ReadError::Unsupported),
        (|f| f[8] |= 0x50, ReadError::Unsupported),
        (|f| f[9] &= 0x7f, ReadError::NotEncrypting),
        (|f| f[9] &= 0xf8, ReadError::NotEncrypting),
        (|f| f[9] |= 0x40, ReadError::Malformed),
        (|f| f[8] |= 0x80, ReadError::Malformed),
        (|f| f[5] += 1, ReadError::Malformed),
        (|f| f[8] = 0, ReadError::Malformed),
    ];
    for (number, (change, error)) in cases.into_iter().enumerate() {
        assert_eq!(parse(ReaderModel::IdTech, &summed(changed(&frame, change))).err(), Some(error), "case {number}");
    }
    assert_eq!(parse(ReaderModel::IdTech, &changed(&frame, |f| f[20] ^= 1)).err(), Some(ReadError::Damaged));
    // A change that the XOR does not see.
    assert_eq!(
        parse(ReaderModel::IdTech, &changed(&frame, |f| (f[20], f[21]) = (f[20] ^ 1, f[21] ^ 1))).err(),
        Some(ReadError::Damaged)
    );
    assert_eq!(parse(ReaderModel::IdTech, &changed(&frame, |f| *f.last_mut().unwrap() = 4)).err(), Some(ReadError::Malformed));
    assert_eq!(parse(ReaderModel::IdTech, &[]).err(), Some(ReadError::Malformed));
    assert_eq!(parse(ReaderModel::IdTech, &changed(&hid(&frame, false), |r| r[7] ^= 1)).err(), Some(ReadError::Malformed));
    assert_eq!(parse(ReaderModel::IdTech, &hid(&[], false)).err(), Some(ReadError::Blank));
    assert_eq!(parse(ReaderModel::IdTech, &changed(&hid(&[], false), |r| r[1] = 1)).err(), Some(ReadError::NotDecoded));
}

#[test]
fn idtech_original_format() {
    let (one, two, three) =
        (b"%*4266********9999^BUSH JR/GEORGE^***************?*", b";4266********9999=***************?*", b";333333?");
    let lengths = [one.len(), two.len(), three.len()].map(|length| u8::try_from(length).unwrap());
    let cipher = vec![0xcc; (one.len() + two.len()).next_multiple_of(8)];
    let ksn = unhex("62994901190000000003");
    for others in [0, 8, 20, 28, 40, 48] {
        let data = [&[0, 0x3f][..], &lengths, one, two, three, &cipher, &vec![0xee; others], &ksn].concat();
        let read = parse(ReaderModel::IdTech, &framed(&data)).unwrap();
        assert_eq!((read.payload.source, read.payload.cipher), (Source::IdtechOriginal, Cipher::TdesData));
        assert_eq!(read.payload.tracks, [cipher.clone(), Vec::new(), three.to_vec()]);
        assert_eq!(read.payload.lens, lengths.map(u16::from));
        assert_eq!((read.ksn.as_str(), read.last4), ("62994901190000000003", Last4::new(b"9999")));
        assert_eq!(CardPayload::from_cbor(&read.payload.to_cbor().unwrap()).unwrap(), read.payload);
        assert_eq!(parse(ReaderModel::IdTech, &framed(&data[..data.len() - 1])).err(), Some(ReadError::Malformed));
    }
}

/// MagTek manual 99875629, appendix A.2: batch data of a contact chip card, encrypted in F8, with its MAC.
#[test]
fn magtek_chip_sample() {
    let message = vector("magtek-dynapro-emv.hex");
    let read = parse(ReaderModel::Emv, &message).unwrap();
    assert_eq!((read.payload.source, read.payload.cipher), (Source::Emv, Cipher::TdesData));
    assert_eq!(read.payload.emv, message);
    assert_eq!((read.ksn.as_str(), read.serial.as_str()), ("9500030000000120039D", "98CE04611018060D"));
    assert_eq!((read.brand, read.bin, read.last4), (Brand::Mastercard, None, Last4::new(b"1513")));
    assert_eq!((read.expiry, read.entry, read.encrypted), (Expiry::new(b"1401"), EntryMode::Chip, true));
    let facts = read.emv.clone().unwrap();
    assert_eq!((facts.aid.as_str(), facts.amount, facts.currency), ("A0000000041010", Some(200), Some(826)));
    assert_eq!(facts.pos_entry, Some(5));
    assert!(!format!("{read:?}").contains("TEST"), "the name");
    assert!(read.payload.to_cbor().is_ok());
}

fn tlv(tag: &str, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap();
    let head = if length < 0x80 { vec![length] } else { vec![0x81, length] };
    [unhex(tag), head, value.to_vec()].concat()
}

/// As ID TECH's readers write it: masked and encrypted forms of the same tag.
fn contactless() -> Vec<u8> {
    [
        tlv("DFEE12", &unhex("62994900120000000005")),
        unhex("5AA108 4761CCCCCCCC0010"),
        unhex("5AC110 00112233445566778899AABBCCDDEEFF"),
        unhex("57A113 4761CCCCCCCC0010D2212CCCCCCCCCCCCCCCCC"),
        tlv("9F26", &[1; 8]),
        tlv("9F27", &[0x80]),
        tlv("9F39", &[0x07]),
        tlv("84", &unhex("A0000000031010")),
        tlv("9F02", &unhex("000000012345")),
        tlv("5F2A", &unhex("0978")),
        tlv("95", &unhex("8000048000")),
    ]
    .concat()
}

#[test]
fn idtech_contactless() {
    let read = parse(ReaderModel::Emv, &contactless()).unwrap();
    assert_eq!((read.brand, read.bin, read.last4), (Brand::Visa, None, Last4::new(b"0010")));
    assert_eq!((read.expiry, read.service_code, read.entry), (Expiry::new(b"2212"), None, EntryMode::Contactless));
    let facts = read.emv.unwrap();
    assert_eq!((facts.amount, facts.currency, facts.tvr.as_str()), (Some(12345), Some(978), "8000048000"));
    assert_eq!(facts.cryptogram, Some(barrow_sealing::card::Cryptogram::AskIssuer));
}

#[test]
fn a_swipe_on_a_chip_reader_is_its_frame() {
    let frame = vector("idtech-enhanced-414.hex");
    let message = [unhex("DFEE23 82 019E"), frame.clone()].concat();
    assert_eq!(parse(ReaderModel::Emv, &message).unwrap().payload, parse(ReaderModel::IdTech, &frame).unwrap().payload);
}

#[test]
fn a_clear_pan_in_chip_data_is_refused() {
    let with = |object: Vec<u8>| parse(ReaderModel::Emv, &[contactless(), object].concat()).err();
    assert_eq!(with(Vec::new()), None);
    for object in [
        tlv("5A", &unhex("4761739001010010")),
        tlv("57", &unhex("4761739001010010D22122011143804400000F")),
        tlv("9F6B", &unhex("5413339000001513D2212201114380440000")),
        tlv("56", b"B4761739001010010^DOE/J^22122011143804400000"),
        tlv("DFDF4D", b";4761739001010010=22122011143804400000?"),
        tlv("70", &tlv("5A", &unhex("4761739001010010"))),
        tlv("DF8129", b"xx;4761739001010010=22122011143804400000?"),
        tlv("DF8129", b"%B4761739001010010^DOE/J^2212"),
        unhex("5AA108 4761739001010010"),
    ] {
        assert_eq!(with(object.clone()), Some(ReadError::ClearPan), "{object:02x?}");
    }
    for object in
        [tlv("DFDF4D", b";4761000000000010=22120000000000000000?"), tlv("9F16", b"123456789012345"), tlv("5F20", b"DOE/J")]
    {
        assert_eq!(with(object.clone()), None, "{object:02x?}");
    }
    assert_eq!(parse(ReaderModel::Emv, &tlv("84", &unhex("A0000000031010"))).err(), Some(ReadError::NotEncrypting));
    assert_eq!(parse(ReaderModel::Emv, &[0x70; 5000]).err(), Some(ReadError::Malformed));
}

/// Every error is a whole sentence for a person, without a digit in it.
#[test]
fn errors_are_sentences() {
    for error in [
        ReadError::Malformed,
        ReadError::Damaged,
        ReadError::NotDecoded,
        ReadError::Blank,
        ReadError::NotPaymentCard,
        ReadError::KeysExhausted,
        ReadError::NotEncrypting,
        ReadError::AuthenticationRequired,
        ReadError::Unsupported,
        ReadError::ClearPan,
    ] {
        let text = error.to_string();
        assert!(
            text.ends_with('.') && text.starts_with(|c: char| c.is_uppercase()) && !text.contains(char::is_numeric),
            "{text}"
        );
    }
}

const MODELS: [ReaderModel; 5] =
    [ReaderModel::Magtek, ReaderModel::SureSwipe, ReaderModel::IdTech, ReaderModel::Msr, ReaderModel::Emv];

/// Whatever was read fits together, and can be written down and read again.
fn assert_sound(read: &CardRead) {
    let bytes = read.payload.to_cbor().expect("a read's payload fits together");
    assert_eq!(CardPayload::from_cbor(&bytes).as_ref(), Ok(&read.payload));
    assert_eq!(read.encrypted, read.payload.cipher != Cipher::Clear);
    assert_eq!(read.ksn.len(), 2 * read.payload.ksn.len());
    let _ = (read.token(&Key::new([1; 32])), format!("{read:?}"));
}

fn samples() -> impl Strategy<Value = (ReaderModel, Vec<u8>)> {
    prop_oneof![
        Just((ReaderModel::Magtek, vector("magtek-hid-856.hex"))),
        Just((ReaderModel::SureSwipe, sure_swipe(b"%B4111111111111111^DOE/J^30122010000?", b";4111111111111111=30122010000?"))),
        Just((ReaderModel::IdTech, vector("idtech-enhanced-414.hex"))),
        Just((ReaderModel::IdTech, hid(&vp3350_frame(), false))),
        Just((ReaderModel::Emv, vector("magtek-dynapro-emv.hex"))),
        Just((ReaderModel::Emv, vector("idtech-vp3350-message.hex"))),
        Just((ReaderModel::Emv, contactless())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn noise_is_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..1000), model in prop::sample::select(&MODELS[..])) {
        if let Ok(read) = parse(model, &bytes) {
            assert_sound(&read);
        }
    }

    #[test]
    fn a_truncated_report_is_never_half_a_card((model, bytes) in samples(), at: Index) {
        let cut = at.index(bytes.len());
        if let Ok(read) = parse(model, &bytes[..cut]) {
            assert_sound(&read);
            // A chip's message may end after any whole object, and a frame may have padding behind it; nothing else may be missing.
            prop_assert!(model == ReaderModel::Emv || read.payload == parse(model, &bytes).unwrap().payload);
        }
    }

    #[test]
    fn a_changed_report_is_refused_or_sound((model, bytes) in samples(), flips in prop::collection::vec((any::<Index>(), 1u8..), 1..4)) {
        let mut bytes = bytes;
        for (at, with) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= with;
        }
        if let Ok(read) = parse(model, &bytes) {
            assert_sound(&read);
        }
        if model == ReaderModel::IdTech && bytes.first() == Some(&2) && let Ok(read) = parse(model, &summed(bytes)) {
            assert_sound(&read);
        }
    }
}
