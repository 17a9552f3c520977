/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/record/check.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/db/handle.h"
#include "store/index/index.h"
#include "store/index/overlay.h"
#include "store/db/schema.h"
#include "store/snapshot/snapshot.h"

struct check {
	struct store *store;
	bool repair;
	check_found *found;
	void *context;
	struct err *err;
	struct snapshot_list list; /* of this machine, newest first */
};

static void __attribute__((format(printf, 4, 5)))
tell(const struct check *check, const char *what, enum check_state state, const char *format, ...)
{
	char sentence[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	check->found(check->context, what, state, sentence);
}

static const char *safe_of(struct buf *buf, const char *path)
{
	buf_clear(buf);
	text_safe(buf, path, strlen(path), false);
	return buf->data && !buf->failed ? buf->data : "?";
}

static int out_of_memory(const struct check *check)
{
	return err_no_memory(check->err);
}

/* ---- indexes ---- */

/* First number of a statement's first row. */
static int number(const struct check *check, const char *sql, int64_t a, int64_t b, int64_t *out)
{
	sqlite3_stmt *row = store_prepare(check->store, sql, check->err);

	const int64_t numbers[] = {a, b};

	for (int i = 0; i < sqlite3_bind_parameter_count(row) && i < 2; i++)
		sqlite3_bind_int64(row, i + 1, numbers[i]);
	int rc = store_step(check->store, row, check->err);

	*out = rc == 1 ? sqlite3_column_int64(row, 0) : 0;
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

/* When it cannot be told: yes. */
static bool is_followed(const struct check *check, const char *root)
{
	struct buf path = {0};
	bool followed = index_lock_path(store_path(check->store), root, &path) || index_locked(path.data);

	buf_free(&path);
	return followed;
}

/* The newest scan of this root on this machine, or NULL: what an index may be made from. */
static const struct snapshot *newest_of(const struct check *check, const char *root)
{
	for (size_t i = 0; i < check->list.count; i++)
		if (!*check->list.items[i].source && !strcmp(check->list.items[i].scan_root, root))
			return &check->list.items[i];
	return NULL;
}

static int rebuild(const struct check *check, const struct snapshot *snapshot)
{
	struct index_meta meta = {
		.root = snapshot->scan_root,
		.options = snapshot->options,
		.snapshot_id = snapshot->id,
		.taken_at = snapshot->finished_at,
		.trusted = snapshot->trusted,
	};
	struct image *image = NULL;
	int rc = snapshot_image(check->store, snapshot->id, &image, check->err);

	if (!rc)
		rc = overlay_rebase(check->store, image, &meta, check->err);
	/* What was known since the snapshot went with the old index. */
	if (!rc) {
		sqlite3_stmt *row = store_prepare(
			check->store, "UPDATE watch_state SET needs_full=1 WHERE watch_root=?1", check->err);

		sqlite3_bind_blob(row, 1, snapshot->scan_root, (int)strlen(snapshot->scan_root), SQLITE_STATIC);
		rc = store_step_done(check->store, row, check->err);
		sqlite3_finalize(row);
	}
	image_free(image);
	return rc;
}

/* Take the lock of an index, so that nobody else writes it: descriptor, or -1 with a sentence told. */
static int lock_for_repair(const struct check *check, const char *root)
{
	struct buf path = {0}, safe = {0};
	struct err err;
	int fd = index_lock_path(store_path(check->store), root, &path) ? -ENOMEM : index_lock(path.data, &err);

	if (fd < 0 && fd != -EWOULDBLOCK && fd != -ENOMEM)
		tell(check, N_("index"), CHECK_HINT, "%s", err.text);
	else if (fd < 0)
		tell(check, N_("index"), CHECK_HINT, _("%s: somebody follows it: not repaired"), safe_of(&safe, root));
	buf_free(&path);
	buf_free(&safe);
	return fd < 0 ? -1 : fd;
}

static int repair_index(const struct check *check, const struct snapshot *snapshot)
{
	struct buf safe = {0};
	int fd = lock_for_repair(check, snapshot->scan_root);
	int rc = fd < 0 ? 0 : rebuild(check, snapshot);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !rc)
		tell(check, N_("index"), CHECK_REPAIRED, _("%s: made anew from snapshot #%" PRId64),
		     safe_of(&safe, snapshot->scan_root), snapshot->id);
	buf_free(&safe);
	return rc;
}

enum freshness {
	FRESH,
	OUTDATED,   /* a later scan could not replace it */
	LACKS_ROWS, /* rows that it does not cover were deleted: it comes from a copy */
	GARBLED,    /* with its rows it makes no tree */
};

/*
 * How an index that is whole stands to what was noted since.  While somebody follows the root both change under our
 * eyes: theirs to keep.
 */
static int look_at_overlay(const struct check *check, const struct snapshot *newest, const struct image *image,
                           const struct index_meta *meta, enum freshness *freshness)
{
	struct overlay_status status;
	struct image *merged;
	uint64_t covers;
	int rc = overlay_status(check->store, &(struct overlay_chain){meta->root, meta->options}, true, &status,
	                        check->err);

	if (rc || is_followed(check, meta->root))
		return rc;
	int64_t time = meta->taken_at > status.time_s ? meta->taken_at : status.time_s;

	if (status.root_id && meta->covers_seq < status.pruned_seq)
		*freshness = LACKS_ROWS;
	else if (meta->snapshot_id != newest->id &&
	         (time < newest->finished_at || clock_is_ahead(time, clock_wall_s())))
		*freshness = OUTDATED;
	else if (status.rows) {
		rc = overlay_merge(check->store, image, meta, &merged, &covers, check->err);
		*freshness = rc == -EIO ? GARBLED : FRESH;
		image_free(merged);
	}
	return rc == -EIO || rc == -ESTALE ? 0 : rc;
}

/* Followed, and by a crash or an overflow not all of it was noted. */
static int check_following(const struct check *check, const struct snapshot *snapshot)
{
	sqlite3_stmt *row = store_prepare(
		check->store, "SELECT needs_full, running FROM watch_state WHERE watch_root=?1", check->err);
	struct buf safe = {0};

	sqlite3_bind_blob(row, 1, snapshot->scan_root, (int)strlen(snapshot->scan_root), SQLITE_STATIC);
	int rc = store_step(check->store, row, check->err);

	int running = rc == 1 ? sqlite3_column_int(row, 1) : OVERLAY_UNFOLLOWED;

	if (rc == 1 && (sqlite3_column_int(row, 0) || running == OVERLAY_FOLLOWED || running == OVERLAY_UNSURE) &&
	    !is_followed(check, snapshot->scan_root))
		tell(check, N_("index"), CHECK_HINT,
		     _("%s: not all that happened there was noted; `disktracker reconcile` reads it again"),
		     safe_of(&safe, snapshot->scan_root));
	sqlite3_finalize(row);
	buf_free(&safe);
	return rc < 0 ? rc : 0;
}

/* Rows that the index holds already: a crash left them behind. */
static int check_covered(const struct check *check, const struct index_meta *meta)
{
	struct overlay_chain chain = {meta->root, meta->options};
	struct overlay_status status;
	struct buf safe = {0};
	int64_t rows = 0;
	int fd = -1, rc = overlay_status(check->store, &chain, false, &status, check->err);

	if (!rc)
		rc = number(check, "SELECT count(*) FROM overlay WHERE root_id=?1 AND seq<=?2", status.root_id,
		            (int64_t)meta->covers_seq, &rows);
	if (rc || !rows || is_followed(check, meta->root))
		return rc;
	if (!check->repair) {
		tell(check, N_("index"), CHECK_HINT,
		     ngettext("%s: %" PRId64 " noted change is in its index already",
		              "%s: %" PRId64 " noted changes are in its index already", (unsigned long)rows),
		     safe_of(&safe, meta->root), rows);
	} else if ((fd = lock_for_repair(check, meta->root)) >= 0) {
		rc = overlay_prune(check->store, &chain, meta->covers_seq, status.time_s, check->err);
		if (!rc)
			tell(check, N_("index"), CHECK_REPAIRED,
			     ngettext("%s: %" PRId64 " noted change that was in its index already was removed",
			              "%s: %" PRId64 " noted changes that were in its index already were removed",
			              (unsigned long)rows),
			     safe_of(&safe, meta->root), rows);
		close(fd);
	}
	buf_free(&safe);
	return rc;
}

static int check_index(const struct check *check, const struct snapshot *snapshot)
{
	struct buf safe = {0};
	struct image *image = NULL;
	struct index_meta meta;
	struct err why = {{0}};
	int rc = 0, opened = index_load(check->store, snapshot->scan_root, &image, &meta, &why);
	/*
	 * What happened after the snapshot may be in it, from the same second even: only by the fingerprint is it known
	 * to be of that state.
	 */
	struct image *same = opened ? NULL : snapshot_mapped(check->store, snapshot);
	bool differs = same && (same->alloc_bytes[IMAGE_ROOT] != snapshot->total_bytes ||
	                        same->items[IMAGE_ROOT] != snapshot->total_items);
	const char *root = safe_of(&safe, snapshot->scan_root);
	enum check_state wrong = check->repair ? CHECK_HINT : CHECK_WRONG;
	enum freshness freshness = FRESH;

	if (!opened && !differs)
		rc = look_at_overlay(check, snapshot, image, &meta, &freshness);
	if (opened == -ENOENT)
		tell(check, N_("index"), CHECK_HINT, _("%s: there is none yet"), root);
	else if (opened)
		tell(check, N_("index"), wrong, "%s", why.text);
	else if (differs)
		tell(check, N_("index"), wrong, _("%s: it does not agree with snapshot #%" PRId64), root, snapshot->id);
	else if (freshness == LACKS_ROWS)
		tell(check, N_("index"), wrong, _("%s: it is older than what was noted since, which is gone"), root);
	else if (freshness == GARBLED)
		tell(check, N_("index"), wrong, _("%s: what was noted since it was written cannot be right"), root);
	else if (freshness == OUTDATED)
		tell(check, N_("index"), CHECK_HINT,
		     _("%s: it is older than snapshot #%" PRId64 ", which answers in its place"), root, snapshot->id);
	else if (!rc)
		tell(check, N_("index"), CHECK_GOOD,
		     ngettext("%s: %" PRIu32 " folder", "%s: %" PRIu32 " folders", image->count), root, image->count);
	if (!rc && check->repair && (opened || differs || freshness != FRESH))
		rc = repair_index(check, snapshot);
	if (!rc && freshness == FRESH && !opened && !differs)
		rc = check_covered(check, &meta);
	image_free(same);
	image_free(image);
	index_meta_clear(&meta);
	buf_free(&safe);
	return rc;
}

static int check_folder_of(const struct check *check, const struct snapshot *newest)
{
	int rc = check_index(check, newest);

	return rc ? rc : check_following(check, newest);
}

/* Is it the index of a folder with snapshots?  Then it has been told of. */
static bool is_known_index(const struct check *check, const char *path)
{
	struct buf own = {0};
	bool known = false;

	for (size_t i = 0; i < check->list.count && !known; i++) {
		buf_clear(&own);
		known = index_path(store_path(check->store), check->list.items[i].scan_root, &own) ||
		        !strcmp(own.data, path);
	}
	buf_free(&own);
	return known;
}

/* An index whose folder has no snapshot any more. */
static void check_orphan(const struct check *check, const char *path)
{
	struct buf own = {0}, safe = {0};
	struct image *image = NULL;
	struct index_meta meta = {0};
	struct err why = {{0}};
	int fd;

	if (index_open(path, NULL, &image, &meta, &why)) {
		if (!is_known_index(check, path))
			tell(check, N_("index"), CHECK_HINT, _("%s; nobody knows of which folder it is"), why.text);
		return;
	}
	if (!index_path(store_path(check->store), meta.root, &own) && !strcmp(own.data, path) &&
	    !newest_of(check, meta.root)) {
		const char *root = safe_of(&safe, meta.root);

		if (!check->repair)
			tell(check, N_("index"), CHECK_HINT, _("%s: an index without a snapshot"), root);
		else if ((fd = lock_for_repair(check, meta.root)) >= 0) {
			int rc = index_remove(path);

			if (rc)
				tell(check, N_("index"), CHECK_WRONG,
				     _("%s: an index without a snapshot cannot be removed: %s"), root, strerror(-rc));
			else
				tell(check, N_("index"), CHECK_REPAIRED,
				     _("%s: an index without a snapshot was removed"), root);
			close(fd);
		}
	}
	image_free(image);
	index_meta_clear(&meta);
	buf_free(&own);
	buf_free(&safe);
}

/* What somebody who died was writing: NAME.mmap.tmp, and nobody holds NAME.lock. */
static void check_unfinished(const struct check *check, const char *path)
{
	struct buf lock = {0}, safe = {0};
	const char *name = safe_of(&safe, path);
	int fd = -1;

	buf_add(&lock, path, strlen(path) - strlen(".mmap.tmp"));
	if (buf_str(&lock, ".lock") || index_locked(lock.data)) {
		/* being written just now */
	} else if (!check->repair) {
		tell(check, N_("index"), CHECK_HINT, _("%s: left behind by a crash"), name);
	} else if ((fd = index_lock(lock.data, NULL)) >= 0) {
		int rc = index_remove(path);

		if (rc)
			tell(check, N_("index"), CHECK_WRONG, _("%s cannot be removed: %s"), name, strerror(-rc));
		else
			tell(check, N_("index"), CHECK_REPAIRED, _("%s, left behind by a crash, was removed"), name);
		close(fd);
	}
	buf_free(&lock);
	buf_free(&safe);
}

static bool ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && !strcmp(name + n - m, ending);
}

