/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REMOVE_REMOVE_H
#define ENGINE_REMOVE_REMOVE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/remove/choice.h"

/*
 * Deleting a choice for ever, or emptying a file of it.
 *
 * Every step is taken from an open folder (openat, O_NOFOLLOW), whose identity was checked when it was opened; nothing
 * is unlinked by a path.  Right before each unlink the entry is looked at: it has to be what was chosen (choice.h).
 * Mounts are never entered.  A folder that is moved away meanwhile is left as it is then, within 10 ms.
 * What is not deleted is an error with its reason, and the folders above it stay.
 *
 * Threads: removal_run() works on its caller's and on others that it starts, a folder each.  Anybody may read the
 * counters and set what `cancel` points to, which stops all of them before their next entry.  The errors are whole when
 * it has returned.
 */

enum removal_why {
	REMOVAL_FAILED,   /* the kernel's answer: `code` */
	REMOVAL_CHANGED,  /* another one has its name now */
	REMOVAL_UNSEEN,   /* it came after the choice, or the scan left it out */
	REMOVAL_MOUNT,    /* something is mounted there */
	REMOVAL_MOVED,    /* it was moved away meanwhile */
	REMOVAL_NO_TRASH, /* there is none on its file system */
	REMOVAL_IN_TRASH, /* it lies in the trash */
};

struct removal_error {
	char *path; /* absolute, raw */
	enum removal_why why;
	int code; /* -errno, of REMOVAL_FAILED */
};

#define REMOVAL_ERRORS 1000 /* so many are kept, the rest are counted */

struct removal_errors {
	pthread_mutex_t lock; /* of all of it */
	struct removal_error *items;
	size_t count, capacity;
	uint64_t total;
};

struct removal {
	struct choice *choice;      /* borrowed, listed; what is deleted is forgotten in it */
	unsigned threads;           /* 0 = as many as there are processors, 4 at most */
	const _Atomic bool *cancel; /* borrowed */
	_Atomic uint64_t entries;   /* gone so far */
	_Atomic uint64_t bytes;     /* allocated in them */
	struct removal_errors errors;
	bool freed_known;
	int64_t freed_bytes; /* by which the file systems have more room now; others may write, too */
};

void removal_init(struct removal *removal, struct choice *choice, const _Atomic bool *cancel);

/** Delete all of it.  Blocks.  0, or -ENOMEM: not everything could be tried. */
int removal_run(struct removal *removal);

/** Empty the one regular file that was chosen: who holds it open goes on writing at its beginning, or with a hole. */
int removal_empty(struct removal *removal);

/** Append the sentence of an error, without its path. */
int removal_words(const struct removal_error *error, struct buf *out);

/* ---- for the files of this folder ---- */

void removal_fail(struct removal_errors *errors, char *path, enum removal_why why, int code);
void removal_errors_clear(struct removal_errors *errors);

/** Free bytes on the file systems of the choice; false when one does not say. */
bool removal_free_bytes(const struct choice *choice, uint64_t *bytes);

/** What came free since they were `before`, if that is `known`: where room comes back later, a moment is waited. */
void removal_measure(struct removal *removal, bool known, uint64_t before);

#endif
