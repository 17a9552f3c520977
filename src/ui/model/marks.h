/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MARKS_H
#define UI_MODEL_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "engine/tree/tree.h"

/*
 * Entries that a person marked: each by the folder it lies in and its name, never by a row; with what tells it from
 * another that takes its name later.  An entry that goes loses its mark.  Thread: the loop's.
 */

struct marked_entry {
	dir_id dir;   /* the folder that it lies in */
	dir_id self;  /* a folder's own, else DIR_NONE */
	uint64_t ino; /* 0 = not known: of a file with one name */
	uint16_t fs;
	uint8_t name_length;
	bool is_dir;
	uint64_t alloc_bytes, apparent_bytes;
	char *name;
};

/** A folder with marks, as it was when they were looked at. */
struct marked_folder {
	dir_id dir;
	uint32_t block, rows;
	uint64_t alloc_bytes, apparent_bytes, counts;
	bool same;
};

struct marks {
	struct marked_entry *items;
	size_t count, capacity;
	struct hash by_name;
	struct marked_folder *folders;
	size_t folder_count, folder_capacity;
	struct hash by_folder; /* by hash_u32() */
	/* of all, entries in marked folders once */
	uint64_t alloc_bytes, apparent_bytes;
};

bool marks_has(const struct marks *marks, dir_id dir, const void *name, size_t length);

/** Room for so many more at once.  0 or -ENOMEM. */
int marks_reserve(struct marks *marks, size_t count);

/** Mark what `mark` describes; its name is copied.  0 or -ENOMEM. */
int marks_add(struct marks *marks, const struct marked_entry *mark, const void *name);
void marks_remove(struct marks *marks, dir_id dir, const void *name, size_t length);
void marks_clear(struct marks *marks);

/**
 * Marks of what is not there any more go, figures are those of now.  Costs a pass over the folders with marks that have
 * changed.  0 or -ENOMEM: all stay as they are.
 */
int marks_refresh(struct marks *marks, const struct tree *tree);

/** Add up again, after marks came or went. */
void marks_sum(struct marks *marks, const struct tree *tree);

#endif
