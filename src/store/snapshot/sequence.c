/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Order is the sequence of ids in a chain: a clock that jumps cannot change it.  A date is a label, and wrong ones are
 * found by the sequence: those of a longest row of snapshots that do not run backwards, and not ahead of now, are
 * believed, so that the fewest are not.
 *
 *   ids     7    8    9    10   11
 *   dates   Mon  Tue  2036 Wed  Thu      9 is doubtful
 */
#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/snapshot/snapshot.h"

#define NONE SIZE_MAX

bool snapshot_is_scan(const struct snapshot *snapshot)
{
	return !snapshot->source || !*snapshot->source;
}

/* By chain, in the order of the list. */
static int by_chain(const void *left, const void *right)
{
	const struct snapshot *a = *(const struct snapshot *const *)left, *b = *(const struct snapshot *const *)right;

	if (a->root_id != b->root_id)
		return a->root_id < b->root_id ? -1 : 1;
	return (a > b) - (a < b);
}

int snapshot_each_chain(struct snapshot_list *list, snapshot_chain *take, void *context)
{
	struct snapshot **sorted = alloc_array(list->count + 1, sizeof(struct snapshot *));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		sorted[i] = &list->items[i];
	qsort(sorted, list->count, sizeof(struct snapshot *), by_chain);
	for (size_t from = 0, to; from < list->count; from = to) {
		for (to = from + 1; to < list->count && sorted[to]->root_id == sorted[from]->root_id; to++)
			;
		take(sorted + from, to - from, context);
	}
	free(sorted);
	return 0;
}

struct dates {
	int64_t now_s;
	size_t *ends, *before;
};

/*
 * Longest row of dates that never fall (patience sorting), oldest first: ends[k] = the snapshot with the smallest date
 * that a row of k + 1 can end with, before[i] = the one before i in such a row.  Declared dates are believed.
 */
static void believe(struct snapshot **chain, size_t count, void *context)
{
	const struct dates *dates = context;
	size_t *ends = dates->ends, *before = dates->before, longest = 0;

	for (size_t i = count; i-- > 0 && snapshot_is_scan(chain[i]);) {
		size_t low = 0, high = longest;

		chain[i]->doubtful_date = true;
		if (clock_is_ahead(chain[i]->finished_at, dates->now_s))
			continue;
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (chain[ends[middle]]->finished_at <= chain[i]->finished_at)
				low = middle + 1;
			else
				high = middle;
		}
		before[i] = low ? ends[low - 1] : NONE;
		ends[low] = i;
		longest += low == longest;
	}
	for (size_t i = longest ? ends[longest - 1] : NONE; i != NONE; i = before[i])
		chain[i]->doubtful_date = false;
}

int snapshot_doubt_dates(struct snapshot_list *list, int64_t now_s)
{
	struct dates dates = {.now_s = now_s,
	                      .ends = alloc_array(list->count + 1, sizeof(*dates.ends)),
	                      .before = alloc_array(list->count + 1, sizeof(*dates.before))};
	int rc = dates.ends && dates.before ? snapshot_each_chain(list, believe, &dates) : -ENOMEM;

	free(dates.ends);
	free(dates.before);
	return rc;
}
