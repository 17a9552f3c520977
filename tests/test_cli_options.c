/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/help.h"
#include "cli/options.h"
#include "golden.h"

/* Parse a line of words, split at blanks, as the given place. */
static int parse(struct options *options, const char *line, unsigned place, const char *command, struct err *err)
{
	static char text[512];
	char *argv[64] = {"disktracker"};
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	return options_parse(options, argc, argv, place, command, err);
}

static void expect_error(const char *line, unsigned place, const char *command, const char *part)
{
	struct options options;
	struct err err = {{0}};

	options_init(&options);
	cr_expect_eq(parse(&options, line, place, command, &err), -EINVAL, "%s: accepted", line);
	cr_expect(strstr(err.text, part), "%s: said '%s'", line, err.text);
	options_free(&options);
}

/* Two that share a place would take each other's options. */
Test(options, every_command_is_a_place_of_its_own)
{
	unsigned seen = IN_BROWSE | IN_CONFIG;

	for (size_t i = 0; command_at(i); i++) {
		cr_expect_eq(command_at(i)->place & seen, 0, "%s", command_at(i)->name);
		cr_expect_eq(command_at(i)->place & ~(unsigned)IN_COMMANDS, 0, "%s", command_at(i)->name);
		seen |= command_at(i)->place;
	}
}

Test(options, every_name_and_letter_is_one_options)
{
	for (const struct option *a = option_table; a->name || a->letter; a++)
		for (const struct option *b = option_table; b->name || b->letter; b++) {
			if (a == b)
				continue;
			cr_expect(!a->letter || a->letter != b->letter, "-%c twice", a->letter);
			for (int i = 0; i < 4; i++) {
				const char *x = i & 1 ? a->name : a->opposite, *y = i & 2 ? b->name : b->opposite;

				cr_expect(!x || !y || strcmp(x, y), "--%s twice", x);
			}
		}
}

Test(options, values_stand_apart_joined_and_clustered)
{
	struct options options;
	struct err err = {{0}};

	options_init(&options);
	cr_assert_eq(parse(&options, "-1xo- -t 4 --exclude=a --exclude b /tmp", IN_BROWSE, NULL, &err), 0, "%s",
	             err.text);
	cr_expect_eq(options.feedback, FEEDBACK_LINE);
	cr_expect_eq(options.mounts, MOUNTS_SAME);
	cr_expect_str_eq(options.output, "-");
	cr_expect_eq(options.threads, 4);
	cr_expect_eq(options.exclusion_count, 2);
	cr_expect_str_eq(options.exclusions[1].text, "b");
	cr_expect_eq(options.word_count, 1);
	cr_expect_str_eq(options.words[0], "/tmp");
	options_free(&options);
}

Test(options, the_later_one_wins)
{
	struct options options;
	struct err err = {{0}};

	options_init(&options);
	cr_assert_eq(
		parse(&options,
	              "-x --cross-file-system -e --no-extended --apparent-size --disk-usage --hide-hidden"
	              " --show-hidden",
	              IN_BROWSE, NULL, &err),
		0, "%s", err.text);
	cr_expect_eq(options.mounts, MOUNTS_ALL);
	cr_expect_eq(options.extended, 0);
	cr_expect_eq(options.apparent, 0);
	cr_expect_eq(options.show_hidden, 1);
	options_free(&options);
}

Test(options, the_command_may_follow_options)
{
	char *argv[] = {"disktracker", "--db", "diff", "-n5", "diff", "diff", NULL};
	struct options_glance glance;
	struct options options;
	struct err err = {{0}};

	options_glance(6, argv, &glance);
	cr_assert_str_eq(glance.word, "diff");
	options_init(&options);
	cr_assert_eq(options_parse(&options, 6, argv, IN_DIFF, "diff", &err), 0, "%s", err.text);
	cr_expect_str_eq(options.db, "diff");
	cr_expect_eq(options.top, 5);
	cr_expect_eq(options.word_count, 1);
	options_free(&options);
}

Test(options, behind_two_dashes_words_only)
{
	char *argv[] = {"disktracker", "--", "scan", "-x", NULL};
	struct options_glance glance;
	struct options options;
	struct err err = {{0}};

	options_glance(4, argv, &glance);
	cr_expect_null(glance.word);
	options_init(&options);
	cr_assert_eq(options_parse(&options, 4, argv, IN_BROWSE, NULL, &err), 0);
	cr_expect_eq(options.word_count, 2);
	cr_expect_str_eq(options.words[1], "-x");
	options_free(&options);
}

