What happened, as whoever followed it noted it.

  $ disktracker log
  disktracker: nobody has followed HERE so far; do it with: disktracker watch HERE
  [1]
  $ disktracker log --json
  {"error": "nobody has followed HERE so far; do it with: disktracker watch HERE", "path": null}
  [1]
  $ mkdir tree; head -c 10000 /dev/zero >tree/old; mkdir tree/cache; head -c 20000 /dev/zero >tree/cache/big; disktracker scan tree >/dev/null
  $ disktracker log tree
  disktracker: nobody has followed HERE/tree so far; do it with: disktracker watch HERE/tree
  [1]

Followed, with inotify: who did it is not known.

  $ wait_for() { for i in {1..2000}; do grep -qs "$1" "$2" && return; sleep 0.02; done; echo "waited for $1"; }
  $ printf x >"$(printf 'bad\n\033[31m\377')"; told() { disktracker log "$@" | sed '/ tree\/$/d; s/^[0-9-]* [0-9:]* /TIME/'; }
  $ disktracker watch --json --backend inotify --debounce 10 tree >out 2>err & wait_for watching err; mv tree/old tree/new; wait_for '/new"' out; mv tree/cache .; wait_for '/cache"' out; mv bad* tree; wait_for bad out; mkdir tree/sub; wait_for '/sub"' out; kill $!; wait $!
  $ told tree
  what happened in HERE/tree
  time               change      size  what
  TIME  +4.0 KiB   4.0 KiB  sub/ (new)
  TIME  +4.0 KiB   4.0 KiB  bad\x0a\x1b[31m\xff (new)
  TIME -24.0 KiB         -  cache/ (gone)
  TIME   renamed  12.0 KiB  old -> new
  $ told --deleted tree/cache/big
  what happened in HERE/tree/cache/big
  time               change  size  what
  TIME -24.0 KiB     -  HERE/tree/cache/ (gone)
  $ disktracker log --json tree/new | sed 's/"time": [0-9]*/"time": T/; /resync/d; s/},$/}/'
  {
    "schema": 1,
    "root": "HERE/tree/new",
    "entries": [
      {"time": T, "type": "rename", "path": "HERE/tree/new", "old_path": "HERE/tree/old", "is_dir": false, "old_bytes": 12288, "new_bytes": 12288, "by": null}
    ]
  }
  $ disktracker log --json --deleted tree | sed 's/"time": [0-9]*/"time": T/'
  {
    "schema": 1,
    "root": "HERE/tree",
    "entries": [
      {"time": T, "type": "delete", "path": "HERE/tree/cache", "old_path": null, "is_dir": true, "old_bytes": 24576, "new_bytes": 0, "by": null}
    ]
  }
  $ disktracker log --json tree | grep -c '"type": "create"'
  2
  $ disktracker log --by nginx tree
  nothing happened in HERE/tree
  $ disktracker log --by nginx --json tree
  {
    "schema": 1,
    "root": "HERE/tree",
    "entries": []
  }
  $ disktracker log --last 1s -n 1 nowhere
  disktracker: nobody has followed HERE/nowhere so far; do it with: disktracker watch HERE/nowhere
  [1]
  $ sqlite3 "$DISKTRACKER_DB" "UPDATE mutation_log SET \"by\"='cp, nginx.service' WHERE mutation_type=0"
  $ told --by nginx --ascii tree
  what happened in HERE/tree
  time              change     size  what                       by
  TIME +4.0 KiB  4.0 KiB  sub/ (new)                 cp, nginx.service
  TIME +4.0 KiB  4.0 KiB  bad\x0a\x1b[31m\xff (new)  cp, nginx.service

What cannot be meant.

  $ disktracker log --last soon tree
  disktracker: --last: 'soon' is not a time such as 90s, 15m, 24h, 7d, 3mo
  Try 'disktracker log -h'.
  [2]
  $ disktracker log --last soon --json tree
  {"error": "--last: 'soon' is not a time such as 90s, 15m, 24h, 7d, 3mo", "path": "tree"}
  [2]
  $ disktracker log --by '' tree
  disktracker: --by: '' is not HOW
  Try 'disktracker log -h'.
  [2]
  $ disktracker log tree tree
  disktracker: too many arguments: tree
  Try 'disktracker log -h'.
  [2]
  $ disktracker list --deleted
  disktracker: --deleted is no option of list
  Try 'disktracker list -h'.
  [2]
