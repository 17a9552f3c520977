/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inotify through libinotifytools, as thin as that library asks for (3.22 and 4.25 were read and tried):
 *
 *   used      inotifytools_initialize, next_events(0, 1), error, get_max_user_watches, cleanup
 *   not used  its table of watches: a path and 240 bytes each, wrong after renames, never forgets an ended watch and
 *   then prints to stderr
 *
 * Its state is static, for one instance and one thread.  The descriptor it opens has no accessor: it is the one inotify
 * descriptor that
 * /proc/self/fd shows after the call and not before.  Watches are added and removed on that descriptor by system calls,
 * which any thread may do; a directory is named by /proc/self/fd/N, so no rename can lead to another one.
 *
 *   adders ── inotify_add_watch ──> kernel ── library ──> reader ── dirty_name(), dirty_list(), dirty_tree() ──> the
 *   dirty queue
 *      └── wd ↔ dir, under the lock ──────────────────────^ wd → dir
 *
 * Threads: the reader is the only caller of the library between notify_inotify_start() and the join in
 * notify_inotify_stop().  `lock` guards the two tables, the counts and the ring; it is never held while a watch is
 * added (a path is walked) nor while something is marked (that may block).  Removing is done under it: a number just
 * taken from one directory must not be removed after another one has got it.
 *
 * An adder knows its wd only after the kernel has begun to report it.  What the reader finds under a number that nobody
 * owns goes into the ring, and so does every number that ended; an adder looks at what came into it while it was in the
 * kernel:
 *
 *   its number, an event         something happened already: list the directory
 *   its number, ended            removed for a directory that had it before: add again
 *   the ring went round          both may be: list, and add again
 *
 * Numbers are given in sequence and never twice (before 2³¹ watches), so an old event never finds a new owner.
 */
#include "engine/watch/notify_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <inotifytools/inotifytools.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

/* Never OPEN, ACCESS or CLOSE_NOWRITE: our own listing would flood the queue. */
#define EVENTS                                                                                                         \
	(IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |                \
	 IN_DELETE_SELF | IN_MOVE_SELF)

/* No IN_DONT_FOLLOW: the path is the link /proc/self/fd/N, and what an open descriptor leads to is no link. */
#define MASK (EVENTS | IN_ONLYDIR | IN_EXCL_UNLINK)

#define CHUNK_BITS 14
#define CHUNK_SIZE (1u << CHUNK_BITS)
#define RING_SIZE 256u

#define REFUSED UINT32_MAX /* in `wd_of`: asked, but has no watch */

/* uint32 → uint32, 0 where nothing is; for keys that lie close together. */
struct number_table {
	struct chunk **chunks;
};

struct chunk {
	uint32_t used;             /* values that are not 0; the chunk goes with the last */
	uint32_t value[CHUNK_SIZE];
};

struct seen {
	int wd;
	bool ended;
};

/*
 * A file that left this name.  Where it came to is the next event, but for what others do meanwhile; and whoever
 * renames may have to wait for a processor between the two.
 */
struct left_name {
	dir_id dir;
	uint32_t cookie;
	size_t length;
	int64_t until_ns;
	char name[255];
};

#define LEFT_MOST 64u
#define LEFT_NS 100000000 /* as long as that is waited for */

struct notify_inotify {
	struct notify_reader reader; /* its fd is the library's */
	uint64_t limit;

	pthread_mutex_t lock;
	struct number_table dir_of; /* wd → dir_id */
	struct number_table wd_of;  /* dir_id → wd, or REFUSED; dir_of[wd_of[d]] == d */
	uint64_t watched, adding, refused;
	struct seen ring[RING_SIZE];
	uint64_t recorded;         /* into the ring, ever */
	struct left_name left[LEFT_MOST]; /* the reader's, oldest first */
	unsigned left_count;
};

/* ---- tables ---- */

static int table_init(struct number_table *table, unsigned key_bits)
{
	/* Up to 2 MiB of zeroes, of which only the pages used ever exist. */
	table->chunks = alloc_array((size_t)1 << (key_bits - CHUNK_BITS), sizeof(struct chunk *));
	return table->chunks ? 0 : -ENOMEM;
}

static void table_free(struct number_table *table, unsigned key_bits)
{
	if (!table->chunks)
		return;
	for (size_t i = 0; i < (size_t)1 << (key_bits - CHUNK_BITS); i++)
		free(table->chunks[i]);
	free(table->chunks);
}

static uint32_t table_get(const struct number_table *table, uint32_t key)
{
	const struct chunk *chunk = table->chunks[key >> CHUNK_BITS];

	return chunk ? chunk->value[key & (CHUNK_SIZE - 1)] : 0;
}

