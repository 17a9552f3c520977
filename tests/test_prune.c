/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deleting snapshots: whatever is deleted, the others read back as they were, and nothing is left that no one names. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/files/chunk_ids.h"
#include "store/snapshot/snapshot.h"
#include "store_fixture.h"
#include "store_model.h"

static struct fixture f;
static struct store *store;

static void setup(void)
{
	fixture_begin(&f);
	store = fixture_open(&f, STORE_CREATE | STORE_STRICT);
}

static void teardown(void)
{
	store_close(store);
	fixture_end(&f);
}

TestSuite(prune, .init = setup, .fini = teardown, .timeout = 300);

/* Every chunk is named by a version, and every version's chunks are there. */
static void check_chunks(void)
{
	sqlite3_stmt *rows;
	struct chunk_ids named = {0};
	int64_t chunks = fixture_number(store, "SELECT count(*) FROM file_chunks"),
		top = fixture_number(store, "SELECT ifnull(max(id), 0) FROM file_chunks");
	char *seen = calloc((size_t)top + 1, 1);

	sqlite3_prepare_v2(store_handle(store), "SELECT lists FROM dir_versions", -1, &rows, NULL);
	while (sqlite3_step(rows) == SQLITE_ROW)
		cr_assert_eq(
			chunk_ids_read(&named, sqlite3_column_blob(rows, 0), (size_t)sqlite3_column_bytes(rows, 0)), 0);
	sqlite3_finalize(rows);
	for (size_t i = 0; i < named.count; i++) {
		cr_assert_leq(named.items[i], top);
		chunks -= !seen[named.items[i]];
		seen[named.items[i]] = 1;
	}
	cr_assert_eq(chunks, 0);
	free(seen);
	free(named.items);
}

static void check_sound(void)
{
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check<>'ok'"),
	             0);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	cr_assert_eq(
		fixture_number(store, "SELECT count(*) FROM dirs WHERE id NOT IN (SELECT dir_id FROM dir_versions)"),
		0);
	cr_assert_eq(
		fixture_number(store, "SELECT count(*) FROM dir_versions WHERE dir_id NOT IN (SELECT id FROM dirs)"),
		0);
	cr_assert_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM dir_versions v JOIN dirs p ON p.id=v.dir_id WHERE NOT EXISTS"
			"(SELECT 1 FROM snapshots s WHERE s.root_id=p.root_id AND s.id BETWEEN v.first_id AND"
			" v.last_id)"),
		0);
	/* Open versions are those of the head. */
	cr_assert_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM dir_versions v JOIN dirs p ON p.id=v.dir_id JOIN roots r ON"
			" r.id=p.root_id"
			" WHERE (v.last_id=9223372036854775807)<>(r.head_id BETWEEN v.first_id AND v.last_id)"),
		0);
	cr_assert_eq(
		fixture_number(
			store,
			"SELECT count(*) FROM roots r WHERE head_id IS NOT (SELECT max(id) FROM snapshots s WHERE"
			" s.root_id=r.id)"),
		0);
	cr_assert_eq(fixture_number(
			     store,
			     "SELECT count(*) FROM diff_rows WHERE snapshot_a NOT IN (SELECT id FROM snapshots)"
			     " OR snapshot_b NOT IN (SELECT id FROM snapshots) OR dir_id NOT IN (SELECT id FROM dirs)"),
	             0);
	check_chunks();
}

struct kept {
	int64_t id;
	struct buf dump;
};

static void check_all(const struct kept *kept, int n)
{
	for (int i = 0; i < n; i++) {
		struct buf got = {0};

		dump_snapshot(store, kept[i].id, &got);
		cr_assert(got.length == kept[i].dump.length && !memcmp(got.data, kept[i].dump.data, got.length),
		          "snapshot %lld", (long long)kept[i].id);
		buf_free(&got);
	}
}

