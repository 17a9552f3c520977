/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the used bytes are, on real file systems: each part is known to the test, and the sum to statvfs(3). */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "disk.h"
#include "engine/account/account.h"
#include "engine/account/hidden.h"
#include "volume.h"

#define MIB ((uint64_t)1 << 20)

static int scan_it(void *context, const char *path, const struct scan_options *options, struct scan **out,
                   struct err *err)
{
	struct scan_options with = *options;

	with.threads = 2;
	*out = scan_start(path, &with, err);
	if (!*out)
		return -EIO;
	cr_assert(scan_wait(*out, -1));
	++*(int *)context;
	return 0;
}

static struct account account(const char *path)
{
	int scans = 0;
	const struct named_scanner scanner = {scan_it, &scans};
	struct account account;
	struct err err = {0};

	cr_assert_eq(account_read(path, &scanner, NULL, &account, &err), 0, "%s", err.text);
	cr_expect(scans >= 1);
	return account;
}

static uint64_t used(const char *path)
{
	struct statvfs fs;

	cr_assert_eq(statvfs(path, &fs), 0);
	return (fs.f_blocks - fs.f_bfree) * fs.f_frsize;
}

static void adds_up(const struct account *account)
{
	int64_t sum = 0;

	for (int i = 0; i < ACCOUNT_REASONS; i++)
		sum += account->lines[i].bytes;
	cr_expect_eq(sum, (int64_t)account->fs.usage.used_bytes);
}

static char *at(const struct volume *volume, const char *name)
{
	char *path;

	cr_assert(asprintf(&path, "%s/%s", volume->folder, name) > 0);
	return path;
}

static int64_t bytes_of(const struct account *account, enum account_reason reason)
{
	return account->lines[reason].bytes;
}

/*
 * A file system with 40 MiB in a folder, 9 MiB under a mount, 12 MiB deleted and held open, links in and out of the
 * folder, and a disk and two of memory mounted in it, which are not its own.
 */
static void fill(struct volume *volume, const char *kind)
{
	if (!volume_make(volume, kind, strcmp(kind, "xfs") ? 200 : 400, NULL))
		cr_skip_test("%s", volume->reason);
	cr_assert_eq(volume_shell(volume,
	                          "mkdir -p at/in/deep at/beside at/covered/below at/other\n"
	                          "head -c 40M /dev/urandom >at/in/deep/large\n"
	                          "for i in 1 2 3 4 5 6 7 8; do head -c ${i}0000 /dev/urandom >at/in/$i; done\n"
	                          "head -c 6M /dev/urandom >at/beside/file\n"
	                          "ln at/beside/file at/in/link\n"
	                          "head -c 3M /dev/urandom >at/beside/only\n"
	                          "head -c 9M /dev/urandom >at/covered/below/file\n"
	                          "ln at/covered/below/file at/covered/again\n"
	                          "head -c 2M /dev/urandom >at/covered/linked; ln at/covered/linked at/in/other\n"
	                          "head -c 5000 /dev/urandom >at/single; echo x >over\n"
	                          "sync -f at/in\n"
	                          "du -sB1 at/covered at/single at/other | cut -f1 >sizes\n"
	                          "mount -t tmpfs -o size=9M t at/covered; head -c 1M /dev/zero >at/covered/visible\n"
	                          "mount --bind over at/single\n"
	                          "mount -t tmpfs -o size=9M t at/other"),
	             0);
}

static int hold(const struct volume *volume)
{
	char *path = at(volume, "at/beside/held"), *block = malloc(MIB);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	memset(block, 'x', MIB);
	for (int i = 0; i < 12; i++)
		cr_assert_eq(write(fd, block, MIB), (ssize_t)MIB);
	cr_assert_eq(fsync(fd) | unlink(path), 0);
	cr_assert_eq(syncfs(fd), 0);
	free(block);
	free(path);
	return fd;
}

static uint64_t blocks(int fd)
{
	struct stat st;

	cr_assert_eq(fstat(fd, &st), 0);
	return (uint64_t)st.st_blocks * 512;
}

