/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "disk.h"
#include "engine/scan/mounts.h"
#include "engine/system/fs_kind.h"
#include "private_mounts.h"

/* ---- made tables ---- */

static const char *verdict_name(enum mount_verdict verdict)
{
	return verdict == MOUNT_ENTER ? "enter" : verdict == MOUNT_OTHERFS ? ">" : verdict == MOUNT_KERNFS ? "^" : "-";
}

/* The verdict on a path below the root, by the table. */
static const char *verdict_on(const char *table, const char *root, uint64_t root_mount, struct scan_counting counting,
                              const char *path)
{
	char *file = disk_folder(), *name;
	enum mount_verdict verdict = MOUNT_NONE;

	cr_assert(asprintf(&name, "%s/table", file) > 0);
	FILE *out = fopen(name, "w");

	cr_assert(out && fputs(table, out) >= 0 && !fclose(out));
	struct mounts *mounts = mounts_read(root, makedev(8, 1), root_mount, &counting, name);

	cr_assert_not_null(mounts);
	mount_node node = mounts_find(mounts, "");

	while (*path && node) {
		size_t length = strcspn(path, "/");

		node = mounts_child(mounts, node, path, length, &verdict);
		path += length;
		path += *path == '/';
	}
	if (!node)
		verdict = MOUNT_NONE;
	mounts_free(mounts);
	free(name);
	disk_remove(file);
	return verdict_name(verdict);
}

static const char usual[] =
	"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	"21 20 0:4 / /proc rw - proc proc rw\n"
	"22 20 0:5 / /sys rw - sysfs sysfs rw\n"
	"23 22 0:6 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n"
	"24 20 0:7 / /tmp rw - tmpfs tmpfs rw\n"
	"25 20 8:2 / /home rw - ext4 /dev/sda2 rw\n"
	"26 25 0:8 / /home/ana/remote rw shared:1 - nfs4 server:/x rw\n"
	"27 25 0:9 / /home/a\\040b rw - fuse.sshfs host: rw\n"
	"28 20 0:10 / /misc rw - autofs auto rw\n"
	"29 20 8:1 /var/lib /srv/lib rw - ext4 /dev/sda1 rw\n";

Test(mounts, by_kind)
{
	struct scan_counting plain = {0};

	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "proc"), "^");
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "sys"), "^");
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "tmp"), ">");
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "home"), "enter");
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "home/ana"), "-");
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "home/ana/remote"), ">");
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "home/a b"), ">");
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "misc"), ">");
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "usr"), "-");
	cr_assert_str_eq(verdict_on(usual, "/home", 25, plain, "ana/remote"), ">");
	cr_assert_str_eq(verdict_on(usual, "/home", 0, plain, "ana/remote"), ">");
	cr_assert_str_eq(verdict_on(usual, "/", 20, (struct scan_counting){ .kernfs = true }, "proc"), "enter");
	cr_assert_str_eq(verdict_on(usual, "/", 20, (struct scan_counting){ .cross_fs = true }, "tmp"), "enter");
	cr_assert_str_eq(verdict_on(usual, "/", 20, (struct scan_counting){ .cross_fs = true }, "proc"), "^");
	cr_assert_str_eq(verdict_on(usual, "/", 20, (struct scan_counting){ .same_fs = true }, "home"), ">");
	cr_assert_str_eq(verdict_on("", "/", 20, plain, "proc"), "-");
	cr_assert_str_eq(verdict_on("nonsense\n1 2\n\n1 2 3 4 5 6 7\n", "/", 20, plain, "proc"), "-");
}

/* Numbers from linux/magic.h: who may make up folders, and whose inodes say nothing. */
Test(mounts, kinds_by_magic)
{
	static const uint64_t remote[] = {0x6969, 0x01021997, 0x65735546, 0xff534d42, 0xfe534d42, 0x517b,
	                                  0x00c36400, 0x5346414f, 0x6b414653, 0x73757245, 0x564c, 0x6a656a63};
	static const uint64_t fleeting[] = {0x4d44, 0x2011bab0, 0x65735546, 0x794c7630, 0x01021997, 0x53464846};
	static const uint64_t plain[] = {0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x9fa0, 0};

	for (size_t i = 0; i < sizeof(remote) / sizeof(*remote); i++)
		cr_expect(fs_kind_is_remote(remote[i]), "%#jx", (uintmax_t)remote[i]);
	for (size_t i = 0; i < sizeof(fleeting) / sizeof(*fleeting); i++)
		cr_expect(fs_kind_is_fleeting(fleeting[i]), "%#jx", (uintmax_t)fleeting[i]);
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		cr_expect(!fs_kind_is_remote(plain[i]) && !fs_kind_is_fleeting(plain[i]), "%#jx", (uintmax_t)plain[i]);
	cr_expect(!fs_kind_is_fleeting(0x6969) && !fs_kind_is_remote(0x794c7630));
}

