/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kept are hashes only: of a directory's handle, and of that with a name, each with who was seen there.  Events lie in
 * the kernel's queue before the call that caused them returns, and forks before the first call of the child: what is
 * read first, then the forks, is read in order.
 */
#include "engine/watch/attribution.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/statfs.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/i18n.h"
#include "base/path.h"
#include "engine/system/family.h"
#include "engine/system/fs_kind.h"
#include "engine/system/mount_table.h"

#define EVENTS                                                                                                         \
	(FAN_MODIFY | FAN_CLOSE_WRITE | FAN_ATTRIB | FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO |         \
	 FAN_ONDIR)
#define BUFFER_BYTES 65536

struct witness {
	uint64_t key;
	unsigned who;
};

struct attribution {
	int group, stop; /* fanotify's, and an eventfd: no more is awaited */
	struct family *family;
	struct hash by_key;
	struct witness *places;
	size_t count, capacity;
	pthread_t reader;
	bool reading;
	int rc; /* the reader's */
	_Alignas(struct fanotify_event_metadata) char buffer[BUFFER_BYTES];
};

/* ---- places ---- */

static uint64_t dir_key(const void *fsid, const struct file_handle *handle)
{
	return XXH3_64bits_withSeed(handle->f_handle, handle->handle_bytes, XXH3_64bits(fsid, sizeof(__kernel_fsid_t)));
}

static uint64_t name_key(uint64_t dir, const char *name, size_t length)
{
	return XXH3_64bits_withSeed(name, length, dir);
}

static unsigned who_at(const struct attribution *attribution, uint64_t key)
{
	HASH_EACH (&attribution->by_key, (uint32_t)key, i)
		if (attribution->places[i].key == key)
			return attribution->places[i].who;
	return BY_NOBODY;
}

static int add_at(struct attribution *attribution, uint64_t key, unsigned who)
{
	HASH_EACH (&attribution->by_key, (uint32_t)key, i) {
		if (attribution->places[i].key == key) {
			attribution->places[i].who |= who;
			return 0;
		}
	}
	if (attribution->count >= HASH_NONE ||
	    alloc_room(&attribution->places, &attribution->capacity, attribution->count + 1))
		return -ENOMEM;
	attribution->places[attribution->count] = (struct witness){key, who};
	if (hash_add(&attribution->by_key, (uint32_t)key, (uint32_t)attribution->count))
		return -ENOMEM;
	attribution->count++;
	return 0;
}

/* ---- the reader ---- */

static int take_record(struct attribution *attribution, const struct fanotify_event_info_header *header, unsigned who)
{
	const struct fanotify_event_info_fid *fid = (const void *)header;
	const struct file_handle *handle = (const void *)fid->handle;
	const char *name, *end = (const char *)header + header->len;
	int rc;

	if (header->info_type != FAN_EVENT_INFO_TYPE_DFID_NAME)
		return 0;
	name = (const char *)handle->f_handle + handle->handle_bytes;
	if (name >= end)
		return 0;
	uint64_t dir = dir_key(&fid->fsid, handle);
	size_t length = strnlen(name, (size_t)(end - name));

	rc = add_at(attribution, dir, who);
	if (!rc && (length != 1 || *name != '.'))
		rc = add_at(attribution, name_key(dir, name, length), who);
	return rc;
}

static int take_event(struct attribution *attribution, const struct fanotify_event_metadata *event, const char *at)
{
	const char *end = at + event->event_len;
	unsigned who = family_has(attribution->family, event->pid) ? BY_COMMAND : BY_OTHERS;
	int rc = 0;

	if (event->mask & FAN_Q_OVERFLOW)
		return -EOVERFLOW;
	at += event->metadata_len;
	while (!rc && (size_t)(end - at) >= sizeof(struct fanotify_event_info_header)) {
		const struct fanotify_event_info_header *header = (const void *)at;

		if (header->len < sizeof(*header) || header->len > end - at)
			break;
		rc = take_record(attribution, header, who);
		at += header->len;
	}
	return rc;
}

/* All that is there. */
static int drain(struct attribution *attribution)
{
	for (;;) {
		struct fanotify_event_metadata event;
		const char *at = attribution->buffer;
		ssize_t got = read(attribution->group, attribution->buffer, sizeof(attribution->buffer));
		int rc;

		if (got < 0 && errno == EINTR)
			continue;
		rc = got < 0 && errno != EAGAIN ? -errno : family_update(attribution->family);
		if (rc || got < 0)
			return rc;
		for (; (size_t)got >= sizeof(event); at += event.event_len, got -= event.event_len) {
			memcpy(&event, at, sizeof(event));
			if (event.event_len < sizeof(event) || event.event_len > got)
				break;
			rc = take_event(attribution, &event, at);
			if (rc)
				return rc;
		}
	}
}

static void *read_all(void *argument)
{
	struct attribution *attribution = argument;
	struct pollfd from[] = {{.fd = attribution->group, .events = POLLIN},
	                        {.fd = family_fd(attribution->family), .events = POLLIN},
	                        {.fd = attribution->stop, .events = POLLIN}};

	while (!attribution->rc) {
		if (poll(from, 3, -1) < 0 && errno != EINTR)
			attribution->rc = -errno;
		/* Asked to stop first: what came before is drained then. */
		bool stop = from[2].revents;

		if (!attribution->rc)
			attribution->rc = drain(attribution);
		if (stop)
			break;
	}
	return NULL;
}

