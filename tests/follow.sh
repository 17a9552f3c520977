#!/bin/bash
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Following a folder, seen from outside: `watch` in the background, programs that write, and `size`, `list`, `diff` beside an independent walk.
# Everything is waited for with a deadline.  ROUNDS (5): how often `watch` is killed.  HEAVY=1: 100,000 files, and what is found out only after 40 s.
top_builddir=${top_builddir:-.}
case $top_builddir in
/*) ;;
*) top_builddir=$PWD/$top_builddir ;;
esac
program=$top_builddir/disktracker
walk=$top_builddir/tests/walk
for file in "$program" "$walk"; do
	[ -x "$file" ] || {
		echo "no $file"
		exit 99
	}
done
work=$(mktemp -d "${TMPDIR:-/tmp}/disktracker-follow-XXXXXX") || exit 99
# As `size` names it.
work=$(cd "$work" && pwd -P)
pid=
trap '[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null; wait; rm -rf "$work"' EXIT
unset XDG_CONFIG_HOME XDG_DATA_HOME
# By fanotify it hears what others do on the disk, too: no place to see whether it is idle.
export DISKTRACKER_WATCH_BACKEND=${DISKTRACKER_WATCH_BACKEND:-inotify}
export HOME=$work/home DISKTRACKER_DB=$work/data/data.db LC_ALL=C.UTF-8 TZ=UTC
root=$work/root
passed=0 failed=0
mkdir "$HOME" "$work/data" || exit 99

check() # sentence, status of what was tried
{
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s\n' "$1"
		[ -z "$3" ] || printf '%s\n' "$3"
	fi
}

# Is what `size` says of every folder what a walk finds, within so many seconds?  A file system may count other blocks once it has written what was delayed; no
# event tells of that, and what was written to is looked at again after 40 s.
settle() # sentence, seconds
{
	local text
	sync -f "$root"
	text=$("$walk" size "$program" "$root" "${2:-60}" 2>&1)
	check "$1" $? "$text"
}

# Is the newest snapshot what a walk finds?
stored() # sentence
{
	local text
	text=$("$walk" snapshot "$DISKTRACKER_DB" "$root" 2>&1)
	check "$1" $? "$text"
}

start() # options: `watch` in the background, until it follows
{
	: >"$work/notes"
	"$program" watch --json "$@" "$root" >>"$work/lines" 2>"$work/notes" &
	pid=$!
	await grep -q '^disktracker: watching ' "$work/notes"
}

await() # command: until it succeeds
{
	local end=$((SECONDS + ${deadline:-10}))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

stop() # signal; the status of `watch` in $status
{
	kill "-$1" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
	pid=
}

field() # name, of the JSON on stdin: its first value
{
	sed -n "s/.*\"$1\": \\([^,}]*\\).*/\\1/p" | head -1
}

total()
{
	du -s -B1 "$root" | cut -f1
}

sound()
{
	if command -v sqlite3 >/dev/null; then
		sqlite3 "$DISKTRACKER_DB" 'PRAGMA integrity_check' 2>&1
	else
		echo ok
	fi
}
command -v sqlite3 >/dev/null || echo '[SKIP] follow: the database is sound: no sqlite3 command'

# ---- workloads ----

mkdir "$root"
mkdir -p "$work/source/deep/er/still" "$work/source/wide"
for i in $(seq 60); do
	head -c $((i * 997)) /dev/urandom >"$work/source/wide/file$i"
	echo "$i" >"$work/source/deep/er/still/$i"
done
tar -C "$work" -cf "$work/source.tar" source
cp -a "$work/source" "$root/first"

start --debounce 50
check 'watch begins' $? "$(cat "$work/notes")"

# Changed through memory: no event is told of that before the file is closed.  It reads a line from each pipe: store; close.
if command -v python3 >/dev/null; then
	mkdir "$root/mapped" && mkfifo "$work/store" "$work/close"
	python3 - "$root/mapped/file" "$work/store" "$work/close" <<-'END' &
		import mmap, sys
		with open(sys.argv[1], "w+b") as file:
		    file.truncate(1 << 20)
		    with mmap.mmap(file.fileno(), 1 << 20) as memory:
		        for part in 0, 1:
		            open(sys.argv[2]).read()
		            for at in range(part << 19, (part + 1) << 19, 8192):
		                memory[at] = 1
		            memory.flush()
		            open(sys.argv[3]).read()
	END
	mapper=$!
	echo >"$work/store"
	if [ -n "$HEAVY" ]; then
		settle 'stored through memory, and not closed'
		# After the last look at it.
		sleep 45
	fi
	echo >"$work/close"
	echo >"$work/store"
	echo >"$work/close"
	wait $mapper
	settle 'stored through memory late, and closed'
