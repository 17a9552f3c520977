/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "base/err.h"
#include "cli/options.h"
#include "store/exchange/import.h"

/** Read an export from a file, or from stdin when it is called `-`; a signal cancels.  0 or -errno with a sentence. */
int import_file(const char *file, const struct options *options, struct import *out, struct err *err);

#endif
