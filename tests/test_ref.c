/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "engine/tree/build.h"
#include "store/snapshot/ref.h"
#include "store_fixture.h"

static int64_t local(int year, int month, int day, int hour, int minute, int second)
{
	struct tm tm = {.tm_year = year - 1900,
	                .tm_mon = month - 1,
	                .tm_mday = day,
	                .tm_hour = hour,
	                .tm_min = minute,
	                .tm_sec = second,
	                .tm_isdst = -1};

	return (int64_t)mktime(&tm);
}

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* Newest first, as snapshot_list() gives them. */
static struct snapshot items[6];
static struct snapshot_list list;

static void setup(void)
{
	set_zone("Europe/Berlin");
	list = (struct snapshot_list){items, 6};
	items[0] = (struct snapshot){.id = 41, .finished_at = local(2026, 11, 18, 9, 2, 31)};
	items[1] = (struct snapshot){.id = 40,
	                             .finished_at = local(2026, 11, 17, 23, 59, 59),
	                             .label = (char *)"before upgrade"};
	items[2] = (struct snapshot){.id = 39, .finished_at = local(2026, 11, 17, 0, 0, 0)};
	items[3] = (struct snapshot){.id = 12, .finished_at = local(2026, 11, 10, 9, 0, 0), .label = (char *)"x"};
	/* the hour that comes twice */
	items[4] = (struct snapshot){.id = 7, .finished_at = local(2026, 10, 25, 2, 30, 0)};
	items[5] = (struct snapshot){.id = 3, .finished_at = local(2026, 3, 29, 3, 30, 0)};
}

TestSuite(ref, .init = setup);

static int64_t now(void)
{
	return local(2026, 11, 18, 12, 0, 0);
}

/* The id, or the negative error. */
static int64_t find(const char *ref, int64_t before, struct buf *note, struct err *err)
{
	int64_t id = -1;
	int e = ref_find(&list, ref, now(), before, &id, note, err);

	return e ? e : id;
}

#define expect_id(ref, want) \
	do { \
		struct err err_ = {{0}}; \
		struct buf note_ = {0}; \
		int64_t got_ = find(ref, 0, &note_, &err_); \
		cr_expect_eq(got_, want, "%s: %lld (%s)", ref, (long long)got_, err_.text); \
		cr_expect_eq(note_.length, 0, "%s: %s", ref, note_.data); \
		buf_free(&note_); \
	} while (0)

#define expect_error(ref, want, word) \
	do { \
		struct err err_ = {{0}}; \
		struct buf note_ = {0}; \
		int64_t got_ = find(ref, 0, &note_, &err_); \
		cr_expect_eq(got_, -(want), "%s: %lld", ref, (long long)got_); \
		cr_expect(strstr(err_.text, word), "%s: %s", ref, err_.text); \
		buf_free(&note_); \
	} while (0)

Test(ref, ids_and_positions)
{
	expect_id("41", 41);
	expect_id("7", 7);
	expect_error("8", ENOENT, "8");
	expect_error("99999999999999999999999", ENOENT, "9999");
	expect_id("latest", 41);
	expect_id("latest~0", 41);
	expect_id("latest~5", 3);
	expect_error("latest~6", ENOENT, "6 snapshots");
	expect_error("latest~99999999999999999999999", ENOENT, "6 snapshots");
	expect_error("latest~", EINVAL, "number");
	expect_error("latest~x", EINVAL, "number");
	expect_error("latest~-1", EINVAL, "number");
	expect_error("", EINVAL, "empty");
}

Test(ref, previous)
{
	struct err err = {{0}};

	expect_id("previous", 40);
	cr_expect_eq(find("previous", 41, NULL, &err), 40);
	cr_expect_eq(find("previous", 12, NULL, &err), 7);
	cr_expect_eq(find("previous", 3, NULL, &err), -ENOENT);
	cr_expect(strstr(err.text, "first"), "%s", err.text);
	cr_expect_eq(find("previous", 99, NULL, &err), -ENOENT);
	cr_expect(strstr(err.text, "99"), "%s", err.text);
}

