#!/usr/bin/env bash
# The benchmark tables, release build, one after the other so that they do not disturb each other.
set -euo pipefail
cargo=${CARGO:-cargo}
$cargo bench --workspace --benches
"$(dirname "$0")/bench/fleet.sh"
# 3: the benchmark is not on this machine, and has said so.
"$(dirname "$0")/bench/planning.sh" || [ $? = 3 ]
"$(dirname "$0")/bench/tracking.sh" || [ $? = 3 ]
"$(dirname "$0")/bench/video.sh"
