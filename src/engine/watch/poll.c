/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/poll.h"

#define UNWATCHED_NS 1000000000 /* between two steps */
#define UNWATCHED_AT_ONCE 256
#define ROUND_NS 25000000
#define ROUND_AT_ONCE 64
#define ROUND_REST 50           /* times as long as it took */

void patrol_want(struct patrol *patrol, int64_t from_ns)
{
	if (!patrol->wanted_ns)
		patrol->wanted_ns = from_ns;
}

static bool can_be_listed(const struct tree *tree, dir_id dir)
{
	return tree_alive(tree, dir) && tree_block(tree, dir);
}

static int64_t look_at_unwatched(struct patrol *patrol, const struct tree *tree, const struct notify *notify,
                                 struct dirty *dirty, int64_t now_ns)
{
	struct notify_status status;

	notify_status(notify, &status);
	if (!status.refused && !status.failed)
		return INT64_MAX;
	if (now_ns < patrol->unwatched_ns)
		return patrol->unwatched_ns;
	dir_id limit = tree_dir_limit(tree);

	for (dir_id passed = 0, found = 0; passed < limit && found < UNWATCHED_AT_ONCE; passed++) {
		patrol->unwatched = patrol->unwatched + 1 < limit ? patrol->unwatched + 1 : DIR_ROOT;
		if (can_be_listed(tree, patrol->unwatched) && !notify_watched(notify, patrol->unwatched)) {
			dirty_list(dirty, patrol->unwatched);
			found++;
		}
	}
	patrol->unwatched_ns = now_ns + UNWATCHED_NS;
	return patrol->unwatched_ns;
}

static int64_t go_round(struct patrol *patrol, const struct tree *tree, struct dirty *dirty, int64_t now_ns)
{
	dir_id limit = tree_dir_limit(tree);

	if (patrol->at == DIR_NONE) {
		int64_t from = patrol->wanted_ns > patrol->rested_ns ? patrol->wanted_ns : patrol->rested_ns;

		if (!patrol->wanted_ns)
			return INT64_MAX;
		if (now_ns < from)
			return from;
		patrol->at = DIR_ROOT;
		patrol->wanted_ns = 0;
		patrol->begun_ns = patrol->due_ns = now_ns;
	}
	if (now_ns < patrol->due_ns)
		return patrol->due_ns;
	if (patrol->at >= limit) {
		patrol->at = DIR_NONE;
		patrol->rested_ns = now_ns + (now_ns - patrol->begun_ns) * ROUND_REST;
		return patrol->wanted_ns ? patrol->rested_ns : INT64_MAX;
	}
	for (unsigned found = 0; found < ROUND_AT_ONCE && patrol->at < limit; patrol->at++)
		if (can_be_listed(tree, patrol->at)) {
			dirty_list(dirty, patrol->at);
			found++;
		}
	patrol->due_ns = now_ns + ROUND_NS;
	return patrol->due_ns;
}

int64_t patrol_run(struct patrol *patrol, const struct tree *tree, const struct notify *notify, struct dirty *dirty,
                   int64_t now_ns)
{
	int64_t unwatched = look_at_unwatched(patrol, tree, notify, dirty, now_ns),
		round = go_round(patrol, tree, dirty, now_ns);

	return unwatched < round ? unwatched : round;
}
