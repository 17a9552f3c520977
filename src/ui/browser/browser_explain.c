/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x: what is explained; and the way to an entry that another screen names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "ui/browser/browser.h"
#include "ui/model/model_causes.h"
#include "ui/screens/layers.h"

unsigned browser_explain(const struct browser *browser, struct screens *screens)
{
	const struct place *place = &browser->place;
	bool stored = place->dir == DIR_NONE && !place->gone && !place->remembered;
	struct causes_subject subject = {.dir = place->dir,
	                                 .image = stored ? place->image : NULL,
	                                 .image_dir = stored ? place->image_dir : IMAGE_NONE};
	struct buf path = {0};

	if (browser_path(browser, screens->model, &path)) {
		model_say(screens->model, true, "%s", strerror(ENOMEM));
	} else {
		subject.path = path.data;
		if (explain_open(screens, &subject))
			model_say(screens->model, true, "%s", strerror(ENOMEM));
	}
	buf_free(&path);
	return REACT_PAINT;
}

/** The deepest folder above the entry; *name = what to put the cursor on there. */
static struct place place_above(const struct browser *browser, const struct model *model, const char *relative,
                                const char **name, size_t *length)
{
	struct place place = {.dir = DIR_NONE, .image_dir = IMAGE_NONE};
	size_t end = strlen(relative);

	*name = NULL;
	*length = 0;
	for (;;) {
		size_t slash = end;

		while (slash && relative[slash - 1] != '/')
			slash--;
		*name = end ? relative + slash : NULL;
		*length = end - slash;
		end = slash ? slash - 1 : 0;
		if (browser->view) {
			place.image = browser->view->image;
			place.image_dir = image_lookup(place.image, relative, end);
			if (place.image_dir != IMAGE_NONE)
				return place;
		} else {
			place.dir = tree_lookup(model->tree, relative, end);
			if (place.dir != DIR_NONE)
				return place;
		}
		if (!end)
			return browser->view ? (struct place){.image = browser->view->image, .image_dir = IMAGE_ROOT}
			                     : (struct place){.dir = DIR_ROOT, .image_dir = IMAGE_NONE};
	}
}

void browser_go_to(struct screens *screens)
{
	struct browser *browser = screens->items[0].state;
	struct model *model = screens->model;
	const char *root = browser->view ? browser->view->image->root_path : tree_root_path(model->tree);
	const char *relative = model->go_path ? path_below(model->go_path, root) : NULL, *name;
	size_t length;

	if (relative) {
		struct place place = place_above(browser, model, relative, &name, &length);

		browser_leave_flat(browser, model);
		browser_go(browser, model, &place, name, length);
	}
	free(model->go_path);
	model->go_path = NULL;
}
