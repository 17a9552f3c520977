/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/options.h"

/*
 * Configuration files, in ncdu's grammar: one command-line option a line, its argument behind a blank or `=`; blank
 * lines and lines that begin with # are skipped; a leading @ ignores an option that is unknown or wrong (its file may
 * be missing, too).
 */

/**
 * Apply one file; a missing one is none.  0, -ENOMEM, -EINVAL or the cause with a sentence that names file and line.
 */
int config_read(struct options *options, const char *path, struct err *err);

/** /etc/disktracker.conf, then $XDG_CONFIG_HOME/disktracker/config (~/.config/…). */
int config_load(struct options *options, struct err *err);

#endif