Test(options, glance_sees_help_and_version_everywhere)
{
	char *argv[] = {"disktracker", "scan", "-xh", "--ignore-config", "-V", "--nonsense", NULL};
	struct options_glance glance;

	options_glance(6, argv, &glance);
	cr_expect(glance.help);
	cr_expect(glance.version);
	cr_expect(glance.ignore_config);
	cr_expect_str_eq(glance.word, "scan");
}

Test(options, errors_say_what_is_wrong)
{
	expect_error("--nonsense", IN_BROWSE, NULL, "unknown option --nonsense");
	expect_error("-xZ", IN_BROWSE, NULL, "unknown option -Z");
	expect_error("-O a --format csv", IN_EXPORT, "export", "-O is a format of its own");
	expect_error("-O a -o b", IN_BROWSE, NULL, "-o and -O are two formats of one export");
	expect_error("--warmer", IN_SCAN, "scan", "unknown option --warmer");
	expect_error("-t", IN_SCAN, "scan", "--threads needs an argument");
	expect_error("-t 0", IN_SCAN, "scan", "'0' is not a number from 1 to 1024");
	expect_error("-t 1x", IN_SCAN, "scan", "'1x'");
	expect_error("-t -1", IN_SCAN, "scan", "'-1'");
	expect_error("-n 99999999999999999999", IN_DIFF, "diff", "number from 1 on");
	expect_error("--extended=yes", IN_SCAN, "scan", "--extended takes no argument");
	expect_error("--min-delta=lots", IN_DIFF, "diff", "'lots' is not a size");
	expect_error("--older-than=soon", IN_PRUNE, "prune", "'soon' is not a time");
	expect_error("--format openmetrics", IN_EXPORT, "export",
	             "'openmetrics' is not ncdu|ncdu-bin|csv|ndjson|prometheus");
	expect_error("--sort size", IN_BROWSE, NULL, "'size' is not a column");
	expect_error("--sort name-up", IN_BROWSE, NULL, "'name-up'");
	expect_error("--json", IN_BROWSE, NULL, "--json is an option of commands");
	expect_error("--depth 1", IN_LIST, "list", "--depth is no option of list");
	expect_error("-f x", IN_LIST, "list", "-f is no option of list");
	expect_error("--exclude-caches", IN_DIFF, "diff", "--exclude-caches is no option of diff");
	expect_error("--include-caches", IN_DIFF, "diff", "--include-caches is no option of diff");
	expect_error("--db=", IN_LIST, "list", "--db: '' is not FILE");
	expect_error("--color=pink", IN_LIST, "list", "'pink'");
	expect_error("--\033[31m", IN_LIST, "list", "--\\x1b[31m");
}

