/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/watcher.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/trace.h"
#include "engine/watch/apply.h"
#include "engine/watch/live_growth.h"
#include "engine/watch/own_database.h"
#include "engine/scan/mounts.h"
#include "engine/watch/poll.h"
#include "engine/watch/recheck.h"
#include "engine/tree/tree_state.h"

/*
 * Threads: the reader (notify.c) marks the dirty queue; the applier, here, takes it and changes the tree; anybody asks
 * for live figures.
 *
 *   events ─ reader ─▶ dirty queue ─▶ applier: apply.c ─▶ tree, live figures, sink
 *                          ▲ recheck, poll, watcher_look()
 *
 * The applier sleeps in poll() on one eventfd: the queue writes it when it turns non-empty, everybody else to be heard;
 * and on what tells of mounts, and of the root itself.  A batch is taken at once when the last one is a tick ago
 * (leading edge), otherwise when the tick is over.  While held it takes nothing.
 *
 * Mounts: the table is read before the scan, and when the kernel says that it is another one; where something was
 * mounted or unmounted the row is dirty.
 * The root: before each batch, and whenever something may have happened to it, it is held against the tree.  Once it is
 * gone nothing is applied any more.
 */

#define POLL_AFTER 4 /* this part of the time in which blocks settle */

struct watcher {
	struct watcher_options options;
	struct tree *tree;
	struct dirty *dirty;
	struct notify *notify;
	struct batch_account *account;
	struct apply *apply;
	struct live_growth *live;
	struct recheck *recheck;
	int wake_fd;                 /* eventfd of the applier */
	int mounts_fd, guard_fd;     /* mounts_notify(), root_guard_open(); -1 = cannot be had */
	struct mounts *mounts;       /* as they were before the scan; NULL once the applier runs */
	bool remounted;              /* the applier's: the table of mounts is to be read again */
	/* enum root_fate; the applier stores (release), anyone loads (acquire); so with the next two */
	_Atomic int fate;
	_Atomic int64_t gone_s;
	_Atomic bool back;
	pthread_t thread;
	bool running;
	_Atomic bool stop;           /* anyone stores, the applier loads (relaxed; the eventfd orders) */
	pthread_mutex_t lock;        /* of the following five */
	pthread_cond_t still;
	unsigned holds;
	bool busy;                   /* a batch is being applied */
	bool cut;                    /* one was stopped half-way */
	_Atomic uint64_t batches, changes;
	/* those whose re-read is complete; the applier stores (release), anyone loads (acquire) */
	_Atomic uint32_t seen_overflows;
	struct poll_rounds rounds;
	struct own_database own;
	struct { dir_id *items; size_t count, capacity; } gone; /* in this batch */
};

static void wake(int fd)
{
	uint64_t one = 1;

	/* A full counter is a wake-up already. */
	if (fd >= 0 && write(fd, &one, sizeof one) < 0 && errno != EAGAIN)
		return;
}

static void opened(void *context, dir_id dir, int fd)
{
	/* Without one it is polled: watcher_status() counts those. */
	(void)notify_add(((struct watcher *)context)->notify, dir, fd);
}

/* A directory that went gives its watch back, or its place among those that got none. */
static void gone(void *context, dir_id dir)
{
	struct watcher *watcher = context;

	notify_remove(watcher->notify, dir);
	if (!watcher->options.reuse_dirs)
		return;
	if (!alloc_room(&watcher->gone.items, &watcher->gone.capacity, watcher->gone.count + 1))
		watcher->gone.items[watcher->gone.count++] = dir;
}

/* The batch, and what was told of it, is over. */
static void give_dirs(struct watcher *watcher)
{
	while (watcher->gone.count)
		tree_give_dir(watcher->tree, watcher->gone.items[--watcher->gone.count]);
}

static bool is_own_database(void *context, dir_id dir, const void *name, size_t length)
{
	return own_database_has(&((const struct watcher *)context)->own, dir, name, length);
}

static bool watched(void *context, dir_id dir)
{
	struct watcher *watcher = context;
	struct notify_status status;

	if (notify_watched(watcher->notify, dir))
		return true;
	notify_status(watcher->notify, &status);
	return status.refused || status.failed;
}

