/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `watch`: a scan that goes on.  Threads: this one scans, stores snapshots and otherwise sleeps in poll() on an
 * eventfd; the applier calls take_batch(); the follower (store/recorder.h) writes overlay and logs with a connection of
 * its own.
 *
 *   applier ── take_batch(): a line on stdout, recorder_sink() ── first change since the last snapshot ──┐
 *   signal handler ────────────────────────────────────────────────────────────────────────────────────┴─ eventfd ─▶
 *   poll(): arm the clock of --flush, or end
 *
 * There is no timer unless something waits to be stored.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/headless.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/retain.h"
#include "cli/service.h"
#include "cli/watch_line.h"
#include "engine/watch/root_guard.h"
#include "engine/watch/watcher.h"
#include "store/record/recorder.h"
#include "store/record/warm_source.h"
#include "store/snapshot/snapshot.h"

#define SHARE_PERCENT 90         /* of max_user_watches */
#define QUIET_NS 20000000        /* at the end: nothing came within this time, so nothing is under way */
#define END_NS 1000000000        /* at the end: wait no longer for a tree that keeps changing */
#define HOLD_NS 500000000        /* wait no longer for a batch to end */
#define AGAIN_NS 1000000000      /* a snapshot was due while a part was unknown */
#define REBASE_NS 10000000000    /* the index is written again no more often */
#define CHUNK 4096               /* PIPE_BUF: a pipe that is ready takes so much without blocking */

struct watch {
	const struct options *options;
	enum notify_backend backend;
	char *root;
	struct scan_counting counting;
	struct exclude *exclude;
	struct buf described;           /* the counting options as text */
	struct store *store;
	char *db;                       /* its path without symbolic links, as changes name it */
	struct recorder *follow;          /* holds the lock: one watch of a folder at a time */
	int wake_fd;
	int snapshot_failed, index_failed; /* why the last try failed, 0 = it did not */
	unsigned opened;                /* store_opened(): more than it was, and the database was replaced */
	struct err lost;                /* it is gone, and there is no other to go on with: why */
	struct watcher *watcher;
	struct tree *tree;
	bool asked;                     /* for a snapshot now, by a signal */
	bool poor;                      /* the applier's: has said that parts are only polled */
	bool deaf;                      /* the applier's: has said that no events can be read */
	const char *trouble;            /* the applier's: what it has said of the follower */
	_Atomic bool rebase;            /* the index is to be written again.  The applier sets, this thread clears */
	/* since the last snapshot.  The applier sets, this thread clears it while the applier stands still */
	_Atomic bool changed;
	_Atomic bool ending;            /* this thread sets it: who reads stdout is not waited for any more */
	_Atomic bool gone;              /* PATH is not there any more, or another folder.  The applier stores */
	/* of writing to stdout; not STATUS_DONE ends the command.  The applier stores */
	_Atomic int status;
};

