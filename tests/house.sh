#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# What a machine can hold of the house rules: licence lines, translated files listed, translations whole.
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

check 'every source file begins with its holder and its licence' \
	"$(find src tests bench -name '*.[ch]' -o -name '*.sh' | sort | while read -r file; do
		head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' &&
			head -n 3 "$file" | grep -q 'SPDX-FileCopyrightText: 2026 the DiskTracker authors' || echo "$file"
	done)"
check 'everything allocates through base/alloc.h' \
	"$(grep -nE '(^|[^A-Za-z0-9_.>])(malloc|calloc|realloc|reallocarray|strn?dup|v?asprintf|getline|getdelim|open_memstream) ?\(' \
		-r src --include='*.[ch]' | grep -vE '^src/base/alloc\.[ch]:')"
check 'no line of src/ or bench/ is wider than 120 columns, none of a document than 100' \
	"$(find src bench -name '*.[ch]' -exec expand -t 8 {} + | LC_ALL=C.UTF-8 grep -E '^.{121,}'
		LC_ALL=C.UTF-8 grep -E '^[^| ].{100,}' ./*.md docs/*.md)"
check 'no file of C in src/ is longer than 600 lines, no function than 80' \
	"$(find src -name '*.c' | while read -r file; do [ "$(wc -l <"$file")" -le 600 ] || echo "$file"; done
		# As clang-format has it: the braces of a function are all that is in the first column.
		find src -name '*.[ch]' -exec awk 'FNR == 1 { begin = 0 } /^\{/ { begin = FNR }
			/^\}/ && begin { if (FNR - begin >= 80) print FILENAME ":" begin; begin = 0 }' {} +)"
# Where there is a .c its header is meant, too; commands and sources of the same name stand as a whole.
check 'docs/ARCHITECTURE.md names every file of src/ in its room' \
	"$(sed -n '/^## The rooms/,/^## The browser/p' docs/ARCHITECTURE.md | grep -oE '`[a-z0-9_]+(\.h)?`' | tr -d '`' |
		sed 's/\.h$//' | sort -u >"${TMPDIR:-/tmp}/house.$$"
		find src -name '*.[ch]' -not -name 'cmd_*' | sed -E 's|.*/||; s|\.[ch]$||' | sort -u |
			comm -23 - "${TMPDIR:-/tmp}/house.$$"
		rm -f "${TMPDIR:-/tmp}/house.$$")"
if command -v clang-format >/dev/null && git rev-parse --verify -q HEAD >/dev/null 2>&1; then
	check 'what changed since the last commit is as .clang-format has it (changed lines of src/)' \
		"$(git diff -U0 HEAD -- 'src/*.[ch]' | awk '
			/^\+\+\+ b\// { file = substr($2, 3) }
			/^@@/ { split(substr($3, 2), at, ","); n = at[2] == "" ? 1 : at[2]; if (n) print file, at[1] ":" at[1] + n - 1 }' |
			while read -r file lines; do
				clang-format --lines="$lines" "$file" | cmp -s - "$file" || echo "$file $lines"
			done)"
fi
check 'po/POTFILES.in lists every file with sentences' \
	"$(grep -lE '(^|[^A-Za-z0-9_])(_|N_|gettext|ngettext)\("' -r src --include='*.[ch]' | sort | while read -r file; do
		grep -qx "$file" po/POTFILES.in || echo "$file"
	done)"
check 'every test script can be run' \
	"$(sed -n 's/^SCRIPT_TESTS = //p' tests/tests.am | tr ' ' '\n' | while read -r file; do [ -x "$file" ] || echo "$file"; done)"
check 'the tarball has every picture of a screen' \
	"$(for golden in tests/golden/*.txt; do grep -qF "$golden" tests/tests.am || echo "$golden"; done)"
check 'po/POTFILES.in lists no file that is gone' \
	"$(grep -v '^#' po/POTFILES.in | while read -r file; do
		[ -z "$file" ] || [ -f "$file" ] || echo "$file"
	done)"
if command -v msgfmt >/dev/null; then
	for po in po/*.po; do
		[ -f "$po" ] || continue
		check "$po is well formed" "$(out=$(msgfmt -c -o /dev/null "$po" 2>&1) || echo "$out")"
	done
fi
logs=$(mktemp -d) || exit 99
echo '[SKIP] all: it is not installed' >"$logs/all.log" && echo ':test-result: SKIP' >"$logs/all.trs"
printf '[RUN ] a::b\n[PASS] a::b: (0.1s)\n[FAIL] a::c: (0.1s)\n2 passed, 1 failed\n' >"$logs/a.log" && echo ':test-result: FAIL' >"$logs/a.trs"
cat >"$logs/right" <<'EOF'
all:                         0 passed, 0 failed, 1 skipped
  skipped: all: it is not installed
[FAIL] a::c: (0.1s)
2 passed, 1 failed
----
a:                           2 passed, 1 failed, 0 skipped
2 passed, 1 failed, 1 skipped
EOF
check 'the summary counts what is skipped as skipped, and shows of a failed program what failed' \
	"$(sh tests/summary.sh "$logs/all.log" "$logs/a.log" | grep -vF "$logs" | diff - "$logs/right")"
rm -rf "$logs"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
