#!/usr/bin/env bash
# Makes a detector of persons, boats and vehicles, for whoever wants one: TARGET/objects/objects.onnx and objects.toml, or in the
# folder that is named. Nothing of it is shipped with Picket.
#
# The weights lie in a package on npm, pinned by version and hash. Two of its files are taken out, the object detector's graph and its
# weights, by name; the package also holds models of faces, hands and bodies, none of which is unpacked or looked at. What is taken
# out, and what is made of it, has to have the hashes that are written here.
set -euo pipefail
cd "$(dirname "$0")/.."
package=@vladmandic/human@3.3.6
integrity=Nr5mPfq1gQ+uKeXY5uM3Fj8UxvF5CEh2s6txM5wRThqaW0mF9huooOuZSrT8hhGho0hGaXLFdAwfD/2+teCv6A==
graph=package/models/centernet.json
weights=package/models/centernet.bin
hash_graph=bfb942eaacc5becf738d536663bc4580a0ae9e560722306e6d4dd7fe4a09de05
hash_weights=1b635a15009071f506f9f2b3519b31c072c534888989f30d269ffd44734ef7ef
hash_model=cb8d64c32ba8cf74668f333724aef8b7ff891153d4672df903d232fab9d31394

target=${CARGO_TARGET_DIR:-target}
folder=${1:-$target/objects}
work=$target/bench
has() { [ "$(sha256sum "$2" 2>/dev/null | cut -d' ' -f1)" = "$1" ]; }
told() {
  echo "$folder/objects.onnx: $(stat -c %s "$folder/objects.onnx") bytes, SHA-256 $hash_model; the card is $folder/objects.toml"
}
if has "$hash_model" "$folder/objects.onnx"; then
  cp scripts/objects/objects.toml "$folder/objects.toml"
  told
  exit 0
fi

fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
echo "fetching $package" >&2
npm pack --silent --pack-destination "$fetched" "$package" >/dev/null
archive=$(echo "$fetched"/*.tgz)
found=$(openssl dgst -sha512 -binary "$archive" | base64 --wrap=0)
[ "$found" = "$integrity" ] || { echo "$package is sha512-$found, where sha512-$integrity is pinned" >&2; exit 1; }
tar -xzf "$archive" -C "$fetched" "$graph" "$weights"
rm "$archive"
has "$hash_graph" "$fetched/$graph" && has "$hash_weights" "$fetched/$weights" || {
  echo "the two files are not those that are pinned" >&2
  exit 1
}

. scripts/bench/environment.sh
environment venv-objects numpy==2.4.6 onnx==1.23.2 onnxruntime==1.31.1
"$python" scripts/objects/convert.py "$fetched/$graph" "$fetched/$weights" "$fetched/objects.onnx"
has "$hash_model" "$fetched/objects.onnx" || {
  echo "what was made has SHA-256 $(sha256sum "$fetched/objects.onnx" | cut -d' ' -f1), where $hash_model is pinned" >&2
  exit 1
}
"$python" scripts/objects/check.py "$fetched/$graph" "$fetched/$weights" "$fetched/objects.onnx"
mkdir -p "$folder"
cp "$fetched/objects.onnx" scripts/objects/objects.toml "$folder"
told
