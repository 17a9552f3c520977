/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_CMD_DF_H
#define CLI_CMD_DF_H

#include "cli/document.h"
#include "cli/options.h"
#include "engine/account/account.h"

/* What `df` says of an account, for others that have one. */

/** The members of its document, in an object that is open. */
void df_json(struct document *json, const struct account *account);

/** Its table; of what has several entries `most` are shown. */
void df_rows(struct buf *out, const struct options *options, const struct account *account, size_t most);

#endif