static int check_folder(const struct check *check)
{
	struct buf path = {0};
	int fd = index_folder_path(store_path(check->store), &path) ? -ENOMEM
	                                                            : index_folder_open(path.data, false, NULL);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !folder)
		close(fd);
	size_t length = path.length;

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		path.length = length;
		if (buf_str(&path, entry->d_name))
			break;
		if (ends_in(entry->d_name, ".mmap"))
			check_orphan(check, path.data);
		else if (ends_in(entry->d_name, ".mmap.tmp"))
			check_unfinished(check, path.data);
	}
	if (folder)
		closedir(folder);
	int rc = path.failed ? out_of_memory(check) : 0;

	buf_free(&path);
	return rc;
}

/* ---- what was noted ---- */

struct forgotten {
	int64_t id; /* in `roots`, 0 = not there */
	char *root;
};

static int delete_root(const struct check *check, const struct forgotten *forgotten)
{
	static const char *const deletes[] = {"DELETE FROM overlay WHERE root_id=?1", "DELETE FROM roots WHERE id=?1",
	                                      "DELETE FROM watch_state WHERE watch_root=?2"};
	int rc = store_begin(check->store, check->err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < sizeof(deletes) / sizeof(*deletes); i++) {
		sqlite3_stmt *delete = store_prepare(check->store, deletes[i], check->err);

		sqlite3_bind_int64(delete, 1, forgotten->id);
		sqlite3_bind_blob(delete, 2, forgotten->root, (int)strlen(forgotten->root), SQLITE_STATIC);
		rc = store_step_done(check->store, delete, check->err);
		sqlite3_finalize(delete);
	}
	if (!rc)
		return store_commit(check->store, check->err);
	store_rollback(check->store);
	return rc;
}

