/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "store/snapshot/ref.h"

#define TELL_MS 1000 /* a wait that is noticed is explained */

static bool wait_for_lock(void *context, const char *path, int waited_ms)
{
	(void)context;
	if (waited_ms == TELL_MS)
		output_note(_("waiting for %s, held by another program"), path);
	return !atomic_load_explicit(interrupt_flag(), memory_order_relaxed);
}

int database_open(const struct options *options, bool write, struct store **out, struct err *err)
{
	struct buf path = {0};
	int rc = store_default_path(options->db, &path);

	*out = NULL;
	if (rc)
		err_set(err, rc, "%s",
		        rc == -ENOMEM
		                ? _("out of memory")
		                : _("there is no place for the database: set HOME to a folder that is there, or give"
				    " --db FILE"));
	else
		rc = store_open(path.data, (write ? STORE_CREATE : 0u) | STORE_STRICT, out, err);
	buf_free(&path);
	if (rc)
		return rc;
	store_wait_with(*out, wait_for_lock, NULL);
	if (write && store_mode(*out) != STORE_READ_WRITE) {
		const char *banner = store_banner(*out);

		err_set(err, -EROFS, "%s", banner ? banner : _("the database cannot be written"));
		store_close(*out);
		*out = NULL;
		return -EROFS;
	}
	if (store_banner(*out) && (write || store_newer(*out)))
		output_note("%s", store_banner(*out));
	return 0;
}

void database_history_clear(struct database_history *history)
{
	snapshot_list_clear(&history->list);
	buf_free(&history->root);
	buf_free(&history->path);
}

int database_path(const char *host, const char *path, struct buf *out, struct err *err)
{
	struct buf safe = {0};
	int rc = host ? ref_absolute(path, out) : ref_resolve(path, out);

	if (rc)
		err_set(err, rc, _("cannot find %s: %s"), output_safe(&safe, path), strerror(-rc));
	buf_free(&safe);
	return rc;
}

static int no_snapshot(const char *host, const char *path, struct err *err)
{
	struct buf safe = {0}, word = {0};

	text_shell(&word, path, strlen(path));
	if (host)
		err_set(err, -ENOENT,
		        _("there is no snapshot of %s on that machine; 'disktracker list --host NAME'"
		          " shows what there is"),
		        output_safe(&safe, path));
	else
		err_set(err, -ENOENT, _("there is no snapshot of %s; make one with: disktracker scan %s"),
		        output_safe(&safe, path), word.data ? word.data : "PATH");
	buf_free(&safe);
	buf_free(&word);
	return -ENOENT;
}

static int no_machine(const char *host, struct err *err)
{
	struct buf safe = {0};
	int rc = err_set(err, -ENOENT, _("there is no snapshot of the machine %s; 'disktracker list' names them"),
	                 output_safe(&safe, host));

	buf_free(&safe);
	return rc;
}

/* The folder of the newest snapshot of a machine. */
static int newest_root(struct store *store, const char *host, struct buf *out, struct err *err)
{
	struct snapshot_list list;
	int rc = snapshot_list(store, NULL, host, NULL, &list, err);

	if (!rc)
		rc = !list.count                           ? no_machine(host, err)
		   : buf_str(out, list.items[0].scan_root) ? err_no_memory(err)
		                                           : 0;
	snapshot_list_clear(&list);
	return rc;
}

int database_history_of(struct store *store, const char *host, const char *path, struct database_history *out,
                        struct err *err)
{
	int rc;

	*out = (struct database_history){0};
	if (path) {
		rc = database_path(host, path, &out->path, err);
	} else if (host) {
		rc = newest_root(store, host, &out->path, err);
	} else {
		rc = snapshot_list(store, NULL, NULL, NULL, &out->list, err);
		if (!rc && !out->list.count)
			rc = err_set(err, -ENOENT, "%s",
			             _("there is no snapshot yet; make one with: disktracker scan PATH"));
	}
	if (!rc && out->path.length) {
		rc = ref_history_of(store, host, out->path.data, &out->list, &out->root, err);
		if (!rc && !out->list.count)
			rc = no_snapshot(host, out->path.data, err);
	}
	if (rc)
		database_history_clear(out);
	return rc;
}

int database_history(struct store *store, const char *path, struct database_history *out, struct err *err)
{
	return database_history_of(store, NULL, path, out, err);
}

int database_root(struct store *store, const char *host, const char *path, struct buf *out, struct err *err)
{
	struct snapshot_list list = {0};
	struct buf resolved = {0};
	const char *deepest = NULL;
	int rc = database_path(host, path, &resolved, err);

	if (!rc)
		rc = snapshot_list(store, NULL, host, NULL, &list, err);
	for (size_t i = 0; !rc && i < list.count; i++) {
		const char *root = list.items[i].scan_root;

		if (path_below(resolved.data, root) && (!deepest || strlen(root) > strlen(deepest)))
			deepest = root;
	}
	if (!rc && buf_str(out, deepest ? deepest : resolved.data))
		rc = err_no_memory(err);
	snapshot_list_clear(&list);
	buf_free(&resolved);
	return rc;
}

bool database_is_id(const char *ref)
{
	return ref_id(ref) != NULL;
}

int database_find_noting(struct store *store, const struct database_history *history, const char *ref, int64_t before,
                         struct snapshot *out, struct buf *note, struct err *err)
{
	int64_t id = 0;
	int rc = 0;

	if (database_is_id(ref)) {
		errno = 0;
		id = strtoll(ref_id(ref), NULL, 10);
		if (errno)
			id = INT64_MAX; /* there is no such one */
	} else {
		rc = ref_find(&history->list, ref, clock_wall_s(), before, &id, note, err);
	}
	if (!rc)
		rc = snapshot_get(store, id, out, err);
	return rc;
}

int database_find(struct store *store, const struct database_history *history, const char *ref, int64_t before,
                  struct snapshot *out, struct err *err)
{
	struct buf note = {0};
	int rc = database_find_noting(store, history, ref, before, out, &note, err);

	if (!rc && note.length)
		output_note("%s", note.data);
	buf_free(&note);
	return rc;
}

void database_json(struct document *json, const struct snapshot *snapshot)
{
	document_int(json, "id", snapshot->id);
	document_path(json, "root", snapshot->scan_root);
	document_path(json, "scan_root", snapshot->scan_root);
	document_text(json, "host", snapshot->host);
	document_text(json, "label", snapshot->label);
	document_int(json, "started_at", snapshot->started_at);
	document_int(json, "finished_at", snapshot->finished_at);
	document_bool(json, "doubtful_date", snapshot->doubtful_date);
	document_size(json, "total_bytes", snapshot->total_bytes);
	document_size(json, "apparent_bytes", snapshot->apparent_bytes);
	document_uint(json, "total_files", snapshot->total_files);
	document_uint(json, "total_items", snapshot->total_items);
	if (snapshot->since_id)
		document_int(json, "growth_since", snapshot->since_id);
	else
		document_null(json, "growth_since");
	if (snapshot->since_id && snapshot->since_unknown >= 0)
		document_int(json, "growth_bytes", snapshot->since_bytes);
	else
		document_null(json, "growth_bytes");
	document_uint(json, "growth_unknown_entries",
	              snapshot->since_unknown > 0 ? (uint64_t)snapshot->since_unknown : 0);
	document_uint(json, "error_count", snapshot->error_count);
	document_bool(json, "trusted", snapshot->trusted);
	document_int(json, "root_id", snapshot->root_id);
	document_path(json, "options", snapshot->options);
	document_path(json, "source", snapshot->source);
	document_text(json, "program", snapshot->program);
}