static void check_all(const char *kind, int64_t metadata_least)
{
	struct volume volume;
	unsigned long long covered, linked, single, other;

	fill(&volume, kind);
	int fd = hold(&volume);
	char *sizes = at(&volume, "sizes"), *in = at(&volume, "at/in");
	FILE *file = fopen(sizes, "r");

	cr_assert(file && fscanf(file, "%llu %llu %llu", &covered, &single, &other) == 3);
	fclose(file);
	cr_assert_eq(volume_shell(&volume, "stat -c %b at/in/other >sizes"), 0);
	file = fopen(sizes, "r");
	cr_assert(file && fscanf(file, "%llu", &linked) == 1);
	fclose(file);

	struct account whole = account(volume.point);
	const struct account_line *held = &whole.lines[ACCOUNT_DELETED_OPEN];

	adds_up(&whole);
	cr_expect_str_eq(whole.fs.mount->point, volume.point);
	cr_expect_str_eq(whole.fs.mount->type, kind);
	cr_expect_eq(whole.fs.usage.used_bytes, used(volume.point));
	cr_expect_eq(bytes_of(&whole, ACCOUNT_DELETED_OPEN), (int64_t)blocks(fd));
	cr_assert_eq(held->count, 1);
	cr_expect_eq(held->entries[0].pid, getpid());
	cr_expect(strlen(held->entries[0].by) > 0);
	cr_expect_eq(bytes_of(&whole, ACCOUNT_HIDDEN), (int64_t)(covered + single + other - linked * 512));
	cr_expect_eq(whole.lines[ACCOUNT_HIDDEN].count, 3);
	cr_expect_eq(bytes_of(&whole, ACCOUNT_OUTSIDE), 0);
	cr_expect_not(whole.lines[ACCOUNT_OUTSIDE].partial);
	cr_expect_eq(bytes_of(&whole, ACCOUNT_UNREADABLE), 0);
	cr_expect(bytes_of(&whole, ACCOUNT_METADATA) >= metadata_least, "%lld",
	          (long long)bytes_of(&whole, ACCOUNT_METADATA));
	cr_expect_not(whole.lines[ACCOUNT_METADATA].partial);
	cr_expect(llabs(bytes_of(&whole, ACCOUNT_UNEXPLAINED)) * 100 <= (long long)whole.fs.usage.used_bytes,
	          "%s: %lld of %llu unexplained", kind, (long long)bytes_of(&whole, ACCOUNT_UNEXPLAINED),
	          (unsigned long long)whole.fs.usage.used_bytes);

	/* Of a folder the rest is outside; what it has by link is in it. */
	struct account part = account(in);

	adds_up(&part);
	cr_expect_eq(bytes_of(&part, ACCOUNT_TREE), (int64_t)disk_du(in, "-x"));
	cr_expect_eq(bytes_of(&part, ACCOUNT_TREE) + bytes_of(&part, ACCOUNT_OUTSIDE), bytes_of(&whole, ACCOUNT_TREE));
	cr_expect(bytes_of(&part, ACCOUNT_OUTSIDE) >= (int64_t)(3 * MIB));
	cr_expect(bytes_of(&part, ACCOUNT_OUTSIDE) < (int64_t)(4 * MIB));
	cr_expect_eq(bytes_of(&part, ACCOUNT_HIDDEN), bytes_of(&whole, ACCOUNT_HIDDEN));
	account_clear(&part);

	account_clear(&whole);
	close(fd);
	whole = account(volume.point);
	cr_expect_eq(whole.lines[ACCOUNT_DELETED_OPEN].count, 0);
	adds_up(&whole);
	account_clear(&whole);
	free(in);
	free(sizes);
	volume_end(&volume);
}

Test(account, ext4)
{
	check_all("ext4", 0);
}

Test(account, xfs)
{
	check_all("xfs", 1);
}

Test(account, btrfs)
{
	check_all("btrfs", 1);
}

Test(account, tmpfs)
{
	check_all("tmpfs", 0);
}

Test(account, reserved_blocks_are_neither_used_nor_free)
{
	struct volume volume;

	if (!volume_make(&volume, "ext4", 64, "-m 20"))
		cr_skip_test("%s", volume.reason);
	struct account whole = account(volume.point);
	const struct file_system_usage *usage = &whole.fs.usage;
	struct statvfs fs;

	cr_assert_eq(statvfs(volume.point, &fs), 0);
	cr_expect_eq(usage->reserved_bytes, (fs.f_bfree - fs.f_bavail) * fs.f_frsize);
	cr_expect(usage->reserved_bytes > 10 * MIB);
	cr_expect_eq(usage->size_bytes, usage->used_bytes + usage->available_bytes + usage->reserved_bytes);
	adds_up(&whole);
	account_clear(&whole);
	volume_end(&volume);
}