static int64_t recheck_ns(const struct watcher *watcher)
{
	return (int64_t)(watcher->options.recheck_s ? watcher->options.recheck_s : 40) * 1000000000;
}

static void written(void *context, dir_id dir, const void *name, size_t length)
{
	recheck_note(((struct watcher *)context)->recheck, dir, name, length, clock_mono_ns());
}

static void unseen(void *context)
{
	struct watcher *watcher = context;

	poll_want(&watcher->rounds, clock_mono_ns() + recheck_ns(watcher) / POLL_AFTER);
}

/* There is news for whoever looks on.  Any thread. */
static void tell(void *context)
{
	wake(((const struct watcher *)context)->options.wake_fd);
}

void watcher_listen(struct watcher *watcher, struct scan_options *options)
{
	options->opened = opened;
	options->written = written;
	options->written_since_ns = clock_wall_ns() - recheck_ns(watcher);
	options->opened_context = watcher;
}

int watcher_create(const struct watcher_options *options, struct watcher **out, struct err *err)
{
	struct watcher *watcher = alloc_zero(struct watcher);
	int result = -ENOMEM;

	if (!watcher)
		return err_no_memory(err);
	watcher->options = *options;
	own_database_init(&watcher->own, options->own_db);
	watcher->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	watcher->mounts_fd = mounts_notify();
	watcher->guard_fd = options->root ? root_guard_open(options->root) : -1;
	pthread_mutex_init(&watcher->lock, NULL);
	pthread_cond_init(&watcher->still, NULL);
	if (watcher->wake_fd < 0) {
		result = err_set(err, -errno, "no more files can be opened");
		goto fail;
	}
	watcher->dirty = dirty_create(0, watcher->wake_fd);
	watcher->live = live_growth_create(!options->reuse_dirs);
	watcher->recheck = recheck_create(recheck_ns(watcher));
	watcher->mounts = mounts_below(options->root, &options->counting);
	if (!watcher->dirty || !watcher->live || !watcher->recheck || !watcher->mounts) {
		err_no_memory(err);
		goto fail;
	}
	const struct notify_options notifying = {
		.backend = options->backend,
		.root = options->root,
		.share_percent = options->share_percent,
		.dirty = watcher->dirty,
		.lost = tell,
		.context = watcher,
	};

	result = notify_start(&notifying, &watcher->notify, err);
	if (result)
		goto fail;
	*out = watcher;
	return 0;
fail:
	watcher_destroy(watcher);
	return result;
}

/* ---- the applier ---- */

static void grown(void *context, dir_id dir, int64_t alloc_bytes, int64_t apparent_bytes)
{
	live_growth_add_dir(((struct watcher *)context)->live, dir, alloc_bytes, apparent_bytes);
}

static bool is_gone(const struct watcher *watcher)
{
	return atomic_load_explicit(&((struct watcher *)(uintptr_t)watcher)->fate, memory_order_acquire) != ROOT_THERE;
}

/* Something may have happened to the root.  What is gone stays gone, until whoever looks on begins anew. */
static void look_at_root(struct watcher *watcher)
{
	enum root_fate fate = root_guard_fate(watcher->tree);
	bool was_gone = is_gone(watcher);

	if (was_gone || fate != ROOT_THERE) {
		/* From now on the nearest folder that there is tells. */
		if (watcher->guard_fd >= 0)
			close(watcher->guard_fd);
		watcher->guard_fd = root_guard_open(tree_root_path(watcher->tree));
		fate = root_guard_fate(watcher->tree);
	}
	if (!was_gone && fate == ROOT_THERE)
		return;
	if (!was_gone) {
		atomic_store_explicit(&watcher->gone_s, clock_wall_s(), memory_order_relaxed);
		atomic_store_explicit(&watcher->fate, fate, memory_order_release);
		if (watcher->options.root_gone)
			watcher->options.root_gone(watcher->options.context);
	}
	atomic_store_explicit(&watcher->back, fate != ROOT_REMOVED, memory_order_release);
	tell(watcher);
}