Test(mounts, bind_mounts_count_once)
{
	struct scan_counting plain = {0};

	/* Of the root's own files. */
	cr_assert_str_eq(verdict_on(usual, "/", 20, plain, "srv/lib"), ">");
	/* Seen from /srv it is nothing that is in the tree already. */
	cr_assert_str_eq(verdict_on(usual, "/srv", 20, plain, "lib"), "enter");
	/* Seen from inside the original, its own wins. */
	static const char inside[] =
		"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		"30 20 8:1 / /var/lib/all rw - ext4 /dev/sda1 rw\n"
		"31 20 8:1 /var/lib/x /var/lib/y rw - ext4 /dev/sda1 rw\n";

	cr_assert_str_eq(verdict_on(inside, "/var/lib", 20, plain, "all"), ">");
	cr_assert_str_eq(verdict_on(inside, "/var/lib", 20, plain, "y"), ">");

	/* Bound to the place where it is anyway, once and within that again: it is met once. */
	static const char itself[] =
		"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		"30 20 8:1 /opt /opt rw - ext4 /dev/sda1 rw\n"
		"31 30 8:1 /opt/in /opt/in rw - ext4 /dev/sda1 rw\n"
		"32 20 8:1 /opt /opter rw - ext4 /dev/sda1 rw\n";

	cr_assert_str_eq(verdict_on(itself, "/", 20, plain, "opt"), "enter");
	cr_assert_str_eq(verdict_on(itself, "/", 20, plain, "opt/in"), "enter");
	cr_assert_str_eq(verdict_on(itself, "/", 20, plain, "opter"), ">");

	/* Two of another device: the outer one, then the bytewise smaller place. */
	static const char two[] =
		"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		"30 20 8:2 /data/deep /a rw - ext4 /dev/sda2 rw\n"
		"31 20 8:2 /data /b rw - ext4 /dev/sda2 rw\n"
		"32 20 8:2 /other /c rw - ext4 /dev/sda2 rw\n"
		"33 20 8:2 /data /d rw - ext4 /dev/sda2 rw\n"
		"34 20 8:2 /database /e rw - ext4 /dev/sda2 rw\n";

	cr_assert_str_eq(verdict_on(two, "/", 20, plain, "a"), ">");
	cr_assert_str_eq(verdict_on(two, "/", 20, plain, "b"), "enter");
	cr_assert_str_eq(verdict_on(two, "/", 20, plain, "c"), "enter");
	cr_assert_str_eq(verdict_on(two, "/", 20, plain, "d"), ">");
	cr_assert_str_eq(verdict_on(two, "/", 20, plain, "e"), "enter");
}

Test(mounts, hidden_and_out_of_reach_ones_win_nothing)
{
	struct scan_counting plain = {0};
	static const char covered[] =
		"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		"30 20 8:2 / /a/x rw - ext4 /dev/sda2 rw\n"
		"31 20 8:3 / /a rw - ext4 /dev/sda3 rw\n"
		"32 20 8:2 / /b rw - ext4 /dev/sda2 rw\n"
		"33 20 8:4 / /s rw - ext4 /dev/sda4 rw\n"
		"34 33 0:7 / /s rw - tmpfs tmpfs rw\n";

	cr_assert_str_eq(verdict_on(covered, "/", 20, plain, "a"), "enter");
	cr_assert_str_eq(verdict_on(covered, "/", 20, plain, "a/x"), "-");
	cr_assert_str_eq(verdict_on(covered, "/", 20, plain, "b"), "enter");
	cr_assert_str_eq(verdict_on(covered, "/", 20, plain, "s"), ">");

	static const char behind[] =
		"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		"30 20 0:7 / /a rw - tmpfs tmpfs rw\n"
		"31 30 8:2 / /a/x rw - ext4 /dev/sda2 rw\n"
		"32 20 8:2 /sub /b rw - ext4 /dev/sda2 rw\n";

	cr_assert_str_eq(verdict_on(behind, "/", 20, plain, "b"), "enter");
	cr_assert_str_eq(verdict_on(behind, "/", 20, (struct scan_counting){ .cross_fs = true }, "b"), ">");
}

/* ---- real mounts, in a mount namespace of this process ---- */