/* 0, or -ENOMEM: never where there is a value already, nor for the value 0. */
static int table_set(struct number_table *table, uint32_t key, uint32_t value)
{
	struct chunk **chunk = &table->chunks[key >> CHUNK_BITS];
	uint32_t *at;

	if (!*chunk) {
		if (!value)
			return 0;
		*chunk = alloc_zero(struct chunk);
		if (!*chunk)
			return -ENOMEM;
	}
	at = &(*chunk)->value[key & (CHUNK_SIZE - 1)];
	(*chunk)->used += (value != 0) - (*at != 0);
	*at = value;
	if (!(*chunk)->used) {
		free(*chunk);
		*chunk = NULL;
	}
	return 0;
}

static bool is_watch(uint32_t wd)
{
	return wd != 0 && wd != REFUSED;
}

/* ---- under the lock ---- */

static void record(struct notify_inotify *notify, int wd, bool ended)
{
	notify->ring[notify->recorded++ % RING_SIZE] = (struct seen){ wd, ended };
}

/* What became of this number since `begin`. */
static void look_back(const struct notify_inotify *notify, int wd, uint64_t begin, bool *missed, bool *ended)
{
	*ended = notify->recorded - begin > RING_SIZE;
	*missed |= *ended;
	if (*ended)
		return;
	for (uint64_t i = begin; i < notify->recorded; i++) {
		const struct seen *seen = &notify->ring[i % RING_SIZE];

		if (seen->wd == wd) {
			*missed = true;
			*ended |= seen->ended;
		}
	}
}

/* Take the watch from the kernel. */
static void end_watch(struct notify_inotify *notify, int wd)
{
	/* EINVAL: it has ended by itself, with its directory, and the reader is not that far yet. */
	(void)inotify_rm_watch(notify->reader.fd, wd);
	record(notify, wd, true);
}

/* `dir` has no watch from now on, and asks for none. */
static void disown(struct notify_inotify *notify, dir_id dir)
{
	uint32_t wd = table_get(&notify->wd_of, dir);

	if (is_watch(wd)) {
		table_set(&notify->dir_of, wd, 0);
		notify->watched--;
		end_watch(notify, (int)wd);
	} else if (wd == REFUSED) {
		notify->refused--;
	}
	table_set(&notify->wd_of, dir, 0);
}

static void refuse(struct notify_inotify *notify, dir_id dir)
{
	disown(notify, dir);
	if (table_set(&notify->wd_of, dir, REFUSED) == 0)
		notify->refused++;
}

/* The kernel watches it as `wd`; another directory may have had this watch.  0, or -ENOMEM: it is not watched. */
static int own(struct notify_inotify *notify, dir_id dir, int wd)
{
	dir_id owner = table_get(&notify->dir_of, (uint32_t)wd);

	if (owner == dir)
		return 0;
	disown(notify, dir);
	if (table_set(&notify->wd_of, dir, (uint32_t)wd) < 0)
		goto no_room;
	if (table_set(&notify->dir_of, (uint32_t)wd, dir) < 0) {
		table_set(&notify->wd_of, dir, 0);
		goto no_room;
	}
	if (owner != DIR_NONE)
		table_set(&notify->wd_of, owner, 0);
	else
		notify->watched++;
	return 0;

no_room:
	if (owner == DIR_NONE)
		end_watch(notify, wd);
	return -ENOMEM;
}

/* ---- any thread ---- */

int notify_inotify_add(struct notify_inotify *notify, dir_id dir, int fd)
{
	bool missed = false, ended, counted;
	uint64_t begin;
	char path[32];
	int wd, result;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	pthread_mutex_lock(&notify->lock);
	/* A directory that has a watch may ask again: at worst it changes one for another. */
	counted = !is_watch(table_get(&notify->wd_of, dir));
	if (counted && notify->watched + notify->adding >= notify->limit) {
		refuse(notify, dir);
		pthread_mutex_unlock(&notify->lock);
		return -ENOSPC;
	}
	notify->adding += counted;
	do {
		begin = notify->recorded;
		pthread_mutex_unlock(&notify->lock);
		wd = inotify_add_watch(notify->reader.fd, path, MASK);
		result = wd < 0 ? -errno : 0;
		pthread_mutex_lock(&notify->lock);
		if (result == 0)
			look_back(notify, wd, begin, &missed, &ended);
	} while (result == 0 && ended);
	notify->adding -= counted;
	if (result == 0)
		result = own(notify, dir, wd);
	if (result < 0)
		refuse(notify, dir);
	pthread_mutex_unlock(&notify->lock);

	if (result == 0 && missed)
		dirty_list(notify->reader.dirty, dir);
	return result;
}

void notify_inotify_remove(struct notify_inotify *notify, dir_id dir)
{
	pthread_mutex_lock(&notify->lock);
	disown(notify, dir);
	pthread_mutex_unlock(&notify->lock);
}

