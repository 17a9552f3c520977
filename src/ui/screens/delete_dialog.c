/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is about to be deleted, what truly comes back, and how: the question before a deletion. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "ui/model/model_remove.h"
#include "ui/screens/layers.h"

#define DEAD_NS 300000000 /* keys typed ahead press nothing */
#define ITEMS 6           /* told by name, the largest */
#define HELD 2            /* open files told by name */
#define NARROW 50         /* cells: below, no number of items, */
#define WIDE 64           /* and sentences are short */

enum { BUTTON_CANCEL, BUTTON_TRASH, BUTTON_EMPTY, BUTTON_FOR_EVER, BUTTONS };

struct delete_dialog {
	const struct choice *choice; /* that `largest` is of */
	uint32_t largest[ITEMS];
	size_t shown;
	bool trash_missing; /* not known before it is tried */
};

/** The largest of the chosen entries, first. */
static void find_largest(struct delete_dialog *dialog, const struct choice *choice)
{
	dialog->choice = choice;
	dialog->shown = 0;
	for (size_t i = 0; i < choice->item_count; i++) {
		size_t at = dialog->shown;

		while (at && choice->items[i].bytes > choice->items[dialog->largest[at - 1]].bytes)
			at--;
		if (at == ITEMS)
			continue;
		if (dialog->shown < ITEMS)
			dialog->shown++;
		memmove(&dialog->largest[at + 1], &dialog->largest[at],
		        (dialog->shown - at - 1) * sizeof(*dialog->largest));
		dialog->largest[at] = (uint32_t)i;
	}
}

/** A path as it is told: from the root that is browsed. */
static int add_path(struct buf *out, const struct model *model, const char *path, int cells)
{
	const char *below = path_below(path, tree_root_path(model->tree));

	below = below && *below ? below : path;
	return text_name(out, below, strlen(below), model->ascii, cells);
}

/** `text` so that it ends in front of cell `end` of the line that began at `start`. */
static void add_right(struct buf *out, size_t start, int end, const char *text)
{
	int at = text_width(out->data + start, out->length - start), room = end - at - text_width(text, strlen(text));

	buf_printf(out, "%*s%s", room > 1 ? room : 1, "", text);
}

/** "projects/web/node_modules               12.0 GiB    48 211 items" */
static void add_item(struct buf *out, const struct model *model, const struct choice_item *item, int cells)
{
	bool counts = cells >= NARROW;
	int name_cells = cells - (counts ? 31 : 11);
	char figure[TEXT_FIGURE], number[TEXT_FIGURE], count[96];
	size_t start = out->length;

	if (model->settings.spoken) { /* figures first, and no empty cells between them */
		buf_printf(out, "%s  ", text_size(figure, item->bytes, model->settings.si));
		if (item->dir != CHOICE_NONE) {
			buf_printf(out, ngettext("%s item", "%s items", item->items), text_count(number, item->items));
			buf_str(out, "  ");
		}
		add_path(out, model, item->path, name_cells > 8 ? name_cells : 8);
		buf_char(out, '\n');
		return;
	}
	add_path(out, model, item->path, name_cells > 8 ? name_cells : 8);
	add_right(out, start, counts ? cells - 20 : cells, text_size(figure, item->bytes, model->settings.si));
	if (counts) {
		if (item->dir == CHOICE_NONE)
			snprintf(count, sizeof(count), "%s", _("1 file"));
		else
			snprintf(count, sizeof(count), ngettext("%s item", "%s items", item->items),
			         text_count(number, item->items));
		add_right(out, start, cells - 4, count);
	}
	buf_char(out, '\n');
}

static void add_items(struct buf *out, const struct model *model, const struct delete_dialog *dialog, int cells,
                      int lines)
{
	const struct choice *choice = dialog->choice;
	size_t shown = (size_t)(lines > 1 ? lines : 1);
	char figure[TEXT_FIGURE], number[TEXT_FIGURE];
	uint64_t rest = 0;

	if (shown >= choice->item_count)
		shown = choice->item_count;
	else if (shown > 1)
		shown--; /* the rest takes a line */
	shown = shown < dialog->shown ? shown : dialog->shown;
	for (size_t i = 0; i < shown; i++)
		add_item(out, model, &choice->items[dialog->largest[i]], cells);
	if (shown == choice->item_count || lines < 2)
		return;
	for (size_t i = 0; i < choice->item_count; i++)
		rest = figure_sum(rest, choice->items[i].bytes);
	for (size_t i = 0; i < shown; i++)
		rest -= rest == FIGURE_BEYOND ? 0 : choice->items[dialog->largest[i]].bytes;
	{
		size_t start = out->length;

		buf_printf(out, _("and %s more"), text_count(number, choice->item_count - shown));
		add_right(out, start, cells >= NARROW ? cells - 20 : cells,
		          text_size(figure, rest, model->settings.si));
		buf_char(out, '\n');
	}
}

static void add_reason(struct buf *out, const struct model *model, uint64_t bytes, const char *reason)
{
	char figure[TEXT_FIGURE];

	if (bytes)
		buf_printf(out, "  %9s  %s\n", text_size(figure, bytes, model->settings.si), reason);
}

