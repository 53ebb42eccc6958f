#!/usr/bin/env bash
# The tracking table: our tracker beside Stone Soup and the oracle of perfect association.
#
#   TRACKING_BENCH    the benchmark's folder (make_scenarios.py, score.py, oracle.py, run_stonesoup.py, data/)
#   SEEDS             the seeds to average over, "1 2 3"; ones that the folder does not hold are generated
#   STONE_SOUP_SEEDS  those that Stone Soup runs on as well, "1": it takes minutes
#   FAMILIES          some families only; FRESH=1 runs Stone Soup again; NO_SCALE=1 leaves the scaling out
#   PICKET            a program to measure in place of the release build
#
# Nothing is written but below the target folder. Ends with 3 when the benchmark is not there.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
benchmark=${TRACKING_BENCH:-../shared/bench/tracking}
work=$target/bench
export PYTHONDONTWRITEBYTECODE=1

if [ ! -f "$benchmark/score.py" ]; then
  echo "no tracking table: the benchmark is not in $benchmark." >&2
  echo "Say where it is: make bench-tracking TRACKING_BENCH=/path/to/bench/tracking" >&2
  exit 3
fi

. scripts/bench/environment.sh
environment venv numpy scipy stonesoup==1.9.1

if [ -z "${PICKET:-}" ]; then
  echo "building picket, release" >&2
  $cargo build --release --quiet -p ground-station --bin picket
  PICKET=$target/release/picket
fi

options=()
[ -n "${FAMILIES:-}" ] && options+=(--families $FAMILIES)
[ -n "${FRESH:-}" ] && options+=(--fresh)
[ -n "${NO_SCALE:-}" ] && options+=(--no-scale)
exec "$python" scripts/bench/tracking.py --benchmark "$benchmark" --picket "$PICKET" --work "$work/tracking" \
  --seeds ${SEEDS:-1 2 3} --stone-soup-seeds ${STONE_SOUP_SEEDS:-1} "${options[@]}"
