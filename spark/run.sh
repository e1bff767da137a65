#!/usr/bin/env bash
# Fuses predictions, makes pseudo-labels, or scores results, on Spark with the numbers of one machine. See docs/scale.md.
#
#   spark/run.sh fuse OUT NAME=PATH... -- FLAGS      FLAGS of hubdata pseudo: --images unlabelled.json --preset winner
#   spark/run.sh label OUT NAME=PATH... -- FLAGS     the same: --thr 0.6 FOLDER; sets/N has those of the slide N
#   spark/run.sh score OUT GT RESULTS -- FLAGS       FLAGS of hubdata eval: --type bbox --by source_wsi. GT has the ids of
#                                                    RESULTS; "hubdata filter" makes one of some images
#
# PATH and RESULTS are files of results, or folders of such files: JSON lists, or JSON lines. All paths are the same on
# all nodes, and so is the program; those in FLAGS begin with /. OUT is made; Spark writes its folder results, lines or
# parts, with the file _SUCCESS.
#
#   SPARK_HOME    Spark 4.1 (the package pyspark has it)
#   SPARK_MASTER  such as spark://host:7077; default local[2]
#   HUBDATA       the program; default hubdata
#   SHARDS        default 64: a shard is held in memory
#   TASKS         default 8: files that are read in parallel
#   SPARK_FLAGS   more flags of spark-sql
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() { sed -n '2,20s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
[ $# -ge 3 ] || usage
what=$1 out=$2
shift 2
inputs=() flags=()
while [ $# -gt 0 ]; do
  if [ "$1" = -- ]; then shift; flags=("$@"); break; fi
  inputs+=("$1"); shift
done
: "${SPARK_HOME:?is the folder of Spark}"
hubdata=$(command -v "${HUBDATA:-hubdata}") || { echo "run.sh: no program ${HUBDATA:-hubdata}: set HUBDATA" >&2; exit 2; }
hubdata=$(realpath "$hubdata")
shards=${SHARDS:-64} tasks=${TASKS:-8}
for number in "$shards" "$tasks"; do
  case $number in '' | *[!0-9]* | 0* | ????????*) echo "run.sh: found $number, expected SHARDS and TASKS to be numbers from 1" >&2; exit 2 ;; esac
done
if [ -e "$out" ]; then echo "run.sh: $out exists: name another folder" >&2; exit 1; fi
mkdir -p "$out"
out=$(cd "$out" && pwd)
trap 'rm -rf "$out"' EXIT # until Spark starts: a wrong command line leaves nothing
case $out in *[][{}*?,:]*) echo "run.sh: $out has a character that Spark would take for a pattern: name another folder" >&2; exit 2 ;; esac
failed=$out/failed.txt

# quote writes words for the shell that Spark starts, inside a string of SQL.
quote() {
  local word text=
  for word; do
    case $word in *[\'\\\;\$\"\`$'\n\t']*) echo "run.sh: $word has a character that SQL or the shell would take: rename it" >&2; exit 2 ;; esac
    text+=" \"$word\""
  done
  printf %s "${text# }"
}

# list adds the files of a path to the list of inputs.
source=0
list() { # model path
  local file found=()
  if [ -d "$2" ]; then
    while IFS= read -r file; do found+=("$file"); done < <(find "$2" -type f \( -name '*.json' -o -name '*.jsonl' -o -name '*.json.gz' -o -name '*.jsonl.gz' \
      -o -name '*.json.zst' -o -name '*.jsonl.zst' \) | LC_ALL=C sort)
    [ ${#found[@]} -gt 0 ] || { echo "run.sh: $2 has no file of results" >&2; exit 1; }
  elif [ -f "$2" ]; then
    found=("$2")
  else
    echo "run.sh: no file or folder $2" >&2; exit 1
  fi
  for file in "${found[@]}"; do
    printf '%s\t%s\t%d\n' "$(realpath "$file")" "$1" "$source" >> "$out/files.tsv"
    source=$((source + 1))
  done
}

common=(--shards "$shards" --failed "$failed")
case $what in
fuse | label)
  models=()
  for input in "${inputs[@]}"; do
    case $input in ?*=?*) ;; *) echo "run.sh: $input is not NAME=PATH" >&2; exit 2 ;; esac
    list "${input%%=*}" "${input#*=}"
    models+=(--model "${input%%=*}=rows")
  done
  [ ${#models[@]} -gt 0 ] || usage
  by=() folder=results
  if [ "$what" = label ]; then by=(--by-slide) folder=lines; fi
  split=$(quote "$hubdata" __split "${by[@]}" "${common[@]}" "${models[@]}" "${flags[@]}")
  step=$(quote "$hubdata" "__$what" "${common[@]}" "${models[@]}" "${flags[@]}")
  sql=fuse ;;
score)
  [ ${#inputs[@]} -eq 2 ] || usage
  truth=$(realpath "${inputs[0]}")
  list results "${inputs[1]}"
  split=$(quote "$hubdata" __split "${common[@]}" --model results=rows --images "$truth" "$out")
  step=$(quote "$hubdata" __score "${common[@]}" "${flags[@]}" "$truth" "$(basename "${inputs[1]}")")
  folder=parts sql=score ;;
*) usage ;;
esac

# A first run of the workers without rows finds what is wrong with the flags, in the root folder since workers have folders
# of their own: a path must not begin here.
for worker in "$split" "$step"; do
  (cd / && bash -c "$worker" </dev/null >/dev/null) || { echo "run.sh: nothing was started: mend FLAGS; their paths begin with /" >&2; exit 2; }
done

trap - EXIT
status=0
cat "$here/rows.sql" "$here/$sql.sql" > "$out/job.sql"
"$SPARK_HOME/bin/spark-sql" --master "${SPARK_MASTER:-local[2]}" --conf spark.sql.catalogImplementation=in-memory --conf spark.ui.enabled=false \
  ${SPARK_FLAGS:-} -d files="$out/files.tsv" -d tasks="$tasks" -d partitions="$shards" -d shards="$shards" \
  -d split="$split" -d "$sql=$step" -d out="$out/$folder" -f "$out/job.sql" > "$out/spark.log" 2>&1 || status=$?
if [ -e "$failed" ]; then
  echo "run.sh: $(cat "$failed")" >&2
  exit 3
fi
if [ $status -ne 0 ] || [ ! -e "$out/$folder/_SUCCESS" ]; then
  grep -a 'hubdata: \|ERROR' "$out/spark.log" | tail -5 >&2 || true
  echo "run.sh: Spark failed: see $out/spark.log" >&2
  exit 1
fi
case $what in
label) "$hubdata" __files "$out/sets" "$out"/lines/part-* ;;
score)
  "$hubdata" __files "$out/merged" "$out"/parts/part-*
  by=()
  for ((i = 0; i < ${#flags[@]}; i++)); do
    case ${flags[i]} in
    --by) by=(--by "${flags[i + 1]}") ;;
    --by=*) by=("${flags[i]}") ;;
    esac
  done
  "$hubdata" eval --merge "${by[@]}" "$out"/merged/*.part ;;
esac
