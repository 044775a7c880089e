//! A channel between page and service worker: who changed something says so.

use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

/// The channel of one till in this browser.
pub(crate) struct News(Option<BroadcastChannel>);

impl News {
    pub(crate) fn open(name: &str) -> News {
        News(BroadcastChannel::new(name).ok())
    }

    /// Something changed in the store.
    pub(crate) fn tell(&self) {
        if let Some(channel) = &self.0 {
            let _ = channel.post_message(&JsValue::from_str("changed"));
        }
    }

    /// `heard` is called when somebody else changed something.
    pub(crate) fn listen(&self, heard: impl Fn() + 'static) {
        if let Some(channel) = &self.0 {
            let heard = Closure::<dyn Fn(MessageEvent)>::new(move |_| heard()).into_js_value();
            channel.set_onmessage(Some(heard.unchecked_ref()));
        }
    }
}

impl Drop for News {
    fn drop(&mut self) {
        if let Some(channel) = &self.0 {
            channel.close();
        }
    }
}
