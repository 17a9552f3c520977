/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_ENTRY_H
#define STORE_EXCHANGE_NCDU_ENTRY_H

#include "base/buf.h"
#include "engine/tree/build.h"

/* What both of ncdu's formats say of an entry, and how it gets into a tree. */

struct ncdu_info {
	struct buf name; /* of the root: a path */
	bool has_name, has_dev, has_mtime, has_mode;
	uint64_t apparent_bytes, alloc_bytes, dev, ino, nlink;
	int64_t mtime_s;
	struct node_extended extended;
	bool is_dir; /* else its mode may say so */
	bool linked, read_error, notreg;
	unsigned excluded; /* ROW_EXCLUDED, ROW_OTHERFS, ROW_KERNFS or 0 */
};

/** A tree under way. */
struct ncdu_entries {
	struct build *build;
	uint64_t *dev; /* of the open directories, by depth */
	size_t dev_capacity;
	const char *what; /* why an entry was refused; NULL: the error says it all */
};

void ncdu_entries_free(struct ncdu_entries *entries);

/** Can it be called so?  The root can be called anything here.  0, or -EINVAL with `what`. */
int ncdu_entry_check(struct ncdu_entries *entries, const struct ncdu_info *info);

/** A file, or what is excluded or could not be examined.  0 or -errno. */
int ncdu_entry_add(struct ncdu_entries *entries, const struct ncdu_info *info);

/** Open a directory, the root first. */
int ncdu_entry_enter(struct ncdu_entries *entries, const struct ncdu_info *info);

/** Close the innermost one. */
int ncdu_entry_leave(struct ncdu_entries *entries);

static inline bool ncdu_info_is_link(const struct ncdu_info *info)
{
	return info->ino && (info->linked || info->nlink > 1);
}

#endif