/* The root of the mount is a subvolume; others are in it, and beside it. */
Test(account, subvolumes_are_one_file_system)
{
	struct volume volume;

	if (!volume_make(&volume, "btrfs", 200, NULL))
		cr_skip_test("%s", volume.reason);
	if (volume_shell(&volume, "command -v btrfs >/dev/null"))
		cr_skip_test("no btrfs program");
	cr_assert_eq(volume_shell(&volume,
	                          "btrfs -q subvolume create at/root && btrfs -q subvolume create at/home &&"
	                          "btrfs -q subvolume create at/root/nested && mkdir at/root/home &&"
	                          "head -c 10M /dev/urandom >at/root/nested/file &&"
	                          "head -c 20M /dev/urandom >at/home/file && head -c 5M /dev/urandom >at/root/file &&"
	                          "sync -f at; umount at &&"
	                          "dev=$(losetup --show -f img) &&"
	                          "mount -o subvol=root $dev at && mount -o subvol=home $dev at/home;"
	                          "losetup -d $dev"),
	             0);
	char *home = at(&volume, "at/home");
	struct account whole = account(volume.point), part = account(home);

	adds_up(&whole);
	cr_expect(bytes_of(&whole, ACCOUNT_TREE) >= (int64_t)(35 * MIB), "%lld",
	          (long long)bytes_of(&whole, ACCOUNT_TREE));
	cr_expect(bytes_of(&whole, ACCOUNT_TREE) < (int64_t)(36 * MIB));
	cr_expect_eq(bytes_of(&whole, ACCOUNT_OUTSIDE), 0);
	cr_expect(llabs(bytes_of(&whole, ACCOUNT_UNEXPLAINED)) * 100 <= (long long)whole.fs.usage.used_bytes);
	adds_up(&part);
	cr_expect(bytes_of(&part, ACCOUNT_TREE) >= (int64_t)(20 * MIB) &&
	          bytes_of(&part, ACCOUNT_TREE) < (int64_t)(21 * MIB));
	cr_expect_eq(bytes_of(&part, ACCOUNT_TREE) + bytes_of(&part, ACCOUNT_OUTSIDE), bytes_of(&whole, ACCOUNT_TREE));
	account_clear(&whole);
	account_clear(&part);
	free(home);
	volume_end(&volume);
}

/* The folder is reached by a bind mount that shows only a part: the rest is outside, found by the other mount. */
Test(account, a_bind_mount_shows_a_part)
{
	struct volume volume;

	if (!volume_make(&volume, "ext4", 64, NULL))
		cr_skip_test("%s", volume.reason);
	cr_assert_eq(volume_shell(&volume, "mkdir -p at/a/b bound && head -c 3M /dev/urandom >at/a/b/file &&"
	                                   "head -c 2M /dev/urandom >at/file && mount --bind at/a bound"),
	             0);
	char *bound = at(&volume, "bound/b");
	struct account part = account(bound);

	adds_up(&part);
	cr_expect_str_eq(part.fs.mount->root, "/a");
	cr_expect_eq(bytes_of(&part, ACCOUNT_TREE), (int64_t)disk_du(bound, "-x"));
	cr_expect(bytes_of(&part, ACCOUNT_OUTSIDE) >= (int64_t)(2 * MIB));
	cr_expect(llabs(bytes_of(&part, ACCOUNT_UNEXPLAINED)) < (long long)MIB / 8);
	account_clear(&part);
	/* When only the part is mounted the rest is nobody's to see: it is not explained. */
	cr_assert_eq(volume_shell(&volume, "umount at"), 0);
	part = account(bound);
	adds_up(&part);
	cr_expect_eq(bytes_of(&part, ACCOUNT_TREE), (int64_t)disk_du(bound, "-x"));
	cr_expect(bytes_of(&part, ACCOUNT_UNEXPLAINED) > (long long)MIB);
	account_clear(&part);
	cr_assert_eq(volume_shell(&volume, "umount bound"), 0);
	free(bound);
	volume_end(&volume);
}

Test(account, who_is_not_root_is_told_what_he_cannot_see)
{
	struct volume volume;

	if (!volume_make(&volume, "ext4", 64, NULL))
		cr_skip_test("%s", volume.reason);
	cr_assert_eq(
		volume_shell(
			&volume,
			"chmod 755 . && mkdir at/closed at/mp at/beside && head -c 5M /dev/urandom >at/closed/file &&"
			"chmod 700 at/closed at/lost+found && mount -t tmpfs t at/mp"),
		0);
	int fd = hold((struct volume[]){{.folder = volume.folder}});
	cr_assert_eq(setegid(65534) | seteuid(65534), 0);
	struct account whole = account(volume.point);
	struct buf why = {0};

	adds_up(&whole);
	cr_expect(whole.lines[ACCOUNT_HIDDEN].partial);
	cr_expect(whole.lines[ACCOUNT_DELETED_OPEN].partial);
	cr_expect_eq(whole.unreadable, 2);
	cr_assert_eq(whole.lines[ACCOUNT_UNREADABLE].count, 2);
	cr_expect_eq(bytes_of(&whole, ACCOUNT_UNREADABLE), 0);
	cr_expect(bytes_of(&whole, ACCOUNT_UNEXPLAINED) > (int64_t)(5 * MIB));
	account_explain(&whole, &why);
	cr_expect(strstr(why.data, "unreadable"));
	cr_expect(strstr(why.data, "other users"));
	buf_free(&why);
	account_clear(&whole);
	cr_assert_eq(seteuid(0) | setegid(0), 0);
	close(fd);
	volume_end(&volume);
}

