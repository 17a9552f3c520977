/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/identity.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/tree_state.h"

/* ---- the rule ---- */

struct identity identity_remembered(const struct image *image, uint32_t dir)
{
	return (struct identity){
		.ino = image->ino[dir],
		.mtime_ns = image->mtime_ns[dir],
		.birth = image->birth[dir],
		.fs = image->fs[dir],
		.is_mount = image->flags[dir] & IMAGE_MOUNT,
		.is_fleeting = image->flags[dir] & IMAGE_FLEETING,
		.name = image_name(image, dir),
		.name_length = (uint8_t)image_name_length(image, dir),
	};
}

struct identity identity_live(const struct tree *tree, dir_id dir)
{
	const struct node_cold *cold = tree_cold(tree, dir);
	struct node node;

	tree_dir_node(tree, dir, &node);
	return (struct identity){
		.ino = cold->ino,
		.mtime_ns = __atomic_load_n(&cold->mtime_ns, __ATOMIC_RELAXED),
		.birth = cold->birth,
		.fs = cold->fs,
		.is_mount = node.dir_flags & DIR_MOUNT,
		.is_fleeting = tree_fs(tree, cold->fs).fleeting,
		.name = node.name,
		.name_length = node.name_length,
	};
}

bool identity_same(const struct identity *a, const struct identity *b)
{
	if (!a->ino || a->ino != b->ino || a->fs != b->fs)
		return false;
	if (a->birth && b->birth)
		return a->birth == b->birth;
	return a->mtime_ns == b->mtime_ns ||
	       (a->name_length == b->name_length && !memcmp(a->name, b->name, a->name_length));
}

bool identity_differs(const struct identity *a, const struct identity *b)
{
	if (a->is_mount != b->is_mount || a->is_fleeting || b->is_fleeting)
		return false;
	return (a->ino && b->ino && a->ino != b->ino) || (a->birth && b->birth && a->birth != b->birth);
}

/* ---- all of an image ---- */

struct identities {
	const struct image *image;
	size_t mask;
	/* directory + 1 by a hash of its inode, linear probing; 0 = free.  Several may have the same */
	uint32_t slots[];
};

static size_t home(const struct identities *identities, uint64_t ino)
{
	return (size_t)((ino * 0x9e3779b97f4a7c15u) >> 20) & identities->mask;
}

struct identities *identities_create(const struct image *image)
{
	size_t size = 16;

	while (size < (size_t)image->count * 2)
		size *= 2;
	struct identities *identities = alloc_array(1, sizeof(*identities) + size * sizeof(identities->slots[0]));

	if (!identities)
		return NULL;
	identities->image = image;
	identities->mask = size - 1;
	for (uint32_t i = 0; i < image->count; i++) {
		size_t at = home(identities, image->ino[i]);

		if (!image->ino[i])
			continue;
		while (identities->slots[at])
			at = (at + 1) & identities->mask;
		identities->slots[at] = i + 1;
	}
	return identities;
}

void identities_destroy(struct identities *identities)
{
	free(identities);
}

const struct image *identities_image(const struct identities *identities)
{
	return identities->image;
}

uint32_t identities_find(const struct identities *identities, const struct identity *identity)
{
	uint32_t found = IMAGE_NONE;

	if (!identity->ino || identity->is_fleeting)
		return IMAGE_NONE;
	for (size_t at = home(identities, identity->ino); identities->slots[at]; at = (at + 1) & identities->mask) {
		struct identity was = identity_remembered(identities->image, identities->slots[at] - 1);

		if (!identity_same(&was, identity))
			continue;
		if (found != IMAGE_NONE)
			return IMAGE_NONE;
		found = identities->slots[at] - 1;
	}
	return found;
}

uint32_t identities_find_live(const struct identities *identities, const struct tree *tree, dir_id dir)
{
	unsigned pin = tree_pin(tree);
	struct identity identity = identity_live(tree, dir);
	uint32_t found = identities_find(identities, &identity);

	tree_unpin(tree, pin);
	return found;
}
