Configuration files: below the command line, above the defaults.

  $ mkdir -p "$HOME/.config/disktracker" tree; echo x >tree/small; head -c 1M /dev/zero >tree/big
  $ echo '--exclude big' >"$HOME/.config/disktracker/config"
  $ files() { disktracker "$@" --json tree | sed -n 's/.*"apparent_bytes": \([0-9]*\),/\1/p' | awk '{ print ($1 > 1000000) ? "with big" : "without big" }'; }
  $ files scan --no-store
  without big
  $ files scan --no-store --ignore-config
  with big
  $ XDG_CONFIG_HOME=$PWD/other files scan --no-store
  with big
  $ echo '--no-store' >>"$HOME/.config/disktracker/config"
  $ disktracker scan tree --json | grep snapshot_id
    "snapshot_id": null,
  $ disktracker scan tree --json --store | grep snapshot_id
    "snapshot_id": 1,
  $ echo '--what' >>"$HOME/.config/disktracker/config"
  $ disktracker list
  disktracker: HOME/.config/disktracker/config, line 3: unknown option --what; correct the line, put @ before it, or run with --ignore-config
  [1]
  $ disktracker list --ignore-config | wc -l
  2
  $ sed -i 's/^--what/@&/' "$HOME/.config/disktracker/config"
  $ disktracker list | wc -l
  2
