/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/explanation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/database.h"
#include "cli/output.h"

static int not_there(const char *path, const struct snapshot *snapshot, struct err *err)
{
	struct buf safe = {0};
	int rc = err_set(err, -ENOENT, _("there is no folder %s in snapshot #%lld"), output_safe(&safe, path),
	                 (long long)snapshot->id);

	buf_free(&safe);
	return rc;
}

int explanation_of_snapshot(struct store *store, const char *path, const char *ref, struct comparison *pair,
                            int (*ask)(struct cause_side *side, const char *prefix, void *context, struct err *err),
                            void *context, struct err *err)
{
	struct database_history history = {0};
	struct cause_side side = {.store = store, .listed = IMAGE_NONE};
	struct image *image = NULL;
	const char *relative = "";
	bool mapped = false;
	int rc = database_history(store, path, &history, err);

	if (!rc)
		rc = database_find(store, &history, ref, 0, &pair->to, err);
	if (!rc) {
		relative = path_below(history.path.data, pair->to.scan_root);
		if (buf_str(&pair->base_b, history.path.data))
			rc = err_no_memory(err);
		else if (!relative)
			rc = not_there(history.path.data, &pair->to, err);
	}
	store_read_begin(store);
	if (!rc) {
		image = snapshot_mapped(store, &pair->to);
		mapped = image;
		if (!image)
			rc = snapshot_image(store, pair->to.id, &image, err);
	}
	if (!rc && image_lookup(image, relative, strlen(relative)) == IMAGE_NONE)
		rc = not_there(history.path.data, &pair->to, err);
	side.image = image;
	if (!rc)
		rc = ask(&side, relative, context, err);
	if (!rc && mapped && image_lost(image))
		rc = err_set(err, -EIO, "%s", _("the index was cut short while it was read: try again"));
	cause_side_clear(&side);
	store_read_end(store);
	image_free(image);
	database_history_clear(&history);
	return rc;
}

static int ask_now(struct cause_side *side, const char *prefix, void *context, struct err *err)
{
	struct explanation *out = context;
	struct causes_query query = {.rules = &out->rules, .b = side, .prefix_a = "", .prefix_b = prefix};

	return causes_find(&query, &out->causes, err);
}

static int explain_growth(struct store *store, const struct options *options, struct explanation *out, struct err *err)
{
	struct cause_side a = {.store = store, .listed = IMAGE_NONE}, b = {.store = store, .listed = IMAGE_NONE};
	struct image *before = NULL, *after = NULL;
	const char *in_a, *in_b;
	int rc = comparison_find(store, options, &out->pair, err);

	if (!rc)
		rc = comparison_folders(&out->pair, &in_a, &in_b, err);
	if (rc)
		return rc;
	store_read_begin(store);
	rc = snapshot_image(store, out->pair.from.id, &before, err);
	if (!rc)
		rc = snapshot_image(store, out->pair.to.id, &after, err);
	if (!rc) {
		struct causes_query query = {.rules = &out->rules,
		                             .a = &a,
		                             .b = &b,
		                             .prefix_a = in_a,
		                             .prefix_b = in_b};

		a.image = before;
		b.image = after;
		rc = causes_find(&query, &out->causes, err);
		if (rc == -ENOENT)
			rc = not_there(out->pair.path.data, &out->pair.to, err);
	}
	store_read_end(store);
	cause_side_clear(&a);
	cause_side_clear(&b);
	image_free(before);
	image_free(after);
	if (!rc)
		comparison_note(options, &out->pair);
	return rc;
}

int explanation_make(struct store *store, const struct options *options, bool now, struct explanation *out,
                     struct err *err)
{
	int rc = cause_rules_load(&out->rules, NULL, err);

	if (rc)
		return rc;
	if (!now)
		return explain_growth(store, options, out, err);
	return explanation_of_snapshot(store, options->word_count ? options->words[0] : ".",
	                               options->to ? options->to : "latest", &out->pair, ask_now, out, err);
}

void explanation_clear(struct explanation *explanation)
{
	comparison_clear(&explanation->pair);
	causes_clear(&explanation->causes);
	cause_rules_clear(&explanation->rules);
}

const char *explanation_advice(struct buf *out, const struct cause_line *line)
{
	size_t before = out->length;

	if (!line->rule->command || !line->bytes)
		return NULL;
	for (size_t i = 0; i < line->path_count; i++) {
		if (line->paths[i].gone)
			continue;
		cause_command(out, line->rule, line->paths[i].place ? line->paths[i].place : line->paths[i].path);
		return out->failed ? NULL : out->data + before;
	}
	return NULL;
}

const char *explanation_idle(char out[TEXT_FIGURE + 2], int64_t newest_s, bool exact, int64_t at_s)
{
	char span[TEXT_FIGURE];

	if (cause_idle_days(newest_s, at_s) < 1)
		return "";
	snprintf(out, TEXT_FIGURE + 2, "%s%s", text_span(span, at_s - newest_s), exact ? "" : "~");
	return out;
}
