/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * 1. diff_match.c finds the directories that moved.
 * 2. Descend the newer image in pairs; each pair visited becomes a row, hung below its parent's.  Equal fingerprints and unknown ones end the descent.
 * 3. What of the older image no pair took is gone: rows below the row of its parent.
 * 4. Deltas: bytes after − bytes before, on both sides without what is unknown below; direct = delta − those of the rows below.
 * 5. Rows that say something become entries.
 *
 * "Without what is unknown below" must be asked for any directory, and a directory may have moved out of an unknown one: so unknown
 * bytes are a list of corrections sorted by the directory's place in preorder, and the sum over a subtree is a difference of two prefix sums.
 */
#include "store/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "store/diff_match.h"

#define ROW_NONE UINT32_MAX

struct row {
	uint32_t a, b;       /* IMAGE_NONE where absent */
	uint32_t parent;     /* row, ROW_NONE at the top */
	uint32_t depth;
	bool moved, unknown;
	bool equal;          /* same fingerprint: nothing below was looked at */
	int64_t delta, below; /* of itself; of the rows directly below */
	int64_t files;       /* of its file entries */
};

/* A file known on one side only. */
struct lost_file {
	uint32_t row;
	char *name;
	uint64_t bytes_a, bytes_b;
};

/* Unknown bytes.  `at` = 2 × directory for a subtree that is unknown as a whole, + 1 for entries of a known one: a directory's own sum
 * takes the latter and what is below it. */
struct correction {
	uint64_t at;
	int64_t bytes;
};

struct corrections {
	struct correction *items;
	int64_t *sums;       /* count + 1 */
	size_t count, capacity;
};

struct walk {
	const struct image *a, *b;
	const struct diff_options *options;
	struct diff *out;
	struct err *err;
	struct diff_match match;
	uint64_t *taken;     /* bit per directory of a: some row has it */
	struct row *rows;
	size_t count, capacity;
	uint32_t *stack;     /* rows to descend */
	size_t depth, stack_capacity;
	struct lost_file *lost;
	size_t lost_count, lost_capacity;
	struct corrections before, after;
	/* File lists of the row in work, read when first asked for. */
	struct file_list list_a, list_b;
	uint32_t listed_a, listed_b;
	size_t entry_capacity;
};

const char *diff_status_name(enum diff_status status)
{
	static const char *const names[] = {
		[DIFF_NEW] = "new", [DIFF_DELETED] = "deleted", [DIFF_GREW] = "grew", [DIFF_SHRANK] = "shrank",
		[DIFF_MOVED] = "moved", [DIFF_UNKNOWN] = "unknown", [DIFF_CHANGED] = "changed",
	};

	return names[status];
}

/* ---- rows ---- */

static bool is_taken(const struct walk *walk, uint32_t x)
{
	return walk->taken[x / 64] >> x % 64 & 1;
}

static int add_row(struct walk *walk, uint32_t a, uint32_t b, uint32_t parent, bool moved, bool unknown)
{
	struct row *rows = walk->count < ROW_NONE ? alloc_grow(walk->rows, &walk->capacity, walk->count + 1, sizeof(*rows)) : NULL;

	if (!rows)
		return -ENOMEM;
	walk->rows = rows;
	bool both = a != IMAGE_NONE && b != IMAGE_NONE;

	rows[walk->count++] = (struct row){
		.a = a,
		.b = b,
		.parent = parent,
		.depth = parent == ROW_NONE ? 0 : rows[parent].depth + 1,
		.moved = moved,
		.unknown = unknown,
		.equal = both && diff_same_fingerprint(walk->a, a, walk->b, b),
	};
	if (a != IMAGE_NONE)
		walk->taken[a / 64] |= (uint64_t)1 << a % 64;
	return 0;
}

static int push(struct walk *walk, uint32_t row)
{
	uint32_t *stack = alloc_grow(walk->stack, &walk->stack_capacity, walk->depth + 1, sizeof(*stack));

	if (!stack)
		return -ENOMEM;
	walk->stack = stack;
	stack[walk->depth++] = row;
	return 0;
}

/* ---- entries that are not directories of the image ---- */