/* ---- start and end ---- */

static int mark(struct attribution *attribution, const char *path)
{
	if (!fanotify_mark(attribution->group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM | FAN_MARK_ONLYDIR, EVENTS, AT_FDCWD,
	                   path))
		return 0;
	return -errno;
}

/* The file system of a folder, and those of this machine's disks mounted below. */
static int mark_below(struct attribution *attribution, const char *root, struct err *err)
{
	struct mount_table table = {0};
	int rc = mark(attribution, root);

	if (!rc && mount_table_read(&table, NULL, root))
		rc = -ENOMEM;
	for (size_t i = 0; !rc && i < table.count; i++) {
		const struct mount_entry *mount = &table.items[i];
		const char *below = path_below(mount->point, root);
		enum fs_kind kind = fs_kind_of_name(mount->type);

		if (!below || !*below || mount->hidden)
			continue;
		if (kind == FS_DISK)
			rc = mark(attribution, mount->point);
		else if (kind == FS_MEMORY || kind == FS_OVERLAY)
			mark(attribution, mount->point); /* hardly ever looked at */
	}
	mount_table_free(&table);
	if (rc == -EPERM)
		return err_set(err, rc, "%s", _("the kernel tells only root who writes"));
	return rc ? err_set(err, rc, _("this file system does not tell who writes: %s"), strerror(-rc)) : 0;
}

static int begin(struct attribution *attribution, struct err *err)
{
	int rc;

	attribution->stop = eventfd(0, EFD_CLOEXEC);
	attribution->group = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_CLOEXEC | FAN_NONBLOCK,
	                                   O_RDONLY | O_CLOEXEC);
	if (attribution->stop < 0 || attribution->group < 0) {
		rc = -errno;
		return err_set(err, rc, "%s",
		               rc == -EPERM ? _("the kernel tells only root who writes") : strerror(-rc));
	}
	return family_start(&attribution->family, err);
}

int attribution_start(const char *const *roots, size_t count, struct attribution **out, struct err *err)
{
	struct attribution *attribution = alloc_zero(struct attribution);
	int rc;

	*out = NULL;
	if (!attribution)
		return err_no_memory(err);
	attribution->group = attribution->stop = -1;
	rc = begin(attribution, err);
	for (size_t i = 0; !rc && i < count; i++)
		rc = mark_below(attribution, roots[i], err);
	if (!rc) {
		rc = -pthread_create(&attribution->reader, NULL, read_all, attribution);
		attribution->reading = !rc;
		if (rc)
			err_set(err, rc, "%s", strerror(-rc));
	}
	if (rc)
		attribution_free(attribution);
	else
		*out = attribution;
	return rc;
}

static void stop_reading(struct attribution *attribution)
{
	if (!attribution->reading)
		return;
	eventfd_write(attribution->stop, 1);
	pthread_join(attribution->reader, NULL);
	attribution->reading = false;
}

int attribution_end(struct attribution *attribution, struct err *err)
{
	stop_reading(attribution);
	switch (attribution->rc) {
	case 0: return 0;
	case -ENOMEM: return err_no_memory(err);
	case -EOVERFLOW:
	case -ENOBUFS: return err_set(err, attribution->rc, "%s", _("more happened at once than the kernel tells of"));
	default: return err_set(err, attribution->rc, "%s", strerror(-attribution->rc));
	}
}

void attribution_free(struct attribution *attribution)
{
	if (!attribution)
		return;
	stop_reading(attribution);
	family_stop(attribution->family);
	if (attribution->group >= 0)
		close(attribution->group);
	if (attribution->stop >= 0)
		close(attribution->stop);
	hash_free(&attribution->by_key);
	free(attribution->places);
	free(attribution);
}

/* ---- asking ---- */

/* The key of a directory that is there; false = it is not. */
static bool key_of_dir(const char *path, uint64_t *key)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} id = {.handle.handle_bytes = MAX_HANDLE_SZ};
	struct statfs fs;
	int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), mount;
	bool there = fd >= 0 && !fstatfs(fd, &fs) && !name_to_handle_at(fd, "", &id.handle, &mount, AT_EMPTY_PATH);

	if (there)
		*key = dir_key(&fs.f_fsid, &id.handle);
	if (fd >= 0)
		close(fd);
	return there;
}

unsigned attribution_of(const struct attribution *attribution, const char *path, bool is_dir)
{
	unsigned who = BY_NOBODY;
	struct buf dir = {0};
	uint64_t key;

	if (is_dir && key_of_dir(path, &key))
		who = who_at(attribution, key);
	buf_str(&dir, path);
	/* Its name; where that has no event of its own, the name of the directory that brought or took it. */
	for (bool named = false; !named && !dir.failed;) {
		char *slash = strrchr(dir.data, '/');

		if (!slash)
			break;
		size_t length = strlen(slash + 1);
		char name[256];

		if (length >= sizeof(name))
			break;
		memcpy(name, slash + 1, length + 1);
		slash[slash == dir.data] = '\0';
		if (key_of_dir(dir.data, &key)) {
			unsigned by = who_at(attribution, name_key(key, name, length));

			who |= by;
			named = by || who;
		}
		if (slash == dir.data)
			break;
	}
	buf_free(&dir);
	return who;
}
