/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the filter says: terms.h. */
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "ui/browser/browser.h"

static bool owners_known(const struct model *model)
{
	struct node_extended root = {0};

	if (model->tree && !model->view)
		tree_extended_root(model->tree, &root);
	return root.known;
}

void browser_read_filter(struct browser *browser, const struct model *model)
{
	const char *text = browser->prompt.text;

	if (!strcmp(browser->terms_text, text))
		return;
	memcpy(browser->terms_text, text, sizeof(browser->terms_text));
	browser->terms_wrong.text[0] = 0;
	if (!terms_parse(text, clock_wall_s(), &browser->terms, &browser->terms_wrong) && browser->terms.owner &&
	    !owners_known(model))
		err_set(&browser->terms_wrong, 0, "%s", _("owners were not read: start with -e"));
	/* What grew is known only where growth is shown. */
	browser->growth |= browser->terms.grew;
}
