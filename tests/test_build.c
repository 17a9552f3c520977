/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/tree/build.h"
#include "engine/image/image.h"
#include "engine/scan/scan.h"
#include "spec.h"

static struct build_entry file_entry(const char *name, uint64_t bytes)
{
	return (struct build_entry){.name = name,
	                            .name_length = strlen(name),
	                            .type = NODE_REG,
	                            .alloc_bytes = bytes,
	                            .apparent_bytes = bytes,
	                            .nlink = 1};
}

static struct build_entry dir_entry(const char *name)
{
	return (struct build_entry){.name = name,
	                            .name_length = strlen(name),
	                            .type = NODE_DIR,
	                            .alloc_bytes = 4096,
	                            .apparent_bytes = 40,
	                            .nlink = 1};
}

static struct build *start(void)
{
	struct build_entry root = dir_entry("");
	struct build *build = build_create("/r", &root);

	cr_assert_not_null(build);
	return build;
}

static void check_against(const struct spec *spec, const struct tree *tree)
{
	for (int i = 0; i < spec->count; i++) {
		if (!spec_there(spec, i) || !spec_is_dir(spec, i))
			continue;
		const char *path = spec_path(spec, i);
		dir_id dir = tree_lookup(tree, path, strlen(path));
		struct spec_sums sums;
		struct node node;
		struct buf relative = {0};

		cr_assert_neq(dir, DIR_NONE, "%s", path);
		spec_sums(spec, i, &sums);
		tree_dir_node(tree, dir, &node);
		cr_assert(node.complete, "%s", path);
		cr_assert(node.alloc_bytes == sums.alloc_bytes && node.apparent_bytes == sums.apparent_bytes,
		          "%s: %lu %lu", path, node.alloc_bytes, sums.alloc_bytes);
		cr_assert(node.items == sums.items && node.files == sums.files && node.errors == sums.errors, "%s",
		          path);
		cr_assert_eq(tree_direct_bytes(tree, dir), sums.direct_bytes, "%s", path);
		cr_assert_eq(tree_relative(tree, dir, &relative), 0);
		cr_assert_str_eq(relative.data ? relative.data : "", path);
		buf_free(&relative);
	}
}

Test(build, random_trees_sum_up)
{
	for (uint64_t seed = 0; seed < 150; seed++) {
		struct spec spec;

		spec_init(&spec, seed, 10 + (int)seed, SPEC_LINKS | SPEC_ERRORS | SPEC_MOUNTS);
		struct tree *tree = spec_tree(&spec, seed);

		check_against(&spec, tree);
		tree_destroy(tree);
		spec_free(&spec);
	}
}

static void root_print(const struct spec *spec, uint64_t shuffle, uint64_t out[2])
{
	struct tree *tree = spec_tree(spec, shuffle);

	tree_fingerprint(tree, DIR_ROOT, out);
	tree_destroy(tree);
}

Test(build, fingerprints_ignore_order_and_see_changes)
{
	struct spec spec;
	uint64_t first[2], other[2];

	spec_init(&spec, 99, 120, SPEC_LINKS | SPEC_ERRORS);
	root_print(&spec, 1, first);
	for (uint64_t shuffle = 2; shuffle < 20; shuffle++) {
		root_print(&spec, shuffle, other);
		cr_assert(memcmp(first, other, sizeof(first)) == 0);
	}
	for (int i = 1; i < spec.count; i++) {
		if (!spec_there(&spec, i) || spec.nodes[i].flags)
			continue;
		struct spec_node saved = spec.nodes[i];

		for (int change = 0; change < 4; change++) {
			struct spec_node *node = &spec.nodes[i];

			if (change == 0 && node->nlink > 1)
				continue; /* would change in one name only */
			switch (change) {
			case 0: node->alloc_bytes += 512; break;
			case 1: node->mtime_ns += 1000000000; break;
			case 2: strcat(node->name, "x"); break;
			case 3: node->gone = true; break;
			}
			root_print(&spec, 1, other);
			cr_assert(memcmp(first, other, sizeof(first)) != 0, "node %d change %d", i, change);
			*node = saved;
		}
	}
	spec_free(&spec);
}

