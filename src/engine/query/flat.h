/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_QUERY_FLAT_H
#define ENGINE_QUERY_FLAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/query/terms.h"
#include "engine/tree/tree.h"

/*
 * The entries of a whole subtree, the best of them: files, and where the terms name folders (terms_name_folders()) the
 * outermost of those, with nothing below them.  A search keeps at most `limit` entries, in no order.
 *
 * Thread: whoever searches; what is found does not change behind flat_finish().
 */

enum flat_order { FLAT_LARGEST, FLAT_SMALLEST, FLAT_NEWEST, FLAT_OLDEST, FLAT_FIRST_NAME, FLAT_LAST_NAME, FLAT_GROWN };

struct flat_query {
	struct terms terms;
	enum flat_order order;
	bool apparent;    /* sizes are that */
	int64_t written_since; /* FLAT_GROWN, of a tree: files modified since then, as grown by their size */
	bool show_hidden; /* names with a point, or below such a folder, and what is excluded */
	size_t limit;
};

struct flat_entry {
	uint64_t key;   /* by the order: the largest are the best */
	uint32_t dir;   /* the folder it lies in: of the tree, or of the image */
	uint32_t row;   /* of a live folder's block, when it was found */
	uint32_t name;  /* offset in `names` */
	uint32_t below; /* a folder itself: its dir_id, or number in the image; else 0 */
	uint32_t nlink;
	uint8_t name_length;
	uint8_t type;   /* enum node_type */
	uint16_t flags; /* enum row_flag */
	bool growth_known, is_new;
	int64_t growth_bytes;
	uint64_t alloc_bytes, apparent_bytes, ino;
	int64_t mtime_s;
};

struct flat {
	struct flat_entry *entries;
	size_t count, capacity;
	size_t matched; /* entries that hold, those beyond the limit too */
	struct buf names;
	const struct flat_query *query; /* while it is searched */
	uint64_t least;                 /* keys below it are not among the best */
};

/** Zeroed, with its query. */
void flat_begin(struct flat *flat, const struct flat_query *query);

/** Take an entry in, if its key is good enough; `entry` without key and name.  0 or -ENOMEM. */
int flat_add(struct flat *flat, const struct flat_entry *entry, const void *name, size_t length);

/** Would it be shown, and do its terms hold?  Its owner, where known, in *owner. */
bool flat_matches(const struct flat_query *query, const struct flat_entry *entry, const void *name, size_t length,
                  const struct node_extended *owner);

/** No more than the limit.  0 or -ENOMEM. */
int flat_finish(struct flat *flat);
void flat_clear(struct flat *flat);

/** The best of what was found so far, at most `limit`; the search may go on.  0 or -ENOMEM. */
int flat_copy_best(const struct flat *flat, size_t limit, struct flat *out);

/** Called now and then while it is searched: the answer ends the search with -ECANCELED. */
typedef bool flat_pause(struct flat *flat, void *context);

/** Below a directory of a live tree.  0, -ECANCELED, -ENOMEM. */
int flat_tree(struct flat *flat, const struct tree *tree, dir_id dir, flat_pause *pause, void *context);

#endif
