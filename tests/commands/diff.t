Growth between two snapshots, here of imported ones: named by their ids.

  $ export DISKTRACKER_TEST_TIME=1763259200
  $ disktracker diff
  disktracker: there is no snapshot of HERE; make one with: disktracker scan HERE
  [1]
  $ disktracker import "$TESTS/commands/old.json" >/dev/null
  $ disktracker diff /data
  disktracker: there is no snapshot before 1: this is the first
  [1]
  $ disktracker import "$TESTS/commands/new.json" >/dev/null
  $ disktracker diff --from 1 --to 2
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
     growth      size  name
  +75.0 MiB  86.0 MiB  ./
  +50.0 MiB  52.0 MiB  projects/api/target/
  +20.0 MiB  20.0 MiB  fresh/ (new)
   +8.0 MiB  14.0 MiB  logs/
   -3.0 MiB         -  backups/ (gone)
          ?         ?  locked/ (not readable on one side)
  $ disktracker diff --from 1 --to 2 --files
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
     growth      size  name
  +75.0 MiB  86.0 MiB  ./
  +50.0 MiB  50.0 MiB  projects/api/target/more.rlib (new)
  +20.0 MiB  20.0 MiB  fresh/f (new)
   +8.0 MiB   9.0 MiB  logs/app.log
   +5.0 MiB   5.0 MiB  logs/new\x1b[31m.log (new)
   -5.0 MiB         -  logs/old.log (gone)
   -3.0 MiB         -  backups/b.tar (gone)
          ?         ?  locked/ (not readable on one side)
  1 smaller change +4.0 KiB
  $ disktracker diff --from 1 --to 2 --files --min-delta 0
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
     growth      size  name
  +75.0 MiB  86.0 MiB  ./
  +50.0 MiB  50.0 MiB  projects/api/target/more.rlib (new)
  +20.0 MiB  20.0 MiB  fresh/f (new)
   +8.0 MiB   9.0 MiB  logs/app.log
   +5.0 MiB   5.0 MiB  logs/new\x1b[31m.log (new)
   -5.0 MiB         -  logs/old.log (gone)
   -3.0 MiB         -  backups/b.tar (gone)
   +4.0 KiB   8.0 KiB  projects/api/main.rs
          ?         ?  locked/ (not readable on one side)
  $ disktracker diff --from 1 --to 2 -n 2
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
     growth      size  name
  +75.0 MiB  86.0 MiB  ./
  +50.0 MiB  52.0 MiB  projects/api/target/
  3 smaller changes +25.0 MiB
  $ disktracker diff --from 1 --to 2 --depth 1
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
     growth      size  name
  +75.0 MiB  86.0 MiB  ./
  +50.0 MiB  52.0 MiB  projects/
  +20.0 MiB  20.0 MiB  fresh/ (new)
   +8.0 MiB  14.0 MiB  logs/
   -3.0 MiB         -  backups/ (gone)
          ?         ?  locked/ (not readable on one side)
  2 changes +50.0 MiB deeper than that
  $ disktracker diff --from 1 --to 2 /data/projects
  /data/projects  in /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +50.0 MiB
     growth      size  name
  +50.0 MiB  52.0 MiB  api/target/
  $ disktracker diff --from 2 --to 1 --min-delta 10M
  /data  #2 2025-11-15 02:13 -> #1 2025-11-13 02:13 (-2 d)  -75.0 MiB
     growth      size  name
  -75.0 MiB  11.0 MiB  ./
  -50.0 MiB   2.0 MiB  projects/api/target/
  -20.0 MiB         -  fresh/ (gone)
          ?         ?  locked/ (not readable on one side)
  2 smaller changes -5.0 MiB
  $ disktracker diff --from 1 --to 1
  /data  #1 2025-11-13 02:13 -> #1 2025-11-13 02:13 (0 s)  0 B
  nothing changed
  $ disktracker diff --to 2 | head -n 1
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
  $ disktracker diff /data | head -n 1
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
  $ disktracker diff --to 1
  disktracker: there is no snapshot before 1: this is the first
  [1]

As JSON nothing is left out unless it is asked for, and what is left out is summed up.

  $ disktracker diff --from 1 --to 2 --json
  {
    "schema": 1,
    "root": "/data",
    "path": "/data",
    "from": 1,
    "to": 2,
    "from_time": 1763000000,
    "to_time": 1763172800,
    "net_bytes": 78647296,
    "unknown_entries": 1,
    "unknown_bytes": 4096,
    "note": null,
    "entries": [
      {"path": "/data", "status": "grew", "bytes_a": 11571200, "bytes_b": 90218496, "delta_bytes": 78647296, "direct_delta_bytes": 0, "is_dir": true, "path_from": null},
      {"path": "/data/projects", "status": "grew", "bytes_a": 2117632, "bytes_b": 54550528, "delta_bytes": 52432896, "direct_delta_bytes": 0, "is_dir": true, "path_from": null},
      {"path": "/data/projects/api", "status": "grew", "bytes_a": 2109440, "bytes_b": 54542336, "delta_bytes": 52432896, "direct_delta_bytes": 4096, "is_dir": true, "path_from": null},
      {"path": "/data/projects/api/target", "status": "grew", "bytes_a": 2101248, "bytes_b": 54530048, "delta_bytes": 52428800, "direct_delta_bytes": 52428800, "is_dir": true, "path_from": null},
      {"path": "/data/fresh", "status": "new", "bytes_a": 0, "bytes_b": 20975616, "delta_bytes": 20975616, "direct_delta_bytes": 20975616, "is_dir": true, "path_from": null},
      {"path": "/data/logs", "status": "grew", "bytes_a": 6295552, "bytes_b": 14684160, "delta_bytes": 8388608, "direct_delta_bytes": 8388608, "is_dir": true, "path_from": null},
      {"path": "/data/backups", "status": "deleted", "bytes_a": 3149824, "bytes_b": 0, "delta_bytes": -3149824, "direct_delta_bytes": -3149824, "is_dir": true, "path_from": null},
      {"path": "/data/locked", "status": "unknown", "bytes_a": null, "bytes_b": null, "delta_bytes": null, "direct_delta_bytes": null, "is_dir": true, "path_from": null, "reason": "unreadable"}
    ],
    "omitted": {
      "entries": 0,
      "direct_delta_bytes": 0
    }
  }
  $ disktracker diff --from 1 --to 2 --json -n 1 | tail -n 3
      "direct_delta_bytes": 78647296
    }
  }
  $ disktracker diff --from 1 --to 2 --json --files --min-delta 40M | grep more.rlib
      {"path": "/data/projects/api/target/more.rlib", "status": "new", "bytes_a": 0, "bytes_b": 52428800, "delta_bytes": 52428800, "direct_delta_bytes": 52428800, "is_dir": false, "path_from": null},

