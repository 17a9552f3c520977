/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_NOTIFY_READER_H
#define ENGINE_WATCH_NOTIFY_READER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/watch/notify.h"

/*
 * The thread of a backend that reads its descriptor: drains and copies to the dirty queue, never stats.  Part of the
 * backend's own structure.
 */
struct notify_reader {
	int fd;                      /* where events come from, non-blocking */
	int stop_fd;
	struct dirty *dirty;
	void (*lost)(void *context); /* as in notify_options */
	void *context;
	/*
	 * Take what there is, or until notify_reader_stopping().  0 or -errno, which ends the thread; *count = events
	 * that were marked.
	 */
	int (*drain)(void *backend, unsigned *count);
	void *backend;
	bool prompt;                 /* who wrote can be asked only while it lives: at first nothing is waited for */
	pthread_t thread;

	/*
	 * The reader stores, anybody loads; release and acquire: what `overflows` and `failed` announce is marked
	 * after.
	 */
	_Atomic uint64_t events;     /* read so far */
	_Atomic uint32_t overflows;
	_Atomic int failed;          /* -errno: it had to stop */
};

/** Begin; all above `thread` but `stop_fd` is set.  0 or -errno with a sentence. */
int notify_reader_start(struct notify_reader *reader, struct err *err);

/** End the thread; `fd` stays open. */
void notify_reader_stop(struct notify_reader *reader);

/** Reader: is it to end?  Asked now and then: writers may be faster for as long as they like. */
bool notify_reader_stopping(const struct notify_reader *reader);

/** Fill in what the reader counts. */
void notify_reader_status(const struct notify_reader *reader, struct notify_status *out);

/** Reader: the kernel threw events away. */
void notify_reader_overflowed(struct notify_reader *reader);

#endif
