#!/usr/bin/env bash
# Says what this machine lacks for `make run` or `make test`, and installs it with apt.
set -euo pipefail
purpose=${1:?run or test}
cd "$(dirname "$0")/.."

if ! command -v cargo >/dev/null; then
  echo "Rust is missing: install a toolchain (1.95 or newer) with rustup, then run make again." >&2
  exit 1
fi

missing=()
need() { command -v "$1" >/dev/null || missing+=("${@:2}"); }
need cc build-essential
need node nodejs
need npm npm
need pkg-config pkg-config
# GStreamer: what the programs are built with, and the plug-ins that video comes and goes through.
with() { pkg-config --exists "$1" 2>/dev/null || missing+=("$2"); }
with gstreamer-video-1.0 libgstreamer-plugins-base1.0-dev
with gstreamer-1.0 libgstreamer1.0-dev
with gstreamer-rtsp-server-1.0 libgstrtspserver-1.0-dev
plugins=$(pkg-config --variable=pluginsdir gstreamer-1.0 2>/dev/null || true)
for plugin in base:videoconvertscale good:rtsp bad:mpegtsmux ugly:x264; do
  [ -e "$plugins/libgst${plugin#*:}.so" ] || missing+=("gstreamer1.0-plugins-${plugin%:*}")
done
[ -e "$plugins/libgstlibav.so" ] || missing+=(gstreamer1.0-libav)
# Debian has the standard library's venv in a package of its own; ONNX Runtime is fetched with it.
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
if [ "$purpose" = test ]; then
  need chromium chromium
  need ffprobe ffmpeg
  for tool in fmt clippy; do
    if ! cargo "$tool" --version >/dev/null 2>&1; then
      echo "cargo $tool is missing: run 'rustup component add rustfmt clippy', then make test again." >&2
      exit 1
    fi
  done
fi

if [ ${#missing[@]} -gt 0 ]; then
  echo "missing on this machine: ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "there is no apt-get here: install these packages by hand, then run make again." >&2
    exit 1
  elif [ "$(id -u)" = 0 ]; then
    as_root=()
  elif command -v sudo >/dev/null && sudo -v; then
    as_root=(sudo)
  else
    echo "installing them needs root. Ask an administrator to run:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "installing them with apt-get"
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  install() {
    "${as_root[@]}" apt-get update -q &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
  }
  if ! install >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install ${missing[*]}; its last words are above." >&2
    exit 1
  fi
fi

node_major=$(node --version | sed -E 's/^v([0-9]+).*/\1/')
if [ "$node_major" -lt 18 ]; then
  echo "node $(node --version) is too old to build the console: 18 or newer is needed." >&2
  exit 1
fi

if ! scripts/onnxruntime.sh; then
  echo "ONNX Runtime could not be fetched: everything but video works without it." >&2
  [ "$purpose" = run ]
fi
