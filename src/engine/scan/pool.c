/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/trace.h"
#include "engine/scan/scan_state.h"

/*
 * The workers of a scan.  Each takes work from what the screen looks at, then from its own deque (the directory listed
 * last: its parent's descriptor is open and its inodes are warm), then from the others' (the one listed first: likely
 * the largest part).
 *
 * Who has nothing sleeps.  No wake-up is lost:
 *
 *     sleeper                               who pushed
 *       idle++              (seq_cst)         push: bottom = b + 1   (seq_cst)
 *       e = event           (seq_cst)         if idle (seq_cst) > 0:
 *       look at all deques  (seq_cst)            event++ (seq_cst), futex wake
 *       futex wait while event = e
 *
 * Either the sleeper's look finds the item, or its idle++ came first and the pusher wakes it: event has then changed,
 * and the wait returns.
 *
 * The end: whoever lowers the root's pending to 0, or cancels, or runs out of memory, sets `stop` once and wakes all.
 * Workers look at it after every system call, before they touch the tree; so a worker that was stuck in one and is
 * abandoned does no harm when it returns.
 */

#define STACK_BYTES ((size_t)256 << 10)
#define NICER 5
#define HANGS_NS 200000000    /* a stopped worker that is still in one call after that hangs */
#define STARVES_NS 5000000000 /* one that only waits for a processor is given longer */

static long futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
	return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* ---- sharing ---- */

static uint64_t steal(struct scan_worker *worker)
{
	struct scan *scan = worker->scan;
	unsigned n = scan->threads;

	worker->random = worker->random * 1664525u + 1013904223u;
	for (unsigned i = 0, at = (worker->random >> 8) % n; i < n; i++, at = at + 1 < n ? at + 1 : 0) {
		struct scan_worker *victim = &scan->workers[at];

		if (victim == worker)
			continue;
		/* An attempt that lost a race says nothing about the deque. */
		do {
			uint64_t item = deque_steal(&victim->deque);

			if (item) {
				TRACE(TRACE_SCAN, "steal from worker %u", at);
				return item;
			}
		} while (deque_size(&victim->deque));
	}
	return 0;
}

static uint64_t park(struct scan_worker *worker)
{
	struct scan *scan = worker->scan;

	atomic_fetch_add_explicit(&scan->idle, 1, memory_order_seq_cst);
	uint32_t event = atomic_load_explicit(&scan->event, memory_order_seq_cst);
	uint64_t item = steal(worker);

	if (!item && !pool_stopped(scan))
		futex(&scan->event, FUTEX_WAIT, event);
	atomic_fetch_sub_explicit(&scan->idle, 1, memory_order_seq_cst);
	return item;
}

void pool_wake(struct scan *scan, uint32_t n)
{
	uint32_t idle = atomic_load_explicit(&scan->idle, memory_order_seq_cst);

	if (!idle || !n)
		return;
	atomic_fetch_add_explicit(&scan->event, 1, memory_order_seq_cst);
	futex(&scan->event, FUTEX_WAKE, n < idle ? n : idle);
}

int pool_push(struct scan_worker *worker, uint64_t item)
{
	int result = deque_push(&worker->deque, item);

	if (result)
		pool_fail(worker->scan, -ENOMEM);
	return result;
}

/* ---- life ---- */

