# Picket. `make run` and `make test` do all the set-up themselves; `make help` lists the rest.
#
# One build serves every target: the dev profile is optimised a little (see Cargo.toml), and CARGO_TARGET_DIR is
# honoured, so nothing here compiles twice what another target has compiled.

CARGO ?= cargo
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
BIN := $(TARGET_DIR)/debug
CONSOLE := ground-station/console
CONSOLE_SOURCES := $(shell find $(CONSOLE) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
SCENARIO ?= kiel-night
SEEDS ?= 1 2 3

.PHONY: help run test build console setup-run setup-test fmt lint doc console-check build-tests unit browser-test browser-live counterparts counterparts-live bench bench-fleet bench-planning bench-tracking bench-video soak sweep objects-model deb deb-arm64 clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: setup-run console build ## Start the port night live and print the console's address
	@$(BIN)/picket-sim run $(SCENARIO) --live

test: setup-test ## Run every check: format, lints, docs, console, unit, property, integration, scenarios, browser
	@MAKE="$(MAKE)" scripts/check.sh

# The examples draw in what only tests need: with it, this and the tests compile every dependency the same way, once.
build: ## Build the programs
	@echo "building the programs (the first time takes some minutes)"
	@$(CARGO) build --workspace --bins --examples

console: $(CONSOLE)/dist/index.html ## Build the console's page

$(CONSOLE)/node_modules/.package-lock.json: $(CONSOLE)/package.json $(CONSOLE)/package-lock.json
	@echo "fetching the console's packages"
	@cd $(CONSOLE) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(CONSOLE)/dist/index.html: $(CONSOLE)/node_modules/.package-lock.json $(CONSOLE_SOURCES)
	@echo "building the console's page"
	@cd $(CONSOLE) && npm run --silent build
	@touch $@

setup-run:
	@scripts/setup.sh run

setup-test:
	@scripts/setup.sh test

fmt: ## Check the formatting
	@$(CARGO) fmt --all --check

lint: ## Check with clippy, warnings denied
	@$(CARGO) clippy --workspace --all-targets -- -D warnings

doc: ## Build the documentation, broken links denied
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --lib --bins --examples

console-check: $(CONSOLE)/node_modules/.package-lock.json ## Check the console's types and run its unit tests
	@cd $(CONSOLE) && npm run --silent check && npm test --silent

build-tests: ## Build the programs and the tests
	@$(CARGO) test --workspace --no-run

unit: ## Unit, property and integration tests, scenarios included
	@$(CARGO) test --workspace

browser-test: console build browser-live ## Drive the live system through a real browser

browser-live:
	@cd $(CONSOLE) && PICKET_SIM=$(abspath $(BIN))/picket-sim node test/with-live.mjs node --test --test-concurrency=1 test/browser.test.mjs test/planning.test.mjs
	@cd $(CONSOLE) && PICKET_SIM=$(abspath $(BIN))/picket-sim node test/with-live.mjs node --test test/night.test.mjs
	@cd $(CONSOLE) && PICKET_SIM=$(abspath $(BIN))/picket-sim node --test test/video.test.mjs

counterparts: build counterparts-live ## MAVSDK, pymavlink and MAVProxy against the simulated autopilots, and MAVSDK under picket-onboard

counterparts-live:
	@CARGO_TARGET_DIR=$(TARGET_DIR) scripts/counterparts.sh

bench: ## Print the benchmark tables (release build)
	@scripts/bench.sh

bench-fleet: ## The fleet's table alone: vehicles in virtual time, and heartbeats of fifty live ones
	@scripts/bench/fleet.sh

bench-planning: ## The planning table alone: every class beside its aims and the reference solvers
	@scripts/bench/planning.sh

bench-tracking: ## The tracking table alone: our tracker beside Stone Soup and the oracle of perfect association
	@scripts/bench/tracking.sh

bench-video: ## The table of the eyes alone: detectors, tracker, speed, what is reached beside what must be
	@scripts/bench/video.sh

soak: build ## A twelve-hour night in virtual time, with the memory used
	@scripts/soak.sh $(BIN)/picket-sim

sweep: build ## Every scenario with more seeds: make sweep SEEDS="1 2 3 4 5"
	@scripts/sweep.sh $(BIN)/picket-sim $(SEEDS)

objects-model: ## Fetch and convert a detector of persons, boats and vehicles (target/objects/; see docs/video.md)
	@CARGO_TARGET_DIR=$(TARGET_DIR) scripts/objects-model.sh

deb: ## Build the Debian package of picket-onboard and look at it (target/deb/)
	@CARGO="$(CARGO)" scripts/deb.sh amd64
	@scripts/deb-check.sh $(TARGET_DIR)/deb/picket-onboard_*_amd64.deb

deb-arm64: ## The same for arm64, cross-built with Debian's compiler
	@CARGO="$(CARGO)" scripts/deb.sh arm64
	@scripts/deb-check.sh $(TARGET_DIR)/deb/picket-onboard_*_arm64.deb

clean: ## Remove what was built
	@$(CARGO) clean
	@rm -rf $(CONSOLE)/dist $(CONSOLE)/node_modules
