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
  $ disktracker list --json | sed -e 's#"disktracker [0-9][^"]*"#"disktracker VERSION"#'
  {
    "schema": 1,
    "snapshots": [
      {"id": 2, "root": "/data", "scan_root": "/data", "host": "backup", "label": "after", "started_at": 1763172800, "finished_at": 1763172800, "doubtful_date": false, "total_bytes": 90218496, "apparent_bytes": 86028782, "total_files": 7, "total_items": 13, "growth_since": null, "growth_bytes": null, "growth_unknown_entries": 0, "error_count": 1, "trusted": false, "root_id": 2, "options": "", "source": "ncdu", "program": "disktracker VERSION"},
      {"id": 1, "root": "/data", "scan_root": "/data", "host": "laptop", "label": null, "started_at": 1763000000, "finished_at": 1763000000, "doubtful_date": false, "total_bytes": 11571200, "apparent_bytes": 11028782, "total_files": 6, "total_items": 12, "growth_since": null, "growth_bytes": null, "growth_unknown_entries": 0, "error_count": 0, "trusted": false, "root_id": 1, "options": "", "source": "ncdu", "program": "disktracker VERSION"}
    ]
  }
  $ disktracker import "$TESTS/commands/old.json" --host laptop --json | sed -e 's#"disktracker [0-9][^"]*"#"disktracker VERSION"#'
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
      "source": "ncdu",
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

What one program has counted of a folder of one machine is one chain, in the order of its dates: what comes late is put
where it belongs.

  $ for day in 1 4 2; do echo "[1,2,{\"progname\":\"ncdu\",\"progver\":\"2.$day\",\"timestamp\":$((1762000000 + day * 86400))},[{\"name\":\"/srv\"},{\"name\":\"a\",\"dsize\":$((day * 1048576))}]]" | disktracker import - --host web; done | sed 's/#.* saved/saved/'
  saved: /srv of web, 2025-11-02 12:26, 1.0 MiB in 1 item
  saved: /srv of web, 2025-11-05 12:26, 4.0 MiB in 1 item
  saved: /srv of web, 2025-11-03 12:26, 2.0 MiB in 1 item
  $ echo '[1,2,{"progname":"gdu","progver":"5.37.0","timestamp":1762400000},[{"name":"/srv"},{"name":"a","dsize":7340032}]]' | disktracker import - --host web --json | grep -E 'growth_|"source"'
      "growth_since": null,
      "growth_bytes": null,
      "growth_unknown_entries": 0,
      "source": "gdu",
  $ disktracker list --host web
  id  when               age     size    growth  items  root  host  counted
   8  2025-11-06 03:33   9 d  7.0 MiB                1  /srv  web   gdu
   6  2025-11-05 12:26  10 d  4.0 MiB  +2.0 MiB      1  /srv  web   ncdu
   7  2025-11-03 12:26  12 d  2.0 MiB  +1.0 MiB      1  /srv  web   ncdu
   5  2025-11-02 12:26  13 d  1.0 MiB                1  /srv  web   ncdu
  $ disktracker list /srv --host laptop
  disktracker: there is no snapshot of /srv on that machine; 'disktracker list --host NAME' shows what there is
  $ disktracker list --host nobody
  disktracker: there is no snapshot of the machine nobody; 'disktracker list' names them
  $ disktracker list --host nobody --json
  {
    "schema": 1,
    "snapshots": []
  }
  $ disktracker diff --host web /srv --from 2025-11-02
  disktracker: #5 was counted by ncdu, #8 by gdu: part of this may be no growth
  /srv  #5 2025-11-02 12:26 -> #8 2025-11-06 03:33 (3 d)  +6.0 MiB
    growth     size  name
  +6.0 MiB  7.0 MiB  ./
  $ disktracker diff --host web --from 2025-11-02 --to 2025-11-04 --json
  {
    "schema": 1,
    "root": "/srv",
    "path": "/srv",
    "from": 5,
    "to": 7,
    "from_time": 1762086400,
    "to_time": 1762172800,
    "net_bytes": 1048576,
    "unknown_entries": 0,
    "unknown_bytes": 0,
    "note": null,
    "entries": [
      {"path": "/srv", "status": "grew", "bytes_a": 1048576, "bytes_b": 2097152, "delta_bytes": 1048576, "direct_delta_bytes": 1048576, "is_dir": true, "path_from": null}
    ],
    "omitted": {
      "entries": 0,
      "direct_delta_bytes": 0
    }
  }
  $ disktracker diff --host web /elsewhere
  disktracker: there is no snapshot of /elsewhere on that machine; 'disktracker list --host NAME' shows what there is
  [1]
  $ disktracker diff --host nobody
  disktracker: there is no snapshot of the machine nobody; 'disktracker list' names them
  [1]
  $ disktracker diff /srv
  disktracker: there is no snapshot of /srv; make one with: disktracker scan /srv
  [1]
  $ disktracker size --host web /srv /srv/a
     size  age  path
  7.0 MiB  9 d  /srv
  7.0 MiB  9 d  /srv/a
  $ disktracker size --host web /srv --json
  {
    "schema": 1,
    "entries": [
      {"path": "/srv", "bytes": 7340032, "apparent_bytes": 0, "items": 1, "as_of": 1762400000, "live": false, "trusted": false, "partial": false, "reason": null}
    ]
  }
  $ disktracker size --host nobody /srv
  disktracker: nothing is known of /srv
  [1]
  $ disktracker size /srv
  disktracker: nothing is known of /srv
  [1]
  $ disktracker export --snapshot 1 -o - | disktracker import - --host copy --json | grep '"source"'
      "source": "disktracker",

