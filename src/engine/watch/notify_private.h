/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_NOTIFY_PRIVATE_H
#define ENGINE_WATCH_NOTIFY_PRIVATE_H

#include "engine/watch/notify.h"
#include "engine/watch/notify_reader.h"

/*
 * The two backends: notify.c, in front of them, gives each directory to one.  What is not said here is as in notify.h;
 * each watches what it is given, by itself.
 */

struct notify_inotify;

int notify_inotify_start(const struct notify_options *options, struct notify_inotify **out, struct err *err);
void notify_inotify_stop(struct notify_inotify *notify);
int notify_inotify_add(struct notify_inotify *notify, dir_id dir, int fd);
void notify_inotify_remove(struct notify_inotify *notify, dir_id dir);
bool notify_inotify_watched(const struct notify_inotify *notify, dir_id dir);
void notify_inotify_status(const struct notify_inotify *notify, struct notify_status *out);

struct notify_fanotify;

/**
 * Fails with a sentence: -EPERM (not allowed), -ENOSYS (the kernel is too old), -EOPNOTSUPP (not on the file system of
 * options->root; NULL = any), -EMFILE, -ENOMEM, ...
 */
int notify_fanotify_start(const struct notify_options *options, struct notify_fanotify **out, struct err *err);
void notify_fanotify_stop(struct notify_fanotify *notify);

/**
 * `below`: what lies at the top of a mount is somebody else's; only what is below it is watched from here.
 * 0, -EXDEV (such a top), or -errno: this file system has no fanotify, no memory; `dir` is then unwatched, and counts
 * as refused.
 */
int notify_fanotify_add(struct notify_fanotify *notify, dir_id dir, int fd, bool below);
void notify_fanotify_remove(struct notify_fanotify *notify, dir_id dir);
bool notify_fanotify_watched(const struct notify_fanotify *notify, dir_id dir);
void notify_fanotify_status(const struct notify_fanotify *notify, struct notify_status *out);

#endif
