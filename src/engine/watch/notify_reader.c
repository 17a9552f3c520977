/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads: the reader, between notify_reader_start() and the join in notify_reader_stop(); the eventfd stops it.  It
 * writes nothing but its three atomics and the dirty queue.
 */
#include "engine/watch/notify_reader.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/trace.h"

/*
 * After reading little, more is let come together: a wake-up for each event would cost several times the event.  Longer
 * where nothing concerned the tree.
 */
#define PAUSE_MS 2
#define IDLE_PAUSE_MS 20
#define LITTLE 256u
#define AHEAD 10
#define PROMPT_MOST 64 /* reads without a pause, after a rest of twice as many milliseconds */

bool notify_reader_stopping(const struct notify_reader *reader)
{
	struct pollfd stop = { .fd = reader->stop_fd, .events = POLLIN };

	return poll(&stop, 1, 0) > 0;
}

/*
 * What is shown is unknown from now on, not only when the applier comes to it: it may be in the middle of a batch that
 * takes long.
 */
static void lost(struct notify_reader *reader)
{
	if (reader->lost)
		reader->lost(reader->context);
	dirty_tree(reader->dirty, DIR_ROOT);
}

void notify_reader_overflowed(struct notify_reader *reader)
{
	atomic_fetch_add_explicit(&reader->overflows, 1, memory_order_release);
	TRACE(TRACE_WATCH, "overflow");
	lost(reader);
}

void notify_reader_status(const struct notify_reader *reader, struct notify_status *out)
{
	out->events = atomic_load_explicit(&reader->events, memory_order_relaxed);
	out->overflows = atomic_load_explicit(&reader->overflows, memory_order_acquire);
	out->failed = atomic_load_explicit(&reader->failed, memory_order_acquire);
}

/* Reads that need not wait: each pause that was not needed gives one. */
struct credit {
	int64_t since_ns;
	int64_t reads;
};

static bool may_go_on(struct credit *credit, int pause_ms)
{
	int64_t now_ns = clock_mono_ns(), earned = (now_ns - credit->since_ns) / (pause_ms * INT64_C(1000000));

	if (earned) {
		credit->reads = credit->reads + earned < PROMPT_MOST ? credit->reads + earned : PROMPT_MOST;
		credit->since_ns = now_ns;
	}
	credit->reads -= credit->reads > 0;
	return credit->reads > 0;
}

static void *run(void *context)
{
	struct notify_reader *reader = context;
	struct pollfd fds[] = { { .fd = reader->fd, .events = POLLIN }, { .fd = reader->stop_fd, .events = POLLIN } };
	struct credit credit = {0};
	unsigned count;
	int failed = 0;

	/* Where it may, ahead of those who write: it needs little, but in time. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), getpriority(PRIO_PROCESS, 0) - AHEAD);
	while (!failed && !fds[1].revents) {
		if (poll(fds, 2, -1) < 0) {
			failed = errno == EINTR ? 0 : -errno;
		} else if (fds[0].revents & ~POLLIN) {
			failed = -EBADF;
		} else if (fds[0].revents && !fds[1].revents) {
			failed = reader->drain(reader->backend, &count);
			int pause_ms = count ? PAUSE_MS : IDLE_PAUSE_MS;

			if (!failed && count < LITTLE && !(reader->prompt && may_go_on(&credit, pause_ms)))
				poll(&fds[1], 1, pause_ms);
		}
	}
	if (failed) {
		atomic_store_explicit(&reader->failed, failed, memory_order_release);
		lost(reader);
	}
	return NULL;
}

int notify_reader_start(struct notify_reader *reader, struct err *err)
{
	sigset_t all, before;
	int result;

	reader->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (reader->stop_fd < 0)
		return err_set(err, -errno, "eventfd: %s", strerror(errno));
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	result = -pthread_create(&reader->thread, NULL, run, reader);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (result) {
		close(reader->stop_fd);
		err_set(err, result, "no thread: %s", strerror(-result));
	}
	return result;
}

void notify_reader_stop(struct notify_reader *reader)
{
	uint64_t one = 1;

	/* An eventfd of our own with room in it. */
	while (write(reader->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(reader->thread, NULL);
	close(reader->stop_fd);
}
