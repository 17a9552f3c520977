/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tree/build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/tree_state.h"

/*
 * One frame per open directory, on an explicit stack: any depth.  A frame's sums go into the parent's when it is left,
 * so nothing climbs.  Frames keep their memory for the next directory of that depth.
 */

#define DEVICES 64u /* direct-mapped cache of device → slot */

struct frame {
	struct block_draft block;
};

struct build {
	struct tree *tree;
	struct filler filler;
	/* `depth` open ones, then closed ones with memory to reuse; all up to `capacity` zeroed or valid */
	struct frame *frames;
	size_t depth, capacity;
	struct {
		dev_t dev;
		uint16_t slot;
		bool known;
	} devices[DEVICES];
	int failed; /* a directory could not be published: the tree is not whole */
};

static void frame_push(struct build *build, dir_id dir)
{
	struct frame *frame = &build->frames[build->depth];

	block_begin(&frame->block, &build->filler, dir);
	build->depth++;
}

/** Room for one more open frame. */
static int frame_room(struct build *build)
{
	size_t old = build->capacity;

	if (build->depth < old)
		return 0;
	if (alloc_room(&build->frames, &build->capacity, build->depth + 1))
		return -ENOMEM;
	memset(build->frames + old, 0, (build->capacity - old) * sizeof(*build->frames));
	return 0;
}

static int device_slot(struct build *build, dev_t dev, uint16_t *slot)
{
	size_t i = (size_t)((uint64_t)dev * 0x9e3779b97f4a7c15u >> 58) % DEVICES;

	if (!build->devices[i].known || build->devices[i].dev != dev) {
		int found = tree_fs_slot(build->tree, dev, 0);

		if (found < 0)
			return found;
		build->devices[i].dev = dev;
		build->devices[i].slot = (uint16_t)found;
		build->devices[i].known = true;
	}
	*slot = build->devices[i].slot;
	return 0;
}

/** The builder's entry as the tree takes it.  0, -ENOMEM, -EOVERFLOW. */
static int translate(struct build *build, const struct build_entry *from, struct entry *to)
{
	*to = (struct entry){
		.name = from->name,
		.length = from->name_length,
		.type = from->type,
		.flags = from->flags & ROW_LEAF,
		.dir_flags = from->dir_flags,
		.alloc_bytes = from->alloc_bytes,
		.apparent_bytes = from->apparent_bytes,
		.mtime_ns = from->mtime_ns,
		.mtime_era = from->mtime_era,
		.ctime_ns = from->ctime_ns,
		.birth = node_fold_time(from->birth_ns),
		.ino = from->ino,
		.nlink = from->nlink ? from->nlink : 1,
		.extended = from->extended,
	};
	/* Only identities need the file system. */
	if (to->type == NODE_DIR || to->nlink > 1)
		return device_slot(build, from->dev, &to->fs);
	return 0;
}

struct build *build_create(const char *root_path, const struct build_entry *root)
{
	struct build *build = alloc_zero(struct build);
	struct entry entry;
	int rc = -ENOMEM;

	if (!build)
		return NULL;
	build->tree = tree_create(root_path);
	if (!build->tree)
		goto fail;
	filler_init(&build->filler, build->tree);
	if (root->extended.known) {
		tree_keep_extended(build->tree);
		tree_set_extended_root(build->tree, &root->extended);
	}
	rc = translate(build, root, &entry);
	entry.type = NODE_DIR;
	entry.flags = 0;
	if (!rc)
		rc = device_slot(build, root->dev, &entry.fs);
	if (!rc)
		rc = tree_plant(build->tree, &build->filler, &entry);
	if (!rc)
		rc = frame_room(build);
	if (rc)
		goto fail;
	frame_push(build, DIR_ROOT);
	return build;
fail:
	build_destroy(build);
	errno = -rc;
	return NULL;
}

void build_destroy(struct build *build)
{
	if (!build)
		return;
	for (size_t i = 0; i < build->capacity; i++) {
		block_end(&build->frames[i].block);
	}
	free(build->frames);
	free(build->filler.tags);
	tree_destroy(build->tree);
	free(build);
}

static bool name_is_bad(const void *name, size_t length)
{
	const char *text = name;

	return length == 0 || length > 255 || memchr(name, '/', length) || memchr(name, '\0', length) ||
	       (length == 1 && text[0] == '.') || (length == 2 && text[0] == '.' && text[1] == '.');
}

/** Add an entry to the open directory; *child as of block_add(). */
static int add(struct build *build, const struct build_entry *from, dir_id *child)
{
	struct entry entry;

	if (build->depth == 0 || name_is_bad(from->name, from->name_length))
		return -EINVAL;
	struct frame *frame = &build->frames[build->depth - 1];

	int rc = translate(build, from, &entry);

	return rc ? rc : block_add(&frame->block, &entry, child);
}

int build_enter(struct build *build, const struct build_entry *entry)
{
	dir_id child;

	if (entry->type != NODE_DIR || entry->flags & ROW_LEAF)
		return -EINVAL;
	int rc = frame_room(build);

	if (!rc)
		rc = add(build, entry, &child);
	if (!rc)
		frame_push(build, child);
	return rc;
}

int build_file(struct build *build, const struct build_entry *entry)
{
	if (entry->type == NODE_DIR && !(entry->flags & ROW_LEAF)) {
		int rc = build_enter(build, entry);

		return rc ? rc : build_leave(build);
	}
	return add(build, entry, NULL);
}

int build_leave(struct build *build)
{
	if (build->depth == 0)
		return -EINVAL;
	struct frame *frame = &build->frames[build->depth - 1];
	dir_id dir = frame->block.dir;
	int rc = block_publish(&frame->block);

	if (rc) {
		build->failed = rc;
	} else {
		/* Now that their names can be read, the subdirectories are complete. */
		const struct node_block *block = tree_block(build->tree, dir);

		for (uint32_t i = 0, count = frame->block.dirs ? tree_count(block) : 0; i < count; i++) {
			uint64_t word = row_word(block, i);

			if (row_enters(word))
				tree_lower(build->tree, (dir_id)row_payload(word));
		}
	}
	build->depth--;
	if (build->depth)
		totals_add(&build->frames[build->depth - 1].block.totals, &frame->block.totals);
	return rc;
}

unsigned build_depth(const struct build *build)
{
	return (unsigned)build->depth;
}

struct tree *build_finish(struct build *build)
{
	while (build->depth)
		build_leave(build);
	struct tree *tree = NULL;

	if (build->failed) {
		errno = -build->failed;
	} else {
		tree_lower(build->tree, DIR_ROOT);
		tree = build->tree;
		build->tree = NULL;
	}
	int saved = errno;

	build_destroy(build);
	errno = saved;
	return tree;
}