void pool_wake_loop(const struct scan *scan)
{
	const uint64_t one = 1;

	if (scan->rules.options.wake_fd >= 0)
		while (write(scan->rules.options.wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
}

void pool_stop(struct scan *scan, enum scan_state state)
{
	int running = 0;

	atomic_compare_exchange_strong_explicit(&scan->stop, &running, (int)state, memory_order_acq_rel,
	                                        memory_order_relaxed);
	atomic_fetch_add_explicit(&scan->event, 1, memory_order_seq_cst);
	futex(&scan->event, FUTEX_WAKE, INT_MAX);
}

void pool_fail(struct scan *scan, int error)
{
	pthread_mutex_lock(&scan->lock);
	if (scan->error.text[0])
		; /* the first reason is the one to tell */
	else if (error == -ENOMEM)
		err_set(&scan->error, error, "%s",
		        _("out of memory while scanning: close other programs or scan a smaller folder"));
	else if (error == -EMFILE || error == -ENFILE)
		err_set(&scan->error, error, _("folders cannot be opened (%s): allow more open files (ulimit -n)"),
		        strerror(-error));
	else
		err_set(&scan->error, error, "%s",
		        _("a remembered list of files cannot be read any more: scan without --warm"));
	pthread_mutex_unlock(&scan->lock);
	pool_stop(scan, SCAN_FAILED);
}

static void leave(struct scan *scan)
{
	if (atomic_fetch_sub_explicit(&scan->alive, 1, memory_order_acq_rel) != 1)
		return;
	/*
	 * Nobody opens anything any more: a scan that is kept for its figures does not keep a medium from being
	 * unmounted.
	 */
	dirfds_destroy(&scan->fds);
	raw_close(scan->raw);
	scan->raw = NULL;
	TRACE(TRACE_SCAN, "end %s", scan->rules.top_path);
	pthread_mutex_lock(&scan->lock);
	scan->finished_ns = clock_mono_ns();
	scan->finished_wall_s = clock_wall_s();
	pthread_cond_broadcast(&scan->left);
	pthread_mutex_unlock(&scan->lock);
	pool_wake_loop(scan);
}

static void *run(void *argument)
{
	struct scan_worker *worker = argument;
	struct scan *scan = worker->scan;
	int self = (int)syscall(SYS_gettid);

	atomic_store_explicit(&worker->tid, self, memory_order_relaxed);
	/* Never in the way of the screen. */
	errno = 0;
	int nice = getpriority(PRIO_PROCESS, (id_t)self);

	if (!errno)
		(void)setpriority(PRIO_PROCESS, (id_t)self, nice + NICER);
	while (!pool_stopped(scan)) {
		if (scan->work->urgent(worker))
			continue;
		uint64_t item = deque_pop(&worker->deque);

		if (!item)
			item = steal(worker);
		if (!item)
			item = park(worker);
		if (item)
			scan->work->run(worker, item);
	}
	atomic_store_explicit(&worker->tid, 0, memory_order_relaxed);
	filler_end(&worker->filler);
	leave(scan);
	return NULL;
}

int pool_start(struct scan *scan, const struct pool_work *work, uint64_t first)
{
	unsigned n = scan->threads, started = 0;
	int result = -ENOMEM;
	pthread_attr_t attributes;
	sigset_t all, before;

	scan->workers_memory = alloc_array(n + 1, sizeof(*scan->workers));
	if (!scan->workers_memory)
		return -ENOMEM;
	scan->workers = (struct scan_worker *)(((uintptr_t)scan->workers_memory + 63) & ~(uintptr_t)63);
	for (unsigned i = 0; i < n; i++) {
		struct scan_worker *worker = &scan->workers[i];

		worker->scan = scan;
		worker->random = i * 2654435761u + 1;
		filler_init(&worker->filler, scan->rules.tree);
		if (deque_init(&worker->deque))
			return -ENOMEM;
	}
	scan->work = work;
	if (deque_push(&scan->workers[0].deque, first))
		return -ENOMEM;
	if (pthread_attr_init(&attributes))
		return -ENOMEM;
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_store_explicit(&scan->alive, n, memory_order_relaxed);
	for (; started < n; started++) {
		result = pthread_create(&scan->workers[started].thread, &attributes, run, &scan->workers[started]);
		if (result)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	scan->started = started;
	/* Those that could not be started have left. */
	for (unsigned i = started; started && i < n; i++)
		leave(scan);
	return started ? 0 : -result;
}

bool pool_wait(struct scan *scan, int64_t deadline_ns)
{
	pthread_mutex_lock(&scan->lock);
	while (atomic_load_explicit(&scan->alive, memory_order_acquire)) {
		if (deadline_ns < 0) {
			pthread_cond_wait(&scan->left, &scan->lock);
			continue;
		}
		struct timespec until = {.tv_sec = deadline_ns / 1000000000, .tv_nsec = deadline_ns % 1000000000};

		if (pthread_cond_timedwait(&scan->left, &scan->lock, &until) == ETIMEDOUT)
			break;
	}
	pthread_mutex_unlock(&scan->lock);
	return !atomic_load_explicit(&scan->alive, memory_order_acquire);
}

/* Does the thread sleep in the kernel?  proc_pid_stat(5). */
static bool sleeps(int tid)
{
	char path[64], stat[512];

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, stat, sizeof(stat) - 1) : -1;

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false; /* it is leaving */
	stat[n] = '\0';
	const char *name_end = strrchr(stat, ')');

	return name_end && name_end[1] == ' ' && name_end[2] != 'R';
}

bool pool_hangs(const struct scan *scan, int64_t stopped_ns)
{
	int64_t waited = clock_mono_ns() - stopped_ns;

	if (waited < HANGS_NS)
		return false;
	for (unsigned i = 0; i < scan->started; i++) {
		int tid = atomic_load_explicit(&scan->workers[i].tid, memory_order_relaxed);

		if (tid && sleeps(tid))
			return true;
	}
	return waited > STARVES_NS;
}
