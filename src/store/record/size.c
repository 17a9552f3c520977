/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/record/size.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/path.h"
#include "store/files/file_list.h"
#include "store/db/handle.h"
#include "store/index/index_folder.h"
#include "store/index/overlay.h"
#include "store/snapshot/snapshot.h"

#define REOPENINGS 5 /* of an index that is written anew while we look */

struct known_root {
	char *path;
	bool looked;              /* the rest is filled in */
	bool live;
	unsigned words;           /* of whoever follows it: enum index_word */
	int64_t snapshot_id;      /* the newest; 0 = none */
	int64_t snapshot_time;
	bool snapshot_trusted;
	struct image *image;      /* of the index, when that is what answers */
	struct index_meta meta;
	struct overlay_status status;
	int64_t as_of;
};

struct sizes {
	struct store *store;
	char *host; /* of another machine, or NULL */
	struct known_root *roots;
	size_t count, capacity;
	sqlite3_stmt *chain;      /* its numbers; while it stands on its row, everything is read as of one moment */
	sqlite3_stmt *row;        /* of the overlay */
	struct err refused;       /* of an index */
};

static void close_index(struct known_root *root)
{
	image_free(root->image);
	root->image = NULL;
	index_meta_clear(&root->meta);
}

void sizes_close(struct sizes *sizes)
{
	if (!sizes)
		return;
	for (size_t i = 0; i < sizes->count; i++) {
		close_index(&sizes->roots[i]);
		free(sizes->roots[i].path);
	}
	free(sizes->roots);
	free(sizes->host);
	sqlite3_finalize(sizes->chain);
	sqlite3_finalize(sizes->row);
	free(sizes);
}

static int read_roots(struct sizes *sizes, struct err *err)
{
	sqlite3_stmt *rows = store_prepare(
		sizes->store, "SELECT DISTINCT scan_root FROM roots WHERE host=?1 AND (source='' OR ?2)", err);
	int rc;

	sqlite3_bind_text(rows, 1, sizes->host ? sizes->host : store_host(), -1, SQLITE_STATIC);
	sqlite3_bind_int(rows, 2, sizes->host != NULL);
	while ((rc = store_step(sizes->store, rows, err)) == 1) {
		const void *path = sqlite3_column_blob(rows, 0);
		char *copy = path ? alloc_copy(path, (size_t)sqlite3_column_bytes(rows, 0)) : NULL;

		if (!copy || alloc_room(&sizes->roots, &sizes->capacity, sizes->count + 1)) {
			free(copy);
			rc = err_no_memory(err);
			break;
		}
		sizes->roots[sizes->count++] = (struct known_root){.path = copy};
	}
	sqlite3_finalize(rows);
	return rc;
}

int sizes_open_of(struct store *store, const char *host, struct sizes **out, struct err *err)
{
	struct sizes *sizes = alloc_zero(struct sizes);
	int rc = sizes ? 0 : err_no_memory(err);

	*out = NULL;
	if (rc)
		return rc;
	sizes->store = store;
	if (host && strcmp(host, store_host()) && !(sizes->host = alloc_text(host)))
		rc = err_no_memory(err);
	if (!rc)
		rc = read_roots(sizes, err);
	if (rc)
		sizes_close(sizes);
	else
		*out = sizes;
	return rc;
}

int sizes_open(struct store *store, struct sizes **out, struct err *err)
{
	return sizes_open_of(store, NULL, out, err);
}

/* ---- a root ---- */

