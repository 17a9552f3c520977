A snapshot for the textfile collector of node_exporter.

  $ disktracker import "$TESTS/commands/old.json" --host laptop >/dev/null; disktracker import "$TESTS/commands/new.json" --host laptop >/dev/null
  $ disktracker export --format prometheus --depth 1 --min-size 1M --last 1d
  # HELP disktracker_directory_size_bytes Allocated size of a directory and all below it.
  # TYPE disktracker_directory_size_bytes gauge
  disktracker_directory_size_bytes{root="/data",path="/data"} 90218496
  disktracker_directory_size_bytes{root="/data",path="/data/fresh"} 20975616
  disktracker_directory_size_bytes{root="/data",path="/data/logs"} 14684160
  disktracker_directory_size_bytes{root="/data",path="/data/projects"} 54550528
  # HELP disktracker_directory_apparent_size_bytes Apparent size of a directory and all below it.
  # TYPE disktracker_directory_apparent_size_bytes gauge
  disktracker_directory_apparent_size_bytes{root="/data",path="/data"} 86028782
  disktracker_directory_apparent_size_bytes{root="/data",path="/data/fresh"} 20004096
  disktracker_directory_apparent_size_bytes{root="/data",path="/data/logs"} 14004096
  disktracker_directory_apparent_size_bytes{root="/data",path="/data/projects"} 52012398
  # HELP disktracker_directory_items Entries below a directory at all levels.
  # TYPE disktracker_directory_items gauge
  disktracker_directory_items{root="/data",path="/data"} 13
  disktracker_directory_items{root="/data",path="/data/fresh"} 1
  disktracker_directory_items{root="/data",path="/data/logs"} 2
  disktracker_directory_items{root="/data",path="/data/projects"} 6
  # HELP disktracker_directory_growth_bytes Change of the allocated size of a directory within the window.
  # TYPE disktracker_directory_growth_bytes gauge
  disktracker_directory_growth_bytes{root="/data",path="/data",window="1d"} 78647296
  disktracker_directory_growth_bytes{root="/data",path="/data/fresh",window="1d"} 20975616
  disktracker_directory_growth_bytes{root="/data",path="/data/logs",window="1d"} 8388608
  disktracker_directory_growth_bytes{root="/data",path="/data/projects",window="1d"} 52432896
  # HELP disktracker_snapshot_time_seconds When the scan ended, Unix time.
  # TYPE disktracker_snapshot_time_seconds gauge
  disktracker_snapshot_time_seconds{root="/data"} 1763172800
  # HELP disktracker_snapshot_duration_seconds How long the scan took.
  # TYPE disktracker_snapshot_duration_seconds gauge
  disktracker_snapshot_duration_seconds{root="/data"} 0
  # HELP disktracker_snapshot_unreadable_items Entries that could not be read.
  # TYPE disktracker_snapshot_unreadable_items gauge
  disktracker_snapshot_unreadable_items{root="/data"} 1
  # EOF
  $ disktracker export --format prometheus --depth 0 | grep -v '^#'
  disktracker_directory_size_bytes{root="/data",path="/data"} 90218496
  disktracker_directory_apparent_size_bytes{root="/data",path="/data"} 86028782
  disktracker_directory_items{root="/data",path="/data"} 13
  disktracker_snapshot_time_seconds{root="/data"} 1763172800
  disktracker_snapshot_duration_seconds{root="/data"} 0
  disktracker_snapshot_unreadable_items{root="/data"} 1
  $ disktracker export --format prometheus -o file.prom; tail -n 1 file.prom; ! command -v promtool >/dev/null || promtool check metrics <file.prom
  # EOF
  $ (umask 077; disktracker export --format prometheus -o other.prom); stat -c %a other.prom
  644
  $ disktracker export --format prometheus --last soon
  disktracker: --last: 'soon' is not a duration like 7d or 24h
  [1]
  $ printf '[1,2,{"timestamp":1763259200},[{"name":"/x"},[{"name":"a\\\\\\"\377"}],[{"name":"a\\\\\\"\376\\n"}]]]' | disktracker import - >/dev/null
  $ disktracker export --format prometheus | grep -a items{
  disktracker_directory_items{root="/x",path="/x"} 2
  disktracker_directory_items{root="/x",path="/x/a\\\"�\n [6ce4fe1c]"} 0
  disktracker_directory_items{root="/x",path="/x/a\\\"� [d1ef8075]"} 0
  disktracker_snapshot_unreadable_items{root="/x"} 0
