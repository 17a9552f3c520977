/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_STORE_MODEL_H
#define TESTS_STORE_MODEL_H

#include "base/buf.h"
#include "engine/tree/tree.h"
#include "store/snapshot/snapshot.h"

/*
 * A small file system in memory that changes at random, the same for the same seed: the oracle of the snapshot tests.
 */

struct model_node {
	int parent;          /* index; -1 = the root */
	bool alive, is_dir, unreadable, mount;
	char name[64];
	unsigned flags;      /* enum row_flag, of a leaf */
	uint64_t ino, alloc_bytes, apparent_bytes;
	int64_t mtime_s;
	unsigned nlink;      /* of a file, its links in the model among them */
};

struct model {
	uint64_t seed, next_ino;
	struct model_node *nodes;
	int count, capacity;
	const char *root;
};

void model_begin(struct model *model, uint64_t seed, const char *root);
void model_end(struct model *model);
uint64_t model_random(struct model *model);

/** Add an entry; its index. */
int model_add(struct model *model, int parent, const char *name, bool is_dir);
int model_file(struct model *model, int parent, const char *name, uint64_t bytes);

/** Make it of `dirs` directories, or let `changes` random things happen. */
void model_grow(struct model *model, int dirs, int files);
void model_change(struct model *model, int changes);

/** The tree that a scan would make of it. */
struct tree *model_tree(const struct model *model);

/** Everything a snapshot must give back, as text: of a tree, and of a stored snapshot. */
void dump_tree(const struct tree *tree, struct buf *out);
void dump_snapshot(struct store *store, int64_t id, struct buf *out);

/** Save the model as the next snapshot of its root; finished_at is the time.  The id. */
int64_t model_save(const struct model *model, struct store *store, int64_t time_s);

#endif
