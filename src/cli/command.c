/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/command.h"

#include <string.h>

/* clang-format off */
static const struct command *const commands[] = {
	&cmd_scan,
	&cmd_watch,
	&cmd_history,
	&cmd_reconcile,
	&cmd_list,
	&cmd_diff,
	&cmd_explain,
	&cmd_free,
	&cmd_around,
	&cmd_top,
	&cmd_size,
	&cmd_df,
	&cmd_timeline,
	&cmd_log,
	&cmd_report,
	&cmd_check,
	&cmd_label,
	&cmd_prune,
	&cmd_forget,
	&cmd_export,
	&cmd_import,
	&cmd_doctor,
};
/* clang-format on */

#define COMMANDS (sizeof(commands) / sizeof(*commands))

const struct command *command_at(size_t i)
{
	return i < COMMANDS ? commands[i] : NULL;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

/**
 * Slips between two words: letters put in, left out, exchanged, or two of them swapped (Damerau and Levenshtein); words
 * longer than a name are far off.
 */
static size_t slips(const char *a, const char *b)
{
	enum { LONGEST = 24 };
	size_t rows[LONGEST + 1][LONGEST + 1], m = strlen(a), n = strlen(b);

	if (m > LONGEST || n > LONGEST)
		return LONGEST;
	for (size_t i = 0; i <= m; i++)
		for (size_t j = 0; j <= n; j++) {
			size_t least = i + j;

			if (i && j) {
				least = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
				least = rows[i - 1][j] + 1 < least ? rows[i - 1][j] + 1 : least;
				least = rows[i][j - 1] + 1 < least ? rows[i][j - 1] + 1 : least;
			}
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    rows[i - 2][j - 2] + 1 < least)
				least = rows[i - 2][j - 2] + 1;
			rows[i][j] = least;
		}
	return rows[m][n];
}

const struct command *command_nearest(const char *word)
{
	const struct command *nearest = NULL;
	size_t fewest = 3;

	for (size_t i = 0; i < COMMANDS; i++) {
		bool begins = strlen(word) >= 3 && !strncmp(word, commands[i]->name, strlen(word));
		size_t n = begins ? 1 : slips(word, commands[i]->name);

		/* Two slips, but not in a short word or at its beginning. */
		if (n < fewest && (n < 2 || (*word == *commands[i]->name && strlen(word) >= 4))) {
			fewest = n;
			nearest = commands[i];
		}
	}
	return nearest;
}