Test(ref, dates_are_local)
{
	expect_id("2026-11-18", 41);
	expect_id("2026-11-17", 40);
	expect_id("2026-11-16", 12);
	expect_id("2030-01-01", 41);
	expect_id("2026-11-17 00:00", 39);
	expect_id("2026-11-17T00:00:00", 39);
	expect_id("2026-11-16 23:59", 12);
	expect_id("2026-11-18 09:02", 41); /* the whole minute */
	expect_id("2026-11-18 09:02:30", 40);
	expect_id("2026-11-18T09:02:31", 41);
	expect_id("2026-10-25", 7); /* 25 hours long */
	expect_id("2026-03-29", 3); /* 23 */
	expect_error("2026-03-28", ENOENT, "2026-03-29");
	expect_error("2026-02-30", EINVAL, "no date");
	expect_error("2026-13-01", EINVAL, "no date");
	expect_error("2026-00-00", EINVAL, "no date");
	expect_error("2026-11-18 24:00", EINVAL, "no date");
	expect_error("2026-11-18 09", EINVAL, "no date");
	expect_error("2026-11-18 09:02:99", EINVAL, "no date");
	expect_error("2026-11-18T09:02:31Z", EINVAL, "no date");
	set_zone("America/Los_Angeles"); /* the same instants, another day: 41 is of 18 November 00:02 there */
	expect_id("2026-11-17", 40);
	expect_id("2026-11-16", 39);
}

Test(ref, ages)
{
	expect_id("1s", 41);
	expect_id("12h", 40);
	expect_id("1d", 39);
	expect_id("7d", 12);
	expect_id("2w", 7);
	expect_id("3mo", 3);
	struct err err = {{0}};
	struct buf note = {0};

	cr_expect_eq(find("1y", 0, &note, &err), 3);
	cr_expect(note.length && strstr(note.data, "2026-03-29"), "%s", note.data);
	buf_free(&note);
	expect_error("99999999999999y", EINVAL, "longer");
}

Test(ref, labels)
{
	expect_id("before upgrade", 40);
	expect_id("x", 12);
	expect_error("y", ENOENT, "y");
	expect_error("before", ENOENT, "before");
	expect_error("a\x1b[31m\n\xff", ENOENT, "\\x1b[31m\\x0a\\xff");
	char *huge = malloc(100001);

	memset(huge, 'z', 100000);
	huge[100000] = '\0';
	expect_error(huge, ENOENT, "zzz...zzz");
	free(huge);
}

