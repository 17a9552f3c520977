What is not a database of ours stays as it is, whatever the command.

  $ mkdir tree; echo hello >tree/file; echo thesis >thesis.txt; printf x >one; cp thesis.txt before
  $ for command in "scan tree" "list" "prune" "watch tree" "label 1 x" "size tree" "doctor"; do disktracker $command --db thesis.txt; echo $?; done 2>&1 | grep -v -e good -e state
  disktracker: HERE/thesis.txt is no database and stays as it is; name another file with --db
  1
  disktracker: HERE/thesis.txt is no database and stays as it is; name another file with --db
  1
  disktracker: HERE/thesis.txt is no database and stays as it is; name another file with --db
  1
  disktracker: HERE/thesis.txt is no database and stays as it is; name another file with --db
  1
  disktracker: HERE/thesis.txt is no database and stays as it is; name another file with --db
  1
  disktracker: HERE/thesis.txt is no database and stays as it is; name another file with --db
  1
  WRONG  database  HERE/thesis.txt is no database and stays as it is; name another file with --db
  1
  $ disktracker scan tree --db one; disktracker scan tree --db /dev/null; disktracker scan tree --db tree
  disktracker: HERE/one is no database and stays as it is; name another file with --db
  disktracker: /dev/null is not a file; name another with --db
  disktracker: HERE/tree is a folder, not a database; name another with --db
  [1]
  $ cmp thesis.txt before && cat one; ls
  xbefore
  one
  thesis.txt
  tree

An empty file of our own is filled.

  $ : >new.db; disktracker scan -q tree --db new.db >/dev/null; echo $?
  disktracker: HERE/new.db was empty: a new history is begun
  0
  $ disktracker list --db new.db | wc -l
  2

Not through a symbolic link.

  $ : >empty; ln -s empty link; ln -s nowhere dangling
  $ disktracker scan tree --db link; disktracker scan tree --db dangling; ls -l empty | cut -d" " -f5; ls nowhere
  disktracker: HERE/empty is an empty file and stays as it is; name another file with --db
  disktracker: HERE/dangling is a symbolic link that leads nowhere; remove it or name another file with --db
  0
  ls: cannot access 'nowhere': No such file or directory
  [2]

A newer program's is read, and every command says so.

  $ disktracker scan -q tree >/dev/null; printf '\000\000\003\347' | dd of=$HOME/data.db bs=1 seek=60 conv=notrunc status=none
  $ disktracker list | wc -l
  disktracker: HOME/data.db was written by a newer version of this program: opened read-only, nothing is saved
  2
  $ disktracker size tree | wc -l
  disktracker: HOME/data.db was written by a newer version of this program: opened read-only, nothing is saved
  2
  $ disktracker scan tree
  disktracker: HOME/data.db was written by a newer version of this program: opened read-only, nothing is saved; --no-store scans without keeping a snapshot
  [1]
  $ disktracker prune
  disktracker: HOME/data.db was written by a newer version of this program: opened read-only, nothing is saved
  [1]