/* The files of a directory; empty where the image has none stored. */
static int list_files(struct walk *walk, const struct image *image, uint32_t dir, struct file_list *list, uint32_t *listed)
{
	if (*listed == dir)
		return 0;
	file_list_clear(list);
	*list = (struct file_list){0};
	*listed = IMAGE_NONE;
	if (walk->options->store && image->snapshot_id && image->store_id) {
		int e = files_read(walk->options->store, image, dir, list, walk->err);

		if (e)
			return e;
	}
	*listed = dir;
	return 0;
}

static int list_a(struct walk *walk, uint32_t x)
{
	return list_files(walk, walk->a, x, &walk->list_a, &walk->listed_a);
}

static int list_b(struct walk *walk, uint32_t y)
{
	return list_files(walk, walk->b, y, &walk->list_b, &walk->listed_b);
}

/* Has it entries that look like directories but were not entered: mounts, unreadable, excluded ones? */
static bool has_leaf_dirs(const struct image *image, uint32_t dir)
{
	uint64_t files = image->files[dir];
	uint32_t dirs = image->child_first[dir + 1] - image->child_first[dir];

	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++)
		files -= image->files[image->children[i]];
	return image->child_count[dir] > dirs + files;
}

/* Has it entries that could not be read? */
static bool has_lost_entries(const struct image *image, uint32_t dir)
{
	uint32_t errors = image->errors[dir], below = image->flags[dir] & IMAGE_READ_ERROR ? 1 : 0;

	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++)
		below += image->errors[image->children[i]];
	return errors > below;
}

/* Is `child` of one image not gone from `parent` of the other, only not entered there?  *shown is then set. */
static int is_shown(struct walk *walk, bool in_a, uint32_t parent, const struct image *image, uint32_t child, bool *shown)
{
	const struct image *other = in_a ? walk->a : walk->b;

	*shown = false;
	if (parent == IMAGE_NONE || !has_leaf_dirs(other, parent))
		return 0;
	int e = in_a ? list_a(walk, parent) : list_b(walk, parent);

	if (e)
		return e;
	const struct file_entry *entry = file_list_find(in_a ? &walk->list_a : &walk->list_b, image_name(image, child), image_name_length(image, child));

	*shown = entry && entry->type == NODE_DIR;
	return 0;
}

/* ---- descent ---- */

/* One directory of the newer image below `row`; *x = the child of that name in the older one, or IMAGE_NONE. */
static int visit_child(struct walk *walk, uint32_t row, uint32_t x, uint32_t y)
{
	const struct image *a = walk->a, *b = walk->b;
	uint32_t by_identity = walk->match.of_b[y];
	bool moved = false, unknown = false;

	if (by_identity && !is_taken(walk, by_identity - 1)) {
		moved = by_identity - 1 != x;
		x = by_identity - 1;
	} else if (x != IMAGE_NONE && (walk->match.of_a[x] || is_taken(walk, x))) {
		x = IMAGE_NONE; /* that one lives elsewhere now */
	}
	if (x != IMAGE_NONE) {
		unknown = diff_half_known(a, x, b, y);
	} else if (b->flags[y] & IMAGE_MOUNT) {
		unknown = true;
	} else {
		int e = is_shown(walk, true, walk->rows[row].a, b, y, &unknown);

		if (e)
			return e;
	}
	int e = add_row(walk, x, y, row, moved, unknown);

	if (e)
		return e;
	const struct row *added = &walk->rows[walk->count - 1];

	return added->equal || added->unknown ? 0 : push(walk, (uint32_t)walk->count - 1);
}

static int visit_children(struct walk *walk, uint32_t row)
{
	const struct image *a = walk->a, *b = walk->b;
	uint32_t x = walk->rows[row].a, y = walk->rows[row].b;
	uint32_t i = x == IMAGE_NONE ? 0 : a->child_first[x], i_end = x == IMAGE_NONE ? 0 : a->child_first[x + 1];

	for (uint32_t j = b->child_first[y]; j < b->child_first[y + 1]; j++) {
		uint32_t child = b->children[j], twin = IMAGE_NONE;
		int order = 1;

		while (i < i_end && (order = diff_compare_names(a, a->children[i], b, child)) < 0)
			i++;
		if (i < i_end && order == 0)
			twin = a->children[i];
		/* Nothing changed and nothing moved: no row. */
		if (twin != IMAGE_NONE && !walk->match.of_b[child] && !walk->match.of_a[twin] && diff_same_fingerprint(a, twin, b, child)) {
			walk->taken[twin / 64] |= (uint64_t)1 << twin % 64;
			continue;
		}
		int e = visit_child(walk, row, twin, child);

		if (e)
			return e;
	}
	return 0;
}

