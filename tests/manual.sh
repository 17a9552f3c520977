#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# manual.sh [--write]: the manual pages against the program, both ways.
# Commands, options and keys stand in tables of the program (tests/mdoc prints them).  Each command has a page; on it stand its options and no
# others, each with the sentence of the table, behind which more may be said; --write puts in what is missing and takes out what is gone.
# Examples are command lines that the program accepts; every member of the documents in the transcripts is in disktracker-json(5); the pages are
# well formed.
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
mdoc=${top_builddir:-build}/tests/mdoc
docs=$top_srcdir/docs
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
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

# A page whose options (or keys) are those of the table.  An item is its head, a sentence, and what else is said behind it.
merged() # section, page, table
{
	awk -v section="$1" -v table="$3" '
		function name(head) { # of options the long one, if there is one
			if (head !~ /^\.It Fl/) return head
			if (match(head, /Fl -[a-z][a-z-]*/)) return substr(head, RSTART + 4, RLENGTH - 4)
			return substr(head, 8, 1)
		}
		function more() { return i < count && lines[i + 1] !~ /^\.(It|El)/ }
		function put(key, known) {
			for (i = 1; i <= count; i++) {
				if (lines[i] ~ /^\.It/) {
					key = name(lines[i])
					known = key in text && !(key in done)
					if (known) print text[key]
					done[key] = 1
					while (more() && lines[++i] !~ /\.$/);
					while (more()) { i++; if (known) print lines[i] }
					continue
				}
				if (i == last) for (key = 1; key <= n; key++) if (!(order[key] in done)) print text[order[key]]
				print lines[i]
			}
			count = 0
		}
		BEGIN {
			while ((getline line < table) > 0) {
				if (line ~ /^\.It/) { key = name(line); order[++n] = key; text[key] = line }
				else text[key] = text[key] "\n" line
			}
		}
		/^\.Sh / {
			if (count) put()
			here = $0 == ".Sh " section
		}
		here { lines[++count] = $0; if ($0 == ".El") last = count; next }
		{ print }
		END { if (count) put() }' "$2"
}

hold() # section, page, what mdoc is asked for
{
	section=$1 page=$2
	shift 2
	"$mdoc" "$@" >"$work/table" || check "tests/mdoc $* works" no
	merged "$section" "$page" "$work/table" >"$work/page"
	[ "$write" = no ] || cat "$work/page" >"$page"
	check "the section $section of $(basename "$page") is as the program has it (mended by: tests/manual.sh --write)" \
		"$(diff "$page" "$work/page")"
}

write=no
[ "${1-}" != --write ] || write=yes
tab=$(printf '\t')
"$mdoc" commands >"$work/commands"
[ -s "$work/commands" ] || check 'the program has commands' none
while IFS=$tab read -r command summary example words; do
	page=$docs/commands/disktracker-$command.1
	[ -f "$page" ] || {
		check "there is a page for $command" "$page"
		continue
	}
	hold OPTIONS "$page" options "$command"
	said=$(sed -n 's/^\.Nd //p' "$page")
	check "disktracker-$command(1) says what the help says" "$(echo "$summary" | grep -qix -- "$said" || echo "$said: $summary")"
	check "disktracker-$command(1) begins with the example of the help" \
		"$(grep -m 1 '^\.Dl ' "$page" | sed 's/\\-/-/g' | grep -qFx -- ".Dl $example" || echo "$example")"
	for section in NAME SYNOPSIS DESCRIPTION OPTIONS JSON 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
		check "disktracker-$command(1) has a section $section" "$(grep -qx "\.Sh $section" "$page" || echo "$section")"
	done
	check "disktracker(1) leads to disktracker-$command(1)" \
		"$(grep -A 1 "^\.It Xr disktracker-$command 1" "$docs/disktracker.1" | tail -n 1 | grep -qFx -- "$summary." || echo "$summary.")"
	check "disktracker-$command(1) has the words of the help" "$(sed -n '/^\.Sh SYN/,/^\.Sh DES/p' "$page" | tr -d '\n' |
		grep -qi -- "$(echo "$words" | sed 's/\[/Op Ar /g; s/\]//g; s/\.\.\./ .../g; s/ .*//')" || echo "$words")"
done <"$work/commands"
hold OPTIONS "$docs/disktracker.1" options browser
hold OPTIONS "$docs/disktracker.conf.5" options config
hold KEYS "$docs/disktracker.1" keys
check 'every page is of a command' "$(for page in "$docs"/commands/*.1; do
	page=$(basename "$page" .1)
	grep -q "^${page#disktracker-}$tab" "$work/commands" || echo "$page"
done)"
check 'every page is installed' "$(for page in "$docs"/*.[15] "$docs"/commands/*.1; do
	grep -q "${page#"$top_srcdir"/}" "$docs/docs.am" || echo "$page"
done)"

# Every line of ours in the examples, up to what a shell takes for itself.
check 'the examples are accepted' "$(sed -n 's/^\.D[l1] *//p' "$docs"/disktracker.1 "$docs"/commands/*.1 |
	sed 's/\\(dq/"/g; s/\\-/-/g; s/^.*| disktracker /disktracker /; s/^ssh [a-z0-9]* disktracker/disktracker/; s/ [|>] .*//' | grep '^disktracker ' |
	while read -r line; do
		eval "set -f -- ${line#disktracker }" && said=$("$mdoc" accepts "$@") || echo "$line: $said"
	done)"
check 'pages that are pointed to are there' "$(sed -n 's/^\.\(It \)\{0,1\}Xr \(disktracker[a-z.-]*\) \([15]\).*/\2.\3/p' "$docs"/*.[15] "$docs"/commands/*.1 | sort -u |
	while read -r page; do
		[ -f "$docs/$page" ] || [ -f "$docs/commands/$page" ] || echo "$page"
	done)"
check 'disktracker-json(5) has every member of the transcripts' "$(cat "$top_srcdir"/tests/commands/*.t | grep '^  ' | grep -oE '"[a-z_]+": ' | tr -d '": ' | sort -u | while read -r member; do
	member=${member%_beyond} # any size may have one
	grep -qE "(^|[^a-z_])$member([^a-z_]|\$)" "$docs/disktracker-json.5" || echo "$member"
done)"
if command -v mandoc >/dev/null; then
	# Which pages lie in the system's manual is none of our business.
	check 'mandoc finds nothing' "$(mandoc -T lint "$docs"/*.[15] "$docs"/commands/*.1 2>/dev/null | grep -v 'mandoc\.db\|referenced manual not found')"
else
	echo '[SKIP] manual: mandoc is not installed'
fi
if command -v groff >/dev/null && groff -mdoc -Tutf8 -z /dev/null 2>/dev/null; then
	# In ASCII, too: what has no letter there would be left out.
	check 'groff finds nothing' "$(groff -ww -mdoc -Tascii -z "$docs"/*.[15] "$docs"/commands/*.1 2>&1)"
else
	echo '[SKIP] manual: groff is not installed'
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
