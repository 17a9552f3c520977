/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two threads share a struct worker: the owner's (posts, collects, stops) and the store's (runs).  `lock` guards the
 * three queues and `stopping`; no callback is called under it.
 *
 *   owner: worker_post() ──> urgent, waiting ──> store thread: run() ──> finished ──eventfd──> owner: worker_collect():
 *   done()
 *
 * The store is opened by the store's thread and published once, with release.  Stopping: `stopping` is set under the
 * lock; the store's thread finishes the job it is in and ends; the owner joins it, is then alone, calls what is left to
 * call, and closes the store.
 */
#include "store/db/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

struct job_queue {
	struct worker_job *first, **end;
};

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t posted;
	struct job_queue urgent, waiting, finished;
	bool stopping;
	int wake_fd;
	unsigned open_flags;
	char *path;
	/* Written once by the store's thread (release); read by anyone (acquire). */
	_Atomic(struct store *) store;
};

static void queue_init(struct job_queue *queue)
{
	queue->first = NULL;
	queue->end = &queue->first;
}

static void queue_put(struct job_queue *queue, struct worker_job *job)
{
	job->next = NULL;
	*queue->end = job;
	queue->end = &job->next;
}

static struct worker_job *queue_take(struct job_queue *queue)
{
	struct worker_job *job = queue->first;

	if (job) {
		queue->first = job->next;
		if (!queue->first)
			queue->end = &queue->first;
	}
	return job;
}

static void wake(const struct worker *worker)
{
	uint64_t one = 1;

	while (worker->wake_fd >= 0 && write(worker->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* The job to run next, waited for; NULL when it is time to stop.  `finished` is the one just run. */
static struct worker_job *next_job(struct worker *worker, struct worker_job *finished)
{
	struct worker_job *job;

	pthread_mutex_lock(&worker->lock);
	if (finished)
		queue_put(&worker->finished, finished);
	wake(worker); /* a result, or (the first time) the store itself */
	while (!worker->stopping && !worker->urgent.first && !worker->waiting.first)
		pthread_cond_wait(&worker->posted, &worker->lock);
	if (worker->stopping)
		job = NULL;
	else if (!(job = queue_take(&worker->urgent)))
		job = queue_take(&worker->waiting);
	pthread_mutex_unlock(&worker->lock);
	return job;
}

static void *run(void *argument)
{
	struct worker *worker = argument;
	struct store *store = NULL;
	struct worker_job *job = NULL;

	if (store_open(worker->path, worker->open_flags, &store, NULL))
		store = NULL;
	atomic_store_explicit(&worker->store, store, memory_order_release); /* pairs with worker_store() */
	while ((job = next_job(worker, job))) {
		if (store)
			job->run(job, store);
		else /* not even a database in memory: there is nothing to run it with */
			atomic_store_explicit(&job->cancel, true, memory_order_relaxed);
	}
	return NULL;
}

struct worker *worker_start(const char *path, unsigned open_flags, int wake_fd)
{
	struct worker *worker = alloc_zero(struct worker);
	int rc;

	if (!worker)
		return NULL;
	worker->path = alloc_copy(path, strlen(path));
	worker->open_flags = open_flags;
	worker->wake_fd = wake_fd;
	queue_init(&worker->urgent);
	queue_init(&worker->waiting);
	queue_init(&worker->finished);
	rc = worker->path ? pthread_mutex_init(&worker->lock, NULL) : ENOMEM;
	if (rc)
		goto no_lock;
	rc = pthread_cond_init(&worker->posted, NULL);
	if (rc)
		goto no_condition;
	rc = pthread_create(&worker->thread, NULL, run, worker);
	if (rc)
		goto no_thread;
	return worker;

no_thread:
	pthread_cond_destroy(&worker->posted);
no_condition:
	pthread_mutex_destroy(&worker->lock);
no_lock:
	free(worker->path);
	free(worker);
	errno = rc;
	return NULL;
}

const struct store *worker_store(const struct worker *worker)
{
	return atomic_load_explicit(&worker->store, memory_order_acquire); /* pairs with run() */
}

void worker_post(struct worker *worker, struct worker_job *job, bool urgent)
{
	pthread_mutex_lock(&worker->lock);
	queue_put(urgent ? &worker->urgent : &worker->waiting, job);
	pthread_cond_signal(&worker->posted);
	pthread_mutex_unlock(&worker->lock);
}

void worker_collect(struct worker *worker)
{
	struct worker_job *job;

	do { /* one at a time: done() may post, or end the program's interest in the others by cancelling them */
		pthread_mutex_lock(&worker->lock);
		job = queue_take(&worker->finished);
		pthread_mutex_unlock(&worker->lock);
		if (job)
			job->done(job);
	} while (job);
}

void worker_stop(struct worker *worker)
{
	struct worker_job *job;

	if (!worker)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->stopping = true;
	pthread_cond_signal(&worker->posted);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	worker_collect(worker);
	/* Alone from here on; done() may still post, which then is cancelled too. */
	while ((job = queue_take(&worker->urgent)) || (job = queue_take(&worker->waiting))) {
		atomic_store_explicit(&job->cancel, true, memory_order_relaxed);
		job->done(job);
	}
	store_close(atomic_load_explicit(&worker->store, memory_order_relaxed));
	pthread_cond_destroy(&worker->posted);
	pthread_mutex_destroy(&worker->lock);
	free(worker->path);
	free(worker);
}
