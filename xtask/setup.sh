#!/usr/bin/env bash
# Installs what Barrow's build and tests need, and nothing twice. Only apt, cargo, npm and pip, by package name.
# Safe to run again: a tool that is there at the right version is skipped. Everything lands in $BARROW_TOOLS
# (default ~/.cache/barrow-tools), except Debian's packages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/env.sh"
mkdir -p "$BARROW_TOOLS/bin"
exec 9>"$BARROW_TOOLS/.lock"
flock 9 # two checkouts may set up at once

WASM_BINDGEN=0.2.130 # the version in Cargo.lock; the two must be equal
TRUNK=0.21.14
WASM_PACK=0.15.1
GECKODRIVER=0.37.1
BINARYEN=132.0.0

log=$BARROW_TOOLS/setup.log
say() { printf '[setup] %s\n' "$*"; }

# Runs a command with its output in the log, printing a sign of life every five seconds.
quietly() { # label, command...
  local label=$1 start=$SECONDS pid
  shift
  say "$label …"
  "$@" >>"$log" 2>&1 9>&- </dev/null &
  pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    if (( (SECONDS - start) % 5 == 0 && SECONDS > start )); then
      printf '[setup]   %s: %ds  %s\n' "$label" $((SECONDS - start)) "$(tail -c 300 "$log" | tr '\r' '\n' | tail -n 1 | cut -c1-80)"
    fi
  done
  if ! wait "$pid"; then
    tail -n 30 "$log"
    say "FAILED: $label (the whole log: $log)"
    return 1
  fi
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

apt_install() { # packages...
  local missing=() p
  for p in "$@"; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p"); done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ -z "${apt_updated:-}" ]; then
    quietly "package lists" as_root apt-get update
    apt_updated=1
  fi
  quietly "apt: ${missing[*]}" as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

cargo_tool() { # binary, crate, version, extra flags...
  local bin=$1 crate=$2 version=$3
  shift 3
  # Read whole, then searched: a program that prints on after grep has left would count as failed.
  local found
  found=$("$BARROW_TOOLS/bin/$bin" --version 2>/dev/null || true)
  case "$found" in *"$version"*) return 0 ;; esac
  # The tools need not be fast: a light build makes the first set-up much shorter.
  quietly "cargo install $crate $version" env CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_TARGET_DIR="$BARROW_TOOLS/build" \
    cargo install "$crate" --version "$version" --root "$BARROW_TOOLS" --force "$@"
}

wasm_works() { # does the rustc on PATH build for wasm?
  local dir
  dir=$(mktemp -d)
  echo 'pub fn f() -> u32 { 1 }' >"$dir/t.rs"
  (cd "$dir" && rustc --crate-type cdylib --target wasm32-unknown-unknown -Cpanic=abort t.rs -o t.wasm) >>"$log" 2>&1
  local rc=$?
  rm -rf "$dir"
  return $rc
}

debian_rust() {
  apt_install rustc-web cargo-web rust-web-src rustfmt-web rust-web-clippy
  local llvm sysroot
  llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
  apt_install "lld-$llvm"
  sysroot=$(/usr/bin/rustc --print sysroot)
  as_root mkdir -p "$sysroot/lib/rustlib/x86_64-unknown-linux-gnu/bin"
  as_root ln -sf "/usr/bin/lld-$llvm" "$sysroot/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld"
  touch "$BARROW_TOOLS/debian-rust"
  . "$here/env.sh"
  wasm_works && return 0
  local std=$BARROW_TOOLS/wasm-std
  rm -rf "$std"
  mkdir -p "$std/src"
  printf '[package]\nname = "stdmaker"\nversion = "0.0.0"\nedition = "2021"\n' >"$std/Cargo.toml"
  : >"$std/src/lib.rs"
  quietly "the standard library for wasm" env -C "$std" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
    cargo build --release --target wasm32-unknown-unknown -Zbuild-std=std,panic_abort,test,proc_macro
  as_root mkdir -p "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib"
  local lib
  for lib in "$std"/target/wasm32-unknown-unknown/release/deps/*.rlib; do
    case "$lib" in */libstdmaker-*) ;; *) as_root cp "$lib" "$sysroot/lib/rustlib/wasm32-unknown-unknown/lib/" ;; esac
  done
  wasm_works
}

: >>"$log"
apt_install build-essential pkg-config chromium chromium-driver firefox-esr brotli postgresql ca-certificates fonts-dejavu-core

# BARROW_RUST=debian takes that road even where rustup could serve.
if [ "${BARROW_RUST:-}" = debian ] || ! wasm_works; then
  if [ "${BARROW_RUST:-}" != debian ] && command -v rustup >/dev/null && [ ! -e "$BARROW_TOOLS/debian-rust" ] \
    && quietly "rustup target add wasm32-unknown-unknown" timeout 90 rustup target add wasm32-unknown-unknown; then
    wasm_works
  else
    say "the wasm target cannot be downloaded here; using Debian's own Rust for the web"
    debian_rust
  fi
fi

cargo_tool wasm-bindgen wasm-bindgen-cli "$WASM_BINDGEN"
cargo_tool wasm-pack wasm-pack "$WASM_PACK"
cargo_tool trunk trunk "$TRUNK" --locked
cargo_tool geckodriver geckodriver "$GECKODRIVER"
rm -rf "$BARROW_TOOLS/build"

if [ ! -e "$BARROW_TOOLS/node/node_modules/binaryen/package.json" ] \
  || ! grep -q "\"version\": \"$BINARYEN\"" "$BARROW_TOOLS/node/node_modules/binaryen/package.json"; then
  mkdir -p "$BARROW_TOOLS/node"
  quietly "npm: binaryen $BINARYEN" npm install --prefix "$BARROW_TOOLS/node" --no-audit --no-fund "binaryen@$BINARYEN"
fi
say "ready: $(rustc --version), $(wasm-bindgen --version), $(trunk --version)"
