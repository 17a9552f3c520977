/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store_model.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/tree/build.h"
#include "engine/image/image.h"
#include "store/files/file_list.h"

uint64_t model_random(struct model *model)
{
	uint64_t x = model->seed;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return model->seed = x;
}

static uint64_t below(struct model *model, uint64_t n)
{
	return (model_random(model) >> 11) % n;
}

void model_begin(struct model *model, uint64_t seed, const char *root)
{
	*model = (struct model){.seed = seed * 0x9e3779b97f4a7c15 + 1, .next_ino = 2, .root = root};
	model_add(model, -1, "", true);
}

void model_end(struct model *model)
{
	free(model->nodes);
	model->nodes = NULL;
}

int model_add(struct model *model, int parent, const char *name, bool is_dir)
{
	if (model->count == model->capacity) {
		model->capacity = model->capacity ? model->capacity * 2 : 64;
		model->nodes = realloc(model->nodes, (size_t)model->capacity * sizeof(*model->nodes));
		cr_assert(model->nodes);
	}
	struct model_node *node = &model->nodes[model->count];

	*node = (struct model_node){.parent = parent,
	                            .alive = true,
	                            .is_dir = is_dir,
	                            .ino = model->next_ino++,
	                            .nlink = 1,
	                            .mtime_s = 1600000000 + (int64_t)below(model, 1000000)};
	snprintf(node->name, sizeof(node->name), "%s", name);
	if (is_dir)
		node->alloc_bytes = node->apparent_bytes = 4096;
	return model->count++;
}

int model_file(struct model *model, int parent, const char *name, uint64_t bytes)
{
	int i = model_add(model, parent, name, false);

	model->nodes[i].apparent_bytes = bytes;
	model->nodes[i].alloc_bytes = (bytes + 4095) / 4096 * 4096;
	return i;
}

static int find_child(const struct model *model, int parent, const char *name)
{
	for (int i = 0; i < model->count; i++)
		if (model->nodes[i].alive && model->nodes[i].parent == parent && !strcmp(model->nodes[i].name, name))
			return i;
	return -1;
}

/* A living node of that kind; -1 when a few throws find none. */
static int pick(struct model *model, bool is_dir)
{
	for (int tries = 0; tries < 50; tries++) {
		int i = (int)below(model, (uint64_t)model->count);

		if (model->nodes[i].alive && model->nodes[i].is_dir == is_dir && !model->nodes[i].flags)
			return i;
	}
	return is_dir ? 0 : -1;
}

/* Names that sort in every possible way around each other. */
static void new_name(struct model *model, int parent, char *name, size_t size)
{
	static const char *const stems[] = {"a",        "a-b",      "ab",  "a.b", "A",  "lib", "lib-x",
	                                    "\xff\xfe", "\xc3\xa9", "x\n", " ",   "zz", "0",   "a b"};

	do {
		unsigned stem = (unsigned)below(model, sizeof(stems) / sizeof(*stems));

		if (below(model, 3))
			snprintf(name, size, "%s%" PRIu64, stems[stem], below(model, 200));
		else
			snprintf(name, size, "%s", stems[stem]);
	} while (find_child(model, parent, name) >= 0);
}

static int random_file(struct model *model, int parent)
{
	char name[64];

	new_name(model, parent, name, sizeof(name));
	int i = model_file(model, parent, name, below(model, 300000));
	struct model_node *node = &model->nodes[i];

	if (!below(model, 8))
		node->alloc_bytes = below(model, 100) * 512; /* sparse */
	if (!below(model, 20))
		node->alloc_bytes = below(model, 100000); /* of an import: no blocks */
	if (!below(model, 15)) {
		node->flags = below(model, 2) ? ROW_EXCLUDED : ROW_OTHERFS;
		node->is_dir = node->flags == ROW_OTHERFS;
		node->alloc_bytes = node->apparent_bytes = 0;
	}
	return i;
}

void model_grow(struct model *model, int dirs, int files)
{
	char name[64];

	for (int i = 0; i < dirs; i++) {
		int parent = pick(model, true);

		new_name(model, parent, name, sizeof(name));
		model_add(model, parent, name, true);
	}
	for (int i = 0; i < files; i++)
		random_file(model, pick(model, true));
}

static bool is_below(const struct model *model, int node, int ancestor)
{
	for (; node >= 0; node = model->nodes[node].parent)
		if (node == ancestor)
			return true;
	return false;
}

static void kill_tree(struct model *model, int root)
{
	for (int i = 0; i < model->count; i++)
		if (is_below(model, i, root))
			model->nodes[i].alive = false;
}

