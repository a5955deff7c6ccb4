# build test lint run crash are for every day; measure prints the figures that
# the README quotes; tag names a broken variant for crash to catch.
KILLS ?= 100
FLAGS = -trimpath -ldflags "-s -w"

.PHONY: build test lint run crash measure cover

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

crash:
	IMAGINED_KILLS=$(KILLS) go test ./cmd/imagined -run 'TestCrash' -count=1 -v -timeout 60m

cover:
	go test -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -func=cover.out | tail -n 1

measure: build
	.ci/measure bin/imagined