/* Saves and deletes in any order, of two chains whose ids interleave, head and middle and first. */
Test(prune, random_histories)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		enum { MOST = 16 };
		struct kept kept[MOST] = {{0}};
		struct model models[2];
		struct err err;
		int n = 0;

		store_close(store);
		fixture_end(&f);
		setup();
		for (int i = 0; i < 2; i++) {
			model_begin(&models[i], seed * 2 + (uint64_t)i, i ? "/one" : "/");
			model_grow(&models[i], 12, 40);
		}
		for (int step = 0; step < 40; step++) {
			struct model *model = &models[model_random(&models[0]) % 2];

			if (n == MOST || (n && model_random(&models[0]) % 5 < 2)) {
				int i = model_random(&models[0]) % 3 ? (int)(model_random(&models[0]) % (uint64_t)n)
				                                     : n - 1;

				cr_assert_eq(snapshot_delete(store, kept[i].id, &err), 0, "%s", err.text);
				cr_assert_eq(snapshot_delete(store, kept[i].id, &err), -ENOENT);
				buf_free(&kept[i].dump);
				memmove(&kept[i], &kept[i + 1], (size_t)(n - i - 1) * sizeof(*kept));
				n--;
			} else {
				struct tree *tree = model_tree(model);

				kept[n].dump = (struct buf){0};
				dump_tree(tree, &kept[n].dump);
				tree_destroy(tree);
				kept[n++].id = model_save(model, store, step);
				model_change(model, 6);
			}
			if (step % 8 == 0) {
				check_all(kept, n);
				check_sound();
			}
		}
		check_all(kept, n);
		check_sound();
		while (n) {
			cr_assert_eq(snapshot_delete(store, kept[--n].id, &err), 0);
			buf_free(&kept[n].dump);
		}
		check_sound();
		cr_assert_eq(
			fixture_number(
				store,
				"SELECT (SELECT count(*) FROM dirs)+(SELECT count(*) FROM dir_versions)+(SELECT"
				" count(*) FROM file_chunks)"
				"+(SELECT count(*) FROM roots)+(SELECT count(*) FROM devices)+(SELECT count(*) FROM"
				" diff_rows)"),
			0);
		model_end(&models[0]);
		model_end(&models[1]);
	}
}

Test(prune, ids_are_never_used_again)
{
	struct model model;
	struct err err;

	model_begin(&model, 1, "/x");
	int64_t last = model_save(&model, store, 1);

	cr_assert_eq(snapshot_delete(store, last, &err), 0);
	cr_assert_eq(model_save(&model, store, 2), last + 1);
	model_end(&model);
}

static void clock_to(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

#define NOW 1760000000 /* 2025-10-09 08:53:20 UTC, a Thursday */
#define HOUR 3600
#define DAY (24 * HOUR)

static int64_t removed_of(const struct snapshot_list *list)
{
	int64_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += !list->items[i].kept_for;
	return count;
}

/* Save snapshots of these ages (hours, oldest first), prune, and say which ages are left, newest first. */
static void check_policy(const struct prune_policy *policy, const int *hours, int n, const char *expected)
{
	struct model model;
	struct snapshot_list list;
	struct err err;
	uint64_t freed;
	struct buf left = {0};

	model_begin(&model, 1, "/x");
	model_grow(&model, 5, 20);
	for (int i = 0; i < n; i++) {
		model_save(&model, store, NOW - (int64_t)hours[i] * HOUR);
		model_change(&model, 4);
	}
	for (int dry = 1; dry >= 0; dry--) {
		cr_assert_eq(snapshot_prune(store, policy, NOW, dry, &list, &freed, &err), 0, "%s", err.text);
		cr_assert_eq(list.count, (size_t)n); /* each with what it is kept for */
		cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), dry ? n : n - removed_of(&list));
		snapshot_list_clear(&list);
	}
	cr_assert_eq(snapshot_list(store, NULL, NULL, NULL, &list, &err), 0);
	for (size_t i = 0; i < list.count; i++)
		buf_printf(&left, "%s%d", i ? " " : "", (int)((NOW - list.items[i].finished_at) / HOUR));
	cr_expect_str_eq(left.data, expected);
	snapshot_list_clear(&list);
	check_sound();
	buf_free(&left);
	model_end(&model);
}

