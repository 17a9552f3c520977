/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/remove/remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/kernel.h"
#include "engine/remove/remove_folder.h"

/*
 * Folders wait on one stack, the newest first, so that few are open at once.  `work.lock` guards the stack and how many
 * are not done; a folder's count of pending ones is atomic (acq_rel): whoever takes the last one away removes it, and
 * goes on with the folder above.
 */

#define LIST_BYTES (256u << 10) /* of a folder's names at once: they go in the order of their inodes */
#define LISTED 16384
#define PASSES 3 /* a file system may leave names out while others are unlinked */
#define THREADS_MOST 4

struct work {
	struct removal *removal;
	struct choice *choice;
	struct folders folders;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct folder *waiting;
	uint64_t left; /* folders that are not done */
	int rc;
};

/** One thread's. */
struct remover {
	struct work *work;
	char *list;
	struct listed_entry {
		uint64_t ino;
		const struct dirent64 *entry;
	} * names;
	bool started;
	pthread_t thread;
};

/* ---- what is not deleted ---- */

static void fail(struct work *work, struct folder *folder, const char *name, enum removal_why why, int code)
{
	atomic_store_explicit(&folder->stays, true, memory_order_relaxed);
	removal_fail(&work->removal->errors, folder_path(folder, name), why, code);
}

static void fail_code(struct work *work, struct folder *folder, const char *name, int code)
{
	enum removal_why why = code == -EXDEV || code == -EBUSY                      ? REMOVAL_MOUNT
	                     : code == -ESTALE || code == -ELOOP || code == -ENOTDIR ? REMOVAL_CHANGED
	                                                                             : REMOVAL_FAILED;

	fail(work, folder, name, why, code);
}

static bool is_cancelled(const struct work *work)
{
	return atomic_load_explicit(work->removal->cancel, memory_order_relaxed);
}

/* ---- files ---- */

/** On a full disk that copies what it changes there is no room even to delete: an empty file takes none. */
static int make_room(int fd, const char *name, const struct statx *was)
{
	int file = openat(fd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), rc = 0;
	struct stat st;

	if (file < 0)
		return -errno;
	if (fstat(file, &st) || !S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_ino != was->stx_ino ||
	    st.st_dev != choice_dev(was) || ftruncate(file, 0))
		rc = -ENOSPC;
	close(file);
	return rc;
}

/** Unlink what was looked at just now.  0 or -errno. */
static int unlink_file(struct work *work, int fd, const char *name, const struct statx *st)
{
	struct removal *removal = work->removal;

	if (unlinkat(fd, name, 0)) {
		int rc = -errno;

		if (rc != -ENOSPC && rc != -EDQUOT)
			return rc;
		if (make_room(fd, name, st) || unlinkat(fd, name, 0))
			return rc;
	}
	atomic_fetch_add_explicit(&removal->entries, 1, memory_order_relaxed);
	if (st->stx_nlink == 1)
		atomic_fetch_add_explicit(&removal->bytes, figure_of_blocks(st->stx_blocks), memory_order_relaxed);
	return 0;
}

/** An entry that is no folder.  False when none of this folder's can be deleted. */
static bool remove_file(struct work *work, struct folder *folder, int fd, const char *name)
{
	uint32_t at = CHOICE_NONE;
	struct statx st;
	int rc;

	rc = statx(fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, CHOICE_STATX, &st) ? -errno : 0;
	if (!rc && !S_ISDIR(st.stx_mode))
		at = choice_find_name(work->choice, folder->number, name, strlen(name), st.stx_ino);
	if (!rc && (at == CHOICE_NONE || choice_came_since(work->choice, &st))) {
		fail(work, folder, name, REMOVAL_UNSEEN, 0);
		return true;
	}
	if (!rc)
		rc = unlink_file(work, fd, name, &st);
	if (!rc)
		choice_forget_name(work->choice, at);
	/* What a folder forbids it forbids for every name in it. */
	if (rc == -EACCES || rc == -EROFS) {
		fail_code(work, folder, NULL, rc);
		return false;
	}
	if (rc && rc != -ENOENT)
		fail_code(work, folder, name, rc);
	return true;
}

/* ---- folders ---- */

