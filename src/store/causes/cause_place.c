/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/causes/cause_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/diff/diff_walk.h"

#define TAG_NAME "CACHEDIR.TAG"
#define TAG_BYTES 43 /* its signature */
#define FILE_PATTERNS 8

/* ---- files of a directory ---- */

int cause_list(struct cause_side *side, uint32_t dir, const struct file_list **out, struct err *err)
{
	int rc = 0;

	*out = &side->list;
	if (side->listed == dir)
		return 0;
	file_list_clear(&side->list);
	side->listed = IMAGE_NONE;
	if (side->tree)
		rc = file_list_of_tree(side->tree, side->image->dir[dir], &side->list);
	else if (side->store && side->image->snapshot_id)
		rc = file_list_read(side->store, side->image, dir, &side->list, err);
	if (rc == -ENOENT) /* too deep to be stored */
		rc = 0;
	if (!rc)
		side->listed = dir;
	return rc;
}

void cause_side_clear(struct cause_side *side)
{
	file_list_clear(&side->list);
	side->listed = IMAGE_NONE;
}

/* ---- markers ---- */

static bool has_child(const struct image *image, uint32_t dir, const char *glob, bool globbed)
{
	if (!globbed)
		return image_child(image, dir, glob, strlen(glob)) != IMAGE_NONE;
	for (uint32_t i = image->child_first[dir]; i < image->child_first[dir + 1]; i++) {
		uint32_t child = image->children[i];

		if (rule_glob(glob, strlen(glob), image_name(image, child), image_name_length(image, child)))
			return true;
	}
	return false;
}

static bool list_has(const struct file_list *list, const char *glob, bool globbed)
{
	if (!globbed)
		return file_list_find(list, glob, strlen(glob));
	for (size_t i = 0; i < list->count; i++)
		if (rule_glob(glob, strlen(glob), (const char *)list->items[i].name, list->items[i].name_length))
			return true;
	return false;
}

/* Is one of its names there?  1, 0, or -errno. */
static int marker_holds(struct places *places, struct cause_side *side, uint32_t dir, const struct cause_marker *marker)
{
	const struct image *image = side->image;
	const struct file_list *list;
	int rc;

	if (marker->beside)
		dir = image->parent[dir];
	if (dir == IMAGE_NONE)
		return 0;
	for (size_t i = 0; i < marker->count; i++)
		if (has_child(image, dir, marker->names[i], strpbrk(marker->names[i], "*?[")))
			return 1;
	if (marker->is_dir)
		return 0;
	rc = cause_list(side, dir, &list, places->err);
	for (size_t i = 0; !rc && i < marker->count; i++)
		if (list_has(list, marker->names[i], strpbrk(marker->names[i], "*?[")))
			return 1;
	return rc;
}

/* The cheap ones first: directories, of which the image knows. */
static int markers_hold(const struct cause_pattern *pattern, place_marker *holds_one, void *context)
{
	int holds = 1;

	for (int cheap = 1; cheap >= 0; cheap--)
		for (size_t i = 0; holds == 1 && i < pattern->marker_count; i++)
			if (pattern->markers[i].is_dir == cheap)
				holds = holds_one(context, &pattern->markers[i]);
	return holds;
}

/*
 * Is what lies there now something else than a tag?  A list of files does not know what is in them: where the file
 * cannot be looked at, as in an old snapshot of another machine, its name and size are all there is.
 */
static bool is_other_file(const struct image *image, uint32_t dir)
{
	static const char signature[] = "Signature: 8a477f597d28d172789f06886806bc55";
	struct buf path = {0};
	char bytes[TAG_BYTES];
	ssize_t length = -1;
	int fd = -1;

	diff_image_path(image, dir, &path);
	buf_str(&path, "/" TAG_NAME);
	if (!path.failed)
		fd = open(path.data, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0) {
		length = pread(fd, bytes, sizeof(bytes), 0);
		close(fd);
	}
	buf_free(&path);
	return length >= 0 && (length < TAG_BYTES || memcmp(bytes, signature, TAG_BYTES) != 0);
}

/* A directory that says of itself that it is a cache.  1, 0, or -errno. */
static int has_tag(struct places *places, struct cause_side *side, uint32_t dir)
{
	const struct image *image = side->image;
	const struct file_entry *entry;
	const struct file_list *list;
	int rc;

	if (places->tag_rule == UINT32_MAX || image->alloc_bytes[dir] < places->least_bytes)
		return 0;
	rc = cause_list(side, dir, &list, places->err);
	if (rc)
		return rc;
	entry = file_list_find(list, TAG_NAME, sizeof(TAG_NAME) - 1);
	return entry && entry->type == NODE_REG && entry->apparent_bytes >= TAG_BYTES && !is_other_file(image, dir);
}

/* ---- lines ---- */

/* "state of *" for /var/lib/NAME. */
static char *line_name(const struct cause_rule *rule, const void *name, size_t length)
{
	const char *star = strchr(rule->name, '*');
	struct buf out = {0};

	if (!star)
		return alloc_text(rule->name);
	buf_add(&out, rule->name, (size_t)(star - rule->name));
	buf_add(&out, name, length);
	buf_str(&out, star + 1);
	if (out.failed)
		buf_free(&out);
	return out.data;
}

