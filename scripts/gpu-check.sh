#!/usr/bin/env bash
# Examines the NVIDIA card of this machine: self-test, every kernel against the reference to n = 16,384, speed, telemetry.
# Prints one JSON object and nothing else to standard output; progress goes to standard error. Needs Linux, bash, coreutils
# and the card's driver, and nothing from a network. `make gpu-check` builds what lies beside this script. Arguments are
# passed on (gpu-check -help); JOULE_GPU_BACKEND=opencl or cpu checks something else than CUDA.
#
# Exit status: 0 the card agrees with the reference, 1 it does not or the time was up, 2 wrong arguments, 3 no card, driver
# or program to run.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
limit=${GPU_CHECK_SECONDS:-475} # the program stops itself before that, unless the driver hangs

refuse() { # status, field, text
  local text=${3//\\/\\\\}
  text=${text//\"/\\\"}
  text=$(printf '%s' "$text" | tr -d '\000-\037')
  if [[ $2 == missing ]]; then text="[\"$text\"]"; else text="\"$text\""; fi
  printf '{\n  "ok": false,\n  "%s": %s\n}\n' "$2" "$text"
  exit "$1"
}

# The first has NVML and needs a C library of this age; the second needs less and has no telemetry.
program=
for name in gpu-check gpu-check-plain; do
  if [[ -x $here/$name ]] && why=$("$here/$name" -version 2>&1); then
    program=$here/$name
    break
  fi
done
[[ $program ]] || refuse 3 missing "neither gpu-check nor gpu-check-plain runs in $here: ${why:-they are not there; make gpu-check builds them}"

report=$(timeout --kill-after=2 "$limit" "$program" "$@")
status=$?
if [[ $status == 124 || $status == 137 ]]; then
  refuse 1 error "stopped after $limit s: the driver does not answer"
elif [[ $report != '{'* ]]; then
  [[ $status == 0 ]] && status=1
  refuse "$status" error "$(basename "$program") ended with status $status and without a report"
fi
printf '%s\n' "$report"
exit "$status"
