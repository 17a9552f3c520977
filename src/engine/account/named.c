/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/account/named.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/figure.h"
#include "base/path.h"

static bool cancelled(const _Atomic bool *cancel)
{
	return cancel && atomic_load_explicit(cancel, memory_order_relaxed);
}

/* ---- which mounts show the file system ---- */

/* Is there another mount that shows all that this one does?  Of two alike the first counts. */
static bool shown_by_another(const struct fs_info *fs, size_t of)
{
	const struct mount_entry *entry = &fs->table.items[of];

	for (size_t i = 0; i < fs->table.count; i++) {
		const struct mount_entry *other = &fs->table.items[i];

		if (i == of || other->hidden || other->dev != fs->dev || !path_below(entry->root, other->root))
			continue;
		if (strcmp(entry->root, other->root) || other == fs->mount || (entry != fs->mount && i < of))
			return true;
	}
	return false;
}

bool named_shows(const struct fs_info *fs, size_t of)
{
	const struct mount_entry *entry = &fs->table.items[of];

	return entry->dev == fs->dev && !entry->hidden && !shown_by_another(fs, of);
}

/* A scan of what it lies on comes to it: a part that is not shown there, on the same file system. */
static bool met_by_another(const struct fs_info *fs, size_t of)
{
	const struct mount_entry *parent = mount_table_find(&fs->table, fs->table.items[of].parent);

	return parent && parent != &fs->table.items[of] && named_shows(fs, (size_t)(parent - fs->table.items));
}

/* ---- what could not be read ---- */

static int keep_unreadable(struct named_bytes *named, const struct buf *path)
{
	named->unreadable++;
	if (named->unreadable_path_count == NAMED_UNREADABLE_MOST)
		return 0;
	if (alloc_room(&named->unreadable_paths, &named->unreadable_path_capacity, named->unreadable_path_count + 1))
		return -ENOMEM;
	named->unreadable_paths[named->unreadable_path_count] = alloc_copy(path->data, path->length);
	return named->unreadable_paths[named->unreadable_path_count] ? (named->unreadable_path_count++, 0) : -ENOMEM;
}

/* Each directory that was not read, each entry that could not be looked at. */
static int find_unreadable(const struct tree *tree, dir_id dir, struct named_bytes *named)
{
	const struct node_block *block = tree_block(tree, dir);
	struct buf path = {0};
	struct node node;
	int rc = 0;

	tree_dir_node(tree, dir, &node);
	if (node.dir_flags & DIR_READ_ERROR && !(rc = tree_path(tree, dir, &path)))
		rc = keep_unreadable(named, &path);
	for (uint32_t i = 0; !rc && block && i < tree_count(block); i++) {
		tree_node(tree, block, i, &node);
		if (!(node.flags & ROW_ERROR) || node.flags & ROW_GONE)
			continue;
		buf_clear(&path);
		tree_path(tree, dir, &path);
		if (path.length && path.data[path.length - 1] != '/')
			buf_char(&path, '/');
		buf_add(&path, node.name, node.name_length);
		rc = path.failed ? -ENOMEM : keep_unreadable(named, &path);
	}
	buf_free(&path);
	return rc;
}

/* ---- walking a tree ---- */

struct named_walk {
	const struct fs_info *fs;
	const struct tree *tree;
	const _Atomic bool *cancel;
	struct named_bytes *named;
	struct figure elsewhere; /* what other file systems hold */
	dir_id *stack;
	size_t count, capacity;
};

/* Is the directory, marked as one that begins another device, the root of another file system?  A subvolume is not. */
static int begins_another(const struct named_walk *walk, dir_id dir, bool *is)
{
	struct buf path = {0};
	int rc = tree_path(walk->tree, dir, &path);

	*is = false;
	for (size_t i = 0; !rc && i < walk->fs->table.count; i++) {
		const struct mount_entry *entry = &walk->fs->table.items[i];

		if (!entry->hidden && !strcmp(entry->point, path.data))
			*is = entry->dev != walk->fs->dev;
	}
	buf_free(&path);
	return rc;
}

