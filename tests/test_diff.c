/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/tree/build.h"
#include "engine/image/image.h"
#include "store/diff/diff.h"
#include "store/snapshot/snapshot.h"
#include "store_fixture.h"

/* ---- a small file system that can be changed and listed ---- */

#define INODES 12 /* that have several names */

struct mfile {
	char name[24];
	int inode;          /* index into the linked inodes, or -1 */
	uint64_t bytes;     /* of a file of its own */
};

struct mdir {
	char name[24];
	uint64_t ino, birth;
	int64_t mtime;
	bool unreadable, mount;
	struct mdir *parent;
	struct mdir *dirs[16];
	int dir_count;
	struct mfile files[16];
	int file_count;
};

struct model {
	struct mdir *root;
	struct mdir *all[2000];
	int count;
	uint64_t next_ino, next_name;
	int64_t clock;
	uint64_t linked_bytes[INODES];
	bool births;        /* does the file system tell birth times? */
	unsigned seed;
};

static unsigned pick(struct model *m, unsigned n)
{
	return (unsigned)rand_r(&m->seed) % n;
}

static struct mdir *new_dir(struct model *m, struct mdir *parent, const char *name)
{
	if (parent && (parent->dir_count == 16 || m->count == 2000))
		return NULL;
	struct mdir *dir = calloc(1, sizeof(*dir));

	if (name)
		snprintf(dir->name, sizeof(dir->name), "%s", name);
	else
		snprintf(dir->name, sizeof(dir->name), "%c%" PRIu64, "ad-~\n"[m->next_name % 5], m -> next_name),
			m->next_name++;
	dir->ino = m->next_ino++;
	dir->birth = m->births ? (uint64_t)++m->clock : 0;
	dir->mtime = ++m->clock;
	dir->parent = parent;
	if (parent) {
		parent->dirs[parent->dir_count++] = dir;
		parent->mtime = ++m->clock;
	}
	m->all[m->count++] = dir;
	return dir;
}

static void forget(struct model *m, struct mdir *dir)
{
	for (int i = 0; i < dir->dir_count; i++)
		forget(m, dir->dirs[i]);
	for (int i = 0; i < m->count; i++) {
		if (m->all[i] == dir)
			m->all[i] = m->all[--m->count];
	}
	free(dir);
}

static void unhook(struct model *m, struct mdir *dir)
{
	struct mdir *parent = dir->parent;

	for (int i = 0; i < parent->dir_count; i++) {
		if (parent->dirs[i] == dir)
			parent->dirs[i] = parent->dirs[--parent->dir_count];
	}
	parent->mtime = ++m->clock;
}

static bool inside(const struct mdir *dir, const struct mdir *top)
{
	for (; dir; dir = dir->parent) {
		if (dir == top)
			return true;
	}
	return false;
}

static struct mdir *any_dir(struct model *m)
{
	return m->all[pick(m, (unsigned)m->count)];
}

static void add_file(struct model *m, struct mdir *dir)
{
	if (dir->file_count == 16)
		return;
	struct mfile *file = &dir->files[dir->file_count++];

	snprintf(file->name, sizeof(file->name), "f%" PRIu64, m->next_name++);
	file->inode = pick(m, 3) == 0 ? (int)pick(m, INODES) : -1;
	file->bytes = 512 * (uint64_t)pick(m, 100);
	dir->mtime = ++m->clock;
}

/* One random change.  `faults`: also mounts and unreadable folders. */
static void change(struct model *m, bool faults)
{
	struct mdir *dir = any_dir(m), *other = any_dir(m);
	char name[24];

	switch (pick(m, faults ? 12 : 10)) {
	case 0:
	case 1:
		add_file(m, dir);
		break;
	case 2: /* a file goes */
		if (dir->file_count) {
			dir->files[pick(m, (unsigned)dir->file_count)] = dir->files[dir->file_count - 1];
			dir->file_count--;
			dir->mtime = ++m->clock;
		}
		break;
	case 3: /* a file's size; the folder's time stays */
		if (dir->file_count)
			dir->files[pick(m, (unsigned)dir->file_count)].bytes = 512 * (uint64_t)pick(m, 100);
		break;
	case 4: /* a linked inode's size */
		m->linked_bytes[pick(m, INODES)] = 512 * (uint64_t)pick(m, 100);
		break;
	case 5:
		new_dir(m, dir, NULL);
		break;
	case 6: /* a folder goes, with all in it */
		if (dir->parent) {
			unhook(m, dir);
			forget(m, dir);
		}
		break;
	case 7: /* moves, under its name or another */
	case 8:
		if (dir->parent && !inside(other, dir) && other->dir_count < 16) {
			unhook(m, dir);
			for (int i = 0; i < other->dir_count; i++) {
				if (strcmp(other->dirs[i]->name, dir->name) == 0)
					snprintf(dir->name, sizeof(dir->name), "m%" PRIu64, m->next_name++);
			}
			if (pick(m, 2))
				snprintf(dir->name, sizeof(dir->name), "m%" PRIu64, m->next_name++);
			dir->parent = other;
			other->dirs[other->dir_count++] = dir;
			other->mtime = ++m->clock;
		}
		break;
	case 9: /* another folder takes its place and perhaps it goes elsewhere */
		if (dir->parent) {
			struct mdir *parent = dir->parent;

			memcpy(name, dir->name, sizeof(name));
			if (pick(m, 2)) {
				unhook(m, dir);
				forget(m, dir);
			} else {
				snprintf(dir->name, sizeof(dir->name), "o%" PRIu64, m->next_name++);
			}
			dir = new_dir(m, parent, name);
			if (dir)
				add_file(m, dir);
		}
		break;
	case 10:
		if (dir->parent)
			dir->unreadable = !dir->unreadable;
		break;
	default: /* mounted or not: what is in it is then seen or not, and its inode is another */
		if (dir->parent)
			dir->mount = !dir->mount;
	}
}

