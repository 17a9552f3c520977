/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/record/mutation_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/path.h"
#include "engine/watch/writers.h"
#include "store/db/handle.h"

/*
 * Three tables, each read from its newest row back, and merged by time: rows of one table are in the order in which
 * they were written, whatever the clock did.  A row of `fs_events` that stands for a change says nothing that its row
 * of `mutation_log` does not.
 */

const char *log_word(enum log_type type)
{
	static const char *const words[] = {"create", "delete", "modify", "rename", "overflow", "resync", "grow"};

	return words[type];
}

/* ---- reading ---- */

enum source { CHANGES, EVENTS, DELTAS, SOURCES };

struct log_reading {
	const struct log_filter *filter;
	struct store *store;
	sqlite3_stmt *rows[SOURCES];
	bool more[SOURCES];            /* is there a row to be taken? */
	struct buf below, behind;      /* paths below the path lie between the two */
};

/* The columns: time, type, is_dir, old bytes, new bytes, path, old path, by; ?1 path, ?2 below, ?3 behind, ?4 since. */
#define AT_OR_BELOW(column) "(" column "=?1 OR (" column ">=?2 AND " column "<?3))"
#define ABOVE(column) "(length(" column ")<length(?1) AND substr(?1, 1, length(" column "))=" column ")"
#define SINCE(table)                                                                                                   \
	" AND id>=ifnull((SELECT min(id) FROM " table " WHERE timestamp>=?4), 9223372036854775807) AND timestamp>=?4"  \
	" ORDER BY id DESC"

static const char changes_of_any_version[] =
	"SELECT timestamp, mutation_type, %s, old_size, new_size, path_blob, old_path_blob, %s FROM mutation_log m"
	" WHERE (" AT_OR_BELOW("path_blob") " OR (mutation_type=3 AND " AT_OR_BELOW("old_path_blob") ")"
	" OR (mutation_type<>2 AND " ABOVE("path_blob") ") OR (mutation_type=3 AND " ABOVE("old_path_blob") "))"
	" AND mutation_type BETWEEN 0 AND 3 %s" SINCE("mutation_log");

/* Rows of an earlier version know not what they are of; the event that was written with it does. */
#define IS_DIR_BY_EVENT                                                                                                \
	"(SELECT max(is_dir) FROM fs_events e WHERE e.timestamp=m.timestamp AND e.event_type=m.mutation_type"          \
	" AND e.path_blob=m.path_blob)"

static const char events[] =
	"SELECT timestamp, event_type, 1, NULL, NULL, path_blob, NULL, NULL FROM fs_events"
	" WHERE event_type BETWEEN 4 AND 5 AND (" AT_OR_BELOW("path_blob") " OR " ABOVE("path_blob") ")"
	SINCE("fs_events");

static const char deltas[] =
	"SELECT recorded_at, 6, 1, previous_bytes, current_bytes, path_blob, NULL, NULL FROM dir_deltas"
	" WHERE path_blob=?1 AND recorded_at>=?4 ORDER BY recorded_at DESC, id DESC";

static int begin_one(struct log_reading *reading, enum source source, const char *sql, struct err *err)
{
	const struct log_filter *filter = reading->filter;
	sqlite3_stmt *rows = store_prepare(reading->store, sql, err);

	reading->rows[source] = rows;
	sqlite3_bind_blob(rows, 1, filter->path, (int)strlen(filter->path), SQLITE_STATIC);
	if (source != DELTAS) {
		sqlite3_bind_blob(rows, 2, reading->below.data, (int)reading->below.length, SQLITE_STATIC);
		sqlite3_bind_blob(rows, 3, reading->behind.data, (int)reading->behind.length, SQLITE_STATIC);
	}
	sqlite3_bind_int64(rows, 4, filter->since_s);
	int rc = store_step(reading->store, rows, err);

	reading->more[source] = rc == 1;
	return rc < 0 ? rc : 0;
}

