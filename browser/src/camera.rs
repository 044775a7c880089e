//! The camera as a barcode scanner: its picture in a `<video>`, and each picture to the worker that reads codes (`public/decoder.js`).
//! Nothing of a picture is kept, and none leaves the tablet.

use std::{cell::Cell, rc::Rc};

use js_sys::{Array, Object, Reflect};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::spawn_local;

use crate::{
    line::{Line, Script},
    scope::{error_name, log, object, property, scope},
    wait::sleep,
};

const DECODER_SCRIPT: &str = "/decoder.js";
/// Between two pictures, milliseconds: a code is read within a blink, and the processor still rests.
const PAUSE_MS: u32 = 80;
/// How long one picture may take, milliseconds: the first one loads the decoder.
const PICTURE_MS: u32 = 15_000;
/// The widest picture that is asked for, pixels. More only takes longer.
const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 720;
/// `HTMLMediaElement.HAVE_CURRENT_DATA`.
const HAVE_CURRENT_DATA: f64 = 2.0;

/// Why there is no picture. The wording is for the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CameraFailed {
    /// The browser, the person or the shop's device management said no.
    #[error("The browser does not let Barrow use the camera. Allow it in the site's settings, then try again.")]
    Refused,
    /// There is none.
    #[error("This tablet has no camera that Barrow can use. Type the code, or use a scanner.")]
    Missing,
    /// Another program has it, or it broke.
    #[error("The camera does not start. Close other programs that use it, then try again.")]
    Busy,
    /// The decoder could not be loaded.
    #[error("Barrow cannot read codes with this camera. Reload the page; if it fails again, type the code.")]
    NoDecoder,
}

#[wasm_bindgen]
extern "C" {
    type MediaDevices;
    #[wasm_bindgen(method, catch, js_name = getUserMedia)]
    async fn get_user_media(this: &MediaDevices, constraints: &Object) -> Result<JsValue, JsValue>;

    #[derive(Clone)]
    type Stream;
    #[wasm_bindgen(method, js_name = getTracks)]
    fn tracks(this: &Stream) -> Array;

    #[derive(Clone)]
    type Track;
    #[wasm_bindgen(method)]
    fn stop(this: &Track);
    #[wasm_bindgen(method, catch, js_name = getCapabilities)]
    fn capabilities(this: &Track) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = applyConstraints)]
    async fn apply(this: &Track, constraints: &Object) -> Result<JsValue, JsValue>;

    #[derive(Clone)]
    type Video;
    #[wasm_bindgen(method, catch)]
    async fn play(this: &Video) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = createImageBitmap)]
    async fn create_image_bitmap(of: &JsValue) -> Result<JsValue, JsValue>;
}

/// An open camera. It closes when it is told to, or dropped.
pub struct Camera {
    inner: Rc<Inner>,
}

struct Inner {
    stream: Stream,
    video: Video,
    decoder: Line,
    closed: Cell<bool>,
}

impl Camera {
    /// Asks for the camera at the back, shows its picture in `video`, and calls `read` with each code of each picture, until it is
    /// closed. `failed` is called once, if reading ends by itself.
    pub async fn open(
        video: JsValue,
        read: impl Fn(String) + 'static,
        failed: impl FnOnce(CameraFailed) + 'static,
    ) -> Result<Camera, CameraFailed> {
        let devices = property(&scope().navigator(), "mediaDevices");
        if !devices.is_object() {
            return Err(CameraFailed::Missing);
        }
        let devices: MediaDevices = devices.unchecked_into();
        let stream = devices.get_user_media(&constraints()).await.map_err(|error| refusal(&error))?;
        let stream: Stream = stream.unchecked_into();
        let Some(decoder) = Line::start(DECODER_SCRIPT, Script::Module) else {
            stop(&stream);
            return Err(CameraFailed::NoDecoder);
        };
        let video: Video = video.unchecked_into();
        let camera = Camera { inner: Rc::new(Inner { stream, video, decoder, closed: Cell::new(false) }) };
        let _ = Reflect::set(&camera.inner.video, &"srcObject".into(), &camera.inner.stream);
        // Refused only where the element is gone again.
        camera.inner.video.play().await.map_err(|_| CameraFailed::Busy)?;
        let inner = Rc::downgrade(&camera.inner);
        spawn_local(async move {
            let mut failed = Some(failed);
            while let Some(inner) = inner.upgrade().filter(|inner| !inner.closed.get()) {
                match inner.look().await {
                    Ok(Some(code)) if !inner.closed.get() => read(code),
                    Ok(_) => {}
                    Err(why) => {
                        let tell = failed.take().filter(|_| !inner.closed.get());
                        inner.close();
                        if let Some(tell) = tell {
                            tell(why);
                        }
                    }
                }
                drop(inner);
                sleep(PAUSE_MS).await;
            }
        });
        Ok(camera)
    }

    /// Has it a lamp?
    pub fn has_torch(&self) -> bool {
        self.inner.track().is_some_and(|track| track.capabilities().is_ok_and(|can| property(&can, "torch").is_truthy()))
    }

    /// Lights the lamp, or puts it out.
    pub fn light(&self, on: bool) {
        let Some(track) = self.inner.track() else { return };
        spawn_local(async move {
            let wanted = object(&[("torch", on.into())]);
            // A lamp that does not light is seen.
            let _ = track.apply(&object(&[("advanced", Array::of1(&wanted).into())])).await;
        });
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.inner.close();
    }
}

impl Inner {
    /// The code in the picture that is shown now.
    async fn look(&self) -> Result<Option<String>, CameraFailed> {
        if property(&self.video, "readyState").as_f64().is_none_or(|state| state < HAVE_CURRENT_DATA) {
            return Ok(None);
        }
        // No picture in the moment in which the size changes.
        let Ok(picture) = create_image_bitmap(&self.video).await else { return Ok(None) };
        match self.decoder.ask(&[("picture", picture.clone())], &Array::of1(&picture), PICTURE_MS).await {
            Ok(text) => Ok(text.as_string()),
            Err(error) => {
                log(&format!("no picture could be read: {error}"));
                Err(CameraFailed::NoDecoder)
            }
        }
    }

    fn track(&self) -> Option<Track> {
        let track = self.stream.tracks().get(0);
        track.is_object().then(|| track.unchecked_into())
    }

    fn close(&self) {
        if self.closed.replace(true) {
            return;
        }
        stop(&self.stream);
        self.decoder.end();
        let _ = Reflect::set(&self.video, &"srcObject".into(), &JsValue::NULL);
    }
}

fn stop(stream: &Stream) {
    for track in stream.tracks().iter() {
        track.unchecked_into::<Track>().stop();
    }
}

fn constraints() -> Object {
    let ideal = |value: JsValue| object(&[("ideal", value)]).into();
    let video =
        object(&[("facingMode", ideal("environment".into())), ("width", ideal(WIDTH.into())), ("height", ideal(HEIGHT.into()))]);
    object(&[("audio", false.into()), ("video", video.into())])
}

/// What the browser's refusal means (Media Capture and Streams, 10.2).
fn refusal(error: &JsValue) -> CameraFailed {
    match error_name(error).as_str() {
        "NotAllowedError" | "SecurityError" => CameraFailed::Refused,
        "NotFoundError" | "OverconstrainedError" | "TypeError" => CameraFailed::Missing,
        _ => CameraFailed::Busy,
    }
}
