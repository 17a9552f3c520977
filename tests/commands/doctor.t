What is as it should be, and what is not; the figures of the machine are left out.

  $ doctor() { disktracker doctor "$@" >printed; local status=$?; grep -v -e limits -e room -e -wal -e -shm printed | sed 's/data.db, .*/data.db, SIZE/; s/index\/[0-9a-f]*/index\/HASH/'; return $status; }
  $ doctor
  state  what      finding
  good   database  there is none yet: HOME/data.db
  $ mkdir -p tree/a/b && disktracker scan -0 tree && doctor
  state  what         finding
  good   database     HOME/data.db, SIZE
  good   database     its pages are whole
  good   database     its schema is this program's
  good   database     every row is what was written
  good   database     all references lead somewhere
  good   database     every snapshot adds up to its total
  good   database     the states of a directory follow each other
  good   index        HERE/tree: 3 folders
  good   permissions  HOME/data.db is for its owner alone
  good   permissions  HOME/data.db.index is for its owner alone
  $ disktracker doctor --json | grep -e healthy -e '"what": "index"'
      {"state": "good", "what": "index", "text": "HERE/tree: 3 folders"},
    "healthy": true

A damaged index and an open database.

  $ printf x >>"$(echo ~/data.db.index/*.mmap)"; chmod 644 ~/data.db; doctor | grep -v good
  state  what         finding
  WRONG  index        HOME/data.db.index/HASH.mmap: the index is cut short
  WRONG  permissions  HOME/data.db is open to others (mode 0644): it lists names of files
  $ doctor >/dev/null
  [1]
  $ doctor --repair | grep -v good
  state     what         finding
  hint      index        HOME/data.db.index/HASH.mmap: the index is cut short
  repaired  index        HERE/tree: made anew from snapshot #1
  repaired  permissions  HOME/data.db was open to others; now for its owner alone
  $ doctor | grep -v good
  state  what         finding
  $ disktracker size tree | grep -c "$PWD/tree"
  1

An index that is missing.

  $ rm ~/data.db.index/*.mmap; doctor | grep -e index
  hint   index        HERE/tree: there is none yet
  good   permissions  HOME/data.db.index is for its owner alone
  $ doctor --repair | grep -e repaired
  repaired  index        HERE/tree: made anew from snapshot #1

What a crash left behind.

  $ index=$(echo ~/data.db.index/*.mmap); cp "$index" "$index.tmp"; doctor | grep -v good
  state  what         finding
  hint   index        HOME/data.db.index/HASH.mmap.tmp: left behind by a crash
  $ doctor --repair | grep repaired
  repaired  index        HOME/data.db.index/HASH.mmap.tmp, left behind by a crash, was removed
  $ ls ~/data.db.index | grep -c tmp
  0
  [1]

What is no database any more.

  $ echo nonsense >broken.db; disktracker doctor --db broken.db | grep -c 'WRONG  database .*is no database'
  1