What du printed, or a cache of QDirStat, is history too: dated by its file.

  $ mkdir -p du/sub; head -c 9000 /dev/zero >du/sub/file; : >du/empty
  $ du -a "$PWD/du" >du.txt; touch -d @1762000000 du.txt; disktracker import du.txt --host old | sed 's/#.* saved: .*du of/saved: du of/; s/[0-9.]* KiB/N KiB/'
  saved: du of old, 2025-11-01 12:26, N KiB in 3 items
  $ head -c 20000 /dev/zero >du/sub/more; du -aB1 "$PWD/du" | disktracker import - --host old --du-unit 1 --json | grep -E 'growth_|"source"|_items'
      "total_items": 4,
      "growth_since": 10,
      "growth_bytes": 20480,
      "growth_unknown_entries": 0,
      "source": "du",
  $ du -s "$PWD/du" | cut -f1 >want; disktracker size --host old "$PWD/du" --json | sed -n 's/.*"bytes": \([0-9]*\).*/\1/p' | awk '{print $1 / 1024}' | cmp - want
  $ du -a0 du | disktracker -f- -o - | sed 's/"name":".*du"/"name":"du"/; s/[ad]size":[0-9]*/size":N/g' | tail -n +2
  [{"name":"du","size":N,"size":N},
  {"name":"empty"},
  [{"name":"sub","size":N,"size":N},
  {"name":"file","size":N,"size":N},
  {"name":"more","size":N,"size":N}]]]
  $ du -a du | disktracker import - --host old
  disktracker: cannot import standard input: relative paths, and nobody knows of which folder on that machine: write them with `du /FOLDER` (line 1)
  [1]
  $ du -h du | disktracker import -
  disktracker: cannot import standard input: its sizes are rounded: write them with `du -k`, or with `du -B1` and read them with --du-unit 1 (line 1)
  [1]
  $ du -a du | head -c 10 | disktracker import -
  disktracker: cannot import standard input: it ends in the middle (line 1)
  [1]
  $ printf '[qdirstat 1.0 cache file]\nD /srv\t4K\t0x43aea3d3\nF\tbig\t5M\t0x43aea3d3\n' | gzip | disktracker import - --host old | sed 's/#.* saved/saved/; s/, 20.*, / … /'
  saved: /srv of old … 5.0 MiB in 1 item
  $ printf 'BTDU\0BIN' | disktracker import -
  disktracker: cannot import standard input: it is of btdu, whose samples are no sizes of files
  [1]
  $ disktracker import "$DISKTRACKER_DB"
  disktracker: cannot import HOME/data.db: it is a database: one of this program is read with --db FILE
  [1]
  $ disktracker import du.txt --du-unit many
  disktracker: --du-unit: 'many' is not a size such as 10M, 1.5GiB or 4096
  Try 'disktracker import -h'.
  [2]
  $ disktracker doctor --full | grep -v good
  state  what         finding
