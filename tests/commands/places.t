Poor places and hostile ones.  Settings and patterns come from regular files of at most 1 MiB: a pipe is not waited for, a device never ends.

  $ mkdir -p tree/build tree/src ~/.config/disktracker; echo 1 >tree/src/a; echo 2 >tree/build/b; config=~/.config/disktracker/config
  $ mkfifo $config; timeout 20 disktracker list; rm $config
  disktracker: cannot read HOME/.config/disktracker/config: it is not a regular file; run with --ignore-config to do without
  $ ln -s /dev/zero $config; timeout 20 disktracker list; rm $config
  disktracker: cannot read HOME/.config/disktracker/config: it is not a regular file; run with --ignore-config to do without
  $ head -c 1100000 /dev/zero | tr '\0' '#' >$config; disktracker list; rm $config
  disktracker: cannot read HOME/.config/disktracker/config: it has more than 1 MiB; run with --ignore-config to do without
  $ mkdir $config; disktracker list; rmdir $config
  disktracker: cannot read HOME/.config/disktracker/config: Is a directory; run with --ignore-config to do without
  $ printf '\357\273\277--si\r\n# a comment\r\n-t 1\r\n' >$config; disktracker scan --json --no-store tree | grep threads; rm $config
    "threads": 1,
  $ mkfifo pipe; timeout 20 disktracker scan --no-store -X pipe tree
  disktracker: exclude file pipe: it is not a regular file
  [1]
  $ timeout 20 disktracker scan --no-store -X /dev/zero tree
  disktracker: exclude file /dev/zero: it is not a regular file
  [1]
  $ timeout 20 disktracker scan --no-store -X tree tree
  disktracker: exclude file tree: Is a directory
  [1]

Files that came from Windows: a byte order mark, and carriage returns.

  $ printf '\357\273\277build\r\n\r\n# src\r\n' >patterns; disktracker scan --json --no-store -X patterns tree | grep files
    "files": 1,

What can match nothing is said; in settings and files only what can match nowhere.

  $ disktracker scan --no-store --json --exclude ./build --exclude /elsewhere/x --exclude "$PWD/tree/build" --exclude '/*/tr*' tree | grep files
  disktracker: the exclude pattern ./build can match nothing in HERE/tree: it is compared with names, ends of paths, or from / on with the whole path
  disktracker: the exclude pattern /elsewhere/x can match nothing in HERE/tree: it is compared with names, ends of paths, or from / on with the whole path
  disktracker: the exclude pattern /*/tr* can match nothing in HERE/tree: it is compared with names, ends of paths, or from / on with the whole path
    "files": 1,
  $ printf '%s\n' ./build /elsewhere/x >patterns; disktracker scan --no-store --json -X patterns tree | grep files
  disktracker: the exclude pattern ./build can match nothing in HERE/tree: it is compared with names, ends of paths, or from / on with the whole path
    "files": 2,
  $ printf '%s\n' '--exclude /elsewhere/x' >$config; disktracker scan --no-store --json tree | grep files; rm $config
    "files": 2,

A file that may not grow is an error like a full disk; what was there stays.

  $ mkdir tree/{1..300}; disktracker scan tree >/dev/null; mkdir tree/{301..900}; (ulimit -f 40; disktracker scan tree); disktracker list --json | grep -c '"id"'
  disktracker: HOME/data.db cannot be written: no file may grow beyond a size (ulimit -f)
  1
  $ (ulimit -f 40; disktracker scan --db fresh.db tree); disktracker scan --db fresh.db --json tree | grep directories
  disktracker: HERE/fresh.db cannot be written: no file may grow beyond a size (ulimit -f)
    "directories": 903,
  $ echo kept >out.json; (ulimit -f 1; disktracker export -o out.json); cat out.json
  disktracker: cannot write out.json: File too large
  kept

A folder of indexes in which others can write is not used, and everything works without.

  $ rm -r tree/{1..900}; chmod 777 ~/data.db.index; mkfifo ~/data.db.index/pipe; disktracker scan tree 2>&1 >/dev/null | grep -v retention
  disktracker: HOME/data.db.index can be written by others and is not used; `chmod go-w HOME/data.db.index` makes it private
  $ disktracker size tree 2>&1 | grep -o 'chmod.*'; timeout 50 disktracker reconcile --full tree 2>&1 >/dev/null | grep -v retention; echo ${PIPESTATUS[0]}
  chmod go-w HOME/data.db.index` makes it private; the newest snapshot answers in its place
  disktracker: HOME/data.db.index can be written by others and is not used; `chmod go-w HOME/data.db.index` makes it private
  0

No home, no database: nothing is made in its place.

  $ unset DISKTRACKER_DB; HOME=/nonexistent disktracker scan tree; ls /nonexistent
  disktracker: there is no place for the database: set HOME to a folder that is there, or give --db FILE
  ls: cannot access '/nonexistent': No such file or directory
  [2]
  $ HOME=/nonexistent disktracker doctor | grep database
  WRONG  database  there is no place for the database: set HOME to a folder that is there, or give --db FILE
  $ HOME=/nonexistent disktracker scan --no-store --json tree | grep directories
    "directories": 3,
