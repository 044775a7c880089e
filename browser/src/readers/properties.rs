//! What a MagTek reader says of itself when it is asked: a command goes out and its answer comes in as a feature report (MagneSafe
//! V5 communication reference: command 0x00 is Get Property).

use barrow_sealing::card::reader::ReaderModel;
use js_sys::{DataView, Uint8Array};
use wasm_bindgen::JsCast;

use super::webhid::HidDevice;

/// A feature report, bytes: command, length, data; or result, length, data.
const REPORT_BYTES: usize = 60;
const GET_PROPERTY: u8 = 0x00;
const SOFTWARE_ID: u8 = 0x00;
const DEVICE_SERIAL: u8 = 0x03;

/// What was answered; empty where it was not.
#[derive(Default)]
pub(super) struct Told {
    pub(super) serial: String,
    pub(super) firmware: String,
}

/// Can readers of this kind be asked?
pub(super) fn are_told_by(model: ReaderModel) -> bool {
    matches!(model, ReaderModel::Magtek)
}

/// Asks an open reader.
pub(super) async fn ask(device: &HidDevice) -> Told {
    let firmware = property(device, SOFTWARE_ID).await.unwrap_or_default();
    let serial = property(device, DEVICE_SERIAL).await.unwrap_or_default();
    Told { serial, firmware }
}

async fn property(device: &HidDevice, which: u8) -> Option<String> {
    let mut command = [0; REPORT_BYTES];
    command[..3].copy_from_slice(&[GET_PROPERTY, 1, which]);
    device.send_feature_report(0, &Uint8Array::from(&command[..])).await.ok()?;
    let answer = device.receive_feature_report(0).await.ok()?;
    let view: &DataView = answer.dyn_ref()?;
    let bytes = Uint8Array::new_with_byte_offset_and_length(&view.buffer(), view.byte_offset() as u32, view.byte_length() as u32);
    read(&bytes.to_vec())
}

/// The text of an answer.
fn read(answer: &[u8]) -> Option<String> {
    // Some systems put the report's number, 0, before it.
    let answer = if answer.len() == REPORT_BYTES + 1 { answer.get(1..)? } else { answer };
    let [0, length, data @ ..] = answer else { return None };
    let text = data.get(..usize::from(*length))?;
    let text = text.split(|byte| *byte == 0).next()?;
    let is_text = !text.is_empty() && text.iter().all(|byte| (b' '..=b'~').contains(byte));
    is_text.then(|| String::from_utf8_lossy(text).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(beginning: &[u8], length: usize) -> Vec<u8> {
        let mut answer = beginning.to_vec();
        answer.resize(length, 0);
        answer
    }

    #[test]
    fn an_answer_is_text_of_its_length() {
        assert_eq!(read(&answer(b"\x00\x07B012345\xff", 60)).as_deref(), Some("B012345"));
        assert_eq!(read(&answer(b"\x00\x00\x07B012345", 61)).as_deref(), Some("B012345"));
        assert_eq!(read(&answer(b"\x00\x0fB012345", 60)).as_deref(), Some("B012345"), "padded with NUL");
    }

    #[test]
    fn anything_else_is_none() {
        for no in
            [&b""[..], b"\x00", b"\x01\x07B012345", b"\x00\x00", b"\x00\x09B012345", b"\x00\x02\x80\x81", b"\x00\x02\x00\x00"]
        {
            assert_eq!(read(no), None, "{no:02x?}");
        }
    }
}
