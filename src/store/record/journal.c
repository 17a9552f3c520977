/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/record/journal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/figure.h"
#include "base/text.h"
#include "store/db/handle.h"

#define CHUNK 500                      /* rows a transaction: others get their turn */
#define PRUNE_CHUNK 5000
#define BYTES_MAX (UINT64_C(256) << 20)
#define BYTES_LEAST (UINT64_C(1) << 20)
#define FREE_MOST (UINT64_C(1) << 30)
#define ENTRIES_MAX 200000             /* while nothing can be written */
#define DELTAS_MAX 200000
#define DELTA_EVERY_NS (INT64_C(10) * 1000000000)

struct journal_entry {
	enum journal_event event;
	bool is_dir, mutation;             /* a change, not only an event */
	char *path, *old_path, *by;
	dev_t dev;
	uint64_t ino;
	uint64_t old_bytes, new_bytes;
	int64_t time_s;
};

struct delta {
	char *path;
	uint32_t hash;
	uint64_t previous_bytes, current_bytes;
	int64_t time_s;
	int64_t due_ns;                    /* not written before */
	bool waits;
};

struct journal {
	char *root;
	struct journal_entry *entries;
	size_t count, capacity;
	struct delta *deltas;
	size_t delta_count, delta_capacity, waiting;
	struct hash by_path; /* index in deltas */
	bool lost;
};

struct journal *journal_create(const char *root)
{
	struct journal *journal = alloc_zero(struct journal);

	if (journal && !(journal->root = alloc_copy(root, strlen(root)))) {
		free(journal);
		return NULL;
	}
	return journal;
}

static void forget_entries(struct journal *journal, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(journal->entries[i].path);
		free(journal->entries[i].old_path);
		free(journal->entries[i].by);
	}
	if (count < journal->count)
		memmove(journal->entries, journal->entries + count,
		        (journal->count - count) * sizeof(*journal->entries));
	journal->count -= count;
}

void journal_destroy(struct journal *journal)
{
	if (!journal)
		return;
	forget_entries(journal, journal->count);
	for (size_t i = 0; i < journal->delta_count; i++)
		free(journal->deltas[i].path);
	free(journal->entries);
	free(journal->deltas);
	hash_free(&journal->by_path);
	free(journal->root);
	free(journal);
}

/* ---- taking in ---- */

static void add_entry(struct journal *journal, const struct journal_entry *entry)
{
	bool room = journal->count < ENTRIES_MAX &&
	            !alloc_room(&journal->entries, &journal->capacity, journal->count + 1);
	struct journal_entry copy = *entry;

	copy.path = alloc_copy(entry->path, strlen(entry->path));
	copy.old_path = entry->old_path ? alloc_copy(entry->old_path, strlen(entry->old_path)) : NULL;
	copy.by = entry->by ? alloc_text(entry->by) : NULL;
	if (!room || !copy.path || (entry->old_path && !copy.old_path) || (entry->by && !copy.by)) {
		free(copy.path);
		free(copy.old_path);
		free(copy.by);
		journal->lost |= entry->mutation;
		return;
	}
	journal->entries[journal->count++] = copy;
}

static struct delta *find_delta(const struct journal *journal, const char *path)
{
	HASH_EACH (&journal->by_path, (uint32_t)XXH3_64bits(path, strlen(path)), i)
		if (!strcmp(journal->deltas[i].path, path))
			return &journal->deltas[i];
	return NULL;
}

/* The delta of a directory, made when it is missing; NULL: there is no room, and its history has a gap. */
static struct delta *need_delta(struct journal *journal, const char *path)
{
	struct delta *delta = find_delta(journal, path);

	if (delta || hash_reserve(&journal->by_path, journal->delta_count + 1))
		return delta;
	if (journal->delta_count >= DELTAS_MAX ||
	    alloc_room(&journal->deltas, &journal->delta_capacity, journal->delta_count + 1))
		return NULL;
	char *copy = alloc_copy(path, strlen(path));

	if (!copy)
		return NULL;
	delta = &journal->deltas[journal->delta_count];
	*delta = (struct delta){.path = copy, .hash = (uint32_t)XXH3_64bits(path, strlen(path))};
	hash_add(&journal->by_path, delta->hash, (uint32_t)journal->delta_count++);
	return delta;
}

