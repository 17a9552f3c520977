A warm scan trusts folders that seem unchanged, once they have been left alone for two seconds before the scan that is trusted.

  $ member() { sed -n 's/^ *"'"$1"'": \(.*[^,]\),*$/\1/p'; }
  $ alone() { [ $(($(date +%s) - $(find . -type d -exec stat -c %Z {} + | sort -n | tail -1))) -gt 4 ]; }
  $ mkdir -p tree/quiet/inner tree/busy && cd tree
  $ echo small >quiet/small && truncate -s 3M quiet/large && echo other >quiet/inner/other && touch -d 2001-01-01 quiet/* quiet/inner/*
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

  $ echo more >>quiet/small; touch -d 2001-01-01 quiet/small; echo more >>quiet/large; echo more >busy/new
  $ [ $(($(du -s -b . | cut -f1) - $(disktracker scan --warm --json | member apparent_bytes))) = 5 ] && echo small
  small
  $ [ "$(disktracker scan --json | member apparent_bytes)" = "$(du -s -b . | cut -f1)" ] && echo same
  same
  $ rm -r busy && mkdir fresh && echo x >fresh/x && mv quiet/inner moved
  $ [ "$(disktracker scan --warm --json | member apparent_bytes)" = "$(du -s -b . | cut -f1)" ] && echo same
  same
  $ disktracker scan --warm --cold
  disktracker: --warm trusts the snapshot before, --cold ignores it
  Try 'disktracker scan -h'.
  [2]
  $ disktracker scan --warm --no-store
  disktracker: --warm trusts the snapshot before, --no-store uses none
  Try 'disktracker scan -h'.
  [2]