Test(options, sort_has_the_directions_of_ncdu)
{
	static const struct {
		const char *text;
		enum ui_sort sort;
		int descending;
	} cases[] = {
		{"disk-usage", SORT_SIZE, 1},  {"disk-usage-asc", SORT_SIZE, 0}, {"name", SORT_NAME, 0},
		{"name-desc", SORT_NAME, 1},   {"itemcount", SORT_ITEMS, 1},     {"mtime", SORT_MTIME, 0},
		{"mtime-desc", SORT_MTIME, 1}, {"growth", SORT_GROWTH, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct options options;
		char line[64];

		options_init(&options);
		snprintf(line, sizeof(line), "--sort=%s", cases[i].text);
		cr_assert_eq(parse(&options, line, IN_BROWSE, NULL, NULL), 0);
		cr_expect_eq((int)options.sort, (int)cases[i].sort, "%s", line);
		cr_expect_eq(options.sort_descending, cases[i].descending, "%s", line);
		options_free(&options);
	}
}

Test(options, read_only_in_two_degrees)
{
	static const struct {
		const char *line;
		bool imported, shell, delete, refresh;
	} cases[] = {
		{"", false, true, true, true},
		{"", true, false, false, false},
		{"-r", false, true, false, true},
		{"-rr", false, false, false, true},
		{"-r --enable-delete", false, true, false, true},
		{"--enable-shell", true, true, false, false},
		{"--disable-refresh", false, true, true, false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct options options;
		struct ui_settings settings;

		options_init(&options);
		cr_assert_eq(parse(&options, cases[i].line, IN_BROWSE, NULL, NULL), 0);
		options_settings(&options, cases[i].imported, &settings);
		cr_expect_eq(settings.can_shell, cases[i].shell, "case %zu", i);
		cr_expect_eq(settings.can_delete, cases[i].delete, "case %zu", i);
		cr_expect_eq(settings.can_refresh, cases[i].refresh, "case %zu", i);
		options_free(&options);
	}
}

Test(options, no_color_is_a_default_only)
{
	struct options options;
	struct ui_settings settings;

	setenv("NO_COLOR", "1", 1);
	options_init(&options);
	options_settings(&options, false, &settings);
	cr_expect_eq(settings.theme, THEME_OFF);
	options.color = THEME_DARK;
	options_settings(&options, false, &settings);
	cr_expect_eq(settings.theme, THEME_DARK);
	setenv("NO_COLOR", "", 1);
	options.color = COLOR_DEFAULT;
	options_settings(&options, false, &settings);
	cr_expect_eq(settings.theme, THEME_AUTO);
	options_free(&options);
}

Test(options, help_fits_80_columns)
{
	struct buf out = {0};

	cr_assert_eq(help_options(&out, IN_ALL), 0);
	cr_expect(strstr(out.data, "  -x, --one-file-system, --cross-file-system\n"));
	for (char *line = out.data, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		cr_assert(end);
		cr_expect(end - line <= 80, "%.*s", (int)(end - line), line);
		cr_expect(end == line || end[-1] != ' ', "%.*s", (int)(end - line), line);
	}
	buf_free(&out);
}

static void helps_fit(const char *example)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++) {
		struct buf out = {0};
		int rows = 0;

		cr_assert_eq(help_command(&out, command), 0);
		cr_expect(!strncmp(out.data, example, strlen(example)), "%s", out.data);
		for (char *line = out.data, *end; *line; line = end + 1) {
			end = strchr(line, '\n');
			cr_assert(end);
			cr_expect(text_width(line, (size_t)(end - line)) <= 80, "%.*s", (int)(end - line), line);
			rows++;
		}
		cr_expect(rows <= 23, "%s: %d rows", command->name, rows);
		for (const struct option *option = option_table; option->name || option->letter; option++) {
			char name[64];

			if (!option->help || !(option->places & command->place))
				continue;
			if (option->name)
				snprintf(name, sizeof name, "--%s", option->name);
			else
				snprintf(name, sizeof name, "-%c", option->letter);
			cr_expect(strstr(out.data, name), "%s does not name %s", command->name, name);
		}
		buf_free(&out);
	}
}

Test(options, help_of_a_command_fits_a_screen_and_names_every_option)
{
	helps_fit("For example: disktracker ");
}

/* Cells, not bytes or characters; and no blanks to break a line at. */
Test(options, help_fits_in_japanese)
{
	golden_speak("ja");
	helps_fit("例: disktracker ");
}

Test(options, memory_that_runs_out_is_an_error)
{
	for (long n = 0;; n++) {
		struct options options;
		struct err err = {{0}};

		options_init(&options);
		alloc_fail_at(n, false);
		int rc = parse(&options, "-x --exclude a --exclude b c d", IN_BROWSE, NULL, &err);
		bool reached = alloc_count() > n;

		alloc_fail_at(-1, false);
		options_free(&options);
		if (!reached) {
			cr_expect_eq(rc, 0);
			break;
		}
		cr_expect_eq(rc, -ENOMEM);
	}
}

/* ---- config files ---- */

static char config_path[] = "/tmp/disktracker-config-XXXXXX";

static void write_config(const char *text, size_t length)
{
	strcpy(config_path, "/tmp/disktracker-config-XXXXXX");
	int fd = mkstemp(config_path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, length), (ssize_t)length);
	close(fd);
}

static int read_config(struct options *options, const char *text, struct err *err)
{
	write_config(text, strlen(text));
	options_init(options);
	int rc = config_read(options, config_path, err);

	unlink(config_path);
	return rc;
}

Test(config, grammar_of_ncdu)
{
	struct options options;
	struct err err = {{0}};
	int rc = read_config(&options,
	                     "# Always enable extended mode\n"
	                     "-e\n"
	                     "\n"
	                     "  --one-file-system \t\n"
	                     "--exclude .git directory \n"
	                     "--sort=name-desc\n"
	                     "--threads\t7\n"
	                     "-rr\n"
	                     "@--no-such-option\n"
	                     "@--threads=many\n"
	                     "--color= dark\r\n"
	                     "--no-store",
	                     &err);

	cr_assert_eq(rc, 0, "%s", err.text);
	cr_expect_eq(options.extended, 1);
	cr_expect_eq(options.mounts, MOUNTS_SAME);
	cr_expect_eq(options.exclusion_count, 1);
	cr_expect_str_eq(options.exclusions[0].text, ".git directory");
	cr_expect_eq((int)options.sort, (int)SORT_NAME);
	cr_expect_eq(options.threads, 7);
	cr_expect_eq(options.read_only, 2);
	cr_expect_eq(options.store, 0);
	options_free(&options);
}

