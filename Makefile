# A list of the project's commands; each is one line to read.
.PHONY: build test lint fuzz fuzz-all faults bench bench-compare golden docs ci release

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
	bash bench/fuzz.sh

# Kills, full disks, changing inputs and other faults.
faults:
	bash bench/faults.sh

bench:
	go test -run '^$$' -bench . -benchmem ./...

# Whole commands side by side with the Python reference.
bench-compare:
	bash bench/run.sh

# Makes the golden files anew with the reference tools of this machine.
golden:
	bash reference/golden.sh

# Writes docs/reference, man and docs/checks.md from what the commands and rules say.
docs:
	go test ./cmd/hubdata -run 'TestReference|TestCheckDocs' -update

# Archives of all systems, of the commit that is checked out.
release:
	bash release/build.sh

ci:
	bash .ci/run
