/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deleting snapshots.  A version that no remaining snapshot of its chain lies within [first_id, last_id] of is deleted;
 * between neighbours p and n of a deleted snapshot these are the versions with first_id > p and last_id < n.  If the
 * head goes, the versions valid at the new head are open again, so that the next snapshot may go on from them.  Then
 * the chunks of files and the rows of `dirs` that nothing names any more.
 *
 *   ids        p    k    n                 k is deleted
 *   version    |----|----|--- ...          stays: p and n need it
 *   version         |----|                 n − 1 = its end, begins behind p: deleted
 *   version    |----|                      stays for p
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/trace.h"
#include "store/db/schema.h"
#include "store/files/chunk_ids.h"
#include "store/index/overlay.h"
#include "store/snapshot/growth.h"

struct version {
	int64_t dir, first;
};

/* What a chain's deletion takes along: collected first, since a table must not change while it is read. */
struct doomed {
	struct version *versions; /* of one directory side by side */
	size_t count, capacity;
	struct chunk_ids chunks; /* named by them */
	size_t *chunk_ends;      /* in `chunks`, of each version */
	size_t ends_capacity;
};

/* ---- one chain ---- */

static int doom(struct store *store, struct doomed *doomed, sqlite3_stmt *row, struct err *err)
{
	if (alloc_room(&doomed->versions, &doomed->capacity, doomed->count + 1) ||
	    alloc_room(&doomed->chunk_ends, &doomed->ends_capacity, doomed->count + 1))
		return err_no_memory(err);
	int rc = chunk_ids_read(&doomed->chunks, sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2));

	if (rc)
		return rc == -ENOMEM ? err_no_memory(err) : store_damaged(store, _("a list of files is garbled"), err);
	doomed->versions[doomed->count] = (struct version){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1)};
	doomed->chunk_ends[doomed->count++] = doomed->chunks.count;
	return 0;
}

static int find_doomed(struct store *store, int64_t root, struct doomed *doomed, struct err *err)
{
	static const char sql[] =
		"SELECT v.dir_id, v.first_id, v.lists FROM dirs p CROSS JOIN dir_versions v ON v.dir_id=p.id"
		" WHERE p.root_id=?1"
		" AND NOT EXISTS(SELECT 1 FROM snapshots s WHERE s.root_id=?1 AND s.id BETWEEN v.first_id"
		" AND v.last_id)";
	sqlite3_stmt *rows = store_prepare(store, sql, err);
	int rc;

	sqlite3_bind_int64(rows, 1, root);
	while ((rc = store_step(store, rows, err)) == 1 && !(rc = doom(store, doomed, rows, err)))
		;
	sqlite3_finalize(rows);
	return rc;
}

