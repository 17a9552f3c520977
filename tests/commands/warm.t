A warm scan trusts folders that seem unchanged, once they have been left alone for two seconds before the scan that is trusted.

  $ member() { sed -n 's/^ *"'"$1"'": \(.*[^,]\),*$/\1/p'; }
  $ alone() { [ $(($(date +%s) - $(find . -type d -exec stat -c %Z {} + | sort -n | tail -1))) -gt 4 ]; }
  $ apparent() { find . -printf '%s\n' | awk '{ n += $1 } END { printf "%d", n }'; } # no link among them
  $ mkdir -p tree/quiet/inner tree/busy tree/big && cd tree
  $ echo small >quiet/small && head -c 3M /dev/zero >big/large && echo other >quiet/inner/other && touch -d 2001-01-01 quiet/* quiet/inner/* big/*
  $ until alone; do read -rt 0.1 <> <(:); done; true
  $ disktracker scan --warm --json | member mode
  "exact"

Every seventh scan is exact.

  $ for i in 1 2 3 4 5 6 7 8; do disktracker scan --warm --json | member mode; done
  "warm"
  "warm"
  "warm"
  "warm"
  "warm"
  "warm"
  "exact"
  "warm"
  $ disktracker list --json | grep -o '"trusted": [a-z]*' | tr '\n' ' '
  "trusted": true "trusted": false "trusted": true "trusted": true "trusted": true "trusted": true "trusted": true "trusted": true "trusted": false 

It finds everything that shows; what does not is small, old and changed in place, and an exact scan finds it.

  $ echo more >>quiet/small; touch -d 2001-01-01 quiet/small; echo more >>big/large; echo more >busy/new
  $ [ $(($(apparent) - $(disktracker scan --warm --json | member apparent_bytes))) = 5 ] && echo small
  small
  $ [ "$(disktracker scan --json | member apparent_bytes)" = "$(apparent)" ] && echo same
  same
  $ rm -r busy && mkdir fresh && echo x >fresh/x && mv quiet/inner moved
  $ [ "$(disktracker scan --warm --json | member apparent_bytes)" = "$(apparent)" ] && echo same
  same

What it stores is whole, down to the files of folders that it did not list: it equals an exact scan and its export byte for byte.

  $ mkdir -p a/b/c && echo one >a/one && echo two >a/b/two && echo three >a/b/c/three && touch -d 2001-01-01 a/one a/b/two a/b/c/three
  $ until alone; do read -rt 0.1 <> <(:); done; disktracker scan -0 && echo more >a/b/c/four
  $ disktracker scan --warm --json | sed -n '/deep/p; /trusted/p; /mode/p'
      "mode": "warm",
      "trusted": 4,
      "deep_changed": 3,
  $ disktracker export -o ../warm.json && disktracker scan -0 && disktracker export -o ../exact.json && diff <(tail -n +2 ../warm.json) <(tail -n +2 ../exact.json)
  $ grep -o 'one\|two\|three\|four' ../warm.json | tr '\n' ' '
  four three two one 
  $ disktracker scan --warm -o ../scanned.json -0 && disktracker scan --warm --json | sed -n '/mode/p' && disktracker export -o ../exported.json
      "mode": "warm",
  $ diff <(tail -n +2 ../scanned.json) <(tail -n +2 ../exported.json) && echo same
  same
  $ disktracker scan --warm --cold
  disktracker: --warm trusts the snapshot before, --cold ignores it
  Try 'disktracker scan -h'.
  [2]
  $ disktracker scan --warm --no-store
  disktracker: --warm trusts the snapshot before, --no-store uses none
  Try 'disktracker scan -h'.
  [2]
