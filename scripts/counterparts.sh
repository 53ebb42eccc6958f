#!/usr/bin/env bash
# Real clients against the simulated autopilots, and a real autopilot library under picket-onboard (docs/counterparts.md).
# The programs are built already. The counterparts are installed, at pinned versions, into a folder beside them.
set -euo pipefail
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}
tests=sim/counterparts
venv=$CARGO_TARGET_DIR/counterparts
stamp=$venv/requirements.txt

if ! cmp -s "$tests/requirements.txt" "$stamp"; then
  echo "installing the counterparts (once)"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$tests/requirements.txt"
  cp "$tests/requirements.txt" "$stamp"
fi
exec "$venv/bin/python" -B "$tests/run.py" "$@"
