#!/usr/bin/env bash
# Builds the Debian package of picket-onboard: scripts/deb.sh amd64|arm64. The package lies in target/deb/ afterwards.
#
# PROFILE=dev packs a quick build, to look at the package itself. For arm64 it needs Debian's cross compiler
# (apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross) and Rust's library for that target
# (rustup target add aarch64-unknown-linux-gnu); it says so when one is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
architecture=${1:?amd64 or arm64}
profile=${PROFILE:-release}
cargo=${CARGO:-cargo}
target_dir=${CARGO_TARGET_DIR:-target}
# The same bytes from the same commit: everything in the package carries the commit's time.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}

case $architecture in
    amd64) triple=x86_64-unknown-linux-gnu strip=strip ;;
    arm64) triple=aarch64-unknown-linux-gnu strip=aarch64-linux-gnu-strip ;;
    *) echo "deb.sh: no architecture $architecture: amd64 or arm64" >&2; exit 2 ;;
esac
if ! [ -d "$(rustc --print sysroot)/lib/rustlib/$triple" ]; then
    echo "deb.sh: Rust has no library for $triple: rustup target add $triple" >&2
    exit 1
fi
if [ "$architecture" = arm64 ] && [ "$(uname -m)" != aarch64 ]; then
    if ! command -v aarch64-linux-gnu-gcc >/dev/null; then
        echo "deb.sh: no cross compiler: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross" >&2
        exit 1
    fi
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    export CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc
fi
host=$(rustc -vV | sed -n 's/^host: //p')
built=$target_dir/${profile/dev/debug}
target=()
if [ "$triple" != "$host" ]; then
    target=(--target "$triple")
    built=$target_dir/$triple/${profile/dev/debug}
fi
"$cargo" build --locked --profile "$profile" -p onboard --bin picket-onboard "${target[@]}"

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
from=packaging/onboard
doc=$root/usr/share/doc/picket-onboard
umask 022
chmod 755 "$root"
install -D -m 755 "$built/picket-onboard" "$root/usr/bin/picket-onboard"
command -v "$strip" >/dev/null && "$strip" --strip-unneeded --remove-section=.comment "$root/usr/bin/picket-onboard"
install -D -m 644 $from/picket-onboard.service "$root/lib/systemd/system/picket-onboard.service"
install -D -m 644 $from/onboard.toml "$root/etc/picket/onboard.toml"
install -D -m 644 docs/installing-onboard.md "$doc/installing-onboard.md"
# The camera's program is built where it runs (docs/installing-onboard.md); its unit and configuration lie ready.
install -D -m 644 $from/camera.toml "$doc/examples/camera.toml"
install -D -m 644 $from/picket-camera.service "$doc/examples/picket-camera.service"
install -D -m 644 $from/picket-onboard.8 "$root/usr/share/man/man8/picket-onboard.8"
gzip -9n "$root/usr/share/man/man8/picket-onboard.8"
install -D -m 644 $from/lintian-overrides "$root/usr/share/lintian/overrides/picket-onboard"
{
    echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
    echo
    echo "Files: *"
    echo "Copyright: $(date -u +%Y -d "@$SOURCE_DATE_EPOCH") The Picket maintainers"
    echo "License: Apache-2.0"
    echo " On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0."
} > "$doc/copyright"
{
    echo "picket-onboard ($version) stable; urgency=medium"
    echo
    echo "  * Built from commit $(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)."
    echo
    echo " -- The Picket maintainers <picket@localhost>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n > "$doc/changelog.gz"

mkdir "$root/DEBIAN"
size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
sed "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/" $from/control.in > "$root/DEBIAN/control"
echo /etc/picket/onboard.toml > "$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do
    install -m 755 "$from/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find usr lib etc -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
chmod 644 "$root/DEBIAN/md5sums"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$target_dir/deb"
package=$target_dir/deb/picket-onboard_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package ($(du -k "$package" | cut -f1) kB)"
