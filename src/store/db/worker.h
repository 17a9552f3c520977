/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_WORKER_H
#define STORE_DB_WORKER_H

#include <stdbool.h>

#include "store/db/store.h"

/*
 * The store's own thread: the browser's loop posts jobs, the thread runs them in order with the connection, and their
 * results come back through an eventfd; worker_collect() then calls `done` on the loop's thread.  Urgent jobs (reading
 * for the screen) go before others.
 */
struct worker;

struct worker_job {
	void (*run)(struct worker_job *job, struct store *store); /* store thread */
	void (*done)(struct worker_job *job);                     /* collecting thread; owns and frees the job */
	/* anyone may set it; run() polls it where it takes long */
	_Atomic bool cancel;
	struct worker_job *next;                                  /* the worker's */
};

/** Opens the store on its thread, too.  `wake_fd`: an eventfd written when a result waits. */
struct worker *worker_start(const char *path, unsigned open_flags, int wake_fd);

/**
 * NULL until opened.  Mode, path and banner may be read by any thread once it is not NULL; they change only between
 * jobs (worker_collect() publishes).
 */
const struct store *worker_store(const struct worker *worker);

void worker_post(struct worker *worker, struct worker_job *job, bool urgent);

/** Run `done` of all finished jobs. */
void worker_collect(struct worker *worker);


/** Cancels what waits (their `done` still runs, with cancel set), waits for the running one, closes the store. */
void worker_stop(struct worker *worker);

#endif
