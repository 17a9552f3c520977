/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/query/terms.h"

/* Terms of a filter: what they say, what is wrong with one, and that nothing a person types breaks anything. */

#define NOW 1700000000
#define DAY 86400

static uint64_t seed = 1;

static unsigned number(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static bool holds(const char *text, const struct terms_entry *entry)
{
	struct terms terms;
	struct err err = {{0}};

	cr_assert_eq(terms_parse(text, NOW, &terms, &err), 0, "%s: %s", text, err.text);
	return terms_match(&terms, entry);
}

static bool name_holds(const char *text, const char *name)
{
	return holds(text, &(struct terms_entry){.name = name, .length = strlen(name), .type = NODE_REG});
}

Test(kinds, extensions)
{
	static const struct {
		const char *name, *extension;
		enum file_kind kind;
	} cases[] = {
		{"film.MKV", "mkv", KIND_VIDEO},
		{"a.tar.gz", "gz", KIND_ARCHIVE},
		{"access.log.9", "log", KIND_LOG},
		{"access.log.9.gz", "gz", KIND_ARCHIVE},
		{"libc.so.6", "so", KIND_CODE},
		{"disk.qcow2", "qcow2", KIND_DISK},
		{"core.812", "", KIND_NONE},
		{".bashrc", "", KIND_NONE},
		{".config.json", "json", KIND_CODE},
		{"README", "", KIND_NONE},
		{"ends.", "", KIND_NONE},
		{"a sentence. with words", "", KIND_NONE},
		{"x.averyveryverylongone", "", KIND_NONE},
		{"model.safetensors", "safetensors", KIND_DATABASE},
		{"x.q_z", "q_z", KIND_OTHER},
		{"..", "", KIND_NONE},
		{"\xff.iso", "iso", KIND_DISK},
		{"x.\xc3\xa4", "", KIND_NONE},
	};
	char extension[EXTENSION_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		kind_extension(cases[i].name, strlen(cases[i].name), extension);
		cr_expect_str_eq(extension, cases[i].extension, "%s: %s", cases[i].name, extension);
		cr_expect_eq(kind_of(NODE_REG, cases[i].name, strlen(cases[i].name)), cases[i].kind, "%s",
		             cases[i].name);
	}
	cr_expect_eq(kind_of(NODE_SYMLINK, "x.iso", 5), KIND_SPECIAL);
	cr_expect_eq(kind_of(NODE_DIR, "x.iso", 5), KIND_FOLDER);
	for (enum file_kind kind = 0; kind < KIND_COUNT; kind++)
		cr_expect_eq(kind_named(kind_word(kind), strlen(kind_word(kind))), kind);
	cr_expect_eq(kind_named("vid", 3), KIND_COUNT);
	cr_expect_eq(kind_named("", 0), KIND_COUNT);
}

Test(kinds, the_table_is_sorted_and_found)
{
	/* One of each end and of the middle of every letter is enough: an unsorted table loses some of them. */
	static const char *const some[] = {"3g2",  "7z",  "a",   "aac", "avi", "c",  "csv", "deb", "doc",
	                                   "flac", "go",  "h",   "iso", "jpg", "js", "log", "md",  "mp3",
	                                   "o",    "pdf", "png", "py",  "rs",  "sh", "so",  "tar", "ts",
	                                   "vmdk", "wav", "xz",  "yml", "zip", "zst"};

	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		char extension[EXTENSION_BYTES] = "";

		memcpy(extension, some[i], strlen(some[i]));
		cr_expect_neq(kind_of_extension(extension), KIND_OTHER, "%s", some[i]);
	}
}

Test(terms, each_holds)
{
	struct terms_entry entry = {.name = "Backup-2024.TAR",
	                            .length = 15,
	                            .type = NODE_REG,
	                            .bytes = 100 << 20,
	                            .mtime_s = NOW - 30 * DAY,
	                            .growth_known = true,
	                            .growth_bytes = 5 << 20,
	                            .owner_known = true,
	                            .uid = 1000};

	cr_expect(holds("", &entry));
	cr_expect(holds(" \t ", &entry));
	cr_expect(holds(">99M", &entry));
	cr_expect_not(holds(">100M", &entry), "larger, not as large");
	cr_expect_not(holds("<100M", &entry));
	cr_expect(holds("<101MiB", &entry));
	cr_expect(holds("older:30d", &entry));
	cr_expect_not(holds("older:31d", &entry));
	cr_expect(holds("newer:30d", &entry));
	cr_expect_not(holds("newer:29d", &entry));
	cr_expect(holds("type:archive", &entry));
	cr_expect(holds("type:video,archive", &entry));
	cr_expect(holds("type:video|archive", &entry));
	cr_expect_not(holds("type:video", &entry));
	cr_expect_not(holds("type:video type:archive", &entry), "all must hold");
	cr_expect(holds("ext:tar", &entry));
	cr_expect(holds("ext:.Tar,iso", &entry));
	cr_expect_not(holds("ext:iso", &entry));
	cr_expect(holds("owner:1000", &entry));
	cr_expect_not(holds("owner:root", &entry));
	cr_expect(holds("grew:>4M", &entry));
	cr_expect_not(holds("grew:>5M", &entry));
	cr_expect(holds("grew:5M", &entry));
	cr_expect(holds("back >10M older:7d ext:tar", &entry));
	cr_expect_not(holds("back >10M older:7d ext:gz", &entry));
	cr_expect_not(holds("forth >10M", &entry));
	entry.growth_known = entry.owner_known = false;
	cr_expect_not(holds("grew:1", &entry), "nobody knows");
	cr_expect_not(holds("owner:1000", &entry));
	entry.mtime_s = 0;
	cr_expect_not(holds("older:1d", &entry), "the time is not known");
	entry.type = NODE_DIR;
	cr_expect_not(holds("ext:tar", &entry), "a folder has no extension");
	cr_expect_not(holds("type:archive", &entry));
}

