#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The desktop entry and the AppStream data, by the tools of their specifications.
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 99
passed=0 failed=0 ran=no

check() # tool, command...
{
	command -v "$1" >/dev/null || {
		echo "[SKIP] metadata: $1 is not installed"
		return
	}
	ran=yes
	if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

check desktop-file-validate dist/disktracker.desktop
# As they lie where they are installed: names must fit each other.
tree=$(mktemp -d) || exit 99
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/usr/share/metainfo" "$tree/usr/share/applications" "$tree/usr/share/icons/hicolor/scalable/apps"
cp dist/*.metainfo.xml "$tree/usr/share/metainfo"
cp dist/disktracker.desktop "$tree/usr/share/applications"
cp dist/disktracker.svg "$tree/usr/share/icons/hicolor/scalable/apps"
check appstreamcli validate-tree --no-net "$tree"
[ $ran = yes ] || exit 77
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
