//! What the tests stand on: the real program on a real socket and a real database, and a till that speaks to it.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, reason = "tests; not every test file uses everything")]

pub mod postgres;
pub mod processor;
pub mod smtp;
pub mod till;

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::Value;

/// Says to [`Place::serve_with`] that the demo is to run the acquirer inside.
pub const OWN_ACQUIRER: &str = "own acquirer";

/// Waits until something is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("not within 30 seconds: {what}");
}

/// Where a server keeps its rows.
#[derive(Clone, Debug)]
pub enum Backend {
    Sqlite,
    /// An empty database of its own.
    Postgres {
        url: String,
    },
}

/// A running server with the demo shop.
pub struct Server {
    child: Child,
    pub url: String,
    pub ready: Value,
    pub place: Place,
    log: Arc<Mutex<Vec<u8>>>,
}

/// Where a server's data are; they outlive it.
pub struct Place {
    dir: tempfile::TempDir,
    backend: Backend,
}

impl Place {
    pub fn new(backend: &Backend) -> Place {
        Place { dir: tempfile::tempdir().unwrap(), backend: backend.clone() }
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.backend, Backend::Sqlite)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_barrow-server"));
        command.args(args).arg("--data").arg(self.data()).env_remove("DATABASE_URL");
        if let Backend::Postgres { url } = &self.backend {
            command.args(["--database", url]);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// `enrol-code --json`.
    pub fn codes(&self, args: &[&str]) -> Codes {
        let json: Value = serde_json::from_str(&self.ok(&[&["enrol-code", "--json"], args].concat())).unwrap();
        Codes::of(&json)
    }

    pub fn serve(self) -> Server {
        self.serve_with(&[])
    }

    pub fn serve_with(self, more: &[&str]) -> Server {
        let mut command = self.command(&["--demo", "--listen", "127.0.0.1:0", "--ready-json"]);
        if !more.contains(&"--dist") {
            command.arg("--dist").arg(self.path("no-dist"));
        }
        // Not the demo's own, whose first key pair takes a test's time to make.
        if !more.iter().any(|arg| ["--processor", OWN_ACQUIRER].contains(arg)) {
            command.args(["--processor", "http://127.0.0.1:9"]);
        }
        let more = more.iter().filter(|arg| **arg != OWN_ACQUIRER);
        let mut child = command.args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the server did not start: {line}{said}");
        };
        // A pipe that nobody reads would fill up.
        let mut pipe = child.stderr.take().unwrap();
        let log = Arc::new(Mutex::new(line.into_bytes()));
        let written = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut chunk) {
                written.lock().unwrap().extend_from_slice(&chunk[..length]);
            }
        });
        Server { child, url: ready["listening"].as_str().unwrap().to_owned(), ready, place: self, log }
    }
}

/// One-time codes for one till.
#[derive(Clone, Debug)]
pub struct Codes {
    pub till: u64,
    pub enrol: String,
    pub staff: Vec<(String, String)>,
}

impl Codes {
    fn of(json: &Value) -> Codes {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let staff = json["staff"].as_array().unwrap().iter().map(|p| (text(&p["name"]), text(&p["first_pin_code"]))).collect();
        Codes { till: json["till"].as_u64().unwrap_or(1), enrol: text(&json["enrol_code"]), staff }
    }
}

impl Server {
    pub fn start(backend: &Backend) -> Server {
        Place::new(backend).serve()
    }

    /// The codes that it printed.
    pub fn codes(&self) -> Codes {
        Codes::of(&serde_json::json!({
            "till": 1, "enrol_code": self.ready["enrol_code"], "staff": self.ready["staff"],
        }))
    }

    /// SIGKILL: as a power cut, as far as a process can tell.
    pub fn kill(mut self) -> Place {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.take_place()
    }

    /// SIGTERM; it must end by itself, and well.
    pub fn stop(mut self) -> Place {
        let done = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
        assert!(self.child.wait().unwrap().success(), "the server did not end cleanly");
        self.take_place()
    }

    fn take_place(&mut self) -> Place {
        let empty = Place { dir: tempfile::tempdir().unwrap(), backend: Backend::Sqlite };
        std::mem::replace(&mut self.place, empty)
    }

    /// Everything that it has printed.
    pub fn log(&self) -> Vec<u8> {
        self.log.lock().unwrap().clone()
    }

    pub fn office(&self) -> Office {
        Office::sign_in(self)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn of(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
        let mut response = response.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
        Answer { status, headers, body }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", String::from_utf8_lossy(&self.body)))
    }

    /// Checks that this is a problem of that kind and status, with a sentence.
    pub fn is_problem(&self, status: u16, kind: &str) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let json = self.json();
        assert_eq!((self.status, json["type"].as_str().unwrap()), (status, kind), "{json}");
        assert_eq!(json["status"], status);
        assert!(json["title"].as_str().is_some_and(|title| !title.is_empty()));
        assert!(json["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{json}");
    }
}

pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into()
}

/// Somebody in the office.
pub struct Office {
    agent: ureq::Agent,
    url: String,
    pub cookie: String,
}

impl Office {
    pub fn sign_in(server: &Server) -> Office {
        let agent = agent();
        let answer = Answer::of(agent.post(format!("{}/v1/office/session", server.url)).send_json(&server.ready["owner"]));
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Office { agent, url: server.url.clone(), cookie }
    }

    pub fn answer(&self, path: &str) -> Answer {
        Answer::of(self.agent.get(format!("{}/v1/office/{path}", self.url)).header("cookie", &self.cookie).call())
    }

    pub fn get(&self, path: &str) -> Vec<Value> {
        let answer = self.answer(path);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json().as_array().unwrap().clone()
    }

    /// Sends JSON as the office's page does.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send_as(method, path, &body.to_string(), &[("content-type", "application/json")])
    }

    pub fn send_as(&self, method: &str, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/v1/office/{path}", self.url))
            .header("cookie", &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(self.agent.run(request.body(body.to_owned()).unwrap()))
    }

    /// Every alert as `kind@seq`, sorted.
    pub fn alerts(&self) -> Vec<String> {
        let mut list: Vec<String> =
            self.get("alerts").iter().map(|alert| format!("{}@{}", alert["kind"].as_str().unwrap(), alert["seq"])).collect();
        list.sort();
        list
    }

    /// The ids of all sales, sorted.
    pub fn sale_ids(&self) -> Vec<String> {
        let mut list: Vec<String> = self.get("sales").iter().map(|sale| sale["id"].as_str().unwrap().to_owned()).collect();
        list.sort();
        list
    }
}

pub fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}
