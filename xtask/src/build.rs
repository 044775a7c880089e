//! Builds the till, the office, the service worker and the server.
//!
//! After Trunk: the inline start script moves to a file (the content policy allows none inline), the service worker learns the
//! name of the page's module, and gets the list of every file with its SHA-256, which is also its version.

use std::{
    fs,
    path::{Path, PathBuf},
};

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use crate::shell::{Failure, root, run};

/// How much to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// What is shipped.
    Release,
    /// The same without brotli.
    Fast,
}

/// `dist/till`, `dist/office`, `target/release/barrow-server`, `target/release/barrow-acquirer`.
pub fn everything(effort: Effort) -> Result<(), Failure> {
    println!("[build] server and acquirer");
    run(".", &["cargo", "build", "--release", "--package", "barrow-server", "--package", "barrow-acquirer"])?;
    pages(effort)
}

/// `dist/till` and `dist/office`.
pub fn pages(effort: Effort) -> Result<(), Failure> {
    // The till's Trunk.toml stands at the root, the office's beside it.
    for (folder, dist) in [(".", "till"), ("office", "office")] {
        println!("[build] {dist}");
        trunk(folder, dist)?;
    }
    let till = root().join("dist/till");
    for module in [DECODER, INDEXER] {
        println!("[build] {}", module.name);
        module.build(&till)?;
    }
    println!("[build] service worker");
    name_the_engine(&till)?;
    for dir in [&till, &root().join("dist/office")] {
        move_inline_scripts(dir)?;
    }
    fill_precache(&till)?;
    if effort == Effort::Release {
        for dir in [till, root().join("dist/office")] {
            compress(&dir)?;
        }
    }
    Ok(())
}

/// `dist/bench`: thin ES modules over the production code.
pub fn bench_modules() -> Result<(), Failure> {
    wasm("barrow-bench", "barrow_bench", "web", "dist/bench")?;
    let from = root().join("bench/modules");
    for file in files(&from)? {
        fs::copy(&file, root().join("dist/bench").join(file.file_name().unwrap_or_default()))?;
    }
    fs::copy(root().join("public/blackbox.js"), root().join("dist/bench/blackbox.js"))?;
    INDEXER.build(&root().join("dist/bench"))
}

fn trunk(folder: &str, dist: &str) -> Result<(), Failure> {
    let dist = root().join("dist").join(dist);
    let dist = dist.to_string_lossy();
    run(folder, &["trunk", "--quiet", "build", "--offline", "true", "--release", "--cargo-profile", "web", "--dist", &dist])
}

/// Compiles a library for the web and writes its bindings to `to`.
fn wasm(package: &str, stem: &str, profile: &str, to: &str) -> Result<(), Failure> {
    run(".", &["cargo", "build", "--profile", profile, "--target", "wasm32-unknown-unknown", "--package", package])?;
    let module = format!("target/wasm32-unknown-unknown/{profile}/{stem}.wasm");
    run(".", &["wasm-bindgen", "--target", "web", "--no-typescript", "--out-dir", to, &module])
}

/// A module that a worker loads, fetched with the page's files: `barrow-<name>`, for `public/<name>.js`.
struct WorkerModule {
    name: &'static str,
    profile: &'static str,
    /// For `wasm-opt`.
    level: &'static str,
}

const DECODER: WorkerModule = WorkerModule { name: "decoder", profile: "web", level: "-Oz" };
const INDEXER: WorkerModule = WorkerModule { name: "indexer", profile: "worker", level: "-O2" };

impl WorkerModule {
    /// Builds it, and tells the worker's script the names of its files, which hold their hashes.
    fn build(&self, to: &Path) -> Result<(), Failure> {
        let (package, stem) = (format!("barrow-{}", self.name), format!("barrow_{}", self.name));
        let built = root().join("target").join(self.name);
        wasm(&package, &stem, self.profile, &built.to_string_lossy())?;
        let (large, small) = (built.join(format!("{stem}_bg.wasm")), built.join("small.wasm"));
        let mut optimise =
            vec!["wasm-opt", self.level, "--strip-debug", "--strip-producers", "--enable-bulk-memory", "--enable-sign-ext"];
        optimise.extend([
            "--enable-nontrapping-float-to-int",
            "--enable-mutable-globals",
            "--enable-reference-types",
            "--enable-multivalue",
        ]);
        let (large, small) = (large.to_string_lossy(), small.to_string_lossy());
        optimise.extend([&*large, "-o", &*small]);
        run(".", &optimise)?;
        let code = fs::read(&*small)?;
        let name = format!("{package}-{}", short_hash(&code));
        fs::write(to.join(format!("{name}_bg.wasm")), code)?;
        fs::copy(built.join(format!("{stem}.js")), to.join(format!("{name}.js")))?;
        let placeholder = format!("./{package}");
        let worker = format!("{}.js", self.name);
        let script = fs::read_to_string(root().join("public").join(&worker))?;
        if !script.contains(&placeholder) {
            return Err(Failure(format!("public/{worker} does not import {placeholder}.js")));
        }
        fs::write(to.join(worker), script.replace(&placeholder, &format!("./{name}")))?;
        Ok(())
    }
}

