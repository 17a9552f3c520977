/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CMD_SCAN_H
#define CLI_CMD_SCAN_H

#include "cli/options.h"

/** ncdu's `-o FILE` without a command: scan, export, store nothing, say nothing.  Returns an exit status. */
int cmd_scan_export(const struct options *options);

#endif
