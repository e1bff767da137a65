#!/usr/bin/env bash
# Runs a command of hubdata in shards, as an array of Slurm jobs. See docs/scale.md.
#
#   slurm/array.sh N OUT [OPTION OF SBATCH...] -- COMMAND...
#
# {} is the number of the shard, from 1 to N, in OUT and in COMMAND. OUT is a file that the command writes. Only shards
# whose OUT is not there are submitted: run the same line again after a failure, until it says that nothing is missing.
#
#   slurm/array.sh 40 fused/{}.jsonl --time=30 -- hubdata pseudo --shard {}/40 --results fused/{}.jsonl --images all.json
#   slurm/array.sh 40 parts/{}.part --time=30 -- hubdata eval --shard {}/40 --partial-out parts/{}.part truth.json results.jsonl
#   slurm/array.sh 14 sets/{}.json --time=30 -- hubdata convert --wsi {} -o sets/{}.json hubmap
#
# WAIT=1 waits for the end of the jobs. The shards are then merged with "hubdata merge --manifests", "hubdata eval
# --merge" or "hubdata merge", which refuse a shard that is missing, duplicate or of another run.
set -euo pipefail
usage() { sed -n '2,17s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
[ $# -ge 4 ] || usage
n=$1 out=$2
shift 2
case $n in '' | *[!0-9]* | 0* | ????????*) echo "array.sh: found $n shards, expected a number from 1 to 9999999" >&2; exit 2 ;; esac
case $out in *'{}'*) ;; *) echo "array.sh: $out has no {}: all shards would write one file" >&2; exit 2 ;; esac
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
[ $# -gt 1 ] || usage
shift
case "$*" in *'{}'*) ;; *) echo "array.sh: the command has no {}: all shards would be the same" >&2; exit 2 ;; esac
before=
for word; do
  shard=
  case $word in --shard=*) shard=${word#--shard=} ;; *) [ "$before" != --shard ] || shard=$word ;; esac
  case $shard in
  "{}/$n") ;;
  '{}/'*) echo "array.sh: found --shard $shard and $n shards, expected --shard {}/$n" >&2; exit 2 ;;
  esac
  before=$word
done

missing=()
for ((i = 1; i <= n; i++)); do
  [ -e "${out//'{}'/$i}" ] || missing+=("$i")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "all $n shards are there"
  exit 0
fi
for i in "${missing[@]}"; do
  file=${out//'{}'/$i}
  case $file in ?*/*) [ -d "${file%/*}" ] || mkdir -p "${file%/*}" ;; esac
done

# The words of the command for a shell, with the variable of Slurm in place of {}. What is around it is quoted part by part:
# in a word with other letters than ASCII's, %q leaves {} as it is.
line=
for word; do
  quoted=
  while [[ $word == *'{}'* ]]; do
    [ -z "${word%%'{}'*}" ] || quoted+=$(printf %q "${word%%'{}'*}")
    quoted+='${SLURM_ARRAY_TASK_ID}'
    word=${word#*'{}'}
  done
  [ -z "$word" ] && [ -n "$quoted" ] || quoted+=$(printf %q "$word")
  line+=" $quoted"
done

# The shards that are missing as Slurm has them: 1-40,42.
ranges=
for ((i = 0; i < ${#missing[@]}; i = j + 1)); do
  for ((j = i; j + 1 < ${#missing[@]} && missing[j + 1] == missing[j] + 1; j++)); do :; done
  ranges+=${ranges:+,}${missing[i]}
  [ "$i" -eq "$j" ] || ranges+=-${missing[j]}
done
[ -z "${WAIT:-}" ] || options+=(--wait)
echo "submitting ${#missing[@]} of $n shards: $ranges"
sbatch --parsable --job-name=hubdata --no-requeue "${options[@]}" --array="$ranges" <<SCRIPT
#!/usr/bin/env bash
exec$line
SCRIPT
