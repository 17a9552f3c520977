/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fanotify(7): one mark per file system instead of a watch per directory; for root, from Linux 5.17 on.
 *
 *   adders ── mark of the file system, then handle ↔ dir, under the lock ──┐
 *   kernel ── (file system, handle of the directory), name ──> reader ── handle → dir ──> dirty_name(), dirty_list(),
 *   dirty_tree() ──> the dirty queue
 *
 * Events come from the whole file system.  What lies outside the tree has a handle that nobody knows, and is dropped
 * with that.  A new directory in the tree is announced by its parent, and known before it is listed: what happens in it
 * before that is in the listing.  A handle holds the inode's generation, so a late event never finds a new owner.
 * Groups of this kind report directories and names only: no event of a file without its name, none about a number of
 * links.
 *
 * The mark is set again with every directory that is added.  That costs less than a microsecond, nothing changes if it
 * is there, and so a file system that was unmounted and mounted again has a mark of its own before it is listed.
 *
 * Kept is the XXH3-128 of file system and handle, at the directory's index, and a hash table of indices: 16 bytes and 5
 * to 11, whatever the handle's length.
 *
 * An event bears the pid of who caused it.  The reader asks at once who that is, and once for all events of a moment:
 * a writer may live for no longer than its event takes to come here.
 *
 * Threads: `lock` guards the table, the list of file systems and the counts; nothing is marked and no system call made
 * under it.  The reader is in notify_reader.c.
 *
 * The kernel's queue is left bounded (FAN_UNLIMITED_QUEUE): the reader drains several times what writers produce, an
 * overflow is read again as with inotify, and a program that is stopped must not fill the kernel's memory.
 */
#include "engine/watch/notify_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/kernel.h"
#include "engine/system/process.h"

/* musl knows them not yet, and has a type of its own for file systems' ids. */
#ifndef FAN_RENAME
#define FAN_RENAME 0x10000000
#define FAN_EVENT_INFO_TYPE_OLD_DFID_NAME 10
#define FAN_EVENT_INFO_TYPE_NEW_DFID_NAME 12
#endif
typedef __typeof__(((struct fanotify_event_info_fid *)0)->fsid) fsid_type;

/* As with inotify: never OPEN, ACCESS or CLOSE_NOWRITE.  RENAME names both places. */
#define EVENTS                                                                                                         \
	(FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_CREATE | FAN_DELETE | FAN_RENAME | FAN_DELETE_SELF |          \
	 FAN_MOVE_SELF | FAN_ONDIR)

#define FILE_SYSTEMS_MOST 256u
#define SLOTS_LEAST 256u
#define BUFFER_BYTES 65536
#define ROUND_NS 2000000 /* for so long a pid names the same program */

/* What an event record says of a directory: struct fanotify_event_info_fid from `fsid` on. */
struct file_id {
	fsid_type fsid;
	struct file_handle handle;
	unsigned char bytes[MAX_HANDLE_SZ];
};

static_assert(offsetof(struct file_id, handle) ==
                      offsetof(struct fanotify_event_info_fid, handle) - offsetof(struct fanotify_event_info_fid, fsid),
              "as in the record");

struct key {
	uint64_t high;               /* 0: not watched; REFUSED: asked, but is not watched */
	uint64_t low;
};

#define REFUSED 1u

struct file_system {
	fsid_type fsid;
	dev_t dev;
};

struct notify_fanotify {
	struct notify_reader reader;
	pthread_mutex_t lock;
	struct key *keys;            /* by dir_id */
	size_t key_capacity;
	/* By key: open addressing, DIR_NONE = free.  Half of what base/hash takes: it is most of what a watch costs. */
	dir_id *slots;
	size_t slot_count;           /* a power of two */
	uint64_t watched, refused;
	struct file_system *file_systems; /* all that there were */
	size_t file_system_count, file_system_capacity;
	struct process_names *names; /* the reader's */
	int64_t round_ns;            /* likewise: when their round began */
	_Alignas(struct fanotify_event_metadata) char buffer[BUFFER_BYTES]; /* the reader's */
};

/* ---- the table, under the lock ---- */

static struct key key_of(const struct file_id *id)
{
	XXH128_hash_t hash = XXH3_128bits(id, offsetof(struct file_id, handle.f_handle) + id->handle.handle_bytes);

	return (struct key){ .high = hash.high64 > REFUSED ? hash.high64 : hash.high64 + 2, .low = hash.low64 };
}

static bool same_key(struct key a, struct key b)
{
	return a.high == b.high && a.low == b.low;
}

static bool is_watched(const struct notify_fanotify *notify, dir_id dir)
{
	return dir < notify->key_capacity && notify->keys[dir].high > REFUSED;
}

