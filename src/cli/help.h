/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buf.h"
#include "cli/command.h"

/*
 * What -h says, made from the tables of commands and options.  A command's fits a terminal of 24 rows with the prompt
 * below it: options that few commands have are explained, the others are named, and the manual has them all.
 */

enum { HELP_ROWS = 23, HELP_COLUMNS = 80 };

/** Append the help of a command; of cmd_browse: of the whole program, with all options of the browser. */
int help_command(struct buf *out, const struct command *command);

/** Append all options of these places with what they mean. */
int help_options(struct buf *out, unsigned places);

#endif
