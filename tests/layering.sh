#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2046 # lists of files are words; none of our names has a space
# The order of the house (docs/ARCHITECTURE.md): includes and calls go down only, no two files call each other in a
# circle, one file knows curses, one layer knows SQLite.  Calls are read from the objects of the build, with nm.
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 99
build=$(cd "${top_builddir:-build}" && pwd)
passed=0 failed=0

# From the ground up: each may use those before it.
floors='base
engine/system engine/raw engine/tree engine/image engine/scan engine/watch engine/query engine/account engine/remove
store/db store/index store/files store/diff store/snapshot store/record store/exchange
store/causes
ui/term ui/model ui/screens ui/browser ui
cli/page cli'

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

sources() # folder, with what is below it
{
	find "src/$1" -name '*.[ch]' | sort
}

# Lines `from to [what]` of files without src/ in front: those that go up.
upward()
{
	awk -v floors="$floors" '
		BEGIN { n = split(floors, names, /[ \n]+/); for (i = 1; i <= n; i++) height[names[i]] = i }
		function folder(path) { sub("/[^/]*$", "", path); return path }
		{
			from = folder($1); to = folder($2)
			if (!(from in height)) { if (!said[from]++) print "no floor: " from }
			else if (!(to in height)) { if (!said[to]++) print "no floor: " to }
			else if (height[from] < height[to]) print $1 " -> " $2 ($3 ? " (" $3 ")" : "")
		}'
}

check 'every folder of src/ has a floor, and no include goes up' \
	"$(grep -oE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[a-z0-9_/]+/[a-z0-9_]+\.h"' $(sources .) |
		sed -E 's|^src/\./([^:]*):.*"(.*)"|\1 \2|' | upward)"
# Names through the folder ("engine/tree/tree.h"), never relative to the file: that is what makes the check above complete.
check 'headers are named by their folder' \
	"$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' $(sources .) /dev/null |
		grep -vE '"(base|engine|store|ui|cli)/[a-z0-9_/]+\.h"|"config\.h"')"

# Who defines what (`d symbol object`), who wants what (`u symbol object`).
symbols=$(cd "$build" && find src -name '*.o' | sort | while read -r object; do
	# What is left of an older build does not count.
	[ -f "$OLDPWD/$(echo "$object" | sed -E 's|lib[a-z]+_a-||; s|o$|c|')" ] || continue
	nm -P "$object" | awk -v of="$object" '$2 ~ /^[TDBR]$/ { print "d", $1, of } $2 == "U" { print "u", $1, of }'
done | sed -E 's|src/||; s|lib[a-z]+_a-||; s|\.o$||')
calls=$(echo "$symbols" | awk '
	$1 == "d" { home[$2] = $3 }
	$1 == "u" { wants[++n] = $2 " " $3 }
	END { for (i = 1; i <= n; i++) { split(wants[i], w, " "); if (w[1] in home && home[w[1]] != w[2]) print w[2], home[w[1]], w[1] } }' |
	sort -u)
check 'the objects of the build are there' "$([ -n "$calls" ] || echo "none below $build/src")"
# Of two in one library the linker would take either, and say nothing.
check 'no name is defined twice' "$(echo "$symbols" | awk '$1 == "d" { print $2 }' | sort | uniq -d)"
# One word, one meaning: also where neither file includes the other.
check 'no tag of a struct, union or enum is defined twice' \
	"$(grep -oE '(struct|union|enum) +[a-z][a-z0-9_]* *\{' $(sources .) | sed -E 's|^src/\./||; s|[^:]*$|& &|' |
		sed -E 's|:.* ([a-z0-9_]+) *\{$| \1|' | awk '{ in_files[$2] = in_files[$2] " " $1; n[$2]++ }
			END { for (tag in n) if (n[tag] > 1) print tag ":" in_files[tag] }')"
check 'no call goes up' "$(echo "$calls" | upward)"
check 'no files call each other in a circle' \
	"$(echo "$calls" | cut -d ' ' -f 1,2 | sort -u | tsort 2>&1 >/dev/null | sed -n 's|^tsort: \([a-z].*/.*\)|\1|p' | sort -u | tr '\n' ' ')"

check 'one file of src/ui includes curses' "$(includes 'n?curses|term\.h' $(sources ui) | cut -d: -f1 | sort -u | sed 1d)"
for layer in base engine store cli; do
	check "src/$layer does not include curses" "$(includes 'n?curses|term\.h' $(sources $layer))"
done
for layer in base engine ui cli; do
	check "src/$layer does not include SQLite" "$(includes 'sqlite3' $(sources $layer))"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
