#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The alert rules for Prometheus, checked and tried by its own tool.
cd "${top_srcdir:-$(dirname "$0")/..}/dist/prometheus" || exit 99
command -v promtool >/dev/null || {
	echo '[SKIP] rules: promtool is not installed'
	exit 77
}
passed=0 failed=0
for how in 'check rules disktracker.rules.yml' 'test rules disktracker.rules.test.yml'; do
	# shellcheck disable=SC2086 # words
	if promtool $how; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