/* Nobody asks any more. */
static void drop_marks(struct watcher *watcher)
{
	size_t count;

	dirty_take(watcher->dirty, watcher->tree, &count);
	dirty_release(watcher->dirty);
}

/* False: it was stopped half-way. */
static bool apply_one(struct watcher *watcher)
{
	struct dirty_item ours[OWN_DIRS_MOST];
	struct notify_status before, now;
	struct batch batch = {0};
	size_t count;
	bool whole = false;

	notify_status(watcher->notify, &before);
	const struct dirty_item *items = dirty_take(watcher->dirty, watcher->tree, &count);

	if (own_database_defer(&watcher->own, items, count)) {
		dirty_release(watcher->dirty);
		return true;
	}
	own_database_find(&watcher->own, watcher->tree);
	for (size_t i = 0; i < count; i++) {
		batch.events += items[i].events;
		whole |= items[i].dir == DIR_ROOT && items[i].kind == DIRTY_TREE;
	}
	/*
	 * An overflow in between may have made the mark that was taken, without being counted here: once more, or it
	 * would count as not read for ever.
	 */
	notify_status(watcher->notify, &now);
	if (whole && now.overflows != before.overflows)
		dirty_tree(watcher->dirty, DIR_ROOT);
	batch_begin(watcher->account);
	int result = apply_batch(watcher->apply, items, count);

	dirty_release(watcher->dirty);
	if (result == -ESTALE)
		look_at_root(watcher);
	/* Somebody changed something: what waited in our own folders goes with it. */
	size_t own_count = result ? 0 : own_database_take(&watcher->own, ours);

	if (own_count)
		result = apply_batch(watcher->apply, ours, own_count);
	batch_finish(watcher->account, &batch);
	if (whole && !result) {
		uint32_t seen = atomic_load_explicit(&watcher->seen_overflows, memory_order_relaxed);

		batch.overflows = before.overflows - seen;
		atomic_store_explicit(&watcher->seen_overflows, before.overflows, memory_order_release);
	}
	TRACE(TRACE_WATCH, "batch: %zu directories to look at, %llu events, %zu changes, %u overflows: %d", count,
	      (unsigned long long)batch.events, batch.change_count, (unsigned)batch.overflows, result);
	batch_growth(watcher->account, grown, watcher);
	if (batch.change_count || batch.dir_count || batch.overflows || batch.incomplete) {
		batch.number = atomic_fetch_add_explicit(&watcher->batches, 1, memory_order_relaxed) + 1;
		atomic_fetch_add_explicit(&watcher->changes, batch.change_count, memory_order_relaxed);
		batch.time_s = clock_wall_s();
		if (watcher->options.sink)
			watcher->options.sink(watcher->options.context, &batch);
		tell(watcher);
	}
	give_dirs(watcher);
	return result != -ECANCELED;
}

/* Wait until `until_ns`, a wake-up, or news of mounts or the root. */
static void sleep_until(struct watcher *watcher, int64_t until_ns)
{
	struct pollfd fds[] = {
		{.fd = watcher->wake_fd, .events = POLLIN},
		{.fd = watcher->mounts_fd, .events = POLLPRI},
		{.fd = watcher->guard_fd, .events = POLLIN},
	};
	int64_t now = clock_mono_ns();
	uint64_t n;
	int wait_ms = until_ns == INT64_MAX                ? -1
	            : until_ns <= now                      ? 0
	            : (until_ns - now) / 1000000 > 3600000 ? 3600000
	                                                   : (int)((until_ns - now + 999999) / 1000000);

	if (poll(fds, 3, wait_ms) <= 0)
		return;
	if (fds[0].revents && read(watcher->wake_fd, &n, sizeof n) < 0 && errno != EAGAIN)
		return;
	watcher->remounted |= fds[1].revents != 0;
	if (fds[2].revents)
		root_guard_take(watcher->guard_fd);
	if (fds[1].revents || fds[2].revents)
		look_at_root(watcher);
}

