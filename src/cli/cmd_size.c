/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The size of paths as last known, from the index, without scanning. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "store/record/size.h"

struct asked {
	struct buf path; /* absolute */
	struct size_answer answer;
};

static int find(struct store *store, const struct options *options, struct asked *asked, struct err *err)
{
	struct sizes *sizes = NULL;
	int rc = sizes_open_of(store, options->host, &sizes, err);

	for (size_t i = 0; !rc && i < options->word_count; i++) {
		rc = database_path(options->host, options->words[i], &asked[i].path, err);
		if (!rc)
			rc = sizes_find(sizes, asked[i].path.data, &asked[i].answer, err);
	}
	if (!rc && *sizes_refused(sizes))
		output_note(_("%s; the newest snapshot answers in its place"), sizes_refused(sizes));
	sizes_close(sizes);
	return rc;
}

static int print_json(const struct asked *asked, size_t count)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_array(&json, "entries");
	for (size_t i = 0; i < count; i++) {
		const struct size_answer *answer = &asked[i].answer;

		document_object(&json, NULL);
		document_path(&json, "path", asked[i].path.data);
		if (answer->known) {
			document_size(&json, "bytes", answer->bytes);
			document_size(&json, "apparent_bytes", answer->apparent_bytes);
			document_uint(&json, "items", answer->items);
			document_int(&json, "as_of", answer->as_of);
		} else {
			document_null(&json, "bytes");
			document_null(&json, "apparent_bytes");
			document_null(&json, "items");
			document_null(&json, "as_of");
		}
		document_bool(&json, "live", answer->live);
		document_bool(&json, "trusted", answer->trusted);
		document_bool(&json, "partial", answer->partial);
		document_text(&json, "reason",
		              answer->known || answer->reason ? answer->reason : _("nothing is known of it"));
		document_end_object(&json);
	}
	document_end_array(&json);
	document_end_object(&json);
	return output_json(&json);
}

/* One that is not known at all gets a note only; one without figures a row that says why. */
static int print_table(const struct options *options, const struct asked *asked, size_t count)
{
	const struct table_column columns[] = {{_("size"), true}, {_("age"), true}, {_("path"), false}};
	char figure[TEXT_FIGURE], marked[TEXT_FIGURE + 8];
	struct buf text = {0}, safe = {0}, path = {0};
	struct table table;
	int64_t now = clock_wall_s();
	bool rows = false;

	table_begin(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		const struct size_answer *answer = &asked[i].answer;

		if (!answer->known && !answer->reason) {
			output_note(_("nothing is known of %s"), output_safe(&safe, asked[i].path.data));
			continue;
		}
		rows = true;
		snprintf(marked, sizeof(marked), "%s%s",
		         answer->known ? text_size(figure, answer->bytes, options->si) : "-",
		         answer->partial   ? "~"
		         : answer->trusted ? "…"
		                           : "");
		table_cell(&table, CELL_PLAIN, marked);
		table_cell(&table, CELL_PLAIN,
		           !answer->known ? "-"
		           : answer->live ? _("live")
		                          : text_span(figure, now > answer->as_of ? now - answer->as_of : 0));
		buf_clear(&path);
		buf_printf(&path, answer->reason ? "%s  (%s)" : "%s", output_safe(&safe, asked[i].path.data),
		           answer->reason);
		table_cell(&table, CELL_PLAIN, path.data ? path.data : "");
	}
	buf_free(&safe);
	buf_free(&path);
	if (rows)
		table_finish(&table, options_color(options, STDOUT_FILENO), &text);
	else
		table_drop(&table);
	return output_text(&text);
}

static int run(const struct options *options)
{
	size_t count = options->word_count, unknown = 0;
	struct asked *asked = alloc_array(count, sizeof(*asked));
	struct store *store = NULL;
	struct err err = {{0}};
	int status;
	int rc = asked ? database_open(options, false, &store, &err) : err_set(&err, -1, "%s", _("out of memory"));

	if (!rc)
		rc = find(store, options, asked, &err);
	status = rc ? output_fail(&err) : options->json ? print_json(asked, count) : print_table(options, asked, count);
	for (size_t i = 0; asked && i < count; i++) {
		unknown += !asked[i].answer.known;
		buf_free(&asked[i].path);
	}
	free(asked);
	store_close(store);
	return status == STATUS_DONE && unknown ? STATUS_FAILED : status;
}

const struct command cmd_size = {
	.name = "size",
	.words = "PATH...",
	.summary = N_("Show the size of paths as last known, without scanning"),
	.example = "disktracker size /home/*",
	.place = IN_SIZE,
	.least_words = 1,
	.most_words = (size_t)-1,
	.run = run,
};
