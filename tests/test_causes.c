/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/figure.h"
#include "spec.h"
#include "store/causes/causes.h"
#include "store/diff/diff.h"

/*
 * Explaining against the slow and obvious way: every directory asks every pattern, every inode looks at all its names.
 */

static const char RULES[] = "cause A\nclass regenerated\npath **/a*\n"
			    "cause B\nclass built\npath **/b*\nwhole\n"
			    "cause C\nclass downloaded\npath /spec/c*\n"
			    "cause D\nclass personal\npath /spec/**/d*\n"
			    "cause E\nclass service\npath **/e\n"
			    "cause Z\nclass built\npath **/z*/{a,h}*\n";
static const char FILE_RULES[] = "cause F\nclass downloaded\nfile **/*f\n"
				 "cause G\nclass downloaded\nfile /spec/g*/*g\n";

static void parse(struct cause_rules *rules, const char *text, bool files)
{
	struct buf both = {0}, mistakes = {0};

	*rules = (struct cause_rules){0};
	buf_str(&both, text);
	if (files)
		buf_str(&both, FILE_RULES);
	cr_assert_eq(cause_rules_parse(rules, "causes", &both, &mistakes), 0, "%s", mistakes.data);
	buf_free(&both);
	buf_free(&mistakes);
}

/* ---- the oracle ---- */

static bool naive_match(const char *pattern, const char *path)
{
	char part[64], name[64];

	while (*pattern == '/')
		pattern++;
	while (*path == '/')
		path++;
	if (!*pattern || !*path)
		return !*pattern && !*path;
	size_t n = strcspn(pattern, "/"), k = strcspn(path, "/");

	snprintf(part, sizeof(part), "%.*s", (int)n, pattern);
	snprintf(name, sizeof(name), "%.*s", (int)k, path);
	if (!strcmp(part, "**"))
		return naive_match(pattern + n, path) || naive_match(pattern, path + k);
	return fnmatch(part, name, 0) == 0 && naive_match(pattern + n, path + k);
}

static int specificity(const char *pattern)
{
	int parts = 0, letters = 0;

	for (const char *at = pattern; *at; at++) {
		parts += *at == '/' && strncmp(at, "/**", 3);
		letters += !strchr("*?/", *at);
	}
	return (parts - !strncmp(pattern, "**/", 3)) * 1000 + letters;
}

/* The pattern of an entry whose place so far is of rule `from` (-1 = none), or -1. */
static int naive_take(const struct cause_rules *rules, const char *path, int from, bool is_file)
{
	bool seen[100] = {false};

	for (;;) {
		int best = -1;

		for (int i = 0; i < (int)rules->pattern_count; i++)
			if (!seen[i] && rules->patterns[i].is_file == is_file &&
			    naive_match(rules->patterns[i].text, path) &&
			    (best < 0 || specificity(rules->patterns[i].text) >=
		                                 specificity(rules->patterns[best].text)))
				best = i;
		if (best < 0 || (int)rules->patterns[best].rule == from)
			return -1;
		seen[best] = true;
		if (from >= 0 && rules->patterns[best].floating &&
		    (rules->rules[from].whole || rules->rules[from].class == CAUSE_SERVICE))
			continue;
		return best;
	}
}

static const char *full_path(const struct spec *spec, int node)
{
	static char path[8192];

	snprintf(path, sizeof(path), "/spec%s%s", node ? "/" : "", spec_path(spec, node));
	return path;
}

/* Rule of a directory, -1 = none. */
static int naive_rule(const struct cause_rules *rules, const struct spec *spec, int dir)
{
	int from = dir ? naive_rule(rules, spec, spec->nodes[dir].parent) : -1;
	int taken = naive_take(rules, full_path(spec, dir), from, false);

	return taken < 0 ? from : (int)rules->patterns[taken].rule;
}

/* Which directory comes first in the order of paths, component by component? */
static int path_order(const struct spec *spec, int x, int y)
{
	char a[8192], b[8192];

	snprintf(a, sizeof(a), "%s", full_path(spec, x));
	snprintf(b, sizeof(b), "%s", full_path(spec, y));
	for (char *at = a; *at; at++)
		*at = *at == '/' ? 1 : *at;
	for (char *at = b; *at; at++)
		*at = *at == '/' ? 1 : *at;
	return strcmp(a, b);
}

