/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t step(uint64_t *seed)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

uint64_t spec_random(struct spec *spec, uint64_t below)
{
	return step(&spec->seed) % below;
}

int spec_add(struct spec *spec, int parent, const char *name, enum node_type type)
{
	if (spec->count == spec->capacity) {
		spec->capacity = spec->capacity ? spec->capacity * 2 : 64;
		spec->nodes = realloc(spec->nodes, (size_t)spec->capacity * sizeof(*spec->nodes));
		assert(spec->nodes);
	}
	struct spec_node *node = &spec->nodes[spec->count];

	memset(node, 0, sizeof(*node));
	node->parent = parent;
	snprintf(node->name, sizeof(node->name), "%s", name);
	node->type = type;
	node->ino = spec->next_ino++;
	node->nlink = 1;
	node->alloc_bytes = type == NODE_DIR ? 4096 : 0;
	node->apparent_bytes = type == NODE_DIR ? 4096 : 0;
	node->mtime_ns = 1000000000ll * (int64_t)(node->ino + 1000);
	node->birth_ns = node->mtime_ns - 7;
	return spec->count++;
}

/** Give a file figures: small, sparse, preallocated or huge. */
static void size_file(struct spec *spec, struct spec_node *node)
{
	node->apparent_bytes = spec_random(spec, 4) ? spec_random(spec, 100000) : spec_random(spec, 1) << 37;
	node->alloc_bytes = (node->apparent_bytes + 4095) / 4096 * 4096;
	switch (spec_random(spec, 16)) {
	case 0:
		node->apparent_bytes += UINT64_C(1) << 40; /* sparse, too large for a row */
		break;
	case 1:
		node->alloc_bytes += UINT64_C(1) << 30; /* preallocated */
		break;
	case 2:
		node->alloc_bytes = 0;
		break;
	}
	node->mtime_ns += 1000000000ll * (int64_t)spec_random(spec, 1000);
}

static int random_dir(struct spec *spec)
{
	for (;;) {
		int node = (int)spec_random(spec, (uint64_t)spec->count);

		if (spec_is_dir(spec, node) && spec_there(spec, node))
			return node;
	}
}

static void add_random(struct spec *spec, unsigned kinds)
{
	static const char *const letters = "abcdefgh-!z";
	int parent = random_dir(spec);
	char name[32];
	unsigned n = 1 + (unsigned)spec_random(spec, 3);

	for (unsigned i = 0; i < n; i++)
		name[i] = letters[spec_random(spec, 11)];
	if (spec_random(spec, 4) == 0)
		n += (unsigned)snprintf(name + n, sizeof(name) - n, "%s", "-a-longer-name");
	name[n] = '\0';
	for (int i = 1; i < spec->count; i++)
		if (spec->nodes[i].parent == parent && !spec->nodes[i].gone && strcmp(spec->nodes[i].name, name) == 0)
			return;
	bool dir = spec_random(spec, 3) == 0;
	int added = spec_add(spec, parent, name, dir ? NODE_DIR : spec_random(spec, 10) ? NODE_REG : NODE_SYMLINK);
	struct spec_node *node = &spec->nodes[added];

	if (!dir)
		size_file(spec, node);
	if (dir && (kinds & SPEC_MOUNTS) && spec_random(spec, 12) == 0)
		node->dir_flags |= DIR_MOUNT;
	if (kinds & SPEC_ERRORS && spec_random(spec, 12) == 0) {
		if (dir && spec_random(spec, 2)) {
			node->dir_flags |= DIR_READ_ERROR;
		} else {
			static const unsigned flags[] = { ROW_ERROR, ROW_EXCLUDED, ROW_OTHERFS, ROW_KERNFS };

			node->flags = dir ? flags[spec_random(spec, 4)] : flags[spec_random(spec, 2)];
		}
	}
	if (!dir && !node->flags && kinds & SPEC_LINKS && spec_random(spec, 3) == 0) {
		/* Another name of an earlier file, when there is a fit one. */
		for (int tries = 0; tries < 20; tries++) {
			struct spec_node *other = &spec->nodes[spec_random(spec, (uint64_t)spec->count - 1)];

			if (other->type == NODE_DIR || other->flags)
				continue;
			node->type = other->type;
			node->ino = other->ino;
			node->alloc_bytes = other->alloc_bytes;
			node->apparent_bytes = other->apparent_bytes;
			for (int i = 0; i < spec->count; i++)
				if (spec->nodes[i].type != NODE_DIR && spec->nodes[i].ino == node->ino)
					spec->nodes[i].nlink = 100; /* the same in every name; links outside too */
			break;
		}
	}
}

