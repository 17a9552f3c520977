/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recorder writes: watch_state, the logs, the overlay, the index. */
#include "store/record/recorder_state.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "store/db/handle.h"
#include "store/index/overlay.h"

#define RETRY_NS (2 * SECOND)
#define PRUNE_AFTER_NS (60 * SECOND)
#define PRUNE_ROWS 5000    /* written since the last pruning */
#define COMPACT_ROWS 50000 /* directories that are merged in a moment, when following ends */

static struct overlay_chain chain_of(const struct recorder *recorder)
{
	return (struct overlay_chain){recorder->root, recorder->options};
}

static void set_wants_rebase(struct recorder *recorder, bool wanted)
{
	atomic_store_explicit(&recorder->wants_rebase, wanted, memory_order_relaxed);
}

bool recorder_wants_rebase(const struct recorder *recorder)
{
	return atomic_load_explicit(&recorder->wants_rebase, memory_order_relaxed);
}

const char *recorder_trouble(const struct recorder *recorder)
{
	return atomic_load_explicit(&recorder->trouble, memory_order_relaxed);
}

static int set_trouble(struct recorder *recorder, int rc)
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
	if (recorder->lock_fd >= 0 && !*text != !*recorder_trouble(recorder))
		index_lock_say(recorder->lock_fd, INDEX_BEHIND, *text);
	atomic_store_explicit(&recorder->trouble, text, memory_order_relaxed);
	return rc;
}

void recorder_watched(struct recorder *recorder, bool whole)
{
	if (recorder->lock_fd >= 0 &&
	    atomic_exchange_explicit(&recorder->polling, !whole, memory_order_relaxed) != !whole)
		index_lock_say(recorder->lock_fd, INDEX_POLLING, !whole);
}

/* ---- watch_state ---- */

/* A statement with the root as ?1 and up to three numbers behind it. */
static int run_state(struct store *store, const char *root, const char *sql, int64_t a, int64_t b, int64_t c,
                     struct err *err)
{
	sqlite3_stmt *statement = store_prepare(store, sql, err);
	const int64_t numbers[] = {a, b, c};

	sqlite3_bind_blob(statement, 1, root, (int)strlen(root), SQLITE_STATIC);
	for (int i = 2; i <= sqlite3_bind_parameter_count(statement) && i <= 4; i++)
		sqlite3_bind_int64(statement, i, numbers[i - 2]);
	int rc = store_step_done(store, statement, err);

	sqlite3_finalize(statement);
	return rc;
}

