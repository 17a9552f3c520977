/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places become causes: named, summed, the largest first. */
#include "store/causes/causes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "store/causes/cause_names.h"
#include "store/causes/causes_growth.h"

static uint64_t magnitude(int64_t bytes)
{
	return bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
}

int64_t cause_idle_days(int64_t newest_s, int64_t at_s)
{
	if (newest_s == INT64_MIN)
		return -1;
	return newest_s >= at_s ? 0 : (at_s - newest_s) / 86400;
}

/* ---- lines ---- */

struct teller {
	struct causes *out;
	size_t capacity, rest_capacity;
};

/* The line of a cause, new if there is none.  NULL without memory. */
static struct cause_line *line_of(struct teller *teller, const struct places *places, uint32_t at)
{
	const struct place_line *wanted = &places->lines[at];
	const struct cause_rule *rule = &places->rules->rules[wanted->rule];
	struct causes *out = teller->out;

	for (size_t i = 0; i < out->count; i++)
		if (out->lines[i].rule == rule && !strcmp(out->lines[i].name, wanted->name))
			return &out->lines[i];
	if (alloc_room(&out->lines, &teller->capacity, out->count + 1))
		return NULL;
	out->lines[out->count] = (struct cause_line){.rule = rule,
	                                             .name = alloc_text(wanted->name),
	                                             .newest_s = INT64_MIN};
	return out->lines[out->count].name ? &out->lines[out->count++] : NULL;
}

struct place_order {
	uint32_t line, place;
	int64_t bytes;
};

