/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_SCHEMA_H
#define STORE_DB_SCHEMA_H

#include "store/db/handle.h"

#define SCHEMA_VERSION 9
#define SCHEMA_APPLICATION 0x446b5472 /* "DkTr", in the file's header: tells our databases from other programs' */
#define SCHEMA_LAST "9223372036854775807" /* last_id of a version that is still true */

/*
 * Columns that a row's `sum` is of, in this order: sql.c makes it of their values when the row is written, the doctor
 * again when it is looked at.  Not in it is what changes later: last_id of a version, head_id and the overlay's numbers
 * of a root.
 */
#define SCHEMA_ROOT "scan_root, host, options, source"
#define SCHEMA_SNAPSHOT \
	"id, scan_root, started_at, finished_at, total_files, total_bytes, error_count, host, root_id, label," \
	" apparent_bytes, total_items, trusted, program," \
	" since_id, since_bytes, since_unknown"
#define SCHEMA_DEVICE "snapshot_id, fs, dev"
#define SCHEMA_DIR "id, root_id, path, fs, ino, btime, depth, utf8"
#define SCHEMA_VERSION_OF_DIR \
	"dir_id, first_id, total_bytes, apparent_bytes, file_count, item_count, mtime, fingerprint_lo," \
	" fingerprint_hi, direct_bytes, child_count," \
	" error_count, flags, lists, own_bytes, own_apparent_bytes, mtime_ns, ctime_ns"
#define SCHEMA_CHUNK "id, entries"
#define SCHEMA_OVERLAY "root_id, path, seq, bytes, apparent_bytes, items, files, gone, errors"
#define SCHEMA_GROWTH "snapshot_a, snapshot_b, dir_id, bytes_a, bytes_b, delta_bytes"

/**
 * Bring the schema up to SCHEMA_VERSION, each step one transaction that also sets user_version.  Two programs may do it
 * at once.
 * *newer is set when a newer program wrote the database (nothing is done then).  An older one that cannot be written
 * just now stays as it is.
 * Fails as store_failed().
 */
int schema_migrate(struct store *store, bool *newer, struct err *err);

/** Read store_id().  0 or as store_failed(). */
int schema_read_id(struct store *store, struct err *err);

/**
 * Are all relations, indexes and views there, word for word?  1 = no, with the name of the first that is not appended;
 * 0 = yes; or -errno with a sentence.
 */
int schema_differs(struct store *store, struct buf *name, struct err *err);

#endif
