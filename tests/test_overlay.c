/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The oracle: a tree of directories changes at random and what changed is flushed; whatever is flushed, compacted,
 * rebased or cut short by a crash, every path's size and the merged image are those of the model at its last flush.
 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault_file.h"
#include "fault_vfs.h"
#include "spec.h"
#include "store/files/file_list.h"
#include "store/index/overlay.h"
#include "store/record/size.h"
#include "store_fixture.h"
#include "store_model.h"

#define ROOT "/srv/data"
#define PATHS 30 /* few: what goes comes again soon */
#define LENGTH 96

struct figures {
	uint64_t bytes, apparent_bytes, items, files;
	uint32_t errors;
};

/* All the directories that there can be; a parent stands before its children.  names[0] = "" is the root. */
static struct world {
	uint64_t seed;
	int count;
	int parent[PATHS];
	char path[PATHS][LENGTH];
	bool alive[PATHS], touched[PATHS], again[PATHS];
	struct figures now[PATHS];
	bool flushed_alive[PATHS];
	struct figures flushed[PATHS];
} world;

static const struct overlay_chain chain = {ROOT, "x"};

static unsigned draw(unsigned below)
{
	world.seed = world.seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(world.seed >> 33) % below;
}

static struct figures draw_figures(void)
{
	struct figures figures = {draw(1u << 30), draw(1u << 30), draw(1000), draw(1000), draw(3)};

	if (!draw(4))
		figures.items = figures.files = 0;
	return figures;
}

/* What cannot be read itself has nothing. */
static uint16_t read_error(const struct figures *figures)
{
	return !figures->items && figures->errors ? IMAGE_READ_ERROR : 0;
}

static void make_world(unsigned seed)
{
	static const char *const names[] = {"a", "a-b", "a0", "b", "\xff", "z."}; /* what sorts around "a/" */

	world = (struct world){.seed = seed * 2654435761u + 1, .count = 1, .parent = {-1}, .alive = {true}};
	while (world.count < PATHS) {
		int parent = (int)draw((unsigned)world.count), i = world.count;
		char path[2 * LENGTH];
		bool there = false;

		snprintf(path, sizeof(path), "%s%s%s", world.path[parent], parent ? "/" : "", names[draw(6)]);
		for (int k = 0; k < i; k++)
			there |= !strcmp(world.path[k], path);
		if (there || strlen(path) >= LENGTH)
			continue;
		strcpy(world.path[i], path);
		world.parent[i] = parent;
		world.alive[i] = world.alive[parent] && draw(2);
		world.now[i] = draw_figures();
		world.count++;
	}
}

static bool below(int i, int top)
{
	while (i != -1 && i != top)
		i = world.parent[i];
	return i == top;
}

static void change(void)
{
	int i = (int)draw((unsigned)world.count);

	if (i && !world.alive[i] && world.alive[world.parent[i]]) { /* a directory comes, perhaps where one was */
		world.alive[i] = true;
		world.again[i] = world.touched[i];
	} else if (i && world.alive[i] && draw(3) == 0) {
		for (int k = i; k < world.count; k++)
			if (below(k, i)) {
				world.alive[k] = false;
				world.touched[k] = draw(2); /* whether what was below it is told or not */
				world.again[k] = false;
			}
		world.touched[i] = true;
	}
	if (!world.alive[i])
		return;
	for (; i != -1; i = world.parent[i]) {
		world.now[i] = draw_figures();
		world.touched[i] = true;
	}
}

static size_t take_rows(struct overlay_row *rows)
{
	size_t count = 0;

	for (int n = 0, start = (int)draw((unsigned)world.count); n < world.count; n++) {
		int i = (start + n) % world.count; /* in any order */

		if (!world.touched[i])
			continue;
		const struct figures *now = &world.now[i];

		rows[count++] = (struct overlay_row){
			.path = world.path[i],
			.length = strlen(world.path[i]),
			.bytes = now->bytes,
			.apparent_bytes = now->apparent_bytes,
			.items = now->items,
			.files = now->files,
			.errors = now->errors,
			.kind = !world.alive[i] ? OVERLAY_GONE
		              : world.again[i]  ? OVERLAY_AGAIN
		                                : OVERLAY_CHANGED,
		};
		world.touched[i] = world.again[i] = false;
	}
	return count;
}