static void change_dir(struct model *model, int dir)
{
	struct model_node *node = &model->nodes[dir];
	char name[64];

	switch (below(model, 9)) {
	case 0: /* gone */
		kill_tree(model, dir);
		break;
	case 1: /* back, or gone for a while with everything below: a disk that comes and goes */
	case 2:
		node->alive = !node->alive;
		break;
	case 3: /* another directory under the same name */
		node->ino = model->next_ino++;
		break;
	case 4: { /* moved */
		int parent = pick(model, true);

		if (!is_below(model, parent, dir) && find_child(model, parent, node->name) < 0)
			node->parent = parent;
		break;
	}
	case 5: /* renamed */
		new_name(model, node->parent, name, sizeof(name));
		strcpy(node->name, name);
		break;
	case 6:
		node->unreadable = !node->unreadable;
		break;
	case 7:
		node->mount = !node->mount;
		break;
	default:
		node->mtime_s++;
	}
}

static void change_file(struct model *model, int file)
{
	struct model_node *node = &model->nodes[file];
	char name[64];

	switch (below(model, 5)) {
	case 0:
		node->alive = false;
		break;
	case 1: { /* a second link elsewhere */
		int parent = pick(model, true);

		new_name(model, parent, name, sizeof(name));
		int link = model_add(model, parent, name, false);
		uint64_t ino = model->nodes[file].ino;

		model->nodes[link] = model->nodes[file];
		model->nodes[link].parent = parent;
		strcpy(model->nodes[link].name, name);
		for (int i = 0; i < model->count; i++)
			if (model->nodes[i].ino == ino && !model->nodes[i].is_dir)
				model->nodes[i].nlink = model->nodes[file].nlink + 1;
		break;
	}
	default: {
		uint64_t bytes = below(model, 1000000), ino = node->ino;
		int64_t mtime = node->mtime_s + 1 + (int64_t)below(model, 1000);

		for (int i = 0; i < model->count; i++)
			if (model->nodes[i].ino == ino && !model->nodes[i].is_dir) {
				model->nodes[i].apparent_bytes = bytes;
				model->nodes[i].alloc_bytes = (bytes + 511) / 512 * 512;
				model->nodes[i].mtime_s = mtime;
			}
	}
	}
}

/* Two living entries of one name, after something came back: the later one stays. */
static void settle(struct model *model)
{
	for (int i = 1; i < model->count; i++)
		if (model->nodes[i].alive) {
			int first = find_child(model, model->nodes[i].parent, model->nodes[i].name);

			if (first != i && first >= 0)
				model->nodes[first].alive = false;
		}
}

void model_change(struct model *model, int changes)
{
	for (int i = 0; i < changes; i++) {
		int what = (int)below(model, 10);

		if (what < 3) {
			random_file(model, pick(model, true));
		} else if (what < 7) {
			int file = pick(model, false);

			if (file >= 0)
				change_file(model, file);
		} else if (what < 8) {
			model_grow(model, 1, 2);
		} else if (model->count > 1) {
			int dir = 1 + (int)below(model, (uint64_t)model->count - 1);

			if (model->nodes[dir].is_dir && !model->nodes[dir].flags)
				change_dir(model, dir);
		}
	}
	settle(model);
}

static struct build_entry entry_of(const struct model_node *node)
{
	return (struct build_entry){
		.name = node->name,
		.name_length = strlen(node->name),
		.type = node->is_dir ? NODE_DIR : NODE_REG,
		.flags = node->flags,
		.dir_flags = node->mount ? DIR_MOUNT : 0,
		.alloc_bytes = node->alloc_bytes,
		.apparent_bytes = node->apparent_bytes,
		.mtime_ns = node->mtime_s * 1000000000 + 123456789,
		.ctime_ns = node->mtime_s * 1000000000 + 223456789,
		.birth_ns = node->is_dir ? (int64_t)node->ino * 1000 : 0,
		.ino = node->ino,
		.nlink = node->nlink,
		.dev = 42,
	};
}

static void build_children(const struct model *model, struct build *build, int parent)
{
	for (int i = 1; i < model->count; i++) {
		const struct model_node *node = &model->nodes[i];
		struct build_entry entry = entry_of(node);

		if (!node->alive || node->parent != parent)
			continue;
		if (!node->is_dir || node->flags) {
			cr_assert_eq(build_file(build, &entry), 0);
			continue;
		}
		if (node->unreadable)
			entry.dir_flags |= DIR_READ_ERROR;
		cr_assert_eq(build_enter(build, &entry), 0);
		if (!node->unreadable)
			build_children(model, build, i);
		cr_assert_eq(build_leave(build), 0);
	}
}

struct tree *model_tree(const struct model *model)
{
	struct build_entry root = entry_of(&model->nodes[0]);
	struct build *build = build_create(model->root, &root);

	cr_assert(build);
	build_children(model, build, 0);
	struct tree *tree = build_finish(build);