/// Tells the service worker the name of the page's module, which holds the sync engine too.
fn name_the_engine(till: &Path) -> Result<(), Failure> {
    const PLACEHOLDER: &str = "./barrow-app.js";
    let is_glue = |name: &str| name.starts_with("barrow-app-") && name.ends_with(".js");
    let names = files(till)?.into_iter().filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()));
    let glue = names.into_iter().find(|name| is_glue(name)).ok_or_else(|| Failure("Trunk made no barrow-app-….js".into()))?;
    let worker = till.join("sw.js");
    let script = fs::read_to_string(&worker)?;
    if !script.contains(PLACEHOLDER) {
        return Err(Failure("public/sw.js does not import ./barrow-app.js".into()));
    }
    fs::write(&worker, script.replace(PLACEHOLDER, &format!("./{glue}")))?;
    Ok(())
}

/// Moves each inline script of the page into a file named by its hash.
fn move_inline_scripts(dir: &Path) -> Result<(), Failure> {
    const OPEN: &str = "<script type=\"module\">";
    const CLOSE: &str = "</script>";
    let base = if dir.ends_with("office") { "/office/" } else { "/" };
    let page = dir.join("index.html");
    let mut html = fs::read_to_string(&page)?;
    while let Some(start) = html.find(OPEN) {
        let body = start + OPEN.len();
        let end = html[body..].find(CLOSE).map(|at| body + at).ok_or_else(|| Failure("a script without end".into()))?;
        let script = html[body..end].trim().to_owned();
        let name = format!("start-{}.js", short_hash(script.as_bytes()));
        fs::write(dir.join(&name), format!("{script}\n"))?;
        html.replace_range(start..end, &format!("<script type=\"module\" src=\"{base}{name}\">"));
    }
    fs::write(page, html)?;
    Ok(())
}

/// Writes the list of every file of the till, with its integrity, into the service worker.
fn fill_precache(till: &Path) -> Result<(), Failure> {
    const PLACEHOLDER: &str = "self.__PRECACHE__";
    let mut entries = Vec::new();
    for file in files(till)? {
        let name = file.strip_prefix(till).unwrap_or(&file).to_string_lossy().into_owned();
        // Screenshots are for the browser's question whether to install, the office's catalogues for the office, and not for the till.
        if name == "sw.js" || name.ends_with(".br") || name.starts_with("screenshots/") || name.starts_with("lang/office/") {
            continue;
        }
        let integrity = format!("sha256-{}", Base64::encode_string(&Sha256::digest(fs::read(&file)?)));
        entries.push(serde_json::json!({"url": format!("/{name}"), "integrity": integrity}));
    }
    let worker = till.join("sw.js");
    let script = fs::read_to_string(&worker)?;
    if !script.contains(PLACEHOLDER) {
        return Err(Failure("public/sw.js has no place for the precache list".into()));
    }
    fs::write(worker, script.replacen(PLACEHOLDER, &serde_json::Value::Array(entries).to_string(), 1))?;
    Ok(())
}

/// Writes a brotli copy beside each text or wasm file; the server sends it to browsers that take it.
fn compress(dir: &Path) -> Result<(), Failure> {
    for file in files(dir)? {
        if file.extension().is_some_and(|e| ["js", "wasm", "css", "html", "webmanifest", "svg"].iter().any(|known| e == *known)) {
            run(".", &["brotli", "--force", "--quality=11", "--lgwin=24", &file.to_string_lossy()])?;
        }
    }
    Ok(())
}

/// Every file below `dir`, sorted.
pub fn files(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).map_err(|e| Failure(format!("{}: {e}", dir.display())))? {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
