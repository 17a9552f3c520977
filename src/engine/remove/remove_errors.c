/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What could not be deleted and why; what came free. */
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "engine/remove/remove.h"

#define FILE_SYSTEMS 16
#define SETTLE_NS 10000000
#define SETTLE_STEPS 50

void removal_init(struct removal *removal, struct choice *choice, const _Atomic bool *cancel)
{
	*removal = (struct removal){.choice = choice, .cancel = cancel, .errors.lock = PTHREAD_MUTEX_INITIALIZER};
}

void removal_errors_clear(struct removal_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		free(errors->items[i].path);
	free(errors->items);
	errors->items = NULL;
	errors->count = errors->capacity = 0;
}

void removal_fail(struct removal_errors *errors, char *path, enum removal_why why, int code)
{
	pthread_mutex_lock(&errors->lock);
	errors->total++;
	if (path && errors->count < REMOVAL_ERRORS &&
	    !alloc_room(&errors->items, &errors->capacity, errors->count + 1)) {
		errors->items[errors->count++] = (struct removal_error){.path = path, .why = why, .code = code};
		path = NULL;
	}
	pthread_mutex_unlock(&errors->lock);
	free(path);
}

int removal_words(const struct removal_error *error, struct buf *out)
{
	switch (error->why) {
	case REMOVAL_CHANGED: return buf_str(out, _("another one has its name now"));
	case REMOVAL_UNSEEN: return buf_str(out, _("it came since, or the scan left it out"));
	case REMOVAL_MOUNT: return buf_str(out, _("something is mounted there"));
	case REMOVAL_MOVED: return buf_str(out, _("it was moved away meanwhile"));
	case REMOVAL_NO_TRASH: return buf_str(out, _("its file system has no trash; it can be deleted for ever"));
	case REMOVAL_IN_TRASH: return buf_str(out, _("it is in the trash already; it can be deleted for ever"));
	case REMOVAL_FAILED: break;
	}
	return buf_str(out, strerror(-error->code));
}

bool removal_free_bytes(const struct choice *choice, uint64_t *bytes)
{
	dev_t seen[FILE_SYSTEMS];
	size_t count = 0, i;

	*bytes = 0;
	for (size_t k = 0; k < choice->item_count; k++) {
		uint32_t place = choice->items[k].place;
		struct statvfs fs;
		int fd, rc;

		if (choice->items[k].rc)
			continue;
		for (i = 0; i < count && seen[i] != choice->items[k].dev; i++)
			;
		if (i < count)
			continue;
		if (count == FILE_SYSTEMS)
			return false;
		seen[count++] = choice->items[k].dev;
		fd = choice_open(choice, place);
		rc = fd < 0 ? -1 : fstatvfs(fd, &fs);
		if (fd >= 0)
			close(fd);
		if (rc)
			return false;
		*bytes = figure_sum(*bytes, (uint64_t)fs.f_bfree * fs.f_frsize);
	}
	return count > 0;
}

/** How long room may take to come back behind an unlink: btrfs gives it with its next transaction, XFS by itself. */
static int settle(const struct choice *choice)
{
	struct statfs fs;

	/* The file systems of a choice have, nearly always, one root. */
	if (fstatfs(choice->root, &fs))
		return 0;
	if ((uint64_t)(uint32_t)fs.f_type == BTRFS_SUPER_MAGIC)
		ioctl(choice->root, BTRFS_IOC_SYNC);
	return (uint64_t)(uint32_t)fs.f_type == XFS_SUPER_MAGIC ? SETTLE_STEPS : 0;
}

void removal_measure(struct removal *removal, bool known, uint64_t before)
{
	uint64_t expected = figure_sum(before, atomic_load_explicit(&removal->bytes, memory_order_relaxed)), after = 0;

	for (int steps = settle(removal->choice);; steps--) {
		removal->freed_known = known && removal_free_bytes(removal->choice, &after);
		if (!removal->freed_known || after >= expected || steps <= 0)
			break;
		nanosleep(&(struct timespec){.tv_nsec = SETTLE_NS}, NULL);
	}
	if (removal->freed_known)
		removal->freed_bytes = figure_told_delta(figure_difference(after, before));
}
