# build test lint run crash are for every day; measure prints the figures that
# the README quotes.
# bench and fuzz take longer; FUZZTIME is for each target.
KILLS ?= 100
FUZZTIME ?= 60s
FLAGS = -trimpath -ldflags "-s -w"

.PHONY: build test lint run crash measure cover bench fuzz

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
# every kind of action.
crash:
	IMAGINED_KILLS=$$(( $(KILLS) * 9 / 10 )) go test ./crash -count=1 -v -timeout 60m
	IMAGINED_KILLS=$$(( $(KILLS) / 10 )) go test ./cmd/imagined -run 'TestCrash' -count=1 -v -timeout 60m

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

fuzz:
	@grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | sed -E 's|/[^/]*:func | |' | while read -r folder name; do \
		echo "== $$folder $$name"; \
		go test "$$folder" -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x || exit 1; \
	done
