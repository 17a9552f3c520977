/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "spec.h"
#include "store/causes/causes.h"
#include "store/causes/free_plan.h"

static int parse(struct cause_rules *rules, const char *text, struct buf *mistakes)
{
	struct buf copy = {0};
	int rc;

	*rules = (struct cause_rules){0};
	buf_str(&copy, text);
	rc = cause_rules_parse(rules, "f", &copy, mistakes);
	buf_free(&copy);
	return rc;
}

static uint64_t seed;

static unsigned below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

Test(cause_rules, globs_are_those_of_fnmatch)
{
	static const char alphabet[] = "ab*?c[]!-a";

	for (seed = 1; seed < 300000; seed++) {
		char glob[12], name[12];
		uint64_t kept = seed;
		unsigned n = below(8), k = below(8);

		for (unsigned i = 0; i < n; i++)
			glob[i] = alphabet[below(sizeof(alphabet) - 1)];
		for (unsigned i = 0; i < k; i++)
			name[i] = "abc-"[below(4)];
		glob[n] = name[k] = '\0';
		/* No set: a bracket without its end.  What a `-` at the end of one means differs between libraries. */
		if (!strpbrk(glob, "[]-"))
			cr_assert_eq(rule_glob(glob, n, name, k), fnmatch(glob, name, 0) == 0, "%s %s", glob, name);
		seed = kept;
	}
	cr_assert(rule_glob("core.[0-9]*", 11, "core.812", 8));
	cr_assert(!rule_glob("core.[0-9]*", 11, "core.x", 6));
	cr_assert(rule_glob("[!a]b", 5, "cb", 2) && !rule_glob("[!a]b", 5, "ab", 2));
	cr_assert(rule_glob("a[b", 3, "a[b", 3), "a bracket without its end is itself");
	cr_assert(rule_glob("*", 1, "\xff\xfe", 2), "names are bytes");
}

Test(cause_rules, braces_are_each_of_their_words)
{
	struct cause_rules rules;
	struct buf mistakes = {0};

	cr_assert_eq(
		parse(&rules, "cause a\nclass built\npath ~/{x,y}/z{1,2,}\nbeside {p,q}.json\nholds in/\n", &mistakes),
		0, "%s", mistakes.data);
	cr_assert_eq(rules.pattern_count, 6);
	cr_assert_str_eq(rules.patterns[0].text, "~/x/z1");
	cr_assert_str_eq(rules.patterns[5].text, "~/y/z");
	for (size_t i = 0; i < 6; i++) {
		cr_assert_eq(rules.patterns[i].marker_count, 2);
		cr_assert_eq(rules.patterns[i].markers[0].count, 2);
		cr_assert_str_eq(rules.patterns[i].markers[0].names[1], "q.json");
		cr_assert(rules.patterns[i].markers[1].is_dir && !rules.patterns[i].markers[1].beside);
	}
	cause_rules_clear(&rules);
	buf_free(&mistakes);
}

Test(cause_rules, what_is_too_much_is_a_mistake)
{
	static const char *const wrong[] = {
		"cause a\nclass built\npath /{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\n",
		"cause a\nclass built\npath /{a,b,c,d,e,f,g,h}{a,b,c,d,e,f,g,h}{a,b,c,d,e,f,g,h}{a,b,c,d,e,f,g,h}\n",
		"cause a\nclass built\npath /a{{b}}\n",
		"cause a\nclass built\npath /a/\n",
		"cause a\nclass built\npath /a//b\n",
		"cause a\nclass built\npath /a/../b\n",
		"cause a\nclass built\npath /a/x**\n",
		"cause a\nclass personal\npath /a\ncommand rm {}\n",
		"cause a\nclass built\nholds x\npath /a\n",
		"cause a\nclass built\npath /a\nfrees much\n",
		"path /a\n",
		"cause\n",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct cause_rules rules;
		struct buf mistakes = {0};

		cr_assert_eq(parse(&rules, wrong[i], &mistakes), -EINVAL, "%s", wrong[i]);
		cr_assert(mistakes.length && strstr(mistakes.data, "f, line "), "%s", wrong[i]);
		cause_rules_clear(&rules);
		buf_free(&mistakes);
	}
}

Test(cause_rules, a_command_gets_words_that_a_shell_takes_as_they_are)
{
	struct cause_rule rule = {.command = "x {} y {..}/z {q}"};
	struct buf out = {0};

	cause_command(&out, &rule, "/a b/it's");
	cr_assert_str_eq(out.data, "x '/a b/it'\\''s' y '/a b'/z {q}");
	buf_clear(&out);
	cause_command(&out, &rule, "/top");
	cr_assert_str_eq(out.data, "x /top y //z {q}");
	buf_clear(&out);
	cause_command(&out, &rule, "-rf");
	cr_assert_str_eq(out.data, "x ./-rf y ./z {q}", "no option");
	buf_free(&out);
}

