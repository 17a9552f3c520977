/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches come, go and change hands from many threads while files are made, by either backend.  Run under
 * ThreadSanitizer.
 *
 *   storm      eight threads watch folders, some again and again, while two make files in them: a file made after its
 *              folder was watched is marked
 *   handover   a folder found under a new id while the old id is being removed: the new one has the watch in the end
 *   ending     notify_stop() with events on their way
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../disk.h"
#include "base/clock.h"
#include "engine/watch/notify.h"
#include "private_mounts.h"

enum { FOLDERS = 400, WATCHERS = 8, MAKERS = 2, FILES = 4000, HANDOVERS = 500, ENDINGS = 20 };

#define FENCE 2u
#define FIRST 10u
#define DEADLINE_NS (60 * (int64_t)1000000000)

static int passed, failed;
static enum notify_backend backend;

static void expect(bool holds, const char *what, unsigned which)
{
	if (holds) {
		passed++;
	} else {
		failed++;
		fprintf(stderr, "%u: %s\n", which, what);
	}
}

static void must(bool holds, const char *what)
{
	if (!holds) {
		perror(what);
		abort();
	}
}

struct race {
	int folder;                        /* open */
	struct dirty *dirty;
	struct notify *notify;
	int wake_fd;
	unsigned fences;
	_Atomic unsigned next;             /* folder to watch */
	_Atomic bool watched[FOLDERS];     /* stored (release) when notify_add() has returned */
	/* file f was made in a watched folder; written by its maker, read after the join */
	bool expected[FOLDERS][FILES];
	bool seen[FOLDERS][FILES];         /* marked; of the taker */
	bool whole[FOLDERS];
	bool everything;
	bool fence_seen;
};

static dir_id id_of(unsigned folder)
{
	return FIRST + folder;
}

