#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The page of `report --html`: well formed, all in one file, no larger than it may be, each figure on it that of
# `report --json`, nothing of a hostile name is markup; and, in a real browser, nothing sticks out of a narrow window or
# a wide one.
build=$(cd "${top_builddir:-build}" && pwd)
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
PATH=$build:$PATH DISKTRACKER_DB=$work/data.db HOME=$work
export PATH DISKTRACKER_DB HOME
unset DISKTRACKER_CONFIG XDG_CONFIG_HOME
cd "$work" || exit 99

check() # sentence, what is, what it should be
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s:\n%s\nnot:\n%s\n' "$1" "$2" "$3"
	fi
}

question() # of the document page.json as `j`: rows as lines
{
	sqlite3 :memory: "WITH d(j) AS (SELECT CAST(readfile('page.json') AS TEXT)) $1"
}

# Figures of a part of the page, in their order, as `value text` lines.
figures() # id
{
	awk -v id="id=\"$1\"" '
		/<section/ || /<footer/ || /<dl/ { on = 0 }
		index($0, id) || (id == "id=\"\"" && /<dl/) { on = 1 }
		on' page.html | grep -o '<data[^>]*>[^<]*' | sed 's/<data[^>]*value="\([^"]*\)">/\1 /'
}

values() # id
{
	figures "$1" | cut -d ' ' -f 1
}

# What a page may be made of: nothing that loads, runs or sends.
elements='html head meta title style body main header footer section h1 h2 p dl div dt dd data bdi span code br
figure figcaption details summary table caption thead tbody tr th td svg rect path text !DOCTYPE'
attributes='lang charset http-equiv content name aria-labelledby aria-label aria-hidden role id class scope value style
viewBox preserveAspectRatio x y width height d data-cell data-rest data-bytes'

foreign() # tags and attributes of the page that are not among those
{
	grep -o '<[^>]*>' page.html | grep -v '^<!DOCTYPE html>$' | tr '\n' ' ' |
		sed 's/="[^"]*"/=/g' | tr '<>/ ' '\n\n\n\n' | grep . | sort -u |
		awk -v elements="$elements" -v attributes="$attributes" '
			BEGIN { n = split(elements " " attributes, all, /[ \n]+/); for (i = 1; i <= n; i++) known[all[i]] = 1 }
			{ sub(/=$/, "") }
			!($0 in known)'
}

# XML has a sense of order; without a reader of it every tag is counted.
well_formed()
{
	if command -v xmllint >/dev/null; then
		xmllint --noout page.html 2>&1
	else
		grep -o '<[^>]*>' page.html | grep -v '^<[!?]\|/>$' | sed 's/[ >].*//' | awk '
			/^<\// { if (stack[depth--] != substr($0, 3)) print "closes " $0; next }
			{ stack[++depth] = substr($0, 2) }
			END { if (depth) print "not closed: " stack[depth] }'
	fi
	iconv -f UTF-8 -t UTF-8 page.html 2>&1 >/dev/null
}

