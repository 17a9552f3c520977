A stored snapshot is written again as it came.

  $ disktracker export
  disktracker: there is no snapshot yet; make one with: disktracker scan PATH
  [1]
  $ disktracker import "$TESTS/commands/old.json" --host laptop >/dev/null; disktracker import "$TESTS/commands/new.json" --host laptop >/dev/null
  $ disktracker export --snapshot 1 | sed 's/"progver":"[^"]*"/"progver":"N"/'
  [1,2,{"progname":"disktracker","progver":"N","timestamp":1763000000},
  [{"name":"/data","asize":4096,"dsize":4096,"dev":1},
  [{"name":"backups","asize":4096,"dsize":4096},
  {"name":"b.tar","asize":3000000,"dsize":3145728}],
  [{"name":"locked","asize":4096,"dsize":4096}],
  [{"name":"logs","asize":4096,"dsize":4096},
  {"name":"app.log","asize":1000000,"dsize":1048576},
  {"name":"old.log","asize":5000000,"dsize":5242880}],
  [{"name":"projects","asize":4096,"dsize":4096},
  {"name":"README","asize":10,"dsize":4096},
  [{"name":"api","asize":4096,"dsize":4096},
  {"name":"main.rs","asize":100,"dsize":4096},
  [{"name":"target","asize":4096,"dsize":4096},
  {"name":"lib.rlib","asize":2000000,"dsize":2097152}]]]]]
  $ disktracker export --snapshot 1 --depth 1 | tail -n +2
  [{"name":"/data","asize":4096,"dsize":4096,"dev":1},
  [{"name":"backups","asize":3004096,"dsize":3149824}],
  [{"name":"locked","asize":4096,"dsize":4096}],
  [{"name":"logs","asize":6004096,"dsize":6295552}],
  [{"name":"projects","asize":2012398,"dsize":2117632}]]]
  $ disktracker export --format csv --depth 2 | tr -d '\r\033'
  path,is_dir,depth,bytes,apparent_bytes,items,files,mtime,errors,snapshot_id,time,host,path_b64,type,own_bytes,own_apparent_bytes,dev,inode,nlink,first,flags
  "/data",true,0,90218496,86028782,13,7,0,1,2,1763172800,"laptop",,dir,4096,4096,1,,,true,
  "/data/fresh",true,1,20975616,20004096,1,1,0,0,2,1763172800,"laptop",,dir,4096,4096,1,,,true,
  "/data/fresh/f",false,2,20971520,20000000,0,0,0,0,2,1763172800,"laptop",,file,20971520,20000000,1,,1,true,
  "/data/locked",true,1,4096,4096,0,0,0,1,2,1763172800,"laptop",,dir,4096,4096,1,,,true,read_error
  "/data/logs",true,1,14684160,14004096,2,2,0,0,2,1763172800,"laptop",,dir,4096,4096,1,,,true,
  "/data/logs/app.log",false,2,9437184,9000000,0,0,0,0,2,1763172800,"laptop",,file,9437184,9000000,1,,1,true,
  "/data/logs/new\x1b[31m.log",false,2,5242880,5000000,0,0,0,0,2,1763172800,"laptop",L2RhdGEvbG9ncy9uZXcbWzMxbS5sb2c=,file,5242880,5000000,1,,1,true,
  "/data/projects",true,1,54550528,52012398,6,4,0,0,2,1763172800,"laptop",,dir,4096,4096,1,,,true,
  "/data/projects/README",false,2,4096,10,0,0,0,0,2,1763172800,"laptop",,file,4096,10,1,,1,true,
  "/data/projects/api",true,2,54542336,52008292,4,3,0,0,2,1763172800,"laptop",,dir,54542336,52008292,1,,,true,
  $ disktracker export --snapshot 1 --format ndjson --depth 1
  {"path":"/data","is_dir":true,"depth":0,"bytes":11571200,"apparent_bytes":11028782,"items":12,"files":6,"mtime":0,"errors":0,"snapshot_id":1,"time":1763000000,"host":"laptop","type":"dir","own_bytes":4096,"own_apparent_bytes":4096,"dev":1,"inode":null,"nlink":null,"first":true,"flags":""}
  {"path":"/data/backups","is_dir":true,"depth":1,"bytes":3149824,"apparent_bytes":3004096,"items":1,"files":1,"mtime":0,"errors":0,"snapshot_id":1,"time":1763000000,"host":"laptop","type":"dir","own_bytes":3149824,"own_apparent_bytes":3004096,"dev":1,"inode":null,"nlink":null,"first":true,"flags":""}
  {"path":"/data/locked","is_dir":true,"depth":1,"bytes":4096,"apparent_bytes":4096,"items":0,"files":0,"mtime":0,"errors":0,"snapshot_id":1,"time":1763000000,"host":"laptop","type":"dir","own_bytes":4096,"own_apparent_bytes":4096,"dev":1,"inode":null,"nlink":null,"first":true,"flags":""}
  {"path":"/data/logs","is_dir":true,"depth":1,"bytes":6295552,"apparent_bytes":6004096,"items":2,"files":2,"mtime":0,"errors":0,"snapshot_id":1,"time":1763000000,"host":"laptop","type":"dir","own_bytes":6295552,"own_apparent_bytes":6004096,"dev":1,"inode":null,"nlink":null,"first":true,"flags":""}
  {"path":"/data/projects","is_dir":true,"depth":1,"bytes":2117632,"apparent_bytes":2012398,"items":5,"files":3,"mtime":0,"errors":0,"snapshot_id":1,"time":1763000000,"host":"laptop","type":"dir","own_bytes":2117632,"own_apparent_bytes":2012398,"dev":1,"inode":null,"nlink":null,"first":true,"flags":""}
  $ disktracker export -o file.json --json | sed 's/"file".*/"file" …/'
  {
    "schema": 1,
    "snapshot_id": 2,
    "root": "/data",
    "file" …
  }
  $ disktracker import file.json --json | grep '"total_bytes"'
      "total_bytes": 90218496,
  $ disktracker export --format openmetrics
  disktracker: --format: 'openmetrics' is not ncdu|ncdu-bin|csv|ndjson|prometheus
  Try 'disktracker export -h'.
  [2]
  $ disktracker export --format csv -o /dev/full
  disktracker: cannot write /dev/full: No space left on device
  [1]
  $ disktracker export -o /dev/full
  disktracker: cannot write /dev/full: No space left on device
  [1]
  $ disktracker export --snapshot 9
  disktracker: there is no snapshot 9
  [1]
  $ disktracker export -o nowhere/file
  disktracker: cannot write nowhere/file: No such file or directory
  [1]
  $ printf '[1,2,{"timestamp":1763259200},[{"name":"/x"},{"name":"a\\\\b"}]]' | disktracker import - --host '=1+1' >/dev/null
  $ disktracker export --format csv | tail -n +2 | tr -d '\r'
  "/x",true,0,0,0,1,1,0,0,4,1763259200,"'=1+1",,dir,0,0,,,,true,
  "/x/a\\b",false,1,0,0,0,0,0,0,4,1763259200,"'=1+1",L3gvYVxi,file,0,0,,,1,true,
  $ disktracker export -c --compress-level 22 -o packed; disktracker import packed --host there | sed 's/,.*//'
  #5 saved: /x of there
  $ disktracker export --compress-level 23
  disktracker: --compress-level: '23' is not a number from 1 to 22
  Try 'disktracker export -h'.
  [2]

