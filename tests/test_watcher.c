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
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "disk.h"
#include "engine/tree/tree_state.h"
#include "engine/watch/watcher.h"
#include "nap.h"
#include "walked.h"

/* The whole path: real events, reader, queue, applier; held to a fresh scan of what lies on disk. */
struct followed {
	enum notify_backend backend; /* 0 = inotify */
	char *folder;
	int recheck_s;            /* 0 = 1 */
	int rename_wait_ms;      /* 0 = the usual */
	struct tree *tree;
	struct watcher *watcher;
	/* What the batches told, summed by the applier's thread. */
	_Atomic int64_t delta;
	_Atomic uint64_t batches;
	_Atomic int64_t dip;     /* the most that one batch took */
	_Atomic uint64_t renames, others;
};

static void sink(void *context, const struct batch *batch)
{
	struct followed *followed = context;

	followed->delta += batch->delta_bytes;
	followed->batches++;
	if (batch->delta_bytes < followed->dip)
		followed->dip = batch->delta_bytes;
	for (size_t i = 0; i < batch->change_count; i++) {
		if (batch->changes[i].kind == CHANGE_RENAME)
			followed->renames++;
		else
			followed->others++;
	}
	cr_assert(!batch->incomplete);
}

static struct tree *scanned(const char *folder, struct watcher *watcher)
{
	struct scan_options options = { .threads = 2, .wake_fd = -1 };
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

static uint64_t total(const struct tree *tree)
{
	struct node root;

	tree_dir_node(tree, DIR_ROOT, &root);
	return root.alloc_bytes;
}

/* A test of either backend. */
#define BOTH(name, seconds)                                                                                            \
	static void name(enum notify_backend backend);                                                                 \
	Test(watcher, name, .timeout = seconds)                                                                        \
	{                                                                                                              \
		name(NOTIFY_INOTIFY);                                                                                  \
	}                                                                                                              \
	Test(watcher, name##_by_fanotify, .timeout = seconds)                                                          \
	{                                                                                                              \
		name(NOTIFY_FANOTIFY);                                                                                 \
	}                                                                                                              \
	static void name(enum notify_backend backend)

/* Ends the test where the backend cannot be had here: before anything else of it runs. */
static void attach(struct followed *followed)
{
	const struct watcher_options options = {
		.backend = followed->backend ? followed->backend : NOTIFY_INOTIFY,
		.root = followed->folder,
		.share_percent = 90,
		.tick_ms = 5,
		.recheck_s = followed->recheck_s ? followed->recheck_s : 1,
		.rename_wait_ms = followed->rename_wait_ms,
		.sink = sink,
		.context = followed,
		.reuse_dirs = true,
		.wake_fd = -1,
	};
	struct err err = {0};
	int result = watcher_create(&options, &followed->watcher, &err);

	if (result == -EPERM || result == -EOPNOTSUPP || result == -ENOSYS) {
		disk_remove(followed->folder);
		cr_skip_test("%s", err.text);
	}
	cr_assert_eq(result, 0, "%s", err.text);
}

static void begin(struct followed *followed)
{
	struct err err = {0};

	if (!followed->watcher)
		attach(followed);
	followed->tree = scanned(followed->folder, followed->watcher);
	cr_assert_eq(watcher_run(followed->watcher, followed->tree, &err), 0, "%s", err.text);
}

static void end(struct followed *followed)
{
	watcher_destroy(followed->watcher);
	tree_destroy(followed->tree);
	disk_remove(followed->folder);
}

static bool equal(const struct tree *a, const struct tree *b)
{
	uint64_t x[2], y[2];

	tree_fingerprint(a, DIR_ROOT, x);
	tree_fingerprint(b, DIR_ROOT, y);
	return x[0] == y[0] && x[1] == y[1] && total(a) == total(b);
}

/* Every directory against a walk that shares nothing with the program.  The number of differences. */
static int against_walk(const struct followed *followed, bool tell)
{
	struct walked walked = walked_take(followed->folder);
	size_t skip = strlen(followed->folder);
	int differences = 0;

	for (size_t i = 0; i < walked.count; i++) {
		const struct walked_dir *there = &walked.dirs[i];
		const char *relative = there->path + skip + (there->path[skip] == '/');
		dir_id dir = tree_lookup(followed->tree, relative, strlen(relative));
		struct node node = {0};

		if (dir != DIR_NONE)
			tree_dir_node(followed->tree, dir, &node);
		if (dir == DIR_NONE || node.alloc_bytes != there->alloc_bytes ||
		    node.apparent_bytes != there->apparent_bytes || node.items != there->items ||
		    node.files != there->files) {
			if (tell && differences < 8)
				fprintf(stderr, "differs: %s\n", there->path);
			differences++;
		}
	}
	walked_free(&walked);
	return differences;
}

/*
 * Wait until the tree equals a fresh scan.  Once the disk is quiet that must come; then every total and every
 * fingerprint is compared.
 */
static void becomes_true(struct followed *followed, const char *what)
{
	int64_t deadline = clock_mono_ns() + (int64_t)12 * 1000000000;
	bool done = false;

	/* Blocks that change at write-back change now. */
	sync();
	while (!done) {
		nap_us(20000);
		bool last = clock_mono_ns() > deadline;

		if (!watcher_quiet(followed->watcher) && !last)
			continue;
		watcher_hold(followed->watcher);
		struct tree *fresh = scanned(followed->folder, NULL);

		tree_sum(followed->tree);
		done = (equal(followed->tree, fresh) && !against_walk(followed, false)) || last;
		if (done) {
			cr_assert_eq(against_walk(followed, true), 0, "%s: a walk finds something else", what);
			cr_assert_eq(disk_compare(followed->tree, fresh, false), 0, "%s: the tree stays wrong", what);
			cr_assert_eq(disk_check(followed->tree), 0, "%s: the totals stay wrong", what);
		}
		tree_destroy(fresh);
		watcher_release(followed->watcher);
	}
}

BOTH(storms, 300)
{
	for (uint64_t seed = 1; seed <= 15; seed++) {
		struct followed followed = { .backend = backend, .folder = disk_folder() };
		char what[32];

		snprintf(what, sizeof what, "storm %d", (int)seed);
		disk_fill(followed.folder, seed, 200);
		begin(&followed);
		uint64_t before = total(followed.tree);

		for (uint64_t round = 0; round < 20; round++)
			disk_change(followed.folder, seed * 1000 + round, 15, true);
		becomes_true(&followed, what);
		cr_assert_eq(followed.delta, (int64_t)(total(followed.tree) - before),
		             "%s: the batches add up to something else", what);
		end(&followed);
	}
}

/* A file that gets another name does not go and come. */
BOTH(files_move, 120)
{
	enum { TIMES = 300 };
	struct followed followed = { .backend = backend, .folder = disk_folder(), .rename_wait_ms = 20000 };
	char from[64], to[64];
	int dir = open(followed.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	disk_dir(followed.folder, "a");
	disk_dir(followed.folder, "b");
	disk_file(followed.folder, "a/0", 1 << 20);
	disk_file(followed.folder, "a/linked", 5000);
	cr_assert(!linkat(dir, "a/linked", dir, "b/linked", 0));
	begin(&followed);
	becomes_true(&followed, "before");
	followed.others = 0;
	for (int i = 1; i <= TIMES; i++) {
		snprintf(from, sizeof from, "%c/%d", i & 1 ? 'a' : 'b', i - 1);
		snprintf(to, sizeof to, "%c/%d", i & 1 ? 'b' : 'a', i);
		cr_assert(!renameat(dir, from, dir, to));
		if (i % 3 == 0)
			nap_us(1000);
	}
	cr_assert(!renameat(dir, "a/linked", dir, "a/still linked"));
	becomes_true(&followed, "after");
	cr_assert_eq(followed.delta, 0);
	cr_assert_eq(followed.dip, 0);
	cr_assert_geq(followed.renames, 2);
	cr_assert_eq(followed.others, 0);
	close(dir);
	end(&followed);
}

static void *changes(void *argument)
{
	const struct followed *followed = argument;

	for (uint64_t round = 0; round < 40; round++)
		disk_change(followed->folder, 77000 + round, 10, true);
	return NULL;
}

/* Changes while it is being scanned. */
BOTH(from_the_first_moment, 200)
{
	struct followed followed = { .backend = backend, .folder = disk_folder() };
	pthread_t thread;

	attach(&followed);
	disk_fill(followed.folder, 5, 3000);
	cr_assert_eq(pthread_create(&thread, NULL, changes, &followed), 0);
	begin(&followed);
	pthread_join(thread, NULL);
	becomes_true(&followed, "from the first moment");
	end(&followed);
}

static void shell(const struct followed *followed, const char *script)
{
	struct buf command = {0};

	buf_printf(&command, "cd '%s' && { %s ; } >/dev/null 2>&1", followed->folder, script);
	cr_assert_eq(system(command.data), 0, "%s", script);
	buf_free(&command);
}

BOTH(workloads, 300)
{
	static const char *const scripts[] = {
		"mkdir src && for i in 1 2 3 4 5 6; do mkdir -p src/d$i/e/f; for j in 1 2 3 4 5; do head -c"
		" $((i*j*777)) /dev/zero > src/d$i/e/f/$j; done; done",
		"tar cf all.tar src && mkdir un && tar xf all.tar -C un",
		"cp -a src copy; cp -al src linked",
		"echo more >> linked/d1/e/f/1; truncate -s 10M src/sparse; dd if=/dev/zero of=src/sparse bs=4096"
		" seek=100 count=3 conv=notrunc",
		"mv copy/d3 un/d3; mv un/src moved; mv moved/d2 moved/d1/e",
		"rm -rf linked/d4 src/d5; ln src/d1/e/f/2 un/name; ln -s nowhere un/link",
		"mkdir flood; i=0; while [ $i -lt 3000 ]; do : > flood/f$i; i=$((i+1)); done; rm -f flood/*7",
		"chmod 0 src/d6/e/f/1; touch -d 2001-01-01 src/d6/e/f/2; truncate -s 0 src/d6/e/f/3",
		"rm -rf src un moved copy linked flood all.tar",
	};
	struct followed followed = { .backend = backend, .folder = disk_folder() };

	begin(&followed);
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		shell(&followed, scripts[i]);
		becomes_true(&followed, scripts[i]);
	}
	end(&followed);
}

/* A file of so many bytes, none of them written, in memory. */
static unsigned char *mapped(const struct followed *followed, const char *name, size_t length, int *fd)
{
	struct buf path = {0};

	buf_printf(&path, "%s/%s", followed->folder, name);
	*fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	cr_assert(*fd >= 0 && !ftruncate(*fd, (off_t)length));
	void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);

	cr_assert_neq(memory, MAP_FAILED);
	buf_free(&path);
	return memory;
}

/* Stores through memory: no event tells of them before the file is closed. */
Test(watcher, memory, .timeout = 100)
{
	static const char *const names[] = { "stays open", "came/with its folder", "closed late" };
	const size_t length = 1 << 20;
	struct followed followed = { .folder = disk_folder(), .recheck_s = 3 }, outside = { .folder = disk_folder() };
	struct buf from = {0}, to = {0};
	unsigned char *memory[3];
	int fds[3];

	begin(&followed);
	shell(&outside, "mkdir came");
	for (int i = 0; i < 3; i++)
		memory[i] = mapped(i == 1 ? &outside : &followed, names[i], length, &fds[i]);
	buf_printf(&from, "%s/came", outside.folder);
	buf_printf(&to, "%s/came", followed.folder);
	cr_assert_eq(rename(from.data, to.data), 0);
	becomes_true(&followed, "nothing is written yet");
	for (size_t at = 0; at < length; at += 8192)
		memory[0][at] = memory[1][at] = 1;
	becomes_true(&followed, "written soon, and not closed");
	/* Long after the last event nobody can know; with the file being closed it is told. */
	memset(memory[2], 1, length);
	for (int i = 0; i < 3; i++) {
		munmap(memory[i], length);
		close(fds[i]);
	}
	becomes_true(&followed, "closed");
	buf_free(&from);
	buf_free(&to);
	end(&followed);
	disk_remove(outside.folder);
}

/* Written through a name that came and went between two looks: of the names that stay nobody is told. */
Test(watcher, names_that_nobody_saw, .timeout = 100)
{
	static const char *const scripts[] = {
		"ln a/f b/name; echo more >> b/name; rm b/name",
		"mkdir c; ln a/f c/name; head -c 10000 /dev/zero >> c/name; rm -r c",
		"ln a/f b/d/name; head -c 30000 /dev/zero >> b/d/name; rm -r b/d",
		("ln a/f b/name; for i in 0 1 2 3 4 5 6; do for j in 0 1 2 3 4 5 6 7 8 9; do : > b/$i$j; done; done;"
		 " head -c 50000 /dev/zero >> b/name; rm b/name"),
	};
	struct followed followed = { .folder = disk_folder() };

	shell(&followed, "mkdir -p a b/d; echo 1 > a/f");
	begin(&followed);
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
		watcher_hold(followed.watcher);
		shell(&followed, scripts[i]);
		watcher_release(followed.watcher);
		becomes_true(&followed, scripts[i]);
	}
	end(&followed);
}

