#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The units for systemd: well formed, and the system's scan may do little (systemd's own measure, 2.0 of 10 at most).
build=$(cd "${top_builddir:-build}" && pwd)
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 99
systemd-analyze --version >/dev/null 2>&1 || {
	echo '[SKIP] units: systemd-analyze is not installed'
	exit 77
}
passed=0 failed=0
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

check() # sentence, command...
{
	sentence=$1
	shift
	if output=$("$@" 2>&1) && ! printf %s "$output" | grep -q "Unknown\|Failed\|ignoring"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s\n%s\n' "$sentence" "$output"
	fi
}

for kind in dist dist/system; do
	mkdir -p "$work/$kind"
	for unit in "$build/$kind"/disktracker-*@.service "$kind"/disktracker-*@.timer; do
		# What it starts need not be installed here.
		sed 's|^ExecStart=[^ ]*|ExecStart=/bin/true|' "$unit" >"$work/$kind/$(basename "$unit" | sed 's/@/@tmp/')"
	done
done
for unit in "$work"/dist/*.service "$work"/dist/system/*.service; do
	check "$unit is well formed" systemd-analyze verify --man=no "$unit"
done
check 'the scan of the system may do little' \
	systemd-analyze security --offline=true --threshold=20 "$work/dist/system/disktracker-scan@tmp.service"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
