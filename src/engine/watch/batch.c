/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "engine/tree/subtree.h"
#include "engine/image/image.h"

#define MANY 64 /* changes of one directory's entries that are told one by one */

/*
 * Absolute paths of more than IMAGE_PATH_MAX bytes are not told, or the account of a deep tree would be its depth times
 * as large as the tree: what happens there is told of the last directory above whose path is short enough (its
 * *place*), as one CHANGE_MANY a batch.  A place follows from the parent's, and is kept with what is known of a
 * directory until something moves.
 */

struct touched {
	dir_id dir;
	bool fresh;              /* a new row: at this path since this batch, */
	bool born;               /* and nowhere before; */
	bool carried;            /* or below another one, with which it moved */
	uint32_t changes;        /* of its entries */
	size_t many;             /* index + 1 of its CHANGE_MANY */
	dir_id place;            /* where it is told, as of `moves` */
	uint32_t place_length;   /* of the place's path */
	uint32_t moves;
	struct figure alloc, apparent; /* before */
	uint64_t counts;
	uint32_t errors;
};

struct batch_account {
	const struct tree *tree;
	struct touched *touched;
	size_t touched_count, touched_capacity;
	struct hash by_dir; /* index in touched */
	struct change *changes;
	size_t change_count, change_capacity;
	struct change_dir *dirs; /* those that are gone first, with their paths; the rest by batch_finish() */
	size_t dir_count, dir_capacity;
	struct { dir_id *items; size_t capacity; } climb;
	uint32_t moves;          /* so far, + 1 */
	struct writers writers;  /* of the changes */
	bool incomplete;
};

struct batch_account *batch_create(const struct tree *tree)
{
	struct batch_account *account = alloc_zero(struct batch_account);

	if (account)
		*account = (struct batch_account){.tree = tree, .moves = 1};
	return account;
}

static void forget(struct batch_account *account)
{
	for (size_t i = 0; i < account->change_count; i++) {
		free(account->changes[i].path);
		free(account->changes[i].old_path);
	}
	for (size_t i = 0; i < account->dir_count; i++)
		free(account->dirs[i].path);
	account->change_count = 0;
	account->dir_count = 0;
	account->touched_count = 0;
	writers_clear(&account->writers);
}

void batch_destroy(struct batch_account *account)
{
	if (!account)
		return;
	forget(account);
	free(account->touched);
	hash_free(&account->by_dir);
	free(account->changes);
	free(account->dirs);
	free(account->climb.items);
	writers_free(&account->writers);
	free(account);
}

void batch_begin(struct batch_account *account)
{
	forget(account);
	account->incomplete = false;
	account->moves = 1;
	hash_clear(&account->by_dir);
}

/* The entry of a directory, or NULL. */
static struct touched *find(const struct batch_account *account, dir_id dir)
{
	uint32_t at = hash_find(&account->by_dir, hash_u32(dir));

	return at == HASH_NONE ? NULL : &account->touched[at];
}

/* The entry of a directory, made with what its totals are now; NULL without memory.  *had = it was there. */
static struct touched *touch(struct batch_account *account, dir_id dir, bool *had)
{
	struct touched *in = find(account, dir);

	*had = in != NULL;
	if (in)
		return in;
	if (hash_reserve(&account->by_dir, account->touched_count + 1))
		goto lost;
	if (alloc_room(&account->touched, &account->touched_capacity, account->touched_count + 1))
		goto lost;
	struct node_cold *cold = (struct node_cold *)(uintptr_t)tree_cold(account->tree, dir);

	account->touched[account->touched_count++] = (struct touched){
		.dir = dir,
		.alloc = cold_alloc(cold),
		.apparent = cold_apparent(cold),
		.counts = atomic_load_explicit(&cold->counts, memory_order_relaxed),
		.errors = atomic_load_explicit(&cold->errors, memory_order_relaxed),
	};
	hash_add(&account->by_dir, hash_u32(dir), (uint32_t)account->touched_count - 1);
	return &account->touched[account->touched_count - 1];
lost:
	account->incomplete = true;
	return NULL;
}

void batch_touch(struct batch_account *account, dir_id dir)
{
	bool had = false;

	for (; dir != DIR_NONE && !had; dir = tree_cold(account->tree, dir)->parent)
		if (!touch(account, dir, &had))
			return;
}

void batch_subtree(struct batch_account *account, dir_id top, bool moved)
{
	struct subtree_survey survey = {0};
	bool had;

	if (subtree_survey_take(&survey, (struct tree *)(uintptr_t)account->tree, top))
		account->incomplete = true;
	for (size_t i = 0; i < survey.dir_count; i++) {
		struct touched *in = touch(account, survey.dirs[i], &had);

		if (in) {
			in->fresh = true;
			in->born |= !moved;
			in->carried = moved && i > 0 && !in->born;
		}
	}
	account->moves += moved;
	subtree_survey_free(&survey);
}

