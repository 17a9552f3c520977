/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store's thread: order, urgency, results on the collecting thread, and an end that loses nothing. */
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "store/snapshot/snapshot.h"
#include "store/db/worker.h"
#include "store_fixture.h"
#include "store_model.h"

static struct fixture f;
static int wake_fd;
static pthread_t collector;

static void setup(void)
{
	fixture_begin(&f);
	wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	cr_assert_geq(wake_fd, 0);
	collector = pthread_self();
}

static void teardown(void)
{
	close(wake_fd);
	fixture_end(&f);
}

TestSuite(worker, .init = setup, .fini = teardown, .timeout = 120);

static int order[64], ran, done;

struct job {
	struct worker_job job; /* first: job and its view by the worker share an address */
	int number;
	bool cancelled;
	_Atomic bool *started, *gate; /* set when it runs; it ends when the gate opens */
	struct tree *tree;
	int64_t id;
	int rc;
};

static void finish(struct worker_job *base)
{
	struct job *job = (struct job *)base;

	cr_assert(pthread_equal(pthread_self(), collector));
	job->cancelled = atomic_load(&base->cancel);
	done++;
}

static void count(struct worker_job *base, struct store *store)
{
	struct job *job = (struct job *)base;

	cr_assert(!pthread_equal(pthread_self(), collector));
	cr_assert_not_null(store);
	if (job->started)
		atomic_store(job->started, true);
	while (job->gate && !atomic_load(job->gate))
		sched_yield();
	order[ran++] = job->number;
}

static struct job make(int number)
{
	return (struct job){.job = {.run = count, .done = finish}, .number = number};
}

static void wait_for_results(struct worker *worker, int n)
{
	while (done < n) {
		struct pollfd poll_fd = {.fd = wake_fd, .events = POLLIN};
		uint64_t value;

		cr_assert_eq(poll(&poll_fd, 1, 60000), 1, "no wake-up");
		(void)!read(wake_fd, &value, sizeof(value));
		worker_collect(worker);
	}
}

Test(worker, runs_in_order_urgent_first)
{
	struct worker *worker = worker_start(f.path, STORE_CREATE, wake_fd);
	_Atomic bool gate = false;
	struct job jobs[6];

	cr_assert_not_null(worker);
	for (int i = 0; i < 6; i++)
		jobs[i] = make(i);
	jobs[0].gate = &gate;
	worker_post(worker, &jobs[0].job, true); /* holds the thread until all are posted */
	for (int i = 1; i < 6; i++)
		worker_post(worker, &jobs[i].job, i > 3);
	atomic_store(&gate, true);
	wait_for_results(worker, 6);
	static const int expected[] = {0, 4, 5, 1, 2, 3};

	cr_assert_arr_eq(order, expected, sizeof(expected));
	cr_assert_not_null(worker_store(worker));
	cr_assert_eq(store_mode(worker_store(worker)), STORE_READ_WRITE);
	worker_stop(worker);
	cr_assert_eq(done, 6);
	for (int i = 0; i < 6; i++)
		cr_assert_not(jobs[i].cancelled);
}

Test(worker, wakes_when_the_store_is_open)
{
	cr_assert_eq(rmdir(f.folder), 0); /* made again with the file */
	struct worker *worker = worker_start(f.path, STORE_CREATE, wake_fd);
	struct pollfd poll_fd = {.fd = wake_fd, .events = POLLIN};

	cr_assert_eq(poll(&poll_fd, 1, 60000), 1);
	cr_assert_not_null(worker_store(worker));
	worker_stop(worker);
}

Test(worker, stop_cancels_what_waits_and_keeps_what_runs)
{
	struct worker *worker = worker_start(f.path, STORE_CREATE, wake_fd);
	_Atomic bool gate = false, started = false;
	struct job running = make(0), waiting = make(1), urgent = make(2);

	running.gate = &gate;
	running.started = &started;
	worker_post(worker, &running.job, false);
	while (!atomic_load(&started))
		sched_yield();
	worker_post(worker, &waiting.job, false);
	worker_post(worker, &urgent.job, true);
	atomic_store(&gate, true);
	worker_stop(worker);
	cr_assert_eq(done, 3);
	cr_assert_not(running.cancelled);
	/* The two either ran before the stop was seen, or were cancelled: never both, never neither. */
	cr_assert_eq(ran, 3 - waiting.cancelled - urgent.cancelled);
}

static void save(struct worker_job *base, struct store *store)
{
	struct job *job = (struct job *)base;
	struct snapshot_meta meta = {.options = "", .finished_at = 5};
	struct err err;

	atomic_store(job->started, true);
	job->rc = snapshot_save(store, job->tree, &meta, &base->cancel, &job->id, &err);
}

Test(worker, a_save_in_progress_is_not_lost)
{
	struct worker *worker = worker_start(f.path, STORE_CREATE, wake_fd);
	_Atomic bool started = false;
	struct job job = make(0);
	struct model model;

	model_begin(&model, 1, "/x");
	model_grow(&model, 200, 2000);
	job.tree = model_tree(&model);
	job.job.run = save;
	job.started = &started;
	worker_post(worker, &job.job, false);
	while (!atomic_load(&started))
		sched_yield();
	worker_stop(worker);
	cr_assert_eq(job.rc, 0);
	struct store *store = fixture_open(&f, STORE_STRICT);

	cr_assert_eq(fixture_number(store, "SELECT count(*) FROM snapshots"), 1);
	store_close(store);
	tree_destroy(job.tree);
	model_end(&model);
}

static struct worker *posting_to;
static struct job second;

static void finish_and_post(struct worker_job *job)
{
	finish(job);
	second = make(1);
	worker_post(posting_to, &second.job, false);
}

Test(worker, done_may_post)
{
	struct job first = make(0);

	posting_to = worker_start(f.path, STORE_CREATE, wake_fd);
	first.job.done = finish_and_post;
	worker_post(posting_to, &first.job, false);
	wait_for_results(posting_to, 2);
	worker_stop(posting_to);
	cr_assert_eq(ran, 2);
}

Test(worker, done_may_post_while_stopping)
{
	struct job first = make(0);

	posting_to = worker_start(f.path, STORE_CREATE, wake_fd);
	first.job.done = finish_and_post;
	worker_post(posting_to, &first.job, false);
	worker_stop(posting_to);
	cr_assert_eq(done, 2);
	cr_assert(second.cancelled);
}

Test(worker, no_database_is_no_reason_to_stop)
{
	struct worker *worker = worker_start("/proc/nothing/data.db", STORE_CREATE, wake_fd);
	struct job job = make(0);

	worker_post(worker, &job.job, false);
	wait_for_results(worker, 1);
	cr_assert_eq(store_mode(worker_store(worker)), STORE_MEMORY);
	cr_assert_not_null(store_banner(worker_store(worker)));
	worker_stop(worker);
}
