/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the used bytes of a file system are: an account that adds up. */
#include "cli/cmd_df.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/headless.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "engine/account/account.h"

#define ENTRIES_SHOWN 10 /* of a line, in the table */

static int scan_all(void *context, const char *path, const struct scan_options *scan, struct scan **out,
                    struct err *err)
{
	const struct options *options = context;
	struct scan_options with = *scan;

	with.threads = options->threads > 0 ? (unsigned)options->threads : 0;
	return headless_scan(path, &with, options, true, out, err);
}

/* ---- JSON ---- */

static void entry_json(struct document *json, const struct account_entry *entry)
{
	document_object(json, NULL);
	document_path(json, "path", entry->path);
	if (entry->bytes_known)
		document_size(json, "bytes", entry->bytes);
	else
		document_null(json, "bytes");
	document_path(json, "by", entry->by && *entry->by ? entry->by : NULL);
	if (entry->pid)
		document_int(json, "pid", entry->pid);
	else
		document_null(json, "pid");
	document_end_object(json);
}

void df_json(struct document *json, const struct account *account)
{
	const struct file_system_usage *usage = &account->fs.usage;
	const struct mount_entry *mount = account->fs.mount;
	struct buf why = {0};

	document_path(json, "path", account->fs.path);
	document_path(json, "mount", mount ? mount->point : NULL);
	document_path(json, "device", mount ? mount->source : NULL);
	document_path(json, "fs_type", mount ? mount->type : NULL);
	document_bool(json, "project_quota", account->fs.project);
	document_size(json, "size_bytes", usage->size_bytes);
	document_size(json, "used_bytes", usage->used_bytes);
	document_size(json, "available_bytes", usage->available_bytes);
	document_size(json, "reserved_bytes", usage->reserved_bytes);
	document_uint(json, "inodes", usage->inodes);
	document_uint(json, "inodes_used", usage->inodes_used);
	document_int(json, "as_of", account->as_of);
	document_growth(json, "changed_bytes", account->changed_bytes);
	document_uint(json, "unreadable", account->unreadable);
	account_explain(account, &why);
	document_text(json, "note", why.length ? why.data : NULL);
	document_array(json, "lines");
	for (int i = 0; i < ACCOUNT_REASONS; i++) {
		const struct account_line *line = &account->lines[i];

		document_object(json, NULL);
		document_text(json, "reason", account_reason_name(i));
		document_growth(json, "bytes", line->bytes);
		document_bool(json, "partial", line->partial);
		document_array(json, "entries");
		for (size_t k = 0; k < line->count; k++)
			entry_json(json, &line->entries[k]);
		document_end_array(json);
		document_end_object(json);
	}
	document_end_array(json);
	buf_free(&why);
}

static int print_json(const struct account *account)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	df_json(&json, account);
	document_end_object(&json);
	return output_json(&json);
}

/* ---- the table ---- */

static void head(const struct account *account, const struct options *options, struct buf *text)
{
	const struct file_system_usage *usage = &account->fs.usage;
	const struct mount_entry *mount = account->fs.mount;
	char used[TEXT_FIGURE], size[TEXT_FIGURE], free_bytes[TEXT_FIGURE], reserved[TEXT_FIGURE];
	struct buf point = {0}, source = {0};

	if (mount)
		buf_printf(text, _("%s  %s on %s"), output_safe(&point, mount->point), mount->type,
		           output_safe(&source, mount->source));
	else
		buf_str(text, output_safe(&point, account->fs.path));
	buf_printf(text, _("\n%s used of %s (%d%%), %s free"), text_size(used, usage->used_bytes, options->si),
	           text_size(size, usage->size_bytes, options->si),
	           file_system_percent(usage->used_bytes, usage->available_bytes),
	           text_size(free_bytes, usage->available_bytes, options->si));
	if (usage->reserved_bytes)
		buf_printf(text, _(", %s reserved"), text_size(reserved, usage->reserved_bytes, options->si));
	if (usage->inodes)
		buf_printf(text, _(", inodes %d%%"), file_system_percent(usage->inodes_used, usage->inodes_available));
	if (account->fs.project)
		buf_str(text, _(" (project quota)"));
	buf_char(text, '\n');
	buf_free(&point);
	buf_free(&source);
}

