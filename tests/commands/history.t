States of a folder that lie about already: what any folder was at a time, and what is found by itself.

  $ mkdir -p tree/a; head -c 8192 /dev/zero >tree/a/now; mkdir backup; cp -a tree/. backup; rm backup/a/now; head -c 4096 /dev/zero >backup/a/old
  $ disktracker scan backup --as tree --at 2025-10-01 | grep -v items
  #1 saved; after the next scan 'disktracker diff' shows what grew
  $ disktracker scan --quiet tree; disktracker diff --last 3y --files --min-delta 0 tree 2>/dev/null | tail -n +2
    growth     size  name
  +8.0 KiB  8.0 KiB  a/now (new)
  -4.0 KiB        -  a/old (gone)
  $ disktracker scan backup --as tree
  disktracker: --as PATH --at TIME stores what lies here as the state of PATH at that time: both are needed, and --no-store is not
  Try 'disktracker scan -h'.
  [2]
  $ disktracker scan backup --as tree --at never
  disktracker: --at: 'never' is no time: 2026-11-18, '2026-11-18 09:02', or seconds since 1970
  [1]
  $ disktracker history tree
  disktracker: no older state of HERE/tree was found: btrfs, snapper, Timeshift, ZFS and rsnapshot are known; --look-in FOLDER says where they are, and 'scan FOLDER --as PATH --at TIME' takes any
  [1]

snapper, ZFS, rsnapshot: oldest first, each once.

  $ mkdir -p tree/.snapshots/7 tree/.zfs/snapshot; cp -a backup tree/.snapshots/7/snapshot; echo '<date>2025-11-02 10:00:00</date>' >tree/.snapshots/7/info.xml
  $ cp -a backup tree/.zfs/snapshot/autosnap_2025-11-03_00:00:01_daily; mkdir tree/.zfs/snapshot/undated
  $ mkdir -p "rotated/daily.0/localhost$PWD" rotated/daily.1/localhost$PWD; cp -a backup "rotated/daily.1/localhost$PWD/tree"; cp -al "rotated/daily.1/localhost$PWD/tree" "rotated/daily.0/localhost$PWD/tree"
  $ touch -d '2025-11-05 04:00:00 UTC' rotated/daily.0; touch -d '2025-11-04 04:00:00 UTC' rotated/daily.1
  $ TZ=UTC0 disktracker history tree --look-in rotated --dry-run | sed "s|$PWD|HERE|g"
  id  when              kept by    in
   -  2025-11-02 10:00  snapper    HERE/tree/.snapshots/7/snapshot
   -  2025-11-03 00:00  zfs        HERE/tree/.zfs/snapshot/autosnap_2025-11-03_00:00:01_daily
   -  2025-11-04 04:00  rsnapshot  HERE/rotated/daily.1/localhostHERE/tree
   -  2025-11-05 04:00  rsnapshot  HERE/rotated/daily.0/localhostHERE/tree
  $ TZ=UTC0 disktracker history tree --look-in rotated --json --dry-run | grep -c '"snapshot_id": null'
  4
  $ TZ=UTC0 disktracker history tree --look-in rotated | awk '{ print $1, $2 }'
  id when
  3 2025-11-02
  4 2025-11-03
  5 2025-11-04
  6 2025-11-05
  $ TZ=UTC0 disktracker history tree --look-in rotated | awk '{ print $1, $2 }'
  id when
  3 2025-11-02
  4 2025-11-03
  5 2025-11-04
  6 2025-11-05
  $ TZ=UTC0 disktracker timeline tree --json | grep -c '"snapshot_id"'
  6
  $ disktracker history tree --look-in nowhere
  disktracker: cannot open nowhere: No such file or directory
  [1]
