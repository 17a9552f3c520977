/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads: one per task, detached; it runs task->run() and puts the task on the finished list under the lock.
 * The loop's thread starts, collects and stops.  `lock` guards the lists; the eventfd is written under it, so that
 * nothing of ours is touched after tasks_stop().
 * A task that hangs in the kernel is left alone by tasks_stop(): it still holds `tasks`, so that tasks_destroy() must
 * not be called then.
 */
#include "ui/model/task.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

struct tasks {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	struct task *running;  /* all not finished */
	struct task *finished; /* newest first */
	int wake_fd;
};

struct tasks *tasks_create(int wake_fd)
{
	struct tasks *tasks = alloc_zero(struct tasks);
	pthread_condattr_t monotonic;

	if (!tasks)
		return NULL;
	pthread_mutex_init(&tasks->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&tasks->ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
	tasks->wake_fd = wake_fd;
	return tasks;
}

static void finish(struct task *task)
{
	struct tasks *tasks = task->tasks;

	pthread_mutex_lock(&tasks->lock);
	for (struct task **link = &tasks->running; *link; link = &(*link)->next)
		if (*link == task) {
			*link = task->next;
			break;
		}
	task->next = tasks->finished;
	tasks->finished = task;
	if (tasks->wake_fd >= 0) {
		uint64_t one = 1;
		ssize_t written = write(tasks->wake_fd, &one, sizeof(one));

		(void)written; /* full = the loop is awake anyway */
	}
	pthread_cond_broadcast(&tasks->ended);
	pthread_mutex_unlock(&tasks->lock);
}

static void *run(void *argument)
{
	struct task *task = argument;

	task->run(task);
	finish(task);
	return NULL;
}

void tasks_start(struct tasks *tasks, struct task *task, void (*run_it)(struct task *task),
                 void (*done)(struct task *task))
{
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;
	int rc;

	task->run = run_it;
	task->done = done;
	task->tasks = tasks;
	pthread_mutex_lock(&tasks->lock);
	task->next = tasks->running;
	tasks->running = task;
	pthread_mutex_unlock(&tasks->lock);

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &detached, run, task);
	pthread_attr_destroy(&detached);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		run(task);
}

struct call {
	struct task task;
	void (*function)(void *object);
	void *object;
};

static void run_call(struct task *task)
{
	struct call *call = (struct call *)task;

	call->function(call->object);
}

static void free_call(struct task *task)
{
	free(task);
}

bool tasks_call(struct tasks *tasks, void (*function)(void *object), void *object)
{
	struct call *call = alloc_zero(struct call);

	if (!call)
		return false;
	call->function = function;
	call->object = object;
	tasks_start(tasks, &call->task, run_call, free_call);
	return true;
}

void tasks_collect(struct tasks *tasks)
{
	struct task *list, *task, *oldest = NULL;

	pthread_mutex_lock(&tasks->lock);
	list = tasks->finished;
	tasks->finished = NULL;
	pthread_mutex_unlock(&tasks->lock);
	while ((task = list)) {
		list = task->next;
		task->next = oldest;
		oldest = task;
	}
	while ((task = oldest)) {
		oldest = task->next;
		task->done(task);
	}
}

bool tasks_stop(struct tasks *tasks, int64_t timeout_ns)
{
	struct timespec until;
	bool ended;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(timeout_ns / 1000000000);
	until.tv_nsec += (long)(timeout_ns % 1000000000);
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&tasks->lock);
	for (struct task *task = tasks->running; task; task = task->next)
		atomic_store_explicit(&task->cancel, true, memory_order_relaxed);
	while (tasks->running && pthread_cond_timedwait(&tasks->ended, &tasks->lock, &until) == 0)
		;
	ended = !tasks->running;
	if (!ended)
		tasks->wake_fd = -1; /* closed soon: nobody is to be woken any more */
	pthread_mutex_unlock(&tasks->lock);
	tasks_collect(tasks);
	return ended;
}

void tasks_destroy(struct tasks *tasks)
{
	if (!tasks)
		return;
	pthread_cond_destroy(&tasks->ended);
	pthread_mutex_destroy(&tasks->lock);
	free(tasks);
}
