/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd_explain.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/explanation.h"
#include "cli/output.h"

#define TABLE_TOP 20

/* ---- JSON ---- */

static void paths_json(struct document *json, const struct cause_line *line)
{
	document_array(json, "paths");
	for (size_t i = 0; i < line->path_count; i++) {
		document_object(json, NULL);
		document_path(json, "path", line->paths[i].path);
		document_growth(json, "delta_bytes", line->paths[i].delta_bytes);
		document_bool(json, "is_dir", !line->paths[i].is_file);
		document_bool(json, "gone", line->paths[i].gone);
		document_path(json, "name", line->paths[i].name);
		document_end_object(json);
	}
	document_end_array(json);
	document_object(json, "omitted_paths");
	document_uint(json, "entries", line->omitted_paths);
	document_growth(json, "delta_bytes", line->omitted_bytes);
	document_end_object(json);
}

static void cause_json(struct document *json, const struct cause_line *line, int64_t at_s)
{
	struct buf advice = {0};
	int64_t idle = cause_idle_days(line->newest_s, at_s);

	document_object(json, NULL);
	document_path(json, "cause", line->name);
	document_text(json, "class", cause_class_name(line->rule->class));
	document_path(json, "rule", line->pattern ? line->pattern : "CACHEDIR.TAG");
	document_growth(json, "delta_bytes", line->delta_bytes);
	document_size(json, "bytes", line->bytes);
	if (idle >= 0)
		document_int(json, "idle_days", idle);
	else
		document_null(json, "idle_days");
	document_text(json, "idle_from", idle < 0 ? NULL : line->newest_exact ? "files" : "folders");
	paths_json(json, line);
	document_path(json, "advice", explanation_advice(&advice, line));
	document_path(json, "again", line->rule->again);
	document_path(json, "caution", line->rule->caution);
	document_path(json, "source", line->rule->source);
	document_end_object(json);
	buf_free(&advice);
}

static void rest_json(struct document *json, const struct causes *causes)
{
	struct buf path = {0};

	document_growth(json, "other_bytes", causes->rest_bytes);
	document_array(json, "other");
	for (size_t i = 0; i < causes->rest_count; i++) {
		const struct cause_rest *rest = &causes->rest[i];

		document_object(json, NULL);
		document_path(json, "path", rest->path);
		document_growth(json, "delta_bytes", rest->delta_bytes);
		document_bool(json, "gone", rest->gone);
		buf_clear(&path);
		if (rest->file)
			buf_printf(&path, "%s%s%s", rest->path, rest->path[1] ? "/" : "", rest->file);
		document_path(json, "largest", rest->file && !path.failed ? path.data : NULL);
		document_end_object(json);
	}
	document_end_array(json);
	document_object(json, "omitted_other");
	document_uint(json, "entries", causes->omitted_rest);
	document_growth(json, "delta_bytes", causes->omitted_rest_bytes);
	document_end_object(json);
	buf_free(&path);
}

void explain_json(struct document *json, const struct options *options, const struct explanation *explanation)
{
	const struct causes *causes = &explanation->causes;
	size_t top = options->top < 0 ? SIZE_MAX : (size_t)options->top, omitted = 0;
	int64_t omitted_bytes = 0;

	document_array(json, "causes");
	for (size_t i = 0; i < causes->count; i++) {
		if (i < top) {
			cause_json(json, &causes->lines[i], explanation->pair.to.finished_at);
		} else {
			omitted++;
			omitted_bytes = figure_delta_sum(omitted_bytes, causes->lines[i].delta_bytes);
		}
	}
	document_end_array(json);
	document_object(json, "omitted_causes");
	document_uint(json, "entries", omitted);
	document_growth(json, "delta_bytes", omitted_bytes);
	document_end_object(json);
	rest_json(json, causes);
}

static int print_json(const struct options *options, const struct explanation *explanation)
{
	const struct comparison *pair = &explanation->pair;
	const struct causes *causes = &explanation->causes;
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", pair->to.scan_root);
	document_path(&json, "path", pair->base_b.data);
	if (options->now) {
		document_null(&json, "from");
		document_int(&json, "to", pair->to.id);
		document_null(&json, "from_time");
	} else {
		document_int(&json, "from", pair->from.id);
		document_int(&json, "to", pair->to.id);
		document_int(&json, "from_time", pair->from.finished_at);
	}
	document_int(&json, "to_time", pair->to.finished_at);
	document_growth(&json, "net_bytes", causes->net_bytes);
	document_uint(&json, "unknown_entries", causes->unknown_entries);
	document_size(&json, "unknown_bytes", causes->unknown_bytes);
	document_text(&json, "note", pair->note.length ? pair->note.data : NULL);
	explain_json(&json, options, explanation);
	document_end_object(&json);
	return output_json(&json);
}

/* ---- the table ---- */

static const char *relative_to(const struct explanation *explanation, const char *path)
{
	const char *relative = path_below(path, explanation->pair.base_b.data);

	return !relative ? path : *relative ? relative : ".";
}

