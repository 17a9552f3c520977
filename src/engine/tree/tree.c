/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/fs_kind.h"
#include "engine/tree/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/tree/shared.h"
#include "engine/tree/slack.h"
#include "engine/tree/tree_state.h"

/*
 * Reading a tree, and its life.  Threads: any number read while workers fill; see block.c for what is published when.
 * The chain fields of a NodeCold are read relaxed: figures of an incomplete directory are of some moment, those of a
 * complete one (pending read 0 with acquire) are exact.
 */

#define MOST_DIRS ((uint32_t)1 << 27)
#define MOST_UNITS (UINT32_MAX - 1)
#define MOST_WIDE ((uint32_t)1 << 26)
#define CHUNK_DIRS 512
#define CHUNK_UNITS 8192
#define CHUNK_WIDE 64

/* ---- life ---- */

/* Blocks replaced at once. */
struct retired {
	struct retired *next;
	uint64_t epoch;
	size_t count;
	struct arena_span spans[];
};

struct tree *tree_create(const char *root_path)
{
	struct tree *tree = alloc_zero(struct tree);

	if (!tree)
		return NULL;
	pthread_mutex_init(&tree->fs_lock, NULL);
	pthread_mutex_init(&tree->spare_dirs.lock, NULL);
	epochs_init(&tree->epochs);
	tree->seed = (uint64_t)clock_mono_ns() * 0x9e3779b97f4a7c15u ^ (uintptr_t)tree;
	tree->filler.tree = tree;
	tree->root_length = strlen(root_path);
	tree->root_path = alloc_copy(root_path, tree->root_length);
	/* Zeroed pages of it cost nothing before they are used. */
	tree->fs = alloc_array(TREE_FS_SLOTS, sizeof(*tree->fs));
	links_init(&tree->links);
	const struct arena_wish wishes[] = {
		{&tree->colds, sizeof(struct node_cold), MOST_DIRS, CHUNK_DIRS},
		{&tree->units, 8, MOST_UNITS, CHUNK_UNITS},
		{&tree->wide, sizeof(struct wide), MOST_WIDE, CHUNK_WIDE},
		links_wish(&tree->links),
	};

	if (!tree->root_path || !tree->fs || arena_reserve(wishes, sizeof(wishes) / sizeof(*wishes))) {
		tree_destroy(tree);
		errno = ENOMEM;
		return NULL;
	}
	return tree;
}

void tree_destroy(struct tree *tree)
{
	if (!tree || tree->kept)
		return;
	for (struct retired *next; tree->retired; tree->retired = next) {
		next = tree->retired->next;
		free(tree->retired);
	}
	slack_free(&tree->slack);
	links_destroy(&tree->links);
	arena_range_destroy(&tree->wide);
	arena_range_destroy(&tree->units);
	arena_range_destroy(&tree->colds);
	for (struct shared_table *next, *table = tree->shared; table; table = next) {
		next = table->next;
		shared_table_free(table);
	}
	pthread_mutex_destroy(&tree->fs_lock);
	pthread_mutex_destroy(&tree->spare_dirs.lock);
	free(tree->spare_dirs.items);
	free(tree->fs);
	free(tree->root_path);
	free(tree);
}

