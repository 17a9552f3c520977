/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every file of the session needs: a sentence for the status line, and freeing what others may still read. */
#include "ui/model/model_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/i18n.h"

void model_say(struct model *model, bool warns, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(model->message, sizeof(model->message), format, args);
	va_end(args);
	model->message_warns = warns;
	model_changed(model);
}

void model_retire(struct model *model, void *object, void (*destroy)(void *object))
{
	struct retired_object *item;

	if (!object)
		return;
	item = alloc_zero(struct retired_object);
	if (!item)
		return; /* out of memory: rather kept than freed under a reader */
	item->object = object;
	item->destroy = destroy;
	item->frame = model->state->frame;
	item->next = model->state->retired;
	model->state->retired = item;
}

void model_free_retired(struct model *model, bool all)
{
	if (model->readers && !all)
		return;
	for (struct retired_object **link = &model->state->retired; *link;) {
		struct retired_object *item = *link;

		if (!all && item->frame + 2 > model->state->frame) {
			link = &item->next;
			continue;
		}
		*link = item->next;
		item->destroy(item->object);
		free(item);
	}
}

void model_next_measure(struct model *model)
{
	struct ui_settings *settings = &model->settings;
	bool items = settings->apparent;

	settings->apparent = !settings->apparent && !settings->by_items;
	settings->by_items = items;
	model_say(model, false, "%s",
	          settings->by_items   ? _("items are counted")
	          : settings->apparent ? _("apparent sizes: what files say that they hold")
	                               : _("space on disk"));
}
