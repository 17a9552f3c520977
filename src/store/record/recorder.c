/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads: the applier hands batches in (follow_sink), one thread at a time asks for something (rebase, flush, stop),
 * and the follower's own thread does everything with the database:
 *
 *   applier ──copy──> packets ──absorb──> pending, journal ──write──> mutation_log …; then the overlay rows, one
 *   transaction
 *                     under `lock`        the thread's own
 *
 * The log is written before the overlay: after a crash it names at least the directories whose rows are there.  What
 * waits is written 250 ms after the first of it came, or at 500 rows; when that fails, it is kept, later batches are
 * merged into it, and it is tried again every 2 s.  The logs are pruned in chunks behind each rebase, when what is gone
 * can be missed by nobody, and after many rows.  Where nothing happens nothing wakes the thread.
 *
 * A gap (memory ran out, too much waits): the rows are thrown away, watch_state says so at the next chance, and
 * follow_wants_rebase() asks for the tree.
 */
#include "store/record/recorder.h"

#include <errno.h>
#include <pthread.h>
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
#include "store/record/journal.h"
#include "store/index/overlay.h"
#include "store/record/overlay_queue.h"

#define SECOND INT64_C(1000000000)
#define WRITE_AFTER_NS (SECOND / 4)
#define WRITE_ROWS 500
#define RETRY_NS (2 * SECOND)
#define PRUNE_AFTER_NS (60 * SECOND)
#define PRUNE_ROWS 5000               /* written since the last pruning */
#define PENDING_MAX 1000000
#define PACKETS_MAX ((size_t)64 << 20) /* bytes */
#define COMPACT_ROWS 50000            /* directories that are merged in a moment, when following ends */

/* A batch, copied; the strings lie behind it. */
struct packet {
	struct packet *next;
	size_t bytes;
	struct batch batch;
};

enum request { REQUEST_NONE, REQUEST_FLUSH, REQUEST_REBASE, REQUEST_STOP };

struct follow {
	struct store *store;
	char *root, *options;
	int lock_fd;
	bool log;
	struct journal_limits keep;        /* bytes: 0 = by the disk */
	pthread_t thread;

	/* Under `lock`. */
	pthread_mutex_t lock;
	pthread_cond_t wake;               /* the thread: there is something to do */
	pthread_cond_t moved;              /* others: packets were taken over, a request was done */
	struct packet *packets, **packets_end;
	size_t packet_bytes;
	bool lost_packet;
	enum request request;              /* REQUEST_NONE: the next may ask */
	const struct image *image;         /* REBASE */
	int64_t image_snapshot, image_time;
	bool image_trusted;
	bool done;
	int result;
	struct err why;

	/* The thread's. */
	struct pending *pending;
	struct journal *journal;
	uint64_t covers_seq;               /* of the index on disk, once this follower has written it */
	int64_t snapshot_id;
	bool indexless;                    /* without lock, index and overlay: their folder is not to be believed */
	bool based;                        /* index and overlay belong together: rows may be written */
	bool gap, gap_noted;               /* rows are missing; watch_state says so */
	bool needs_full;                   /* to be noted in watch_state */
	int64_t event_s;                   /* of the newest batch */
	int64_t rebased_s;                 /* the log since then tells what index and overlay would lack */
	int64_t write_ns, prune_ns;        /* when; INT64_MAX = nothing to do */
	uint64_t base_count, rows, written;
	unsigned opened;                   /* store_opened() */

	_Atomic bool wants_rebase;         /* the thread writes, anyone reads: a hint, no order needed */
	_Atomic(const char *) trouble;     /* likewise; constants */
	_Atomic bool polling;              /* as told to readers; anyone stores and loads (relaxed) */
};

static struct overlay_chain chain_of(const struct follow *follow)
{
	return (struct overlay_chain){follow->root, follow->options};
}

static void set_wants_rebase(struct follow *follow, bool wanted)
{
	atomic_store_explicit(&follow->wants_rebase, wanted, memory_order_relaxed);
}

