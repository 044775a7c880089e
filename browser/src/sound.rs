//! Short tones, made by the browser: no files.

use std::cell::RefCell;

use web_sys::{AudioContext, AudioContextState, OscillatorType};

thread_local! {
    static CONTEXT: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

/// A tone: how high (Hz), and from when until when (seconds from now).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tone {
    /// Hertz.
    pub hz: f32,
    /// Seconds from now.
    pub from_s: f64,
    /// Seconds from now.
    pub until_s: f64,
}

/// How loud, of 1: heard at a market, and no alarm.
const GAIN: f32 = 0.12;
/// A tone swells and fades for so long, seconds: without that it clicks.
const EDGE_S: f64 = 0.008;

/// Plays `tones`. Says nothing where the browser has no sound, or keeps it back until somebody touches the page.
pub fn play(tones: &[Tone]) {
    CONTEXT.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = AudioContext::new().ok();
        }
        if let Some(context) = slot {
            if context.state() == AudioContextState::Suspended {
                // A browser that refuses says so in a promise that nobody needs.
                let _ = context.resume();
            }
            for tone in tones {
                // A tone that cannot be made is not heard; the screen says the same.
                let _ = start(context, *tone);
            }
        }
    });
}

/// Ends what is heard, at once.
pub fn stop() {
    if let Some(context) = CONTEXT.take() {
        let _ = context.close();
    }
}

fn start(context: &AudioContext, tone: Tone) -> Result<(), wasm_bindgen::JsValue> {
    let (oscillator, volume) = (context.create_oscillator()?, context.create_gain()?);
    let (from, until) = (context.current_time() + tone.from_s, context.current_time() + tone.until_s);
    oscillator.set_type(OscillatorType::Triangle);
    oscillator.frequency().set_value(tone.hz);
    let gain = volume.gain();
    gain.set_value_at_time(0.0, from)?;
    gain.linear_ramp_to_value_at_time(GAIN, from + EDGE_S)?;
    gain.set_value_at_time(GAIN, until - EDGE_S)?;
    gain.linear_ramp_to_value_at_time(0.0, until)?;
    oscillator.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&context.destination())?;
    oscillator.start_with_when(from)?;
    oscillator.stop_with_when(until)
}
