What grew within a time, on one screen.

  $ export DISKTRACKER_TEST_TIME=1763259200
  $ disktracker report /data
  disktracker: there is no snapshot of /data; make one with: disktracker scan /data
  [1]
  $ disktracker report /data --json
  {"error": "there is no snapshot of /data; make one with: disktracker scan /data", "path": "/data"}
  [1]
  $ disktracker import "$TESTS/commands/old.json" >/dev/null
  $ disktracker report /data
  disktracker: history is shorter than 7d: the first snapshot is taken, of 2025-11-13 02:13 (3 d old); there is no snapshot of the last 7d: the newest is #1 of 2025-11-13 02:13
  /data  #1 2025-11-13 02:13 -> #1 2025-11-13 02:13 (0 s)  0 B
  11.0 MiB
  $ disktracker import "$TESTS/commands/new.json" >/dev/null
  $ disktracker report /data
  disktracker: history is shorter than 7d: the first snapshot is taken, of 2025-11-13 02:13 (3 d old)
  /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +75.0 MiB
  86.0 MiB~  +75.0 MiB in 2 d   last 2 d +37.5 MiB a day
  
     growth      size  grew most
  +50.0 MiB  52.0 MiB  projects/api/target/
  +20.0 MiB  20.0 MiB  fresh/ (new)
   +8.0 MiB  14.0 MiB  logs/
  
      size  new large files
  50.0 MiB  projects/api/target/more.rlib
  20.0 MiB  fresh/f
   5.0 MiB  logs/new\x1b[31m.log
  
     growth  cause      class    mostly in
   +8.0 MiB  log files  service  logs/app.log  +2 more
  +67.0 MiB  other               projects/api/target/more.rlib  +3 more
  1 entry could not be compared
  $ disktracker report /data --json | sed 's/\("delta_bytes": [0-9]*, "bytes": [0-9]*\), "idle.*/\1 .../'
  disktracker: history is shorter than 7d: the first snapshot is taken, of 2025-11-13 02:13 (3 d old)
  {
    "schema": 1,
    "root": "/data",
    "path": "/data",
    "from": 1,
    "to": 2,
    "from_time": 1763000000,
    "to_time": 1763172800,
    "bytes": 90218496,
    "net_bytes": 78647296,
    "unknown_entries": 1,
    "unknown_bytes": 4096,
    "note": "history is shorter than 7d: the first snapshot is taken, of 2025-11-13 02:13 (3 d old)",
    "growers": [
      {"path": "/data/projects/api/target", "status": "grew", "bytes_a": 2101248, "bytes_b": 54530048, "delta_bytes": 52428800, "direct_delta_bytes": 0, "is_dir": true, "path_from": null},
      {"path": "/data/fresh", "status": "new", "bytes_a": 0, "bytes_b": 20975616, "delta_bytes": 20975616, "direct_delta_bytes": 4096, "is_dir": true, "path_from": null},
      {"path": "/data/logs", "status": "grew", "bytes_a": 6295552, "bytes_b": 14684160, "delta_bytes": 8388608, "direct_delta_bytes": 0, "is_dir": true, "path_from": null}
    ],
    "new_files": [
      {"path": "/data/projects/api/target/more.rlib", "bytes": 52428800},
      {"path": "/data/fresh/f", "bytes": 20971520},
      {"path": "/data/logs/new\u001b[31m.log", "bytes": 5242880}
    ],
    "tree": [
      {"path": "/data", "bytes": 90218496, "items": 13, "is_dir": true, "depth": 0, "rest_bytes": 8192},
      {"path": "/data/projects", "bytes": 54550528, "items": 6, "is_dir": true, "depth": 1, "rest_bytes": 8192},
      {"path": "/data/fresh", "bytes": 20975616, "items": 1, "is_dir": true, "depth": 1, "rest_bytes": 4096},
      {"path": "/data/logs", "bytes": 14684160, "items": 2, "is_dir": true, "depth": 1, "rest_bytes": 4096},
      {"path": "/data/projects/api", "bytes": 54542336, "items": 4, "is_dir": true, "depth": 2, "rest_bytes": 12288},
      {"path": "/data/projects/api/target", "bytes": 54530048, "items": 2, "is_dir": true, "depth": 3, "rest_bytes": 4096},
      {"path": "/data/projects/api/target/more.rlib", "bytes": 52428800, "items": null, "is_dir": false, "depth": 4, "rest_bytes": null},
      {"path": "/data/projects/api/target/lib.rlib", "bytes": 2097152, "items": null, "is_dir": false, "depth": 4, "rest_bytes": null},
      {"path": "/data/fresh/f", "bytes": 20971520, "items": null, "is_dir": false, "depth": 2, "rest_bytes": null},
      {"path": "/data/logs/app.log", "bytes": 9437184, "items": null, "is_dir": false, "depth": 2, "rest_bytes": null},
      {"path": "/data/logs/new\u001b[31m.log", "bytes": 5242880, "items": null, "is_dir": false, "depth": 2, "rest_bytes": null}
    ],
    "points": [
      {"snapshot_id": 1, "time": 1763000000, "bytes": 11571200, "items": 12, "apparent_bytes": 11028782, "doubtful_date": false, "trusted": false, "partial": false, "reason": null},
      {"snapshot_id": 2, "time": 1763172800, "bytes": 90218496, "items": 13, "apparent_bytes": 86028782, "doubtful_date": false, "trusted": false, "partial": true, "reason": null}
    ],
    "causes": [
      {"cause": "log files", "class": "service", "rule": "**/*.log", "delta_bytes": 8388608, "bytes": 14680064 ...
    ],
    "omitted_causes": {
      "entries": 0,
      "delta_bytes": 0
    },
    "other_bytes": 70258688,
    "other": [
      {"path": "/data/projects/api/target", "delta_bytes": 52428800, "gone": false, "largest": "/data/projects/api/target/more.rlib"},
      {"path": "/data/fresh", "delta_bytes": 20975616, "gone": false, "largest": "/data/fresh/f"},
      {"path": "/data/backups", "delta_bytes": -3149824, "gone": true, "largest": "/data/backups/b.tar"},
      {"path": "/data/projects/api", "delta_bytes": 4096, "gone": false, "largest": "/data/projects/api/main.rs"}
    ],
    "omitted_other": {
      "entries": 0,
      "delta_bytes": 0
    },
    "account": null,
    "bytes_per_day": 39323648,
    "items_per_day": 1,
    "trend": false,
    "full_in_days": null
  }
  $ disktracker report /data/projects --last 90h -n 1
  disktracker: history is shorter than 90h: the first snapshot is taken, of 2025-11-13 02:13 (3 d old)
  /data/projects  in /data  #1 2025-11-13 02:13 -> #2 2025-11-15 02:13 (2 d)  +50.0 MiB
  52.0 MiB  +50.0 MiB in 2 d   last 2 d +25.0 MiB a day
  
     growth      size  grew most
  +50.0 MiB  52.0 MiB  api/target/
  
      size  new large files
  50.0 MiB  api/target/more.rlib
  $ disktracker report /data --last 1s --json | tail -n 9
  disktracker: there is no snapshot of the last 1s: the newest is #2 of 2025-11-15 02:13
      "entries": 0,
      "delta_bytes": 0
    },
    "account": null,
    "bytes_per_day": 39323648,
    "items_per_day": 1,
    "trend": false,
    "full_in_days": null
  }