static int compare_ids(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Chunks that the directory's remaining versions name, sorted; *versions = how many these are. */
static int find_living(struct store *store, int64_t dir, struct chunk_ids *living, size_t *versions, struct err *err)
{
	sqlite3_stmt *rows = store_statement(store, ST_VERSION_LISTS, err);
	int rc;

	living->count = *versions = 0;
	sqlite3_bind_int64(rows, 1, dir);
	while ((rc = store_step(store, rows, err)) == 1) {
		rc = chunk_ids_read(living, sqlite3_column_blob(rows, 0), (size_t)sqlite3_column_bytes(rows, 0));
		if (rc) {
			rc = rc == -ENOMEM ? err_no_memory(err)
			                   : store_damaged(store, _("a list of files is garbled"), err);
			break;
		}
		++*versions;
	}
	sqlite3_reset(rows);
	if (living->count)
		qsort(living->items, living->count, sizeof(*living->items), compare_ids);
	return rc;
}

/* The doomed versions [from, to) are all of one directory. */
static int delete_versions(struct store *store, const struct doomed *doomed, size_t from, size_t to,
                           struct chunk_ids *living, struct err *err)
{
	int64_t dir = doomed->versions[from].dir;
	size_t versions = 0;
	int rc = 0;

	for (size_t i = from; !rc && i < to; i++)
		rc = store_run_kept(store, ST_VERSION_DELETE, NUMBERS(dir, doomed->versions[i].first), err);
	if (!rc)
		rc = find_living(store, dir, living, &versions, err);
	for (size_t i = from ? doomed->chunk_ends[from - 1] : 0; !rc && i < doomed->chunk_ends[to - 1]; i++) {
		const int64_t *chunk = &doomed->chunks.items[i];

		if (!living->count || !bsearch(chunk, living->items, living->count, sizeof(*chunk), compare_ids))
			rc = store_run_kept(store, ST_CHUNK_DELETE, NUMBERS(*chunk), err);
	}
	if (!rc && !versions)
		rc = store_run_kept(store, ST_DIR_DELETE, NUMBERS(dir), err);
	return rc;
}

static int delete_doomed(struct store *store, const struct doomed *doomed, struct err *err)
{
	struct chunk_ids living = {0};
	int rc = 0;

	for (size_t from = 0, to; !rc && from < doomed->count; from = to) {
		for (to = from + 1; to < doomed->count && doomed->versions[to].dir == doomed->versions[from].dir; to++)
			;
		rc = delete_versions(store, doomed, from, to, &living, err);
	}
	free(living.items);
	return rc;
}

/* After snapshots of the chain were deleted. */
static int clean_chain(struct store *store, int64_t root, struct err *err)
{
	struct doomed doomed = {0};
	int64_t head, old_head;
	bool followed = false;
	int rc = store_ask(store, "SELECT head_id FROM roots WHERE id=?1", NUMBERS(root), &old_head, err);

	if (!rc)
		rc = store_ask(store, "SELECT max(id) FROM snapshots WHERE root_id=?1", NUMBERS(root), &head, err);
	if (!rc)
		rc = find_doomed(store, root, &doomed, err);
	if (!rc)
		rc = delete_doomed(store, &doomed, err);
	if (!rc && !head)
		rc = overlay_forget(store, root, &followed, err);
	if (!rc && !head)
		rc = store_run(store,
		               followed ? "UPDATE roots SET head_id=NULL WHERE id=?1" : "DELETE FROM roots WHERE id=?1",
		               NUMBERS(root), err);
	if (!rc && head && head != old_head) {
		rc = store_run(store,
		               "UPDATE dir_versions SET last_id=" SCHEMA_LAST
		               " WHERE dir_id IN (SELECT id FROM dirs WHERE root_id=?1)"
		               " AND first_id<=?2 AND last_id>=?2 AND last_id<" SCHEMA_LAST,
		               NUMBERS(root, head), err);
		if (!rc)
			rc = store_run(store, "UPDATE roots SET head_id=?2 WHERE id=?1", NUMBERS(root, head), err);
	}
	free(doomed.versions);
	free(doomed.chunk_ends);
	free(doomed.chunks.items);
	return rc;
}

static int delete_row(struct store *store, int64_t id, struct err *err)
{
	int rc = growth_join(store, id, err);

	if (!rc)
		rc = store_run(store, "DELETE FROM diff_rows WHERE snapshot_a=?1 OR snapshot_b=?1", NUMBERS(id), err);
	return rc ? rc : store_run(store, "DELETE FROM snapshots WHERE id=?1", NUMBERS(id), err);
}

/* Give the free pages back to the file system. */
static void shrink(struct store *store)
{
	store_exec(store, "PRAGMA incremental_vacuum", NULL);
	store_checkpoint(store);
}

static void tidy(struct store *store)
{
	growth_complete(store);
	shrink(store);
}

/* ---- many ---- */

static int used_bytes(struct store *store, int64_t *bytes, struct err *err)
{
	int64_t pages, free_pages, size;
	int rc = store_ask(store, "SELECT page_count FROM pragma_page_count", NULL, 0, &pages, err);

	if (!rc)
		rc = store_ask(store, "SELECT freelist_count FROM pragma_freelist_count", NULL, 0, &free_pages, err);
	if (!rc)
		rc = store_ask(store, "SELECT page_size FROM pragma_page_size", NULL, 0, &size, err);
	*bytes = rc ? 0 : (pages - free_pages) * size;
	return rc;
}

/* Rows first, then each chain that lost some. */
static int remove_rows(struct store *store, const int64_t *ids, size_t count, struct err *err)
{
	int64_t *roots = alloc_array(count, sizeof(*roots));
	int rc = roots ? 0 : err_no_memory(err);

	for (size_t i = 0; !rc && i < count; i++) {
		rc = store_ask(store, "SELECT root_id FROM snapshots WHERE id=?1", NUMBERS(ids[i]), &roots[i], err);
		if (!rc && !roots[i])
			rc = err_set(err, -ENOENT, _("there is no snapshot %lld"), (long long)ids[i]);
		if (!rc)
			rc = delete_row(store, ids[i], err);
	}
	if (!rc && count)
		qsort(roots, count, sizeof(*roots), compare_ids);
	for (size_t i = 0; !rc && i < count; i++)
		if (!i || roots[i] != roots[i - 1])
			rc = clean_chain(store, roots[i], err);
	free(roots);
	return rc;
}

/* In the transaction: a dry run does it all, and rolls back. */
static int remove_measured(struct store *store, const int64_t *ids, size_t count, uint64_t *freed_bytes,
                           struct err *err)
{
	int64_t before, after;
	int rc = used_bytes(store, &before, err);

	if (!rc)
		rc = remove_rows(store, ids, count, err);
	if (!rc)
		rc = used_bytes(store, &after, err);
	*freed_bytes = !rc && before > after ? (uint64_t)(before - after) : 0;
	return rc;
}

static int end(struct store *store, int rc, bool dry_run, struct err *err)
{
	if (!rc && !dry_run)
		return store_commit(store, err);
	store_rollback(store);
	return rc;
}

static int remove_once(struct store *store, const int64_t *ids, size_t count, bool dry_run, uint64_t *freed_bytes,
                       struct err *err)
{
	int rc = store_writable(store, err);

	*freed_bytes = 0;
	if (!rc)
		rc = store_begin(store, err);
	if (rc)
		return rc;
	rc = end(store, remove_measured(store, ids, count, freed_bytes, err), dry_run, err);
	if (!rc && !dry_run)
		tidy(store);
	return rc;
}

/* A full disk is what deleting is for: where the log has no room, it is done in place. */
static bool goes_in_place(struct store *store, int rc, struct err *err)
{
	return rc == -ENOSPC && !store_in_place(store, err);
}

int snapshot_remove(struct store *store, const int64_t *ids, size_t count, bool dry_run, uint64_t *freed_bytes,
                    struct err *err)
{
	int rc = remove_once(store, ids, count, dry_run, freed_bytes, err);

	if (!goes_in_place(store, rc, err))
		return rc;
	rc = remove_once(store, ids, count, dry_run, freed_bytes, err);
	store_in_place_end(store);
	return rc;
}

int snapshot_delete(struct store *store, int64_t id, struct err *err)
{
	uint64_t freed_bytes;

	return snapshot_remove(store, &id, 1, false, &freed_bytes, err);
}

/* ---- by a policy ---- */

/* Every snapshot the policy looks at, each with what it is kept for. */
static int look(struct store *store, const struct prune_policy *policy, int64_t now_s, struct snapshot_list *list,
                struct err *err)
{
	int rc = snapshot_list(store, policy->root, NULL, NULL, list, err);

	if (!rc && retention_choose(policy, now_s, list)) {
		snapshot_list_clear(list);
		rc = err_no_memory(err);
	}
	return rc;
}

static int remove_chosen(struct store *store, const struct snapshot_list *list, uint64_t *freed_bytes, struct err *err)
{
	int64_t *ids = alloc_array(list->count + 1, sizeof(*ids));
	size_t count = 0;
	int rc = ids ? 0 : err_no_memory(err);

	for (size_t i = 0; !rc && i < list->count; i++)
		if (!list->items[i].kept_for)
			ids[count++] = list->items[i].id;
	if (!rc)
		rc = remove_measured(store, ids, count, freed_bytes, err);
	free(ids);
	return rc;
}

static int prune_once(struct store *store, const struct prune_policy *policy, int64_t now_s, bool dry_run,
                      struct snapshot_list *list, uint64_t *freed_bytes, struct err *err)
{
	int rc = store_writable(store, err);

	*list = (struct snapshot_list){0};
	*freed_bytes = 0;
	if (rc == -EROFS && dry_run) /* what would go can be told even so */
		return look(store, policy, now_s, list, err);
	if (!rc)
		rc = store_begin(store, err);
	if (rc)
		return rc;
	rc = look(store, policy, now_s, list, err);
	if (!rc)
		rc = remove_chosen(store, list, freed_bytes, err);
	rc = end(store, rc, dry_run, err);
	TRACE(TRACE_STORE, "prune: %zu snapshots looked at%s: %d", list->count, dry_run ? ", dry run" : "", rc);
	if (rc)
		snapshot_list_clear(list);
	else if (!dry_run && retention_removes(list))
		tidy(store);
	return rc;
}

int snapshot_prune(struct store *store, const struct prune_policy *policy, int64_t now_s, bool dry_run,
                   struct snapshot_list *list, uint64_t *freed_bytes, struct err *err)
{
	int rc = prune_once(store, policy, now_s, dry_run, list, freed_bytes, err);

	if (!goes_in_place(store, rc, err))
		return rc;
	rc = prune_once(store, policy, now_s, dry_run, list, freed_bytes, err);
	store_in_place_end(store);
	return rc;
}

int snapshot_retain(struct store *store, const struct prune_policy *policy, int64_t now_s,
                    struct snapshot_list *removed, struct err *err)
{
	struct snapshot_list list;
	uint64_t freed_bytes;
	int rc = look(store, policy, now_s, &list, err);
	size_t kept = 0;

	*removed = (struct snapshot_list){0};
	if (rc)
		return rc;
	bool any = retention_removes(&list);

	snapshot_list_clear(&list);
	if (!any)
		return 0;
	/* never in place: nobody asked for it */
	rc = prune_once(store, policy, now_s, false, &list, &freed_bytes, err);
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].kept_for)
			snapshot_clear(&list.items[i]);
		else
			list.items[kept++] = list.items[i];
	list.count = kept;
	*removed = list;
	return rc;
}
