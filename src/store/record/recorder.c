/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads: the applier hands batches in (recorder_sink), one thread at a time asks for something (rebase, flush, stop),
 * and the follower's own thread does everything with the database:
 *
 *   applier ──copy──> packets ──absorb──> queue, journal ──write──> mutation_log …; then the overlay rows, one
 *   transaction
 *                     under `lock`        the thread's own
 *
 * The log is written before the overlay: after a crash it names at least the directories whose rows are there.  What
 * waits is written 250 ms after the first of it came, or at 500 rows; when that fails, it is kept, later batches are
 * merged into it, and it is tried again every 2 s.  The logs are pruned in chunks behind each rebase, when what is gone
 * can be missed by nobody, and after many rows.  Where nothing happens nothing wakes the thread.
 *
 * A gap (memory ran out, too much waits): the rows are thrown away, watch_state says so at the next chance, and
 * recorder_wants_rebase() asks for the tree.
 */
#include "store/record/recorder_state.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/path.h"
#include "store/db/handle.h"
#include "store/index/overlay.h"

#define WRITE_AFTER_NS (SECOND / 4)
#define WRITE_ROWS 500
#define PENDING_MAX 1000000
#define PACKETS_MAX ((size_t)64 << 20) /* bytes */

/* ---- packets ---- */

static void absorb(struct recorder *recorder, const struct batch *batch)
{
	int64_t now = clock_mono_ns();

	recorder->event_s = batch->time_s;
	/*
	 * The clock was set back: what is logged now looks older than what was read, and would not be looked at again.
	 */
	if (recorder->event_s < recorder->rebased_s)
		recorder->needs_full = true;
	if (recorder->log)
		journal_add(recorder->journal, batch, now);
	if (batch->incomplete)
		recorder_throw_away(recorder);
	for (size_t i = 0; !recorder->gap && !recorder->indexless && i < batch->dir_count; i++) {
		const struct change_dir *dir = &batch->dirs[i];
		const char *path = path_below(dir->path, recorder->root);
		struct overlay_row figures = {.bytes = dir->bytes,
		                              .apparent_bytes = dir->apparent_bytes,
		                              .items = dir->items,
		                              .files = dir->files,
		                              .errors = dir->errors};

		if (path && overlay_queue_add(recorder->queue, path, strlen(path), &figures, dir->gone))
			recorder_throw_away(recorder);
	}
	if (overlay_queue_count(recorder->queue) > PENDING_MAX)
		recorder_throw_away(recorder);
	/* In trouble it is tried again at its time, however much comes meanwhile. */
	if (!*recorder_trouble(recorder)) {
		bool many = overlay_queue_count(recorder->queue) >= WRITE_ROWS ||
		            journal_ready(recorder->journal, now) >= WRITE_ROWS;
		int64_t due = many ? now : now + WRITE_AFTER_NS;

		if (due < recorder->write_ns)
			recorder->write_ns = due;
	}
}

static void absorb_all(struct recorder *recorder, struct packet *packets, bool lost)
{
	for (struct packet *next; packets; packets = next) {
		next = packets->next;
		absorb(recorder, &packets->batch);
		free(packets);
	}
	if (lost)
		recorder_throw_away(recorder);
	if (recorder->gap && !recorder->gap_noted && recorder->write_ns == INT64_MAX)
		recorder->write_ns = clock_mono_ns();
}

static size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static char *put_text(char **at, const char *text)
{
	char *put = *at;

	if (!text)
		return NULL;
	*at = stpcpy(put, text) + 1;
	return put;
}

static struct packet *copy_batch(const struct batch *batch)
{
	size_t bytes = sizeof(struct packet) + batch->change_count * sizeof(struct change) +
	               batch->dir_count * sizeof(struct change_dir);

	for (size_t i = 0; i < batch->change_count; i++)
		bytes += text_bytes(batch->changes[i].path) + text_bytes(batch->changes[i].old_path) +
		         text_bytes(batch->changes[i].by);
	for (size_t i = 0; i < batch->dir_count; i++)
		bytes += text_bytes(batch->dirs[i].path);
	struct packet *packet = alloc_array(bytes, 1);

	if (!packet)
		return NULL;
	struct change *changes = (struct change *)(packet + 1);
	struct change_dir *dirs = (struct change_dir *)(changes + batch->change_count);
	char *at = (char *)(dirs + batch->dir_count);

