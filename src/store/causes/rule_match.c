/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/causes/rule_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/path.h"

/* ---- globs ---- */

/* Is a byte in the set that begins behind `[`?  *end = behind its `]`; NULL when there is none. */
static bool in_set(const char *at, const char *stop, unsigned char c, const char **end)
{
	bool negated = at < stop && (*at == '!' || *at == '^'), found = false;

	at += negated;
	*end = NULL;
	for (const char *first = at; at < stop; at++) {
		if (*at == ']' && at > first) {
			*end = at + 1;
			return found != negated;
		}
		if (at + 2 < stop && at[1] == '-' && at[2] != ']') {
			found |= c >= (unsigned char)at[0] && c <= (unsigned char)at[2];
			at += 2;
		} else {
			found |= c == (unsigned char)*at;
		}
	}
	return false;
}

/* Does the first byte fit the first part of a glob that is no `*`?  *next = behind that part. */
static bool one_fits(const char *glob, const char *stop, unsigned char c, const char **next)
{
	const char *end;

	*next = glob + 1;
	if (*glob == '[') {
		bool found = in_set(glob + 1, stop, c, &end);

		if (end) {
			*next = end;
			return found;
		}
	}
	return *glob == '?' || (unsigned char)*glob == c;
}

bool rule_glob(const char *glob, size_t glob_length, const char *name, size_t length)
{
	const char *stop = glob + glob_length, *end = name + length, *star = NULL, *again = NULL, *next;

	while (name < end) {
		if (glob < stop && *glob == '*') {
			star = ++glob;
			again = name;
		} else if (glob < stop && one_fits(glob, stop, (unsigned char)*name, &next)) {
			glob = next;
			name++;
		} else if (star) { /* the last `*` takes one byte more */
			glob = star;
			name = ++again;
		} else {
			return false;
		}
	}
	while (glob < stop && *glob == '*')
		glob++;
	return glob == stop;
}

static bool is_glob(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (strchr("*?[", text[i]))
			return true;
	return false;
}

/* ---- the trie ---- */

#define NODE_NONE UINT32_MAX

struct edge {
	uint32_t from, to;
	char *text;
	uint32_t length;
	bool for_files; /* leads to patterns of files only */
};

struct trie_node {
	bool loops;      /* `**`: it holds for all that is below */
	bool has_files;  /* an entry below it may be of a pattern that is not floating */
	uint32_t any;    /* the node behind a `**` that follows, or NODE_NONE */
	uint32_t *globs; /* edges with a glob */
	uint32_t glob_count;
	uint32_t *patterns; /* that end here */
	uint32_t pattern_count;
};

/* A set of nodes, ascending; what it says is worked out once. */
struct node_set {
	uint32_t first, count; /* in `members` */
	uint32_t below;        /* the set of those that hold below whatever the name is; NODE_NONE = not known yet */
	uint32_t here, here_count; /* in `heres` */
	bool has_files;
};

struct rule_match {
	const struct cause_rules *rules;
	struct trie_node *nodes;
	size_t node_count, node_capacity;
	struct edge *edges;
	size_t edge_count, edge_capacity;
	struct hash by_name; /* edges without a glob: node and name */
	struct node_set *sets;
	size_t set_count, set_capacity;
	uint32_t *members, *heres;
	size_t member_count, member_capacity, here_count, here_capacity;
	struct hash by_members;
	uint32_t *scratch;
	size_t scratch_capacity;
	unsigned *ranks; /* of patterns */
	uint32_t *any;   /* patterns that are nothing but a `**` and a `*`: of every directory */
	uint32_t any_count;
};

static uint32_t edge_hash(uint32_t node, uint32_t name_hash)
{
	return hash_u64((uint64_t)node << 32 | name_hash);
}

static uint32_t add_node(struct rule_match *match)
{
	if (alloc_room(&match->nodes, &match->node_capacity, match->node_count + 1))
		return NODE_NONE;
	match->nodes[match->node_count] = (struct trie_node){.any = NODE_NONE};
	return (uint32_t)match->node_count++;
}

