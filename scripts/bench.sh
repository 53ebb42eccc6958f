#!/usr/bin/env bash
# The benchmark tables, release build, one after the other so that they do not disturb each other.
set -euo pipefail
cargo=${CARGO:-cargo}
$cargo bench --workspace --benches
