/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "disk.h"
#include "engine/watch/notify.h"
#include "private_mounts.h"

/*
 * Real folders, real events.  Nothing sleeps: a change in the folder `fence`, watched as FENCE, is waited for; events
 * come in order, so all before it have been marked then.
 */
#define FENCE 999u
#define SKIP 77
#define DEADLINE_NS (20 * (int64_t)1000000000)

struct mark {
	dir_id dir;
	enum dirty_kind kind;
	char name[256]; /* "": the directory itself, or all of it */
};

struct ground {
	enum notify_backend backend;
	char *folder;
	struct dirty *dirty;
	struct notify *notify;
	int wake_fd;
	_Atomic int lost; /* calls of lost() */
	int fences;
	struct mark marks[256];
	size_t count;
};

/* What happens between the kernel's giving a number and notify_add()'s entering it: once, then it is NULL again. */
static void (*while_adding)(struct ground *);
static struct ground *while_adding_to;

/* Called by the engine instead of the C library's. */
int inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	int wd = (int)syscall(SYS_inotify_add_watch, fd, path, mask), error = errno;
	void (*hook)(struct ground *) = while_adding;

	while_adding = NULL;
	if (hook)
		hook(while_adding_to);
	errno = error;
	return wd;
}

/* ---- the ground ---- */

static void add(struct ground *ground, const char *name, dir_id dir, int expected)
{
	char *path;

	cr_assert_gt(asprintf(&path, "%s/%s", ground->folder, name), 0);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	cr_assert_geq(fd, 0, "%s", path);
	cr_assert_eq(notify_add(ground->notify, dir, fd), expected, "%s", path);
	close(fd);
	free(path);
}

static void lost(void *context)
{
	atomic_fetch_add(&((struct ground *)context)->lost, 1);
}

static void start_share(struct ground *ground, unsigned share_percent)
{
	struct notify_options options = {
		.backend = ground->backend,
		.share_percent = share_percent,
		.dirty = ground->dirty,
		.root = ground->folder,
		.lost = lost,
		.context = ground,
	};
	struct err err = { "" };
	int result = notify_start(&options, &ground->notify, &err);

	if (result == -EPERM)
		cr_skip_test("%s", err.text);
	cr_assert_eq(result, 0, "%s", err.text);
}

/* A file system of its own: what others do on theirs is told as well.  False: not allowed here. */
static bool isolate(const char *folder)
{
	return !geteuid() && !private_tmpfs(folder, NULL);
}

static void setup(struct ground *ground, enum notify_backend backend)
{
	*ground = (struct ground){.backend = backend,
	                          .folder = disk_folder(),
	                          .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	if (backend == NOTIFY_FANOTIFY && !isolate(ground->folder)) {
		disk_remove(ground->folder);
		cr_skip_test("fanotify and mounting need root");
	}
	ground->dirty = dirty_create(0, ground->wake_fd);
	cr_assert(ground->dirty);
	start_share(ground, 90);
	cr_assert_eq(chdir(ground->folder), 0);
	cr_assert_eq(mkdir("fence", 0700), 0);
	add(ground, "fence", FENCE, 0);
	cr_assert_eq(mkdir("a", 0700), 0);
	cr_assert_eq(mkdir("b", 0700), 0);
}

static void teardown(struct ground *ground)
{
	cr_assert_eq(chdir("/"), 0);
	notify_stop(ground->notify);
	dirty_destroy(ground->dirty);
	close(ground->wake_fd);
	if (ground->backend == NOTIFY_FANOTIFY)
		cr_assert_eq(umount2(ground->folder, MNT_DETACH), 0);
	disk_remove(ground->folder);
}

/* A test of either backend. */
#define BOTH(name)                                                                                                     \
	static void name(enum notify_backend backend);                                                                 \
	Test(notify, name)                                                                                             \
	{                                                                                                              \
		name(NOTIFY_INOTIFY);                                                                                  \
	}                                                                                                              \
	Test(fanotify, name)                                                                                           \
	{                                                                                                              \
		name(NOTIFY_FANOTIFY);                                                                                 \
	}                                                                                                              \
	static void name(enum notify_backend backend)

static struct notify_status status(const struct ground *ground)
{
	struct notify_status now;

	notify_status(ground->notify, &now);
	return now;
}

static void put(struct ground *ground, dir_id dir, enum dirty_kind kind, const void *name, size_t length)
{
	struct mark mark = { .dir = dir, .kind = kind };

	memcpy(mark.name, name, length);
	for (size_t i = 0; i < ground->count; i++)
		if (memcmp(&ground->marks[i], &mark, sizeof(mark)) == 0)
			return;
	cr_assert_lt(ground->count, 256);
	ground->marks[ground->count++] = mark;
}

/* Take what is there into `marks`; is the fence of this name among it (or all covered)? */
static bool take(struct ground *ground, const char *fence)
{
	const struct dirty_item *items;
	bool reached = false;
	size_t count;

	items = dirty_take(ground->dirty, NULL, &count);
	for (size_t i = 0; i < count; i++) {
		const unsigned char *name = items[i].names;

		if (items[i].dir == DIR_ROOT && items[i].kind == DIRTY_TREE) {
			put(ground, DIR_ROOT, DIRTY_TREE, "", 0);
			reached = true;
			continue;
		}
		if (items[i].kind != DIRTY_NAMES || items[i].name_count == 0)
			put(ground, items[i].dir, items[i].kind, "", 0);
		for (uint32_t n = 0; n < items[i].name_count; n++, name += 1 + name[0]) {
			if (items[i].dir != FENCE)
				put(ground, items[i].dir, DIRTY_NAMES, name + 1, name[0]);
			else if (name[0] == strlen(fence) && memcmp(name + 1, fence, name[0]) == 0)
				reached = true;
		}
	}
	dirty_release(ground->dirty);
	return reached;
}

/* Wait until all that happened has been marked; `marks` is what was since the last time. */
static void fence(struct ground *ground)
{
	char path[64], *name = path + 6;
	int64_t deadline = clock_mono_ns() + DEADLINE_NS;

	ground->count = 0;
	snprintf(path, sizeof(path), "fence/%d", ground->fences++);
	cr_assert_eq(symlink("nowhere", path), 0);
	while (!take(ground, name)) {
		struct pollfd wake = { .fd = ground->wake_fd, .events = POLLIN };
		uint64_t n;

		cr_assert_lt(clock_mono_ns(), deadline, "the reader does not read");
		poll(&wake, 1, 1000);
		if (wake.revents && read(ground->wake_fd, &n, sizeof(n)) < 0)
			cr_assert_eq(errno, EAGAIN);
	}
}

static bool has(const struct ground *ground, dir_id dir, enum dirty_kind kind, const char *name)
{
	for (size_t i = 0; i < ground->count; i++) {
		const struct mark *mark = &ground->marks[i];

		if (mark->dir == dir && mark->kind == kind && strcmp(mark->name, name) == 0)
			return true;
	}
	return false;
}

/* The same, once what left a name was waited for in vain. */
static bool comes(struct ground *ground, dir_id dir, enum dirty_kind kind, const char *name)
{
	int64_t deadline = clock_mono_ns() + DEADLINE_NS;

	while (!has(ground, dir, kind, name) && clock_mono_ns() < deadline) {
		poll(&(struct pollfd){.fd = ground->wake_fd, .events = POLLIN}, 1, 5);
		take(ground, "");
	}
	return has(ground, dir, kind, name);
}

/*
 * All that was marked since the last time: "1:name 2: 1:other"; `1:` is directory 1 itself, `1*` to be listed, `1**`
 * with all below.
 */
static void check(struct ground *ground, const char *what, const char *expected)
{
	char *words = strdup(expected), *save, *word;
	size_t n = 0;

	fence(ground);
	for (word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save), n++) {
		char *rest;
		dir_id dir = (dir_id)strtoul(word, &rest, 10);
		enum dirty_kind kind = strcmp(rest, "**") == 0 ? DIRTY_TREE
		                     : strcmp(rest, "*") == 0  ? DIRTY_LIST
		                                               : DIRTY_NAMES;

		cr_assert(comes(ground, dir, kind, kind == DIRTY_NAMES ? rest + 1 : ""), "%s: no %s", what, word);
	}
	for (size_t i = 0; i < ground->count && ground->count != n; i++)
		fprintf(stderr, "  marked: %u kind %d '%s'\n", ground->marks[i].dir, ground->marks[i].kind,
		        ground->marks[i].name);
	cr_assert_eq(ground->count, n, "%s: %zu marks instead of %zu", what, ground->count, n);
	free(words);
}