#define RULES_MOST 20 /* the last one: what no rule takes */

struct sums {
	int64_t of[RULES_MOST + 1];
};

static void add(struct sums *sums, int rule, int64_t bytes)
{
	sums->of[rule < 0 ? RULES_MOST : rule] += bytes;
}

static bool is_file(const struct spec *spec, int node)
{
	return spec->nodes[node].type != NODE_DIR && spec_there(spec, node) && !spec->nodes[node].flags;
}

static int rule_of_file(const struct cause_rules *rules, const struct spec *spec, int node)
{
	int from = naive_rule(rules, spec, spec->nodes[node].parent);
	int taken = naive_take(rules, full_path(spec, node), from, true);

	return taken < 0 ? from : (int)rules->patterns[taken].rule;
}

static bool is_linked(const struct spec *spec, int node)
{
	return spec->nodes[node].nlink > 1;
}

/* The first directory that names an inode; -1 = none does. */
static int first_dir(const struct spec *spec, uint64_t ino)
{
	int first = -1;

	for (int i = 1; i < spec->count; i++)
		if (is_file(spec, i) && spec->nodes[i].ino == ino &&
		    (first < 0 || path_order(spec, spec->nodes[i].parent, first) < 0))
			first = spec->nodes[i].parent;
	return first;
}

static uint64_t size_of(const struct spec *spec, uint64_t ino)
{
	for (int i = 1; i < spec->count; i++)
		if (is_file(spec, i) && spec->nodes[i].ino == ino)
			return spec->nodes[i].alloc_bytes;
	return 0;
}

static void naive_now(const struct cause_rules *rules, const struct spec *spec, struct sums *out)
{
	*out = (struct sums){{0}};
	for (int i = 0; i < spec->count; i++) {
		if (!spec_there(spec, i) || spec->nodes[i].flags)
			continue;
		if (spec_is_dir(spec, i))
			add(out, naive_rule(rules, spec, i), (int64_t)spec->nodes[i].alloc_bytes);
		else if (!is_linked(spec, i))
			add(out, rule_of_file(rules, spec, i), (int64_t)spec->nodes[i].alloc_bytes);
		else {
			bool counted = false;

			for (int k = 1; k < i; k++)
				counted |= is_file(spec, k) && spec->nodes[k].ino == spec->nodes[i].ino;
			if (!counted)
				add(out, naive_rule(rules, spec, first_dir(spec, spec->nodes[i].ino)),
				    (int64_t)spec->nodes[i].alloc_bytes);
		}
	}
}

/* The first directory that names an inode in both, by its place in the newer one; -1 = none does. */
static int stable_dir(const struct spec *old, const struct spec *new, uint64_t ino)
{
	int first = -1;

	for (int i = 1; i < new->count; i++) {
		int dir = new->nodes[i].parent;

		if (!is_file(new, i) || new->nodes[i].ino != ino || dir >= old->count || !spec_there(old, dir) ||
		    !spec_is_dir(old, dir))
			continue;
		for (int k = 1; k < old->count; k++)
			if (is_file(old, k) && old->nodes[k].ino == ino && old->nodes[k].parent == dir &&
			    (first < 0 || path_order(new, dir, first) < 0))
				first = dir;
	}
	return first;
}