A folder that moved is one row, as large as what it holds.

  $ mkdir -p tree/a/b; head -c 3M /dev/zero >tree/a/b/x; DISKTRACKER_TEST_TIME=1763259200 disktracker scan tree >/dev/null
  $ mv tree/a/b tree/c; DISKTRACKER_TEST_TIME=1763259300 disktracker scan tree >/dev/null
  $ disktracker diff tree | cut -c 1-10,20- | tail -n +2
    growth  name
  -3.0 MiB  a/
       0 B  ./
       0 B  c/ (moved from a/b)
  $ disktracker diff tree --json | grep -o '"path": .*, "status": "[a-z]*"\|"path_from": "[^"]*"\|"net_bytes": .*'
  "net_bytes": 0,
  "path": "HERE/tree/a", "status": "shrank"
  "path": "HERE/tree", "status": "changed"
  "path": "HERE/tree/c", "status": "moved"
  "path_from": "HERE/tree/a/b"

A folder that is in neither, snapshots that are not there.

  $ disktracker diff --from 1 --to 2 /data/nothing
  disktracker: /data/nothing is in neither of the snapshots #1 and #2
  [1]
  $ disktracker diff --from 1 --to 7
  disktracker: there is no snapshot 7
  [1]
  $ disktracker diff --from 1 --to 99999999999999999999
  disktracker: there is no snapshot 9223372036854775807
  [1]
  $ disktracker diff --from nobody /data
  disktracker: no snapshot here is called nobody; `disktracker list` shows them
  [1]