/* ---- what is done to it ---- */

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0, "%s", path);
	close(fd);
}

#define OK(call) cr_assert_eq((call), 0, #call ": %s", strerror(errno))

BOTH(every_kind_marks_its_name)
{
	struct ground ground;
	struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000 } };
	int fd;

	setup(&ground, backend);
	add(&ground, "a", 2, 0);
	add(&ground, "b", 3, 0);

	touch("a/file");
	check(&ground, "create", "2:file");
	fd = open("a/file", O_RDWR | O_CLOEXEC);
	cr_assert_eq(write(fd, "12345", 5), 5);
	check(&ground, "write", "2:file");
	OK(ftruncate(fd, 100));
	check(&ground, "truncate", "2:file");
	if (fallocate(fd, 0, 0, 8192) == 0)
		check(&ground, "fallocate", "2:file");
	char *memory = mmap(NULL, 100, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	cr_assert(memory != MAP_FAILED);
	memory[10] = 1;
	check(&ground, "a store through a mapping is seen later", "");
	OK(munmap(memory, 100));
	close(fd);
	check(&ground, "close after writing", "2:file");
	OK(chmod("a/file", 0644));
	check(&ground, "chmod", "2:file");
	OK(utimensat(AT_FDCWD, "a/file", times, 0));
	check(&ground, "utimens", "2:file");
	OK(link("a/file", "b/second"));
	check(&ground, "link", "3:second"); /* nothing tells of the other names of an inode */
	OK(symlink("x", "a/link"));
	check(&ground, "symlink", "2:link");
	OK(mkfifo("a/pipe", 0600));
	check(&ground, "fifo", "2:pipe");
	OK(mkdir("a/dir", 0700));
	check(&ground, "mkdir", "2:dir");
	OK(rename("a/link", "a/other"));
	check(&ground, "rename", "2:link 2:other");
	OK(rename("a/other", "b/moved"));
	check(&ground, "move", "2:other 3:moved");
	OK(rename("b/moved", "b/second"));
	fence(&ground);
	cr_assert(has(&ground, 3, DIRTY_NAMES, "moved") && has(&ground, 3, DIRTY_NAMES, "second"));
	OK(renameat2(AT_FDCWD, "a/file", AT_FDCWD, "b/second", RENAME_EXCHANGE));
	check(&ground, "exchange", "2:file 3:second");
	OK(rename("a/file", "outside"));
	check(&ground, "move out", "2:file");
	OK(rename("outside", "a/back"));
	check(&ground, "move in", "2:back");
	OK(unlink("a/pipe"));
	check(&ground, "unlink", "2:pipe");
	OK(rmdir("a/dir"));
	check(&ground, "rmdir", "2:dir");
	cr_assert_eq(status(&ground).overflows, 0);
	cr_assert_eq(status(&ground).failed, 0);
	cr_assert_geq(status(&ground).events, 20);
	teardown(&ground);
}

