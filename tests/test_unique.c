/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "disk.h"
#include "engine/tree/build.h"
#include "engine/image/image.h"
#include "engine/scan/scan.h"
#include "engine/tree/tree_state.h"
#include "private_mounts.h"

/* Names that come twice, and folders that contain themselves. */

static void expect(const struct tree *tree, const char *relative, uint64_t apparent_bytes, uint64_t items)
{
	dir_id dir = tree_lookup(tree, relative, strlen(relative));
	struct node node;

	cr_assert_neq(dir, DIR_NONE, "%s", relative);
	tree_dir_node(tree, dir, &node);
	cr_expect_eq(node.apparent_bytes, apparent_bytes, "%s: %" PRIu64, relative, node.apparent_bytes);
	cr_expect_eq(node.items, items, "%s: %" PRIu64, relative, node.items);
}

static void add(struct build *build, const char *name, uint64_t bytes)
{
	const struct build_entry entry = {.name = name,
	                                  .name_length = strlen(name),
	                                  .type = NODE_REG,
	                                  .apparent_bytes = bytes,
	                                  .nlink = 1};

	cr_assert_eq(build_file(build, &entry), 0);
}

static void enter(struct build *build, const char *name)
{
	const struct build_entry entry = {.name = name,
	                                  .name_length = strlen(name),
	                                  .type = NODE_DIR,
	                                  .ino = 7,
	                                  .nlink = 1};

	cr_assert_eq(build_enter(build, &entry), 0);
}

/* In small directories and in large ones, whose table is another; with names that look like numbered ones already. */
Test(unique, names_of_an_import)
{
	const struct build_entry root = {.name = "",
	                                 .type = NODE_DIR,
	                                 .ino = 1,
	                                 .nlink = 1,
	                                 .extended = {.uid = 5, .known = true}};
	struct build *build = build_create("/x", &root);
	char longest[256], name[32];
	dir_id where;

	memset(longest, 'n', 255);
	longest[255] = '\0';
	for (int copy = 0; copy < 3; copy++) {
		add(build, "a", 1);
		add(build, "a (2)", 10);
		add(build, longest, 100);
	}
	for (int copy = 0; copy < 2; copy++) {
		enter(build, "d");
		add(build, "f", 1000);
		cr_assert_eq(build_leave(build), 0);
	}
	enter(build, "large");
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "%d", i % 4999);
		add(build, name, 1);
	}
	cr_assert_eq(build_leave(build), 0);
	struct tree *tree = build_finish(build);
	struct image *image = tree ? image_from_tree(tree) : NULL;

	cr_assert_not_null(image);
	expect(tree, "", 333 + 2000 + 5000, 9 + 4 + 5001);
	expect(tree, "d", 1000, 1);
	expect(tree, "d (2)", 1000, 1);
	expect(tree, "large", 5000, 5000);
	cr_expect_eq(tree_find(tree, DIR_ROOT, "a (2)", 5) >= 0, 1);
	cr_expect_geq(tree_find(tree, DIR_ROOT, "a (3)", 5), 0);
	cr_expect_geq(tree_find(tree, DIR_ROOT, "a (4)", 5), 0);
	cr_expect_geq(tree_find(tree, DIR_ROOT, "a (2) (2)", 9), 0);
	cr_expect_geq(tree_find(tree, tree_lookup(tree, "large", 5), "0 (2)", 5), 0);
	cr_expect_eq(tree_oddities(tree, TREE_LISTED_TWICE, &where), 8);
	cr_expect_eq(disk_consistent(tree), 0);
	image_free(image);
	tree_destroy(tree);
}

/* ---- a file system of our own ---- */

/*
 * Every directory holds the same: `twice`, a file that is listed twice; `both`, a directory that is listed twice and
 * holds `in`; and `self`, which says that it is the root.  A node's number is its depth and its kind.
 */
enum kind { ROOT = 1, TWICE, BOTH, IN };

static void attributes(uint64_t node, struct fuse_attr *attr)
{
	enum kind kind = node & 15;

	*attr = (struct fuse_attr){
		.ino = kind, .size = kind == TWICE ? 1000 : kind == IN ? 30 : 0, .blocks = kind == IN ? UINT64_MAX : 8,
		.mode = kind == ROOT || kind == BOTH ? S_IFDIR | 0755 : S_IFREG | 0644, .nlink = 1, .blksize = 512,
	};
}

static uint64_t find(uint64_t node, const char *name)
{
	uint64_t below = ((node >> 4) + 1) << 4;

	if ((node & 15) == BOTH)
		return strcmp(name, "in") ? 0 : below | IN;
	return !strcmp(name, "twice") ? below | TWICE
	     : !strcmp(name, "both")  ? below | BOTH
	     : !strcmp(name, "self")  ? below | ROOT
	                              : 0;
}

