//! Makes a photograph a product's picture, in the browser: its middle square, at most 160 pixels a side, at most 12 KiB.

use barrow_language::t;
use js_sys::Promise;
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, File, HtmlCanvasElement, ImageBitmap};

/// As the server has it (`barrow_core::image`).
const SIDE_MAX: u32 = 160;
const BYTES_MAX: usize = 12 * 1024;
/// What is tried, the best first. A browser that writes no WebP answers with another kind, and JPEG is next.
const TRIES: [(&str, f64); 6] = [
    ("image/webp", 0.85),
    ("image/webp", 0.6),
    ("image/webp", 0.35),
    ("image/jpeg", 0.8),
    ("image/jpeg", 0.5),
    ("image/jpeg", 0.25),
];

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoPicture {
    /// The browser cannot open the file.
    #[error("{}", t("This file is no picture that the browser can open. Choose a JPEG, PNG or WebP file."))]
    Unreadable,
    /// It does not get small enough.
    #[error("{}", t("This picture could not be made small enough. Choose a simpler one."))]
    TooLarge,
}

/// The picture, Base64.
///
/// # Errors
/// [`NoPicture`].
pub async fn small(file: File) -> Result<String, NoPicture> {
    let unreadable = |_: JsValue| NoPicture::Unreadable;
    let window = web_sys::window().ok_or(NoPicture::Unreadable)?;
    let opening: Promise = window.create_image_bitmap_with_blob(&file).map_err(unreadable)?;
    let photograph: ImageBitmap = JsFuture::from(opening).await.map_err(unreadable)?.unchecked_into();
    let (width, height) = (photograph.width(), photograph.height());
    let square = width.min(height);
    let side = square.min(SIDE_MAX);
    let canvas: HtmlCanvasElement =
        window.document().ok_or(NoPicture::Unreadable)?.create_element("canvas").map_err(unreadable)?.unchecked_into();
    canvas.set_width(side);
    canvas.set_height(side);
    let context: CanvasRenderingContext2d =
        canvas.get_context("2d").map_err(unreadable)?.ok_or(NoPicture::Unreadable)?.unchecked_into();
    // JPEG has no transparency, and would be black there.
    context.set_fill_style_str("#fff");
    context.fill_rect(0.0, 0.0, f64::from(side), f64::from(side));
    let (left, top, square, side) = (
        f64::from(width - width.min(height)) / 2.0,
        f64::from(height - width.min(height)) / 2.0,
        f64::from(square),
        f64::from(side),
    );
    context
        .draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &photograph,
            left,
            top,
            square,
            square,
            0.0,
            0.0,
            side,
            side,
        )
        .map_err(unreadable)?;
    photograph.close();
    let tried = TRIES.iter().filter_map(|(kind, quality)| {
        let url = canvas.to_data_url_with_type_and_encoder_options(kind, &(*quality).into()).ok()?;
        let base64 = url.strip_prefix(&format!("data:{kind};base64,"))?.to_owned();
        (base64.len() / 4 * 3 <= BYTES_MAX).then_some(base64)
    });
    tried.take(1).next().ok_or(NoPicture::TooLarge)
}
