/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/ncdu_entry.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "store/exchange/import_source.h"

void ncdu_entries_free(struct ncdu_entries *entries)
{
	build_destroy(entries->build);
	free(entries->dev);
	*entries = (struct ncdu_entries){0};
}

int ncdu_entry_check(struct ncdu_entries *entries, const struct ncdu_info *info)
{
	entries->what = entries->build ? import_bad_name(info->name.data ? info->name.data : "", info->name.length)
	                               : NULL;
	return entries->what ? -EINVAL : 0;
}

/* Remember why the builder refused it. */
static int built(struct ncdu_entries *entries, int rc)
{
	entries->what = rc ? import_build_problem(rc) : NULL;
	return rc;
}

static enum node_type type_of(const struct ncdu_info *info)
{
	bool leaf = info->excluded || info->read_error;

	if (info->is_dir)
		return NODE_DIR;
	if (info->has_mode && (info->extended.mode & S_IFMT)) {
		switch (info->extended.mode & S_IFMT) {
		case S_IFREG: return NODE_REG;
		case S_IFLNK: return NODE_SYMLINK;
		case S_IFDIR: return leaf ? NODE_DIR : NODE_REG;
		default: return NODE_SPECIAL;
		}
	}
	if (!info->notreg)
		return NODE_REG;
	return info->apparent_bytes ? NODE_SYMLINK : NODE_SPECIAL; /* a symbolic link is as long as its target */
}

static uint64_t parent_dev(const struct ncdu_entries *entries)
{
	return entries->dev[build_depth(entries->build) - 1];
}

/* What files and directories have in common. */
static struct build_entry entry_of(const struct ncdu_info *info)
{
	int64_t mtime_ns = node_time(info->mtime_s, 0);

	return (struct build_entry){
		.name = info->name.data,
		.name_length = info->name.length,
		.alloc_bytes = info->alloc_bytes,
		.apparent_bytes = info->apparent_bytes,
		.mtime_ns = mtime_ns,
		.mtime_era = node_era(info->mtime_s, mtime_ns),
		.nlink = 1,
		.dev = info->dev,
		.extended = info->extended,
	};
}

int ncdu_entry_add(struct ncdu_entries *entries, const struct ncdu_info *info)
{
	struct build_entry entry = entry_of(info);

	entry.type = type_of(info);
	if (info->excluded || info->read_error) {
		/* Nothing but name and type is known; a device that is told is not its own. */
		entry = (struct build_entry){.name = info->name.data,
		                             .name_length = info->name.length,
		                             .type = entry.type,
		                             .flags = info->excluded ? info->excluded : ROW_ERROR,
		                             .nlink = 1,
		                             .dev = parent_dev(entries),
		                             .extended = info->extended};
		return built(entries, build_file(entries->build, &entry));
	}
	if (!info->has_dev)
		entry.dev = parent_dev(entries);
	if (ncdu_info_is_link(info)) {
		entry.ino = info->ino;
		entry.nlink = info->nlink < 2 ? 2 : info->nlink > UINT32_MAX ? UINT32_MAX : (uint32_t)info->nlink;
	}
	return built(entries, build_file(entries->build, &entry));
}

static int plant(struct ncdu_entries *entries, const struct ncdu_info *info, struct build_entry *entry)
{
	struct buf path = {0};
	int rc = 0;

	entries->what = import_root_path(info->name.data ? info->name.data : "", info->name.length, &path);
	if (entries->what) {
		rc = -EINVAL;
	} else if (path.failed) {
		rc = -ENOMEM;
	} else {
		entry->name = "";
		entry->name_length = 0;
		entries->build = build_create(path.data, entry);
		if (!entries->build)
			rc = built(entries, errno ? -errno : -ENOMEM);
	}
	buf_free(&path);
	return rc;
}

int ncdu_entry_enter(struct ncdu_entries *entries, const struct ncdu_info *info)
{
	struct build_entry entry = entry_of(info);
	unsigned depth = entries->build ? build_depth(entries->build) : 0;

	entries->what = NULL;
	if (depth >= IMPORT_DEPTH_MAX)
		return -E2BIG;
	if (alloc_room(&entries->dev, &entries->dev_capacity, depth + 1))
		return -ENOMEM;
	if (depth && !info->has_dev)
		entry.dev = entries->dev[depth - 1];
	entries->dev[depth] = entry.dev;
	entry.type = NODE_DIR;
	entry.ino = info->ino;
	if (info->read_error)
		entry.dir_flags |= DIR_READ_ERROR;
	if (depth && entry.dev != entries->dev[depth - 1])
		entry.dir_flags |= DIR_MOUNT;
	return depth ? built(entries, build_enter(entries->build, &entry)) : plant(entries, info, &entry);
}

int ncdu_entry_leave(struct ncdu_entries *entries)
{
	return built(entries, build_leave(entries->build));
}