static const char *told_bytes(char out[TEXT_FIGURE], const struct options *options, int64_t bytes)
{
	return options->now && bytes >= 0 ? text_size(out, (uint64_t)bytes, options->si)
	                                  : text_delta(out, bytes, options->si);
}

/* `why /home/ana grew  #40 2026-11-17 22:40 -> #41 2026-11-18 09:02 (10 h)`, and the sum below it. */
static void add_title(struct buf *text, const struct options *options, const struct explanation *explanation)
{
	const struct comparison *pair = &explanation->pair;
	const struct causes *causes = &explanation->causes;
	char older[TEXT_FIGURE], newer[TEXT_FIGURE], span[TEXT_FIGURE], net[TEXT_FIGURE], named[TEXT_FIGURE],
		rest[TEXT_FIGURE];
	int64_t sum = 0;
	struct buf safe = {0};

	for (size_t i = 0; i < causes->count; i++)
		sum = figure_delta_sum(sum, causes->lines[i].delta_bytes);
	if (options->now)
		buf_printf(text, _("what lies in %s  #%lld %s\n"), output_safe(&safe, pair->base_b.data),
		           (long long)pair->to.id, text_time(newer, pair->to.finished_at));
	else
		buf_printf(text, _("why %s grew  #%lld %s -> #%lld %s (%s)\n"), output_safe(&safe, pair->base_b.data),
		           (long long)pair->from.id, text_time(older, pair->from.finished_at), (long long)pair->to.id,
		           text_time(newer, pair->to.finished_at),
		           text_age(span, pair->from.finished_at, pair->to.finished_at));
	buf_printf(text, ngettext("%s = %zu cause %s, other %s\n", "%s = %zu causes %s, other %s\n", causes->count),
	           told_bytes(net, options, causes->net_bytes), causes->count, told_bytes(named, options, sum),
	           told_bytes(rest, options, causes->rest_bytes));
	buf_free(&safe);
}

/* Where most of it is, and how many more places there are. */
static void add_where(struct table *table, const struct explanation *explanation, const char *path, const char *name,
                      const char *file, bool gone, size_t more)
{
	struct buf text = {0}, safe = {0};
	char count[TEXT_FIGURE];
	const char *relative = relative_to(explanation, path);

	if (file && !strcmp(relative, "."))
		buf_str(&text, output_safe(&safe, file));
	else
		buf_str(&text, output_safe(&safe, relative));
	if (file && strcmp(relative, "."))
		buf_printf(&text, "/%s", output_safe(&safe, file));
	if (name)
		buf_printf(&text, " [%s]", output_safe(&safe, name));
	if (gone)
		buf_printf(&text, " %s", _("(gone)"));
	if (more)
		buf_printf(&text, _("  +%s more"), text_count(count, more));
	table_cell(table, CELL_PLAIN, text.failed ? "?" : text.data);
	buf_free(&text);
	buf_free(&safe);
}

static void add_figure(struct table *table, const struct options *options, int64_t bytes)
{
	char figure[TEXT_FIGURE];

	if (options->now)
		table_cell(table, CELL_PLAIN, told_bytes(figure, options, bytes));
	else
		table_delta(table, bytes, options->si);
}

static void add_row(struct table *table, const struct options *options, const struct explanation *explanation,
                    const struct cause_line *line)
{
	char idle[TEXT_FIGURE + 2];
	struct buf safe = {0};

	add_figure(table, options, line->delta_bytes);
	table_cell(table, CELL_PLAIN, output_safe(&safe, line->name));
	table_cell(table, CELL_PLAIN, _(cause_class_name(line->rule->class)));
	table_cell(table, CELL_PLAIN,
	           explanation_idle(idle, line->newest_s, line->newest_exact, explanation->pair.to.finished_at));
	add_where(table, explanation, line->paths[0].path, line->paths[0].name, NULL, line->paths[0].gone,
	          line->path_count - 1 + line->omitted_paths);
	buf_free(&safe);
}

static void add_advice(struct buf *text, const struct causes *causes, size_t top)
{
	struct buf advice = {0}, safe = {0};
	bool first = true;

	for (size_t i = 0; i < causes->count && i < top; i++) {
		const struct cause_line *line = &causes->lines[i];

		buf_clear(&advice);
		if (line->delta_bytes <= 0 || !explanation_advice(&advice, line))
			continue;
		if (first)
			buf_printf(text, "%s\n", _("frees it:"));
		first = false;
		/* What of it is a name is a word of a shell, and safe. */
		buf_printf(text, "  %s  #", advice.data);
		buf_printf(text, " %s", output_safe(&safe, line->name));
		if (line->rule->caution)
			buf_printf(text, ": %s", output_safe(&safe, line->rule->caution));
		buf_char(text, '\n');
	}
	buf_free(&advice);
	buf_free(&safe);
}

