/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/scan_private.h"

/*
 * Each completed directory against the image: unchanged, changed itself, or changed only below.  Thread: the worker that completed
 * it; everything below is final then.
 */

/* The fingerprint the directory would have if its subdirectories were as remembered; false when they are not even the same by name. */
static bool print_without_deep(const struct scan *scan, dir_id dir, uint32_t old, struct fingerprint *out)
{
	const struct image *image = match_image(scan->match);
	const struct tree *tree = scan->tree;
	const struct node_block *block = tree_block(tree, dir);
	struct fingerprint_dir in;
	uint32_t dirs = 0;

	tree_fingerprint_input(tree, dir, &in);
	for (uint32_t i = 0; i < tree_count(block); i++) {
		struct node node;

		tree_node(tree, block, i, &node);
		if (node.dir == DIR_NONE || node.flags & ROW_GONE)
			continue;
		uint32_t child = image_child(image, old, node.name, node.name_length);

		if (child == IMAGE_NONE)
			return false;
		struct fingerprint now = row_hash(tree, block, i);
		struct fingerprint then = { .lo = image->fingerprint[child][0], .hi = image->fingerprint[child][1] };

		then = fingerprint_subdir(then, node.name, node.name_length);
		in.sum[0] += then.lo - now.lo;
		in.sum[1] += then.hi - now.hi;
		dirs++;
	}
	if (dirs != image->child_first[old + 1] - image->child_first[old])
		return false;
	*out = fingerprint_dir(&in);
	return true;
}

static enum warm_class classify(const struct scan *scan, dir_id dir, const uint64_t fingerprint[2])
{
	const struct image *image = match_image(scan->match);
	const struct node_cold *cold = tree_cold(scan->tree, dir);
	enum match_kind kind = match_kind(scan->match, dir);
	struct fingerprint print;
	bool known;

	if (kind == MATCH_REPLACED)
		return WARM_MISMATCH;
	uint32_t old = kind == MATCH_KNOWN ? match_dir(scan->match, dir, &known) : IMAGE_NONE;

	if (old == IMAGE_NONE)
		return WARM_UNKNOWN;
	bool touched = (image->mtime_ns[old] && image->mtime_ns[old] != cold->mtime_ns)
		|| (image->ctime_ns[old] && image->ctime_ns[old] != cold->ctime_ns);

	if (image->fingerprint[old][0] == fingerprint[0] && image->fingerprint[old][1] == fingerprint[1])
		return touched ? WARM_SHALLOW : WARM_TRUSTED;
	if (!touched && print_without_deep(scan, dir, old, &print)
	    && image->fingerprint[old][0] == print.lo && image->fingerprint[old][1] == print.hi)
		return WARM_DEEP;
	return WARM_SHALLOW;
}

void warm_count(void *context, dir_id dir, const uint64_t fingerprint[2])
{
	struct scan *scan = context;

	atomic_fetch_add_explicit(&scan->warm[classify(scan, dir, fingerprint)], 1, memory_order_relaxed);
}