void spec_init(struct spec *spec, uint64_t seed, int size, unsigned kinds)
{
	memset(spec, 0, sizeof(*spec));
	spec->seed = seed;
	spec->next_ino = 2;
	spec_add(spec, -1, "", NODE_DIR);
	for (int i = 0; i < size; i++)
		add_random(spec, kinds);
}

void spec_copy(struct spec *to, const struct spec *from)
{
	*to = *from;
	to->nodes = malloc((size_t)from->capacity * sizeof(*to->nodes));
	assert(to->nodes);
	memcpy(to->nodes, from->nodes, (size_t)from->count * sizeof(*to->nodes));
}

void spec_free(struct spec *spec)
{
	free(spec->nodes);
	memset(spec, 0, sizeof(*spec));
}

void spec_mutate(struct spec *spec, int changes, unsigned kinds)
{
	for (int i = 0; i < changes; i++) {
		int n = (int)spec_random(spec, (uint64_t)spec->count);
		struct spec_node *node = &spec->nodes[n];

		if (n == 0 || !spec_there(spec, n) || spec_random(spec, 3) == 0) {
			add_random(spec, kinds);
		} else if (node->type != NODE_DIR) {
			if (spec_random(spec, 3) == 0)
				node->gone = true;
			else if (!node->flags && node->nlink == 1)
				size_file(spec, node);
		} else if (spec_random(spec, 4) == 0) {
			char name[32];
			int parent = node->parent;

			strcpy(name, node->name);
			node->gone = true;
			if (spec_random(spec, 2)) /* another directory under its name, or a file */
				spec_add(spec, parent, name, spec_random(spec, 3) ? NODE_DIR : NODE_REG);
		} else if (kinds & SPEC_ERRORS && spec_random(spec, 3) == 0) {
			node->dir_flags ^= DIR_READ_ERROR;
		} else if (kinds & SPEC_MOUNTS && spec_random(spec, 4) == 0) {
			node->dir_flags ^= DIR_MOUNT;
		} else if (kinds & SPEC_ERRORS && spec_random(spec, 6) == 0) {
			/* Shown, not entered any more (or again): below nothing is there, or it was never gone. */
			node->flags = node->flags ? 0 : ROW_OTHERFS;
		} else {
			node->alloc_bytes += 4096;
			node->apparent_bytes += 4096;
		}
	}
}

bool spec_is_dir(const struct spec *spec, int node)
{
	return spec->nodes[node].type == NODE_DIR && !(spec->nodes[node].flags & ROW_LEAF);
}

bool spec_there(const struct spec *spec, int node)
{
	if (spec->nodes[node].gone)
		return false;
	for (int at = spec->nodes[node].parent; at >= 0; at = spec->nodes[at].parent)
		if (spec->nodes[at].gone || !spec_is_dir(spec, at))
			return false;
	return true;
}

bool spec_below(const struct spec *spec, int node, int ancestor)
{
	while (node >= 0 && node != ancestor)
		node = spec->nodes[node].parent;
	return node == ancestor;
}