static int by_line(const void *left, const void *right)
{
	const struct place_order *a = left, *b = right;
	uint64_t x = magnitude(a->bytes), y = magnitude(b->bytes);

	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (x != y)
		return x > y ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

/* Places of a tree: what each cause holds, and since when. */
static int tell_now(struct teller *teller, const struct now *now)
{
	const struct places *places = &now->places;

	for (uint32_t i = 0; i < places->line_count; i++) {
		struct cause_line *line = line_of(teller, places, i);

		if (!line)
			return -ENOMEM;
		line->dirs = now->line_dirs[i];
		line->newest_exact = now->line_exact[i];
	}
	/* The first to come: the lines are those of the places, in their order. */
	for (size_t i = 1; i < places->count; i++) {
		const struct cause_place *place = &places->items[i];
		struct cause_line *line = &teller->out->lines[place->line];

		line->bytes += (uint64_t)place->bytes;
		line->newest_s = place->newest_s > line->newest_s ? place->newest_s : line->newest_s;
	}
	return 0;
}

typedef char *place_path(const void *walk, const struct cause_place *place);

static char *path_now(const void *walk, const struct cause_place *place)
{
	const struct now *now = walk;
	struct buf out = {0};

	diff_image_path(now->side->image, place->dir > now->top ? place->dir : now->top, &out);
	if (place->file) {
		if (out.length && out.data[out.length - 1] != '/')
			buf_char(&out, '/');
		buf_add(&out, place->file, place->file_length);
	}
	if (out.failed)
		buf_free(&out);
	return out.data;
}

static char *path_growth(const void *walk, const struct cause_place *place)
{
	return growth_place_path(walk, place);
}

/* Where a place begins above the folder asked about; NULL: it does not, or there is no memory. */
static char *path_above(const struct cause_place *place, uint32_t top)
{
	struct buf out = {0};

	if (place->dir >= top || place->file)
		return NULL;
	diff_image_path(place->side->image, place->dir, &out);
	if (out.failed)
		buf_free(&out);
	return out.data;
}

static int tell_path(struct cause_line *line, const struct cause_place *place, char *path, uint32_t top,
                     size_t *capacity)
{
	if (!path || alloc_room(&line->paths, capacity, line->path_count + 1)) {
		free(path);
		return -ENOMEM;
	}
	line->paths[line->path_count++] = (struct cause_path){.path = path,
	                                                      .place = path_above(place, top),
	                                                      .delta_bytes = place->bytes,
	                                                      .newest_s = place->newest_s,
	                                                      .gone = place->gone || place->row == UINT32_MAX,
	                                                      .is_file = place->file};
	return 0;
}

/* The paths of all lines, the largest `most` of each. */
static int tell_paths(struct teller *teller, const struct places *places, size_t most, uint32_t top,
                      place_path *path_of, const void *walk)
{
	struct place_order *order = alloc_array(places->count, sizeof(*order));
	size_t count = 0, capacity = 0;
	struct cause_line *line = NULL;
	int rc = order ? 0 : -ENOMEM;

	for (uint32_t i = 1; !rc && i < places->count; i++)
		if (places->items[i].bytes)
			order[count++] = (struct place_order){places->items[i].line, i, places->items[i].bytes};
	if (count)
		qsort(order, count, sizeof(*order), by_line);
	for (size_t i = 0; !rc && i < count; i++) {
		const struct cause_place *place = &places->items[order[i].place];

		if (!i || order[i - 1].line != place->line) {
			line = line_of(teller, places, place->line);
			capacity = 0;
			if (!line) {
				rc = -ENOMEM;
				break;
			}
			line->pattern = place->pattern == PATTERN_TAG ? NULL
			                                              : places->rules->patterns[place->pattern].text;
		}
		line->delta_bytes = figure_delta_sum(line->delta_bytes, place->bytes);
		if (line->path_count < most) {
			rc = tell_path(line, place, path_of(walk, place), place->row ? 0 : top, &capacity);
		} else {
			line->omitted_paths++;
			line->omitted_bytes = figure_delta_sum(line->omitted_bytes, place->bytes);
		}
	}
	free(order);
	return rc;
}

static int tell_rest(struct teller *teller, struct rest *rest, const void *walk,
                     char *(*path_of)(const void *walk, uint32_t at))
{
	struct causes *out = teller->out;

	out->rest = alloc_array(rest->count + 1, sizeof(*out->rest));
	if (!out->rest)
		return -ENOMEM;
	for (size_t i = 0; i < rest->count; i++) {
		struct cause_rest *one = &out->rest[out->rest_count];

		*one = (struct cause_rest){.path = path_of(walk, rest->items[i].at),
		                           .file = rest->items[i].file,
		                           .delta_bytes = rest->items[i].bytes};
		rest->items[i].file = NULL;
		out->rest_count++;
		if (!one->path)
			return -ENOMEM;
	}
	out->omitted_rest = rest->omitted;
	out->omitted_rest_bytes = rest->omitted_bytes;
	out->rest_bytes = rest->bytes;
	return 0;
}

static char *rest_path_now(const void *walk, uint32_t at)
{
	const struct now *now = walk;
	struct buf out = {0};

	diff_image_path(now->side->image, at, &out);
	if (out.failed)
		buf_free(&out);
	return out.data;
}

static char *rest_path_growth(const void *walk, uint32_t at)
{
	return diff_row_path(&((const struct growth_walk *)walk)->walk, at);
}

static int by_size(const void *left, const void *right)
{
	const struct cause_line *a = left, *b = right;
	uint64_t x = magnitude(a->delta_bytes), y = magnitude(b->delta_bytes);

	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void clear_line(struct cause_line *line)
{
	for (size_t k = 0; k < line->path_count; k++) {
		free(line->paths[k].path);
		free(line->paths[k].place);
		free(line->paths[k].name);
	}
	free(line->paths);
	free(line->name);
}

/* Those that have nothing to say go. */
static void finish(struct causes *out)
{
	size_t kept = 0;

	for (size_t i = 0; i < out->count; i++) {
		if (out->lines[i].path_count || out->lines[i].omitted_paths)
			out->lines[kept++] = out->lines[i];
		else
			clear_line(&out->lines[i]);
	}
	out->count = kept;
	if (kept)
		qsort(out->lines, kept, sizeof(*out->lines), by_size);
}

/* ---- the two questions ---- */

static int find_now(const struct causes_query *query, struct teller *teller, struct err *err)
{
	size_t most = query->most ? query->most : CAUSES_MOST;
	struct now now;
	int rc = now_begin(&now, query, query->b, query->prefix_b, err);

	if (!rc)
		rc = tell_now(teller, &now);
	if (!rc && !query->a) {
		rc = tell_paths(teller, &now.places, most, now.top, path_now, &now);
		if (!rc)
			rc = tell_rest(teller, &now.rest, &now, rest_path_now);
		teller->out->net_bytes = figure_growth(0, query->b->image->alloc_bytes[now.top]);
	}
	now_end(&now);
	return rc;
}

static int find_growth(const struct causes_query *query, struct teller *teller, struct err *err)
{
	size_t most = query->most ? query->most : CAUSES_MOST;
	struct causes *out = teller->out;
	struct growth_walk growth;
	int rc = growth_begin(&growth, query, err);

	if (!rc) {
		const struct diff_row *top = growth.walk.rows;

		rc = tell_paths(teller, &growth.places, most,
		                !growth.walk.count     ? 0
		                : top->b != IMAGE_NONE ? top->b
		                                       : top->a,
		                path_growth, &growth);
	}
	if (!rc)
		rc = tell_rest(teller, &growth.rest, &growth, rest_path_growth);
	for (size_t i = 0; !rc && i < growth.rest.count; i++)
		out->rest[i].gone = growth.walk.rows[growth.rest.items[i].at].b == IMAGE_NONE;
	out->net_bytes = growth.diff.net_bytes;
	out->unknown_entries = growth.diff.unknown_entries;
	out->unknown_bytes = growth.diff.unknown_bytes;
	growth_end(&growth);
	return rc;
}

int causes_find(const struct causes_query *query, struct causes *out, struct err *err)
{
	struct teller teller = {.out = out};
	int rc = 0;

	*out = (struct causes){0};
	if (err)
		err->text[0] = '\0';
	/* What is there now is asked for growth too: how much it is, and how long it has lain there. */
	if (!query->a || image_lookup(query->b->image, query->prefix_b, strlen(query->prefix_b)) != IMAGE_NONE)
		rc = find_now(query, &teller, err);
	if (!rc && query->a)
		rc = find_growth(query, &teller, err);
	if (!rc) {
		finish(out);
		cause_names_add(out);
		if (out->net_bytes == FIGURE_UNKNOWN)
			out->rest_bytes = FIGURE_UNKNOWN;
		return 0;
	}
	causes_clear(out);
	return diff_failed(rc, err);
}

void causes_clear(struct causes *causes)
{
	for (size_t i = 0; i < causes->count; i++)
		clear_line(&causes->lines[i]);
	for (size_t i = 0; i < causes->rest_count; i++) {
		free(causes->rest[i].path);
		free(causes->rest[i].file);
	}
	free(causes->lines);
	free(causes->rest);
	*causes = (struct causes){0};
}
