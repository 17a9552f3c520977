/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rows of an explanation are. */
#include "base/path.h"
#include "base/text.h"
#include "ui/screens/explain.h"

static const struct causes *causes_of(const struct model *model)
{
	return model->causes && model->causes->ready && !model->causes->failed.text[0] ? &model->causes->causes : NULL;
}

static bool has_rest(const struct causes *causes)
{
	return causes->rest_count || causes->rest_bytes;
}

int explain_count(const struct explain_screen *state, const struct model *model)
{
	const struct causes *causes = causes_of(model);

	if (!causes)
		return 0;
	if (!state->paths)
		return (int)causes->count + has_rest(causes);
	return (size_t)state->of < causes->count ? (int)causes->lines[state->of].path_count : (int)causes->rest_count;
}

const struct cause_line *explain_line(const struct explain_screen *state, const struct model *model, int row)
{
	const struct causes *causes = causes_of(model);
	size_t of = (size_t)(state->paths ? state->of : row);

	return causes && of < causes->count ? &causes->lines[of] : NULL;
}

const char *explain_path(const struct explain_screen *state, const struct model *model, int row, const char **file,
                         bool *gone)
{
	const struct causes *causes = causes_of(model);
	const struct cause_line *line = explain_line(state, model, row);
	size_t at = state->paths ? (size_t)row : 0;

	*file = NULL;
	*gone = false;
	if (line && at < line->path_count) {
		*gone = line->paths[at].gone;
		return line->paths[at].path;
	}
	if (line || !causes || at >= causes->rest_count)
		return NULL;
	*file = causes->rest[at].file;
	*gone = causes->rest[at].gone;
	return causes->rest[at].path;
}

/* The path as a command takes it in a shell that is in the folder explained. */
static const char *relative(const struct explain_screen *state, const char *path)
{
	const char *below = path_below(path, state->path);

	return !below ? path : *below ? below : ".";
}

int explain_advice(const struct explain_screen *state, const struct model *model, struct buf *out)
{
	const struct cause_line *line = explain_line(state, model, state->cursor);
	size_t at = state->paths ? (size_t)state->cursor : 0;
	struct buf raw = {0};
	int rc = 0;

	if (!line || !line->rule->command || !line->bytes)
		return 0;
	while (!state->paths && at < line->path_count && line->paths[at].gone)
		at++;
	if (at >= line->path_count || line->paths[at].gone)
		return 0;
	rc = cause_command(&raw, line->rule,
	                   line->paths[at].place ? line->paths[at].place : relative(state, line->paths[at].path));
	if (!rc)
		rc = text_safe(out, raw.data, raw.length, model->ascii);
	buf_free(&raw);
	return rc;
}