static int append(uint32_t **items, uint32_t *count, uint32_t item)
{
	uint32_t *grown = alloc_resize(*items, *count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	grown[(*count)++] = item;
	*items = grown;
	return 0;
}

static uint32_t find_edge(const struct rule_match *match, uint32_t node, const char *text, size_t length)
{
	for (uint32_t i = 0; i < match->edge_count; i++) {
		const struct edge *edge = &match->edges[i];

		if (edge->from == node && edge->length == length && !memcmp(edge->text, text, length))
			return i;
	}
	return NODE_NONE;
}

/* The node behind a component. */
static uint32_t follow(struct rule_match *match, uint32_t node, const char *text, size_t length, bool for_files)
{
	uint32_t found = find_edge(match, node, text, length), to;

	if (length == 2 && !memcmp(text, "**", 2)) {
		if (match->nodes[node].any == NODE_NONE) {
			to = add_node(match);
			if (to == NODE_NONE)
				return NODE_NONE;
			match->nodes[to].loops = true;
			match->nodes[node].any = to;
		}
		return match->nodes[node].any;
	}
	if (found != NODE_NONE) {
		match->edges[found].for_files &= for_files;
		return match->edges[found].to;
	}
	if (alloc_room(&match->edges, &match->edge_capacity, match->edge_count + 1))
		return NODE_NONE;
	to = add_node(match);
	if (to == NODE_NONE)
		return NODE_NONE;
	match->edges[match->edge_count] = (struct edge){.from = node,
	                                                .to = to,
	                                                .text = alloc_copy(text, length),
	                                                .length = (uint32_t)length,
	                                                .for_files = for_files};
	if (!match->edges[match->edge_count].text)
		return NODE_NONE;
	match->edge_count++;
	uint32_t at = (uint32_t)match->edge_count - 1;
	int rc = is_glob(text, length) ? append(&match->nodes[node].globs, &match->nodes[node].glob_count, at)
	                               : hash_add(&match->by_name, edge_hash(node, hash_bytes(0, text, length)), at);

	return rc ? NODE_NONE : to;
}

static int insert_path(struct rule_match *match, const char *path, uint32_t pattern)
{
	bool is_file = match->rules->patterns[pattern].is_file;
	uint32_t node = 0;

	for (const char *at = path; node != NODE_NONE && *at;) {
		size_t length;

		at += *at == '/';
		length = strcspn(at, "/");
		if (length && is_file && !at[length])
			match->nodes[node].has_files |= !match->rules->patterns[pattern].floating;
		if (length)
			node = follow(match, node, at, length, is_file && !at[length]);
		at += length;
	}
	if (node == NODE_NONE)
		return -ENOMEM;
	return append(&match->nodes[node].patterns, &match->nodes[node].pattern_count, pattern);
}

/* Below another folder than the one that is written. */
static int insert_at(struct rule_match *match, const char *folder, const char *rest, uint32_t pattern)
{
	char *path = alloc_print("%s/%s", folder, rest);
	int rc = path ? insert_path(match, path, pattern) : -ENOMEM;

	free(path);
	return rc;
}

static int insert_home(struct rule_match *match, const char *rest, uint32_t pattern)
{
	static const struct {
		const char *folder, *variable;
	} moved[] = {{".cache", "XDG_CACHE_HOME"},
	             {".local/share", "XDG_DATA_HOME"},
	             {".local/state", "XDG_STATE_HOME"},
	             {".config", "XDG_CONFIG_HOME"}};
	static const char *const homes[] = {"/root", "/home/*", "/var/home/*"};
	const char *home = getenv("HOME");
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(homes) / sizeof(*homes); i++)
		rc = insert_at(match, homes[i], rest, pattern);
	if (!rc && home && *home == '/' && home[1] && strcmp(home, "/root") && !is_glob(home, strlen(home)))
		rc = insert_at(match, home, rest, pattern);
	for (size_t i = 0; !rc && i < sizeof(moved) / sizeof(*moved); i++) {
		const char *to = getenv(moved[i].variable), *below = path_below(rest, moved[i].folder);

		if (to && *to == '/' && to[1] && below && !is_glob(to, strlen(to)))
			rc = *below ? insert_at(match, to, below, pattern) : insert_path(match, to, pattern);
	}
	return rc;
}

/*
 * Which of two that fit the same entry is the more specific: more components, more that is written out, a marker; of
 * equal ones the later.
 */
static unsigned rank_of(const struct cause_pattern *pattern, size_t place)
{
	unsigned components = 0, letters = 0;

	for (const char *at = pattern->text; *at; at++) {
		components += *at == '/' && strncmp(at, "/**", 3);
		letters += !strchr("*?/", *at);
	}
	if (pattern->floating)
		components--; /* `**` is none */
	components = components < 63 ? components : 63;
	letters = letters < 255 ? letters : 255;
	return components << 25 | letters << 17 | (pattern->marker_count ? 1u << 16 : 0) |
	       (unsigned)(place < 65535 ? place : 65535);
}

