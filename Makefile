# Joule. `make help` lists the targets. Go, gcc and make are all that building and testing need.
SHELL := bash
.DEFAULT_GOAL := build

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
COMMIT := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
SDK_VERSION := github.com/cosmos/cosmos-sdk/version
LDFLAGS := -s -w -X $(SDK_VERSION).Name=joule -X $(SDK_VERSION).AppName=jouled -X $(SDK_VERSION).Version=$(VERSION) -X $(SDK_VERSION).Commit=$(COMMIT)
BUILD := -ldflags '$(LDFLAGS)'
COMMANDS := jouled joule-sidecar joule-devnet
TOOL := go tool -modfile=tools/go.mod
# Test binaries of the app are large to link: two at a time suit two cores.
TEST := go test -p 2 -timeout 20m
# FUZZTIME is how long each fuzz target runs.
FUZZTIME ?= 30s
# What runs in several goroutines.
RACE := ./app/abci/... ./app/mempool/... ./sidecar/...

.PHONY: help build release install test test-race portable gpu-check h3 forwarder lint bench bench-compare fuzz proto proto-check proto-lint devnet e2e clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## build jouled, joule-sidecar and joule-devnet into build/
	@mkdir -p build
	go build $(BUILD) -o build/ $(addprefix ./cmd/,$(COMMANDS))

release: ## build the commands without this machine's paths, for others to run (compiles everything anew)
	@mkdir -p build/release
	go build -trimpath $(BUILD) -o build/release/ $(addprefix ./cmd/,$(COMMANDS))

install: ## install the three commands into GOBIN
	go install $(BUILD) $(addprefix ./cmd/,$(COMMANDS))

test: ## run all unit, integration and conformance tests
	$(TEST) ./...

test-race: ## run the concurrent packages' tests under the race detector
	$(TEST) -race $(RACE)

portable: ## test what this machine's plain build leaves out: the proofs without assembly and on arm64 (by qemu-aarch64), NVML by its mocks
	$(TEST) -tags purego ./x/work/proof/disk
	CGO_CFLAGS=-Wno-deprecated-declarations $(TEST) -tags nvml ./sidecar/gpu/telemetry ./sidecar/attest/nvidiacc
	@if command -v qemu-aarch64 >/dev/null; then echo "arm64 by qemu-aarch64"; \
	GOARCH=arm64 CGO_ENABLED=0 go test -timeout 20m -exec qemu-aarch64 -run 'Round|Portable|Conformance|Golden' ./x/work/proof/...; \
	else echo "arm64: skipped; qemu-aarch64 (package qemu-user) turns it on"; fi

gpu-check: ## build what examines a card on a bare machine into build/gpu-check/ (carry it there, run gpu-check.sh)
	@mkdir -p build/gpu-check
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o build/gpu-check/gpu-check-plain ./sidecar/gpu/cmd/gpu-check
	CGO_CFLAGS=-Wno-deprecated-declarations go build -tags nvml -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o build/gpu-check/gpu-check ./sidecar/gpu/cmd/gpu-check
	cp scripts/gpu-check.sh build/gpu-check/
	@du -ch build/gpu-check/* | tail -n 1

h3: ## compare the cells of positions with Uber's H3 (compiles C; JOULE_H3=1000000 for the long run, minutes)
	JOULE_H3=$${JOULE_H3:-5000} go test -count=1 -timeout 60m -run TestAgainstReference ./x/work/proof/radio

forwarder: ## have Semtech's packet forwarder, built with a stub radio, talk to the gateway server (git, gcc, network)
	tests/gateway/semtech.sh

lint: ## run golangci-lint (built from tools/go.mod, a few minutes the first time)
	$(TOOL) golangci-lint run ./...

bench: ## run the benchmarks that docs/benchmarks.md quotes
	go test -run '^$$' -bench . -benchmem -timeout 60m ./x/work/... ./x/device/... ./x/beacon/... ./app/... ./sidecar/gpu/... ./sidecar/disk/...

bench-compare: ## compare processor time, state and openings with the commit BASE, both built and run in turn
	scripts/bench-compare.sh $(BASE)

fuzz: ## run every fuzz target for FUZZTIME
	scripts/fuzz.sh $(FUZZTIME)

proto: ## generate code and the OpenAPI description from proto/ (needs protoc)
	scripts/protogen.sh

proto-check: ## fail if generated files are stale (needs protoc)
	scripts/protogen.sh --check

proto-lint: ## run buf's lint over proto/ (built from tools/go.mod, minutes the first time)
	$(TOOL) buf lint proto

devnet: build ## run a chain, a sidecar and real proofs on this machine, shown live; Ctrl-C stops it
	build/joule-devnet

e2e: build ## run the end-to-end tests on real processes
	go test -tags e2e -count=1 -timeout 40m -v ./tests/e2e/...

clean: ## delete build/
	rm -rf build
