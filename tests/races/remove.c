/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deletions and the trash while others change what is deleted.  Each round makes a doomed tree and others that are not,
 * chooses, and then at random steps of the deletion (before it looks at something, before it lists, behind each unlink)
 * and all the time on a thread of its own: links in the place of folders, files and folders brought in under names that
 * were chosen, replaced and new files, folders moved away and renamed above, hard links, mounts, a full disk; the
 * deletion is cancelled or its process killed.  Whatever was not chosen is there afterwards, byte for byte; what was
 * chosen and left alone is gone.
 *
 *   ROUNDS=1000   how many (default 150), from SEED=1 on
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/kernel.h"
#include "disk.h"
#include "engine/remove/trash.h"
#include "engine/scan/scan.h"
#include "nap.h"
#include "private_mounts.h"

static int passed, failed;
static uint64_t round_seed;

static void check(bool good, const char *what, const char *detail)
{
	if (good) {
		passed++;
		return;
	}
	failed++;
	fprintf(stderr, "FAILED: seed %lu: %s: %s\n", (unsigned long)round_seed, what, detail);
}

/* ---- a folder, all of it ---- */

struct thing {
	char *path; /* below the folder */
	dev_t dev;
	ino_t ino;
	off_t size;
	mode_t mode;
};

struct things {
	struct thing *items;
	size_t count, capacity;
};

static void things_add(struct things *things, const char *path, const struct stat *st)
{
	if (things->count == things->capacity) {
		things->capacity = things->capacity * 2 + 64;
		things->items = realloc(things->items, things->capacity * sizeof(*things->items));
		if (!things->items)
			abort();
	}
	things->items[things->count++] = (struct thing){strdup(path), st->st_dev, st->st_ino, st->st_size, st->st_mode};
}

static void things_walk(struct things *things, int at, const char *path)
{
	int fd = openat(at, *path ? strrchr(path, '/') ? strrchr(path, '/') + 1 : path : ".",
	                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct stat st;
		char *below;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (asprintf(&below, "%s%s%s", path, *path ? "/" : "", entry->d_name) < 0)
			abort();
		things_add(things, below, &st);
		if (S_ISDIR(st.st_mode))
			things_walk(things, fd, below);
		free(below);
	}
	if (dir)
		closedir(dir);
}

static struct things things_of(const char *folder)
{
	struct things things = {0};
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	things_walk(&things, fd, "");
	close(fd);
	return things;
}

static void things_free(struct things *things)
{
	for (size_t i = 0; i < things->count; i++)
		free(things->items[i].path);
	free(things->items);
	*things = (struct things){0};
}

static const struct thing *things_inode(const struct things *things, dev_t dev, ino_t ino)
{
	for (size_t i = 0; i < things->count; i++)
		if (things->items[i].ino == ino && things->items[i].dev == dev)
			return &things->items[i];
	return NULL;
}

/* ---- attacks ---- */

enum { ALONE = 1, MOUNTS = 2 }; /* one thread deletes; a mount namespace of our own */

struct attack {
	pthread_mutex_t lock;
	uint64_t seed;
	unsigned how;
	char *folder;
	struct things doomed, precious; /* as of the choice; precious grows */
	_Atomic bool armed, cancel;
	int chance; /* one of so many steps */
	bool touched; /* something that was chosen may have been moved or covered */
	unsigned cancel_after;
};

static struct attack *attack; /* of the round */
static _Thread_local bool attacking;

static char *in(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", attack->folder, name) < 0)
		abort();
	return path;
}

/** A path below `prefix` of what was there when it was chosen: a folder or not; NULL = none. */
static const char *pick(const struct things *things, const char *prefix, bool dir)
{
	for (int tries = 0; things->count && tries < 40; tries++) {
		const struct thing *thing = &things->items[disk_random(&attack->seed, things->count)];

		if (S_ISDIR(thing->mode) == dir && !strncmp(thing->path, prefix, strlen(prefix)))
			return thing->path;
	}
	return NULL;
}

static void note_precious(const char *path)
{
	struct stat st;

	if (!lstat(path, &st) && !S_ISDIR(st.st_mode))
		things_add(&attack->precious, path + strlen(attack->folder) + 1, &st);
}

static void make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	/* on a full disk an empty one is as good */
	check(write(fd, path, strlen(path)) >= 0 || errno == ENOSPC, "a new file is written", path);
	close(fd);
	note_precious(path);
}