static void note_flushed(void)
{
	memcpy(world.flushed, world.now, sizeof(world.now));
	memcpy(world.flushed_alive, world.alive, sizeof(world.alive));
}

static struct image *world_image(void)
{
	struct image_builder *builder = image_builder_create(ROOT, PATHS);

	for (int i = 0; i < world.count; i++) {
		const struct figures *now = &world.now[i];

		if (world.alive[i])
			cr_assert_eq(
				image_builder_add(builder, &(struct image_record){.path = world.path[i],
			                                                          .length = strlen(world.path[i]),
			                                                          .alloc_bytes = now->bytes,
			                                                          .apparent_bytes = now->apparent_bytes,
			                                                          .items = now->items,
			                                                          .files = now->files,
			                                                          .errors = now->errors,
			                                                          .flags = read_error(now),
			                                                          .fingerprint = {(uint64_t)i + 1, 7},
			                                                          .ino = (uint64_t)i + 1,
			                                                          .ctime = 5}),
				0);
	}
	struct image *image = image_builder_finish(builder);

	cr_assert_not_null(image);
	return image;
}

static void check_sizes(struct sizes *sizes, const char *when)
{
	for (int i = 0; i < world.count; i++) {
		const struct figures *was = &world.flushed[i];
		struct size_answer answer;
		struct err err = {{0}};
		char path[2 * LENGTH];

		snprintf(path, sizeof(path), "%s%s%s", ROOT, i ? "/" : "", world.path[i]);
		cr_assert_eq(sizes_find(sizes, path, &answer, &err), 0, "%s", err.text);
		cr_assert_eq(answer.known, world.flushed_alive[i] && !read_error(was), "%s: %s is %sknown", when, path,
		             answer.known ? "" : "not ");
		if (answer.known)
			cr_assert(answer.bytes == was->bytes && answer.apparent_bytes == was->apparent_bytes &&
			                  answer.items == was->items,
			          "%s: %s", when, path);
		if (answer.known)
			cr_assert_eq(answer.partial, was->errors > 0, "%s: %s", when, path);
	}
}

static void check_merge(struct store *store, const char *index, const char *when)
{
	struct image *base, *merged;
	struct index_meta meta;
	struct err err = {{0}};
	uint64_t covers;
	uint32_t alive = 0;

	cr_assert_eq(index_open(index, ROOT, &base, &meta, &err), 0, "%s: %s", when, err.text);
	cr_assert_eq(overlay_merge(store, base, &meta, &merged, &covers, &err), 0, "%s: %s", when, err.text);
	for (int i = 0; i < world.count; i++) {
		uint32_t at = image_lookup(merged, world.path[i], strlen(world.path[i]));
		const struct figures *was = &world.flushed[i];

		cr_assert_eq(at != IMAGE_NONE, world.flushed_alive[i], "%s: %s", when, world.path[i]);
		if (at == IMAGE_NONE)
			continue;
		alive++;
		cr_assert(merged->alloc_bytes[at] == was->bytes && merged->apparent_bytes[at] == was->apparent_bytes &&
		                  merged->items[at] == was->items && merged->files[at] == was->files &&
		                  merged->errors[at] == was->errors &&
		                  (merged->flags[at] & IMAGE_READ_ERROR) == read_error(was),
		          "%s: %s", when, world.path[i]);
	}
	cr_assert_eq(merged->count, alive, "%s", when);
	image_free(merged);
	/* And in a moment: those that the base has. */
	cr_assert_eq(overlay_glance(store, base, &meta, &merged, &err), 0, "%s: %s", when, err.text);
	for (int i = 0; i < world.count; i++) {
		uint32_t at = image_lookup(merged, world.path[i], strlen(world.path[i]));
		const struct figures none = {0}, *was = world.flushed_alive[i] ? &world.flushed[i] : &none;

		if (at != IMAGE_NONE)
			cr_assert(merged->alloc_bytes[at] == was->bytes &&
			                  merged->apparent_bytes[at] == was->apparent_bytes &&
			                  merged->items[at] == was->items && merged->files[at] == was->files &&
			                  merged->errors[at] == was->errors,
			          "%s, at a glance: %s", when, world.path[i]);
	}
	image_free(merged);
	image_free(base);
	index_meta_clear(&meta);
}