bool notify_inotify_watched(const struct notify_inotify *notify, dir_id dir)
{
	pthread_mutex_t *lock = &((struct notify_inotify *)notify)->lock;
	bool watched;

	pthread_mutex_lock(lock);
	watched = is_watch(table_get(&notify->wd_of, dir));
	pthread_mutex_unlock(lock);
	return watched && !atomic_load_explicit(&notify->reader.failed, memory_order_acquire);
}

void notify_inotify_status(const struct notify_inotify *notify, struct notify_status *out)
{
	pthread_mutex_t *lock = &((struct notify_inotify *)notify)->lock;

	*out = (struct notify_status){ .backend = NOTIFY_INOTIFY, .limit = notify->limit };
	notify_reader_status(&notify->reader, out);
	pthread_mutex_lock(lock);
	out->watched = out->failed ? 0 : notify->watched;
	out->refused = notify->refused;
	pthread_mutex_unlock(lock);
}

/* ---- the reader ---- */

/* The first of what has left came to no other name, or not in time. */
static void leave(struct notify_inotify *notify)
{
	const struct left_name *left = &notify->left[0];

	dirty_name(notify->reader.dirty, left->dir, left->name, left->length);
	memmove(&notify->left[0], &notify->left[1], --notify->left_count * sizeof(*notify->left));
}

/*
 * Wait for the other halves of what has left a name, as long as they may take: true = something came, of whatever kind.
 */
static bool comes_soon(struct notify_inotify *notify)
{
	while (notify->left_count) {
		struct pollfd fds[] = {{.fd = notify->reader.fd, .events = POLLIN},
		                       {.fd = notify->reader.stop_fd, .events = POLLIN}};
		int64_t left_ms = (notify->left[0].until_ns - clock_mono_ns()) / 1000000;

		if (left_ms > 0 && poll(fds, 2, (int)left_ms + 1) > 0)
			return !fds[1].revents && fds[0].revents;
		leave(notify);
	}
	return false;
}

/* Something left a name, or came to one. */
static void take_move(struct notify_inotify *notify, const struct inotify_event *event, dir_id dir, size_t length)
{
	if (event->mask & IN_MOVED_TO) {
		unsigned i = 0;

		while (i < notify->left_count && notify->left[i].cookie != event->cookie)
			i++;
		if (i == notify->left_count) {
			dirty_name(notify->reader.dirty, dir, event->name, length);
			return;
		}
		const struct left_name *left = &notify->left[i];

		dirty_rename(notify->reader.dirty, left->dir, left->name, left->length, dir, event->name, length, NULL);
		memmove(&notify->left[i], &notify->left[i + 1], (--notify->left_count - i) * sizeof(*notify->left));
		return;
	}
	if (notify->left_count == LEFT_MOST)
		leave(notify);
	struct left_name *left = &notify->left[notify->left_count++];

	left->dir = dir;
	left->cookie = event->cookie;
	left->length = length;
	left->until_ns = clock_mono_ns() + LEFT_NS;
	memcpy(left->name, event->name, length);
}

static void take(struct notify_inotify *notify, const struct inotify_event *event)
{
	bool ended = event->mask & IN_IGNORED;
	dir_id dir;

	atomic_fetch_add_explicit(&notify->reader.events, 1, memory_order_relaxed);
	if (event->mask & IN_Q_OVERFLOW) {
		notify_reader_overflowed(&notify->reader);
		return;
	}
	if (event->wd <= 0)
		return;
	pthread_mutex_lock(&notify->lock);
	dir = table_get(&notify->dir_of, (uint32_t)event->wd);
	if (dir == DIR_NONE) {
		record(notify, event->wd, ended);
	} else if (ended) {
		table_set(&notify->dir_of, (uint32_t)event->wd, 0);
		table_set(&notify->wd_of, dir, 0);
		notify->watched--;
	}
	pthread_mutex_unlock(&notify->lock);

	if (dir == DIR_NONE)
		return;
	size_t length = event->len ? strnlen(event->name, event->len) : 0;

	if (event->mask & IN_UNMOUNT)
		dirty_tree(notify->reader.dirty, dir);
	else if (ended)
		dirty_list(notify->reader.dirty, dir);
	else if (event->mask & (IN_MOVED_FROM | IN_MOVED_TO) && length && length <= 255)
		take_move(notify, event, dir, length);
	else
		dirty_name(notify->reader.dirty, dir, event->name, length);
}