bool follow_wants_rebase(const struct follow *follow)
{
	return atomic_load_explicit(&follow->wants_rebase, memory_order_relaxed);
}

const char *follow_trouble(const struct follow *follow)
{
	return atomic_load_explicit(&follow->trouble, memory_order_relaxed);
}

static int set_trouble(struct follow *follow, int rc)
{
	const char *text = _("the database cannot be written");

	if (!rc)
		text = "";
	else if (rc == -ENOSPC)
		text = _("disk full: changes are kept in memory");
	else if (rc == -ESTALE)
		text = _("the database is gone: changes are not noted");
	else if (rc == -EBUSY)
		text = _("another program is writing to the database: changes are kept in memory");
	if (follow->lock_fd >= 0 && !*text != !*follow_trouble(follow))
		index_lock_say(follow->lock_fd, INDEX_BEHIND, *text);
	atomic_store_explicit(&follow->trouble, text, memory_order_relaxed);
	return rc;
}

void follow_watched(struct follow *follow, bool whole)
{
	if (follow->lock_fd >= 0 && atomic_exchange_explicit(&follow->polling, !whole, memory_order_relaxed) != !whole)
		index_lock_say(follow->lock_fd, INDEX_POLLING, !whole);
}

/* ---- watch_state ---- */

/* A statement with the root as ?1 and up to three numbers behind it. */
static int run_state(struct store *store, const char *root, const char *sql, int64_t a, int64_t b, int64_t c,
                     struct err *err)
{
	sqlite3_stmt *statement = store_prepare(store, sql, err);
	const int64_t numbers[] = {a, b, c};

	if (!statement)
		return store_failed(store, err);
	sqlite3_bind_blob(statement, 1, root, (int)strlen(root), SQLITE_STATIC);
	for (int i = 2; i <= sqlite3_bind_parameter_count(statement) && i <= 4; i++)
		sqlite3_bind_int64(statement, i, numbers[i - 2]);
	int rc = store_step_done(store, statement, err);

	sqlite3_finalize(statement);
	return rc;
}