static size_t list(uint64_t node, char *out)
{
	static const char *const root[] = {"twice", "both", "self", "twice", "both", NULL}, *const both[] = {"in",
	                                                                                                     NULL};
	size_t length = 0;

	for (const char *const *name = (node & 15) == BOTH ? both : root; *name; name++) {
		struct fuse_dirent entry = {.ino = find(node, *name) & 15,
		                            .off = length + 1,
		                            .namelen = (uint32_t)strlen(*name),
		                            .type = 0};

		memcpy(out + length, &entry, FUSE_NAME_OFFSET);
		memcpy(out + length + FUSE_NAME_OFFSET, *name, entry.namelen);
		length += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + entry.namelen);
	}
	return length;
}

static size_t answer(const struct fuse_in_header *in, const void *body, char *out, int *error)
{
	switch (in->opcode) {
	case FUSE_INIT:
		*(struct fuse_init_out *)out = (struct fuse_init_out){.major = FUSE_KERNEL_VERSION,
		                                                      .minor = 31,
		                                                      .max_write = 4096};
		return sizeof(struct fuse_init_out);
	case FUSE_LOOKUP: {
		struct fuse_entry_out *entry = (struct fuse_entry_out *)out;

		*entry = (struct fuse_entry_out){ .nodeid = find(in->nodeid, body) };
		attributes(entry->nodeid, &entry->attr);
		*error = entry->nodeid ? 0 : -ENOENT;
		return sizeof *entry;
	}
	case FUSE_GETATTR:
		*(struct fuse_attr_out *)out = (struct fuse_attr_out){0};
		attributes(in->nodeid, &((struct fuse_attr_out *)out)->attr);
		return sizeof(struct fuse_attr_out);
	case FUSE_OPENDIR:
		*(struct fuse_open_out *)out = (struct fuse_open_out){0};
		return sizeof(struct fuse_open_out);
	case FUSE_READDIR:
		return ((const struct fuse_read_in *)body)->offset ? 0 : list(in->nodeid, out);
	case FUSE_STATFS:
		memset(out, 0, sizeof(struct fuse_statfs_out));
		return sizeof(struct fuse_statfs_out);
	case FUSE_RELEASEDIR:
		return 0;
	default:
		*error = -ENOSYS;
		return 0;
	}
}

static void serve(int fd)
{
	static char in[65536] __attribute__((aligned(8))), out[8192] __attribute__((aligned(8)));

	while (read(fd, in, sizeof in) > 0) {
		const struct fuse_in_header *header = (const struct fuse_in_header *)in;
		struct fuse_out_header *reply = (struct fuse_out_header *)out;
		int error = 0;

		if (header->opcode == FUSE_FORGET || header->opcode == FUSE_BATCH_FORGET)
			continue;
		size_t length = answer(header, header + 1, out + sizeof *reply, &error);

		*reply = (struct fuse_out_header){.len = (uint32_t)(sizeof *reply + (error ? 0 : length)),
		                                  .error = error,
		                                  .unique = header->unique};
		if (write(fd, out, reply->len) < 0 && errno != ENOENT && errno != EINTR)
			break;
	}
}

static struct tree *scan_folder(const char *folder)
{
	struct scan_options options = { .threads = 3, .wake_fd = -1 };
	struct err err = { "" };
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

Test(unique, a_file_system_that_repeats_itself)
{
	char *folder = disk_folder(), options[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	dir_id where;

	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (fd < 0 || private_mounts() || mount("test", folder, "fuse.test", MS_NOSUID | MS_NODEV, options)) {
		disk_remove(folder);
		cr_skip_test("/dev/fuse cannot be used here");
	}
	pid_t child = fork();

	if (!child) {
		serve(fd);
		_exit(0);
	}
	close(fd);
	struct tree *tree = scan_folder(folder);

	expect(tree, "", 2 * 1000 + 2 * 30, 7);
	expect(tree, "both", 30, 1);
	expect(tree, "both (2)", 30, 1);
	expect(tree, "self", 0, 0);
	cr_expect_eq(tree_oddities(tree, TREE_LISTED_TWICE, &where), 2);
	cr_expect_eq(where, DIR_ROOT);
	cr_expect_eq(tree_oddities(tree, TREE_CONTAINS_ITSELF, &where), 1);
	struct node self, root;

	tree_dir_node(tree, tree_lookup(tree, "self", 4), &self);
	tree_dir_node(tree, DIR_ROOT, &root);
	cr_expect(self.dir_flags & DIR_LOOP && self.dir_flags & DIR_READ_ERROR);
	cr_expect_eq(root.errors, 1);
	/* `in` says that it takes −1 blocks. */
	cr_expect_eq(root.alloc_bytes, 5 * 4096);
	cr_expect_eq(disk_consistent(tree), 0);
	struct image *image = image_from_tree(tree);

	cr_expect_not_null(image);
	image_free(image);
	/* Opened again by the name that its file system knows. */
	dir_id fresh;

	cr_expect_eq(scan_again(tree, tree_lookup(tree, "both (2)", 8), -1,
	                        &(struct scan_options){.threads = 1, .wake_fd = -1}, NULL, &fresh),
	             0);
	expect(tree, "both (2)", 30, 1);
	expect(tree, "", 2 * 1000 + 2 * 30, 7);
	tree_destroy(tree);
	umount2(folder, MNT_DETACH);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	disk_remove(folder);
}