int recorder_begin_state(struct recorder *recorder, struct err *err)
{
	sqlite3_stmt *row;
	int rc = run_state(recorder->store, recorder->root,
	                   "INSERT INTO watch_state(watch_root) VALUES(?1) ON CONFLICT DO NOTHING", 0, 0, 0, err);

	/* Whoever followed it last did not come to its end: what it has not written is unknown. */
	if (!rc)
		rc = run_state(
			recorder->store, recorder->root,
			"UPDATE watch_state SET needs_full=1, running=0 WHERE watch_root=?1 AND running IN (?2, ?3)",
			OVERLAY_FOLLOWED, OVERLAY_UNSURE, 0, err);
	if (rc)
		return rc;
	row = store_prepare(recorder->store, "SELECT last_snapshot_id FROM watch_state WHERE watch_root=?1", err);
	sqlite3_bind_blob(row, 1, recorder->root, (int)strlen(recorder->root), SQLITE_STATIC);
	rc = store_step(recorder->store, row, err);
	if (rc == 1)
		recorder->snapshot_id = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

/* ---- writing ---- */

void recorder_throw_away(struct recorder *recorder)
{
	overlay_queue_clear(recorder->queue);
	recorder->gap = recorder->needs_full = true;
	set_wants_rebase(recorder, true);
}

/* Is the overlay getting large?  Counted only when it may be. */
static int weigh(struct recorder *recorder, size_t added, struct err *err)
{
	uint64_t limit = recorder->base_count / 20 > 1000 ? recorder->base_count / 20 : 1000;
	struct overlay_chain chain = chain_of(recorder);
	struct overlay_status status;

	recorder->rows += added;
	if (recorder->rows <= limit)
		return 0;
	int rc = overlay_status(recorder->store, &chain, true, &status, err);

	recorder->rows = status.rows;
	if (!rc && recorder->rows > limit)
		set_wants_rebase(recorder, true);
	return rc;
}

static int write_overlay(struct recorder *recorder, struct err *err)
{
	struct overlay_chain chain = chain_of(recorder);
	size_t count;
	uint64_t seq;

	if (!overlay_queue_count(recorder->queue) || !recorder->based || recorder->gap)
		return 0;
	const struct overlay_row *rows = overlay_queue_rows(recorder->queue, &count);
	int rc = rows ? overlay_flush(recorder->store, &chain, recorder->covers_seq, recorder->event_s, rows, count,
	                              &seq, err)
	              : err_no_memory(err);

	if (rc)
		return rc;
	overlay_queue_clear(recorder->queue);
	return weigh(recorder, count, err);
}

static int note_state(struct recorder *recorder, struct err *err)
{
	int rc = 0;

	if (recorder->needs_full || (recorder->gap && !recorder->gap_noted)) {
		rc = run_state(
			recorder->store, recorder->root,
			"UPDATE watch_state SET needs_full=1, running=CASE WHEN ?2 AND running THEN ?3 ELSE running"
			" END WHERE watch_root=?1",
			recorder->gap, OVERLAY_UNSURE, 0, err);
		if (!rc)
			recorder->needs_full = false, recorder->gap_noted = true;
	}
	if (!rc && recorder->event_s)
		rc = run_state(
			recorder->store, recorder->root,
			"UPDATE watch_state SET last_event_time=max(ifnull(last_event_time, 0), ?2) WHERE"
			" watch_root=?1",
			recorder->event_s, 0, 0, err);
	return rc;
}

/* It may be another database by now, which knows nothing of what this one had. */
static int writable(struct recorder *recorder, struct err *err)
{
	int rc = store_writable(recorder->store, err);

	if (!rc && recorder->opened != store_opened(recorder->store)) {
		recorder->opened = store_opened(recorder->store);
		recorder->based = false;
		recorder->covers_seq = 0;
		recorder->snapshot_id = 0;
		recorder_throw_away(recorder);
		rc = recorder_begin_state(recorder, err);
	} else if (rc == -ESTALE) {
		set_wants_rebase(recorder, true); /* whoever writes the index is told why it fails */
	}
	return rc;
}

int recorder_write(struct recorder *recorder, bool all, struct err *err)
{
	int64_t now = clock_mono_ns();
	int rc = writable(recorder, err);

	if (!rc) {
		recorder->written += journal_ready(recorder->journal, now);
		rc = journal_write(recorder->journal, recorder->store, recorder->snapshot_id, now, all, err);
	}
	if (journal_lost(recorder->journal))
		recorder->needs_full = true;
	if (!rc)
		rc = note_state(recorder, err);
	if (!rc)
		rc = write_overlay(recorder, err);
	recorder->write_ns = rc ? clock_mono_ns() + RETRY_NS : journal_due_ns(recorder->journal);
	if (!rc && recorder->written >= PRUNE_ROWS && recorder->prune_ns == INT64_MAX)
		recorder->prune_ns = clock_mono_ns();
	return set_trouble(recorder, rc);
}

/* A chunk; the next one when nothing else is to be done. */
void recorder_prune(struct recorder *recorder)
{
	bool more = false;
	struct journal_limits keep = recorder->keep;

	keep.bytes = keep.bytes ? keep.bytes : journal_bytes(recorder->store);
	int rc = journal_prune(recorder->store, clock_wall_s(), &keep, &more, NULL);

	recorder->written = 0;
	recorder->prune_ns = rc || more ? clock_mono_ns() + (rc ? PRUNE_AFTER_NS : SECOND / 10) : INT64_MAX;
}

/* ---- a new index, the end ---- */

int recorder_write_index(struct recorder *recorder, struct err *err)
{
	struct index_meta meta = {
		.root = recorder->root,
		.options = recorder->options,
		.snapshot_id = recorder->image_snapshot ? recorder->image_snapshot : recorder->snapshot_id,
		.taken_at = recorder->image_time,
		.covers_seq = recorder->covers_seq,
		.trusted = recorder->image_trusted,
	};
	int rc = writable(recorder, err);

	/* What was told of the database that went. */
	meta.covers_seq = recorder->covers_seq;
	meta.snapshot_id = recorder->image_snapshot ? recorder->image_snapshot : recorder->snapshot_id;
	if (!rc && !recorder->indexless)
		rc = overlay_rebase(recorder->store, recorder->image, &meta, err);
	/* Even if only the pruning failed: the index is written, and rows with later numbers belong to it. */
	recorder->covers_seq = meta.covers_seq;
	if (rc) {
		set_wants_rebase(recorder, true);
		return set_trouble(recorder, rc);
	}
	overlay_queue_clear(recorder->queue);
	recorder->based = !recorder->indexless;
	recorder->gap = recorder->gap_noted = recorder->needs_full = false;
	recorder->snapshot_id = meta.snapshot_id;
	recorder->rebased_s = meta.taken_at;
	recorder->base_count = recorder->image->count;
	recorder->rows = 0;
	set_wants_rebase(recorder, false);
	if (recorder->log) {
		journal_resync(recorder->journal, meta.taken_at);
		recorder->prune_ns = clock_mono_ns();
	}
	rc = recorder_write(recorder, false, err);
	/* What was not read does not make an account whole that was not. */
	return rc ? rc
	          : run_state(
			    recorder->store, recorder->root,
			    meta.trusted
				    ? "UPDATE watch_state SET running=?4, last_reconcile_time=?2,"
				      " last_snapshot_id=?3 WHERE watch_root=?1"
				    : "UPDATE watch_state SET running=?4, needs_full=0, last_reconcile_time=?2,"
				      " last_snapshot_id=?3 WHERE watch_root=?1",
			    meta.taken_at, meta.snapshot_id, OVERLAY_FOLLOWED, err);
}

int recorder_finish(struct recorder *recorder, struct err *err)
{
	int rc = recorder_write(recorder, true, err);

	if (rc || (!recorder->based && !recorder->indexless) || recorder->gap)
		return rc;
	struct overlay_chain chain = chain_of(recorder);
	uint64_t seq;

	/* The last word: all of it was true until now. */
	if (recorder->based)
		rc = overlay_flush(recorder->store, &chain, recorder->covers_seq, clock_wall_s(), NULL, 0, &seq, err);
	if (!rc)
		rc = run_state(recorder->store, recorder->root, "UPDATE watch_state SET running=0 WHERE watch_root=?1",
		               0, 0, 0, err);
	if (!rc && recorder->based && recorder->base_count <= COMPACT_ROWS)
		overlay_compact(recorder->store, recorder->root, NULL); /* if not, the overlay goes on being asked */
	store_checkpoint(recorder->store);
	return rc;
}