static int compare_spans(const void *a, const void *b)
{
	const struct arena_span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void tree_retire(struct tree *tree, const struct arena_span *spans, size_t n)
{
	struct retired *retired = n ? alloc_array(1, sizeof(*retired) + n * sizeof(*spans)) : NULL;

	if (!retired)
		return;
	memcpy(retired->spans, spans, n * sizeof(*spans));
	qsort(retired->spans, n, sizeof(*spans), compare_spans);
	/* A subtree's blocks lie largely in a row. */
	for (size_t i = 0; i < n; i++) {
		struct arena_span *last = retired->count ? &retired->spans[retired->count - 1] : NULL;

		if (last && last->first + last->n == retired->spans[i].first)
			last->n += retired->spans[i].n;
		else
			retired->spans[retired->count++] = retired->spans[i];
	}
	retired->epoch = epochs_retire(&tree->epochs);
	retired->next = tree->retired;
	tree->retired = retired;
}

void tree_reclaim(struct tree *tree)
{
	for (struct retired **at = &tree->retired; *at;) {
		struct retired *retired = *at;

		if (!epochs_passed(&tree->epochs, retired->epoch)) {
			at = &retired->next;
			continue;
		}
		for (size_t i = 0; i < retired->count; i++)
			arena_give(&tree->units, retired->spans[i]);
		*at = retired->next;
		free(retired);
	}
}

unsigned tree_pin(const struct tree *tree)
{
	return epochs_pin((struct epochs *)&tree->epochs);
}

void tree_unpin(const struct tree *tree, unsigned pin)
{
	epochs_unpin((struct epochs *)&tree->epochs, pin);
}

const char *tree_root_path(const struct tree *tree)
{
	return tree->root_path;
}

dir_id tree_dir_limit(const struct tree *tree)
{
	return arena_used(&tree->colds);
}

bool tree_has_links(const struct tree *tree)
{
	return atomic_load_explicit(&tree->links.any, memory_order_relaxed);
}

void tree_odd(struct tree *tree, enum tree_oddity oddity, dir_id dir, uint32_t times)
{
	dir_id none = DIR_NONE;

	atomic_compare_exchange_strong_explicit(&tree->odd[oddity].first, &none, dir, memory_order_relaxed,
	                                        memory_order_relaxed);
	atomic_fetch_add_explicit(&tree->odd[oddity].count, times, memory_order_relaxed);
}

uint32_t tree_oddities(const struct tree *tree, enum tree_oddity oddity, dir_id *dir)
{
	*dir = atomic_load_explicit(&tree->odd[oddity].first, memory_order_relaxed);
	return atomic_load_explicit(&tree->odd[oddity].count, memory_order_relaxed);
}

/* ---- rows and directories ---- */

const struct node_cold *tree_cold(const struct tree *tree, dir_id dir)
{
	return arena_at(&tree->colds, dir);
}

const struct node_block *tree_block(const struct tree *tree, dir_id dir)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);
	uint32_t unit = atomic_load_explicit(&cold->block, memory_order_acquire);

	return unit ? arena_at(&tree->units, unit) : NULL;
}

/* A directory's own part of a node: everything but name, type and row flags. */
static void decode_cold(struct node_cold *cold, struct node *out)
{
	/* First: what is read after a 0 is final. */
	out->complete = atomic_load_explicit(&cold->pending, memory_order_acquire) == 0;
	uint64_t counts = atomic_load_explicit(&cold->counts, memory_order_relaxed);

	out->alloc_bytes = figure_told(cold_alloc(cold));
	out->apparent_bytes = figure_told(cold_apparent(cold));
	out->items = (uint32_t)counts;
	out->files = counts >> 32;
	out->errors = atomic_load_explicit(&cold->errors, memory_order_relaxed);
	out->dir_flags = atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_PUBLIC_FLAGS;
	out->mtime_s = node_seconds(__atomic_load_n(&cold->mtime_ns, __ATOMIC_RELAXED),
	                            __atomic_load_n(&cold->mtime_era, __ATOMIC_RELAXED));
	out->ino = cold->ino;
	out->fs = cold->fs;
}

/* Figures of a row without NodeCold, and its time where the row cannot hold it. */
static void decode_figures(const struct tree *tree, uint64_t word, struct node *out)
{
	uint64_t payload = row_payload(word);

	if (row_flags(word) & ROW_LEAF)
		return;
	if (row_flags(word) & ROW_LINK) {
		const struct link *link = links_at(&tree->links, (uint32_t)payload);
		struct link_figures figures = link_figures(link);

		out->alloc_bytes = figures.alloc_bytes;
		out->apparent_bytes = figures.apparent_bytes;
		out->nlink = figures.nlink;
		if (out->mtime_s == 0 || out->mtime_s == UINT32_MAX)
			out->mtime_s = figures.mtime_s;
		out->ino = link->ino;
		out->fs = link->fs;
	} else if (row_flags(word) & ROW_WIDE) {
		const struct wide *wide = arena_at(&tree->wide, (uint32_t)payload);

		out->alloc_bytes = wide->alloc_bytes;
		out->apparent_bytes = wide->apparent_bytes;
		out->mtime_s = wide->mtime_s;
	} else {
		/* The signed 18 bits lie on top of the word. */
		int64_t extra = (int64_t)word >> (ROW_PAYLOAD_SHIFT + ROW_SIZE_BITS);
		uint64_t size = payload & (((uint64_t)1 << ROW_SIZE_BITS) - 1);

		out->apparent_bytes = size;
		out->alloc_bytes = (uint64_t)((int64_t)((size + 511) / 512) + extra) * 512;
	}
}

