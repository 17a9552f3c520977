Growth in items, and in apparent sizes.

  $ disktracker import "$TESTS/commands/old.json" >/dev/null; disktracker import "$TESTS/commands/new.json" >/dev/null
  $ disktracker diff /data --items --min-delta 1
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +1
  growth  items  name
      -2      -  backups/ (gone)
      +2      2  fresh/ (new)
      +1      3  projects/api/target/
       ?      ?  locked/ (not readable on one side)
  $ disktracker diff /data --items
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +1
  growth  items  name
      -2      -  backups/ (gone)
      +2      2  fresh/ (new)
      +1      3  projects/api/target/
       ?      ?  locked/ (not readable on one side)
  $ disktracker diff /data --items --files --min-delta 1 -n 4
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +1
  growth  items  name
      -2      -  backups/ (gone)
      +2      2  fresh/ (new)
      -1      -  backups/b.tar (gone)
      +1      1  fresh/f (new)
  3 smaller changes +1
  $ disktracker diff /data --items --json -n 2
  {
    "schema": 1,
    "root": "/data",
    "path": "/data",
    "from": 1,
    "to": 2,
    "from_time": 1763000000,
    "to_time": 1763172800,
    "measure": "items",
    "net_bytes": 1,
    "unknown_entries": 1,
    "unknown_bytes": 1,
    "note": null,
    "entries": [
      {"path": "/data/backups", "status": "deleted", "bytes_a": 2, "bytes_b": 0, "delta_bytes": -2, "direct_delta_bytes": -2, "is_dir": true, "path_from": null},
      {"path": "/data/fresh", "status": "new", "bytes_a": 0, "bytes_b": 2, "delta_bytes": 2, "direct_delta_bytes": 2, "is_dir": true, "path_from": null}
    ],
    "omitted": {
      "entries": 5,
      "direct_delta_bytes": 1
    }
  }
  $ disktracker diff /data --apparent-size -n 3
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +71.5 MiB
     growth      size  name
  +71.5 MiB  82.0 MiB  ./
  +47.7 MiB  49.6 MiB  projects/api/target/
  +19.1 MiB  19.1 MiB  fresh/ (new)
  2 smaller changes +4.8 MiB
  $ disktracker diff /data -n 3
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
     growth      size  name
  +75.0 MiB  86.0 MiB  ./
  +50.0 MiB  52.0 MiB  projects/api/target/
  +20.0 MiB  20.0 MiB  fresh/ (new)
  2 smaller changes +5.0 MiB
