#!/usr/bin/env bash
# Runs hubdata in shards as arrays of a real Slurm (slurm/array.sh), with a task killed and a node drained, and compares
# with one run:
#   bash reference/shards.sh
# Slurm's daemons are those of Debian, on this machine alone, with their own ports and files. Where they are missing,
# they are installed (apt-get, as root); where that is not possible, nothing is run: the script says so and does not fail.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() {
  echo "nothing is run in Slurm: $1"
  exit 0
}

[ "$(uname)" = Linux ] || skip "this is not Linux"
[ "$(id -u)" = 0 ] || skip "its daemons need root here"
export PATH=$PATH:/usr/sbin
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  command -v apt-get >/dev/null || skip "there is no slurmctld, and no apt-get"
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slurm-wlm munge; } >/dev/null 2>&1 ||
    skip "apt-get could not install slurm-wlm and munge"
fi

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
port=$((20000 + $$ % 20000)) # that no other Slurm of this machine has
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
SchedulerParameters=sched_interval=1,sched_min_interval=100000,bf_interval=2
KillWait=5
ReturnToService=2
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 RealMemory=1000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 RealMemory=1000
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
mkdir "$out/state" "$out/spool-n1" "$out/spool-n2"
export SLURM_CONF=$out/slurm.conf
slurmctld -D -c >/dev/null 2>&1 &
pids+=($!)
for node in n1 n2; do
  slurmd -D -N $node >/dev/null 2>&1 &
  pids+=($!)
done
idle() { [ "$(sinfo --noheader --Node --format=%T 2>/dev/null | grep -c '^idle$')" = 2 ]; }
for _ in $(seq 60); do
  if idle; then break; fi
  sleep 0.5
done
if ! idle; then
  tail -n 5 "$out"/*.log >&2 || true
  skip "its daemons do not start here"
fi

CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
export PATH=$out:$PATH
array=$PWD/slurm/array.sh
cd "$out"
hubdata demo --quiet --seed 7 demo
data=$out/demo models=()
for file in "$data"/predictions/*.segm.json; do
  name=$(basename "$file" .segm.json)
  models+=(--model "$name=$file")
done
echo "reference/shards.sh, $(slurmctld -V)"

# A program that waits for the file go, so that a task can be killed and a node drained meanwhile.
cat >slow <<'SLOW'
#!/usr/bin/env bash
echo $$ >"$1.pid"
while [ ! -e "$1.go" ]; do sleep 0.1; done
shift
exec "$@"
SLOW
chmod +x slow
mkdir wait fused

hubdata pseudo --quiet "${models[@]}" --results whole.jsonl -o whole-sets "$data"
line=("$array" 6 'fused/{}.jsonl' --output=/dev/null -- "$out/slow" 'wait/{}' hubdata pseudo --shard '{}/6' "${models[@]}" --results 'fused/{}.jsonl' "$data")
"${line[@]}" >submitted
job=$(tail -n 1 submitted)
for _ in $(seq 100); do # two tasks run, one on each node
  if [ "$(ls wait | grep -c pid)" -ge 2 ]; then break; fi
  sleep 0.2
done
second=$(squeue --noheader --states=RUNNING --format='%K %N' | awk '$2 == "n2" {print $1}')
scontrol update NodeName=n2 State=DRAIN Reason=test
kill -9 "$(cat "wait/$second.pid")"
for i in 1 2 3 4 5 6; do : >"wait/$i.go"; done
for _ in $(seq 300); do
  if [ -z "$(squeue --noheader)" ]; then break; fi
  sleep 0.2
done
if hubdata merge --manifests -o fused.jsonl fused/*.manifest.json 2>missing; then
  echo "a shard is missing, and nothing says so" >&2
  exit 1
fi
grep -q "missing of 6 shards: $second\$" missing || { cat missing >&2; exit 1; }
WAIT=1 "${line[@]}" >again
grep -q "^submitting 1 of 6 shards: $second\$" again || { cat again >&2; exit 1; }
"${line[@]}" | grep -q "all 6 shards are there"
hubdata merge --quiet --manifests -o fused.jsonl fused/*.manifest.json
cmp fused.jsonl whole.jsonl
scontrol update NodeName=n2 State=RESUME

echo "equal: fused results of 6 shards (job $job), one of them after its task was killed and its node drained"

# Parts of a score, and sets of slides.
truth=$data/ds3_truth.json
mkdir parts sets
WAIT=1 "$array" 3 'parts/{}.part' --output=/dev/null -- hubdata eval --shard '{}/3' --partial-out 'parts/{}.part' "$truth" whole.jsonl >/dev/null
hubdata eval --quiet --merge parts/*.part >merged.txt
hubdata eval --quiet "$truth" whole.jsonl >whole.txt
cmp merged.txt whole.txt
echo "equal: the score of 3 parts"
WAIT=1 "$array" 2 'sets/{}.json' --output=/dev/null -- hubdata convert --dataset '{}' --per none -o 'sets/{}.json' "$data" >/dev/null
for i in 1 2; do
  hubdata convert --quiet --dataset $i --per none -o "set$i.json" "$data"
  cmp "set$i.json" "sets/$i.json"
done
echo "equal: the sets of 2 datasets"
