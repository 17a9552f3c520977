/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "engine/raw/crc32c.h"
#include "engine/raw/device.h"
#include "engine/raw/ext4.h"
#include "engine/raw/prefetch.h"
#include "engine/scan/scan.h"
#include "volume.h"

/*
 * File systems as they can be made: block and inode size, with and without each feature that moves something.  The
 * first few; all of them with DISKTRACKER_TEST_IMAGES=N, where N is how many times.
 */
static const char *const options[] = {
	"-b 4096",
	"-b 1024 -I 128 -O ^metadata_csum,^64bit,^extent",
	"-b 1024 -O bigalloc,^resize_inode",
	"-b 1024 -I 1024 -O inline_data,meta_bg,^resize_inode",
	"",
	"-t ext2 -b 1024",
	"-t ext3",
	"-b 4096 -O metadata_csum,64bit,metadata_csum_seed",
	"-O ^flex_bg,meta_bg,^resize_inode",
	"-b 1024 -O meta_bg,^resize_inode",
	"-b 4096 -O bigalloc -C 16384",
	"-I 1024 -O inline_data",
	"-O sparse_super2,^resize_inode",
	"-O ^has_journal,^dir_index",
	"-O ^filetype",
	"-O uninit_bg,^metadata_csum",
	"-O large_dir,ea_inode,encrypt,verity",
};
#define KINDS (sizeof(options) / sizeof(*options))
#define FEW 4

static size_t images(void)
{
	const char *rounds = getenv("DISKTRACKER_TEST_IMAGES");

	return rounds && *rounds ? KINDS * (size_t)atoi(rounds) : FEW;
}

/* Files of every kind at random places, many of them beside each other or under other names. */
static void fill(const struct volume *volume, uint64_t seed, int entries)
{
	enum { DIRS = 64 };
	char *dirs[DIRS] = {strdup(volume->point)}, target[300];
	int known = 1;

	for (int i = 0; i < entries; i++) {
		const char *in = dirs[disk_random(&seed, (uint64_t)known)];
		char name[300], *path, *other;
		int wide = (int)disk_random(&seed, disk_random(&seed, 8) ? 20 : 200), kind = (int)disk_random(&seed, 16);

		memset(name, 'n', sizeof(name));
		snprintf(name + wide, sizeof(name) - (size_t)wide, "%d", i);
		cr_assert(asprintf(&path, "%s/%s", in, name) > 0 && asprintf(&other, "%s/first", in) > 0);
		if (kind < 3) {
			disk_dir(in, name);
			disk_file(path, "first", disk_random(&seed, 200));
			char **slot = &dirs[known < DIRS ? known++ : 1 + (int)disk_random(&seed, DIRS - 1)];

			free(*slot);
			*slot = strdup(path);
		} else if (kind == 3) {
			memset(target, 't', sizeof(target));
			target[disk_random(&seed, 2) ? 20 : 200] = '\0';
			cr_assert_eq(symlink(target, path), 0);
		} else if (kind == 4) {
			cr_assert(!link(other, path) || errno == ENOENT || errno == EMLINK);
		} else if (kind == 5) {
			cr_assert_eq(mkfifo(path, 0600), 0);
		} else if (kind == 6) {
			disk_file(in, name, 10);
			cr_assert_eq(truncate(path, (off_t)disk_random(&seed, (uint64_t)1 << 30)), 0);
		} else {
			disk_file(in, name, disk_random(&seed, kind < 8 ? 100000 : kind < 11 ? 6000 : 150));
		}
		free(path);
		free(other);
	}
	for (int i = 0; i < known; i++)
		free(dirs[i]);
}

/* With nothing of it in memory, and so that the kernel reads what it is asked for and not a block more. */
static void remount(const struct volume *volume)
{
	cr_assert_eq(volume_shell(volume, "umount at && mount -o loop,noatime,inode_readahead_blks=0 img at && "
	                                  "blockdev --setra 0 $(awk -v at=\"$PWD/at\" '$2 == at { print $1 }' "
	                                  "/proc/self/mounts)"),
	             0);
}

static bool make(struct volume *volume, unsigned mib, const char *with)
{
	char all[200];

	snprintf(all, sizeof(all), "-N 4000 %s", with);
	if (volume_make(volume, "ext4", mib, all))
		return true;
	cr_log_info("%s: %s", with, volume->reason);
	return false;
}

/* A folder of many blocks. */
static void large(const struct volume *volume, int files)
{
	char *folder;

	disk_dir(volume->point, "large");
	cr_assert(asprintf(&folder, "%s/large", volume->point) > 0);
	disk_many(folder, "a-name-of-some-length-", files);
	free(folder);
}

static dev_t device_of(const struct volume *volume)
{
	struct stat st;

	cr_assert_eq(stat(volume->point, &st), 0);
	return st.st_dev;
}