A page, which says nothing where it is written; with --json it is beside the document.

  $ disktracker report /data --html page.html
  disktracker: history is shorter than 7d: the first snapshot is taken, of 2025-11-13 02:13 (3 d old)
  $ head -n 1 page.html; grep -c "default-src 'none'" page.html
  <!DOCTYPE html>
  1
  $ disktracker report /data --html other.html --json | grep net_bytes
  disktracker: history is shorter than 7d: the first snapshot is taken, of 2025-11-13 02:13 (3 d old)
    "net_bytes": 78647296,
  $ grep -o '<dt>Growth.*' other.html
  <dt>Growth</dt><dd class="big"><data class="grew" value="78647296">+75.0 MiB</data></dd><dd>1 entry could not be compared</dd></div>
  $ disktracker report /data --html - | tail -n 1
  disktracker: history is shorter than 7d: the first snapshot is taken, of 2025-11-13 02:13 (3 d old)
  </html>
  $ disktracker report /data --html - --json
  {"error": "--json and the page would both go to standard output: give --html FILE", "path": "/data"}
  [2]
  $ disktracker report /data --html none/page.html
  disktracker: cannot write none/page.html: No such file or directory
  [1]
  $ disktracker report /nowhere --html page.html
  disktracker: there is no snapshot of /nowhere; make one with: disktracker scan /nowhere
  [1]
  $ disktracker report /data --html
  disktracker: --html needs an argument: FILE
  Try 'disktracker report -h'.
  [2]
  $ disktracker list --html page.html
  disktracker: --html is no option of list
  Try 'disktracker list -h'.
  [2]

Names are made safe, wrong words are said.

  $ disktracker report /nowhere
  disktracker: there is no snapshot of /nowhere; make one with: disktracker scan /nowhere
  [1]
  $ disktracker report /data --last soon
  disktracker: --last needs a time such as 24h, 7d or 3mo
  Try 'disktracker report -h'.
  [2]
  $ disktracker report /data --from 1
  disktracker: --from is no option of report
  Try 'disktracker report -h'.
  [2]
  $ disktracker report /data /data
  disktracker: too many arguments: /data
  Try 'disktracker report -h'.
  [2]
  $ disktracker report /data/logs/none
  disktracker: /data/logs/none is in neither of the snapshots #1 and #2
  [1]