void tree_node(const struct tree *tree, const struct node_block *block, uint32_t i, struct node *out)
{
	uint64_t word = row_word(block, i);

	*out = (struct node){
		.type = row_type(word),
		.flags = row_flags(word),
		.complete = true,
		.mtime_s = __atomic_load_n(&block->rows[i].mtime, __ATOMIC_RELAXED),
		.nlink = 1,
	};
	out->name = row_name(block, i, &out->name_length);
	if (out->type == NODE_DIR && !(out->flags & ROW_LEAF)) {
		out->dir = (dir_id)row_payload(word);
		decode_cold(arena_at(&tree->colds, out->dir), out);
		return;
	}
	out->fs = tree_cold(tree, block->dir)->fs;
	decode_figures(tree, word, out);
}

void tree_dir_node(const struct tree *tree, dir_id dir, struct node *out)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);

	*out = (struct node){.type = NODE_DIR, .dir = dir, .nlink = 1};
	decode_cold(cold, out);
	dir_id parent = cold->parent;
	const struct node_block *block = parent != DIR_NONE ? tree_block(tree, parent) : NULL;
	int64_t row = block ? tree_own_row(block, cold->row, dir) : -1;

	if (row >= 0)
		out->name = row_name(block, (uint32_t)row, &out->name_length);
}

static bool is_row_of(const struct node_block *block, uint32_t i, dir_id dir)
{
	uint64_t word = row_word(block, i);

	return row_type(word) == NODE_DIR && !(row_flags(word) & (ROW_LEAF | ROW_GONE)) && row_payload(word) == dir;
}

int64_t tree_own_row(const struct node_block *block, uint32_t hint, dir_id dir)
{
	uint32_t count = tree_count(block);

	if (__builtin_expect(hint < count && is_row_of(block, hint, dir), 1))
		return hint;
	for (uint32_t i = 0; i < count; i++)
		if (is_row_of(block, i, dir))
			return i;
	return -1;
}

int64_t tree_find(const struct tree *tree, dir_id dir, const void *name, size_t length)
{
	const struct node_block *block = tree_block(tree, dir);
	uint32_t count = block ? tree_count(block) : 0;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t have;
		const unsigned char *bytes = row_name(block, i, &have);

		if (have != length || memcmp(bytes, name, length))
			continue;
		uint64_t word = row_word(block, i);

		if (!(row_flags(word) & ROW_GONE))
			return i;
	}
	return -1;
}

dir_id tree_lookup(const struct tree *tree, const char *relative, size_t length)
{
	unsigned pin = tree_pin(tree);
	dir_id dir = DIR_ROOT;

	for (size_t at = 0; at < length && dir != DIR_NONE;) {
		size_t end = at;

		while (end < length && relative[end] != '/')
			end++;
		if (end > at) {
			int64_t i = tree_find(tree, dir, relative + at, end - at);
			struct node node = {0};

			if (i >= 0)
				tree_node(tree, tree_block(tree, dir), (uint32_t)i, &node);
			dir = node.dir;
		}
		at = end + 1;
	}
	tree_unpin(tree, pin);
	return dir;
}

/* ---- paths ---- */

size_t tree_disk_length(const struct tree *tree, dir_id dir, const unsigned char *name, size_t length)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);

	if (!(atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_NUMBERED))
		return length;
	while (length && name[--length] != '(')
		;
	return length ? length - 1 : 0; /* " (2)" */
}

