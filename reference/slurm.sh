#!/usr/bin/env bash
# Runs chains of trainings with "hubdata train submit" in a real Slurm (reference/slurm.py):
#   bash reference/slurm.sh [CASE ...]
# Slurm's daemons are those of Debian, on this machine alone, with their own ports and files. Where
# they are missing, they are installed (apt-get, as root); where that is not possible, nothing is
# run: the script says so and does not fail. The trainings are a Python script without packages.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  echo "nothing is run in Slurm: $1"
  exit 0
}

[ "$(uname)" = Linux ] || skip "this is not Linux"
[ "$(id -u)" = 0 ] || skip "its daemons need root here"
export PATH=$PATH:/usr/sbin DEBIAN_FRONTEND=noninteractive
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  command -v apt-get >/dev/null || skip "there is no slurmctld, and no apt-get"
  flock /tmp/hubdata-apt.lock sh -c 'apt-get update && apt-get install -y --no-install-recommends slurm-wlm munge' >/dev/null 2>&1 ||
    skip "apt-get could not install slurm-wlm and munge"
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null || skip "there is no Python 3.8 or newer"

out=$(mktemp -d)
chmod 755 "$out"
pids=()
finish() {
  kill "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true
  rm -rf "$out"
}
trap finish EXIT
host=$(hostname -s)

(umask 077 && head -c 1024 /dev/urandom >"$out/munge.key")
munged --foreground --force --key-file="$out/munge.key" --socket="$out/munge.socket" --pid-file="$out/munge.pid" \
  --seed-file="$out/munge.seed" --log-file="$out/munge.log" --num-threads=4 >/dev/null 2>&1 &
pids+=($!)

# Ports that no other Slurm of this machine has.
port=$((20000 + $$ % 20000))
cat >"$out/slurm.conf" <<CONF
ClusterName=hubdata
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=$port
SlurmctldPidFile=$out/slurmctld.pid
SlurmctldLogFile=$out/slurmctld.log
SlurmdPidFile=$out/slurmd-%n.pid
SlurmdLogFile=$out/slurmd-%n.log
SlurmdSpoolDir=$out/spool-%n
SlurmdParameters=config_overrides
StateSaveLocation=$out/state
AuthType=auth/munge
AuthInfo=socket=$out/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=100000,bf_interval=2
KillWait=5
ReturnToService=2
GresTypes=gpu
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=32 RealMemory=1000 Gres=gpu:16
PartitionName=gpu Nodes=n1 Default=YES MaxTime=INFINITE State=UP
PartitionName=cpu Nodes=n1 MaxTime=INFINITE State=UP
CONF
cat >"$out/gres.conf" <<CONF
NodeName=n1 Name=gpu File=/dev/tty[0-15]
CONF
mkdir "$out/state" "$out/spool-n1"
export SLURM_CONF=$out/slurm.conf
slurmctld -D -c >/dev/null 2>&1 &
pids+=($!)
slurmd -D -N n1 >/dev/null 2>&1 &
pids+=($!)
for _ in $(seq 60); do
  if [ "$(sinfo --noheader --nodes=n1 --partition=gpu --format=%T 2>/dev/null)" = idle ]; then
    break
  fi
  sleep 0.5
done
if [ "$(sinfo --noheader --nodes=n1 --partition=gpu --format=%T 2>/dev/null)" != idle ]; then
  tail -n 5 "$out"/*.log >&2 || true
  skip "its daemons do not start here"
fi

CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
echo "reference/slurm.py, $(slurmctld -V)"
python3 reference/slurm.py "$out/hubdata" "$out/work" "$@" || {
  tail -n 60 "$out"/*.log >&2
  exit 1
}
