#!/usr/bin/env bash
# How many messages a second one core forwards and decodes, beside pymavlink in the same run.
# pymavlink is taken from the counterparts' environment where there is one, or from the Python named by MAVLINK_PYTHON.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo=${CARGO:-cargo}
python=${MAVLINK_PYTHON:-${CARGO_TARGET_DIR:-target}/counterparts/bin/python}
ours=$($cargo bench --quiet --package onboard --bench wire)
theirs=
if [ -x "$python" ] && "$python" -c 'import pymavlink' 2>/dev/null; then
  theirs=$("$python" -B scripts/bench/link.py onboard/tests/data/copter457.mavlink)
else
  echo "no pymavlink at $python: our figures alone" >&2
fi
printf '%s\n%s\n' "$ours" "$theirs" | awk '
  NF == 2 { rate[$1] = $2; order[++count] = $1 }
  END {
    base = rate["pymavlink_decode"]
    printf "%-28s %14s %14s\n", "one core", "messages/s", "x pymavlink"
    for (at = 1; at <= count; at++) {
      name = order[at]
      printf "%-28s %14d %14s\n", name, rate[name], base ? sprintf("%.1f", rate[name] / base) : "-"
    }
  }'
