Where the tables of the file system cannot be used, a sentence says so, and the scan is as ever.

  $ mkdir -p tree/a && echo x >tree/a/x && cd tree
  $ disktracker scan --no-store --raw -L | sed 's/^.*  .* in/SIZE in/; s/, [0-9.]* s$//'
  disktracker: scanned without --raw: with -L, --exclude-caches or --warm every folder has to be opened
  SIZE in 2 items
  $ disktracker scan --no-store --raw --exclude-caches --json | grep directories
  disktracker: scanned without --raw: with -L, --exclude-caches or --warm every folder has to be opened
    "directories": 2,
  $ disktracker scan --raw --warm
  disktracker: --warm trusts the snapshot before, --raw reads everything
  Try 'disktracker scan -h'.
  [2]
  $ disktracker scan --raw missing
  disktracker: cannot open missing: No such file or directory
  [1]