/* Merge and write as a compaction does, and die before the rows are pruned. */
static void compact_half(struct store *store, const char *index)
{
	struct image *base, *merged;
	struct index_meta meta;
	struct err err = {{0}};
	uint64_t covers;

	cr_assert_eq(index_open(index, ROOT, &base, &meta, &err), 0);
	cr_assert_eq(overlay_merge(store, base, &meta, &merged, &covers, &err), 0);
	meta.covers_seq = covers;
	cr_assert_eq(index_write(index, merged, &meta, &err), 0);
	image_free(merged);
	image_free(base);
	index_meta_clear(&meta);
}

static uint64_t covered(const char *index)
{
	struct image *base;
	struct index_meta meta;

	cr_assert_eq(index_open(index, ROOT, &base, &meta, NULL), 0);
	uint64_t seq = meta.covers_seq;

	image_free(base);
	index_meta_clear(&meta);
	return seq;
}

static void rebase(struct store *store)
{
	struct image *image = world_image();
	struct index_meta meta = {.root = (char *)ROOT, .options = (char *)"x", .taken_at = 1000};
	struct err err = {{0}};

	cr_assert_eq(overlay_rebase(store, image, &meta, &err), 0, "%s", err.text);
	image_free(image);
	memset(world.touched, 0, sizeof(world.touched));
	memset(world.again, 0, sizeof(world.again));
	note_flushed();
}

static void history(struct store *store, const char *index, unsigned seed)
{
	struct overlay_row rows[PATHS];
	struct sizes *older = NULL;
	struct err err = {{0}};
	uint64_t seq, last = 0;
	char when[64];

	make_world(seed);
	rebase(store);
	for (int step = 0; step < 40; step++) {
		unsigned kind = draw(8);

		snprintf(when, sizeof(when), "seed %u, step %d, kind %u", seed, step, kind);
		if (kind == 0) {
			cr_assert_eq(overlay_compact(store, ROOT, &err), 0, "%s: %s", when, err.text);
		} else if (kind == 1) {
			compact_half(store, index);
		} else if (kind == 2) {
			rebase(store);
		} else if (kind == 3) { /* a reader that stays while the rest goes on */
			sizes_close(older);
			cr_assert_eq(sizes_open(store, &older, &err), 0);
			check_sizes(older, when);
		} else {
			for (int n = (int)draw(12); n >= 0; n--)
				change();
			size_t count = take_rows(rows);

			cr_assert_eq(overlay_flush(store, &chain, covered(index), 2000 + step, rows, count, &seq, &err),
			             0, "%s: %s", when, err.text);
			cr_assert(count ? seq > last : seq >= last);
			last = seq;
			note_flushed();
		}
		struct sizes *sizes;

		cr_assert_eq(sizes_open(store, &sizes, &err), 0);
		check_sizes(sizes, when);
		sizes_close(sizes);
		check_merge(store, index, when);
		if (older && draw(2))
			check_sizes(older, when);
	}
	sizes_close(older);
}

static struct fixture fixture;
static struct buf index_name;

static void begin(void)
{
	fixture_begin(&fixture);
	index_name = (struct buf){0};
}

static void end(void)
{
	buf_free(&index_name);
	fixture_end(&fixture);
}

static struct store *open_store(void)
{
	struct store *store = fixture_open(&fixture, STORE_CREATE);

	buf_clear(&index_name);
	cr_assert_eq(index_path(store_path(store), ROOT, &index_name), 0);
	return store;
}

Test(overlay, equals_the_model, .init = begin, .fini = end)
{
	struct store *store = open_store();

	for (unsigned seed = 1; seed <= 25; seed++)
		history(store, index_name.data, seed);
	store_close(store);
}

static struct size_answer size_of(struct store *store, const char *path)
{
	struct size_answer answer;
	struct sizes *sizes;
	struct err err = {{0}};