/* ---- places ---- */

struct batch_place {
	dir_id dir;
	uint32_t length;         /* of its path */
};

static struct touched *known_place(const struct batch_account *account, dir_id dir)
{
	struct touched *in = find(account, dir);

	return in && in->moves == account->moves ? in : NULL;
}

static void keep_place(const struct batch_account *account, dir_id dir, struct batch_place place)
{
	struct touched *in = find(account, dir);

	if (!in)
		return;
	in->place = place.dir;
	in->place_length = place.length;
	in->moves = account->moves;
}

/* Where the directory is told; DIR_NONE without memory. */
static struct batch_place place_of(struct batch_account *account, dir_id dir)
{
	size_t levels = 0, root = strlen(tree_root_path(account->tree));
	struct batch_place place = { .dir = DIR_ROOT, .length = root == 1 ? 0 : (uint32_t)root };
	dir_id at = dir;

	for (; at != DIR_ROOT; at = tree_cold(account->tree, at)->parent) {
		const struct touched *known = known_place(account, at);

		if (known) {
			place = (struct batch_place){ .dir = known->place, .length = known->place_length };
			break;
		}
		if (alloc_room(&account->climb.items, &account->climb.capacity, levels + 1)) {
			account->incomplete = true;
			return (struct batch_place){0};
		}
		account->climb.items[levels++] = at;
	}
	while (levels) {
		dir_id parent = at;
		struct node node;

		at = account->climb.items[--levels];
		tree_dir_node(account->tree, at, &node);
		if (place.dir == parent && place.length + 1 + node.name_length <= IMAGE_PATH_MAX)
			place = (struct batch_place){ .dir = at, .length = place.length + 1 + node.name_length };
		keep_place(account, at, place);
	}
	return place;
}

static char *path_of(struct batch_account *account, dir_id dir, const void *name, size_t length)
{
	struct buf path = {0};

	tree_path(account->tree, dir, &path);
	if (name) {
		if (path.length && path.data[path.length - 1] != '/')
			buf_char(&path, '/');
		buf_add(&path, name, length);
	}
	if (path.failed) {
		account->incomplete = true;
		buf_free(&path);
		return NULL;
	}
	return path.data;
}

char *batch_path(struct batch_account *account, dir_id dir, const void *name, size_t length)
{
	struct batch_place place = place_of(account, dir);
	bool fits = place.dir == dir && (!name || place.length + 1 + length <= IMAGE_PATH_MAX);

	return fits ? path_of(account, dir, name, length) : NULL;
}

/* ---- what happened ---- */

static struct change_dir *add_dir(struct batch_account *account)
{
	if (alloc_room(&account->dirs, &account->dir_capacity, account->dir_count + 1)) {
		account->incomplete = true;
		return NULL;
	}
	account->dirs[account->dir_count] = (struct change_dir){0};
	return &account->dirs[account->dir_count++];
}

void batch_gone(struct batch_account *account, dir_id dir)
{
	char *path = batch_path(account, dir, NULL, 0);
	struct change_dir *gone = path ? add_dir(account) : NULL;
	struct node node;

	if (!gone) {
		free(path);
		return;
	}
	tree_dir_node(account->tree, dir, &node);
	*gone = (struct change_dir){ .path = path, .gone = true, .old_bytes = node.alloc_bytes };
}

/* Takes both paths over. */
static void add_change(struct batch_account *account, const struct change *change)
{
	if (!change->path || alloc_room(&account->changes, &account->change_capacity, account->change_count + 1)) {
		account->incomplete = true;
		free(change->path);
		free(change->old_path);
		return;
	}
	account->changes[account->change_count++] = *change;
}

/* Who did this or that, for as long as the account lasts. */
static const char *both(struct batch_account *account, const char *a, const char *b)
{
	return writers_text(&account->writers, writers_add(&account->writers, writers_add(&account->writers, 0, a), b));
}

/* One of too many, or too far down: one row for the directory; what came before it stays told. */
static void add_to_many(struct batch_account *account, struct touched *in, const struct change *change,
                        uint64_t old_bytes)
{
	const struct node_cold *cold = tree_cold(account->tree, in->dir);

	if (in->many) {
		struct change *many = &account->changes[in->many - 1];

		many->old_bytes = figure_sum(many->old_bytes, old_bytes);
		many->new_bytes += change->new_bytes;
		many->by = both(account, many->by, change->by);
		return;
	}
	size_t before = account->change_count;

	add_change(account, &(struct change){
				    .kind = CHANGE_MANY,
				    .is_dir = true,
				    .old_bytes = old_bytes,
				    .new_bytes = change->new_bytes,
				    .by = change->by,
				    .ino = cold->ino,
				    .dev = tree_fs(account->tree, cold->fs).dev,
				    .path = path_of(account, in->dir, NULL, 0),
			    });
	if (account->change_count > before)
		in->many = account->change_count;
}