/* UINT32_MAX without memory. */
static uint32_t find_line(struct places *places, uint32_t rule, const void *name, size_t length)
{
	char *text = line_name(&places->rules->rules[rule], name, length);
	uint32_t hash = text ? hash_bytes(rule, text, strlen(text)) : 0;

	if (!text)
		return UINT32_MAX;
	HASH_EACH (&places->by_line, hash, i)
		if (places->lines[i].rule == rule && !strcmp(places->lines[i].name, text)) {
			free(text);
			return i;
		}
	if (alloc_room(&places->lines, &places->line_capacity, places->line_count + 1) ||
	    hash_add(&places->by_line, hash, (uint32_t)places->line_count)) {
		free(text);
		return UINT32_MAX;
	}
	places->lines[places->line_count] = (struct place_line){rule, text};
	return (uint32_t)places->line_count++;
}

uint32_t place_add(struct places *places, struct cause_place place, const void *name, size_t length)
{
	if (alloc_room(&places->items, &places->capacity, places->count + 1))
		return PLACE_NONE;
	place.rule = place.pattern == PATTERN_TAG ? places->tag_rule : places->rules->patterns[place.pattern].rule;
	place.line = find_line(places, place.rule, name, length);
	place.newest_s = INT64_MIN;
	if (place.line == UINT32_MAX)
		return PLACE_NONE;
	places->items[places->count] = place;
	return (uint32_t)places->count++;
}

/* ---- steps ---- */

bool place_may_take(const struct places *places, uint32_t pattern, uint32_t from)
{
	const struct cause_pattern *taker = &places->rules->patterns[pattern];
	const struct cause_rule *rule;

	if (from == PLACE_NONE)
		return true;
	rule = place_rule(places, from);
	return taker->rule != places->items[from].rule &&
	       !(taker->floating && (rule->whole || rule->class == CAUSE_SERVICE));
}

/* One of these, the first that may take it and holds.  1: *out is it, or nothing more specific is to be looked for. */
static int find_among(struct places *places, const struct place_state *at, const uint32_t *here, size_t count,
                      place_marker *holds_one, void *context, uint32_t *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct cause_pattern *pattern = &places->rules->patterns[here[i]];

		if (at->place != PLACE_NONE && pattern->rule == places->items[at->place].rule)
			return 1; /* more of the same */
		if (!place_may_take(places, here[i], at->place))
			continue;
		int holds = markers_hold(pattern, holds_one, context);

		if (holds < 0)
			return holds;
		if (holds) {
			*out = here[i];
			return 1;
		}
	}
	return 0;
}

int place_find(struct places *places, const struct place_state *at, place_marker *holds_one, void *context,
               uint32_t *out)
{
	size_t count;
	const uint32_t *here = rule_match_here(places->match, at->set, &count);
	int rc;

	*out = UINT32_MAX;
	rc = find_among(places, at, here, count, holds_one, context, out);
	if (!rc) {
		here = rule_match_any(places->match, &count);
		rc = find_among(places, at, here, count, holds_one, context, out);
	}
	return rc < 0 ? rc : 0;
}

struct marker_place {
	struct places *places;
	struct cause_side *side;
	uint32_t dir;
};

static int holds_in_image(void *context, const struct cause_marker *marker)
{
	struct marker_place *at = context;

	return marker_holds(at->places, at->side, at->dir, marker);
}

static int holds_never(void *context, const struct cause_marker *marker)
{
	return 0;
}

int place_enter(struct places *places, struct cause_side *side, uint32_t dir, uint32_t row,
                const struct place_state *from, struct place_state *out)
{
	const struct image *image = side->image;
	const char *name = image_name(image, dir);
	size_t length = image_name_length(image, dir);
	uint32_t pattern;
	bool found;
	int rc;

	out->place = from->place;
	out->set = rule_match_step(places->match, from->set, name, length);
	if (out->set == RULE_SET_FAILED)
		return -ENOMEM;
	rc = place_find(places, out, holds_in_image, &(struct marker_place){places, side, dir}, &pattern);
	found = pattern != UINT32_MAX;
	if (!rc && !found && out->place == PLACE_NONE) {
		rc = has_tag(places, side, dir);
		if (rc > 0) {
			found = true;
			rc = 0;
		}
	}
	if (rc || !found)
		return rc;
	out->place = place_add(
		places,
		(struct cause_place){.pattern = pattern, .parent = from->place, .side = side, .dir = dir, .row = row},
		name, length);
	return out->place == PLACE_NONE ? -ENOMEM : 0;
}

static bool is_service(const struct places *places, uint32_t pattern)
{
	return places->rules->rules[places->rules->patterns[pattern].rule].class == CAUSE_SERVICE;
}

/*
 * Down to the image's root by the components of its path.  Above it only what is a service's own counts, so that no
 * advice is given on parts of it: that a tree lies somewhere below /tmp explains nothing of it.
 */
