/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/file_system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/kernel.h"
#include "base/text.h"

int file_system_usage(int fd, struct file_system_usage *out)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs))
		return -errno;
	uint64_t unit = fs.f_frsize ? fs.f_frsize : fs.f_bsize;
	/* Some have more available than free, or more free than there is. */
	uint64_t free_blocks = fs.f_bfree < fs.f_blocks ? fs.f_bfree : fs.f_blocks;

	*out = (struct file_system_usage){
		.size_bytes = fs.f_blocks * unit,
		.used_bytes = (fs.f_blocks - free_blocks) * unit,
		.available_bytes = fs.f_bavail * unit,
		.reserved_bytes = free_blocks > fs.f_bavail ? (free_blocks - fs.f_bavail) * unit : 0,
		.inodes = fs.f_files,
		.inodes_used = fs.f_files > fs.f_ffree ? fs.f_files - fs.f_ffree : 0,
		.inodes_available = fs.f_favail,
	};
	return 0;
}

int file_system_percent(uint64_t used, uint64_t available)
{
	unsigned __int128 all = (unsigned __int128)used + available;

	return all ? (int)(((unsigned __int128)used * 100 + all - 1) / all) : 100;
}

static int refuse(const char *path, int code, struct err *err)
{
	struct buf safe = {0};

	text_safe(&safe, path, strlen(path), false);
	err_set(err, code, _("cannot open %s: %s"), safe.data && !safe.failed ? safe.data : "?", strerror(-code));
	buf_free(&safe);
	return code;
}

/* Does the folder belong to a project whose limits its figures are?  They differ then from those of the whole. */
static bool in_project(int fd, const char *point, const struct file_system_usage *usage)
{
	struct file_system_usage whole;
	struct fsxattr attributes;
	int file = openat(fd, ".", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool is = file >= 0 && !ioctl(file, FS_IOC_FSGETXATTR, &attributes) && attributes.fsx_projid &&
	          attributes.fsx_xflags & FS_XFLAG_PROJINHERIT;

	if (file >= 0)
		close(file);
	file = is ? open(point, O_PATH | O_CLOEXEC) : -1;
	is = file >= 0 && !file_system_usage(file, &whole) && whole.size_bytes != usage->size_bytes;
	if (file >= 0)
		close(file);
	return is;
}

int file_system_read(const char *path, struct fs_info *out, struct err *err)
{
	struct statx st = {0};
	int fd = open(path, O_PATH | O_CLOEXEC), rc = fd < 0 ? -errno : 0;

	*out = (struct fs_info){.path = alloc_text(path)};
	if (!rc && !out->path)
		rc = -ENOMEM;
	if (!rc && statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_INO | STATX_MNT_ID, &st))
		rc = -errno;
	if (!rc)
		rc = file_system_usage(fd, &out->usage);
	if (!rc)
		rc = mount_table_read(&out->table, NULL, NULL);
	if (!rc) {
		out->stat_dev = makedev(st.stx_dev_major, st.stx_dev_minor);
		out->ino = st.stx_ino;
		out->mount = mount_table_of(&out->table, path, out->stat_dev, statx_mount(&st));
		out->dev = out->mount ? out->mount->dev : out->stat_dev;
		out->project = out->mount && in_project(fd, out->mount->point, &out->usage);
	}
	if (fd >= 0)
		close(fd);
	if (!rc)
		return 0;
	file_system_clear(out);
	return rc == -ENOMEM ? err_no_memory(err) : refuse(path, rc, err);
}

int file_system_refresh(struct fs_info *fs)
{
	int fd = open(fs->path, O_PATH | O_CLOEXEC), rc = fd < 0 ? -errno : file_system_usage(fd, &fs->usage);

	if (fd >= 0)
		close(fd);
	return rc;
}

void file_system_clear(struct fs_info *fs)
{
	mount_table_free(&fs->table);
	free(fs->path);
	*fs = (struct fs_info){0};
}
