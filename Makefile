# `make run` and `make test` work from a bare checkout. All the work is in xtask; README.md says what each command is for.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
.PHONY: run test build bench lint setup soak clean

PORT ?= 8080
DATA ?= data
KILLS ?= 500

XTASK = . xtask/env.sh && cargo run --quiet --package xtask --

run: setup ## Build and start the demo at http://localhost:$(PORT)
	@$(XTASK) build --fast
	@. xtask/env.sh && exec target/release/barrow-server --demo --listen 127.0.0.1:$(PORT) --data $(DATA) --dist dist

test: setup ## Every suite; the last line sums them up
	@$(XTASK) test

build: setup ## Release build: dist/till, dist/office, target/release/barrow-{server,acquirer}
	@$(XTASK) build

bench: build ## Measurements, and dist/bench for outside benches
	@$(XTASK) bench

lint: setup ## Format, clippy (native and wasm), dependency table
	@$(XTASK) lint

soak: build ## KILLS=500: kill the browser that many times
	@. xtask/env.sh && KILLS=$(KILLS) cargo run --quiet --package xtask -- soak

setup:
	@bash xtask/setup.sh

clean:
	rm -rf target dist