ncdu's binary format holds the same as its JSON.

  $ disktracker export --format ncdu-bin -o file.bin --snapshot 1; head -c 8 file.bin | tail -c 7; echo
  ncduEX1
  $ disktracker export --snapshot 1 | tail -n +2 >before.json
  $ disktracker -f file.bin -o - | tail -n +2 | cmp - before.json
  $ disktracker export -O again.bin --snapshot 1; cmp file.bin again.bin
  $ disktracker -f- -O - <file.bin | tail -c +1 >piped.bin; cmp file.bin piped.bin
  $ cat file.bin | disktracker import - --host pipe --json | grep -E 'finished_at|total_|"program": "disk' | sed 's/disktracker [0-9][^"]*/disktracker N/'
      "finished_at": 1763000000,
      "total_bytes": 11571200,
      "total_files": 6,
      "total_items": 12,
      "program": "disktracker N"
    "program": "disktracker N"
  $ disktracker export -O a -o b
  disktracker: -o and -O are two formats of one export: give one of them
  Try 'disktracker export -h'.
  [2]
  $ disktracker export --format ncdu-bin -O none/x
  disktracker: cannot write none/x: No such file or directory
  [1]
  $ disktracker export -O /dev/full
  disktracker: cannot write /dev/full: No space left on device
  [1]
  $ head -c 200 file.bin | disktracker import -
  disktracker: cannot import standard input: it ends in the middle: there is no index at its end
  [1]
  $ disktracker export --format ncdu-bin --export-block-size 3
  disktracker: --export-block-size: '3' is not a number from 4 to 16000
  Try 'disktracker export -h'.
  [2]