static int walk_one(struct named_walk *walk, dir_id dir)
{
	const struct node_block *block = tree_block(walk->tree, dir);
	struct node node;
	int rc = find_unreadable(walk->tree, dir, walk->named);

	for (uint32_t i = 0; !rc && block && i < tree_count(block); i++) {
		uint64_t word = row_word(block, i);
		bool another = false;

		if (!row_enters(word) || row_flags(word) & ROW_GONE)
			continue;
		tree_dir_node(walk->tree, (dir_id)row_payload(word), &node);
		if (node.dir_flags & DIR_MOUNT)
			rc = begins_another(walk, node.dir, &another);
		if (rc)
			break;
		if (another) {
			figure_add_bytes(&walk->elsewhere, node.alloc_bytes);
			continue;
		}
		if (alloc_room(&walk->stack, &walk->capacity, walk->count + 1))
			return -ENOMEM;
		walk->stack[walk->count++] = (dir_id)row_payload(word);
	}
	return rc;
}

/* All below a directory: what is elsewhere, what is unreadable. */
static int walk_tree(struct named_walk *walk, dir_id dir)
{
	int rc = walk_one(walk, dir);

	while (!rc && walk->count) {
		dir = walk->stack[--walk->count];
		rc = cancelled(walk->cancel) ? -ECANCELED : walk_one(walk, dir);
	}
	free(walk->stack);
	return rc;
}

/* Files of other file systems that are mounted on one of this: no directory says so. */
static void take_mounted_files(struct named_walk *walk, dir_id dir)
{
	struct buf top = {0};
	struct node node;
	int rc = tree_path(walk->tree, dir, &top);

	for (size_t i = 0; !rc && i < walk->fs->table.count; i++) {
		const struct mount_entry *entry = &walk->fs->table.items[i];
		const struct mount_entry *below = mount_table_find(&walk->fs->table, entry->parent);
		const char *rest = path_below(entry->point, top.data),
			   *in = path_below(entry->point, tree_root_path(walk->tree));
		const char *name = in ? strrchr(in, '/') : NULL;

		if (!rest || !*rest || !in || entry->hidden || entry->dev == walk->fs->dev || !below ||
		    below->dev != walk->fs->dev)
			continue;
		size_t length = name ? (size_t)(name - in) : 0;
		dir_id parent = tree_lookup(walk->tree, in, length);

		name = name ? name + 1 : in;
		int64_t row = parent == DIR_NONE ? -1 : tree_find(walk->tree, parent, name, strlen(name));

		if (row < 0)
			continue;
		tree_node(walk->tree, tree_block(walk->tree, parent), (uint32_t)row, &node);
		if (node.type != NODE_DIR)
			figure_add_bytes(&walk->elsewhere, node.alloc_bytes);
	}
	buf_free(&top);
}

/* Nothing lies beside the root of the only mount that shows all. */
static bool is_all(const struct fs_info *fs)
{
	bool all = fs->mount && !strcmp(fs->mount->root, "/") && !strcmp(fs->mount->point, fs->path);

	for (size_t i = 0; all && i < fs->table.count; i++)
		all = !named_shows(fs, i) || &fs->table.items[i] == fs->mount;
	return all;
}

int named_tree(const struct fs_info *fs, const struct tree *tree, dir_id dir, const _Atomic bool *cancel,
               struct named_bytes *out)
{
	struct named_walk walk = {.fs = fs, .tree = tree, .cancel = cancel, .named = out};
	struct node node;
	struct figure all;

	*out = (struct named_bytes){.as_of = clock_wall_s(), .tree_known = true};
	unsigned pin = tree_pin(tree);
	int rc = walk_tree(&walk, dir);

	if (!rc)
		take_mounted_files(&walk, dir);
	tree_unpin(tree, pin);
	if (rc) {
		named_clear(out);
		return rc;
	}
	tree_dir_node(tree, dir, &node);
	all = figure_of(node.alloc_bytes);
	figure_take(&all, walk.elsewhere);
	out->tree_bytes = figure_told(all);
	out->partial = !node.complete || node.dir_flags & (DIR_TRUSTED | DIR_STALE);
	out->outside_known = is_all(fs);
	return 0;
}

void named_image(const struct fs_info *fs, const struct image *image, uint32_t dir, int64_t as_of,
                 struct named_bytes *out)
{
	struct figure all = figure_of(image->alloc_bytes[dir]);

