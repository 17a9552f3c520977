Sizes as last known, from the index, without scanning.

  $ mkdir -p tree/a/b tree/c && head -c 3M /dev/zero >tree/a/b/three && head -c 5000 /dev/zero >tree/c/small && cd tree
  $ disktracker size .
  disktracker: nothing is known of HERE/tree
  [1]
  $ DISKTRACKER_TEST_TIME=1763172000 disktracker scan >/dev/null && ls ~/data.db.index | sed 's/[0-9a-f]\{32\}/HASH/'
  HASH.lock
  HASH.mmap
  $ export DISKTRACKER_TEST_TIME=1763179200
  $ same() { [ "$(disktracker size --json "$1" | sed -n 's/^ .*"bytes": \([0-9]*\),.*"as_of": 1763172000, "live": false.*/\1/p')" = "$(du -s -B1 "$1" | cut -f1)" ] && echo same; }
  $ for path in . a a/b a/b/three c/small; do same $path; done
  same
  same
  same
  same
  same
  $ disktracker size a/b/three c/small
     size  age  path
  3.0 MiB  2 h  HERE/tree/a/b/three
  8.0 KiB  2 h  HERE/tree/c/small
  $ disktracker size a/b/three nothing
  disktracker: nothing is known of HERE/tree/nothing
     size  age  path
  3.0 MiB  2 h  HERE/tree/a/b/three
  [1]
  $ disktracker size --json a/nothing
  {
    "schema": 1,
    "entries": [
      {"path": "HERE/tree/a/nothing", "bytes": null, "apparent_bytes": null, "items": null, "as_of": null, "live": false, "trusted": false, "partial": false, "reason": "nothing is known of it"}
    ]
  }
  [1]
  $ disktracker size
  disktracker: size needs: PATH...
  Try 'disktracker size -h'.
  [2]
  $ disktracker size --json a/b/three | tr -d '\n'; echo
  {  "schema": 1,  "entries": [    {"path": "HERE/tree/a/b/three", "bytes": 3145728, "apparent_bytes": 3145728, "items": 0, "as_of": 1763172000, "live": false, "trusted": false, "partial": false, "reason": null}  ]}

A directory made since then is not known; without the index, or with a damaged one, the snapshot answers.

  $ mkdir a/new; disktracker size a/new
  disktracker: nothing is known of HERE/tree/a/new
  [1]
  $ rmdir a/new; echo damage >"$(echo ~/data.db.index/*.mmap)"; for path in a c/small; do same $path; done 2>&1 | sed 's/[0-9a-f]\{32\}/HASH/'
  disktracker: HOME/data.db.index/HASH.mmap: this is not an index; the newest snapshot answers in its place
  same
  disktracker: HOME/data.db.index/HASH.mmap: this is not an index; the newest snapshot answers in its place
  same
  $ rm ~/data.db.index/*.mmap; same a/b; same .
  same
  same
  $ disktracker scan --no-store >/dev/null; ls ~/data.db.index | grep -c mmap
  0
  [1]

A root below another: what is known latest answers.

  $ cd a; truncate -s 0 b/three; DISKTRACKER_TEST_TIME=1763175600 disktracker scan >/dev/null; cd ..
  $ disktracker size a/b/three c/small
     size  age  path
      0 B  1 h  HERE/tree/a/b/three
  8.0 KiB  2 h  HERE/tree/c/small

What has no figures says why; what holds less than all of it is marked.  A root that was read later answers, however near the other is.

  $ cd ..; export DISKTRACKER_TEST_TIME=1763265600; mkdir -p more/out more/kept/deep && head -c 9000 /dev/zero >more/out/f && head -c 9000 /dev/zero >more/kept/deep/f
  $ mkdir more/cache && printf 'Signature: 8a477f597d28d172789f06886806bc55' >more/cache/CACHEDIR.TAG
  $ disktracker scan --exclude out --exclude-caches more >/dev/null
  $ disktracker size more/out more/out/f more/kept more/cache more/nothing
  disktracker: nothing is known of HERE/more/nothing
      size  age  path
         -    -  HERE/more/out  (left out by a pattern)
         -    -  HERE/more/out/f  (left out by a pattern)
  20.0 KiB  0 s  HERE/more/kept
         -    -  HERE/more/cache  (left out: a cache by its CACHEDIR.TAG)
  [1]
  $ disktracker size --json more/out more/nothing
  {
    "schema": 1,
    "entries": [
      {"path": "HERE/more/out", "bytes": null, "apparent_bytes": null, "items": null, "as_of": null, "live": false, "trusted": false, "partial": false, "reason": "left out by a pattern"},
      {"path": "HERE/more/nothing", "bytes": null, "apparent_bytes": null, "items": null, "as_of": null, "live": false, "trusted": false, "partial": false, "reason": "nothing is known of it"}
    ]
  }
  [1]
  $ (cd more/kept && disktracker scan >/dev/null); head -c 20000 /dev/zero >more/kept/deep/g; disktracker scan more >/dev/null
  $ disktracker size more/kept/deep more/kept/deep/g more/out
      size  age  path
  36.0 KiB  0 s  HERE/more/kept/deep
  20.0 KiB  0 s  HERE/more/kept/deep/g
  16.0 KiB  0 s  HERE/more/out