# The page of what is in the database now, against the document of the same run.
look() # about
{
	rm -f page.html
	disktracker report "$work/tree" --html page.html --json >page.json 2>/dev/null
	check "$1: it is made" "$?" 0
	check "$1: it is well formed" "$(well_formed)" ''
	check "$1: it is made of what is harmless" "$(foreign)" ''
	check "$1: it says itself that nothing is loaded" \
		"$(grep -c "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';" page.html)" 1
	check "$1: its style loads nothing" "$(grep -c 'url(\|@import\|image-set' page.html)" 0
	check "$1: it is no larger than 300 KB" "$([ "$(wc -c <page.html)" -le 300000 ] || wc -c <page.html)" ''

	check "$1: head" "$(values '')" "$(question "SELECT value FROM d, json_each(json_array(j->>'bytes', j->>'net_bytes',
		j->>'bytes_per_day', j->>'$.account.available_bytes', j->>'full_in_days')) WHERE value IS NOT NULL")"
	check "$1: growth" "$(values growth)" "$(question "SELECT value->>'delta_bytes' || char(10) || (value->>'bytes_b')
		FROM d, json_each(j, '$.growers')")"
	check "$1: new files" "$(values files)" "$(question "SELECT value->>'bytes' FROM d, json_each(j, '$.new_files')")"
	direct=$(question "SELECT min(12, count(*)) FROM d, json_each(j, '$.tree') WHERE value->>'depth' = 1")
	check "$1: the largest" "$(values now | head -n "$direct")" "$(question "SELECT value->>'bytes'
		FROM d, json_each(j, '$.tree') WHERE value->>'depth' = 1 LIMIT 12")"
	check "$1: areas as a table" "$(values now | tail -n +$((direct + 1)) | sort -n)" \
		"$(question "SELECT value->>'bytes' FROM d, json_each(j, '$.tree') WHERE value->>'depth' > 0" | sort -n)"
	check "$1: areas" "$(grep -o 'data-[cr][a-z]*="[0-9]*" data-bytes="[0-9]*"' page.html | sort -u | while read -r cell bytes; do
		number=${cell#*=} number=${number#?} number=${number%?}
		case $cell in
		data-cell*) echo "$number bytes ${bytes#*=}" ;;
		*) echo "$number rest_bytes ${bytes#*=}" ;;
		esac
	done | tr -d '"' | while read -r number member bytes; do
		echo "SELECT '$number $member $bytes' FROM d WHERE j->>'$.tree[$number].$member' <> $bytes UNION ALL"
	done >areas; question "$(cat areas) SELECT '' WHERE 0")" ''
	check "$1: there are areas" "$([ "$(wc -l <areas)" -gt 5 ] || cat areas)" ''
	check "$1: over time" "$(values time)" "$(question ", p AS (SELECT CAST(key AS INT) AS k, value->>'bytes' AS b,
		lag(value->>'bytes') OVER (ORDER BY CAST(key AS INT)) AS before FROM d, json_each(j, '$.points'))
		SELECT b || CASE WHEN before IS NULL THEN '' ELSE char(10) || (b - before) END FROM p ORDER BY k DESC")"
	check "$1: causes" "$(values causes)" "$(question "SELECT value->>'delta_bytes' FROM d, json_each(j, '$.causes')
		UNION ALL SELECT j->>'other_bytes' FROM d WHERE j->>'$.other[0].path' <> '' OR j->>'other_bytes' <> 0")"
	check "$1: the account" "$(values account)" "$(question "SELECT j->>'$.account.used_bytes' || char(10) ||
		(j->>'$.account.size_bytes') || char(10) || (j->>'$.account.available_bytes') FROM d
		UNION ALL SELECT * FROM (SELECT e.value FROM d, json_each(j, '$.account.lines') AS l,
			json_each(json_array(CASE WHEN l.value->>'bytes' OR NOT l.value->>'partial' THEN l.value->>'bytes' END,
				CASE WHEN l.value->>'reason' <> 'tree' THEN l.value->>'$.entries[0].bytes' END,
				CASE WHEN l.value->>'reason' <> 'tree' THEN l.value->>'$.entries[1].bytes' END,
				CASE WHEN l.value->>'reason' <> 'tree' THEN l.value->>'$.entries[2].bytes' END,
				CASE WHEN l.value->>'reason' <> 'tree' THEN l.value->>'$.entries[3].bytes' END,
				CASE WHEN l.value->>'reason' <> 'tree' THEN l.value->>'$.entries[4].bytes' END)) AS e
			WHERE e.value IS NOT NULL AND (l.value->>'reason' IN ('tree', 'unexplained') OR l.value->>'bytes'
				OR l.value->>'partial'))")"

	# What people read is the number that programs read.
	check "$1: words are the figures" "$(for part in '' growth files now time causes account; do figures "$part"; done | awk '
		function told(bytes, unit, n) {
			if (bytes < 1024) return bytes " B"
			while (bytes >= 999.95 || n == 0) { bytes /= 1024; n++ }
			return sprintf("%.1f %s", bytes, substr("KiBMiBGiBTiBPiBEiB", n * 3 - 2, 3))
		}
		/ day/ { next }
		{
			value = $1; text = $2 " " $3; sign = ""
			if (text ~ /^\+/) { sign = "+" } else if (value < 0) { sign = "-"; value = -value }
			if (text != sign told(value + 0)) print $0 ", not " sign told(value + 0)
		}')" ''
}

at() # day
{
	DISKTRACKER_TEST_TIME=$((1763000000 + $1 * 86400))
	export DISKTRACKER_TEST_TIME
	disktracker scan --quiet "$work/tree" --no-prune || exit 99
}

disktracker report "$work" --html page.html 2>said
check 'of nothing known: a sentence' "$? $(grep -c 'disktracker scan' said) $(ls page.html 2>/dev/null)" '1 1 '

# One snapshot, then a few days of a tree in which things grow, shrink and go.
mkdir -p tree/projects/api/target tree/music/albums tree/logs tree/.cache/pip tree/empty
size() # KiB, file
{
	head -c "$(($1 * 1024))" /dev/zero >"tree/$2"
}
size 900 music/albums/one.flac
size 300 music/albums/two.flac
size 40 logs/app.log
size 500 .cache/pip/wheel
at 0
look 'one snapshot'
check 'names as they are' "$(grep -o '<bdi class="name">music/albums/one.flac</bdi>' page.html | sort -u)" \
	'<bdi class="name">music/albums/one.flac</bdi>'
for day in 1 2 3 4 5; do
	size $((day * 400)) projects/api/target/lib.rlib
	size $((day * 90)) logs/app.log
	size $((6 - day)) music/less
	at $day