/* What is gone from below the row's directory. */
static int visit_gone(struct walk *walk, uint32_t row)
{
	const struct image *a = walk->a;
	uint32_t x = walk->rows[row].a, y = walk->rows[row].b;

	if (x == IMAGE_NONE || walk->rows[row].equal || walk->rows[row].unknown)
		return 0;
	for (uint32_t i = a->child_first[x]; i < a->child_first[x + 1]; i++) {
		uint32_t child = a->children[i];
		bool unknown = a->flags[child] & IMAGE_MOUNT;
		int e = 0;

		if (is_taken(walk, child))
			continue;
		if (!unknown)
			e = is_shown(walk, false, y, a, child, &unknown);
		if (!e)
			e = add_row(walk, child, IMAGE_NONE, row, false, unknown);
		if (e)
			return e;
	}
	return 0;
}

static int descend(struct walk *walk, uint32_t a_top, uint32_t b_top)
{
	bool both = a_top != IMAGE_NONE && b_top != IMAGE_NONE;
	/* Where the folder compared is itself a mount does not matter: one image may begin at it. */
	bool unknown = both && ((walk->a->flags[a_top] ^ walk->b->flags[b_top]) & (IMAGE_READ_ERROR | IMAGE_CACHE));
	int e = add_row(walk, a_top, b_top, ROW_NONE, false, unknown);

	if (!e && b_top != IMAGE_NONE && !walk->rows[0].equal && !unknown)
		e = push(walk, 0);
	while (!e && walk->depth)
		e = visit_children(walk, walk->stack[--walk->depth]);
	for (size_t row = 0; !e && row < walk->count; row++) /* grows meanwhile */
		e = visit_gone(walk, (uint32_t)row);
	return e;
}

/* ---- what is unknown ---- */

static int add_correction(struct corrections *list, uint64_t at, int64_t bytes)
{
	struct correction *items = alloc_grow(list->items, &list->capacity, list->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count++] = (struct correction){at, bytes};
	return 0;
}

static int by_place(const void *left, const void *right)
{
	const struct correction *a = left, *b = right;

	return (a->at > b->at) - (a->at < b->at);
}

static int finish_corrections(struct corrections *list)
{
	list->sums = alloc_array(list->count + 1, sizeof(*list->sums));
	if (!list->sums)
		return -ENOMEM;
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), by_place);
	for (size_t i = 0; i < list->count; i++)
		list->sums[i + 1] = (int64_t)((uint64_t)list->sums[i] + (uint64_t)list->items[i].bytes);
	return 0;
}

/* Corrections before that place. */
static size_t place(const struct corrections *list, uint64_t at)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Unknown bytes in the subtree of a known directory. */
static uint64_t unknown_below(const struct corrections *list, const struct image *image, uint32_t dir)
{
	if (!list->count)
		return 0;
	return (uint64_t)list->sums[place(list, 2 * (uint64_t)image->end[dir])] - (uint64_t)list->sums[place(list, 2 * (uint64_t)dir + 1)];
}

/* A directory whose state differs from what is around it. */
struct mark {
	uint32_t dir;
	bool unknown;
};

static int by_dir(const void *left, const void *right)
{
	const struct mark *a = left, *b = right;

	return (a->dir > b->dir) - (a->dir < b->dir);
}

/*
 * Marks to corrections, in preorder with a stack of open ones: an unknown directory takes its bytes out, a known one inside it (it moved
 * out, and is compared there) brings its own back.
 */
