One path in every snapshot: the order is that of the snapshots, the chart is over time.

  $ export DISKTRACKER_TEST_TIME=1763259200
  $ disktracker timeline /shop
  disktracker: there is no snapshot of /shop; make one with: disktracker scan /shop
  [1]
  $ disktracker timeline /shop --json
  {"error": "there is no snapshot of /shop; make one with: disktracker scan /shop", "path": "/shop"}
  [1]
  $ at() { echo "[1,2,{\"timestamp\":$((1760000000 + $1 * 86400))},[{\"name\":\"/shop\",\"dsize\":4096},[{\"name\":\"www\",\"dsize\":4096}$3],{\"name\":\"log\",\"asize\":$(($2 - 7)),\"dsize\":$2}]]" | disktracker import - >/dev/null; }
  $ at 0 1048576
  $ disktracker timeline /shop
  /shop  1 snapshot
  1.0 MiB
  id  when                 size  items
   1  2025-10-09 08:53  1.0 MiB      2
  $ disktracker timeline /shop/log --json
  {
    "schema": 1,
    "path": "/shop/log",
    "points": [
      {"snapshot_id": 1, "time": 1760000000, "bytes": 1048576, "items": 0, "apparent_bytes": 1048569, "doubtful_date": false, "trusted": false, "partial": false, "reason": null}
    ],
    "bytes_per_day": null,
    "items_per_day": null,
    "trend": false,
    "full_in_days": null
  }
  $ for day in 1 2 3 4 5 6 7 8 9; do at $day $((day * 1048576 + 1048576)) ',{"name":"index"}'; done
  $ disktracker timeline /shop
  /shop  10 snapshots
  10.0 MiB  +9.0 MiB in 9 d   last 7 d +1.0 MiB a day
     10 MiB ┤                                                                   █
            │                                                            ████████
      8 MiB ┤                                                    ████████████████
            │                                             ███████████████████████
            │                                     ███████████████████████████████
            │                              ██████████████████████████████████████
      4 MiB ┤                      ██████████████████████████████████████████████
            │               █████████████████████████████████████████████████████
            │       █████████████████████████████████████████████████████████████
            │████████████████████████████████████████████████████████████████████
          0 ┼────────────┬──────────────┬──────────────┬──────────────┬──────────
                         10-11          10-13          10-15          10-17
  id  when                  size  items    growth
   1  2025-10-09 08:53   1.0 MiB      2
   2  2025-10-10 08:53   2.0 MiB      3  +1.0 MiB
   3  2025-10-11 08:53   3.0 MiB      3  +1.0 MiB
   4  2025-10-12 08:53   4.0 MiB      3  +1.0 MiB
   5  2025-10-13 08:53   5.0 MiB      3  +1.0 MiB
   6  2025-10-14 08:53   6.0 MiB      3  +1.0 MiB
   7  2025-10-15 08:53   7.0 MiB      3  +1.0 MiB
   8  2025-10-16 08:53   8.0 MiB      3  +1.0 MiB
   9  2025-10-17 08:53   9.0 MiB      3  +1.0 MiB
  10  2025-10-18 08:53  10.0 MiB      3  +1.0 MiB
  $ disktracker timeline /shop --items --ascii
  /shop  10 snapshots
  3  +1 in 9 d   last 7 d 0 a day
          3 +       #############################################################
            |       #############################################################
            |       #############################################################
            |       #############################################################
            |       #############################################################
            |       #############################################################
            |       #############################################################
            |       #############################################################
            |       #############################################################
            |.......#############################################################
          2 +------------+--------------+--------------+--------------+----------
                         10-11          10-13          10-15          10-17
  id  when                  size  items  growth
   1  2025-10-09 08:53   1.0 MiB      2
   2  2025-10-10 08:53   2.0 MiB      3      +1
   3  2025-10-11 08:53   3.0 MiB      3
   4  2025-10-12 08:53   4.0 MiB      3
   5  2025-10-13 08:53   5.0 MiB      3
   6  2025-10-14 08:53   6.0 MiB      3
   7  2025-10-15 08:53   7.0 MiB      3
   8  2025-10-16 08:53   8.0 MiB      3
   9  2025-10-17 08:53   9.0 MiB      3
  10  2025-10-18 08:53  10.0 MiB      3
  $ disktracker timeline /shop/www/index | head -n 2
  /shop/www/index  10 snapshots
  0 B  0 B in 9 d   last 7 d 0 B a day
  $ disktracker timeline /shop/www/index --json | sed -n '1,7p;13,$p'
  {
    "schema": 1,
    "path": "/shop/www/index",
    "points": [
      {"snapshot_id": 1, "time": 1760000000, "bytes": 0, "items": 0, "apparent_bytes": 0, "doubtful_date": false, "trusted": false, "partial": false, "reason": "it was not there"},
      {"snapshot_id": 2, "time": 1760086400, "bytes": 0, "items": 0, "apparent_bytes": 0, "doubtful_date": false, "trusted": false, "partial": false, "reason": null},
      {"snapshot_id": 3, "time": 1760172800, "bytes": 0, "items": 0, "apparent_bytes": 0, "doubtful_date": false, "trusted": false, "partial": false, "reason": null},
      {"snapshot_id": 9, "time": 1760691200, "bytes": 0, "items": 0, "apparent_bytes": 0, "doubtful_date": false, "trusted": false, "partial": false, "reason": null},
      {"snapshot_id": 10, "time": 1760777600, "bytes": 0, "items": 0, "apparent_bytes": 0, "doubtful_date": false, "trusted": false, "partial": false, "reason": null}
    ],
    "bytes_per_day": 0,
    "items_per_day": 0,
    "trend": false,
    "full_in_days": null
  }