static struct model *model_create(unsigned seed, bool births)
{
	struct model *m = calloc(1, sizeof(*m));

	m->seed = seed;
	m->births = births;
	m->next_ino = 1000;
	for (int i = 0; i < INODES; i++)
		m->linked_bytes[i] = 512 * (uint64_t)(i + 1);
	m->root = new_dir(m, NULL, "");
	for (int i = 0; i < 60; i++) {
		new_dir(m, any_dir(m), NULL);
		add_file(m, any_dir(m));
	}
	return m;
}

static void model_free(struct model *m)
{
	forget(m, m->root);
	free(m);
}

static struct build_entry describe(const struct mdir *dir)
{
	return (struct build_entry){
		.name = dir->name,
		.name_length = strlen(dir->name),
		.type = NODE_DIR,
		.dir_flags = (dir->unreadable ? DIR_READ_ERROR : 0u) | (dir->mount ? DIR_MOUNT : 0u),
		.alloc_bytes = 4096,
		.apparent_bytes = 4096,
		.mtime_ns = dir->mtime * 1000000000,
		.birth_ns = (int64_t)dir->birth * 1000003,
		.ino = dir->mount ? 2 : dir->ino,
		.nlink = 1,
		.dev = dir->mount ? 100 + dir->ino : 1,
	};
}

static void list_dir(const struct model *m, struct build *build, const struct mdir *dir)
{
	for (int i = 0; !dir->unreadable && i < dir->file_count; i++) {
		const struct mfile *file = &dir->files[i];
		struct build_entry e = {.name = file->name,
		                        .name_length = strlen(file->name),
		                        .type = NODE_REG,
		                        .nlink = 1,
		                        .dev = 1};

		e.alloc_bytes = e.apparent_bytes = file->inode < 0 ? file->bytes : m->linked_bytes[file->inode];
		if (file->inode >= 0) {
			e.ino = 1 + (uint64_t)file->inode;
			e.nlink = 9;
		}
		cr_assert_eq(build_file(build, &e), 0);
	}
	for (int i = 0; !dir->unreadable && i < dir->dir_count; i++) {
		struct build_entry e = describe(dir->dirs[i]);

		cr_assert_eq(build_enter(build, &e), 0);
		list_dir(m, build, dir->dirs[i]);
		cr_assert_eq(build_leave(build), 0);
	}
}

static struct image *picture(const struct model *m)
{
	struct build_entry e = describe(m->root);
	struct build *build = build_create("/srv", &e);

	cr_assert(build);
	list_dir(m, build, m->root);
	struct tree *tree = build_finish(build);

	cr_assert(tree);
	struct image *image = image_from_tree(tree);

	cr_assert(image);
	tree_destroy(tree);
	return image;
}

/* ---- the same answer, found without any cleverness: everything is looked at ---- */

struct naive {
	const struct image *a, *b;
	uint32_t *of_a, *of_b;      /* by identity, + 1 */
	bool *taken;
	bool *unknown_a, *unknown_b, *known_a; /* marks: unknown tops; known ones that moved */
	struct nrow {
		uint32_t a, b, parent;
		bool moved, unknown;
		char path[4096];
		int64_t delta, direct;
		bool parts;
	} * rows;
	uint32_t count;
};

static bool n_half(const struct naive *n, uint32_t x, uint32_t y)
{
	return ((n->a->flags[x] ^ n->b->flags[y]) & (IMAGE_READ_ERROR | IMAGE_MOUNT)) != 0;
}

static bool n_same(const struct naive *n, uint32_t x, uint32_t y)
{
	const struct image *a = n->a, *b = n->b;

	if (!a->ino[x] || a->ino[x] != b->ino[y] || a->fs[x] != b->fs[y])
		return false;
	if (a->birth[x] && b->birth[y])
		return a->birth[x] == b->birth[y];
	return a->mtime_ns[x] == b->mtime_ns[y] ||
	       (image_name_length(a, x) == image_name_length(b, y) &&
	        memcmp(image_name(a, x), image_name(b, y), image_name_length(a, x)) == 0);
}

/* Another one under the name; a mount says nothing of what it covers. */
static bool n_replaced(const struct naive *n, uint32_t x, uint32_t y)
{
	const struct image *a = n->a, *b = n->b;

	if ((a->flags[x] ^ b->flags[y]) & IMAGE_MOUNT)
		return false;
	return (a->ino[x] && b->ino[y] && a->ino[x] != b->ino[y]) ||
	       (a->birth[x] && b->birth[y] && a->birth[x] != b->birth[y]);
}

static uint32_t n_twin(const struct naive *n, uint32_t x, uint32_t y_child)
{
	return x == IMAGE_NONE ? IMAGE_NONE
	                       : image_child(n->a, x, image_name(n->b, y_child), image_name_length(n->b, y_child));
}

