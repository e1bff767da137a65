# Slurm's daemons for a script of this folder, which sources this file in the root of the repository:
#   source reference/slurm_daemons.sh
#   start_slurm NODES "CPUs=1 ..." <<'CONF'
#   PartitionName=all Nodes=n1,n2 Default=YES State=UP
#   CONF
# The daemons are those of Debian, on this machine alone, with their own ports and files, which are in the folder $out and
# end with the script. Where they are missing, they are installed (apt-get, as root); where that is not possible, nothing
# is run: the script says so and does not fail.

skip() {
  echo "nothing is run in Slurm: $1"
  exit 0
}

[ "$(uname)" = Linux ] || skip "this is not Linux"
[ "$(id -u)" = 0 ] || skip "its daemons need root here"
export PATH=$PATH:/usr/sbin
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  command -v apt-get >/dev/null || skip "there is no slurmctld, and no apt-get"
  DEBIAN_FRONTEND=noninteractive flock /tmp/hubdata-apt.lock \
    sh -c 'apt-get update && apt-get install -y --no-install-recommends slurm-wlm munge' >/dev/null 2>&1 ||
    skip "apt-get could not install slurm-wlm and munge"
fi

out=$(mktemp -d)
chmod 755 "$out"
daemons=()
finish() {
  kill "${daemons[@]}" 2>/dev/null || true
  wait "${daemons[@]}" 2>/dev/null || true
  rm -rf "$out"
}
trap finish EXIT

# daemon starts one in the background.
daemon() {
  "$@" >/dev/null 2>&1 &
  daemons+=($!)
}

# idle_nodes counts the nodes that wait for jobs; a node of two partitions is listed twice.
idle_nodes() { sinfo --noheader --Node --format='%N %T' 2>/dev/null | sort -u | grep -c ' idle$'; }

# start_slurm starts a controller and nodes n1, n2, ... with these properties, and waits until they are idle. Standard
# input has the partitions.
start_slurm() {
  local nodes=$1 properties=$2 host port i
  host=$(hostname -s)
  port=$((20000 + $$ % 20000)) # that no other Slurm of this machine has
  (umask 077 && head -c 1024 /dev/urandom >"$out/munge.key")
  daemon munged --foreground --force --key-file="$out/munge.key" --socket="$out/munge.socket" \
    --pid-file="$out/munge.pid" --seed-file="$out/munge.seed" --log-file="$out/munge.log" --num-threads=4
  {
    cat <<CONF
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
CONF
    for i in $(seq "$nodes"); do
      echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + i)) RealMemory=1000 $properties"
    done
    cat
  } >"$out/slurm.conf"
  export SLURM_CONF=$out/slurm.conf
  mkdir "$out/state"
  daemon slurmctld -D -c
  for i in $(seq "$nodes"); do
    mkdir "$out/spool-n$i"
    daemon slurmd -D -N "n$i"
  done
  for _ in $(seq 60); do
    if [ "$(idle_nodes)" = "$nodes" ]; then return; fi
    sleep 0.5
  done
  tail -n 5 "$out"/*.log >&2 || true
  skip "its daemons do not start here"
}
