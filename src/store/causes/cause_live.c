/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/causes/cause_live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 20000 /* of a folder that is looked through for a marker: it is done for a frame */
#define DEPTH_MOST 512
#define TAG "CACHEDIR.TAG"

struct live_place {
	const struct tree *tree;
	dir_id beside, within; /* DIR_NONE = nothing is known of it */
};

static bool has_name(const struct tree *tree, dir_id dir, const char *glob)
{
	const struct node_block *block = dir == DIR_NONE ? NULL : tree_block(tree, dir);
	uint32_t count = block ? tree_count(block) : 0;
	size_t length = strlen(glob);
	bool globbed = strpbrk(glob, "*?[");

	if (count > ROWS_MOST)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		const unsigned char *name = (const unsigned char *)block + block->rows[i].name;

		if (row_flags(row_word(block, i)) & ROW_GONE)
			continue;
		if (globbed ? rule_glob(glob, length, (const char *)name + 1, *name)
		            : *name == length && !memcmp(name + 1, glob, length))
			return true;
	}
	return false;
}

static int holds_in_tree(void *context, const struct cause_marker *marker)
{
	const struct live_place *at = context;

	for (size_t i = 0; i < marker->count; i++)
		if (has_name(at->tree, marker->beside ? at->beside : at->within, marker->names[i]))
			return 1;
	return 0;
}

/* One step down; `dir` = the directory entered, DIR_NONE = one that is not in the tree. */
static int step(struct places *places, struct live_place *at, dir_id dir, const void *name, size_t length,
                struct place_state *state)
{
	uint32_t pattern;
	int rc;

	at->beside = at->within;
	at->within = dir;
	state->set = rule_match_step(places->match, state->set, name, length);
	if (state->set == RULE_SET_FAILED)
		return -ENOMEM;
	rc = place_find(places, state, holds_in_tree, at, &pattern);
	if (!rc && pattern == UINT32_MAX && state->place == PLACE_NONE && places->tag_rule != UINT32_MAX &&
	    has_name(at->tree, dir, TAG))
		pattern = PATTERN_TAG - 1;
	if (rc || pattern == UINT32_MAX)
		return rc;
	/* Above the root of the tree only what is a service's counts. */
	if (dir == DIR_NONE && places->rules->rules[places->rules->patterns[pattern].rule].class != CAUSE_SERVICE)
		return 0;
	state->place = place_add(places,
	                         (struct cause_place){.pattern = pattern == PATTERN_TAG - 1 ? PATTERN_TAG : pattern,
	                                              .parent = state->place},
	                         name, length);
	return state->place == PLACE_NONE ? -ENOMEM : 0;
}

/* Down to a folder of the tree. */
static int step_down(struct places *places, struct live_place *at, dir_id folder, struct place_state *state)
{
	dir_id chain[DEPTH_MOST];
	struct buf path = {0};
	size_t depth = 0, above = 0, components = 0;
	int rc = tree_path(at->tree, folder, &path);

	for (dir_id dir = folder; dir != DIR_NONE && depth < DEPTH_MOST; dir = tree_cold(at->tree, dir)->parent)
		chain[depth++] = dir;
	for (size_t i = 0; !rc && i < path.length; i++)
		components += path.data[i] != '/' && (!i || path.data[i - 1] == '/');
	above = components + 1 > depth ? components + 1 - depth : 0;
	for (size_t i = 0, n = 1; !rc && i < path.length; n++) {
		i += strspn(path.data + i, "/");
		size_t length = strcspn(path.data + i, "/");

		/* The last component of the root's path is the root. */
		if (length)
			rc = step(places, at,
			          n < above || n - above >= depth ? DIR_NONE : chain[depth - 1 - (n - above)],
			          path.data + i, length, state);
		i += length;
	}
	buf_free(&path);
	return rc;
}

static dir_id child_of(const struct tree *tree, dir_id folder, const void *name, size_t length)
{
	const struct node_block *block = tree_block(tree, folder);
	int64_t row = block ? tree_find(tree, folder, name, length) : -1;
	uint64_t word = row < 0 ? 0 : row_word(block, (uint32_t)row);

	return row >= 0 && row_enters(word) ? (dir_id)row_payload(word) : DIR_NONE;
}

static int find(struct places *places, const struct tree *tree, dir_id folder, const void *entry, size_t length,
                bool is_dir, struct place_state *state)
{
	struct live_place at = {.tree = tree};
	int rc = step_down(places, &at, folder, state);

	if (rc)
		return rc;
	if (is_dir)
		return step(places, &at, child_of(tree, folder, entry, length), entry, length, state);
	uint32_t found[8];
	size_t count = rule_match_file(places->match, state->set, entry, length, found, 8);

	for (size_t i = 0; i < count; i++) {
		const struct cause_pattern *pattern = &places->rules->patterns[found[i]];

		if (state->place != PLACE_NONE && pattern->rule == places->items[state->place].rule)
			return 0;
		if (pattern->marker_count || !place_may_take(places, found[i], state->place))
			continue;
		state->place = place_add(places, (struct cause_place){.pattern = found[i], .parent = state->place},
		                         entry, length);
		return state->place == PLACE_NONE ? -ENOMEM : 0;
	}
	return 0;
}

const struct cause_rule *cause_of_live(struct places *places, const struct tree *tree, dir_id folder, const void *entry,
                                       size_t length, bool is_dir, const char **name)
{
	struct place_state state = {.set = RULE_SET_ROOT, .place = PLACE_NONE};
	const struct cause_rule *rule = NULL;
	unsigned pin = tree_pin(tree);
	int rc = find(places, tree, folder, entry, length, is_dir, &state);

	tree_unpin(tree, pin);
	if (!rc && state.place != PLACE_NONE) {
		rule = place_rule(places, state.place);
		*name = places->lines[places->items[state.place].line].name;
	}
	places->count = 1;
	return rule;
}
