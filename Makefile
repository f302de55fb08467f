# swasm-sandbox: `make help` lists the targets. On a new Debian 12 machine with Swift 6.3 `make demo` and
# `make test` need nothing done before.

SWIFT ?= swift
PREFIX ?= /usr/local
# Where the suites of `make conformance` and the workloads of `make bench` are.
SHARED ?= ../shared

# The functions that a start runs are put side by side: fewer pages to map, a tenth of the time of a warm start.
START_ORDER = Sources/swasm-sandbox/start-order.txt
# Constant data is read-only, and nothing is bound later than at the start. Addresses are those of the file modulo 2 MB,
# so that the kernel can map large pieces of its cache at once.
SECTIONS = Sources/swasm-sandbox/sections.ld
# `make build PIE=1`: the program lies at another address each time, for 0.8 ms more per start. docs/design.md says why not always.
PIE ?=
LINK_FLAGS = -use-ld=lld -Xlinker --symbol-ordering-file=$(CURDIR)/$(START_ORDER) \
  -Xlinker --no-warn-symbol-ordering -Xlinker -T$(CURDIR)/$(SECTIONS) -Xlinker -z -Xlinker now \
  -Xlinker -z -Xlinker max-page-size=0x200000 \
  $(if $(PIE),-Xclang-linker -static-pie)
# `make build SYMBOLS=1`: with names for a debugger or a profiler, 34 MB instead of 13.
SYMBOLS ?=
# What swift-argument-parser takes from Foundation comes from a stub, 5 KB in place of 4.9 MB.
FOUNDATION_STUB = .build/FoundationStub.o
COMPILE_FLAGS = -static-executable -Xfrontend -function-sections \
  -Xfrontend -disable-autolink-library -Xfrontend FoundationEssentials
RELEASE_FLAGS = -c release --product swasm-sandbox --disable-local-rpath \
  $(addprefix -Xswiftc ,$(COMPILE_FLAGS) $(LINK_FLAGS)) -Xlinker $(CURDIR)/$(FOUNDATION_STUB) \
  $(if $(SYMBOLS),,-Xlinker --strip-all) $(MAP)
LAUNCHER = .build/release/swasm-sandbox
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

# What `make fuzz` takes random modules from, the Python that has the package wasmtime, batches of 50 modules; the
# compiler of random C programs, how many of them.
WASM_TOOLS ?= wasm-tools
PYTHON ?= python3
BATCHES ?= 20
ZIG ?= $(PYTHON) -m ziglang
WASMTIME ?= wasmtime
PROGRAMS ?= 50
SEED ?= $(shell date +%s)

missing = echo "there is no $(1): $(2). docs/testing.md says where to get it; SHARED=FOLDER names another folder"

.DEFAULT_GOAL := help
.PHONY: help build demo test check format bless conformance fuzz bench sizes start-order install docs image package clean dependencies

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

build: dependencies $(FOUNDATION_STUB) ## Build the release binary, a static executable
	$(SWIFT) build $(RELEASE_FLAGS)
	@.ci/check-binary $(LAUNCHER)

$(FOUNDATION_STUB): Sources/swasm-sandbox/FoundationStub.swift
	@mkdir -p $(@D)
	swiftc -O -static -parse-as-library -module-name FoundationEssentials -emit-object $< -o $@

demo: build ## Run the examples
	@examples/run-all $(LAUNCHER) '' --page

test: dependencies ## Build and run all tests
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build
	@examples/run-all .build/debug/swasm-sandbox

check: dependencies ## Check the arrows between targets, and the format
	$(SWIFT) build --explicit-target-dependency-import-check error --build-tests
	@command -v swift-format >/dev/null || { \
	  echo "make check needs swift-format; it is in the bin folder of a Swift 6 toolchain, beside swift"; exit 1; }
	swift-format lint --strict --recursive --parallel Sources Tests Package.swift

format: ## Format all sources
	swift-format format --in-place --recursive --parallel Sources Tests Package.swift

bless: build ## Rewrite the golden files and transcripts with what is found now
	SWASM_BLESS=1 $(SWIFT) test --filter '[Gg]olden|PrecompiledFilter|MessageList'
	@examples/run-all $(LAUNCHER) --bless

conformance: build ## Run the official suites found in $(SHARED)/conformance
	@[ -d $(SHARED)/conformance ] || { $(call missing,$(SHARED)/conformance,nothing was run); exit 1; }
	@.ci/conformance $(SHARED)/conformance $(LAUNCHER)

