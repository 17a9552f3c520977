/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_HANDLE_H
#define STORE_DB_HANDLE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "engine/image/image.h"
#include "store/db/store.h"

/* The inside of a struct store, for the files of src/store: connection, prepared statements, errors as sentences. */

/** Statements used again and again; prepared at their first use, see sql.c. */
enum statement {
	ST_BEGIN,
	ST_COMMIT,
	ST_ROOT_FIND,
	ST_ROOT_ADD,
	ST_ROOT_HEAD,
	ST_SNAPSHOT_ADD,
	ST_SNAPSHOT_SUM,
	ST_DEVICE_ADD,
	ST_DIR_FIND,
	ST_DIR_DELETE,
	ST_VERSION_HEAD,
	ST_VERSION_CLOSE,
	ST_DIR_AT,
	ST_VERSION_AT,
	ST_VERSION_LISTS,
	ST_VERSION_DELETE,
	ST_CHUNK_GET,
	ST_CHUNK_DELETE,
	ST_DIFF_TRIM,
	ST_COUNT
};

/** The newest snapshot of the chain that was stored last, kept so that the next one need not read it back. */
struct head {
	int64_t root_id, snapshot_id; /* 0 = nothing kept */
	struct image *image;
	/* row of `dirs` of each directory of the image, 0 = to be looked up; NULL = the image's store_id, or all 0 */
	int64_t *dirs;
};

struct banner {
	struct banner *older;
	char text[];
};

/** Which file it is, whatever its name. */
struct file_identity {
	uint64_t device, inode; /* 0 = none */
};

struct store {
	struct sqlite3 *db;
	char *path;      /* absolute where that could be found out */
	char *safe_path; /* for sentences */
	unsigned open_flags;
	/* the name given is a symbolic link: what it leads to is never set aside nor filled */
	bool linked;
	/* enum store_mode.  Written by the owner (release), read by anyone (acquire) */
	_Atomic int mode;
	/* likewise; what it pointed to stays in `banners` until the store is closed */
	_Atomic(const char *) banner;
	struct banner *banners;
	struct file_identity file, folder; /* the one that is open (none: in memory), and where it lies */
	struct file_identity last, log;    /* that was open, and its log */
	unsigned opened;                   /* how many were */
	bool lost;                         /* the file of that name is another, which could not be opened */
	bool in_place;                     /* store_in_place() */
	/* opened on a full disk, or while another program held it: try again before saving */
	bool wait_for_room;
	bool newer;                       /* its schema is of a later version than ours */
	bool older;                       /* of an earlier one, and it cannot be brought up to ours */
	bool damaged;                     /* what was read cannot be right; set by store_damaged() */
	unsigned char id[STORE_ID_BYTES]; /* store_id() */
	store_wait *wait;                 /* for the lock of another program; NULL = 5 s in silence */
	void *wait_context;
	unsigned reading; /* store_read_begin()s not ended */
	struct sqlite3_stmt *statements[ST_COUNT];
	struct head head;
};

/* ---- what it holds: handle.c ---- */

/** The path with an ending, in place of what is in `out`. */
bool store_beside(const struct store *store, const char *suffix, struct buf *out);

void store_set_mode(struct store *store, enum store_mode mode);

/**
 * NULL clears.  Earlier ones stay: another thread may be painting one.  Out of memory: a program without its banner
 * still works.
 */
void store_set_banner(struct store *store, const char *text);

/** The banner of a full disk, and how to put it up or take it down. */
extern const char store_banner_full[];
void store_disk_full(struct store *store, bool full);

/** Forget the kept head. */
void store_forget_head(struct store *store);

/* ---- statements: sql.c ---- */

/** The statement, reset, with the bindings of its last use (bind them all); NULL with a sentence. */
struct sqlite3_stmt *store_statement(struct store *store, enum statement which, struct err *err);

/** Give a new connection the function row_sum() of our statements. */
int store_functions(struct store *store, struct err *err);

/** Prepare a statement used once; NULL with a sentence.  The caller finalizes it. */
struct sqlite3_stmt *store_prepare(struct store *store, const char *sql, struct err *err);

/** Run statements without a result. */
int store_exec(struct store *store, const char *sql, struct err *err);

/*
 * A statement that could not be prepared is NULL: to bind to it does nothing, and the first step fails as preparing it
 * did.
 */

/** Step a statement that gives no row; resets it.  0 or -errno with a sentence. */
int store_step_done(struct store *store, struct sqlite3_stmt *statement, struct err *err);

/** Step: 1 = a row, 0 = the end (reset), or -errno with a sentence (reset). */
int store_step(struct store *store, struct sqlite3_stmt *statement, struct err *err);

/** Numbers for the parameters of a statement, as two arguments: an array and how many. */
#define NUMBERS(...) (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)

/** Bind numbers to the parameters from `first` on. */
void store_bind(struct sqlite3_stmt *statement, int first, const int64_t *numbers, size_t count);

/** Run a statement used once, or a kept one, with these parameters.  0 or -errno with a sentence. */
int store_run(struct store *store, const char *sql, const int64_t *numbers, size_t count, struct err *err);
int store_run_kept(struct store *store, enum statement which, const int64_t *numbers, size_t count, struct err *err);

/** The same for a statement that answers with a number; 0 where there is no row. */
int store_ask(struct store *store, const char *sql, const int64_t *numbers, size_t count, int64_t *answer,
              struct err *err);

/** The last failure of the connection as -errno with a sentence: -ENOSPC, -EBUSY, -EROFS, -EIO, -ENOMEM. */
int store_failed(struct store *store, struct err *err);

/** -EIO: what the database holds cannot be right. */
int store_damaged(struct store *store, const char *what, struct err *err);

/** Wait for locks as store_wait_with() has said: for the connection that is there now. */
void store_patience(struct store *store);

/** BEGIN IMMEDIATE (waits: -EBUSY), COMMIT (rolls back when it fails), ROLLBACK. */
int store_begin(struct store *store, struct err *err);
int store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store);

/** Bring the log into the database and cut it, if nobody reads just now.  A failure costs nothing but space. */
void store_checkpoint(struct store *store);

/* ---- before writing: writable.c ---- */

/**
 * Before writing: opens again what was opened on a full disk, and what was replaced or deleted meanwhile (then nothing
 * that was known of its rows is true any more: store_opened()).  -EROFS, -ENOSPC, -EBUSY with a sentence; -ESTALE: it
 * went, and nothing of ours can be opened in its place.
 */
int store_writable(struct store *store, struct err *err);

/**
 * Where the disk has no room for a log: from now on transactions overwrite the file's own pages, and what was there is
 * kept in memory for a rollback.  For deleting, which needs no new pages.  Should the machine lose its power within a
 * commit, the database may be damaged: a last resort.  Nobody else may have it open.  0, or -errno with a sentence (it
 * is open as before then).
 */
int store_in_place(struct store *store, struct err *err);
void store_in_place_end(struct store *store);

/** -ENOSPC with a sentence when fewer bytes than this are free where the database lies. */
int store_room(struct store *store, uint64_t bytes, struct err *err);

/** Finalize all prepared statements. */
void store_finalize(struct store *store);

#endif