static void attack_once(void)
{
	const char *dir = pick(&attack->doomed, "doomed", true), *file = pick(&attack->doomed, "doomed", false);
	const char *safe_dir = pick(&attack->precious, "safe", true),
		   *safe_file = pick(&attack->precious, "safe", false);
	char *a = dir ? in(dir) : NULL, *b = file ? in(file) : NULL, *c = safe_dir ? in(safe_dir) : NULL,
	     *d = safe_file ? in(safe_file) : NULL, *other, name[64];
	struct stat st;

	snprintf(name, sizeof(name), "n%lu", (unsigned long)disk_random(&attack->seed, 1000000));
	switch (disk_random(&attack->seed, 11)) {
	case 0: /* a link to what is safe in the place of a folder */
		other = in(name);
		if (a && c && !rename(a, other)) {
			attack->touched = true;
			if (symlink(c, a))
				rename(other, a);
		}
		free(other);
		break;
	case 1: /* a safe file takes the name of a doomed one; between look and unlink nobody could tell */
		if (b && d && (attack->how & ALONE) && !lstat(b, &st) && !S_ISDIR(st.st_mode) &&
		    !things_inode(&attack->precious, st.st_dev, st.st_ino))
			rename(d, b);
		break;
	case 2: /* a safe folder comes in, under a name that was chosen if it can */
		if (a && c && rename(c, a)) {
			other = NULL;
			if (asprintf(&other, "%s/%s", a, name) > 0)
				rename(c, other);
			free(other);
		}
		break;
	case 3: /* new files, also in the place of chosen ones, whose inodes they may get */
		if (b && (attack->how & ALONE) && !lstat(b, &st) && !S_ISDIR(st.st_mode) &&
		    !things_inode(&attack->precious, st.st_dev, st.st_ino))
			unlink(b);
		if (b)
			make_file(b);
		if (a && asprintf(&other, "%s/%s", a, name) > 0) {
			make_file(other);
			free(other);
		}
		break;
	case 4: /* a doomed folder is moved away, or back */
		other = in(name);
		if (a && !rename(a, other)) {
			attack->touched = true;
			if (disk_random(&attack->seed, 2))
				rename(other, a);
		}
		free(other);
		break;
	case 5: /* the folder above is another one for a moment */
		other = in("elsewhere");
		free(a);
		a = in("doomed");
		if (!rename(a, other)) {
			attack->touched = true;
			if (!mkdir(a, 0755)) {
				char *inside;

				if (asprintf(&inside, "%s/%s", a, name) > 0)
					make_file(inside);
				free(inside);
				if (disk_random(&attack->seed, 2)) {
					char *aside = in(name);

					rename(a, aside);
					rename(other, a);
					free(aside);
				}
			}
		}
		free(other);
		break;
	case 6: /* another name outside; it has to stay */
		if (b && asprintf(&other, "%s/safe/%s", attack->folder, name) > 0) {
			if (!link(b, other)) {
				attack->touched = true; /* its time of change is a new one */
				note_precious(other);
			}
			free(other);
		}
		break;
	case 7: /* a folder made anew under a chosen name gets, on some file systems, the same inode */
		if (a && !mkdir(a, 0755) && asprintf(&other, "%s/%s", a, name) > 0) {
			make_file(other);
			free(other);
		}
		break;
	case 8:
		if ((attack->how & MOUNTS) && a && c && !mount(c, a, NULL, MS_BIND, NULL))
			attack->touched = true;
		break;
	case 9: /* written to: still what was chosen */
		if (b && !lstat(b, &st) && S_ISREG(st.st_mode)) {
			int fd = open(b, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

			/* it may be a safe one by now */
			if (fd >= 0 && !fstat(fd, &st) && !things_inode(&attack->precious, st.st_dev, st.st_ino))
				check(write(fd, "x", 1) >= 0 || errno == ENOSPC, "a file is written to", b);
			if (fd >= 0)
				close(fd);
		}
		break;
	default:
		if (attack->cancel_after && !--attack->cancel_after)
			attack->cancel = true;
	}
	free(a);
	free(b);
	free(c);
	free(d);
}

static void maybe_attack(void)
{
	if (!attack || attacking || !atomic_load(&attack->armed))
		return;
	attacking = true;
	pthread_mutex_lock(&attack->lock);
	if (!disk_random(&attack->seed, (uint64_t)attack->chance))
		attack_once();
	pthread_mutex_unlock(&attack->lock);
	attacking = false;
}

static void *attack_on(void *unused)
{
	(void)unused;
	while (atomic_load(&attack->armed)) {
		attacking = true;
		pthread_mutex_lock(&attack->lock);
		attack_once();
		pthread_mutex_unlock(&attack->lock);
		attacking = false;
	}
	return NULL;
}

/* The steps of a deletion: these take the place of the library's. */

int statx(int fd, const char *restrict path, int flags, unsigned mask, struct statx *restrict st)
{
	/* Not between the last look at a name and its unlink. */
	maybe_attack();
	return (int)syscall(SYS_statx, fd, path, flags, mask, st);
}

int unlinkat(int fd, const char *path, int flags)
{
	int rc = (int)syscall(SYS_unlinkat, fd, path, flags), error = errno;

	maybe_attack();
	errno = error;
	return rc;
}

ssize_t getdents64(int fd, void *buffer, size_t size)
{
	maybe_attack();
	return syscall(SYS_getdents64, fd, buffer, size);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

/* ---- a round ---- */

static struct tree *read_folder(const char *folder)
{
	struct scan_options options = {.threads = 2, .wake_fd = -1};
	struct err err = {""};
	struct scan *scan = scan_start(folder, &options, &err);
	struct tree *tree;

	if (!scan || !scan_wait(scan, -1))
		abort();
	tree = scan_take_tree(scan);
	scan_destroy(scan);
	return tree;
}

static void pass_a_tick(void)
{
	struct timespec began, now;

	/* A time may be finer than the ticks: the next tick is not always behind it. */
	clock_gettime(CLOCK_REALTIME, &began);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec < began.tv_sec || (now.tv_sec == began.tv_sec && now.tv_nsec <= began.tv_nsec));
}

static void prepare(uint64_t seed, char *folder)
{
	struct things all;
	char *path;

	disk_dir(folder, "doomed");
	disk_dir(folder, "safe");
	path = in("doomed");
	disk_fill(path, seed, 120);
	free(path);
	path = in("safe");
	disk_fill(path, seed + 1000, 40);
	free(path);
	/* names of one file on both sides */
	all = things_of(folder);
	for (size_t i = 0; i < all.count; i++) {
		char *from = in(all.items[i].path), *to, name[64];

		snprintf(name, sizeof(name), "safe/also-%zu", i);
		to = in(name);
		if (S_ISREG(all.items[i].mode) && !strncmp(all.items[i].path, "doomed/", 7) && !(i % 9))
			if (link(from, to))
				abort();
		free(from);
		free(to);
	}
	things_free(&all);
}

static void remember(void)
{
	struct things all = things_of(attack->folder);

	for (size_t i = 0; i < all.count; i++) {
		struct thing *thing = &all.items[i];
		bool doomed = !strncmp(thing->path, "doomed", 6);
		struct things *to = doomed ? &attack->doomed : &attack->precious;
		struct stat st = {.st_dev = thing->dev,
		                  .st_ino = thing->ino,
		                  .st_size = thing->size,
		                  .st_mode = thing->mode};

		things_add(to, thing->path, &st);
	}
	things_free(&all);
}

/** Everything that was not chosen, as it was, wherever it lies now. */
static void check_precious(const char *what)
{
	struct things now = things_of(attack->folder);

	for (size_t i = 0; i < attack->precious.count; i++) {
		const struct thing *thing = &attack->precious.items[i], *there;

		if (S_ISDIR(thing->mode)) /* an empty one may be taken for another in the last moment */
			continue;
		there = things_inode(&now, thing->dev, thing->ino);
		check(there && there->size == thing->size, what, thing->path);
	}
	things_free(&now);
}

static void check_gone(const struct removal *removal, const struct choice *choice, bool trash)
{
	struct stat st;
	char *path = in("doomed"), number[64];

	snprintf(number, sizeof(number), "%lu of %lu", (unsigned long)removal->entries, (unsigned long)choice->entries);
	check(removal->entries <= choice->entries, "no more than was chosen", number);
	if (!attack->touched && !attack->cancel && !removal->errors.total) {
		check(lstat(path, &st) != 0, trash ? "what was chosen is in the trash" : "what was chosen is gone",
		      path);
		check(removal->entries == choice->entries, "all that was chosen is counted", number);
	}
	free(path);
}

static void delete_once(struct choice *choice, bool trash)
{
	struct trash_result result = {0};
	struct removal removal;
	pthread_t thread;
	bool beside = disk_random(&attack->seed, 3) == 0;

	removal_init(&removal, choice, &attack->cancel);
	removal.threads = attack->how & ALONE ? 1 : 3;
	atomic_store(&attack->armed, true);
	/* what goes on beside must not take names between look and unlink */
	if (beside && !(attack->how & ALONE) && pthread_create(&thread, NULL, attack_on, NULL))
		beside = false;
	if (trash ? trash_run(&removal, &result) : removal_run(&removal))
		check(false, "it could be tried", "");
	atomic_store(&attack->armed, false);
	if (beside && !(attack->how & ALONE))
		pthread_join(thread, NULL);
	check_gone(&removal, choice, trash);
	trash_result_clear(&result);
	removal_errors_clear(&removal.errors);
}

/** In a process of its own, which is killed at any moment. */
static void kill_it(struct choice *choice, bool trash)
{
	uint64_t wait_us = disk_random(&attack->seed, 12000);
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		struct trash_result result = {0};
		struct removal removal;

		removal_init(&removal, choice, &attack->cancel);
		removal.threads = 2;
		_exit(trash ? trash_run(&removal, &result) : removal_run(&removal));
	}
	nap_us((unsigned)wait_us);
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

/** What a trash has without a note, after a kill, nobody would find. */
static void check_trash(void)
{
	char *files = in("trash/Trash/files"), *info = in("trash/Trash/info");
	DIR *dir = opendir(files);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct stat st;
		char *note;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (asprintf(&note, "%s/%s.trashinfo", info, entry->d_name) < 0)
			abort();
		check(!lstat(note, &st), "what is in the trash has a note", entry->d_name);
		free(note);
	}
	if (dir)
		closedir(dir);
	free(files);
	free(info);
}