/* A folder of which there is neither snapshot nor index: what was noted of it can never be used again. */
static int check_root(const struct check *check, const struct forgotten *forgotten)
{
	const char *root = forgotten->root;
	struct buf path = {0}, safe = {0};
	int fd = -1, rc = index_path(store_path(check->store), root, &path) ? out_of_memory(check) : 0;

	if (rc || !access(path.data, F_OK) || is_followed(check, root)) {
		/* its index is looked at as a file */
	} else if (!check->repair) {
		tell(check, N_("database"), CHECK_HINT,
		     _("%s: something was noted of it, but there is neither snapshot nor index"), safe_of(&safe, root));
	} else if ((fd = lock_for_repair(check, root)) >= 0) {
		rc = delete_root(check, forgotten);
		if (!rc)
			tell(check, N_("database"), CHECK_REPAIRED,
			     _("%s, of which there is neither snapshot nor index, was forgotten"),
			     safe_of(&safe, root));
		close(fd);
	}
	buf_free(&path);
	buf_free(&safe);
	return rc;
}

static int check_roots(const struct check *check)
{
	static const char sql[] =
		"SELECT id, scan_root FROM roots r WHERE host=?1 AND source=''"
		" AND NOT EXISTS(SELECT 1 FROM snapshots s JOIN roots o ON o.id=s.root_id WHERE"
		" o.scan_root=r.scan_root AND o.source='')"
		" UNION ALL SELECT 0, watch_root FROM watch_state WHERE NOT EXISTS(SELECT 1 FROM roots r WHERE"
		" r.scan_root=watch_root AND r.source='')";
	sqlite3_stmt *rows = store_prepare(check->store, sql, check->err);
	struct forgotten *list = NULL;
	size_t count = 0, capacity = 0;
	int rc;

	sqlite3_bind_text(rows, 1, store_host(), -1, SQLITE_STATIC);
	while ((rc = store_step(check->store, rows, check->err)) == 1) {
		const void *root = sqlite3_column_blob(rows, 1);
		char *copy = alloc_copy(root ? root : "", (size_t)sqlite3_column_bytes(rows, 1));

		if (!copy || alloc_room(&list, &capacity, count + 1)) {
			free(copy);
			rc = out_of_memory(check);
			break;
		}
		list[count++] = (struct forgotten){sqlite3_column_int64(rows, 0), copy};
	}
	sqlite3_finalize(rows); /* before anything is deleted */
	for (size_t i = 0; i < count; i++) {
		if (!rc)
			rc = check_root(check, &list[i]);
		free(list[i].root);
	}
	free(list);
	return rc;
}

