/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/help.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "base/wrap.h"

enum { MEANING = 28 }; /* the column in which meanings begin */

/* Cells of what was appended since `start`. */
static int cells_since(const struct buf *out, size_t start)
{
	return out->failed ? 0 : text_width(out->data + start, out->length - start);
}

/* Append a text behind `at` cells of a line, each further line from column `indent` on. */
static void wrapped(struct buf *out, int at, int indent, const char *text)
{
	while (*text) {
		size_t length;
		const char *next = wrap_line(text, HELP_COLUMNS - at, &length);

		buf_add(out, text, length);
		if (*next)
			buf_printf(out, "\n%*s", indent, "");
		at = indent;
		text = next;
	}
	buf_char(out, '\n');
}

static void explain(struct buf *out, const struct option *option)
{
	size_t start = out->length;

	if (option->letter)
		buf_printf(out, "  -%c%s", option->letter, option->name ? ", " : "");
	else
		buf_str(out, "      ");
	if (option->name)
		buf_printf(out, "--%s", option->name);
	if (option->argument)
		buf_printf(out, " %s", _(option->argument));
	if (option->opposite)
		buf_printf(out, ", --%s", option->opposite);

	int at = cells_since(out, start);

	if (at + 2 > MEANING) {
		buf_char(out, '\n');
		at = 0;
	}
	buf_printf(out, "%*s", MEANING - at, "");
	wrapped(out, MEANING, MEANING, _(option->help));
}

static bool listed(const struct option *option, unsigned places)
{
	return option->help && option->places & places;
}

int help_options(struct buf *out, unsigned places)
{
	for (const struct option *option = option_table; option->name || option->letter; option++)
		if (listed(option, places))
			explain(out, option);
	return out->failed ? -ENOMEM : 0;
}

/* In how many places an option is accepted: one that few have says what a command is about. */
static int spread(const struct option *option)
{
	return __builtin_popcount(option->places & ~(unsigned)IN_CONFIG);
}

/* Whether another option goes before this one when there is not room for all. */
static bool before(const struct option *other, const struct option *option)
{
	return spread(other) < spread(option) || (spread(other) == spread(option) && other < option);
}

/* The options of a command: the first `most` of them explained, those of few commands first, and behind them the names
 * of the others. */
static void options_of(struct buf *out, const struct command *command, int most)
{
	struct buf rest = {0};

	buf_printf(&rest, "%s", _("Also:"));
	for (const struct option *option = option_table; option->name || option->letter; option++) {
		int rank = 0;

		if (!listed(option, command->place))
			continue;
		for (const struct option *other = option_table; other->name || other->letter; other++)
			rank += listed(other, command->place) && before(other, option);
		if (rank < most)
			explain(out, option);
		else if (option->name)
			buf_printf(&rest, " --%s", option->name);
		else
			buf_printf(&rest, " -%c", option->letter);
	}
	if (!rest.failed)
		wrapped(out, 0, 2, rest.data);
	out->failed |= rest.failed;
	buf_free(&rest);
}

static int help_of(struct buf *out, const struct command *command, int most)
{
	int rows = 0;

	buf_clear(out);
	buf_printf(out, _("For example: %s\n"), command->example);
	buf_printf(out, _("Usage: disktracker %s [OPTIONS] %s\n"), command->name, command->words);
	buf_printf(out, _("%s.\n\n"), _(command->summary));
	options_of(out, command, most);
	buf_printf(out, _("The manual is disktracker-%s(1).\n"), command->name);
	for (size_t i = 0; i < out->length; i++)
		rows += out->data[i] == '\n';
	return rows;
}

static void program(struct buf *out)
{
	const struct command *command;

	buf_printf(out, _("For example: %s\n"), cmd_browse.example);
	buf_str(out, _("Usage: disktracker [OPTIONS] [PATH]\n"
	               "       disktracker COMMAND [OPTIONS] ...\n"));
	buf_printf(out, _("%s.\n\n"), _(cmd_browse.summary));
	buf_printf(out, "%s\n", _("Commands:"));
	for (size_t i = 0; (command = command_at(i)); i++) {
		size_t start = out->length;

		buf_printf(out, "  %s %s", command->name, command->words);

		int cells = cells_since(out, start);

		buf_printf(out, "%*s%s\n", cells < 24 ? 24 - cells : 1, "", _(command->summary));
	}
	buf_printf(out, "\n%s\n", _("Options:"));
	help_options(out, IN_BROWSE);
	buf_printf(out, "\n%s\n",
	           _("disktracker COMMAND -h shows the options of a command, ? in the browser its keys.\nThe"
	             " manual is disktracker(1)."));
}

int help_command(struct buf *out, const struct command *command)
{
	int most = 64;

	if (command == &cmd_browse) {
		program(out);
		return out->failed ? -ENOMEM : 0;
	}
	/* Fewer are explained until all fits. */
	while (help_of(out, command, most) > HELP_ROWS && most > 0)
		most--;
	return out->failed ? -ENOMEM : 0;
}
