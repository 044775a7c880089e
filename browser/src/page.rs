//! What concerns the screen alone: clock, visibility, wake lock, service worker, files, printing.

use std::{cell::RefCell, rc::Rc};

use barrow_core::{gift::RANDOM_BYTES, ids::PaymentId};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, BlobPropertyBag, Document, EventTarget, HtmlAnchorElement, Storage, Url, VisibilityState, Window};

use crate::random;
use crate::scope::{Registration, ServiceWorker, ServiceWorkers, WakeLockSentinel, object, scope};
pub use crate::wait::now_ms;

/// The tag under which the service worker's script knows our background sync.
const SYNC_TAG: &str = "barrow-outbox";
/// How long a file stays at hand for its download, milliseconds.
const DOWNLOAD_MS: u32 = 60_000;

thread_local! {
    static REGISTRATION: RefCell<Option<Rc<Registration>>> = const { RefCell::new(None) };
    static AWAKE: RefCell<Awake> = const { RefCell::new(Awake { wanted: false, watching: false, held: None }) };
}

struct Awake {
    wanted: bool,
    watching: bool,
    held: Option<WakeLockSentinel>,
}

/// Random bytes, fresh.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    random::bytes()
}

/// A new card payment's identity.
pub fn new_payment() -> PaymentId {
    PaymentId(random::bytes())
}

/// What a new gift card's code is made of.
pub fn new_gift_code() -> [u8; RANDOM_BYTES] {
    random::bytes()
}

/// Sixteen random bytes.
pub fn new_salt() -> [u8; 16] {
    random::bytes()
}

/// Does the browser believe that there is a network? A hint, never a proof.
pub fn is_online() -> bool {
    window().is_some_and(|window| window.navigator().on_line())
}

/// Calls `heard` when the browser believes that the network came (`true`) or went.
pub fn on_network(heard: impl Fn(bool) + 'static) {
    let Some(window) = window() else { return };
    let heard = Rc::new(heard);
    for (event, online) in [("online", true), ("offline", false)] {
        let heard = heard.clone();
        listen(&window, event, move || heard(online));
    }
}

/// Calls `heard` when the page is shown (`true`) or hidden.
pub fn on_visibility(heard: impl Fn(bool) + 'static) {
    if let Some(document) = document() {
        let target = document.clone();
        listen(&target, "visibilitychange", move || heard(document.visibility_state() == VisibilityState::Visible));
    }
}

/// Runs a task of the page before anything is drawn, when the screen's own way to start one is not there yet.
pub fn begin(task: impl Future<Output = ()> + 'static) {
    spawn_local(task);
}

/// Calls `tick` every `period_ms`, for as long as the page lives.
pub fn every(period_ms: u32, tick: impl Fn() + 'static) {
    let tick = Closure::<dyn Fn()>::new(tick).into_js_value();
    scope().set_interval(tick.unchecked_ref(), period_ms);
}

/// Calls `then` once, after `delay_ms`.
pub fn after(delay_ms: u32, then: impl FnOnce() + 'static) {
    scope().set_timeout(Closure::once_into_js(then).unchecked_ref(), delay_ms);
}

/// Keeps the screen on, or lets it sleep again. Comes back by itself when the page was hidden in between.
pub fn wake_lock(on: bool) {
    let watch = AWAKE.with_borrow_mut(|awake| {
        awake.wanted = on;
        on && !std::mem::replace(&mut awake.watching, true)
    });
    if watch {
        // The browser lets go of the lock whenever the page is hidden.
        on_visibility(|visible| {
            if visible {
                spawn_local(hold_or_release());
            }
        });
    }
    spawn_local(hold_or_release());
}

async fn hold_or_release() {
    let (wanted, held) = AWAKE.with_borrow_mut(|awake| (awake.wanted, awake.held.take()));
    match held {
        Some(held) if wanted && !held.released() => AWAKE.with_borrow_mut(|awake| awake.held = Some(held)),
        Some(held) if !wanted => drop(JsFuture::from(held.release()).await),
        _ if wanted => {
            let Some(wake_lock) = scope().navigator().wake_lock() else { return };
            // Refused on an empty battery or in a hidden page; the next time the page is shown it is asked for again.
            if let Ok(held) = wake_lock.hold("screen").await {
                AWAKE.with_borrow_mut(|awake| awake.held = Some(held.unchecked_into()));
            }
        }
        _ => {}
    }
}