static void naive_growth(const struct cause_rules *rules, const struct spec *old, const struct spec *new,
                         struct sums *out)
{
	*out = (struct sums){{0}};
	for (int i = 0; i < new->count; i++) {
		if (spec_there(new, i) && !new->nodes[i].flags && spec_is_dir(new, i))
			add(out, naive_rule(rules, new, i), (int64_t)new->nodes[i].alloc_bytes);
		if (i < old->count && spec_there(old, i) && !old->nodes[i].flags && spec_is_dir(old, i))
			add(out, naive_rule(rules, old, i), -(int64_t)old->nodes[i].alloc_bytes);
	}
	/* Inodes: linked in one of the two counts as linked. */
	for (uint64_t ino = 1; ino < new->next_ino; ino++) {
		int before = first_dir(old, ino), after = first_dir(new, ino);
		bool linked = false;
		int name = -1;

		if (ino == old->next_ino)
			ino = 100000;
		before = first_dir(old, ino);
		after = first_dir(new, ino);
		if (before < 0 && after < 0)
			continue;
		for (int i = 1; i < new->count; i++) {
			linked |= is_file(new, i) && new->nodes[i].ino == ino && is_linked(new, i);
			linked |= i < old->count && is_file(old, i) && old->nodes[i].ino == ino && is_linked(old, i);
			if (new->nodes[i].ino == ino && new->nodes[i].type != NODE_DIR && name < 0)
				name = i;
		}
		if (!linked) {
			if (before >= 0)
				add(out, rule_of_file(rules, old, name), -(int64_t)size_of(old, ino));
			if (after >= 0)
				add(out, rule_of_file(rules, new, name), (int64_t)size_of(new, ino));
			continue;
		}
		/* Lists have no inodes of files with one name: nobody can tell that one has others now. */
		bool forgotten = before >= 0 && !is_linked(old, name) && !spec_there(new, name);
		int stable = forgotten ? -1 : stable_dir(old, new, ino);

		if (forgotten) {
			add(out, rule_of_file(rules, old, name), -(int64_t)size_of(old, ino));
			before = -1;
		}
		if (stable >= 0) {
			/* It may have moved to another cause with its directory. */
			add(out, naive_rule(rules, new, stable), (int64_t)(size_of(new, ino) - size_of(old, ino)));
			continue;
		}
		if (before >= 0)
			add(out, naive_rule(rules, old, before), -(int64_t)size_of(old, ino));
		if (after >= 0)
			add(out, naive_rule(rules, new, after), (int64_t)size_of(new, ino));
	}
}

/* ---- against it ---- */

static int64_t told(const struct causes *causes, const struct cause_rules *rules, int rule)
{
	for (size_t i = 0; i < causes->count; i++)
		if (causes->lines[i].rule == &rules->rules[rule])
			return causes->lines[i].delta_bytes;
	return 0;
}

static void check_sums(const struct causes *causes, const struct cause_rules *rules, const struct sums *sums,
                       int64_t total, unsigned long seed)
{
	int64_t all = causes->rest_bytes, rest = 0;

	for (size_t i = 0; i < causes->count; i++) {
		int64_t paths = causes->lines[i].omitted_bytes;

		for (size_t k = 0; k < causes->lines[i].path_count; k++)
			paths += causes->lines[i].paths[k].delta_bytes;
		cr_assert_eq(paths, causes->lines[i].delta_bytes, "seed %lu: paths of %s", seed,
		             causes->lines[i].name);
		all += causes->lines[i].delta_bytes;
	}
	for (size_t i = 0; i < causes->rest_count; i++)
		rest += causes->rest[i].delta_bytes;
	cr_assert_eq(rest + causes->omitted_rest_bytes, causes->rest_bytes, "seed %lu: rest", seed);
	cr_assert_eq(all, total, "seed %lu: causes and rest %lld, total %lld", seed, (long long)all, (long long)total);
	cr_assert_eq(causes->net_bytes, total, "seed %lu", seed);
	for (int i = 0; sums && i < (int)rules->count; i++)
		cr_assert_eq(told(causes, rules, i), sums->of[i], "seed %lu: %s has %lld, not %lld", seed,
		             rules->rules[i].name, (long long)told(causes, rules, i), (long long)sums->of[i]);
	if (sums)
		cr_assert_eq(causes->rest_bytes, sums->of[RULES_MOST], "seed %lu: rest %lld, not %lld", seed,
		             (long long)causes->rest_bytes, (long long)sums->of[RULES_MOST]);
}

