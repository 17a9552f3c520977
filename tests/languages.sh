#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Every catalogue is complete, its format strings are safe, it names options as they are, and it fits fixed cells.
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 99
for tool in xgettext msgmerge msgattrib msgcat msgfmt; do
	command -v $tool >/dev/null || {
		echo "[SKIP] all: there is no $tool"
		exit 77
	}
done
passed=0 failed=0
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
LC_ALL=C.UTF-8
export LC_ALL

check() # sentence, offending lines
{
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s\n%s\n' "$1" "$2"
	fi
}

# Cells a text has, and the texts: column heads, labels of details, states in a column, the two columns of the help,
# and, as the sources name them, its second and third page.
cells()
{
	grep -o 'N_("[^"]*")' src/ui/screens/actions.h | sed 's/^N_("\(.*\)")$/58\t\1/'
	sed -n 's/.*add_mark(.*, _("\([^"]*\)"));$/65\t\1/p' src/ui/screens/help.c
	cat <<'END'
5	used%
6	share
6	id
6	now
7	age
7	%lld d
8	full in
8	inodes%
8	%lld s
8	%lld min
8	%lld h
9	size
9	apparent
9	items
9	unique
9	shared
9	type
9	disk
9	was
9	figures
9	error
9	link to
9	inode
9	owner
9	changed
9	cause
9	names
9	path
9	growth
10	live
10	used
10	free
11	written
11	change
11	renamed
11	events lost
11	read again
11	created
11	deleted
11	class
11	regenerated
11	downloaded
11	built
11	service
11	personal
13	idle
19	video
19	audio
19	images
19	archives
19	documents
19	code and build
19	logs
19	databases
19	disk images
19	packages
19	other extensions
19	no extension
19	links and devices
19	folders themselves
25	growth: on, sort, off
25	follow the growth down
25	older, newer baseline
25	explain it
25	flat: largest or grown
25	snapshots
25	size over time
25	live: on, sort, off; zero
25	move, open, parent
25	sort; again reverses
25	page
25	first, last
25	filter, Esc clears
25	details of a file
25	mark, mark shown
25	delete, asks first
25	open, view, copy path
25	shell here
25	read folder, all again
25	close this; quit
25	quit, print folder
25	one step back
END
}

# "cells<tab>text" of those texts in a catalogue; a text that no catalogue knows any more is said, too.
texts_with_cells() # one message a line (msgcat --no-wrap)
{
	cells | awk -F '\t' '
		FNR == NR {
			id = "msgid \"" $2 "\""
			if (!(id in cells) || $1 < cells[id])
				cells[id] = $1
			next
		}
		$0 in cells { limit = cells[$0]; delete cells[$0]; next }
		limit && /^msgstr/ { sub(/^msgstr[^"]*"/, ""); sub(/"$/, ""); print limit "\t" $0 }
		/^$/ { limit = "" }
		END { for (id in cells) print "0\t" id " is no message" }' - "$1"
}

too_wide() # catalogue, one message a line
{
	texts_with_cells "$1" | sort -n >"$work/texts"
	for limit in $(cut -f 1 "$work/texts" | uniq); do
		awk -F '\t' -v limit="$limit" '$1 == limit { print $2 }' "$work/texts" >"$work/of"
		[ "$(wc -L <"$work/of")" -le "$limit" ] || while IFS= read -r text; do
			[ "$(printf %s "$text" | wc -L)" -le "$limit" ] || echo "more than $limit cells: $text"
		done <"$work/of"
	done
}

# Options and environment variables of a message that its translation does not name.
names_lost() # catalogue, one message a line
{
	awk '
		/^msgid/ { id = id " " $0 }
		/^"/ && !in_text { id = id $0 }
		/^msgstr/ { in_text = 1; text = "" }
		in_text && /^(msgstr|")/ { text = text $0 }
		/^$/ { judge() }
		END { judge() }
		function judge(    rest, name) {
			rest = in_text && text !~ /""$/ ? id : ""
			while (match(rest, /--[a-z][a-z-]*|DISKTRACKER_[A-Z_]+|TMPDIR|CACHEDIR\.TAG|fs\.inotify\.[a-z_]+/)) {
				name = substr(rest, RSTART, RLENGTH)
				rest = substr(rest, RSTART + RLENGTH)
				if (!index(text, name))
					print name ": " text
			}
			id = text = ""
			in_text = 0
		}' "$1"
}

options=$(sed -n 's/^XGETTEXT_OPTIONS = //p' po/Makevars)
# shellcheck disable=SC2086 # options are words
check 'a template can be made' "$(xgettext --default-domain=disktracker --files-from=po/POTFILES.in --add-comments=TRANSLATORS: \
	$options -o "$work/disktracker.pot" 2>&1 | grep -v 'warning: ')"
check 'po/LINGUAS lists every catalogue, and nothing else' \
	"$(for po in po/*.po; do basename "$po" .po; done | sort >"$work/there"
		grep -v '^#' po/LINGUAS | tr ' ' '\n' | sed '/^$/d' | sort | diff "$work/there" -)"
for po in po/*.po; do
	check "the format strings of $po are safe" "$(out=$(msgfmt -c -o /dev/null "$po" 2>&1) || echo "$out")"
	msgmerge -q --no-fuzzy-matching -o "$work/merged.po" "$po" "$work/disktracker.pot" 2>/dev/null
	check "$po has every message" "$(msgattrib --untranslated --no-obsolete "$work/merged.po" 2>/dev/null | grep '^msgid' | sed 1d)"
	check "$po has nothing fuzzy" "$(msgattrib --only-fuzzy --no-obsolete "$po" 2>/dev/null | grep '^msgid' | sed 1d)"
	msgcat --no-wrap --no-location "$work/merged.po" >"$work/lines.po" 2>/dev/null
	check "$po fits fixed cells" "$(too_wide "$work/lines.po")"
	check "$po names options and variables as they are" "$(names_lost "$work/lines.po")"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