fuzz: build ## Compare random modules, C and C++ programs with V8 (node) and wasmtime: SEED, BATCHES, PROGRAMS
	$(SWIFT) build -c release --product fuzz
	$(PYTHON) Tests/Fuzz/run.py --fuzz .build/release/fuzz --seed $(SEED) --batches $(BATCHES)
	$(PYTHON) Tests/Fuzz/run.py --fuzz .build/release/fuzz --seed $(SEED) --batches $(BATCHES) --generator generate-vectors.mjs
	$(PYTHON) Tests/Fuzz/run.py --fuzz .build/release/fuzz --seed $(SEED) --batches $(BATCHES) --generator generate-vectors.mjs --oracle wasmtime
	$(PYTHON) Tests/Fuzz/run.py --fuzz .build/release/fuzz --seed $(SEED) --batches $(BATCHES) --smith $(WASM_TOOLS)
	$(PYTHON) Tests/Fuzz/run.py --fuzz .build/release/fuzz --seed $(SEED) --batches $(BATCHES) --smith $(WASM_TOOLS) --oracle wasmtime
	$(PYTHON) Tests/Fuzz/run.py --fuzz .build/release/fuzz --seed $(SEED) --batches $(BATCHES) --generator generate-exceptions.py --oracle wasmtime
	$(PYTHON) Tests/Fuzz/cxx.py --launcher $(LAUNCHER) --seed $(SEED) --count $(PROGRAMS)
	@if command -v csmith >/dev/null; then \
	  $(PYTHON) Tests/Fuzz/csmith.py --launcher $(LAUNCHER) --seed $(SEED) --count $(PROGRAMS) --zig "$(ZIG)" --wasmtime "$(WASMTIME)"; \
	else echo "csmith is not installed: no C programs run"; fi

bench: build ## Time calls between instances and opening a file, count instructions of a try, run $(SHARED)/bench against wasmtime
	Tests/Benchmarks/instance-calls $(LAUNCHER)
	Tests/Benchmarks/brokered-open $(LAUNCHER)
	$(SUDO) Tests/Benchmarks/instruction-count $(LAUNCHER)
	@if [ -x $(SHARED)/bench/compare ]; then $(SHARED)/bench/compare -- $(LAUNCHER) run; \
	else $(call missing,$(SHARED)/bench/compare,the workloads against wasmtime are left out); fi

sizes: MAP = -Xlinker -Map=$(CURDIR)/.build/sizes.map
sizes: build ## Print what each library and target adds to the release binary
	@Tests/Benchmarks/binary-sizes .build/sizes.map

start-order: SYMBOLS = 1
start-order: MAP = -Xlinker --no-demangle -Xlinker -Map=$(CURDIR)/.build/start-order.map
start-order: build ## Find out which functions a start runs, for the linker to put side by side
	Tests/Benchmarks/start-order $(LAUNCHER) .build/start-order.map >.build/start-order.txt
	mv .build/start-order.txt $(START_ORDER)

install: build ## Install the binary and the policies below $(PREFIX)
	install -D -m 755 $(LAUNCHER) $(DESTDIR)$(PREFIX)/bin/swasm-sandbox
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/swasm-sandbox/policies policies/*.toml
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	$(LAUNCHER) manual >$(DESTDIR)$(PREFIX)/share/man/man1/swasm-sandbox.1

docs: dependencies ## Write the library's documentation, made by DocC, to .build/docs
	SWASM_DOCS=1 $(SWIFT) package --scratch-path .build-docs --allow-writing-to-directory .build/docs generate-documentation \
	  --target SwasmSandbox --output-path .build/docs --transform-for-static-hosting --hosting-base-path swasm-sandbox

image: build ## Write an OCI image layout of the binary and the policies to .build/image
	.ci/image $(LAUNCHER) .build/image

package: build ## Make a Debian package in .build/package
	.ci/package $(LAUNCHER) .build/package

clean: ## Remove everything that was built
	rm -rf .build .build-docs

# The one library that is not Swift's.
dependencies:
	@test -e /usr/include/seccomp.h || { \
	  echo "installing libseccomp-dev"; \
	  $(SUDO) apt-get update -q && $(SUDO) apt-get install -q -y libseccomp-dev; }
