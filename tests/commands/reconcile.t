What is remembered, brought up to date.

  $ mkdir -p tree/a/b tree/c && echo x >tree/a/f
  $ disktracker reconcile tree
  nobody has followed this folder so far: everything is read
  HERE/tree was read again and stored as #1; it was not known before
  $ disktracker reconcile --full tree
  HERE/tree was read again and stored as #2; all that was known of it was right
  $ head -c 1M /dev/zero >tree/a/b/new
  $ disktracker reconcile --full tree
  HERE/tree was read again and stored as #3; 3 folders were different, by +1.0 MiB
    growth  path
  +1.0 MiB  HERE/tree
  +1.0 MiB  HERE/tree/a
  +1.0 MiB  HERE/tree/a/b
  $ rm tree/a/b/new
  $ disktracker reconcile --json tree
  {
    "schema": 1,
    "root": "HERE/tree",
    "need": "full",
    "reason": "nobody has followed this folder since it was last read: everything is read",
    "mode": "exact",
    "trusted": false,
    "snapshot_id": 4,
    "drift_bytes": -1048576,
    "drift": [
      {"path": "HERE/tree", "status": "shrank", "delta_bytes": -1048576, "direct_delta_bytes": 0},
      {"path": "HERE/tree/a", "status": "shrank", "delta_bytes": -1048576, "direct_delta_bytes": 0},
      {"path": "HERE/tree/a/b", "status": "shrank", "delta_bytes": -1048576, "direct_delta_bytes": -1048576}
    ]
  }
  $ disktracker size --json tree | grep -o '"bytes": '"$(du -s -B1 tree | cut -f1)," | wc -l
  1

A folder below belongs to its root; of several the deepest.

  $ disktracker reconcile tree/a
  HERE/tree/a belongs to a larger folder that is known
  nobody has followed this folder since it was last read: everything is read
  HERE/tree was read again and stored as #5; all that was known of it was right

Behind somebody who has followed it, and ended, it is read where something may have changed; but once.

  $ until [ $(($(date +%s) - $(find tree -type d -exec stat -c %Z {} + | sort -n | tail -1))) -gt 4 ]; do read -rt 0.1 <> <(:) || :; done
  $ disktracker watch --quiet tree 2>err & for i in {1..2000}; do disktracker size --json tree | grep -q '"live": true' && break; sleep 0.02; done; kill $!; wait $!
  $ touch -d 2001-01-01 tree/a/f
  $ for i in 1 2; do disktracker reconcile tree; done
  HERE/tree was read where something may have changed, and stored as #7; all that was known of it was right
  nobody has followed this folder since it was last read: everything is read
  HERE/tree was read again and stored as #8; all that was known of it was right
  $ disktracker doctor | grep -c 'not all that happened'
  0
  [1]

While somebody follows it there is nothing to do.

  $ disktracker watch --quiet tree 2>err & for i in {1..2000}; do disktracker size --json tree | grep -q '"live": true' && break; sleep 0.02; done; disktracker reconcile tree; kill $!; wait $!
  HERE/tree is being followed: what is known of it is true
  $ disktracker reconcile nowhere
  disktracker: cannot open nowhere: No such file or directory
  [1]
