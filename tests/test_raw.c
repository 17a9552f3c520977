/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"
#include "engine/raw/crc32c.h"
#include "engine/raw/device.h"
#include "engine/raw/ext4.h"
#include "engine/raw/prefetch.h"
#include "engine/raw/raw.h"
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

/*
 * The linker takes this before the C library's.  What changed less than ten seconds before a scan is never taken from
 * the tables; so that a test need not wait, the clock that says when the scan begins goes ahead by so much.
 */
static int64_t ahead_s;
#define MARGIN_S 10  /* nothing older than the scan's beginning is young */
#define NOT_YOUNG 60 /* nothing at all is */

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int rc = (int)syscall(SYS_clock_gettime, clock, out);

	if (clock == CLOCK_REALTIME_COARSE)
		out->tv_sec += ahead_s;
	return rc;
}

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
		int wide = (int)disk_random(&seed, disk_random(&seed, 8) ? 20 : 200),
		    kind = (int)disk_random(&seed, 16);

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

/* ---- from the tables ---- */

/* Scan it by the tables; at least so many of its directories were read there.  Where that is not possible, skip. */
static struct tree *scan_by_tables(const char *folder, uint64_t least)
{
	static const struct scan_options by_tables = {.threads = 3, .wake_fd = -1, .raw = true};
	struct scan_progress end;
	struct err err;
	struct scan *scan = scan_start(folder, &by_tables, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &end);
	cr_assert_eq(end.state, SCAN_DONE);
	if (scan_raw_refused(scan) && strstr(scan_raw_refused(scan), "cannot be opened"))
		cr_skip_test("%s", scan_raw_refused(scan));
	cr_assert_null(scan_raw_refused(scan), "%s", scan_raw_refused(scan));
	cr_assert(end.raw_directories >= least, "%lu of %lu", end.raw_directories, end.directories);
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static void same_both_ways(const struct volume *volume, const char *folder, uint64_t least, const char *what)
{
	struct tree *tables = scan_by_tables(folder, least), *kernel;
	struct err err;
	struct scan_progress end;
	struct scan *scan = scan_start(folder, &(struct scan_options){.threads = 2, .wake_fd = -1}, &err);

	(void)volume;
	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &end);
	kernel = scan_take_tree(scan);
	scan_destroy(scan);
	cr_assert_eq(tree_compute_shared(tables), 0);
	cr_assert_eq(tree_compute_shared(kernel), 0);
	cr_expect_eq(disk_compare(kernel, tables, true), 0, "%s", what);
	tree_destroy(tables);
	tree_destroy(kernel);
}

/* To the fingerprint: figures that were written a moment ago, and those that were read from the disk anew. */
Test(raw, tables_say_what_the_kernel_says)
{
	int made = 0;

	ahead_s = NOT_YOUNG;
	for (size_t i = 0; i < images(); i++) {
		const char *with = options[i % KINDS];
		struct volume volume;

		if (!make(&volume, 24, with))
			continue;
		made++;
		fill(&volume, i + 100, 250);
		large(&volume, 1200);
		/* Gaps, and directories that were once larger. */
		cr_assert_eq(volume_shell(&volume, "rm -f at/large/*[37] && rm -rf at/*4"), 0);
		same_both_ways(&volume, volume.point, 1, with);
		remount(&volume);
		same_both_ways(&volume, volume.point, 1, with);
		volume_end(&volume);
	}
	if (!made)
		cr_skip_test("no ext4 here");
}

/* What is mounted below hides what the tables have there; a start may be a part of it, or mounted elsewhere. */
Test(raw, tables_know_nothing_of_mounts)
{
	struct volume volume;
	char *below;

	ahead_s = NOT_YOUNG;
	if (!make(&volume, 24, "-b 4096"))
		cr_skip_test("%s", volume.reason);
	fill(&volume, 7, 250);
	cr_assert_eq(volume_shell(&volume,
	                          "cd at && mkdir -p a/hidden/below a/b/c d e/f && echo x > a/hidden/below/x && "
	                          "dd if=/dev/zero of=d/large bs=4k count=9 2>/dev/null && echo y > d/small && "
	                          "echo z > e/f/z && mount -t tmpfs tmpfs a/hidden && echo t > a/hidden/t && "
	                          "mount --bind d/large d/small && mount --bind e/f a/b/c && "
	                          /* A disk of its own is entered. */
	                          "mkdir -p g/disk/hidden && truncate -s 4M ../other && mkfs.ext4 -q -F ../other && "
	                          "mount -o loop ../other g/disk && mkdir -p g/disk/shown/deep && echo s > g/disk/shown/s"),
	             0);
	same_both_ways(&volume, volume.point, 20, "mounts below");
	cr_assert(asprintf(&below, "%s/e", volume.point) > 0);
	same_both_ways(&volume, below, 2, "a part of it");
	free(below);
	cr_assert_eq(volume_shell(&volume, "mkdir bound && mount --bind at bound"), 0);
	cr_assert(asprintf(&below, "%s/bound", volume.folder) > 0);
	same_both_ways(&volume, below, 20, "bound elsewhere");
	cr_assert_eq(volume_shell(&volume, "umount bound; umount at/a/b/c at/d/small at/a/hidden at/g/disk"), 0);
	free(below);
	volume_end(&volume);
}

