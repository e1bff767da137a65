#!/usr/bin/env bash
# Fuses and scores on a real Spark cluster (spark/run.sh), with an executor and a worker process killed in the middle, and
# compares with the command:
#   bash reference/spark.sh [FOLDER]
# Spark 4.1.4 is that of PyPI, in FOLDER/venv-spark (default: .ci/tools); it needs Java 17. A master and two workers run on
# this machine, on ports of their own of the loopback. Where the package or Java cannot be had, nothing is run: the script
# says so and does not fail.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(realpath "${1:-.ci/tools}")

skip() {
  echo "nothing is run in Spark: $1"
  exit 0
}

[ "$(uname)" = Linux ] || skip "this is not Linux"
java=$(ls -d /usr/lib/jvm/*17* 2>/dev/null | head -n 1 || true)
if [ -z "$java" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends openjdk-17-jre-headless; } >/dev/null 2>&1 || true
  java=$(ls -d /usr/lib/jvm/*17* 2>/dev/null | head -n 1 || true)
fi
[ -n "$java" ] || skip "there is no Java 17"
export JAVA_HOME=$java
venv=$tools/venv-spark
if [ ! -e "$venv/ready" ]; then
  { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --no-deps pyspark==4.1.4 && touch "$venv/ready"; } >/dev/null 2>&1 ||
    skip "pip could not install pyspark 4.1.4"
fi
SPARK_HOME=$(echo "$venv"/lib/python3*/site-packages/pyspark)
export SPARK_HOME SPARK_LOCAL_IP=127.0.0.1

out=$(mktemp -d)
pids=()
finish() {
  kill "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true
  rm -rf "$out"
}
trap finish EXIT
port=$((20000 + $$ % 20000))
"$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.master.Master -h 127.0.0.1 -p $port --webui-port $((port + 1)) >"$out/master.log" 2>&1 &
pids+=($!)
for i in 1 2; do
  "$SPARK_HOME/bin/spark-class" org.apache.spark.deploy.worker.Worker -c 1 -m 1000m -d "$out/worker$i" --webui-port $((port + 1 + i)) \
    spark://127.0.0.1:$port >"$out/worker$i.log" 2>&1 &
  pids+=($!)
done

CGO_ENABLED=0 go build -o "$out/hubdata" ./cmd/hubdata
run=$PWD/spark/run.sh
cd "$out"
./hubdata demo --quiet --no-convert --seed 7 demo
data=$out/demo/predictions
models=() inputs=() files=()
for file in "$data"/*.segm.json; do
  name=$(basename "$file" .segm.json)
  models+=(--model "$name=$file")
  inputs+=("$name=$file") files+=("$name=$file")
done
# One of the models as JSON lines in two files of a folder.
mkdir vit
./hubdata check --fix -o vit/all.jsonl "$data/vit.segm.json" >/dev/null || true
[ -s vit/all.jsonl ] || { echo "check wrote no JSON lines" >&2; exit 1; }
head -n 100 vit/all.jsonl >vit/1.jsonl
tail -n +101 vit/all.jsonl | gzip >vit/2.jsonl.gz
rm vit/all.jsonl
inputs=("${inputs[@]/vit=*/vit=$out/vit}")

# A program whose __fuse and __score wait at first, so that something can be killed meanwhile; not when the launcher runs
# them without rows.
cat >slow <<SLOW
#!/usr/bin/env bash
case \$1 in
__fuse | __score)
  if [ ! /dev/stdin -ef /dev/null ]; then
    echo \$\$ \$PPID >>"$out/running"
    while [ ! -e "$out/go" ]; do sleep 0.1; done
  fi ;;
esac
exec "$out/hubdata" "\$@"
SLOW
chmod +x slow
export HUBDATA=$out/slow SHARDS=6 TASKS=2 SPARK_MASTER=spark://127.0.0.1:$port
export SPARK_FLAGS="--driver-memory 700m --executor-memory 700m --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1"

until_running() {
  for _ in $(seq 6000); do
    if [ -s running ]; then return; fi
    sleep 0.1
  done
  echo "no worker started" >&2
  tail -n 20 "$1/spark.log" >&2
  exit 1
}

# executor is the process of Java that a worker process is below.
executor() {
  local pid=$1
  while [ "$pid" -gt 1 ]; do
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q CoarseGrainedExecutorBackend; then echo "$pid"; return; fi
    pid=$(awk '/^PPid:/ {print $2}' "/proc/$pid/status")
  done
}

# A fusion whose executor is killed.
"$run" fuse fused "${inputs[@]}" -- "$out/demo" &
job=$!
until_running fused
read -r pid _ <running
kill -9 "$(executor "$pid")"
sleep 1
: >go
wait $job
./hubdata pseudo --quiet "${models[@]}" --results whole.jsonl -o sets demo
zcat fused/results/part-* | LC_ALL=C sort >fused.txt
LC_ALL=C sort whole.jsonl | cmp - fused.txt
grep -aq 'Lost executor\|ExecutorLostFailure\|Lost task' fused/spark.log || { echo "no executor was lost" >&2; exit 1; }
echo "equal: $(wc -l <fused.txt) fused results, with an executor killed"

# A score, with a worker process killed.
rm -f running go
truth=$out/demo/ds3_truth.json
by=(--by source_wsi,size --table "$out/demo/tile_meta.csv")
"$run" score scored "$truth" "$out/vit" -- "${by[@]}" >scored.txt 2>scored.err &
job=$!
until_running scored
read -r pid _ <running
kill -9 "$pid"
: >go
wait $job || { cat scored.err >&2; exit 1; }
./hubdata eval --quiet "${by[@]}" "$truth" "$data/vit.segm.json" >whole.txt
cmp scored.txt whole.txt
grep -q source_wsi scored.txt || { echo "no scores by slide" >&2; exit 1; }
echo "equal: the score and those of slides, with a worker process killed"

# Sets of labels by slide.
"$run" label labels "${files[@]}" -- --thr 0.5,0.6 "$out/demo"
slides=0
for dir in labels/sets/*; do
  slide=$(basename "$dir")
  ./hubdata pseudo --quiet "${models[@]}" --wsi "$slide" --thr 0.5,0.6 -o "slide$slide" demo
  diff -r "$dir" "slide$slide"
  slides=$((slides + 1))
done
[ $slides -gt 1 ] || { echo "found sets of $slides slides" >&2; exit 1; }
echo "equal: the sets of $slides slides"

# Wrong data fail at once, with file and record.
mkdir bad
sed '3s/"score":[0-9.]*/"score":"x"/' vit/1.jsonl >bad/1.jsonl
code=0
"$run" fuse failed "${inputs[@]/vit=*/vit=$out/bad}" -- "$out/demo" 2>failed.txt || code=$?
tries=$(grep -ac 'Lost task' failed/spark.log || true)
if [ $code -ne 3 ] || ! grep -q 'bad/1.jsonl: \[2\].score' failed.txt || [ -e failed/results/_SUCCESS ]; then
  echo "wrong data: exit code $code" >&2
  cat failed.txt >&2
  exit 1
fi
echo "refused: $(cat failed.txt) ($tries failed tasks)"
