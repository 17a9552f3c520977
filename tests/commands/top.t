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
    "note": null,
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

Only what the terms hold for.

  $ disktracker top /data --filter '>3M'
  /data  #2 2025-11-15 02:13
      size  name
  50.0 MiB  projects/api/target/more.rlib
  20.0 MiB  fresh/f
   9.0 MiB  logs/app.log
   5.0 MiB  logs/new\x1b[31m.log
  $ disktracker top /data --filter '*.log >6M'
  /data  #2 2025-11-15 02:13
     size  name
  9.0 MiB  logs/app.log
  $ disktracker top /data --filter 'type:code'
  /data  #2 2025-11-15 02:13
      size  name
  50.0 MiB  projects/api/target/more.rlib
   2.0 MiB  projects/api/target/lib.rlib
   8.0 KiB  projects/api/main.rs
  $ disktracker top /data --filter 'app' --dirs
  /data  #2 2025-11-15 02:13
  $ disktracker top /data --filter 'ext:rlib,rs' --json
  {
    "schema": 1,
    "root": "/data",
    "snapshot_id": 2,
    "note": null,
    "entries": [
      {"path": "/data/projects/api/target/more.rlib", "bytes": 52428800, "mtime": 0, "is_dir": false, "items": 0},
      {"path": "/data/projects/api/target/lib.rlib", "bytes": 2097152, "mtime": 0, "is_dir": false, "items": 0},
      {"path": "/data/projects/api/main.rs", "bytes": 8192, "mtime": 0, "is_dir": false, "items": 0}
    ]
  }
  $ disktracker top /data --filter 'nothing-like-this'
  /data  #2 2025-11-15 02:13
  $ disktracker top /data --filter '>10X'
  disktracker: >10X: no size; >100M, <4k and grew:>1G have one
  Try 'disktracker top -h'.
  [2]
  $ disktracker top /data --filter 'type:film'
  disktracker: type:film: no type; they are video, audio, image, archive, document, code, log, database, disk, package, other, none
  Try 'disktracker top -h'.
  [2]
  $ disktracker top /data --filter 'grew:>1M'
  disktracker: grew: is between two snapshots: see disktracker diff --files
  Try 'disktracker top -h'.
  [2]

In groups.

  $ disktracker top /data --by type
  /data  #2 2025-11-15 02:13
      size  share  items  type                mostly
  52.0 MiB  60.4%      3  code and build      .rlib .rs
  20.0 MiB  23.2%      2  no extension
  14.0 MiB  16.3%      2  logs                .log
  28.0 KiB   0.0%      6  folders themselves
  $ disktracker top /data --by ext -n 2
  /data  #2 2025-11-15 02:13
      size  share  items  extension
  52.0 MiB  60.4%      2  .rlib
  20.0 MiB  23.2%      2  no extension
  3 more groups
  $ disktracker top /data --by age
  /data  #2 2025-11-15 02:13
      size   share  items  modified
  86.0 MiB  100.0%     13  not known
  $ disktracker top /data --by owner
  disktracker: snapshots do not keep owners: B in the browser shows them, with -e
  /data  #2 2025-11-15 02:13
      size   share  items  owner
  86.0 MiB  100.0%     13  not known
  $ disktracker top /data --by owner --json
  disktracker: snapshots do not keep owners: B in the browser shows them, with -e
  {
    "schema": 1,
    "root": "/data",
    "path": "/data",
    "snapshot_id": 2,
    "by": "owner",
    "note": "snapshots do not keep owners: B in the browser shows them, with -e",
    "groups": [
      {"group": "unknown", "bytes": 90218496, "apparent_bytes": 86028782, "items": 13}
    ]
  }
  $ disktracker top /data/projects --by type --json
  {
    "schema": 1,
    "root": "/data",
    "path": "/data/projects",
    "snapshot_id": 2,
    "by": "type",
    "note": null,
    "groups": [
      {"group": "code", "bytes": 54534144, "apparent_bytes": 52000100, "items": 3},
      {"group": "folder", "bytes": 12288, "apparent_bytes": 12288, "items": 2},
      {"group": "none", "bytes": 4096, "apparent_bytes": 10, "items": 1}
    ]
  }
  $ disktracker top /data --by ext --filter 'type:log' --json
  {
    "schema": 1,
    "root": "/data",
    "path": "/data",
    "snapshot_id": 2,
    "by": "ext",
    "note": null,
    "groups": [
      {"group": "log", "bytes": 14680064, "apparent_bytes": 14000000, "items": 2}
    ]
  }
  $ disktracker top /data --by colour
  disktracker: --by takes type, ext, age or owner
  Try 'disktracker top -h'.
  [2]
  $ disktracker top /data --by type --dirs
  disktracker: --by goes without --dirs: groups are of files
  Try 'disktracker top -h'.
  [2]
  $ disktracker top /data/nothing --by type --json
  {"error": "there is no folder /data/nothing in snapshot #2", "path": "/data/nothing"}
  [1]

Names that nobody should have.

  $ mkdir -p "$HOME/odd" && (cd "$HOME/odd" && printf x >$'new\nline.log' && printf x >$'esc\x1b[31m.iso' && printf x >$'bad\xff.c' && printf x >'.hidden')
  $ disktracker scan "$HOME/odd" --quiet
  $ disktracker top "$HOME/odd" --filter 'type:log,disk,code' --json | grep -c path
  3
  $ disktracker top "$HOME/odd" --by ext --json | grep -o '"group": "[a-z]*"' | sort
  "group": ""
  "group": "c"
  "group": "folder"
  "group": "iso"
  "group": "log"
