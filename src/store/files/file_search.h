/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_FILES_FILE_SEARCH_H
#define STORE_FILES_FILE_SEARCH_H

#include "store/files/chunk_ids.h"
#include "store/files/file_list.h"

/*
 * One name in many versions of a directory's list, without unpacking them: chunks are in the order of names, and most
 * versions share theirs.  Start with {0}.
 */
struct file_search {
	struct chunk_ids ids; /* of the list looked through */
	int64_t found_in;     /* chunk, 0 = not found yet */
	struct file_entry entry;
};

/**
 * Look for the name in a list (column `lists` of dir_versions).  1: found, its `name` is NULL; 0: not there; or -errno
 * with a sentence.
 */
int file_search(struct store *store, struct file_search *search, const void *lists, size_t length, const void *name,
                size_t name_length, struct file_entry *out, struct err *err);
void file_search_clear(struct file_search *search);

#endif
