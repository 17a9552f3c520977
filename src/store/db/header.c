/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first 100 bytes of the file say whose it is (https://sqlite.org/fileformat2.html): at 0 "SQLite format 3", at 68
 * the application's id.  They are read through the descriptor that SQLite has opened: closing one of our own would drop
 * the POSIX locks of every connection of this process.
 *
 * Our id is written with the first page, before there is a log, and never changes.  So a file without it is not ours,
 * however damaged ours may get.
 */
#include "store/db/header.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/i18n.h"
#include "store/db/schema.h"

#define HEADER_BYTES 100
#define HEADER_APPLICATION 68

static const char magic[16] = "SQLite format 3";

int header_check(struct store *store, struct err *err)
{
	unsigned char bytes[HEADER_BYTES] = {0};
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;
	uint32_t application;

	if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file ||
	    !file->pMethods)
		return err_set(err, -EIO, _("%s cannot be read"), store->safe_path);
	if (file->pMethods->xFileSize(file, &size) != SQLITE_OK)
		return err_set(err, -EIO, _("%s cannot be read"), store->safe_path);
	int rc = file->pMethods->xRead(file, bytes, HEADER_BYTES, 0);

	if (rc != SQLITE_OK && rc != SQLITE_IOERR_SHORT_READ)
		return err_set(err, -EIO, _("%s cannot be read"), store->safe_path);
	memcpy(&application, bytes + HEADER_APPLICATION, sizeof(application));
	if (size >= HEADER_BYTES && be32toh(application) == SCHEMA_APPLICATION)
		return 0;
	if (!memcmp(bytes, magic, sizeof(magic)))
		return err_set(
			err, -EINVAL,
			_("%s is the database of another program and stays as it is; name another file with --db"),
			store->safe_path);
	return err_set(err, -EINVAL, _("%s is no database and stays as it is; name another file with --db"),
	               store->safe_path);
}

int header_write(struct store *store, struct err *err)
{
	char sql[128];

	/* In one transaction: each of the two pragmas writes the first page. */
	sqlite3_snprintf(
		sizeof(sql), sql,
		"PRAGMA page_size=8192; BEGIN; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA application_id=%d; COMMIT",
		SCHEMA_APPLICATION);
	int rc = store_exec(store, sql, err);

	store_rollback(store);
	return rc;
}
