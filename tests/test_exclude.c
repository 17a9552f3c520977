/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/scan/exclude.h"

static bool name_with(const char *pattern, const char *name, bool is_dir)
{
	struct exclude *exclude = exclude_create();

	cr_assert(exclude);
	cr_assert(exclude_add(exclude, pattern, NULL) == 0, "%s", pattern);
	cr_assert(exclude_names_only(exclude), "%s", pattern);
	bool is = exclude_name(exclude, name, strlen(name), is_dir);

	exclude_destroy(exclude);
	return is;
}

static bool path_with(const char *pattern, const char *path, bool is_dir)
{
	struct exclude *exclude = exclude_create();

	cr_assert(exclude);
	cr_assert(exclude_add(exclude, pattern, NULL) == 0, "%s", pattern);
	bool is = exclude_path(exclude, path, strlen(path), is_dir);
	const char *name = strrchr(path, '/') + 1;

	/* the cheap question must never contradict the whole one */
	if (is && exclude_names_only(exclude))
		cr_assert(exclude_name(exclude, name, strlen(name), is_dir), "%s %s", pattern, path);
	exclude_destroy(exclude);
	return is;
}

Test(exclude, names)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{"core", "core", true},
		{"core", "cores", false},
		{"core", "cor", false},
		{"*.o", "a.o", true},
		{"*.o", ".o", true},
		{"*.o", "a.oo", false},
		{"*", ".hidden", true},
		{"a*", "a", true},
		{"a*b*c", "axxbyyc", true},
		{"a*b*c", "axxbyy", false},
		{"*a*b*a*", "xaybza", true},
		{"?", "x", true},
		{"?", "", false},
		{"?", "xy", false},
		{"a?c", "abc", true},
		{"[abc]", "b", true},
		{"[abc]", "d", false},
		{"[!abc]", "d", true},
		{"[^abc]", "a", false},
		{"[a-c]x", "bx", true},
		{"[a-]", "-", true},
		{"[]]", "]", true},
		{"[!]]", "]", false},
		{"[]-a]", "_", true},
		{"[a", "[a", true},
		{"[a", "a", false},
		{"x[", "x[", true},
		{"[[:digit:]]x", "7x", true},
		{"[[:digit:]]x", "ax", false},
		{"[[:alpha:]_]", "_", true},
		{"\\*", "*", true},
		{"\\*", "x", false},
		{"\\\\", "\\", true},
		{"[\\]]", "]", true},
		{"a\\b", "ab", true},
		{"a\\?*", "a?xyz", true},
		{"caf?", "caf\xc3\xa9", true},
		{"[\xc3\xa0-\xc3\xaf]", "\xc3\xa9", true},
		{"?", "\xff", true},
		{"\xff*", "\xff\xfe", true},
		{"[\xc4\x81]*", "\xc4\x81x", true},
		{"[\xc4\x81]*", "\xc4\x81", true},
		{"*\?\?\?", "\xf0\x9f\x98\x80", false},
		{"*?", "\xf0\x9f\x98\x80", true},
		{"ab*ba", "aba", false},
		{"ab*ba", "abba", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect(name_with(cases[i].pattern, cases[i].name, false) == cases[i].matches, "%s on %s",
		          cases[i].pattern, cases[i].name);
}

Test(exclude, directories_only)
{
	cr_expect(name_with("target/", "target", true));
	cr_expect(!(name_with("target/", "target", false)));
	cr_expect(name_with("t*//", "target", true));
	cr_expect(!(name_with("t*/", "target", false)));
	cr_expect(path_with("/a/b/", "/a/b", true));
	cr_expect(!(path_with("/a/b/", "/a/b", false)));
}

