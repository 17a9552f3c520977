# SPDX-FileCopyrightText: 2026 the DiskTracker authors
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for fish: the program itself says what may stand there.
function __disktracker_complete
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    set -l word (commandline -ct)
    set -l prefix (string match -r -- '^--[a-z-]+=' $word)
    for line in ($program --complete $words $word 2>/dev/null)
        switch $line
            case :dirs
                __fish_complete_directories $word
            case :files
                __fish_complete_path $word
            case '*'
                echo "$prefix$line"
        end
    end
end
complete -c disktracker -f -a '(__disktracker_complete)'
