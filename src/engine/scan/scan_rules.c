/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/scan/scan_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/path.h"

int scan_rules_init(struct scan_rules *rules, struct tree *tree, const char *top_path,
                    const struct scan_options *options)
{
	const struct exclude *exclude = options->counting.exclude;

	*rules = (struct scan_rules){
		.tree = tree,
		.options = *options,
		.top = DIR_ROOT,
		.top_path = alloc_copy(top_path, strlen(top_path)),
		.by_name_only = !exclude || exclude_names_only(exclude),
	};
	rules->named = options->as ? options->as : rules->top_path;
	if (exclude && exclude_empty(exclude))
		rules->options.counting.exclude = NULL;
	return rules->top_path ? 0 : -ENOMEM;
}

void scan_rules_free(struct scan_rules *rules)
{
	mounts_free(rules->mounts);
	free(rules->top_path);
}

void scan_rules_use_mounts(struct scan_rules *rules, struct mounts *mounts)
{
	const char *below = path_below(rules->named, tree_root_path(rules->tree));

	mounts_free(rules->mounts);
	rules->mounts = mounts;
	rules->top_node = mounts_find(mounts, below ? below : "");
}

mount_node scan_rules_node(const struct scan_rules *rules, dir_id dir)
{
	mount_node node = rules->top_node;
	struct buf path = {0};
	enum mount_verdict verdict;

	if (!node || dir == rules->top)
		return node;
	if (tree_relative(rules->tree, dir, &path)) {
		buf_free(&path);
		return MOUNT_NODE_NONE; /* mounts below are then met unprepared */
	}
	for (char *name = path.data; node && name && *name;) {
		size_t length = strcspn(name, "/");

		node = mounts_child(rules->mounts, node, name, length, &verdict);
		name += length;
		name += *name == '/';
	}
	buf_free(&path);
	return node;
}
