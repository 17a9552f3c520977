/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_POLL_H
#define ENGINE_WATCH_POLL_H

#include "engine/watch/dirty.h"
#include "engine/watch/notify.h"
#include "engine/tree/tree.h"

/*
 * Directories looked at in turn, a few at a time, where no event says which:
 *
 *   those without a watch   always
 *   all of them, once       after a name came and went between two looks.  It can have been one more name of a file
 *                           that has others elsewhere: what was
 *                           written through it is told of under no other
 *
 * A round over all begins a while after it was wanted, is slow, and then rests so much longer than it took that it
 * never costs more than a trifle, however large the tree and however busy the programs.  Thread: the applier.
 */
struct poll_rounds {
	dir_id unwatched;        /* the last one that was looked at */
	int64_t unwatched_ns;    /* when to come again */
	dir_id at;               /* of the round: the next one; DIR_NONE = there is none */
	int64_t due_ns;          /* its next step */
	int64_t begun_ns;
	int64_t wanted_ns;       /* the next round; 0 = not wanted, */
	int64_t rested_ns;       /* and not before */
};

/** Have all looked at once, from then on. */
void poll_want(struct poll_rounds *rounds, int64_t from_ns);

/** Mark what is to be looked at now.  Returns when to come again (monotonic ns), INT64_MAX = there is nothing to do. */
int64_t poll_run(struct poll_rounds *rounds, const struct tree *tree, const struct notify *notify, struct dirty *dirty,
                 int64_t now_ns);

#endif