static void fill_disk(void)
{
	char *path = in("safe/filler"), block[65536] = {1};
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	for (size_t size = sizeof(block); size; size /= 2)
		while (write(fd, block, size) > 0)
			;
	close(fd);
	free(path);
}

static void one_round(uint64_t seed, bool mounts)
{
	bool trash = seed % 5 == 4, killed = seed % 7 == 6, full = mounts && seed % 11 == 10;
	struct attack now = {.lock = PTHREAD_MUTEX_INITIALIZER,
	                     .seed = seed * 7919,
	                     .how = (seed % 2 ? ALONE : 0) | (mounts ? MOUNTS : 0),
	                     .chance = 20 + (int)(seed % 60)};
	char *home;
	struct choice *choice;
	struct tree *tree;

	round_seed = seed;
	attack = &now;
	attacking = true;
	now.folder = disk_folder();
	now.cancel_after = seed % 3 ? 0 : 1 + (unsigned)(seed % 5);
	if (full && mount("tmpfs", now.folder, "tmpfs", 0, "size=4m"))
		full = false;
	/* all that is mounted below goes with it */
	if (mounts && mount(now.folder, now.folder, NULL, MS_BIND, NULL))
		abort();
	home = in("trash");
	setenv("XDG_DATA_HOME", home, 1);
	prepare(seed, now.folder);
	if (full)
		fill_disk();
	tree = read_folder(now.folder);
	remember();
	pass_a_tick();
	if (choice_create(tree, &(struct choice_name){DIR_ROOT, "doomed", 6}, 1, NULL, &choice) ||
	    choice_list(choice, NULL))
		abort();
	attacking = false;
	if (killed)
		kill_it(choice, trash);
	else
		delete_once(choice, trash);
	attacking = true;
	if (mounts && umount2(now.folder, MNT_DETACH))
		abort();
	check_precious(trash ? "the trash took nothing else" : "nothing else was deleted");
	if (trash)
		check_trash();
	choice_destroy(choice);
	tree_destroy(tree);
	things_free(&now.doomed);
	things_free(&now.precious);
	if (full)
		umount2(now.folder, MNT_DETACH);
	attack = NULL;
	free(home);
	disk_remove(now.folder);
}

int main(void)
{
	uint64_t first = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 1;
	uint64_t rounds = getenv("ROUNDS") ? strtoull(getenv("ROUNDS"), NULL, 10) : 150;
	bool mounts = private_mounts() == 0;

	for (uint64_t seed = first; seed < first + rounds; seed++)
		one_round(seed, mounts);
	if (!mounts)
		fprintf(stderr, "no mount namespace of our own: without mounts\n");
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
