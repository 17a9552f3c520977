/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REMOVE_CHOICE_H
#define ENGINE_REMOVE_CHOICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/buf.h"
#include "base/figure.h"
#include "base/hash.h"
#include "engine/tree/tree.h"

/*
 * What a person chose to delete, written down when it is shown: every folder by its identity, every name in it, and
 * when that was.  What is deleted later is what stands here and nothing else: not what was moved or made there since,
 * not what the scan left out, nothing behind a mount.
 *
 * A plain file has no inode in the tree: the folders are listed once more for them (choice_list()).  It is known by its
 * folder, name and inode, and must not have been born since, as inodes are used again.
 * The chosen entries themselves are looked at on the disk: device, inode and birth time.
 */

#define CHOICE_NONE UINT32_MAX

/** A folder that was chosen, or lies in one; or (`place`) one that only holds what was chosen. */
struct choice_dir {
	uint64_t ino;
	dev_t dev;
	uint32_t birth;             /* node_fold_time(), 0 = unknown */
	uint32_t parent;            /* CHOICE_NONE: of a place, and of a chosen one */
	uint32_t names, name_count; /* in choice.names: what is no folder, sorted hashes */
	bool fleeting;              /* its inode says nothing */
	dir_id dir;                 /* in the tree, when it was chosen */
};

/** An entry that was chosen. */
struct choice_item {
	uint32_t place;        /* the folder that it lies in */
	uint32_t dir;          /* a folder's own; CHOICE_NONE: no folder */
	char *name;            /* raw, as the tree has it */
	char *path;            /* absolute, raw */
	uint64_t bytes, items; /* as shown: allocated; entries below */
	/* on the disk, when it was chosen */
	dev_t dev;
	uint64_t ino;
	struct statx_timestamp born; /* 0.0 = unknown */
	struct statx_timestamp modified;
	uint64_t size;
	uint32_t nlink;
	uint16_t mode;
	int rc; /* why it could not be looked at, 0 = it could */
};

/** A file with several names, some of them chosen. */
struct choice_link {
	uint64_t ino, bytes;
	uint32_t nlink, names;
	uint16_t fs;
};

/** A file that is large enough for its extents to be looked at. */
struct choice_large {
	uint32_t dir; /* of a choice_dir: where it lies */
	uint64_t bytes;
	char *name;
};

struct choice {
	const struct tree *tree; /* borrowed */
	int root;                /* its root, open */
	int64_t taken_ns;        /* wall clock: what was born later was not chosen */
	struct choice_item *items;
	size_t item_count;
	struct choice_dir *dirs;
	size_t dir_count;
	uint32_t *names;
	uint32_t *inodes; /* of each name, folded; 0 = not seen on the disk, or deleted by now */
	size_t name_count;
	struct hash by_name; /* folders, by the folder that they lie in and their name */
	struct choice_link *links;
	size_t link_count;
	struct choice_large *large;
	size_t large_count;
	uint64_t entries;   /* all that is to go */
	uint64_t bytes;     /* allocated in them, each inode once */
	uint64_t elsewhere; /* of them what has names elsewhere */
	uint64_t left_out;  /* entries that the scan left out or could not look at, and mounts: they stay */
	size_t dir_capacity, name_capacity, link_capacity, large_capacity;
	struct hash by_link;
};

/** What to choose: entries of live folders. */
struct choice_name {
	dir_id dir;
	const void *name;
	size_t length;
};

/**
 * Write a choice down.  Entries that are gone, or lie in others of them, are not in it.  One pass over all that was
 * chosen, under a pin, while the tree stands still: for a thread of its own, which `cancel` (may be NULL) ends early.
 * 0, -ECANCELED, -ENOENT (nothing is left of it) or -errno (the root cannot be opened).
 */
int choice_create(const struct tree *tree, const struct choice_name *names, size_t count, const atomic_bool *cancel,
                  struct choice **out);
void choice_destroy(struct choice *choice);

/**
 * Look up the inodes of all names, one pass over the folders on the disk: before anything is deleted.  For a thread of
 * its own.  0, -ECANCELED or -ENOMEM.
 */
int choice_list(struct choice *choice, const atomic_bool *cancel);

/**
 * Where in `names` a file, or whatever is no folder, of a folder of the choice stands that has this name and was this
 * inode; CHOICE_NONE = it was not chosen.
 */
uint32_t choice_find_name(const struct choice *choice, uint32_t dir, const void *name, size_t length, uint64_t ino);

/** It is deleted: whatever takes its name now was not chosen.  Thread: whoever works on its folder. */
static inline void choice_forget_name(struct choice *choice, uint32_t at)
{
	choice->inodes[at] = 0;
}

/** The folder in `parent` with this name and identity, or CHOICE_NONE. */
uint32_t choice_find_dir(const struct choice *choice, uint32_t parent, const void *name, size_t length,
                         const struct statx *st);

/** Is it the folder that was chosen? */
bool choice_is_dir(const struct choice_dir *dir, const struct statx *st);

/** Is it the entry that was chosen?  A file that is written to stays the same. */
bool choice_is_item(const struct choice *choice, const struct choice_item *item, const struct statx *st);

/** Was it born after it was chosen? */
bool choice_came_since(const struct choice *choice, const struct statx *st);

/** What all of that is read from. */
#define CHOICE_STATX                                                                                                   \
	(STATX_TYPE | STATX_MODE | STATX_INO | STATX_NLINK | STATX_SIZE | STATX_BLOCKS | STATX_MTIME | STATX_CTIME |   \
	 STATX_BTIME)

/** Open a folder in an open one: never through a link, never across a mount.  Or -errno; -EXDEV: a mount. */
int choice_open_below(int parent, const char *name);

/** Open a place, or any folder of the choice that is still in the tree: only the one that was chosen.  Or -errno. */
int choice_open(const struct choice *choice, uint32_t dir);

static inline dev_t choice_dev(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

#endif
