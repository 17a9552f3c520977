/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/growers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/path.h"
#include "cli/cmd_diff.h"

int growers_find(const struct comparison *comparison, uint64_t least, struct diff *out)
{
	const struct diff *diff = &comparison->diff;
	size_t kept = 0;
	bool *folded;

	*out = (struct diff){.entries = alloc_array(diff->count, sizeof(*diff->entries))};
	if (!out->entries)
		return -ENOMEM;
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_entry *entry = &diff->entries[i];

		if (entry->is_dir && entry->delta_bytes > 0 && strcmp(entry->path, comparison->base_b.data))
			out->entries[out->count++] = *entry;
	}
	folded = diff_fold(comparison, out, -1, least);
	if (!folded)
		return -ENOMEM;
	for (size_t i = 0; i < out->count; i++)
		if (!folded[i])
			out->entries[kept++] = out->entries[i];
	out->count = kept;
	free(folded);
	return 0;
}

/* Down while one folder holds half of what the one above it does. */
static uint32_t heaviest(const struct image *image, uint32_t folder)
{
	uint32_t at = folder, next = folder;

	do {
		at = next;
		for (uint32_t i = at + 1; i < image->end[at]; i = image->end[i])
			if (image->alloc_bytes[i] > image->alloc_bytes[at] / 2)
				next = i;
	} while (next != at);
	return at;
}

static int blame_heaviest(struct store *store, const struct comparison *comparison, struct buf *out, struct err *err)
{
	const char *relative = path_below(comparison->base_b.data, comparison->to.scan_root);
	struct image *image = NULL;
	int rc = snapshot_image(store, comparison->to.id, &image, err);

	if (rc)
		return rc;
	uint32_t folder = relative ? image_lookup(image, relative, strlen(relative)) : IMAGE_NONE;
	uint32_t found = folder != IMAGE_NONE ? heaviest(image, folder) : folder;

	if (found != folder) {
		buf_str(out, image->root_path);
		if (out->length && out->data[out->length - 1] != '/')
			buf_char(out, '/');
		image_relative(image, found, out);
	}
	image_free(image);
	return 0;
}

int growers_blame(struct store *store, const struct comparison *comparison, struct buf *out, int64_t *growth,
                  struct err *err)
{
	struct diff growers;
	int rc = growers_find(comparison, 0, &growers);

	*growth = FIGURE_UNKNOWN;
	if (rc) {
		err_no_memory(err);
	} else if (growers.count) {
		buf_str(out, growers.entries[0].path);
		*growth = growers.entries[0].delta_bytes;
	} else {
		rc = blame_heaviest(store, comparison, out, err);
	}
	free(growers.entries);
	return !rc && out->failed ? err_no_memory(err) : rc;
}
