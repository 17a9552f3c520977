#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh [-n RUNS] [-s SCALE] [--keep] [--no-cold]: measure DiskTracker beside the bare system calls and the programs of its kind
# that are installed; the report, as in docs/BENCHMARKS.md, goes to stdout.  Run by `make bench`, in the build folder.
# The trees are made in $BENCH_DIR (default: a temporary folder below /var/tmp) and removed afterwards, unless --keep.
set -eu
runs=7 scale=1 keep=0 cold=1
while [ $# -gt 0 ]; do
	case $1 in
	-n) runs=$2 && shift ;;
	-s) scale=$2 && shift ;;
	--keep) keep=1 ;;
	--no-cold) cold=0 ;;
	*)
		sed -n '4,6s/^# //p' "$0" >&2
		exit 2
		;;
	esac
	shift
done
[ "$(id -u)" -eq 0 ] && [ -w /proc/sys/vm/drop_caches ] || cold=0

here=$PWD/bench program=$PWD/disktracker
made='' memory=''
if [ -n "${BENCH_DIR-}" ]; then
	mkdir -p "$BENCH_DIR"
	dir=$BENCH_DIR
else
	dir=$(mktemp -d "${TMPDIR:-/var/tmp}/disktracker-bench.XXXXXX")
	made=$dir
fi
tree=$dir/T1-$scale flat=$dir/flat-$scale empty=$dir/empty

clean()
{
	[ "$keep" = 1 ] || rm -rf "$tree" "$flat" "$empty" "$dir/work"
	[ "$keep" = 1 ] || [ -z "$made" ] || rm -rf "$made"
	[ -z "$memory" ] || rm -rf "$memory"
}
trap clean EXIT
trap 'exit 130' INT TERM

say()
{
	echo "$*" >&2
}

# ---- the ground ----

case $(stat -f -c %T "$dir") in
tmpfs | ramfs | overlayfs | overlay) say "bench: $dir is not on a disk of its own: figures will differ (set BENCH_DIR)" ;;
esac
need=$(awk "BEGIN { print int(1600 * $scale) + 100 }")
free=$(df -Pm "$dir" | awk 'NR == 2 { print $4 }')
if [ "$free" -lt "$need" ]; then
	say "bench: $dir has $free MB free, $need are needed (set BENCH_DIR, or -s 0.1)"
	exit 1
fi
mkdir -p "$empty" "$dir/work"
[ -d "$tree" ] || { say "making $tree" && "$here/mktree" -s "$scale" "$tree" >&2; }
[ -d "$flat" ] || { say "making $flat" && "$here/mktree" -s "$scale" -f "$flat" >&2; }
entries=$("$here/limit" "$tree" | sed 's/ .*//')

# ---- the programs ----

# name, then the command with THREADS and TREE in it
peers=$(
	command -v ncdu >/dev/null && ncdu -V | awk '{ v = $2 } END { split(v, p, "."); if (p[1] >= 2) print "ncdu " v "\ttty ncdu -0 -tTHREADS TREE"; else print "ncdu " v "\ttty ncdu -0 TREE" }'
	command -v du >/dev/null && printf 'du %s\tdu -s -B1 TREE\n' "$(du --version | awk 'NR == 1 { print $NF }')"
	command -v gdu >/dev/null && printf 'gdu %s\tgdu -npc TREE\n' "$(gdu -v | awk 'NR == 1 { print $NF }' | tr -d v)"
	command -v dua >/dev/null && printf '%s\tdua -t THREADS aggregate TREE\n' "$(dua --version)"
	command -v dust >/dev/null && printf '%s\tdust -T THREADS TREE\n' "$(dust --version)"
	command -v diskus >/dev/null && printf '%s\tdiskus -j THREADS TREE\n' "$(diskus --version)"
	:
)

