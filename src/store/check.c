/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/check.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/handle.h"
#include "store/index.h"
#include "store/overlay.h"
#include "store/schema.h"
#include "store/snapshot.h"

struct check {
	struct store *store;
	bool repair;
	check_found *found;
	void *context;
	struct err *err;
	struct snapshot_list list; /* of this machine, newest first */
};

static void __attribute__((format(printf, 4, 5))) tell(const struct check *check, const char *what, enum check_state state, const char *format, ...)
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

/* ---- the database ---- */

/* Tell of each row of a statement that should have none, as many as a person reads; `good` when there is none. */
static int check_rows(const struct check *check, const char *what, const char *sql, const char *format, const char *good)
{
	enum { TOLD = 5 };
	sqlite3_stmt *rows = store_prepare(check->store, sql, check->err);
	int count = 0, rc;

	if (!rows)
		return store_failed(check->store, check->err);
	while ((rc = store_step(check->store, rows, check->err)) == 1) {
		const unsigned char *text = sqlite3_column_text(rows, 0);

		if (text && !strcmp((const char *)text, "ok"))
			continue;
		if (++count <= TOLD) {
			struct buf safe = {0};

			tell(check, what, CHECK_WRONG, "%s: %s", format, safe_of(&safe, text ? (const char *)text : "?"));
			buf_free(&safe);
		}
	}
	sqlite3_finalize(rows);
	if (rc < 0)
		return rc;
	if (count > TOLD)
		tell(check, what, CHECK_WRONG, _("%s: %d more"), format, count - TOLD);
	if (!count)
		tell(check, what, CHECK_GOOD, "%s", good);
	return 0;
}

int check_database(struct store *store, check_found *found, void *context, struct err *err)
{
	const struct check check = {.store = store, .found = found, .context = context, .err = err};
	const char *what = N_("database");
	char version[160];
	int rc = check_rows(&check, what, "PRAGMA quick_check(20)", _("damaged"), _("its pages are whole"));

	snprintf(version, sizeof(version), "SELECT 'version ' || user_version FROM pragma_user_version WHERE user_version<>%d", SCHEMA_VERSION);
	if (!rc)
		rc = check_rows(&check, what, version, _("the schema is another program's"), _("its schema is this program's"));
	if (!rc)
		rc = check_rows(&check, what, "SELECT \"table\" || ' row ' || ifnull(rowid, '?') FROM pragma_foreign_key_check", _("refers to what is not there"),
		                _("all references lead somewhere"));
	if (!rc)
		rc = check_rows(&check, what,
		                "SELECT 'snapshot ' || s.id FROM snapshots s JOIN roots r ON r.id=s.root_id"
		                " WHERE NOT EXISTS(SELECT 1 FROM dirs p JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=s.id AND v.last_id>=s.id"
		                " WHERE p.root_id=s.root_id AND p.path=CAST(s.scan_root AS BLOB) AND v.total_bytes=s.total_bytes)"
		                " UNION ALL SELECT 'folder ' || r.id FROM roots r WHERE r.head_id IS NOT NULL AND NOT EXISTS(SELECT 1 FROM snapshots s WHERE s.id=r.head_id)",
		                _("does not add up"), _("every snapshot adds up to its total"));
	return rc;
}

/* ---- indexes ---- */

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
		sqlite3_stmt *row = store_prepare(check->store, "UPDATE watch_state SET needs_full=1 WHERE watch_root=?1", check->err);

		if (row) {
			sqlite3_bind_blob(row, 1, snapshot->scan_root, (int)strlen(snapshot->scan_root), SQLITE_STATIC);
			rc = store_step_done(check->store, row, check->err);
			sqlite3_finalize(row);
		} else {
			rc = store_failed(check->store, check->err);
		}
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

	if (fd < 0)
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
		tell(check, N_("index"), CHECK_REPAIRED, _("%s: made anew from snapshot #%" PRId64), safe_of(&safe, snapshot->scan_root), snapshot->id);
	buf_free(&safe);
	return rc;
}