/* Of scans the last, else of what was imported the newest by date. */
static int find_newest(struct sizes *sizes, struct known_root *root, struct err *err)
{
	static const char sql[] =
		"SELECT s.id, s.finished_at, s.trusted FROM snapshots s JOIN roots r ON r.id=s.root_id"
		" WHERE r.scan_root=?1 AND r.host=?2 AND (r.source='' OR ?3)"
		" ORDER BY r.source<>'', CASE WHEN r.source='' THEN s.id ELSE s.finished_at END DESC, s.id DESC"
		" LIMIT 1";
	struct store *store = sizes->store;
	sqlite3_stmt *row = store_prepare(store, sql, err);

	root->snapshot_id = root->snapshot_time = 0;
	sqlite3_bind_blob(row, 1, root->path, (int)strlen(root->path), SQLITE_STATIC);
	sqlite3_bind_text(row, 2, sizes->host ? sizes->host : store_host(), -1, SQLITE_STATIC);
	sqlite3_bind_int(row, 3, sizes->host != NULL);
	int rc = store_step(store, row, err);

	if (rc == 1) {
		root->snapshot_id = sqlite3_column_int64(row, 0);
		root->snapshot_time = sqlite3_column_int64(row, 1);
		root->snapshot_trusted = sqlite3_column_int(row, 2);
	}
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

const char *sizes_refused(const struct sizes *sizes)
{
	return sizes->refused.text;
}

/* The index, as far as it can be used: one that is damaged, of another root or not there is as good as none. */
static int open_index(struct sizes *sizes, struct known_root *root, struct err *err)
{
	struct err why;
	int opened, rc = 0;

	close_index(root);
	root->status = (struct overlay_status){0};
	opened = index_map(sizes->store, root->path, &root->image, &root->meta, &why);
	if (opened == -ENOMEM)
		rc = err_no_memory(err);
	else if (opened && opened != -ENOENT)
		sizes->refused = why;
	if (!rc && root->image)
		rc = overlay_status(sizes->store, &(struct overlay_chain){root->path, root->meta.options}, false,
		                    &root->status, err);
	return rc;
}

static int look(struct sizes *sizes, struct known_root *root, struct err *err)
{
	int rc = find_newest(sizes, root, err);

	if (sizes->host) { /* indexes and followers are of this machine's folders */
		root->as_of = root->snapshot_time;
		root->looked = true;
		return rc;
	}
	if (!rc)
		rc = overlay_live(sizes->store, root->path, &root->live, err);
	root->words = 0;
	if (!rc && root->live)
		rc = overlay_words(sizes->store, root->path, &root->words, err);
	if (!rc)
		rc = open_index(sizes, root, err);
	if (rc)
		return rc;
	int64_t time = root->meta.taken_at > root->status.time_s ? root->meta.taken_at : root->status.time_s;

	/*
	 * A later scan could not bring it up to date; whether somebody has followed the root since only the clocks
	 * tell.
	 */
	if (root->image && !root->live && root->meta.snapshot_id != root->snapshot_id &&
	    (time < root->snapshot_time || clock_is_ahead(time, clock_wall_s())))
		close_index(root);
	root->live = root->live && root->image;
	root->as_of = root->live && !root->words ? clock_wall_s() : root->image ? time : root->snapshot_time;
	root->looked = true;
	return 0;
}

/* ---- a path ---- */

enum finding_kind { FOUND_NOT, FOUND, FOUND_GONE, FOUND_STALE };

/* The row that the overlay has of a path: 1, 0 or -errno.  It is left on `sizes->row`, which the caller resets. */
static int step_row(struct sizes *sizes, const struct known_root *root, const char *path, size_t length,
                    struct err *err)
{
	static const char sql[] =
		"SELECT gone, bytes, apparent_bytes, items, errors FROM overlay"
		" WHERE root_id=?1 AND path=?2 AND seq>?3";

	if (!sizes->row && !(sizes->row = store_prepare(sizes->store, sql, err)))
		return store_failed(sizes->store, err);
	sqlite3_reset(sizes->row);
	sqlite3_bind_int64(sizes->row, 1, root->status.root_id);
	sqlite3_bind_blob(sizes->row, 2, length ? path : "", (int)length, SQLITE_STATIC);
	sqlite3_bind_int64(sizes->row, 3, (int64_t)root->meta.covers_seq);
	return store_step(sizes->store, sizes->row, err);
}

/* What the overlay knows of a directory besides its figures. */
struct noted_dir {
	int64_t errors; /* or OVERLAY_ERRORS_UNKNOWN */
	bool anew;      /* it is not the one that the index has */
};

/* In the overlay: FOUND with its figures, FOUND_GONE, or FOUND_NOT: the index knows. */
static int find_row(struct sizes *sizes, const struct known_root *root, const char *path, struct size_answer *out,
                    struct noted_dir *noted, enum finding_kind *found, struct err *err)
{
	size_t length = strlen(path);
	bool exact = true;

	*found = FOUND_NOT;
	for (;;) {
		int rc = step_row(sizes, root, path, length, err);

		if (rc < 0)
			return rc;
		if (rc == 1) {
			int kind = sqlite3_column_int(sizes->row, 0);

			out->bytes = (uint64_t)sqlite3_column_int64(sizes->row, 1);
			out->apparent_bytes = (uint64_t)sqlite3_column_int64(sizes->row, 2);
			out->items = (uint64_t)sqlite3_column_int64(sizes->row, 3);
			struct noted_dir own = {.errors = OVERLAY_ERRORS_UNKNOWN, .anew = kind != OVERLAY_CHANGED};

			if (sqlite3_column_type(sizes->row, 4) != SQLITE_NULL)
				own.errors = sqlite3_column_int64(sizes->row, 4);
			sqlite3_reset(sizes->row);
			if (kind == OVERLAY_GONE || (!exact && kind != OVERLAY_CHANGED)) {
				*found = FOUND_GONE;
				return 0;
			}
			if (exact) {
				*noted = own;
				*found = FOUND;
				return 0;
			}
		}
		if (!length)
			return 0;
		const char *slash = memrchr(path, '/', length);

		length = slash ? (size_t)(slash - path) : 0;
		exact = false;
	}
}

/* What the overlay says of a directory, if the index it belongs to is the one that is mapped. */
static int find_in_overlay(struct sizes *sizes, struct known_root *root, const char *path, struct size_answer *out,
                           struct noted_dir *noted, enum finding_kind *found, struct err *err)
{
	*found = FOUND_NOT;
	if (!root->status.root_id)
		return 0; /* never written */
	if (!sizes->chain &&
	    !(sizes->chain = store_prepare(sizes->store, "SELECT overlay_seq, pruned_seq FROM roots WHERE id=?1", err)))
		return store_failed(sizes->store, err);
	sqlite3_bind_int64(sizes->chain, 1, root->status.root_id);
	int rc = store_step(sizes->store, sizes->chain, err);

	if (rc < 0)
		return rc;
	if (rc == 0 || root->meta.covers_seq < (uint64_t)sqlite3_column_int64(sizes->chain, 1))
		*found = FOUND_STALE;
	else if ((uint64_t)sqlite3_column_int64(sizes->chain, 0) > root->meta.covers_seq)
		rc = find_row(sizes, root, path, out, noted, found, err);
	sqlite3_reset(sizes->chain);
	return rc < 0 ? rc : 0;
}

/* What a directory's flags and the errors below it make of its figures. */
static void mark(struct size_answer *out, unsigned flags, uint64_t errors)
{
	if (flags & IMAGE_CACHE) {
		out->reason = _("left out: a cache by its CACHEDIR.TAG");
		out->unread = true;
	} else if (flags & IMAGE_READ_ERROR) {
		out->reason = _("it cannot be read");
		out->unread = true;
	} else if (errors) {
		out->reason = _("something below cannot be read");
		out->partial = true;
	}
	out->trusted = flags & IMAGE_TRUSTED;
}

/* The index knows of errors and old figures, as far as nothing was noted of them since. */
static void weigh(const struct known_root *root, const char *path, const struct noted_dir *noted,
                  struct size_answer *out)
{
	const struct image *image = root->image;
	uint32_t at = noted->anew ? IMAGE_NONE : image_lookup(image, path, strlen(path));
	unsigned flags = at != IMAGE_NONE ? image->flags[at] : 0;
	uint64_t errors = at != IMAGE_NONE ? image->errors[at] : 0;

	if (noted->errors != OVERLAY_ERRORS_UNKNOWN) {
		errors = (uint64_t)noted->errors;
		flags &= ~(unsigned)IMAGE_READ_ERROR;
		flags |= overlay_unreadable(out->items, noted->errors) ? IMAGE_READ_ERROR : 0;
	} else if (out->items) { /* if there is something in it now, it can be read by now */
		flags &= ~(unsigned)IMAGE_READ_ERROR;
	}
	mark(out, flags, errors);
	/* Marked as a whole: parts were looked at in turn, nobody knows which. */
	out->trusted |= root->meta.trusted && !(image->flags[0] & IMAGE_TRUSTED);
}

static int find_in_index(struct sizes *sizes, struct known_root *root, const char *path, struct size_answer *out,
                         enum finding_kind *found, struct err *err)
{
	struct noted_dir noted = {.errors = OVERLAY_ERRORS_UNKNOWN};
	int rc = find_in_overlay(sizes, root, path, out, &noted, found, err);

	if (!rc && *found == FOUND_NOT) {
		uint32_t at = image_lookup(root->image, path, strlen(path));

		if (at != IMAGE_NONE) {
			out->bytes = root->image->alloc_bytes[at];
			out->apparent_bytes = root->image->apparent_bytes[at];
			out->items = root->image->items[at];
			*found = FOUND;
		}
	}
	if (!rc && *found == FOUND)
		weigh(root, path, &noted, out);
	return rc;
}

/* A directory of the newest snapshot. */
static int find_in_snapshot(struct sizes *sizes, const struct known_root *root, const char *path, size_t length,
                            struct size_answer *out, enum finding_kind *found, struct err *err)
{
	static const char sql[] =
		"SELECT v.total_bytes, v.apparent_bytes, v.item_count, v.flags, v.error_count FROM snapshots s CROSS"
		" JOIN dirs p ON p.path=?2 AND p.root_id=s.root_id"
		" CROSS JOIN dir_versions v ON v.dir_id=p.id AND v.first_id<=s.id AND v.last_id>=s.id WHERE s.id=?1";
	sqlite3_stmt *row = store_prepare(sizes->store, sql, err);

	*found = FOUND_NOT;
	sqlite3_bind_int64(row, 1, root->snapshot_id);
	sqlite3_bind_blob(row, 2, path, (int)length, SQLITE_STATIC);
	int rc = store_step(sizes->store, row, err);

	if (rc == 1) {
		out->bytes = (uint64_t)sqlite3_column_int64(row, 0);
		out->apparent_bytes = (uint64_t)sqlite3_column_int64(row, 1);
		out->items = (uint64_t)sqlite3_column_int64(row, 2);
		mark(out, (unsigned)sqlite3_column_int(row, 3), (uint64_t)sqlite3_column_int64(row, 4));
		out->trusted |= root->snapshot_trusted;
		*found = FOUND;
	}
	sqlite3_finalize(row);
	return rc < 0 ? rc : 0;
}

static int find_dir(struct sizes *sizes, struct known_root *root, const char *path, size_t length,
                    struct size_answer *out, enum finding_kind *found, struct err *err)
{
	char *copy = alloc_copy(path, length);
	int rc = copy ? 0 : err_no_memory(err);

	*out = (struct size_answer){0};
	*found = FOUND_STALE;
	for (int i = 0; !rc && root->image && *found == FOUND_STALE; i++) {
		if (i == REOPENINGS)
			close_index(root);
		else if (i)
			rc = look(sizes, root, err);
		if (!rc && root->image)
			rc = find_in_index(sizes, root, path_below(copy, root->path), out, found, err);
		if (!rc && root->image && image_lost(root->image)) {
			index_lost(root->image, &sizes->refused);
			close_index(root);
			root->live = false;
			root->as_of = root->snapshot_time;
			*found = FOUND_STALE;
		}
	}
	if (!rc && *found == FOUND_STALE)
		rc = find_in_snapshot(sizes, root, copy, length, out, found, err);
	free(copy);
	out->known = !rc && *found == FOUND && !out->unread;
	out->is_dir = out->known;
	out->live = out->known && root->live && !root->words;
	out->as_of = out->known ? root->as_of : 0;
	if (out->known && root->words && !out->partial) {
		out->partial = true;
		out->reason = root->words & INDEX_BEHIND ? _("changes cannot be written just now")
		                                         : _("not every folder is watched");
	}
	return rc;
}

/* An entry that is listed, but has no figures: why. */
static const char *left_out(const struct file_entry *entry)
{
	return entry->flags & ROW_EXCLUDED  ? _("left out by a pattern")
	       : entry->flags & ROW_OTHERFS ? _("another file system, not entered")
	       : entry->flags & ROW_KERNFS  ? _("a kernel file system, not entered")
	       : entry->flags & ROW_ERROR   ? _("it cannot be examined")
	                                    : NULL;
}

/*
 * A file in a folder that is followed, as it is now: nobody notes files.  What is no file was not entered, or not yet.
 */
static void look_at_file(const struct known_root *root, const char *path, struct size_answer *out)
{
	struct stat st;

	*out = (struct size_answer){.live = root->live && !root->words};
	if (lstat(path, &st)) {
		out->live = false;
		out->gone = errno == ENOENT || errno == ENOTDIR;
		out->reason = out->gone ? _("it is gone") : _("it cannot be examined");
	} else if (S_ISDIR(st.st_mode)) {
		out->live = false;
		out->reason = _("it has not been read yet");
	} else {
		out->known = true;
		out->bytes = (uint64_t)st.st_blocks * 512;
		out->apparent_bytes = (uint64_t)st.st_size;
		out->as_of = clock_wall_s();
	}
}

/*
 * No directory that is known: a file, from the list that a snapshot has of its directory; or something that was left
 * out, or lies in what was.  `length`: of the nearest directory above that is known.
 */
static int find_listed(struct sizes *sizes, struct known_root *root, const char *path, size_t length,
                       struct size_answer *out, struct err *err)
{
	int64_t snapshot_id = root->image ? root->meta.snapshot_id : root->snapshot_id;
	const char *name = path + length + (path[length] == '/');
	size_t name_length = strcspn(name, "/");
	struct snapshot snapshot = {0};
	struct file_list files = {0};
	int rc = snapshot_id ? snapshot_get(sizes->store, snapshot_id, &snapshot, err) : -ENOENT;

	if (!rc)
		rc = file_list_at(sizes->store, snapshot_id, path, length, &files, err);
	const struct file_entry *file = rc ? NULL : file_list_find(&files, name, name_length);
	const char *why = file ? left_out(file) : NULL;

	*out = (struct size_answer){.reason = why};
	if (!why && root->live && !name[name_length])
		look_at_file(root, path, out);
	else if (!why && file && !name[name_length])
		*out = (struct size_answer){
			.known = true,
			.bytes = file->alloc_bytes,
			.apparent_bytes = file->apparent_bytes,
			.as_of = snapshot.finished_at,
			.trusted = snapshot.trusted,
		};
	file_list_clear(&files);
	snapshot_clear(&snapshot);
	return rc == -ENOENT ? 0 : rc;
}

/* The directories above, upwards, until one is known. */
static int find_file(struct sizes *sizes, struct known_root *root, const char *path, struct size_answer *out,
                     struct err *err)
{
	size_t length = strlen(path);
	enum finding_kind found = FOUND_NOT;
	int rc = 0;

	while (!rc && found == FOUND_NOT && length > strlen(root->path)) {
		const char *slash = memrchr(path, '/', length);

		length = slash == path ? 1 : (size_t)(slash - path);
		rc = find_dir(sizes, root, path, length, out, &found, err);
	}
	if (rc || found != FOUND)
		return rc;
	return out->unread ? 0 : find_listed(sizes, root, path, length, out, err);
}

/* Is what is known of `a` newer?  By time; by number where a clock was wrong, or does not tell them apart. */
static bool is_newer(const struct known_root *a, const struct known_root *b)
{
	int64_t now = clock_wall_s();

	if (a->as_of != b->as_of && !clock_is_ahead(a->as_of, now) && !clock_is_ahead(b->as_of, now))
		return a->as_of > b->as_of;
	return a->snapshot_id != b->snapshot_id ? a->snapshot_id > b->snapshot_id : strlen(a->path) > strlen(b->path);
}

int sizes_find(struct sizes *sizes, const char *path, struct size_answer *out, struct err *err)
{
	bool *asked = alloc_array(sizes->count + 1, sizeof(*asked)), gone = false;
	const char *reason = NULL;
	int rc = asked ? 0 : err_no_memory(err);

	*out = (struct size_answer){0};
	while (!rc && !out->known && !gone) {
		struct known_root *best = NULL;
		enum finding_kind found;

		for (size_t i = 0; !rc && i < sizes->count; i++) {
			struct known_root *root = &sizes->roots[i];

			if (asked[i] || !path_below(path, root->path))
				continue;
			if (!root->looked)
				rc = look(sizes, root, err);
			if (!best || is_newer(root, best))
				best = root;
		}
		if (rc || !best)
			break;
		asked[best - sizes->roots] = true;
		rc = find_dir(sizes, best, path, strlen(path), out, &found, err);
		if (!rc && found == FOUND_NOT && *path_below(path, best->path))
			rc = find_file(sizes, best, path, out, err);
		else if (!rc && found == FOUND_GONE)
			out->reason = _("it is gone");
		/*
		 * What was left out another root may know; of what is not there any more older figures would be no
		 * answer.
		 */
		gone = found == FOUND_GONE || out->gone;
		reason = reason ? reason : out->reason;
	}
	free(asked);
	if (!out->known)
		*out = (struct size_answer){.reason = reason};
	return rc;
}
