/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growth between neighbours of a chain: computed as diff does it when a snapshot is stored, kept with it, and joined
 * when one between them is deleted.  Where something could not be compared two steps do not add up to one: that one is
 * computed anew behind the deletion.
 */
#include "store/snapshot/growth.h"

#include <errno.h>
#include <string.h>

#include "base/figure.h"
#include "store/db/handle.h"
#include "store/diff/diff.h"

#define ANEW_MOST 4 /* pairs that one deletion computes: the rest waits for the next one */

struct growth_figure snapshot_growth(const struct snapshot *older, const struct snapshot *newer)
{
	bool same = (older->fingerprint[0] || older->fingerprint[1]) &&
	            older->fingerprint[0] == newer->fingerprint[0] && older->fingerprint[1] == newer->fingerprint[1];

	if (same && older->root_id == newer->root_id)
		return (struct growth_figure){.known = true};
	if (newer->since_id != older->id || newer->since_unknown < 0 || newer->since_bytes == FIGURE_UNKNOWN)
		return (struct growth_figure){0};
	return (struct growth_figure){.known = true,
	                              .bytes = newer->since_bytes,
	                              .unknown_entries = (uint64_t)newer->since_unknown};
}

const char *growth_text(char out[TEXT_FIGURE], struct growth_figure growth, bool si)
{
	if (!growth.known || (growth.unknown_entries && !growth.bytes)) {
		strcpy(out, "?");
		return out;
	}
	text_delta(out, growth.bytes, si);
	return growth.unknown_entries ? strcat(out, "~") : out; /* a delta has 10 bytes at most */
}

int growth_keep(struct store *store, int64_t older, int64_t newer, const struct diff *diff, struct err *err)
{
	int rc = store_run(store, "UPDATE snapshots SET since_id=?2, since_bytes=?3, since_unknown=?4 WHERE id=?1",
	                   NUMBERS(newer, older, diff->net_bytes, (int64_t)diff->unknown_entries), err);

	return rc ? rc : store_run_kept(store, ST_SNAPSHOT_SUM, NUMBERS(newer), err);
}

/* A step in which all was compared, and far from what 64 bits hold. */
#define EXACT(of) of ".since_unknown=0 AND " of ".since_bytes BETWEEN -4611686018427387904 AND 4611686018427387904"

int growth_join(struct store *store, int64_t id, struct err *err)
{
	static const char sql[] =
		"UPDATE snapshots SET since_id=k.since_id, since_bytes=CASE WHEN " EXACT("snapshots") " AND " EXACT(
			"k") " THEN snapshots.since_bytes+k.since_bytes END,"
			     " since_unknown=CASE WHEN " EXACT("snapshots") " AND " EXACT(
				     "k") " THEN 0 END FROM snapshots k WHERE k.id=?2 AND snapshots.id=?1";
	int64_t next; /* whose step begins at that one */
	int rc = store_ask(store, "SELECT id FROM snapshots WHERE since_id=?1", NUMBERS(id), &next, err);

	if (rc || !next)
		return rc;
	rc = store_run(store, sql, NUMBERS(next, id), err);
	return rc ? rc : store_run_kept(store, ST_SNAPSHOT_SUM, NUMBERS(next), err);
}

static int begin_at(struct store *store, int64_t id, int64_t before, struct err *err)
{
	static const char sql[] = "UPDATE snapshots SET since_id=nullif(?2,0), since_bytes=NULL, since_unknown=NULL"
				  " WHERE id=?1 AND coalesce(since_id,0)<>?2";
	int rc = store_run(store, sql, NUMBERS(id, before), err);

	return rc || !sqlite3_changes(store->db) ? rc : store_run_kept(store, ST_SNAPSHOT_SUM, NUMBERS(id), err);
}

int growth_place(struct store *store, int64_t id, struct err *err)
{
#define NEIGHBOUR(than, order)                                                                                         \
	"SELECT p.id FROM snapshots s JOIN snapshots p ON p.root_id=s.root_id"                                         \
	" AND (p.finished_at,p.id)" than "(s.finished_at,s.id)"                                                        \
	" WHERE s.id=?1 ORDER BY p.finished_at " order ", p.id " order " LIMIT 1"
	int64_t before, after;
	int rc = store_ask(store, NEIGHBOUR("<", "DESC"), NUMBERS(id), &before, err);

	if (!rc)
		rc = store_ask(store, NEIGHBOUR(">", "ASC"), NUMBERS(id), &after, err);
	if (!rc)
		rc = begin_at(store, id, before, err);
	return rc || !after ? rc : begin_at(store, after, id, err);
#undef NEIGHBOUR
}

static void compute(struct store *store, int64_t older, int64_t newer)
{
	const struct diff_options how = {.prefix_a = "",
	                                 .prefix_b = "",
	                                 .sums_only = true,
	                                 .max_depth = -1,
	                                 .store = store};
	struct image *a = NULL, *b = NULL;
	struct diff diff = {0};

	store_read_begin(store);
	int rc = snapshot_image(store, older, &a, NULL);

	if (!rc)
		rc = snapshot_image(store, newer, &b, NULL);
	store_read_end(store);
	if (!rc)
		rc = diff_compute(a, b, &how, &diff, NULL);
	if (!rc)
		growth_keep(store, older, newer, &diff, NULL);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
}

void growth_complete(struct store *store)
{
	int64_t pairs[ANEW_MOST][2];
	int count = 0;
	sqlite3_stmt *rows = store_prepare(
		store,
		"SELECT since_id, id FROM snapshots WHERE since_id IS NOT NULL AND since_unknown IS NULL"
		" ORDER BY id DESC",
		NULL);

	while (rows && count < ANEW_MOST && store_step(store, rows, NULL) == 1) {
		pairs[count][0] = sqlite3_column_int64(rows, 0);
		pairs[count++][1] = sqlite3_column_int64(rows, 1);
	}
	sqlite3_finalize(rows);
	for (int i = 0; i < count; i++)
		compute(store, pairs[i][0], pairs[i][1]);
}