static void push(struct work *work, struct folder *folder, bool more)
{
	pthread_mutex_lock(&work->lock);
	folder->next = work->waiting;
	work->waiting = folder;
	work->left += more;
	pthread_cond_signal(&work->more);
	pthread_mutex_unlock(&work->lock);
}

static void add_folder(struct work *work, struct folder *parent, int fd, const char *name)
{
	struct folder *folder;
	struct statx st;
	uint32_t number;

	if (statx(fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, CHOICE_STATX, &st)) {
		if (errno != ENOENT)
			fail_code(work, parent, name, -errno);
		return;
	}
	if (st.stx_attributes_mask & st.stx_attributes & STATX_ATTR_MOUNT_ROOT) {
		fail(work, parent, name, REMOVAL_MOUNT, 0);
		return;
	}
	number = choice_find_dir(work->choice, parent->number, name, strlen(name), &st);
	if (number == CHOICE_NONE) {
		fail(work, parent, name, REMOVAL_UNSEEN, 0);
		return;
	}
	folder = folder_create(parent, number, name, strlen(name));
	if (!folder) {
		fail(work, parent, name, REMOVAL_FAILED, -ENOMEM);
		return;
	}
	atomic_fetch_add_explicit(&parent->pending, 1, memory_order_relaxed);
	push(work, folder, true);
}

/** Remove a folder of which all that was chosen is gone.  False: it is to be listed again. */
static bool remove_folder(struct work *work, struct folder *folder)
{
	int fd = folder_take(&work->folders, folder->parent, folder->fd), rc = fd < 0 ? fd : 0;
	struct statx st;
	bool again = false;

	if (!rc && statx(fd, folder->name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, CHOICE_STATX, &st))
		rc = errno == ENOENT ? -ESTALE : -errno;
	else if (!rc && !choice_is_dir(&work->choice->dirs[folder->number], &st))
		rc = -ESTALE;
	else if (!rc && unlinkat(fd, folder->name, AT_REMOVEDIR))
		rc = -errno;
	if (!rc) {
		atomic_fetch_add_explicit(&work->removal->entries, 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&work->removal->bytes, figure_of_blocks(st.stx_blocks), memory_order_relaxed);
	} else if ((rc == -ENOTEMPTY || rc == -EEXIST) && folder->passes < PASSES) {
		again = true;
	} else if (rc == -ESTALE) {
		fail(work, folder, NULL, REMOVAL_MOVED, 0);
	} else {
		fail_code(work, folder, NULL, rc);
	}
	if (fd >= 0)
		folder_give(&work->folders, folder->parent);
	return !again;
}

/** One of the folder's pending ones is done; with the last it goes itself, and the folder above has one less. */
static void done(struct work *work, struct folder *folder)
{
	while (folder && atomic_fetch_sub_explicit(&folder->pending, 1, memory_order_acq_rel) == 1) {
		struct folder *parent = folder->parent;
		bool stays = atomic_load_explicit(&folder->stays, memory_order_relaxed) || is_cancelled(work);

		if (parent && !stays && !folder->gone && !remove_folder(work, folder)) {
			atomic_store_explicit(&folder->pending, 1, memory_order_relaxed);
			push(work, folder, false);
			return;
		}
		if (parent && atomic_load_explicit(&folder->stays, memory_order_relaxed))
			atomic_store_explicit(&parent->stays, true, memory_order_relaxed);
		folder_free(&work->folders, folder);
		pthread_mutex_lock(&work->lock);
		if (!--work->left)
			pthread_cond_broadcast(&work->more);
		pthread_mutex_unlock(&work->lock);
		folder = parent;
	}
}

static int by_ino(const void *a, const void *b)
{
	const struct listed_entry *x = a, *y = b;

	return (x->ino > y->ino) - (x->ino < y->ino);
}

