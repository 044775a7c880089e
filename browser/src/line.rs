//! The line to a worker: questions `{id, …}` go out, and `{id, value}` or `{id, error}` comes back for each.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::{
    scope::{object, property},
    wait::within,
};

type Waiting = Rc<RefCell<HashMap<u32, (Function, Function)>>>;

/// What kind of script a worker runs.
pub(crate) enum Script {
    Classic,
    Module,
}

/// The line to one worker.
pub(crate) struct Line {
    worker: Worker,
    next_id: Cell<u32>,
    waiting: Waiting,
}

impl Line {
    /// Starts a worker. Nothing, where there are none; that it cannot run the script, the first question is told.
    pub(crate) fn start(script: &str, kind: Script) -> Option<Line> {
        let options = WorkerOptions::new();
        options.set_type(match kind {
            Script::Classic => WorkerType::Classic,
            Script::Module => WorkerType::Module,
        });
        let worker = Worker::new_with_options(script, &options).ok()?;
        let waiting = Waiting::default();
        let answers = waiting.clone();
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            let id = property(&data, "id").as_f64().unwrap_or(0.0) as u32;
            // The borrow ends here: who waits may ask again at once.
            let waiter = answers.borrow_mut().remove(&id);
            if let Some((resolve, reject)) = waiter {
                let error = property(&data, "error");
                let _ = if error.is_undefined() {
                    resolve.call1(&JsValue::NULL, &property(&data, "value"))
                } else {
                    reject.call1(&JsValue::NULL, &error)
                };
            }
        });
        worker.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
        let failed = waiting.clone();
        let broke = Closure::<dyn Fn()>::new(move || {
            let waiters: Vec<_> = failed.borrow_mut().drain().collect();
            for (_, (_, reject)) in waiters {
                let _ = reject.call1(&JsValue::NULL, &"WorkerFailed".into());
            }
        });
        worker.set_onerror(Some(broke.into_js_value().unchecked_ref()));
        Some(Line { worker, next_id: Cell::new(1), waiting })
    }

    /// Asks, and waits for the answer; what is in `moved` goes over, and is gone here.
    ///
    /// # Errors
    /// What the worker said of its failure, or that it said nothing within `within_ms` milliseconds.
    pub(crate) async fn ask(&self, question: &[(&str, JsValue)], moved: &Array, within_ms: u32) -> Result<JsValue, String> {
        let id = self.next_id.replace(self.next_id.get() + 1);
        let message = object(question);
        let _ = js_sys::Reflect::set(&message, &"id".into(), &id.into());
        let promise = Promise::new(&mut |resolve, reject| {
            self.waiting.borrow_mut().insert(id, (resolve, reject));
        });
        if self.worker.post_message_with_transfer(&message, moved).is_err() {
            self.waiting.borrow_mut().remove(&id);
            return Err("the worker takes no message".into());
        }
        match within(within_ms, JsFuture::from(promise)).await {
            Some(answer) => answer.map_err(|error| error.as_string().unwrap_or_default()),
            None => {
                self.waiting.borrow_mut().remove(&id);
                Err("no answer".into())
            }
        }
    }

    /// Says something that is not answered.
    pub(crate) fn tell(&self, what: &[(&str, JsValue)]) {
        // A worker that hears nothing any more need not be told.
        let _ = self.worker.post_message(&object(what));
    }

    /// Ends the worker, whatever it is doing.
    pub(crate) fn end(&self) {
        self.worker.terminate();
    }
}