/* More events than the kernel keeps, while nobody takes them: said, and read again. */
BOTH(overflow, 200)
{
	struct followed followed = { .backend = backend, .folder = disk_folder() };
	struct watcher_status status;

	shell(&followed, "mkdir -p a/b; echo 1 > a/b/f");
	begin(&followed);
	pid_t child = fork();

	if (child == 0) {
		/* The whole program stands still meanwhile, its reader too. */
		pid_t program = getppid();
		char path[64];

		/* A name of its own for each: fanotify merges what happens to one. */
		kill(program, SIGSTOP);
		for (int i = 0; i < 20000; i++) {
			snprintf(path, sizeof path, "%s/a/%d", followed.folder, i);
			FILE *file = fopen(path, "w");

			if (file) {
				fputs("x", file);
				fclose(file);
			}
		}
		snprintf(path, sizeof path, "%s/a/b/f", followed.folder);
		unlink(path);
		kill(program, SIGCONT);
		_exit(0);
	}
	int64_t deadline = clock_mono_ns() + (int64_t)60 * 1000000000;

	do {
		nap_us(5000);
		watcher_status(followed.watcher, &status);
	} while (!status.notify.overflows && clock_mono_ns() < deadline);
	cr_assert_gt(status.notify.overflows, 0, "the queue did not overflow");
	becomes_true(&followed, "overflow");
	cr_assert(!watcher_unsettled(followed.watcher));
	end(&followed);
}

