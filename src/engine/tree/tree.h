/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_TREE_H
#define ENGINE_TREE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/tree/node.h"

/*
 * One tree: arena, link table, file-system table, root path.  What a scan fills, an import builds, a screen reads.
 *
 * Readers (any thread, while workers fill it) call only the functions of the first part; they need no lock, but what
 * they got from a block stays valid only between tree_pin() and tree_unpin(): blocks replaced by a re-read are freed
 * once every pin older than the replacement is gone.  Colds and dir_ids stay valid for the life of the tree, unless
 * their directory is replaced by a re-read (then tree_alive() turns false).
 */

struct tree;

/** Everything a row or a directory says of itself, decoded.  For a directory: totals of the subtree. */
struct node {
	const unsigned char *name; /* raw bytes, not terminated; borrowed from the block (valid while pinned) */
	uint8_t name_length;
	enum node_type type;
	unsigned flags;     /* enum row_flag, without ROW_LINK and ROW_WIDE being of interest to anyone else */
	unsigned dir_flags; /* enum dir_flag; 0 for files */
	dir_id dir;         /* DIR_NONE for files and leaf directories */
	bool complete;      /* false: figures still climb (`~`) */
	uint64_t alloc_bytes;
	uint64_t apparent_bytes;
	uint64_t items;  /* entries below; 0 for files */
	uint64_t files;  /* of them not directories; 0 for files */
	uint32_t errors; /* unreadable at or below */
	int64_t mtime_s;
	uint64_t ino;   /* directories and ROW_LINK files; else 0 */
	uint32_t nlink; /* ROW_LINK files; else 1 */
	uint16_t fs;
};

/** Ownership, permissions; only in trees read with `extended`. */
struct node_extended {
	uint32_t uid, gid;
	uint16_t mode; /* st_mode */
	bool known;
};

/** An identity of a file system in the tree; slot 0 is the root's own. */
struct tree_fs {
	dev_t dev;
	uint64_t magic;        /* statfs f_type, 0 when unknown */
	bool remote, fleeting; /* fs_kind_is_remote(), fs_kind_is_fleeting() */
};

/* ---- readers ---- */

/**
 * Number a pin; between pin and unpin no block seen is freed.  Cheap (one atomic each); keep it shorter than a frame,
 * or for one export.
 */
unsigned tree_pin(const struct tree *tree);
void tree_unpin(const struct tree *tree, unsigned pin);

/** What no file system should do, and some do. */
enum tree_oddity {
	TREE_LISTED_TWICE,    /* a name: counted twice, as du does; the second is shown as "NAME (2)" */
	TREE_CONTAINS_ITSELF, /* a folder: not entered again */
	TREE_ODDITIES
};

/** How often it was met while the tree was read; *dir = where first. */
uint32_t tree_oddities(const struct tree *tree, enum tree_oddity oddity, dir_id *dir);

/** Absolute raw path of the root, as bytes (NUL-terminated: a path cannot hold one). */
const char *tree_root_path(const struct tree *tree);

const struct node_cold *tree_cold(const struct tree *tree, dir_id dir);

/** The directory's block, or NULL while it is not listed yet. */
const struct node_block *tree_block(const struct tree *tree, dir_id dir);

static inline uint32_t tree_count(const struct node_block *block)
{
	return atomic_load_explicit(&block->count, memory_order_acquire);
}

/** Decode row i of a block.  A deleted row has ROW_GONE. */
void tree_node(const struct tree *tree, const struct node_block *block, uint32_t i, struct node *out);

/** Decode a directory itself; the root's name is its whole path (name_length is then 0: use tree_root_path()). */
void tree_dir_node(const struct tree *tree, dir_id dir, struct node *out);

/** Row of a name in a directory, or -1.  Linear in the block. */
int64_t tree_find(const struct tree *tree, dir_id dir, const void *name, size_t length);

/** Directory at a path relative to the root ("" = root), or DIR_NONE. */
dir_id tree_lookup(const struct tree *tree, const char *relative, size_t length);

/** Append the absolute path of a directory. */
int tree_path(const struct tree *tree, dir_id dir, struct buf *out);

/** Append the path relative to the root, without a leading slash ("" for the root). */
int tree_relative(const struct tree *tree, dir_id dir, struct buf *out);

/** The same as the file system has the names (unique.c). */
int tree_place(const struct tree *tree, dir_id dir, struct buf *out);

/** Length of a directory's name as its file system has it. */
size_t tree_disk_length(const struct tree *tree, dir_id dir, const unsigned char *name, size_t length);

/** Has this dir_id not been replaced by a re-read? */
bool tree_alive(const struct tree *tree, dir_id dir);

/** Complete: it and everything below has been read; acquire, so its totals may then be read as final. */
bool tree_complete(const struct tree *tree, dir_id dir);

/** Allocated bytes of the directory's own inode plus its direct non-directories, each linked inode once. */
uint64_t tree_direct_bytes(const struct tree *tree, dir_id dir);

/**
 * The entries of a directory that have no rows, though they count: those that are not subdirectories, where a warm scan
 * without rows (scan.h) took a folder for what it was.  NULL for every other directory.  Who shows, exports or changes
 * a tree never meets one.
 */
struct tree_rest {
	uint64_t alloc_bytes, apparent_bytes;
	uint32_t entries;
	uint32_t newest; /* image.h */
};
const struct tree_rest *tree_rest(const struct tree *tree, dir_id dir);

/** Fingerprint of a complete directory (fingerprint.h), two 64-bit halves. */
void tree_fingerprint(const struct tree *tree, dir_id dir, uint64_t out[2]);

/**
 * Shared bytes (allocated, apparent): inodes below with links outside.  Known only after tree_compute_shared(): false
 * before.
 */
bool tree_shared(const struct tree *tree, dir_id dir, uint64_t *alloc_bytes, uint64_t *apparent_bytes);

/** Is there any hard link in the tree? (else nothing is shared anywhere) */
bool tree_has_links(const struct tree *tree);

/** Extended data of row i; known = false without it. */
void tree_extended(const struct tree *tree, const struct node_block *block, uint32_t i, struct node_extended *out);
void tree_extended_root(const struct tree *tree, struct node_extended *out);

size_t tree_fs_count(const struct tree *tree);
struct tree_fs tree_fs(const struct tree *tree, uint16_t slot);

/** Highest dir_id in use plus one: for side arrays. */
dir_id tree_dir_limit(const struct tree *tree);

/* ---- the owner ---- */

/** Root path is copied.  NULL + errno (ENOMEM also when no address range could be reserved). */
struct tree *tree_create(const char *root_path);
void tree_destroy(struct tree *tree);

/**
 * Fingerprints of a complete tree follow its changes lazily: work out those of all directories that changed, and of
 * their ancestors, before anyone asks for them (a snapshot, an image).  Thread: the owner, or whoever holds the
 * watcher.  Cheap when nothing changed.
 */
void tree_sum(struct tree *tree);

/**
 * Of a complete tree that is a copy: its directories are to be known by their names alone, as those of a listing.  The
 * inodes of files stay: they tell which of them are one.  Thread: the owner.
 */
void tree_forget_identities(struct tree *tree);

/**
 * After a scan is complete: fill the table of shared bytes.  Linear in the links.  One thread, readers may read on.  0
 * or -ENOMEM.
 */
int tree_compute_shared(struct tree *tree);

#endif
