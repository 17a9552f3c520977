The chain of a folder that is scanned again and again, a day apart.

  $ now=1763600000
  $ mkdir -p tree/sub && cd tree
  $ day() { DISKTRACKER_TEST_TIME=$((now + $1 * 86400)) disktracker "${@:2}"; }
  $ for n in 0 1 2 3 4; do head -c ${n}M /dev/zero >sub/file; day $n scan --cold >/dev/null; done
  $ day 4 list | awk '{ print $1, $2, $3, $4, $5 }'
  id when age size growth
  5 2025-11-24 00:53 0 s
  4 2025-11-23 00:53 1 d
  3 2025-11-22 00:53 2 d
  2 2025-11-21 00:53 3 d
  1 2025-11-20 00:53 4 d
  $ day 4 label latest~2 middle
  #3 is now middle
  $ day 4 label 2 middle
  disktracker: snapshot 3 is already called "middle"; 'disktracker label 3 --remove' takes that away
  [1]
  $ day 4 label 2 7d
  disktracker: "7d" cannot be a label: it reads as another way to name a snapshot
  Try 'disktracker label -h'.
  [2]
  $ day 4 diff | head -n 1
  HERE/tree  #4 2025-11-23 00:53 -> #5 2025-11-24 00:53 (1 d)  +1.0 MiB
  $ day 4 diff --from middle
  HERE/tree  #3 2025-11-22 00:53 -> #5 2025-11-24 00:53 (2 d)  +2.0 MiB
    growth     size  name
  +2.0 MiB  4.0 MiB  sub/
  $ day 4 diff --from 2025-11-20 --to previous | head -n 1
  HERE/tree  #1 2025-11-20 00:53 -> #4 2025-11-23 00:53 (3 d)  +3.0 MiB
  $ day 4 diff --last 3d | head -n 1
  HERE/tree  #2 2025-11-21 00:53 -> #5 2025-11-24 00:53 (3 d)  +3.0 MiB
  $ day 4 diff --last 1y | head -n 1
  disktracker: history is shorter than 1y: the first snapshot is taken, of 2025-11-20 00:53 (4 d old)
  HERE/tree  #1 2025-11-20 00:53 -> #5 2025-11-24 00:53 (4 d)  +4.0 MiB
  $ day 4 diff --from latest~9
  disktracker: latest~9: there are only 5 snapshots here
  [1]
  $ day 4 diff --to 1
  disktracker: there is no snapshot before 1: this is the first
  [1]
  $ day 4 diff --from nobody
  disktracker: no snapshot here is called nobody; `disktracker list` shows them
  [1]

Below the root too; named on the first line.

  $ cd sub && day 4 diff | head -n 1; cd ..
  HERE/tree/sub  in HERE/tree  #4 2025-11-23 00:53 -> #5 2025-11-24 00:53 (1 d)  +1.0 MiB

Labels come and go.

  $ day 4 label middle --remove
  #3 has no label now
  $ day 4 label middle --remove
  disktracker: no snapshot here is called middle; `disktracker list` shows them
  [1]
  $ day 4 label --json 2 kept
  {
    "schema": 1,
    "snapshot_id": 2,
    "label": "kept"
  }
  $ day 4 list --json | grep -c '"label": "kept"'
  1

