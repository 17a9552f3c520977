/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A snapshot and the index of its root: what was stored becomes the index, and an index may stand for a snapshot. */
#include <errno.h>
#include <unistd.h>

#include "base/i18n.h"
#include "store/index/overlay.h"
#include "store/db/handle.h"
#include "store/snapshot/snapshot.h"

struct image *snapshot_mapped(struct store *store, const struct snapshot *snapshot)
{
	struct index_meta meta;
	struct image *image = NULL;

	if (!index_load(store, snapshot->scan_root, &image, &meta, NULL)) {
		if (meta.snapshot_id != snapshot->id || !snapshot_is(store, snapshot->id, image)) {
			image_free(image);
			image = NULL;
		}
		index_meta_clear(&meta);
	}
	return image;
}

int snapshot_make_index(struct store *store, const struct tree *tree, const struct snapshot_meta *meta, int64_t id,
                        struct err *err)
{
	/*
	 * What the store has kept for the next comparison is the very image that is wanted, unless deep directories
	 * were folded.
	 */
	struct image *own = store->head.snapshot_id == id && store->head.image ? NULL : image_from_tree(tree);
	const struct image *image = own ? own : store->head.snapshot_id == id ? store->head.image : NULL;
	struct buf lock_path = {0};
	int rc, lock = -1;

	if (!image)
		return errno == ENOMEM ? err_no_memory(err) : err_set(err, -errno, _("the scan is not complete"));
	if (store_mode(store) != STORE_READ_WRITE)
		rc = err_set(err, -EROFS, _("the database cannot be written"));
	else if (index_lock_path(store_path(store), image->root_path, &lock_path))
		rc = err_no_memory(err);
	else
		rc = lock = index_lock(lock_path.data, err);
	if (rc >= 0) {
		struct index_meta index = {
			.root = image->root_path,
			.options = meta->options ? meta->options : "",
			.snapshot_id = id,
			.taken_at = meta->finished_at,
			.trusted = meta->trusted,
		};

		rc = overlay_rebase(store, image, &index, err);
		close(lock);
	}
	buf_free(&lock_path);
	image_free(own);
	return rc;
}