# run OPTIONS THREADS TREE PEERS...: the limit, DiskTracker and the peers in turns
run()
{
	options=$1 threads=$2 where=$3 with=$4
	set -- "bare calls" "$here/limit -t $threads $where" \
		"**disktracker**" "$program scan --no-store --cold --ignore-config -t $threads $where"
	old=$IFS
	IFS='
'
	for peer in $with; do
		set -- "$@" "${peer%%	*}" "$(printf '%s' "${peer#*	}" | sed "s:THREADS:$threads:; s:TREE:$where:")"
	done
	IFS=$old
	# shellcheck disable=SC2086 # options are words
	"$here/compare" $options "$@"
}

table() # lines of compare, ratios to the first
{
	echo "| program | wall s | × bare | CPU s | × bare |"
	echo "|---|---:|---:|---:|---:|"
	awk -F '\t' 'NR == 1 { w = $2; c = $3 } { printf "| %s | %.2f | %.2f | %.2f | %.2f |\n", $1, $2, $2 / w, $3, $3 / c }'
	echo
}

# ---- the report ----

echo "## $(date +%Y-%m-%d), $(nproc) processors, Linux $(uname -r), $(stat -f -c %T "$dir" | sed 's:ext2/ext3:ext4:')"
echo
echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo) of memory; $entries entries; medians of $runs runs, in turns."
echo

say "warm, 2 threads"
echo "### Warm, 2 threads"
echo
run "-n $runs" 2 "$tree" "$peers" | tee "$dir/work/warm" | table

say "warm, default threads"
echo "### Warm, 8 threads"
echo
run "-n $runs" 8 "$tree" "" | table

if [ "$cold" = 1 ]; then
	say "cold"
	echo "### Cold, 8 threads"
	echo
	run "-n 3 -c" 8 "$tree" "$peers" | table
fi

say "memory"
echo "### Memory"
echo
echo "Peak above the program's own peak on an empty folder, by entry."
echo
echo "| program | peak MiB | bytes per entry |"
echo "|---|---:|---:|"
run "-n 3" 2 "$empty" "$peers" >"$dir/work/base"
awk -F '\t' -v entries="$entries" 'NR == FNR { base[$1] = $4; next } $1 != "bare calls" { printf "| %s | %.1f | %.1f |\n", $1, $4 / 1024, ($4 - base[$1]) * 1024 / entries }' \
	"$dir/work/base" "$dir/work/warm"
echo

say "one directory"
echo "### One directory of $("$here/limit" "$flat" | sed 's/ .*//') entries"
echo
echo "| threads | bare calls s | disktracker s | × its 1 thread |"
echo "|---:|---:|---:|---:|"
for threads in 1 2 4; do
	run "-n $runs" "$threads" "$flat" "" | awk -F '\t' -v t="$threads" '{ w[NR] = $2 } END { print t, w[1], w[2] }'
done | awk 'NR == 1 { one = $3 } { printf "| %d | %.2f | %.2f | %.2f |\n", $1, $2, $3, one / $3 }'
echo

say "store"
echo "### Snapshots"
echo
"$here/store" -s "$scale" -d 30 "$dir/work"
echo

say "again"
echo "### A tree that is known and has not changed"
echo
"$here/again" -n "$runs" "$program" "$tree" "$dir/work"
echo

say "screen"
echo "### What a person waits for, on T1"
echo
"$here/paint" -n 5 "$program" "$tree" "$dir/work"
"$here/query" "$tree"
echo

# A million directories take 4 GB of a disk, and a quarter of that of memory.
if [ "$(df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')" -gt 4000 ] 2>/dev/null; then
	say "a million directories"
	echo "### What a person waits for, on 1,000,000 directories in memory"
	echo
	memory=$(mktemp -d /dev/shm/disktracker-bench.XXXXXX)
	"$here/mktree" -s "$scale" -d "$memory/tree" >&2
	"$here/paint" -n 3 "$program" "$memory/tree" "$dir/work"
	rm -rf "$memory"
	echo
fi

say "index"
echo "### The index"
echo
"$here/index" -n "$(awk "BEGIN { print int(1000000 * $scale) }")" "$program" "$dir/work"
echo

say "causes"
echo "### Causes"
echo
"$here/causes" -n "$(awk "BEGIN { print int(1000000 * $scale) }")" "$dir/work"
echo

say "watch"
echo "### Watching"
echo
"$here/watch" -s "$scale" "$dir/work"
echo
"$here/live" -s "$scale" "$dir/work" "$tree"
echo

say "metadata"
echo "### Metadata written by reading"
echo
echo "Directories whose access time, two days old before, a scan changed."
echo
echo "| program | directories |"
echo "|---|---:|"
for command in "$program scan --no-store --cold --ignore-config $tree" "du -s $tree"; do
	find "$tree" -type d -print0 | xargs -0 touch -a -d '2 days ago'
	$command >"$dir/work/out" 2>&1
	name=${command%% *}
	echo "| ${name##*/} | $(find "$tree" -type d -newerat '1 day ago' | wc -l) |"
done
echo
