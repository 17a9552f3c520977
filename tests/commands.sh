#!/bin/bash
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands as transcripts: every tests/commands/*.t holds commands (`  $ …`, continued with `  > …`) and below each what it prints, stdout and stderr together,
# and `  [N]` when it exits with another status than 0.  Lines that are not indented are prose.  A transcript runs in one shell, in an
# empty folder of its own (printed as HERE; its home as HOME), with its own database and configuration; what is printed must be the same, byte for byte.
#
#   commands.sh [NAME.t…]          run them
#   commands.sh --write NAME.t…    write what is printed into the transcripts (then read the difference)
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
top_builddir=${top_builddir:-.}
write=
if [ "$1" = --write ]; then
	write=1
	shift
fi
[ $# -gt 0 ] || set -- "$top_srcdir"/tests/commands/*.t
case $top_builddir in
/*) ;;
*) top_builddir=$PWD/$top_builddir ;;
esac
[ -x "$top_builddir/disktracker" ] || {
	echo "no $top_builddir/disktracker"
	exit 99
}
work=$(mktemp -d "${TMPDIR:-/tmp}/disktracker-commands-XXXXXX") || exit 99
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
passed=0 failed=0

# A script that prints the transcript again.
script()
{
	awk -v marker="$1" '
		function run() {
			if (command == "") return
			# The command is read by eval from a quoted here-document, so that it may hold anything but the marker.
			printf "IFS= read -r -d \"\" command_ <<\x27%s\x27\n%s%s\n", marker, command, marker
			printf "eval \"$command_\" >\"$OUT_\" 2>&1 </dev/null\nstatus_=$?\nsed -e \"s/^/  /\" -e \"\\$a\\\\\" \"$OUT_\"\n[ $status_ = 0 ] || echo \"  [$status_]\"\n"
			command = ""
		}
		/^  \$ / { run(); print "cat <<\x27" marker "\x27"; print; print marker; command = substr($0, 5) "\n"; inside = 1; next }
		/^  > / && inside { print "cat <<\x27" marker "\x27"; print; print marker; command = command substr($0, 5) "\n"; next }
		/^  / { next }
		{ run(); inside = 0; print "cat <<\x27" marker "\x27"; print; print marker }
		END { run() }'
}

for file in "$@"; do
	name=$(basename "$file" .t)
	mkdir -p "$work/$name/home" "$work/$name/here"
	script "END_OF_THIS_COMMAND" <"$file" >"$work/$name/script"
	(
		cd "$work/$name/here" || exit 99
		unset NO_COLOR XDG_CONFIG_HOME XDG_DATA_HOME
		export HOME="$work/$name/home" DISKTRACKER_DB="$work/$name/home/data.db" LC_ALL=C.UTF-8 TZ=UTC OUT_="$work/$name/out"
		export PATH="$top_builddir:$PATH" TESTS="$top_srcdir/tests"
		bash "$work/$name/script" </dev/null
	) 2>&1 | sed -e "s#$work/$name/here#HERE#g" -e "s#$work/$name/home#HOME#g" >"$work/$name/actual"
	if cmp -s "$file" "$work/$name/actual"; then
		passed=$((passed + 1))
	elif [ -n "$write" ]; then
		cp "$work/$name/actual" "$file"
		echo "written: $file"
	else
		failed=$((failed + 1))
		diff -u --label "$name.t" --label printed "$file" "$work/$name/actual"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
