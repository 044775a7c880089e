//! Promise 1: what a sale is written to is flushed before the sale is done. No test can pull the plug, so these look at what
//! the browser was asked for.

use barrow_browser::Parts;
use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Tablet, call, get, pause, script_after, sell};

/// Notes the stores, the mode and the durability of each transaction, as the browser understood them.
const WATCH_TRANSACTIONS: &str = "
    const seen = [];
    const real = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (stores, ...rest) {
      const transaction = real.call(this, stores, ...rest);
      seen.push(`${[...transaction.objectStoreNames]} ${transaction.mode} ${transaction.durability}`);
      return transaction;
    };
    return { seen, stop() { IDBDatabase.prototype.transaction = real; } };";

/// In the worker: tells what was done to a file, in order, with each answer.
const TELL_CALLS: &str = "
    const told = new BroadcastChannel('CHANNEL');
    let calls = [];
    for (const name of ['write', 'flush']) {
      const real = FileSystemSyncAccessHandle.prototype[name];
      FileSystemSyncAccessHandle.prototype[name] = function (...given) { calls.push(name); return real.apply(this, given); };
    }
    const answer = self.postMessage.bind(self);
    self.postMessage = (message) => { told.postMessage(`${calls.join(' ')} answer`); calls = []; answer(message); };";

const HEAR_CALLS: &str = "
    const seen = [];
    const told = new BroadcastChannel('CHANNEL');
    told.onmessage = (event) => seen.push(event.data);
    return { seen, stop() { told.close(); } };";

#[wasm_bindgen_test]
async fn promise_1_a_sale_is_written_in_strict_transactions() {
    let (tablet, device) = Tablet::selling("strict").await;
    let watch = run(WATCH_TRANSACTIONS);
    let sold = sell(&tablet, &device).await;
    call(&watch, "stop", &[]).await;
    sold.unwrap();
    let writes: Vec<String> =
        seen(&watch).into_iter().filter(|one| one.contains("journal") && one.contains("readwrite")).collect();
    assert_eq!(writes, ["journal,meta,outbox readwrite strict"]);
}

#[wasm_bindgen_test]
async fn promise_1_the_black_box_is_flushed_before_it_answers() {
    let name = Tablet::new("flushed").name;
    let here = |source: &str| source.replace("CHANNEL", &name);
    let watch = run(&here(HEAR_CALLS));
    let black_box = Parts::of_browser(&name, &script_after(&here(TELL_CALLS))).unwrap().black_box;
    black_box.read().await.unwrap();
    black_box.append(b"a frame").await.unwrap();
    let heard = async || {
        for _ in 0..250 {
            if let Some(one) = seen(&watch).into_iter().find(|one| one.contains("write")) {
                return one;
            }
            pause(20).await;
        }
        panic!("nothing was written: {:?}", seen(&watch));
    };
    assert_eq!(heard().await, "write flush answer");
    black_box.close();
    call(&watch, "stop", &[]).await;
}

fn run(source: &str) -> JsValue {
    Function::new_no_args(source).call0(&JsValue::UNDEFINED).unwrap()
}

fn seen(watch: &JsValue) -> Vec<String> {
    get(watch, "seen").unchecked_into::<Array>().iter().filter_map(|one| one.as_string()).collect()
}