/* Where it is, or the free slot where it would be. */
static dir_id *slot_of(const struct notify_fanotify *notify, struct key key)
{
	size_t mask = notify->slot_count - 1, at = key.low & mask;

	while (notify->slots[at] != DIR_NONE && !same_key(notify->keys[notify->slots[at]], key))
		at = (at + 1) & mask;
	return &notify->slots[at];
}

/* Room for the key of `dir`, and for one more slot in use. */
static int make_room(struct notify_fanotify *notify, dir_id dir)
{
	size_t before = notify->key_capacity;

	if (alloc_room(&notify->keys, &notify->key_capacity, (size_t)dir + 1))
		return -ENOMEM;
	memset(notify->keys + before, 0, (notify->key_capacity - before) * sizeof(*notify->keys));
	if ((notify->watched + 1) * 4 <= notify->slot_count * 3)
		return 0;
	size_t old_count = notify->slot_count, count = old_count ? old_count * 2 : SLOTS_LEAST;
	dir_id *old = notify->slots, *slots = alloc_array(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	notify->slots = slots;
	notify->slot_count = count;
	for (size_t i = 0; i < old_count; i++)
		if (old[i] != DIR_NONE)
			*slot_of(notify, notify->keys[old[i]]) = old[i];
	free(old);
	return 0;
}

/* Free a slot; those behind it that it pushed on move up. */
static void free_slot(struct notify_fanotify *notify, dir_id *slot)
{
	size_t mask = notify->slot_count - 1, hole = (size_t)(slot - notify->slots);

	for (size_t at = (hole + 1) & mask; notify->slots[at] != DIR_NONE; at = (at + 1) & mask) {
		size_t home = notify->keys[notify->slots[at]].low & mask;

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			notify->slots[hole] = notify->slots[at];
			hole = at;
		}
	}
	notify->slots[hole] = DIR_NONE;
}

/* `dir` is not watched from now on, and does not ask for it. */
static void disown(struct notify_fanotify *notify, dir_id dir)
{
	if (is_watched(notify, dir)) {
		free_slot(notify, slot_of(notify, notify->keys[dir]));
		notify->watched--;
	} else if (dir < notify->key_capacity && notify->keys[dir].high == REFUSED) {
		notify->refused--;
	} else {
		return;
	}
	notify->keys[dir] = (struct key){0};
}

static void refuse(struct notify_fanotify *notify, dir_id dir)
{
	disown(notify, dir);
	if (make_room(notify, dir) < 0)
		return;
	notify->keys[dir].high = REFUSED;
	notify->refused++;
}

/* The directory of this key is `dir`; it may have been another one until now. */
static int own(struct notify_fanotify *notify, dir_id dir, struct key key)
{
	if (is_watched(notify, dir) && same_key(notify->keys[dir], key))
		return 0;
	disown(notify, dir);
	if (make_room(notify, dir) < 0)
		return -ENOMEM;
	dir_id *slot = slot_of(notify, key);

	if (*slot == DIR_NONE)
		notify->watched++;
	else
		notify->keys[*slot] = (struct key){0};
	*slot = dir;
	notify->keys[dir] = key;
	return 0;
}

/* Do its events tell it from all others?  Copies of a file system may bear one id. */
static int know_file_system(struct notify_fanotify *notify, fsid_type fsid, dev_t dev)
{
	for (size_t i = 0; i < notify->file_system_count; i++)
		if (!memcmp(&notify->file_systems[i].fsid, &fsid, sizeof(fsid)))
			return notify->file_systems[i].dev == dev ? 0 : -ENOTUNIQ;
	if (notify->file_system_count == FILE_SYSTEMS_MOST)
		return -ENOSPC;
	if (alloc_room(&notify->file_systems, &notify->file_system_capacity, notify->file_system_count + 1))
		return -ENOMEM;
	notify->file_systems[notify->file_system_count++] = (struct file_system){fsid, dev};
	return 0;
}

/* ---- any thread ---- */

/* Have the kernel tell of this file system, and learn how it names this directory.  0 or -errno. */
static int mark(int group, int fd, struct file_id *out)
{
	struct statfs fs;
	int mount;

	if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM | FAN_MARK_ONLYDIR, EVENTS, fd, NULL) < 0)
		return -errno;
	out->handle.handle_bytes = MAX_HANDLE_SZ;
	if (fstatfs(fd, &fs) < 0 || name_to_handle_at(fd, "", &out->handle, &mount, AT_EMPTY_PATH) < 0)
		return -errno;
	memcpy(&out->fsid, &fs.f_fsid, sizeof(out->fsid));
	return 0;
}