	packet->bytes = bytes;
	packet->batch = *batch;
	packet->batch.changes = changes;
	packet->batch.dirs = dirs;
	for (size_t i = 0; i < batch->change_count; i++) {
		changes[i] = batch->changes[i];
		changes[i].path = put_text(&at, batch->changes[i].path);
		changes[i].old_path = put_text(&at, batch->changes[i].old_path);
		changes[i].by = put_text(&at, batch->changes[i].by);
	}
	for (size_t i = 0; i < batch->dir_count; i++) {
		dirs[i] = batch->dirs[i];
		dirs[i].path = put_text(&at, batch->dirs[i].path);
	}
	return packet;
}

void recorder_sink(void *context, const struct batch *batch)
{
	struct recorder *recorder = context;
	struct packet *packet = copy_batch(batch);

	pthread_mutex_lock(&recorder->lock);
	while (packet && recorder->packet_bytes > PACKETS_MAX)
		pthread_cond_wait(&recorder->moved, &recorder->lock);
	if (packet) {
		*recorder->packets_end = packet;
		recorder->packets_end = &packet->next;
		recorder->packet_bytes += packet->bytes;
	} else {
		recorder->lost_packet = true;
	}
	pthread_cond_signal(&recorder->wake);
	pthread_mutex_unlock(&recorder->lock);
}

/* ---- the thread ---- */

static int serve(struct recorder *recorder, enum request request, struct err *err)
{
	switch (request) {
	case REQUEST_FLUSH: return recorder_write(recorder, true, err);
	case REQUEST_REBASE: return recorder_write_index(recorder, err);
	case REQUEST_STOP: return recorder_finish(recorder, err);
	default: return 0;
	}
}

/* Under the lock: wait for something to do, or for the time of it. */
static void wait_for_work(struct recorder *recorder)
{
	int64_t due = recorder->write_ns < recorder->prune_ns ? recorder->write_ns : recorder->prune_ns;

	while (!recorder->packets && !recorder->lost_packet && (recorder->request == REQUEST_NONE || recorder->done)) {
		struct timespec until = {.tv_sec = (time_t)(due / SECOND), .tv_nsec = (long)(due % SECOND)};

		if (due == INT64_MAX)
			pthread_cond_wait(&recorder->wake, &recorder->lock);
		else if (clock_mono_ns() >= due ||
		         pthread_cond_timedwait(&recorder->wake, &recorder->lock, &until) == ETIMEDOUT)
			return;
	}
}

static void *run_thread(void *argument)
{
	struct recorder *recorder = argument;
	enum request request = REQUEST_NONE;

	while (request != REQUEST_STOP) {
		pthread_mutex_lock(&recorder->lock);
		wait_for_work(recorder);
		struct packet *packets = recorder->packets;
		bool lost = recorder->lost_packet;

		request = recorder->done ? REQUEST_NONE : recorder->request;
		recorder->packets = NULL;
		recorder->packets_end = &recorder->packets;
		recorder->packet_bytes = 0;
		recorder->lost_packet = false;
		pthread_cond_broadcast(&recorder->moved);
		pthread_mutex_unlock(&recorder->lock);

		absorb_all(recorder, packets, lost);
		if (request != REQUEST_NONE) {
			struct err err = {{0}};
			int rc = serve(recorder, request, &err);

			pthread_mutex_lock(&recorder->lock);
			recorder->result = rc;
			recorder->why = err;
			recorder->done = true;
			pthread_cond_broadcast(&recorder->moved);
			pthread_mutex_unlock(&recorder->lock);
		} else if (clock_mono_ns() >= recorder->write_ns) {
			recorder_write(recorder, false, NULL);
		} else if (clock_mono_ns() >= recorder->prune_ns) {
			recorder_prune(recorder);
		}
	}
	return NULL;
}

/* ---- asking it ---- */

static int ask(struct recorder *recorder, enum request request, const struct image *image, int64_t snapshot_id,
               bool trusted, struct err *err)
{
	pthread_mutex_lock(&recorder->lock);
	while (recorder->request != REQUEST_NONE)
		pthread_cond_wait(&recorder->moved, &recorder->lock);
	recorder->request = request;
	recorder->done = false;
	recorder->image = image;
	recorder->image_snapshot = snapshot_id;
	recorder->image_time = clock_wall_s();
	recorder->image_trusted = trusted;
	pthread_cond_signal(&recorder->wake);
	while (!recorder->done)
		pthread_cond_wait(&recorder->moved, &recorder->lock);
	int rc = recorder->result;

	if (rc && err)
		*err = recorder->why;
	recorder->request = REQUEST_NONE;
	pthread_cond_broadcast(&recorder->moved);
	pthread_mutex_unlock(&recorder->lock);
	return rc;
}