/* Directories that stay at their path are not looked for elsewhere, nor those that are known on one side only. */
static void n_settle(const struct naive *n, uint32_t x, uint32_t y, bool *settled_a, bool *settled_b)
{
	settled_a[x] = settled_b[y] = true;
	for (uint32_t i = n->b->child_first[y]; i < n->b->child_first[y + 1]; i++) {
		uint32_t v = n->b->children[i], u = n_twin(n, x, v);

		if (u == IMAGE_NONE || n_replaced(n, u, v))
			continue;
		if (n_half(n, u, v))
			settled_a[u] = settled_b[v] = true;
		else
			n_settle(n, u, v, settled_a, settled_b);
	}
}

static uint32_t n_add(struct naive *n, uint32_t x, uint32_t y, uint32_t parent, bool moved, bool unknown,
                      const char *name, uint32_t length)
{
	struct nrow *row = &n->rows[n->count];

	*row = (struct nrow){.a = x, .b = y, .parent = parent, .moved = moved, .unknown = unknown};
	strcpy(row->path, parent == UINT32_MAX ? "/srv" : n->rows[parent].path);
	if (parent != UINT32_MAX) {
		size_t end = strlen(row->path);

		cr_assert_lt(end + length + 2, sizeof(row->path));
		row->path[end] = '/';
		memcpy(row->path + end + 1, name, length);
	}
	if (x != IMAGE_NONE)
		n->taken[x] = true;
	if (unknown && x != IMAGE_NONE)
		n->unknown_a[x] = true;
	if (unknown && y != IMAGE_NONE)
		n->unknown_b[y] = true;
	if (moved && !unknown)
		n->known_a[x] = true;
	return n->count++;
}

static void n_descend(struct naive *n, uint32_t row)
{
	uint32_t x = n->rows[row].a, y = n->rows[row].b;

	if (n->rows[row].unknown || y == IMAGE_NONE)
		return;
	for (uint32_t i = n->b->child_first[y]; i < n->b->child_first[y + 1]; i++) {
		uint32_t v = n->b->children[i], u = n_twin(n, x, v);
		bool moved = false;

		if (n->of_b[v] && !n->taken[n->of_b[v] - 1]) {
			moved = n->of_b[v] - 1 != u;
			u = n->of_b[v] - 1;
		} else if (u != IMAGE_NONE && (n->of_a[u] || n->taken[u] || n_replaced(n, u, v))) {
			u = IMAGE_NONE;
		}
		bool unknown = u != IMAGE_NONE ? n_half(n, u, v) : (n->b->flags[v] & IMAGE_MOUNT) != 0;

		n_descend(n, n_add(n, u, v, row, moved, unknown, image_name(n->b, v), image_name_length(n->b, v)));
	}
}

/* Unknown bytes below a directory of a: what is inside an unknown one, but for what moved out of it. */
static int64_t n_unknown_a(const struct naive *n, uint32_t x, bool state)
{
	int64_t sum = 0;

	for (uint32_t i = n->a->child_first[x]; i < n->a->child_first[x + 1]; i++) {
		uint32_t u = n->a->children[i];
		bool now = n->unknown_a[u] ? true : n->known_a[u] ? false : state;

		if (now != state)
			sum += now ? (int64_t)n->a->alloc_bytes[u] : -(int64_t)n->a->alloc_bytes[u];
		sum += n_unknown_a(n, u, now);
	}
	return sum;
}

static int64_t n_unknown_b(const struct naive *n, uint32_t y)
{
	int64_t sum = 0;

	for (uint32_t v = y + 1; v < n->b->end[y]; v++) {
		if (n->unknown_b[v]) {
			sum += (int64_t)n->b->alloc_bytes[v];
			v = n->b->end[v] - 1;
		}
	}
	return sum;
}

static void naive_compute(struct naive *n, const struct image *a, const struct image *b)
{
	bool *settled_a = calloc(a->count, 1), *settled_b = calloc(b->count, 1);

	*n = (struct naive){.a = a, .b = b};
	n->of_a = calloc(a->count, sizeof(*n->of_a));
	n->of_b = calloc(b->count, sizeof(*n->of_b));
	n->taken = calloc(a->count, 1);
	n->unknown_a = calloc(a->count, 1);
	n->unknown_b = calloc(b->count, 1);
	n->known_a = calloc(a->count, 1);
	n->rows = calloc((size_t)a->count + b->count, sizeof(*n->rows));
	n_settle(n, 0, 0, settled_a, settled_b);
	for (uint32_t y = 0; y < b->count; y++) {
		uint32_t found = 0, times = 0;

		for (uint32_t x = 0; !settled_b[y] && x < a->count; x++) {
			if (!settled_a[x] && n_same(n, x, y)) {
				found = x;
				times++;
			}
		}
		if (times == 1 && !n->of_a[found]) {
			n->of_b[y] = found + 1;
			n->of_a[found] = y + 1;
		}
	}
	n_descend(n, n_add(n, 0, 0, UINT32_MAX, false, false, "", 0));
	for (uint32_t row = 0; row < n->count; row++) {
		uint32_t x = n->rows[row].a;

		if (x == IMAGE_NONE || n->rows[row].unknown)
			continue;
		for (uint32_t i = a->child_first[x]; i < a->child_first[x + 1]; i++) {
			uint32_t u = a->children[i];

			if (!n->taken[u])
				n_add(n, u, IMAGE_NONE, row, false, a->flags[u] & IMAGE_MOUNT, image_name(a, u),
				      image_name_length(a, u));
		}
	}
	for (uint32_t i = n->count; i-- > 0;) {
		struct nrow *row = &n->rows[i];

		if (row->unknown)
			continue;
		if (row->b != IMAGE_NONE)
			row->delta += (int64_t)b->alloc_bytes[row->b] - n_unknown_b(n, row->b);
		if (row->a != IMAGE_NONE)
			row->delta -= (int64_t)a->alloc_bytes[row->a] - n_unknown_a(n, row->a, false);
		row->direct += row->delta;
		if (!i)
			continue;
		n->rows[row->parent].direct -= row->delta;
		n->rows[row->parent].parts |= row->parts || row->moved || row->a == IMAGE_NONE ||
		                              row->b == IMAGE_NONE || row->delta || row->direct;
	}
	free(settled_a);
	free(settled_b);
}

