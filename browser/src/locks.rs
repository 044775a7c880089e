//! Web Locks: one till in a browser, one uploader at a time, whichever page or worker it is in.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Promise};
use wasm_bindgen::{JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;

use crate::scope::{object, scope};

/// A lock that is held until this is dropped, or the page is gone.
pub struct Held {
    release: Function,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.release.call0(&JsValue::NULL);
    }
}

/// The lock, if nobody has it. Where the browser has no locks, nobody else is assumed.
pub async fn try_take(name: &str) -> Option<Held> {
    take(name, true).await
}

/// The lock, as soon as whoever has it lets it go.
pub async fn wait_for(name: &str) -> Option<Held> {
    take(name, false).await
}

async fn take(name: &str, if_available: bool) -> Option<Held> {
    let held: Rc<RefCell<Option<Function>>> = Rc::default();
    let until_released = Promise::new(&mut |release, _| *held.borrow_mut() = Some(release));
    let Some(locks) = scope().navigator().locks() else {
        return held.take().map(|release| Held { release });
    };
    let granted = Promise::new(&mut |answer, _| {
        let until_released = until_released.clone();
        let refused = answer.clone();
        let on_grant = Closure::once_into_js(move |lock: JsValue| {
            let got = !lock.is_null() && !lock.is_undefined();
            let _ = answer.call1(&JsValue::NULL, &got.into());
            if got { JsValue::from(until_released) } else { JsValue::UNDEFINED }
        });
        let options = object(&[("ifAvailable", if_available.into())]);
        // The request's own promise lives as long as the lock; only its refusal matters here.
        let on_refusal = Closure::once_into_js(move |_: JsValue| refused.call1(&JsValue::NULL, &false.into()).is_ok());
        let on_refusal: Function = on_refusal.into();
        let request = locks.request(name, &options, &Function::from(on_grant));
        let _ = js_sys::Reflect::get(&request, &"catch".into())
            .map(Function::from)
            .and_then(|catch| catch.call1(&request, &on_refusal));
    });
    match JsFuture::from(granted).await {
        Ok(got) if got.is_truthy() => held.take().map(|release| Held { release }),
        _ => None,
    }
}
