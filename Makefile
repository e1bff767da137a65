# A list of the project's commands; each is one line to read.
.PHONY: build test lint fuzz fuzz-all faults bench bench-peers docs-tables golden testdata docs ci release

build:
	go build -o hubdata ./cmd/hubdata

test:
	go test ./...

lint:
	golangci-lint run ./...

# make fuzz PKG=./rle TARGET=FuzzParseText
fuzz:
	go test -run '^$$' -fuzz '^$(TARGET)$$' -fuzztime 60s $(PKG)

# Every fuzz target for ten minutes.
fuzz-all:
	bash bench/fuzz.sh >bench/results/fuzz.tsv
	go run ./bench/tables

# Kills, full disks, changing inputs and other faults.
faults:
	bash bench/faults.sh >bench/results/faults.md
	go run ./bench/tables

bench:
	go test -run '^$$' -bench . -benchmem ./...

# hubdata beside every peer, forty minutes; then the docs' tables.
bench-peers:
	bash bench/peers.sh --out bench/results/peers.json
	go run ./bench/tables

# The tables of README and docs, from the committed figures.
docs-tables:
	go run ./bench/tables

# Makes the golden files anew with the reference tools of this machine.
golden:
	bash reference/golden.sh

# Makes the files of testdata anew.
testdata:
	go run ./internal/testfiles

# Writes docs/reference, man and docs/checks.md from what the commands and rules say.
docs:
	go test ./cmd/hubdata -run 'TestReference|TestCheckDocs' -update

# Archives of all systems, of the commit that is checked out.
release:
	bash release/build.sh

ci:
	bash .ci/run
