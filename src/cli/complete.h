/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

/**
 * `disktracker --complete WORDS...`: what may stand in the place of the last word, for the shells' completions
 * (dist/completions).  A line each: the word, a tab, what it is.  `:dirs` and `:files` ask the shell for such names.
 * From the tables of options and commands, so that it cannot differ from them.  Says nothing when it knows nothing.
 */
int complete(int count, char *const words[]);

#endif