/* Nobody holds it: a batch may begin.  Otherwise waits until then, or for the end. */
static bool begin_batch(struct watcher *watcher)
{
	pthread_mutex_lock(&watcher->lock);
	while (watcher->holds && !atomic_load_explicit(&watcher->stop, memory_order_relaxed))
		pthread_cond_wait(&watcher->still, &watcher->lock);
	watcher->busy = watcher->holds == 0;
	bool go = watcher->busy;

	pthread_mutex_unlock(&watcher->lock);
	return go;
}

static void end_batch(struct watcher *watcher, bool cut)
{
	pthread_mutex_lock(&watcher->lock);
	watcher->busy = false;
	watcher->cut |= cut;
	pthread_cond_broadcast(&watcher->still);
	pthread_mutex_unlock(&watcher->lock);
}

/* What no event tells of.  Returns when to come again. */
static int64_t look_in_turn(struct watcher *watcher, int64_t now)
{
	int64_t next = recheck_run(watcher->recheck, watcher->dirty, now);
	int64_t poll_ns = poll_run(&watcher->rounds, watcher->tree, watcher->notify, watcher->dirty, now);
	int64_t search_ns = apply_link_search(watcher->apply, now);

	next = poll_ns < next ? poll_ns : next;
	return search_ns < next ? search_ns : next;
}

static void *applier(void *argument)
{
	struct watcher *watcher = argument;
	int64_t tick_ns = (int64_t)watcher->options.tick_ms * 1000000, last_ns = INT64_MIN / 2;

	while (!atomic_load_explicit(&watcher->stop, memory_order_relaxed)) {
		int64_t now = clock_mono_ns(), next;

		if (is_gone(watcher)) {
			drop_marks(watcher);
			sleep_until(watcher, INT64_MAX);
			continue;
		}
		next = look_in_turn(watcher, now);
		if (watcher->remounted || !dirty_empty(watcher->dirty)) {
			if (now - last_ns >= tick_ns) {
				bool whole = true;

				if (!begin_batch(watcher))
					break;
				if (watcher->remounted)
					watcher->remounted = apply_mounts(watcher->apply) != 0 && !is_gone(watcher);
				if (!dirty_empty(watcher->dirty))
					whole = apply_one(watcher);
				end_batch(watcher, !whole);
				last_ns = clock_mono_ns();
				continue;
			}
			if (last_ns + tick_ns < next)
				next = last_ns + tick_ns;
		}
		sleep_until(watcher, next);
	}
	return NULL;
}

int watcher_run(struct watcher *watcher, struct tree *tree, struct err *err)
{
	watcher->tree = tree;
	live_growth_follow(watcher->live, tree);
	watcher->account = batch_create(tree);
	if (!watcher->account)
		return err_no_memory(err);
	const struct apply_options options = {
		.tree = tree,
		.counting = watcher->options.counting,
		.mounts = &watcher->mounts,
		.dirty = watcher->dirty,
		.account = watcher->account,
		.opened = opened,
		.opened_context = watcher,
		.written = written,
		.lately_ns = recheck_ns(watcher),
		.rename_wait_ns = INT64_C(1000000) * (watcher->options.rename_wait_ms ?: 200),
		.unseen = unseen,
		.watched = watched,
		.own_database = is_own_database,
		.gone = gone,
		.entry = live_growth_changed,
		.made = live_growth_made,
		.entry_context = watcher->live,
		.stop = &watcher->stop,
	};
	int result = apply_create(&options, &watcher->apply, err);

	if (result)
		return result;
	if (watcher->guard_fd < 0)
		watcher->guard_fd = root_guard_open(tree_root_path(tree));
	own_database_find(&watcher->own, tree);
	result = -pthread_create(&watcher->thread, NULL, applier, watcher);
	if (result)
		return err_set(err, result, "the folder cannot be followed: %s", strerror(-result));
	watcher->running = true;
	return 0;
}

void watcher_hold(struct watcher *watcher)
{
	if (!watcher)
		return;
	pthread_mutex_lock(&watcher->lock);
	watcher->holds++;
	while (watcher->busy)
		pthread_cond_wait(&watcher->still, &watcher->lock);
	pthread_mutex_unlock(&watcher->lock);
}

