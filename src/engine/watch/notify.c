/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One of the two backends watches a directory.  With fanotify in use inotify runs beside it, for the directories of
 * file systems that have no fanotify, and for those at the top of a mount: fanotify does not tell of an unmounting,
 * inotify does.  Where inotify cannot run then, those are polled.
 *
 * Threads: each backend has a lock of its own.  The two pointers do not change after notify_start().
 */
#include "engine/watch/notify_private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"

struct notify {
	struct notify_fanotify *fanotify; /* or NULL */
	struct notify_inotify *inotify;   /* or NULL; never both */
	struct err why_not;               /* fanotify is not used; "" = nobody asked for it */
};

/* The library's state is the process's. */
static atomic_flag taken = ATOMIC_FLAG_INIT;

int notify_add(struct notify *notify, dir_id dir, int fd)
{
	int result = -ENOSYS;

	if (notify->fanotify)
		result = notify_fanotify_add(notify->fanotify, dir, fd, notify->inotify && dir != DIR_ROOT);
	if (!notify->inotify)
		return result;
	if (!result) {
		notify_inotify_remove(notify->inotify, dir);
		return 0;
	}
	if (notify->fanotify)
		notify_fanotify_remove(notify->fanotify, dir);
	return notify_inotify_add(notify->inotify, dir, fd);
}

void notify_remove(struct notify *notify, dir_id dir)
{
	if (notify->fanotify)
		notify_fanotify_remove(notify->fanotify, dir);
	if (notify->inotify)
		notify_inotify_remove(notify->inotify, dir);
}

bool notify_watched(const struct notify *notify, dir_id dir)
{
	return (notify->fanotify && notify_fanotify_watched(notify->fanotify, dir)) ||
	       (notify->inotify && notify_inotify_watched(notify->inotify, dir));
}

void notify_status(const struct notify *notify, struct notify_status *out)
{
	struct notify_status inotify = {0};

	if (notify->inotify)
		notify_inotify_status(notify->inotify, &inotify);
	if (notify->fanotify) {
		notify_fanotify_status(notify->fanotify, out);
		out->watched += inotify.watched;
		out->refused += inotify.refused;
		out->events += inotify.events;
		out->overflows += inotify.overflows;
		out->failed = out->failed ? out->failed : inotify.failed;
	} else {
		*out = inotify;
	}
	out->why_not = notify->why_not.text;
}

int notify_start(const struct notify_options *options, struct notify **out, struct err *err)
{
	struct notify *notify;
	int result = 0;

	*out = NULL;
	if (atomic_flag_test_and_set_explicit(&taken, memory_order_acquire))
		return err_set(err, -EBUSY, "this program watches something already");
	notify = alloc_zero(struct notify);
	if (!notify) {
		result = err_no_memory(err);
		goto no_memory;
	}
	if (options->backend == NOTIFY_FANOTIFY) {
		result = notify_fanotify_start(options, &notify->fanotify, err);
		if (result)
			goto fail;
	} else if (options->backend == NOTIFY_AUTO && options->root) {
		notify_fanotify_start(options, &notify->fanotify, &notify->why_not);
	}
	result = notify_inotify_start(options, &notify->inotify, err);
	if (result && !notify->fanotify)
		goto fail;
	*out = notify;
	return 0;

fail:
	free(notify);
no_memory:
	atomic_flag_clear_explicit(&taken, memory_order_release);
	return result;
}

void notify_stop(struct notify *notify)
{
	if (!notify)
		return;
	notify_fanotify_stop(notify->fanotify);
	notify_inotify_stop(notify->inotify);
	free(notify);
	atomic_flag_clear_explicit(&taken, memory_order_release);
}
