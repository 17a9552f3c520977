/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The largest files of a snapshot, or all of them in groups.  For the largest, directories are looked into in the order
 * of what they hold directly, and the search ends when the next one holds less than the smallest file found: few file
 * lists are read, however large the tree is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "store/files/stored_query.h"

#define TOP_DEFAULT 20

/** What is asked. */
struct question {
	struct terms terms;
	bool dirs;
	bool groups;
	enum breakdown_by by;
};

struct found {
	char *path; /* absolute */
	uint64_t bytes, items;
	int64_t mtime;
	bool is_dir;
};

/*
 * The best so far, largest first; by path where sizes are equal, so that the answer does not depend on the order of the
 * search.
 */
struct best {
	struct found *items;
	size_t count, limit;
};

static int compare(const struct found *a, const struct found *b)
{
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return strcmp(a->path, b->path);
}

static bool worth(const struct best *best, uint64_t bytes)
{
	return best->count < best->limit || bytes >= best->items[best->count - 1].bytes;
}

/* Keep a copy if it is among the best.  0 or -ENOMEM. */
static int consider(struct best *best, const struct found *candidate)
{
	struct found one = *candidate;
	size_t low = 0, high = best->count;

	if (!worth(best, one.bytes))
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&best->items[middle], &one) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == best->limit)
		return 0;
	one.path = alloc_copy(one.path, strlen(one.path));
	if (!one.path)
		return -ENOMEM;
	if (best->count == best->limit)
		free(best->items[--best->count].path);
	memmove(&best->items[low + 1], &best->items[low], (best->count - low) * sizeof(*best->items));
	best->items[low] = one;
	best->count++;
	return 0;
}

static void clear(struct best *best)
{
	for (size_t i = 0; i < best->count; i++)
		free(best->items[i].path);
	free(best->items);
}

static int path_of(const struct image *image, uint32_t dir, const void *name, size_t length, struct buf *out)
{
	buf_clear(out);
	buf_str(out, image->root_path);
	if (dir != IMAGE_ROOT) {
		if (out->length && out->data[out->length - 1] != '/')
			buf_char(out, '/');
		image_relative(image, dir, out);
	}
	if (name) {
		if (out->length && out->data[out->length - 1] != '/')
			buf_char(out, '/');
		buf_add(out, name, length);
	}
	return out->failed ? -ENOMEM : 0;
}

static int find_dirs(const struct image *image, uint32_t folder, const struct terms *terms, struct best *best)
{
	struct buf path = {0};
	int rc = 0;

	for (uint32_t i = folder + 1; !rc && i < image->end[folder]; i++) {
		struct terms_entry entry = {.name = image_name(image, i),
		                            .length = image_name_length(image, i),
		                            .type = NODE_DIR,
		                            .bytes = image->alloc_bytes[i],
		                            .mtime_s = image_mtime_s(image, i)};

		if (!worth(best, image->alloc_bytes[i]) || !terms_match(terms, &entry))
			continue;
		rc = path_of(image, i, NULL, 0, &path);
		if (!rc)
			rc = consider(best, &(struct found){path.data, image->alloc_bytes[i], image->items[i],
			                                    image_mtime_s(image, i), true});
	}
	buf_free(&path);
	return rc;
}

struct holder {
	uint64_t bytes; /* held directly */
	uint32_t dir;
};

static int by_bytes(const void *left, const void *right)
{
	const struct holder *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return a->dir < b->dir ? -1 : 1;
}

static bool is_asked_for(const struct terms *terms, const struct file_entry *file)
{
	const struct terms_entry entry = {.name = file->name,
	                                  .length = file->name_length,
	                                  .type = file->type,
	                                  .bytes = file->alloc_bytes,
	                                  .mtime_s = file->mtime_s};

	return file->type != NODE_DIR && terms_match(terms, &entry);
}

