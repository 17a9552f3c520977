/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_STORE_H
#define STORE_DB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The database: one SQLite file in WAL mode.  A struct store is one connection and belongs to one thread at a time
 * (the browser gives it to its store thread, worker.h; a command uses it directly).
 */
struct store;

enum store_mode {
	STORE_READ_WRITE,
	STORE_READ_ONLY, /* foreign-owned, read-only medium, newer schema: reading works, writing says why not */
	STORE_MEMORY,    /* nothing could be opened: an empty database in memory; nothing is kept */
};

enum store_open_flag {
	/*
	 * make folder and file when missing.  Without it a missing file opens as an empty database in memory, silently
	 */
	STORE_CREATE = 1 << 0,
	/* commands: fail with a sentence instead of STORE_MEMORY, and instead of setting a damaged file aside */
	STORE_STRICT = 1 << 1,
};

/**
 * Path of the database: `option` (--db), else DISKTRACKER_DB, else $XDG_DATA_HOME/disktracker/data.db, else
 * ~/.local/share/….  Appends.
 */
int store_default_path(const char *option, struct buf *out);

/**
 * Open, create, migrate.  A database of ours that is damaged is renamed to data.db.corrupt-TIME with its -wal and -shm,
 * never deleted, and a fresh one begun (not with STORE_STRICT, not through a symbolic link).  A file that does not bear
 * our name is left as it is; an empty one of our user's is filled.  On a full disk it opens with locking_mode=EXCLUSIVE
 * and reads what is there.
 * 0, or -errno with a sentence; a sentence may also come with success: the banner (store_banner()).
 */
int store_open(const char *path, unsigned flags, struct store **out, struct err *err);
/** An empty one in memory, gone when it is closed.  0, or -errno with a sentence. */
int store_open_memory(struct store **out, struct err *err);
void store_close(struct store *store);

enum store_mode store_mode(const struct store *store);
const char *store_path(const struct store *store);

#define STORE_ID_BYTES 16
/**
 * Random bytes that tell this database from every other; all 0: written by an earlier version, and only read since.
 * Thread: the store's.
 */
const unsigned char *store_id(const struct store *store);

/** One sentence for the banner ("disk full: this scan is not saved yet; earlier snapshots work"), or NULL. */
const char *store_banner(const struct store *store);

/**
 * How many files it has been: more than one where the file was replaced meanwhile, and another database is open now.
 */
unsigned store_opened(const struct store *store);

/** Was it written by a newer version of this program?  Then it is read-only, and the banner says so. */
bool store_newer(const struct store *store);

/**
 * Around many reads (every folder's files): they see one state of the database, whatever another program deletes
 * meanwhile, and cost a third.
 * May be nested.  Nothing may be saved in between.
 */
void store_read_begin(struct store *store);
void store_read_end(struct store *store);

#define STORE_WAIT_MS 60000

/**
 * Asked about 20 times a second while another program holds the lock, with how long that has been; false = give up.
 * `path` is safe to print.
 */
typedef bool store_wait(void *context, const char *path, int waited_ms);

/** Commands wait longer than the 5 s that are the rule, up to a minute: what they have to save may have taken hours. */
void store_wait_with(struct store *store, store_wait *wait, void *context);

/** The raw handle, for the other files of this folder and for tests. */
struct sqlite3 *store_handle(struct store *store);

/** Name of this machine, as stored in snapshots.host. */
const char *store_host(void);

/** Size of the database with its WAL, in bytes. */
uint64_t store_bytes(const struct store *store);

#endif