A forecast is made of what is there, and only where that is a trend.

  $ at() { echo "[1,2,{\"timestamp\":$((1760000000 + $1 * 86400))},[{\"name\":\"$PWD\",\"dsize\":$2}]]" | disktracker import - >/dev/null; }
  $ for day in 1 2 3; do at $day ${day}000000000000000000; done
  $ disktracker timeline . | sed 's/^HERE//' | sed -n '2p'
  2.6 EiB  +1.7 EiB in 2 d   last 2 d +888.2 PiB a day   full within a day
  $ disktracker timeline . --json | tail -n 5
    "bytes_per_day": 1000000000000000000,
    "items_per_day": 0,
    "trend": true,
    "full_in_days": 0
  }
  $ at 4 0
  $ disktracker timeline . --json | tail -n 5
    "bytes_per_day": 333333333333333312,
    "items_per_day": 0,
    "trend": false,
    "full_in_days": null
  }

What is not there, was not read, or bears a name that is none.

  $ disktracker timeline /shop/none
  disktracker: /shop/none is in no snapshot; disktracker list shows what there is
  [1]
  $ disktracker timeline /nowhere
  disktracker: there is no snapshot of /nowhere; make one with: disktracker scan /nowhere
  [1]
  $ disktracker timeline /shop --json --items | tail -n 5
    "bytes_per_day": 1048576,
    "items_per_day": 0,
    "trend": true,
    "full_in_days": null
  }
  $ disktracker timeline
  disktracker: timeline needs: PATH
  Try 'disktracker timeline -h'.
  [2]
  $ disktracker timeline /shop /data
  disktracker: too many arguments: /data
  Try 'disktracker timeline -h'.
  [2]
  $ disktracker timeline /shop --dirs
  disktracker: --dirs is no option of timeline
  Try 'disktracker timeline -h'.
  [2]
  $ for day in 1 2; do echo "[1,2,{\"timestamp\":$((1760000000 + day * 86400))},[{\"name\":\"/odd\\u001b[31m\"},[{\"name\":\"x\\u000ay\",\"read_error\":true}],{\"name\":\"z\",\"excluded\":\"pattern\"}]]" | disktracker import - >/dev/null; done
  $ disktracker timeline $'/odd\e[31m' | head -n 2
  /odd\x1b[31m  2 snapshots
  0 B~  0 B in 1 d   last 1 d 0 B a day
  $ disktracker timeline $'/odd\e[31m/x\ny'
  /odd\x1b[31m/x\x0ay  2 snapshots
  ?  ? in 1 d
          0 ┤
            │
            │
            │
            │
            │
            │
            │
            │
            │????????????????????????????????????????????????????????????????????
          0 ┼─────────┬───────────────┬────────────────┬────────────────┬────────
                      10-10 12        10-10 18         10-11 00         10-11 06
  id  when              size  items  growth
  15  2025-10-10 08:53     ?      ?
  16  2025-10-11 08:53     ?      ?       ?
  $ disktracker timeline $'/odd\e[31m/x\ny/below' --json
  {
    "schema": 1,
    "path": "/odd\u001b[31m/x\u000ay/below",
    "points": [
      {"snapshot_id": 15, "time": 1760086400, "bytes": null, "items": null, "apparent_bytes": null, "doubtful_date": false, "trusted": false, "partial": false, "reason": "it was not read"},
      {"snapshot_id": 16, "time": 1760172800, "bytes": null, "items": null, "apparent_bytes": null, "doubtful_date": false, "trusted": false, "partial": false, "reason": "it was not read"}
    ],
    "bytes_per_day": null,
    "items_per_day": null,
    "trend": false,
    "full_in_days": null
  }
  $ disktracker timeline $'/odd\e[31m/z' --json | sed -n 5p
      {"snapshot_id": 15, "time": 1760086400, "bytes": null, "items": null, "apparent_bytes": null, "doubtful_date": false, "trusted": false, "partial": false, "reason": "it was not read"},