/// Registers the service worker; `update_ready` is called when a new version waits for [`apply_update`].
pub fn register_service_worker(script: &str, update_ready: impl Fn() + 'static) {
    let Some(workers) = scope().navigator().service_worker() else { return };
    let script = script.to_owned();
    let update_ready: Rc<dyn Fn()> = Rc::new(update_ready);
    spawn_local(async move {
        let options = object(&[("type", "module".into()), ("updateViaCache", "none".into())]);
        let Ok(registration) = workers.register(&script, &options).await else { return };
        let registration = Rc::new(registration.unchecked_into::<Registration>());
        REGISTRATION.with_borrow_mut(|slot| *slot = Some(registration.clone()));
        if registration.waiting().is_some() && workers.controller().is_some() {
            update_ready();
        }
        let target: EventTarget = JsValue::from(&*registration).unchecked_into();
        listen(&target, "updatefound", move || watch_installing(&registration, &workers, &update_ready));
    });
}

fn watch_installing(registration: &Registration, workers: &ServiceWorkers, update_ready: &Rc<dyn Fn()>) {
    let Some(worker) = registration.installing() else { return };
    let worker: Rc<ServiceWorker> = Rc::new(worker);
    // The first one ever is no update.
    let is_update = workers.controller().is_some();
    let target: EventTarget = JsValue::from(&*worker).unchecked_into();
    let update_ready = update_ready.clone();
    listen(&target, "statechange", move || {
        if is_update && worker.state() == "installed" {
            update_ready();
        }
    });
}

/// Puts the waiting version in place and reloads. Only at a safe moment: no sale open, no write running.
pub fn apply_update() {
    let waiting = REGISTRATION.with_borrow(|slot| slot.as_ref().and_then(|registration| registration.waiting()));
    let (Some(waiting), Some(workers)) = (waiting, scope().navigator().service_worker()) else { return };
    let target: EventTarget = JsValue::from(workers).unchecked_into();
    listen(&target, "controllerchange", reload);
    waiting.post_message(&object(&[("type", "apply-update".into())]));
}

/// Asks for one background sync, where the browser has it.
pub fn request_background_sync() {
    let Some(registration) = REGISTRATION.with_borrow(|slot| slot.clone()) else { return };
    if let Some(sync) = registration.sync() {
        spawn_local(async move {
            // Refused where the person switched it off. The page's own timer is the main road in any case.
            let _ = sync.register_tag(SYNC_TAG).await;
        });
    }
}

/// Hands a file to the person.
pub fn download(name: &str, media_type: &str, bytes: &[u8]) {
    let (Some(document), Some(url)) = (document(), object_url(media_type, bytes)) else { return };
    if let Ok(link) = document.create_element("a") {
        let link: HtmlAnchorElement = link.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    after(DOWNLOAD_MS, move || revoke_url(&url));
}

/// An address under which the page shows these bytes, until [`revoke_url`].
pub fn object_url(media_type: &str, bytes: &[u8]) -> Option<String> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let blob = Blob::new_with_u8_array_sequence_and_options(&Array::of1(&Uint8Array::from(bytes)), &options).ok()?;
    Url::create_object_url_with_blob(&blob).ok()
}

/// Lets go of what [`object_url`] made.
pub fn revoke_url(url: &str) {
    let _ = Url::revoke_object_url(url);
}

/// Opens the window for customers, or brings the one that is open to the front.
pub fn open_display() {
    if let Some(window) = window() {
        // Refused where the person forbade it; they see that nothing opens, and can open the address in a tab.
        let _ = window.open_with_url_and_target_and_features("/display", "barrow-display", "popup,width=1024,height=768");
    }
}

/// Is this switch of the tablet turned off? Nothing but such switches is remembered in clear.
pub fn is_off(switch: &str) -> bool {
    storage().and_then(|storage| storage.get_item(switch).ok().flatten()).is_some()
}

/// Remembers on this tablet whether a switch is off.
pub fn remember_off(switch: &str, off: bool) {
    if let Some(storage) = storage() {
        // A browser that keeps nothing asks again next time.
        let _ = if off { storage.set_item(switch, "off") } else { storage.remove_item(switch) };
    }
}

/// Calls `left` when the page is about to go away.
pub fn on_leaving(left: impl Fn() + 'static) {
    if let Some(window) = window() {
        listen(&window, "pagehide", left);
    }
}

/// Prints the page.
pub fn print() {
    if let Some(window) = window() {
        let _ = window.print();
    }
}

/// Loads the page again.
pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Says on the document's element that the till can be used: `data-ready="true"`.
pub fn mark_ready() {
    if let Some(element) = document().and_then(|document| document.document_element()) {
        let _ = element.set_attribute("data-ready", "true");
    }
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

fn document() -> Option<Document> {
    window()?.document()
}

/// Listens for as long as the page lives.
fn listen(target: &EventTarget, event: &str, heard: impl Fn() + 'static) {
    let heard = Closure::<dyn Fn()>::new(heard).into_js_value();
    let _ = target.add_event_listener_with_callback(event, heard.unchecked_ref());
}
