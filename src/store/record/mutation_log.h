/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_MUTATION_LOG_H
#define STORE_RECORD_MUTATION_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "store/db/store.h"

/* Reading what journal.h writes: what happened to a path, what lies below it, and the folders it lies in. */

/** Numbers of mutation_type and event_type, and one that only this knows. */
enum log_type {
	LOG_CREATE,
	LOG_DELETE,
	LOG_MODIFY,
	LOG_RENAME,
	LOG_OVERFLOW, /* events were lost: what happened meanwhile is not in the log */
	LOG_RESYNC,   /* all was read and noted anew */
	LOG_GROW      /* a folder's total is another one (dir_deltas) */
};

/** Its word in documents: "create", … */
const char *log_word(enum log_type type);

struct log_entry {
	int64_t time_s;
	enum log_type type;
	bool is_dir;
	bool sized;                    /* are the figures known? */
	uint64_t old_bytes, new_bytes; /* allocated; of what is not there 0 */
	char *path;                    /* absolute, raw */
	char *old_path;                /* RENAME: where it was; else NULL */
	char *by;                      /* who was seen doing it, as in struct change; NULL = nobody */
};

struct log_filter {
	const char *path;   /* absolute */
	int64_t since_s;    /* INT64_MIN = all there is */
	bool deleted;       /* only what was deleted */
	const char *by;     /* only by this name, or that without its end ("nginx" for nginx.service); NULL = any */
};

/**
 * Tell of each entry, newest first.  Of the folders above only that they came, went or were renamed; of the path itself
 * also what it grew by, if it is a folder.  `tell` ends it by
 * returning 1, or -ENOMEM.  The entry is valid during the
 * call.  0 or -errno with a sentence.
 */
int log_read(struct store *store, const struct log_filter *filter,
             int (*tell)(void *context, const struct log_entry *entry), void *context, struct err *err);

/** Has anybody ever followed the path, or what is above or below it?  1, 0, or -errno with a sentence. */
int log_followed(struct store *store, const char *path, struct err *err);

/**
 * What a person reads, newest first: changes of one file by the same writer, with nothing else of that file in between,
 * are one entry, as of the last of them.  {0} is empty.
 */
struct log_list {
	struct log_entry *items;
	size_t count, capacity;
	size_t most;                   /* entries that are kept; 0 = all */
	uint64_t more;                 /* changes that found no room */
	struct hash by_path;           /* the one of a path that older changes belong to */
};

/** As log_read(), without what was read anew, and what a folder that went has lost. */
int log_list_read(struct store *store, const struct log_filter *filter, struct log_list *list, struct err *err);
void log_list_clear(struct log_list *list);

#endif
