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
#define HANGS_NS 200000000      /* a stopped worker that is still in one call after that hangs */
#define STARVES_NS 5000000000   /* one that only waits for a processor is given longer */

static long futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
	return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

/* ---- items: bit 63 set: a slice's address; else directory, descriptor + 1, node ---- */

#define ITEM_SLICE ((uint64_t)1 << 63)
#define ITEM_FD_BITS 20
#define ITEM_FD_SHIFT 32
#define ITEM_NODE_SHIFT (ITEM_FD_SHIFT + ITEM_FD_BITS)

static_assert(ITEM_NODE_SHIFT + MOUNT_NODE_BITS <= 63, "an item is one word");

uint64_t work_dir(dir_id dir, int parent_fd, mount_node node)
{
	return dir | (uint64_t)(uint32_t)(parent_fd + 1) << ITEM_FD_SHIFT | (uint64_t)node << ITEM_NODE_SHIFT;
}

uint64_t work_slice(struct buffer *buffer)
{
	return ITEM_SLICE | (uint64_t)(uintptr_t)buffer;
}

struct buffer *work_is_slice(uint64_t item)
{
	return item & ITEM_SLICE ? (struct buffer *)(uintptr_t)(item & ~ITEM_SLICE) : NULL;
}

/* Each directory is read once, whoever comes first. */
static bool claim(struct scan *scan, dir_id dir)
{
	struct node_cold *cold = tree_cold_mutable(scan->tree, dir);

	return !(atomic_fetch_or_explicit(&cold->flags, DIR_CLAIMED, memory_order_acq_rel) & DIR_CLAIMED);
}

static void work(struct worker *worker, uint64_t item)
{
	struct scan *scan = worker->scan;
	struct buffer *slice = work_is_slice(item);

	if (slice) {
		read_slice(worker, slice);
		return;
	}
	dir_id dir = (dir_id)item;
	int fd = (int)(item >> ITEM_FD_SHIFT & ((1u << ITEM_FD_BITS) - 1)) - 1;

	if (claim(scan, dir))
		read_directory(worker, dir, fd, (mount_node)(item >> ITEM_NODE_SHIFT));
	else if (fd >= 0)
		dirfds_drop(&scan->fds, fd);
}

/* ---- what the screen looks at ---- */

/* The focused directory, then its children.  True when one was read. */
static bool read_focus(struct worker *worker)
{
	struct scan *scan = worker->scan;
	uint64_t focus = atomic_load_explicit(&scan->focus, memory_order_acquire);
	dir_id dir = (dir_id)(focus >> 32);

	if (dir == DIR_NONE)
		return false;
	if (claim(scan, dir)) {
		read_directory(worker, dir, -1, scan_node_of(scan, dir));
		return true;
	}
	/* Nobody may take its subdirectories before they are known to all. */
	if (!(atomic_load_explicit(&tree_cold_mutable(scan->tree, dir)->flags, memory_order_acquire) & DIR_LISTED))
		return false; /* somebody is at it */
	const struct node_block *block = tree_block(scan->tree, dir);
	uint32_t row = (uint32_t)focus, count = tree_count(block);

	for (; row < count; row++) {
		struct node node;

		tree_node(scan->tree, block, row, &node);
		if (node.dir == DIR_NONE || node.complete || tree_block(scan->tree, node.dir))
			continue;
		/* Move on first: another worker then looks at the next row. */
		if (!atomic_compare_exchange_strong_explicit(&scan->focus, &focus, (uint64_t)dir << 32 | (row + 1),
		                                             memory_order_acq_rel, memory_order_relaxed))
			return false;
		if (!claim(scan, node.dir))
			return false;
		read_directory(worker, node.dir, -1, scan_node_of(scan, node.dir));
		return true;
	}
	atomic_compare_exchange_strong_explicit(&scan->focus, &focus, 0, memory_order_acq_rel, memory_order_relaxed);
	return false;
}

/* ---- sharing ---- */

static uint64_t steal(struct worker *worker)
{
	struct scan *scan = worker->scan;
	unsigned n = scan->threads;

	worker->random = worker->random * 1664525u + 1013904223u;
	for (unsigned i = 0, at = (worker->random >> 8) % n; i < n; i++, at = at + 1 < n ? at + 1 : 0) {
		struct worker *victim = &scan->workers[at];

		if (victim == worker)
			continue;
		/* An attempt that lost a race says nothing about the deque. */
		do {
			uint64_t item = deque_steal(&victim->deque);

			if (item)
				return item;
		} while (deque_size(&victim->deque));
	}
	return 0;
}

static uint64_t park(struct worker *worker)
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

int pool_push(struct worker *worker, uint64_t item)
{
	int result = deque_push(&worker->deque, item);

	if (result)
		pool_fail(worker->scan, -ENOMEM);
	return result;
}

/* ---- life ---- */

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
	pthread_mutex_lock(&scan->lock);
	scan->finished_ns = clock_mono_ns();
	scan->finished_wall_s = clock_wall_s();
	pthread_cond_broadcast(&scan->left);
	pthread_mutex_unlock(&scan->lock);
	scan_wake(scan);
}

static void *run(void *argument)
{
	struct worker *worker = argument;
	struct scan *scan = worker->scan;
	int self = (int)syscall(SYS_gettid);

	atomic_store_explicit(&worker->tid, self, memory_order_relaxed);
	/* Never in the way of the screen. */
	errno = 0;
	int nice = getpriority(PRIO_PROCESS, (id_t)self);

	if (!errno)
		(void)setpriority(PRIO_PROCESS, (id_t)self, nice + NICER);
	while (!pool_stopped(scan)) {
		if (read_focus(worker))
			continue;
		uint64_t item = deque_pop(&worker->deque);

		if (!item)
			item = steal(worker);
		if (!item)
			item = park(worker);
		if (item)
			work(worker, item);
	}
	atomic_store_explicit(&worker->tid, 0, memory_order_relaxed);
	filler_end(&worker->filler);
	leave(scan);
	return NULL;
}

int pool_start(struct scan *scan)
{
	unsigned n = scan->threads, started = 0;
	int result = -ENOMEM;
	pthread_attr_t attributes;
	sigset_t all, before;

	scan->workers_memory = alloc_array(n + 1, sizeof *scan->workers);
	if (!scan->workers_memory)
		return -ENOMEM;
	scan->workers = (struct worker *)(((uintptr_t)scan->workers_memory + 63) & ~(uintptr_t)63);
	for (unsigned i = 0; i < n; i++) {
		struct worker *worker = &scan->workers[i];

		worker->scan = scan;
		worker->random = i * 2654435761u + 1;
		filler_init(&worker->filler, scan->tree);
		if (deque_init(&worker->deque))
			return -ENOMEM;
	}
	if (deque_push(&scan->workers[0].deque, work_dir(scan->top, -1, scan_node_of(scan, scan->top))))
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
		struct timespec until = { .tv_sec = deadline_ns / 1000000000, .tv_nsec = deadline_ns % 1000000000 };

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

	snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, stat, sizeof stat - 1) : -1;

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
