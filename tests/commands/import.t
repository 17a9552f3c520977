An export becomes a snapshot that is dated by its own time.

  $ export DISKTRACKER_TEST_TIME=1763259200
  $ disktracker list
  disktracker: there is no snapshot yet; make one with: disktracker scan PATH
  $ disktracker list --json
  {
    "schema": 1,
    "snapshots": []
  }
  $ disktracker import "$TESTS/commands/old.json" --host laptop
  #1 saved: /data of laptop, 2025-11-13 02:13, 11.0 MiB in 12 items
  $ gzip -c "$TESTS/commands/new.json" | disktracker import - --label after --host backup
  #2 saved: /data of backup, 2025-11-15 02:13, 86.0 MiB in 13 items
  $ disktracker list
     id  when              age      size  items  root   host    label
  !   2  2025-11-15 02:13  1 d  86.0 MiB     13  /data  backup  after
      1  2025-11-13 02:13  3 d  11.0 MiB     12  /data  laptop
  $ disktracker list /data/logs
     id  when              age      size  items  root   host    label
  !   2  2025-11-15 02:13  1 d  86.0 MiB     13  /data  backup  after
      1  2025-11-13 02:13  3 d  11.0 MiB     12  /data  laptop
  $ disktracker list --json | sed -e 's#"source": ".*/tests/#"source": ".../tests/#' -e 's#"disktracker [0-9][^"]*"#"disktracker VERSION"#'
  {
    "schema": 1,
    "snapshots": [
      {"id": 2, "root": "/data", "scan_root": "/data", "host": "backup", "label": "after", "started_at": 1763172800, "finished_at": 1763172800, "doubtful_date": false, "total_bytes": 90218496, "apparent_bytes": 86028782, "total_files": 7, "total_items": 13, "growth_since": null, "growth_bytes": null, "growth_unknown_entries": 0, "error_count": 1, "trusted": false, "root_id": 2, "options": "", "source": "- 1763259200", "program": "disktracker VERSION"},
      {"id": 1, "root": "/data", "scan_root": "/data", "host": "laptop", "label": null, "started_at": 1763000000, "finished_at": 1763000000, "doubtful_date": false, "total_bytes": 11571200, "apparent_bytes": 11028782, "total_files": 6, "total_items": 12, "growth_since": null, "growth_bytes": null, "growth_unknown_entries": 0, "error_count": 0, "trusted": false, "root_id": 1, "options": "", "source": ".../tests/commands/old.json 1763259200", "program": "disktracker VERSION"}
    ]
  }
  $ disktracker import "$TESTS/commands/old.json" --host laptop --json | sed -e 's#"source": ".*/tests/#"source": ".../tests/#' -e 's#"disktracker [0-9][^"]*"#"disktracker VERSION"#'
  {
    "schema": 1,
    "snapshot_id": 3,
    "snapshot": {
      "id": 3,
      "root": "/data",
      "scan_root": "/data",
      "host": "laptop",
      "label": null,
      "started_at": 1763000000,
      "finished_at": 1763000000,
      "doubtful_date": false,
      "total_bytes": 11571200,
      "apparent_bytes": 11028782,
      "total_files": 6,
      "total_items": 12,
      "growth_since": 1,
      "growth_bytes": 0,
      "growth_unknown_entries": 0,
      "error_count": 0,
      "trusted": false,
      "root_id": 1,
      "options": "",
      "source": ".../tests/commands/old.json 1763259200",
      "program": "disktracker VERSION"
    },
    "program": "ncdu 1.18"
  }

What is none is refused, and stores nothing.

  $ printf '[1,2,{},[{"name":"/x"},{"name":"a"}' >cut.json
  $ disktracker import cut.json
  disktracker: cannot import cut.json: it ends in the middle (line 1, byte 36)
  [1]
  $ disktracker import /dev/null
  disktracker: cannot import /dev/null: it is empty (line 1, byte 1)
  [1]
  $ disktracker import nowhere
  disktracker: cannot open nowhere: No such file or directory
  [1]
  $ disktracker import .
  disktracker: cannot import .: Is a directory (line 1, byte 1)
  [1]
  $ echo '[1,2,{},[{"name":"/x"},{"name":"../a"}]]' | disktracker import -
  disktracker: cannot import standard input: a name with a slash in it: "../a" (line 1, byte 39)
  [1]
  $ echo '{"no": "export"}' | disktracker import -
  disktracker: cannot import standard input: it is JSON, but no export of ncdu or gdu (line 1, byte 2)
  [1]
  $ disktracker import "$TESTS/commands/old.json" --label after
  disktracker: snapshot 2 is already called "after"; 'disktracker label 2 --remove' takes that away
  [1]
  $ disktracker import "$TESTS/commands/old.json" --label latest
  disktracker: "latest" cannot be a label: it reads as another way to name a snapshot
  Try 'disktracker import -h'.
  [2]
  $ disktracker list --json | grep -c '"id"'
  3

A name that comes twice counts twice, and is told apart.

  $ twice='{"name":"a","asize":1,"dsize":4096},{"name":"a (2)","asize":2,"dsize":4096},{"name":"a","asize":4,"dsize":4096}'
  $ echo "[1,2,{\"timestamp\":1763000000},[{\"name\":\"/x\"},$twice,[{\"name\":\"d\"},$twice],[{\"name\":\"d\",\"asize\":8}]]]" | disktracker import - --host h | sed 's/#.* saved/saved/'
  disktracker: 3 names were listed twice, first in /x/d: they count twice, and are shown as NAME (2) as well
  saved: /x of h, 2025-11-13 02:13, 24.0 KiB in 8 items
  $ disktracker export --snapshot 4 | tail -n +2
  [{"name":"/x"},
  {"name":"a","asize":1,"dsize":4096},
  {"name":"a (2)","asize":2,"dsize":4096},
  {"name":"a (3)","asize":4,"dsize":4096},
  [{"name":"d"},
  {"name":"a","asize":1,"dsize":4096},
  {"name":"a (2)","asize":2,"dsize":4096},
  {"name":"a (3)","asize":4,"dsize":4096}],
  [{"name":"d (2)","asize":8}]]]
  $ disktracker doctor --full | grep -v good
  state  what         finding