int recorder_flush(struct recorder *recorder, struct err *err)
{
	return ask(recorder, REQUEST_FLUSH, NULL, 0, false, err);
}

int recorder_rebase(struct recorder *recorder, const struct tree *tree, int64_t snapshot_id, bool trusted,
                    struct err *err)
{
	struct image *image = image_from_tree(tree);
	int rc = image ? ask(recorder, REQUEST_REBASE, image, snapshot_id, trusted, err)
	               : err_set(err, -errno, "%s", strerror(errno));

	image_free(image);
	return rc;
}

static void destroy(struct recorder *recorder)
{
	for (struct packet *next; recorder->packets; recorder->packets = next) {
		next = recorder->packets->next;
		free(recorder->packets);
	}
	overlay_queue_destroy(recorder->queue);
	journal_destroy(recorder->journal);
	store_close(recorder->store);
	if (recorder->lock_fd >= 0)
		close(recorder->lock_fd); /* last: another one may begin now */
	free(recorder->root);
	free(recorder->options);
	free(recorder);
}

void recorder_stop(struct recorder *recorder)
{
	if (!recorder)
		return;
	ask(recorder, REQUEST_STOP, NULL, 0, false, NULL);
	pthread_join(recorder->thread, NULL);
	pthread_cond_destroy(&recorder->wake);
	pthread_cond_destroy(&recorder->moved);
	pthread_mutex_destroy(&recorder->lock);
	destroy(recorder);
}

static int open_store(struct recorder *recorder, const char *db, struct err *err)
{
	struct buf path = {0};
	struct err why = {{0}};
	int opened = store_open(db, STORE_CREATE | STORE_STRICT, &recorder->store, err);

	if (opened)
		return opened;
	if (store_mode(recorder->store) != STORE_READ_WRITE)
		return err_set(err, -EROFS, "%s",
		               store_banner(recorder->store) ? store_banner(recorder->store)
		                                             : _("the database cannot be written"));
	if (index_lock_path(store_path(recorder->store), recorder->root, &path)) {
		buf_free(&path);
		return err_no_memory(err);
	}
	recorder->lock_fd = index_lock(path.data, &why);
	buf_free(&path);
	recorder->indexless = recorder->lock_fd == -EPERM || recorder->lock_fd == -EACCES;
	if (recorder->lock_fd < 0 && !recorder->indexless)
		return err_set(err, recorder->lock_fd, "%s", why.text);
	recorder->opened = store_opened(recorder->store);
	int rc = recorder_begin_state(recorder, err);

	return rc ? rc : err_set(err, 0, "%s", recorder->indexless ? why.text : "");
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct recorder *recorder)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;

	pthread_mutex_init(&recorder->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&recorder->wake, &monotonic);
	pthread_cond_init(&recorder->moved, NULL);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&recorder->thread, NULL, run_thread, recorder);

	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

int recorder_start(const struct recorder_options *options, struct recorder **out, struct err *err)
{
	struct recorder *recorder = alloc_zero(struct recorder);
	int rc;

	*out = NULL;
	if (!recorder)
		return err_no_memory(err);
	recorder->lock_fd = -1;
	recorder->packets_end = &recorder->packets;
	recorder->write_ns = INT64_MAX;
	recorder->prune_ns = INT64_MAX;
	recorder->log = options->log;
	recorder->keep.rows = options->keep_rows ? options->keep_rows : 500000;
	recorder->keep.seconds = options->keep_s ? options->keep_s : 7 * 24 * 3600;
	recorder->keep.bytes = options->keep_bytes;
	recorder->root = alloc_copy(options->root, strlen(options->root));
	recorder->options = alloc_copy(options->options ? options->options : "",
	                               options->options ? strlen(options->options) : 0);
	recorder->queue = overlay_queue_create();
	recorder->journal = journal_create(options->root);
	atomic_store_explicit(&recorder->trouble, "", memory_order_relaxed);
	if (!recorder->root || !recorder->options || !recorder->queue || !recorder->journal)
		rc = err_no_memory(err);
	else
		rc = open_store(recorder, options->db, err);
	if (!rc && (rc = start_thread(recorder)))
		err_set(err, rc, "%s", strerror(-rc));
	if (rc) {
		destroy(recorder);
		return rc;
	}
	*out = recorder;
	return 0;
}
