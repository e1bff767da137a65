#!/usr/bin/env bash
# Runs chains of trainings by two processes under the real torchrun (reference/torchrun.py):
#   bash reference/torchrun.sh [CASE ...]
# $HUBDATA_TORCH_PYTHON can name a Python with torch: since 2.0, torchrun starts each process in a
# session of its own. Otherwise Debian's torch 1.13 is used, and installed where it is missing
# (apt-get, as root; 0.5 GB). Where that is not possible, nothing is run: the script says so and does
# not fail.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  echo "nothing is run under torchrun: $1"
  exit 0
}
works() { "$1" -c 'import torch.distributed as d; assert d.is_gloo_available()' >/dev/null 2>&1; }

[ "$(uname)" = Linux ] || skip "this is not Linux"
python=${HUBDATA_TORCH_PYTHON:-/usr/bin/python3}
if ! works "$python"; then
  [ -z "${HUBDATA_TORCH_PYTHON:-}" ] || skip "$python has no torch with gloo"
  { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; } || skip "there is no torch, and no apt-get"
  export DEBIAN_FRONTEND=noninteractive
  flock /tmp/hubdata-apt.lock sh -c 'apt-get update && apt-get install -y --no-install-recommends python3-torch' >/dev/null 2>&1 ||
    skip "apt-get could not install python3-torch"
  works "$python" || skip "$python has no torch with gloo"
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
echo "reference/torchrun.py, torch $("$python" -c 'import torch; print(torch.__version__)')"
"$python" reference/torchrun.py "$out/hubdata" "$out/work" "$@"