Test(build, images_of_trees)
{
	for (uint64_t seed = 0; seed < 100; seed++) {
		struct spec spec;
		uint32_t dirs = 0;

		spec_init(&spec, seed + 1000, 20 + 2 * (int)seed, SPEC_LINKS | SPEC_ERRORS | SPEC_MOUNTS);
		struct tree *tree = spec_tree(&spec, seed);
		struct image *image = image_from_tree(tree);

		cr_assert_not_null(image);
		cr_assert_str_eq(image->root_path, "/spec");
		for (int i = 0; i < spec.count; i++) {
			if (!spec_there(&spec, i) || !spec_is_dir(&spec, i))
				continue;
			const char *path = spec_path(&spec, i);
			uint32_t at = image_lookup(image, path, strlen(path));
			struct spec_sums sums;
			uint64_t print[2];

			dirs++;
			cr_assert_neq(at, IMAGE_NONE, "%s", path);
			cr_assert_eq(image->dir[at], tree_lookup(tree, path, strlen(path)));
			spec_sums(&spec, i, &sums);
			tree_fingerprint(tree, image->dir[at], print);
			cr_assert(memcmp(image->fingerprint[at], print, sizeof(print)) == 0);
			cr_assert(image->alloc_bytes[at] == sums.alloc_bytes &&
			          image->apparent_bytes[at] == sums.apparent_bytes);
			cr_assert(image->items[at] == sums.items && image->files[at] == sums.files &&
			          image->errors[at] == sums.errors);
			cr_assert(image_direct_bytes(image, at) == sums.direct_bytes &&
			                  image->child_count[at] == sums.child_count,
			          "%s", path);
			cr_assert(image->own_bytes[at] == spec.nodes[i].alloc_bytes &&
			          image->own_apparent_bytes[at] == spec.nodes[i].apparent_bytes);
			cr_assert(image->ino[at] == spec.nodes[i].ino &&
			          image->mtime_ns[at] == spec.nodes[i].mtime_ns && image->birth[at] != 0);
			cr_assert_eq(image->flags[at], spec.nodes[i].dir_flags);
			if (at) {
				uint32_t parent = image->parent[at];

				cr_assert(parent < at && image->end[at] <= image->end[parent]);
				cr_assert_eq(image->dir[parent], tree_cold(tree, image->dir[at])->parent);
			}
		}
		cr_assert_eq(image->count, dirs);
		image_free(image);
		tree_destroy(tree);
		spec_free(&spec);
	}
}

Test(build, refuses_bad_names)
{
	struct build *build = start();
	char longest[257];
	static const struct {
		const char *name;
		size_t length;
	} bad[] = { { "", 0 }, { ".", 1 }, { "..", 2 }, { "a/b", 3 }, { "a\0b", 3 }, { "/", 1 } };
	struct build_entry entry = file_entry("a", 512);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		entry.name = bad[i].name;
		entry.name_length = bad[i].length;
		cr_expect_eq(build_file(build, &entry), -EINVAL);
		entry.type = NODE_DIR;
		cr_expect_eq(build_enter(build, &entry), -EINVAL);
		entry.type = NODE_REG;
	}
	memset(longest, 'x', 256);
	longest[256] = '\0';
	entry.name = longest;
	entry.name_length = 256;
	cr_expect_eq(build_file(build, &entry), -EINVAL);
	entry.name_length = 255;
	cr_expect_eq(build_file(build, &entry), 0);
	entry.name = "...";
	entry.name_length = 3;
	cr_expect_eq(build_file(build, &entry), 0);

	entry = dir_entry("d");
	cr_expect_eq(build_enter(build, &entry), 0);
	cr_expect_eq(build_depth(build), 2);
	cr_expect_eq(build_file(build, &entry), 0, "a name may come again one level down");
	cr_expect_eq(build_leave(build), 0);
	entry.type = NODE_REG;
	cr_expect_eq(build_enter(build, &entry), -EINVAL, "not a directory");

	struct tree *tree = build_finish(build);
	struct node node;

	cr_assert_not_null(tree);
	tree_dir_node(tree, DIR_ROOT, &node);
	cr_expect_eq(node.items, 4);
	cr_expect_eq(node.files, 2);
	tree_destroy(tree);
}

Test(build, many_duplicates_in_a_huge_directory, .timeout = 30)
{
	enum { ENTRIES = 300000 };
	struct build *build = start();
	struct node node;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < ENTRIES; i++) {
			char name[32];

			sprintf(name, "entry-%d", i);
			struct build_entry entry = file_entry(name, 512);

			cr_assert_eq(build_file(build, &entry), 0);
		}
	}
	struct tree *tree = build_finish(build);

	cr_assert_not_null(tree);
	tree_dir_node(tree, DIR_ROOT, &node);
	cr_expect_eq(node.items, 2 * ENTRIES);
	cr_expect_eq(node.alloc_bytes, 4096 + 2 * 512 * ENTRIES);
	cr_expect_geq(tree_find(tree, DIR_ROOT, "entry-299999 (2)", 16), 0);
	tree_destroy(tree);
}