static int insert_all(struct rule_match *match)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < match->rules->pattern_count; i++) {
		const struct cause_pattern *pattern = &match->rules->patterns[i];

		match->ranks[i] = rank_of(pattern, i);
		if (match->rules->rules[pattern->rule].off)
			continue;
		if (!pattern->is_file && !strcmp(pattern->text, "**/*"))
			rc = append(&match->any, &match->any_count, i);
		else
			rc = *pattern->text == '~' ? insert_home(match, pattern->text + 2, i)
			                           : insert_path(match, pattern->text, i);
	}
	return rc;
}

/* ---- sets ---- */

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static void sort_numbers(uint32_t *items, size_t count)
{
	if (count > 1)
		qsort(items, count, sizeof(*items), by_number);
}

/* The patterns of directories that its members end, the most specific first. */
static int find_here(struct rule_match *match, struct node_set *set, const uint32_t *members)
{
	set->here = (uint32_t)match->here_count;
	set->here_count = 0;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct trie_node *node = &match->nodes[members[i]];

		set->has_files |= node->has_files;
		for (uint32_t k = 0; k < node->pattern_count; k++) {
			uint32_t pattern = node->patterns[k], at;

			if (match->rules->patterns[pattern].is_file)
				continue;
			if (alloc_room(&match->heres, &match->here_capacity, match->here_count + 1))
				return -ENOMEM;
			at = (uint32_t)match->here_count++;
			set->here_count++;
			for (; at > set->here && match->ranks[match->heres[at - 1]] < match->ranks[pattern]; at--)
				match->heres[at] = match->heres[at - 1];
			match->heres[at] = pattern;
		}
	}
	return 0;
}

/* The number of a set; its members are in `scratch`. */
static uint32_t number_of(struct rule_match *match, size_t count)
{
	size_t kept = 0;

	sort_numbers(match->scratch, count);
	for (size_t i = 0; i < count; i++)
		if (!kept || match->scratch[kept - 1] != match->scratch[i])
			match->scratch[kept++] = match->scratch[i];
	uint32_t hash = hash_bytes(0, match->scratch, kept * sizeof(*match->scratch));

	HASH_EACH (&match->by_members, hash, i) {
		const struct node_set *set = &match->sets[i];

		if (set->count == kept &&
		    !memcmp(match->members + set->first, match->scratch, kept * sizeof(*match->scratch)))
			return i;
	}
	if (alloc_room(&match->sets, &match->set_capacity, match->set_count + 1) ||
	    alloc_room(&match->members, &match->member_capacity, match->member_count + kept))
		return RULE_SET_FAILED;
	struct node_set *set = &match->sets[match->set_count];

	*set = (struct node_set){.first = (uint32_t)match->member_count, .count = (uint32_t)kept, .below = NODE_NONE};
	memcpy(match->members + match->member_count, match->scratch, kept * sizeof(*match->members));
	if (find_here(match, set, match->scratch) || hash_add(&match->by_members, hash, (uint32_t)match->set_count))
		return RULE_SET_FAILED;
	match->member_count += kept;
	return (uint32_t)match->set_count++;
}

static int collect(struct rule_match *match, size_t *count, uint32_t node)
{
	/* What follows a `**` may begin right here. */
	for (; node != NODE_NONE; node = match->nodes[node].any) {
		if (alloc_room(&match->scratch, &match->scratch_capacity, *count + 1))
			return -ENOMEM;
		match->scratch[(*count)++] = node;
	}
	return 0;
}

/* Those that stay whatever the name is. */
static int collect_loops(struct rule_match *match, const struct node_set *set, size_t *count)
{
	int rc = 0;

	for (uint32_t i = 0; !rc && i < set->count; i++) {
		uint32_t node = match->members[set->first + i];

		if (match->nodes[node].loops)
			rc = collect(match, count, node);
	}
	return rc;
}