static int find_files(struct store *store, const struct image *image, uint32_t folder, const struct terms *terms,
                      struct best *best, struct err *err)
{
	size_t count = image->end[folder] - folder;
	struct holder *holders = alloc_array(count, sizeof(*holders));
	struct buf path = {0};
	int rc = holders ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < count; i++)
		holders[i] = (struct holder){image_direct_bytes(image, folder + (uint32_t)i), (uint32_t)(folder + i)};
	if (!rc)
		qsort(holders, count, sizeof(*holders), by_bytes);
	for (size_t i = 0; !rc && i < count && worth(best, holders[i].bytes); i++) {
		struct file_list list;

		rc = file_list_read(store, image, holders[i].dir, &list, err);
		if (rc)
			break;
		for (size_t k = 0; !rc && k < list.count; k++) {
			const struct file_entry *file = &list.items[k];

			if (!worth(best, file->alloc_bytes) || !is_asked_for(terms, file))
				continue;
			rc = path_of(image, holders[i].dir, file->name, file->name_length, &path);
			if (!rc)
				rc = consider(best,
				              &(struct found){path.data, file->alloc_bytes, 0, file->mtime_s, false});
		}
		file_list_clear(&list);
	}
	buf_free(&path);
	free(holders);
	return rc;
}

/** What a person must know of the answer, or NULL. */
static const char *note_on(const struct question *question)
{
	return question->by == BREAKDOWN_OWNER || question->terms.owner
	             ? _("snapshots do not keep owners: B in the browser shows them, with -e")
	             : NULL;
}

static int print_json(const struct snapshot *snapshot, const struct question *question, const struct best *best)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", snapshot->scan_root);
	document_int(&json, "snapshot_id", snapshot->id);
	document_text(&json, "note", note_on(question));
	document_array(&json, "entries");
	for (size_t i = 0; i < best->count; i++) {
		const struct found *one = &best->items[i];

		document_object(&json, NULL);
		document_path(&json, "path", one->path);
		document_size(&json, "bytes", one->bytes);
		document_int(&json, "mtime", one->mtime);
		document_bool(&json, "is_dir", one->is_dir);
		document_uint(&json, "items", one->items);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

static int print_table(const struct options *options, const char *folder, const struct snapshot *snapshot,
                       const struct best *best)
{
	const struct table_column columns[] = {{_("size"), true},
	                                       {_("items"), true},
	                                       {_("changed"), false},
	                                       {_("name"), false}};
	char figure[TEXT_FIGURE];
	struct buf text = {0}, safe = {0};
	struct table table;

	buf_printf(&text, "%s  #%lld %s\n", output_safe(&safe, folder), (long long)snapshot->id,
	           text_time(figure, snapshot->finished_at));
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < best->count; i++) {
		const struct found *one = &best->items[i];
		const char *relative = path_below(one->path, folder);

		table_cell(&table, CELL_PLAIN, text_size(figure, one->bytes, options->si));
		table_cell(&table, CELL_PLAIN, one->is_dir ? text_count(figure, one->items) : "");
		table_cell(&table, CELL_PLAIN, one->mtime ? text_time(figure, one->mtime) : "");
		table_cell(&table, CELL_PLAIN, output_safe(&safe, relative ? relative : one->path));
	}
	buf_free(&safe);
	if (best->count)
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	return output_text(&text);
}

/* ---- groups ---- */

struct groups {
	struct breakdown_group *items;
	size_t count;
	struct breakdown_sum total;
};

static int find_groups(struct store *store, const struct image *image, uint32_t folder, const struct question *question,
                       struct groups *groups, struct err *err)
{
	struct breakdown *breakdown = breakdown_create(clock_wall_s());
	const struct terms *terms = terms_any(&question->terms) ? &question->terms : NULL;
	int rc = breakdown ? stored_breakdown(breakdown, store, image, folder, terms, NULL, err) : err_no_memory(err);

	if (!rc) {
		groups->total = breakdown_total(breakdown);
		rc = breakdown_groups(breakdown, question->by, BREAKDOWN_ALLOCATED, &groups->items, &groups->count)
		           ? err_no_memory(err)
		           : 0;
	}
	breakdown_destroy(breakdown);
	return rc;
}