Test(build, deep, .timeout = 60)
{
	enum { DEPTH = 100000 };
	struct build *build = start();
	struct build_entry dir = dir_entry("d"), file = file_entry("f", 512);
	struct node node;

	for (int i = 1; i <= DEPTH; i++) {
		dir.dir_flags = i % 2 ? DIR_READ_ERROR : 0;
		cr_assert_eq(build_enter(build, &dir), 0);
		cr_assert_eq(build_file(build, &file), 0);
	}
	cr_expect_eq(build_depth(build), DEPTH + 1);
	struct tree *tree = build_finish(build);

	cr_assert_not_null(tree);
	tree_dir_node(tree, DIR_ROOT, &node);
	cr_expect(node.complete);
	cr_expect_eq(node.items, 2 * DEPTH);
	cr_expect_eq(node.alloc_bytes, 4096ull + DEPTH * (4096ull + 512));
	cr_expect_eq(node.errors, DEPTH / 2);
	struct image *image = image_from_tree(tree);

	cr_assert_not_null(image);
	cr_expect_eq(image->count, DEPTH + 1);
	cr_expect_eq(image->items[DEPTH - 1], 3);
	cr_expect_eq(image->errors[DEPTH - 1], 1);
	image_free(image);
	tree_destroy(tree);
}

Test(build, errors_count_once)
{
	struct build *build = start();
	struct build_entry dir = dir_entry("d"), leaf = dir_entry("leaf");
	struct node node;

	dir.dir_flags = DIR_READ_ERROR;
	cr_assert_eq(build_enter(build, &dir), 0);
	leaf.flags = ROW_ERROR;
	cr_assert_eq(build_file(build, &leaf), 0);
	cr_assert_eq(build_leave(build), 0);
	leaf.flags = ROW_EXCLUDED;
	cr_assert_eq(build_file(build, &leaf), 0);
	struct tree *tree = build_finish(build);

	cr_assert_not_null(tree);
	tree_dir_node(tree, DIR_ROOT, &node);
	cr_expect_eq(node.errors, 2);
	cr_expect_eq(node.alloc_bytes, 8192, "leaves have no figures");
	tree_dir_node(tree, tree_lookup(tree, "d", 1), &node);
	cr_expect_eq(node.errors, 2);
	cr_expect(node.dir_flags & DIR_READ_ERROR);
	cr_expect_eq(tree_lookup(tree, "leaf", 4), DIR_NONE);
	tree_destroy(tree);
}

Test(build, keeps_owners)
{
	struct build_entry root = dir_entry(""), file = file_entry("f", 512);

	root.extended = (struct node_extended){ .uid = 1, .gid = 2, .mode = 040755, .known = true };
	file.extended = (struct node_extended){ .uid = 1000, .gid = 100, .mode = 0100644, .known = true };
	struct build *build = build_create("/r", &root);

	cr_assert_not_null(build);
	cr_assert_eq(build_file(build, &file), 0);
	struct tree *tree = build_finish(build);
	struct node_extended got;

	cr_assert_not_null(tree);
	tree_extended_root(tree, &got);
	cr_expect(got.known && got.uid == 1 && got.gid == 2 && got.mode == 040755);
	tree_extended(tree, tree_block(tree, DIR_ROOT), 0, &got);
	cr_expect(got.known && got.uid == 1000 && got.gid == 100 && got.mode == 0100644);
	tree_destroy(tree);
}

Test(build, survives_no_memory)
{
	for (long n = 0;; n++) {
		struct build_entry root = dir_entry(""), dir = dir_entry("d");
		struct tree *tree = NULL;
		struct image *image = NULL;

		alloc_fail_at(n, false);
		struct build *build = build_create("/r", &root);
		int rc = build ? 0 : -errno;

		for (int i = 0; i < 40 && !rc; i++) {
			char name[16];

			sprintf(name, "f%d", i);
			struct build_entry file = file_entry(name, 1);

			file.nlink = 2;
			file.ino = 7 + (uint64_t)i % 3;
			rc = build_file(build, &file);
			if (!rc && i % 4 == 0)
				rc = build_enter(build, &dir);
		}
		if (rc) {
			build_destroy(build);
		} else {
			tree = build_finish(build);
			rc = tree ? 0 : -errno;
			if (tree) {
				image = image_from_tree(tree);
				rc = image ? 0 : -errno;
			}
		}
		bool done = alloc_count() <= n;

		alloc_fail_at(-1, false);
		cr_assert(rc == (done ? 0 : -ENOMEM), "%ld: %d", n, rc);
		image_free(image);
		tree_destroy(tree);
		if (done)
			break;
	}
}

/* ---- the same entries from a disk ---- */