static void naive_free(struct naive *n)
{
	free(n->of_a);
	free(n->of_b);
	free(n->taken);
	free(n->unknown_a);
	free(n->unknown_b);
	free(n->known_a);
	free(n->rows);
}

static const struct diff_options plain = {.prefix_a = "", .prefix_b = "", .max_depth = -1};

static struct diff compute(const struct image *a, const struct image *b, const struct diff_options *options)
{
	struct diff diff;
	struct err err = {{0}};

	cr_assert_eq(diff_compute(a, b, options, &diff, &err), 0, "%s", err.text);
	return diff;
}

static int64_t direct_sum(const struct diff *diff)
{
	int64_t sum = 0;

	for (size_t i = 0; i < diff->count; i++)
		sum += diff->entries[i].direct_delta_bytes;
	return sum;
}

static const struct diff_entry *find(const struct diff *diff, const char *path, enum diff_status status)
{
	for (size_t i = 0; i < diff->count; i++) {
		if (strcmp(diff->entries[i].path, path) == 0 && diff->entries[i].status == status)
			return &diff->entries[i];
	}
	return NULL;
}

static void expect_naive(const struct image *a, const struct image *b, unsigned seed)
{
	struct naive n;
	struct diff diff = compute(a, b, &plain);
	size_t want = 0;
	uint64_t unknown = 0;
	struct buf from = {0};

	naive_compute(&n, a, b);
	for (uint32_t i = 0; i < n.count; i++) {
		const struct nrow *row = &n.rows[i];
		enum diff_status status = row->unknown         ? DIFF_UNKNOWN
		                        : row->moved           ? DIFF_MOVED
		                        : row->a == IMAGE_NONE ? DIFF_NEW
		                        : row->b == IMAGE_NONE ? DIFF_DELETED
		                        : row->delta > 0       ? DIFF_GREW
		                        : row->delta < 0       ? DIFF_SHRANK
		                                               : DIFF_CHANGED;

		if (status == DIFF_CHANGED && !row->direct && !row->parts)
			continue;
		const struct diff_entry *entry = find(&diff, row->path, status);

		cr_assert(entry, "seed %u: %s %s is missing", seed, diff_status_name(status), row->path);
		cr_assert_eq(entry->delta_bytes, row->delta, "seed %u: %s %s: %" PRId64 " instead of %" PRId64, seed,
		             diff_status_name(status), row->path, entry->delta_bytes, row->delta);
		cr_assert_eq(entry->direct_delta_bytes, row->unknown ? 0 : row->direct, "seed %u: %s", seed, row->path);
		cr_assert(entry->a == row->a && entry->b == row->b && entry->is_dir);
		cr_assert_eq(entry->bytes_a, row->a == IMAGE_NONE ? 0 : a->alloc_bytes[row->a]);
		cr_assert_eq(entry->bytes_b, row->b == IMAGE_NONE ? 0 : b->alloc_bytes[row->b]);
		cr_assert_eq(entry->path_from != NULL, row->moved);
		if (row->moved) {
			buf_clear(&from);
			buf_str(&from, "/srv/");
			image_relative(a, row->a, &from);
			cr_assert_str_eq(entry->path_from, from.data);
		}
		want++;
		unknown += row->unknown;
	}
	cr_assert_eq(diff.count, want, "seed %u: %zu entries instead of %zu", seed, diff.count, want);
	cr_assert_eq(diff.unknown_entries, unknown);
	cr_assert_eq(diff.net_bytes, n.rows[0].delta);
	cr_assert_eq(direct_sum(&diff), diff.net_bytes, "seed %u", seed);
	if (!unknown)
		cr_assert_eq(diff.net_bytes, (int64_t)(b->alloc_bytes[0] - a->alloc_bytes[0]));
	for (size_t i = 1; i < diff.count; i++)
		cr_assert_geq(llabs(diff.entries[i - 1].delta_bytes), llabs(diff.entries[i].delta_bytes));
	buf_free(&from);
	naive_free(&n);
	diff_clear(&diff);
}

static void random_histories(bool births, bool faults, unsigned from)
{
	for (unsigned seed = from; seed < from + 250; seed++) {
		struct model *m = model_create(seed, births);
		struct image *a = picture(m);
		int steps = 1 + (int)pick(m, 30);

		for (int i = 0; i < steps; i++)
			change(m, faults);
		struct image *b = picture(m);

		expect_naive(a, b, seed);
		expect_naive(b, a, seed);
		image_free(a);
		image_free(b);
		model_free(m);
	}
}

Test(diff, random_histories)
{
	random_histories(true, false, 1);
}

Test(diff, random_histories_without_birth_times)
{
	random_histories(false, false, 1001);
}

Test(diff, random_histories_with_unreadable_folders_and_mounts)
{
	random_histories(true, true, 2001);
	random_histories(false, true, 3001);
}