void explain_rows(struct buf *out, const struct options *options, const struct explanation *explanation)
{
	const struct table_column columns[] = {{options->now ? _("size") : _("growth"), true},
	                                       {_("cause"), false},
	                                       {_("class"), false},
	                                       {_("idle"), false},
	                                       {_("mostly in"), false}};
	const struct causes *causes = &explanation->causes;
	size_t top = options->top < 0 ? TABLE_TOP : (size_t)options->top;
	char count[TEXT_FIGURE], delta[TEXT_FIGURE];
	int64_t smaller = 0;
	struct table table;

	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < causes->count; i++) {
		if (i < top)
			add_row(&table, options, explanation, &causes->lines[i]);
		else
			smaller = figure_delta_sum(smaller, causes->lines[i].delta_bytes);
	}
	if (causes->rest_bytes || causes->rest_count) {
		add_figure(&table, options, causes->rest_bytes);
		table_cell(&table, CELL_PLAIN, _("other"));
		table_cell(&table, CELL_PLAIN, "");
		table_cell(&table, CELL_PLAIN, "");
		if (causes->rest_count)
			add_where(&table, explanation, causes->rest[0].path, NULL, causes->rest[0].file,
			          causes->rest[0].gone && !causes->rest[0].file,
			          causes->rest_count - 1 + causes->omitted_rest);
		else
			table_cell(&table, CELL_PLAIN, "");
	}
	if (causes->count || causes->rest_count)
		table_finish(&table, options_color(options, STDOUT_FILENO), out);
	else
		table_drop(&table);
	if (causes->count > top)
		buf_printf(out, ngettext("%s more cause %s\n", "%s more causes %s\n", causes->count - top),
		           text_count(count, causes->count - top), told_bytes(delta, options, smaller));
	if (causes->unknown_entries)
		buf_printf(out,
		           ngettext("%s entry could not be compared\n", "%s entries could not be compared\n",
		                    causes->unknown_entries),
		           text_count(count, causes->unknown_entries));
}

static int print_table(const struct options *options, const struct explanation *explanation)
{
	struct buf text = {0};

	add_title(&text, options, explanation);
	explain_rows(&text, options, explanation);
	add_advice(&text, &explanation->causes, options->top < 0 ? TABLE_TOP : (size_t)options->top);
	return output_text(&text);
}

/* ---- the files of rules ---- */

static int check_rules(const struct options *options)
{
	struct buf mistakes = {0}, text = {0}, safe = {0};
	struct document json = {0};
	struct cause_rules rules;
	struct err err = {{0}};
	int rc = cause_rules_load(&rules, &mistakes, &err), status;

	if (rc == -EINVAL && mistakes.length && !options->json) {
		size_t at = 0;

		while (at < mistakes.length) {
			int length = (int)strcspn(mistakes.data + at, "\n");

			output_note("%.*s", length, mistakes.data + at);
			at += (size_t)length + 1;
		}
		status = STATUS_FAILED;
	} else if (rc) {
		status = output_fail(&err);
	} else if (options->json) {
		document_object(&json, NULL);
		document_int(&json, "schema", 1);
		document_uint(&json, "rules", rules.pattern_count);
		document_array(&json, "files");
		for (size_t i = 0; i < rules.file_count; i++) {
			document_object(&json, NULL);
			document_path(&json, "path", rules.files[i].path);
			document_uint(&json, "causes", rules.files[i].causes);
			document_end_object(&json);
		}
		document_end_array(&json);
		document_end_object(&json);
		status = output_json(&json);
	} else {
		for (size_t i = 0; i < rules.file_count; i++)
			buf_printf(&text, ngettext("%s: %zu cause\n", "%s: %zu causes\n", rules.files[i].causes),
			           output_safe(&safe, rules.files[i].path), rules.files[i].causes);
		status = output_text(&text);
	}
	cause_rules_clear(&rules);
	buf_free(&mistakes);
	buf_free(&safe);
	return status;
}

static int run(const struct options *options)
{
	struct explanation explanation = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	int64_t seconds;
	int status, rc;

	if (options->check_rules)
		return check_rules(options);
	if (options->last && (options->from || options->to))
		return output_misused("explain", _("--last is a window up to now: it goes without --from and --to"));
	if (options->now && (options->last || options->from))
		return output_misused("explain", _("--now tells what lies there: it goes without --last and --from"));
	if (options->last && text_parse_duration(options->last, &seconds))
		return output_misused("explain", _("--last needs a time such as 24h, 7d or 3mo"));
	rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = explanation_make(store, options, options->now, &explanation, &err);
	if (!rc && explanation.pair.note.length)
		output_note("%s", explanation.pair.note.data);
	status = rc            ? output_fail(&err)
	       : options->json ? print_json(options, &explanation)
	                       : print_table(options, &explanation);
	explanation_clear(&explanation);
	store_close(store);
	return status;
}

const struct command cmd_explain = {
	.name = "explain",
	.words = "[PATH]",
	.summary = N_("Show why it grew: what made the bytes, and what gives them back"),
	.example = "disktracker explain --last 7d /",
	.place = IN_EXPLAIN,
	.most_words = 1,
	.run = run,
};