static int correct(const struct image *image, struct mark *marks, size_t count, struct corrections *out)
{
	struct mark *open = alloc_array(count, sizeof(*open));
	size_t depth = 0;
	int e = open ? 0 : -ENOMEM;

	qsort(marks, count, sizeof(*marks), by_dir);
	for (size_t i = 0; !e && i < count; i++) {
		while (depth && image->end[open[depth - 1].dir] <= marks[i].dir)
			depth--;
		bool around = depth && open[depth - 1].unknown;
		uint64_t bytes = image->alloc_bytes[marks[i].dir];

		if (marks[i].unknown != around)
			e = add_correction(out, 2 * (uint64_t)marks[i].dir, (int64_t)(around ? 0 - bytes : bytes));
		open[depth++] = marks[i];
	}
	free(open);
	return e;
}

static int correct_side(struct walk *walk, bool older)
{
	const struct image *image = older ? walk->a : walk->b;
	size_t count = 0;
	struct mark *marks = NULL;

	for (size_t i = 0; i < walk->count; i++)
		count += walk->rows[i].unknown;
	if (count)
		marks = alloc_array(walk->count, sizeof(*marks));
	if (!count || !marks)
		return count ? -ENOMEM : 0;
	count = 0;
	for (size_t i = 0; i < walk->count; i++) {
		const struct row *row = &walk->rows[i];
		uint32_t dir = older ? row->a : row->b;

		if (dir != IMAGE_NONE && (row->unknown || row->moved))
			marks[count++] = (struct mark){dir, row->unknown};
	}
	int e = correct(image, marks, count, older ? &walk->before : &walk->after);

	free(marks);
	return e;
}

static bool is_lost(const struct file_entry *entry)
{
	return entry && (entry->flags & ROW_LEAF);
}

static int lose_file(struct walk *walk, uint32_t row, const struct file_entry *file, bool older)
{
	struct lost_file *lost = alloc_grow(walk->lost, &walk->lost_capacity, walk->lost_count + 1, sizeof(*lost));

	if (!lost)
		return -ENOMEM;
	walk->lost = lost;
	char *name = alloc_copy(file->name, file->name_length);

	if (!name)
		return -ENOMEM;
	lost[walk->lost_count++] = (struct lost_file){row, name, older ? file->alloc_bytes : 0, older ? 0 : file->alloc_bytes};
	uint32_t dir = older ? walk->rows[row].a : walk->rows[row].b;

	return add_correction(older ? &walk->before : &walk->after, 2 * (uint64_t)dir + 1, (int64_t)file->alloc_bytes);
}

/* Files of a row that could be read on one side only. */
static int lose_files(struct walk *walk, uint32_t at)
{
	const struct row *row = &walk->rows[at];

	if (row->a == IMAGE_NONE || row->b == IMAGE_NONE || row->equal || row->unknown ||
	    (!has_lost_entries(walk->a, row->a) && !has_lost_entries(walk->b, row->b)))
		return 0;
	int e = list_a(walk, row->a);

	if (!e)
		e = list_b(walk, row->b);
	for (size_t i = 0; !e && i < walk->list_a.count; i++) {
		const struct file_entry *a = &walk->list_a.items[i], *b = file_list_find(&walk->list_b, a->name, a->name_length);

		if (!b || is_lost(a) == is_lost(b))
			continue;
		e = is_lost(a) ? lose_file(walk, at, b, false) : lose_file(walk, at, a, true);
	}
	return e;
}

/* ---- deltas ---- */

static int compute(struct walk *walk)
{
	int e = correct_side(walk, true);

	if (!e)
		e = correct_side(walk, false);
	for (size_t i = 0; !e && i < walk->count; i++)
		e = lose_files(walk, (uint32_t)i);
	if (!e)
		e = finish_corrections(&walk->before);
	if (!e)
		e = finish_corrections(&walk->after);
	for (size_t i = walk->count; !e && i-- > 0;) {
		struct row *row = &walk->rows[i];
		uint64_t delta = 0;

		if (row->unknown || row->equal)
			continue;
		if (row->b != IMAGE_NONE)
			delta += walk->b->alloc_bytes[row->b] - unknown_below(&walk->after, walk->b, row->b);
		if (row->a != IMAGE_NONE)
			delta -= walk->a->alloc_bytes[row->a] - unknown_below(&walk->before, walk->a, row->a);
		row->delta = (int64_t)delta;
		if (row->parent != ROW_NONE)
			walk->rows[row->parent].below = (int64_t)((uint64_t)walk->rows[row->parent].below + delta);
	}
	return e;
}

