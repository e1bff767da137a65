#!/usr/bin/env bash
# Runs chains of trainings with "hubdata train submit" in a real Slurm (reference/slurm.py):
#   bash reference/slurm.sh [CASE ...]
# The trainings are a Python script without packages. See reference/slurm_daemons.sh for Slurm's daemons.
set -euo pipefail
cd "$(dirname "$0")/.."

source reference/slurm_daemons.sh
python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null || skip "there is no Python 3.8 or newer"

cat >"$out/gres.conf" <<'CONF'
NodeName=n1 Name=gpu File=/dev/tty[0-15]
CONF
start_slurm 1 "CPUs=32 Gres=gpu:16" <<'CONF'
PartitionName=gpu Nodes=n1 Default=YES MaxTime=INFINITE State=UP
PartitionName=cpu Nodes=n1 MaxTime=INFINITE State=UP
CONF

CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
echo "reference/slurm.py, $(slurmctld -V)"
python3 reference/slurm.py "$out/hubdata" "$out/work" "$@" || {
  tail -n 60 "$out"/*.log >&2
  exit 1
}
