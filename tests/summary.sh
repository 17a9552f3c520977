#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# summary.sh LOG...: one line per test program, the logs of the failed ones, and a last line `N passed, N failed`.
# A program is counted by its own summary; one that failed without a failed test (a crash, a sanitizer's report) counts as one failure.
# Fails when anything failed or nothing ran.
total_passed=0 total_failed=0
for log in "$@"; do
	trs=${log%.log}.trs
	result=$(sed -n 's/^:test-result: *//p' "$trs" 2>/dev/null)
	counts=$(LC_ALL=C sed -e 's/\x1b\[[0-9;]*m//g' "$log" 2>/dev/null | LC_ALL=C awk '
		/Synthesis: Tested: [0-9]+ \| Passing: [0-9]+ \| Failing: [0-9]+ \| Crashing: [0-9]+/ {
			gsub(/[^0-9]+/, " "); split($0, n, " "); k = length(n); p = n[k - 2]; f = n[k - 1] + n[k]; seen = 1 }
		/^[0-9]+ passed, [0-9]+ failed$/ { p = $1; f = $3; seen = 1 }
		END { if (seen) print p, f }')
	passed=${counts% *} failed=${counts#* }
	passed=${passed:-0} failed=${failed:-0}
	case $result in
	PASS | SKIP) ;;
	*) [ "$failed" -gt 0 ] || failed=1 ;;
	esac
	if [ "$failed" -gt 0 ]; then
		printf '%s\n' "---- $log ($result)"
		cat "$log"
		printf '%s\n' "----"
	fi
	printf '%-28s %s passed, %s failed%s\n' "$(basename "${log%.log}"):" "$passed" "$failed" "$([ "$result" = SKIP ] && echo ', skipped')"
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
done
echo "$total_passed passed, $total_failed failed"
[ "$total_failed" -eq 0 ] && [ "$total_passed" -gt 0 ]
