#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2046 # lists of files are words; none of our names has a space
# The order of the house (docs/ARCHITECTURE.md): includes go down only, one file knows curses, one folder knows SQLite.
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 99
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

includes() # pattern, files...: lines that include such a header
{
	pattern=$1
	shift
	grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" "$@" /dev/null
}

sources() # folder
{
	find "src/$1" -name '*.[ch]' | sort
}

above=
for layer in cli ui store engine base; do
	if [ -n "$above" ]; then
		check "src/$layer includes nothing above it" "$(includes "$above" $(sources $layer))"
	fi
	# Names through the folder ("engine/tree.h"), never relative to the file: that is what makes the check above complete.
	check "src/$layer names headers by their folder" \
		"$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' $(sources $layer) /dev/null |
			grep -vE '"(base|engine|store|ui|cli)/[a-z0-9_/]+\.h"|"config\.h"')"
	above="$above${above:+|}$layer/"
done

curses=$(includes 'n?curses|term\.h' $(sources ui) | cut -d: -f1 | sort -u)
check 'one file of src/ui includes curses' "$(echo "$curses" | sed 1d)"
for layer in base engine store cli; do
	check "src/$layer does not include curses" "$(includes 'n?curses|term\.h' $(sources $layer))"
done
for layer in base engine ui cli; do
	check "src/$layer does not include SQLite" "$(includes 'sqlite3' $(sources $layer))"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