	cr_assert_eq(sizes_open(store, &sizes, &err), 0, "%s", err.text);
	cr_assert_eq(sizes_find(sizes, path, &answer, &err), 0, "%s", err.text);
	sizes_close(sizes);
	return answer;
}

/* A chain that was deleted counts from 0 again; what the index covers must not hide its rows. */
Test(overlay, numbers_go_on_behind_a_deleted_chain, .init = begin, .fini = end)
{
	struct store *store = open_store();
	struct overlay_row row = {.path = "", .bytes = 1};
	struct err err = {{0}};
	uint64_t seq;

	make_world(1);
	rebase(store);
	for (int i = 0; i < 5; i++)
		cr_assert_eq(overlay_flush(store, &chain, 0, 2000, &row, 1, &seq, &err), 0);
	cr_assert_eq(overlay_compact(store, ROOT, &err), 0);
	cr_assert_eq(store_exec(store, "DELETE FROM roots; DELETE FROM overlay", &err), 0);
	row.bytes = 77;
	cr_assert_eq(overlay_flush(store, &chain, covered(index_name.data), 2000, &row, 1, &seq, &err), 0);
	cr_assert_eq(seq, 6);
	cr_assert_eq(size_of(store, ROOT).bytes, 77);
	store_close(store);
}

/* Another chain's index takes its place: what was noted for the one before means nothing to it. */
Test(overlay, belongs_to_its_counting_options, .init = begin, .fini = end)
{
	struct store *store = open_store();
	struct overlay_row row = {.path = "", .bytes = 1};
	struct index_meta meta = {.root = (char *)ROOT, .options = (char *)"other", .taken_at = 3000};
	struct err err = {{0}};
	uint64_t seq;

	make_world(2);
	rebase(store);
	cr_assert_eq(overlay_flush(store, &chain, 0, 2000, &row, 1, &seq, &err), 0);
	cr_assert_eq(size_of(store, ROOT).bytes, 1);
	struct image *image = world_image();

	cr_assert_eq(overlay_rebase(store, image, &meta, &err), 0);
	cr_assert_eq(size_of(store, ROOT).bytes, image->alloc_bytes[0]);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM overlay"), 0);
	image_free(image);
	store_close(store);
}

/* An index that is where another's belongs is nobody's: it neither answers nor is it merged into. */
Test(overlay, an_index_of_another_folder, .init = begin, .fini = end)
{
	struct store *store = open_store();
	struct index_meta other = {.root = (char *)"/elsewhere", .options = (char *)"x", .taken_at = 9000};
	struct overlay_row row = {.path = "", .bytes = 1};
	struct err err = {{0}};
	uint64_t seq;

	make_world(3);
	rebase(store);
	cr_assert_eq(overlay_flush(store, &chain, 0, 2000, &row, 1, &seq, &err), 0);
	struct image *image = world_image();

	cr_assert_eq(index_write(index_name.data, image, &other, &err), 0, "%s", err.text);
	image_free(image);
	cr_assert(!size_of(store, ROOT).known);
	cr_assert_eq(overlay_compact(store, ROOT, &err), -EINVAL);
	cr_assert(strstr(err.text, "another folder"), "%s", err.text);
	store_close(store);
}

/* ---- with snapshots ---- */

static struct image *open_index(struct store *store, const char *root, struct index_meta *meta)
{
	struct buf path = {0};
	struct image *image = NULL;

	cr_assert_eq(index_path(store_path(store), root, &path), 0);
	index_open(path.data, root, &image, meta, NULL);
	buf_free(&path);
	return image;
}

static int64_t save(struct model *model, struct store *store, int64_t time_s, int *indexed)
{
	struct snapshot_meta meta = {.options = "", .started_at = time_s - 1, .finished_at = time_s};
	struct tree *tree = model_tree(model);
	struct err err = {{0}};
	int64_t id;

	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	*indexed = snapshot_make_index(store, tree, &meta, id, &err);
	tree_destroy(tree);
	return id;
}