	*out = (struct named_bytes){.as_of = as_of,
	                            .tree_known = true,
	                            .partial = true,
	                            .unreadable = image->errors[dir]};
	for (uint32_t i = dir + 1; i < image->end[dir]; i++)
		if (image->fs[i] != image->fs[dir]) {
			figure_take(&all, figure_of(image->alloc_bytes[i]));
			i = image->end[i] - 1;
		}
	out->tree_bytes = figure_told(all);
	out->outside_known = is_all(fs);
}

/* ---- scanning ---- */

/* The path of the folder in its file system. */
static char *place_in_file_system(const struct fs_info *fs)
{
	const char *root = strcmp(fs->mount->root, "/") ? fs->mount->root : "";
	const char *rest = path_below(fs->path, fs->mount->point);

	return alloc_print("%s%s%s", root, rest && *rest ? "/" : "", rest ? rest : "");
}

/* The folder asked for, in the tree of a mount: by its path, or by its place in the file system. */
static dir_id find_folder(const struct fs_info *fs, const struct tree *tree, const struct mount_entry *mount,
                          const char *place)
{
	const char *ways[] = {path_below(fs->path, tree_root_path(tree)),
	                      mount && place ? path_below(*place ? place : "/", mount->root) : NULL};
	struct node node;

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		dir_id dir = ways[i] ? tree_lookup(tree, ways[i], strlen(ways[i])) : DIR_NONE;

		if (dir == DIR_NONE)
			continue;
		tree_dir_node(tree, dir, &node);
		if (node.ino == fs->ino && tree_fs(tree, node.fs).dev == fs->stat_dev)
			return dir;
	}
	return DIR_NONE;
}

static int scan_mount(const struct fs_info *fs, const char *point, const struct mount_entry *mount, const char *place,
                      const struct named_scanner *scanner, struct named_bytes *out, struct figure *all, struct err *err)
{
	/* What the mount table calls one file system, whatever kind it is. */
	const struct scan_options options = {
		.counting = {.same_volume = true, .cross_fs = true, .kernfs = true},
		.wake_fd = -1,
	};
	struct scan *scan = NULL;
	struct node root, folder;
	int rc = scanner->scan(scanner->context, point, &options, &scan, err);

	if (rc)
		return rc;
	const struct tree *tree = scan_tree(scan);
	struct named_walk walk = {.fs = fs, .tree = tree, .named = out};

	tree_dir_node(tree, DIR_ROOT, &root);
	figure_add_bytes(all, root.alloc_bytes);
	dir_id dir = out->tree_known ? DIR_NONE : find_folder(fs, tree, mount, place);

	if (dir != DIR_NONE) {
		tree_dir_node(tree, dir, &folder);
		out->tree_bytes = folder.alloc_bytes;
		out->tree_known = true;
	}
	rc = root.errors ? walk_tree(&walk, DIR_ROOT) : 0;
	scan_destroy(scan);
	return rc == -ENOMEM ? err_no_memory(err) : rc;
}

int named_scan(const struct fs_info *fs, const struct named_scanner *scanner, struct named_bytes *out, struct err *err)
{
	struct figure all = {0};
	char *place = fs->mount ? place_in_file_system(fs) : NULL;
	int rc = fs->mount && !place ? err_no_memory(err) : 0;
	bool any = false;

	*out = (struct named_bytes){.as_of = clock_wall_s()};
	for (size_t i = 0; !rc && !fs->project && i < fs->table.count; i++)
		if (named_shows(fs, i) && !met_by_another(fs, i)) {
			rc = scan_mount(fs, fs->table.items[i].point, &fs->table.items[i], place, scanner, out, &all,
			                err);
			any = true;
		}
	out->outside_known = any && out->tree_known;
	/* It is in none of them: a project's folder, a mount that nobody else sees. */
	if (!rc && !out->tree_known)
		rc = scan_mount(fs, fs->path, NULL, NULL, scanner, out, &(struct figure){0}, err);
	figure_take(&all, figure_of(out->tree_bytes));
	out->outside_bytes = out->outside_known ? figure_told(all) : 0;
	free(place);
	if (rc)
		named_clear(out);
	return rc;
}

void named_clear(struct named_bytes *named)
{
	for (size_t i = 0; i < named->unreadable_path_count; i++)
		free(named->unreadable_paths[i]);
	free(named->unreadable_paths);
	*named = (struct named_bytes){0};
}