int notify_fanotify_add(struct notify_fanotify *notify, dir_id dir, int fd, bool below)
{
	struct file_id id;
	struct statx st;
	int result;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0)
		result = -errno;
	else if (below && st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		result = -EXDEV;
	else
		result = mark(notify->reader.fd, fd, &id);
	pthread_mutex_lock(&notify->lock);
	if (!result)
		result = know_file_system(notify, id.fsid, makedev(st.stx_dev_major, st.stx_dev_minor));
	if (!result)
		result = own(notify, dir, key_of(&id));
	if (result)
		refuse(notify, dir);
	pthread_mutex_unlock(&notify->lock);
	return result;
}

void notify_fanotify_remove(struct notify_fanotify *notify, dir_id dir)
{
	pthread_mutex_lock(&notify->lock);
	disown(notify, dir);
	pthread_mutex_unlock(&notify->lock);
}

bool notify_fanotify_watched(const struct notify_fanotify *notify, dir_id dir)
{
	pthread_mutex_t *lock = &((struct notify_fanotify *)(uintptr_t)notify)->lock;
	bool watched;

	pthread_mutex_lock(lock);
	watched = is_watched(notify, dir);
	pthread_mutex_unlock(lock);
	return watched && !atomic_load_explicit(&notify->reader.failed, memory_order_acquire);
}

void notify_fanotify_status(const struct notify_fanotify *notify, struct notify_status *out)
{
	pthread_mutex_t *lock = &((struct notify_fanotify *)(uintptr_t)notify)->lock;

	*out = (struct notify_status){ .backend = NOTIFY_FANOTIFY, .limit = UINT64_MAX };
	notify_reader_status(&notify->reader, out);
	pthread_mutex_lock(lock);
	out->watched = out->failed ? 0 : notify->watched;
	out->refused = notify->refused;
	pthread_mutex_unlock(lock);
}

/* ---- the reader ---- */

/* The directory of a record; one that is `gone` is unwatched. */
static dir_id look_up(struct notify_fanotify *notify, const struct file_id *id, bool gone)
{
	struct key key = key_of(id);
	dir_id dir;

	pthread_mutex_lock(&notify->lock);
	dir = notify->slot_count ? *slot_of(notify, key) : DIR_NONE;
	if (gone)
		disown(notify, dir);
	pthread_mutex_unlock(&notify->lock);
	return dir;
}

/* A name in the tree that a record names. */
struct named {
	dir_id dir;
	const char *name;
	size_t length;
	bool itself;                 /* the directory */
};

/* What one record names, of an event of these kinds.  Is it in the tree? */
static bool read_record(struct notify_fanotify *notify, uint64_t mask, const struct fanotify_event_info_header *header,
                        struct named *out)
{
	const size_t names_at = offsetof(struct fanotify_event_info_fid, fsid) +
	                        offsetof(struct file_id, handle.f_handle);
	const struct file_id *id = (const void *)((const char *)header +
	                                          offsetof(struct fanotify_event_info_fid, fsid));

	if (header->info_type != FAN_EVENT_INFO_TYPE_DFID_NAME &&
	    header->info_type != FAN_EVENT_INFO_TYPE_OLD_DFID_NAME &&
	    header->info_type != FAN_EVENT_INFO_TYPE_NEW_DFID_NAME)
		return false;
	if (header->len < names_at || id->handle.handle_bytes > header->len - names_at)
		return false;
	const char *name = (const char *)header + names_at + id->handle.handle_bytes;
	size_t length = strnlen(name, (size_t)((const char *)header + header->len - name));
	bool itself = length == 1 && name[0] == '.', gone = itself && mask & FAN_DELETE_SELF;

	*out = (struct named){.dir = look_up(notify, id, gone),
	                      .name = name,
	                      .length = itself ? 0 : length,
	                      .itself = itself};
	return out->dir != DIR_NONE;
}

static void mark_named(struct notify_fanotify *notify, uint64_t mask, const struct named *named, const char *by)
{
	if (named->itself && mask & FAN_DELETE_SELF)
		dirty_list(notify->reader.dirty, named->dir);
	else
		dirty_name_by(notify->reader.dirty, named->dir, named->name, named->length, by);
}

static bool is_name(const struct named *named)
{
	return named->dir != DIR_NONE && named->length && named->length <= 255;
}