static int begin_state(struct follow *follow, struct err *err)
{
	sqlite3_stmt *row;
	int rc = run_state(follow->store, follow->root,
	                   "INSERT INTO watch_state(watch_root) VALUES(?1) ON CONFLICT DO NOTHING", 0, 0, 0, err);

	/* Whoever followed it last did not come to its end: what it has not written is unknown. */
	if (!rc)
		rc = run_state(follow->store, follow->root,
		               "UPDATE watch_state SET needs_full=1, running=0 WHERE watch_root=?1 AND running<>0", 0,
		               0, 0, err);
	if (rc)
		return rc;
	row = store_prepare(follow->store, "SELECT last_snapshot_id FROM watch_state WHERE watch_root=?1", err);
	if (!row)
		return store_failed(follow->store, err);
	sqlite3_bind_blob(row, 1, follow->root, (int)strlen(follow->root), SQLITE_STATIC);
	rc = store_step(follow->store, row, err);
	if (rc == 1)
		follow->snapshot_id = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

/* ---- writing ---- */

static void throw_away(struct follow *follow)
{
	pending_clear(follow->pending);
	follow->gap = follow->needs_full = true;
	set_wants_rebase(follow, true);
}

/* Is the overlay getting large?  Counted only when it may be. */
static int weigh(struct follow *follow, size_t added, struct err *err)
{
	uint64_t limit = follow->base_count / 20 > 1000 ? follow->base_count / 20 : 1000;
	struct overlay_chain chain = chain_of(follow);
	struct overlay_status status;

	follow->rows += added;
	if (follow->rows <= limit)
		return 0;
	int rc = overlay_status(follow->store, &chain, true, &status, err);

	follow->rows = status.rows;
	if (!rc && follow->rows > limit)
		set_wants_rebase(follow, true);
	return rc;
}

static int write_overlay(struct follow *follow, struct err *err)
{
	struct overlay_chain chain = chain_of(follow);
	size_t count;
	uint64_t seq;

	if (!pending_count(follow->pending) || !follow->based || follow->gap)
		return 0;
	const struct overlay_row *rows = pending_rows(follow->pending, &count);
	int rc = rows ? overlay_flush(follow->store, &chain, follow->covers_seq, follow->event_s, rows, count, &seq,
	                              err)
	              : err_no_memory(err);

	if (rc)
		return rc;
	pending_clear(follow->pending);
	return weigh(follow, count, err);
}

static int note_state(struct follow *follow, struct err *err)
{
	int rc = 0;

	if (follow->needs_full || (follow->gap && !follow->gap_noted)) {
		rc = run_state(
			follow->store, follow->root,
			"UPDATE watch_state SET needs_full=1, running=CASE WHEN ?2 AND running THEN ?3 ELSE running END WHERE watch_root=?1",
			follow->gap, OVERLAY_UNSURE, 0, err);
		if (!rc)
			follow->needs_full = false, follow->gap_noted = true;
	}
	if (!rc && follow->event_s)
		rc = run_state(
			follow->store, follow->root,
			"UPDATE watch_state SET last_event_time=max(ifnull(last_event_time, 0), ?2) WHERE watch_root=?1",
			follow->event_s, 0, 0, err);
	return rc;
}

/* It may be another database by now, which knows nothing of what this one had. */
static int writable(struct follow *follow, struct err *err)
{
	int rc = store_writable(follow->store, err);

	if (!rc && follow->opened != store_opened(follow->store)) {
		follow->opened = store_opened(follow->store);
		follow->based = false;
		follow->covers_seq = 0;
		follow->snapshot_id = 0;
		throw_away(follow);
		rc = begin_state(follow, err);
	} else if (rc == -ESTALE) {
		set_wants_rebase(follow, true); /* whoever writes the index is told why it fails */
	}
	return rc;
}

static int write_all(struct follow *follow, bool all, struct err *err)
{
	int64_t now = clock_mono_ns();
	int rc = writable(follow, err);

	if (!rc) {
		follow->written += journal_ready(follow->journal, now);
		rc = journal_write(follow->journal, follow->store, follow->snapshot_id, now, all, err);
	}
	if (journal_lost(follow->journal))
		follow->needs_full = true;
	if (!rc)
		rc = note_state(follow, err);
	if (!rc)
		rc = write_overlay(follow, err);
	follow->write_ns = rc ? clock_mono_ns() + RETRY_NS : journal_due_ns(follow->journal);
	if (!rc && follow->written >= PRUNE_ROWS && follow->prune_ns == INT64_MAX)
		follow->prune_ns = clock_mono_ns();
	return set_trouble(follow, rc);
}

/* A chunk; the next one when nothing else is to be done. */
static void prune(struct follow *follow)
{
	bool more = false;
	struct journal_limits keep = follow->keep;

	keep.bytes = keep.bytes ? keep.bytes : journal_bytes(follow->store);
	int rc = journal_prune(follow->store, clock_wall_s(), &keep, &more, NULL);

	follow->written = 0;
	follow->prune_ns = rc || more ? clock_mono_ns() + (rc ? PRUNE_AFTER_NS : SECOND / 10) : INT64_MAX;
}

/* ---- packets ---- */

static void absorb(struct follow *follow, const struct batch *batch)
{
	int64_t now = clock_mono_ns();

	follow->event_s = batch->time_s;
	/*
	 * The clock was set back: what is logged now looks older than what was read, and would not be looked at again.
	 */
	if (follow->event_s < follow->rebased_s)
		follow->needs_full = true;
	if (follow->log)
		journal_add(follow->journal, batch, now);
	if (batch->incomplete)
		throw_away(follow);
	for (size_t i = 0; !follow->gap && !follow->indexless && i < batch->dir_count; i++) {
		const struct change_dir *dir = &batch->dirs[i];
		const char *path = path_below(dir->path, follow->root);
		struct overlay_row figures = {.bytes = dir->bytes,
		                              .apparent_bytes = dir->apparent_bytes,
		                              .items = dir->items,
		                              .files = dir->files};

		if (path && pending_add(follow->pending, path, strlen(path), &figures, dir->gone))
			throw_away(follow);
	}
	if (pending_count(follow->pending) > PENDING_MAX)
		throw_away(follow);
	/* In trouble it is tried again at its time, however much comes meanwhile. */
	if (!*follow_trouble(follow)) {
		bool many = pending_count(follow->pending) >= WRITE_ROWS ||
		            journal_ready(follow->journal, now) >= WRITE_ROWS;
		int64_t due = many ? now : now + WRITE_AFTER_NS;

		if (due < follow->write_ns)
			follow->write_ns = due;
	}
}

static void absorb_all(struct follow *follow, struct packet *packets, bool lost)
{
	for (struct packet *next; packets; packets = next) {
		next = packets->next;
		absorb(follow, &packets->batch);
		free(packets);
	}
	if (lost)
		throw_away(follow);
	if (follow->gap && !follow->gap_noted && follow->write_ns == INT64_MAX)
		follow->write_ns = clock_mono_ns();
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
		bytes += text_bytes(batch->changes[i].path) + text_bytes(batch->changes[i].old_path);
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
	}
	for (size_t i = 0; i < batch->dir_count; i++) {
		dirs[i] = batch->dirs[i];
		dirs[i].path = put_text(&at, batch->dirs[i].path);
	}
	return packet;
}