/** What was listed, in the order of inodes: they lie so on the disk.  False when the rest is to be left. */
static bool remove_listed(struct remover *worker, struct folder *folder, int fd, size_t count, bool *files)
{
	struct work *work = worker->work;

	qsort(worker->names, count, sizeof(*worker->names), by_ino);
	for (size_t i = 0; i < count; i++) {
		const struct dirent64 *entry = worker->names[i].entry;
		unsigned char type = entry->d_type;
		struct statx st;

		if (is_cancelled(work))
			return false;
		if (!folder_in_place(&work->folders, folder, fd)) {
			fail(work, folder, NULL, REMOVAL_MOVED, 0);
			return false;
		}
		if (type == DT_UNKNOWN)
			type = !statx(fd, entry->d_name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_TYPE, &st) &&
			                       S_ISDIR(st.stx_mode)
			             ? DT_DIR
			             : DT_REG;
		if (type == DT_DIR)
			add_folder(work, folder, fd, entry->d_name);
		else if (*files)
			*files = remove_file(work, folder, fd, entry->d_name);
	}
	return true;
}

/** All that is in an open folder. */
static void empty_folder(struct remover *worker, struct folder *folder, int fd)
{
	bool files = true;
	ssize_t got;

	folder->passes++;
	if (lseek(fd, 0, SEEK_SET) < 0) {
		fail_code(worker->work, folder, NULL, -errno);
		return;
	}
	while ((got = getdents64(fd, worker->list, LIST_BYTES)) > 0) {
		size_t count = 0;

		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(worker->list + at);

			at += entry->d_reclen;
			if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
				worker->names[count++] = (struct listed_entry){.ino = entry->d_ino, .entry = entry};
		}
		if (!remove_listed(worker, folder, fd, count, &files))
			return;
	}
	if (got < 0)
		fail_code(worker->work, folder, NULL, -errno);
}

static void remove_contents(struct remover *worker, struct folder *folder)
{
	struct work *work = worker->work;
	int above, fd;

	if (is_cancelled(work)) {
		atomic_store_explicit(&folder->stays, true, memory_order_relaxed);
		done(work, folder);
		return;
	}
	above = folder_take(&work->folders, folder->parent, -1);
	fd = above < 0 ? above : folder_open(&work->folders, folder, above);
	if (above >= 0)
		folder_give(&work->folders, folder->parent);
	if (fd >= 0) {
		empty_folder(worker, folder, fd);
		folder_give(&work->folders, folder);
	} else if (fd != -ENOENT) {
		fail_code(work, folder, NULL, fd);
	} else {
		folder->gone = true;
	}
	done(work, folder);
}

/* ---- what was chosen ---- */

