#!/usr/bin/env bash
# A twelve-hour night in virtual time. Prints the memory it held at each hour: the last must not exceed the first hours'.
set -euo pipefail
sim=${1:?path of picket-sim}
exec "$sim" run sim/scenarios/kiel-twelve-hours.toml --memory
