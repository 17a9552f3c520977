#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# `around` tells what the command and all that it started wrote from what others wrote meanwhile: hundreds of processes
# that live for a moment, at the same time, in the same folders.  The oracle is what each file is called.
build=$(cd "${top_builddir:-build}" && pwd)
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
PATH=$build:$PATH DISKTRACKER_DB=$work/data.db HOME=$work
export PATH DISKTRACKER_DB HOME
unset DISKTRACKER_CONFIG XDG_CONFIG_HOME
cd "$work" || exit 99
mkdir tree tree/same tree/going tree/deep tree/deep/er tree/untouched && mkfifo go done || exit 99
head -c 70000 /dev/zero >tree/going/o
head -c 70000 /dev/zero >tree/both
head -c 50000 /dev/zero >tree/emptied-c

check() # sentence, what is, what it should be
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED: %s:\n%s\nnot:\n%s\n' "$1" "$2" "$3"
	fi
}

question() # of the document: rows as lines
{
	sqlite3 :memory: "WITH d(j) AS (SELECT CAST(readfile('around.json') AS TEXT)),
		e AS (SELECT substr(value->>'path', $((${#work} + 1))) AS path, value->>'by' AS by, value->>'is_dir' AS is_dir,
			value->>'direct_delta_bytes' AS bytes FROM d, json_each(j, '$.entries')) $1"
}

disktracker around --json -o around.json tree -- true || exit 99
why=$(question "SELECT j->>'note' FROM d")
check 'a figure where somebody tells, else none and a note' "$(question "SELECT (j->>'note' IS NULL) =
	(j->>'command_bytes' IS NOT NULL), (j->>'note' IS NULL) = (j->>'others_bytes' IS NOT NULL) FROM d")" '1|1'
if [ -n "$why" ]; then
	echo "[SKIP] around: $why"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	exit
fi

# Others, who are no children of it: they begin when the command says so, and are done before it is.
cat >others <<'SCRIPT'
read -r _ <go
i=0
while [ $i -lt 100 ]; do
	head -c 9000 /dev/zero >tree/same/o$i
	i=$((i + 1))
done
head -c 30000 /dev/zero >tree/deep/er/o
head -c 9000 /dev/zero >>tree/both
rm -r tree/going
echo >done
SCRIPT
cat >command <<'SCRIPT'
echo >go
i=0
while [ $i -lt 100 ]; do
	head -c 5000 /dev/zero >tree/same/c$i
	(cp tree/same/c$i tree/same/c$i-again & wait)
	i=$((i + 1))
done
mkdir tree/made-c && mv tree/same/c7 tree/made-c/c7
truncate -s 0 tree/emptied-c
head -c 9000 /dev/zero >>tree/both
# Of its family still, whoever its parent is by now.
(setsid sh -c 'head -c 20000 /dev/zero >tree/late-c; echo >late' &)
read -r _ <done
while [ ! -e late ]; do sleep 0.01; done
exit 7
SCRIPT
sh others &
other=$!
timeout 120 disktracker around --json -o around.json tree -- sh command
check 'its status is passed on' "$?" 7
wait $other

check 'it adds up' "$(question "SELECT j->>'command_bytes' + (j->>'others_bytes') - (j->>'net_bytes') FROM d")" 0
check 'every file of the command is its' "$(question "SELECT path, by FROM e
	WHERE path GLOB '/tree/*/c[0-9]*' OR path GLOB '/tree/*-c' EXCEPT SELECT path, 'command' FROM e")" ''
check 'all of them' "$(question "SELECT count(*) FROM e WHERE NOT is_dir AND by = 'command'")" 202
check "every file of others is others'" "$(question "SELECT path, by FROM e
	WHERE path GLOB '/tree/*/o' OR path GLOB '/tree/*/o[0-9]*' OR path GLOB '/tree/deep*' OR path = '/tree/going'
	EXCEPT SELECT path, 'others' FROM e")" ''
check 'all of them' "$(question "SELECT count(*) FROM e WHERE NOT is_dir AND by = 'others'")" 102
check 'what both wrote' "$(question "SELECT by FROM e WHERE path IN ('/tree/both', '/tree/same', '/tree')")" \
	'both
both
both'
check "others' bytes" "$(question "SELECT j->>'others_bytes' FROM d")" \
	"$(question "SELECT sum(bytes) FROM e WHERE by = 'others'")"
disktracker around tree -- sh -c 'head -c 4096 /dev/zero >tree/one-c' 2>said
check 'in words' "$(sed -n '$p' said)" '+4.0 KiB by the command and what it started, 0 B by others'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