static int start_above(struct places *places, struct cause_side *side, struct place_state *state)
{
	const char *at = side->image->root_path;
	int rc = 0;

	*state = (struct place_state){.set = RULE_SET_ROOT, .place = PLACE_NONE};
	while (!rc && *at) {
		uint32_t pattern;

		at += strspn(at, "/");
		size_t length = strcspn(at, "/");
		bool last = !at[length];

		if (!length)
			break;
		state->set = rule_match_step(places->match, state->set, at, length);
		if (state->set == RULE_SET_FAILED)
			return -ENOMEM;
		/* Above the image's root markers cannot be seen. */
		rc = place_find(places, state, last ? holds_in_image : holds_never,
		                &(struct marker_place){places, side, IMAGE_ROOT}, &pattern);
		if (!rc && pattern != UINT32_MAX && (last || is_service(places, pattern))) {
			state->place = place_add(places,
			                         (struct cause_place){.pattern = pattern,
			                                              .parent = state->place,
			                                              .side = side,
			                                              .dir = IMAGE_ROOT,
			                                              .above = !last},
			                         at, length);
			rc = state->place == PLACE_NONE ? -ENOMEM : 0;
		}
		at += length;
	}
	return rc;
}

int place_start(struct places *places, struct cause_side *side, uint32_t dir, struct place_state *out)
{
	const struct image *image = side->image;
	uint32_t at = IMAGE_ROOT;
	int rc = start_above(places, side, out);

	while (!rc && at != dir) {
		struct place_state from = *out;
		uint32_t child = at + 1; /* preorder: its first one */

		while (image->end[child] <= dir)
			child = image->end[child];
		at = child;
		rc = place_enter(places, side, at, 0, &from, out);
	}
	return rc;
}

/* ---- files ---- */

bool place_takes_files(const struct places *places, const struct place_state *at)
{
	const struct cause_rule *rule = at->place == PLACE_NONE ? NULL : place_rule(places, at->place);

	return !rule || !(rule->whole || rule->class == CAUSE_SERVICE) || rule_match_has_files(places->match, at->set);
}

int place_file(struct places *places, struct cause_side *side, uint32_t dir, const struct place_state *at,
               const struct file_entry *entry, uint32_t *pattern)
{
	uint32_t found[FILE_PATTERNS];
	size_t count = rule_match_file(places->match, at->set, entry->name, entry->name_length, found, FILE_PATTERNS);

	*pattern = UINT32_MAX;
	for (size_t i = 0; i < count; i++) {
		const struct cause_pattern *one = &places->rules->patterns[found[i]];
		bool holds = true;

		if (at->place != PLACE_NONE && one->rule == places->items[at->place].rule)
			return 0;
		if (!place_may_take(places, found[i], at->place))
			continue;
		/* What lies beside a file lies in its directory. */
		for (size_t k = 0; holds && k < one->marker_count; k++) {
			struct cause_marker marker = one->markers[k];

			marker.beside = false;
			int rc = marker_holds(places, side, dir, &marker);

			if (rc < 0)
				return rc;
			holds = rc;
		}
		if (holds) {
			*pattern = found[i];
			return 0;
		}
	}
	return 0;
}

uint32_t place_add_file(struct places *places, const struct cause_side *side, uint32_t dir, uint32_t row,
                        const struct place_state *at, const struct file_entry *entry, uint32_t pattern)
{
	struct cause_place place = {.pattern = pattern,
	                            .parent = at->place,
	                            .side = side,
	                            .dir = dir,
	                            .row = row,
	                            .file = alloc_copy(entry->name, entry->name_length),
	                            .file_length = entry->name_length};
	uint32_t added = place.file ? place_add(places, place, entry->name, entry->name_length) : PLACE_NONE;

	if (added == PLACE_NONE)
		free(place.file);
	else
		places->items[added].newest_s = entry->mtime_s > 0 ? entry->mtime_s : INT64_MIN;
	return added;
}

/* ---- begin, end ---- */

int places_begin(struct places *places, const struct cause_rules *rules, struct err *err)
{
	*places = (struct places){.rules = rules, .err = err, .tag_rule = UINT32_MAX};
	places->match = rule_match_create(rules);
	if (!places->match || alloc_room(&places->items, &places->capacity, 1)) {
		places_end(places);
		return -ENOMEM;
	}
	places->items[PLACE_NONE] = (struct cause_place){.pattern = UINT32_MAX};
	places->count = 1;
	for (uint32_t i = 0; i < rules->count; i++)
		if (rules->rules[i].tagged && !rules->rules[i].off)
			places->tag_rule = i;
	return 0;
}

void places_end(struct places *places)
{
	rule_match_destroy(places->match);
	for (size_t i = 1; i < places->count; i++)
		free(places->items[i].file);
	for (size_t i = 0; i < places->line_count; i++)
		free(places->lines[i].name);
	free(places->items);
	free(places->lines);
	hash_free(&places->by_line);
	*places = (struct places){0};
}
