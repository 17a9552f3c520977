/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DIFF_H
#define STORE_DIFF_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/image.h"
#include "store/files.h"

/* Growth between two images (DESIGN §8): fingerprint-pruned descent, its cost follows what changed. */

enum diff_status { DIFF_NEW, DIFF_DELETED, DIFF_GREW, DIFF_SHRANK, DIFF_MOVED, DIFF_UNKNOWN, DIFF_CHANGED /* delta 0, direct delta not */ };

const char *diff_status_name(enum diff_status status);

struct diff_entry {
	char *path;                /* absolute, raw */
	char *path_from;           /* moved: where it was; else NULL */
	enum diff_status status;
	bool is_dir;
	uint64_t bytes_a, bytes_b; /* 0 where absent */
	int64_t delta_bytes, direct_delta_bytes;
	uint32_t a, b;             /* directories in the images, IMAGE_NONE where absent */
};

struct diff {
	struct diff_entry *entries; /* directories (and files with `with_files`) whose figures differ; sorted by |delta_bytes| descending, then path */
	size_t count;
	int64_t net_bytes;         /* = Σ direct_delta_bytes */
	uint64_t unknown_entries, unknown_bytes;
};

struct diff_options {
	const char *prefix_a, *prefix_b; /* folder to compare, relative to each image's root; "" = the root */
	bool with_files;           /* needs `store` */
	int max_depth;             /* -1 = any; deeper changes are still in net_bytes and their ancestors */
	struct store *store;
};

/** 0, -ENOENT when neither image has the folder, -ENOMEM, or the store's error. */
int diff_compute(const struct image *a, const struct image *b, const struct diff_options *options, struct diff *out, struct err *err);
void diff_clear(struct diff *diff);

#endif
