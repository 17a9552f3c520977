/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* T: what the screen of size over time is opened on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "ui/browser/browser.h"
#include "ui/screens/layers.h"

/** What is there now by a row, if it was read to its end. */
static void now_of(const struct model *model, const struct row *row, struct timeline_subject *subject)
{
	bool unread = row->flags & (ROW_ERROR | ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS) ||
	              row->dir_flags & DIR_READ_ERROR;
	bool gone = row->origin == ROW_GHOST || row->gone;

	subject->now = (struct timeline_point){.time_s = clock_wall_s()};
	subject->has_now = !model->view && row->origin != ROW_STORED && row->trust == TRUST_EXACT &&
	                   !(gone && model->scanning);
	subject->other_disk = row->flags & (ROW_OTHERFS | ROW_KERNFS) || row->dir_flags & DIR_MOUNT;
	if (gone)
		return;
	subject->now.what = unread ? TIMELINE_UNKNOWN : row->is_dir ? TIMELINE_DIR : TIMELINE_FILE;
	subject->now.partial = row->errors != 0;
	subject->now.bytes = row->alloc_bytes;
	subject->now.apparent_bytes = row->apparent_bytes;
	subject->now.items = row->items;
}

/** The same of the folder shown. */
static void now_of_folder(const struct browser *browser, const struct model *model, struct timeline_subject *subject)
{
	struct row total = browser->total;

	total.is_dir = true;
	total.flags = total.dir_flags = 0;
	total.origin = browser->place.dir != DIR_NONE ? ROW_LIVE : browser->place.gone ? ROW_GHOST : ROW_STORED;
	now_of(model, &total, subject);
}

static int open(const struct browser *browser, struct screens *screens, struct timeline_subject *folder)
{
	struct timeline_subject entry = {0};
	struct buf path = {0};
	struct row row;
	int rc;

	if (!browser_row(browser, &row))
		return timeline_open(screens, folder, NULL);
	now_of(screens->model, &row, &entry);
	rc = browser_row_path(browser, screens->model, &row, &path);
	entry.path = path.data;
	rc = rc ? rc : timeline_open(screens, &entry, folder);
	buf_free(&path);
	return rc;
}

unsigned browser_timeline(const struct browser *browser, struct screens *screens)
{
	struct model *model = screens->model;
	struct timeline_subject folder = {0};
	struct buf path = {0};

	if (!model->worker && model->state) {
		model_say(model, false, "%s", _("there are no snapshots: this is an import, or nothing is stored"));
		return REACT_PAINT;
	}
	if (browser_path(browser, model, &path) == 0) {
		now_of_folder(browser, model, &folder);
		folder.path = path.data;
	}
	if (!folder.path || open(browser, screens, &folder))
		model_say(model, true, "%s", strerror(ENOMEM));
	buf_free(&path);
	return REACT_PAINT;
}
