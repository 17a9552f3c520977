#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# summary.sh LOG...: one line per test program, what the failed ones said, what was skipped and why, and a last line `N passed, N failed, N skipped`.
# A program is counted by its own summary; a script that skips all (77) has failed nothing; one that failed without a failed test (a crash, a sanitizer's report) counts as one failure.
# Criterion counts a crash under "Failing" as well as under "Crashing"; of a skipped test it says only a line `[SKIP] name: reason`, as our own programs do.
# Fails when anything failed or nothing ran.
total_passed=0 total_failed=0 total_skipped=0
for log in "$@"; do
	trs=${log%.log}.trs
	result=$(sed -n 's/^:test-result: *//p' "$trs" 2>/dev/null)
	plain=$(LC_ALL=C sed -e 's/\x1b\[[0-9;]*m//g' "$log" 2>/dev/null)
	counts=$(printf '%s\n' "$plain" | LC_ALL=C awk '
		/Synthesis: Tested: [0-9]+ \| Passing: [0-9]+ \| Failing: [0-9]+ \| Crashing: [0-9]+/ {
			gsub(/[^0-9]+/, " "); split($0, n, " "); k = length(n); p = n[k - 2]; f = n[k - 1]; seen = 1 }
		/^[0-9]+ passed, [0-9]+ failed$/ { p = $1; f = $3; seen = 1 }
		END { if (seen) print p, f }')
	skips=$(printf '%s\n' "$plain" | LC_ALL=C grep -a '^\[SKIP\] ' | LC_ALL=C grep -av ': Test is disabled$')
	passed=${counts% *} failed=${counts#* } skipped=$(printf '%s' "$skips" | grep -ac '')
	passed=${passed:-0} failed=${failed:-0}
	case $result in
	PASS | SKIP) ;;
	*) [ "$failed" -gt 0 ] || failed=1 ;;
	esac
	if [ "$failed" -gt 0 ]; then
		# What was well says nothing of a test that failed; where none did, the last test that began may say where it ended.
		well='^(\[(RUN |PASS)\]|\[====\] Running )'
		printf '%s\n' "$plain" | LC_ALL=C grep -aqE '^(\[FAIL\]|FAILED)' || well='^$'
		printf '%s\n' "---- $log ($result)"
		printf '%s\n' "$plain" | LC_ALL=C grep -avE "$well"
		printf '%s\n' "----"
	fi
	printf '%-28s %s passed, %s failed, %s skipped\n' "$(basename "${log%.log}"):" "$passed" "$failed" "$skipped"
	[ -z "$skips" ] || printf '%s\n' "$skips" | sed 's/^\[SKIP\] /  skipped: /'
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + skipped))
done
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
