#!/bin/sh
# Runs a program that learns as several processes until it has ended, and lets it go on from its checkpoint when it was
# killed, or one of its processes was:
#
#     examples/distributed/restart.sh mpirun -n 4 build/release/bin/cnn_autoencoder --shards 4
#
# After $FAILURES of them, else 5, it gives up. Ctrl-C and SIGTERM stop it, with a checkpoint.

failures=${FAILURES:-5}

stop() {
  kill -TERM "$job" 2>/dev/null  # mpirun tells all processes
  wait "$job"
  exit "$1"
}
trap 'stop 130' INT
trap 'stop 143' TERM

while :; do
  "$@" --resume &  # not in the foreground, where signals would wait for its end
  job=$!
  wait "$job" && exit 0
  failures=$((failures - 1))
  if [ "$failures" -le 0 ]; then
    echo "$0: failed too often" >&2
    exit 1
  fi
  echo "$0: goes on from the last checkpoint" >&2
  sleep 1
done