/* The same from a database, and with files: what they say leaves their folder, nothing else changes. */
static struct image *stored_picture(const struct model *m, struct store *store)
{
	static int64_t when = 1000;
	struct build_entry e = describe(m->root);
	struct build *build = build_create("/srv", &e);
	struct snapshot_meta meta = {.options = "", .started_at = when, .finished_at = when};
	struct err err = {{0}};
	struct image *image;
	int64_t id;

	when++;
	list_dir(m, build, m->root);
	struct tree *tree = build_finish(build);

	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	cr_assert_eq(snapshot_image(store, id, &image, &err), 0, "%s", err.text);
	tree_destroy(tree);
	return image;
}

static void expect_files_to_add_up(const struct diff *dirs, const struct diff *both)
{
	for (size_t i = 0; i < dirs->count; i++) {
		const struct diff_entry *dir = &dirs->entries[i];
		size_t length = strlen(dir->path);
		int64_t rest = dir->direct_delta_bytes;
		bool alone = true;

		if (dir->status == DIFF_UNKNOWN)
			continue;
		for (size_t k = 0; k < both->count; k++) {
			const struct diff_entry *entry = &both->entries[k];

			if (entry->is_dir && entry->status == dir->status && strcmp(entry->path, dir->path) == 0)
				rest -= entry->direct_delta_bytes;
			/* Of two folders that had one path the files cannot be told apart here. */
			if (entry->is_dir && entry->status != dir->status && strcmp(entry->path, dir->path) == 0)
				alone = false;
		}
		for (size_t k = 0; k < both->count; k++) {
			const struct diff_entry *entry = &both->entries[k];

			if (!entry->is_dir && strncmp(entry->path, dir->path, length) == 0 &&
			    entry->path[length] == '/' && !strchr(entry->path + length + 1, '/'))
				rest -= entry->delta_bytes;
		}
		cr_assert(rest == 0 || !alone, "%s %s: %" PRId64, diff_status_name(dir->status), dir->path, rest);
	}
}

/* What was kept with the snapshot says the same. */
static void expect_cache(struct store *store, const struct image *a, const struct image *b, const struct diff *diff)
{
	int64_t unknown = 0, told = 0, sum = 0;
	char sql[256];
	static const char *const what[] = {"count(*)-count(delta_bytes)", "count(delta_bytes)",
	                                   "ifnull(sum(delta_bytes), 0)"};

	for (size_t i = 0; i < diff->count; i++) {
		unknown += diff->entries[i].status == DIFF_UNKNOWN;
		told += diff->entries[i].delta_bytes != 0;
		sum += diff->entries[i].delta_bytes;
	}
	for (int i = 0; i < 3; i++) {
		snprintf(sql, sizeof(sql),
		         "SELECT %s FROM diff_cache WHERE snapshot_a=%" PRId64 " AND snapshot_b=%" PRId64, what[i],
		         a->snapshot_id, b->snapshot_id);
		cr_assert_eq(fixture_number(store, sql), i == 0 ? unknown : i == 1 ? told : sum, "%s", sql);
	}
}

Test(diff, random_histories_in_a_database)
{
	struct fixture fixture;

	fixture_begin(&fixture);
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct diff_options with_files = {.prefix_a = "",
	                                  .prefix_b = "",
	                                  .max_depth = -1,
	                                  .with_files = true,
	                                  .store = store};
	struct diff_options without = with_files;

	without.with_files = false;
	for (unsigned seed = 5001; seed < 5040; seed++) {
		struct model *m = model_create(seed, seed % 2);
		struct image *a = stored_picture(m, store);

		for (int i = 1 + (int)pick(m, 30); i > 0; i--)
			change(m, seed % 3 == 0);
		struct image *b = stored_picture(m, store);

		expect_naive(a, b, seed);
		expect_naive(b, a, seed);
		struct diff dirs = compute(a, b, &without), both = compute(a, b, &with_files);

		expect_cache(store, a, b, &dirs);

		cr_assert_eq(dirs.net_bytes, both.net_bytes);
		cr_assert_eq(direct_sum(&both), both.net_bytes, "seed %u", seed);
		expect_files_to_add_up(&dirs, &both);
		diff_clear(&dirs);
		diff_clear(&both);
		image_free(a);
		image_free(b);
		model_free(m);
	}
	store_close(store);
	fixture_end(&fixture);
}

Test(diff, equal_trees_are_an_empty_diff)
{
	struct model *m = model_create(5, true);
	struct image *a = picture(m), *b = picture(m);
	struct diff diff = compute(a, b, &plain);

	cr_expect_eq(diff.count, 0);
	cr_expect_eq(diff.net_bytes, 0);
	cr_expect_eq(diff.unknown_entries, 0);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
	model_free(m);
}

/* ---- by hand ---- */

static struct mdir *at(struct model *m, const char *path)
{
	struct mdir *dir = m->root;
	char name[24];

	for (int n; sscanf(path, "%23[^/]%n", name, &n) == 1;) {
		struct mdir *next = NULL;

		for (int i = 0; i < dir->dir_count; i++) {
			if (strcmp(dir->dirs[i]->name, name) == 0)
				next = dir->dirs[i];
		}
		dir = next ? next : new_dir(m, dir, name);
		path += n;
		path += *path == '/';
	}
	return dir;
}

