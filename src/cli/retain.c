/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/retain.h"

#include "base/clock.h"
#include "cli/output.h"

void retain_policy(const struct options *options, bool by_itself, struct prune_policy *policy)
{
	bool rules = options->keep_last || options->keep_daily || options->keep_weekly || options->keep_monthly ||
	             options->older_than_s >= 0;

	*policy = retention_default;
	if (!rules)
		return;
	*policy = (struct prune_policy){
		.keep_last = options->keep_last,
		.keep_daily = options->keep_daily,
		.keep_weekly = options->keep_weekly,
		.keep_monthly = options->keep_monthly,
		.fold = by_itself,
		/* 0 s: all but the newest */
		.older_than_s = options->older_than_s > 0 ? options->older_than_s : options->older_than_s == 0,
	};
}

void retain_run(struct store *store, const struct options *options, struct snapshot_list *removed)
{
	struct prune_policy policy;
	struct buf text = {0};

	*removed = (struct snapshot_list){0};
	if (!options->prune)
		return;
	retain_policy(options, true, &policy);
	if (!snapshot_retain(store, &policy, clock_wall_s(), removed, NULL) && !retention_say(&text, removed) &&
	    text.length)
		output_note("%s", text.data);
	buf_free(&text);
}

void retain_json(struct document *json, const struct snapshot_list *removed)
{
	document_array(json, "removed");
	for (size_t i = 0; i < removed->count; i++)
		document_int(json, NULL, removed->items[i].id);
	document_end_array(json);
}