/* Everything there is, or until it is to stop.  0, or -errno of the library. */
static int drain(void *context, unsigned *count)
{
	struct notify_inotify *notify = context;
	const struct inotify_event *event;

	*count = 0;
	do {
		while ((event = inotifytools_next_events(0, 1))) {
			take(notify, event);
			while (notify->left_count && notify->left[0].until_ns <= clock_mono_ns())
				leave(notify);
			if (++*count % 4096 == 0 && notify_reader_stopping(&notify->reader))
				return 0;
		}
	} while (comes_soon(notify));
	while (notify->left_count)
		leave(notify);
	int error = inotifytools_error();

	return error == EAGAIN || error == EINTR ? 0 : -error;
}

/* ---- start and stop ---- */

/*
 * The inotify descriptors of the process below FD_SETSIZE: mark them in `known`, or find one that is not.  -1: none;
 * -errno: /proc cannot be read.
 */
static int inotify_descriptor(bool known[FD_SETSIZE], bool mark)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	int found = -1;

	if (!folder)
		return -errno;
	while (found < 0 && (entry = readdir(folder))) {
		char target[64];
		long fd = strtol(entry->d_name, NULL, 10);
		ssize_t length = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

		if (length < 0 || fd < 0 || fd >= FD_SETSIZE)
			continue;
		target[length] = '\0';
		if (strcmp(target, "anon_inode:inotify") != 0)
			continue;
		if (mark)
			known[fd] = true;
		else if (!known[fd])
			found = (int)fd;
	}
	closedir(folder);
	return found;
}

/* The kernel's limit of watches for this user, here. */
static uint64_t max_watches(void)
{
	uint64_t max = INT32_MAX;
	int known = inotifytools_get_max_user_watches();
	/* the user namespace's own, which the library does not know */
	FILE *file = fopen("/proc/sys/user/max_inotify_watches", "re");
	unsigned long here;

	if (known >= 0)
		max = (uint64_t)known;
	if (file) {
		if (fscanf(file, "%lu", &here) == 1 && here < max)
			max = here;
		fclose(file);
	}
	return max;
}

/* Have the library open its instance, and find the descriptor. */
static int open_library(struct notify_inotify *notify, struct err *err)
{
	bool known[FD_SETSIZE] = { false };
	int flags;

	notify->reader.fd = inotify_descriptor(known, true);
	if (notify->reader.fd < -1)
		return err_set(err, -ENOSYS, "watching needs /proc: %s", strerror(-notify->reader.fd));
	if (!inotifytools_initialize()) {
		int error = inotifytools_error();

		if (error == EMFILE)
			return err_set(
				err, -EMFILE,
				"no inotify instance is left (raise fs.inotify.max_user_instances, or close what"
				" else is watching)");
		return err_set(err, error ? -error : -EIO, "inotify: %s", strerror(error));
	}
	notify->reader.fd = inotify_descriptor(known, false);
	if (notify->reader.fd < 0) {
		inotifytools_cleanup();
		return err_set(err, -EMFILE, "watching has to begin while fewer than %d files are open", FD_SETSIZE);
	}
	flags = fcntl(notify->reader.fd, F_GETFL);
	if (flags < 0 || fcntl(notify->reader.fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(notify->reader.fd, F_SETFD, FD_CLOEXEC) < 0) {
		int error = errno;

		inotifytools_cleanup();
		return err_set(err, -error, "inotify: %s", strerror(error));
	}
	/* What the library had read for an earlier instance is still in its buffer. */
	while (inotifytools_next_events(0, 1))
		;
	return 0;
}

static void destroy(struct notify_inotify *notify)
{
	if (!notify)
		return;
	table_free(&notify->dir_of, 31);
	table_free(&notify->wd_of, 32);
	pthread_mutex_destroy(&notify->lock);
	free(notify);
}

int notify_inotify_start(const struct notify_options *options, struct notify_inotify **out, struct err *err)
{
	struct notify_inotify *notify = alloc_zero(struct notify_inotify);
	int result;

	*out = NULL;
	if (!notify)
		return err_no_memory(err);
	pthread_mutex_init(&notify->lock, NULL);
	notify->reader.dirty = options->dirty;
	notify->reader.lost = options->lost;
	notify->reader.context = options->context;
	notify->reader.drain = drain;
	notify->reader.backend = notify;
	if (table_init(&notify->dir_of, 31) < 0 || table_init(&notify->wd_of, 32) < 0) {
		result = err_no_memory(err);
		goto no_library;
	}
	result = open_library(notify, err);
	if (result < 0)
		goto no_library;
	notify->limit = max_watches() * options->share_percent / 100;
	result = notify_reader_start(&notify->reader, err);
	if (result < 0)
		goto no_reader;
	*out = notify;
	return 0;

no_reader:
	inotifytools_cleanup();
no_library:
	destroy(notify);
	return result;
}

void notify_inotify_stop(struct notify_inotify *notify)
{
	if (!notify)
		return;
	notify_reader_stop(&notify->reader);
	inotifytools_cleanup();
	destroy(notify);
}
