# build test lint run crash are for every day; measure prints the figures that
# the README quotes.
# bench and fuzz take longer; FUZZTIME is for each target.
KILLS ?= 100
JOB_KILLS ?= 50
FUZZTIME ?= 60s
FLAGS = -trimpath -ldflags "-s -w"

.PHONY: build test lint run crash crash-kinds crash-program crash-jobs month measure cover bench fuzz

build:
	CGO_ENABLED=0 go build $(FLAGS) -o bin/imagined ./cmd/imagined

test:
	go test ./...

lint:
	go vet ./...
	test -z "$$(gofmt -l .)"
	go tool -modfile=tools/go.mod golangci-lint run ./...

run:
	go run ./cmd/imagined run --sandbox

# crash kills the whole program (one kill in ten) and processes that perform
# every kind of action; and, in a simulation, every job JOB_KILLS times.
crash:
	$(MAKE) -j3 -O --no-print-directory crash-kinds crash-program crash-jobs

crash-kinds:
	IMAGINED_KILLS=$$(( $(KILLS) * 9 / 10 )) go test ./crash -count=1 -v -timeout 60m
crash-program:
	IMAGINED_KILLS=$$(( $(KILLS) / 10 )) go test ./cmd/imagined -run 'TestCrash' -count=1 -v -timeout 60m
crash-jobs:
	IMAGINED_JOB_KILLS=$(JOB_KILLS) go test ./simulate -run 'TestCrash' -count=1 -v -timeout 60m

# month has the example personas live thirty days, as fast as one core can.
month:
	IMAGINED_DAYS=30 go test ./simulate -run 'TestLives_AMonth' -count=1 -v -timeout 60m

# long are the tests that take minutes: ten thousand late applies, a million
# ticks, and SEEDS virtual years with all faults at random.
SEEDS ?= 20
.PHONY: long
long:
	IMAGINED_LONG=1 IMAGINED_SEEDS=$(SEEDS) go test ./actions ./jobs ./state -run 'LateApply|Soak|AYear' -count=1 -v -timeout 120m

cover:
	go test -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -func=cover.out | tail -n 1

measure: build
	.ci/measure bin/imagined

# screenshot takes the pictures in docs; without Chromium it says so and stops.
.PHONY: screenshot
screenshot: build
	.ci/screenshot bin/imagined docs

bench:
	go test -p 1 ./... -run '^$$' -bench . -benchmem -benchtime 200ms

# Two targets at a time, each on one core; what a failing one printed is shown.
fuzz:
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | sed -E 's|/[^/]*:func | |' | \
		xargs -P 2 -L 1 sh -c 'out=$$(go test "$$0" -run "^$$" -fuzz "^$$1\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x -parallel 1 2>&1) || { echo "$$out"; exit 255; }; echo "== $$0 $$1: $$(echo "$$out" | grep "^fuzz: elapsed" | tail -n 1)"'
