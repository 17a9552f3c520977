What cannot be followed is said at once.

  $ disktracker watch nowhere
  disktracker: cannot open nowhere: No such file or directory
  [1]
  $ echo x >file; disktracker watch file
  disktracker: HERE/file is not a folder: name the folder that holds it
  [1]
  $ disktracker watch --backend dnotify
  disktracker: --backend: 'dnotify' is not auto|inotify|fanotify
  Try 'disktracker watch -h'.
  [2]
  $ DISKTRACKER_WATCH_BACKEND=dnotify disktracker watch
  disktracker: DISKTRACKER_WATCH_BACKEND: 'dnotify' is not auto|inotify|fanotify
  Try 'disktracker watch -h'.
  [2]
  $ disktracker watch --debounce 0
  disktracker: --debounce: '0' is not a number from 1 to 60000
  Try 'disktracker watch -h'.
  [2]
  $ disktracker watch --flush soon
  disktracker: --flush: 'soon' is not a number from 1 on
  Try 'disktracker watch -h'.
  [2]
  $ disktracker scan --flush 5
  disktracker: --flush is no option of scan
  Try 'disktracker scan -h'.
  [2]
  $ disktracker list
  disktracker: there is no snapshot yet; make one with: disktracker scan PATH

It says where it begins, and ends with what it saw stored.

  $ mkdir tree && head -c 10000 /dev/zero >tree/a
  $ head -c 1M /dev/zero >b; wait_for() { for i in {1..2000}; do grep -qs "$1" "$2" && return; sleep 0.02; done; }
  $ disktracker watch --backend inotify --debounce 10 tree >out 2>err & wait_for watching err; mv b tree/b; wait_for MiB out; kill $!; wait $!
  $ cat err
  disktracker: watching HERE/tree: 1 folder (inotify)
  $ grep -c '^....-..-.. ..:..:..  *+.* MiB .* 1 change  *'"$PWD/tree/b$" out
  1
  $ disktracker list --json | grep '"total_bytes": '"$(du -s -B1 tree | cut -f1)," | grep -c '"id": 2,'
  1

A snapshot before that is dated later than now is said once, where it begins; what the retention removes is a line.

  $ mkdir dated && DISKTRACKER_TEST_TIME=2082758400 disktracker scan dated >/dev/null
  $ watched() { rm out err; DISKTRACKER_TEST_TIME=1763600000 disktracker watch --json --backend inotify dated >out 2>err & wait_for watching err; date >>dated/x; wait_for batch out; kill $!; wait $!; sed 's/(inotify.*/(inotify)/' err; }
  $ watched
  disktracker: #3 is dated 2036-01-01 00:00, and now it is 2025-11-20 00:53: a clock was wrong; snapshots keep their order all the same, and 'disktracker forget 3' removes it
  disktracker: watching HERE/dated: 1 folder (inotify)
  $ mkdir -p ~/.config/disktracker; echo --keep-last 1 >~/.config/disktracker/config; watched
  disktracker: watching HERE/dated: 1 folder (inotify)
  disktracker: 5 snapshots were removed by the retention: #6 #5 #4 #3 #1; --no-prune keeps all
  $ grep removed out
  {"schema": 1, "time": 1763600000, "removed": [6, 5, 4, 3, 1]}