BOTH(reading_marks_nothing)
{
	struct ground ground;
	char *names[16];
	struct stat st;
	char byte;
	int fd, n = 0;

	setup(&ground, backend);
	touch("a/file");
	add(&ground, "a", 2, 0);
	fence(&ground);
	fd = open("a/file", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(read(fd, &byte, 1), 0);
	close(fd);
	OK(stat("a/file", &st));
	FILE *list = popen("ls -la a", "r");

	while (n < 16 && fscanf(list, "%ms", &names[n]) == 1)
		free(names[n++]);
	pclose(list);
	check(&ground, "reading", "");
	teardown(&ground);
}

BOTH(names_are_bytes)
{
	struct ground ground;
	char name[256], path[512];

	setup(&ground, backend);
	add(&ground, "a", 2, 0);
	memset(name, '\xff', 255);
	name[255] = '\0';
	name[0] = '\n';
	name[100] = '\x1b';
	snprintf(path, sizeof(path), "a/%s", name);
	touch(path);
	touch("a/x");
	fence(&ground);
	cr_assert(has(&ground, 2, DIRTY_NAMES, name));
	cr_assert(has(&ground, 2, DIRTY_NAMES, "x"));
	cr_assert_eq(ground.count, 2);
	teardown(&ground);
}

BOTH(a_directory_marks_itself)
{
	struct ground ground;

	setup(&ground, backend);
	OK(mkdir("a/sub", 0700));
	add(&ground, "a", 2, 0);
	add(&ground, "a/sub", 3, 0);
	fence(&ground); /* fanotify may tell of what was before */
	OK(chmod("a/sub", 0755));
	check(&ground, "chmod", backend == NOTIFY_FANOTIFY ? "3:" : "2:sub 3:");
	/* Its watch goes with it. */
	OK(rename("a/sub", "b/there"));
	check(&ground, "moved away", "2:sub 3:");
	touch("b/there/file");
	check(&ground, "after it was moved", "3:file");
	OK(rename("b/there", "a/again"));
	check(&ground, "moved in", "2:again 3:");
	OK(unlink("a/again/file"));
	OK(rmdir("a/again"));
	fence(&ground);
	cr_assert(has(&ground, 2, DIRTY_NAMES, "again"));
	cr_assert(has(&ground, 3, DIRTY_LIST, ""));
	cr_assert_not(notify_watched(ground.notify, 3));
	cr_assert_eq(status(&ground).watched, 2);
	notify_remove(ground.notify, 3);
	cr_assert_eq(status(&ground).watched, 2);
	/* The same path, another directory. */
	OK(mkdir("a/again", 0700));
	add(&ground, "a/again", 3, 0);
	touch("a/again/new");
	fence(&ground);
	cr_assert(has(&ground, 3, DIRTY_NAMES, "new"));
	teardown(&ground);
}

Test(notify, unlinked_files_are_not_reported)
{
	struct ground ground;

	setup(&ground, NOTIFY_INOTIFY);
	add(&ground, "a", 2, 0);
	touch("a/file");
	int fd = open("a/file", O_WRONLY | O_CLOEXEC);

	OK(unlink("a/file"));
	check(&ground, "unlink", "2:file");
	cr_assert_eq(write(fd, "x", 1), 1);
	close(fd);
	check(&ground, "a file without a name", "");
	teardown(&ground);
}

BOTH(adding_again_changes_nothing)
{
	struct ground ground;

	setup(&ground, backend);
	for (int i = 0; i < 100; i++)
		add(&ground, "a", 2, 0);
	cr_assert_eq(status(&ground).watched, 2);
	touch("a/file");
	check(&ground, "after adding 100 times", "2:file");
	notify_remove(ground.notify, 2);
	cr_assert_eq(status(&ground).watched, 1);
	cr_assert_not(notify_watched(ground.notify, 2));
	touch("a/other");
	check(&ground, "after removing", "");
	notify_remove(ground.notify, 2);
	notify_remove(ground.notify, 12345678);
	add(&ground, "a", 2, 0);
	touch("a/third");
	check(&ground, "added again", "2:third");
	teardown(&ground);
}

BOTH(another_id_takes_the_watch_of_an_inode)
{
	struct ground ground;

	setup(&ground, backend);
	add(&ground, "a", 2, 0);
	OK(rename("a", "c"));
	add(&ground, "c", 70000, 0); /* found at its new place before the old one was missed */
	cr_assert(notify_watched(ground.notify, 70000));
	cr_assert_not(notify_watched(ground.notify, 2));
	cr_assert_eq(status(&ground).watched, 2);
	fence(&ground);
	/* The stale one goes: the watch is not its own any more. */
	notify_remove(ground.notify, 2);
	cr_assert(notify_watched(ground.notify, 70000));
	touch("c/file");
	check(&ground, "after the stale one went", "70000:file");
	teardown(&ground);
}

BOTH(an_id_becomes_another_directory)
{
	struct ground ground;

	setup(&ground, backend);
	add(&ground, "a", 2, 0);
	add(&ground, "b", 2, 0);
	cr_assert_eq(status(&ground).watched, 2);
	touch("a/file");
	check(&ground, "in the old one", "");
	touch("b/file");
	check(&ground, "in the new one", "2:file");
	/* Two change places. */
	add(&ground, "a", 3, 0);
	add(&ground, "b", 3, 0);
	add(&ground, "a", 2, 0);
	cr_assert_eq(status(&ground).watched, 3);
	touch("a/x");
	touch("b/y");
	check(&ground, "exchanged", "2:x 3:y");
	teardown(&ground);
}

Test(notify, what_cannot_be_watched)
{
	struct ground ground;

	setup(&ground, NOTIFY_INOTIFY);
	touch("a/file");
	int fd = open("a/file", O_RDONLY | O_CLOEXEC);

	cr_assert_eq(notify_add(ground.notify, 2, fd), -ENOTDIR);
	close(fd);
	cr_assert_eq(notify_add(ground.notify, 3, fd), -ENOENT);
	cr_assert_eq(status(&ground).refused, 2);
	cr_assert_eq(status(&ground).watched, 1);
	cr_assert_not(notify_watched(ground.notify, 2));
	add(&ground, "a", 2, 0);
	cr_assert_eq(status(&ground).refused, 1);
	notify_remove(ground.notify, 3);
	cr_assert_eq(status(&ground).refused, 0);
	/* One that cannot be watched any more is not taken for watched. */
	cr_assert_eq(notify_add(ground.notify, 2, fd), -ENOENT);
	cr_assert_not(notify_watched(ground.notify, 2));
	cr_assert_eq(status(&ground).watched, 1);
	teardown(&ground);
}

Test(notify, share_of_the_limit)
{
	struct ground ground;

	setup(&ground, NOTIFY_INOTIFY);
	uint64_t ninety = status(&ground).limit;

	notify_stop(ground.notify);
	start_share(&ground, 0);
	cr_assert_eq(status(&ground).limit, 0);
	add(&ground, "a", 2, -ENOSPC);
	add(&ground, "a", 2, -ENOSPC);
	add(&ground, "b", 3, -ENOSPC);
	cr_assert_eq(status(&ground).refused, 2);
	cr_assert_eq(status(&ground).watched, 0);
	notify_stop(ground.notify);
	start_share(&ground, 45);
	cr_assert_eq(status(&ground).limit, ninety / 2);
	teardown(&ground);
}

/*
 * Begin anew, "a" watched as 2, the queue's descriptor a pipe with no room left: the first mark holds the reader until
 * it is emptied.
 */
static void hold_reader(struct ground *ground, int pipes[2])
{
	char bytes[4096] = {0};

	notify_stop(ground->notify);
	dirty_destroy(ground->dirty);
	OK(pipe2(pipes, O_CLOEXEC));
	OK(fcntl(pipes[0], F_SETFL, O_NONBLOCK));
	ground->dirty = dirty_create(0, pipes[1]);
	start_share(ground, 90);
	add(ground, "a", 2, 0);
	add(ground, "fence", FENCE, 0);
	OK(fcntl(pipes[1], F_SETFL, O_NONBLOCK));
	while (write(pipes[1], bytes, sizeof(bytes)) > 0)
		;
	OK(fcntl(pipes[1], F_SETFL, 0));
}

/* An overflow, without touching any limit: while the reader is held, more happens than the kernel keeps. */
BOTH(overflow)
{
	struct ground ground;
	char bytes[4096];
	int pipes[2];

	setup(&ground, backend);
	hold_reader(&ground, pipes);
	FILE *file = fopen(backend == NOTIFY_FANOTIFY ? "/proc/sys/fs/fanotify/max_queued_events"
	                                              : "/proc/sys/fs/inotify/max_queued_events",
	                   "r");
	int most = 0;

	cr_assert(file && fscanf(file, "%d", &most) == 1);
	fclose(file);
	cr_assert_lt(most, 1000000, "too many to make");
	/*
	 * One name each: equal events would be merged, and fanotify merges those of one name.  The reader may hold one
	 * buffer of them.
	 */
	for (int i = 0; i < most + 8192; i++) {
		char path[32];

		snprintf(path, sizeof(path), "a/%d", i);
		OK(symlink("x", path));
		OK(unlink(path));
	}
	cr_assert_eq(status(&ground).overflows, 0);

	/* Let it go on: the pipe is emptied for as long as it takes. */
	int64_t deadline = clock_mono_ns() + DEADLINE_NS;

	while (status(&ground).overflows == 0) {
		struct pollfd readable = { .fd = pipes[0], .events = POLLIN };

		poll(&readable, 1, 10);
		while (read(pipes[0], bytes, sizeof(bytes)) > 0)
			;
		cr_assert_lt(clock_mono_ns(), deadline);
	}
	cr_assert_eq(status(&ground).overflows, 1);
	cr_assert_eq(status(&ground).failed, 0);
	/* The mark comes after the count, and after it was told. */
	ground.count = 0;
	while (!has(&ground, DIR_ROOT, DIRTY_TREE, "")) {
		take(&ground, "");
		cr_assert_lt(clock_mono_ns(), deadline);
	}
	cr_assert_eq(atomic_load(&ground.lost), 1);
	fence(&ground);
	touch("a/after");
	fence(&ground);
	cr_assert(has(&ground, 2, DIRTY_NAMES, "after"), "it goes on after an overflow");
	cr_assert_eq(status(&ground).watched, 2);
	teardown(&ground);
	close(pipes[0]);
	close(pipes[1]);
}

/* ---- while a watch is being added ---- */

static void add_while(struct ground *ground, void (*hook)(struct ground *), const char *name, dir_id dir)
{
	while_adding_to = ground;
	while_adding = hook;
	add(ground, name, dir, 0);
	cr_assert_null(while_adding);
}

/* The reader has been there before the number has an owner. */
static void early_event(struct ground *ground)
{
	touch("a/early");
	fence(ground);
	cr_assert_eq(ground->count, 0);
}

Test(notify, an_event_before_the_watch_is_entered)
{
	struct ground ground;

	setup(&ground, NOTIFY_INOTIFY);
	add_while(&ground, early_event, "a", 2);
	check(&ground, "what came early", "2*");
	touch("a/later");
	check(&ground, "what came later", "2:later");
	teardown(&ground);
}

static void remove_two(struct ground *ground)
{
	notify_remove(ground->notify, 2);
}

static void remove_two_and_wait(struct ground *ground)
{
	notify_remove(ground->notify, 2);
	fence(ground);
}

static void many_others(struct ground *ground)
{
	for (int i = 0; i < 300; i++) {
		add(ground, "b", 50, 0);
		notify_remove(ground->notify, 50);
	}
}

static void remove_two_and_many_others(struct ground *ground)
{
	notify_remove(ground->notify, 2);
	many_others(ground);
}

/* The number that the kernel gave is that of the old id, whose watch is being removed. */
Test(notify, the_old_id_goes_before_the_new_is_entered)
{
	void (*hooks[])(struct ground *) = { remove_two, remove_two_and_wait, remove_two_and_many_others, many_others };
	struct ground ground;

	setup(&ground, NOTIFY_INOTIFY);
	for (int i = 0; i < 4; i++) {
		char name[16], path[32];

		add(&ground, "a", 2, 0);
		add_while(&ground, hooks[i], "a", 3);
		cr_assert(notify_watched(ground.notify, 3));
		cr_assert_not(notify_watched(ground.notify, 2));
		cr_assert_eq(status(&ground).watched, 2);
		check(&ground, "to be listed, in doubt", "3*");
		snprintf(name, sizeof(name), "file%d", i);
		snprintf(path, sizeof(path), "a/%s", name);
		touch(path);
		fence(&ground);
		cr_assert(has(&ground, 3, DIRTY_NAMES, name), "%d", i);
		notify_remove(ground.notify, 3);
	}
	cr_assert_eq(status(&ground).watched, 1);
	teardown(&ground);
}

static void take_over(struct ground *ground)
{
	add(ground, "a", 3, 0);
}

Test(notify, two_ids_at_once)
{
	struct ground ground;

	setup(&ground, NOTIFY_INOTIFY);
	add_while(&ground, take_over, "a", 2);
	cr_assert(notify_watched(ground.notify, 2), "the later one has it");
	cr_assert_not(notify_watched(ground.notify, 3));
	cr_assert_eq(status(&ground).watched, 2);
	touch("a/file");
	check(&ground, "the later one has it", "2:file");
	teardown(&ground);
}

/* ---- where the limit is our own: a user namespace ---- */

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Run it in a child of its own with such namespaces, mapped to root. */
static void in_namespace(int flags, void (*body)(void))
{
	char map[2][64];
	int how;

	snprintf(map[0], sizeof(map[0]), "0 %u 1", geteuid());
	snprintf(map[1], sizeof(map[1]), "0 %u 1", getegid());
	fflush(NULL);
	pid_t child = fork();

	cr_assert_geq(child, 0);
	if (child == 0) {
		if (unshare(CLONE_NEWUSER | flags) < 0 || !write_file("/proc/self/setgroups", "deny") ||
		    !write_file("/proc/self/uid_map", map[0]) || !write_file("/proc/self/gid_map", map[1]))
			_exit(SKIP);
		body();
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &how, 0), child);
	if (WIFEXITED(how) && WEXITSTATUS(how) == SKIP)
		cr_skip_test("no user namespaces here");
	cr_assert(WIFEXITED(how), "signal %d", WTERMSIG(how));
	cr_assert_eq(WEXITSTATUS(how), 0, "line %d", WEXITSTATUS(how) + 256);
}

