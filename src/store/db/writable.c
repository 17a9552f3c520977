/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before anything is written: is the file that is open still the one of that name, and is there room?  What cannot be
 * had is tried again each time, so a browser that was opened on a full disk saves as soon as it can, and whoever
 * follows a folder goes on with the database that is there.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "store/db/connect.h"
#include "store/db/location.h"

#define ROOM_TO_OPEN (1 << 20) /* bytes free that make opening normally worth a try */

/* Try again what could not be opened before. */
static int open_again(struct store *store, struct err *err)
{
	struct err ignored;
	int rc = store_open_any(store, err);

	if (rc)
		store_connect(store, WAY_MEMORY, &ignored); /* so that there is a connection at all */
	return rc;
}

static struct file_identity log_of(const struct store *store)
{
	struct file_identity log = {0}, folder;
	struct buf name = {0};

	if (store_beside(store, "-wal", &name))
		location_identify(name.data, &log, &folder);
	buf_free(&name);
	return log;
}

/*
 * The log of a file that has lost its name: whatever is opened under that name next must not take it for its own.  What
 * is in it comes to the file it is of.
 */
static void remove_log(struct store *store)
{
	static const char *const suffixes[] = {"-wal", "-shm"};
	struct file_identity log = log_of(store);
	struct buf name = {0};

	if (!location_same(&log, &store->log))
		return;
	store_checkpoint(store);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (store_beside(store, suffixes[i], &name))
			unlink(name.data);
	buf_free(&name);
}

/*
 * The file that is open is no longer the one of that name: what is written to it is lost.  Another one in its place is
 * opened if it is ours, and a new one begun where there is none.  Not where the folder went too: below a mount point
 * that lost its file system lies a place that nobody meant.
 */
static int find_again(struct store *store, struct err *err)
{
	struct file_identity file = {0}, folder = {0};
	struct err sentence;
	int rc = 0;

	remove_log(store);
	location_identify(store->path, &file, &folder);
	if (!location_same(&folder, &store->folder))
		rc = err_set(err, -ESTALE,
		             _("the folder of %s is gone, or another is in its place: nothing can be stored any more"),
		             store->safe_path);
	else if (open_again(store, err))
		rc = -ESTALE;
	store->lost = rc != 0;
	if (!rc && !store_banner(store)) {
		err_set(&sentence, 0, _("%s was replaced or deleted: it was opened anew"), store->safe_path);
		store_set_banner(store, sentence.text);
	}
	return rc;
}

static bool is_lost(struct store *store)
{
	struct file_identity file = {0}, folder;

	if (store->lost || !store->file.inode)
		return store->lost;
	if (location_identify(store->path, &file, &folder) || !location_same(&file, &store->file))
		return true;
	store->log = log_of(store);
	return false;
}

int store_writable(struct store *store, struct err *err)
{
	if (store->in_place)
		return 0;
	if (is_lost(store)) {
		int rc = find_again(store, err);

		if (rc)
			return rc;
	}
	if (store->wait_for_room) {
		int rc = store_room(store, ROOM_TO_OPEN, err);

		if (rc)
			return rc;
		const char *banner = store_banner(store);

		store_set_banner(store, NULL);
		rc = open_again(store, err);
		if (rc) {
			store->wait_for_room = true;
			store_set_banner(store, banner);
			return rc;
		}
		if (store->wait_for_room)
			return err_set(err, -ENOSPC, "%s",
			               store_banner(store) ? store_banner(store) : _(store_banner_full));
	}
	if (store_mode(store) == STORE_READ_ONLY)
		return err_set(err, -EROFS, "%s",
		               store_banner(store) ? store_banner(store) : _("the database is read-only"));
	return 0;
}

/* Is what a transaction overwrites kept in memory now?  It is not while another program has the file open. */
static int keep_journal_in_memory(struct store *store, struct err *err)
{
	sqlite3_stmt *row = store_prepare(store, "PRAGMA journal_mode=MEMORY", err);
	int rc = store_step(store, row, err);

	if (rc == 1)
		rc = strcmp((const char *)sqlite3_column_text(row, 0), "memory") ? -EBUSY : 0;
	sqlite3_finalize(row);
	if (rc == -EBUSY)
		err_set(err, rc,
		        _("%s is in use by another program, and the disk is too full to write beside it;"
		          " end the other, or make room"),
		        store->safe_path);
	return rc;
}

int store_in_place(struct store *store, struct err *err)
{
	int rc = store_connect(store, WAY_EXCLUSIVE, err);

	if (!rc)
		rc = keep_journal_in_memory(store, err);
	store->in_place = !rc;
	if (rc) {
		struct err ignored;

		open_again(store, &ignored);
	}
	return rc;
}

void store_in_place_end(struct store *store)
{
	struct err ignored;

	if (store->in_place)
		open_again(store, &ignored);
}
