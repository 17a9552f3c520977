/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies there now.  A place has the total of its directory, less those of the places within: totals count each
 * inode once, and only where one place ends and another begins something is to be added or taken away.
 */
#include "store/causes/causes_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"

#define OPENED_ALL 20000   /* of more directories than that, */
#define OPENED_SHARE 10000 /* those that hold less than that part of the whole are not opened for a look */
#define NEWEST_LISTS 20000 /* lists of files that are read to see when something was modified last */
#define CANCEL_EVERY 0xfff /* directories */

static void give(struct now *now, uint32_t place, uint64_t bytes)
{
	now->places.items[place].bytes = (int64_t)((uint64_t)now->places.items[place].bytes + bytes);
}

/* A time of 0 is one that is not known. */
static int64_t later(int64_t a, int64_t b)
{
	return b > a && b > 0 ? b : a;
}

/* Its entries that a pattern of files takes.  One with several names stays where it is: those may lie elsewhere. */
static int take_files(struct now *now, uint32_t dir, const struct place_state *at)
{
	struct places *places = &now->places;
	const struct file_list *list;
	int rc;

	if (now->side->image->alloc_bytes[dir] < places->least_bytes || !place_takes_files(places, at) ||
	    image_direct_bytes(now->side->image, dir) < places->least_bytes)
		return 0;
	rc = cause_list(now->side, dir, &list, places->err);
	for (size_t i = 0; !rc && i < list->count; i++) {
		const struct file_entry *entry = &list->items[i];
		uint32_t pattern, place;

		if (entry->type == NODE_DIR || entry->nlink > 1 || !entry->alloc_bytes)
			continue;
		rc = place_file(places, now->side, dir, at, entry, &pattern);
		if (rc || pattern == UINT32_MAX)
			continue;
		place = place_add_file(places, now->side, dir, 0, at, entry, pattern);
		if (place == PLACE_NONE)
			return -ENOMEM;
		give(now, place, entry->alloc_bytes);
		give(now, at->place, 0 - entry->alloc_bytes);
		now->moved[dir - now->top] -= (int64_t)entry->alloc_bytes;
	}
	return rc;
}

static int visit(struct now *now, uint32_t dir, const struct place_state *from)
{
	const struct image *image = now->side->image;
	struct place_state state;
	int rc = 0;

	if (dir == now->top)
		state = *from;
	else
		rc = place_enter(&now->places, now->side, dir, 0, from, &state);
	if (rc)
		return rc;
	now->place_of[dir - now->top] = state.place;
	now->sets[dir - now->top] = state.set;
	if (dir == now->top || state.place != from->place) {
		give(now, state.place, image->alloc_bytes[dir]);
		if (dir != now->top)
			give(now, from->place, 0 - image->alloc_bytes[dir]);
	}
	if (state.place != PLACE_NONE) {
		struct cause_place *place = &now->places.items[state.place];

		place->newest_s = later(place->newest_s, image_mtime_s(image, dir));
	}
	return take_files(now, dir, &state);
}

static int walk(struct now *now)
{
	const struct image *image = now->side->image;
	struct place_state from;
	int rc = place_start(&now->places, now->side, now->top, &from);

	if (!rc)
		rc = visit(now, now->top, &from);
	for (uint32_t dir = now->top + 1; !rc && dir < now->end; dir++) {
		uint32_t parent = image->parent[dir] - now->top;

		from = (struct place_state){now->sets[parent], now->place_of[parent]};
		rc = visit(now, dir, &from);
		if (!(dir & CANCEL_EVERY) && causes_cancelled(now->query))
			rc = -ECANCELED;
	}
	return rc;
}

/* What no rule takes, by directory: each has its own, all together what the places leave of the total. */
static int gather_rest(struct now *now)
{
	const struct image *image = now->side->image;
	uint64_t left = image->alloc_bytes[now->top], own_top = 0;
	int rc = 0;

	for (size_t i = 1; i < now->places.count; i++)
		left -= (uint64_t)now->places.items[i].bytes;
	for (uint32_t dir = now->top; !rc && dir < now->end; dir++) {
		uint64_t bytes;

		if (now->place_of[dir - now->top] != PLACE_NONE)
			continue;
		bytes = image->alloc_bytes[dir] + (uint64_t)now->moved[dir - now->top];
		for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++)
			bytes -= image->alloc_bytes[image->children[i]];
		if (dir == now->top)
			own_top = bytes;
		else
			rc = rest_add(&now->rest, dir, (int64_t)bytes, NULL);
	}
	if (rc)
		return rc;
	/* Where links could not all be followed the top makes up for it. */
	left -= (uint64_t)now->rest.bytes;
	if (now->place_of[0] == PLACE_NONE)
		return rest_add(&now->rest, now->top, (int64_t)left, NULL);
	give(now, now->place_of[0], left - own_top);
	return 0;
}

