/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root went while it was looked at: removed, replaced, unmounted, mounted over (the watcher tells).  What is shown
 * is as of then, nothing is stored, and the record of the root is given back, so that nobody takes it for live.  `R`
 * begins a new session on the same path once there is a folder again.
 */
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/model/model_state.h"

#define PATH_CELLS 34

bool model_gone(const struct model *model)
{
	return model->live && model->live_status.fate != ROOT_THERE;
}

void model_gone_update(struct model *model)
{
	struct model_state *state = model->state;

	if (!model_gone(model) || state->gone)
		return;
	state->gone = true;
	state->looking = model->rereading = state->save_after_reread = false;
	model->message[0] = 0; /* this is more important */
	model_follow_end(model, true);
	model_changed(model);
}

void model_gone_words(const struct model *model, struct buf *out)
{
	struct buf safe = {0}, shown = {0};
	char when[TEXT_FIGURE];

	text_safe(&safe, model->state->root, strlen(model->state->root), model->ascii);
	text_shorten(&shown, safe.data ? safe.data : "", safe.length, PATH_CELLS);
	text_time(when, model->live_status.gone_s);
	memmove(when, when + 11, strlen(when + 11) + 1); /* the time of day */
	const char *path = shown.data ? shown.data : "";

	switch (model->live_status.fate) {
	case ROOT_UNMOUNTED:
		buf_printf(out, _("%s was unmounted at %s; what is shown is as of then"), path, when);
		break;
	case ROOT_COVERED:
		buf_printf(out, _("%s was mounted over at %s; what is shown is as of then"), path, when);
		break;
	case ROOT_REPLACED: buf_printf(out, _("%s was replaced at %s; what is shown is as of then"), path, when); break;
	default: buf_printf(out, _("%s was removed at %s; what is shown is as of then"), path, when);
	}
	if (model->live_status.back)
		buf_printf(out, "   %s", _("R read again"));
	buf_free(&safe);
	buf_free(&shown);
}

bool model_begin_again(struct model *model, bool all)
{
	struct buf safe = {0};

	text_safe(&safe, model->state->root, strlen(model->state->root), model->ascii);
	const char *path = safe.data ? safe.data : "";

	if (!model->live_status.back)
		model_say(model, true, _("%.300s is not there: R reads it when it is back"), path);
	else if (!all)
		model_say(model, true, _("%.300s is not what is shown any more: R reads it again"), path);
	else if (model->save == SAVE_RUNNING)
		model_say(model, true, "%s", _("it is being saved: R again in a moment"));
	else
		model->again = true;
	buf_free(&safe);
	return model->again;
}
