Where the used bytes of a file system are.  The file system is that of this machine: only what is always so is printed.

  $ disktracker df /no/such/folder
  disktracker: cannot open /no/such/folder: No such file or directory
  [1]
  $ disktracker df /no/such/folder --json
  {"error": "cannot open /no/such/folder: No such file or directory", "path": "/no/such/folder"}
  [1]
  $ touch file; disktracker df file
  disktracker: HERE/file is not a folder: name the folder that holds it
  [1]
  $ disktracker df a b
  disktracker: too many arguments: b
  Try 'disktracker df -h'.
  [2]
  $ disktracker df --last 7d
  disktracker: --last is no option of df
  Try 'disktracker df -h'.
  [2]
  $ disktracker df -h | head -3
  For example: disktracker df /
  Usage: disktracker df [OPTIONS] [PATH]
  Show where the used space of a file system is.

The lines add up, on any file system and while others write to it; no database is made.

  $ sum() { awk -F'"bytes": ' '/"used_bytes"/ { gsub(/[^0-9]/, ""); used = $0 } /"reason"/ { sub(/,.*/, "", $2); sum += $2; n++ } END { print n, sum == used ? "lines add up" : "differ by " sum - used }' OFMT=%.0f CONVFMT=%.0f; }
  $ disktracker df --json | sum
  7 lines add up
  $ ls ../home
  $ disktracker df --json | sed -n 's/^    {"reason": "\([a-z_]*\)".*/\1/p'
  tree
  deleted_open
  hidden
  outside
  metadata
  unreadable
  unexplained
  $ mkdir -p "$(printf 'odd\033[31m\377\nname')" && cd odd*
  $ head -c 300000 /dev/zero >zero
  $ disktracker df --json | sed -n 's#.*"reason": "tree", "bytes": \([0-9]*\), .*"path": ".*/here/\([^"]*\)", "path_b64".*#\1 \2#p' | sed "s/^$(du -sB1 . | cut -f1) /SIZE /"
  SIZE odd\u001b[31m�\u000aname
  $ disktracker df | sed -n 's/ *[0-9.]*%  in this folder/ SHARE  in this folder/p' | sed 's/^ *[0-9.]* [KMGi]*B/SIZE/'
  SIZE SHARE  in this folder, HERE/odd\x1b[31m\xff\x0aname
  $ disktracker df --json >/dev/full
  {"error": "cannot write to standard output: No space left on device", "path": null}
  [1]