/* What changed within the last seconds is asked of the kernel: sizes and blocks of a file are in no table at once. */
Test(raw, what_is_young_is_asked_for)
{
	struct scan_progress end;
	struct volume volume;
	struct err err;

	if (!make(&volume, 24, ""))
		cr_skip_test("%s", volume.reason);
	fill(&volume, 3, 100);
	struct scan *scan = scan_start(volume.point, &(struct scan_options){.wake_fd = -1, .raw = true}, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &end);
	cr_expect_eq(end.raw_directories, 0, "%lu", end.raw_directories);
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	cr_expect_eq(disk_check(tree), 0);
	tree_destroy(tree);
	volume_end(&volume);
}

/* ---- while it changes ---- */

#define STORM_DIRS 12
#define STORM_OLD 60 /* files in each that nobody touches */

struct storm {
	const char *point;
	_Atomic bool stop;
};

static void *blow(void *argument)
{
	struct storm *storm = argument;
	uint64_t seed = (uint64_t)(uintptr_t)&seed;

	while (!atomic_load(&storm->stop)) {
		char from[300], to[300];

		snprintf(from, sizeof(from), "%s/d%d/new-%d", storm->point, (int)disk_random(&seed, STORM_DIRS),
		         (int)disk_random(&seed, 400));
		snprintf(to, sizeof(to), "%s/d%d/a-much-longer-name-that-splits-blocks-%d", storm->point,
		         (int)disk_random(&seed, STORM_DIRS), (int)disk_random(&seed, 400));
		int fd = open(from, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

		if (fd >= 0) {
			(void)!write(fd, from, sizeof(from));
			close(fd);
		}
		switch (disk_random(&seed, 5)) {
		case 0: (void)!link(from, to); break;
		case 1: (void)!rename(from, to); break;
		case 2: (void)!unlink(to); break;
		case 3: (void)!truncate(from, 0); break;
		default: (void)!unlink(from); break;
		}
	}
	return NULL;
}

/* Files nobody touches are all there, once, with their figures, also in directories that others tear at. */
static void check_old(const struct tree *tree)
{
	for (int d = 0; d < 2 * STORM_DIRS; d++) {
		char name[32];

		snprintf(name, sizeof(name), "d%d", d);
		dir_id dir = tree_lookup(tree, name, strlen(name));

		cr_assert_neq(dir, DIR_NONE);
		const struct node_block *block = tree_block(tree, dir);
		int seen[STORM_OLD] = {0};

		for (uint32_t i = 0; i < tree_count(block); i++) {
			struct node node;
			int which;

			tree_node(tree, block, i, &node);
			if (node.name_length < 4 || memcmp(node.name, "old-", 4))
				continue;
			which = atoi((const char *)node.name + 4);
			seen[which]++;
			cr_expect_eq(node.apparent_bytes, (uint64_t)(which * 100), "%s/old-%d", name, which);
			cr_expect_eq(node.alloc_bytes, (uint64_t)((which * 100 + 1023) / 1024 * 1024), "%s/old-%d",
			             name, which);
		}
		for (int i = 0; i < STORM_OLD; i++)
			cr_expect_eq(seen[i], 1, "%s/old-%d: %d times", name, i, seen[i]);
	}
}

Test(raw, what_nobody_touches_is_right_in_a_storm)
{
	struct volume volume;
	pthread_t threads[2];

	if (!volume_make(&volume, "ext4", 48, "-b 1024 -N 20000"))
		cr_skip_test("%s", volume.reason);
	for (int d = 0; d < 2 * STORM_DIRS; d++) {
		char name[64], *path;

		snprintf(name, sizeof(name), "d%d", d);
		disk_dir(volume.point, name);
		cr_assert(asprintf(&path, "%s/%s", volume.point, name) > 0);
		for (int i = 0; i < STORM_OLD; i++) {
			/* Digits end at the NUL that a row's name has not: the name is made so that they do. */
			snprintf(name, sizeof(name), "old-%02d-", i);
			disk_file(path, name, (size_t)i * 100);
		}
		free(path);
	}
	/* A second later they are older than the scan. */
	struct timespec then, now;

	syscall(SYS_clock_gettime, CLOCK_REALTIME_COARSE, &then);
	do
		syscall(SYS_clock_gettime, CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec == then.tv_sec && !usleep(10000));
	struct storm storm = {.point = volume.point};

	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, blow, &storm), 0);
	const char *rounds = getenv("DISKTRACKER_TEST_IMAGES");

	for (int i = 0; i < (rounds ? 20 * atoi(rounds) : 6); i++) {
		/* As it is done, and with directories of the tables that change meanwhile: read again until they do not. */
		ahead_s = i % 2 ? NOT_YOUNG : MARGIN_S;
		struct tree *tree = scan_by_tables(volume.point, STORM_DIRS / 2);

		check_old(tree);
		tree_destroy(tree);
	}
	atomic_store(&storm.stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	volume_end(&volume);
}