static int relative(const struct tree *tree, dir_id dir, bool on_disk, struct buf *out)
{
	unsigned pin = tree_pin(tree);
	size_t start = out->length;
	struct node node;

	/*
	 * Each name back to front, in the end all of it turned round: every directory is looked at once, as a re-read
	 * may replace one meanwhile.
	 */
	for (dir_id at = dir; tree_cold(tree, at)->parent != DIR_NONE; at = tree_cold(tree, at)->parent) {
		bool slash = out->length > start;

		tree_dir_node(tree, at, &node);
		if (!node.name_length)
			continue; /* replaced just now: it has no name any more */
		if (on_disk)
			node.name_length = (uint8_t)tree_disk_length(tree, at, node.name, node.name_length);

		char *room = buf_room(out, slash + (size_t)node.name_length);

		if (!room) {
			tree_unpin(tree, pin);
			return -ENOMEM;
		}
		if (slash)
			*room++ = '/';
		for (size_t i = 0; i < node.name_length; i++)
			room[i] = (char)node.name[node.name_length - 1 - i];
	}
	for (size_t i = start, j = out->length; i + 1 < j; i++) {
		char swapped = out->data[--j];

		out->data[j] = out->data[i];
		out->data[i] = swapped;
	}
	tree_unpin(tree, pin);
	return 0;
}

int tree_relative(const struct tree *tree, dir_id dir, struct buf *out)
{
	return relative(tree, dir, false, out);
}

int tree_place(const struct tree *tree, dir_id dir, struct buf *out)
{
	return relative(tree, dir, true, out);
}

int tree_path(const struct tree *tree, dir_id dir, struct buf *out)
{
	buf_add(out, tree->root_path, tree->root_length);
	if (tree_cold(tree, dir)->parent != DIR_NONE) {
		if (tree->root_length && tree->root_path[tree->root_length - 1] != '/')
			buf_char(out, '/');
		tree_relative(tree, dir, out);
	}
	return out->failed ? -ENOMEM : 0;
}

/* ---- states, direct bytes ---- */

void tree_give_dir(struct tree *tree, dir_id dir)
{
	slack_forget(tree, dir);
	pthread_mutex_lock(&tree->spare_dirs.lock);
	/* Without memory it stays unused. */
	if (!alloc_room(&tree->spare_dirs.items, &tree->spare_dirs.capacity, tree->spare_dirs.count + 1))
		tree->spare_dirs.items[tree->spare_dirs.count++] = dir;
	pthread_mutex_unlock(&tree->spare_dirs.lock);
}

bool tree_alive(const struct tree *tree, dir_id dir)
{
	if (dir == DIR_NONE || dir >= tree_dir_limit(tree))
		return false;
	struct node_cold *cold = arena_at(&tree->colds, dir);

	return !(atomic_load_explicit(&cold->flags, memory_order_acquire) & DIR_DEAD);
}

bool tree_complete(const struct tree *tree, dir_id dir)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);

	return atomic_load_explicit(&cold->pending, memory_order_acquire) == 0;
}

const struct tree_rest *tree_rest(const struct tree *tree, dir_id dir)
{
	struct node_cold *cold = arena_at(&tree->colds, dir);
	bool rest = atomic_load_explicit(&cold->flags, memory_order_relaxed) & DIR_REST;
	const struct node_block *block = rest ? tree_block(tree, dir) : NULL;

	return block ? (const struct tree_rest *)&block->rows[tree_count(block)] : NULL;
}