Test(exclude, paths)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} cases[] = {
		{"/proc", "/proc", true},
		{"/proc", "/x/proc", false},
		{"/proc/sys", "/proc/sys", true},
		{"/proc/sys", "/proc/sys/x", false},
		{"a/b", "/a/b", true},
		{"a/b", "/x/y/a/b", true},
		{"a/b", "/xa/b", false},
		{"a/b", "/a/b/c", false},
		{"a/b", "/b", false},
		{"*/b", "/b", false},
		{"*/b", "/x/b", true},
		{"/*/b", "/x/b", true},
		{"/*/b", "/x/y/b", false},
		{"a*b", "/x/a/b", false},
		{"s?b/*.c", "/src/sub/x.c", true},
		{"b", "/a/b", true},
		{"//a//b//", "/a/b", true},
		{"a\\/b", "/a/b", true},
		{"[a/]", "/[a/]", true},
		{"/a/*", "/a/b", true},
		{"/a/*", "/a", false},
		{"x/y/z", "/x/y/z", true},
		{"x/y/z", "/y/z", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect(path_with(cases[i].pattern, cases[i].path, true) == cases[i].matches, "%s on %s",
		cases[i].pattern, cases[i].path);
}

Test(exclude, a_name_is_enough_where_no_pattern_has_a_slash)
{
	struct exclude *exclude = exclude_create();

	cr_assert(exclude_empty(exclude));
	cr_assert(exclude_add(exclude, "*.o", NULL) == 0);
	cr_expect(exclude_names_only(exclude));
	cr_assert(exclude_add(exclude, "src/b*", NULL) == 0);
	cr_assert(exclude_add(exclude, "/var/log", NULL) == 0);
	cr_expect(!(exclude_names_only(exclude)));
	cr_expect(exclude_name(exclude, "x.o", 3, false));
	cr_expect(!(exclude_name(exclude, "log", 3, true)));
	exclude_destroy(exclude);
}

Test(exclude, refuses_with_a_sentence)
{
	struct exclude *exclude = exclude_create();
	struct err err = { "" };
	char *huge = malloc(40001);

	memset(huge, 'a', 40000);
	huge[40000] = '\0';
	cr_expect((exclude_add(exclude, "/", &err)) == -EINVAL);
	cr_expect(strstr(err.text, "root"));
	cr_expect((exclude_add(exclude, "abc\\", &err)) == -EINVAL);
	cr_expect((exclude_add(exclude, huge, &err)) == -EINVAL);
	cr_expect((exclude_add(exclude, "", &err)) == 0);
	cr_expect(exclude_empty(exclude));
	free(huge);
	exclude_destroy(exclude);
}

Test(exclude, file)
{
	char path[] = "/tmp/exclude-XXXXXX";
	int fd = mkstemp(path);
	static const char text[] = "# comment\n\n*.o\n/a/b\nlast";
	struct exclude *exclude = exclude_create();
	struct err err = { "" };

	cr_assert(write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
	cr_expect((exclude_add_file(exclude, path, &err)) == 0, "%s", err.text);
	cr_expect(exclude_name(exclude, "x.o", 3, false));
	cr_expect(exclude_name(exclude, "last", 4, false));
	cr_expect(!(exclude_name(exclude, "# comment", 9, false)));
	cr_expect(exclude_path(exclude, "/a/b", 4, false));

	cr_assert(write(fd, "\n/\n", 3) == 3);
	cr_expect((exclude_add_file(exclude, path, &err)) == -EINVAL);
	cr_expect(strstr(err.text, "line 6"), "%s", err.text);
	cr_assert(write(fd, "a\0b\n", 4) == 4 && pwrite(fd, "xx", 2, (off_t)sizeof(text)) == 2);
	cr_expect((exclude_add_file(exclude, path, &err)) == -EINVAL);
	cr_expect((exclude_add_file(exclude, "/nonexistent/x", &err)) == -ENOENT);
	cr_expect(strstr(err.text, "/nonexistent/x"));
	cr_expect((exclude_add_file(exclude, "/", &err)) == -EISDIR);
	close(fd);
	unlink(path);
	exclude_destroy(exclude);
}

Test(exclude, describe_is_canonical)
{
	static const char *const forms[2][4] = { { "b c", "//a//x", "*.o", "b c" }, { "*.o", "/a/x", "b c", "*.o" } };
	struct buf out[2] = { {0}, {0} };

	for (int form = 0; form < 2; form++) {
		struct exclude *exclude = exclude_create();

		for (int i = 0; i < 4; i++)
			cr_assert(exclude_add(exclude, forms[form][i], NULL) == 0);
		cr_assert(exclude_describe(exclude, &out[form]) == 0);
		exclude_destroy(exclude);
	}
	cr_expect(strcmp(out[0].data, "*.o /a/x b%20c") == 0);
	cr_expect(strcmp(out[0].data, out[1].data) == 0);
	buf_free(&out[0]);
	buf_free(&out[1]);
}

Test(exclude, many_names_share_one_table)
{
	struct exclude *exclude = exclude_create();
	char name[32];

	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		cr_assert(exclude_add(exclude, name, NULL) == 0);
	}
	for (int i = 0; i < 40000; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		cr_expect(exclude_name(exclude, name, strlen(name), false) == (i < 20000));
	}
	exclude_destroy(exclude);
}

static unsigned next(unsigned long *seed)
{
	*seed = *seed * 6364136223846793005ul + 1442695040888963407ul;
	return (unsigned)(*seed >> 33);
}

/* Against the C library, which is right about short ASCII patterns in the C locale. */
Test(exclude, agrees_with_fnmatch)
{
	static const char alphabet[] = "ab*?[]!-\\c";
	unsigned long seed = 42;

	for (int round = 0; round < 300000; round++) {
		char pattern[12], name[10];
		size_t n = 1 + next(&seed) % (sizeof(pattern) - 2), m = next(&seed) % (sizeof(name) - 1);

		for (size_t i = 0; i < n; i++)
			pattern[i] = alphabet[next(&seed) % 10];
		pattern[n] = '\0';
		for (size_t i = 0; i < m; i++)
			name[i] = "abc-]"[next(&seed) % 5];
		name[m] = '\0';
		struct exclude *exclude = exclude_create();

		if (exclude_add(exclude, pattern, NULL) == 0 &&
		    exclude_name(exclude, name, m, false) != (fnmatch(pattern, name, 0) == 0))
			cr_expect(0, "pattern %s name %s: %d", pattern, name, exclude_name(exclude, name, m, false));
		exclude_destroy(exclude);
	}
}

/* What takes a naive matcher for ever. */
Test(exclude, no_blow_up, .timeout = 20)
{
	char name[256];
	struct exclude *exclude = exclude_create();
	char pattern[2001];

	memset(name, 'a', 255);
	for (int i = 0; i < 2000; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[2000] = '\0';
	pattern[1999] = 'b';
	cr_assert(exclude_add(exclude, pattern, NULL) == 0);
	memset(pattern, '[', 2000);
	cr_assert(exclude_add(exclude, pattern, NULL) == 0);
	cr_assert(exclude_add(exclude, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*[b]*", NULL) == 0);
	for (int i = 0; i < 100; i++)
		cr_expect(!(exclude_name(exclude, name, 255, false)));
	exclude_destroy(exclude);
}

Test(exclude, random_bytes)
{
	unsigned long seed = 7;

	for (int round = 0; round < 50000; round++) {
		struct exclude *exclude = exclude_create();
		char text[64];

		for (int k = 0; k < 3; k++) {
			size_t n = next(&seed) % sizeof(text);

			for (size_t i = 0; i < n; i++)
				text[i] = (char)(next(&seed) % 4
				                         ? (unsigned char)"*?[]!-/\\:a\xc3\xa9"[next(&seed) % 12]
				                         : 1 + next(&seed) % 255);
			text[n < sizeof(text) ? n : n - 1] = '\0';
			exclude_add(exclude, text, NULL);
		}
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)(next(&seed) % 3 ? (unsigned char)"/ab\xc3\xa9"[next(&seed) % 5] : next(&seed));
		exclude_path(exclude, text, sizeof(text), true);
		exclude_name(exclude, text, sizeof(text), true);
		exclude_destroy(exclude);
	}
}

Test(exclude, survives_no_memory)
{
	for (long n = 0;; n++) {
		alloc_fail_at(n, false);
		struct exclude *exclude = exclude_create();
		int rc = exclude ? 0 : -ENOMEM;
		struct buf out = {0};

		for (int i = 0; i < 40 && !rc; i++) {
			char text[32];

			snprintf(text, sizeof(text), i % 2 ? "dir/n%d" : "*x[a-c]n%d", i);
			rc = exclude_add(exclude, text, NULL);
		}
		if (!rc)
			rc = exclude_describe(exclude, &out);
		bool done = alloc_count() <= n;

		alloc_fail_at(-1, false);
		cr_expect(rc == (done ? 0 : -ENOMEM), "%ld: %d", n, rc);
		buf_free(&out);
		exclude_destroy(exclude);
		if (done)
			break;
	}
}