Test(terms, globs)
{
	cr_expect(name_holds("log", "catalogue"));
	cr_expect(name_holds("LOG", "x.LOG"));
	cr_expect_not(name_holds("LOG", "x.log"), "capitals are meant");
	cr_expect(name_holds("*.log", "x.LOG"));
	cr_expect_not(name_holds("*.log", "x.log.1"), "a pattern holds for the whole name");
	cr_expect(name_holds("a?c", "a\xc3\xa4"
	                            "c"),
	          "one character");
	cr_expect(name_holds("a* *z", "abcz"), "two patterns");
	cr_expect_not(name_holds("a* *y", "abcz"));
	cr_expect(name_holds("[ab]*", "bcd"));
	cr_expect_not(name_holds("[ab]*", "cd"));
	cr_expect(name_holds("time:5", "time:5"), "no term of ours is a pattern");
	cr_expect(name_holds("*", ""));
}

/* What is matched here against the C library. */
Test(terms, globs_against_fnmatch)
{
	static const char letters[] = "abA.*?*";

	for (int round = 0; round < 20000; round++) {
		char pattern[8], name[12];
		size_t n = 1 + number(6), m = number(10);

		for (size_t i = 0; i < n; i++)
			pattern[i] = letters[number(7)];
		pattern[n] = 0;
		for (size_t i = 0; i < m; i++)
			name[i] = letters[number(4)];
		name[m] = 0;
		if (!strpbrk(pattern, "*?"))
			continue;
		cr_assert_eq(name_holds(pattern, name),
		             fnmatch(pattern, name, strchr(pattern, 'A') ? 0 : FNM_CASEFOLD) == 0, "%s %s", pattern,
		             name);
	}
}

Test(terms, a_wrong_one_is_named)
{
	static const char *const wrong[] = {">",
	                                    ">10Q",
	                                    "<x",
	                                    "older:",
	                                    "older:soon",
	                                    "newer:5",
	                                    "type:",
	                                    "type:film",
	                                    "type:video,",
	                                    "ext:",
	                                    "ext:a.b",
	                                    "ext:a,,b",
	                                    "owner:",
	                                    "grew:",
	                                    "grew:>",
	                                    "owner:no-such-user-here",
	                                    "ext:averyverylongone"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char text[64];
		struct terms terms;
		struct err err = {{0}};

		snprintf(text, sizeof(text), "good %s >5", wrong[i]);
		cr_expect_eq(terms_parse(text, NOW, &terms, &err), -EINVAL, "%s", text);
		cr_expect(strstr(err.text, wrong[i]), "%s: %s", wrong[i], err.text);
		cr_expect(terms.glob_count == 1 && terms.over, "the others hold: %s", text);
	}
	struct terms terms;
	struct err err = {{0}};

	cr_expect_eq(terms_parse("older:\x1b[31m", NOW, &terms, &err), -EINVAL);
	cr_expect_null(strchr(err.text, '\x1b'), "what it is called does not reach a terminal");
}

Test(terms, folders)
{
	static const struct {
		const char *text;
		bool named;
	} cases[] = {{"node_modules", true}, {"*.d >1G", true},      {">1G", false},     {"", false},
	             {"x older:1d", false},  {"x type:code", false}, {"x ext:c", false}, {"x owner:0", true},
	             {"x grew:1M", true},    {"type:archive", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct terms terms;

		cr_assert_eq(terms_parse(cases[i].text, NOW, &terms, NULL), 0);
		cr_expect_eq(terms_name_folders(&terms), cases[i].named, "%s", cases[i].text);
	}
}

/* Whatever is typed: no crash, no read behind the end, an answer for every name. */
Test(terms, random_text)
{
	static const char *const parts[] = {">",    "<",      "older:", "newer:", "type:",
	                                    "ext:", "owner:", "grew:",  ":",      "video",
	                                    "10M",  "90d",    "*",      "?",      "[",
	                                    "]",    "\\",     " ",      "\t",     "\xff",
	                                    "\x1b", ",",      "|",      "-1",     "99999999999999999999999",
	                                    "\xc3", "!",      "."};

	for (int round = 0; round < 20000; round++) {
		char text[700] = "", name[256];
		size_t length = number(256);
		struct terms terms;
		struct err err = {{0}};

		for (unsigned n = number(40); n; n--)
			strcat(text, parts[number(sizeof(parts) / sizeof(*parts))]);
		for (size_t i = 0; i < length; i++)
			name[i] = (char)(1 + number(255));
		int rc = terms_parse(text, (int64_t)number(2000000000), &terms, &err);

		cr_assert(rc == 0 || rc == -EINVAL, "%s", text);
		cr_assert_eq(rc != 0, *err.text != 0);
		terms_match(&terms, &(struct terms_entry){.name = name,
		                                          .length = length,
		                                          .type = (enum node_type)number(4),
		                                          .bytes = number(1000000),
		                                          .mtime_s = number(2000000000)});
	}
}