static int begin_reading(struct log_reading *reading, struct err *err)
{
	const struct log_filter *filter = reading->filter;
	size_t length = strlen(filter->path);
	struct buf sql = {0};
	int64_t columns;

	while (length && filter->path[length - 1] == '/')
		length--;
	buf_add(&reading->below, filter->path, length);
	buf_add(&reading->behind, filter->path, length);
	buf_char(&reading->below, '/');
	buf_char(&reading->behind, '/' + 1);
	/* An earlier version's, that could not be written, stays as it is. */
	int rc = store_ask(reading->store, "SELECT count(*) FROM pragma_table_info('mutation_log') WHERE name='by'",
	                   NULL, 0, &columns, err);

	if (rc)
		return rc;
	buf_printf(&sql, changes_of_any_version, columns ? "ifnull(is_dir, " IS_DIR_BY_EVENT ")" : IS_DIR_BY_EVENT,
	           columns ? "\"by\"" : "NULL", filter->deleted ? "AND mutation_type=1" : "");
	if (sql.failed || reading->below.failed || reading->behind.failed)
		rc = err_no_memory(err);
	if (!rc)
		rc = begin_one(reading, CHANGES, sql.data, err);
	buf_free(&sql);
	if (!rc && !filter->deleted && !filter->by)
		rc = begin_one(reading, EVENTS, events, err);
	if (!rc && !filter->deleted && !filter->by)
		rc = begin_one(reading, DELTAS, deltas, err);
	return rc;
}

/* Does what lies above matter?  Its name ends where the SQL could not see. */
static bool concerns(const struct log_reading *reading, const struct log_entry *entry)
{
	const char *path = reading->filter->path;

	return path_below(entry->path, path) || path_below(path, entry->path) ||
	       (entry->old_path && (path_below(entry->old_path, path) || path_below(path, entry->old_path)));
}

static bool is_by(const struct log_entry *entry, const char *name)
{
	size_t length = strlen(name);

	if (!entry->by)
		return false;
	if (writers_has(entry->by, name, length))
		return true;
	/* Without what systemd puts behind a name. */
	for (const char *at = entry->by; at; at = strstr(at, ", "), at = at ? at + 2 : NULL)
		if (!strncmp(at, name, length) && at[length] == '.')
			return true;
	return false;
}

/* A NUL stands behind it, and none in it: it is a path. */
static char *text_of(sqlite3_stmt *rows, int column)
{
	return (char *)(uintptr_t)sqlite3_column_text(rows, column);
}

static int tell_one(struct log_reading *reading, enum source source,
                    int (*tell)(void *context, const struct log_entry *entry), void *context)
{
	sqlite3_stmt *rows = reading->rows[source];
	struct log_entry entry = {
		.time_s = sqlite3_column_int64(rows, 0),
		.type = (enum log_type)sqlite3_column_int(rows, 1),
		.is_dir = sqlite3_column_int(rows, 2),
		.sized = sqlite3_column_type(rows, 3) != SQLITE_NULL && sqlite3_column_type(rows, 4) != SQLITE_NULL,
		.old_bytes = (uint64_t)sqlite3_column_int64(rows, 3),
		.new_bytes = (uint64_t)sqlite3_column_int64(rows, 4),
		.path = text_of(rows, 5),
		.old_path = text_of(rows, 6),
		.by = text_of(rows, 7),
	};

	if (!entry.path || !concerns(reading, &entry) || (reading->filter->by && !is_by(&entry, reading->filter->by)))
		return 0;
	return tell(context, &entry);
}

static bool is_newer(const struct log_reading *reading, int a, int b)
{
	return sqlite3_column_int64(reading->rows[a], 0) > sqlite3_column_int64(reading->rows[b], 0);
}

int log_read(struct store *store, const struct log_filter *filter,
             int (*tell)(void *context, const struct log_entry *entry), void *context, struct err *err)
{
	struct log_reading reading = {.filter = filter, .store = store};
	int rc, ended = 0;

	store_read_begin(store);
	rc = begin_reading(&reading, err);

	while (!rc && !ended) {
		int newest = -1;

		for (int i = 0; i < SOURCES; i++)
			if (reading.more[i] && (newest < 0 || is_newer(&reading, i, newest)))
				newest = i;
		if (newest < 0)
			break;
		ended = tell_one(&reading, (enum source)newest, tell, context);
		rc = ended < 0 ? err_no_memory(err) : store_step(store, reading.rows[newest], err);
		reading.more[newest] = rc == 1;
		rc = rc < 0 ? rc : 0;
	}
	for (int i = 0; i < SOURCES; i++)
		sqlite3_finalize(reading.rows[i]);
	store_read_end(store);
	buf_free(&reading.below);
	buf_free(&reading.behind);
	return rc;
}

