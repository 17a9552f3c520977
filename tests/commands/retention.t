What is kept, and who says so.

  $ now=1763600000
  $ mkdir -p tree/sub other && cd tree
  $ day() { DISKTRACKER_TEST_TIME=$((now + $1 * 86400)) disktracker "${@:2}"; }
  $ for n in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c ${n}K /dev/zero >sub/file; day $n scan >/dev/null; done
  $ day 12 list | awk '{ print $1, $2, $3, $4, $5 }' | head -n 3
  id when age size growth
  12 2025-12-02 00:53 0 s
  11 2025-12-01 00:53 1 d

One scan with the clock in 2036 drops nothing, is said once and marked, and is not the newest any more.

  $ echo a >sub/a; DISKTRACKER_TEST_TIME=2082758400 disktracker scan --json | grep -A1 '"removed"'
    "removed": [],
    "warm": {
  $ echo b >sub/b; day 13 scan 2>&1 | sed 's/  .* in /  SIZE in /; s/, [0-9.]* s$/, N s/'
  disktracker: #13 is dated 2036-01-01 00:00, and now it is 2025-12-03 00:53: a clock was wrong; snapshots keep their order all the same, and 'disktracker forget 13' removes it
  HERE/tree  SIZE in 4 items, N s
  #14 saved, +4.0 KiB since #13 (?)
  $ echo c >sub/c; day 14 scan 2>&1 | sed 's/  .* in /  SIZE in /; s/, [0-9.]* s$/, N s/'
  HERE/tree  SIZE in 5 items, N s
  #15 saved, +4.0 KiB since #14 (1 d)
  $ day 14 list | awk '{ print $1, $2, $3, $4, $5 }' | head -n 5
  id when age size growth
  15 2025-12-04 00:53 0 s
  14 2025-12-03 00:53 1 d
  13 2036-01-01 00:00? ? 24.0
  12 2025-12-02 00:53 2 d
  $ day 14 list --json | grep -c '"doubtful_date": true'
  1
  $ day 14 size . --json | grep -o '"as_of": [0-9]*'
  "as_of": 1764809600
  $ day 14 diff --json | grep -e '"from":' -e '"to":'
    "from": 14,
    "to": 15,
  $ day 14 diff --last 1d --json | grep -e '"from":' -e '"to":'
    "from": 14,
    "to": 15,
  $ day 14 diff --from 2037-01-01 --json | grep -e '"from":' -e '"to":'
    "from": 15,
    "to": 15,
  $ day 14 doctor | grep -o '#13.*'
  #13 is dated 2036-01-01 00:00, which does not fit the order of its neighbours: a clock was wrong; `disktracker forget 13` removes it
  $ day 14 prune --dry-run --keep-last 1 | sed -n '2,4p; $p'
  15  2025-12-04 00:53   32.0 KiB  newest, last        HERE/tree
  14  2025-12-03 00:53   28.0 KiB  (would be removed)  HERE/tree
  13  2036-01-01 00:00?  24.0 KiB  (would be removed)  HERE/tree
  14 snapshots would be removed
  $ day 14 prune --dry-run --keep-last 1 --older-than 5d | sed -n '2,5p; $p'
  15  2025-12-04 00:53   32.0 KiB  newest, last, young  HERE/tree
  14  2025-12-03 00:53   28.0 KiB  young                HERE/tree
  13  2036-01-01 00:00?  24.0 KiB  doubtful date        HERE/tree
  12  2025-12-02 00:53   20.0 KiB  young                HERE/tree
  9 snapshots would be removed

Rules, the reasons, and one folder only.

  $ day 14 scan ../other | tail -n 1
  #16 saved; after the next scan 'disktracker diff' shows what grew
  $ day 15 prune --keep-daily 2 --keep-last 1 . | sed 's/, [0-9.]* [KM]iB freed/, N freed/'
  id  when                   size  kept as              root
  15  2025-12-04 00:53   32.0 KiB  newest, last, daily  HERE/tree
  14  2025-12-03 00:53   28.0 KiB  daily                HERE/tree
  13  2036-01-01 00:00?  24.0 KiB  (removed)            HERE/tree
  12  2025-12-02 00:53   20.0 KiB  (removed)            HERE/tree
  11  2025-12-01 00:53   20.0 KiB  (removed)            HERE/tree
  10  2025-11-30 00:53   20.0 KiB  (removed)            HERE/tree
   9  2025-11-29 00:53   20.0 KiB  (removed)            HERE/tree
   8  2025-11-28 00:53   16.0 KiB  (removed)            HERE/tree
   7  2025-11-27 00:53   16.0 KiB  (removed)            HERE/tree
   6  2025-11-26 00:53   16.0 KiB  (removed)            HERE/tree
   5  2025-11-25 00:53   16.0 KiB  (removed)            HERE/tree
   4  2025-11-24 00:53   12.0 KiB  (removed)            HERE/tree
   3  2025-11-23 00:53   12.0 KiB  (removed)            HERE/tree
   2  2025-11-22 00:53   12.0 KiB  (removed)            HERE/tree
   1  2025-11-21 00:53   12.0 KiB  (removed)            HERE/tree
  13 snapshots removed, 0 B freed
  $ day 15 prune --keep-last 1 --json
  {
    "schema": 1,
    "dry_run": false,
    "freed_bytes": 0,
    "removed": [
      14
    ],
    "kept": [
      {"id": 16, "reasons": ["newest", "last"]},
      {"id": 15, "reasons": ["newest", "last"]}
    ]
  }
  $ day 15 prune ../nowhere
  disktracker: there is no snapshot of HERE/nowhere; make one with: disktracker scan HERE/nowhere
  [1]
  $ day 15 forget 14 nobody
  disktracker: there is no snapshot 14
  [1]
  $ day 15 forget 14 14
  disktracker: there is no snapshot 14
  [1]
  $ day 15 forget --dry-run latest --json
  {
    "schema": 1,
    "dry_run": true,
    "freed_bytes": 0,
    "removed": [
      16
    ],
    "kept": []
  }
  $ day 15 list --json | grep -o '"id": [0-9]*'
  "id": 16
  "id": 15
  $ day 15 forget
  disktracker: forget needs: REF...
  Try 'disktracker forget -h'.
  [2]

Equal neighbours are folded, unless it is switched off; a configuration replaces the rules.

  $ for n in 1 2 3; do day 15 scan ../other 2>&1 | grep -v ' items*, '; done; day 15 scan ../other --json 2>/dev/null | grep -A 2 '"removed"'
  #17 saved, 0 B since #16 (1 d)
  disktracker: 1 snapshot was removed by the retention: #17; --no-prune keeps all
  #18 saved, 0 B since #17 (0 s)
  disktracker: 1 snapshot was removed by the retention: #18; --no-prune keeps all
  #19 saved, 0 B since #18 (0 s)
    "removed": [
      19
    ],
  $ for n in 1 2 3; do day 15 scan ../other --no-prune | tail -n 1; done
  #21 saved, 0 B since #20 (0 s)
  #22 saved, 0 B since #21 (0 s)
  #23 saved, 0 B since #22 (0 s)
  $ mkdir -p ~/.config/disktracker; echo --no-prune >~/.config/disktracker/config; day 15 scan ../other | tail -n 1
  #24 saved, 0 B since #23 (0 s)
  $ echo --keep-last 1 >~/.config/disktracker/config; echo x >../other/x; day 16 scan ../other 2>&1 | grep -v ' items*, '
  disktracker: 6 snapshots were removed by the retention: #24 #23 #22 #21 #20 #16; --no-prune keeps all
  #25 saved, +4.0 KiB since #24 (1 d)
  $ day 16 scan ../other --prune --keep-last 3
  disktracker: --keep-last is no option of scan
  Try 'disktracker scan -h'.
  [2]