	cr_assert(tree);
	return tree;
}

/* ---- dumps ---- */

static void dump_dir(const struct image *image, uint32_t i, struct buf *out)
{
	struct buf path = {0};

	image_relative(image, i, &path);
	buf_printf(out, "%.*s:", (int)path.length, path.data ? path.data : "");
	buf_printf(out, " %" PRIu64 " %" PRIu64 " %u %u %" PRIu64 " %" PRIu64 " %" PRIu64, image->alloc_bytes[i],
	           image->apparent_bytes[i], image->items[i], image->files[i], image_direct_bytes(image, i),
	           image->own_bytes[i], image->own_apparent_bytes[i]);
	buf_printf(out, " %016" PRIx64 "%016" PRIx64 " %" PRIu64 " %" PRId64 " %u", image->fingerprint[i][0],
	           image->fingerprint[i][1], image->ino[i], image->mtime_ns[i], image->ctime[i]);
	buf_printf(out, " %u %u %u %u %u\n", image->birth[i], image->errors[i], image->child_count[i], image->fs[i],
	           image->flags[i]);
	buf_free(&path);
}

static void dump_file(struct buf *out, const void *name, int length, int type, unsigned flags, uint64_t alloc_bytes,
                      uint64_t apparent_bytes, int64_t mtime_s, uint64_t ino, uint32_t nlink)
{
	buf_printf(out, "  %.*s %d %u %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu64 " %u\n", length, (const char *)name,
	           type, flags & ~(unsigned)(ROW_LINK | ROW_WIDE), alloc_bytes, apparent_bytes, mtime_s,
	           nlink > 1 ? ino : 0, nlink);
}

struct line {
	const unsigned char *name;
	int length;
	uint32_t row;
};

static int compare_lines(const void *left, const void *right)
{
	const struct line *a = left, *b = right;
	int order = memcmp(a->name, b->name, (size_t)(a->length < b->length ? a->length : b->length));

	return order ? order : a->length - b->length;
}

static void dump_rows(const struct tree *tree, dir_id dir, struct buf *out)
{
	const struct node_block *block = tree_block(tree, dir);
	uint32_t rows = block ? tree_count(block) : 0, n = 0;
	struct line *lines = calloc(rows + 1, sizeof(*lines));
	struct node node;

	for (uint32_t i = 0; i < rows; i++) {
		tree_node(tree, block, i, &node);
		if (!(node.flags & ROW_GONE) && (node.type != NODE_DIR || node.dir == DIR_NONE))
			lines[n++] = (struct line){node.name, node.name_length, i};
	}
	qsort(lines, n, sizeof(*lines), compare_lines);
	for (uint32_t i = 0; i < n; i++) {
		tree_node(tree, block, lines[i].row, &node);
		dump_file(out, node.name, node.name_length, node.type, node.flags, node.alloc_bytes,
		          node.apparent_bytes, node.mtime_s, node.ino, node.nlink);
	}
	free(lines);
}

void dump_tree(const struct tree *tree, struct buf *out)
{
	struct image *image = image_from_tree(tree);
	unsigned pin = tree_pin(tree);

	cr_assert(image);
	for (uint32_t i = 0; i < image->count; i++) {
		dump_dir(image, i, out);
		dump_rows(tree, image->dir[i], out);
	}
	tree_unpin(tree, pin);
	image_free(image);
}

void dump_snapshot(struct store *store, int64_t id, struct buf *out)
{
	struct image *image;
	struct err err;

	cr_assert_eq(snapshot_image(store, id, &image, &err), 0, "%s", err.text);
	cr_assert_eq(image->snapshot_id, id);
	for (uint32_t i = 0; i < image->count; i++) {
		struct file_list files;

		dump_dir(image, i, out);
		cr_assert_eq(file_list_read(store, image, i, &files, &err), 0, "%s", err.text);
		for (size_t j = 0; j < files.count; j++) {
			const struct file_entry *file = &files.items[j];

			cr_assert_eq(file_list_find(&files, file->name, file->name_length), file);
			dump_file(out, file->name, file->name_length, file->type, file->flags, file->alloc_bytes,
			          file->apparent_bytes, file->mtime_s, file->ino, file->nlink);
		}
		file_list_clear(&files);
	}
	image_free(image);
}

int64_t model_save(const struct model *model, struct store *store, int64_t time_s)
{
	struct snapshot_meta meta = {.options = "", .started_at = time_s - 5, .finished_at = time_s};
	struct tree *tree = model_tree(model);
	struct err err = {{0}};
	int64_t id = 0;
	int rc = snapshot_save(store, tree, &meta, NULL, &id, &err);

	tree_destroy(tree);
	cr_assert_eq(rc, 0, "%d: %s", rc, err.text);
	return id;
}
