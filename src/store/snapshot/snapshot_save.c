/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saving a tree as the next snapshot of its chain:
 *
 *   tree ──image_from_tree()──> fresh ┐
 *   head of the chain (kept, or read) ┴─save_plan_make()──> what to write ──BEGIN IMMEDIATE … COMMIT──> rows
 *
 * Reading and comparing happen before the transaction, so that another program is kept waiting only while rows are
 * written.  If the head has moved by then, it is compared again, inside.  Nothing is seen by anybody before the commit;
 * whatever fails rolls back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/trace.h"
#include "store/db/schema.h"
#include "store/snapshot/growth.h"
#include "store/snapshot/save_state.h"

/* Have the head of the chain at hand.  -ENOENT: another program has just deleted it. */
static int need_head(struct save *save)
{
	struct head *head = &save->store->head;

	if (!save->head_id || (head->snapshot_id == save->head_id && head->root_id == save->root_id))
		return 0;
	store_forget_head(save->store);
	struct snapshot snapshot;
	int rc = snapshot_get(save->store, save->head_id, &snapshot, save->err);

	if (rc)
		return rc;
	head->image = snapshot_mapped(save->store, &snapshot);
	snapshot_clear(&snapshot);
	if (!head->image)
		rc = snapshot_image(save->store, save->head_id, &head->image, save->err);
	if (!rc) {
		head->root_id = save->root_id;
		head->snapshot_id = save->head_id;
	}
	return rc;
}

static int compare(struct save *save)
{
	const struct head *head = &save->store->head;
	const struct image *image = save->head_id ? head->image : NULL;

	save_plan_free(&save->plan);
	int rc = save_plan_make(image, image ? save_head_dirs(save) : NULL, save->fresh, save->cancel, &save->plan);

	if (rc)
		return rc == -ECANCELED ? save_cancelled(save) : err_no_memory(save->err);
	return 0;
}

static int prepare(struct save *save)
{
	int rc = save_find_chain(save, &save->root_id, &save->head_id);

	if (!rc)
		rc = need_head(save);
	return rc ? rc : compare(save);
}

/* In the transaction: the head must still be the one that was compared. */
static int check_head(struct save *save)
{
	int64_t root_id, head_id;
	int rc = save_find_chain(save, &root_id, &head_id);

	if (rc || (root_id == save->root_id && head_id == save->head_id))
		return rc;
	rc = prepare(save);
	if (rc == -ENOENT)
		rc = store_damaged(save->store, _("the newest snapshot of the folder is missing"), save->err);
	return rc;
}

/* What was saved is the head of the next one. */
static void keep_head(struct save *save)
{
	store_forget_head(save->store);
	if (save->plan.folded)
		return; /* it is not what is stored */
	save->store->head = (struct head){.root_id = save->root_id,
	                                  .snapshot_id = save->id,
	                                  .image = save->fresh,
	                                  .dirs = save->plan.dirs};
	save->fresh = NULL;
	save->plan.dirs = NULL;
}

static int save_tree(struct save *save)
{
	struct store *store = save->store;
	int rc;

	save->fresh = image_from_tree(save->tree);
	if (!save->fresh)
		return errno == ENOMEM ? err_no_memory(save->err)
		     : errno == EAGAIN ? err_set(save->err, -EAGAIN, _("the scan is not complete: nothing to store"))
		                       : err_set(save->err, -errno, _("the tree has more folders than can be stored"));
	rc = prepare(save);
	if (rc == -ENOENT) { /* another program has just deleted the head: it is looked for again in the transaction */
		save->head_id = -1;
		rc = 0;
	}
	if (!rc)
		rc = store_room(store, save->plan.write_bytes / 2 * 5, save->err);
	if (!rc)
		rc = store_begin(store, save->err);
	if (rc)
		return rc;
	rc = check_head(save);
	if (!rc)
		rc = save_rows(save);
	if (!rc)
		rc = save_cancelled(save);
	if (!rc)
		rc = store_commit(store, save->err);
	else
		store_rollback(store);
	if (!rc)
		keep_head(save);
	return rc;
}

int snapshot_save(struct store *store, const struct tree *tree, const struct snapshot_meta *meta,
                  const _Atomic bool *cancel, int64_t *id, struct err *err)
{
	struct save save = {
		.store = store,
		.tree = tree,
		.meta = meta,
		.cancel = cancel,
		.err = err,
		.dirs = {.table = "dirs", .names = SCHEMA_DIR, .columns = 8},
		.chunks = {.table = "file_chunks", .names = SCHEMA_CHUNK, .columns = 2},
		.versions = {.table = "dir_versions", .names = SCHEMA_VERSION_OF_DIR, .columns = 18},
		.growth = {.table = "diff_rows", .names = SCHEMA_GROWTH, .columns = 6},
	};
	int rc = store_writable(store, err);

	TRACE(TRACE_STORE, "save %s", tree_root_path(tree));
	if (!rc)
		rc = save_tree(&save);
	if (!rc) {
		*id = save.id;
		if (meta->source && *meta->source)
			growth_complete(store);
		store_checkpoint(store);
	}
	if (rc == -ENOSPC || rc == -EBUSY) {
		struct err cause = err ? *err : (struct err){{0}};

		err_set(err, rc, _("nothing was saved: %.900s"), cause.text);
	}
	if (!rc || rc == -ENOSPC)
		store_disk_full(store, rc != 0);
	TRACE(TRACE_STORE, "save %s as #%lld: %d", tree_root_path(tree), (long long)save.id, rc);
	bulk_insert_close(&save.dirs);
	bulk_insert_close(&save.chunks);
	bulk_insert_close(&save.versions);
	bulk_insert_close(&save.growth);
	image_free(save.fresh);
	save_plan_free(&save.plan);
	file_chunks_free(&save.packed);
	free(save.ids.items);
	free(save.old_ids.items);
	free(save.old_hashes);
	free(save.blob);
	buf_free(&save.path);
	return rc;
}
