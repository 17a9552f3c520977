/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/export.h"

#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "cli/export_rows.h"
#include "cli/metrics.h"
#include "cli/output.h"
#include "store/exchange/ncdu_export.h"

/* All has been written, or `rc` says why not: end what was begun, and name the target where it is the cause. */
static int finish(struct target *target, int rc, struct err *err)
{
	/* When the packer has ended the pipe, its cause is the one to name. */
	if (!rc || (rc == -EPIPE && target->form)) {
		int end = target_finish(target, err);

		return end ? end : rc;
	}
	return rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG ? target_failed(target, rc, err) : rc;
}

static struct ncdu_export_options how_to(const struct options *options, int depth, int64_t timestamp)
{
	return (struct ncdu_export_options){
		.extended = options->extended,
		.depth = depth,
		.timestamp = timestamp,
		.binary = options->format == FORMAT_NCDU_BINARY,
		.level = options->compress_level,
		.block_bytes = (size_t)options->export_block_kib << 10,
	};
}

int export_tree(const struct tree *tree, const struct options *options, int64_t timestamp, struct target *target,
                struct err *err)
{
	struct ncdu_export_options how = how_to(options, -1, timestamp);
	int rc = target_begin(target, err);

	if (!rc)
		rc = ncdu_export_tree(tree, &how, target->fd, err);
	return finish(target, rc, err);
}

/* What snapshots do not hold is said, not left out in silence. */
static void note_folded(const struct image *image)
{
	for (uint32_t i = 0; i < image->count; i++)
		if (image->flags[i] & IMAGE_FOLDED) {
			output_note(
				"%s",
				_("folders with paths of more than 4096 bytes are not in snapshots one by one: they"
				  " are counted in the last one that is"));
			return;
		}
}

int export_snapshot(struct store *store, const struct snapshot *snapshot, const struct options *options,
                    struct target *target, struct err *err)
{
	struct ncdu_export_options how = how_to(options, options->depth, snapshot->finished_at);
	struct image *image = NULL;
	struct buf text = {0};
	int rc;

	store_read_begin(store);
	rc = snapshot_image(store, snapshot->id, &image, err);

	if (!rc)
		rc = target_begin(target, err);
	if (!rc && (options->format == FORMAT_NCDU || options->format == FORMAT_NCDU_BINARY)) {
		rc = ncdu_export_snapshot(store, image, &how, target->fd, err);
	} else if (!rc) {
		rc = options->format == FORMAT_PROMETHEUS
		           ? metrics_write(store, image, snapshot, options, &text, err)
		           : export_rows(store, image, snapshot, options, target->fd, err);
		if (!rc && text.length)
			rc = target_write(target->fd, text.data, text.length);
		if (rc && rc != -EPIPE && !err->text[0])
			err_set(err, rc, _("the export failed: %s"), strerror(-rc));
		buf_free(&text);
	}
	store_read_end(store);
	rc = finish(target, rc, err);
	if (!rc)
		note_folded(image);
	image_free(image);
	return rc;
}
