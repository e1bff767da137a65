#!/usr/bin/env bash
# Measures what fusing costs as one command, as an array of a real Slurm and on a real Spark:
#   bash bench/clusters.sh [DETECTIONS] [FOLDER]
# Three models have DETECTIONS predictions each (default 540000), which bench/detections draws. It prints processor seconds
# and bytes, each per million predictions: of one run, of an array of 10 shards and their merge on two nodes, and of
# Spark with a master and two workers. Spark is that of reference/spark.sh, in FOLDER/venv-spark (default: .ci/tools), which
# that script installs. All results are compared.
set -euo pipefail
cd "$(dirname "$0")/.."
n=${1:-540000} tools=$(realpath "${2:-.ci/tools}") root=$PWD
source reference/slurm_daemons.sh

per() { # per SECONDS or BYTES: of a million predictions
  python3 -c "import sys; print(f'{float(sys.argv[1]) / (3 * $n / 1e6):,.1f}')" "$1"
}
sum() { awk '{s += $1 + $2} END {print s}' "$@"; }
bytes() { cat "$@" | wc -c; }
timed() { /usr/bin/time -a -o "$1" -f '%U %S %M' "${@:2}"; }

start_slurm 2 "CPUs=1" <<'CONF'
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF
CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
CGO_ENABLED=0 go build -o "$out/detections" ./bench/detections
cd "$out"
models=() inputs=()
for k in 0 1 2; do
  ./detections truth$k.json $((n - k)) >m$k.jsonl
  models+=(--model "m$k=m$k.jsonl") inputs+=("m$k=$out/m$k.jsonl")
done
mv truth0.json images.json
mkdir empty fused
fuse=(./hubdata pseudo --quiet "${models[@]}" --images images.json)
echo "$((3 * n)) predictions: $(per "$(bytes m?.jsonl)") bytes per million"

timed one.time "${fuse[@]}" --results whole.jsonl.zst -o sets empty
rm -r sets
echo "one run: $(per "$(sum one.time)") processor seconds per million, $(awk '{print $3}' one.time) kB; results $(per "$(bytes whole.jsonl.zst)") bytes"

if [ -z "${WITHOUT_SLURM:-}" ]; then
WAIT=1 "$root/slurm/array.sh" 10 'fused/{}.jsonl.zst' --output=/dev/null -- \
  /usr/bin/time -o 'fused/{}.time' -f '%U %S %M' "${fuse[@]}" --shard '{}/10' --results 'fused/{}.jsonl.zst' empty >/dev/null
timed merge.time ./hubdata merge --quiet --manifests -o fused.jsonl.zst fused/*.manifest.json
cmp fused.jsonl.zst whole.jsonl.zst
ticks=0
for pid in "${daemons[@]}"; do
  ticks=$((ticks + $(awk '{print $14 + $15 + $16 + $17}' "/proc/$pid/stat")))
done
echo "Slurm: $(per "$(sum fused/*.time merge.time)") processor seconds per million in 10 shards and a merge of $(per "$(sum merge.time)"), at most" \
  "$(sort -n -k 3 -s fused/*.time | tail -n 1 | awk '{print $3}') kB; the daemons $(python3 -c "print($ticks / 100)") s in all; read $(per $((10 * $(bytes m?.jsonl)))) bytes"
rm -r fused fused.jsonl.zst
fi

spark=$(echo "$tools"/venv-spark/lib/python3*/site-packages/pyspark)
java=$(ls -d /usr/lib/jvm/*17* 2>/dev/null | head -n 1 || true)
if [ ! -d "$spark" ] || [ -z "$java" ]; then
  echo "nothing is measured in Spark: reference/spark.sh installs it"
  exit 0
fi
export SPARK_HOME=$spark JAVA_HOME=$java SPARK_LOCAL_IP=127.0.0.1 HUBDATA=$out/hubdata
mkdir events local
# All processes of Spark are children of this shell, so that their time is known once they have ended.
(
  port=$((21000 + $$ % 20000)) pids=()
  "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master -h 127.0.0.1 -p $port --webui-port $((port + 1)) >master.log 2>&1 &
  pids+=($!)
  for i in 1 2; do
    SPARK_LOCAL_DIRS=$out/local "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker -c 1 -m 1000m -d "$out/worker$i" \
      --webui-port $((port + 1 + i)) spark://127.0.0.1:$port >worker$i.log 2>&1 &
    pids+=($!)
  done
  export SPARK_MASTER=spark://127.0.0.1:$port SHARDS=$((3 * n / 100000 + 1)) TASKS=3
  export SPARK_FLAGS="--driver-memory 700m --executor-memory 700m --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1
    --conf spark.eventLog.enabled=true --conf spark.eventLog.compress=false --conf spark.eventLog.dir=file://$out/events"
  status=0
  "$root/spark/run.sh" fuse "$out/spark" "${inputs[@]}" -- --images "$out/images.json" "$out/empty" || status=$?
  sleep 2 # the executors end
  kill "${pids[@]}"
  wait "${pids[@]}" || true
  times >spark.times
  exit $status
)
same=$(python3 - <(zcat spark/results/part-*) <(zstdcat whole.jsonl.zst) <<'PYTHON'
import hashlib, sys
def lines(path): # their number and a sum that does not depend on their order
    n = total = 0
    with open(path, "rb") as f:
        for line in f:
            n, total = n + 1, total + int.from_bytes(hashlib.blake2b(line, digest_size=16).digest(), "little")
    return n, total
a, b = map(lines, sys.argv[1:])
print(a == b and a[0])
PYTHON
)
[ "$same" != False ] || { echo "other results in Spark" >&2; exit 1; }
python3 - "$n" events/* <<'PYTHON'
import json, pathlib, re, sys
n, *logs = sys.argv[1:]
millions = 3 * int(n) / 1e6
minutes = re.findall(r"(\d+)m([\d.]+)s", pathlib.Path("spark.times").read_text().splitlines()[-1])
seconds = sum(60 * int(m) + float(s) for m, s in minutes)
shuffled = 0
for log in logs:
    for path in [p for p in pathlib.Path(log).rglob("*") if p.is_file()] or [pathlib.Path(log)]:
        for line in path.open():
            if line.startswith('{"Event":"SparkListenerTaskEnd"'):
                metrics = json.loads(line).get("Task Metrics") or {}
                shuffled += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
results = sum(p.stat().st_size for p in pathlib.Path("spark/results").glob("part-*"))
print(f"Spark: {seconds:.0f} processor seconds, {seconds / millions:,.1f} per million; shuffled {shuffled / millions:,.0f} bytes per million, results {results / millions:,.0f}")
PYTHON