/* ---- where it may not ---- */

static void is_refused(const char *folder, const struct scan_options *with, const char *sentence)
{
	struct scan_progress end;
	struct err err;
	struct scan *scan = scan_start(folder, with, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &end);
	cr_expect_eq(end.state, SCAN_DONE);
	cr_expect_eq(end.raw_directories, 0);
	cr_assert_not_null(scan_raw_refused(scan));
	cr_expect_str_eq(scan_raw_refused(scan), sentence);
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	cr_expect_eq(disk_check(tree), 0);
	tree_destroy(tree);
}

Test(raw, where_it_may_not_the_scan_is_as_ever)
{
	struct volume volume;

	if (volume_make(&volume, "tmpfs", 8, NULL)) {
		fill(&volume, 5, 50);
		is_refused(volume.point, &(struct scan_options){.wake_fd = -1, .raw = true},
		           "it is not on ext2, ext3 or ext4");
		is_refused(volume.point,
		           &(struct scan_options){.wake_fd = -1, .raw = true, .counting.exclude_caches = true},
		           "with -L, --exclude-caches or --warm every folder has to be opened");
		volume_end(&volume);
	}
	/* A feature that nobody knows yet, set while the file system is mounted. */
	if (!make(&volume, 24, ""))
		cr_skip_test("%s", volume.reason);
	fill(&volume, 6, 50);
	cr_assert_eq(volume_shell(&volume,
	                          "sync -f at && d=$(awk -v at=\"$PWD/at\" '$2 == at { print $1 }' "
	                          "/proc/self/mounts) && "
	                          "printf '\\x80' | dd of=$d bs=1 seek=$((1024 + 0x63)) conv=notrunc 2>/dev/null"),
	             0);
	is_refused(volume.point, &(struct scan_options){.wake_fd = -1, .raw = true},
	           "it has features that are not known");
	volume_end(&volume);
}

/* ---- damage ---- */

static int count_entry(void *context, uint64_t ino, unsigned char type, const char *name, size_t length)
{
	uint64_t *sum = context;

	*sum += ino + type + (unsigned char)name[length - 1];
	return 0;
}

/* Whatever the bytes say: an answer, or none, and nothing read or written beside them. */
Test(raw, damaged_tables_lead_nowhere)
{
	const char *rounds = getenv("DISKTRACKER_TEST_IMAGES");
	int times = rounds ? 2000 * atoi(rounds) : 60;

	for (int kind = 0; kind < FEW; kind++) {
		struct volume volume;
		char *path;
		struct stat st;
		uint64_t seed = (uint64_t)kind, sum = 0, listed = 0;

		if (!make(&volume, 8, options[kind]))
			cr_skip_test("%s", volume.reason);
		fill(&volume, (uint64_t)kind, 150);
		large(&volume, 600);
		cr_assert_eq(volume_shell(&volume, "umount at"), 0);
		cr_assert(asprintf(&path, "%s/img", volume.folder) > 0);
		int image = open(path, O_RDWR | O_CLOEXEC);

		cr_assert(image >= 0 && !fstat(image, &st));
		for (int i = 0; i < times; i++) {
			enum { FLIPS = 40 };
			struct { off_t at; unsigned char byte; } undo[FLIPS];
			struct raw_room room = {0};
			struct statx out;

			for (int k = 0; k < FLIPS; k++) {
				/* Most where it matters: superblock and descriptors, tables. */
				off_t most = i % 4 == 0 ? 4096 : i % 4 == 1 ? 65536 : i % 4 == 2 ? 1 << 20 : st.st_size;

				undo[k].at = (off_t)disk_random(&seed, (uint64_t)most);
				cr_assert_eq(pread(image, &undo[k].byte, 1, undo[k].at), 1);
				unsigned char byte = undo[k].byte ^ (unsigned char)(1 << disk_random(&seed, 8));

				if (k < 2 + i % FLIPS)
					cr_assert_eq(pwrite(image, &byte, 1, undo[k].at), 1);
			}
			struct raw *raw = raw_open_image(dup(image), 1, INT64_MAX);

			for (uint64_t ino = 0; raw && ino < 1200; ino++) {
				listed += !raw_list(raw, &room, ino, count_entry, &sum);
				sum += (uint64_t)raw_stat(raw, ino, ino & 1, &out);
			}
			raw_room_free(&room);
			raw_close(raw);
			for (int k = FLIPS; k--;)
				cr_assert_eq(pwrite(image, &undo[k].byte, 1, undo[k].at), 1);
		}
		close(image);
		free(path);
		cr_expect(listed > 0, "some could be listed all the same");
		volume_end(&volume);
	}
}
