/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_JOURNAL_H
#define STORE_RECORD_JOURNAL_H

#include "engine/watch/watcher.h"
#include "store/db/store.h"

/*
 * The history that a follower writes: mutation_log and fs_events, a row a change; dir_deltas, a row a directory at its
 * first change and then at most every 10 s.  Bounded: rows that find no room while nothing can be written are lost, and
 * journal_lost() says so.  One thread.
 */
struct journal;

/** Numbers of fs_events.event_type; those of a change are its mutation_type. */
enum journal_event { JOURNAL_CREATE, JOURNAL_DELETE, JOURNAL_MODIFY, JOURNAL_RENAME, JOURNAL_OVERFLOW, JOURNAL_RESYNC };

struct journal *journal_create(const char *root);
void journal_destroy(struct journal *journal);

/** Take a batch in; what is needed is copied. */
void journal_add(struct journal *journal, const struct batch *batch, int64_t now_ns);

/** Note that the root was read again. */
void journal_resync(struct journal *journal, int64_t time_s);

/** Rows that can be written at this time. */
size_t journal_ready(const struct journal *journal, int64_t now_ns);

/** When the next row can be written; INT64_MAX = there is none. */
int64_t journal_due_ns(const struct journal *journal);

/**
 * Write them, at most 500 in a transaction; what was written is forgotten, the rest stays when it fails.  `all`: deltas
 * whose time has not come, too.
 */
int journal_write(struct journal *journal, struct store *store, int64_t snapshot_id, int64_t now_ns, bool all,
                  struct err *err);

/** Were rows lost since this was last asked? */
bool journal_lost(struct journal *journal);

/** What the logs may take: of each so many rows, of all of them together so many bytes. */
struct journal_limits {
	int64_t seconds, rows;
	uint64_t bytes;
};

/**
 * Bytes that the logs may take where the database lies: a fiftieth of the file system, 256 MiB at most; a quarter of
 * that where less than a twentieth of it (1 GiB at most) is free.  Never below 1 MiB.
 */
uint64_t journal_bytes(const struct store *store);

/**
 * Delete a chunk of what is older or more than it may be; *more = there is more to delete.  A root whose unreconciled
 * rows go is marked needs_full.
 */
int journal_prune(struct store *store, int64_t now_s, const struct journal_limits *keep, bool *more, struct err *err);

#endif
