/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/files/file_search.h"

#include <errno.h>
#include <stdlib.h>

#include "base/i18n.h"
#include "store/db/handle.h"
#include "store/files/file_chunk.h"

/* Where the name lies, seen from a chunk. */
enum lies { LIES_BEFORE = 1, LIES_FOUND, LIES_WITHIN, LIES_BEHIND };

struct wanted {
	const void *name;
	size_t length;
	bool behind_some;
	struct file_entry *entry;
};

static int look_at(void *taker, const struct file_entry *entry)
{
	struct wanted *wanted = taker;
	int order = file_names_compare(wanted->name, wanted->length, entry->name, entry->name_length);

	if (order > 0) {
		wanted->behind_some = true;
		return 0;
	}
	if (order < 0)
		return wanted->behind_some ? LIES_WITHIN : LIES_BEFORE;
	*wanted->entry = *entry;
	wanted->entry->name = NULL; /* it goes with the chunk */
	return LIES_FOUND;
}

/* enum lies, or -errno with a sentence. */
static int look_into(struct store *store, int64_t chunk, struct wanted *wanted, struct err *err)
{
	sqlite3_stmt *get = store_statement(store, ST_CHUNK_GET, err);

	sqlite3_bind_int64(get, 1, chunk);
	int rc = store_step(store, get, err);

	if (rc <= 0)
		return rc ? rc : store_damaged(store, _("a list of files is missing"), err);
	wanted->behind_some = false;
	rc = file_chunk_each(sqlite3_column_blob(get, 0), (size_t)sqlite3_column_bytes(get, 0), look_at, wanted);
	sqlite3_reset(get);
	if (rc < 0)
		return store_damaged(store, _("a list of files is garbled"), err);
	return rc ? rc : LIES_BEHIND;
}

static bool shares_chunk(const struct file_search *search)
{
	for (size_t i = 0; search->found_in && i < search->ids.count; i++)
		if (search->ids.items[i] == search->found_in)
			return true;
	return false;
}

int file_search(struct store *store, struct file_search *search, const void *lists, size_t length, const void *name,
                size_t name_length, struct file_entry *out, struct err *err)
{
	struct wanted wanted = {.name = name, .length = name_length, .entry = &search->entry};
	size_t low = 0;

	search->ids.count = 0;
	int rc = chunk_ids_read(&search->ids, lists, length);

	if (rc)
		return rc == -EINVAL ? store_damaged(store, _("a list of files is garbled"), err) : err_no_memory(err);
	size_t high = search->ids.count;

	rc = shares_chunk(search) ? LIES_FOUND : 0;
	while (rc >= 0 && rc != LIES_FOUND && low < high) {
		size_t middle = low + (high - low) / 2;

		rc = look_into(store, search->ids.items[middle], &wanted, err);
		if (rc == LIES_FOUND)
			search->found_in = search->ids.items[middle];
		else if (rc == LIES_BEFORE)
			high = middle;
		else if (rc == LIES_BEHIND)
			low = middle + 1;
		else
			low = high;
	}
	if (rc == LIES_FOUND)
		*out = search->entry;
	return rc < 0 ? rc : rc == LIES_FOUND;
}

void file_search_clear(struct file_search *search)
{
	free(search->ids.items);
	*search = (struct file_search){0};
}
