/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/command.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"

static const struct command *const commands[] = {
	&cmd_scan, &cmd_watch, &cmd_reconcile, &cmd_list, &cmd_diff, &cmd_top, &cmd_size, &cmd_label, &cmd_prune, &cmd_forget, &cmd_export, &cmd_import, &cmd_doctor,
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

int command_help(struct buf *out, const struct command *command)
{
	if (command != &cmd_browse) {
		buf_printf(out, _("Usage: disktracker %s [OPTIONS] %s\n"), command->name, command->words);
		buf_printf(out, "%s.\n\n%s\n", _(command->summary), _("Options:"));
	} else {
		buf_str(out, _("Usage: disktracker [OPTIONS] [PATH]\n"
		               "       disktracker COMMAND [OPTIONS] ...\n"));
		buf_printf(out, "%s.\n\n%s\n", _(command->summary), _("Commands:"));
		for (size_t i = 0; i < COMMANDS; i++) {
			size_t start = out->length;

			buf_printf(out, "  %s %s", commands[i]->name, commands[i]->words);
			buf_printf(out, "%*s%s\n", (int)(out->length - start < 24 ? 24 - (out->length - start) : 1), "", _(commands[i]->summary));
		}
		buf_printf(out, "\n%s\n", _("Options:"));
	}
	options_help(out, command->place);
	if (command == &cmd_browse)
		buf_printf(out, "\n%s\n", _("disktracker COMMAND -h shows the options of a command, ? in the browser its keys.\nThe manual is disktracker(1)."));
	return out->failed ? -ENOMEM : 0;
}
