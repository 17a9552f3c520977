Wrong usage: one sentence and where help is, exit status 2, nothing on standard output.

  $ disktracker --nonsense
  disktracker: unknown option --nonsense
  Try 'disktracker -h'.
  [2]
  $ disktracker diff --nonsense
  disktracker: unknown option --nonsense
  Try 'disktracker diff -h'.
  [2]
  $ disktracker list a b 2>/dev/null
  [2]
  $ disktracker list a b
  disktracker: too many arguments: b
  Try 'disktracker list -h'.
  [2]
  $ disktracker import
  disktracker: import needs: FILE
  Try 'disktracker import -h'.
  [2]
  $ disktracker label latest
  disktracker: label needs: REF NAME, or REF --remove
  Try 'disktracker label -h'.
  [2]
  $ disktracker label 1 name --remove
  disktracker: --remove takes the label away: it goes without a NAME
  Try 'disktracker label -h'.
  [2]
  $ disktracker scan --label x --no-store
  disktracker: --label names a snapshot, --no-store keeps none
  Try 'disktracker scan -h'.
  [2]
  $ disktracker scan --label 7d
  disktracker: "7d" cannot be a label: it reads as another way to name a snapshot
  Try 'disktracker scan -h'.
  [2]
  $ disktracker scan --json -o -
  {"error": "--json and -o - would both write to standard output", "path": null}
  [2]
  $ disktracker export --json
  {"error": "--json and the export would both go to standard output: give -o FILE", "path": null}
  [2]
  $ disktracker diff --last 7d --from 1
  disktracker: --last is a window up to now: it goes without --from and --to
  Try 'disktracker diff -h'.
  [2]
  $ disktracker diff --last soon
  disktracker: --last needs a time such as 24h, 7d or 3mo
  Try 'disktracker diff -h'.
  [2]
  $ disktracker -f file path
  disktracker: -f browses an export: there is no PATH to scan
  Try 'disktracker -h'.
  [2]

Without a terminal there is no browser.

  $ disktracker
  disktracker: standard output is no terminal: use --print to draw on the terminal all the same and print the folder Q leaves in, or 'disktracker scan'
  Try 'disktracker -h'.
  [2]
  $ disktracker .
  disktracker: standard output is no terminal: use --print to draw on the terminal all the same and print the folder Q leaves in, or 'disktracker scan'
  Try 'disktracker -h'.
  [2]
  $ disktracker ./scan
  disktracker: standard output is no terminal: use --print to draw on the terminal all the same and print the folder Q leaves in, or 'disktracker scan'
  Try 'disktracker -h'.
  [2]

Help and version, wherever they stand.

  $ disktracker -V | sed 's/[0-9][0-9.]*/N/'
  disktracker N
  $ disktracker -v | sed 's/[0-9][0-9.]*/N/'
  disktracker N
  $ disktracker scan --version | sed 's/[0-9][0-9.]*/N/'
  disktracker N
  $ disktracker -h | head -n 3
  For example: disktracker /var
  Usage: disktracker [OPTIONS] [PATH]
         disktracker COMMAND [OPTIONS] ...
  $ disktracker diff -h | head -n 3
  For example: disktracker diff --last 7d /srv
  Usage: disktracker diff [OPTIONS] [PATH]
  Show what grew between two snapshots.
  $ disktracker --json diff --help 2>&1 | sed -n 3p
  Show what grew between two snapshots.
  $ disktracker help diff | head -n 1
  For example: disktracker diff --last 7d /srv
  $ disktracker help | head -n 1
  For example: disktracker /var
  $ disktracker help dif
  disktracker: no such command or folder: dif; did you mean 'diff'?
  Try 'disktracker -h'.
  [2]

Nobody reads: silence.

  $ mkfifo pipe; exec 6<>pipe 5>pipe 6<&-
  $ disktracker -h >&5
  [141]

Nowhere to write:

  $ disktracker -h >/dev/full
  disktracker: cannot write to standard output: No space left on device
  [1]
  $ disktracker -V >&-
  disktracker: cannot write to standard output: Bad file descriptor
  [1]

A slip is no folder:

  $ disktracker diiff --from 1
  disktracker: no such command or folder: diiff; did you mean 'diff'?
  Try 'disktracker -h'.
  [2]
  $ disktracker recon
  disktracker: no such command or folder: recon; did you mean 'reconcile'?
  Try 'disktracker -h'.
  [2]
  $ disktracker lsit /
  disktracker: no such command or folder: lsit; did you mean 'list'?
  Try 'disktracker -h'.
  [2]
  $ disktracker hsitory
  disktracker: no such command or folder: hsitory; did you mean 'history'?
  Try 'disktracker -h'.
  [2]
  $ mkdir lsit && disktracker lsit / 2>&1 | head -n 1
  disktracker: lsit is no command, and only one folder is browsed at a time
  $ disktracker ./diiff 2>&1 | head -n 1
  disktracker: standard output is no terminal: use --print to draw on the terminal all the same and print the folder Q leaves in, or 'disktracker scan'

One is one:

  $ mkdir one && : > one/x && disktracker scan --no-store one | sed 's/ [0-9.]* [KM]*i*B in/ SIZE in/; s/[0-9.]* s$/TIME/'
  HERE/one  SIZE in 1 item, TIME
