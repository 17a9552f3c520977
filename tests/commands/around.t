What a command wrote, to the file. Standard output is its own. Who wrote is told where the kernel tells it; that is in
tests/around.sh.

  $ mkdir -p tree/a; cd tree
  $ told() { "$@" 2>../said; set -- $?; sed 's/.* by others$/WHO/; s/^all that .*/WHO/' ../said; return $1; }
  $ told disktracker around -- sh -c 'echo hello; truncate -s 5000000 a/hole; head -c 8192 /dev/zero >"a/nl
  > ame"; exit 3'
  hello
  HERE/tree  +8.0 KiB
    growth     size  name
  +8.0 KiB  8.0 KiB  a/nl\x0aame (new)
  WHO
  [3]
  $ disktracker around . -- rm a/hole
  HERE/tree  0 B
  nothing changed
  $ disktracker around --json -o ../file a -- sh -c 'head -c 4096 /dev/zero >a/small; kill -TERM $$'
  [143]
  $ grep -E '"(net_bytes|from|status)"|small"|TERM' ../file | sed 's/"bytes_b.*//'
    "from": null,
    "net_bytes": 4096,
      {"path": "HERE/tree/a", "status": "grew", "bytes_a": 12288, 
      {"path": "HERE/tree/a/small", "status": "new", "bytes_a": 0, 
      "head -c 4096 /dev/zero >a/small; kill -TERM $$"
    "status": 143
  $ disktracker around . a -- true
  HERE/tree  0 B
  nothing changed
  HERE/tree/a  0 B
  nothing changed
  $ disktracker around --json -o - . -- true
  {"error": "standard output is the command's: with --json give -o FILE", "path": "."}
  [2]
  $ disktracker around . true
  disktracker: around needs a command behind --: disktracker around PATH -- make
  Try 'disktracker around -h'.
  [2]
  $ disktracker around nowhere -- touch made; ls
  disktracker: cannot open nowhere: No such file or directory
  a
  $ disktracker around . -- no-such-command
  disktracker: cannot run no-such-command: No such file or directory
  [127]
  $ disktracker list
  disktracker: there is no snapshot yet; make one with: disktracker scan PATH
  $ disktracker around --keep a -- rm a/small 2>/dev/null; disktracker list --json | grep -c '"id"'
  2
