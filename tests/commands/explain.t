Why a folder grew, and what gives the space back; here of imports of a home, the second ten days later.

  $ disktracker explain
  disktracker: there is no snapshot of HERE; make one with: disktracker scan HERE
  [1]
  $ disktracker explain --now --json
  {"error": "there is no snapshot of HERE; make one with: disktracker scan HERE", "path": null}
  [1]
  $ disktracker free 1G
  disktracker: there is no snapshot of HERE; make one with: disktracker scan HERE
  [1]
  $ dir() { printf '{"name":"%s","asize":4096,"dsize":4096,"mtime":%s}' "$1" "${2:-1760000000}"; }
  $ file() { printf '{"name":"%s","asize":%s,"dsize":%s,"mtime":%s}' "$1" "$2" "$2" "${3:-1760000000}"; }
  $ home() # timestamp, bytes of the build, of the npm packages, of the cache, more entries
  > {
  > 	printf '[1,2,{"progname":"ncdu","progver":"1.18","timestamp":%s},[{"name":"/home/ana","asize":4096,"dsize":4096,"dev":1},' "$1"
  > 	printf '[%s,[%s,[%s,%s],%s],' "$(dir projects)" "$(dir api)" "$(dir target)" "$(file lib.rlib "$2")" "$(file Cargo.toml 4096)"
  > 	printf '[%s,[%s,[%s,%s]],%s]],' "$(dir web)" "$(dir node_modules)" "$(dir react)" "$(file index.js "$3")" "$(file package.json 4096)"
  > 	printf '[%s,[%s,%s],[%s,%s,%s]]%s]]' "$(dir .cache)" "$(dir pip)" "$(file wheel "$4" 1750000000)" "$(dir mine)" "$(file CACHEDIR.TAG 4096)" "$(file page 1048576)" "$5"
  > }
  $ home 1762000000 2097152 3145728 1048576 >old.json; home 1763000000 20971520 12582912 4194304 ",$(file backup.tar 8388608),$(file server.log 1048576)" >new.json
  $ disktracker import old.json >/dev/null
  $ disktracker explain /home/ana
  disktracker: there is no snapshot before 1: this is the first
  [1]
  $ disktracker explain --now /home/ana
  what lies in /home/ana  #1 2025-11-01 12:26
  7.1 MiB = 4 causes 7.0 MiB, other 28.0 KiB
      size  cause         class        idle     mostly in
   3.0 MiB  npm packages  downloaded   3 weeks  projects/web/node_modules
   2.0 MiB  Rust build    built        3 weeks  projects/api/target
   1.0 MiB  other caches  regenerated  3 weeks  .cache/mine
   1.0 MiB  pip cache     downloaded   3 weeks  .cache/pip
  28.0 KiB  other                               projects/api  +4 more
  frees it:
    rm -rf /home/ana/projects/web/node_modules  # npm packages
    cargo clean --manifest-path /home/ana/projects/api/Cargo.toml  # Rust build
    pip cache purge  # pip cache
  $ disktracker import new.json >/dev/null
  $ disktracker explain --from 1 --to 2
  why /home/ana grew  #1 2025-11-01 12:26 -> #2 2025-11-13 02:13 (11 d)
  +39.0 MiB = 4 causes +31.0 MiB, other +8.0 MiB
     growth  cause         class       idle     mostly in
  +18.0 MiB  Rust build    built       4 weeks  projects/api/target
   +9.0 MiB  npm packages  downloaded  4 weeks  projects/web/node_modules
   +3.0 MiB  pip cache     downloaded  4 weeks  .cache/pip
   +1.0 MiB  log files     service     4 weeks  server.log
   +8.0 MiB  other                              backup.tar
  frees it:
    cargo clean --manifest-path /home/ana/projects/api/Cargo.toml  # Rust build
    rm -rf /home/ana/projects/web/node_modules  # npm packages
    pip cache purge  # pip cache
  $ disktracker explain --from 1 --to 2 -n 2
  why /home/ana grew  #1 2025-11-01 12:26 -> #2 2025-11-13 02:13 (11 d)
  +39.0 MiB = 4 causes +31.0 MiB, other +8.0 MiB
     growth  cause         class       idle     mostly in
  +18.0 MiB  Rust build    built       4 weeks  projects/api/target
   +9.0 MiB  npm packages  downloaded  4 weeks  projects/web/node_modules
   +8.0 MiB  other                              backup.tar
  2 more causes +4.0 MiB
  frees it:
    cargo clean --manifest-path /home/ana/projects/api/Cargo.toml  # Rust build
    rm -rf /home/ana/projects/web/node_modules  # npm packages
  $ disktracker explain --from 1 --to 2 --json
  {
    "schema": 1,
    "root": "/home/ana",
    "path": "/home/ana",
    "from": 1,
    "to": 2,
    "from_time": 1762000000,
    "to_time": 1763000000,
    "net_bytes": 40894464,
    "unknown_entries": 0,
    "unknown_bytes": 0,
    "note": null,
    "causes": [
      {"cause": "Rust build", "class": "built", "rule": "**/target", "delta_bytes": 18874368, "bytes": 20975616, "idle_days": 34, "idle_from": "files", "paths": [{"path": "/home/ana/projects/api/target", "delta_bytes": 18874368, "is_dir": true, "gone": false, "name": null}], "omitted_paths": {"entries": 0, "delta_bytes": 0}, "advice": "cargo clean --manifest-path /home/ana/projects/api/Cargo.toml", "again": "cargo build", "caution": null, "source": "https://doc.rust-lang.org/cargo/commands/cargo-clean.html"},
      {"cause": "npm packages", "class": "downloaded", "rule": "**/node_modules", "delta_bytes": 9437184, "bytes": 12591104, "idle_days": 34, "idle_from": "files", "paths": [{"path": "/home/ana/projects/web/node_modules", "delta_bytes": 9437184, "is_dir": true, "gone": false, "name": null}], "omitted_paths": {"entries": 0, "delta_bytes": 0}, "advice": "rm -rf /home/ana/projects/web/node_modules", "again": "npm ci", "caution": null, "source": "https://docs.npmjs.com/cli/commands/npm-ci"},
      {"cause": "pip cache", "class": "downloaded", "rule": "~/.cache/pip", "delta_bytes": 3145728, "bytes": 4198400, "idle_days": 34, "idle_from": "files", "paths": [{"path": "/home/ana/.cache/pip", "delta_bytes": 3145728, "is_dir": true, "gone": false, "name": null}], "omitted_paths": {"entries": 0, "delta_bytes": 0}, "advice": "pip cache purge", "again": null, "caution": null, "source": "pip-cache(1)"},
      {"cause": "log files", "class": "service", "rule": "**/*.log", "delta_bytes": 1048576, "bytes": 1048576, "idle_days": 34, "idle_from": "files", "paths": [{"path": "/home/ana/server.log", "delta_bytes": 1048576, "is_dir": false, "gone": false, "name": null}], "omitted_paths": {"entries": 0, "delta_bytes": 0}, "advice": null, "again": null, "caution": "a log that is held open is emptied (truncate -s 0), deleting it frees nothing", "source": null}
    ],
    "omitted_causes": {
      "entries": 0,
      "delta_bytes": 0
    },
    "other_bytes": 8388608,
    "other": [
      {"path": "/home/ana", "delta_bytes": 8388608, "gone": false, "largest": "/home/ana/backup.tar"}
    ],
    "omitted_other": {
      "entries": 0,
      "delta_bytes": 0
    }
  }
  $ disktracker explain --now /home/ana/projects -n 1 --json | sed -n '/"from"/p; /"net_bytes"/p; /"omitted_causes"/,/}/p'
    "from": null,
    "net_bytes": 33587200,
    "omitted_causes": {
      "entries": 1,
      "delta_bytes": 12591104
    },
  $ disktracker explain --from 1 --to 2 /home/ana/projects/web/node_modules/react
  why /home/ana/projects/web/node_modules/react grew  #1 2025-11-01 12:26 -> #2 2025-11-13 02:13 (11 d)
  +9.0 MiB = 1 cause +9.0 MiB, other 0 B
    growth  cause         class       idle     mostly in
  +9.0 MiB  npm packages  downloaded  4 weeks  .
  frees it:
    rm -rf /home/ana/projects/web/node_modules  # npm packages
  $ disktracker explain /home/ana/nowhere --now
  disktracker: there is no folder /home/ana/nowhere in snapshot #2
  [1]
  $ disktracker free 10M /home/ana
  to free 10.0 MiB in /home/ana  #2 2025-11-13 02:13: 12.0 MiB found
     frees  cause         class       idle     command
  12.0 MiB  npm packages  downloaded  4 weeks  rm -rf /home/ana/projects/web/node_modules
  $ disktracker free 20M /home/ana --json
  {
    "schema": 1,
    "root": "/home/ana",
    "path": "/home/ana",
    "snapshot_id": 2,
    "wanted_bytes": 20971520,
    "reached_bytes": 37765120,
    "steps": [
      {"command": "rm -rf /home/ana/projects/web/node_modules", "cause": "npm packages", "class": "downloaded", "frees_bytes": 12591104, "most_bytes": 12591104, "bytes": 12591104, "idle_days": 34, "idle_from": "files", "again": "npm ci", "caution": null, "paths": ["/home/ana/projects/web/node_modules"], "omitted_paths": 0},
      {"command": "pip cache purge", "cause": "pip cache", "class": "downloaded", "frees_bytes": 4198400, "most_bytes": 4198400, "bytes": 4198400, "idle_days": 34, "idle_from": "files", "again": null, "caution": null, "paths": ["/home/ana/.cache/pip"], "omitted_paths": 0},
      {"command": "cargo clean --manifest-path /home/ana/projects/api/Cargo.toml", "cause": "Rust build", "class": "built", "frees_bytes": 20975616, "most_bytes": 20975616, "bytes": 20975616, "idle_days": 34, "idle_from": "files", "again": "cargo build", "caution": null, "paths": ["/home/ana/projects/api/target"], "omitted_paths": 0}
    ],
    "personal": []
  }
  $ disktracker free 1T /home/ana
  to free 1.0 TiB in /home/ana  #2 2025-11-13 02:13: 36.0 MiB found
     frees  cause         class       idle     command
  12.0 MiB  npm packages  downloaded  4 weeks  rm -rf /home/ana/projects/web/node_modules
   4.0 MiB  pip cache     downloaded  4 weeks  pip cache purge
  20.0 MiB  Rust build    built       4 weeks  cargo clean --manifest-path /home/ana/projects/api/Cargo.toml
  disktracker: only 36.0 MiB of 1.0 TiB can be freed without touching what is yours
  [1]
  $ disktracker free much
  disktracker: free needs a size such as 10G or 500M first
  Try 'disktracker free -h'.
  [2]
  $ disktracker explain --now --last 7d
  disktracker: --now tells what lies there: it goes without --last and --from
  Try 'disktracker explain -h'.
  [2]
  $ disktracker explain --last never /home/ana
  disktracker: --last needs a time such as 24h, 7d or 3mo
  Try 'disktracker explain -h'.
  [2]