Rows can be summed: each inode once, as du counts, in the whole and below any folder.

  $ mkdir -p t/a/deep t/b; head -c 100000 /dev/urandom >t/a/big; ln t/a/big t/b/again; ln t/a/big t/a/deep/third; ln -s x t/l; mkfifo t/p; head -c 5000 /dev/zero >t/b/f
  $ disktracker scan t >/dev/null; disktracker export t --format csv -o rows.csv
  $ sum() { sqlite3 :memory: '.import --csv rows.csv rows' "SELECT sum(own_bytes)=(SELECT bytes FROM rows WHERE depth='0'), sum(own_apparent_bytes)=(SELECT apparent_bytes FROM rows WHERE depth='0') FROM rows WHERE first='true'"; }
  $ sum
  1|1
  $ sqlite3 :memory: '.import --csv rows.csv rows' "SELECT sum(b)=(SELECT bytes FROM rows WHERE path LIKE '%/t/b') FROM (SELECT max(CAST(own_bytes AS INT)) b FROM rows WHERE path LIKE '%/t/b' OR path LIKE '%/t/b/%' GROUP BY CASE WHEN nlink>1 THEN dev||':'||inode ELSE path END)"
  1
  $ sqlite3 :memory: '.import --csv rows.csv rows' "SELECT type, is_dir, nlink, first, flags, inode<>'' FROM rows ORDER BY path"
  dir|true||true||1
  dir|true||true||1
  file|false|3|true||1
  dir|true||true||1
  file|false|3|false||1
  dir|true||true||1
  file|false|3|false||1
  file|false|1|true||0
  symlink|false|1|true||0
  special|false|1|true||0
  $ disktracker export t --format ndjson | sed 's/.*"type"/"type"/; s/"own.*,"nlink"/ … "nlink"/'
  "type":"dir", … "nlink":null,"first":true,"flags":""}
  "type":"symlink", … "nlink":1,"first":true,"flags":""}
  "type":"special", … "nlink":1,"first":true,"flags":""}
  "type":"dir", … "nlink":null,"first":true,"flags":""}
  "type":"file", … "nlink":3,"first":true,"flags":""}
  "type":"dir", … "nlink":null,"first":true,"flags":""}
  "type":"file", … "nlink":3,"first":false,"flags":""}
  "type":"dir", … "nlink":null,"first":true,"flags":""}
  "type":"file", … "nlink":3,"first":false,"flags":""}
  "type":"file", … "nlink":1,"first":true,"flags":""}

A file is compressed as its name says, or with -c.

  $ for end in xz gz zst; do disktracker export --snapshot 1 -o out.json.$end; disktracker -f out.json.$end -o - | tail -n +2 | cmp - before.json; done
  $ head -c 4 out.json.xz | od -An -tx1; gzip -dc out.json.gz | tail -n +2 | cmp - before.json
   fd 37 7a 58
  $ disktracker export --snapshot 1 -c -o out.json; head -c 4 out.json | od -An -tx1
   28 b5 2f fd
  $ disktracker export --snapshot 1 --no-compress -o plain.xz; tail -n +2 plain.xz | cmp - before.json
  $ disktracker export --snapshot 1 -c --compress-level 9 -o rows.gz --format csv; gzip -dc rows.gz | head -n 1 | cut -d , -f 1-3
  path,is_dir,depth
  $ disktracker export --snapshot 1 --format ncdu-bin -c -o bin.xz; cmp bin.xz file.bin
  $ disktracker export --snapshot 1 -c -o - | disktracker -f- -o - | tail -n +2 | cmp - before.json
  $ disktracker scan t -O scan.bin >/dev/null; disktracker -O top.bin t; disktracker -f scan.bin -o - | tail -n +2 >a; disktracker -f top.bin -o - | tail -n +2 | cmp - a
  $ disktracker export t | tail -n +2 | cmp - a; wc -l <a
  10