void journal_add(struct journal *journal, const struct batch *batch, int64_t now_ns)
{
	for (size_t i = 0; i < batch->change_count; i++) {
		const struct change *change = &batch->changes[i];

		add_entry(journal, &(struct journal_entry){
					   /* What is told of a directory as a whole is a change of it. */
					   .event = change->kind == CHANGE_MANY ? JOURNAL_MODIFY
		                                                                : (enum journal_event)change->kind,
					   .mutation = true,
					   .is_dir = change->is_dir,
					   .path = change->path,
					   .old_path = change->old_path,
					   .by = (char *)(uintptr_t)change->by, /* copied */
					   .dev = change->dev,
					   .ino = change->ino,
					   .old_bytes = change->old_bytes,
					   .new_bytes = change->new_bytes,
					   .time_s = batch->time_s,
				   });
	}
	for (uint32_t i = 0; i < batch->overflows && i < 16; i++)
		add_entry(journal, &(struct journal_entry){.event = JOURNAL_OVERFLOW,
		                                           .is_dir = true,
		                                           .path = journal->root,
		                                           .time_s = batch->time_s});
	for (size_t i = 0; i < batch->dir_count; i++) {
		const struct change_dir *dir = &batch->dirs[i];
		uint64_t now_bytes = dir->gone ? 0 : dir->bytes;
		/* Below a directory that moved nothing has grown. */
		struct delta *delta = now_bytes == dir->old_bytes ? find_delta(journal, dir->path)
		                                                  : need_delta(journal, dir->path);

		if (!delta)
			continue;
		if (!delta->waits) {
			delta->waits = true;
			delta->previous_bytes = dir->old_bytes;
			journal->waiting++;
			if (!delta->due_ns)
				delta->due_ns = now_ns; /* the leading edge */
		}
		delta->current_bytes = now_bytes;
		delta->time_s = batch->time_s;
	}
}

void journal_resync(struct journal *journal, int64_t time_s)
{
	add_entry(journal, &(struct journal_entry){.event = JOURNAL_RESYNC,
	                                           .is_dir = true,
	                                           .path = journal->root,
	                                           .time_s = time_s});
}

bool journal_lost(struct journal *journal)
{
	bool lost = journal->lost;

	journal->lost = false;
	return lost;
}

size_t journal_ready(const struct journal *journal, int64_t now_ns)
{
	size_t ready = journal->count;

	for (size_t i = 0; i < journal->delta_count; i++)
		ready += journal->deltas[i].waits && journal->deltas[i].due_ns <= now_ns;
	return ready;
}

int64_t journal_due_ns(const struct journal *journal)
{
	int64_t due = journal->count ? 0 : INT64_MAX;

	for (size_t i = 0; journal->waiting && i < journal->delta_count; i++)
		if (journal->deltas[i].waits && journal->deltas[i].due_ns < due)
			due = journal->deltas[i].due_ns;
	return due;
}

/* ---- writing ---- */

static void bind_path(sqlite3_stmt *statement, int column, const char *path)
{
	if (path)
		sqlite3_bind_blob(statement, column, path, (int)strlen(path), SQLITE_STATIC);
	else
		sqlite3_bind_null(statement, column);
}

static int write_entry(struct store *store, sqlite3_stmt *mutation, sqlite3_stmt *event,
                       const struct journal_entry *entry, struct err *err)
{
	int rc = 0;

	if (entry->mutation) {
		sqlite3_bind_int64(mutation, 1, entry->time_s);
		sqlite3_bind_int(mutation, 2, (int)entry->event);
		sqlite3_bind_int64(mutation, 3, (int64_t)entry->dev);
		sqlite3_bind_int64(mutation, 4, (int64_t)entry->ino); /* 0 = not known */
		bind_path(mutation, 5, entry->path);
		sqlite3_bind_int64(mutation, 6, (int64_t)entry->old_bytes);
		sqlite3_bind_int64(mutation, 7, (int64_t)entry->new_bytes);
		bind_path(mutation, 8, entry->old_path);
		sqlite3_bind_text(mutation, 9, entry->by, -1, SQLITE_STATIC); /* of NULL it makes NULL */
		sqlite3_bind_int(mutation, 10, entry->is_dir);
		rc = store_step_done(store, mutation, err);
	}
	if (rc)
		return rc;
	sqlite3_bind_int64(event, 1, entry->time_s);
	sqlite3_bind_int(event, 2, (int)entry->event);
	bind_path(event, 3, entry->path);
	sqlite3_bind_int64(event, 4, figure_told_delta(figure_difference(entry->new_bytes, entry->old_bytes)));
	sqlite3_bind_int(event, 5, entry->is_dir);
	return store_step_done(store, event, err);
}