static struct tree *scan_all(const struct volume *volume, const struct scan_options *with)
{
	struct scan_progress end;
	struct err err;
	struct scan *scan = scan_start(volume->point, with, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &end);
	cr_assert_eq(end.state, SCAN_DONE);
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static struct tree *scan_plainly(const struct volume *volume)
{
	return scan_all(volume, &(struct scan_options){.threads = 2, .wake_fd = -1, .no_prefetch = true});
}

/* What this process has waited for from disks, in sectors. */
static long sectors(void)
{
	struct rusage usage;

	cr_assert_eq(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_inblock;
}

Test(raw, crc32c)
{
	/* As for SCSI (RFC 3720, B.4), but for the inversions at both ends. */
	unsigned char bytes[32];

	for (int i = 0; i < 32; i++)
		bytes[i] = (unsigned char)i;
	cr_expect_eq(~crc32c(~0u, bytes, 32), 0x46dd794e);
	cr_expect_eq(~crc32c(crc32c(~0u, bytes, 3), bytes + 3, 29), 0x46dd794e);
}

/* All that a scan reads has been read ahead: it waits for the disk no more. */
Test(raw, a_scan_behind_the_prefetch_reads_nothing)
{
	static const _Atomic int never;
	int made = 0;

	for (size_t i = 0; i < images(); i++) {
		const char *with = options[i % KINDS];
		struct volume volume;

		if (!make(&volume, 24, with))
			continue;
		fill(&volume, i, 200);
		large(&volume, 1000);
		remount(&volume);
		long before = sectors();
		struct tree *cold = scan_plainly(&volume);
		long alone = sectors() - before;

		remount(&volume);
		int rc = prefetch_run(device_of(&volume), &never);

		if (rc == -EPERM || rc == -EACCES || rc == -ENOENT)
			cr_skip_test("devices cannot be opened here");
		cr_assert_eq(rc, 0, "%s: %d", with, rc);
		before = sectors();
		struct tree *warm = scan_plainly(&volume);
		long behind = sectors() - before;

		cr_expect_eq(disk_compare(cold, warm, false), 0, "%s", with);
		cr_expect(alone == 0 || behind <= alone / 10, "%s: %ld sectors alone, %ld behind it", with, alone,
		          behind);
		tree_destroy(cold);
		tree_destroy(warm);
		volume_end(&volume);
		made++;
	}
	if (!made)
		cr_skip_test("no ext4 here");
}

/* A stopped scan does not wait for it. */
Test(raw, the_prefetch_stops)
{
	static const _Atomic int at_once = 1;
	struct volume volume;

	if (!volume_make(&volume, "ext4", 24, NULL))
		cr_skip_test("%s", volume.reason);
	int rc = prefetch_run(device_of(&volume), &at_once);

	volume_end(&volume);
	if (rc == -EPERM || rc == -EACCES || rc == -ENOENT)
		cr_skip_test("devices cannot be opened here");
	cr_assert_eq(rc, -ECANCELED);
}

/* Who finds that a large tree is not in memory reads ahead; in memory nobody does. */
Test(raw, a_large_cold_tree_is_read_ahead)
{
	static const struct scan_options usual = {.threads = 2, .wake_fd = -1};
	struct volume volume;

	if (!volume_make(&volume, "ext4", 64, "-b 1024 -I 128 -N 70000"))
		cr_skip_test("%s", volume.reason);
	for (int i = 0; i < 300; i++) {
		char name[16], *folder;

		snprintf(name, sizeof(name), "%d", i);
		disk_dir(volume.point, name);
		cr_assert(asprintf(&folder, "%s/%s", volume.point, name) > 0);
		disk_many(folder, "file", 180);
		free(folder);
	}
	remount(&volume);
	int device = device_open(device_of(&volume));
	long before = sectors();
	struct scan_progress end;
	struct err err;
	bool prefetched[3];

	if (device >= 0)
		close(device);
	for (int i = 0; i < 3; i++) {
		struct scan_options with = usual;

		with.no_prefetch = i == 2;
		if (i == 2)
			remount(&volume);
		struct scan *scan = scan_start(volume.point, &with, &err);

		cr_assert_not_null(scan, "%s", err.text);
		cr_assert(scan_wait(scan, -1));
		scan_progress(scan, &end);
		prefetched[i] = end.prefetched;
		cr_assert_eq(end.items, 54301);
		scan_destroy(scan);
		if (!i && sectors() == before)
			cr_skip_test("the kernel does not count what is read");
	}
	volume_end(&volume);
	if (device < 0)
		cr_skip_test("devices cannot be opened here");
	cr_expect(prefetched[0], "cold");
	cr_expect_not(prefetched[1], "in memory");
	cr_expect_not(prefetched[2], "not wanted");
}
