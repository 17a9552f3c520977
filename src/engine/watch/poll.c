/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/poll.h"

#define UNWATCHED_NS 1000000000 /* between two steps */
#define UNWATCHED_AT_ONCE 256
#define ROUND_NS 25000000
#define ROUND_AT_ONCE 64
#define ROUND_REST 50           /* times as long as it took */

void poll_want(struct poll_rounds *rounds, int64_t from_ns)
{
	if (!rounds->wanted_ns)
		rounds->wanted_ns = from_ns;
}

static bool can_be_listed(const struct tree *tree, dir_id dir)
{
	return tree_alive(tree, dir) && tree_block(tree, dir);
}

static int64_t look_at_unwatched(struct poll_rounds *rounds, const struct tree *tree, const struct notify *notify,
                                 struct dirty *dirty, int64_t now_ns)
{
	struct notify_status status;

	notify_status(notify, &status);
	if (!status.refused && !status.failed)
		return INT64_MAX;
	if (now_ns < rounds->unwatched_ns)
		return rounds->unwatched_ns;
	dir_id limit = tree_dir_limit(tree);

	for (dir_id passed = 0, found = 0; passed < limit && found < UNWATCHED_AT_ONCE; passed++) {
		rounds->unwatched = rounds->unwatched + 1 < limit ? rounds->unwatched + 1 : DIR_ROOT;
		if (can_be_listed(tree, rounds->unwatched) && !notify_watched(notify, rounds->unwatched)) {
			dirty_list(dirty, rounds->unwatched);
			found++;
		}
	}
	rounds->unwatched_ns = now_ns + UNWATCHED_NS;
	return rounds->unwatched_ns;
}

static int64_t go_round(struct poll_rounds *rounds, const struct tree *tree, struct dirty *dirty, int64_t now_ns)
{
	dir_id limit = tree_dir_limit(tree);

	if (rounds->at == DIR_NONE) {
		int64_t from = rounds->wanted_ns > rounds->rested_ns ? rounds->wanted_ns : rounds->rested_ns;

		if (!rounds->wanted_ns)
			return INT64_MAX;
		if (now_ns < from)
			return from;
		rounds->at = DIR_ROOT;
		rounds->wanted_ns = 0;
		rounds->begun_ns = rounds->due_ns = now_ns;
	}
	if (now_ns < rounds->due_ns)
		return rounds->due_ns;
	if (rounds->at >= limit) {
		rounds->at = DIR_NONE;
		rounds->rested_ns = now_ns + (now_ns - rounds->begun_ns) * ROUND_REST;
		return rounds->wanted_ns ? rounds->rested_ns : INT64_MAX;
	}
	for (unsigned found = 0; found < ROUND_AT_ONCE && rounds->at < limit; rounds->at++)
		if (can_be_listed(tree, rounds->at)) {
			dirty_list(dirty, rounds->at);
			found++;
		}
	rounds->due_ns = now_ns + ROUND_NS;
	return rounds->due_ns;
}

int64_t poll_run(struct poll_rounds *rounds, const struct tree *tree, const struct notify *notify, struct dirty *dirty,
                 int64_t now_ns)
{
	int64_t unwatched = look_at_unwatched(rounds, tree, notify, dirty, now_ns),
		round = go_round(rounds, tree, dirty, now_ns);

	return unwatched < round ? unwatched : round;
}
