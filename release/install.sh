#!/usr/bin/env bash
# Installs a commit as `go install github.com/hubdata/hubdata/cmd/hubdata@latest` does:
#   bash release/install.sh [COMMIT]
# from a module proxy that is a folder with the commit as its only version. Anything a proxy
# rejects, such as a file name with a colon, fails here and not for the first user.
set -euo pipefail
cd "$(dirname "$0")/.."
module=github.com/hubdata/hubdata version=v0.0.1
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
at=$work/proxy/$module/@v
mkdir -p "$at"
echo "$version" >"$at/list"
echo "{\"Version\": \"$version\"}" >"$at/$version.info"
git show "${1:-HEAD}:go.mod" >"$at/$version.mod"
git archive --format=zip --prefix="$module@$version/" -o "$at/$version.zip" "${1:-HEAD}"
go mod download
proxies="file://$work/proxy,file://$(go env GOMODCACHE)/cache/download" # for the module's dependencies
cd "$work"
GOPATH=$work/gopath GOMODCACHE='' GOBIN=$work/bin GOPROXY=$proxies GONOSUMDB='*' GOFLAGS='' GOWORK=off CGO_ENABLED=0 go install "$module/cmd/hubdata@latest"
bin/hubdata demo --quiet demo
test -s demo/coco_data/coco/ds1.json
echo "go install works: a module of $(($(stat -c %s "$at/$version.zip") / 1000)) kB"
