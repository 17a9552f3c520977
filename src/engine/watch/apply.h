/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_APPLY_H
#define ENGINE_WATCH_APPLY_H

#include "engine/watch/dirty.h"
#include "engine/watch/batch.h"
#include "engine/scan/scan.h"

/*
 * Making a complete tree true again where it is dirty: look at the disk, compare, edit.  Thread: the applier, the
 * tree's one owner.
 */
struct apply;

struct apply_options {
	struct tree *tree;
	struct scan_counting counting;
	/*
	 * below the root, as they were at the latest when the scan began; taken over and set to NULL when this
	 * succeeds.  NULL = as they are
	 */
	struct mounts **mounts;
	struct dirty *dirty;     /* what turns out to need another look is marked there */
	struct batch_account *account;
	/*
	 * As in struct scan_options: for directories that are new, or looked at again.  Its context is that of the next
	 * five as well.
	 */
	void (*opened)(void *context, dir_id dir, int fd);
	void *opened_context;
	/*
	 * As in struct scan_options: for files that changed at most so long before they were looked at.  May be NULL.
	 */
	void (*written)(void *context, dir_id dir, const void *name, size_t length);
	int64_t lately_ns;
	/* So long the row of a file that left the name it got waits for word of where it went. */
	int64_t rename_wait_ns;
	/*
	 * Something in a directory came and went without being seen: what it was is not known, nor what else it was a
	 * name of.  May be NULL.
	 */
	void (*unseen)(void *context);
	/*
	 * Does the kernel tell of changes in it (or must it be polled anyway)?  One that it does not is read again and
	 * given to opened().  May be NULL.
	 */
	bool (*watched)(void *context, dir_id dir);
	/* Is this entry of our own database?  Its changes count, but are not told.  May be NULL. */
	bool (*own_database)(void *context, dir_id dir, const void *name, size_t length);
	/* A directory is not part of the tree any more (its dir_id is dead).  May be NULL. */
	void (*gone)(void *context, dir_id dir);
	/*
	 * An entry came, changed or went; by so many bytes.  A directory (`is`) only comes, goes, or moves: by what it
	 * had when the batch began.  `by`: who did it, NULL = not known.  May be NULL.
	 */
	void (*entry)(void *context, dir_id dir, const void *name, size_t length, dir_id is, int64_t alloc_bytes,
	              int64_t apparent_bytes, bool there, const char *by);
	/* A directory was made, and had so much in it when it was found.  Its context is the same.  May be NULL. */
	void (*made)(void *context, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes, const char *by);
	void *entry_context;
	const _Atomic bool *stop; /* polled; may be NULL */
};

/** 0 or -ENOMEM with a sentence. */
int apply_create(const struct apply_options *options, struct apply **out, struct err *err);
void apply_destroy(struct apply *apply);

/**
 * Apply what was taken from the queue, as one batch.  0, -ECANCELED (stopped half-way: the tree is consistent, but not
 * all was looked at), or -ESTALE: the root is not there any more, or another folder, and nothing was looked at.  It is
 * open only meanwhile.
 */
int apply_batch(struct apply *apply, const struct dirty_item *items, size_t count);

/**
 * The kernel's table of mounts is another one: go by it, and mark where something was mounted or unmounted.  0 or
 * -errno: the root cannot be opened.
 */
int apply_mounts(struct apply *apply);

/** Go on with what is done between batches: link_search_run(). */
int64_t apply_link_search(struct apply *apply, int64_t now_ns);

#endif