void spec_sums(const struct spec *spec, int dir, struct spec_sums *out)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < spec->count; i++) {
		const struct spec_node *node = &spec->nodes[i];
		bool direct = i == dir || node->parent == dir;

		if (!spec_there(spec, i) || !spec_below(spec, i, dir))
			continue;
		if (i != dir) {
			out->items++;
			out->files += node->type != NODE_DIR;
			out->child_count += node->parent == dir;
		}
		out->errors += (node->flags & ROW_ERROR) != 0;
		out->errors += spec_is_dir(spec, i) && node->dir_flags & DIR_READ_ERROR;
		if (node->flags & ROW_LEAF)
			continue;
		bool counted = false, counted_direct = false;

		if (node->nlink > 1) {
			for (int j = 0; j < i; j++) {
				const struct spec_node *other = &spec->nodes[j];

				if (other->type == NODE_DIR || other->flags || other->ino != node->ino ||
				    !spec_there(spec, j) || !spec_below(spec, j, dir))
					continue;
				counted = true;
				counted_direct |= other->parent == dir;
			}
		}
		if (!counted) {
			out->alloc_bytes += node->alloc_bytes;
			out->apparent_bytes += node->apparent_bytes;
		}
		if (direct && !counted_direct && (i == dir || node->type != NODE_DIR))
			out->direct_bytes += node->alloc_bytes;
	}
}

const char *spec_path(const struct spec *spec, int node)
{
	static char path[4096];
	size_t at = sizeof(path) - 1;

	path[at] = '\0';
	for (; node > 0; node = spec->nodes[node].parent) {
		size_t length = strlen(spec->nodes[node].name);

		if (path[at])
			path[--at] = '/';
		assert(at > length);
		at -= length;
		memcpy(path + at, spec->nodes[node].name, length);
	}
	return path + at;
}

int spec_find(const struct spec *spec, const char *path)
{
	for (int i = 0; i < spec->count; i++)
		if (spec_there(spec, i) && strcmp(spec_path(spec, i), path) == 0)
			return i;
	return -1;
}

static void entry_of(const struct spec_node *node, struct build_entry *entry)
{
	*entry = (struct build_entry){
		.name = node->name,
		.name_length = strlen(node->name),
		.type = node->type,
		.flags = node->flags,
		.dir_flags = node->dir_flags,
		.alloc_bytes = node->alloc_bytes,
		.apparent_bytes = node->apparent_bytes,
		.mtime_ns = node->mtime_ns,
		.ctime_ns = node->mtime_ns,
		.birth_ns = node->birth_ns,
		.ino = node->ino,
		.nlink = node->nlink,
		.dev = 5,
	};
}

static void build_below(const struct spec *spec, struct build *build, int dir, uint64_t *shuffle)
{
	int *children = malloc((size_t)spec->count * sizeof(int)), count = 0;

	assert(children);
	for (int i = 1; i < spec->count; i++)
		if (spec->nodes[i].parent == dir && !spec->nodes[i].gone)
			children[count++] = i;
	for (int i = count - 1; i > 0; i--) {
		int j = (int)(step(shuffle) % (uint64_t)(i + 1)), swap = children[i];

		children[i] = children[j];
		children[j] = swap;
	}
	for (int i = 0; i < count; i++) {
		struct build_entry entry;
		int rc;

		entry_of(&spec->nodes[children[i]], &entry);
		if (spec_is_dir(spec, children[i])) {
			rc = build_enter(build, &entry);
			assert(!rc);
			build_below(spec, build, children[i], shuffle);
			rc = build_leave(build);
		} else {
			rc = build_file(build, &entry);
		}
		assert(!rc);
		(void)rc;
	}
	free(children);
}

struct tree *spec_tree(const struct spec *spec, uint64_t shuffle)
{
	struct build_entry root;

	entry_of(&spec->nodes[0], &root);
	struct build *build = build_create("/spec", &root);

	assert(build);
	build_below(spec, build, 0, &shuffle);
	struct tree *tree = build_finish(build);

	assert(tree);
	return tree;
}