/* An event: its records lie from `at` to `end`. */
static bool take(struct notify_fanotify *notify, uint64_t mask, pid_t pid, const char *at, const char *end)
{
	struct named from = {0}, to = {0}, named;
	const char *by = NULL;
	bool marked = false;

	if (mask & FAN_Q_OVERFLOW) {
		notify_reader_overflowed(&notify->reader);
		return true;
	}
	while ((size_t)(end - at) >= sizeof(struct fanotify_event_info_header)) {
		const struct fanotify_event_info_header *header = (const void *)at;

		if (header->len < sizeof(*header) || header->len > end - at)
			break;
		at += header->len;
		if (!read_record(notify, mask, header, &named))
			continue;
		/* Not of what happens elsewhere on the file system. */
		if (!marked)
			by = process_names_find(notify->names, pid);
		marked = true;
		if (header->info_type == FAN_EVENT_INFO_TYPE_OLD_DFID_NAME)
			from = named;
		else if (header->info_type == FAN_EVENT_INFO_TYPE_NEW_DFID_NAME)
			to = named;
		else
			mark_named(notify, mask, &named, by);
	}
	if (is_name(&from) && is_name(&to)) {
		dirty_rename(notify->reader.dirty, from.dir, from.name, from.length, to.dir, to.name, to.length, by);
	} else {
		if (from.dir != DIR_NONE)
			mark_named(notify, mask, &from, by);
		if (to.dir != DIR_NONE)
			mark_named(notify, mask, &to, by);
	}
	return marked;
}

static int drain(void *context, unsigned *count)
{
	struct notify_fanotify *notify = context;

	for (*count = 0; !notify_reader_stopping(&notify->reader);) {
		struct fanotify_event_metadata event;
		const char *at = notify->buffer;
		ssize_t got = read(notify->reader.fd, notify->buffer, sizeof(notify->buffer));
		uint64_t events = 0;
		int64_t now_ns;

		if (got < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		now_ns = clock_mono_ns();
		if (now_ns - notify->round_ns >= ROUND_NS) {
			process_names_round(notify->names, now_ns);
			notify->round_ns = now_ns;
		}
		/* Records behind it are padded to 4 bytes, so that the next event may lie askew. */
		for (; (size_t)got >= sizeof(event); at += event.event_len, got -= event.event_len, events++) {
			memcpy(&event, at, sizeof(event));
			if (event.vers != FANOTIFY_METADATA_VERSION)
				return -EPROTO;
			if (event.event_len < sizeof(event) || event.event_len > got)
				break;
			*count += take(notify, event.mask, event.pid, at + event.metadata_len, at + event.event_len);
		}
		atomic_fetch_add_explicit(&notify->reader.events, events, memory_order_relaxed);
	}
	return 0;
}

/* ---- start and stop ---- */

static void destroy(struct notify_fanotify *notify)
{
	if (notify->reader.fd >= 0)
		close(notify->reader.fd);
	pthread_mutex_destroy(&notify->lock);
	process_names_destroy(notify->names);
	free(notify->keys);
	free(notify->slots);
	free(notify->file_systems);
	free(notify);
}

/* Why a call failed. */
static int explain(int result, struct err *err)
{
	switch (result) {
	case -EPERM:
		return err_set(err, result, "fanotify needs root");
	case -EINVAL:
	case -ENOSYS:
		return err_set(err, -ENOSYS, "fanotify needs Linux 5.17 or later");
	case -EMFILE:
		return err_set(
			err, result,
			"no fanotify group is left (raise fs.fanotify.max_user_groups, or close what else is"
			" watching)");
	case -ENODEV:
	case -EXDEV:
	case -EOPNOTSUPP:
		return err_set(err, -EOPNOTSUPP, "this file system has no fanotify");
	default:
		return err_set(err, result, "fanotify: %s", strerror(-result));
	}
}

/* Does it work there? */
static int try(int group, const char *root)
{
	struct file_id id;
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = fd < 0 ? -errno : mark(group, fd, &id);

	if (fd >= 0)
		close(fd);
	return result;
}

int notify_fanotify_start(const struct notify_options *options, struct notify_fanotify **out, struct err *err)
{
	struct notify_fanotify *notify = alloc_zero(struct notify_fanotify);
	int result = 0;

	*out = NULL;
	if (notify)
		notify->names = process_names_create();
	if (!notify || !notify->names) {
		free(notify);
		return err_no_memory(err);
	}
	pthread_mutex_init(&notify->lock, NULL);
	notify->reader.dirty = options->dirty;
	notify->reader.lost = options->lost;
	notify->reader.context = options->context;
	notify->reader.drain = drain;
	notify->reader.prompt = true;
	notify->reader.backend = notify;
	notify->reader.fd = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_CLOEXEC | FAN_NONBLOCK,
	                                  O_RDONLY | O_CLOEXEC);
	if (notify->reader.fd < 0)
		result = explain(-errno, err);
	else if (options->root && (result = try(notify->reader.fd, options->root)))
		explain(result, err);
	if (!result)
		result = notify_reader_start(&notify->reader, err);
	if (result)
		destroy(notify);
	else
		*out = notify;
	return result;
}

void notify_fanotify_stop(struct notify_fanotify *notify)
{
	if (!notify)
		return;
	notify_reader_stop(&notify->reader);
	destroy(notify);
}