static void put(struct model *m, const char *path, const char *name, uint64_t bytes, int inode)
{
	struct mdir *dir = at(m, path);
	struct mfile *file = NULL;

	for (int i = 0; i < dir->file_count; i++) {
		if (strcmp(dir->files[i].name, name) == 0)
			file = &dir->files[i];
	}
	if (!file)
		file = &dir->files[dir->file_count++];
	snprintf(file->name, sizeof(file->name), "%s", name);
	file->bytes = bytes;
	file->inode = inode;
}

static void rename_to(struct model *m, const char *path, const char *folder, const char *name)
{
	struct mdir *dir = at(m, path), *to = at(m, folder);

	unhook(m, dir);
	snprintf(dir->name, sizeof(dir->name), "%s", name);
	dir->parent = to;
	to->dirs[to->dir_count++] = dir;
	to->mtime = ++m->clock;
}

static struct model *empty_model(void)
{
	struct model *m = calloc(1, sizeof(*m));

	m->births = true;
	m->next_ino = 100;
	m->root = new_dir(m, NULL, "");
	return m;
}

#define MIB ((uint64_t)1 << 20)

#define expect_entry(path, want_status, delta, direct)                                                                 \
	do {                                                                                                           \
		const struct diff_entry *entry_ = find(&diff, path, want_status);                                      \
		cr_expect(entry_, "%s %s is missing", diff_status_name(want_status), path);                            \
		if (entry_) {                                                                                          \
			cr_expect_eq(entry_->delta_bytes, (int64_t)(delta), "%s: %" PRId64, path,                      \
			             entry_->delta_bytes);                                                             \
			cr_expect_eq(entry_->direct_delta_bytes, (int64_t)(direct), "%s: direct %" PRId64, path,       \
			             entry_->direct_delta_bytes);                                                      \
		}                                                                                                      \
	} while (0)

Test(diff, grew_shrank_new_deleted)
{
	struct model *m = empty_model();

	put(m, "log", "syslog", 10 * MIB, -1);
	put(m, "tmp/old", "x", 5 * MIB, -1);
	put(m, "same/below", "y", MIB, -1);
	struct image *a = picture(m);

	put(m, "log", "syslog", 30 * MIB, -1);
	struct mdir *old = at(m, "tmp/old");

	unhook(m, old);
	forget(m, old);
	put(m, "cache/npm", "z", 7 * MIB, -1);
	struct image *b = picture(m);
	struct diff diff = compute(a, b, &plain);

	expect_entry("/srv", DIFF_GREW, 20 * MIB - 5 * MIB - 4096 + 7 * MIB + 8192, 0);
	expect_entry("/srv/log", DIFF_GREW, 20 * MIB, 20 * MIB);
	expect_entry("/srv/tmp", DIFF_SHRANK, -(int64_t)(5 * MIB + 4096), 0);
	expect_entry("/srv/tmp/old", DIFF_DELETED, -(int64_t)(5 * MIB + 4096), -(int64_t)(5 * MIB + 4096));
	expect_entry("/srv/cache", DIFF_NEW, 7 * MIB + 8192, 4096);
	expect_entry("/srv/cache/npm", DIFF_NEW, 7 * MIB + 4096, 7 * MIB + 4096);
	cr_expect_eq(diff.count, 6);
	cr_expect_eq(direct_sum(&diff), diff.net_bytes);
	cr_expect_str_eq(diff.entries[0].path, "/srv");
	diff_clear(&diff);

	/* No deeper than 1: the rest is counted, not listed. */
	struct diff_options shallow = plain;

	shallow.max_depth = 1;
	diff = compute(a, b, &shallow);
	cr_expect_eq(diff.count, 4);
	cr_expect_eq(diff.omitted_entries, 2);
	cr_expect_eq(direct_sum(&diff) + diff.omitted_bytes, diff.net_bytes);
	diff_clear(&diff);

	/* Folders of the tree, also one that only one side has. */
	struct diff_options below = plain;

	below.prefix_a = below.prefix_b = "log";
	diff = compute(a, b, &below);
	cr_expect_eq(diff.count, 1);
	expect_entry("/srv/log", DIFF_GREW, 20 * MIB, 20 * MIB);
	diff_clear(&diff);
	below.prefix_a = below.prefix_b = "cache/npm";
	diff = compute(a, b, &below);
	cr_expect_eq(diff.count, 1);
	expect_entry("/srv/cache/npm", DIFF_NEW, 7 * MIB + 4096, 7 * MIB + 4096);
	diff_clear(&diff);
	below.prefix_a = below.prefix_b = "tmp/old";
	diff = compute(a, b, &below);
	cr_expect_eq(diff.count, 1);
	expect_entry("/srv/tmp/old", DIFF_DELETED, -(int64_t)(5 * MIB + 4096), -(int64_t)(5 * MIB + 4096));
	diff_clear(&diff);
	below.prefix_a = below.prefix_b = "nowhere";
	struct err err = {{0}};

	cr_expect_eq(diff_compute(a, b, &below, &diff, &err), -ENOENT);
	cr_expect(*err.text);
	/* Different folders of the two. */
	below.prefix_a = "log";
	below.prefix_b = "cache/npm";
	diff = compute(a, b, &below);
	expect_entry("/srv/cache/npm", DIFF_SHRANK, -(int64_t)(3 * MIB), -(int64_t)(3 * MIB));
	diff_clear(&diff);
	image_free(a);
	image_free(b);
	model_free(m);
}