static void add_held(struct buf *out, const struct model *model, const struct estimate *estimate, int cells)
{
	char figure[TEXT_FIGURE];
	uint64_t rest = 0;

	for (size_t i = 0; i < estimate->open_count; i++) {
		const struct estimate_open *open = &estimate->open[i];
		const char *name = strrchr(open->path, '/') + 1;
		struct buf shown = {0}, holder = {0};

		if (i >= HELD) {
			rest = figure_sum(rest, open->bytes);
			continue;
		}
		if (text_name(&shown, name, strlen(name), model->ascii, cells / 3) == 0 &&
		    text_name(&holder, open->holder, strlen(open->holder), model->ascii, cells / 3) == 0) {
			buf_printf(out, "  %9s  ",
			           open->bytes_known ? text_size(figure, open->bytes, model->settings.si) : "?");
			buf_printf(out, cells >= WIDE ? _("%s is open in %s until it closes") : _("%s is open in %s"),
			           shown.data, holder.data);
			buf_char(out, '\n');
		}
		buf_free(&shown);
		buf_free(&holder);
	}
	add_reason(out, model, rest, _("is in other files that are open"));
}

/** What comes back, and what does not. */
static void add_figures(struct buf *out, const struct model *model, int cells)
{
	const struct deletion *deletion = &model->deletion;
	const struct choice *choice = deletion->choice;
	const struct estimate *estimate = &deletion->estimate;
	char frees[TEXT_FIGURE], kept[TEXT_FIGURE], number[TEXT_FIGURE];
	bool si = model->settings.si;

	if (!deletion->estimated) {
		buf_printf(out, _("frees %s at most; looking for what does not come back"),
		           text_size(frees, choice->bytes - choice->elsewhere, si));
		buf_char(out, '\n');
		add_reason(out, model, choice->elsewhere, _("has links elsewhere"));
	} else if (estimate->frees_bytes == choice->bytes && !estimate->open_count) {
		buf_printf(out, _("frees %s now"), text_size(frees, choice->bytes, si));
		buf_char(out, '\n');
	} else {
		buf_printf(out,
		           cells >= NARROW ? _("frees %s now; %s does not come back:") : _("frees %s, %s does not"),
		           text_size(frees, estimate->frees_bytes, si),
		           text_size(kept, choice->bytes - estimate->frees_bytes, si));
		buf_char(out, '\n');
		add_reason(out, model, estimate->elsewhere_bytes, _("has links elsewhere"));
		add_reason(out, model, estimate->shared_bytes, _("is shared with other files or snapshots"));
		add_held(out, model, estimate, cells);
	}
	if (choice->left_out) {
		buf_printf(out,
		           ngettext("%s entry stays: left out of the scan, or another file system",
		                    "%s entries stay: left out of the scan, or another file system", choice->left_out),
		           text_count(number, choice->left_out));
		buf_char(out, '\n');
	}
}

static bool can_empty(const struct deletion *deletion)
{
	const struct choice *choice = deletion->choice;

	return choice && choice->item_count == 1 && choice->items[0].dir == CHOICE_NONE &&
	       S_ISREG(choice->items[0].mode) && deletion->estimated && deletion->estimate.open_count;
}

static unsigned update(void *context, const struct model *model, int cells, int lines, struct buf *out)
{
	struct delete_dialog *dialog = context;
	const struct deletion *deletion = &model->deletion;
	struct buf figures = {0};
	unsigned buttons = 1u << BUTTON_CANCEL | 1u << BUTTON_TRASH | 1u << BUTTON_FOR_EVER;
	int used = 1;

	if (deletion->phase == DELETION_CHOOSING) {
		buf_str(out, _("looking at what is there"));
		return buttons;
	}
	if (!deletion->choice) {
		buf_str(out, model_choice_words(deletion->rc ? deletion->rc : -ENOENT));
		return 1u << BUTTON_CANCEL;
	}
	if (dialog->choice != deletion->choice)
		find_largest(dialog, deletion->choice);
	add_figures(&figures, model, cells);
	for (size_t i = 0; i < figures.length; i++)
		used += figures.data[i] == '\n';
	add_items(out, model, dialog, cells, lines - used);
	if (figures.data && lines > used)
		buf_char(out, '\n');
	if (figures.length) /* without the last newline */
		buf_add(out, figures.data, figures.length - 1);
	buf_free(&figures);
	return buttons | (unsigned)can_empty(deletion) << BUTTON_EMPTY;
}

static unsigned answer(struct screens *screens, void *context, int button)
{
	struct model *model = screens->model;

	(void)context;
	switch (button) {
	case BUTTON_TRASH: model_delete(model, DELETE_TRASH); break;
	case BUTTON_EMPTY: model_delete(model, DELETE_EMPTY); break;
	case BUTTON_FOR_EVER: model_delete(model, DELETE_FOR_EVER); break;
	default: model_unchoose(model); break;
	}
	return REACT_PAINT;
}

static void destroy(void *context)
{
	free(context);
}

int delete_open(struct screens *screens, const char *title)
{
	static const char *const longest[] = {N_("Cancel"), N_("Trash: frees nothing yet"), N_("Empty the file"),
	                                      N_("Delete for ever")};
	static const char *const shorter[] = {N_("Cancel"), N_("Trash"), N_("Empty the file"), N_("Delete for ever")};
	static const char *const shortest[] = {N_("Cancel"), N_("Trash"), N_("Empty"), N_("For ever")};
	static const struct dialog_form form = {
		.buttons = {longest, shorter, shortest},
		.count = BUTTONS,
		.wide = true,
		.dead_ns = DEAD_NS,
		.update = update,
		.answer = answer,
		.destroy = destroy,
	};
	struct delete_dialog *dialog = alloc_zero(struct delete_dialog);

	return dialog ? dialog_open_form(screens, title, &form, dialog) : -ENOMEM;
}