uint64_t tree_direct_bytes(const struct tree *tree, dir_id dir)
{
	uint32_t few[64], *seen = few;
	size_t capacity = sizeof(few) / sizeof(few[0]), linked = 0;
	uint64_t sum = __atomic_load_n(&tree_cold(tree, dir)->own_alloc_bytes, __ATOMIC_RELAXED);
	unsigned pin = tree_pin(tree);
	const struct node_block *block = tree_block(tree, dir);
	uint32_t count = block ? tree_count(block) : 0;

	for (uint32_t i = 0; i < count; i++) {
		struct node node = {0};
		uint64_t word = row_word(block, i);

		if (row_type(word) == NODE_DIR || row_flags(word) & (ROW_GONE | ROW_LEAF))
			continue;
		if (!(row_flags(word) & ROW_LINK)) {
			decode_figures(tree, word, &node);
			sum = figure_sum(sum, node.alloc_bytes);
			continue;
		}
		if (linked == capacity) {
			uint32_t *grown = alloc_resize(seen == few ? NULL : seen, capacity * 2, sizeof(*grown));

			if (!grown)
				break; /* without memory: an answer too small, on a screen that says so elsewhere */
			if (seen == few)
				memcpy(grown, few, sizeof(few));
			seen = grown;
			capacity *= 2;
		}
		seen[linked++] = (uint32_t)row_payload(word);
	}
	if (linked)
		qsort(seen, linked, sizeof(*seen), links_order);
	for (size_t i = 0; i < linked; i++)
		if (!i || seen[i] != seen[i - 1])
			sum = figure_sum(sum, link_figures(links_at(&tree->links, seen[i])).alloc_bytes);
	tree_unpin(tree, pin);
	if (seen != few)
		free(seen);
	return sum;
}

/* ---- the root, flags, file systems, owners ---- */

void tree_flag(struct tree *tree, dir_id dir, unsigned flags)
{
	struct node_cold *cold = tree_cold_mutable(tree, dir);
	unsigned before = atomic_fetch_or_explicit(&cold->flags, (uint16_t)flags, memory_order_relaxed);

	if (flags & ~before & DIR_READ_ERROR)
		tree_add_up(tree, dir, &(struct totals){.errors = 1});
}

int tree_fs_slot(struct tree *tree, dev_t dev, uint64_t magic)
{
	uint32_t count = atomic_load_explicit(&tree->fs_count, memory_order_acquire);
	int slot = -EOVERFLOW;

	for (uint32_t i = 0; i < count; i++)
		if (tree->fs[i].dev == dev)
			return (int)i;
	pthread_mutex_lock(&tree->fs_lock);
	count = atomic_load_explicit(&tree->fs_count, memory_order_relaxed);
	for (uint32_t i = 0; i < count && slot < 0; i++)
		if (tree->fs[i].dev == dev)
			slot = (int)i;
	if (slot < 0 && count < TREE_FS_SLOTS) {
		tree->fs[count] = (struct tree_fs){
			.dev = dev,
			.magic = magic,
			.remote = fs_kind_is_remote(magic),
			.fleeting = fs_kind_is_fleeting(magic),
		};
		atomic_store_explicit(&tree->fs_count, count + 1, memory_order_release);
		slot = (int)count;
	}
	pthread_mutex_unlock(&tree->fs_lock);
	return slot;
}

size_t tree_fs_count(const struct tree *tree)
{
	return atomic_load_explicit(&tree->fs_count, memory_order_acquire);
}

struct tree_fs tree_fs(const struct tree *tree, uint16_t slot)
{
	return slot < tree_fs_count(tree) ? tree->fs[slot] : (struct tree_fs){0};
}

void tree_keep_extended(struct tree *tree)
{
	tree->extended = true;
}

void tree_set_extended_root(struct tree *tree, const struct node_extended *extended)
{
	tree->extended_root = *extended;
}

void tree_extended(const struct tree *tree, const struct node_block *block, uint32_t i, struct node_extended *out)
{
	*out = (struct node_extended){0};
	if (!tree->extended)
		return;
	uint8_t length;
	const unsigned char *last = row_name(block, tree_count(block) - 1, &length);
	uint32_t names_end = (uint32_t)(last + length - (const unsigned char *)block);
	struct node_owner owner;

	memcpy(&owner, (const char *)block + block_owners_at(names_end) + (size_t)i * sizeof(owner), sizeof(owner));
	*out = (struct node_extended){.uid = owner.uid, .gid = owner.gid, .mode = owner.mode, .known = owner.known};
}

void tree_extended_root(const struct tree *tree, struct node_extended *out)
{
	/* Of the root it is always read; alone it says nothing of the rest. */
	*out = tree->extended ? tree->extended_root : (struct node_extended){0};
}
