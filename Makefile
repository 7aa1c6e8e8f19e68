# make test is all a contributor needs; as root on Debian it installs the database servers that the tests start.

GO ?= go
STATICCHECK = $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 10s
BENCHTIME ?= 100ms

.PHONY: test setup lint fuzz bench check

test: setup
	$(GO) test -race -timeout 10m ./...
	cd integration && $(GO) test -race -timeout 20m ./...

setup:
	.ci/setup

lint:
	@unformatted=$$(gofmt -l .) && { test -z "$$unformatted" || { echo "gofmt -w $$unformatted"; exit 1; }; }
	$(GO) vet ./...
	cd integration && $(GO) vet ./...
	$(STATICCHECK) ./...
	cd integration && $(STATICCHECK) ./...

fuzz:
	GO="$(GO)" .ci/fuzz $(FUZZTIME)

bench: setup
	$(GO) test -run='^$$' -bench=. -benchmem -benchtime=$(BENCHTIME) ./...
	cd integration && $(GO) test -run='^$$' -bench=. -benchmem -benchtime=1x ./...

check: lint test fuzz bench