Test(ref, reserved)
{
	static const char *const yes[] = {"1",        "41",       "latest",     "latest~",           "latest~3",
	                                  "latest~x", "previous", "2026-11-18", "2026-99-99",        "2026-11-18 09:02",
	                                  "7d",       "3mo",      "90s",        "99999999999999999y"};
	static const char *const no[] = {"",     "latestx", "Latest",      "previously", "before-upgrade",
	                                 "v1.2", "2026-11", "2026-11-18x", "7 d",        "d",
	                                 "-1"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		cr_expect(ref_kind(yes[i]) != REF_LABEL, "%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		cr_expect(ref_kind(no[i]) == REF_LABEL, "%s", no[i]);
}

Test(ref, without_history)
{
	list.count = 0;
	expect_error("latest", ENOENT, "disktracker scan");
	expect_error("previous", ENOENT, "disktracker scan");
	expect_error("7d", ENOENT, "disktracker scan");
	expect_error("2026-11-18", ENOENT, "disktracker scan");
	expect_error("41", ENOENT, "disktracker scan");
	expect_error("x", ENOENT, "disktracker scan");
	list.count = 1;
	expect_id("latest", 41);
	expect_error("latest~1", ENOENT, "1 snapshot ");
	expect_error("previous", ENOENT, "first");
}

/* Any text is answered with an id or a sentence. */
Test(ref, random_text)
{
	static const char alphabet[] = "0123456789-: Tlatestpreviousdwmoyh~\x1b\xff";
	unsigned seed = 3;

	for (int round = 0; round < 20000; round++) {
		char text[24];
		size_t n = (size_t)rand_r(&seed) % (sizeof(text) - 1);

		for (size_t i = 0; i < n; i++)
			text[i] = alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
		text[n] = '\0';
		struct err err = {{0}};
		struct buf note = {0};
		int64_t got = find(text, 0, &note, &err);

		cr_assert(got > 0 || got == -ENOENT || got == -EINVAL, "%s: %lld", text, (long long)got);
		cr_assert(got > 0 || *err.text, "%s: no sentence", text);
		buf_free(&note);
	}
}

/* ---- history of a path ---- */

static struct fixture fixture;
static struct store *store;

static void begin(void)
{
	fixture_begin(&fixture);
	store = fixture_open(&fixture, STORE_CREATE);
}

static void end(void)
{
	store_close(store);
	fixture_end(&fixture);
}

static int64_t save(const char *root, const char *host, const char *options, const char *source, int64_t when)
{
	struct build_entry e = {.name = "", .type = NODE_DIR, .alloc_bytes = 4096, .nlink = 1, .dev = 1};
	struct tree *tree = build_finish(build_create(root, &e));
	struct snapshot_meta meta = {.options = options,
	                             .host = host,
	                             .source = source,
	                             .started_at = when,
	                             .finished_at = when};
	struct err err = {{0}};
	int64_t id;

	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	tree_destroy(tree);
	return id;
}

static void expect_history(const char *path, const char *want_root, int count, ...)
{
	struct snapshot_list got;
	struct buf root = {0};
	struct err err = {{0}};
	va_list args;

	struct buf whole = {0};

	cr_assert_eq(ref_resolve(path, &whole), 0);
	cr_assert_eq(ref_history_of(store, NULL, whole.data, &got, &root, &err), 0, "%s", err.text);
	buf_free(&whole);
	cr_expect_str_eq(root.data ? root.data : "", want_root);
	cr_assert_eq(got.count, (size_t)count, "%s: %zu", path, got.count);
	va_start(args, count);
	for (int i = 0; i < count; i++) {
		int64_t id = va_arg(args, int64_t);

		cr_expect_eq(got.items[i].id, id, "%s: %d is %lld", path, i, (long long)got.items[i].id);
	}
	va_end(args);
	buf_free(&root);
	snapshot_list_clear(&got);
}

Test(ref_history, deepest_root_newest_options, .init = begin, .fini = end)
{
	int64_t srv1 = save("/srv", NULL, "", NULL, 200), srv2 = save("/srv", NULL, "-x", NULL, 300),
		srv3 = save("/srv", NULL, "-x", NULL, 400);

	save("/srv/www", "elsewhere", "", NULL, 500);
	int64_t imported = save("/srv/www/img", NULL, "", "an import", 600),
		only = save("/imported", NULL, "", "b", 700);

	expect_history("/srv/www/img", "/srv", 2, srv3, srv2); /* a scan before an import */
	expect_history("/imported/x", "/imported", 1, only);
	expect_history("/usr", "", 0);
	int64_t top = save("/", NULL, "", NULL, 100);

	(void)imported;
	expect_history("/imported/x", "/", 1, top);
	expect_history("/usr", "/", 1, top);
	expect_history("/srv", "/srv", 2, srv3, srv2);
	expect_history("/srv/", "/srv", 2, srv3, srv2);
	expect_history("/srv/www/deep/er", "/srv", 2, srv3, srv2);
	expect_history("/srvx", "/", 1, top);
	expect_history("/", "/", 1, top);
	expect_history("/no/../srv/./www//x", "/srv", 2, srv3, srv2);
	int64_t again = save("/srv", NULL, "", NULL, 800);

	expect_history("/srv", "/srv", 2, again, srv1);
}

/* Symbolic links, relative paths, and folders that are gone. */
Test(ref_history, paths_are_resolved, .init = begin, .fini = end)
{
	char folder[400], link[400], gone[400];

	snprintf(folder, sizeof(folder), "%s/real", fixture.folder);
	snprintf(link, sizeof(link), "%s/link", fixture.folder);
	snprintf(gone, sizeof(gone), "%s/link/gone/away", fixture.folder);
	cr_assert_eq(mkdir(folder, 0700), 0);
	cr_assert_eq(symlink("real", link), 0);
	int64_t id = save(folder, NULL, "", NULL, 100);

	expect_history(link, folder, 1, id);
	expect_history(gone, folder, 1, id);
	cr_assert_eq(chdir(link), 0);
	expect_history(".", folder, 1, id);
	expect_history("x", folder, 1, id);
	expect_history("x/..", folder, 1, id);
	expect_history("..", "", 0);
	cr_assert_eq(chdir("/"), 0);
}

/* As ids are printed, and as people say it; what cannot be right is led to by no date. */
Test(ref, words)
{
	struct err err = {{0}};

	expect_id("#41", 41);
	expect_id("today", 41);
	expect_id("yesterday", 40);
	expect_id("1.5d", 39);
	expect_error("#", ENOENT, "called");
	cr_expect(ref_kind("#41") != REF_LABEL && ref_kind("yesterday") != REF_LABEL && ref_kind("1.5d") != REF_LABEL);
	items[1].doubtful_date = true;
	expect_id("yesterday", 39);
	items[1].doubtful_date = false;
	cr_expect_eq(ref_check_label("a\033[31m", &err), -EINVAL);
	cr_expect_eq(ref_check_label("back\\slash and \303\244", &err), 0, "%s", err.text);
	char longest[202] = {0};

	memset(longest, 'x', 200);
	cr_expect_eq(ref_check_label(longest, &err), 0);
	longest[200] = 'x';
	cr_expect_eq(ref_check_label(longest, &err), -EINVAL);
}
