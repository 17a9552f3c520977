/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/trace.h"
#include "engine/scan/scan_state.h"

/*
 * Directories and inodes from the file system's own tables (options.raw, docs/RAW.md), by whoever reads a directory
 * (reader.c) and looks at its entries (examine.c): what they get is shaped as the kernel's, all else is as ever.  Such
 * a directory is not opened, and its descriptor is -1; its subdirectories, should one have to be, are found by path.
 */

void tables_begin(struct scan *scan)
{
	const struct scan_options *options = &scan->rules.options;

	if (!options->raw)
		return;
	/* What these do they do with descriptors and paths. */
	if (options->opened || options->written || options->warm || options->counting.follow_links ||
	    options->counting.exclude_caches)
		err_set(&scan->raw_refused, -EINVAL, "%s",
		        _("with -L, --exclude-caches or --warm every folder has to be opened"));
	else if (geteuid())
		err_set(&scan->raw_refused, -EPERM, "%s", _("only root may read the device"));
	else if (!mounts_all_known(scan->rules.mounts))
		err_set(&scan->raw_refused, -E2BIG, "%s", _("what is mounted below is not known"));
	else
		scan->raw = raw_open(scan->fds.root, scan->dev, &scan->raw_refused);
	TRACE(TRACE_SCAN, "tables: %s", scan->raw ? "used" : scan->raw_refused.text);
}

bool tables_have(const struct scan_worker *worker, dir_id dir, mount_node node)
{
	const struct tree *tree = worker->scan->rules.tree;

	/* The tables do not know what is mounted on an entry, or on one below. */
	return node == MOUNT_NODE_NONE && tree->fs[tree_cold(tree, dir)->fs].dev == worker->scan->dev;
}

int tables_stat(const struct reading *reading, const struct entry *entry, unsigned mask, struct statx *out)
{
	const struct scan_rules *rules = reading->rules;

	if (!raw_stat(reading->scan->raw, entry->ino, rules->options.extended, out))
		return 0;
	/* It has changed since the directory was listed. */
	int fd = dirfd_open_path(reading->scan->fds.root, rules->tree, reading->dir);

	if (fd < 0)
		return fd == -ENOTDIR || fd == -ESTALE ? ENOENT : -fd;
	int failed = statx(fd, entry->name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, mask, out) ? errno : 0;

	close(fd);
	return failed;
}