static void wake(const struct watch *watch)
{
	uint64_t one = 1;

	/* A full counter is a wake-up already. */
	if (write(watch->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return;
}

/* ---- the applier's thread ---- */

/*
 * Does stdout take bytes?  Waits for it unless the command ends: an applier that hangs in write() could not be stopped.
 */
static bool ready(const struct watch *watch)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
	int n;

	do {
		/* The end is rare, and a reader that stands still for longer too: so often is cheap, and only then. */
		n = poll(&out, 1, atomic_load(&watch->ending) ? 0 : 100);
	} while ((n == 0 || (n < 0 && errno == EINTR)) && !atomic_load(&watch->ending));
	return n > 0;
}

static void print(struct watch *watch, struct buf *text)
{
	int status = STATUS_DONE;

	for (size_t done = 0; !text->failed && status == STATUS_DONE && done < text->length;) {
		size_t n = text->length - done < CHUNK ? text->length - done : CHUNK;
		struct buf part = {0};

		if (!ready(watch))
			break;
		buf_add(&part, text->data + done, n);
		done += n;
		status = output_text(&part);
	}
	if (status != STATUS_DONE) {
		atomic_store(&watch->status, status);
		wake(watch);
	}
}

static void say_trouble(struct watch *watch, const struct batch *batch)
{
	char count[TEXT_FIGURE], all[TEXT_FIGURE];
	struct watcher_status now;

	watcher_status(watch->watcher, &now);
	if (batch->overflows)
		output_note("%s", _("more happened than the kernel keeps events for; everything was read again"));
	if (now.notify.refused && !watch->poor)
		output_note(
			_("%s of %s folders cannot be watched and are looked at in turn; fs.inotify.max_user_watches"
			  " limits it"),
			text_count(count, now.polled), text_count(all, now.directories));
	watch->poor = now.notify.refused > 0;
	recorder_watched(watch->follow, !now.polled);
	if (now.notify.failed && !watch->deaf)
		output_note(_("events cannot be read any more (%s); the folders are looked at in turn"),
		            strerror(-now.notify.failed));
	watch->deaf = now.notify.failed != 0;
	const char *trouble = recorder_trouble(watch->follow);

	if (trouble != watch->trouble && *trouble)
		output_note("%s", trouble);
	watch->trouble = trouble;
}

/* Of a folder that is not there any more nothing is stored: that would be a snapshot of something else. */
static bool root_gone(const struct watch *watch)
{
	return root_guard_fate(watch->tree) != ROOT_THERE;
}

static void note_gone(void *context)
{
	struct watch *watch = context;

	atomic_store(&watch->gone, true);
	wake(watch);
}

static void take_batch(void *context, const struct batch *batch)
{
	struct watch *watch = context;
	struct buf line = {0};

	say_trouble(watch, batch);
	recorder_sink(watch->follow, batch);
	if (!watch->options->quiet && atomic_load(&watch->status) == STATUS_DONE) {
		watch_line(&line, batch, watch->tree, watch->options);
		print(watch, &line);
		buf_free(&line);
	}
	bool rebase = recorder_wants_rebase(watch->follow) && !atomic_exchange(&watch->rebase, true);

	if (!atomic_exchange(&watch->changed, true) || rebase)
		wake(watch);
}

/* ---- the steps ---- */

static int begin_following(struct watch *watch, struct err *err)
{
	const struct recorder_options options = {
		.db = watch->db,
		.root = watch->root,
		.options = watch->described.data ? watch->described.data : "",
		.log = true,
	};
	struct buf safe = {0};
	int rc = recorder_start(&options, &watch->follow, err);

	if (rc == -EWOULDBLOCK)
		err_set(err, rc, _("%s is followed by another disktracker already"), output_safe(&safe, watch->root));
	buf_free(&safe);
	if (!rc && *err->text)
		output_note("%s", err->text);
	if (!rc)
		watch->trouble = recorder_trouble(watch->follow);
	return rc;
}

/* Is the snapshot before dated later than now?  Said once, as by `scan`. */
static int say_clock(struct watch *watch, struct err *err)
{
	struct snapshot newest = {0};
	struct warm_source *warm;
	struct image *image;
	int rc = warm_source_newest(watch->store, watch->root, watch->described.data ? watch->described.data : "",
	                            WARM_SOURCE_NOTHING, &newest, &image, &warm, err);

	if (!rc)
		headless_clock(&newest, clock_wall_s());
	snapshot_clear(&newest);
	return rc;
}

static int prepare(struct watch *watch, struct err *err)
{
	const struct options *options = watch->options;
	int rc;

	watch->root = headless_root(options->word_count ? options->words[0] : ".", err);
	if (!watch->root)
		return -EINVAL;
	rc = options_counting(options, &watch->counting, &watch->exclude, err);
	if (rc)
		return rc;
	headless_idle_patterns(options, watch->root);
	if (scan_counting_describe(&watch->counting, &watch->described))
		return err_no_memory(err);
	watch->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (watch->wake_fd < 0)
		return err_set(err, -errno, _("no more files can be opened: %s"), strerror(errno));
	rc = database_open(options, true, &watch->store, err);
	if (rc)
		return rc;
	watch->opened = store_opened(watch->store);
	watch->db = realpath(store_path(watch->store), NULL);
	if (!watch->db)
		return err_set(err, -errno, _("the database cannot be found again: %s"), strerror(errno));
	rc = begin_following(watch, err);
	if (!rc)
		rc = say_clock(watch, err);
	/*
	 * A working directory would keep the medium it is on from being unmounted.  All paths are absolute from here
	 * on.
	 */
	if (!rc && chdir("/"))
		rc = err_set(err, -errno, "/: %s", strerror(errno));
	return rc;
}

/* Once, until it works or fails in another way: on a full disk it is tried again and again. */
static void say_failure(int *failed, int rc, const struct err *err)
{
	if (rc && rc != *failed)
		output_note("%s", err->text);
	*failed = rc;
}

/* Have the applier stand still, as soon as its batch has ended; false: that takes too long. */
static bool hold(const struct watch *watch)
{
	int64_t end_ns = clock_mono_ns() + HOLD_NS;

	while (!watcher_try_hold(watch->watcher)) {
		if (clock_mono_ns() >= end_ns)
			return false;
		poll(NULL, 0, QUIET_NS / 1000000);
	}
	return true;
}

/*
 * The tree, which stands still, as the index.  A failure is said; the older index and what was noted since go on being
 * true.
 */
static void write_index(struct watch *watch, int64_t snapshot_id, bool trusted)
{
	struct err err = {{0}};

	atomic_store(&watch->rebase, false);
	int rc = recorder_rebase(watch->follow, watch->tree, snapshot_id, trusted, &err);

	if (rc == -ESTALE)
		watch->lost = err;
	else
		say_failure(&watch->index_failed, rc, &err);
}

static int scan(struct watch *watch, struct err *err)
{
	const struct options *options = watch->options;
	const struct watcher_options following = {
		.backend = watch->backend,
		.root = watch->root,
		.share_percent = SHARE_PERCENT,
		.tick_ms = options->debounce_ms,
		.counting = watch->counting,
		.own_db = watch->db,
		.sink = take_batch,
		.root_gone = note_gone,
		.reuse_dirs = true,
		.context = watch,
		.wake_fd = -1,
	};
	struct scan_progress end;
	struct scan *running;
	/* First, while descriptors are low: see notify.h. */
	int rc = watcher_create(&following, &watch->watcher, err);

	if (rc)
		return rc;
	struct scan_options scanning = {
		.counting = watch->counting,
		.threads = (unsigned)options->threads,
		.no_prefetch = !options->prefetch,
		.wake_fd = -1,
	};

	watcher_listen(watch->watcher, &scanning);
	rc = headless_scan(watch->root, &scanning, options, !options->quiet, &running, err);
	if (rc)
		return rc;
	scan_progress(running, &end);
	watch->tree = scan_take_tree(running);
	scan_destroy(running);
	if (!options->quiet)
		headless_errors(&end);
	const struct snapshot_meta meta = {
		.options = watch->described.data ? watch->described.data : "",
		.started_at = end.started_wall_s,
		.finished_at = end.finished_wall_s,
	};
	int64_t id;

	rc = snapshot_save(watch->store, watch->tree, &meta, interrupt_flag(), &id, err);
	if (rc)
		return rc;
	service_tell("READY=1\nSTATUS=#%lld", (long long)id);
	write_index(watch, id, false);
	struct watcher_status status;

	watcher_status(watch->watcher, &status);
	watch->poor = status.notify.refused > 0; /* watch_begin_note() says it */
	recorder_watched(watch->follow, !status.polled);
	return watcher_run(watch->watcher, watch->tree, err);
}

/*
 * Store the tree as it is.  The applier stands still.  0, -EAGAIN while a part is unknown, or -errno with a sentence.
 */
static int save(struct watch *watch, struct err *err)
{
	struct snapshot_meta meta = {.options = watch->described.data ? watch->described.data : ""};
	struct watcher_status status;
	int64_t id;

	if (root_gone(watch))
		return watch_gone(watch->root, root_guard_fate(watch->tree), err);
	watcher_status(watch->watcher, &status);
	if (status.unsettled)
		return -EAGAIN;
	meta.started_at = meta.finished_at = clock_wall_s();
	meta.trusted = status.polled > 0;
	tree_sum(watch->tree);
	int rc = snapshot_save(watch->store, watch->tree, &meta, NULL, &id, err);

	if (rc == -ESTALE)
		watch->lost = *err;
	if (!rc) {
		service_tell("STATUS=#%lld", (long long)id);
		if (store_opened(watch->store) != watch->opened)
			output_note("%s", store_banner(watch->store) ? store_banner(watch->store)
			                                             : _("the database was opened anew"));
		watch->opened = store_opened(watch->store);
		atomic_store(&watch->changed, false);
		write_index(watch, id, meta.trusted);
	}
	return rc;
}

/* Too much has gathered beside the index. */
static void rebase_held(struct watch *watch)
{
	struct watcher_status status;

	if (!hold(watch))
		return; /* it is tried again */
	watcher_status(watch->watcher, &status);
	if (!status.unsettled && !root_gone(watch)) {
		tree_sum(watch->tree);
		write_index(watch, 0, status.polled > 0);
	}
	watcher_release(watch->watcher);
}

/* What the retention removed is a line, too.  Lines are the applier's: it stands still meanwhile. */
static void tell_removed(struct watch *watch, const struct snapshot_list *removed)
{
	struct buf line = {0};

	if (!removed->count || !watch->options->json || watch->options->quiet ||
	    watch_removed_line(&line, removed, clock_wall_s()))
		goto done;
	while (!hold(watch))
		if (interrupt_status())
			goto done;
	if (atomic_load(&watch->status) == STATUS_DONE)
		print(watch, &line);
	watcher_release(watch->watcher);
done:
	buf_free(&line);
}

/* `all_the_same`: when nothing has changed, too. */
static int save_held(struct watch *watch, bool all_the_same, struct err *err)
{
	if (!hold(watch))
		return -EAGAIN;
	int rc = all_the_same || atomic_load(&watch->changed) ? save(watch, err) : 0;

	watcher_release(watch->watcher);
	if (!rc) {
		struct snapshot_list removed;

		retain_run(watch->store, watch->options, &removed);
		tell_removed(watch, &removed);
		snapshot_list_clear(&removed);
	}
	return rc;
}

/* Until a signal comes or nobody reads our lines any more. */
static void follow(struct watch *watch)
{
	int64_t every_ns = (int64_t)watch->options->flush_s * 1000000000, save_ns = clock_mono_ns() + every_ns,
		rebase_ns = clock_mono_ns() + REBASE_NS;

	while (!interrupt_status() && !atomic_load(&watch->gone) && !*watch->lost.text &&
	       atomic_load(&watch->status) == STATUS_DONE) {
		struct pollfd fd = {.fd = watch->wake_fd, .events = POLLIN};
		struct err err = {{0}};
		int64_t now = clock_mono_ns(), next = INT64_MAX;
		uint64_t n;

		if (interrupt_asked()) {
			watch->asked = true;
			save_ns = now;
		}
		if (watch->asked || atomic_load(&watch->changed))
			next = save_ns;
		if (atomic_load(&watch->rebase) && rebase_ns < next)
			next = rebase_ns;
		if (next == save_ns && next <= now) {
			int rc = save_held(watch, watch->asked, &err);

			watch->asked &= rc == -EAGAIN;

			if (rc != -EAGAIN && rc != -ESTALE)
				say_failure(&watch->snapshot_failed, rc, &err);
			save_ns = clock_mono_ns() + (rc == -EAGAIN ? AGAIN_NS : every_ns);
			continue;
		}
		if (next <= now) {
			rebase_held(watch);
			rebase_ns = clock_mono_ns() + REBASE_NS;
			continue;
		}
		int64_t wait_ms = next == INT64_MAX ? -1 : (next - now) / 1000000 + 1;

		if (poll(&fd, 1, wait_ms > 3600000 ? 3600000 : (int)wait_ms) <= 0)
			continue;
		if (read(watch->wake_fd, &n, sizeof(n)) < 0 && errno != EAGAIN)
			return;
	}
}

/*
 * Wait until what happened until now is in the tree: the queue stays empty for a moment.  A tree that never rests is
 * not waited for.
 */
static bool come_to_rest(const struct watch *watch)
{
	int64_t end_ns = clock_mono_ns() + END_NS + (int64_t)watch->options->debounce_ms * 1000000;
	int still = 0;

	while (still < 3 && clock_mono_ns() < end_ns) {
		poll(NULL, 0, QUIET_NS / 1000000);
		still = watcher_quiet(watch->watcher) ? still + 1 : 0;
	}
	return still == 3;
}

static int finish(struct watch *watch, struct err *err)
{
	const struct batch missing = {.time_s = clock_wall_s(), .incomplete = true};
	int rc;

	atomic_store(&watch->ending, true);
	if (atomic_load(&watch->gone) || root_gone(watch))
		return watch_gone(watch->root, root_guard_fate(watch->tree), err);
	if (*watch->lost.text)
		return err_set(err, -ESTALE, "%s", watch->lost.text);
	bool rested = come_to_rest(watch), held = hold(watch);
	/* Asked to end, it still waits for its turn to write: 5 s, as whoever was never asked. */
	store_wait_with(watch->store, NULL, NULL);
	rc = held || watcher_halt(watch->watcher) ? save_held(watch, false, err) : -EAGAIN;
	if (held)
		watcher_release(watch->watcher);
	if (!rested) /* what came since the last batch is not known */
		recorder_sink(watch->follow, &missing);
	if (rc == -EAGAIN)
		rc = err_set(err, rc, "%s",
		             _("what was missed has not been read again yet: the last changes are not stored"));
	return rc;
}

static int run_watch(const struct options *options, enum notify_backend backend)
{
	struct watch watch = {.options = options, .backend = backend, .wake_fd = -1};
	struct watcher_status begun;
	struct err err = {{0}};
	int status;

	interrupt_catch_ask();
	int rc = prepare(&watch, &err);

	if (!rc) {
		service_tell("STATUS=%s", _("scanning"));
		rc = scan(&watch, &err);
	}
	if (!rc) {
		interrupt_wake(watch.wake_fd);
		watcher_status(watch.watcher, &begun);
		watch_begin_note(watch.root, &begun, options->quiet);
		follow(&watch);
		service_tell("STOPPING=1");
		rc = finish(&watch, &err);
		interrupt_wake(-1);
		status = rc ? output_fail(&err) : atomic_load(&watch.status);
	} else {
		status = output_fail(&err);
		if (rc == -ECANCELED && interrupt_status())
			status = interrupt_status();
	}

	atomic_store(&watch.ending, true);
	watcher_destroy(watch.watcher);
	recorder_stop(watch.follow);
	tree_destroy(watch.tree);
	store_close(watch.store);
	if (watch.wake_fd >= 0)
		close(watch.wake_fd);
	buf_free(&watch.described);
	exclude_destroy(watch.exclude);
	free(watch.db);
	free(watch.root);
	return status;
}

static int run_command(const struct options *options)
{
	enum notify_backend backend;
	struct err err = {{0}};

	return options_backend(options, &backend, &err) ? output_usage("watch", &err) : run_watch(options, backend);
}

const struct command cmd_watch = {
	.name = "watch",
	.words = "[PATH]",
	.summary = N_("Follow what changes in a folder, and store snapshots"),
	.example = "disktracker watch /srv",
	.place = IN_WATCH,
	.most_words = 1,
	.run = run_command,
};
