/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The overlay comes into the index:
 *
 *   index (covers_seq = 7)   overlay: seq 6, 6, 8, 9        a crash left the two rows of 6: covered, they mean nothing
 *        └──── merge ───────────────────────┘
 *   NAME.mmap.tmp ──rename──> index (covers_seq = 9)        rows still there mean nothing from here on
 *   one transaction: rows ≤ 9 deleted, pruned_seq = 9       a reader that still maps the older index sees that it is
 *                                                           too old
 */
#include "base/trace.h"
#include "store/index/overlay.h"

#include <string.h>

int overlay_rebase(struct store *store, const struct image *image, struct index_meta *meta, struct err *err)
{
	struct overlay_chain chain = {meta->root, meta->options};
	struct overlay_status status;
	struct buf path = {0};
	uint64_t before = meta->covers_seq;
	int rc = index_path(store_path(store), meta->root, &path) ? err_no_memory(err) : 0;

	memcpy(meta->database, store_id(store), sizeof(meta->database));
	if (!rc)
		rc = overlay_status(store, &chain, false, &status, err);
	if (!rc) {
		/* Never fewer than the index that is there: rows that it covers may still lie about. */
		if (meta->covers_seq < status.seq)
			meta->covers_seq = status.seq;
		rc = index_write(path.data, image, meta, err);
		if (rc) /* the one before stays, and covers what it covered */
			meta->covers_seq = before;
	}
	if (!rc) {
		index_drop_older(store);
		rc = overlay_prune(store, &chain, meta->covers_seq, meta->taken_at, err);
	}
	buf_free(&path);
	return rc;
}

int overlay_compact(struct store *store, const char *root, struct err *err)
{
	struct index_meta meta = {0};
	struct image *base = NULL, *merged = NULL;
	struct overlay_status status;
	struct buf path = {0};
	uint64_t covers;
	int rc = index_load(store, root, &base, &meta, err);

	if (!rc)
		rc = overlay_status(store, &(struct overlay_chain){meta.root, meta.options}, true, &status, err);
	if (!rc && status.rows) {
		rc = overlay_merge(store, base, &meta, &merged, &covers, err);
		if (!rc) {
			meta.covers_seq = covers;
			meta.trusted = true; /* not what a scan has read */
			if (status.time_s > meta.taken_at)
				meta.taken_at = status.time_s;
			rc = index_path(store_path(store), root, &path) ? err_no_memory(err)
			                                                : index_write(path.data, merged, &meta, err);
		}
		if (!rc)
			rc = overlay_prune(store, &(struct overlay_chain){meta.root, meta.options}, covers,
			                   meta.taken_at, err);
	}
	TRACE(TRACE_STORE, "compact the index of %s: %d", root, rc);
	image_free(merged);
	image_free(base);
	index_meta_clear(&meta);
	buf_free(&path);
	return rc;
}
