#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual pages against the program: every option and command of its help is in disktracker(1) and the other way round; every member of the
# documents in the transcripts is in disktracker-json(5).
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
program=${top_builddir:-.}/disktracker
manual=$top_srcdir/docs/disktracker.1
passed=0 failed=0

check() # sentence, offending lines
{
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s\n%s\n' "$1" "$2"
	fi
}

commands=$("$program" -h | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
helped=$({
	"$program" -h
	for command in $commands; do
		"$program" "$command" -h
	done
} | grep '^  *-' | sed 's/  [a-z(].*//' | grep -oE -- '(^|[ ,])--?[a-zA-Z0-9][a-z-]*' | tr -d ' ,' | sort -u)
written=$(grep -E '^\.(It|Nm|Fl|Op|Ic)|^.Fl' "$manual" | grep -oE 'Fl -?[a-zA-Z0-9][a-z-]*|[ ,]-[a-z][a-z-]+|, [a-zA-Z0-9]( |$)' | sed 's/^Fl /-/; s/^[ ,]*-\([a-z]\)/--\1/; s/^, /-/; s/ *$//; s/^---*\([^-]\)/--\1/' | awk '{ if (length($0) == 3 && substr($0, 1, 2) == "--") $0 = substr($0, 2); print }' | sort -u)

[ -n "$commands" ] && [ -n "$helped" ] || check 'the help lists commands and options' none
for command in $commands; do
	check "disktracker(1) describes $command" "$(grep -q "^\.It Ic $command" "$manual" || echo "$command")"
done
check 'disktracker(1) has every option of the help' "$(for option in $helped; do
	echo "$written" | grep -qx -- "$option" || echo "$option"
done)"
check 'disktracker accepts every option of disktracker(1)' "$(for option in $written; do
	for place in '' $commands; do
		# Known anywhere: anything but `unknown option` will do.
		# shellcheck disable=SC2086 # no command: no word
		"$program" $place "$option" </dev/null 2>&1 >/dev/null | grep -q "unknown option" || continue 2
	done
	echo "$option"
done)"
check 'disktracker-json(5) has every member of the transcripts' "$(cat "$top_srcdir"/tests/commands/*.t | grep '^  ' | grep -oE '"[a-z_]+": ' | tr -d '": ' | sort -u | while read -r member; do
	member=${member%_beyond} # any size may have one
	grep -qE "(^|[^a-z_])$member([^a-z_]|\$)" "$top_srcdir/docs/disktracker-json.5" || echo "$member"
done)"
if command -v mandoc >/dev/null; then
	check 'the manual pages are well formed' "$(mandoc -T lint -W warning "$top_srcdir/docs/disktracker.1" "$top_srcdir/docs/disktracker-causes.5" "$top_srcdir/docs/disktracker-json.5" 2>&1 | grep -v 'mandoc.db')"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
