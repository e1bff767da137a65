#!/usr/bin/env bash
# Runs hubdata in shards as arrays of a real Slurm (slurm/array.sh), with a task killed and a node drained, and compares
# with one run:
#   bash reference/shards.sh
# See reference/slurm_daemons.sh for Slurm's daemons.
set -euo pipefail
cd "$(dirname "$0")/.."

source reference/slurm_daemons.sh
start_slurm 2 "CPUs=1" <<'CONF'
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF

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