/* Whatever stands in the file: it is read or refused, and what is read can be matched with. */
Test(cause_rules, survive_any_text)
{
	static const char *const words[] = {
		"cause ", "class ", "built", "personal", "path ",  "file ", "/",   "**/", "*",       "~/",  "{",
		"}",      ",",      "beside ", "holds ",   "command ", "{}",    "\n", "\n",  "\n",      "off", "whole",
		"tagged", "[a",     "a-z]",    "\xff",     "\033",     "frees ", "..", "#",   " ",       "x",   "node",
	};

	for (uint64_t round = 0; round < 3000; round++) {
		struct cause_rules rules;
		struct buf text = {0}, mistakes = {0};
		int rc;

		seed = round;
		for (unsigned i = below(60); i; i--)
			buf_str(&text, words[below(sizeof(words) / sizeof(*words))]);
		rc = parse(&rules, text.data ? text.data : "", &mistakes);
		cr_assert(rc == 0 || (rc == -EINVAL && mistakes.length), "%d", rc);
		struct rule_match *match = rule_match_create(&rules);
		size_t count;
		uint32_t found[4];

		cr_assert(match);
		uint32_t set = rule_match_step(match, RULE_SET_ROOT, "x", 1);

		rule_match_file(match, set, "node", 4, found, 4);
		set = rule_match_step(match, rule_match_step(match, set, "node", 4), "\xff", 1);
		rule_match_here(match, rule_match_step(match, set, "a", 1), &count);
		rule_match_destroy(match);
		cause_rules_clear(&rules);
		buf_free(&text);
		buf_free(&mistakes);
	}
}

/* ---- without memory ---- */

static int explain_once(const struct cause_rules *rules, struct tree *old_tree, struct tree *tree, struct image *before,
                        struct image *now)
{
	struct cause_side a = {.image = before, .tree = old_tree, .listed = IMAGE_NONE},
			  b = {.image = now, .tree = tree, .listed = IMAGE_NONE};
	struct causes_query query = {.rules = rules, .a = &a, .b = &b, .prefix_a = "", .prefix_b = ""};
	struct free_plan plan;
	struct causes causes;
	struct err err;
	int rc = causes_find(&query, &causes, &err);

	if (!rc) {
		causes_clear(&causes);
		query.a = NULL;
		rc = free_plan_make(&query, UINT64_C(1) << 40, &plan, &err);
		free_plan_clear(&plan);
	}
	cause_side_clear(&a);
	cause_side_clear(&b);
	return rc;
}

Test(cause_rules, every_allocation_may_fail)
{
	static const char text[] =
		"cause A\nclass built\npath **/a*\nholds *\ncommand rm {}\ncause B *\nclass built\npath "
		"/spec/{b,c}*\nwhole\ncommand clean\ncause F\nclass personal\nfile **/*f\n";
	struct buf mistakes = {0};
	struct cause_rules rules;
	struct spec old, new;
	long n = 0;
	int rc;

	do {
		struct buf copy = {0};

		buf_str(&copy, text);
		rules = (struct cause_rules){0};
		alloc_fail_at(n, false);
		rc = cause_rules_parse(&rules, "f", &copy, &mistakes);
		alloc_fail_at(-1, false);
		buf_free(&copy);
		cr_assert(rc == 0 || rc == -ENOMEM || mistakes.failed, "%ld: %d", n, rc);
		if (rc)
			cause_rules_clear(&rules);
		buf_free(&mistakes);
		n++;
	} while (rc);
	cr_assert(n > 10, "%ld", n);

	spec_init(&old, 7, 120, SPEC_LINKS);
	spec_copy(&new, &old);
	new.next_ino = 100000;
	spec_mutate(&new, 40, SPEC_LINKS);
	for (int i = 1; i < old.count; i++) /* one that moved */
		if (spec_is_dir(&new, i) && spec_there(&new, i) && new.nodes[i].parent) {
			snprintf(new.nodes[i].name, sizeof(new.nodes[i].name), "a-moved-one");
			new.nodes[i].parent = 0;
			break;
		}
	struct tree *old_tree = spec_tree(&old, 1), *tree = spec_tree(&new, 2);
	struct image *before = image_from_tree(old_tree), *now = image_from_tree(tree);

	n = 0;
	do {
		alloc_fail_at(n, false);
		rc = explain_once(&rules, old_tree, tree, before, now);
		alloc_fail_at(-1, false);
		cr_assert(rc == 0 || rc == -ENOMEM, "%ld: %d", n, rc);
		n++;
	} while (rc);
	cr_assert(n > 200, "%ld", n);
	image_free(before);
	image_free(now);
	tree_destroy(old_tree);
	tree_destroy(tree);
	spec_free(&old);
	spec_free(&new);
	cause_rules_clear(&rules);
}