/* ---- when something was modified last ---- */

/* The lines whose files are looked at: the largest, as long as there are not too many directories. */
static void choose_lines(struct now *now, const uint64_t *bytes)
{
	size_t left = NEWEST_LISTS;

	for (;;) {
		size_t best = SIZE_MAX;

		for (size_t i = 0; i < now->places.line_count; i++)
			if (!now->line_exact[i] && now->line_dirs[i] <= left &&
			    (best == SIZE_MAX || bytes[i] > bytes[best]))
				best = i;
		if (best == SIZE_MAX)
			return;
		now->line_exact[best] = true;
		left -= now->line_dirs[best];
	}
}

static int look_at_files(struct now *now, uint32_t dir, struct cause_place *place)
{
	const struct image *image = now->side->image;
	const struct file_list *list;
	int rc;

	if (image->newest && image->newest[dir]) {
		if (image->newest[dir] > 1) /* 1: it has no file with a time */
			place->newest_s = later(place->newest_s, image->newest[dir]);
		return 0;
	}
	rc = cause_list(now->side, dir, &list, now->places.err);
	for (size_t i = 0; !rc && i < list->count; i++)
		if (list->items[i].type == NODE_REG)
			place->newest_s = later(place->newest_s, list->items[i].mtime_s);
	return rc;
}

/** By files, too, when they were modified last, as far as that costs little. */
static int add_newest(struct now *now)
{
	const struct places *places = &now->places;
	uint64_t *bytes = alloc_array(places->line_count + 1, sizeof(*bytes));
	int rc = 0;

	now->line_dirs = alloc_array(places->line_count + 1, sizeof(*now->line_dirs));
	now->line_exact = alloc_array(places->line_count + 1, sizeof(*now->line_exact));
	if (!bytes || !now->line_dirs || !now->line_exact) {
		free(bytes);
		return -ENOMEM;
	}
	for (size_t i = 1; i < places->count; i++)
		bytes[places->items[i].line] += (uint64_t)places->items[i].bytes;
	for (uint32_t dir = now->top; dir < now->end; dir++)
		if (now->place_of[dir - now->top] != PLACE_NONE)
			now->line_dirs[places->items[now->place_of[dir - now->top]].line]++;
	choose_lines(now, bytes);
	free(bytes);
	for (uint32_t dir = now->top; !rc && dir < now->end; dir++) {
		struct cause_place *place = &places->items[now->place_of[dir - now->top]];

		if (now->place_of[dir - now->top] == PLACE_NONE || !now->line_exact[place->line])
			continue;
		rc = look_at_files(now, dir, place);
		if (causes_cancelled(now->query))
			rc = -ECANCELED;
	}
	return rc;
}

/* ---- beginning and end ---- */

int now_begin(struct now *now, const struct causes_query *query, struct cause_side *side, const char *prefix,
              struct err *err)
{
	const struct image *image = side->image;
	size_t count;
	int rc;

	*now = (struct now){.query = query, .side = side};
	now->top = image_lookup(image, prefix, strlen(prefix));
	if (now->top == IMAGE_NONE)
		return err_set(err, -ENOENT, "%s", _("there is no such folder in the snapshot"));
	now->end = image->end[now->top];
	count = now->end - now->top;
	now->rest.most = query->most ? query->most : CAUSES_MOST;
	now->place_of = alloc_array(count, sizeof(*now->place_of));
	now->sets = alloc_array(count, sizeof(*now->sets));
	now->moved = alloc_array(count, sizeof(*now->moved));
	rc = now->place_of && now->sets && now->moved ? places_begin(&now->places, query->rules, err) : -ENOMEM;
	if (rc)
		return rc;
	if (count > OPENED_ALL)
		now->places.least_bytes = image->alloc_bytes[now->top] / OPENED_SHARE;
	rc = walk(now);
	if (!rc)
		rc = now_links(now);
	if (!rc)
		rc = gather_rest(now);
	if (!rc)
		rest_finish(&now->rest);
	return rc ? rc : add_newest(now);
}

void now_end(struct now *now)
{
	places_end(&now->places);
	rest_clear(&now->rest);
	free(now->place_of);
	free(now->sets);
	free(now->moved);
	free(now->line_dirs);
	free(now->line_exact);
}
