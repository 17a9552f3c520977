/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CMD_SCAN_H
#define CLI_CMD_SCAN_H

#include "cli/options.h"

/** The source of chains whose dates somebody has stated: this program counted, as in exports of it. */
#define SOURCE_DECLARED "disktracker"

/** `scan FOLDER --as PATH --at TIME` in silence.  *id is the snapshot's.  Returns an exit status. */
int cmd_scan_declared(const struct options *options, int64_t *id);

/** ncdu's `-o FILE` without a command: scan, export, store nothing, say nothing.  Returns an exit status. */
int cmd_scan_export(const struct options *options);

#endif
