The largest files of a snapshot.

  $ disktracker top /data
  disktracker: there is no snapshot of /data; make one with: disktracker scan /data
  [1]
  $ disktracker import "$TESTS/commands/old.json" >/dev/null; disktracker import "$TESTS/commands/new.json" >/dev/null
  $ disktracker top /data
  /data  #2 2025-11-15 02:13
      size  name
  50.0 MiB  projects/api/target/more.rlib
  20.0 MiB  fresh/f
   9.0 MiB  logs/app.log
   5.0 MiB  logs/new\x1b[31m.log
   2.0 MiB  projects/api/target/lib.rlib
   8.0 KiB  projects/api/main.rs
   4.0 KiB  projects/README
  $ disktracker top /data/logs -n 1
  /data/logs  #2 2025-11-15 02:13
     size  name
  9.0 MiB  app.log
  $ disktracker top /data --snapshot 1 -n 3
  /data  #1 2025-11-13 02:13
     size  name
  5.0 MiB  logs/old.log
  3.0 MiB  backups/b.tar
  2.0 MiB  projects/api/target/lib.rlib
  $ disktracker top /data --dirs -n 3
  /data  #2 2025-11-15 02:13
      size  items  name
  52.0 MiB      6  projects
  52.0 MiB      4  projects/api
  52.0 MiB      2  projects/api/target
  $ disktracker top /data --json -n 2
  {
    "schema": 1,
    "root": "/data",
    "snapshot_id": 2,
    "entries": [
      {"path": "/data/projects/api/target/more.rlib", "bytes": 52428800, "mtime": 0, "is_dir": false, "items": 0},
      {"path": "/data/fresh/f", "bytes": 20971520, "mtime": 0, "is_dir": false, "items": 0}
    ]
  }
  $ disktracker top /data/locked
  /data/locked  #2 2025-11-15 02:13
  $ disktracker top /data/nothing
  disktracker: there is no folder /data/nothing in snapshot #2
  [1]
  $ disktracker top /data/logs/app.log
  disktracker: there is no folder /data/logs/app.log in snapshot #2
  [1]