static int open_folder(const struct race *race, unsigned folder)
{
	char name[16];

	snprintf(name, sizeof(name), "d%u", folder);
	int fd = openat(race->folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	must(fd >= 0, name);
	return fd;
}

static void make_file(const struct race *race, unsigned folder, unsigned file)
{
	char name[32];

	snprintf(name, sizeof(name), "d%u/%u", folder, file);
	must(symlinkat("x", race->folder, name) == 0, name);
}

/* ---- what was marked ---- */

static void take(struct race *race)
{
	const struct dirty_item *items;
	size_t count;

	items = dirty_take(race->dirty, NULL, &count);
	for (size_t i = 0; i < count; i++) {
		const unsigned char *name = items[i].names;
		unsigned folder = items[i].dir - FIRST;

		if (items[i].dir == DIR_ROOT) {
			race->everything = true;
			continue;
		}
		if (items[i].kind == DIRTY_LIST) {
			if (items[i].dir == FENCE)
				race->fence_seen = true;
			else if (folder < FOLDERS)
				race->whole[folder] = true;
		}
		for (uint32_t n = 0; n < items[i].name_count; n++, name += 1 + name[0]) {
			char text[256];

			memcpy(text, name + 1, name[0]);
			text[name[0]] = '\0';
			if (items[i].dir == FENCE)
				race->fence_seen |= strtoul(text, NULL, 10) + 1 == race->fences;
			else if (folder < FOLDERS)
				race->seen[folder][strtoul(text, NULL, 10) % FILES] = true;
		}
	}
	dirty_release(race->dirty);
}

static void fence(struct race *race)
{
	int64_t deadline = clock_mono_ns() + DEADLINE_NS;
	char name[32];

	snprintf(name, sizeof(name), "fence/%u", race->fences++);
	race->fence_seen = false;
	must(symlinkat("x", race->folder, name) == 0, name);
	while (!race->fence_seen && !race->everything) {
		struct pollfd wake = { .fd = race->wake_fd, .events = POLLIN };
		uint64_t n;

		poll(&wake, 1, 1000);
		if (wake.revents)
			must(read(race->wake_fd, &n, sizeof(n)) == sizeof(n), "eventfd");
		take(race);
		must(clock_mono_ns() < deadline, "the reader does not read");
	}
}

static struct race *begin(char **path)
{
	struct race *race = calloc(1, sizeof(*race));
	struct notify_options options = { .backend = backend, .share_percent = 90 };
	int fd;

	must(race, "memory");
	*path = disk_folder();
	if (backend == NOTIFY_FANOTIFY)
		must(mount("none", *path, "tmpfs", 0, NULL) == 0, "mount");
	race->folder = open(*path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	race->wake_fd = eventfd(0, EFD_CLOEXEC);
	race->dirty = options.dirty = dirty_create(0, race->wake_fd);
	must(race->dirty && notify_start(&options, &race->notify, NULL) == 0, "start");
	must(mkdirat(race->folder, "fence", 0700) == 0, "fence");
	fd = openat(race->folder, "fence", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(notify_add(race->notify, FENCE, fd) == 0, "fence");
	close(fd);
	for (unsigned i = 0; i < FOLDERS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%u", i);
		must(mkdirat(race->folder, name, 0700) == 0, name);
	}
	return race;
}

static void end(struct race *race, char *path)
{
	notify_stop(race->notify);
	dirty_destroy(race->dirty);
	close(race->wake_fd);
	close(race->folder);
	if (backend == NOTIFY_FANOTIFY)
		must(umount2(path, MNT_DETACH) == 0, "umount");
	disk_remove(path);
	free(race);
}

/* ---- storm ---- */

static void *watch(void *context)
{
	struct race *race = context;
	unsigned folder;

	while ((folder = atomic_fetch_add_explicit(&race->next, 1, memory_order_relaxed)) < FOLDERS * 4) {
		unsigned which = folder % FOLDERS;
		int fd = open_folder(race, which);

		must(notify_add(race->notify, id_of(which), fd) == 0, "notify_add");
		close(fd);
		atomic_store_explicit(&race->watched[which], true, memory_order_release);
	}
	return NULL;
}

struct maker {
	struct race *race;
	unsigned number;
};

static void *make(void *context)
{
	const struct maker *maker = context;
	struct race *race = maker->race;
	uint64_t seed = maker->number;

	for (unsigned file = maker->number; file < FILES; file += MAKERS) {
		unsigned folder = (unsigned)disk_random(&seed, FOLDERS);
		bool watched = atomic_load_explicit(&race->watched[folder], memory_order_acquire);

		make_file(race, folder, file);
		race->expected[folder][file] = watched;
	}
	return NULL;
}

static void storm(void)
{
	pthread_t watchers[WATCHERS], makers[MAKERS];
	struct maker maker[MAKERS];
	struct notify_status status;
	unsigned lost = 0;
	char *path;
	struct race *race = begin(&path);

	for (unsigned i = 0; i < MAKERS; i++) {
		maker[i] = (struct maker){ race, i };
		must(pthread_create(&makers[i], NULL, make, &maker[i]) == 0, "thread");
	}
	for (unsigned i = 0; i < WATCHERS; i++)
		must(pthread_create(&watchers[i], NULL, watch, race) == 0, "thread");
	for (unsigned i = 0; i < WATCHERS; i++) {
		take(race);
		pthread_join(watchers[i], NULL);
	}
	for (unsigned i = 0; i < MAKERS; i++) {
		take(race);
		pthread_join(makers[i], NULL);
	}
	fence(race);
	for (unsigned d = 0; d < FOLDERS; d++)
		for (unsigned f = 0; f < FILES; f++)
			lost += race->expected[d][f] && !race->seen[d][f] && !race->whole[d] && !race->everything;
	expect(lost == 0, "files made in watched folders were not marked", lost);
	notify_status(race->notify, &status);
	expect(status.watched == FOLDERS + 1, "watched", (unsigned)status.watched);
	expect(status.refused == 0 && status.failed == 0, "refused or failed", (unsigned)status.refused);
	expect(status.overflows == 0 || race->everything, "an overflow without its mark", status.overflows);
	end(race, path);
}

/* ---- handover ---- */

struct handover {
	struct race *race;
	pthread_barrier_t start, done;
	unsigned folder;
	dir_id from;
};

static void *remove_old(void *context)
{
	struct handover *handover = context;

	for (unsigned round = 0; round < HANDOVERS; round++) {
		pthread_barrier_wait(&handover->start);
		notify_remove(handover->race->notify, handover->from);
		pthread_barrier_wait(&handover->done);
	}
	return NULL;
}

static void hand_over(void)
{
	unsigned lost = 0, stale = 0, silent = 0;
	struct handover handover;
	struct notify_status status;
	pthread_t remover;
	char *path;

	handover = (struct handover){ .race = begin(&path), .folder = 0 };
	struct race *race = handover.race;
	int fd = open_folder(race, 0);

	pthread_barrier_init(&handover.start, NULL, 2);
	pthread_barrier_init(&handover.done, NULL, 2);
	must(pthread_create(&remover, NULL, remove_old, &handover) == 0, "thread");
	for (unsigned round = 0; round < HANDOVERS; round++) {
		dir_id to = id_of(round % 2);

		handover.from = id_of(!(round % 2));
		must(notify_add(race->notify, handover.from, fd) == 0, "notify_add");
		pthread_barrier_wait(&handover.start);
		must(notify_add(race->notify, to, fd) == 0, "notify_add");
		pthread_barrier_wait(&handover.done);
		lost += !notify_watched(race->notify, to);
		stale += notify_watched(race->notify, handover.from);
		make_file(race, 0, round);
		fence(race);
		silent += !race->seen[round % 2][round] && !race->whole[round % 2];
		race->whole[0] = race->whole[1] = false;
		notify_remove(race->notify, to);
	}
	pthread_join(remover, NULL);
	expect(lost == 0, "the new id has no watch", lost);
	expect(stale == 0, "the old id has a watch", stale);
	expect(silent == 0, "a file was not marked", silent);
	notify_status(race->notify, &status);
	expect(status.watched == 1, "watched", (unsigned)status.watched);
	pthread_barrier_destroy(&handover.start);
	pthread_barrier_destroy(&handover.done);
	close(fd);
	end(race, path);
}

/* ---- ending ---- */

static void *make_and_remove(void *context)
{
	struct race *race = context;

	for (unsigned i = 0; !atomic_load_explicit(&race->watched[0], memory_order_acquire); i++) {
		must(symlinkat("x", race->folder, "d0/link") == 0, "link");
		must(unlinkat(race->folder, "d0/link", 0) == 0, "unlink");
	}
	return NULL;
}

static void ending(void)
{
	struct notify_options options = { .backend = backend, .share_percent = 90 };
	pthread_t maker;
	char *path;
	struct race *race = begin(&path);
	int fd = open_folder(race, 0);

	options.dirty = race->dirty;
	must(pthread_create(&maker, NULL, make_and_remove, race) == 0, "thread");
	for (unsigned i = 0; i < ENDINGS; i++) {
		struct notify_status status;

		must(notify_add(race->notify, FIRST, fd) == 0, "notify_add");
		do {
			take(race);
			notify_status(race->notify, &status);
		} while (status.events < 100);
		notify_stop(race->notify);
		must(notify_start(&options, &race->notify, NULL) == 0, "start again");
	}
	atomic_store_explicit(&race->watched[0], true, memory_order_release);
	pthread_join(maker, NULL);
	expect(!notify_watched(race->notify, FIRST), "a new instance watches nothing", 0);
	close(fd);
	end(race, path);
}

/* A namespace and file systems of our own for fanotify: what others do on theirs would be told as well. */
static bool isolate(void)
{
	char *path = disk_folder();
	struct notify_options options = { .backend = NOTIFY_FANOTIFY, .share_percent = 90, .root = path };
	struct notify *notify = NULL;

	if (!geteuid() && !private_tmpfs(path, NULL)) {
		options.dirty = dirty_create(0, -1);
		must(options.dirty != NULL, "memory");
		notify_start(&options, &notify, NULL);
		notify_stop(notify);
		dirty_destroy(options.dirty);
		must(umount(path) == 0, "umount");
	}
	disk_remove(path);
	return notify != NULL;
}

static void race(enum notify_backend with)
{
	backend = with;
	storm();
	hand_over();
	ending();
}

int main(void)
{
	race(NOTIFY_INOTIFY);
	if (isolate())
		race(NOTIFY_FANOTIFY);
	else
		puts("[SKIP] fanotify: needs root, and to mount");
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
