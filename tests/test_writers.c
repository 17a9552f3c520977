/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "disk.h"
#include "nap.h"
#include "private_mounts.h"
#include "engine/scan/scan.h"
#include "engine/system/process.h"
#include "engine/tree/tree_state.h"
#include "engine/watch/apply.h"
#include "engine/watch/watcher.h"

/* What a batch tells of changes, and of who was seen making them. */

static struct tree *scanned(const char *folder, struct watcher *watcher)
{
	struct scan_options options = {.threads = 1, .wake_fd = -1};
	struct err err = {0};

	if (watcher)
		watcher_listen(watcher, &options);
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

/* A line a change: "rename a > b by mv\n", sizes of plain changes in blocks of 4 KiB. */
static void write_changes(struct buf *out, const char *folder, const struct batch *batch)
{
	static const char *const kinds[] = {"create", "delete", "modify", "rename", "many"};
	size_t skip = strlen(folder) + 1;

	for (size_t i = 0; i < batch->change_count; i++) {
		const struct change *change = &batch->changes[i];

		buf_printf(out, "%s ", kinds[change->kind]);
		if (change->old_path)
			buf_printf(out, "%s > ", change->old_path + skip);
		buf_printf(out, "%s", strlen(change->path) > skip ? change->path + skip : "");
		if (change->by)
			buf_printf(out, " by %s", change->by);
		buf_char(out, '\n');
	}
}

static void shell(const char *folder, const char *script)
{
	struct buf command = {0};

	buf_printf(&command, "cd '%s' && { %s ; }", folder, script);
	cr_assert_eq(system(command.data), 0, "%s", script);
	buf_free(&command);
}

/* ---- lists ---- */

Test(writers, lists)
{
	struct writers writers = {0};
	writers_id a = writers_add(&writers, WRITERS_NONE, "a"), c = writers_add(&writers, WRITERS_NONE, "c");

	cr_expect_null(writers_text(&writers, WRITERS_NONE));
	cr_expect_eq(writers_add(&writers, a, NULL), a);
	cr_expect_eq(writers_add(&writers, a, "a"), a);
	writers_id ac = writers_add(&writers, c, "a");

	cr_expect_str_eq(writers_text(&writers, ac), "a, c");
	cr_expect_eq(writers_add(&writers, a, "c"), ac, "one list, one number");
	cr_expect_eq(writers_add(&writers, ac, "a, c"), ac);
	cr_expect_eq(writers_add(&writers, ac, "c"), ac);
	writers_id all = writers_add(&writers, ac, "b, d");

	cr_expect_str_eq(writers_text(&writers, all), "a, b, c, d");
	cr_expect_eq(writers_add(&writers, WRITERS_NONE, "a, b, c, d"), all);
	cr_expect(writers_has("a, b, c", "b", 1));
	cr_expect(writers_has("a, b, c", "c", 1));
	cr_expect_not(writers_has("ab, b c", "b", 1));
	cr_expect_not(writers_has("a, b", "a, b", 4));
	writers_clear(&writers);
	cr_expect_eq(writers_add(&writers, WRITERS_NONE, "z"), 1);
	writers_free(&writers);
}

Test(writers, of_many_the_first)
{
	struct writers writers = {0};
	writers_id list = WRITERS_NONE;
	char name[16];

	for (int i = 40; i--;) {
		snprintf(name, sizeof name, "p%02d", i);
		list = writers_add(&writers, list, name);
	}
	cr_expect_str_eq(writers_text(&writers, list),
	                 "p24, p25, p26, p27, p28, p29, p30, p31, p32, p33, p34, p35, p36, p37, p38, p39, others");
	cr_expect_leq(writers.count, 60);
	writers_free(&writers);
}

Test(writers, more_than_there_are_numbers)
{
	struct writers writers = {0};
	char name[16];

	for (int i = 0; i < UINT16_MAX; i++) {
		snprintf(name, sizeof name, "p%d", i);
		cr_assert_eq(writers_add(&writers, WRITERS_NONE, name), i + 1);
	}
	cr_expect_eq(writers_add(&writers, WRITERS_NONE, "one more"), WRITERS_NONE);
	cr_expect_eq(writers_add(&writers, 7, "one more"), 7);
	cr_expect_eq(writers_add(&writers, WRITERS_NONE, "p9"), 10);
	writers_free(&writers);
}

Test(writers, every_allocation_fails_once)
{
	for (long n = 0, done = 0; !done; n++) {
		struct writers writers = {0};

		alloc_fail_at(n, false);
		writers_id list = writers_add(&writers, writers_add(&writers, WRITERS_NONE, "b"), "a");

		done = alloc_count() <= n;
		alloc_fail_at(-1, false);
		const char *text = writers_text(&writers, list);

		cr_expect(!text || !strcmp(text, "a") || !strcmp(text, "b") || !strcmp(text, "a, b"));
		if (done)
			cr_expect_str_eq(text, "a, b");
		writers_free(&writers);
	}
}

Test(writers, the_queue_keeps_them_by_name)
{
	struct dirty *dirty = dirty_create(0, -1);
	size_t count;

	dirty_name(dirty, 1, "x", 1);
	dirty_name_by(dirty, 1, "y", 1, "b");
	dirty_name_by(dirty, 1, "y", 1, "a");
	dirty_name_by(dirty, 1, "z", 1, "b");
	dirty_name(dirty, 1, "y", 1);
	dirty_name_by(dirty, 2, "y", 1, NULL);
	const struct dirty_item *items = dirty_take(dirty, NULL, &count);

	cr_assert_eq(count, 2);
	cr_assert_not_null(items[0].name_by);
	cr_expect_null(dirty_by(dirty, items[0].name_by[0]));
	cr_expect_str_eq(dirty_by(dirty, items[0].name_by[1]), "a, b");
	cr_expect_str_eq(dirty_by(dirty, items[0].name_by[2]), "b");
	cr_expect_null(items[1].name_by);
	dirty_release(dirty);

	/* A slot and its memory again: nothing is left of what it had. */
	dirty_take(dirty, NULL, &count);
	dirty_release(dirty);
	dirty_name(dirty, 1, "x", 1);
	dirty_name(dirty, 1, "y", 1);
	dirty_name_by(dirty, 1, "z", 1, "c");
	items = dirty_take(dirty, NULL, &count);
	cr_expect_null(dirty_by(dirty, items[0].name_by[0]));
	cr_expect_null(dirty_by(dirty, items[0].name_by[1]));
	cr_expect_str_eq(dirty_by(dirty, items[0].name_by[2]), "c");
	dirty_release(dirty);
	dirty_destroy(dirty);
}

Test(writers, of_too_many_names_whoever_wrote_there)
{
	struct dirty *dirty = dirty_create(0, -1);
	char name[16];
	size_t count;

	for (int i = 0; i < 100; i++)
		dirty_name_by(dirty, 1, name, (size_t)snprintf(name, sizeof name, "%d", i),
		              i == 3 ? "early" : i == 90 ? "late" : NULL);
	const struct dirty_item *items = dirty_take(dirty, NULL, &count);

	cr_assert_eq(items[0].kind, DIRTY_LIST);
	cr_expect_str_eq(dirty_by(dirty, items[0].by), "early, late");
	dirty_release(dirty);
	dirty_destroy(dirty);
}

/* ---- renames, told by hand ---- */

struct kept {
	char *folder;
	struct tree *tree;
	struct dirty *dirty;
	struct batch_account *account;
	struct apply *apply;
	struct buf told;
};

static void begin(struct kept *kept, const char *script)
{
	struct err err = {0};

	*kept = (struct kept){.folder = disk_folder()};
	shell(kept->folder, script);
	kept->tree = scanned(kept->folder, NULL);
	kept->dirty = dirty_create(0, -1);
	kept->account = batch_create(kept->tree);
	const struct apply_options options = {
		.tree = kept->tree,
		.dirty = kept->dirty,
		.account = kept->account,
		.rename_wait_ns = 1,
	};

	cr_assert_eq(apply_create(&options, &kept->apply, &err), 0, "%s", err.text);
}

static void renamed(struct kept *kept, const char *from, const char *to)
{
	dirty_rename(kept->dirty, DIR_ROOT, from, strlen(from), DIR_ROOT, to, strlen(to), "mv");
}

static void named(struct kept *kept, const char *name, const char *by)
{
	dirty_name_by(kept->dirty, DIR_ROOT, name, strlen(name), by);
}

/* Apply, hold the tree to a fresh scan, and what was told to this. */
static void tells(struct kept *kept, const char *expected)
{
	buf_clear(&kept->told);
	for (int rounds = 0; !dirty_empty(kept->dirty); rounds++) {
		struct batch batch = {0};
		size_t count;

		cr_assert_lt(rounds, 50, "it never comes to rest");
		const struct dirty_item *items = dirty_take(kept->dirty, kept->tree, &count);

		batch_begin(kept->account);
		cr_assert_eq(apply_batch(kept->apply, items, count), 0);
		dirty_release(kept->dirty);
		batch_finish(kept->account, &batch);
		cr_assert(!batch.incomplete);
		write_changes(&kept->told, kept->folder, &batch);
	}
	struct tree *fresh = scanned(kept->folder, NULL);

	tree_sum(kept->tree);
	cr_expect_eq(disk_check(kept->tree), 0, "%s: totals differ from a walk", expected);
	cr_expect_eq(disk_compare(kept->tree, fresh, false), 0, "%s: differs from a fresh scan", expected);
	tree_destroy(fresh);
	cr_expect_str_eq(kept->told.data ? kept->told.data : "", expected);
}

static void finish(struct kept *kept)
{
	apply_destroy(kept->apply);
	batch_destroy(kept->account);
	dirty_destroy(kept->dirty);
	tree_destroy(kept->tree);
	disk_remove(kept->folder);
	buf_free(&kept->told);
}

Test(renames, over_another_file)
{
	struct kept kept;

	begin(&kept, "head -c 50000 /dev/zero > a; head -c 9000 /dev/zero > b");
	shell(kept.folder, "mv a b");
	renamed(&kept, "a", "b");
	tells(&kept, "delete b by mv\nrename a > b by mv\n");
	finish(&kept);
}

/* What one has cannot be told from the other's. */
Test(renames, over_its_like)
{
	struct kept kept;

	begin(&kept, "echo 1 > a; cp -p a b");
	shell(kept.folder, "mv a b");
	renamed(&kept, "a", "b");
	tells(&kept, "delete b by mv\nrename a > b by mv\n");
	finish(&kept);
}

Test(renames, rotation)
{
	struct kept kept;

	begin(&kept, "head -c 50000 /dev/zero > log; head -c 9000 /dev/zero > log.1; echo > log.2; echo > log.3");
	shell(kept.folder, "rm log.3; mv log.2 log.3; mv log.1 log.2; mv log log.1; echo new > log");
	named(&kept, "log", "daemon");
	named(&kept, "log.3", "rotate");
	renamed(&kept, "log.2", "log.3");
	renamed(&kept, "log.1", "log.2");
	renamed(&kept, "log", "log.1");
	named(&kept, "log", "daemon");
	tells(&kept,
	      "delete log.3 by mv\nrename log.2 > log.3 by mv\nrename log.1 > log.2 by mv\nrename log > log.1 by mv\n"
	      "create log by daemon, mv\n");
	finish(&kept);
}

/* The file that went on had been written to before it went. */
Test(renames, written_to_as_well)
{
	struct kept kept;

	begin(&kept, "echo 1 > a");
	shell(kept.folder, "head -c 50000 /dev/zero >> a; mv a b");
	named(&kept, "a", "daemon");
	renamed(&kept, "a", "b");
	tells(&kept, "rename a > b by daemon, mv\n");
	finish(&kept);
}

/* What the kernel says comes later than what was seen on the disk. */
Test(renames, told_late)
{
	struct kept kept;

	begin(&kept, "head -c 50000 /dev/zero > a; head -c 9000 /dev/zero > b");
	shell(kept.folder, "mv a b; echo 1 > a");
	named(&kept, "a", NULL);
	named(&kept, "b", NULL);
	tells(&kept, "modify a\nmodify b\n");
	renamed(&kept, "a", "b");
	tells(&kept, "");
	finish(&kept);
}

Test(renames, there_and_back)
{
	struct kept kept;

	begin(&kept, "head -c 50000 /dev/zero > a; head -c 9000 /dev/zero > b");
	shell(kept.folder, "echo 1 > a");
	renamed(&kept, "a", "t");
	renamed(&kept, "t", "a");
	tells(&kept, "modify a by mv\n");
	/* Two that changed places. */
	shell(kept.folder, "mv a t; mv b a; mv t b");
	renamed(&kept, "a", "t");
	renamed(&kept, "b", "a");
	renamed(&kept, "t", "b");
	tells(&kept, "delete b by mv\nrename a > b by mv\ncreate a by mv\n");
	finish(&kept);
}

/* It has its name again, and another rename is told of that name: it cannot come in its own place. */
Test(renames, there_and_back_among_others)
{
	struct kept kept;

	begin(&kept, "head -c 50000 /dev/zero > a");
	shell(kept.folder, "rm a; echo 1 > a");
	renamed(&kept, "a", "q");
	named(&kept, "q", "rm");
	renamed(&kept, "a", "t");
	renamed(&kept, "t", "a");
	tells(&kept, "modify a by mv\n");
	finish(&kept);
}

/* A file that is saved by writing another one beside it. */
Test(renames, a_file_that_nobody_had_seen)
{
	struct kept kept;

	begin(&kept, "echo 1 > a");
	shell(kept.folder, "head -c 50000 /dev/zero > t; mv t a");
	named(&kept, "t", "editor");
	renamed(&kept, "t", "a");
	tells(&kept, "modify a by mv\n");
	finish(&kept);
}

Test(renames, over_a_link)
{
	struct kept kept;

	begin(&kept, "head -c 50000 /dev/zero > a; head -c 9000 /dev/zero > b; ln b c; ln a d");
	shell(kept.folder, "mv a b");
	renamed(&kept, "a", "b");
	named(&kept, "c", NULL);
	tells(&kept, "modify c\ndelete b by mv\nrename a > b by mv\n");
	finish(&kept);
}

/* Of names in any order, each of them renamed onto any other: the tree is true whatever is told. */
Test(renames, at_random)
{
	for (unsigned seed = 1; seed <= 60; seed++) {
		struct kept kept;
		unsigned next = seed * 2654435761u;

		begin(&kept, "for i in 0 1 2 3 4 5; do head -c $((i * 5000)) /dev/zero > $i; done; ln 3 l");
		int dir = open(kept.folder, O_PATH | O_DIRECTORY);

		for (int round = 0; round < 4; round++) {
			for (int i = 0; i < 6; i++) {
				char from[2] = "", to[2] = "";

				next = next * 1664525 + 1013904223;
				from[0] = "0123456l"[next >> 16 & 7];
				to[0] = "0123456l"[next >> 20 & 7];
				if (next >> 28 < 3) {
					int fd = openat(dir, from, O_WRONLY | O_CREAT | O_APPEND, 0644);

					cr_assert_eq(write(fd, kept.folder, 5), 5);
					close(fd);
					named(&kept, from, "writer");
					named(&kept, "3", NULL);
					named(&kept, "l", NULL);
				} else if (!renameat(dir, from, dir, to) && from[0] != to[0]) {
					renamed(&kept, from, to);
				}
			}
			if (round % 2)
				dirty_list(kept.dirty, DIR_ROOT);
			/* A name of a link can go without word of its other one. */
			for (int i = 0; i < 8; i++)
				named(&kept, (char[]){"0123456l"[i], '\0'}, NULL);
			buf_clear(&kept.told);
			for (int rounds = 0; !dirty_empty(kept.dirty); rounds++) {
				struct batch batch = {0};
				size_t count;

				cr_assert_lt(rounds, 50);
				const struct dirty_item *items = dirty_take(kept.dirty, kept.tree, &count);

				batch_begin(kept.account);
				cr_assert_eq(apply_batch(kept.apply, items, count), 0);
				dirty_release(kept.dirty);
				batch_finish(kept.account, &batch);
			}
			struct tree *fresh = scanned(kept.folder, NULL);

			tree_sum(kept.tree);
			cr_assert_eq(disk_check(kept.tree), 0, "seed %u", seed);
			cr_assert_eq(disk_compare(kept.tree, fresh, false), 0, "seed %u", seed);
			tree_destroy(fresh);
		}
		close(dir);
		finish(&kept);
	}
}

/* ---- real events ---- */

struct followed {
	enum notify_backend backend;
	char *folder;
	struct tree *tree;
	struct watcher *watcher;
	pthread_mutex_t lock;
	struct buf told;
};

static void sink(void *context, const struct batch *batch)
{
	struct followed *followed = context;

	pthread_mutex_lock(&followed->lock);
	write_changes(&followed->told, followed->folder, batch);
	pthread_mutex_unlock(&followed->lock);
}

static void follow(struct followed *followed, enum notify_backend backend, const char *script, int tick_ms)
{
	struct err err = {0};

	*followed = (struct followed){.backend = backend, .folder = disk_folder()};
	pthread_mutex_init(&followed->lock, NULL);
	/* A file system of its own: what others do on theirs is told as well. */
	if (backend == NOTIFY_FANOTIFY && (geteuid() || private_tmpfs(followed->folder, NULL))) {
		disk_remove(followed->folder);
		cr_skip_test("fanotify and mounting need root");
	}
	shell(followed->folder, script);
	const struct watcher_options options = {
		.backend = backend,
		.root = followed->folder,
		.share_percent = 90,
		.tick_ms = tick_ms,
		.recheck_s = 3600,
		.rename_wait_ms = 20000,
		.sink = sink,
		.context = followed,
		.wake_fd = -1,
	};
	int result = watcher_create(&options, &followed->watcher, &err);

	if (result == -EOPNOTSUPP || result == -ENOSYS)
		cr_skip_test("%s", err.text);
	cr_assert_eq(result, 0, "%s", err.text);
	followed->tree = scanned(followed->folder, followed->watcher);
	cr_assert_eq(watcher_run(followed->watcher, followed->tree, &err), 0, "%s", err.text);
}

static void leave(struct followed *followed)
{
	watcher_destroy(followed->watcher);
	tree_destroy(followed->tree);
	if (followed->backend == NOTIFY_FANOTIFY)
		cr_assert_eq(umount2(followed->folder, MNT_DETACH), 0);
	disk_remove(followed->folder);
	buf_free(&followed->told);
	pthread_mutex_destroy(&followed->lock);
}

/* Wait until so many events were read, and no more come: what happened while it was held is one batch. */
static void read_all(const struct followed *followed, uint64_t least)
{
	int64_t deadline = clock_mono_ns() + INT64_C(60000000000), quiet_ns = clock_mono_ns();
	struct watcher_status status;
	uint64_t events = 0;

	while (events < least || clock_mono_ns() - quiet_ns < 300000000) {
		nap_us(5000);
		watcher_status(followed->watcher, &status);
		if (status.notify.events != events)
			quiet_ns = clock_mono_ns();
		events = status.notify.events;
		cr_assert_lt(clock_mono_ns(), deadline);
	}
}

/* Wait until this line was told, then forget all that was. */
static void wait_for(struct followed *followed, const char *line)
{
	int64_t deadline = clock_mono_ns() + INT64_C(60000000000);
	bool found = false;

	while (!found) {
		nap_us(5000);
		pthread_mutex_lock(&followed->lock);
		found = followed->told.data && strstr(followed->told.data, line);
		if (found)
			buf_clear(&followed->told);
		else if (clock_mono_ns() > deadline)
			cr_assert_fail("waited for %s, and was told:\n%s", line,
			               followed->told.data ? followed->told.data : "");
		pthread_mutex_unlock(&followed->lock);
	}
}

/* A program of this name that appends to files, told to by a byte each, and tells when it has. */
struct writer {
	pid_t pid;
	int tell, told;
	char called[PROCESS_NAME];
};

static void start_writer(struct writer *writer, const char *name, const char *folder, const char *file)
{
	int in[2], out[2];
	char c = 's';
	struct process process;

	cr_assert(!pipe(in) && !pipe(out));
	writer->pid = fork();
	cr_assert(writer->pid >= 0);
	if (!writer->pid) {
		close(in[1]);
		prctl(PR_SET_NAME, name);
		int dir = open(folder, O_PATH | O_DIRECTORY);

		while (write(out[1], &c, 1) == 1 && read(in[0], &c, 1) == 1) {
			char block[8192] = "x";
			int fd = openat(dir, file, O_WRONLY | O_CREAT | O_APPEND, 0644);

			if (fd < 0 || write(fd, block, sizeof block) != (ssize_t)sizeof block)
				_exit(1);
			close(fd);
		}
		_exit(0);
	}
	close(in[0]);
	close(out[1]);
	writer->tell = in[1];
	writer->told = out[0];
	cr_assert_eq(read(writer->told, &c, 1), 1);
	cr_assert_eq(process_read(writer->pid, &process), 0);
	snprintf(writer->called, sizeof writer->called, "%s", process_name(&process));
}

static void writes(const struct writer *writer)
{
	char c = 'w';

	cr_assert_eq(write(writer->tell, &c, 1), 1);
	cr_assert_eq(read(writer->told, &c, 1), 1);
}

static void stop_writer(struct writer *writer)
{
	kill(writer->pid, SIGKILL);
	close(writer->tell);
	close(writer->told);
	waitpid(writer->pid, NULL, 0);
}

Test(who, two_writers, .timeout = 200)
{
	struct followed followed;
	struct writer one, two;
	char line[400];

	follow(&followed, NOTIFY_FANOTIFY, "mkdir logs; echo > logs/mine; echo > logs/ours", 5);
	start_writer(&one, "writer one", followed.folder, "logs/mine");
	start_writer(&two, "writer, two", followed.folder, "logs/yours");
	writes(&one);
	snprintf(line, sizeof line, "modify logs/mine by %s\n", one.called);
	wait_for(&followed, line);
	writes(&two);
	snprintf(line, sizeof line, "create logs/yours by %s\n", two.called);
	wait_for(&followed, line);
	writes(&one);
	snprintf(line, sizeof line, "modify logs/mine by %s\n", one.called);
	wait_for(&followed, line);
	stop_writer(&one);
	stop_writer(&two);
	leave(&followed);
}

Test(who, several_writers_of_one_file, .timeout = 200)
{
	struct followed followed;
	struct writer one, two;
	char line[400];

	follow(&followed, NOTIFY_FANOTIFY, "echo > ours; mkdir d", 5);
	start_writer(&one, "b", followed.folder, "ours");
	start_writer(&two, "a", followed.folder, "ours");
	watcher_hold(followed.watcher);
	writes(&one);
	writes(&two);
	writes(&one);
	read_all(&followed, 2);
	watcher_release(followed.watcher);
	snprintf(line, sizeof line, strcmp(two.called, one.called) ? "modify ours by %s, %s\n" : "modify ours by %s\n",
	         two.called, one.called);
	wait_for(&followed, line);
	stop_writer(&one);
	stop_writer(&two);
	leave(&followed);
}

static size_t writers_of(const struct followed *followed, const char *path, const char *name, struct live_writer out[4])
{
	dir_id dir = tree_lookup(followed->tree, path, strlen(path));
	int64_t row = tree_find(followed->tree, dir, name, strlen(name));
	struct node node = {.dir = DIR_NONE};

	if (row >= 0)
		tree_node(followed->tree, tree_block(followed->tree, dir), (uint32_t)row, &node);
	return live_growth_writers(watcher_live(followed->watcher), node.dir, dir, name, strlen(name), out, 4);
}

/* Of the live column: of a file, of a folder and those above it, of what went and what was made. */
Test(who, made_the_live_column, .timeout = 200)
{
	struct followed followed;
	struct writer one, two;
	struct live_writer by[4];
	struct process here;
	char line[400];

	cr_assert_eq(process_read(getpid(), &here), 0);
	follow(&followed, NOTIFY_FANOTIFY, "mkdir a a/b; head -c 40960 /dev/zero > a/old; echo > a/b/f", 5);
	start_writer(&one, "one", followed.folder, "a/b/f");
	start_writer(&two, "two", followed.folder, "a/g");
	if (!strcmp(one.called, two.called))
		cr_skip_test("these tests run in a service: all programs have one name");
	writes(&one);
	writes(&one);
	writes(&two);
	snprintf(line, sizeof line, "/g by %s\n", two.called);
	wait_for(&followed, line);
	int64_t deadline = clock_mono_ns() + INT64_C(60000000000);

	/* 4 KiB of the file were there: each write is two pages more. */
	while (writers_of(&followed, "", "a", by) != 2 || by[0].alloc_bytes != 16384 || by[1].alloc_bytes != 8192)
		cr_assert_lt(clock_mono_ns(), deadline, "%s %lld", by[0].by, (long long)by[0].alloc_bytes);
	cr_expect_str_eq(by[0].by, one.called);
	cr_expect_str_eq(by[1].by, two.called);
	cr_assert_eq(writers_of(&followed, "a", "b", by), 1);
	cr_expect_str_eq(by[0].by, one.called);
	cr_assert_eq(writers_of(&followed, "a/b", "f", by), 1);
	cr_expect_eq(by[0].alloc_bytes, 16384);
	cr_assert_eq(writers_of(&followed, "a", "g", by), 1);
	cr_expect_str_eq(by[0].by, two.called);
	cr_expect_eq(writers_of(&followed, "a", "old", by), 0);
	int dir = open(followed.folder, O_PATH | O_DIRECTORY);

	/* What went counts for whoever removed it, above it as well. */
	cr_assert(!unlinkat(dir, "a/old", 0));
	snprintf(line, sizeof line, "delete a/old by %s\n", process_name(&here));
	wait_for(&followed, line);
	cr_assert_eq(writers_of(&followed, "", "a", by), 3);
	cr_expect_eq(by[0].alloc_bytes, -40960);
	cr_expect_str_eq(by[0].by, process_name(&here));
	cr_assert_eq(writers_of(&followed, "a", "old", by), 1);
	cr_expect_eq(by[0].alloc_bytes, -40960);
	/* Moved: the folder goes with what it has grown by; where it was it is gone, whole. */
	cr_assert(!renameat(dir, "a/b", dir, "moved"));
	snprintf(line, sizeof line, "rename a/b > moved by %s\n", process_name(&here));
	wait_for(&followed, line);
	cr_assert_eq(writers_of(&followed, "a", "b", by), 1);
	cr_expect_str_eq(by[0].by, process_name(&here));
	cr_expect_lt(by[0].alloc_bytes, 0);
	cr_assert_eq(writers_of(&followed, "", "moved", by), 2);
	live_growth_zero(watcher_live(followed.watcher));
	cr_expect_eq(writers_of(&followed, "", "a", by), 0);
	close(dir);
	stop_writer(&one);
	stop_writer(&two);
	leave(&followed);
}

Test(live_writers, of_many_the_largest_and_those_that_are_gone_as_one)
{
	struct live_writers *live = live_writers_create();
	struct live_writer out[3];
	char by[32];

	for (int i = 1; i <= 9; i++) {
		snprintf(by, sizeof by, "gone (%d)", i);
		live_writers_add(live, NULL, DIR_NONE, "f", 1, by, 10, 1);
		snprintf(by, sizeof by, "p%d", i);
		live_writers_add(live, NULL, DIR_NONE, "f", 1, by, i % 2 ? i : -i, 0);
	}
	live_writers_add(live, NULL, DIR_NONE, "f", 1, "gone (7), p1", 8, 1);
	live_writers_add(live, NULL, DIR_NONE, "g", 1, "p1", 800, 1);
	live_writers_add(live, NULL, DIR_NONE, "f", 1, "none", 0, 0);
	cr_assert_eq(live_writers_of(live, DIR_NONE, DIR_NONE, "f", 1, out, 3), 3);
	cr_expect_str_eq(out[0].by, "gone");
	cr_expect_eq(out[0].alloc_bytes, 90);
	cr_expect_eq(out[0].apparent_bytes, 9);
	cr_expect_str_eq(out[1].by, "p9");
	cr_expect_eq(abs((int)out[2].alloc_bytes), 8);
	cr_assert_eq(live_writers_of(live, DIR_NONE, DIR_NONE, "f", 1, out, 1), 1);
	cr_expect_str_eq(out[0].by, "gone");
	cr_expect_eq(live_writers_of(live, DIR_NONE, DIR_NONE, "h", 1, out, 3), 0);
	live_writers_zero(live);
	cr_expect_eq(live_writers_of(live, DIR_NONE, DIR_NONE, "f", 1, out, 3), 0);
	/* Without memory nobody is claimed. */
	for (long n = 0; n < 6; n++) {
		alloc_fail_at(n, false);
		live_writers_add(live, NULL, DIR_NONE, "f", 1, "x", 5, 5);
		alloc_fail_at(-1, false);
		size_t count = live_writers_of(live, DIR_NONE, DIR_NONE, "f", 1, out, 3);

		cr_expect(!count || (!strcmp(out[0].by, "x") && out[0].alloc_bytes % 5 == 0));
	}
	live_writers_destroy(live);
}

/* A program that ends at once after it wrote: named, or said to be gone. */
Test(who, a_writer_that_is_gone, .timeout = 200)
{
	struct followed followed;
	char line[64];

	follow(&followed, NOTIFY_FANOTIFY, "echo > f", 5);
	for (int i = 0; i < 20; i++) {
		struct writer writer;

		snprintf(line, sizeof line, "new%d", i);
		start_writer(&writer, "short", followed.folder, line);
		writes(&writer);
		stop_writer(&writer);
		char named[400], gone[128];

		snprintf(named, sizeof named, "create %s by %s\n", line, writer.called);
		snprintf(gone, sizeof gone, "create %s by gone (%ld)\n", line, (long)writer.pid);
		int64_t deadline = clock_mono_ns() + INT64_C(60000000000);

		for (bool found = false; !found;) {
			nap_us(2000);
			pthread_mutex_lock(&followed.lock);
			const char *told = followed.told.data ? followed.told.data : "";

			found = strstr(told, named) || strstr(told, gone);
			cr_assert(found || clock_mono_ns() < deadline, "told: %s", told);
			pthread_mutex_unlock(&followed.lock);
		}
	}
	leave(&followed);
}

Test(who, inotify_claims_nothing, .timeout = 200)
{
	struct followed followed;
	struct writer one;

	follow(&followed, NOTIFY_INOTIFY, "echo > f", 5);
	start_writer(&one, "one", followed.folder, "f");
	writes(&one);
	wait_for(&followed, "modify f\n");
	stop_writer(&one);
	leave(&followed);
}

/* Whoever made the folder, moved it, removed it: this program. */
Test(who, folders, .timeout = 200)
{
	struct followed followed;
	struct process here;
	char line[400];

	follow(&followed, NOTIFY_FANOTIFY, "mkdir a a/b; echo > a/b/f; mkdir c", 5);
	cr_assert_eq(process_read(getpid(), &here), 0);
	int dir = open(followed.folder, O_PATH | O_DIRECTORY);

	cr_assert(!renameat(dir, "a/b", dir, "c/d"));
	snprintf(line, sizeof line, "rename a/b > c/d by %s\n", process_name(&here));
	wait_for(&followed, line);
	cr_assert(!unlinkat(dir, "c/d/f", 0) && !unlinkat(dir, "c/d", AT_REMOVEDIR));
	snprintf(line, sizeof line, "delete c/d by %s\n", process_name(&here));
	wait_for(&followed, line);
	cr_assert(!mkdirat(dir, "c/e", 0755));
	snprintf(line, sizeof line, "create c/e by %s\n", process_name(&here));
	wait_for(&followed, line);
	close(dir);
	leave(&followed);
}

static void rotates(enum notify_backend backend)
{
	struct followed followed;
	struct process here;
	char by[200] = "\n", lines[800];

	cr_assert_eq(process_read(getpid(), &here), 0);
	if (backend == NOTIFY_FANOTIFY)
		snprintf(by, sizeof by, " by %s\n", process_name(&here));
	follow(&followed, backend, "head -c 50000 /dev/zero > log; head -c 9000 /dev/zero > log.1; echo 1 > log.2", 5);
	int dir = open(followed.folder, O_PATH | O_DIRECTORY);

	/* All of it in one batch. */
	watcher_hold(followed.watcher);
	cr_assert(!renameat(dir, "log.1", dir, "log.2") && !renameat(dir, "log", dir, "log.1"));
	int fd = openat(dir, "log", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	cr_assert(fd >= 0);
	close(fd);
	read_all(&followed, backend == NOTIFY_FANOTIFY ? 3 : 6);
	watcher_release(followed.watcher);
	snprintf(lines, sizeof lines, "delete log.2%srename log.1 > log.2%srename log > log.1%screate log%s", by, by,
	         by, by);
	wait_for(&followed, lines);
	close(dir);
	leave(&followed);
}

Test(who, rotation_by_fanotify, .timeout = 200)
{
	rotates(NOTIFY_FANOTIFY);
}

Test(who, rotation_by_inotify, .timeout = 200)
{
	rotates(NOTIFY_INOTIFY);
}

/* ---- halves of a rename ---- */

enum { FILES = 30, ROUNDS = 40 };

struct renamer {
	int dir;
	char from, to;
};

static void *rename_all(void *context)
{
	const struct renamer *renamer = context;
	char from[16], to[16];

	for (int i = 0; i < FILES; i++) {
		snprintf(from, sizeof from, "%c%d", renamer->from, i);
		snprintf(to, sizeof to, "%c%d", renamer->to, i);
		cr_assert(!renameat(renamer->dir, from, renamer->dir, to));
	}
	return NULL;
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		count++;
	return count;
}

/* Two at a time: what the kernel tells of one rename comes between the halves of the other.  Nothing goes or comes. */
Test(who, renames_at_the_same_time, .timeout = 300)
{
	struct followed followed;
	struct renamer renamers[2];
	pthread_t threads[2];

	follow(&followed, NOTIFY_INOTIFY, "mkdir a b; for i in $(seq 0 29); do echo > a/x$i; echo > b/x$i; done", 5);
	for (int i = 0; i < 2; i++) {
		char path[300];

		snprintf(path, sizeof path, "%s/%c", followed.folder, "ab"[i]);
		renamers[i].dir = open(path, O_PATH | O_DIRECTORY);
	}
	for (uint64_t round = 0; round < ROUNDS; round++) {
		watcher_hold(followed.watcher);
		for (int i = 0; i < 2; i++) {
			renamers[i].from = "xy"[round & 1];
			renamers[i].to = "yx"[round & 1];
			cr_assert_eq(pthread_create(&threads[i], NULL, rename_all, &renamers[i]), 0);
		}
		pthread_join(threads[0], NULL);
		pthread_join(threads[1], NULL);
		cr_assert(!mkdirat(renamers[0].dir, round & 1 ? "end1" : "end0", 0755));
		cr_assert(!unlinkat(renamers[0].dir, round & 1 ? "end1" : "end0", AT_REMOVEDIR));
		read_all(&followed, (round + 1) * (4 * FILES + 2));
		watcher_release(followed.watcher);
		int64_t deadline = clock_mono_ns() + INT64_C(60000000000);

		for (size_t told = 0; told < 2 * FILES;) {
			nap_us(2000);
			pthread_mutex_lock(&followed.lock);
			const char *text = followed.told.data ? followed.told.data : "";

			told = count_of(text, "rename ");
			cr_assert(told == 2 * FILES || clock_mono_ns() < deadline, "told: %s", text);
			cr_assert(!strstr(text, "delete ") && !strstr(text, "create "), "told: %s", text);
			if (told == 2 * FILES)
				buf_clear(&followed.told);
			pthread_mutex_unlock(&followed.lock);
		}
	}
	close(renamers[0].dir);
	close(renamers[1].dir);
	leave(&followed);
}