uint32_t rule_match_step(struct rule_match *match, uint32_t number, const void *name, size_t length)
{
	const struct node_set *set = &match->sets[number];
	uint32_t hash = hash_bytes(0, name, length);
	size_t count = 0;
	int rc = 0;

	for (uint32_t i = 0; !rc && i < set->count; i++) {
		uint32_t from = match->members[set->first + i];
		const struct trie_node *node = &match->nodes[from];

		HASH_EACH (&match->by_name, edge_hash(from, hash), at) {
			const struct edge *edge = &match->edges[at];

			if (edge->from == from && !edge->for_files && edge->length == length &&
			    !memcmp(edge->text, name, length))
				rc = collect(match, &count, edge->to);
		}
		for (uint32_t k = 0; !rc && k < node->glob_count; k++) {
			const struct edge *edge = &match->edges[node->globs[k]];
			unsigned char first = (unsigned char)*edge->text;

			if (edge->for_files || (first != '*' && first != '?' && first != '[' &&
			                        (!length || first != *(const unsigned char *)name)))
				continue;
			if (rule_glob(edge->text, edge->length, name, length))
				rc = collect(match, &count, edge->to);
		}
	}
	if (rc)
		return RULE_SET_FAILED;
	if (count) {
		if (collect_loops(match, set, &count))
			return RULE_SET_FAILED;
		return number_of(match, count);
	}
	if (set->below == NODE_NONE) {
		uint32_t below = collect_loops(match, set, &count) ? RULE_SET_FAILED : number_of(match, count);

		match->sets[number].below = below;
		return below;
	}
	return set->below;
}

const uint32_t *rule_match_here(const struct rule_match *match, uint32_t set, size_t *count)
{
	*count = match->sets[set].here_count;
	return match->heres + match->sets[set].here;
}

const uint32_t *rule_match_any(const struct rule_match *match, size_t *count)
{
	*count = match->any_count;
	return match->any;
}

bool rule_match_has_files(const struct rule_match *match, uint32_t set)
{
	return match->sets[set].has_files;
}

/* One more pattern among those found, by rank. */
static size_t keep_file(const struct rule_match *match, const struct trie_node *node, uint32_t *out, size_t count,
                        size_t most)
{
	for (uint32_t k = 0; k < node->pattern_count; k++) {
		uint32_t pattern = node->patterns[k];
		size_t at;

		if (!match->rules->patterns[pattern].is_file)
			continue;
		if (count == most && match->ranks[out[count - 1]] > match->ranks[pattern])
			continue;
		at = count < most ? count++ : count - 1;
		for (; at && match->ranks[out[at - 1]] < match->ranks[pattern]; at--)
			out[at] = out[at - 1];
		out[at] = pattern;
	}
	return count;
}

size_t rule_match_file(const struct rule_match *match, uint32_t number, const void *name, size_t length, uint32_t *out,
                       size_t most)
{
	const struct node_set *set = &match->sets[number];
	uint32_t hash = hash_bytes(0, name, length);
	size_t count = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		uint32_t from = match->members[set->first + i];
		const struct trie_node *node = &match->nodes[from];

		HASH_EACH (&match->by_name, edge_hash(from, hash), at) {
			const struct edge *edge = &match->edges[at];

			if (edge->from == from && edge->length == length && !memcmp(edge->text, name, length))
				count = keep_file(match, &match->nodes[edge->to], out, count, most);
		}
		for (uint32_t k = 0; k < node->glob_count; k++) {
			const struct edge *edge = &match->edges[node->globs[k]];

			if (rule_glob(edge->text, edge->length, name, length))
				count = keep_file(match, &match->nodes[edge->to], out, count, most);
		}
	}
	return count;
}

struct rule_match *rule_match_create(const struct cause_rules *rules)
{
	struct rule_match *match = alloc_zero(struct rule_match);
	size_t count = 0;
	int rc = match ? 0 : -ENOMEM;

	if (match) {
		match->rules = rules;
		match->ranks = alloc_array(rules->pattern_count + 1, sizeof(*match->ranks));
		rc = match->ranks && add_node(match) != NODE_NONE ? insert_all(match) : -ENOMEM;
	}
	if (!rc)
		rc = collect(match, &count, 0);
	if (!rc && number_of(match, count) != RULE_SET_ROOT)
		rc = -ENOMEM;
	if (rc) {
		rule_match_destroy(match);
		errno = -rc;
		return NULL;
	}
	return match;
}

void rule_match_destroy(struct rule_match *match)
{
	if (!match)
		return;
	for (size_t i = 0; i < match->node_count; i++) {
		free(match->nodes[i].globs);
		free(match->nodes[i].patterns);
	}
	for (size_t i = 0; i < match->edge_count; i++)
		free(match->edges[i].text);
	hash_free(&match->by_name);
	hash_free(&match->by_members);
	free(match->nodes);
	free(match->edges);
	free(match->sets);
	free(match->members);
	free(match->heres);
	free(match->scratch);
	free(match->ranks);
	free(match->any);
	free(match);
}
