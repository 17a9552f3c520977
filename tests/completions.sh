#!/bin/sh
# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# The completions in the real shells, those that are installed; bash is asked as it asks itself, zsh in a
# pseudo-terminal of its own, fish by its own question.
build=$(cd "${top_builddir:-build}" && pwd)
source=$(cd "${top_srcdir:-$(dirname "$0")/..}" && pwd)/dist/completions
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
PATH=$build:$PATH DISKTRACKER_DB=$work/data.db HOME=$work
export PATH DISKTRACKER_DB HOME
unset DISKTRACKER_CONFIG XDG_CONFIG_HOME
mkdir "$work/tree" "$work/tree of two words" && cd "$work" || exit 99
disktracker scan --quiet --label monday tree || exit 99

check() # sentence, what there is, every word that must be in it
{
	sentence=$1 there=$2
	shift 2
	for word; do
		case $there in
		*"$word"*) ;;
		*)
			failed=$((failed + 1))
			printf 'FAILED: %s: no %s in: %s\n' "$sentence" "$word" "$there"
			return
			;;
		esac
	done
	passed=$((passed + 1))
}

# The shells ask the program: it offers every command, every option of each, and values where it knows them.
tab=$(printf '\t')
"$build/tests/mdoc" commands >commands
none() # sentence, what must be empty
{
	if [ -z "$2" ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && printf 'FAILED: %s\n%s\n' "$1" "$2"; fi
}
none 'every command is offered' "$(cut -f 1 commands | while read -r command; do
	disktracker --complete "$command" | grep -q "^$command$tab" || echo "$command"
done)"
none 'every option of every command is offered, and no other' "$(cut -f 1 commands | while read -r command; do
	"$build/tests/mdoc" options "$command" | grep '^\.It' | grep -oE 'Fl -[a-z-]+' | sed 's/Fl /-/' | sort >wanted
	disktracker --complete "$command" -- | cut -f 1 | grep -- '^--' | sort | diff wanted - || echo "options of $command"
done)"
offers() # words: what the program says, a line each, joined by blanks
{
	disktracker --complete "$@" | cut -f 1 | tr '\n' ' '
}
check 'help: commands' "$(offers help di)" diff
check 'a column to sort by' "$(offers --sort gr)" growth
check 'labels to take away' "$(offers label --remove mo)" monday
check 'snapshots to remove' "$(offers forget mo)" monday
check 'machines' "$(offers list --host '')" "$(uname -n)"
check 'folders of backups' "$(offers history --look-in '')" :dirs
check 'a command behind --' "$(offers around tree -- '')" :files

in_bash() # words: what the last one can become
{
	bash --norc -c '
		. "$0/disktracker.bash"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_disktracker
		printf "%s\n" "${COMPREPLY[@]}"' "$source" "$@"
}

check 'bash: a command' "$(in_bash disktracker wat)" watch
check 'bash: an option' "$(in_bash disktracker scan --fail)" --fail-on-errors
check 'bash: a label' "$(in_bash disktracker diff --from mon)" monday
check 'bash: a choice behind =' "$(in_bash disktracker export --format = cs)" csv
check 'bash: folders' "$(in_bash disktracker scan tr)" tree 'tree of two words'

if command -v fish >/dev/null; then
	in_fish()
	{
		fish --no-config -c "source '$source/disktracker.fish'; complete -C '$1'" 2>&1
	}
	check 'fish: a command' "$(in_fish 'disktracker wat')" watch
	check 'fish: a label' "$(in_fish 'disktracker diff --from mon')" monday
	check 'fish: a choice behind =' "$(in_fish 'disktracker export --format=cs')" --format=csv
	check 'fish: folders' "$(in_fish 'disktracker scan tr')" tree/
else
	echo '[SKIP] completions: fish is not installed'
fi

if command -v zsh >/dev/null; then
	in_zsh() # a line and its end: what is run when Tab and Enter are pressed behind it; 30 s at most
	{
		timeout 60 zsh -f -c '
			zmodload zsh/zpty
			zpty -b shell zsh -f -i
			zpty -w shell "PS1= PROMPT= RPROMPT=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D"
			zpty -w shell "disktracker() { print -r -- RUN:\"\$*\":NUR }; echo REA\"\"DY"
			zpty -r shell text "*READY*"
			zpty -w -n shell "$2"$'"'\\t\\n'"'
			zpty -r shell text "*RUN:*:NUR*" && print -r -- "$text"' \
			zsh "$source" "$1" </dev/null 2>/dev/null
	}
	check 'zsh: a command' "$(in_zsh 'disktracker wat')" RUN:watch
	check 'zsh: a label' "$(in_zsh 'disktracker diff --from mon')" 'RUN:diff --from monday'
	check 'zsh: a choice behind =' "$(in_zsh 'disktracker export --format=cs')" 'RUN:export --format=csv'
else
	echo '[SKIP] completions: zsh is not installed'
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
