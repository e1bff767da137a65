# Commands for development.
.PHONY: build test lint fuzz fuzz-all faults bench bench-peers docs-tables golden testdata docs python ci release

build:
	go build -o hubdata ./cmd/hubdata

test:
	go test ./...

lint:
	golangci-lint run ./...

# make fuzz PKG=./rle TARGET=FuzzParseText
fuzz:
	go test -run '^$$' -fuzz '^$(TARGET)$$' -fuzztime 60s $(PKG)

# Run every fuzz target for ten minutes, then update the table in the documentation.
fuzz-all:
	bash bench/fuzz.sh >bench/results/fuzz.tsv
	go run ./bench/tables

# Kill runs, fill disks, change inputs and cause other faults, then update the table.
faults:
	bash bench/faults.sh >bench/results/faults.md
	go run ./bench/tables

bench:
	go test -run '^$$' -bench . -benchmem ./...

# Compare hubdata with every peer, in about forty minutes, then update the tables.
bench-peers:
	bash bench/peers.sh --out bench/results/peers.json
	go run ./bench/tables

# Write the tables of docs from the committed figures.
docs-tables:
	go run ./bench/tables

# Regenerate the golden files with the reference tools of this machine.
golden:
	bash reference/golden.sh

# Regenerate the files of testdata.
testdata:
	go run ./internal/testfiles

# Write docs/reference, man, docs/checks.md and the functions of the Python module from the commands' help and the rules.
docs:
	go test ./cmd/hubdata/internal/app ./cmd/hubdata/internal/checkcmd -run 'TestReference|TestPythonCommands|TestCheckDocs' -update

# Build the wheel of the commit that is checked out, and test it.
python:
	bash python/test.sh

# Build the archives and wheels for all systems from the commit that is checked out.
release:
	bash release/build.sh

ci:
	bash .ci/run