fi
mkdir "$root/untar" && tar -C "$root/untar" -xf "$work/source.tar"
settle 'tar -x'
cp -a "$root/untar" "$root/copy"
settle 'cp -a'
cp -al "$root/copy" "$root/linked"
settle 'cp -al'
for i in $(seq 20); do
	head -c 70000 /dev/zero >>"$root/linked/source/wide/file$i"
done
settle 'hard links written through'
rm -r "$root/linked/source/wide"
settle 'hard links removed'
ln "$root/copy/source/wide/file60" "$root/first/link" && ln "$root/first/link" "$root/link" && rm "$root/copy/source/wide/file60"
settle 'hard links across folders'
mv "$work/source" "$root/in"
settle 'mv in'
mv "$root/in/deep" "$root/copy/from" && mv "$root/copy" "$root/first/copy" && mv "$root/first" "$root/second"
settle 'mv within'
mv "$root/second/copy" "$work/out"
settle 'mv out'
mv "$work/out" "$root/out" && mv "$root/out" "$root/back" && mkdir "$root/out" && echo new >"$root/out/file"
settle 'mv in and on, another in its place'
rm -rf "$root/back" "$root/out"
settle 'rm -rf'
tar -C "$root" -cf "$root/in/all.tar" linked in/wide second && mkdir "$root/again" && tar -C "$root/again" -xf "$root/in/all.tar" && rm -r "$root/linked"
settle 'hard links packed and unpacked'
ln -f "$root/in/wide/file3" "$root/in/wide/file4" && ln "$root/in/wide/file3" "$work/outside" && mv -f "$root/in/wide/file5" "$root/in/wide/file3"
settle 'links over names, and out'
truncate -s 1G "$root/sparse" && dd if=/dev/zero of="$root/sparse" bs=4096 seek=1000 count=9 conv=notrunc status=none
settle 'a sparse file'
cp -a --sparse=always "$root/sparse" "$root/in/sparse" && tar -C "$root" -Scf "$work/sparse.tar" sparse && tar -C "$root/in/wide" -xf "$work/sparse.tar"
settle 'sparse files copied and unpacked'
fallocate -l 5M "$root/in/reserved" 2>/dev/null && fallocate --punch-hole -o 1M -l 2M "$root/in/reserved" 2>/dev/null
head -c 3000000 /dev/zero >"$root/in/shrinks" && truncate -s 100000 "$root/in/shrinks"
settle 'reserved, punched, truncated'
many=$([ -n "$HEAVY" ] && echo 100000 || echo 5000)
mkdir "$root/many" && perl -e 'chdir shift; for (1 .. shift) { open my $f, ">", "n$_" or die; print $f "x" x ($_ % 9000); close $f; unlink "n$_" if $_ % 5 } rename "n5", "m"' "$root/many" $many
settle "$many files made, most removed"
perl -e 'chdir shift; unlink glob "n*"' "$root/many"
settle 'the others removed'
for i in $(seq 40); do
	mkdir -p "$root/churn/$i/a/b" && echo "$i" >"$root/churn/$i/a/b/file" && mv "$root/churn/$i" "$root/churn/last" && rm -r "$root/churn/last"
done
settle 'folders made, renamed and removed'
if command -v git >/dev/null; then
	(
		export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
		mkdir "$work/repo" && cd "$work/repo" && git init -q . && tar -xf "$work/source.tar" && git add . && git commit -qm one &&
			git mv source moved && git commit -qm two && git clone -q "$work/repo" "$root/links" && git clone -q --no-hardlinks "$work/repo" "$root/clone" && cd "$root/clone" &&
			git checkout -q HEAD~1 && git checkout -q - && git gc -q
	) >/dev/null 2>&1
	settle 'git clone, checkout, gc'
	git -C "$root/links" gc -q --prune=now >/dev/null 2>&1
	settle 'git gc of what was linked'
fi
if [ -n "$HEAVY" ]; then
	mkdir "$root/large" && tar -C / -cf - usr/include usr/share/doc 2>/dev/null | tar -C "$root/large" -xf -
	settle 'untar, large'
	cp -a "$root/large" "$root/large2" && cp -al "$root/large" "$root/large3"
	settle 'cp -a and cp -al, large'
	mv "$root/large2" "$root/large/within" && mv "$root/large" "$work/large"
	settle 'mv out, large'
	mv "$work/large" "$root/large" && rm -rf "$root/large3"
	settle 'mv in and rm -rf, large'
	rm -rf "$root/large"
	settle 'rm -rf, large'
fi

# ---- beside it ----

text=$("$program" watch "$root" 2>&1 >/dev/null)
check 'a second watch exits 1' $(($? != 1))
check 'a second watch says so in one sentence' $(($(wc -l <<<"$text") != 1)) "$text"
"$program" scan -0 "$root" >/dev/null 2>"$work/err"
check 'scan while watch runs' $? "$(cat "$work/err")"
stored 'what it stored'
echo more >"$root/after" && cp -a "$root/in" "$root/after-scan"
settle 'still followed after the scan'

ticks()
{
	awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat"
}

