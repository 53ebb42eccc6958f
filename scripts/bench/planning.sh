#!/usr/bin/env bash
# The planning table: every class of the planning benchmark, what must be reached, what is, and the reference solvers.
#
#   PLANNING_BENCH  the benchmark's folder (score.py, reference_open.json, instances/)
#   ZONES           a folder with samples of zones (ed269/, openair_switzerland.txt), whose shapes make a file of many
#   CLASSES         some classes only: "coverage patrol tasks replan intercept preflight"
#   SEEDS           the seeds of what chance begins with, "1"; of several the worst is told
#   PICKET          a program to measure in place of the release build
#
# Nothing is written but below the target folder. Ends with 3 when the benchmark is not there.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
benchmark=${PLANNING_BENCH:-../shared/bench/planning}
work=$target/bench
export PYTHONDONTWRITEBYTECODE=1

if [ ! -f "$benchmark/score.py" ]; then
  echo "no planning table: the benchmark is not in $benchmark." >&2
  echo "Say where it is: make bench-planning PLANNING_BENCH=/path/to/bench/planning" >&2
  exit 3
fi

. scripts/bench/environment.sh
environment venv-planning numpy scipy shapely

if [ -z "${PICKET:-}" ]; then
  echo "building picket, release" >&2
  $cargo build --release --quiet --workspace --bin picket
  PICKET=$target/release/picket
fi

exec "$python" scripts/bench/planning.py --benchmark "$benchmark" \
  --zones "${ZONES:-$benchmark/../../data/zones}" --picket "$PICKET" --work "$work/planning" \
  --seeds ${SEEDS:-1} --classes ${CLASSES:-coverage patrol tasks replan intercept preflight}
