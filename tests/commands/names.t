File names are bytes: safe on a terminal, exact in JSON.

  $ export DISKTRACKER_TEST_TIME=1763259200
  $ mkdir -p "$(printf 'odd\033[31m\377\n"name')" && cd odd*
  $ disktracker scan >/dev/null
  $ mkdir -- -rf; head -c 3M /dev/zero >"$(printf 'caf\303\251')"; head -c 2M /dev/zero >"$(printf -- '-rf/\342\200\256evil')"
  $ disktracker scan | sed 's/  .* in / SIZE in /; s/[0-9.]* s$/N s/; s/([0-9.]* s)/(N s)/'
  HERE/odd\x1b[31m\xff\x0a"name SIZE in 3 items, N s
  #2 saved, +5.0 MiB since #1 (N s)
  $ disktracker list | sed 's/^ *//; s/  .*  / … /'
  id … root
  2 … HERE/odd\x1b[31m\xff\x0a"name
  1 … HERE/odd\x1b[31m\xff\x0a"name
  $ disktracker list --json | sed -n 's#.*"root": ".*/here/\([^,]*\), "root_b64": "\([^"]*\)".*#\1 \2#p' | head -n 1 | cut -d' ' -f1
  odd\u001b[31m�\u000a\"name"
  $ disktracker diff --files --min-delta 1M | sed -n '3,5p'
  +5.0 MiB  5.0 MiB  ./
  +3.0 MiB  3.0 MiB  café (new)
  +2.0 MiB  2.0 MiB  -rf/\xe2\x80\xaeevil (new)
  $ LC_ALL=C disktracker diff --files --min-delta 1M | sed -n '3,5p'
  +5.0 MiB  5.0 MiB  ./
  +3.0 MiB  3.0 MiB  caf\xc3\xa9 (new)
  +2.0 MiB  2.0 MiB  -rf/\xe2\x80\xaeevil (new)
  $ disktracker scan "$(printf 'no\033where')"
  disktracker: cannot open no\x1bwhere: No such file or directory
  [1]
  $ mkdir "$PWD-2"; cd "$PWD-2"; for name in '\x0a' "$(printf 'c1\302\233')" "$(printf 'bidi\342\200\256')"; do echo text >"$name"; done
  $ disktracker scan >/dev/null; disktracker top | sed '1,2d; s/.* //' | sort
  \\x0a
  bidi\xe2\x80\xae
  c1\xc2\x9b
  $ disktracker export --format ndjson | tail -n +2 | sed 's#.*-2/\([^"]*\)".*#\1#'
  \\x0a
  bidi\u202e
  c1\u009b
