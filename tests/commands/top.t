The largest files of a snapshot.

  $ disktracker top /data
  disktracker: too many arguments: /data
  Try 'disktracker -h'.
  [2]
  $ disktracker import "$TESTS/commands/old.json" >/dev/null; disktracker import "$TESTS/commands/new.json" >/dev/null
  $ disktracker top /data
  disktracker: too many arguments: /data
  Try 'disktracker -h'.
  [2]
  $ disktracker top /data/logs -n 1
  disktracker: --top is an option of commands, not of the browser
  Try 'disktracker -h'.
  [2]
  $ disktracker top /data --snapshot 1 -n 3
  disktracker: --snapshot is an option of commands, not of the browser
  Try 'disktracker -h'.
  [2]
  $ disktracker top /data --dirs -n 3
  disktracker: --dirs is an option of commands, not of the browser
  Try 'disktracker -h'.
  [2]
  $ disktracker top /data --json -n 2
  disktracker: --json is an option of commands, not of the browser
  Try 'disktracker -h'.
  [2]
  $ disktracker top /data/locked
  disktracker: too many arguments: /data/locked
  Try 'disktracker -h'.
  [2]
  $ disktracker top /data/nothing
  disktracker: too many arguments: /data/nothing
  Try 'disktracker -h'.
  [2]
  $ disktracker top /data/logs/app.log
  disktracker: too many arguments: /data/logs/app.log
  Try 'disktracker -h'.
  [2]