/* ---- entries ---- */

static void join(struct buf *out, const char *name, size_t length)
{
	if (!length)
		return;
	if (!out->length || out->data[out->length - 1] != '/')
		buf_char(out, '/');
	buf_add(out, name, length);
}

/* Absolute path of a directory of an image. */
static void image_path(const struct image *image, uint32_t dir, struct buf *out)
{
	struct buf relative = {0};

	buf_str(out, image->root_path);
	if (image_relative(image, dir, &relative))
		out->failed = true;
	else
		join(out, relative.data, relative.length);
	buf_free(&relative);
}

/* Path of a row: that of the newer image; of one that is gone its name below its parent row's. */
static char *row_path(const struct walk *walk, uint32_t at)
{
	struct buf out = {0};
	uint32_t known = at, *chain = NULL;
	size_t depth = 0, capacity = 0;

	while (walk->rows[known].b == IMAGE_NONE && walk->rows[known].parent != ROW_NONE) {
		uint32_t *grown = alloc_grow(chain, &capacity, depth + 1, sizeof(*chain));

		if (!grown) {
			free(chain);
			return NULL;
		}
		chain = grown;
		chain[depth++] = known;
		known = walk->rows[known].parent;
	}
	if (walk->rows[known].b != IMAGE_NONE) {
		image_path(walk->b, walk->rows[known].b, &out);
	} else {
		buf_str(&out, walk->b->root_path);
		join(&out, walk->options->prefix_b, strlen(walk->options->prefix_b));
	}
	while (depth) {
		uint32_t x = walk->rows[chain[--depth]].a;

		join(&out, image_name(walk->a, x), image_name_length(walk->a, x));
	}
	free(chain);
	if (out.failed)
		buf_free(&out);
	return out.data;
}

/* Takes the strings over, also on failure. */
static int add_entry(struct walk *walk, struct diff_entry entry, uint32_t depth)
{
	struct diff *out = walk->out;

	if (walk->options->max_depth >= 0 && depth > (uint32_t)walk->options->max_depth) {
		out->omitted_entries++;
		out->omitted_bytes += entry.direct_delta_bytes;
		free(entry.path);
		free(entry.path_from);
		return 0;
	}
	struct diff_entry *entries = entry.path ? alloc_grow(out->entries, &walk->entry_capacity, out->count + 1, sizeof(*entries)) : NULL;

	if (!entries) {
		free(entry.path);
		free(entry.path_from);
		return -ENOMEM;
	}
	out->entries = entries;
	entries[out->count++] = entry;
	return 0;
}

static char *file_path(const struct walk *walk, uint32_t row, const void *name, size_t length)
{
	struct buf out = {0};
	char *folder = row_path(walk, row);

	if (!folder)
		return NULL;
	buf_str(&out, folder);
	free(folder);
	join(&out, name, length);
	if (out.failed)
		buf_free(&out);
	return out.data;
}

struct linked {
	uint64_t ino;
	size_t at;
};

static int by_inode(const void *left, const void *right)
{
	const struct linked *a = left, *b = right;

	if (a->ino != b->ino)
		return a->ino < b->ino ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* In a list, an inode counts at the first of its names: the others get 0. */
static int count_links_once(struct file_list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += list->items[i].nlink > 1;
	if (count < 2)
		return 0;
	struct linked *links = alloc_array(count, sizeof(*links));

	if (!links)
		return -ENOMEM;
	count = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].nlink > 1)
			links[count++] = (struct linked){list->items[i].ino, i};
	}
	qsort(links, count, sizeof(*links), by_inode);
	for (size_t i = 1; i < count; i++) {
		if (links[i].ino == links[i - 1].ino)
			list->items[links[i].at].alloc_bytes = 0;
	}
	free(links);
	return 0;
}