Test(prune, by_default)
{
	/*
	 * All of the two newest days that have some; of each day before the newest, however long ago: it is the days
	 * that count, not their age.
	 */
	static const int hours[] = {9000,        8700,        24 * 45 + 1, 24 * 45, 24 * 44, 24 * 38,
	                            24 * 20 + 2, 24 * 20 + 1, 24 * 20,     24 * 19, 60,      50,
	                            49,          47,          30,          20,      2,       1};

	clock_to("UTC");
	check_policy(&retention_default, hours, sizeof(hours) / sizeof(*hours),
	             "1 2 20 30 47 60 456 480 912 1056 1080 8700 9000");
}

Test(prune, keep_last)
{
	static const int hours[] = {5, 4, 3, 2, 1};

	check_policy(&(struct prune_policy){.keep_last = 2}, hours, 5, "1 2");
}

Test(prune, keep_daily_in_local_time)
{
	static const int hours[] = {60, 50, 30, 27, 10, 7, 1};

	clock_to("UTC-10"); /* now is 18:53: midnight was 18 h 53 min ago */
	check_policy(&(struct prune_policy){.keep_daily = 2}, hours, 7, "1 27");
}

Test(prune, keep_weekly_and_monthly)
{
	/* The week began 80 h ago, the month 8 days and 8 hours. */
	static const int hours[] = {24 * 40, 24 * 39, 24 * 9, 24 * 8, 81, 79, 1};

	clock_to("UTC");
	check_policy(&(struct prune_policy){.keep_weekly = 2, .keep_monthly = 2}, hours, 7, "1 81 216");
}

Test(prune, older_than)
{
	static const int hours[] = {500, 400, 300, 1};

	check_policy(&(struct prune_policy){.older_than_s = 350 * HOUR}, hours, 4, "1 300");
}

Test(prune, older_than_spares_what_a_rule_keeps)
{
	static const int hours[] = {500, 400, 300, 1};

	check_policy(&(struct prune_policy){.older_than_s = 350 * HOUR, .keep_last = 3}, hours, 4, "1 300 400");
}

Test(prune, no_rule_removes_nothing)
{
	static const int hours[] = {500, 1};

	check_policy(&(struct prune_policy){0}, hours, 2, "1 500");
}

Test(prune, newest_and_labelled_stay)
{
	struct model model;
	struct snapshot_list list;
	struct err err;
	uint64_t freed;

	model_begin(&model, 1, "/x");
	int64_t first = model_save(&model, store, 10);

	model_save(&model, store, 20);
	model_save(&model, store, 30);
	int64_t newest = model_save(&model, store, 25); /* dated back: the newest all the same */

	cr_assert_eq(snapshot_label(store, first, "base", &err), 0);
	cr_assert_eq(snapshot_prune(store, &(struct prune_policy){.older_than_s = 1}, NOW, false, &list, &freed, &err),
	             0);
	cr_assert_eq(list.count, 4);
	cr_assert_eq(list.items[0].id, newest);
	cr_assert_eq(list.items[0].kept_for, KEEP_NEWEST);
	cr_assert_eq(list.items[1].kept_for, KEEP_DOUBTFUL); /* 30, behind it 25: one of the two is wrong */
	cr_assert_eq(list.items[2].kept_for, 0);
	cr_assert_str_eq(list.items[2].scan_root, "/x");
	cr_assert_eq(list.items[3].kept_for, KEEP_LABELLED);
	snapshot_list_clear(&list);
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), 3);
	cr_assert_eq(fixture_number(store, "SELECT head_id FROM roots"), newest);
	check_sound();
	model_end(&model);
}

Test(prune, gives_room_back)
{
	struct model model;
	struct snapshot_list list;
	struct err err;
	uint64_t would, freed;

	model_begin(&model, 1, "/x");
	for (int i = 0; i < 6; i++) {
		model_grow(&model, 100, 1500);
		model_save(&model, store, i);
		for (int j = 1; j < model.count; j++)
			model.nodes[j].mtime_s += 100000 * (j % 7);
	}
	uint64_t before = store_bytes(store);

	cr_assert_eq(snapshot_prune(store, &(struct prune_policy){.keep_last = 1}, NOW, true, &list, &would, &err), 0);
	cr_assert_eq(removed_of(&list), 5);
	snapshot_list_clear(&list);
	cr_assert_eq(snapshot_prune(store, &(struct prune_policy){.keep_last = 1}, NOW, false, &list, &freed, &err), 0);
	snapshot_list_clear(&list);
	cr_assert_eq(would, freed);
	cr_assert_gt(freed, 0);
	cr_assert_leq(store_bytes(store) + freed, before + 65536);
	model_end(&model);
}

