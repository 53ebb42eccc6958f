#!/usr/bin/env bash
# Every check, in the order that fails soonest; then what took long, and the test runners' own summary lines.
set -uo pipefail
make=${MAKE:-make}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
times=()

step() { # step NAME TARGET
  local begun=$SECONDS
  echo
  echo "== $1"
  $make --no-print-directory "$2" 2>&1 | tee "$logs/$2.log"
  local status=${PIPESTATUS[0]}
  times+=("$(printf '%5d s  %s' $((SECONDS - begun)) "$1")")
  if [ "$status" -ne 0 ]; then
    echo
    echo "$1: failed (make $2 repeats this step alone)"
    exit 1
  fi
}

step "formatting" fmt
step "console: types and unit tests" console-check
step "console: page" console
step "clippy" lint
step "documentation" doc
step "unit, property and integration tests, scenarios" unit
step "browser" browser-live
step "counterparts" counterparts-live

echo
echo "== what took how long"
printf '%s\n' "${times[@]}" | sort -rn
echo
echo "== summary"
grep -hE '^ *(Test Files|Tests) ' "$logs/console-check.log" | sed 's/^ */console: /' || true
grep -hE '^(# |ℹ )(tests|pass|fail) ' "$logs/browser-live.log" || true
grep -hE '^[0-9]+ tests with counterparts' "$logs/counterparts-live.log" || true
awk '/^test result:/ { passed += $4; failed += $6; ignored += $8 }
  END { printf "test result: ok. %d passed; %d failed; %d ignored\n%d passed, %d failed\n", passed, failed, ignored, passed, failed }' \
  "$logs/unit.log"
