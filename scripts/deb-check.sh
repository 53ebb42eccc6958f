#!/usr/bin/env bash
# Looks at a package of picket-onboard as a computer would that installs it: what is in it, whether its unit and its
# example are sound, and, where this machine can run it, whether the program in it does: scripts/deb-check.sh FILE.
set -euo pipefail
package=${1:?a .deb file}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
dpkg-deb -x "$package" "$root"
for file in usr/bin/picket-onboard lib/systemd/system/picket-onboard.service etc/picket/onboard.toml \
    usr/share/doc/picket-onboard/copyright; do
    [ -f "$root/$file" ] || { echo "deb-check: $package has no /$file" >&2; exit 1; }
done
if dpkg-deb -c "$package" | awk '$2 != "root/root" { exit 1 }'; then :; else
    echo "deb-check: not everything in $package belongs to root" >&2
    exit 1
fi
if command -v systemd-analyze >/dev/null; then
    # The unit names the program where it will be installed; here it is checked where it was unpacked.
    sed "s|/usr/bin/picket-onboard|$root/usr/bin/picket-onboard|; /^Documentation=/d" \
        "$root/lib/systemd/system/picket-onboard.service" > "$root/picket-onboard.service"
    systemd-analyze verify --man=no "$root/picket-onboard.service"
fi
if command -v lintian >/dev/null; then
    lintian --allow-root --fail-on error "$package"
fi
architecture=$(dpkg-deb -f "$package" Architecture)
if [ "$architecture" = "$(dpkg --print-architecture)" ]; then
    run=()
elif [ "$architecture" = arm64 ] && command -v qemu-aarch64 >/dev/null; then
    # Its libraries came with the cross compiler.
    run=(qemu-aarch64 -L /usr/aarch64-linux-gnu)
else
    echo "the program was not run: this machine runs none for $architecture (apt-get install qemu-user for arm64)"
    echo "$package is sound as far as that"
    exit 0
fi
"${run[@]}" "$root/usr/bin/picket-onboard" --version
"${run[@]}" "$root/usr/bin/picket-onboard" --check --config "$root/etc/picket/onboard.toml"
echo "$package is sound"
