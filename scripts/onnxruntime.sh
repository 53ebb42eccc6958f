#!/usr/bin/env bash
# Puts ONNX Runtime's library, which runs the image detectors, where the programs look for it:
# TARGET/onnxruntime/libonnxruntime.so. It comes out of the wheel on PyPI, pinned by its hash; whatever is in that folder
# already, of the same version, is left as it is.
set -euo pipefail
cd "$(dirname "$0")/.."
version=1.24.4
# Of the wheels for CPython 3.11; the library in them is the same for every Python.
hash_x86_64=e54ad52e61d2d4618dcff8fa1480ac66b24ee2eab73331322db1049f11ccf330
hash_aarch64=046ff290045a387676941a02a8ae5c3ebec6b4f551ae228711968c4a69d8f6b7

folder=${CARGO_TARGET_DIR:-target}/onnxruntime
if [ "$(cat "$folder/VERSION" 2>/dev/null)" = "$version" ] && [ -f "$folder/libonnxruntime.so" ]; then
  exit 0
fi
machine=$(uname -m)
case $machine in
  x86_64 | aarch64) ;;
  *)
    echo "there is no ONNX Runtime $version for $machine on PyPI: video will not work unless ORT_DYLIB_PATH names one." >&2
    exit 1
    ;;
esac

echo "fetching ONNX Runtime $version into $folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
echo "onnxruntime==$version --hash=sha256:$hash_x86_64 --hash=sha256:$hash_aarch64" >"$work/requirements.txt"
"$work/venv/bin/pip" download --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary=:all: \
  --implementation cp --python-version 3.11 --abi cp311 \
  --platform "manylinux_2_27_$machine" --platform "manylinux_2_28_$machine" \
  --dest "$work" --requirement "$work/requirements.txt"
mkdir -p "$folder"
python3 - "$work" "$folder" "$version" <<'PYTHON'
import pathlib, sys, zipfile

work, folder, version = map(pathlib.Path, sys.argv[1:])
(wheel,) = work.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    for inside, outside in [
        (f"onnxruntime/capi/libonnxruntime.so.{version}", "libonnxruntime.so"),
        ("onnxruntime/LICENSE", "LICENSE"),
        ("onnxruntime/ThirdPartyNotices.txt", "ThirdPartyNotices.txt"),
    ]:
        (folder / outside).write_bytes(archive.read(inside))
PYTHON
echo "$version" >"$folder/VERSION"
