/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MOVES_H
#define UI_MOVES_H

#include "engine/image.h"
#include "engine/tree.h"

/* Where a folder that is new at its place was before: the directories of an image by identity.  Immutable; any thread reads. */
struct moves;

/** One pass over the image, which is borrowed.  NULL + errno. */
struct moves *moves_create(const struct image *image);
void moves_destroy(struct moves *moves);

const struct image *moves_image(const struct moves *moves);

/** The remembered directory that a live one is by inode and birth time (or, where that is unknown, time of change or name), or IMAGE_NONE. */
uint32_t moves_find(const struct moves *moves, const struct node_cold *dir, const void *name, size_t length);

#endif