Test(diff, moves)
{
	struct model *m = empty_model();

	put(m, "down/film", "reel", 100 * MIB, -1);
	put(m, "down/film/extra", "e", 3 * MIB, -1);
	put(m, "down/film/extra", "gone", MIB, -1);
	put(m, "backup.0", "b", 8 * MIB, -1);
	at(m, "media");
	struct image *a = picture(m);

	rename_to(m, "down/film", "media", "movie");
	put(m, "media/movie/extra", "e", 4 * MIB, -1);
	rename_to(m, "backup.0", "", "backup.1");
	put(m, "backup.0", "b", 9 * MIB, -1); /* another folder of the old name */
	struct image *b = picture(m);
	struct diff diff = compute(a, b, &plain);

	expect_entry("/srv/media/movie", DIFF_MOVED, MIB, 0);
	expect_entry("/srv/media/movie/extra", DIFF_GREW, MIB, MIB);
	expect_entry("/srv/down", DIFF_SHRANK, -(int64_t)(104 * MIB + 8192), -(int64_t)(104 * MIB + 8192));
	expect_entry("/srv/media", DIFF_GREW, 105 * MIB + 8192, 104 * MIB + 8192);
	expect_entry("/srv/backup.1", DIFF_MOVED, 0, 0);
	expect_entry("/srv/backup.0", DIFF_NEW, 9 * MIB + 4096, 9 * MIB + 4096);
	cr_expect_eq(direct_sum(&diff), diff.net_bytes);
	cr_expect_eq(diff.net_bytes, (int64_t)(MIB + 9 * MIB + 4096));
	cr_expect_str_eq(find(&diff, "/srv/media/movie", DIFF_MOVED)->path_from, "/srv/down/film");
	cr_expect_str_eq(find(&diff, "/srv/backup.1", DIFF_MOVED)->path_from, "/srv/backup.0");
	cr_expect_eq(diff.count, 7);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
	model_free(m);
}

/* 500 levels of other names on either side: their paths would be the depth times as large as the trees. */
Test(diff, what_lies_too_deep_is_part_of_what_is_above)
{
	struct model *m = empty_model(), *other = empty_model();
	char path[16384] = "top", name[24];

	for (int side = 0; side < 2; side++) {
		for (int i = 0; i < 500; i++) {
			snprintf(name, sizeof(name), "/%c_is_nineteen_%05d", "ab"[side], i);
			strcpy(path + 3 + i * 20, name);
		}
		put(side ? other : m, path, "x", (side ? 7 : 3) * MIB, -1);
	}
	struct image *a = picture(m), *b = picture(other);
	struct diff diff = compute(a, b, &plain);
	size_t longest = 0;

	for (size_t i = 0; i < diff.count; i++)
		longest = strlen(diff.entries[i].path) > longest ? strlen(diff.entries[i].path) : longest;
	cr_expect(longest <= IMAGE_PATH_MAX && longest > IMAGE_PATH_MAX - 20, "%zu", longest);
	cr_expect_eq(diff.net_bytes, (int64_t)(4 * MIB));
	cr_expect_eq(direct_sum(&diff), diff.net_bytes);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
	model_free(m);
	model_free(other);
}

Test(diff, unreadable_is_unknown_never_shrunk)
{
	struct model *m = empty_model();

	put(m, "home/ana/mail", "inbox", 50 * MIB, -1);
	put(m, "home/bob", "x", MIB, -1);
	put(m, "home", "shared", MIB, 0);
	put(m, "mnt/disk/data", "d", 70 * MIB, -1);
	struct image *a = picture(m);

	at(m, "home/ana")->unreadable = true;
	put(m, "home/bob", "x", 2 * MIB, -1);
	at(m, "mnt/disk")->mount = true;
	struct image *b = picture(m);
	struct diff diff = compute(a, b, &plain);

	expect_entry("/srv/home/ana", DIFF_UNKNOWN, 0, 0);
	cr_expect_eq(find(&diff, "/srv/home/ana", DIFF_UNKNOWN)->reason, DIFF_UNREADABLE);
	expect_entry("/srv/mnt/disk", DIFF_UNKNOWN, 0, 0);
	cr_expect_eq(find(&diff, "/srv/mnt/disk", DIFF_UNKNOWN)->reason, DIFF_UNMOUNTED);
	expect_entry("/srv/home/bob", DIFF_GREW, MIB, MIB);
	expect_entry("/srv/home", DIFF_GREW, MIB, 0);
	expect_entry("/srv", DIFF_GREW, MIB, 0);
	cr_expect_eq(diff.count, 5);
	cr_expect_eq(diff.unknown_entries, 2);
	cr_expect_eq(diff.unknown_bytes, 120 * MIB + 4 * 4096);
	cr_expect_eq(diff.net_bytes, (int64_t)MIB);
	diff_clear(&diff);
	/* And back again. */
	diff = compute(b, a, &plain);
	expect_entry("/srv/home/ana", DIFF_UNKNOWN, 0, 0);
	expect_entry("/srv", DIFF_SHRANK, -(int64_t)MIB, 0);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
	model_free(m);
}

/*
 * Two folders that seem to be one (a broken file system): nothing is said to have moved, and the sums are right all the
 * same.
 */
