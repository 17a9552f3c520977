/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limit [-t THREADS] PATH: what a scan cannot do without, and nothing else.
 * Opens every directory relative to its parent, lists it, stats every entry, closes it; adds up, keeps nothing.
 * Prints entries, directories and allocated bytes (a linked file counted as often as it is met).
 *
 * Threads: each works on a stack of its own, newest first; while somebody is idle it hands its oldest directory over
 * through `shared`, under one mutex.  When all are idle and nothing is shared, the end is reached.
 * A directory's descriptor is open until its last subdirectory has been opened: newest first bounds them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct item {
	struct item *parent;   /* holds a reference until it has been opened */
	_Atomic int references; /* own listing + subdirectories not opened yet */
	int fd;
	char name[];
};

struct worker {
	pthread_t thread;
	struct item **stack;   /* [bottom, top) */
	size_t bottom, top, room;
	uint64_t entries, directories, bytes, errors;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given = PTHREAD_COND_INITIALIZER;
static struct item *shared[256];
static size_t shared_count;
static _Atomic unsigned idle; /* those waiting for `shared`, less what is there; a hint outside the lock */
static unsigned waiting, threads = 2;
static bool finished;

static void die(const char *what)
{
	fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct item *new_item(struct item *parent, const char *name)
{
	size_t length = strlen(name) + 1;
	struct item *item = malloc(sizeof(*item) + length);

	if (!item)
		die("memory");
	item->parent = parent;
	atomic_init(&item->references, 1);
	item->fd = -1;
	memcpy(item->name, name, length);
	return item;
}

static void release(struct item *item)
{
	if (atomic_fetch_sub_explicit(&item->references, 1, memory_order_acq_rel) != 1)
		return;
	if (item->fd >= 0)
		close(item->fd);
	free(item);
}

static void push(struct worker *self, struct item *item)
{
	if (self->top == self->room) {
		self->room = self->room ? self->room * 2 : 1024;
		self->stack = realloc(self->stack, self->room * sizeof(*self->stack));
		if (!self->stack)
			die("memory");
	}
	self->stack[self->top++] = item;
}

static void give(struct worker *self)
{
	pthread_mutex_lock(&lock);
	while (self->top - self->bottom > 1 && shared_count < waiting &&
	       shared_count < sizeof(shared) / sizeof(*shared)) {
		shared[shared_count++] = self->stack[self->bottom++];
		atomic_fetch_sub_explicit(&idle, 1, memory_order_relaxed);
		pthread_cond_signal(&given);
	}
	pthread_mutex_unlock(&lock);
}

static struct item *take(struct worker *self)
{
	if (self->top > self->bottom)
		return self->stack[--self->top];
	self->top = self->bottom = 0;

	struct item *item = NULL;

	pthread_mutex_lock(&lock);
	waiting++;
	atomic_fetch_add_explicit(&idle, 1, memory_order_relaxed);
	if (waiting == threads && shared_count == 0) {
		finished = true;
		pthread_cond_broadcast(&given);
	}
	while (!finished && shared_count == 0)
		pthread_cond_wait(&given, &lock);
	if (shared_count > 0)
		item = shared[--shared_count]; /* its giver has already lowered `idle` */
	waiting--;
	pthread_mutex_unlock(&lock);
	return item;
}

static int open_item(const struct item *item)
{
	int at = item->parent ? item->parent->fd : AT_FDCWD;
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(at, item->name, flags | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = openat(at, item->name, flags);
	return fd;
}

static void list(struct worker *self, struct item *item)
{
	static _Thread_local _Alignas(8) char buffer[65536];

	for (;;) {
		long n = syscall(SYS_getdents64, item->fd, buffer, sizeof(buffer));

		if (n < 0)
			self->errors++;
		if (n <= 0)
			break;
		for (long at = 0; at < n;) {
			struct dirent64 *entry = (struct dirent64 *)(buffer + at);
			struct statx st;
			const char *name = entry->d_name;

			at += entry->d_reclen;
			if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
				continue;
			self->entries++;
			if (statx(item->fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT,
			          STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO | STATX_SIZE | STATX_BLOCKS |
			                  STATX_MTIME,
			          &st) != 0) {
				self->errors++;
				continue;
			}
			self->bytes += st.stx_blocks * 512;
			if (S_ISDIR(st.stx_mode)) {
				atomic_fetch_add_explicit(&item->references, 1, memory_order_relaxed);
				push(self, new_item(item, name));
				if (atomic_load_explicit(&idle, memory_order_relaxed) > 0)
					give(self);
			}
		}
	}
}

static void *work(void *argument)
{
	struct worker *self = argument;
	struct item *item;

	while ((item = take(self))) {
		item->fd = open_item(item);
		if (item->parent)
			release(item->parent);
		self->directories++;
		if (item->fd >= 0)
			list(self, item);
		else
			self->errors++;
		release(item);
		if (atomic_load_explicit(&idle, memory_order_relaxed) > 0)
			give(self);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "t:")) != -1) {
		if (option != 't' || (threads = (unsigned)atoi(optarg)) < 1 || threads > 256)
			optind = argc;
	}
	if (optind != argc - 1) {
		fprintf(stderr, "usage: limit [-t THREADS] PATH\n");
		return 2;
	}
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	struct worker *workers = calloc(threads, sizeof(*workers));

	if (!workers)
		die("memory");
	push(&workers[0], new_item(NULL, argv[optind]));
	for (unsigned i = 0; i < threads; i++) {
		errno = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
		if (errno)
			die("thread");
	}
	struct worker sum = {0};

	for (unsigned i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		sum.entries += workers[i].entries;
		sum.directories += workers[i].directories;
		sum.bytes += workers[i].bytes;
		sum.errors += workers[i].errors;
		free(workers[i].stack);
	}
	free(workers);
	printf("%llu entries, %llu directories, %llu bytes, %llu errors\n", (unsigned long long)sum.entries,
	       (unsigned long long)sum.directories, (unsigned long long)sum.bytes, (unsigned long long)sum.errors);
	return 0;
}