void follow_sink(void *context, const struct batch *batch)
{
	struct follow *follow = context;
	struct packet *packet = copy_batch(batch);

	pthread_mutex_lock(&follow->lock);
	while (packet && follow->packet_bytes > PACKETS_MAX)
		pthread_cond_wait(&follow->moved, &follow->lock);
	if (packet) {
		*follow->packets_end = packet;
		follow->packets_end = &packet->next;
		follow->packet_bytes += packet->bytes;
	} else {
		follow->lost_packet = true;
	}
	pthread_cond_signal(&follow->wake);
	pthread_mutex_unlock(&follow->lock);
}

/* ---- the thread ---- */

/* Everything absorbed is in the tree that the image was made of. */
static int rebase(struct follow *follow, struct err *err)
{
	struct index_meta meta = {
		.root = follow->root,
		.options = follow->options,
		.snapshot_id = follow->image_snapshot ? follow->image_snapshot : follow->snapshot_id,
		.taken_at = follow->image_time,
		.covers_seq = follow->covers_seq,
		.trusted = follow->image_trusted,
	};
	int rc = writable(follow, err);

	/* What was told of the database that went. */
	meta.covers_seq = follow->covers_seq;
	meta.snapshot_id = follow->image_snapshot ? follow->image_snapshot : follow->snapshot_id;
	if (!rc && !follow->indexless)
		rc = overlay_rebase(follow->store, follow->image, &meta, err);
	/* Even if only the pruning failed: the index is written, and rows with later numbers belong to it. */
	follow->covers_seq = meta.covers_seq;
	if (rc) {
		set_wants_rebase(follow, true);
		return set_trouble(follow, rc);
	}
	pending_clear(follow->pending);
	follow->based = !follow->indexless;
	follow->gap = follow->gap_noted = follow->needs_full = false;
	follow->snapshot_id = meta.snapshot_id;
	follow->rebased_s = meta.taken_at;
	follow->base_count = follow->image->count;
	follow->rows = 0;
	set_wants_rebase(follow, false);
	if (follow->log) {
		journal_resync(follow->journal, meta.taken_at);
		follow->prune_ns = clock_mono_ns();
	}
	rc = write_all(follow, false, err);
	/* What was not read does not make an account whole that was not. */
	return rc ? rc
	          : run_state(
			    follow->store, follow->root,
			    meta.trusted
				    ? "UPDATE watch_state SET running=?4, last_reconcile_time=?2, last_snapshot_id=?3 WHERE watch_root=?1"
				    : "UPDATE watch_state SET running=?4, needs_full=0, last_reconcile_time=?2, last_snapshot_id=?3 WHERE watch_root=?1",
			    meta.taken_at, meta.snapshot_id, OVERLAY_FOLLOWED, err);
}