Test(diff, ambiguous_identities)
{
	for (int twice = 0; twice < 4; twice++) {
		struct model *m = empty_model();

		put(m, "p/one", "f", MIB, -1);
		put(m, "p/two", "f", 2 * MIB, -1);
		struct mdir *two = at(m, "p/two");
		uint64_t ino = two->ino, birth = two->birth;

		if (twice & 1) {
			two->ino = at(m, "p/one")->ino;
			two->birth = at(m, "p/one")->birth;
		}
		struct image *a = picture(m);

		two->ino = ino;
		two->birth = birth;

		rename_to(m, "p/one", "q", "uno");
		rename_to(m, "p/two", "q", "due");
		put(m, "q/uno", "g", MIB, -1);
		put(m, "q/due", "g", MIB, -1);
		if (twice & 2) {
			at(m, "q/due")->ino = at(m, "q/uno")->ino;
			at(m, "q/due")->birth = at(m, "q/uno")->birth;
		}
		struct image *b = picture(m);
		struct diff diff = compute(a, b, &plain);

		if (twice) {
			cr_expect(find(&diff, "/srv/q/uno", DIFF_NEW));
			cr_expect(find(&diff, "/srv/p/one", DIFF_DELETED));
		} else {
			cr_expect(find(&diff, "/srv/q/uno", DIFF_MOVED));
		}
		cr_expect_eq(direct_sum(&diff), diff.net_bytes);
		cr_expect_eq(diff.net_bytes, (int64_t)(2 * MIB + 4096));
		diff_clear(&diff);
		image_free(a);
		image_free(b);
		model_free(m);
	}
}

/* Another folder under an old name: that one is gone, unless a mount covers it or its file system makes up inodes. */
Test(diff, a_name_used_again)
{
	enum { PLAIN, MOUNTED, FLEETING, CASES };

	for (int which = 0; which < CASES; which++) {
		struct model *m = empty_model();

		put(m, "p", "f", MIB, -1);
		struct image *a = picture(m);
		struct mdir *p = at(m, "p");

		p->mount = which == MOUNTED;
		p->ino = m->next_ino++;
		p->birth = (uint64_t)++m->clock;
		put(m, "p", "g", MIB, -1);
		struct image *b = picture(m);

		for (uint32_t i = 0; which == FLEETING && i < b->count; i++)
			((uint16_t *)b->flags)[i] |= IMAGE_FLEETING;
		struct diff diff = compute(a, b, &plain);

		if (which == PLAIN) {
			expect_entry("/srv/p", DIFF_DELETED, -(int64_t)(MIB + 4096), -(int64_t)(MIB + 4096));
			expect_entry("/srv/p", DIFF_NEW, 2 * MIB + 4096, 2 * MIB + 4096);
		} else if (which == MOUNTED) {
			expect_entry("/srv/p", DIFF_UNKNOWN, 0, 0);
		} else {
			expect_entry("/srv/p", DIFF_GREW, MIB, MIB);
		}
		cr_expect_eq(direct_sum(&diff), diff.net_bytes);
		cr_expect_eq(diff.net_bytes, which == MOUNTED ? 0 : (int64_t)MIB);
		diff_clear(&diff);
		image_free(a);
		image_free(b);
		model_free(m);
	}
}

/* One inode in two subfolders counts once above them: the folder's direct delta puts that right. */
Test(diff, links_between_subfolders)
{
	struct model *m = empty_model();

	m->linked_bytes[0] = 10 * MIB;
	put(m, "p/x", "l", 0, 0);
	at(m, "p/y");
	struct image *a = picture(m);

	put(m, "p/y", "l", 0, 0);
	m->linked_bytes[0] = 12 * MIB;
	struct image *b = picture(m);
	struct diff diff = compute(a, b, &plain);

	expect_entry("/srv/p/x", DIFF_GREW, 2 * MIB, 2 * MIB);
	expect_entry("/srv/p/y", DIFF_GREW, 12 * MIB, 12 * MIB);
	expect_entry("/srv/p", DIFF_GREW, 2 * MIB, -(int64_t)(12 * MIB));
	cr_expect_eq(diff.net_bytes, (int64_t)(2 * MIB));
	cr_expect_eq(direct_sum(&diff), diff.net_bytes);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
	model_free(m);
}

/* A folder that takes space from a file: delta 0, but its parts changed, and so did what is above. */
Test(diff, changed_without_growth)
{
	struct model *m = empty_model();

	put(m, "p", "f", 8192, -1);
	at(m, "p/q");
	struct image *a = picture(m);

	put(m, "p", "f", 4096, -1);
	put(m, "p/q", "g", 4096, -1);
	struct image *b = picture(m);
	struct diff diff = compute(a, b, &plain);

	expect_entry("/srv/p", DIFF_CHANGED, 0, -4096);
	expect_entry("/srv/p/q", DIFF_GREW, 4096, 4096);
	expect_entry("/srv", DIFF_CHANGED, 0, 0);
	cr_expect_eq(diff.count, 3);
	cr_expect_eq(diff.net_bytes, 0);
	diff_clear(&diff);
	image_free(a);
	image_free(b);
	model_free(m);
}

/* Every allocation fails once. */
Test(diff, out_of_memory)
{
	struct model *m = model_create(77, true);
	struct image *a = picture(m);

	for (int i = 0; i < 60; i++)
		change(m, true);
	struct image *b = picture(m);
	long n = 0;

	for (;; n++) {
		struct diff diff;
		struct err err = {{0}};

		alloc_fail_at(n, false);
		int e = diff_compute(a, b, &plain, &diff, &err);

		alloc_fail_at(-1, false);
		if (e == 0) {
			cr_expect_gt(diff.count, 10);
			diff_clear(&diff);
			break;
		}
		cr_assert_eq(e, -ENOMEM);
		cr_assert_str_eq(err.text, "out of memory");
		cr_assert_null(diff.entries);
	}
	cr_expect_gt(n, 50);
	image_free(a);
	image_free(b);
	model_free(m);
}
