/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file systems are listed, from tables of mounts. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/system/volumes.h"

/* A table in a file, which is gone once it was read. */
static int list(const char *table, struct volumes *volumes)
{
	char path[] = "/tmp/disktracker-table-XXXXXX";
	int fd = mkstemp(path);

	cr_assert(fd >= 0 && write(fd, table, strlen(table)) == (ssize_t)strlen(table));
	close(fd);
	int rc = volumes_list(volumes, path);

	unlink(path);
	return rc;
}

static void expect(const char *table, const char *expected)
{
	struct volumes volumes;
	char is[2000] = "";

	cr_assert_eq(list(table, &volumes), 0);
	for (size_t i = 0; i < volumes.count; i++) {
		const struct volume_entry *entry = &volumes.items[i];

		snprintf(is + strlen(is), sizeof(is) - strlen(is), "%s%s %s %s %s", i ? ", " : "",
		         entry->local ? "local" : "other", entry->point, entry->type, entry->source);
		cr_expect_eq(entry->local, i < volumes.local);
	}
	cr_expect_str_eq(is, expected);
	volumes_free(&volumes);
}

Test(volumes, disks_by_the_mount_that_shows_most)
{
	expect("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	       "21 20 8:2 /sub /srv rw - ext4 /dev/sda2 rw\n"
	       "22 20 8:2 / /mnt/whole rw - ext4 /dev/sda2 rw\n"
	       "23 20 8:2 / /mnt rw - ext4 /dev/sda2 rw\n"
	       "24 20 8:1 /var/lib /bind rw - ext4 /dev/sda1 rw\n",
	       "local / ext4 /dev/sda1, local /mnt ext4 /dev/sda2");
}

Test(volumes, what_the_system_keeps_is_left_out)
{
	expect("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	       "21 20 0:4 / /proc rw - proc proc rw\n"
	       "22 20 0:5 / /sys rw - sysfs sysfs rw\n"
	       "23 20 0:6 / /dev rw - devtmpfs udev rw\n"
	       "24 23 0:7 / /dev/shm rw - tmpfs tmpfs rw\n"
	       "25 20 0:8 / /run rw - tmpfs tmpfs rw\n"
	       "26 20 0:9 / /tmp rw - tmpfs tmpfs rw\n"
	       "27 20 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro\n"
	       "28 20 0:10 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw\n"
	       "29 20 0:11 / /home/ana/net rw - autofs systemd-1 rw\n"
	       "30 25 0:12 / /run/user/1000/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw\n"
	       "31 25 8:17 / /run/media/ana/Stick rw - vfat /dev/sdb1 rw\n",
	       "local / ext4 /dev/sda1, local /run/media/ana/Stick vfat /dev/sdb1, local /tmp tmpfs tmpfs");
}

Test(volumes, others_are_named_and_not_asked)
{
	expect("20 1 0:20 / / rw - overlay overlay rw\n"
	       "21 20 0:30 / /nas rw - nfs4 nas:/export rw\n"
	       "22 20 0:31 / /far rw - fuse.sshfs ana@host: rw\n"
	       "23 20 0:32 / /host rw - 9p share rw\n"
	       "24 20 8:1 / /data\\040disk rw - xfs /dev/sda1 rw\n",
	       "local / overlay overlay, local /data disk xfs /dev/sda1, other /far fuse.sshfs ana@host:, other "
	       "/host 9p"
	       " share, other /nas nfs4 nas:/export");
}

Test(volumes, what_is_covered_is_not_there)
{
	expect("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	       "21 20 8:2 / /mnt rw - ext4 /dev/sda2 rw\n"
	       "22 21 8:3 / /mnt rw - ext4 /dev/sda3 rw\n",
	       "local / ext4 /dev/sda1, local /mnt ext4 /dev/sda3");
	expect("", "");
}

/* The first of all lies on itself; a later one covers places, and what lies on what is covered is covered too. */
Test(volumes, covered_at_any_depth)
{
	expect("1 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	       "2 1 8:2 / /a/b rw - ext4 /dev/sda2 rw\n"
	       "3 2 8:3 / /a/b/c rw - ext4 /dev/sda3 rw\n"
	       "4 1 8:4 / /a rw - ext4 /dev/sda4 rw\n"
	       "5 4 8:5 / /a/b rw - ext4 /dev/sda5 rw\n"
	       "6 1 8:6 / /ab rw - ext4 /dev/sda6 rw\n",
	       "local / ext4 /dev/sda1, local /a ext4 /dev/sda4, local /a/b ext4 /dev/sda5, local /ab ext4 /dev/sda6");
}

Test(volumes, the_fullest_first)
{
	struct volume_entry items[] = {
		{.point = "/c", .local = true, .known = true, .usage.used_bytes = 5},
		{.point = "/z"},
		{.point = "/b", .local = true},
		{.point = "/a", .local = true, .known = true, .usage.used_bytes = 9},
		{.point = "/y"},
	};
	struct volumes volumes = {items, 5, 3};
	static const char *const expected[] = {"/a", "/c", "/b", "/y", "/z"};

	volumes_sort(&volumes);
	for (size_t i = 0; i < 5; i++)
		cr_expect_str_eq(items[i].point, expected[i]);
}

Test(volumes, it_is_asked_as_statvfs_is)
{
	struct file_system_usage usage;
	struct statvfs fs;

	cr_assert(volumes_ask("/", &usage));
	cr_assert_eq(statvfs("/", &fs), 0);
	cr_expect_eq(usage.size_bytes, fs.f_blocks * fs.f_frsize);
	cr_expect_eq(usage.inodes, fs.f_files);
	cr_expect_not(volumes_ask("/no/such/place", &usage));
	cr_expect_not(volumes_ask("/proc", &usage), "it has no size");
}

Test(volumes, percent_as_df_has_it)
{
	cr_expect_eq(file_system_percent(0, 0), 100);
	cr_expect_eq(file_system_percent(0, 10), 0);
	cr_expect_eq(file_system_percent(1, 999), 1);
	cr_expect_eq(file_system_percent(10, 990), 1);
	cr_expect_eq(file_system_percent(11, 989), 2);
	cr_expect_eq(file_system_percent(UINT64_MAX / 2, 0), 100);
	cr_expect_eq(file_system_percent(UINT64_MAX, UINT64_MAX), 50);
}

Test(volumes, every_allocation_may_fail)
{
	int rc = -ENOMEM;

	for (long n = 0; rc == -ENOMEM; n++) {
		struct volumes volumes;

		alloc_fail_at(n, false);
		rc = list("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 8:2 / /a rw - ext4 /dev/sda2 rw\n", &volumes);
		alloc_fail_at(-1, false);
		cr_assert(rc == 0 || (rc == -ENOMEM && !volumes.count && n < 1000));
		cr_assert(rc || (volumes.count == 2 && n > 10));
		volumes_free(&volumes);
	}
}
