#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# `history` on a real btrfs: a subvolume and read-only snapshots of it, each stored with exactly what du says of it,
# directories known as the same ones.  STATES=50 DIRS=20000 sh tests/history.sh also tells what it cost in full scans.
build=$(cd "${top_builddir:-build}" && pwd)
states=${STATES:-4} dirs=${DIRS:-60}
skip()
{
	echo "[SKIP] history: $1"
	exit 77
}
[ "$(id -u)" -eq 0 ] || skip 'only root mounts'
command -v mkfs.btrfs >/dev/null && command -v btrfs >/dev/null || skip 'btrfs-progs is not installed'
[ -n "${HISTORY_MOUNTS-}" ] || HISTORY_MOUNTS=1 exec "$build/tests/own_mounts" sh "$0"
work=$(mktemp -d) || exit 99
trap 'cd /; umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
truncate -s 2G "$work/image"
mkfs.btrfs -q "$work/image" >/dev/null 2>&1 && mkdir "$work/disk" && mount -o loop "$work/image" "$work/disk" 2>/dev/null || skip 'no btrfs can be mounted'
cd "$work/disk" || exit 99
DISKTRACKER_DB=$work/data.db
export DISKTRACKER_DB
passed=0 failed=0

check() # sentence, what is, what it should be
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s: %s, not %s\n' "$1" "$2" "$3"
	fi
}

btrfs -q subvolume create data >/dev/null
i=0
while [ $i -lt "$dirs" ]; do
	mkdir -p "data/d$((i % 50))/e$i"
	for file in 1 2 3 4 5; do echo "$i $file" >"data/d$((i % 50))/e$i/f$file"; done
	i=$((i + 1))
done
find data -type f -exec touch -d 2020-01-01 {} +
sleep 3 # what was changed just before a snapshot is not trusted
mkdir data/.snapshots
i=1
while [ $i -le "$states" ]; do
	btrfs -q subvolume snapshot -r data "data/.snapshots/s$i" >/dev/null
	n=0
	while [ $n -le $((dirs / 100)) ]; do
		head -c 20000 /dev/zero >"data/d$(((i * 7 + n) % 49 + (n % 2 ? 2 : 0)))/new$i-$n" 2>/dev/null
		n=$((n + 1))
	done
	mv data/d1 data/moved 2>/dev/null || mv data/moved data/d1
	sync
	sleep 1.1 # each snapshot has its second
	i=$((i + 1))
done

again() # the file system as it is after a start
{
	cd /
	umount "$work/disk" && mount -o loop "$work/image" "$work/disk"
	cd "$work/disk" || exit 99
}

again
begin=$(date +%s%N)
"$build/disktracker" history data >"$work/out" || failed=$((failed + 1))
middle=$(date +%s%N)
again
later=$(date +%s%N)
"$build/disktracker" scan --no-store --quiet "data/.snapshots/s$states"
end=$(date +%s%N)
check 'every snapshot is found' "$(grep -c ' btrfs ' "$work/out")" "$states"
"$build/disktracker" timeline data --json | sed -n 's/.*"snapshot_id": .*"bytes": \([0-9]*\).*/\1/p' >"$work/is"
i=1
while [ $i -le "$states" ]; do
	du -s -B1 "data/.snapshots/s$i" | cut -f1
	i=$((i + 1))
done >"$work/du"
check 'each has the size that du says' "$(cat "$work/is")" "$(cat "$work/du")"
check 'a folder that moved between two is known' \
	"$("$build/disktracker" diff --json --from 1 --to 2 data | grep -c '"status": "moved"')" 1
check 'the database is whole' "$("$build/disktracker" doctor --full | grep -vc '^good\|^state')" 0
[ -z "${STATES-}" ] || echo "history of $states states: $(((middle - begin) / (end - later))) times a scan of one ($(((middle - begin) / 1000000)) ms, $(((end - later) / 1000000)) ms)"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