Test(overlay, a_scan_leaves_its_index, .init = begin, .fini = end)
{
	struct store *store = open_store();
	struct model model;
	struct index_meta meta;
	struct image *stored, *mapped;
	struct err err = {{0}};
	int indexed;

	model_begin(&model, 7, ROOT);
	model_grow(&model, 60, 300);
	int64_t id = save(&model, store, 5000, &indexed);

	cr_assert_eq(indexed, 0);
	cr_assert_eq(snapshot_image(store, id, &stored, &err), 0);
	mapped = open_index(store, ROOT, &meta);
	cr_assert_not_null(mapped);
	cr_assert_eq(meta.snapshot_id, id);
	cr_assert_eq(meta.taken_at, 5000);
	cr_assert_eq(mapped->count, stored->count);
	for (uint32_t i = 0; i < stored->count; i++) {
		struct file_list a, b;

		cr_assert_eq(mapped->alloc_bytes[i], stored->alloc_bytes[i]);
		cr_assert_eq(mapped->fingerprint[i][0], stored->fingerprint[i][0]);
		/* The mapped one knows no rows of the database: its files are found by path. */
		cr_assert_eq(file_list_read(store, stored, i, &a, &err), 0, "%s", err.text);
		cr_assert_eq(file_list_read(store, mapped, i, &b, &err), 0, "%s", err.text);
		cr_assert_eq(a.count, b.count);
		for (size_t k = 0; k < a.count; k++)
			cr_assert(a.items[k].alloc_bytes == b.items[k].alloc_bytes &&
			          a.items[k].name_length == b.items[k].name_length);
		file_list_clear(&a);
		file_list_clear(&b);
	}
	image_free(stored);
	image_free(mapped);
	index_meta_clear(&meta);
	model_end(&model);
	store_close(store);
}

/*
 * While somebody follows the root, or the folder of indexes cannot be written, the older index stays and does not claim
 * to be the newest.
 */
Test(overlay, an_index_that_is_older_says_so, .init = begin, .fini = end)
{
	struct store *store = open_store();
	struct buf lock_path = {0};
	struct model model;
	struct err err = {{0}};
	int indexed;

	model_begin(&model, 9, ROOT);
	model_grow(&model, 10, 30);
	model_file(&model, 0, "a", 4096);
	save(&model, store, 5000, &indexed);
	cr_assert_eq(indexed, 0);
	struct size_answer before = size_of(store, ROOT);

	cr_assert_eq(before.as_of, 5000);
	model_file(&model, 0, "b", 8192);
	cr_assert_eq(index_lock_path(store_path(store), ROOT, &lock_path), 0);
	int lock = index_lock(lock_path.data, &err);

	cr_assert_geq(lock, 0);
	save(&model, store, 6000, &indexed);
	cr_assert_eq(indexed, -EWOULDBLOCK);
	close(lock);
	struct size_answer after = size_of(store, ROOT);

	cr_assert_eq(after.as_of, 6000);
	cr_assert_eq(after.bytes, before.bytes + 8192);
	cr_assert(!after.live);
	after = size_of(store, ROOT "/b");
	cr_assert(after.known && !after.is_dir);
	cr_assert_eq(after.bytes, 8192);
	cr_assert(!size_of(store, ROOT "/c").known);
	cr_assert(!size_of(store, "/srv").known);
	cr_assert(!size_of(store, ROOT "base").known);
	buf_free(&lock_path);
	model_end(&model);
	store_close(store);
}

/* With its last snapshot a root is forgotten, but not while somebody follows it. */
Test(overlay, goes_with_the_last_snapshot, .init = begin, .fini = end)
{
	struct store *store = open_store();
	struct buf lock_path = {0};
	struct model model;
	struct overlay_chain plain = {ROOT, ""};
	struct overlay_row row = {.path = "", .bytes = 77};
	struct err err = {{0}};
	uint64_t seq;
	int indexed;

	model_begin(&model, 11, ROOT);
	model_grow(&model, 10, 30);
	int64_t id = save(&model, store, 5000, &indexed);

	cr_assert_eq(index_lock_path(store_path(store), ROOT, &lock_path), 0);
	int lock = index_lock(lock_path.data, &err);

	cr_assert_geq(lock, 0);
	cr_assert_eq(overlay_flush(store, &plain, 0, 6000, &row, 1, &seq, &err), 0);
	cr_assert_eq(snapshot_delete(store, id, &err), 0, "%s", err.text);
	cr_assert_eq(size_of(store, ROOT).bytes, 77);
	close(lock);
	id = save(&model, store, 7000, &indexed);
	cr_assert_eq(indexed, 0);
	cr_assert_eq(snapshot_delete(store, id, &err), 0, "%s", err.text);
	cr_assert(!size_of(store, ROOT).known);
	cr_assert_eq(access(index_name.data, F_OK), -1);
	buf_free(&lock_path);
	model_end(&model);
	store_close(store);
}

