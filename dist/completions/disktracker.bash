# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for bash: the program itself says what may stand there.
_disktracker()
{
	local IFS=$'\n' line cur=${COMP_WORDS[COMP_CWORD]}

	COMPREPLY=()
	[[ $cur == = ]] && cur=
	for line in $("${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); do
		case $line in
		:dirs) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -d -- "$cur")) ;;
		:files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")) ;;
		*) COMPREPLY+=("${line%%$'\t'*}") ;;
		esac
	done
}
complete -F _disktracker disktracker