static void mount_it(const char *type, const char *source, const char *folder, const char *name, unsigned long flags)
{
	char *path;

	cr_assert(asprintf(&path, "%s/%s", folder, name) > 0);
	cr_assert_eq(mount(source, path, type, flags, NULL), 0, "%s: %s", path, strerror(errno));
	free(path);
}

static void unmount(const char *folder, const char *name)
{
	char *path;

	cr_assert(asprintf(&path, "%s/%s", folder, name) > 0);
	cr_assert_eq(umount2(path, MNT_DETACH), 0);
	free(path);
}

static struct tree *read_folder(const char *folder, struct scan_counting counting)
{
	struct scan_options options = { .threads = 2, .wake_fd = -1, .counting = counting };
	struct err err = { "" };
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static struct node node_at(const struct tree *tree, const char *name)
{
	struct node node;
	int64_t row = tree_find(tree, DIR_ROOT, name, strlen(name));

	cr_assert(row >= 0, "%s", name);
	tree_node(tree, tree_block(tree, DIR_ROOT), (uint32_t)row, &node);
	return node;
}

Test(mounts, real_ones)
{
	char *folder = disk_folder(), *path;
	dir_id fresh;

	int rc = private_mounts();

	if (rc) {
		disk_remove(folder);
		cr_skip_test("no mount namespace: %s", strerror(-rc));
	}
	/* A mount of its own: in a chroot that of `/` is not listed. */
	cr_assert_eq(mount(folder, folder, NULL, MS_BIND, NULL), 0);
	disk_dir(folder, "memory");
	disk_dir(folder, "kernel");
	disk_dir(folder, "data");
	disk_dir(folder, "again");
	disk_file(folder, "data/file", 50000);
	cr_assert(asprintf(&path, "%s/data", folder) > 0);
	mount_it("tmpfs", "none", folder, "memory", 0);
	mount_it("proc", "none", folder, "kernel", 0);
	mount_it(NULL, path, folder, "again", MS_BIND);
	disk_file(folder, "memory/inside", 70000);

	struct tree *tree = read_folder(folder, (struct scan_counting){0});
	struct node node = node_at(tree, "memory");

	cr_assert(node.flags & ROW_OTHERFS);
	cr_assert(node.dir == DIR_NONE && node.alloc_bytes == 0);
	cr_assert(node_at(tree, "kernel").flags & ROW_KERNFS);
	cr_assert(node_at(tree, "again").flags & ROW_OTHERFS);
	cr_assert_eq(node_at(tree, "data").items, 1);
	cr_assert_eq(disk_consistent(tree), 0);

	/* Entered on demand, across the mount. */
	struct scan_options options = { .threads = 2, .wake_fd = -1, .counting = { .cross_fs = true } };
	int64_t row = tree_find(tree, DIR_ROOT, "memory", 6);
	struct node before, after;

	tree_dir_node(tree, DIR_ROOT, &before);
	cr_assert_eq(scan_again(tree, DIR_ROOT, row, &options, NULL, &fresh), 0);
	node = node_at(tree, "memory");
	tree_dir_node(tree, DIR_ROOT, &after);
	cr_assert(node.dir == fresh && node.items == 1 && node.dir_flags & DIR_MOUNT && !(node.flags & ROW_LEAF));
	cr_assert_eq(after.alloc_bytes, before.alloc_bytes + node.alloc_bytes);
	cr_assert_eq(after.items, before.items + 1);
	cr_assert_eq(after.files, before.files + 1);
	cr_assert_eq(disk_consistent(tree), 0);
	cr_assert_eq(scan_again(tree, DIR_ROOT, row, &options, NULL, &fresh), -EINVAL, "no leaf any more");

	/* The same as if it had been crossed from the start. */
	struct tree *crossed = read_folder(folder, (struct scan_counting){ .cross_fs = true });

	cr_assert_eq(disk_compare(crossed, tree, false), 0);
	tree_destroy(crossed);
	tree_destroy(tree);

	tree = read_folder(folder, (struct scan_counting){ .same_fs = true });
	cr_assert(node_at(tree, "memory").flags & ROW_OTHERFS);
	cr_assert(node_at(tree, "kernel").flags & (ROW_OTHERFS | ROW_KERNFS));
	tree_destroy(tree);

	/* The root itself is always entered. */
	free(path);
	cr_assert(asprintf(&path, "%s/memory", folder) > 0);
	tree = read_folder(path, (struct scan_counting){0});
	tree_dir_node(tree, DIR_ROOT, &node);
	cr_assert_eq(node.items, 1);
	tree_destroy(tree);
	free(path);
	unmount(folder, "again");
	unmount(folder, "kernel");
	unmount(folder, "memory");
	umount2(folder, MNT_DETACH);
	disk_remove(folder);
}