static void explain_both(const struct spec *old, const struct spec *new, const struct cause_rules *rules, bool exact,
                         unsigned long seed)
{
	struct tree *old_tree = spec_tree(old, 1), *tree = spec_tree(new, 2);
	struct image *before = image_from_tree(old_tree), *now = image_from_tree(tree);
	struct cause_side a = {.image = before, .tree = old_tree, .listed = IMAGE_NONE},
			  b = {.image = now, .tree = tree, .listed = IMAGE_NONE};
	struct causes_query query = {.rules = rules, .b = &b, .prefix_a = "", .prefix_b = "", .most = 1 + seed % 5};
	struct diff_options options = {.prefix_a = "", .prefix_b = "", .max_depth = -1, .tree = tree};
	struct causes causes;
	struct sums sums;
	struct diff diff;
	struct err err;

	naive_now(rules, new, &sums);
	cr_assert_eq(causes_find(&query, &causes, &err), 0, "%s", err.text);
	check_sums(&causes, rules, exact ? &sums : NULL, (int64_t)now->alloc_bytes[0], seed);
	causes_clear(&causes);

	cr_assert_eq(diff_compute(before, now, &options, &diff, &err), 0, "%s", err.text);
	query.a = &a;
	naive_growth(rules, old, new, &sums);
	cr_assert_eq(causes_find(&query, &causes, &err), 0, "%s", err.text);
	check_sums(&causes, rules, exact ? &sums : NULL, diff.net_bytes, seed);
	cr_assert_eq(causes.unknown_entries, diff.unknown_entries, "seed %lu", seed);
	cr_assert_eq(causes.unknown_bytes, diff.unknown_bytes, "seed %lu", seed);
	causes_clear(&causes);
	diff_clear(&diff);
	cause_side_clear(&a);
	cause_side_clear(&b);
	image_free(before);
	image_free(now);
	tree_destroy(old_tree);
	tree_destroy(tree);
}

/* Some directories elsewhere, where no name is in their way. */
static void move_some(struct spec *spec, int common)
{
	for (int n = 1; n < common; n++) {
		int parent = (int)spec_random(spec, (uint64_t)n);
		bool fits = spec_is_dir(spec, n) && spec_there(spec, n) && spec_is_dir(spec, parent) &&
		            spec_there(spec, parent) && !spec_below(spec, parent, n) && !spec_random(spec, 6);

		for (int i = 1; fits && i < spec->count; i++)
			fits = spec->nodes[i].parent != parent || spec->nodes[i].gone ||
			       strcmp(spec->nodes[i].name, spec->nodes[n].name);
		if (fits)
			spec->nodes[n].parent = parent;
	}
}

static void check(unsigned long seed, int size, unsigned kinds, bool moves, bool files, bool exact)
{
	struct cause_rules rules;
	struct spec old, new;

	parse(&rules, RULES, files);
	spec_init(&old, seed, size, kinds);
	spec_copy(&new, &old);
	new.next_ino = 100000;
	new.seed = seed + 5;
	spec_mutate(&new, (int)(seed % 60), kinds);
	if (moves)
		move_some(&new, old.count);
	explain_both(&old, &new, &rules, exact, seed);
	spec_free(&old);
	spec_free(&new);
	cause_rules_clear(&rules);
}

Test(causes, are_those_of_the_obvious_way)
{
	for (unsigned long seed = 0; seed < 200; seed++)
		check(seed, 120, 0, false, seed % 2, true);
}

Test(causes, tell_every_inode_once)
{
	for (unsigned long seed = 0; seed < 500; seed++)
		check(seed, 120, SPEC_LINKS, false, seed % 2, true);
}

Test(causes, follow_what_moved)
{
	for (unsigned long seed = 0; seed < 200; seed++)
		check(seed, 120, 0, true, false, true);
}

/* Unreadable, mounted, moved and linked all at once: the sum still holds. */
Test(causes, add_up_to_the_growth_whatever_happened)
{
	for (unsigned long seed = 0; seed < 500; seed++)
		check(seed, 150, SPEC_LINKS | SPEC_ERRORS | SPEC_MOUNTS, true, true, false);
}

/* ---- the shipped file ---- */

static void load_shipped(struct cause_rules *rules)
{
	struct buf mistakes = {0};
	struct err err;

	cr_assert_eq(cause_rules_load(rules, &mistakes, &err), 0, "%s", err.text);
	buf_free(&mistakes);
}

Test(causes, the_shipped_rules_are_many_of_all_classes_and_each_command_has_its_source)
{
	unsigned of[CAUSE_CLASSES] = {0};
	struct cause_rules rules;

	load_shipped(&rules);
	cr_assert(rules.count >= 150, "%zu", rules.count);
	for (size_t i = 0; i < rules.count; i++) {
		of[rules.rules[i].class]++;
		cr_assert(!rules.rules[i].command || rules.rules[i].source, "%s", rules.rules[i].name);
	}
	for (int class = 0; class < CAUSE_CLASSES; class++)
		cr_assert(of[class] >= 20, "%s: %u", cause_class_name((enum cause_class)class), of[class]);
	cause_rules_clear(&rules);
}