# What was written to is looked at once more later; until then it is not idle.
idle()
{
	local before after
	before=$(ticks)
	sleep 3
	after=$(ticks)
	[ $((after - before)) -le 1 ]
}
deadline=90 await idle
check 'idle, no time is used' $?

"$program" size --json "$root" | grep -q '"live": true'
check 'size says that it is live' $?
echo last >>"$root/after"
stop TERM
check 'SIGTERM: exit 0' "$status" "$(cat "$work/notes")"
stored 'SIGTERM: the newest snapshot is what is there'
check 'SIGTERM: the database is sound' "$([ "$(sound)" = ok ]; echo $?)"
settle 'size after the end' 0
"$program" list --json "$root" | sed -n 's/.*"id": \([0-9]*\),.*"total_bytes": \([0-9]*\),.*/\1 \2/p' >"$work/snapshots"
check 'snapshots were stored' $(($(wc -l <"$work/snapshots") < 3))
# The lines of a watch tell of every byte.
first=$(tail -1 "$work/snapshots" | cut -d' ' -f2)
text=$(sed 's/.*"delta_bytes": \(-*[0-9]*\), "total_bytes": \([0-9]*\),.*/\1 \2/' "$work/lines" | awk -v sum="$first" '{ sum += $1; if (sum != $2) { print NR ": " sum " " $2; exit } } END { print sum }')
check 'the lines add up' "$([ "$text" = "$(total)" ]; echo $?)" "$text"
to='' new=''
while read -r id bytes; do
	if [ -n "$to" ]; then
		delta=$("$program" diff --json --from "$id" --to "$to" "$root" | field net_bytes)
		check "diff from $id to $to adds up" $((delta != new - bytes)) "$delta, not $((new - bytes))"
	fi
	to=$id new=$bytes
done <"$work/snapshots"

# ---- killed at any moment ----

crashes=0 unsound=0 untrue=0
for ((round = 0; round < ${ROUNDS:-5}; round++)); do
	: >"$work/notes"
	"$program" watch --json --debounce 10 --flush 1 "$root" >>"$work/lines" 2>"$work/notes" &
	pid=$!
	(
		mkdir -p "$root/kill"
		for ((i = 0; i < 30; i++)); do
			cp -a "$root/in/wide" "$root/kill/$i" && mv "$root/kill/$i" "$root/kill/m$i" && echo x >>"$root/kill/m$i/file1"
			[ $((i % 3)) = 0 ] || rm -r "$root/kill/m$i"
		done
		rm -r "$root/kill"
	) 2>/dev/null &
	writer=$!
	sleep "$(printf '%d.%03d' $((RANDOM % 2)) $((RANDOM % 1000)))"
	stop KILL
	"$program" list "$root" >/dev/null 2>"$work/err" || { crashes=$((crashes + 1)); cat "$work/err"; }
	"$program" size --json "$root" >/dev/null 2>"$work/err"
	status=$?
	[ $status -le 1 ] || { crashes=$((crashes + 1)); echo "size: $status"; cat "$work/err"; }
	[ "$(sound)" = ok ] || unsound=$((unsound + 1))
	wait $writer
	sync -f "$root"
	"$program" scan -0 "$root" >/dev/null 2>"$work/err" || { crashes=$((crashes + 1)); cat "$work/err"; }
	if ! "$walk" snapshot "$DISKTRACKER_DB" "$root" || ! "$walk" size "$program" "$root"; then
		untrue=$((untrue + 1))
		echo "round $round"
	fi
done
check "killed $round times: the next commands work" $crashes
check "killed $round times: the database is sound" $unsound
check "killed $round times: the next scan is true, and size is what it found" $untrue

# ---- fewer watches than folders ----

limited()
{
	exec unshare -Ur sh -c 'echo 12 >/proc/sys/user/max_inotify_watches && exec "$@"' sh "$program" watch --json "$root"
}
if unshare -Ur sh -c 'echo 12 >/proc/sys/user/max_inotify_watches' 2>/dev/null; then
	: >"$work/notes"
	limited >>"$work/lines" 2>"$work/notes" &
	pid=$!
	await grep -q 'folders.*max_user_watches' "$work/notes"
	check 'too few watches: it says so' $? "$(cat "$work/notes")"
	for path in $(find "$root" -type d | head -60); do
		echo polled >"$path/polled"
	done
	mkdir -p "$root/new/folder" && cp -a "$root/in/wide" "$root/new/folder/wide"
	settle 'too few watches: what is polled catches up' 60
	rm -r "$root/in/wide" "$root/new"
	settle 'too few watches: what is removed too' 60
	stop TERM
	check 'too few watches: SIGTERM' "$status" "$(cat "$work/notes")"
	stored 'too few watches: the newest snapshot'
else
	echo '[SKIP] follow: too few watches: no user namespaces with a limit of their own'
fi

printf '%d passed, %d failed\n' $passed $failed
[ $failed = 0 ]
