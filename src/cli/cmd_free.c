/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/explanation.h"
#include "cli/output.h"
#include "store/causes/free_plan.h"

struct free_request {
	struct cause_rules rules;
	uint64_t wanted_bytes;
	struct free_plan plan;
};

static int ask(struct cause_side *side, const char *prefix, void *context, struct err *err)
{
	struct free_request *request = context;
	struct causes_query query = {.rules = &request->rules, .b = side, .prefix_a = "", .prefix_b = prefix};

	return free_plan_make(&query, request->wanted_bytes, &request->plan, err);
}

static void step_json(struct document *json, const struct free_step *step, int64_t at_s)
{
	int64_t idle = cause_idle_days(step->newest_s, at_s);

	document_object(json, NULL);
	document_path(json, "command", step->command);
	document_path(json, "cause", step->name);
	document_text(json, "class", cause_class_name(step->rule->class));
	if (step->known)
		document_size(json, "frees_bytes", step->frees_bytes);
	else
		document_null(json, "frees_bytes");
	document_size(json, "most_bytes", step->frees_bytes);
	document_size(json, "bytes", step->holds_bytes);
	if (idle >= 0)
		document_int(json, "idle_days", idle);
	else
		document_null(json, "idle_days");
	document_text(json, "idle_from", idle < 0 ? NULL : step->newest_exact ? "files" : "folders");
	document_path(json, "again", step->rule->again);
	document_path(json, "caution", step->rule->caution);
	document_array(json, "paths");
	for (size_t i = 0; i < step->path_count; i++)
		document_path(json, NULL, step->paths[i]);
	document_end_array(json);
	document_uint(json, "omitted_paths", step->omitted_paths);
	document_end_object(json);
}

static int print_json(const struct comparison *pair, const struct free_request *request)
{
	const struct free_plan *plan = &request->plan;
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_path(&json, "root", pair->to.scan_root);
	document_path(&json, "path", pair->base_b.data);
	document_int(&json, "snapshot_id", pair->to.id);
	document_size(&json, "wanted_bytes", request->wanted_bytes);
	document_size(&json, "reached_bytes", plan->reached_bytes);
	document_array(&json, "steps");
	for (size_t i = 0; i < plan->count; i++)
		step_json(&json, &plan->steps[i], pair->to.finished_at);
	document_end_array(&json);
	document_array(&json, "personal");
	for (size_t i = 0; i < plan->personal_count; i++) {
		document_object(&json, NULL);
		document_path(&json, "path", plan->personal[i].path);
		document_path(&json, "cause", plan->personal[i].name);
		document_size(&json, "bytes", plan->personal[i].bytes);
		document_path(&json, "caution", plan->personal[i].rule->caution);
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

/* "<=10.0 GiB" of what nobody knows exactly. */
static void add_step(struct table *table, const struct options *options, const struct free_step *step, int64_t at_s)
{
	char figure[TEXT_FIGURE], idle[TEXT_FIGURE + 2];
	struct buf text = {0}, safe = {0};

	buf_printf(&text, "%s%s", step->known ? "" : "<= ", text_size(figure, step->frees_bytes, options->si));
	table_cell(table, CELL_PLAIN, text.failed ? "?" : text.data);
	table_cell(table, CELL_PLAIN, output_safe(&safe, step->name));
	table_cell(table, CELL_PLAIN, _(cause_class_name(step->rule->class)));
	table_cell(table, CELL_PLAIN, explanation_idle(idle, step->newest_s, step->newest_exact, at_s));
	buf_clear(&text);
	buf_str(&text, step->command);
	if (step->rule->caution)
		buf_printf(&text, "  # %s", output_safe(&safe, step->rule->caution));
	table_cell(table, CELL_PLAIN, text.failed ? "?" : text.data);
	buf_free(&text);
	buf_free(&safe);
}

static int print_table(const struct options *options, const struct comparison *pair, const struct free_request *request)
{
	const struct table_column columns[] = {{_("frees"), true},
	                                       {_("cause"), false},
	                                       {_("class"), false},
	                                       {_("idle"), false},
	                                       {_("command"), false}};
	const struct free_plan *plan = &request->plan;
	char wanted[TEXT_FIGURE], reached[TEXT_FIGURE], when[TEXT_FIGURE];
	struct buf text = {0}, safe = {0};
	struct table table;

	buf_printf(&text, _("to free %s in %s  #%lld %s: %s found\n"),
	           text_size(wanted, request->wanted_bytes, options->si), output_safe(&safe, pair->base_b.data),
	           (long long)pair->to.id, text_time(when, pair->to.finished_at),
	           text_size(reached, plan->reached_bytes, options->si));
	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < plan->count; i++)
		add_step(&table, options, &plan->steps[i], pair->to.finished_at);
	if (plan->count)
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	if (plan->personal_count)
		buf_printf(&text, "%s\n", _("your own, to look through:"));
	for (size_t i = 0; i < plan->personal_count; i++) {
		buf_printf(&text, "%10s  ", text_size(reached, plan->personal[i].bytes, options->si));
		buf_printf(&text, "%s  ", output_safe(&safe, plan->personal[i].name));
		buf_printf(&text, "%s\n", output_safe(&safe, plan->personal[i].path));
	}
	buf_free(&safe);
	return output_text(&text);
}

static int run(const struct options *options)
{
	struct free_request request = {0};
	struct comparison pair = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	char wanted[TEXT_FIGURE], reached[TEXT_FIGURE];
	int status, rc;

	if (text_parse_size(options->words[0], &request.wanted_bytes))
		return output_misused("free", _("free needs a size such as 10G or 500M first"));
	rc = database_open(options, false, &store, &err);
	if (!rc)
		rc = cause_rules_load(&request.rules, NULL, &err);
	if (!rc)
		rc = explanation_of_snapshot(store, options->word_count > 1 ? options->words[1] : ".", "latest", &pair,
		                             ask, &request, &err);
	status = rc            ? output_fail(&err)
	       : options->json ? print_json(&pair, &request)
	                       : print_table(options, &pair, &request);
	if (!rc && status == STATUS_DONE && request.plan.reached_bytes < request.wanted_bytes) {
		output_note(_("only %s of %s can be freed without touching what is yours"),
		            text_size(reached, request.plan.reached_bytes, options->si),
		            text_size(wanted, request.wanted_bytes, options->si));
		status = STATUS_FAILED;
	}
	free_plan_clear(&request.plan);
	cause_rules_clear(&request.rules);
	comparison_clear(&pair);
	store_close(store);
	return status;
}

const struct command cmd_free = {
	.name = "free",
	.words = "SIZE [PATH]",
	.summary = N_("Show which commands give SIZE back with the least danger"),
	.example = "disktracker free 20G /",
	.place = IN_FREE,
	.least_words = 1,
	.most_words = 2,
	.run = run,
};
