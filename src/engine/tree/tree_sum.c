/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "engine/tree/far.h"
#include "engine/tree/tree_state.h"

/*
 * Fingerprints of directories.  Beside each lies Σ, the sum of its rows' hashes: those of files are added when its
 * block is published, that of a subdirectory when that is complete.  Later changes only mark what they make wrong, and
 * tree_sum() works it out again.
 *
 * Threads: while a tree is filled, whoever lowers a `pending` to 0; then the tree's one owner.
 */

void tree_fingerprint_input(const struct tree *tree, dir_id dir, struct fingerprint_dir *out)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);
	const struct node_block *block = tree_block(tree, dir);
	uint32_t count = block ? tree_count(block) : 0;

	*out = (struct fingerprint_dir){
		.ino = cold->ino,
		.alloc_bytes = cold->own_alloc_bytes,
		.apparent_bytes = cold->own_apparent_bytes,
		.mtime_s = node_seconds(cold->mtime_ns, cold->mtime_era),
		.flags = atomic_load_explicit(&cold->flags, memory_order_relaxed) & FINGERPRINT_DIR_FLAGS,
		.sum =
			{
				atomic_load_explicit(&cold->sum[0], memory_order_relaxed),
				atomic_load_explicit(&cold->sum[1], memory_order_relaxed),
			},
	};
	for (uint32_t i = 0; i < count; i++) {
		uint64_t word = row_word(block, i);

		out->entries += !(row_flags(word) & ROW_GONE);
	}
}

static struct fingerprint fingerprint_of(const struct tree *tree, dir_id dir)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);
	struct fingerprint_dir in;

	if (atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_REST)
		return (struct fingerprint){
			.lo = atomic_load_explicit(&cold->sum[0], memory_order_relaxed),
			.hi = atomic_load_explicit(&cold->sum[1], memory_order_relaxed),
		};
	tree_fingerprint_input(tree, dir, &in);
	return fingerprint_dir(&in);
}

void tree_fingerprint(const struct tree *tree, dir_id dir, uint64_t out[2])
{
	unsigned pin = tree_pin(tree);
	struct fingerprint print = fingerprint_of(tree, dir);

	tree_unpin(tree, pin);
	out[0] = print.lo;
	out[1] = print.hi;
}

struct fingerprint row_hash(const struct tree *tree, const struct node_block *block, uint32_t i)
{
	struct node node;

	tree_node(tree, block, i, &node);
	if (node.dir != DIR_NONE)
		return fingerprint_subdir(fingerprint_of(tree, node.dir), node.name, node.name_length);
	bool leaf = node.flags & ROW_LEAF;
	const struct fingerprint_entry in = {
		.alloc_bytes = node.alloc_bytes,
		.apparent_bytes = node.apparent_bytes,
		.mtime_s = (uint64_t)node.mtime_s,
		.ino = node.ino,
		.nlink = leaf ? 0 : node.nlink,
		.type = (uint8_t)node.type,
		.flags = (uint8_t)(node.flags & FINGERPRINT_ROW_FLAGS),
	};

	return fingerprint_file(&in, node.name, node.name_length);
}

bool tree_lower(struct tree *tree, dir_id dir)
{
	for (;;) {
		struct node_cold *cold = tree_cold_mutable(tree, dir);

		/* Each child's sums came before its release here; the one who sees 0 acquires them all. */
		if (atomic_fetch_sub_explicit(&cold->pending, 1, memory_order_acq_rel) != 1)
			return false;
		if (atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_REST)
			tree->rest_fingerprint(tree->completed_context, dir);
		struct fingerprint print = fingerprint_of(tree, dir);

		if (tree->completed)
			tree->completed(tree->completed_context, dir, (uint64_t[2]){print.lo, print.hi});
		if (far_is(tree, dir))
			far_pass(tree, dir);
		if (cold->parent == DIR_NONE) {
			far_forget(tree);
			return true;
		}
		const struct node_block *block = tree_block(tree, cold->parent);
		struct node_cold *parent = tree_cold_mutable(tree, cold->parent);
		uint64_t word = row_word(block, cold->row);

		if (!(row_flags(word) & ROW_GONE)) {
			uint8_t length;
			const unsigned char *name = row_name(block, cold->row, &length);
			struct fingerprint hash = fingerprint_subdir(print, name, length);

			atomic_fetch_add_explicit(&parent->sum[0], hash.lo, memory_order_relaxed);
			atomic_fetch_add_explicit(&parent->sum[1], hash.hi, memory_order_relaxed);
		}
		dir = cold->parent;
	}
}