/* One transaction of up to CHUNK entries. */
static int write_entries(struct journal *journal, struct store *store, struct err *err)
{
	size_t count = journal->count < CHUNK ? journal->count : CHUNK;
	sqlite3_stmt *mutation = store_prepare(
		store,
		"INSERT INTO mutation_log(timestamp, mutation_type, dev, ino, path_blob, old_size, new_size,"
		" old_path_blob, \"by\", is_dir)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		err);
	sqlite3_stmt *event = store_prepare(
		store,
		"INSERT INTO fs_events(timestamp, event_type, path_blob, delta_bytes, is_dir) VALUES(?1, ?2, ?3,"
		" ?4, ?5)",
		err);
	int rc = mutation && event ? store_begin(store, err) : store_failed(store, err);

	if (!rc) {
		for (size_t i = 0; !rc && i < count; i++)
			rc = write_entry(store, mutation, event, &journal->entries[i], err);
		if (!rc)
			rc = store_commit(store, err);
		else
			store_rollback(store);
	}
	sqlite3_finalize(mutation);
	sqlite3_finalize(event);
	if (!rc)
		forget_entries(journal, count);
	return rc;
}

static int write_delta(struct store *store, sqlite3_stmt *add, int64_t snapshot_id, const struct delta *delta,
                       struct err *err)
{
	size_t length = strlen(delta->path);

	if (delta->current_bytes == delta->previous_bytes)
		return 0; /* it came back */
	if (snapshot_id)
		sqlite3_bind_int64(add, 1, snapshot_id);
	else
		sqlite3_bind_null(add, 1);
	bind_path(add, 2, delta->path);
	if (text_is_utf8(delta->path, length))
		sqlite3_bind_text(add, 3, delta->path, (int)length, SQLITE_STATIC);
	else
		sqlite3_bind_null(add, 3);
	sqlite3_bind_int64(add, 4, (int64_t)delta->previous_bytes);
	sqlite3_bind_int64(add, 5, (int64_t)delta->current_bytes);
	sqlite3_bind_int64(add, 6, figure_told_delta(figure_difference(delta->current_bytes, delta->previous_bytes)));
	sqlite3_bind_int64(add, 7, delta->time_s);
	return store_step_done(store, add, err);
}

/* One transaction of the deltas from *at on; *at is moved behind them. */
static int write_deltas(struct journal *journal, struct store *store, int64_t snapshot_id, int64_t now_ns, bool all,
                        size_t *at, struct err *err)
{
	sqlite3_stmt *add = store_prepare(
		store,
		"INSERT INTO dir_deltas(snapshot_id, path_blob, path_utf8, previous_bytes, current_bytes,"
		" delta_bytes, recorded_at)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
		err);
	size_t i = *at, rows = 0;
	int rc = add ? store_begin(store, err) : store_failed(store, err);

	if (!rc) {
		for (; !rc && i < journal->delta_count && rows < CHUNK; i++)
			if (journal->deltas[i].waits && (all || journal->deltas[i].due_ns <= now_ns)) {
				rc = write_delta(store, add, snapshot_id, &journal->deltas[i], err);
				rows++;
			}
		if (!rc)
			rc = store_commit(store, err);
		else
			store_rollback(store);
	}
	sqlite3_finalize(add);
	for (; !rc && *at < i; ++*at) {
		struct delta *delta = &journal->deltas[*at];

		if (delta->waits && (all || delta->due_ns <= now_ns)) {
			delta->waits = false;
			delta->due_ns = now_ns + DELTA_EVERY_NS;
			journal->waiting--;
		}
	}
	return rc;
}

/* Forget directories that have been quiet for long enough: their next change is a leading edge again. */
static void sweep(struct journal *journal, int64_t now_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < journal->delta_count; i++) {
		if (!journal->deltas[i].waits && journal->deltas[i].due_ns <= now_ns)
			free(journal->deltas[i].path);
		else
			journal->deltas[kept++] = journal->deltas[i];
	}
	if (kept == journal->delta_count)
		return;
	journal->delta_count = kept;
	hash_clear(&journal->by_path);
	for (size_t i = 0; i < kept; i++)
		hash_add(&journal->by_path, journal->deltas[i].hash, (uint32_t)i);
}

int journal_write(struct journal *journal, struct store *store, int64_t snapshot_id, int64_t now_ns, bool all,
                  struct err *err)
{
	bool due = false;
	int rc = 0;

	while (!rc && journal->count)
		rc = write_entries(journal, store, err);
	for (size_t i = 0; journal->waiting && i < journal->delta_count && !due; i++)
		due = journal->deltas[i].waits && (all || journal->deltas[i].due_ns <= now_ns);
	for (size_t at = 0; !rc && due && at < journal->delta_count;)
		rc = write_deltas(journal, store, snapshot_id, now_ns, all, &at, err);
	if (!rc)
		sweep(journal, now_ns);
	return rc;
}

/* ---- pruning ---- */

