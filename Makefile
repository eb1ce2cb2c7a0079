# Steward: `make run` starts it, `make test` tests everything. See README.md.
GO ?= go
export CGO_ENABLED ?= 0
DATA ?= ./data
LISTEN ?= 127.0.0.1:8080

AGENTS = linux/amd64 linux/arm64 windows/amd64 windows/arm64 darwin/amd64 darwin/arm64 freebsd/amd64 freebsd/arm64

.PHONY: run run-postgres demo build agents test test-long check bench words web crash

run: build
	./bin/steward serve --data $(DATA) --listen $(LISTEN)

run-postgres: build
	$(GO) run ./kernel/testkit/cmd/withpostgres -folder $(DATA)/pg -variable STEWARD_DB -- ./bin/steward serve --data $(DATA) --listen $(LISTEN)

demo: build
	./bin/steward demo load --data $(DATA)-demo
	./bin/steward serve --data $(DATA)-demo --listen $(LISTEN)

build:
	$(GO) build -trimpath -ldflags='-s -w' -o bin/steward ./cmd/steward
	$(GO) build -trimpath -ldflags='-s -w' -o bin/steward-agent ./cmd/steward-agent

# The agents that the server beside them gives out to machines of all platforms.
agents: $(AGENTS:%=agent/for/%)

agent/for/%:
	GOOS=$(*D) GOARCH=$(*F) $(GO) build -trimpath -ldflags='-s -w' -o bin/steward-agent-$(*D)-$(*F)$(if $(filter windows,$(*D)),.exe) ./cmd/steward-agent

test:
	sh scripts/test.sh

test-long:
	STEWARD_LONG=1 sh scripts/test.sh

check:
	sh scripts/check.sh

bench:
	sh scripts/bench.sh

words:
	$(GO) run ./modules/cmd/declared | $(GO) run ./lib/words/cmd/words -declared

web:
	cd tools && $(GO) run ./cmd/bundle

# 50 rounds of writes, each ended by a kill, on SQLite and PostgreSQL.
crash:
	STEWARD_CRASH_ROUNDS=50 $(GO) test ./cmd/steward -run 'TestNoWriteToldOf' -count 1 -v -timeout 30m
