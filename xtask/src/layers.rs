//! Holds the table of layers (ARCHITECTURE.md) against what cargo says each crate depends on.

use serde_json::Value;

use crate::shell::{Failure, output};

/// What a crate may use of ours, what it must not use of others', and, where the list is closed, all that it may use.
struct Layer {
    name: &'static str,
    ours: &'static [&'static str],
    forbidden: &'static [&'static str],
    only: Option<&'static [&'static str]>,
}

const LAYERS: &[Layer] = &[
    Layer { name: "barrow-core", ours: &[], forbidden: &[], only: Some(&["serde", "thiserror", "sha2"]) },
    Layer { name: "barrow-sealing", ours: &[], forbidden: &["wasm-bindgen", "web-sys", "js-sys", "tokio", "leptos"], only: None },
    Layer { name: "barrow-browser", ours: &["barrow-core", "barrow-sealing"], forbidden: &["leptos"], only: None },
    Layer { name: "barrow-language", ours: &["barrow-core"], forbidden: &["leptos"], only: None },
    Layer { name: "barrow-decoder", ours: &[], forbidden: &[], only: Some(&["rqrr", "wasm-bindgen"]) },
    Layer { name: "barrow-indexer", ours: &["barrow-core"], forbidden: &[], only: Some(&["js-sys", "wasm-bindgen"]) },
    Layer {
        name: "barrow-app",
        ours: &["barrow-core", "barrow-browser", "barrow-language", "barrow-service-worker"],
        forbidden: &["rexie", "idb", "aes-gcm"],
        only: None,
    },
    Layer {
        name: "barrow-office",
        ours: &["barrow-core", "barrow-language"],
        forbidden: &["rexie", "idb", "aes-gcm"],
        only: None,
    },
    Layer { name: "barrow-service-worker", ours: &["barrow-core", "barrow-browser"], forbidden: &["leptos"], only: None },
    // The processor only for the demo, which runs it beside itself.
    Layer {
        name: "barrow-server",
        ours: &["barrow-core", "barrow-sealing", "barrow-acquirer"],
        forbidden: &["web-sys", "leptos"],
        only: None,
    },
    Layer { name: "barrow-acquirer", ours: &["barrow-sealing"], forbidden: &["web-sys", "leptos"], only: None },
    Layer { name: "barrow-bench", ours: &["barrow-core", "barrow-browser"], forbidden: &["leptos"], only: None },
    Layer { name: "barrow-sim", ours: &["barrow-core", "barrow-sealing"], forbidden: &["web-sys", "leptos"], only: None },
    Layer { name: "xtask", ours: &[], forbidden: &["leptos", "web-sys"], only: None },
];

/// Checks every member of the workspace; gives how many there are.
pub fn check() -> Result<usize, Failure> {
    let json = output(".", &["cargo", "metadata", "--format-version=1", "--no-deps"])?;
    let metadata: Value = serde_json::from_slice(&json).map_err(|e| Failure(format!("cargo metadata: {e}")))?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let faults: Vec<String> = packages.iter().flat_map(faults_of).collect();
    if packages.is_empty() || !faults.is_empty() {
        return Err(Failure(format!("the table of layers is broken:\n{}", faults.join("\n"))));
    }
    Ok(packages.len())
}

fn faults_of(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else {
        return vec![format!("{name} has no row in the table")];
    };
    let none = Vec::new();
    let uses = package["dependencies"].as_array().unwrap_or(&none).iter();
    uses.filter(|dep| dep["kind"].as_str() != Some("dev"))
        .filter_map(|dep| dep["name"].as_str())
        .filter_map(|dep| {
            let ours = dep.starts_with("barrow-");
            let wrong = (ours && !layer.ours.contains(&dep))
                || layer.forbidden.contains(&dep)
                || layer.only.is_some_and(|only| !ours && !only.contains(&dep));
            wrong.then(|| format!("{name} must not use {dep}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_dependency_is_found() {
        let package = |name: &str, dep: &str, kind: Option<&str>| serde_json::json!({"name": name, "dependencies": [{"name": dep, "kind": kind}]});
        assert_eq!(faults_of(&package("barrow-core", "web-sys", None)).len(), 1);
        assert_eq!(faults_of(&package("barrow-core", "proptest", Some("dev"))).len(), 0);
        assert_eq!(faults_of(&package("barrow-sealing", "barrow-core", None)).len(), 1);
        assert_eq!(faults_of(&package("barrow-app", "idb", None)).len(), 1);
        // The processor knows nothing of tills, and nobody else has its keys.
        assert_eq!(faults_of(&package("barrow-acquirer", "barrow-core", None)).len(), 1);
        assert_eq!(faults_of(&package("barrow-app", "barrow-acquirer", None)).len(), 1);
        assert_eq!(faults_of(&package("somebody-new", "serde", None)).len(), 1);
    }
}