static void figure_cells(struct table *table, const struct account *account, int64_t bytes, bool known,
                         const struct options *options)
{
	char figure[TEXT_FIGURE], share[TEXT_FIGURE] = "";
	uint64_t used = account->fs.usage.used_bytes;

	if (!known) {
		table_cell(table, CELL_PLAIN, "?");
		table_cell(table, CELL_PLAIN, "");
		return;
	}
	if (used)
		snprintf(share, sizeof(share), "%.1f%%", (double)bytes * 100 / (double)used);
	table_cell(table, CELL_PLAIN,
	           bytes < 0 ? text_delta(figure, bytes, options->si)
	                     : text_size(figure, (uint64_t)bytes, options->si));
	table_cell(table, CELL_PLAIN, share);
}

static void entry_row(struct table *table, const struct account *account, const struct account_entry *entry,
                      const struct options *options)
{
	struct buf what = {0}, safe = {0};

	figure_cells(table, account, (int64_t)entry->bytes, entry->bytes_known, options);
	buf_printf(&what, "  %s", output_safe(&safe, entry->path));
	if (entry->by && *entry->by)
		buf_printf(&what, "  %s", output_safe(&safe, entry->by));
	if (entry->pid)
		buf_printf(&what, " (%d)", (int)entry->pid);
	table_cell(table, CELL_DIM, what.failed ? "?" : what.data);
	buf_free(&what);
	buf_free(&safe);
}

/* What is nought, and all of it known, is not worth a row; the folder and the rest always are. */
static bool worth(const struct account *account, int reason)
{
	const struct account_line *line = &account->lines[reason];

	return reason == ACCOUNT_TREE || reason == ACCOUNT_UNEXPLAINED || line->bytes || line->partial;
}

static void rows(struct table *table, const struct account *account, const struct options *options, size_t most)
{
	char figure[TEXT_FIGURE];
	struct buf what = {0}, safe = {0};

	for (int i = 0; i < ACCOUNT_REASONS; i++) {
		const struct account_line *line = &account->lines[i];
		size_t shown = i == ACCOUNT_TREE ? 0 : line->count < most ? line->count : most;

		if (!worth(account, i))
			continue;
		figure_cells(table, account, line->bytes, line->bytes || !line->partial, options);
		buf_clear(&what);
		buf_str(&what, account_reason_words(i));
		if (i == ACCOUNT_TREE)
			buf_printf(&what, ", %s", output_safe(&safe, account->fs.path));
		if (i == ACCOUNT_UNREADABLE)
			buf_printf(&what, ngettext(", %s entry", ", %s entries", account->unreadable),
			           text_count(figure, account->unreadable));
		table_cell(table, CELL_PLAIN, what.failed ? "?" : what.data);
		for (size_t k = 0; k < shown; k++)
			if (line->entries[k].bytes || !line->entries[k].bytes_known)
				entry_row(table, account, &line->entries[k], options);
		if (shown < line->count && i != ACCOUNT_TREE) {
			table_cell(table, CELL_PLAIN, "");
			table_cell(table, CELL_PLAIN, "");
			buf_clear(&what);
			buf_printf(&what, _("  %s more"), text_count(figure, line->count - shown));
			table_cell(table, CELL_DIM, what.failed ? "?" : what.data);
		}
	}
	buf_free(&what);
	buf_free(&safe);
}

void df_rows(struct buf *out, const struct options *options, const struct account *account, size_t most)
{
	const struct table_column columns[] = {{_("size"), true}, {_("share"), true}, {_("where"), false}};
	struct table table;

	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	rows(&table, account, options, most);
	table_finish(&table, options_color(options, STDOUT_FILENO), out);
}

static int print_table(const struct account *account, const struct options *options)
{
	struct buf text = {0}, why = {0};

	head(account, options, &text);
	df_rows(&text, options, account, ENTRIES_SHOWN);
	account_explain(account, &why);
	if (why.length)
		buf_printf(&text, _("unexplained: %s\n"), why.data);
	buf_free(&why);
	return output_text(&text);
}

static int run(const struct options *options)
{
	const struct named_scanner scanner = {scan_all, (void *)options};
	struct account account;
	struct err err = {{0}};
	char *path = headless_root(options->word_count ? options->words[0] : ".", &err);
	int status = STATUS_FAILED, rc = path ? 0 : -1;

	if (!rc)
		rc = account_read(path, &scanner, interrupt_flag(), &account, &err);
	if (!path || rc) {
		output_fail(&err);
		status = interrupt_status() ? interrupt_status() : STATUS_FAILED;
	} else {
		status = options->json ? print_json(&account) : print_table(&account, options);
		account_clear(&account);
	}
	free(path);
	return status;
}

const struct command cmd_df = {
	.name = "df",
	.words = "[PATH]",
	.summary = N_("Show where the used space of a file system is"),
	.example = "disktracker df /",
	.place = IN_DF,
	.most_words = 1,
	.run = run,
};
