/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_APPLY_STATE_H
#define ENGINE_WATCH_APPLY_STATE_H

#include "base/hash.h"
#include "engine/scan/examine.h"
#include "engine/tree/subtree.h"
#include "engine/watch/apply.h"
#include "engine/watch/dir_index.h"
#include "engine/watch/link_search.h"
#include "engine/watch/name_set.h"

/*
 * What a batch keeps between its steps, and what all of them need; for apply.c, apply_compare.c and apply_places.c
 * only.  Thread: the applier.
 */

/** A name that is new or missing, until its place is found. */
struct pending_name {
	dir_id dir;         /* in which it is new or missing */
	dir_id was;         /* missing: the directory it was, or DIR_NONE */
	bool replaced;      /* missing: something else has its name, and is pending as new */
	bool deeper;        /* new: what lies below is not known to be true either */
	/*
	 * in both lists: a file that the kernel told of renaming has this name, or had it.  If nothing comes of that,
	 * it is one file, and it changed
	 */
	bool perhaps;
	bool same;          /* perhaps: its row says what is there */
	writers_id by;      /* who wrote to it */
	struct entry entry; /* new: what is there; its name points into `name` */
	char name[256];
};

struct pending_names {
	struct pending_name *items;
	size_t count, capacity;
};

struct apply {
	struct apply_options options;
	struct tree *tree;
	struct batch_account *account;
	int root; /* O_PATH; -1 between batches: it would keep a medium from being unmounted */
	struct scan_rules rules; /* its options are those of scan_again(), too */
	struct buf path;         /* for reading_begin() */
	struct pending_names fresh, missing;
	struct name_set names;
	struct dir_index dirs;
	struct hash renamed; /* in this batch: index in dirty_renames() by either place */
	writers_id by;       /* who wrote to what is just being looked at: told with it */
	bool begun; /* the first batch is done */
	/*
	 * something in this batch is DIRTY_TREE: it swallowed the marks below, and what moves out of it takes them
	 * along
	 */
	bool trees;
	bool shared_stale; /* links came or went */
	struct {
		dir_id *items;
		size_t count, capacity;
	} deeper; /* directories still to be listed whole */
	/* what could not be opened where the tree has it */
	struct {
		struct dirty_item *items;
		size_t count, capacity;
	} later;
	struct hash unreached;     /* the directories of `later` */
	struct link_search search; /* other names of new links */
	char buffer[65536]; /* for listings */
};

static inline const struct node_block *apply_block(const struct apply *apply, dir_id dir)
{
	return tree_block(apply->tree, dir);
}

static inline uint64_t apply_word(const struct node_block *block, uint32_t row)
{
	return atomic_load_explicit(&((struct node_block *)(uintptr_t)block)->rows[row].word, memory_order_relaxed);
}

static inline bool apply_has_cold(uint64_t word)
{
	return row_type(word) == NODE_DIR && !(row_flags(word) & (ROW_LEAF | ROW_GONE));
}

bool apply_stopped(const struct apply *apply);

struct node apply_node(const struct apply *apply, dir_id dir, uint32_t row);

/** The row of a name that is no directory, or -1. */
int64_t apply_file_row(const struct apply *apply, dir_id dir, const char *name, size_t length);

/** Index of the link a file is a name of, or 0. */
uint32_t apply_link(const struct apply *apply, dir_id dir, uint32_t row);

/** `entry`: what is there, when it is new.  0 or -ENOMEM. */
int apply_add_pending(const struct apply *apply, struct pending_names *names, dir_id dir, const void *name,
                      size_t length, const struct entry *entry, dir_id was);

/** Other names of a linked inode are looked at again: its count, or it, changed.  For link_names_each(). */
void apply_mark_name(void *context, dir_id dir, uint32_t row);

/** A subtree came: record it, index it, and look for the other names of its links.  0 or -ENOMEM. */
int apply_subtree_came(struct apply *apply, dir_id top);

/* ---- telling ---- */

bool apply_is_own_database(const struct apply *apply, dir_id dir, const void *name, size_t length);

/** What an entry was and is, either of them NULL where there is none.  Takes over `old_path`. */
void apply_record_change(struct apply *apply, enum change_kind kind, dir_id dir, const char *name, size_t length,
                         const struct node *before, const struct node *after, char *old_path);

/**
 * For the live column: what no directory has under this name was that and is this, either of them NULL where there is
 * none.
 */
void apply_record_entry(const struct apply *apply, dir_id dir, const char *name, size_t length,
                        const struct node *before, const struct node *after);

/** A directory goes from a place, or comes to it by moving; `before`: what it had when the batch began. */
void apply_record_place(const struct apply *apply, dir_id dir, const void *name, size_t length, dir_id is,
                        const struct node *before, bool there);

void apply_say_unseen(const struct apply *apply);

/** Those of a survey that are not part of the tree any more. */
void apply_say_gone(const struct apply *apply, const struct subtree_survey *survey);

#endif
