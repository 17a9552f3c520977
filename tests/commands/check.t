Limits for monitoring: a line, figures behind a bar, and the status of the exit.

  $ export DISKTRACKER_TEST_TIME=1763259200
  $ disktracker check /data
  UNKNOWN: there is no snapshot of /data; make one with: disktracker scan /data
  [3]
  $ disktracker check /data --json
  {
    "schema": 1,
    "status": "unknown",
    "message": "there is no snapshot of /data; make one with: disktracker scan /data",
    "perfdata": [],
    "culprit": null
  }
  [3]
  $ disktracker import "$TESTS/commands/old.json" >/dev/null
  $ disktracker check /data
  OK: /data: 11.0 MiB in 12 items | size=11571200B;; items=12;;
  $ disktracker check /data --max-growth 1G/7d
  UNKNOWN: /data: 11.0 MiB in 12 items; growth unknown: there is no snapshot of 7d before | size=11571200B;; items=12;; growth_7d=U;;1073741824
  [3]
  $ disktracker import "$TESTS/commands/new.json" >/dev/null
  $ disktracker check /data --max-size 1G,2G --max-items 100,200 --max-growth 1G/7d,2G/7d
  OK: /data: 86.0 MiB~ in 13 items | size=90218496B;1073741824;2147483648 items=13;100;200 growth_7d=78647296B;1073741824;2147483648
  $ disktracker check /data --max-size 80M,2G
  WARNING: /data: 86.0 MiB~ in 13 items; more than 80.0 MiB; most in /data/projects/api/target (+50.0 MiB) | size=90218496B;83886080;2147483648 items=13;;
  [1]
  $ disktracker check /data --max-size 86M
  CRITICAL: /data: 86.0 MiB~ in 13 items; more than 86.0 MiB; most in /data/projects/api/target (+50.0 MiB) | size=90218496B;;90177536 items=13;;
  [2]
  $ disktracker check /data --max-items 12,13
  WARNING: /data: 86.0 MiB~ in 13 items; more than 12 items; most in /data/projects/api/target (+50.0 MiB) | size=90218496B;; items=13;12;13
  [1]
  $ disktracker check /data/projects --max-growth 10M/1d,20M/30h --json
  {
    "schema": 1,
    "status": "critical",
    "message": "/data/projects: 52.0 MiB in 6 items; grew 50.0 MiB in 1d, more than 10.0 MiB; grew 50.0 MiB in 30h, more than 20.0 MiB; most in /data/projects/api/target (+50.0 MiB)",
    "perfdata": [
      {"label": "size", "value": 54550528, "unit": "B", "warn": null, "crit": null},
      {"label": "items", "value": 6, "unit": "", "warn": null, "crit": null},
      {"label": "growth_1d", "value": 52432896, "unit": "B", "warn": 10485760, "crit": null},
      {"label": "growth_30h", "value": 52432896, "unit": "B", "warn": null, "crit": 20971520}
    ],
    "culprit": "/data/projects/api/target"
  }
  [2]
  $ disktracker check /data --max-growth 1M/1h
  UNKNOWN: /data: 86.0 MiB~ in 13 items; growth unknown: there is no snapshot of 1h before | size=90218496B;; items=13;; growth_1h=U;;1048576
  [3]
  $ disktracker check /data/backups --max-size 1
  OK: /data/backups: it was not there | size=0B;;1 items=0;;
  $ disktracker check /data/backups --max-growth 1/7d
  OK: /data/backups: it was not there | size=0B;; items=0;; growth_7d=-3149824B;;1
  $ disktracker check /data/locked --max-size 1M
  UNKNOWN: /data/locked; size unknown: it was not read | size=U;;1048576 items=U;;
  [3]
  $ disktracker check /data/logs --full-in 14d
  UNKNOWN: /data/logs: 14.0 MiB in 2 items; its file system cannot be asked | size=14684160B;; items=2;; full_in=U;;1209600:
  [3]

What grows to a trend is full one day: here the time is less than a day, however large the disk is.

  $ for day in 1 2 3; do echo "[1,2,{\"timestamp\":$((1763000000 + day * 86400))},[{\"name\":\"$PWD\",\"dsize\":4096},[{\"name\":\"a|b\",\"dsize\":${day}000000000000000000}]]]" | disktracker import - >/dev/null; done
  $ disktracker check . --full-in 30d,1d | sed 's/full_in=[0-9]*s/full_in=Ns/; s/full in about [^,]*,/full in about N,/'
  CRITICAL: HERE: 2.6 EiB in 1 item; full in about N, less than 1 d; most in HERE/a\x7cb (+1.7 EiB) | size=3000000000000004096B;; items=1;; full_in=Ns;2592000:;86400:
  $ disktracker check --full-in 1s | sed 's/full_in=[0-9]*s/full_in=Ns/'
  CRITICAL: HERE: 2.6 EiB in 1 item; full in about 0 s, less than 1 s; most in HERE/a\x7cb (+1.7 EiB) | size=3000000000000004096B;; items=1;; full_in=Ns;;1:

Limits that cannot be.

  $ disktracker check /data --max-size 2G,1G
  disktracker: --max-size needs a size such as 10G, or two of them: WARN,CRIT
  Try 'disktracker check -h'.
  [2]
  $ disktracker check /data --full-in 1d,2d
  disktracker: --full-in needs a time such as 14d, or two of them: WARN,CRIT
  Try 'disktracker check -h'.
  [2]
  $ disktracker check /data --max-growth 1G
  disktracker: --max-growth needs a size within a time such as 1G/24h, or two of them: WARN,CRIT
  Try 'disktracker check -h'.
  [2]
  $ disktracker check /data --max-growth 1G/0s
  disktracker: --max-growth needs a size within a time such as 1G/24h, or two of them: WARN,CRIT
  Try 'disktracker check -h'.
  [2]
  $ disktracker check /data --max-items 1M
  disktracker: --max-items needs a number, or two of them: WARN,CRIT
  Try 'disktracker check -h'.
  [2]
  $ disktracker check /data --max-size ,1
  disktracker: --max-size needs a size such as 10G, or two of them: WARN,CRIT
  Try 'disktracker check -h'.
  [2]
  $ disktracker check /data --last 1d
  disktracker: --last is no option of check
  Try 'disktracker check -h'.
  [2]