Test(config, home_is_expanded_in_file_names_and_patterns)
{
	struct options options;
	struct err err = {{0}};

	setenv("HOME", "/home/ana", 1);
	cr_assert_eq(read_config(&options, "--exclude ~/big\n@--exclude-from ~/.excludes\n--db ~/d.db\n--exclude a~\n",
	                         &err),
	             0, "%s", err.text);
	cr_expect_str_eq(options.exclusions[0].text, "/home/ana/big");
	cr_expect_str_eq(options.exclusions[1].text, "/home/ana/.excludes");
	cr_expect(options.exclusions[1].is_file && options.exclusions[1].forgiving);
	cr_expect_str_eq(options.db, "/home/ana/d.db");
	cr_expect_str_eq(options.exclusions[2].text, "a~");

	/* Forgiven: the file does not exist. */
	struct scan_counting counting;
	struct exclude *exclude = NULL;

	cr_expect_eq(options_counting(&options, &counting, &exclude, &err), 0, "%s", err.text);
	cr_expect_not_null(exclude);
	exclude_destroy(exclude);
	options.exclusions[1].forgiving = false;
	cr_expect_lt(options_counting(&options, &counting, &exclude, &err), 0);
	cr_expect(strstr(err.text, "/home/ana/.excludes"), "%s", err.text);
	options_free(&options);
}

Test(config, errors_name_file_line_and_remedy)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"-x\n--nonsense\n", "line 2: unknown option --nonsense"},
		{"threads 4\n", "line 1: unknown option threads"},
		{"--threads\n", "line 1: --threads needs an argument"},
		{"-x yes\n", "line 1: -x takes no argument"},
		{"-o file\n", "line 1: unknown option -o"},
		{"--help\n", "unknown option --help"},
		{"--json\n", "unknown option --json"},
		{"-\n", "unknown option -"},
		{"--\n", "unknown option --"},
		{"@--threads 4\n-t many\n", "line 2: --threads: 'many'"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct options options;
		struct err err = {{0}};

		cr_expect_eq(read_config(&options, cases[i].text, &err), -EINVAL, "%s", cases[i].text);
		cr_expect(strstr(err.text, cases[i].part), "%s", err.text);
		cr_expect(strstr(err.text, "--ignore-config"), "%s", err.text);
		options_free(&options);
	}
}

Test(config, missing_is_none_and_odd_files_are_errors)
{
	struct options options;
	struct err err = {{0}};

	options_init(&options);
	cr_expect_eq(config_read(&options, "/nonexistent/config", &err), 0);
	cr_expect_eq(config_read(&options, "/dev/null", &err), -EINVAL, "a device");
	cr_expect_eq(config_read(&options, "/tmp", &err), -EISDIR);
	cr_expect(strstr(err.text, "/tmp"), "%s", err.text);
	write_config("-x\n-e\0-e\n", 10);
	cr_expect_eq(config_read(&options, config_path, &err), -EINVAL);
	unlink(config_path);
	options_free(&options);
}

/* Any bytes are either options or a sentence, never a crash. */
Test(config, survives_noise)
{
	unsigned seed = 1;

	for (int round = 0; round < 2000; round++) {
		static const char *const words[] = {"-",    "--",   "x",    "exclude", "threads", "=",    " ",
		                                    "@",    "#",    "~",    "/",       "\t",      "rr",   "t4",
		                                    "\xff", "\033", "sort", "name",    "-desc",   "color"};
		struct options options;
		struct err err = {{0}};
		char line[256] = "", name[256];
		size_t length = 0;

		for (int i = 0; i < 6; i++) {
			seed = seed * 1103515245 + 12345;
			const char *word = words[(seed >> 16) % (sizeof(words) / sizeof(*words))];

			length += (size_t)snprintf(line + length, sizeof(line) - length, "%s", word);
		}
		options_init(&options);
		snprintf(name, sizeof(name), "%s", line);
		int rc = options_config(&options, name, round % 2 ? line : NULL, round % 3 == 0, &err);

		cr_expect(rc == 0 || rc == -EINVAL);
		cr_expect(rc == 0 || err.text[0]);
		options_free(&options);
	}
}
