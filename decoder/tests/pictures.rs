//! Drawn codes, as a camera sees them: blurred, noisy, tilted, small, unevenly lit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use barrow_decoder::{Picture, decode};

const L: [&str; 10] =
    ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"];
const FIRST: [&str; 10] = ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"];
const UPC_E_CHECK: [&str; 10] =
    ["GGGLLL", "GGLGLL", "GGLLGL", "GGLLLG", "GLGGLL", "GLLGGL", "GLLLGG", "GLGLGL", "GLGLLG", "GLLGLG"];

fn flipped(modules: &str) -> String {
    modules.chars().map(|c| if c == '0' { '1' } else { '0' }).collect()
}

fn digit(value: usize, set: char) -> String {
    match set {
        'L' => L[value].to_owned(),
        'R' => flipped(L[value]),
        _ => flipped(L[value]).chars().rev().collect(),
    }
}

fn values(text: &str) -> Vec<usize> {
    text.bytes().map(|b| usize::from(b - b'0')).collect()
}

fn ean13(text: &str) -> String {
    let v = values(text);
    let left: String = v[1..7].iter().zip(FIRST[v[0]].chars()).map(|(v, set)| digit(*v, set)).collect();
    let right: String = v[7..].iter().map(|v| digit(*v, 'R')).collect();
    format!("101{left}01010{right}101")
}

fn ean8(text: &str) -> String {
    let v = values(text);
    let left: String = v[..4].iter().map(|v| digit(*v, 'L')).collect();
    let right: String = v[4..].iter().map(|v| digit(*v, 'R')).collect();
    format!("101{left}01010{right}101")
}

/// Number system 0; the last of seven digits is the check digit.
fn upc_e(text: &str) -> String {
    let v = values(text);
    let six: String = v[..6].iter().zip(UPC_E_CHECK[v[6]].chars()).map(|(v, set)| digit(*v, set)).collect();
    format!("101{six}010101")
}

/// Code 128 in set B, by the same widths that ISO/IEC 15417 lists, written once more here for the characters that are used.
fn code128(text: &str) -> String {
    const WIDTHS: &str = "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214211232";
    let mut values = vec![104_usize];
    values.extend(text.bytes().map(|b| usize::from(b) - 32));
    let sum: usize = values.iter().enumerate().map(|(at, value)| at.max(1) * value).sum();
    values.push(sum % 103);
    let mut widths: String = values.iter().map(|value| &WIDTHS[value * 6..value * 6 + 6]).collect();
    widths.push_str("2331112");
    let bars = widths.bytes().enumerate().map(|(at, b)| if at % 2 == 0 { "1" } else { "0" }.repeat(usize::from(b - b'0')));
    bars.collect()
}

/// How a picture is taken.
#[derive(Clone, Copy)]
struct Shot {
    /// Pixels a module.
    module: f32,
    /// Degrees.
    tilt: f32,
    /// Width of the blur, pixels.
    blur: f32,
    /// Brightness up or down by at most so much, at random.
    noise: f32,
    /// The left edge is darker than the right by so much.
    shade: f32,
}

const SHARP: Shot = Shot { module: 3.0, tilt: 0.0, blur: 0.0, noise: 0.0, shade: 0.0 };

fn dice(seed: &mut u32) -> f32 {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*seed >> 8) as f32 / (1 << 24) as f32
}

/// 640 × 480, the code in the middle, 120 pixels high, on a grey table.
fn taken(modules: &str, shot: Shot) -> Picture {
    let (width, height) = (640_usize, 480_usize);
    let bits: Vec<bool> = modules.chars().map(|c| c == '1').collect();
    let half = bits.len() as f32 * shot.module / 2.0;
    let (sin, cos) = shot.tilt.to_radians().sin_cos();
    let at = |x: f32, y: f32| -> f32 {
        let (u, v) = (x * cos + y * sin, y * cos - x * sin);
        if v.abs() > 60.0 || u.abs() > half + 12.0 * shot.module {
            return 120.0;
        }
        let place = ((u + half) / shot.module).floor();
        let dark = place >= 0.0 && bits.get(place as usize).copied().unwrap_or(false);
        if dark { 30.0 } else { 225.0 }
    };
    let mut seed = 7;
    let mut luma = Vec::with_capacity(width * height);
    for row in 0..height {
        for column in 0..width {
            let (x, y) = (column as f32 - 320.0, row as f32 - 240.0);
            // A pixel sees an area: more of it where the picture is blurred.
            let spread = 0.5 + shot.blur;
            let mut sum = 0.0;
            for i in 0..5 {
                for j in 0..3 {
                    sum += at(x + (i as f32 - 2.0) / 2.0 * spread, y + (j as f32 - 1.0) * spread);
                }
            }
            let shade = shot.shade * (0.5 - column as f32 / width as f32);
            let value = sum / 15.0 - shade + (dice(&mut seed) - 0.5) * 2.0 * shot.noise;
            luma.push(value.clamp(0.0, 255.0) as u8);
        }
    }
    Picture::from_luma(luma, width, height).unwrap()
}