bool watcher_try_hold(struct watcher *watcher)
{
	bool still;

	pthread_mutex_lock(&watcher->lock);
	still = !watcher->busy;
	watcher->holds += still;
	pthread_mutex_unlock(&watcher->lock);
	return still;
}

void watcher_release(struct watcher *watcher)
{
	if (!watcher)
		return;
	pthread_mutex_lock(&watcher->lock);
	watcher->holds--;
	pthread_cond_broadcast(&watcher->still);
	pthread_mutex_unlock(&watcher->lock);
	wake(watcher->wake_fd);
}

bool watcher_halt(struct watcher *watcher)
{
	atomic_store_explicit(&watcher->stop, true, memory_order_relaxed);
	wake(watcher->wake_fd);
	pthread_mutex_lock(&watcher->lock);
	pthread_cond_broadcast(&watcher->still);
	while (watcher->busy)
		pthread_cond_wait(&watcher->still, &watcher->lock);
	bool whole = !watcher->cut;

	pthread_mutex_unlock(&watcher->lock);
	return whole;
}

bool watcher_watched(const struct watcher *watcher, dir_id dir)
{
	return notify_watched(watcher->notify, dir);
}

bool watcher_unsettled(const struct watcher *watcher)
{
	struct notify_status status;

	notify_status(watcher->notify, &status);
	return status.overflows !=
	       atomic_load_explicit(&((struct watcher *)(uintptr_t)watcher)->seen_overflows, memory_order_acquire);
}

bool watcher_quiet(const struct watcher *of)
{
	struct watcher *watcher = (struct watcher *)(uintptr_t)of;

	pthread_mutex_lock(&watcher->lock);
	bool quiet = !watcher->busy && dirty_empty(watcher->dirty);

	pthread_mutex_unlock(&watcher->lock);
	return quiet && !watcher_unsettled(watcher);
}

struct live_growth *watcher_live(const struct watcher *watcher)
{
	return watcher->live;
}

void watcher_look(struct watcher *watcher, dir_id dir, bool below)
{
	if (below)
		dirty_tree(watcher->dirty, dir);
	else
		dirty_list(watcher->dirty, dir);
}

void watcher_status(const struct watcher *of, struct watcher_status *out)
{
	struct watcher *watcher = (struct watcher *)(uintptr_t)of;
	struct node root;

	*out = (struct watcher_status){ .running = watcher->running, .unsettled = watcher_unsettled(watcher) };
	notify_status(watcher->notify, &out->notify);
	out->fate = (enum root_fate)atomic_load_explicit(&watcher->fate, memory_order_acquire);
	out->gone_s = atomic_load_explicit(&watcher->gone_s, memory_order_relaxed);
	out->back = atomic_load_explicit(&watcher->back, memory_order_acquire);
	out->batches = atomic_load_explicit(&watcher->batches, memory_order_relaxed);
	out->changes = atomic_load_explicit(&watcher->changes, memory_order_relaxed);
	if (watcher->tree) {
		tree_dir_node(watcher->tree, DIR_ROOT, &root);
		out->directories = root.items - root.files + 1;
		/* Not those that nobody enters: excluded ones, mounts. */
		out->polled = out->notify.failed || out->notify.refused > out->directories ? out->directories
		                                                                           : out->notify.refused;
	}
}

void watcher_destroy(struct watcher *watcher)
{
	if (!watcher)
		return;
	if (watcher->running) {
		watcher_halt(watcher);
		pthread_join(watcher->thread, NULL);
	}
	if (watcher->notify)
		notify_stop(watcher->notify);
	apply_destroy(watcher->apply);
	batch_destroy(watcher->account);
	recheck_destroy(watcher->recheck);
	live_growth_destroy(watcher->live);
	dirty_destroy(watcher->dirty);
	if (watcher->wake_fd >= 0)
		close(watcher->wake_fd);
	if (watcher->mounts_fd >= 0)
		close(watcher->mounts_fd);
	if (watcher->guard_fd >= 0)
		close(watcher->guard_fd);
	mounts_free(watcher->mounts);
	pthread_mutex_destroy(&watcher->lock);
	pthread_cond_destroy(&watcher->still);
	own_database_free(&watcher->own);
	free(watcher->gone.items);
	free(watcher);
}