static int ask(struct store *store, const char *sql, int64_t a, int64_t *answer, struct err *err)
{
	sqlite3_stmt *row = store_prepare(store, sql, err);

	*answer = 0;
	if (sqlite3_bind_parameter_count(row))
		sqlite3_bind_int64(row, 1, a);
	int rc = store_step(store, row, err);

	if (rc == 1)
		*answer = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

static int run_range(struct store *store, const char *sql, int64_t from, int64_t to, struct err *err)
{
	sqlite3_stmt *statement = store_prepare(store, sql, err);

	sqlite3_bind_int64(statement, 1, from);
	sqlite3_bind_int64(statement, 2, to);
	int rc = store_step_done(store, statement, err);

	sqlite3_finalize(statement);
	return rc;
}

/*
 * `weight`: what a row takes on the average with its indexes, by the newest thousand; a path is in a row as often as it
 * is added.
 */
static const struct {
	const char *first, *last, *old, *weight, *delete;
} logs[] = {
#define LOG(table, time, paths)                                                                                        \
	{                                                                                                              \
		"SELECT min(id) FROM " table, "SELECT max(id) FROM " table,                                            \
			"SELECT max(id) FROM " table " WHERE " time "<?1",                                             \
			"SELECT 80+ifnull(CAST(avg(" paths ") AS INT), 0) FROM " table " WHERE id>?1-1000",            \
			"DELETE FROM " table " WHERE id BETWEEN ?1 AND ?2"                                             \
	}
	/* The first: what of it was not reconciled is missed. */
	LOG("mutation_log", "timestamp",
	    "ifnull(length(path_blob), 0)+ifnull(length(old_path_blob), 0)+ifnull(length(\"by\"), 0)"),
	LOG("fs_events", "timestamp", "ifnull(length(path_blob), 0)"),
	LOG("dir_deltas", "recorded_at", "2*length(path_blob)+ifnull(length(path_utf8), 0)"),
#undef LOG
};

static const char mark_sql[] =
	"UPDATE watch_state SET needs_full=1 WHERE EXISTS(SELECT 1 FROM mutation_log m WHERE m.id BETWEEN ?1 AND ?2"
	" AND m.timestamp>=ifnull(watch_state.last_reconcile_time, 0) AND substr(m.path_blob, 1,"
	" length(watch_root))=watch_root)";

uint64_t journal_bytes(const struct store *store)
{
	struct statvfs fs;

	if (store_mode(store) == STORE_MEMORY || statvfs(store_path(store), &fs))
		return BYTES_LEAST;
	uint64_t all = fs.f_blocks * fs.f_frsize, room = fs.f_bavail * fs.f_frsize,
		 keep_free = all / 20 < FREE_MOST ? all / 20 : FREE_MOST;
	uint64_t bytes = all / 50 < BYTES_MAX ? all / 50 : BYTES_MAX;

	if (room < keep_free)
		bytes /= 4;
	return bytes > BYTES_LEAST ? bytes : BYTES_LEAST;
}

static int prune_log(struct store *store, size_t log, int64_t before_s, const struct journal_limits *keep, bool *more,
                     struct err *err)
{
	int64_t first, last, old, weight, keep_rows = keep->rows;
	int rc = ask(store, logs[log].first, 0, &first, err);

	if (!rc)
		rc = ask(store, logs[log].last, 0, &last, err);
	if (!rc)
		rc = ask(store, logs[log].old, before_s, &old, err);
	if (!rc)
		rc = ask(store, logs[log].weight, last, &weight, err);
	if (rc || !last)
		return rc;
	if ((uint64_t)keep_rows > keep->bytes / (sizeof(logs) / sizeof(*logs)) / (uint64_t)weight)
		keep_rows = (int64_t)(keep->bytes / (sizeof(logs) / sizeof(*logs)) / (uint64_t)weight);
	int64_t to = last - keep_rows > old ? last - keep_rows : old;

	if (to < first)
		return 0;
	if (to - first >= PRUNE_CHUNK) {
		to = first + PRUNE_CHUNK - 1;
		*more = true;
	}
	rc = store_begin(store, err);
	if (rc)
		return rc;
	if (log == 0)
		rc = run_range(store, mark_sql, first, to, err);
	if (!rc)
		rc = run_range(store, logs[log].delete, first, to, err);
	if (!rc)
		return store_commit(store, err);
	store_rollback(store);
	return rc;
}

int journal_prune(struct store *store, int64_t now_s, const struct journal_limits *keep, bool *more, struct err *err)
{
	int rc = 0;

	*more = false;
	for (size_t i = 0; !rc && i < sizeof(logs) / sizeof(*logs); i++)
		rc = prune_log(store, i, now_s - keep->seconds, keep, more, err);
	return rc;
}
