/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened below a path, as whoever followed it noted it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "store/record/mutation_log.h"
#include "ui/screens/log_text.h"

#define ENTRIES 20

/* What was asked for; -EINVAL with a sentence. */
static int read_question(const struct options *options, struct log_filter *filter, struct err *err)
{
	int64_t last_s;

	*filter = (struct log_filter){.since_s = INT64_MIN, .deleted = options->deleted, .by = options->by};
	if (options->by && !*options->by)
		return err_set(err, -EINVAL, "%s", _("--by takes the name of a service or command"));
	if (!options->last)
		return 0;
	int rc = text_parse_duration(options->last, &last_s);

	if (rc)
		return err_set(err, rc, _("--last: '%s' is not a time such as 90s, 15m, 24h, 7d, 3mo"), options->last);
	filter->since_s = clock_wall_s() - last_s;
	return 0;
}

/* Nothing can be said of what nobody has followed. */
static int check_followed(struct store *store, const char *path, struct err *err)
{
	int rc = log_followed(store, path, err);

	if (rc < 0 || rc == 1)
		return rc < 0 ? rc : 0;
	struct buf safe = {0}, word = {0};

	text_shell(&word, path, strlen(path));
	rc = err_set(err, -ENOENT, _("nobody has followed %s so far; do it with: disktracker watch %s"),
	             output_safe(&safe, path), word.data ? word.data : "PATH");
	buf_free(&safe);
	buf_free(&word);
	return rc;
}

/* ---- JSON ---- */

struct log_document {
	struct document json;
	int most;              /* entries; -1 = all */
};

static void print_bytes(struct document *json, const char *key, const struct log_entry *entry, uint64_t bytes)
{
	if (entry->sized)
		document_size(json, key, bytes);
	else
		document_null(json, key);
}

static int print_entry(void *context, const struct log_entry *entry)
{
	struct log_document *document = context;
	struct document *json = &document->json;

	if (!document->most)
		return 1;
	document->most -= document->most > 0;
	document_object(json, NULL);
	document_int(json, "time", entry->time_s);
	document_text(json, "type", log_word(entry->type));
	document_path(json, "path", entry->path);
	document_path(json, "old_path", entry->old_path);
	document_bool(json, "is_dir", entry->is_dir);
	print_bytes(json, "old_bytes", entry, entry->old_bytes);
	print_bytes(json, "new_bytes", entry, entry->new_bytes);
	document_text(json, "by", entry->by);
	document_end_object(json);
	return json->out.failed ? -ENOMEM : 0;
}

static int print_json(struct store *store, const struct options *options, const struct log_filter *filter)
{
	struct log_document document = {.most = options->top};
	struct document *json = &document.json;
	struct err err = {{0}};

	document_object(json, NULL);
	document_int(json, "schema", 1);
	document_path(json, "root", filter->path);
	document_array(json, "entries");
	if (log_read(store, filter, print_entry, &document, &err)) {
		document_free(json);
		return output_fail(&err);
	}
	document_end_array(json);
	document_end_object(json);
	return output_json(json);
}

/* ---- table ---- */

static void print_row(struct table *table, const struct log_entry *entry, const struct options *options,
                      const char *folder)
{
	char figure[TEXT_FIGURE];
	struct buf safe = {0};
	int64_t delta = entry->type == LOG_RENAME ? 0 : log_delta(entry);

	table_cell(table, CELL_PLAIN, log_text_time(figure, entry->time_s));
	table_cell(table, delta > 0 ? CELL_GROW : delta < 0 ? CELL_SHRINK : CELL_PLAIN,
	           log_text_change(figure, entry, options->si));
	table_cell(table, CELL_PLAIN, log_text_size(figure, entry, options->si));
	log_text_what(&safe, entry, folder, output_ascii(options));
	buf_str(&safe, log_text_tag(entry));
	table_cell(table, entry->type == LOG_DELETE ? CELL_DIM : CELL_PLAIN, safe.failed ? "?" : safe.data);
	table_cell(table, CELL_PLAIN, entry->by ? output_safe(&safe, entry->by) : "");
	buf_free(&safe);
}

static int print_table(struct store *store, const struct options *options, const struct log_filter *filter)
{
	const struct table_column columns[] = {
		{_("time"), false}, {_("change"), true}, {_("size"), true}, {_("what"), false}, {_("by"), false},
	};
	struct log_list list = {.most = options->top < 0 ? ENTRIES : (size_t)options->top};
	struct buf text = {0}, safe = {0};
	char figure[TEXT_FIGURE];
	struct err err = {{0}};
	struct table table;

	if (log_list_read(store, filter, &list, &err)) {
		log_list_clear(&list);
		return output_fail(&err);
	}
	buf_printf(&text, list.count ? _("what happened in %s") : _("nothing happened in %s"),
	           output_safe(&safe, filter->path));
	if (options->last)
		buf_printf(&text, _("  last %s"), output_safe(&safe, options->last));
	buf_char(&text, '\n');
	buf_free(&safe);
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < list.count; i++)
		print_row(&table, &list.items[i], options, filter->path);
	if (list.count)
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	if (list.more)
		buf_printf(&text, ngettext("%s older change\n", "%s older changes\n", list.more),
		           text_count(figure, list.more));
	log_list_clear(&list);
	return output_text(&text);
}

static int run(const struct options *options)
{
	struct log_filter filter;
	struct store *store = NULL;
	struct buf path = {0};
	struct err err = {{0}};
	int status = STATUS_FAILED, rc = read_question(options, &filter, &err);

	if (rc)
		return output_refused("log", rc, &err);
	rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = database_path(NULL, options->word_count ? options->words[0] : ".", &path, &err);
	filter.path = path.data;
	if (!rc)
		rc = check_followed(store, filter.path, &err);
	if (rc)
		output_fail(&err);
	else
		status = options->json ? print_json(store, options, &filter) : print_table(store, options, &filter);
	buf_free(&path);
	store_close(store);
	return status;
}

const struct command cmd_log = {
	.name = "log",
	.words = "[PATH]",
	.summary = N_("Show what was created, deleted, renamed or grew, and who did it"),
	.example = "disktracker log --last 24h /srv",
	.place = IN_LOG,
	.most_words = 1,
	.run = run,
};
