//! The black box in OPFS. The synchronous handles that can flush exist in dedicated workers only: `public/blackbox.js`.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::{BlackBox, BlackBoxError, generation};
use crate::{
    frames::{self, Kind},
    line::{Line, Script},
    wait::Later,
};

/// How long the worker may take for one answer, milliseconds. It may have to wait for a closing page's handles first.
const ANSWER_MS: u32 = 15_000;

/// Two files in OPFS, and the worker that writes them.
pub struct OpfsBlackBox {
    name: String,
    script: String,
    worker: RefCell<Option<Rc<Line>>>,
    state: Cell<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    /// Which of the two files is written.
    file: u32,
    generation: u32,
    length: u64,
}

impl OpfsBlackBox {
    /// Names the files; `script` is where `blackbox.js` is served.
    pub fn new(name: &str, script: &str) -> OpfsBlackBox {
        OpfsBlackBox { name: name.to_owned(), script: script.to_owned(), worker: RefCell::default(), state: Cell::default() }
    }

    async fn ask(&self, operation: &str, file: u32, at: u64, bytes: Option<&[u8]>) -> Result<JsValue, BlackBoxError> {
        let line = self.line().await?;
        let question = [
            ("do", operation.into()),
            ("file", file.into()),
            ("at", JsValue::from_f64(at as f64)),
            ("bytes", bytes.map_or(JsValue::UNDEFINED, |bytes| Uint8Array::from(bytes).into())),
        ];
        let answer = line.ask(&question, &Array::new(), ANSWER_MS).await.map_err(refusal);
        if matches!(answer, Err(BlackBoxError::Failed(_))) {
            // A new worker opens the file anew; what this one was doing is over when its handles are free.
            self.close();
        }
        answer
    }

    async fn line(&self) -> Result<Rc<Line>, BlackBoxError> {
        if let Some(line) = self.worker.borrow().as_ref() {
            return Ok(line.clone());
        }
        let line = Rc::new(Line::start(&self.script, Script::Classic).ok_or(BlackBoxError::Missing)?);
        let open = [("do", "open".into()), ("name", self.name.as_str().into())];
        line.ask(&open, &Array::new(), ANSWER_MS).await.map_err(refusal)?;
        *self.worker.borrow_mut() = Some(line.clone());
        Ok(line)
    }

    fn started(&self, state: State) -> Result<Vec<u8>, BlackBoxError> {
        frames::frame(Kind::Generation, &state.generation.to_le_bytes()).ok_or(BlackBoxError::Full)
    }
}

impl BlackBox for OpfsBlackBox {
    fn read(&self) -> Later<'_, Result<Vec<u8>, BlackBoxError>> {
        Box::pin(async move {
            let files: Array = self.ask("read", 0, 0, None).await?.unchecked_into();
            let files = [0, 1].map(|index| Uint8Array::new(&files.get(index)).to_vec());
            let generations = [generation(&files[0]), generation(&files[1])];
            // Both hold something only if replacing was cut short: then the older one is still whole.
            let file = match (files[0].is_empty(), files[1].is_empty()) {
                (true, false) => 1,
                (false, false) if generations[1] < generations[0] => 1,
                _ => 0,
            };
            if files.iter().all(|file| !file.is_empty()) {
                self.ask("keep", 1 - file, 0, None).await?;
            }
            let bytes = files.into_iter().nth(file as usize).unwrap_or_default();
            let generation = generations[file as usize];
            self.state.set(State { file, generation, length: bytes.len() as u64 });
            Ok(bytes)
        })
    }

    fn keep(&self, length: u64) -> Later<'_, Result<(), BlackBoxError>> {
        Box::pin(async move {
            let state = self.state.get();
            self.ask("keep", state.file, length, None).await?;
            self.state.set(State { length, ..state });
            Ok(())
        })
    }

    fn append<'a>(&'a self, bytes: &'a [u8]) -> Later<'a, Result<(), BlackBoxError>> {
        Box::pin(async move {
            let state = self.state.get();
            if state.length == 0 {
                let generation = state.generation.max(1);
                let bytes = [self.started(State { generation, ..state })?, bytes.to_vec()].concat();
                self.ask("append", state.file, 0, Some(&bytes)).await?;
                self.state.set(State { generation, length: bytes.len() as u64, ..state });
            } else {
                self.ask("append", state.file, state.length, Some(bytes)).await?;
                self.state.set(State { length: state.length + bytes.len() as u64, ..state });
            }
            Ok(())
        })
    }

    fn replace<'a>(&'a self, bytes: &'a [u8]) -> Later<'a, Result<(), BlackBoxError>> {
        Box::pin(async move {
            let old = self.state.get();
            let new = State { file: 1 - old.file, generation: old.generation + 1, length: 0 };
            let bytes = [self.started(new)?, bytes.to_vec()].concat();
            self.ask("append", new.file, 0, Some(&bytes)).await?;
            self.ask("keep", old.file, 0, None).await?;
            self.state.set(State { length: bytes.len() as u64, ..new });
            Ok(())
        })
    }

    fn length(&self) -> u64 {
        self.state.get().length
    }

    fn close(&self) {
        if let Some(line) = self.worker.borrow_mut().take() {
            // The worker closes its handles and itself; ending it at once could leave them to the collector.
            line.tell(&[("do", "close".into())]);
        }
    }
}

impl Drop for OpfsBlackBox {
    fn drop(&mut self) {
        self.close();
    }
}

/// What an exception of the worker means.
fn refusal(name: String) -> BlackBoxError {
    match name.as_str() {
        "QuotaExceededError" => BlackBoxError::Full,
        "NoOpfs" => BlackBoxError::Missing,
        "SecurityError" => BlackBoxError::Private,
        _ => BlackBoxError::Failed(name),
    }
}
