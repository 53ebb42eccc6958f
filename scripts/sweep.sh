#!/usr/bin/env bash
# Flies every shipped scenario with each of the seeds given; ends with a table, and 1 if any expectation failed.
set -uo pipefail
sim=${1:?path of picket-sim}; shift
failed=0
for scenario in $("$sim" list --names); do
  for seed in "$@"; do
    if "$sim" run "$scenario" --seed "$seed" --quiet; then :; else failed=1; fi
  done
done
exit $failed
