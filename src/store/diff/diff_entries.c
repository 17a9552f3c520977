/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Rows become entries: paths, files, order. */
#include "store/diff/diff_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/figure.h"

/* What of a row's delta no entry below it tells. */
static int64_t direct_delta(const struct diff_row *row)
{
	if ((row->delta == INT64_MAX || row->delta == -INT64_MAX) && (row->below || row->files))
		return FIGURE_UNKNOWN;
	return row->unknown ? 0 : (int64_t)((uint64_t)row->delta - (uint64_t)row->below - (uint64_t)row->files);
}

/* What has a changed part is told, though its parts cancel out. */
static void mark_parts(struct diff_walk *walk)
{
	for (size_t i = walk->count; i-- > 1;) {
		const struct diff_row *row = &walk->rows[i];

		if (row->parts || (!row->unknown && (row->moved || row->a == IMAGE_NONE || row->b == IMAGE_NONE ||
		                                     row->delta || direct_delta(row))))
			walk->rows[row->parent].parts = true;
	}
}

static int add_dir(struct diff_walk *walk, uint32_t at)
{
	const struct diff_row *row = &walk->rows[at];
	int64_t direct = direct_delta(row);
	struct diff_entry entry = {
		.is_dir = true,
		.bytes_a = row->a == IMAGE_NONE ? 0 : walk->a->alloc_bytes[row->a],
		.bytes_b = row->b == IMAGE_NONE ? 0 : walk->b->alloc_bytes[row->b],
		.delta_bytes = row->delta,
		.direct_delta_bytes = direct,
		.a = row->a,
		.b = row->b,
	};

	entry.reason = row->unknown;
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
	else if (direct || row->parts)
		entry.status = DIFF_CHANGED;
	else
		return 0;
	if (row->unknown) {
		walk->out->unknown_entries++;
		walk->out->unknown_bytes = figure_sum(walk->out->unknown_bytes,
		                                      entry.bytes_a > entry.bytes_b ? entry.bytes_a : entry.bytes_b);
	}
	if (walk->options->sums_only)
		return 0;
	entry.path = diff_row_path(walk, at);
	if (row->moved) {
		struct buf from = {0};

		diff_image_path(walk->a, row->a, &from);
		entry.path_from = from.data;
		if (from.failed) {
			free(entry.path);
			buf_free(&from);
			return -ENOMEM;
		}
	}
	return diff_add_entry(walk, entry, row->depth);
}

static int add_lost(struct diff_walk *walk, const struct diff_lost_file *lost)
{
	struct diff_entry entry = {
		.path = diff_file_path(walk, lost->row, lost->name, strlen(lost->name)),
		.status = DIFF_UNKNOWN,
		.reason = lost->reason,
		.bytes_a = lost->bytes_a,
		.bytes_b = lost->bytes_b,
		.a = IMAGE_NONE,
		.b = IMAGE_NONE,
	};

	walk->out->unknown_entries++;
	/* one of them is 0 */
	walk->out->unknown_bytes = figure_sum(walk->out->unknown_bytes, lost->bytes_a + lost->bytes_b);
	if (walk->options->sums_only) {
		free(entry.path);
		return 0;
	}
	return diff_add_entry(walk, entry, walk->rows[lost->row].depth + 1);
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

int diff_list_entries(struct diff_walk *walk)
{
	int e = 0;

	if (walk->options->with_files)
		e = diff_list_files(walk);
	mark_parts(walk);
	for (size_t i = 0; !e && i < walk->lost_count; i++)
		e = add_lost(walk, &walk->lost[i]);
	for (size_t i = 0; !e && i < walk->count; i++)
		e = add_dir(walk, (uint32_t)i);
	if (e)
		return e;
	const struct diff_row *top = &walk->rows[0];
	uint64_t before = top->a == IMAGE_NONE ? 0 : walk->a->alloc_bytes[top->a],
		 after = top->b == IMAGE_NONE ? 0 : walk->b->alloc_bytes[top->b];

	walk->out->net_bytes = !top->equal && figure_growth(before, after) == FIGURE_UNKNOWN ? FIGURE_UNKNOWN
	                                                                                     : top->delta;
	if (walk->out->count)
		qsort(walk->out->entries, walk->out->count, sizeof(*walk->out->entries), by_delta);
	return 0;
}
