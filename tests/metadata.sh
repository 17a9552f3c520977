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
check appstreamcli validate --no-net dist/disktracker.metainfo.xml
[ $ran = yes ] || exit 77
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
