//! Passkeys that hold a key: WebAuthn (Level 3) with its PRF extension (10.1.4), which gives 32 bytes that only this passkey
//! can make, and only after the person proved to be there (a finger, a face, the tablet's own PIN).
//!
//! No server takes part: what the authenticator signs is not looked at, what its PRF gives opens a key or does not.

use js_sys::{Array, Uint8Array};
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

use crate::{
    random,
    scope::{Credential, error_name, object, property, scope},
    wait::Later,
    webcrypto::secret_bytes,
};

/// How long the browser's dialog stays open, milliseconds.
const DIALOG_MS: u32 = 120_000;
/// COSE algorithms that a passkey may sign with (WebAuthn demands some): ES256, RS256.
const ALGORITHMS: [i32; 2] = [-7, -257];

/// What a passkey's PRF is asked with.
pub type Salt = [u8; 32];
/// What it gives.
pub type Prf = Zeroizing<[u8; 32]>;

/// A passkey that is to be made.
pub struct Wanted<'a> {
    /// The shop's name, for the browser's dialog.
    pub shop_name: &'a str,
    /// The person's name, for the browser's dialog.
    pub person: &'a str,
    /// What its PRF is asked with at once, if the authenticator can.
    pub salt: &'a Salt,
}

/// A passkey that was made.
pub struct Made {
    /// The credential's id: to ask for this passkey again. No secret.
    pub credential: Vec<u8>,
    /// What the PRF gave, if it was asked already.
    pub prf: Option<Prf>,
}

/// Why a passkey gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PasskeyFailed {
    /// This browser or authenticator has none with a PRF.
    #[error("there are no passkeys here that can hold a key")]
    Missing,
    /// The person closed the dialog, let it time out, or has another passkey.
    #[error("the passkey was not shown")]
    NotShown,
}

/// Passkeys, as a till needs them.
pub trait Passkeys {
    /// Can one be made on this tablet?
    fn possible(&self) -> Later<'_, bool>;

    /// Makes one. The person is asked.
    fn make<'a>(&'a self, wanted: Wanted<'a>) -> Later<'a, Result<Made, PasskeyFailed>>;

    /// What the PRF of this passkey gives for `salt`. The person is asked.
    fn prf<'a>(&'a self, credential: &'a [u8], salt: &'a Salt) -> Later<'a, Result<Prf, PasskeyFailed>>;
}

/// The browser's.
pub struct BrowserPasskeys;

impl Passkeys for BrowserPasskeys {
    fn possible(&self) -> Later<'_, bool> {
        Box::pin(async {
            let (Some(support), Some(_)) = (scope().public_key_credential(), scope().navigator().credentials()) else {
                return false;
            };
            // Where the browser does not say what it can, an authenticator's answer does.
            let prf = support.capabilities().await.map(|all| property(&all, "extension:prf"));
            prf.ok().and_then(|prf| prf.as_bool()).unwrap_or(true)
                && support.has_platform_authenticator().await.is_ok_and(|answer| answer.is_truthy())
        })
    }

    fn make<'a>(&'a self, wanted: Wanted<'a>) -> Later<'a, Result<Made, PasskeyFailed>> {
        Box::pin(async move {
            let credentials = scope().navigator().credentials().ok_or(PasskeyFailed::Missing)?;
            let algorithms = ALGORITHMS.map(|alg| object(&[("type", "public-key".into()), ("alg", alg.into())]));
            let selection = [("residentKey", "preferred".into()), ("userVerification", "required".into())];
            // The relying party is this host, which WebAuthn takes where none is named. The user's handle says nothing: each
            // passkey is one of its own, and who it belongs to stands in the vault alone.
            let user: [u8; 32] = random::bytes();
            let options = object(&[
                ("rp", object(&[("name", wanted.shop_name.into())]).into()),
                (
                    "user",
                    object(&[
                        ("id", Uint8Array::from(&user[..]).into()),
                        ("name", wanted.person.into()),
                        ("displayName", wanted.person.into()),
                    ])
                    .into(),
                ),
                ("challenge", challenge()),
                ("pubKeyCredParams", algorithms.iter().collect::<Array>().into()),
                ("authenticatorSelection", object(&selection).into()),
                ("hints", Array::of1(&"client-device".into()).into()),
                ("attestation", "none".into()),
                ("timeout", DIALOG_MS.into()),
                ("extensions", prf_extension(wanted.salt)),
            ]);
            let made = credentials.create(&object(&[("publicKey", options.into())])).await.map_err(|error| why(&error))?;
            let made = credential(made)?;
            let prf = property(&made.extension_results(), "prf");
            if !property(&prf, "enabled").is_truthy() {
                return Err(PasskeyFailed::Missing);
            }
            Ok(Made { credential: bytes(&made.raw_id()), prf: prf_result(&prf) })
        })
    }

    fn prf<'a>(&'a self, id: &'a [u8], salt: &'a Salt) -> Later<'a, Result<Prf, PasskeyFailed>> {
        Box::pin(async move {
            let credentials = scope().navigator().credentials().ok_or(PasskeyFailed::Missing)?;
            let allowed = object(&[("type", "public-key".into()), ("id", Uint8Array::from(id).into())]);
            let options = object(&[
                ("challenge", challenge()),
                ("allowCredentials", Array::of1(&allowed).into()),
                ("userVerification", "required".into()),
                ("timeout", DIALOG_MS.into()),
                ("extensions", prf_extension(salt)),
            ]);
            let shown = credentials.get(&object(&[("publicKey", options.into())])).await.map_err(|error| why(&error))?;
            let shown = credential(shown)?;
            if bytes(&shown.raw_id()) != id {
                return Err(PasskeyFailed::NotShown);
            }
            prf_result(&property(&shown.extension_results(), "prf")).ok_or(PasskeyFailed::NotShown)
        })
    }
}

/// Nothing looks at the signature, so nothing has to remember what was to be signed.
fn challenge() -> JsValue {
    let challenge: [u8; 32] = random::bytes();
    Uint8Array::from(&challenge[..]).into()
}

fn prf_extension(salt: &Salt) -> JsValue {
    let eval = object(&[("first", Uint8Array::from(&salt[..]).into())]);
    object(&[("prf", object(&[("eval", eval.into())]).into())]).into()
}

fn prf_result(prf: &JsValue) -> Option<Prf> {
    let first = property(&property(prf, "results"), "first");
    if first.is_undefined() { None } else { secret_bytes(&first).ok() }
}

fn credential(answer: JsValue) -> Result<Credential, PasskeyFailed> {
    if answer.is_object() { Ok(answer.unchecked_into()) } else { Err(PasskeyFailed::NotShown) }
}

fn bytes(buffer: &JsValue) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}

fn why(error: &JsValue) -> PasskeyFailed {
    match error_name(error).as_str() {
        // An address that may have no passkeys (a bare number), or an authenticator that lacks what was asked for.
        "NotSupportedError" | "SecurityError" | "TypeError" => PasskeyFailed::Missing,
        _ => PasskeyFailed::NotShown,
    }
}