static int compare_files(const struct file_entry *a, const struct file_entry *b)
{
	int order = memcmp(a->name, b->name, a->name_length < b->name_length ? a->name_length : b->name_length);

	return order ? order : (a->name_length > b->name_length) - (a->name_length < b->name_length);
}

static int add_file(struct walk *walk, uint32_t at, const struct file_entry *a, const struct file_entry *b)
{
	uint64_t bytes_a = a ? a->alloc_bytes : 0, bytes_b = b ? b->alloc_bytes : 0;
	const struct file_entry *named = b ? b : a;

	if (bytes_a == bytes_b || (a && b && is_lost(a) != is_lost(b)))
		return 0;
	struct diff_entry entry = {
		.path = file_path(walk, at, named->name, named->name_length),
		.status = !a ? DIFF_NEW : !b ? DIFF_DELETED : bytes_b > bytes_a ? DIFF_GREW : DIFF_SHRANK,
		.bytes_a = bytes_a,
		.bytes_b = bytes_b,
		.delta_bytes = (int64_t)(bytes_b - bytes_a),
		.direct_delta_bytes = (int64_t)(bytes_b - bytes_a),
		.a = IMAGE_NONE,
		.b = IMAGE_NONE,
	};

	walk->rows[at].files = (int64_t)((uint64_t)walk->rows[at].files + (bytes_b - bytes_a));
	return add_entry(walk, entry, walk->rows[at].depth + 1);
}

