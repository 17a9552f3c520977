A scan agrees with du, and says what it did.

  $ mkdir -p tree/a/b tree/empty && cd tree
  $ head -c 3M /dev/zero >a/b/three && ln a/b/three a/link && echo x >small && ln -s small symlink && truncate -s 1G sparse
  $ member() { sed -n 's/^ *"'"$1"'": \(.*[^,]\),*$/\1/p'; }
  $ disktracker scan --json >../scan.json
  $ [ "$(member total_bytes <../scan.json)" = "$(du -s -B1 . | cut -f1)" ] && echo same
  same
  $ [ "$(member directories <../scan.json)" = "$(find . -type d | wc -l)" ] && echo same
  same
  $ [ "$(member files <../scan.json)" = "$(find . ! -type d | wc -l)" ] && echo same
  same
  $ sed 's/\(root\|total_bytes\|apparent_bytes\|duration_ms\|threads\)\(.*\): .*,/\1\2: …,/' ../scan.json
  {
    "schema": 1,
    "snapshot_id": 1,
    "root": …,
    "directories": 4,
    "files": 5,
    "total_bytes": …,
    "apparent_bytes": …,
    "error_count": 0,
    "duration_ms": …,
    "threads": …,
    "growth_bytes": null,
    "growth_unknown_entries": 0,
    "removed": [],
    "warm": {
      "mode": "exact",
      "trusted": 0,
      "shallow_changed": 0,
      "deep_changed": 0,
      "identity_mismatch": 0,
      "unknown": 0
    }
  }
  $ mkdir a/new; disktracker scan --json | sed -n '/warm/,/}/p'
    "warm": {
      "mode": "exact",
      "trusted": 2,
      "shallow_changed": 1,
      "deep_changed": 1,
      "identity_mismatch": 0,
      "unknown": 1
    }
  $ disktracker scan --json --cold | grep mode
      "mode": "cold",
  $ disktracker scan | sed 's#  .* in #  SIZE in #; s/[0-9.]* s)*$/N s/'
  disktracker: 1 snapshot was removed by the retention: #3; --no-prune keeps all
  HERE/tree  SIZE in 9 items, N s
  #4 saved, 0 B since #3 (N s
  $ disktracker scan --no-store --json -t 1 | grep -e snapshot_id -e threads
    "snapshot_id": null,
    "threads": 1,
  $ disktracker list --json | grep -c '"id"'
  3

Nothing else is printed, and nothing is stored, when a scan cannot be done.

  $ disktracker scan nowhere
  disktracker: cannot open nowhere: No such file or directory
  [1]
  $ disktracker scan small
  disktracker: HERE/tree/small is not a folder: name the folder that holds it
  [1]
  $ disktracker scan -X nowhere
  disktracker: exclude file nowhere: No such file or directory
  [1]
  $ disktracker scan -o nowhere/file
  disktracker: cannot write nowhere/file: No such file or directory
  [1]
  $ disktracker scan --db .
  disktracker: HERE/tree is a folder, not a database; name another with --db
  [1]
  $ echo nonsense >broken.db; disktracker scan --db broken.db
  disktracker: HERE/tree/broken.db is no database and stays as it is; name another file with --db
  [1]
  $ disktracker list --json | grep -c '"id"'
  3

Exclusion.

  $ disktracker scan --no-store --json --exclude three --exclude sparse | member files
  6
  $ printf '# a comment\nthree\n\nsmall\n' >../patterns; disktracker scan --no-store --json -X ../patterns | member apparent_bytes >../size; [ "$(cat ../size)" -gt 0 ] && echo counted
  counted

ncdu's way: -o without a command stores nothing, and says nothing.

  $ disktracker -o ../export.json . && head -c 60 ../export.json | sed 's/"progver":.*/.../'
  [1,2,{"progname":"disktracker",...
  $ disktracker scan --no-store -o ../export2.json | sed 's#  .* in #  SIZE in #; s/[0-9.]* s$/N s/'
  HERE/tree  SIZE in 10 items, N s
  $ tail -n +2 ../export.json | cmp - <(tail -n +2 ../export2.json) && echo same
  same
  $ disktracker -c -o ../export.zst . && head -c 4 ../export.zst | od -An -tx1
   28 b5 2f fd
  $ disktracker -f ../export.zst -o - | tail -n +2 | cmp - <(tail -n +2 ../export.json) && echo same
  same
  $ disktracker -o- . | tail -n +2 | cmp - <(tail -n +2 ../export.json) && echo same
  same
  $ disktracker list --json | grep -c '"id"'
  3

To a full disk: said, and no success.

  $ disktracker -o /dev/full .
  disktracker: cannot write /dev/full: No space left on device
  [1]
  $ disktracker -c -o /dev/full .
  disktracker: cannot write /dev/full: No space left on device
  [1]
  $ disktracker -o - . >/dev/full
  disktracker: cannot write to standard output: No space left on device
  [1]
  $ mkfifo ../pipe; exec 6<>../pipe 5>../pipe 6<&-
  $ disktracker -o - . >&5
  [141]
  $ disktracker -co - . >&5
  [141]
