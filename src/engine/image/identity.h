/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_IMAGE_IDENTITY_H
#define ENGINE_IMAGE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/image/image.h"
#include "engine/tree/tree.h"

/*
 * Is this the directory that was remembered?  The one rule for rows, diffs and followers.
 *
 * Identity is file system, inode and birth time; where either has no birth time, also the same time of change or the
 * same name, since inodes are used again at once.  An inode 0 is unknown (imports).  Two of one identity prove nothing.
 */
struct identity {
	uint64_t ino;
	int64_t mtime_ns;
	uint32_t birth; /* node_fold_time(), 0 = unknown */
	uint16_t fs;    /* slot */
	uint8_t name_length;
	bool is_mount;
	bool is_fleeting; /* of a file system that gives another inode now and then: nothing is told from it */
	const void *name;
};

struct identity identity_remembered(const struct image *image, uint32_t dir);

/** Of a directory of a tree; its name is valid while the caller holds a pin. */
struct identity identity_live(const struct tree *tree, dir_id dir);

/** Wherever they lie: surely one and the same? */
bool identity_same(const struct identity *a, const struct identity *b);

/** At one place: surely another one?  What was mounted on a directory, or went from it, leaves it there. */
bool identity_differs(const struct identity *a, const struct identity *b);

/** The remembered directories by identity.  Immutable; any thread reads. */
struct identities;

/** One pass over the image, which is borrowed.  NULL + errno. */
struct identities *identities_create(const struct image *image);
void identities_destroy(struct identities *identities);
const struct image *identities_image(const struct identities *identities);

/** The one remembered directory that this is, or IMAGE_NONE; that, too, where inodes are fleeting. */
uint32_t identities_find(const struct identities *identities, const struct identity *identity);

/** Where a live directory was.  Takes a pin. */
uint32_t identities_find_live(const struct identities *identities, const struct tree *tree, dir_id dir);

#endif