static void retain(int64_t *ids, size_t expected)
{
	struct snapshot_list removed;
	struct err err = {{0}};

	cr_assert_eq(snapshot_retain(store, &retention_default, NOW, &removed, &err), 0, "%s", err.text);
	cr_assert_eq(removed.count, expected, "%zu removed", removed.count);
	for (size_t i = 0; ids && i < removed.count; i++)
		cr_assert_eq(removed.items[i].id, ids[i]);
	snapshot_list_clear(&removed);
}

Test(prune, retains_by_default_what_the_manual_says)
{
	static struct snapshot items[1001];
	struct snapshot_list list = {items, 1001};
	size_t kept = 0;

	clock_to("UTC");
	for (int i = 0; i < 1001; i++) /* two a day for 500 days, the newest this morning */
		items[i] = (struct snapshot){.id = 1001 - i, .root_id = 1, .finished_at = NOW - (int64_t)i * 12 * HOUR};
	cr_assert_eq(retention_choose(&retention_default, NOW, &list), 0);
	for (int i = 0; i < 1001; i++)
		kept += items[i].kept_for != 0;
	/*
	 * 1 + 2 of two days, one of each of 28 more; and of 52 weeks those whose newest is not among these: its own,
	 * and the Sundays 4, 11, 18 and 25 days ago.
	 */
	cr_assert_eq(kept, 3 + 28 + 52 - 5, "%zu", kept);
	cr_assert_eq(items[3].kept_for, KEEP_DAILY);
	cr_assert_eq(items[4].kept_for, 0);
}

Test(prune, retaining_where_nothing_goes_writes_nothing)
{
	struct model model;

	model_begin(&model, 1, "/x");
	for (int i = 0; i < 4; i++) {
		model_grow(&model, 1, 5);
		model_save(&model, store, NOW - (4 - i) * 5 * HOUR);
	}
	int changes = sqlite3_total_changes(store_handle(store));

	retain(NULL, 0);
	cr_assert_eq(sqlite3_total_changes(store_handle(store)), changes);
	model_end(&model);
}

#define IN_2036 2082758400

Test(prune, no_clock_drops_a_history)
{
	struct model model;
	struct snapshot_list list;
	struct err err;

	clock_to("UTC");
	model_begin(&model, 1, "/x");
	model_grow(&model, 5, 20);
	for (int day = 12; day > 0; day--) {
		model_save(&model, store, NOW - day * DAY);
		model_change(&model, 4);
	}
	int64_t future = model_save(&model, store, IN_2036);
	struct snapshot_list removed;

	/* The clock is still ahead. */
	cr_assert_eq(snapshot_retain(store, &retention_default, IN_2036, &removed, &err), 0);
	cr_assert_eq(removed.count, 0);
	model_change(&model, 4);
	int64_t newest = model_save(&model, store, NOW);

	retain(NULL, 0);
	model_change(&model, 4);
	int64_t reset = model_save(&model, store, 0); /* a clock that has lost its battery */

	model_change(&model, 4);
	model_save(&model, store, NOW + HOUR);
	retain(NULL, 0);
	/* The sequence is the order, and only what does not fit it is doubted. */
	cr_assert_eq(snapshot_list(store, NULL, NULL, NULL, &list, &err), 0);
	for (size_t i = 0; i < list.count; i++) {
		cr_assert_eq(list.items[i].id, (int64_t)(list.count - i));
		cr_assert_eq(list.items[i].doubtful_date, list.items[i].id == future || list.items[i].id == reset,
		             "#%d", (int)list.items[i].id);
	}
	snapshot_list_clear(&list);

	uint64_t freed;

	cr_assert_eq(snapshot_delete(store, reset + 1, &err), 0);
	cr_assert_eq(snapshot_delete(store, reset, &err), 0);
	cr_assert_eq(snapshot_prune(store, &(struct prune_policy){.keep_last = 1}, NOW, false, &list, &freed, &err), 0);
	snapshot_list_clear(&list);
	cr_assert_eq(fixture_number(store, "SELECT id FROM snapshots"), newest);
	model_end(&model);
}

