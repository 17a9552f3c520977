/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_TASK_H
#define UI_MODEL_TASK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Work that is too long for a frame and needs no database: sorting a huge folder, reading a directory again.  Each task
 * has a thread of its own; its result comes back to the loop's thread, which owns the task before and after.
 */
struct tasks;

struct task {
	_Atomic bool cancel; /* anyone may set it; run() polls it where it takes long */
	/* task.c's */
	void (*run)(struct task *task);
	void (*done)(struct task *task);
	struct task *next;
	struct tasks *tasks;
};

/** `wake_fd`: an eventfd written when a result waits, or -1.  NULL + errno. */
struct tasks *tasks_create(int wake_fd);

/**
 * Start it: run() on its own thread, done() on the collecting one, which owns and frees it.  When no thread can be had
 * it runs here and now; done() is called by tasks_collect() in any case.
 */
void tasks_start(struct tasks *tasks, struct task *task, void (*run)(struct task *task),
                 void (*done)(struct task *task));

/** A task that only calls a function, whose end nobody waits for.  False without memory. */
bool tasks_call(struct tasks *tasks, void (*function)(void *object), void *object);

/** done() of all finished tasks. */
void tasks_collect(struct tasks *tasks);

/**
 * Cancel all, wait up to timeout_ns for them.  True when all ended (and were collected): then free it with
 * tasks_destroy().
 */
bool tasks_stop(struct tasks *tasks, int64_t timeout_ns);
void tasks_destroy(struct tasks *tasks);

#endif
