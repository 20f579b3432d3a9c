#!/usr/bin/env bash
# Damaged files for the readers of files, two readers at a time, each for so many seconds:
#   tests/fuzz/run.sh SECONDS [READER..]
# They are others each time, unless $FUZZ_SEED is set, with which they begin alike.
# Built by `cmake --preset fuzz` and `cmake --build --preset fuzz`. Files that reached something new are kept in
# build/fuzz/corpus, where the next run begins; a file that a reader cannot stand in build/fuzz/found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export seconds=$1 folder=build/fuzz
shift
readers=("$@")
[ $# -gt 0 ] || readers=(idx gzip png csv safetensors checkpoint)
[ ! -d /dev/shm ] || export TMPDIR=/dev/shm  # what is written again goes to no disk
mkdir -p $folder/found

feed() {
  local program=$folder/bin/fuzz_$1 corpus=$folder/corpus/$1 log=$folder/found/$1.log
  "$program" --seeds "$corpus"
  if "$program" -seed="${FUZZ_SEED:-0}" -max_total_time="$seconds" -timeout=10 -malloc_limit_mb=64 -artifact_prefix=$folder/found/ \
    "$corpus" >"$log" 2>&1; then
    echo "fuzz_$1: $(tail -n 1 "$log")"
  else
    cat "$log"
    echo "fuzz_$1 failed; again: $program $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)"
    return 1
  fi
}
export -f feed
printf '%s\n' "${readers[@]}" | xargs -P 2 -I '{}' bash -c 'set -euo pipefail; feed {}'