done
rm tree/music/albums/two.flac
at 7
look 'a week'
ln page.html other
check 'nothing is said, and another file takes the name' \
	"$(disktracker report tree --html page.html 2>&1)$(test page.html -ef other && echo same)" ''
check 'to standard output' "$(disktracker report tree --html - | sed -n '1p;$p')" '<!DOCTYPE html>
</html>'
check 'that is one document' "$(disktracker report tree --html - --json 2>&1)" \
	'{"error": "--json and the page would both go to standard output: give --html FILE", "path": "tree"}'
check 'a folder that is not there' "$(disktracker report tree --html none/page.html 2>&1; echo $?)" \
	'disktracker: cannot write none/page.html: No such file or directory
1'
check 'a full disk' "$(disktracker report tree --html /dev/full 2>&1; echo $?)" \
	'disktracker: cannot write /dev/full: No space left on device
1'

# Names that would be markup, or no text at all; and so many and so long that there must be a bound.
hostile()
{
	printf '%s\n' '<script>alert(1)<' '" onload="alert(1)' "' onclick='x" '</title></style><img src=x>' '&amp;&#0;' \
		'-->' ']]>' '{{7*7}}' "$(printf 'esc\033[31m')" "$(printf 'bell\a\b')" "$(printf 'bad\377\300utf')" \
		"$(printf 'rtl\342\200\256txt.exe')" "$(printf '\327\251\327\234\327\225\327\235')" "$(printf 'wide\344\270\255')" \
		"$(printf 'non\357\277\277char')" "$(printf 'c1\302\233x')" '-rf'
}
hostile | while IFS= read -r name; do
	mkdir -p "tree/bad/$(printf '%s' "$name" | tr / _)"
	size 60 "bad/$(printf '%s' "$name" | tr / _)/$(printf '%s' "$name" | tr / _)"
done
size 80 "bad/$(printf 'line\nbreak')"
long=$(printf '%0120d' 0 | tr 0 '"')
i=0
while [ $i -lt 150 ]; do
	size $((30 + i % 7)) "bad/$i$long"
	i=$((i + 1))
done
at 8
look 'hostile names'
check 'no control character' "$(LC_ALL=C tr -d '\n -~\200-\377' <page.html | wc -c | tr -d ' ')" 0
check 'a name is text' "$(grep -c '&lt;script&gt;alert(1)&lt;' page.html | sed 's/^[1-9].*/some/')" some

# In a browser, in two windows: nothing is wider than the window, and no table than its part.
browser=
for name in chromium chromium-browser google-chrome; do
	[ -n "$browser" ] || browser=$(command -v $name)
done
if [ -n "$browser" ]; then
	{
		echo '<!DOCTYPE html><meta charset="utf-8"><body>'
		for width in 390 1440; do
			printf '<iframe width="%d" height="900" style="border:0" srcdoc="' $width
			sed 's/&/\&amp;/g; s/"/\&quot;/g' page.html
			echo '"></iframe>'
		done
		cat <<'SCRIPT'
<pre id="said"></pre><script>
onload = () => {
	let said = '';
	for (const frame of document.querySelectorAll('iframe')) {
		const page = frame.contentDocument, width = frame.width;
		page.querySelectorAll('details').forEach(part => part.open = true);
		if (page.documentElement.scrollWidth > width)
			said += `${width}: the page is ${page.documentElement.scrollWidth} wide\n`;
		for (const part of page.body.querySelectorAll('*:not(svg *):not(.chart)')) {
			const box = part.getBoundingClientRect();
			if (box.right > +width + 0.5 || box.left < -0.5)
				said += `${width}: ${part.tagName}.${part.getAttribute('class')} reaches from ${box.left} to ${box.right}\n`;
			if (part.matches('section,.tiles>div,td,th,p,h1') && part.scrollWidth > part.clientWidth + 1)
				said += `${width}: ${part.tagName} holds ${part.scrollWidth}, has ${part.clientWidth}\n`;
		}
		const seen = [...page.querySelectorAll('.treemap')].filter(part => part.getBoundingClientRect().width > 0);
		said += `${width}: ${seen.length} picture, ${page.querySelectorAll('section').length > 4 ? 'parts' : 'no parts'}\n`;
	}
	document.getElementById('said').textContent = 'BEGIN\n' + said + 'END';
};
</script>
SCRIPT
	} >frames.html
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-dev-shm-usage \
		--user-data-dir="$work/profile" --virtual-time-budget=20000 --dump-dom "file://$work/frames.html" >dom 2>said
	check 'in a browser, at 390 and at 1440 pixels' "$(sed -n '/BEGIN$/,/^END/p' dom | grep -v 'BEGIN$\|^END')" \
		'390: 1 picture, parts
1440: 1 picture, parts'
else
	echo '[SKIP] report_html: in a browser: chromium is not installed'
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