Old ones go; the newest and those with a label stay.

  $ day 40 prune --dry-run --keep-last 2
  id  when                 size  kept as             root
   5  2025-11-24 00:53  4.0 MiB  newest, last        HERE/tree
   4  2025-11-23 00:53  3.0 MiB  last                HERE/tree
   3  2025-11-22 00:53  2.0 MiB  (would be removed)  HERE/tree
   2  2025-11-21 00:53  1.0 MiB  label               HERE/tree
   1  2025-11-20 00:53  8.0 KiB  (would be removed)  HERE/tree
  2 snapshots would be removed
  $ day 40 prune --keep-last 2 --json
  {
    "schema": 1,
    "dry_run": false,
    "freed_bytes": 0,
    "removed": [
      3,
      1
    ],
    "kept": [
      {"id": 5, "reasons": ["newest", "last"]},
      {"id": 4, "reasons": ["last"]},
      {"id": 2, "reasons": ["label"]}
    ]
  }
  $ day 40 prune --keep-last 2
  id  when                 size  kept as       root
   5  2025-11-24 00:53  4.0 MiB  newest, last  HERE/tree
   4  2025-11-23 00:53  3.0 MiB  last          HERE/tree
   2  2025-11-21 00:53  1.0 MiB  label         HERE/tree
  0 snapshots removed, 0 B freed
  $ day 40 list --json | grep -o '"id": [0-9]*'
  "id": 5
  "id": 4
  "id": 2

Below several known roots: the deepest one that holds both snapshots.

  $ cd .. && mkdir -p outer/inner/deep && cd outer
  $ day 50 scan . >/dev/null; day 51 scan inner >/dev/null; head -c 2M /dev/zero >inner/deep/file; day 52 scan . >/dev/null
  $ day 53 diff inner/deep | head -n 1
  HERE/outer/inner/deep  in HERE/outer  #6 2026-01-09 00:53 -> #8 2026-01-11 00:53 (2 d)  +2.0 MiB
  $ day 53 scan inner >/dev/null
  $ day 53 diff inner/deep | head -n 1
  HERE/outer/inner/deep  in HERE/outer/inner  #7 2026-01-10 00:53 -> #9 2026-01-12 00:53 (2 d)  +2.0 MiB
  $ day 53 diff inner/deep --from 6 --to 9 --json | grep -oe '"root": .*' -e '"path": "[^"]*"' -e '"net_bytes": .*'
  "root": "HERE/outer/inner",
  "path": "HERE/outer/inner/deep"
  "net_bytes": 2097152,
  "path": ""
  $ day 53 diff inner --from 6
  HERE/outer/inner  in HERE/outer  #6 2026-01-09 00:53 -> #8 2026-01-11 00:53 (2 d)  +2.0 MiB
    growth     size  name
  +2.0 MiB  2.0 MiB  deep/
  $ day 53 diff . --from 7 2>&1 | sed 's#HERE/[^ ]*#…#'
  disktracker: #7 is of HERE/outer/inner, #8 is not: different folders or machines are compared when both snapshots are given by number
  $ day 54 scan -x . >/dev/null
  $ day 54 diff --from 8 --to 10
  disktracker: #8 and #10 were counted with different options: not all of this is growth
  HERE/outer  #8 2026-01-11 00:53 -> #10 2026-01-13 00:53 (2 d)  0 B
  nothing changed
  $ day 53 diff inner/gone
  disktracker: HERE/outer/inner/gone is in neither of the snapshots #7 and #9
  [1]

What a window or other options need said.

  $ day 60 diff --last 1d
  disktracker: there is no snapshot of the last 1d: the newest is #10 of 2026-01-13 00:53
  HERE/outer  #10 2026-01-13 00:53 -> #10 2026-01-13 00:53 (0 s)  0 B
  nothing changed
  $ day 60 diff --last 1d --json 2>/dev/null | grep '"note"'
    "note": "there is no snapshot of the last 1d: the newest is #10 of 2026-01-13 00:53",
  $ day 60 diff --depth 0 --from 6 --to 8
  HERE/outer  #6 2026-01-09 00:53 -> #8 2026-01-11 00:53 (2 d)  +2.0 MiB
    growth     size  name
  +2.0 MiB  2.0 MiB  ./
  2 changes +2.0 MiB deeper than that
  $ day 61 scan --exclude-caches . >/dev/null; day 61 diff --to latest 2>&1 | sed 's/, [0-9.]* s$//'
  disktracker: #11 is the first that was counted like this; 3 others were counted differently, the newest, #10, with -x: named by number they are compared all the same