/* What is known of a tree already: the same figures, without reading the disk; other file systems in it left out. */
Test(account, of_a_tree_that_is_there)
{
	struct volume volume;
	struct fs_info fs;
	struct named_bytes named;
	struct err err = {0};
	int scans = 0;

	fill(&volume, "ext4");
	cr_assert_eq(volume_shell(&volume, "head -c 3M /dev/zero >at/other/x"), 0);
	const struct scan_options options = {.counting = {.cross_fs = true}, .wake_fd = -1};
	struct scan *scan;

	cr_assert_eq(scan_it(&scans, volume.point, &options, &scan, &err), 0, "%s", err.text);
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	cr_assert_eq(file_system_read(volume.point, &fs, &err), 0);
	cr_assert_eq(named_tree(&fs, tree, DIR_ROOT, NULL, &named), 0);
	struct account told, whole = account(volume.point);

	cr_assert_eq(account_of(volume.point, &named, NULL, &told, &err), 0);
	adds_up(&told);
	for (int i = 0; i < ACCOUNT_REASONS; i++)
		cr_expect_eq(bytes_of(&told, i), bytes_of(&whole, i), "%s", account_reason_name(i));
	cr_expect_not(told.lines[ACCOUNT_OUTSIDE].partial);
	account_clear(&told);
	file_system_clear(&fs);

	/* Of a folder in it nobody knows what is outside, until somebody reads it. */
	char *in = at(&volume, "at/in");
	dir_id dir = tree_lookup(tree, "in", 2);

	cr_assert_neq(dir, DIR_NONE);
	cr_assert_eq(file_system_read(in, &fs, &err), 0);
	cr_assert_eq(named_tree(&fs, tree, dir, NULL, &named), 0);
	cr_assert_eq(account_of(in, &named, NULL, &told, &err), 0);
	adds_up(&told);
	cr_expect_eq(bytes_of(&told, ACCOUNT_TREE), (int64_t)disk_du(in, "-x"));
	cr_expect(told.lines[ACCOUNT_OUTSIDE].partial);
	cr_expect(told.why & ACCOUNT_WHY_OUTSIDE);
	account_clear(&told);
	account_clear(&whole);
	file_system_clear(&fs);
	tree_destroy(tree);
	free(in);
	volume_end(&volume);
}

static int stopped(void *context, const char *path, const struct scan_options *options, struct scan **out,
                   struct err *err)
{
	(void)context;
	(void)path;
	(void)options;
	(void)out;
	return err_set(err, -ECANCELED, "stopped");
}

Test(account, it_fails_with_a_sentence)
{
	const struct named_scanner scanner = {stopped, NULL};
	struct account account;
	struct err err = {0};

	cr_expect_eq(account_read("/no/such/folder", &scanner, NULL, &account, &err), -ENOENT);
	cr_expect(strstr(err.text, "/no/such/folder"));
	cr_expect_eq(account_read("/", &scanner, NULL, &account, &err), -ECANCELED);
	cr_expect_str_eq(err.text, "stopped");
	_Atomic bool cancel = true;
	struct named_bytes named = {.tree_known = true};

	cr_expect_eq(account_of("/", &named, &cancel, &account, &err), -ECANCELED);
}

Test(account, every_allocation_may_fail)
{
	struct volume volume;
	struct err err = {0};
	int rc = -ENOMEM;

	if (!volume_make(&volume, "tmpfs", 8, NULL))
		cr_skip_test("%s", volume.reason);
	cr_assert_eq(volume_shell(&volume, "mkdir at/mp && echo x >at/mp/x && mount -t tmpfs t at/mp"), 0);
	/* Every process of the machine is looked at, so of many allocations some must do. */
	for (long n = 0; rc == -ENOMEM; n += 1 + n / 32) {
		struct named_bytes named = {.tree_known = true, .outside_known = true};
		struct account account;

		alloc_fail_at(n, false);
		rc = account_of(volume.point, &named, NULL, &account, &err);
		alloc_fail_at(-1, false);
		cr_assert(rc == 0 || (rc == -ENOMEM && n < 100000), "%d", rc);
		if (!rc) {
			cr_expect_eq(account.lines[ACCOUNT_HIDDEN].count, 1);
			cr_expect(n > 10);
			account_clear(&account);
		}
	}
	volume_end(&volume);
}
