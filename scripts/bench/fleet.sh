#!/usr/bin/env bash
# The fleet's table: how much faster than real time vehicles fly in virtual time, and how punctual live ones beat.
#
#   SECONDS_LIVE  how long the live fleet flies, 60
#   PICKET_SIM    a program to measure in place of the release build
#
# A figure that is missed is said so in the table; the status is 0 all the same, since a busy machine misses them too.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-target}
if [ -z "${PICKET_SIM:-}" ]; then
  ${CARGO:-cargo} build --release -p sim --bin picket-sim
  PICKET_SIM=$target/release/picket-sim
fi
seconds=${SECONDS_LIVE:-60}
work=$(mktemp -d)
live=
trap 'if [ -n "$live" ]; then kill "$live" 2>/dev/null || true; fi; rm -rf "$work"' EXIT

virtual() { # virtual NAME VEHICLES KINDS SECONDS THREADS
  "$PICKET_SIM" fleet --virtual -n "$2" --kind "$3" --duration "$4" --threads "$5" --report "$work/$1.json" >/dev/null
}
kinds=copter,plane,vtol,boat,sub
virtual one 1 copter 3600 1
virtual fleet-1 200 $kinds 60 1
virtual fleet-2 200 $kinds 60 2

# The port is free until the listener takes it, and the fleet sends to nobody before.
port=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 -B scripts/bench/listen.py "$port" 50 "$seconds" >"$work/listener" &
listener=$!
"$PICKET_SIM" fleet -n 50 --kind $kinds --udp-out "$port" --duration "$((seconds + 2))" --report "$work/live.json" >/dev/null &
live=$!
wait "$listener"
wait "$live"
live=
python3 -B - "$work" <<'TABLE'
import json, sys
from pathlib import Path

work = Path(sys.argv[1])
read = lambda name: json.loads((work / name).read_text())
one, single, double, live = (read(f"{name}.json") for name in ("one", "fleet-1", "fleet-2", "live"))
heard = json.loads((work / "listener").read_text().splitlines()[-1])
times = lambda it: it["seconds"] / it["took_s"]
rate = lambda it: it["frames"] / (it["vehicles"] * it["seconds"])


def row(what, figure, wanted, reached):
    print(f"{what:<58} {figure:>22}  {wanted:>14}  {'reached' if reached else 'MISSED'}")


print(f"{'virtual time, every stream in every step':<58} {'measured':>22}  {'wanted':>14}")
row(f"1 vehicle, {one['seconds']:.0f} s, 1 thread, {rate(one):.0f} messages/s", f"{times(one):.0f} × real time", "≥ 5000 ×", times(one) >= 5000)
row(f"200 vehicles, 60 s, 1 thread, {rate(single):.0f} messages/s each", f"{times(single):.1f} × real time", "", True)
row(f"200 vehicles, 60 s, 2 threads", f"{times(double):.1f} × real time", "≥ 20 ×", times(double) >= 20)
row("two threads over one", f"{times(double) / times(single):.2f}", "", True)
same = single["digest"] == double["digest"]
row("digest of every byte, one thread and two", single["digest"][:16] if same else "different", "equal", same)
print()
print(f"{'live, 50 vehicles, real time':<58} {'measured':>22}  {'wanted':>14}")
ours, theirs = live["heartbeats"], heard
row(f"heartbeats where they arrive, off 1 s, {theirs['intervals']} intervals", f"{theirs['greatest_ms']:.1f} ms at most", "≤ 50 ms", theirs["within_50_ms"])
row("  half of them, and 99 of 100", f"{theirs['median_ms']:.1f} ms, {theirs['p99_ms']:.1f} ms", "", True)
row("heartbeats where they leave", f"{ours['greatest_ms']:.1f} ms at most", "≤ 50 ms", ours["greatest_ms"] <= 50)
row("messages heard", f"{heard['messages_per_second']} /s", "", True)
TABLE
