/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_DATABASE_H
#define CLI_DATABASE_H

#include "cli/document.h"
#include "cli/options.h"
#include "store/snapshot/snapshot.h"
#include "store/db/store.h"

/* What commands ask of the database: open it, find the snapshots that PATH and REF mean, print one. */

/**
 * Open the database that the options name.  `write`: it is made when missing, and -EROFS when it cannot be written;
 * else a missing one is empty.
 * 0 or -errno with a sentence.
 */
int database_open(const struct options *options, bool write, struct store **out, struct err *err);

/** The snapshots among which a REF is looked for. */
struct database_history {
	struct snapshot_list list; /* newest first */
	struct buf root;           /* of the chain; empty: every snapshot there is */
	struct buf path;           /* the folder asked for, absolute; empty when none was */
};

void database_history_clear(struct database_history *history);

/**
 * The history that PATH belongs to; PATH need not exist any more.  NULL: every snapshot of the database.
 * -ENOENT with a sentence when nothing is known of it.
 */
int database_history(struct store *store, const char *path, struct database_history *out, struct err *err);

/**
 * The same of a machine; `host` NULL: of this one.  A folder of another machine need not be here; NULL is the one of
 * which its newest snapshot is.
 */
int database_history_of(struct store *store, const char *host, const char *path, struct database_history *out,
                        struct err *err);

/**
 * The root that PATH belongs to: the deepest known one that contains it, of that machine (NULL: of any), else PATH
 * itself.  Appends.
 */
int database_root(struct store *store, const char *host, const char *path, struct buf *out, struct err *err);

/** PATH absolute: as it is here, or (`host` given) as it may be there.  Appends; 0 or -errno with a sentence. */
int database_path(const char *host, const char *path, struct buf *out, struct err *err);

/**
 * The snapshot that REF names in the history; an id names any snapshot of the database.  Notes go to stderr.  `before`:
 * see ref_find().
 */
int database_find(struct store *store, const struct database_history *history, const char *ref, int64_t before,
                  struct snapshot *out, struct err *err);

/** The same; a note is appended to `note`. */
int database_find_noting(struct store *store, const struct database_history *history, const char *ref, int64_t before,
                         struct snapshot *out, struct buf *note, struct err *err);

/** Is it an id, `41`? */
bool database_is_id(const char *ref);

/** The members of a snapshot in an object that is open. */
void database_json(struct document *json, const struct snapshot *snapshot);

#endif