/* What is written in a folder of our own makes no batch by itself, is not told, and counts with the next one. */
Test(watcher, ours_is_not_told, .timeout = 60)
{
	struct followed followed = { .folder = disk_folder() };
	struct buf own = {0};

	shell(&followed, "mkdir -p data/own/db.index other; echo 1 > data/own/db");
	buf_printf(&own, "%s/data/own/db", followed.folder);
	const struct watcher_options options = {
		.backend = NOTIFY_INOTIFY,
		.root = followed.folder,
		.share_percent = 90,
		.tick_ms = 5,
		.recheck_s = 1,
		.sink = sink,
		.context = &followed,
		.wake_fd = -1,
		.own_db = own.data,
	};
	struct err err = {0};
	struct watcher_status status;

	cr_assert_eq(watcher_create(&options, &followed.watcher, &err), 0, "%s", err.text);
	followed.tree = scanned(followed.folder, followed.watcher);
	cr_assert_eq(watcher_run(followed.watcher, followed.tree, &err), 0, "%s", err.text);
	shell(&followed,
	      "head -c 100000 /dev/zero > data/own/db; echo 2 > data/own/db-wal; echo 3 > data/own/db.index/x");
	int64_t deadline = clock_mono_ns() + (int64_t)10 * 1000000000;

	do {
		nap_us(5000);
		watcher_status(followed.watcher, &status);
	} while ((!status.notify.events || !watcher_quiet(followed.watcher)) && clock_mono_ns() < deadline);
	cr_assert_gt(status.notify.events, 0);
	cr_assert_eq(followed.batches, 0);
	shell(&followed, "mkdir other/folder");
	becomes_true(&followed, "with the next batch");
	watcher_status(followed.watcher, &status);
	cr_assert_eq(status.changes, 1, "%d changes told", (int)status.changes);
	buf_free(&own);
	end(&followed);
}
