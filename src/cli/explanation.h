/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_EXPLANATION_H
#define CLI_EXPLANATION_H

#include "cli/comparison.h"
#include "store/causes/causes.h"

/* Why a folder grew, or what lies in it: the snapshots, the rules, and what causes_find() makes of them. */

struct explanation {
	struct comparison pair; /* of what lies there now only `to` */
	struct cause_rules rules;
	struct causes causes;
};

/**
 * Explain the growth that --from, --to and --last mean, or (`now`) what the snapshot --to holds.  -errno with a
 * sentence.
 */
int explanation_make(struct store *store, const struct options *options, bool now, struct explanation *out,
                     struct err *err);

/**
 * Open the tree of a snapshot for questions about what lies there: from the index, where it is that.  `ask` gets its
 * side and the folder in it.
 */
int explanation_of_snapshot(struct store *store, const char *path, const char *ref, struct comparison *pair,
                            int (*ask)(struct cause_side *side, const char *prefix, void *context, struct err *err),
                            void *context, struct err *err);

void explanation_clear(struct explanation *explanation);

/** The command of a cause for the first of its paths that is there; NULL: there is none to tell.  Appends, raw. */
const char *explanation_advice(struct buf *out, const struct cause_line *line);

/** "4 months", with `~` where only folders were looked at; "" = not known, or less than a day. */
const char *explanation_idle(char out[TEXT_FIGURE + 2], int64_t newest_s, bool exact, int64_t at_s);

#endif