A person's own rules add causes, and replace those of the same name; mistakes are told with their line.

  $ mkdir -p ~/.config/disktracker; cat >~/.config/disktracker/causes <<END
  > cause my backups
  > class personal
  > file ~/backup.tar
  > cause pip cache
  > off
  > END
  $ disktracker explain --from 1 --to 2 | sed -n '2,7p'
  +39.0 MiB = 5 causes +39.0 MiB, other 0 B
     growth  cause         class        idle     mostly in
  +18.0 MiB  Rust build    built        4 weeks  projects/api/target
   +9.0 MiB  npm packages  downloaded   4 weeks  projects/web/node_modules
   +8.0 MiB  my backups    personal     4 weeks  backup.tar
   +3.0 MiB  other caches  regenerated  4 weeks  .cache/pip
  $ disktracker explain --check-rules | sed 's#.*/data/causes: [0-9]* causes#SHIPPED#'
  SHIPPED
  HOME/.config/disktracker/causes: 1 cause
  $ printf 'cause x\nclass odd\npath relative/x\npath /a/**\npath /b\nbeside a/b\nwhole much\nname y\ncause empty\nclass built\npath /{a\ncause e\033[31m\n' >~/.config/disktracker/causes
  $ disktracker explain --check-rules
  disktracker: HOME/.config/disktracker/causes, line 2: there is no class 'odd', only regenerated, downloaded, built, service and personal
  disktracker: HOME/.config/disktracker/causes, line 3: a path begins with '/', '~/' or '**/'
  disktracker: HOME/.config/disktracker/causes, line 4: '**' stands before a component
  disktracker: HOME/.config/disktracker/causes, line 6: beside and holds take a name, not a path
  disktracker: HOME/.config/disktracker/causes, line 7: 'whole' stands alone
  disktracker: HOME/.config/disktracker/causes, line 8: unknown word 'name'
  disktracker: HOME/.config/disktracker/causes, line 11: braces come in pairs, not one in another
  disktracker: HOME/.config/disktracker/causes, line 9: the cause 'empty' has neither path nor file
  disktracker: HOME/.config/disktracker/causes, line 12: a cause's name is made of printable characters
  disktracker: HOME/.config/disktracker/causes, line 12: the cause 'e\x1b[31m' has no class
  disktracker: HOME/.config/disktracker/causes, line 12: the cause 'e\x1b[31m' has neither path nor file
  [1]
  $ disktracker explain --now /home/ana
  disktracker: HOME/.config/disktracker/causes, line 2: there is no class 'odd', only regenerated, downloaded, built, service and personal
  [1]
  $ rm ~/.config/disktracker/causes

Names are bytes here as well, and a command can be given to a shell as it stands.

  $ mkdir -p "$(printf "it's \033[31m\377/node_modules/x")"; cd it*; echo {} >package.json; head -c 3M /dev/zero >node_modules/x/big
  $ disktracker scan >/dev/null
  $ disktracker explain --now | grep -v 'what lies'
  3.0 MiB = 1 cause 3.0 MiB, other 8.0 KiB
     size  cause         class       mostly in
  3.0 MiB  npm packages  downloaded  node_modules
  8.0 KiB  other                     .
  frees it:
    rm -rf $'HERE/it\'s \033[31m\377/node_modules'  # npm packages
  $ cd ..; disktracker scan >/dev/null; bash -c "$(disktracker explain --now | sed -n 's/^  \(rm .*\)  # npm packages$/\1/p')"; ls it*
  package.json