static int print_groups_json(const struct options *options, const char *folder, const struct snapshot *snapshot,
                             const struct question *question, const struct groups *groups)
{
	struct document json = {0};
	char word[16];

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", snapshot->scan_root);
	document_path(&json, "path", folder);
	document_int(&json, "snapshot_id", snapshot->id);
	document_text(&json, "by", options->by);
	document_text(&json, "note", note_on(question));
	document_array(&json, "groups");
	for (size_t i = 0; i < groups->count && (options->top < 0 || i < (size_t)options->top); i++) {
		const struct breakdown_group *group = &groups->items[i];

		document_object(&json, NULL);
		document_text(&json, "group", breakdown_word(question->by, group, word));
		document_size(&json, "bytes", group->sum.alloc_bytes);
		document_size(&json, "apparent_bytes", group->sum.apparent_bytes);
		document_uint(&json, "items", group->sum.items);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

/** "code and build", ".rs", "within a year" */
static const char *group_title(enum breakdown_by by, const struct breakdown_group *group, char out[32])
{
	if (by == BREAKDOWN_AGE)
		return _(breakdown_age_title(group->age));
	if (by == BREAKDOWN_OWNER)
		return group->owner_known ? breakdown_word(by, group, out) : _("not known");
	if (by == BREAKDOWN_TYPE || !*group->extensions[0])
		return _(kind_title(group->kind));
	snprintf(out, 32, ".%s", group->extensions[0]);
	return out;
}

static int print_groups(const struct options *options, const char *folder, const struct snapshot *snapshot,
                        const struct question *question, const struct groups *groups)
{
	static const char *const heads[] = {N_("type"), N_("extension"), N_("modified"), N_("owner")};
	const struct table_column columns[] = {{_("size"), true},
	                                       {_("share"), true},
	                                       {_("items"), true},
	                                       {_(heads[question->by]), false},
	                                       {_("mostly"), false}};
	size_t most = options->top < 0 ? TOP_DEFAULT : (size_t)options->top;
	char figure[TEXT_FIGURE], title[32];
	struct buf text = {0}, safe = {0};
	struct table table;

	buf_printf(&text, "%s  #%lld %s\n", output_safe(&safe, folder), (long long)snapshot->id,
	           text_time(figure, snapshot->finished_at));
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < groups->count && i < most; i++) {
		const struct breakdown_group *group = &groups->items[i];
		uint64_t bytes = group->sum.alloc_bytes;
		struct buf mostly = {0};

		for (int k = 0; question->by == BREAKDOWN_TYPE && k < BREAKDOWN_KINDS_EXTENSIONS; k++)
			if (*group->extensions[k])
				buf_printf(&mostly, "%s.%s", k ? " " : "", group->extensions[k]);
		table_cell(&table, CELL_PLAIN, text_size(figure, bytes, options->si));
		snprintf(figure, sizeof(figure), "%.1f%%",
		         groups->total.alloc_bytes ? 100.0 * (double)bytes / (double)groups->total.alloc_bytes : 0);
		table_cell(&table, CELL_PLAIN, figure);
		table_cell(&table, CELL_PLAIN, text_count(figure, group->sum.items));
		table_cell(&table, CELL_PLAIN, group_title(question->by, group, title));
		table_cell(&table, CELL_DIM, mostly.data ? mostly.data : "");
		buf_free(&mostly);
	}
	buf_free(&safe);
	if (groups->count)
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	if (groups->count > most)
		buf_printf(&text, ngettext("%s more group\n", "%s more groups\n", groups->count - most),
		           text_count(figure, groups->count - most));
	return output_text(&text);
}

/* ---- the command ---- */

static int search(struct store *store, const struct options *options, const struct snapshot *snapshot,
                  const char *folder, const struct question *question, struct best *best, struct groups *groups,
                  struct err *err)
{
	const char *relative = path_below(folder, snapshot->scan_root);
	struct image *image = NULL;
	int rc;

	store_read_begin(store);
	rc = snapshot_image(store, snapshot->id, &image, err);
	if (rc) {
		store_read_end(store);
		return rc;
	}
	uint32_t dir = relative ? image_lookup(image, relative, strlen(relative)) : IMAGE_NONE;

	best->limit = options->top < 0 ? TOP_DEFAULT : (size_t)options->top;
	/* No more than there is: -n may be any number. */
	if (best->limit > image->items[IMAGE_ROOT] + 1)
		best->limit = image->items[IMAGE_ROOT] + 1;
	best->items = alloc_array(best->limit, sizeof(*best->items));
	if (dir == IMAGE_NONE) {
		struct buf safe = {0};

		rc = err_set(err, -ENOENT, _("there is no folder %s in snapshot #%lld"), output_safe(&safe, folder),
		             (long long)snapshot->id);
		buf_free(&safe);
	} else if (!best->items) {
		rc = err_no_memory(err);
	} else if (question->groups) {
		rc = find_groups(store, image, dir, question, groups, err);
	} else {
		rc = question->dirs ? find_dirs(image, dir, &question->terms, best)
		                    : find_files(store, image, dir, &question->terms, best, err);
	}
	store_read_end(store);
	image_free(image);
	return rc;
}

/** What the options ask.  0, or -EINVAL with a sentence. */
static int understand(const struct options *options, struct question *question, struct err *err)
{
	static const char *const ways[BREAKDOWN_WAYS] = {"type", "ext", "age", "owner"};
	int rc;

	question->dirs = options->dirs;
	question->groups = options->by != NULL;
	while (options->by && question->by < BREAKDOWN_WAYS && strcmp(ways[question->by], options->by))
		question->by++;
	if (question->by == BREAKDOWN_WAYS)
		return err_set(err, -EINVAL, "%s", _("--by takes type, ext, age or owner"));
	if (question->groups && question->dirs)
		return err_set(err, -EINVAL, "%s", _("--by goes without --dirs: groups are of files"));
	rc = options->filter ? terms_parse(options->filter, clock_wall_s(), &question->terms, err) : 0;
	if (!rc && question->terms.grew)
		rc = err_set(err, -EINVAL, "%s", _("grew: is between two snapshots: see disktracker diff --files"));
	return rc;
}

static int print(const struct options *options, const char *folder, const struct snapshot *snapshot,
                 const struct question *question, const struct best *best, const struct groups *groups)
{
	const char *note = note_on(question);

	if (note)
		output_note("%s", note);
	if (question->groups)
		return options->json ? print_groups_json(options, folder, snapshot, question, groups)
		                     : print_groups(options, folder, snapshot, question, groups);
	return options->json ? print_json(snapshot, question, best) : print_table(options, folder, snapshot, best);
}

static int run(const struct options *options)
{
	struct database_history history = {0};
	struct question question = {0};
	struct snapshot snapshot = {0};
	struct groups groups = {0};
	struct best best = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	int rc = understand(options, &question, &err), status;

	if (rc)
		return output_usage("top", &err);
	rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = database_history(store, options->word_count ? options->words[0] : ".", &history, &err);
	if (!rc)
		rc = database_find(store, &history, options->snapshot ? options->snapshot : "latest", 0, &snapshot,
		                   &err);
	if (!rc)
		rc = search(store, options, &snapshot, history.path.data, &question, &best, &groups, &err);
	if (rc)
		status = output_fail(&err);
	else
		status = print(options, history.path.data, &snapshot, &question, &best, &groups);
	clear(&best);
	free(groups.items);
	snapshot_clear(&snapshot);
	database_history_clear(&history);
	store_close(store);
	return status;
}

const struct command cmd_top = {
	.name = "top",
	.words = "[PATH]",
	.summary = N_("Show the largest files of a snapshot, or what it holds by type"),
	.example = "disktracker top --filter \"type:video >1G\" /home",
	.place = IN_TOP,
	.most_words = 1,
	.run = run,
};
