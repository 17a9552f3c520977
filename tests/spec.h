/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SPEC_H
#define TESTS_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/tree/build.h"
#include "engine/image/image.h"
#include "engine/tree/tree.h"

/*
 * Random trees as plain lists, with figures summed the slow and obvious way: what the engine's trees, images and growth
 * are compared with.
 * Failures end the test program by assertion.
 */

struct spec_node {
	int parent;           /* index of a directory before it; -1 for the root, node 0 */
	char name[32];
	enum node_type type;
	unsigned flags;       /* ROW_LEAF flags */
	unsigned dir_flags;   /* enum dir_flag */
	uint64_t alloc_bytes, apparent_bytes, ino;
	uint32_t nlink;
	int64_t mtime_ns, birth_ns;
	bool gone;            /* neither it nor anything below is there */
};

struct spec {
	struct spec_node *nodes;
	int count, capacity;
	uint64_t next_ino;
	uint64_t seed;
};

enum spec_kind {
	SPEC_LINKS = 1 << 0,   /* some files have several names */
	SPEC_ERRORS = 1 << 1,  /* unreadable directories and entries, leaf directories */
	SPEC_MOUNTS = 1 << 2,  /* entered mounts */
};

struct spec_sums {
	uint64_t alloc_bytes, apparent_bytes, items, files;
	uint64_t direct_bytes; /* own and direct files, each linked inode once */
	uint32_t errors, child_count;
};

uint64_t spec_random(struct spec *spec, uint64_t below);

/** A root and about `size` more nodes. */
void spec_init(struct spec *spec, uint64_t seed, int size, unsigned kinds);
void spec_copy(struct spec *to, const struct spec *from);
void spec_free(struct spec *spec);

int spec_add(struct spec *spec, int parent, const char *name, enum node_type type);

/**
 * `changes` random ones: files grow, shrink, come and go, directories come, go, are replaced by others of the same
 * name, lose their readability.
 */
void spec_mutate(struct spec *spec, int changes, unsigned kinds);

/** Is it there, all its ancestors too? */
bool spec_there(const struct spec *spec, int node);
/** A directory that has a NodeCold. */
bool spec_is_dir(const struct spec *spec, int node);
bool spec_below(const struct spec *spec, int node, int ancestor); /* or the same */

void spec_sums(const struct spec *spec, int dir, struct spec_sums *out);
/** Path relative to the root, in a static buffer. */
const char *spec_path(const struct spec *spec, int node);

/** Build it, siblings in an order that depends on `shuffle`. */
struct tree *spec_tree(const struct spec *spec, uint64_t shuffle);

/** Its node at a path, or -1. */
int spec_find(const struct spec *spec, const char *path);

#endif
