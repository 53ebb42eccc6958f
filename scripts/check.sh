#!/usr/bin/env bash
# Every check, in the order that fails soonest; then what took long, and the test runners' own summary lines.
set -uo pipefail
make=${MAKE:-make}
logs=$(mktemp -d)
trap 'wait; rm -rf "$logs"' EXIT
times=()

step() { # step NAME TARGET
  local begun=$SECONDS
  echo
  echo "== $1"
  $make --no-print-directory "$2" 2>&1 | tee "$logs/$2.log"
  ended "$1" "$2" "${PIPESTATUS[0]}" $((SECONDS - begun))
}

begin() { # begin TARGET: a step that waits more than it computes goes on beside the next ones, until `join`
  {
    local begun=$SECONDS
    $make --no-print-directory "$1" >"$logs/$1.log" 2>&1
    echo "$? $((SECONDS - begun))" >"$logs/$1.ended"
  } &
}

join() { # join NAME TARGET
  wait
  echo
  echo "== $1"
  cat "$logs/$2.log"
  local status=1 took=0
  read -r status took <"$logs/$2.ended"
  ended "$1" "$2" "$status" "$took"
}

ended() { # ended NAME TARGET STATUS SECONDS
  times+=("$(printf '%5d s  %s' "$4" "$1")")
  if [ "$3" -ne 0 ]; then
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
step "building programs and tests" build-tests
begin counterparts-live
step "unit, property and integration tests, scenarios" unit
join "counterparts, beside those" counterparts-live
step "browser" browser-live

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