/* In the child there is no framework: the status is the line, less 256. */
#define MUST(condition) ((condition) ? (void)0 : _exit(__LINE__ - 256))

static int open_dir(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void small_limit(void)
{
	char *folder = disk_folder();
	struct notify_options options = { .share_percent = 100 };
	struct notify_status now;
	struct notify *notify;
	char path[16];
	int other = inotify_init1(IN_CLOEXEC), fd[7];

	if (chdir(folder) < 0 || !write_file("/proc/sys/user/max_inotify_watches", "5"))
		_exit(SKIP);
	for (int i = 0; i < 7; i++) {
		snprintf(path, sizeof(path), "%d", i);
		MUST(mkdir(path, 0700) == 0);
		fd[i] = open_dir(path);
	}
	options.dirty = dirty_create(0, -1);
	MUST(notify_start(&options, &notify, NULL) == 0);
	/* Our share first. */
	notify_status(notify, &now);
	MUST(now.limit == 5);
	for (int i = 0; i < 7; i++)
		MUST(notify_add(notify, 10 + (dir_id)i, fd[i]) == (i < 5 ? 0 : -ENOSPC));
	notify_status(notify, &now);
	MUST(now.watched == 5 && now.refused == 2);
	MUST(notify_add(notify, 10, fd[0]) == 0);
	/* The watches given back serve others. */
	notify_remove(notify, 10);
	MUST(notify_add(notify, 16, fd[6]) == 0);
	MUST(notify_watched(notify, 16) && !notify_watched(notify, 15));
	notify_status(notify, &now);
	MUST(now.watched == 5 && now.refused == 1);
	/* A directory that became another one brings its own. */
	notify_remove(notify, 11);
	MUST(notify_add(notify, 16, fd[1]) == 0 && notify_add(notify, 16, fd[6]) == 0);
	/* Somebody else takes what is left: the kernel refuses. */
	MUST(inotify_add_watch(other, "0", IN_CREATE) >= 0);
	MUST(notify_add(notify, 15, fd[5]) == -ENOSPC);
	notify_status(notify, &now);
	MUST(now.watched == 4 && now.refused == 1);
	close(other);
	int64_t deadline = clock_mono_ns() + DEADLINE_NS;

	/* The kernel gives them back in its own time. */
	while (notify_add(notify, 15, fd[5]) == -ENOSPC)
		MUST(clock_mono_ns() < deadline);
	notify_status(notify, &now);
	MUST(now.watched == 5 && now.refused == 0);
	notify_stop(notify);
	dirty_destroy(options.dirty);
	for (int i = 0; i < 7; i++)
		close(fd[i]);
	MUST(chdir("/") == 0);
	disk_remove(folder);
}

Test(notify, a_small_limit)
{
	in_namespace(0, small_limit);
}

static void unmounted(void)
{
	char *folder = disk_folder();
	struct notify_options options = { .share_percent = 100 };
	const struct dirty_item *items;
	struct notify *notify;
	bool listed = false;
	size_t count;

	if (chdir(folder) < 0 || mkdir("m", 0700) < 0 || mount("none", "m", "tmpfs", 0, NULL) < 0)
		_exit(SKIP);
	int wake_fd = eventfd(0, EFD_CLOEXEC), fd = open_dir("m");

	options.dirty = dirty_create(0, wake_fd);
	MUST(notify_start(&options, &notify, NULL) == 0);
	MUST(notify_add(notify, 2, fd) == 0);
	close(fd);
	MUST(umount("m") == 0);
	int64_t deadline = clock_mono_ns() + DEADLINE_NS;

	while (!listed) {
		struct pollfd wake = { .fd = wake_fd, .events = POLLIN };
		uint64_t n;

		MUST(poll(&wake, 1, (int)((deadline - clock_mono_ns()) / 1000000)) == 1);
		MUST(read(wake_fd, &n, sizeof(n)) == sizeof(n));
		items = dirty_take(options.dirty, NULL, &count);
		for (size_t i = 0; i < count; i++) {
			MUST(items[i].dir == 2);
			listed |= items[i].kind == DIRTY_TREE;
		}
		dirty_release(options.dirty);
	}
	/* The kernel says that it is unmounted, then that the watch is gone. */
	while (notify_watched(notify, 2)) {
		MUST(clock_mono_ns() < deadline);
		poll(NULL, 0, 5);
	}
	notify_stop(notify);
	dirty_destroy(options.dirty);
	close(wake_fd);
	MUST(chdir("/") == 0);
	disk_remove(folder);
}

Test(notify, an_unmounted_directory_is_unwatched)
{
	in_namespace(CLONE_NEWNS, unmounted);
}

/* ---- the library ---- */

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

BOTH(starts_and_stops)
{
	struct ground ground;
	struct notify_options options = { .backend = backend, .share_percent = 50 };
	struct notify *second;
	struct err err = { "" };

	setup(&ground, backend);
	options.dirty = ground.dirty;
	int before = open_descriptors();

	for (int i = 0; i < 40; i++) {
		/* One at a time. */
		cr_assert_eq(notify_start(&options, &second, &err), -EBUSY);
		cr_assert_neq(err.text[0], '\0');
		cr_assert_null(second);
		/* It stops with events on their way: they are nobody's afterwards. */
		add(&ground, "a", 2, 0);
		for (int n = 0; n < 50; n++) {
			OK(symlink("x", "a/link"));
			OK(unlink("a/link"));
		}
		notify_stop(ground.notify);
		dirty_destroy(ground.dirty);
		ground.dirty = options.dirty = dirty_create(0, ground.wake_fd);
		start_share(&ground, 50);
		add(&ground, "fence", FENCE, 0);
		add(&ground, "b", 3, 0);
		check(&ground, "what was before", "");
		touch("b/file");
		fence(&ground);
		cr_assert(has(&ground, 3, DIRTY_NAMES, "file"));
		cr_assert_eq(ground.count, 1);
		cr_assert_eq(status(&ground).watched, 2);
	}
	cr_assert_eq(open_descriptors(), before);
	notify_stop(NULL);
	teardown(&ground);
}

static void *stop(void *notify)
{
	notify_stop(notify);
	return NULL;
}

/* Stopped amid a flood, the library keeps what it had read; the next instance gives the same numbers again. */
Test(notify, what_the_library_had_read_is_nobodys)
{
	struct ground ground;
	char bytes[4096];
	pthread_t stopper;
	int pipes[2];

	setup(&ground, NOTIFY_INOTIFY);
	hold_reader(&ground, pipes);
	for (int i = 0; i < 5000; i++) {
		OK(symlink("x", "a/such-a-name-is-48-bytes"));
		OK(unlink("a/such-a-name-is-48-bytes"));
	}
	OK(pthread_create(&stopper, NULL, stop, ground.notify));
	/* Taken as it comes, so that each mark may hold it again. */
	while (pthread_tryjoin_np(stopper, NULL) == EBUSY) {
		struct pollfd readable = { .fd = pipes[0], .events = POLLIN };

		poll(&readable, 1, 1);
		while (read(pipes[0], bytes, sizeof(bytes)) > 0)
			;
	}
	dirty_destroy(ground.dirty);
	ground.dirty = dirty_create(0, ground.wake_fd);
	start_share(&ground, 90);
	add(&ground, "b", 3, 0);
	add(&ground, "fence", FENCE, 0);
	check(&ground, "what another instance had read", "");
	teardown(&ground);
	close(pipes[0]);
	close(pipes[1]);
}

Test(notify, starts_beside_another_instance)
{
	struct ground ground;
	int others[] = { inotify_init1(IN_CLOEXEC), inotify_init1(IN_CLOEXEC | IN_NONBLOCK) };
	char event[4096];

	setup(&ground, NOTIFY_INOTIFY);
	cr_assert_geq(inotify_add_watch(others[1], "a", IN_CREATE), 0);
	add(&ground, "a", 2, 0);
	touch("a/file");
	check(&ground, "beside another", "2:file");
	cr_assert_gt(read(others[1], event, sizeof(event)), 0);
	teardown(&ground);
	close(others[0]);
	close(others[1]);
}

BOTH(its_descriptor_is_closed_on_exec)
{
	struct ground ground;
	int inherited = 0;

	setup(&ground, backend);
	FILE *list = popen("readlink /proc/self/fd/*", "r");
	char line[256];

	while (fgets(line, sizeof(line), list))
		inherited += strstr(line, "notify") || strstr(line, "eventfd");
	pclose(list);
	cr_assert_eq(inherited, 0);
	teardown(&ground);
}

Test(notify, needs_a_low_descriptor)
{
	struct rlimit limit;
	struct notify_options options = { .share_percent = 50, .dirty = dirty_create(0, -1) };
	struct notify *notify;
	struct err err = { "" };
	static int fds[1100];
	int n = 0;

	OK(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur < 1200)
		cr_skip_test("no more than %lu descriptors here", (unsigned long)limit.rlim_cur);
	while (n < 1100)
		cr_assert_geq(fds[n++] = open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	cr_assert_eq(notify_start(&options, &notify, &err), -EMFILE);
	cr_assert(strstr(err.text, "1024"), "%s", err.text);
	while (n > 0)
		close(fds[--n]);
	/* It is free for the next. */
	cr_assert_eq(notify_start(&options, &notify, &err), 0);
	notify_stop(notify);
	dirty_destroy(options.dirty);
}

/* fanotify does not need the library. */
Test(fanotify, alone)
{
	struct ground ground;
	struct rlimit limit;
	static int fds[1100];
	int n = 0;

	setup(&ground, NOTIFY_FANOTIFY);
	notify_stop(ground.notify);
	OK(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur < 1200)
		cr_skip_test("no more than %lu descriptors here", (unsigned long)limit.rlim_cur);
	while (n < 1100)
		cr_assert_geq(fds[n++] = open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	start_share(&ground, 90);
	add(&ground, "fence", FENCE, 0);
	add(&ground, "a", 2, 0);
	add(&ground, ".", 3, 0); /* the top of a mount, too */
	fence(&ground);
	touch("a/file");
	touch("file");
	check(&ground, "alone", "2:file 3:file");
	/* What it cannot watch counts as refused, until it goes or can. */
	int file = open("a/file", O_RDONLY | O_CLOEXEC);

	cr_assert_eq(notify_add(ground.notify, 2, file), -ENOTDIR);
	cr_assert_eq(notify_add(ground.notify, 4, file), -ENOTDIR);
	cr_assert_eq(notify_add(ground.notify, 5, file), -ENOTDIR);
	cr_assert_eq(status(&ground).refused, 3);
	cr_assert_eq(status(&ground).watched, 2);
	add(&ground, "a", 2, 0);
	add(&ground, "b", 4, 0);
	notify_remove(ground.notify, 5);
	cr_assert_eq(status(&ground).refused, 0);
	cr_assert_eq(status(&ground).watched, 4);
	close(file);
	while (n > 0)
		close(fds[--n]);
	teardown(&ground);
}

Test(fanotify, more_than_any_limit)
{
	enum { MANY = 3000, OF = 1000000 };
	struct ground ground;
	char path[32];

	setup(&ground, NOTIFY_FANOTIFY);
	cr_assert_eq(status(&ground).backend, NOTIFY_FANOTIFY);
	cr_assert_eq(status(&ground).limit, UINT64_MAX);
	for (dir_id i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "a/%u", i);
		OK(mkdir(path, 0700));
		add(&ground, path, OF + i, 0);
	}
	/* Every third goes, every fifth changes hands: what was pushed on in the table is still found. */
	for (dir_id i = 0; i < MANY; i += 3)
		notify_remove(ground.notify, OF + i);
	for (dir_id i = 0; i < MANY; i += 5) {
		snprintf(path, sizeof(path), "a/%u", i);
		add(&ground, path, OF + MANY + i, 0);
	}
	fence(&ground);
	for (dir_id i = 0; i < MANY; i++) {
		bool fifth = i % 5 == 0, third = i % 3 == 0;

		cr_assert_eq(notify_watched(ground.notify, OF + i), !fifth && !third);
		cr_assert_eq(notify_watched(ground.notify, OF + MANY + i), fifth);
		if (i % 16)
			continue;
		snprintf(path, sizeof(path), "a/%u/x", i);
		touch(path);
		fence(&ground);
		cr_assert_eq(ground.count, fifth || !third);
		if (ground.count)
			cr_assert(has(&ground, OF + i + (fifth ? MANY : 0), DIRTY_NAMES, "x"));
	}
	cr_assert_eq(status(&ground).refused, 0);
	teardown(&ground);
}

/* Whoever took only the one that is left would see it go, and come with what is taken next. */
BOTH(names_of_a_move_wait_together)
{
	static const char *const moves[][2] = { { "a/dir", "b/dir2" }, { "a/file", "b/file2" } };
	struct ground ground;

	setup(&ground, backend);
	OK(mkdir("a/dir", 0700));
	touch("a/file");
	add(&ground, "a", 2, 0);
	add(&ground, "b", 3, 0);
	for (size_t i = 0; i < 2; i++) {
		int64_t deadline = clock_mono_ns() + DEADLINE_NS;
		size_t count, renames = 0;

		fence(&ground);
		OK(rename(moves[i][0], moves[i][1]));
		for (bool left = false; !left;) {
			const struct dirty_item *items = dirty_take(ground.dirty, NULL, &count);
			const struct dirty_rename *rename = dirty_renames(ground.dirty, &renames);

			for (size_t k = 0; k < count; k++)
				left |= items[k].dir == 2;
			cr_assert(!left || (renames == 1 && rename->from == 2 && rename->to == 3), "%s", moves[i][0]);
			dirty_release(ground.dirty);
			cr_assert_lt(clock_mono_ns(), deadline, "the reader does not read");
			if (!left)
				poll(&(struct pollfd){ .fd = ground.wake_fd, .events = POLLIN }, 1, 10);
		}
	}
	teardown(&ground);
}

/* What happens elsewhere on the file system is nobody's. */
Test(fanotify, outside_marks_nothing)
{
	struct ground ground;

	setup(&ground, NOTIFY_FANOTIFY);
	add(&ground, "a", 2, 0);
	fence(&ground);
	touch("b/file");
	OK(mkdir("b/dir", 0700));
	OK(rename("b/dir", "b/other"));
	OK(rmdir("b/other"));
	check(&ground, "outside", "");
	OK(rename("b/file", "a/in"));
	check(&ground, "from outside", "2:in");
	cr_assert_geq(status(&ground).events, 5);
	teardown(&ground);
}

/*
 * A file system of its own in the tree: marked when its first directory is added, told of when it goes, marked again
 * when it is back.
 */
Test(fanotify, a_mount_below)
{
	struct ground ground;

	setup(&ground, NOTIFY_FANOTIFY);
	OK(mkdir("a/m", 0700));
	add(&ground, "a", 2, 0);
	for (int round = 0; round < 2; round++) {
		OK(mount("none", "a/m", "tmpfs", 0, NULL));
		OK(mkdir("a/m/x", 0700));
		add(&ground, "a/m", 3, 0);
		add(&ground, "a/m/x", 4, 0);
		cr_assert_eq(status(&ground).watched, 4);
		fence(&ground);
		touch("a/m/file");
		touch("a/m/x/file");
		/* The fence is another file system's: the order between them is not told. */
		int64_t deadline = clock_mono_ns() + DEADLINE_NS;
		bool top = false, below = false;

		while (!top || !below) {
			cr_assert_lt(clock_mono_ns(), deadline);
			fence(&ground);
			top |= has(&ground, 3, DIRTY_NAMES, "file");
			below |= has(&ground, 4, DIRTY_NAMES, "file");
		}
		OK(umount("a/m"));
		while (!has(&ground, 3, DIRTY_TREE, "")) {
			cr_assert_lt(clock_mono_ns(), deadline);
			fence(&ground);
		}
		cr_assert_not(notify_watched(ground.notify, 3));
		/* As the applier does when it finds them gone. */
		notify_remove(ground.notify, 3);
		notify_remove(ground.notify, 4);
		cr_assert_eq(status(&ground).watched, 2);
	}
	teardown(&ground);
}

/* Directories where fanotify does not work are left to inotify. */
Test(fanotify, beside_inotify)
{
	struct ground ground;
	bool reached = false;

	setup(&ground, NOTIFY_FANOTIFY);
	OK(mkdir("a/p", 0700));
	if (mount("none", "a/p", "proc", 0, NULL) < 0)
		cr_skip_test("no proc here");
	add(&ground, "a/p/self", 2, 0);
	cr_assert(notify_watched(ground.notify, 2));
	add(&ground, "b", 3, 0);
	cr_assert_eq(status(&ground).watched, 3);
	cr_assert_eq(status(&ground).refused, 0);
	/* It becomes another one, of the other backend, and back. */
	add(&ground, "a", 2, 0);
	cr_assert_eq(status(&ground).watched, 3);
	touch("a/file");
	fence(&ground);
	reached = has(&ground, 2, DIRTY_NAMES, "file");
	cr_assert(reached);
	add(&ground, "a/p/self", 2, 0);
	cr_assert_eq(status(&ground).watched, 3);
	touch("a/file2");
	fence(&ground);
	cr_assert_not(has(&ground, 2, DIRTY_NAMES, "file2"));
	OK(umount("a/p"));
	teardown(&ground);
}

static enum notify_backend backend_of(enum notify_backend wanted, const char *root, const char **why_not)
{
	struct notify_options options = {.backend = wanted,
	                                 .root = root,
	                                 .dirty = dirty_create(0, -1),
	                                 .share_percent = 50};
	static char text[256];
	struct notify_status now;
	struct notify *notify;

	cr_assert_eq(notify_start(&options, &notify, NULL), 0);
	notify_status(notify, &now);
	snprintf(text, sizeof(text), "%s", now.why_not);
	*why_not = text;
	notify_stop(notify);
	dirty_destroy(options.dirty);
	return now.backend;
}

Test(notify, choice)
{
	const char *why_not;

	cr_assert_eq(backend_of(NOTIFY_AUTO, NULL, &why_not), NOTIFY_INOTIFY);
	cr_assert_str_eq(why_not, "");
	cr_assert_eq(backend_of(NOTIFY_AUTO, "/proc", &why_not), NOTIFY_INOTIFY);
	cr_assert_str_neq(why_not, "");
	cr_assert_eq(backend_of(NOTIFY_INOTIFY, "/proc", &why_not), NOTIFY_INOTIFY);
	cr_assert_str_eq(why_not, "");
}

Test(fanotify, choice)
{
	struct notify_options options = {.backend = NOTIFY_FANOTIFY,
	                                 .dirty = dirty_create(0, -1),
	                                 .share_percent = 50,
	                                 .root = "/proc"};
	struct notify *notify;
	const char *why_not;
	struct err err = { "" };
	struct ground ground;

	setup(&ground, NOTIFY_FANOTIFY);
	notify_stop(ground.notify);
	ground.notify = NULL;
	cr_assert_eq(backend_of(NOTIFY_AUTO, ground.folder, &why_not), NOTIFY_FANOTIFY);
	cr_assert_str_eq(why_not, "");
	cr_assert_eq(notify_start(&options, &notify, &err), -EOPNOTSUPP);
	cr_assert(strstr(err.text, "file system"), "%s", err.text);
	options.root = "/nowhere/at/all";
	cr_assert_eq(notify_start(&options, &notify, &err), -ENOENT);
	dirty_destroy(options.dirty);
	teardown(&ground);
}

static void without_rights(void)
{
	struct notify_options options = {.backend = NOTIFY_FANOTIFY,
	                                 .dirty = dirty_create(0, -1),
	                                 .share_percent = 50,
	                                 .root = "/tmp"};
	struct notify_status now;
	struct notify *notify;
	struct err err = { "" };

	MUST(notify_start(&options, &notify, &err) == -EPERM);
	MUST(strstr(err.text, "root"));
	options.backend = NOTIFY_AUTO;
	MUST(notify_start(&options, &notify, &err) == 0);
	notify_status(notify, &now);
	MUST(now.backend == NOTIFY_INOTIFY && strstr(now.why_not, "root"));
	notify_stop(notify);
	dirty_destroy(options.dirty);
}

Test(notify, fanotify_needs_root)
{
	in_namespace(0, without_rights);
}

BOTH(every_allocation_fails_once)
{
	struct ground ground;
	struct notify_options options;
	struct err err;
	long n;

	setup(&ground, backend);
	notify_stop(ground.notify);
	options = (struct notify_options){ .backend = backend, .share_percent = 90, .dirty = ground.dirty };
	int before = open_descriptors();

	for (n = 0;; n++) {
		alloc_fail_at(n, false);
		int result = notify_start(&options, &ground.notify, &err);

		alloc_fail_at(-1, false);
		if (result == 0)
			break;
		cr_assert_eq(result, -ENOMEM);
		cr_assert_eq(open_descriptors(), before);
	}
	cr_assert_geq(n, backend == NOTIFY_FANOTIFY ? 2 : 4);
	int fd = open_dir("a");

	for (n = 0;; n++) {
		alloc_fail_at(n, false);
		int result = notify_add(ground.notify, 2, fd);

		alloc_fail_at(-1, false);
		if (result == 0)
			break;
		cr_assert_eq(result, -ENOMEM);
		cr_assert_not(notify_watched(ground.notify, 2));
		cr_assert_eq(status(&ground).watched, 0);
	}
	/* What one backend has no memory for the other may have. */
	cr_assert_geq(n, backend == NOTIFY_FANOTIFY ? 0 : 2);
	close(fd);
	cr_assert_eq(status(&ground).watched, 1);
	cr_assert_eq(status(&ground).refused, 0);
	teardown(&ground);
}

Test(notify, the_library_says_nothing)
{
	struct ground ground;
	char path[32];
	int saved[2];
	struct stat st;

	setup(&ground, NOTIFY_INOTIFY);
	int file = open("said", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		saved[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 3);
		dup2(file, i + 1);
	}
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "a/%d", i % 7);
		OK(mkdir(path, 0700));
		add(&ground, path, 10 + (dir_id)i, 0);
		OK(rmdir(path));
		if (i % 3)
			fence(&ground);
		notify_remove(ground.notify, 10 + (dir_id)i);
		add(&ground, "b", 3, 0);
		notify_remove(ground.notify, 3);
	}
	notify_stop(ground.notify);
	fflush(NULL);
	for (int i = 0; i < 2; i++) {
		dup2(saved[i], i + 1);
		close(saved[i]);
	}
	OK(fstat(file, &st));
	cr_assert_eq(st.st_size, 0);
	close(file);
	ground.notify = NULL;
	teardown(&ground);
}
