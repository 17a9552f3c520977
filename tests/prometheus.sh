#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# `export --format prometheus` of a file system that fills up: the forecast is that of `timeline`, the account adds up to
# the used bytes; and where they are installed, what promtool says of it, and what node_exporter's textfile collector
# makes of it.
build=$(cd "${top_builddir:-build}" && pwd)
source=$(cd "${top_srcdir:-$(dirname "$0")/..}" && pwd)
work=$(mktemp -d) || exit 99
exporter=
trap '[ -z "$exporter" ] || kill "$exporter"; rm -rf "$work"' EXIT
passed=0 failed=0
PATH=$build:$PATH DISKTRACKER_DB=$work/data.db HOME=$work
export PATH DISKTRACKER_DB HOME
unset DISKTRACKER_CONFIG XDG_CONFIG_HOME
cd "$work" || exit 99
mkdir -p tree/logs files

check() # sentence, what is, what it should be
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s:\n%s\nnot:\n%s\n' "$1" "$2" "$3"
	fi
}

value() # metric with its labels, without the root
{
	awk -v name="disktracker_$1{root=\"$work/tree\"$2}" 'substr($0, 1, length(name)) == name { print $NF }' files/tree.prom
}

for day in 0 1 2 3 4 5; do
	head -c $((100000 * (day + 1))) /dev/zero >tree/logs/app.log
	DISKTRACKER_TEST_TIME=$((1763000000 + day * 86400)) disktracker scan --quiet --no-prune tree || exit 99
done
disktracker export --format prometheus -o files/tree.prom tree || exit 99
disktracker timeline tree --json >timeline.json
member() # of the timeline
{
	sqlite3 :memory: "SELECT CAST(readfile('timeline.json') AS TEXT)->>'$1'"
}
check 'the rate is that of the timeline' "$(value growth_bytes_per_day)" "$(member bytes_per_day)"
days=$(member full_in_days)
told=$(value filesystem_full_seconds)
# The disk is everybody's, and changes between two looks; where it is far from full, that is days more or less.
check 'the forecast is that of the timeline' "$(awk -v days="$days" -v told="$told" 'BEGIN {
	if (days == "" || told == "") print (days == told)
	else print (told <= days * 86400 * 1.05 + 86400 && told >= days * 86400 * 0.95 - 86400)
}')" 1
check 'there is one: it rises steadily' "$([ -n "$told" ] && echo told)" told
check 'the account adds up' "$(grep '^disktracker_filesystem_account_bytes' files/tree.prom |
	awk '{ sum += $NF } END { printf "%.0f\n", sum }')" "$(value filesystem_used_bytes)"
check 'and has the folder' "$(value filesystem_account_bytes ',reason="tree"')" \
	"$(value directory_size_bytes ",path=\"$work/tree\"")"
check 'every metric has one head, before its samples' "$(awk '
	/^# (HELP|TYPE)/ { if (++seen[$2 $3] > 1 || samples[$3]) print }
	/^[a-z]/ { name = $1; sub(/\{.*/, "", name); samples[name] = 1; if (!seen["HELP" name] || !seen["TYPE" name]) print }' \
	files/tree.prom)" ''

if command -v promtool >/dev/null; then
	check 'promtool finds nothing' "$(promtool check metrics <files/tree.prom 2>&1)" ''
	check 'the alerts are well formed' \
		"$(promtool check rules "$source/dist/prometheus/disktracker.rules.yml" >said 2>&1 || cat said)" ''
	check 'and ring when they should' \
		"$(promtool test rules "$source/dist/prometheus/disktracker.rules.test.yml" >said 2>&1 || cat said)" ''
else
	echo '[SKIP] prometheus: promtool is not installed'
fi

if command -v prometheus-node-exporter >/dev/null; then
	prometheus-node-exporter --web.listen-address=127.0.0.1:0 --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$work/files" >log 2>&1 &
	exporter=$!
	port=
	tries=0
	while [ -z "$port" ] && [ $tries -lt 600 ] && kill -0 $exporter; do
		port=$(sed -n 's/.*msg="\{0,1\}Listening on.*address=[^ ]*:\([0-9]*\).*/\1/p' log)
		tries=$((tries + 1))
		[ -n "$port" ] || sleep 0.1
	done
	check 'node_exporter listens' "$([ -n "$port" ] || cat log)" ''
	# shellcheck disable=SC2016 # of the inner shell
	timeout 60 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET /metrics HTTP/1.0\r\n\r\n" >&3 && cat <&3' \
		"$port" | tr -d '\r' >served
	samples()
	{
		grep -a '^disktracker_' "$1" | sed 's/ [^ ]*$//' | sed 's/{\(.*\)}/ \1/' | while read -r name labels; do
			printf '%s %s\n' "$name" "$(printf %s "$labels" | tr ',' '\n' | sort | tr '\n' ',')"
		done | sort
	}
	check 'it reads the file without a word' \
		"$(grep -a '^node_textfile_scrape_error' served)" 'node_textfile_scrape_error 0'
	check 'and serves every sample' "$(samples served)" "$(samples files/tree.prom)"
else
	echo '[SKIP] prometheus: prometheus-node-exporter is not installed'
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