/** A chosen entry: it has to be the one that was looked at. */
static void remove_item(struct work *work, struct folder *place, int fd, const struct choice_item *item)
{
	struct folder *folder;
	struct statx st;
	int rc;

	if (item->rc) {
		if (item->rc != -ENOENT)
			fail_code(work, place, item->name, item->rc);
		return;
	}
	rc = statx(fd, item->name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, CHOICE_STATX, &st) ? -errno : 0;
	if (!rc && !choice_is_item(work->choice, item, &st))
		rc = -ESTALE;
	if (!rc && (st.stx_attributes_mask & st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		rc = -EXDEV;
	if (!rc && item->dir == CHOICE_NONE)
		rc = unlink_file(work, fd, item->name, &st);
	if (rc) {
		if (rc != -ENOENT)
			fail_code(work, place, item->name, rc);
		return;
	}
	if (item->dir == CHOICE_NONE)
		return;
	folder = folder_create(place, item->dir, item->name, strlen(item->name));
	if (!folder) {
		fail(work, place, item->name, REMOVAL_FAILED, -ENOMEM);
		return;
	}
	folder->path = item->path;
	atomic_fetch_add_explicit(&place->pending, 1, memory_order_relaxed);
	push(work, folder, true);
}

/** Folder by folder that chosen entries lie in; items of one are neighbours. */
static void remove_items(struct work *work)
{
	const struct choice *choice = work->choice;
	size_t end;

	for (size_t i = 0; i < choice->item_count && !is_cancelled(work); i = end) {
		struct folder *place = folder_create(NULL, choice->items[i].place, "", 0);
		char *path = alloc_text(choice->items[i].path);
		int fd;

		for (end = i; end < choice->item_count && choice->items[end].place == choice->items[i].place; end++)
			;
		if (!place || !path) {
			free(place);
			free(path);
			work->rc = -ENOMEM;
			return;
		}
		*strrchr(path, '/') = 0;
		place->path = path;
		pthread_mutex_lock(&work->lock);
		work->left++;
		pthread_mutex_unlock(&work->lock);
		fd = folder_take(&work->folders, place, -1);
		for (size_t k = i; k < end && !is_cancelled(work); k++)
			if (fd >= 0)
				remove_item(work, place, fd, &choice->items[k]);
			else
				fail_code(work, place, choice->items[k].name, fd == -ESTALE ? -ENOENT : fd);
		if (fd >= 0)
			folder_give(&work->folders, place);
		done(work, place);
	}
}

static void *run_worker(void *argument)
{
	struct remover *worker = argument;
	struct work *work = worker->work;
	struct folder *folder;

	for (;;) {
		pthread_mutex_lock(&work->lock);
		while (!work->waiting && work->left)
			pthread_cond_wait(&work->more, &work->lock);
		folder = work->waiting;
		if (folder)
			work->waiting = folder->next;
		pthread_mutex_unlock(&work->lock);
		if (!folder)
			return NULL;
		remove_contents(worker, folder);
	}
}

static unsigned threads_for(const struct removal *removal)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (removal->threads)
		return removal->threads;
	return processors < 1 ? 1 : processors > THREADS_MOST ? THREADS_MOST : (unsigned)processors;
}

static bool start_worker(struct remover *worker, bool thread)
{
	sigset_t all, before;

	worker->list = alloc_array(LIST_BYTES, 1);
	worker->names = alloc_array(LISTED, sizeof(*worker->names));
	if (!worker->list || !worker->names)
		return false;
	if (!thread)
		return true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	worker->started = pthread_create(&worker->thread, NULL, run_worker, worker) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return true; /* those that run do its work */
}

int removal_run(struct removal *removal)
{
	struct work work = {
		.removal = removal,
		.choice = removal->choice,
		.folders = {.choice = removal->choice, .lock = PTHREAD_MUTEX_INITIALIZER},
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.more = PTHREAD_COND_INITIALIZER,
		.left = 1, /* what was chosen */
	};
	unsigned count = threads_for(removal);
	struct remover *workers = alloc_array(count, sizeof(*workers));
	uint64_t before = 0;
	bool known = removal_free_bytes(removal->choice, &before);

	for (unsigned i = 0; workers && i < count; i++) {
		workers[i].work = &work;
		if (!start_worker(&workers[i], i > 0) && !i)
			work.rc = -ENOMEM;
	}
	if (!workers)
		work.rc = -ENOMEM;
	if (!work.rc)
		remove_items(&work);
	pthread_mutex_lock(&work.lock);
	work.left--;
	pthread_cond_broadcast(&work.more);
	pthread_mutex_unlock(&work.lock);
	if (workers && workers[0].names)
		run_worker(&workers[0]);
	for (unsigned i = 0; workers && i < count; i++) {
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
		free(workers[i].list);
		free(workers[i].names);
	}
	free(workers);
	removal_measure(removal, known, before);
	return work.rc;
}

int removal_empty(struct removal *removal)
{
	const struct choice *choice = removal->choice;
	const struct choice_item *item = &choice->items[0];
	int place = choice_open(choice, item->place), fd = -1, rc = place < 0 ? place : 0;
	uint64_t before = 0;
	bool known = removal_free_bytes(choice, &before);
	struct statx st = {0};

	if (!rc) {
		fd = openat(place, item->name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		rc = fd < 0 || statx(fd, "", AT_EMPTY_PATH, CHOICE_STATX, &st) ? -errno : 0;
	}
	if (!rc && (!S_ISREG(st.stx_mode) || !choice_is_item(choice, item, &st)))
		rc = -ESTALE;
	if (!rc && ftruncate(fd, 0))
		rc = -errno;
	if (!rc)
		atomic_fetch_add_explicit(&removal->bytes, figure_of_blocks(st.stx_blocks), memory_order_relaxed);
	else
		removal_fail(&removal->errors, alloc_text(item->path),
		             rc == -ESTALE || rc == -ELOOP ? REMOVAL_CHANGED : REMOVAL_FAILED, rc);
	if (fd >= 0)
		close(fd);
	if (place >= 0)
		close(place);
	removal_measure(removal, known, before);
	return 0;
}