static int finish(struct follow *follow, struct err *err)
{
	int rc = write_all(follow, true, err);

	if (rc || (!follow->based && !follow->indexless) || follow->gap)
		return rc;
	struct overlay_chain chain = chain_of(follow);
	uint64_t seq;

	/* The last word: all of it was true until now. */
	if (follow->based)
		rc = overlay_flush(follow->store, &chain, follow->covers_seq, clock_wall_s(), NULL, 0, &seq, err);
	if (!rc)
		rc = run_state(follow->store, follow->root, "UPDATE watch_state SET running=0 WHERE watch_root=?1", 0,
		               0, 0, err);
	if (!rc && follow->based && follow->base_count <= COMPACT_ROWS)
		overlay_compact(follow->store, follow->root, NULL); /* if not, the overlay goes on being asked */
	store_checkpoint(follow->store);
	return rc;
}

static int serve(struct follow *follow, enum request request, struct err *err)
{
	switch (request) {
	case REQUEST_FLUSH:
		return write_all(follow, true, err);
	case REQUEST_REBASE:
		return rebase(follow, err);
	case REQUEST_STOP:
		return finish(follow, err);
	default:
		return 0;
	}
}

/* Under the lock: wait for something to do, or for the time of it. */
static void wait_for_work(struct follow *follow)
{
	int64_t due = follow->write_ns < follow->prune_ns ? follow->write_ns : follow->prune_ns;

	while (!follow->packets && !follow->lost_packet && (follow->request == REQUEST_NONE || follow->done)) {
		struct timespec until = {.tv_sec = (time_t)(due / SECOND), .tv_nsec = (long)(due % SECOND)};

		if (due == INT64_MAX)
			pthread_cond_wait(&follow->wake, &follow->lock);
		else if (clock_mono_ns() >= due ||
		         pthread_cond_timedwait(&follow->wake, &follow->lock, &until) == ETIMEDOUT)
			return;
	}
}

static void *run_thread(void *argument)
{
	struct follow *follow = argument;
	enum request request = REQUEST_NONE;

	while (request != REQUEST_STOP) {
		pthread_mutex_lock(&follow->lock);
		wait_for_work(follow);
		struct packet *packets = follow->packets;
		bool lost = follow->lost_packet;

		request = follow->done ? REQUEST_NONE : follow->request;
		follow->packets = NULL;
		follow->packets_end = &follow->packets;
		follow->packet_bytes = 0;
		follow->lost_packet = false;
		pthread_cond_broadcast(&follow->moved);
		pthread_mutex_unlock(&follow->lock);

		absorb_all(follow, packets, lost);
		if (request != REQUEST_NONE) {
			struct err err = {{0}};
			int rc = serve(follow, request, &err);

			pthread_mutex_lock(&follow->lock);
			follow->result = rc;
			follow->why = err;
			follow->done = true;
			pthread_cond_broadcast(&follow->moved);
			pthread_mutex_unlock(&follow->lock);
		} else if (clock_mono_ns() >= follow->write_ns) {
			write_all(follow, false, NULL);
		} else if (clock_mono_ns() >= follow->prune_ns) {
			prune(follow);
		}
	}
	return NULL;
}

/* ---- asking it ---- */

static int ask(struct follow *follow, enum request request, const struct image *image, int64_t snapshot_id,
               bool trusted, struct err *err)
{
	pthread_mutex_lock(&follow->lock);
	while (follow->request != REQUEST_NONE)
		pthread_cond_wait(&follow->moved, &follow->lock);
	follow->request = request;
	follow->done = false;
	follow->image = image;
	follow->image_snapshot = snapshot_id;
	follow->image_time = clock_wall_s();
	follow->image_trusted = trusted;
	pthread_cond_signal(&follow->wake);
	while (!follow->done)
		pthread_cond_wait(&follow->moved, &follow->lock);
	int rc = follow->result;

	if (rc && err)
		*err = follow->why;
	follow->request = REQUEST_NONE;
	pthread_cond_broadcast(&follow->moved);
	pthread_mutex_unlock(&follow->lock);
	return rc;
}