static void build_from_disk(struct build *build, int fd)
{
	DIR *stream = fdopendir(fd);

	cr_assert_not_null(stream);
	for (struct dirent *dirent; (dirent = readdir(stream));) {
		struct statx st;

		if (strcmp(dirent->d_name, ".") == 0 || strcmp(dirent->d_name, "..") == 0)
			continue;
		cr_assert_eq(statx(fd, dirent->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &st), 0);
		struct build_entry entry = {
			.name = dirent->d_name,
			.name_length = strlen(dirent->d_name),
			.alloc_bytes = st.stx_blocks * 512,
			.apparent_bytes = st.stx_size,
			.mtime_ns = st.stx_mtime.tv_sec * 1000000000 + st.stx_mtime.tv_nsec,
			.ctime_ns = st.stx_ctime.tv_sec * 1000000000 + st.stx_ctime.tv_nsec,
			.birth_ns = st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec,
			.ino = st.stx_ino,
			.nlink = st.stx_nlink,
			.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		};

		entry.type = S_ISDIR(st.stx_mode) ? NODE_DIR
		           : S_ISREG(st.stx_mode) ? NODE_REG
		           : S_ISLNK(st.stx_mode) ? NODE_SYMLINK
		                                  : NODE_SPECIAL;
		if (entry.type != NODE_DIR) {
			cr_assert_eq(build_file(build, &entry), 0);
			continue;
		}
		int child = openat(fd, dirent->d_name, O_RDONLY | O_DIRECTORY);

		cr_assert(child >= 0);
		entry.nlink = 1;
		cr_assert_eq(build_enter(build, &entry), 0);
		build_from_disk(build, child);
		cr_assert_eq(build_leave(build), 0);
	}
	closedir(stream);
}

static void make_file(int dir, const char *name, size_t bytes)
{
	static const char zeros[8192];
	int fd = openat(dir, name, O_CREAT | O_EXCL | O_WRONLY, 0600);

	cr_assert(fd >= 0);
	for (size_t left = bytes; left;) {
		ssize_t wrote = write(fd, zeros, left < sizeof(zeros) ? left : sizeof(zeros));

		cr_assert(wrote > 0);
		left -= (size_t)wrote;
	}
	close(fd);
}

Test(build, is_what_a_scan_makes)
{
	const char *tmp = getenv("TMPDIR");
	char path[512], command[600];

	snprintf(path, sizeof(path), "%s/build-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(path));
	int root = open(path, O_RDONLY | O_DIRECTORY);

	for (int i = 0; i < 40; i++) {
		char name[64];

		snprintf(name, sizeof(name), "d%d", i % 7);
		mkdirat(root, name, 0700);
		snprintf(name, sizeof(name), "d%d/e%d", i % 7, i % 5);
		mkdirat(root, name, 0700);
		snprintf(name, sizeof(name), "d%d/e%d/file-%d", i % 7, i % 5, i);
		make_file(root, name, (size_t)i * 777);
		if (i % 3 == 0) {
			char link[64];

			snprintf(link, sizeof(link), "d%d/link-%d", (i + 1) % 7, i);
			mkdirat(root, "d0", 0700), mkdirat(root, "d1", 0700);
			if (linkat(root, name, root, link, 0) && errno != ENOENT)
				cr_assert_fail("link");
		}
		snprintf(name, sizeof(name), "d%d/\xff\n%d", i % 7, i);
		cr_assert_eq(symlinkat("nowhere", root, name), 0);
	}
	struct stat st;

	cr_assert_eq(fstat(root, &st), 0);
	struct scan_options options = { .threads = 3, .wake_fd = -1 };
	struct err err = { "" };
	struct scan *scan = scan_start(path, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, 60000000000));
	struct build_entry entry = {
		.type = NODE_DIR,
		.alloc_bytes = (uint64_t)st.st_blocks * 512,
		.apparent_bytes = (uint64_t)st.st_size,
		.ino = st.st_ino,
		.dev = st.st_dev,
		.mtime_ns = st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
	};
	struct build *build = build_create(path, &entry);

	cr_assert_not_null(build);
	build_from_disk(build, root); /* closes it */
	struct tree *tree = build_finish(build);
	struct image *built = image_from_tree(tree), *scanned = image_from_tree(scan_tree(scan));

	cr_assert(built && scanned);
	cr_assert_eq(built->count, scanned->count);
	for (uint32_t i = 0; i < built->count; i++) {
		cr_expect(memcmp(built->fingerprint[i], scanned->fingerprint[i], sizeof(built->fingerprint[i])) == 0,
		          "directory %u", i);
		cr_expect(built->alloc_bytes[i] == scanned->alloc_bytes[i] &&
		          built->apparent_bytes[i] == scanned->apparent_bytes[i]);
		cr_expect(built->items[i] == scanned->items[i] && built->files[i] == scanned->files[i] &&
		          image_direct_bytes(built, i) == image_direct_bytes(scanned, i));
		cr_expect(built->parent[i] == scanned->parent[i] &&
		          image_name_length(built, i) == image_name_length(scanned, i));
		if (i)
			cr_expect_eq(built->birth[i], scanned->birth[i]);
	}
	image_free(built);
	image_free(scanned);
	tree_destroy(tree);
	scan_destroy(scan);
	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	cr_expect_eq(system(command), 0);
}