/* Days are runs along the sequence, against a model that counts them by hand, with clocks that jump at will. */
Test(prune, days_are_runs_of_the_sequence)
{
	clock_to("UTC");
	srand(1);
	for (int round = 0; round < 200; round++) {
		struct snapshot items[80] = {0};
		struct snapshot_list list = {items, 80};
		const struct prune_policy policy = {.keep_recent = rand() % 4, .keep_daily = rand() % 9};
		int runs = 0;

		for (size_t i = 0; i < 80; i++)
			items[i] = (struct snapshot){.id = (int64_t)(80 - i),
			                             .root_id = 1,
			                             .doubtful_date = rand() % 8 == 0,
			                             .finished_at = (20000 - (int64_t)i / 3) * DAY + rand() % DAY +
			                                            (rand() % 6 ? 0 : rand() % 9 * DAY)};
		cr_assert_eq(retention_choose(&policy, 20000 * (int64_t)DAY, &list), 0);
		int64_t day = 0;

		for (size_t i = 0; i < 80; i++) {
			/* What cannot be right begins no day. */
			int64_t before = day;

			day = i && items[i].doubtful_date ? before : items[i].finished_at / DAY;
			bool begins = !i || day != before;
			bool rules = policy.keep_recent || policy.keep_daily;

			runs += begins;
			cr_assert_eq(items[i].kept_for != 0,
			             !i || !rules || runs <= policy.keep_recent ||
			                     (begins && runs <= policy.keep_daily),
			             "round %d, %zu", round, i);
		}
	}
}

/* Twelve of one day, one of ten years ahead, one of now: a day is still a day. */
Test(prune, one_scan_with_a_wrong_clock_costs_nothing)
{
	struct snapshot items[14] = {0};
	struct snapshot_list list = {items, 14};

	clock_to("UTC");
	for (size_t i = 0; i < 14; i++)
		items[i] = (struct snapshot){.id = (int64_t)(14 - i),
		                             .root_id = 1,
		                             .finished_at = 20000 * (int64_t)DAY + 5000 - (int64_t)i};
	items[1].finished_at += 3650 * (int64_t)DAY;
	items[1].doubtful_date = true;
	cr_assert_eq(retention_choose(&retention_default, 20000 * (int64_t)DAY + 6000, &list), 0);
	for (size_t i = 0; i < 14; i++)
		cr_expect(items[i].kept_for, "#%lld", (long long)items[i].id);
}

Test(prune, equal_neighbours_are_folded)
{
	struct model model;

	model_begin(&model, 1, "/x");
	model_grow(&model, 5, 20);
	for (int i = 0; i < 21; i++) { /* as many visits of a folder where nothing happens */
		model_save(&model, store, NOW - HOUR + i);
		retain((int64_t[]){i}, i >= 2);
	}
	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), 2);
	cr_assert_eq(fixture_number(store, "SELECT min(id) FROM snapshots"), 1);
	check_sound();
	/* What differs, even for a moment, stays; what has a label or is being compared with, too. */
	struct snapshot_list removed;
	struct err err;

	model_change(&model, 1);
	model_save(&model, store, NOW);
	retain(NULL, 0);
	cr_assert_eq(snapshot_label(store, model_save(&model, store, NOW), "base", &err), 0);
	model_save(&model, store, NOW);
	retain(NULL, 0);
	int64_t used = fixture_number(store, "SELECT max(id) FROM snapshots");
	struct prune_policy policy = retention_default;

	policy.in_use = used;
	model_save(&model, store, NOW);
	cr_assert_eq(snapshot_retain(store, &policy, NOW, &removed, &err), 0);
	cr_assert_eq(removed.count, 0);
	retain(&used, 1);
	model_end(&model);
}
