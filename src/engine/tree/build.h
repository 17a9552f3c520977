/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_TREE_BUILD_H
#define ENGINE_TREE_BUILD_H

#include "engine/tree/tree.h"

/*
 * Building a tree from a listing instead of a disk: imports and tests.  Depth-first: enter, files and subdirectories,
 * leave.
 * One thread.  The result is the same tree a scan would have made of the same entries: totals, links, fingerprints.
 */
struct build;

struct build_entry {
	const void *name;
	size_t name_length; /* 1…255 */
	enum node_type type;
	unsigned flags;                       /* ROW_ERROR, ROW_EXCLUDED, ROW_OTHERFS, ROW_KERNFS */
	unsigned dir_flags;                   /* enum dir_flag, of a directory that is entered */
	uint64_t alloc_bytes, apparent_bytes; /* own figures */
	int64_t mtime_ns, ctime_ns, birth_ns;
	int32_t mtime_era; /* node.h */
	uint64_t ino;
	uint32_t nlink; /* of a file; 1 = not linked */
	dev_t dev;
	struct node_extended extended;
};

struct build *build_create(const char *root_path, const struct build_entry *root);

/** A name may come twice (unique.c).  -EINVAL on a bad one ("", ".", "..", a slash, a NUL, over 255 bytes), -ENOMEM. */
int build_file(struct build *build, const struct build_entry *entry); /* also leaf directories */
int build_enter(struct build *build, const struct build_entry *entry);
int build_leave(struct build *build);

/** Current depth (root open = 1). */
unsigned build_depth(const struct build *build);

/** Closes what is open; NULL + errno on failure.  The builder is gone either way. */
struct tree *build_finish(struct build *build);
void build_destroy(struct build *build);

#endif
