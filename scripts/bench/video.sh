#!/usr/bin/env bash
# The table of the eyes: what must be reached, beside it what is, in one run.
#
#   VIDEO_BENCH   the image tracker's benchmark (moteval.py, sequences/)
#   VIDEO_DATA    recordings: ir_drone/*.mp4 with *.gt.txt beside them
#   PICKET_SENSOR a program to measure in place of the release build
#   REPEAT        how often the speed recording is played in a row, "8"; 360 of them are an hour and a half
#
# Nothing is written but below the target folder. What is not on this machine is said and left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
benchmark=${VIDEO_BENCH:-../shared/bench/video}
data=${VIDEO_DATA:-../shared/data/video}
work=$target/bench
mkdir -p "$work/video"

scripts/onnxruntime.sh
if [ -z "${PICKET_SENSOR:-}" ]; then
  echo "building picket-sensor, release" >&2
  $cargo build --release --quiet --workspace --bin picket-sensor
  PICKET_SENSOR=$target/release/picket-sensor
fi
export ORT_DYLIB_PATH=${ORT_DYLIB_PATH:-$(realpath "$target/onnxruntime/libonnxruntime.so")}

# Two cores, as a small computer on board has.
two_cores=()
command -v taskset >/dev/null && two_cores=(taskset -c 0,1)

. scripts/bench/environment.sh
[ ! -f "$benchmark/moteval.py" ] || environment venv-video numpy trackeval==1.3.0

for clip in "$data"/ir_drone/*.mp4; do
  [ -f "$clip" ] || { echo "no recordings in $data/ir_drone: the lines about them are left out." >&2; break; }
  name=$(basename "$clip" .mp4)
  "$PICKET_SENSOR" video "$clip" --boxes "${clip%.mp4}.gt.txt" --out "$work/video/$name.jsonl" >"$work/video/clip-$name.txt"
  speed=$clip
done
if [ -n "${speed:-}" ]; then
  "${two_cores[@]}" "$PICKET_SENSOR" video "$speed" --size 960x544 --delay-frames 0 --repeat "${REPEAT:-8}" \
    >"$work/video/speed.txt"
fi
if [ -f "$benchmark/moteval.py" ]; then
  mkdir -p "$work/video/mot/picket"
  "$PICKET_SENSOR" mot "$benchmark/sequences" "$work/video/mot/picket" >"$work/video/mot.txt"
  "$python" "$benchmark/moteval.py" "$benchmark/sequences" "$work/video/mot" picket >"$work/video/moteval.txt"
else
  echo "the image tracker's benchmark is not in $benchmark: its lines are left out." >&2
fi
exec python3 scripts/bench/video.py "$work/video" "$benchmark/reference_open.txt" detection/vision/models/small-targets.toml