/* ---- faults ---- */

/* No half of an index stays behind. */
static void check_no_litter(const char *when)
{
	struct buf folder = {0};
	struct dirent *entry;

	buf_printf(&folder, "%s.index", fixture.path);
	DIR *dir = opendir(folder.data);

	cr_assert_not_null(dir);
	while ((entry = readdir(dir)))
		cr_assert_null(strstr(entry->d_name, ".tmp"), "%s: %s", when, entry->d_name);
	closedir(dir);
	buf_free(&folder);
}

static void check_state(struct store *store, const char *when)
{
	struct sizes *sizes;
	struct err err = {{0}};

	cr_assert_eq(sizes_open(store, &sizes, &err), 0, "%s: %s", when, err.text);
	check_sizes(sizes, when);
	sizes_close(sizes);
	check_merge(store, index_name.data, when);
	check_no_litter(when);
}

static void flush_some(struct store *store)
{
	struct overlay_row rows[PATHS];
	struct err err = {{0}};
	uint64_t seq;

	for (int k = 0; k < 8; k++)
		change();
	size_t count = take_rows(rows);

	cr_assert_eq(overlay_flush(store, &chain, covered(index_name.data), 3000, rows, count, &seq, &err), 0, "%s",
	             err.text);
	note_flushed();
}

/* Bring everything into the index: from the overlay, or from the tree. */
static int renew(struct store *store, bool from_tree, uint64_t *covers, struct err *err)
{
	if (!from_tree)
		return overlay_compact(store, ROOT, err);
	struct image *image = world_image();
	struct index_meta meta = {.root = (char *)ROOT,
	                          .options = (char *)"x",
	                          .taken_at = 4000,
	                          .covers_seq = *covers};
	int rc = overlay_rebase(store, image, &meta, err);

	*covers = meta.covers_seq;
	image_free(image);
	return rc;
}

/*
 * The n-th write fails, and all that follow: `code` of SQLite's, or `error` of the index's.  Returns whether there was
 * an n-th.
 */
static bool fail_at(long n, bool from_tree, int code, int error)
{
	struct store *store = open_store();
	struct err err = {{0}};
	uint64_t covers;
	char when[64];

	snprintf(when, sizeof(when), "%s, write %ld of %s", from_tree ? "rebase" : "compaction", n,
	         code ? "the database" : "the index");
	make_world((unsigned)n + 1);
	memset(world.touched, 0, sizeof(world.touched));
	rebase(store);
	flush_some(store);
	flush_some(store);
	covers = covered(index_name.data);
	if (code)
		fault_vfs_arm(n, code, true);
	else
		fault_file_arm(n, error);
	int rc = renew(store, from_tree, &covers, &err);
	bool reached = (code ? fault_vfs_count() : fault_file_count()) > n;

	fault_vfs_arm(-1, 0, false);
	fault_file_arm(-1, 0);
	cr_assert(reached || !rc, "%s: %s", when, err.text);
	cr_assert(!rc || err.text[0], "%s", when);
	cr_assert(!from_tree || covers == covered(index_name.data), "%s: what the index covers is not what was said",
	          when);
	check_state(store, when);
	/* As another program finds it, and as it goes on. */
	store_close(store);
	store = open_store();
	check_state(store, when);
	flush_some(store);
	check_state(store, when);
	cr_assert_eq(renew(store, from_tree, &covers, &err), 0, "%s: %s", when, err.text);
	check_state(store, when);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM overlay"), 0);
	store_close(store);
	return reached;
}