void batch_change(struct batch_account *account, const struct change *change, dir_id dir, const void *name,
                  size_t length)
{
	struct batch_place place = place_of(account, dir);
	struct change told = *change;
	bool had, fits = place.dir == dir && place.length + 1 + length <= IMAGE_PATH_MAX;
	struct touched *in = place.dir == DIR_NONE ? NULL : touch(account, place.dir, &had);

	if (!in) {
		account->incomplete = true;
		free(told.old_path);
		return;
	}
	told.by = both(account, NULL, told.by);
	/* Of a move only one end is told: what is told is that it went, or that it came. */
	if (told.kind == CHANGE_RENAME && !told.old_path) {
		told.kind = CHANGE_CREATE;
		told.old_bytes = 0;
	}
	if (fits && ++in->changes <= MANY) {
		told.path = path_of(account, dir, name, length);
		add_change(account, &told);
		return;
	}
	add_to_many(account, in, &told, !fits && told.kind == CHANGE_RENAME ? 0 : told.old_bytes);
	if (!fits && told.kind == CHANGE_RENAME) {
		told.kind = CHANGE_DELETE;
		told.path = told.old_path;
		told.old_path = NULL;
		told.new_bytes = 0;
		add_change(account, &told);
	} else {
		free(told.old_path);
	}
}

static void before(const struct batch_account *account, dir_id dir, struct figure *alloc, struct figure *apparent)
{
	const struct touched *was = find(account, dir);
	const struct node_cold *cold = tree_cold(account->tree, dir);

	*alloc = !was ? cold_alloc(cold) : was->born ? figure_of(0) : was->alloc;
	*apparent = !was ? cold_apparent(cold) : was->born ? figure_of(0) : was->apparent;
}

void batch_before(const struct batch_account *account, dir_id dir, uint64_t *alloc_bytes, uint64_t *apparent_bytes)
{
	struct figure alloc, apparent;

	before(account, dir, &alloc, &apparent);
	*alloc_bytes = figure_told(alloc);
	*apparent_bytes = figure_told(apparent);
}

static int64_t grown_by(struct figure now, struct figure was)
{
	figure_take(&now, was);
	return figure_told_delta(now);
}

void batch_growth(const struct batch_account *account,
                  void (*tell)(void *context, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes), void *context)
{
	for (size_t i = 0; i < account->touched_count; i++) {
		dir_id dir = account->touched[i].dir;
		const struct node_cold *cold = tree_cold(account->tree, dir);
		struct figure alloc, apparent;

		if (!tree_alive(account->tree, dir))
			continue;
		before(account, dir, &alloc, &apparent);
		tell(context, dir, grown_by(cold_alloc(cold), alloc), grown_by(cold_apparent(cold), apparent));
	}
}

void batch_finish(struct batch_account *account, struct batch *batch)
{
	for (size_t i = 0; i < account->touched_count; i++) {
		const struct touched *was = &account->touched[i];
		uint64_t alloc_bytes = figure_told(was->alloc), apparent_bytes = figure_told(was->apparent);
		struct node node;

		if (!tree_alive(account->tree, was->dir))
			continue;
		tree_dir_node(account->tree, was->dir, &node);
		if (!was->fresh && node.alloc_bytes == alloc_bytes && node.apparent_bytes == apparent_bytes &&
		    (node.items | node.files << 32) == was->counts && node.errors == was->errors)
			continue;
		char *path = batch_path(account, was->dir, NULL, 0);
		struct change_dir *dir = path ? add_dir(account) : NULL;

		if (!dir) {
			free(path);
			continue;
		}
		*dir = (struct change_dir){
			.dir = was->dir,
			.path = path,
			.old_bytes = was->fresh && !was->carried ? 0 : alloc_bytes,
			.old_apparent_bytes = was->fresh && !was->carried ? 0 : apparent_bytes,
			.bytes = node.alloc_bytes,
			.apparent_bytes = node.apparent_bytes,
			.items = node.items,
			.files = node.files,
			.errors = node.errors,
		};
	}
	batch->changes = account->changes;
	batch->change_count = account->change_count;
	batch->dirs = account->dirs;
	batch->dir_count = account->dir_count;
	batch->incomplete = account->incomplete;
	const struct touched *root = find(account, DIR_ROOT);

	batch->delta_bytes = root ? grown_by(cold_alloc(tree_cold(account->tree, DIR_ROOT)), root->alloc) : 0;
}