/* ---- sums that follow changes ---- */

void tree_unsum(struct tree *tree, dir_id dir)
{
	for (; dir != DIR_NONE; dir = tree_cold(tree, dir)->parent) {
		unsigned before = atomic_fetch_or_explicit(&tree_cold_mutable(tree, dir)->flags, DIR_UNSUMMED,
		                                           memory_order_relaxed);

		if (before & DIR_UNSUMMED)
			break;
	}
}

static bool unsummed(const struct tree *tree, dir_id dir)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);

	return atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_UNSUMMED;
}

/* The next subdirectory of `dir` from row *i on that has to be summed first, or DIR_NONE. */
static dir_id next_unsummed(const struct tree *tree, const struct node_block *block, uint32_t *i)
{
	for (uint32_t count = block ? tree_count(block) : 0; *i < count; ++*i) {
		uint64_t word = row_word(block, *i);

		if (row_type(word) == NODE_DIR && !(row_flags(word) & (ROW_LEAF | ROW_GONE)) &&
		    unsummed(tree, (dir_id)row_payload(word)))
			return (dir_id)row_payload(word);
	}
	return DIR_NONE;
}

static void sum_rows(struct tree *tree, dir_id dir)
{
	struct node_cold *cold = tree_cold_mutable(tree, dir);
	const struct node_block *block = tree_block(tree, dir);
	uint32_t count = block ? tree_count(block) : 0;
	uint64_t lo = 0, hi = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t word = row_word(block, i);

		if (row_flags(word) & ROW_GONE)
			continue;
		struct fingerprint hash = row_hash(tree, block, i);

		lo += hash.lo;
		hi += hash.hi;
	}
	atomic_store_explicit(&cold->sum[0], lo, memory_order_relaxed);
	atomic_store_explicit(&cold->sum[1], hi, memory_order_relaxed);
	atomic_fetch_and_explicit(&cold->flags, (uint16_t)~DIR_UNSUMMED, memory_order_relaxed);
}

static void forget_identity(struct tree *tree, dir_id dir)
{
	struct node_cold *cold = tree_cold_mutable(tree, dir);

	cold->ino = 0;
	cold->birth = 0;
	cold->ctime_ns = 0;
	atomic_fetch_or_explicit(&cold->flags, DIR_UNSUMMED, memory_order_relaxed);
}

void tree_forget_identities(struct tree *tree)
{
	dir_id dir = DIR_ROOT;
	uint32_t i = 0;

	forget_identity(tree, dir);
	while (dir != DIR_NONE) {
		const struct node_block *block = tree_block(tree, dir);
		uint32_t count = block ? tree_count(block) : 0;
		uint64_t word = 0;

		while (i < count && (word = row_word(block, i),
		                     row_type(word) != NODE_DIR || (row_flags(word) & (ROW_LEAF | ROW_GONE))))
			i++;
		if (i < count) {
			dir = (dir_id)row_payload(word);
			forget_identity(tree, dir);
			i = 0;
			continue;
		}
		i = tree_cold(tree, dir)->row + 1;
		dir = tree_cold(tree, dir)->parent;
	}
	tree_sum(tree);
}

void tree_sum(struct tree *tree)
{
	dir_id dir = DIR_ROOT;
	uint32_t i = 0;

	/*
	 * Down into what is marked, up again past what is done: a summed directory is not marked any more, so no stack
	 * is needed.
	 */
	while (dir != DIR_NONE && unsummed(tree, dir)) {
		dir_id below = next_unsummed(tree, tree_block(tree, dir), &i);

		if (below != DIR_NONE) {
			dir = below;
			i = 0;
			continue;
		}
		sum_rows(tree, dir);
		i = tree_cold(tree, dir)->row + 1; /* the owner's thread: no hint, but the row */
		dir = tree_cold(tree, dir)->parent;
	}
}
