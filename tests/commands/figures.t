Figures beyond 2⁶⁴ and times beyond 32 bits: told as what they are, never as what is left of them.

  $ export DISKTRACKER_TEST_TIME=1763259200
  $ big=9223372036854775296; file() { printf '{"name":"%s","asize":%s,"dsize":%s,"mtime":%s}' "$1" $big $big "$2"; }
  $ echo "[1,2,{\"timestamp\":1763000000},[{\"name\":\"/x\",\"asize\":100,\"dsize\":4096,\"mtime\":9223372037},[{\"name\":\"two\",\"mtime\":-5},$(file a -86400),$(file b 4294967296)]]]" >two.json
  $ echo "[1,2,{\"timestamp\":1763100000},[{\"name\":\"/x\",\"asize\":100,\"dsize\":4096,\"mtime\":9223372037},[{\"name\":\"more\"},$(file c 0),$(file d 5)],[{\"name\":\"two\",\"mtime\":-5},$(file a -86400),$(file b 4294967296)]]]" >four.json
  $ disktracker import two.json --host h
  #1 saved: /x of h, 2025-11-13 02:13, >16.0 EiB in 3 items
  $ disktracker import four.json --host h
  #2 saved: /x of h, 2025-11-14 06:00, >16.0 EiB in 6 items
  $ disktracker list
  id  when              age       size  growth  items  root  host
   2  2025-11-14 06:00  1 d  >16.0 EiB       ?      6  /x    h
   1  2025-11-13 02:13  3 d  >16.0 EiB              3  /x    h
  $ disktracker list --json | grep -o '"id".*"label"\|"total_bytes.*"total_files"'
  "id": 2, "root": "/x", "scan_root": "/x", "host": "h", "label"
  "total_bytes": 18446744073709551615, "total_bytes_beyond": true, "apparent_bytes": 18446744073709551615, "apparent_bytes_beyond": true, "total_files"
  "id": 1, "root": "/x", "scan_root": "/x", "host": "h", "label"
  "total_bytes": 18446744073709551615, "total_bytes_beyond": true, "apparent_bytes": 18446744073709550692, "total_files"
  $ disktracker diff --from 1 --to 2
  /x  #1 2025-11-13 02:13 -> #2 2025-11-14 06:00 (1 d)  ?
     growth       size  name
  >+8.0 EiB   16.0 EiB  more/ (new)
          ?  >16.0 EiB  ./ (too large to compare)
  $ disktracker diff --from 1 --to 2 --json
  {
    "schema": 1,
    "root": "/x",
    "path": "/x",
    "from": 1,
    "to": 2,
    "from_time": 1763000000,
    "to_time": 1763100000,
    "net_bytes": null,
    "unknown_entries": 1,
    "unknown_bytes": 18446744073709551615,
    "unknown_bytes_beyond": true,
    "note": null,
    "entries": [
      {"path": "/x/more", "status": "new", "bytes_a": 0, "bytes_b": 18446744073709550592, "delta_bytes": 9223372036854775807, "delta_bytes_beyond": true, "direct_delta_bytes": 9223372036854775807, "direct_delta_bytes_beyond": true, "is_dir": true, "path_from": null},
      {"path": "/x", "status": "unknown", "bytes_a": 18446744073709551615, "bytes_a_beyond": true, "bytes_b": 18446744073709551615, "bytes_b_beyond": true, "delta_bytes": null, "direct_delta_bytes": null, "is_dir": true, "path_from": null, "reason": "beyond"}
    ],
    "omitted": {
      "entries": 0,
      "direct_delta_bytes": null
    }
  }
  $ disktracker export --format ndjson --snapshot 2 | sed 's/"snapshot_id".*"host":"h"//'
  {"path":"/x","is_dir":true,"depth":0,"bytes":18446744073709551615,"apparent_bytes":18446744073709551615,"items":6,"files":4,"mtime":9223372037,"errors":0,,"type":"dir","own_bytes":4096,"own_apparent_bytes":100,"dev":null,"inode":null,"nlink":null,"first":true,"flags":"","bytes_beyond":true,"apparent_bytes_beyond":true}
  {"path":"/x/more","is_dir":true,"depth":1,"bytes":18446744073709550592,"apparent_bytes":18446744073709550592,"items":2,"files":2,"mtime":0,"errors":0,,"type":"dir","own_bytes":0,"own_apparent_bytes":0,"dev":null,"inode":null,"nlink":null,"first":true,"flags":""}
  {"path":"/x/more/c","is_dir":false,"depth":2,"bytes":9223372036854775296,"apparent_bytes":9223372036854775296,"items":0,"files":0,"mtime":0,"errors":0,,"type":"file","own_bytes":9223372036854775296,"own_apparent_bytes":9223372036854775296,"dev":null,"inode":null,"nlink":1,"first":true,"flags":""}
  {"path":"/x/more/d","is_dir":false,"depth":2,"bytes":9223372036854775296,"apparent_bytes":9223372036854775296,"items":0,"files":0,"mtime":5,"errors":0,,"type":"file","own_bytes":9223372036854775296,"own_apparent_bytes":9223372036854775296,"dev":null,"inode":null,"nlink":1,"first":true,"flags":""}
  {"path":"/x/two","is_dir":true,"depth":1,"bytes":18446744073709550592,"apparent_bytes":18446744073709550592,"items":2,"files":2,"mtime":-5,"errors":0,,"type":"dir","own_bytes":0,"own_apparent_bytes":0,"dev":null,"inode":null,"nlink":null,"first":true,"flags":""}
  {"path":"/x/two/a","is_dir":false,"depth":2,"bytes":9223372036854775296,"apparent_bytes":9223372036854775296,"items":0,"files":0,"mtime":-86400,"errors":0,,"type":"file","own_bytes":9223372036854775296,"own_apparent_bytes":9223372036854775296,"dev":null,"inode":null,"nlink":1,"first":true,"flags":""}
  {"path":"/x/two/b","is_dir":false,"depth":2,"bytes":9223372036854775296,"apparent_bytes":9223372036854775296,"items":0,"files":0,"mtime":4294967296,"errors":0,,"type":"file","own_bytes":9223372036854775296,"own_apparent_bytes":9223372036854775296,"dev":null,"inode":null,"nlink":1,"first":true,"flags":""}
  $ disktracker export -e --snapshot 2 | tail -n +2
  [{"name":"/x","asize":100,"dsize":4096,"mtime":9223372037},
  [{"name":"more","mtime":0},
  {"name":"c","asize":9223372036854775296,"dsize":9223372036854775296,"mtime":0},
  {"name":"d","asize":9223372036854775296,"dsize":9223372036854775296,"mtime":5}],
  [{"name":"two","mtime":-5},
  {"name":"a","asize":9223372036854775296,"dsize":9223372036854775296,"mtime":-86400},
  {"name":"b","asize":9223372036854775296,"dsize":9223372036854775296,"mtime":4294967296}]]]
  $ disktracker export -e --snapshot 2 -o again; disktracker import again --host h | sed 's/.*: //'
  /x of h, 2025-11-14 06:00, >16.0 EiB in 6 items
  $ disktracker diff --from 2 --to 3
  disktracker: #2 was counted by ncdu, #3 by disktracker: part of this may be no growth
  /x  #2 2025-11-14 06:00 -> #3 2025-11-14 06:00 (0 s)  0 B
  nothing changed
  $ sqlite3 "$DISKTRACKER_DB" "SELECT snapshot_id, path_utf8, total_bytes, mtime FROM dir_snapshots WHERE snapshot_id<3 ORDER BY 1, 2"
  1|/x|9223372036854775807|9223372037
  1|/x/two|9223372036854775807|-5
  2|/x|9223372036854775807|9223372037
  2|/x/more|9223372036854775807|0
  2|/x/two|9223372036854775807|-5
  $ disktracker doctor --full | grep -v good
  state  what         finding
