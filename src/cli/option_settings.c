/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "cli/output.h"

int options_counting(const struct options *options, struct scan_counting *counting, struct exclude **exclude,
                     struct err *err)
{
	struct exclude *patterns = NULL;
	int rc = 0;

	*exclude = NULL;
	*counting = (struct scan_counting){
		.same_fs = options->mounts == MOUNTS_SAME,
		.cross_fs = options->mounts == MOUNTS_ALL,
		.kernfs = options->kernfs,
		.follow_links = options->follow_links,
		.exclude_caches = options->exclude_caches,
	};
	if (!options->exclusion_count)
		return 0;
	patterns = exclude_create();
	if (!patterns)
		return err_no_memory(err);
	for (size_t i = 0; !rc && i < options->exclusion_count; i++) {
		const struct option_exclusion *one = &options->exclusions[i];

		rc = one->is_file ? exclude_add_file(patterns, one->text, err) : exclude_add(patterns, one->text, err);
		if (rc != -ENOMEM && one->forgiving)
			rc = 0;
	}
	if (rc) {
		exclude_destroy(patterns);
		return rc;
	}
	*exclude = patterns;
	counting->exclude = patterns;
	return 0;
}

static bool allowed(int asked, bool by_default)
{
	return asked == TRI_DEFAULT ? by_default : asked == TRI_ON;
}

void options_settings(const struct options *options, bool imported, struct ui_settings *out)
{
	const char *no_color = getenv("NO_COLOR");
	int color = options->color;

	if (color == COLOR_DEFAULT)
		color = no_color && *no_color ? THEME_OFF : THEME_AUTO;
	*out = (struct ui_settings){
		.theme = (enum ui_theme)color,
		.sort = (enum ui_sort)options->sort,
		.sort_descending = options->sort_descending,
		.dirs_first = options->dirs_first,
		.graph = options->show_graph ? (options->show_percent > 0 ? GRAPH_BOTH : GRAPH_BAR)
	                                     : (options->show_percent > 0 ? GRAPH_PERCENT : GRAPH_NONE),
		.graph_style = (enum ui_graph_style)options->graph_style,
		.shared = (enum ui_shared)options->shared,
		.show_items = options->show_items,
		.show_mtime = options->show_mtime,
		.show_hidden = options->show_hidden,
		.natural = options->natural,
		.percent_when_wide = options->show_percent == TRI_DEFAULT,
		.apparent = options->apparent,
		.si = options->si,
		.ascii = options->ascii,
		.spoken = options->spoken,
		.confirm_quit = options->confirm_quit,
		.confirm_delete = options->confirm_delete,
		.can_shell = allowed(options->can_shell, !imported) && options->read_only < 2,
		.can_delete = allowed(options->can_delete, !imported) && options->read_only < 1,
		.can_refresh = allowed(options->can_refresh, !imported),
		/* What a screen reader has begun to say is not to be another thing by then. */
		.update_ms = options->slow_updates || options->spoken ? 2000 : 50,
	};
}

enum paint options_color(const struct options *options, int fd)
{
	const char *no_color = getenv("NO_COLOR");

	if (options->color == THEME_OFF || !isatty(fd))
		return PAINT_OFF;
	if (options->color == COLOR_DEFAULT && no_color && *no_color)
		return PAINT_OFF;
	return options->color == THEME_COLOUR_BLIND ? PAINT_ORANGE_BLUE : PAINT_RED_GREEN;
}

int options_backend(const struct options *options, enum notify_backend *out, struct err *err)
{
	const char *name = getenv("DISKTRACKER_WATCH_BACKEND");
	struct buf safe = {0};
	int rc;

	*out = options->backend >= 0 ? (enum notify_backend)options->backend : NOTIFY_AUTO;
	if (options->backend >= 0 || !name || !*name)
		return 0;
	for (const struct option_choice *choice = option_backends; choice->name; choice++)
		if (!strcmp(choice->name, name)) {
			*out = (enum notify_backend)choice->value;
			return 0;
		}
	rc = err_set(err, -EINVAL, _("DISKTRACKER_WATCH_BACKEND: '%s' is not %s"), output_safe(&safe, name),
	             "auto|inotify|fanotify");
	buf_free(&safe);
	return rc;
}