static int check_index(const struct check *check, const struct snapshot *snapshot)
{
	struct buf path = {0}, safe = {0};
	struct image *image = NULL;
	struct index_meta meta = {0};
	struct err why = {{0}};
	int rc = index_path(store_path(check->store), snapshot->scan_root, &path);

	if (rc) {
		buf_free(&path);
		return err_set(check->err, -ENOMEM, "%s", _("out of memory"));
	}
	int opened = index_open(path.data, &image, &meta, &why);
	bool other = !opened && strcmp(meta.root, snapshot->scan_root) != 0;
	bool differs = !opened && meta.snapshot_id == snapshot->id && meta.taken_at == snapshot->finished_at && !strcmp(meta.options, snapshot->options) &&
	               (image->alloc_bytes[0] != snapshot->total_bytes || image->items[0] != snapshot->total_items);
	const char *root = safe_of(&safe, snapshot->scan_root);

	if (opened == -ENOENT)
		tell(check, N_("index"), CHECK_HINT, _("%s: there is none yet"), root);
	else if (opened)
		tell(check, N_("index"), check->repair ? CHECK_HINT : CHECK_WRONG, "%s", why.text);
	else if (other || differs)
		tell(check, N_("index"), check->repair ? CHECK_HINT : CHECK_WRONG, _("%s: it does not agree with snapshot #%" PRId64), root, snapshot->id);
	else
		tell(check, N_("index"), CHECK_GOOD, ngettext("%s: %" PRIu32 " folder", "%s: %" PRIu32 " folders", image->count), root, image->count);
	if (check->repair && (opened || other || differs))
		rc = repair_index(check, snapshot);
	image_free(image);
	index_meta_clear(&meta);
	buf_free(&path);
	buf_free(&safe);
	return rc;
}

/* An index of this database whose folder has no snapshot any more.  Those of other databases in the same folder have other names: they are left alone. */
static void check_orphan(const struct check *check, const char *path)
{
	struct buf own = {0}, safe = {0};
	struct image *image = NULL;
	struct index_meta meta = {0};
	int fd;

	if (index_open(path, &image, &meta, NULL))
		return;
	if (!index_path(store_path(check->store), meta.root, &own) && !strcmp(own.data, path) && !newest_of(check, meta.root)) {
		const char *root = safe_of(&safe, meta.root);

		if (!check->repair)
			tell(check, N_("index"), CHECK_HINT, _("%s: an index without a snapshot"), root);
		else if ((fd = lock_for_repair(check, meta.root)) >= 0) {
			if (unlink(path))
				tell(check, N_("index"), CHECK_WRONG, _("%s: an index without a snapshot cannot be removed: %s"), root, strerror(errno));
			else
				tell(check, N_("index"), CHECK_REPAIRED, _("%s: an index without a snapshot was removed"), root);
			close(fd);
		}
	}
	image_free(image);
	index_meta_clear(&meta);
	buf_free(&own);
	buf_free(&safe);
}

static int check_orphans(const struct check *check)
{
	struct buf path = {0};
	const char *db = store_path(check->store), *slash = strrchr(db, '/');

	buf_add(&path, db, slash ? (size_t)(slash - db) + 1 : 0);
	buf_str(&path, "index");
	DIR *folder = path.failed ? NULL : opendir(path.data);

	buf_char(&path, '/');
	size_t length = path.length;

	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		size_t n = strlen(entry->d_name);

		if (n < 5 || strcmp(entry->d_name + n - 5, ".mmap"))
			continue;
		path.length = length;
		if (!buf_str(&path, entry->d_name))
			check_orphan(check, path.data);
	}
	if (folder)
		closedir(folder);
	int rc = path.failed ? err_set(check->err, -ENOMEM, "%s", _("out of memory")) : 0;

	buf_free(&path);
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
			rc = check_index(&check, &check.list.items[i]);
	if (!rc)
		rc = check_orphans(&check);
	snapshot_list_clear(&check.list);
	return rc;
}