fn read(modules: &str, shot: Shot) -> Option<String> {
    decode(&taken(modules, shot))
}

#[test]
fn each_kind_is_read_and_named() {
    for (modules, said) in [
        (ean13("4006381333931"), "]E04006381333931"),
        (ean13("2000010005000"), "]E02000010005000"),
        // UPC-A is an EAN-13 that begins with zero.
        (ean13("0036000291452"), "]E00036000291452"),
        (ean8("73513537"), "]E473513537"),
        // UPC-E 0 425261 4 is UPC-A 042100005264.
        (upc_e("4252614"), "]E00042100005264"),
        (code128("SKU-0815/a"), "]C0SKU-0815/a"),
    ] {
        assert_eq!(read(&modules, SHARP).as_deref(), Some(said));
        assert_eq!(read(&modules, Shot { tilt: 180.0, ..SHARP }).as_deref(), Some(said), "upside down");
        assert_eq!(read(&modules, Shot { tilt: 90.0, ..SHARP }).as_deref(), Some(said), "upright");
    }
}

#[test]
fn a_bad_picture_is_read_all_the_same() {
    let code = ean13("4006381333931");
    let shots = [
        ("small", Shot { module: 1.5, ..SHARP }),
        ("blurred", Shot { blur: 1.0, ..SHARP }),
        ("noisy", Shot { noise: 40.0, ..SHARP }),
        ("shaded", Shot { shade: 120.0, ..SHARP }),
        ("tilted a little", Shot { tilt: 7.0, ..SHARP }),
        ("tilted", Shot { tilt: 24.0, ..SHARP }),
        ("tilted much", Shot { tilt: 50.0, ..SHARP }),
        ("all at once", Shot { module: 2.5, tilt: 10.0, blur: 0.5, noise: 20.0, shade: 60.0 }),
    ];
    for (name, shot) in shots {
        assert_eq!(read(&code, shot).as_deref(), Some("]E04006381333931"), "{name}");
        assert!(read(&code128("A-1042"), shot).is_some(), "{name}, Code 128");
    }
}

#[test]
fn what_is_no_code_is_none() {
    let mut seed = 3;
    let mut picture = |f: &mut dyn FnMut(usize, usize, f32) -> u8| {
        let luma = (0..640 * 480).map(|at| f(at % 640, at / 640, dice(&mut seed))).collect();
        Picture::from_luma(luma, 640, 480).unwrap()
    };
    assert_eq!(decode(&picture(&mut |_, _, _| 255)), None);
    assert_eq!(decode(&picture(&mut |_, _, dice| (dice * 255.0) as u8)), None, "noise");
    for pitch in 2..24 {
        assert_eq!(decode(&picture(&mut |x, _, _| if x / pitch % 2 == 0 { 20 } else { 230 })), None, "a fence, {pitch}");
    }
    // Rows of random bars.
    for _ in 0..20 {
        let luma = (0..480)
            .flat_map(|_| {
                let mut row = Vec::new();
                while row.len() < 640 {
                    let width = 1 + (dice(&mut seed) * 12.0) as usize;
                    row.extend(std::iter::repeat_n(if row.len() % 2 == 0 { 20 } else { 230 }, width));
                }
                row.truncate(640);
                row
            })
            .collect();
        assert_eq!(decode(&Picture::from_luma(luma, 640, 480).unwrap()), None);
    }
    assert!(Picture::from_luma(vec![0; 10], 640, 480).is_none(), "too few bytes");
    assert!(Picture::from_rgba(&[0; 640 * 480 * 4], 640, 480).is_some());
}

#[test]
fn a_wrong_check_digit_is_none() {
    for wrong in ["4006381333932", "4006381333930", "0036000291450"] {
        assert_eq!(read(&ean13(wrong), SHARP), None, "{wrong}");
    }
    assert_eq!(read(&ean8("73513538"), SHARP), None);
}
