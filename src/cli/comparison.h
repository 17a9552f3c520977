/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_COMPARISON_H
#define CLI_COMPARISON_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/options.h"
#include "store/diff/diff.h"
#include "store/snapshot/snapshot.h"

/* Two snapshots, the folder compared in each, and the growth between them. */
struct comparison {
	struct snapshot from, to;
	struct buf path;           /* the folder as the person means it: in the newer snapshot */
	struct buf base_a, base_b; /* absolute paths of the folder in each */
	struct buf note;           /* what a person has to know about the pair */
	enum diff_measure measure; /* what is compared; 0 = allocated sizes */
	struct diff diff;
	/* of each entry who made its change (engine/watch/attribution.h); NULL = that is not known.  The owner's */
	const unsigned char *who;
};

/** Find the two snapshots that --from, --to, --last and PATH mean.  -errno with a sentence. */
int comparison_find(struct store *store, const struct options *options, struct comparison *out, struct err *err);

/** The folder in each, absolute; *in_a and *in_b relative to its root.  -errno with a sentence. */
int comparison_folders(struct comparison *comparison, const char **in_a, const char **in_b, struct err *err);

/** Compare them.  -errno with a sentence. */
int comparison_make(struct store *store, const struct options *options, struct comparison *comparison, struct err *err);

/** Say in its note what a person has to know about the pair. */
void comparison_note(const struct options *options, struct comparison *comparison);

/** Are the two of different folders or machines? */
bool comparison_across(const struct comparison *comparison);

void comparison_clear(struct comparison *comparison);

#endif
