/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_IMAGE_IMAGE_H
#define ENGINE_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "engine/tree/node.h"

/*
 * A remembered tree, read-only: directories in preorder, siblings sorted by the bytes of their names (memcmp, shorter
 * first), so that a subtree is the range [i, end[i]) and a path is found by binary searches.  Parallel arrays: the same
 * layout whether they were built from a snapshot, from a live tree, or lie in a mapped index file.  Immutable; any
 * number of threads read.
 * Files are not in it: they come from the snapshot's file lists (store/files/file_list.h).
 */

#define IMAGE_NONE UINT32_MAX
#define IMAGE_ROOT 0u
/**
 * Bytes of an absolute path.  Directories beyond are neither stored nor told one by one: they are folded into the last
 * one above that is.
 */
#define IMAGE_PATH_MAX 4096
#define IMAGE_LARGE_BYTES (UINT64_C(1) << 20) /* allocated: files of this size are likely to grow in place */

/** Flags of an image's directory.  Stored in snapshots: numbers never change. */
enum image_flag {
	IMAGE_READ_ERROR = 1 << 0,
	IMAGE_MOUNT = 1 << 1,
	IMAGE_CACHE = 1 << 2,
	IMAGE_TRUSTED = 1 << 3,
	IMAGE_FOLDED = 1 << 4,   /* deeper directories than can be stored are folded into this one's figures */
	IMAGE_FLEETING = 1 << 5, /* its inode says nothing: fs_kind_is_fleeting() */
};

/**
 * Can two states of a directory not be compared, its flags on both sides given (-1 where it is absent)?  Readable,
 * mounted or left out for its cache tag on one side only, or a mount that the other side does not have: then it and all
 * below it contribute 0, to its ancestors too.
 */
static inline bool image_unknown(int old_flags, int new_flags)
{
	if (old_flags < 0 || new_flags < 0)
		return (old_flags < 0 ? new_flags : old_flags) & IMAGE_MOUNT;
	return (old_flags ^ new_flags) & (IMAGE_READ_ERROR | IMAGE_MOUNT | IMAGE_CACHE);
}

struct image {
	uint32_t count;              /* directories, at least 1 */
	const uint32_t *parent;      /* parent[0] = IMAGE_NONE; else < i */
	const uint32_t *end;         /* subtree of i = [i, end[i]) */
	const uint32_t *child_first; /* count + 1: children of i = children[child_first[i] … child_first[i+1]) */
	const uint32_t *children;    /* count - 1, each range sorted by name */
	const uint32_t *name_offset; /* count + 1, into names; the root's name is empty */
	const char *names;           /* raw bytes, not terminated */
	const uint64_t *alloc_bytes; /* subtree totals; FIGURE_BEYOND as of figure.h, as is the next */
	const uint64_t *apparent_bytes;
	const uint32_t *items;
	const uint32_t *files;
	const uint64_t *own_bytes; /* own inode, allocated; NULL in a mapped index, as is the next */
	const uint64_t *own_apparent_bytes;
	const uint64_t (*fingerprint)[2];
	const uint64_t *ino;
	const int64_t *mtime_ns; /* node.h; image_mtime_s() */
	const int32_t *mtime_era;
	const uint32_t *ctime; /* node_fold_time(), 0 = unknown, as is the next */
	const uint32_t *birth;
	const uint32_t *errors; /* at or below */
	/*
	 * When the newest of its direct files was modified, Unix seconds.  0 = a warm scan has to look: it is not
	 * known, or one of them is large, linked, unreadable or a mount, or its own part cannot be told from the
	 * totals.
	 */
	const uint32_t *newest;
	const uint32_t *child_count; /* direct entries of every kind */
	const uint16_t *fs;          /* slot of the root's table of file systems */
	const uint16_t *flags;
	const uint32_t *dir;     /* dir_id of the live tree it was made from, or NULL */
	const int64_t *store_id; /* row of table `dirs`, or NULL */
	/*
	 * What a directory holds itself (own inode + direct files, allocated) is what its total has beyond its
	 * subdirectories' totals, and only where those share links, or deeper ones are folded into it, something else:
	 * by how much, of those few directories.  image_direct_bytes() works it out.
	 */
	uint32_t odd_count;
	const uint32_t *odd; /* directories, ascending */
	const int64_t *odd_bytes;
	char *root_path;     /* absolute, NUL-terminated */
	int64_t snapshot_id; /* 0 = none */
	int64_t taken_at;    /* end of the scan, Unix seconds */
	void *memory;        /* who frees it knows: image_free() calls release(image) */
	void (*release)(struct image *image);
	bool (*lost)(const struct image *image); /* NULL = its memory cannot change; see image_lost() */
};