int follow_flush(struct follow *follow, struct err *err)
{
	return ask(follow, REQUEST_FLUSH, NULL, 0, false, err);
}

int follow_rebase(struct follow *follow, const struct tree *tree, int64_t snapshot_id, bool trusted, struct err *err)
{
	struct image *image = image_from_tree(tree);
	int rc = image ? ask(follow, REQUEST_REBASE, image, snapshot_id, trusted, err)
	               : err_set(err, -errno, "%s", strerror(errno));

	image_free(image);
	return rc;
}

static void destroy(struct follow *follow)
{
	for (struct packet *next; follow->packets; follow->packets = next) {
		next = follow->packets->next;
		free(follow->packets);
	}
	pending_destroy(follow->pending);
	journal_destroy(follow->journal);
	if (follow->store)
		store_close(follow->store);
	if (follow->lock_fd >= 0)
		close(follow->lock_fd); /* last: another one may begin now */
	free(follow->root);
	free(follow->options);
	free(follow);
}

void follow_stop(struct follow *follow)
{
	if (!follow)
		return;
	ask(follow, REQUEST_STOP, NULL, 0, false, NULL);
	pthread_join(follow->thread, NULL);
	pthread_cond_destroy(&follow->wake);
	pthread_cond_destroy(&follow->moved);
	pthread_mutex_destroy(&follow->lock);
	destroy(follow);
}

static int open_store(struct follow *follow, const char *db, struct err *err)
{
	struct buf path = {0};
	struct err why = {{0}};
	int opened = store_open(db, STORE_CREATE | STORE_STRICT, &follow->store, err);

	if (opened)
		return opened;
	if (store_mode(follow->store) != STORE_READ_WRITE)
		return err_set(err, -EROFS, "%s",
		               store_banner(follow->store) ? store_banner(follow->store)
		                                           : _("the database cannot be written"));
	if (index_lock_path(store_path(follow->store), follow->root, &path)) {
		buf_free(&path);
		return err_no_memory(err);
	}
	follow->lock_fd = index_lock(path.data, &why);
	buf_free(&path);
	follow->indexless = follow->lock_fd == -EPERM || follow->lock_fd == -EACCES;
	if (follow->lock_fd < 0 && !follow->indexless)
		return err_set(err, follow->lock_fd, "%s", why.text);
	follow->opened = store_opened(follow->store);
	int rc = begin_state(follow, err);

	return rc ? rc : err_set(err, 0, "%s", follow->indexless ? why.text : "");
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct follow *follow)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;

	pthread_mutex_init(&follow->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&follow->wake, &monotonic);
	pthread_cond_init(&follow->moved, NULL);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&follow->thread, NULL, run_thread, follow);

	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

int follow_start(const struct follow_options *options, struct follow **out, struct err *err)
{
	struct follow *follow = alloc_zero(struct follow);
	int rc;

	*out = NULL;
	if (!follow)
		return err_no_memory(err);
	follow->lock_fd = -1;
	follow->packets_end = &follow->packets;
	follow->write_ns = INT64_MAX;
	follow->prune_ns = INT64_MAX;
	follow->log = options->log;
	follow->keep.rows = options->keep_rows ? options->keep_rows : 500000;
	follow->keep.seconds = options->keep_s ? options->keep_s : 7 * 24 * 3600;
	follow->keep.bytes = options->keep_bytes;
	follow->root = alloc_copy(options->root, strlen(options->root));
	follow->options = alloc_copy(options->options ? options->options : "",
	                             options->options ? strlen(options->options) : 0);
	follow->pending = pending_create();
	follow->journal = journal_create(options->root);
	atomic_store_explicit(&follow->trouble, "", memory_order_relaxed);
	if (!follow->root || !follow->options || !follow->pending || !follow->journal)
		rc = err_no_memory(err);
	else
		rc = open_store(follow, options->db, err);
	if (!rc && (rc = start_thread(follow)))
		err_set(err, rc, "%s", strerror(-rc));
	if (rc) {
		destroy(follow);
		return rc;
	}
	*out = follow;
	return 0;
}