int log_followed(struct store *store, const char *path, struct err *err)
{
	sqlite3_stmt *rows = store_prepare(store, "SELECT CAST(watch_root AS BLOB) FROM watch_state", err);
	int rc, followed = 0;

	while (!followed && (rc = store_step(store, rows, err)) == 1) {
		const char *root = text_of(rows, 0);

		followed = root && (path_below(path, root) || path_below(root, path));
	}
	sqlite3_finalize(rows);
	return followed ? 1 : rc;
}

/* ---- for a person ---- */

static void free_entry(struct log_entry *entry)
{
	free(entry->path);
	free(entry->old_path);
	free(entry->by);
}

void log_list_clear(struct log_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free_entry(&list->items[i]);
	free(list->items);
	hash_free(&list->by_path);
	*list = (struct log_list){.most = list->most};
}

/* Those that were gone are one: which of them it was nobody can ask any more. */
static bool same_writer(const char *a, const char *b)
{
	static const char gone[] = "gone (";

	if (!a || !b)
		return a == b;
	return !strcmp(a, b) || (!strncmp(a, gone, strlen(gone)) && !strncmp(b, gone, strlen(gone)));
}

/* The entry that an older change of this path belongs to, which was told with its hash; or HASH_NONE. */
static uint32_t find_run(const struct log_list *list, const char *path, enum log_type type, uint32_t hash)
{
	HASH_EACH (&list->by_path, hash, i)
		if (!strcmp(list->items[i].path, path) && (list->items[i].type == LOG_GROW) == (type == LOG_GROW))
			return i;
	return HASH_NONE;
}

/* What is older happened to another file, or to this one before something else did. */
static void end_run(struct log_list *list, const char *path, enum log_type type)
{
	uint32_t hash = path ? hash_bytes(0, path, strlen(path)) : 0;
	uint32_t run = path ? find_run(list, path, type, hash) : HASH_NONE;

	if (run != HASH_NONE)
		hash_remove(&list->by_path, hash, run);
}

static char *copy(const char *text, bool *failed)
{
	char *copied = text ? alloc_text(text) : NULL;

	*failed |= text && !copied;
	return copied;
}

static int append(struct log_list *list, const struct log_entry *entry, bool run)
{
	bool failed = false;

	if (alloc_room(&list->items, &list->capacity, list->count + 1))
		return -ENOMEM;
	struct log_entry *own = &list->items[list->count];

	*own = *entry;
	own->path = copy(entry->path, &failed);
	own->old_path = copy(entry->old_path, &failed);
	own->by = copy(entry->by, &failed);
	if (failed || (run && hash_add(&list->by_path, hash_bytes(0, entry->path, strlen(entry->path)),
	                               (uint32_t)list->count))) {
		free_entry(own);
		return -ENOMEM;
	}
	list->count++;
	return 0;
}

static int add(void *context, const struct log_entry *entry)
{
	struct log_list *list = context;
	bool changed = entry->type == LOG_MODIFY || entry->type == LOG_GROW;

	/* That it went is told by its own entry. */
	if (entry->type == LOG_RESYNC || (entry->type == LOG_GROW && !entry->new_bytes))
		return 0;
	if (changed) {
		uint32_t hash = hash_bytes(0, entry->path, strlen(entry->path));
		uint32_t run = find_run(list, entry->path, entry->type, hash);
		struct log_entry *later = run == HASH_NONE ? NULL : &list->items[run];

		if (later && later->sized && entry->sized && same_writer(later->by, entry->by)) {
			later->old_bytes = entry->old_bytes;
			return 0;
		}
	}
	end_run(list, entry->path, entry->type);
	end_run(list, entry->old_path, entry->type);
	if (list->most && list->count >= list->most) {
		list->more++;
		return 0;
	}
	return append(list, entry, changed);
}

int log_list_read(struct store *store, const struct log_filter *filter, struct log_list *list, struct err *err)
{
	return log_read(store, filter, add, list, err);
}
