//! What page and worker have in common, as far as web-sys binds it for one of them only, or not in its stable part.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `globalThis`, in a page or in a worker.
    pub(crate) type Scope;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn crypto(this: &Scope) -> Option<web_sys::Crypto>;
    #[wasm_bindgen(method, getter, catch, js_name = indexedDB)]
    pub(crate) fn indexed_db(this: &Scope) -> Result<Option<web_sys::IdbFactory>, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn navigator(this: &Scope) -> Facilities;
    #[wasm_bindgen(method, js_name = setTimeout)]
    pub(crate) fn set_timeout(this: &Scope, call: &Function, ms: u32) -> JsValue;
    #[wasm_bindgen(method, js_name = setInterval)]
    pub(crate) fn set_interval(this: &Scope, call: &Function, ms: u32) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn performance(this: &Scope) -> Option<Performance>;
    #[wasm_bindgen(method, getter, js_name = PublicKeyCredential)]
    pub(crate) fn public_key_credential(this: &Scope) -> Option<PasskeySupport>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn fetch(this: &Scope, url: &str, options: &Object) -> Result<JsValue, JsValue>;

    /// `navigator`, in a page or in a worker.
    pub(crate) type Facilities;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn locks(this: &Facilities) -> Option<Locks>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn storage(this: &Facilities) -> Option<StorageManager>;
    #[wasm_bindgen(method, getter, js_name = storageBuckets)]
    pub(crate) fn storage_buckets(this: &Facilities) -> Option<StorageBuckets>;
    #[wasm_bindgen(method, getter, js_name = wakeLock)]
    pub(crate) fn wake_lock(this: &Facilities) -> Option<WakeLock>;
    #[wasm_bindgen(method, getter, js_name = serviceWorker)]
    pub(crate) fn service_worker(this: &Facilities) -> Option<ServiceWorkers>;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn credentials(this: &Facilities) -> Option<Credentials>;

    /// High Resolution Time: a clock that nobody can set.
    pub(crate) type Performance;
    #[wasm_bindgen(method)]
    pub(crate) fn now(this: &Performance) -> f64;

    /// Credential Management, and of it WebAuthn (Level 3).
    pub(crate) type Credentials;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn create(this: &Credentials, options: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn get(this: &Credentials, options: &Object) -> Result<JsValue, JsValue>;
    pub(crate) type Credential;
    #[wasm_bindgen(method, getter, js_name = rawId)]
    pub(crate) fn raw_id(this: &Credential) -> JsValue;
    #[wasm_bindgen(method, js_name = getClientExtensionResults)]
    pub(crate) fn extension_results(this: &Credential) -> JsValue;
    /// The static side of `PublicKeyCredential`.
    pub(crate) type PasskeySupport;
    #[wasm_bindgen(method, catch, js_name = isUserVerifyingPlatformAuthenticatorAvailable)]
    pub(crate) async fn has_platform_authenticator(this: &PasskeySupport) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getClientCapabilities)]
    pub(crate) async fn capabilities(this: &PasskeySupport) -> Result<JsValue, JsValue>;

    /// Web Locks.
    pub(crate) type Locks;
    #[wasm_bindgen(method)]
    pub(crate) fn request(this: &Locks, name: &str, options: &Object, granted: &Function) -> Promise;

    /// Storage: quota and persistence.
    pub(crate) type StorageManager;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn persist(this: &StorageManager) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn persisted(this: &StorageManager) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn estimate(this: &StorageManager) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getDirectory)]
    pub(crate) async fn get_directory(this: &StorageManager) -> Result<JsValue, JsValue>;

    /// A folder of OPFS.
    pub(crate) type Folder;
    #[wasm_bindgen(method, catch, js_name = getFileHandle)]
    pub(crate) async fn get_file_handle(this: &Folder, name: &str, options: &Object) -> Result<JsValue, JsValue>;

    /// Storage Buckets (Chromium).
    pub(crate) type StorageBuckets;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn open(this: &StorageBuckets, name: &str, options: &Object) -> Result<JsValue, JsValue>;
    pub(crate) type StorageBucket;
    #[wasm_bindgen(method, getter, catch, js_name = indexedDB)]
    pub(crate) fn bucket_indexed_db(this: &StorageBucket) -> Result<Option<web_sys::IdbFactory>, JsValue>;

    /// IndexedDB's transaction options, which web-sys has not made stable.
    pub(crate) type StrictDatabase;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn transaction(
        this: &StrictDatabase,
        stores: &js_sys::Array,
        mode: &str,
        options: &Object,
    ) -> Result<web_sys::IdbTransaction, JsValue>;

    /// `commit`, which web-sys marks as deprecated after IndexedDB 2.0; 3.0 has it again.
    pub(crate) type StrictTransaction;
    #[wasm_bindgen(method, catch, js_name = commit)]
    pub(crate) fn commit_now(this: &StrictTransaction) -> Result<(), JsValue>;

    /// Screen Wake Lock.
    pub(crate) type WakeLock;
    #[wasm_bindgen(method, catch, js_name = request)]
    pub(crate) async fn hold(this: &WakeLock, kind: &str) -> Result<JsValue, JsValue>;
    pub(crate) type WakeLockSentinel;
    #[wasm_bindgen(method)]
    pub(crate) fn release(this: &WakeLockSentinel) -> Promise;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn released(this: &WakeLockSentinel) -> bool;

    /// Service workers.
    pub(crate) type ServiceWorkers;
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn register(this: &ServiceWorkers, script: &str, options: &Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn controller(this: &ServiceWorkers) -> Option<ServiceWorker>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn ready(this: &ServiceWorkers) -> Promise;
    pub(crate) type Registration;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn installing(this: &Registration) -> Option<ServiceWorker>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn waiting(this: &Registration) -> Option<ServiceWorker>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn sync(this: &Registration) -> Option<SyncManager>;
    pub(crate) type ServiceWorker;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn state(this: &ServiceWorker) -> String;
    #[wasm_bindgen(method, js_name = postMessage)]
    pub(crate) fn post_message(this: &ServiceWorker, message: &JsValue);

    /// Background Sync (Chromium).
    pub(crate) type SyncManager;
    #[wasm_bindgen(method, catch, js_name = register)]
    pub(crate) async fn register_tag(this: &SyncManager, tag: &str) -> Result<JsValue, JsValue>;
}

/// `globalThis`.
pub(crate) fn scope() -> Scope {
    JsValue::from(js_sys::global()).unchecked_into()
}

/// Writes a line on the browser's console, for the person who looks into a failure. It must hold no secret and no card data.
pub(crate) fn log(line: &str) {
    let error = property(&property(&scope(), "console"), "error");
    if let Some(error) = error.dyn_ref::<Function>() {
        let _ = error.call1(&JsValue::NULL, &line.into());
    }
}

/// A plain object, `{name: value, …}`.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a plain property of a plain object cannot fail.
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object
}

/// `value[name]`; `undefined` where there is none.
pub(crate) fn property(value: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(value, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// An exception's `name`, such as `QuotaExceededError`.
pub(crate) fn error_name(error: &JsValue) -> String {
    property(error, "name").as_string().unwrap_or_default()
}