Test(overlay, old_or_new_whatever_fails, .init = begin, .fini = end)
{
	static const struct {
		int code, error;
	} faults[] = {{SQLITE_FULL, 0}, {SQLITE_IOERR_WRITE, 0}, {0, ENOSPC}, {0, EIO}};

	fault_vfs_install();
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		for (int from_tree = 0; from_tree < 2; from_tree++) {
			long n = 0;

			while (fail_at(n, from_tree, faults[i].code, faults[i].error))
				n++;
			cr_assert_gt(n, 3, "nothing was made to fail");
		}
	}
}

/* The index of a scan that cannot be written: the scan is stored, and answers. */
Test(overlay, a_scan_without_its_index, .init = begin, .fini = end)
{
	struct store *store = open_store();
	struct model model;
	int64_t now = 5000;
	bool reached = true;

	model_begin(&model, 13, ROOT);
	model_grow(&model, 20, 60);
	for (long n = 0; reached; n++, now += 10) {
		struct tree *tree;
		struct err err = {{0}};
		int64_t id;
		char when[32];

		snprintf(when, sizeof(when), "write %ld", n);
		model_file(&model, 0, when, 4096);
		tree = model_tree(&model);
		struct snapshot_meta meta = {.options = "", .started_at = now - 1, .finished_at = now};

		cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
		fault_file_arm(n, ENOSPC);
		int rc = snapshot_make_index(store, tree, &meta, id, &err);

		reached = fault_file_count() > n;
		fault_file_arm(-1, 0);
		cr_assert(reached ? !rc || err.text[0] : !rc, "%s: %s", when, err.text);
		struct size_answer answer = size_of(store, ROOT);

		cr_assert_eq(answer.as_of, now, "%s", when);
		cr_assert_eq(
			answer.bytes,
			(uint64_t)fixture_number(store, "SELECT total_bytes FROM snapshots ORDER BY id DESC LIMIT 1"),
			"%s", when);
		check_no_litter(when);
		tree_destroy(tree);
	}
	model_end(&model);
	store_close(store);
}

/* A disk that is really full. */
Test(overlay, a_full_disk_leaves_the_older_index, .init = begin, .fini = end)
{
	enum { DIRS = 12000 };
	if (!fixture_tmpfs(&fixture, "8m"))
		cr_skip_test("mounting is not allowed");
	struct store *store = open_store();
	struct image_builder *builder = image_builder_create(ROOT, DIRS);
	struct index_meta meta = {.root = (char *)ROOT, .options = (char *)"x", .taken_at = 1000};
	struct overlay_row row = {.path = "d7", .length = 2, .bytes = 777};
	struct err err = {{0}};
	static char block[1 << 16];
	char name[320];
	uint64_t seq;

	for (int i = 0; i < DIRS; i++) {
		int length = i ? snprintf(name, sizeof(name), "d%d", i) : 0;

		cr_assert_eq(image_builder_add(builder, &(struct image_record){.path = name,
		                                                               .length = (size_t)length,
		                                                               .alloc_bytes = 4096}),
		             0);
	}
	struct image *image = image_builder_finish(builder);

	cr_assert_eq(overlay_rebase(store, image, &meta, &err), 0, "%s", err.text);
	image_free(image);
	cr_assert_eq(overlay_flush(store, &chain, meta.covers_seq, 2000, &row, 1, &seq, &err), 0, "%s", err.text);
	snprintf(name, sizeof(name), "%s/fill", fixture.folder);
	FILE *file = fopen(name, "w");

	cr_assert_not_null(file);
	setvbuf(file, NULL, _IONBF, 0);
	while (fwrite(block, 1, sizeof(block), file) == sizeof(block))
		;
	fclose(file);
	cr_assert_eq(overlay_compact(store, ROOT, &err), -ENOSPC);
	cr_assert(err.text[0]);
	check_no_litter("full");
	cr_assert_eq(covered(index_name.data), meta.covers_seq);
	cr_assert_eq(size_of(store, ROOT "/d7").bytes, 777);
	cr_assert_eq(size_of(store, ROOT "/d8").bytes, 4096);
	cr_assert_eq(unlink(name), 0);
	cr_assert_eq(overlay_compact(store, ROOT, &err), 0, "%s", err.text);
	cr_assert_eq(covered(index_name.data), seq);
	cr_assert_eq(size_of(store, ROOT "/d7").bytes, 777);
	store_close(store);
}