static int add_files(struct walk *walk, uint32_t at)
{
	const struct row *row = &walk->rows[at];
	int e = 0;

	if (row->unknown || row->equal)
		return 0;
	walk->listed_a = walk->listed_b = IMAGE_NONE; /* the figures are about to be changed: read afresh */
	file_list_clear(&walk->list_a);
	file_list_clear(&walk->list_b);
	walk->list_a = walk->list_b = (struct file_list){0};
	if (row->a != IMAGE_NONE)
		e = list_a(walk, row->a);
	if (!e && row->b != IMAGE_NONE)
		e = list_b(walk, row->b);
	walk->listed_a = walk->listed_b = IMAGE_NONE;
	if (!e)
		e = count_links_once(&walk->list_a);
	if (!e)
		e = count_links_once(&walk->list_b);
	for (size_t i = 0, j = 0; !e && (i < walk->list_a.count || j < walk->list_b.count);) {
		const struct file_entry *a = i < walk->list_a.count ? &walk->list_a.items[i] : NULL, *b = j < walk->list_b.count ? &walk->list_b.items[j] : NULL;
		int order = !a ? 1 : !b ? -1 : compare_files(a, b);

		i += order <= 0;
		j += order >= 0;
		e = add_file(walk, at, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
	}
	return e;
}

static int add_dir(struct walk *walk, uint32_t at)
{
	const struct row *row = &walk->rows[at];
	int64_t direct = row->unknown ? 0 : (int64_t)((uint64_t)row->delta - (uint64_t)row->below - (uint64_t)row->files);
	struct diff_entry entry = {
		.is_dir = true,
		.bytes_a = row->a == IMAGE_NONE ? 0 : walk->a->alloc_bytes[row->a],
		.bytes_b = row->b == IMAGE_NONE ? 0 : walk->b->alloc_bytes[row->b],
		.delta_bytes = row->delta,
		.direct_delta_bytes = direct,
		.a = row->a,
		.b = row->b,
	};

	if (row->unknown)
		entry.status = DIFF_UNKNOWN;
	else if (row->moved)
		entry.status = DIFF_MOVED;
	else if (row->a == IMAGE_NONE)
		entry.status = DIFF_NEW;
	else if (row->b == IMAGE_NONE)
		entry.status = DIFF_DELETED;
	else if (row->delta)
		entry.status = row->delta > 0 ? DIFF_GREW : DIFF_SHRANK;
	else if (direct)
		entry.status = DIFF_CHANGED;
	else
		return 0;
	if (row->unknown) {
		walk->out->unknown_entries++;
		walk->out->unknown_bytes += entry.bytes_a > entry.bytes_b ? entry.bytes_a : entry.bytes_b;
	}
	entry.path = row_path(walk, at);
	if (row->moved) {
		struct buf from = {0};

		image_path(walk->a, row->a, &from);
		entry.path_from = from.data;
		if (from.failed) {
			free(entry.path);
			buf_free(&from);
			return -ENOMEM;
		}
	}
	return add_entry(walk, entry, row->depth);
}

static int add_lost(struct walk *walk, const struct lost_file *lost)
{
	struct diff_entry entry = {
		.path = file_path(walk, lost->row, lost->name, strlen(lost->name)),
		.status = DIFF_UNKNOWN,
		.bytes_a = lost->bytes_a,
		.bytes_b = lost->bytes_b,
		.a = IMAGE_NONE,
		.b = IMAGE_NONE,
	};

	walk->out->unknown_entries++;
	walk->out->unknown_bytes += lost->bytes_a + lost->bytes_b;
	return add_entry(walk, entry, walk->rows[lost->row].depth + 1);
}

static uint64_t magnitude(int64_t n)
{
	return n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
}

static int by_delta(const void *left, const void *right)
{
	const struct diff_entry *a = left, *b = right;
	uint64_t x = magnitude(a->delta_bytes), y = magnitude(b->delta_bytes);

	if (x != y)
		return x > y ? -1 : 1;
	int order = strcmp(a->path, b->path);

	return order ? order : (int)a->status - (int)b->status;
}

static int list_entries(struct walk *walk)
{
	int e = 0;

	for (size_t i = 0; !e && walk->options->with_files && i < walk->count; i++)
		e = add_files(walk, (uint32_t)i);
	for (size_t i = 0; !e && i < walk->lost_count; i++)
		e = add_lost(walk, &walk->lost[i]);
	for (size_t i = 0; !e && i < walk->count; i++)
		e = add_dir(walk, (uint32_t)i);
	if (e)
		return e;
	walk->out->net_bytes = walk->rows[0].delta;
	if (walk->out->count)
		qsort(walk->out->entries, walk->out->count, sizeof(*walk->out->entries), by_delta);
	return 0;
}

/* ---- the whole ---- */

static void walk_free(struct walk *walk)
{
	diff_match_free(&walk->match);
	for (size_t i = 0; i < walk->lost_count; i++)
		free(walk->lost[i].name);
	file_list_clear(&walk->list_a);
	file_list_clear(&walk->list_b);
	free(walk->lost);
	free(walk->taken);
	free(walk->rows);
	free(walk->stack);
	free(walk->before.items);
	free(walk->before.sums);
	free(walk->after.items);
	free(walk->after.sums);
}

int diff_compute(const struct image *a, const struct image *b, const struct diff_options *options, struct diff *out, struct err *err)
{
	struct walk walk = {.a = a, .b = b, .options = options, .out = out, .err = err, .listed_a = IMAGE_NONE, .listed_b = IMAGE_NONE};
	uint32_t a_top = image_lookup(a, options->prefix_a, strlen(options->prefix_a));
	uint32_t b_top = image_lookup(b, options->prefix_b, strlen(options->prefix_b));

	*out = (struct diff){0};
	if (a_top == IMAGE_NONE && b_top == IMAGE_NONE)
		return err_set(err, -ENOENT, _("the folder is in neither of the two snapshots"));
	if (a_top != IMAGE_NONE && b_top != IMAGE_NONE && diff_same_fingerprint(a, a_top, b, b_top))
		return 0;
	if (err)
		err->text[0] = '\0';
	walk.taken = alloc_array((size_t)a->count / 64 + 1, sizeof(*walk.taken));
	int e = walk.taken ? diff_match_find(a, a_top, b, b_top, &walk.match) : -ENOMEM;

	if (!e)
		e = descend(&walk, a_top, b_top);
	if (!e)
		e = compute(&walk);
	if (!e)
		e = list_entries(&walk);
	walk_free(&walk);
	if (e) {
		diff_clear(out);
		if (!err || !err->text[0]) /* the store's own sentence says more */
			err_set(err, e, "%s", e == -ENOMEM ? _("out of memory") : strerror(-e));
	}
	return e;
}

void diff_clear(struct diff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		free(diff->entries[i].path);
		free(diff->entries[i].path_from);
	}
	free(diff->entries);
	*diff = (struct diff){0};
}