/**
 * Has some of it gone with the file that it is mapped from?  Its shape stays whole, its figures must not be used.  Ask
 * behind the use.
 */
static inline bool image_lost(const struct image *image)
{
	return image->lost && image->lost(image);
}

void image_free(struct image *image);

/** When it was modified, Unix seconds. */
static inline int64_t image_mtime_s(const struct image *image, uint32_t i)
{
	return node_seconds(image->mtime_ns[i], image->mtime_era[i]);
}

static inline uint32_t image_name_length(const struct image *image, uint32_t i)
{
	return image->name_offset[i + 1] - image->name_offset[i];
}

static inline const char *image_name(const struct image *image, uint32_t i)
{
	return image->names + image->name_offset[i];
}

/** Child of that name, or IMAGE_NONE.  O(log children), nothing allocated. */
uint32_t image_child(const struct image *image, uint32_t dir, const void *name, size_t length);

/** The same as a position in `children`. */
uint32_t image_child_position(const struct image *image, uint32_t dir, const void *name, size_t length);

/** Directory at a path relative to the root ("" = root), or IMAGE_NONE. */
uint32_t image_lookup(const struct image *image, const char *relative, size_t length);

/** Append the path relative to the root, without a leading slash. */
int image_relative(const struct image *image, uint32_t dir, struct buf *out);

unsigned image_depth(const struct image *image, uint32_t dir);

/** Of a directory, if it is one of `odd`; else 0. */
int64_t image_odd_bytes(const struct image *image, uint32_t dir);

/** Own inode and direct files, allocated.  O(children). */
uint64_t image_direct_bytes(const struct image *image, uint32_t dir);

/* ---- making one of records (image_builder.c): rows of a snapshot, an overlay merged into an index ---- */

/** One directory given to the builder. */
struct image_record {
	const char *path; /* relative to the root, no leading slash; "" is the root */
	size_t length;
	uint64_t alloc_bytes, apparent_bytes, items, files, direct_bytes, own_bytes, own_apparent_bytes;
	uint64_t fingerprint[2];
	uint64_t ino;
	int64_t mtime_ns;
	int32_t mtime_era;
	uint32_t ctime, birth; /* node_fold_time() */
	uint32_t errors, child_count;
	uint16_t fs, flags;
	int64_t store_id;
};

struct image_builder;

/**
 * For records in any order (nearly sorted is fastest).  Every directory's parent must come too, the root among them.
 */
struct image_builder *image_builder_create(const char *root_path, size_t expected);
/** 0, -ENOMEM, or -EOVERFLOW: more directories, entries or bytes of names than 32 bits count. */
int image_builder_add(struct image_builder *builder, const struct image_record *record);
/** The records' direct_bytes are not known, only what image_odd_bytes() is to say of each: it stands in their place. */
void image_builder_take_odd(struct image_builder *builder);
/**
 * The finished image, or NULL + errno (EINVAL: an orphan, a duplicate, no root; EOVERFLOW).  The builder is destroyed
 * either way.
 */
struct image *image_builder_finish(struct image_builder *builder);
void image_builder_destroy(struct image_builder *builder);

/* ---- image_from_tree.c ---- */

struct tree;

/**
 * The directories of a complete tree.  Reads under a pin; NULL + errno (EAGAIN: not complete; EOVERFLOW as above;
 * ENOMEM).
 */
struct image *image_from_tree(const struct tree *tree);

#endif