#define BELOW(table)                                                                                                   \
	"EXISTS(SELECT 1 FROM watch_state w WHERE substr(" table ".path_blob, 1, length(w.watch_root))=w.watch_root"   \
	" AND (length(" table ".path_blob)=length(w.watch_root) OR substr(" table                                      \
	".path_blob, length(w.watch_root)+1, 1)=X'2F' OR w.watch_root=X'2F'))"

/* Rows whose folder nobody knows: FROM and WHERE of them. */
static const char *const strays[] = {
	"overlay WHERE NOT EXISTS(SELECT 1 FROM roots r WHERE r.id=overlay.root_id)",
	"mutation_log WHERE path_blob IS NOT NULL AND NOT " BELOW("mutation_log"),
	"fs_events WHERE path_blob IS NOT NULL AND NOT " BELOW("fs_events"),
	"dir_deltas WHERE NOT " BELOW("dir_deltas"),
};

/* The table's name is the first word. */
static int check_stray(const struct check *check, const char *from)
{
	char sql[640];
	int name = (int)strcspn(from, " ");
	int64_t rows = 0;

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", from);
	int rc = number(check, sql, 0, 0, &rows);

	if (rc || !rows)
		return rc;
	if (!check->repair) {
		tell(check, N_("database"), CHECK_HINT,
		     ngettext("%" PRId64 " row of %.*s belongs to no folder that is known",
		              "%" PRId64 " rows of %.*s belong to no folder that is known", (unsigned long)rows),
		     rows, name, from);
		return 0;
	}
	snprintf(sql, sizeof(sql), "DELETE FROM %s", from);
	rc = store_exec(check->store, sql, check->err);
	if (!rc)
		tell(check, N_("database"), CHECK_REPAIRED,
		     ngettext("%" PRId64 " row of %.*s that belonged to no folder that is known was removed",
		              "%" PRId64 " rows of %.*s that belonged to no folder that is known were removed",
		              (unsigned long)rows),
		     rows, name, from);
	return rc;
}

static int check_notes(const struct check *check)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(strays) / sizeof(*strays); i++)
		rc = check_stray(check, strays[i]);
	return rc;
}

int check_indexes(struct store *store, bool repair, check_found *found, void *context, struct err *err)
{
	struct check check = {.store = store, .repair = repair, .found = found, .context = context, .err = err};
	int rc = snapshot_list(store, NULL, store_host(), NULL, &check.list, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < check.list.count; i++)
		if (newest_of(&check, check.list.items[i].scan_root) == &check.list.items[i])
			rc = check_folder_of(&check, &check.list.items[i]);
	if (!rc)
		rc = check_folder(&check);
	if (!rc)
		rc = check_roots(&check);
	if (!rc)
		rc = check_notes(&check);
	snapshot_list_clear(&check.list);
	return rc;
}
