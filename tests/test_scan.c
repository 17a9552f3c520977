/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "disk.h"
#include "engine/scan/scan.h"
#include "engine/scan/scan_state.h"

/* ---- helpers ---- */

static struct scan *start(const char *folder, struct scan_options options)
{
	struct err err = { "" };

	if (!options.wake_fd)
		options.wake_fd = -1;
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	return scan;
}

static struct tree *take(struct scan *scan)
{
	struct scan_progress progress;

	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &progress);
	cr_assert_eq(progress.state, SCAN_DONE, "%s", scan_error(scan)->text);
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static struct tree *read_with(const char *folder, struct scan_options options)
{
	return take(start(folder, options));
}

static struct tree *read_folder(const char *folder, unsigned threads)
{
	return read_with(folder, (struct scan_options){ .threads = threads });
}

static struct node root_of(const struct tree *tree)
{
	struct node node;

	tree_dir_node(tree, DIR_ROOT, &node);
	return node;
}

static struct node node_at(const struct tree *tree, const char *folder, const char *name)
{
	struct node node = {0};
	dir_id dir = tree_lookup(tree, folder, strlen(folder));

	cr_assert_neq(dir, DIR_NONE, "%s", folder);
	int64_t row = tree_find(tree, dir, name, strlen(name));

	cr_assert(row >= 0, "%s/%s", folder, name);
	tree_node(tree, tree_block(tree, dir), (uint32_t)row, &node);
	return node;
}

/* ---- what a scan finds ---- */

Test(scan, equals_walk_and_du_with_any_threads)
{
	static const unsigned threads[] = { 1, 2, 8, 16 };

	for (uint64_t seed = 0; seed < 12; seed++) {
		char *folder = disk_folder();
		struct tree *trees[4];

		disk_fill(folder, seed, seed ? 150 + (int)seed * 40 : 0);
		for (int i = 0; i < 4; i++) {
			trees[i] = read_folder(folder, threads[i]);
			cr_assert_eq(disk_check(trees[i]), 0, "seed %lu, %u threads", seed, threads[i]);
			cr_assert_eq(tree_compute_shared(trees[i]), 0);
			cr_assert_eq(disk_compare(trees[0], trees[i], true), 0, "seed %lu, %u threads", seed,
			             threads[i]);
		}
		cr_assert_eq(root_of(trees[0]).alloc_bytes, disk_du(folder, ""));
		for (int i = 0; i < 4; i++)
			tree_destroy(trees[i]);
		disk_remove(folder);
	}
}

Test(scan, progress_and_wake)
{
	char *folder = disk_folder();
	int wake = eventfd(0, EFD_CLOEXEC);
	struct scan_progress progress;

	disk_fill(folder, 5, 300);
	struct scan *scan = start(folder, (struct scan_options){ .wake_fd = wake });

	cr_assert_str_eq(tree_root_path(scan_tree(scan)), folder);
	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &progress);
	cr_assert_eq(progress.state, SCAN_DONE);
	cr_assert_eq(progress.fraction, 1);
	struct node root = root_of(scan_tree(scan));

	cr_assert_eq(progress.items, root.items);
	cr_assert_eq(progress.files, root.files);
	cr_assert_eq(progress.directories, root.items - root.files + 1);
	cr_assert_eq(progress.alloc_bytes, root.alloc_bytes);
	cr_assert(progress.threads >= 1 && progress.finished_wall_s >= progress.started_wall_s);
	cr_assert_eq(poll(&(struct pollfd){ .fd = wake, .events = POLLIN }, 1, 0), 1);
	scan_destroy(scan);
	close(wake);
	disk_remove(folder);
}

Test(scan, deep_5000)
{
	char *folder = disk_folder();

	disk_chain(folder, "a folder name of some length", 5000);
	struct tree *tree = read_folder(folder, 2);
	struct node root = root_of(tree);
	struct buf path = {0};
	dir_id dir = DIR_ROOT;

	cr_assert_eq(root.items, 5000);
	cr_assert_eq(root.errors, 0);
	cr_assert_eq(root.alloc_bytes, disk_du(folder, ""));
	for (unsigned depth = 0; depth < 5000; depth++) {
		struct node node;

		cr_assert_eq(tree_count(tree_block(tree, dir)), 1);
		tree_node(tree, tree_block(tree, dir), 0, &node);
		dir = node.dir;
	}
	cr_assert_eq(tree_path(tree, dir, &path), 0);
	cr_assert_eq(path.length, strlen(folder) + 5000 * strlen("/a folder name of some length"));
	cr_assert_eq(memcmp(path.data, folder, strlen(folder)), 0);
	buf_free(&path);
	tree_destroy(tree);
	disk_remove(folder);
}

/* User and system time: where a kernel tells them apart by its ticks alone, the user's share of a short scan is 0. */
static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of three scans of a chain the one that took least. */
static double seconds_of_chain(int levels)
{
	char *folder = disk_folder();
	double least = 0;

	disk_chain(folder, "d", levels);
	for (int i = 0; i < 3; i++) {
		double before = cpu_seconds();
		struct tree *tree = read_folder(folder, 2);
		double took = cpu_seconds() - before;
		struct node root = root_of(tree);

		least = i && least < took ? least : took;
		cr_assert_eq(root.items, (uint64_t)levels);
		cr_assert_eq(root.alloc_bytes, disk_du(folder, ""));
		tree_destroy(tree);
	}
	disk_remove(folder);
	return least;
}

/* Each directory adding its sums to all above it would take 64 times as long where there are 8 times as many. */
Test(scan, eight_times_as_deep_is_not_sixty_times_as_long)
{
	double few = seconds_of_chain(2500), many = seconds_of_chain(20000);

	cr_assert_lt(many, 30 * few + 0.05, "%.3f s for 2,500 levels, %.3f s for 20,000", few, many);
}

Test(scan, huge_directory)
{
	char *folder = disk_folder();

	disk_many(folder, "an entry of the huge one ", 200000);
	disk_dir(folder, "sub");
	disk_fill(folder, 3, 200);
	struct tree *one = read_folder(folder, 1), *many = read_folder(folder, 8);

	cr_assert_eq(root_of(one).alloc_bytes, disk_du(folder, ""));
	cr_assert_geq(root_of(one).files, 200000);
	cr_assert_eq(disk_check(many), 0);
	uint64_t a[2], b[2];

	tree_fingerprint(one, DIR_ROOT, a);
	tree_fingerprint(many, DIR_ROOT, b);
	cr_assert(a[0] == b[0] && a[1] == b[1]);
	tree_destroy(one);
	tree_destroy(many);
	disk_remove(folder);
}

/* A pending signal (Ctrl-Z and fg) cuts a call of getdents64 short: that is not the end of the directory. */
Test(scan, stopped_and_continued)
{
	char *folder = disk_folder();
	int status = 0;

	disk_many(folder, "an entry of a large one ", 20000);
	pid_t child = fork();

	cr_assert(child >= 0);
	if (child == 0) {
		for (int i = 0; i < 30; i++) {
			struct tree *tree = read_folder(folder, 1 + (unsigned)(i % 2));

			if (root_of(tree).items != 20000)
				_exit(1);
			tree_destroy(tree);
		}
		_exit(0);
	}
	while (waitpid(child, &status, WNOHANG) == 0) {
		kill(child, SIGSTOP);
		kill(child, SIGCONT);
		poll(NULL, 0, 1);
	}
	cr_assert_eq(status, 0, "status %x", status);
	disk_remove(folder);
}

Test(scan, huge_directory_of_directories)
{
	char *folder = disk_folder();

	for (int i = 0; i < 6000; i++) {
		char name[64];

		snprintf(name, sizeof name, "directory-%d", i);
		disk_dir(folder, name);
	}
	disk_fill(folder, 11, 500);
	for (unsigned threads = 1; threads <= 8; threads *= 8) {
		struct tree *tree = read_folder(folder, threads);

		cr_assert_eq(disk_check(tree), 0);
		tree_destroy(tree);
	}
	disk_remove(folder);
}

Test(scan, hostile_names)
{
	static const char *const names[] = {
		"-rf", "new\nline", "\x1b[2J", "\xff\xfe", "\xe2\x80\xaegpj.exe", "'", "\"", "$(reboot)", "...",
		" ",   "\x7f",      "*",       "\\",
	};
	char *folder = disk_folder(), longest[256];

	memset(longest, 'x', 255);
	longest[255] = '\0';
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *inside;

		disk_dir(folder, names[i]);
		cr_assert(asprintf(&inside, "%s/%s", folder, names[i]) > 0);
		disk_file(inside, names[i], 10);
		disk_file(inside, longest, 10);
		free(inside);
	}
	disk_dir(folder, longest);
	struct tree *tree = read_folder(folder, 4);

	cr_assert_eq(disk_check(tree), 0);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		cr_assert_eq(node_at(tree, names[i], names[i]).apparent_bytes, 10);
		cr_assert_eq(node_at(tree, names[i], longest).name_length, 255);
	}
	tree_destroy(tree);
	disk_remove(folder);
}

/* ---- errors are data ---- */

/* Run as somebody who may not read everything.  True in the child. */
static bool as_nobody(void)
{
	int status;
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (pid == 0) {
		if (!geteuid() && (setgid(65534) || setuid(65534)))
			_exit(9);
		return true;
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "status %x", status);
	return false;
}

Test(scan, unreadable_is_data)
{
	char *folder = disk_folder();

	cr_assert_eq(chmod(folder, 0755), 0);
	disk_dir(folder, "open");
	disk_dir(folder, "shut");
	disk_dir(folder, "blind"); /* names without stat */
	char *shut, *blind, *open_dir;

	cr_assert(asprintf(&shut, "%s/shut", folder) > 0 && asprintf(&blind, "%s/blind", folder) > 0 &&
	          asprintf(&open_dir, "%s/open", folder) > 0);
	disk_file(shut, "hidden", 5000);
	disk_file(blind, "seen", 5000);
	disk_dir(blind, "dir");
	disk_file(open_dir, "file", 5000);
	cr_assert(!chmod(shut, 0) && !chmod(blind, 0444));
	if (as_nobody()) {
		struct scan_options options = { .threads = 2, .wake_fd = -1 };
		struct err err = { "" };
		struct scan *scan = scan_start(folder, &options, &err);

		if (!scan || !scan_wait(scan, -1))
			_exit(1);
		struct tree *tree = scan_take_tree(scan);
		struct node root = root_of(tree), node = node_at(tree, "", "shut");

		if (root.errors != 3 || !root.complete || root.items != 6)
			_exit(2);
		if (!(node.dir_flags & DIR_READ_ERROR) || node.items || node.errors != 1 || !node.complete)
			_exit(3);
		node = node_at(tree, "blind", "seen");
		if (!(node.flags & ROW_ERROR) || node.alloc_bytes || node.type != NODE_REG)
			_exit(4);
		node = node_at(tree, "blind", "dir");
		if (!(node.flags & ROW_ERROR) || node.dir != DIR_NONE || node.type != NODE_DIR)
			_exit(5);
		if (node_at(tree, "", "open").errors || node_at(tree, "open", "file").apparent_bytes != 5000)
			_exit(6);
		scan_destroy(scan);
		tree_destroy(tree);
		_exit(0);
	}
	cr_assert(!chmod(shut, 0755) && !chmod(blind, 0755));
	free(shut);
	free(blind);
	free(open_dir);
	disk_remove(folder);
}

Test(scan, bad_roots)
{
	char *folder = disk_folder(), *path;
	struct scan_options options = { .wake_fd = -1 };
	struct err err = { "" };

	disk_file(folder, "file\x1b", 1);
	cr_assert(asprintf(&path, "%s/nothing", folder) > 0);
	cr_assert_null(scan_start(path, &options, &err));
	cr_assert_eq(errno, ENOENT);
	cr_assert_not_null(strstr(err.text, "nothing"));
	free(path);
	cr_assert(asprintf(&path, "%s/file\x1b", folder) > 0);
	cr_assert_null(scan_start(path, &options, &err));
	cr_assert_eq(errno, ENOTDIR);
	cr_assert_null(strchr(err.text, '\x1b'), "names are made safe");
	free(path);
	disk_remove(folder);
}

/* ---- options ---- */

Test(scan, exclusion)
{
	char *folder = disk_folder(), *sub;
	struct exclude *exclude = exclude_create();

	cr_assert_not_null(exclude);
	disk_dir(folder, "node_modules");
	disk_dir(folder, "src");
	disk_file(folder, "a.o", 100);
	cr_assert(asprintf(&sub, "%s/src", folder) > 0);
	disk_file(sub, "b.o", 100);
	disk_file(sub, "b.c", 100);
	disk_dir(sub, "node_modules");
	cr_assert_eq(exclude_add(exclude, "*.o", NULL), 0);
	struct scan_options options = { .threads = 2, .counting = { .exclude = exclude } };
	struct tree *tree = read_with(folder, options);

	cr_assert(node_at(tree, "", "a.o").flags & ROW_EXCLUDED);
	cr_assert(node_at(tree, "src", "b.o").flags & ROW_EXCLUDED);
	cr_assert_eq(node_at(tree, "src", "b.o").alloc_bytes, 0);
	cr_assert_eq(node_at(tree, "src", "b.c").apparent_bytes, 100);
	cr_assert_eq(root_of(tree).items, 6, "excluded entries count");
	tree_destroy(tree);
	/* With a path: of two folders of that name one. */
	cr_assert_eq(exclude_add(exclude, "src/node_modules", NULL), 0);
	tree = read_with(folder, options);
	cr_assert(node_at(tree, "src", "node_modules").flags & ROW_EXCLUDED);
	cr_assert_eq(node_at(tree, "src", "node_modules").dir, DIR_NONE);
	cr_assert_neq(node_at(tree, "", "node_modules").dir, DIR_NONE);
	tree_destroy(tree);
	exclude_destroy(exclude);
	free(sub);
	disk_remove(folder);
}

Test(scan, caches)
{
	char *folder = disk_folder(), *sub, *path;
	FILE *tag;

	disk_dir(folder, "cache");
	disk_dir(folder, "false-cache");
	cr_assert(asprintf(&sub, "%s/cache", folder) > 0 && asprintf(&path, "%s/CACHEDIR.TAG", sub) > 0);
	disk_file(sub, "big", 100000);
	tag = fopen(path, "w");
	cr_assert(tag && fputs("Signature: 8a477f597d28d172789f06886806bc55\n# made by a test\n", tag) >= 0 &&
	          !fclose(tag));
	free(sub);
	free(path);
	cr_assert(asprintf(&sub, "%s/false-cache", folder) > 0);
	disk_file(sub, "CACHEDIR.TAG", 100);

	struct tree *all = read_folder(folder, 2);
	struct tree *some = read_with(folder,
	                              (struct scan_options){.threads = 2, .counting = {.exclude_caches = true}});
	struct node cache = node_at(some, "", "cache"), was = node_at(all, "", "cache");

	cr_assert_eq(was.items, 2);
	cr_assert(cache.dir_flags & DIR_CACHE);
	cr_assert(cache.complete && cache.items == 0 && cache.alloc_bytes == 0 && cache.apparent_bytes == 0);
	cr_assert_eq(root_of(some).alloc_bytes, root_of(all).alloc_bytes - was.alloc_bytes);
	cr_assert_eq(node_at(some, "", "false-cache").items, 1);
	tree_destroy(all);
	tree_destroy(some);
	free(sub);
	disk_remove(folder);
}

Test(scan, follow_links)
{
	char *folder = disk_folder(), *link;

	disk_dir(folder, "dir");
	disk_file(folder, "file", 70000);
	cr_assert(asprintf(&link, "%s/to-file", folder) > 0 && !symlink("file", link));
	free(link);
	cr_assert(asprintf(&link, "%s/to-dir", folder) > 0 && !symlink("dir", link));
	free(link);
	cr_assert(asprintf(&link, "%s/to-nothing", folder) > 0 && !symlink("nothing", link));
	free(link);
	struct tree *tree = read_with(folder, (struct scan_options){.threads = 1, .counting = {.follow_links = true}});

	cr_assert_eq(node_at(tree, "", "to-file").apparent_bytes, 70000);
	cr_assert_eq(node_at(tree, "", "to-file").type, NODE_REG);
	cr_assert_eq(node_at(tree, "", "to-dir").type, NODE_SYMLINK);
	cr_assert_eq(node_at(tree, "", "to-nothing").type, NODE_SYMLINK);
	cr_assert_eq(root_of(tree).errors, 0);
	tree_destroy(tree);
	disk_remove(folder);
}

Test(scan, extended)
{
	char *folder = disk_folder(), *path;

	disk_fill(folder, 8, 200);
	disk_many(folder, "many", 5000);
	disk_file(folder, "file", 10);
	cr_assert(asprintf(&path, "%s/file", folder) > 0 && !chmod(path, 04750));
	struct tree *plain = read_folder(folder, 4),
		    *tree = read_with(folder, (struct scan_options){.threads = 4, .extended = true});
	const struct node_block *block = tree_block(tree, DIR_ROOT);
	struct node_extended extended;
	struct stat st;

	cr_assert_eq(disk_check(tree), 0);
	cr_assert_eq(disk_compare(plain, tree, false), 0);
	for (uint32_t i = 0; i < tree_count(block); i++) {
		struct node node;
		char *at;

		tree_node(tree, block, i, &node);
		tree_extended(tree, block, i, &extended);
		cr_assert(asprintf(&at, "%s/%.*s", folder, (int)node.name_length, (const char *)node.name) > 0);
		cr_assert_eq(lstat(at, &st), 0);
		cr_assert(extended.known && extended.uid == st.st_uid && extended.gid == st.st_gid &&
		                  extended.mode == st.st_mode,
		          "%s", at);
		free(at);
	}
	tree_extended_root(tree, &extended);
	cr_assert(!lstat(folder, &st) && extended.known && extended.mode == st.st_mode);
	tree_extended(plain, tree_block(plain, DIR_ROOT), 0, &extended);
	cr_assert_not(extended.known);
	tree_destroy(plain);
	tree_destroy(tree);
	free(path);
	disk_remove(folder);
}

Test(scan, counting_options_as_text)
{
	struct buf text = {0};

	cr_assert_eq(scan_counting_describe(&(struct scan_counting){0}, &text), 0);
	cr_assert_eq(text.length, 0);
	cr_assert_eq(scan_counting_describe(&(struct scan_counting){.same_fs = true, .exclude_caches = true}, &text),
	             0);
	cr_assert_str_eq(text.data, "-x --exclude-caches");
	buf_free(&text);
}

/* ---- under way ---- */

Test(scan, few_descriptors)
{
	char *folder = disk_folder();

	disk_fill(folder, 21, 1500);
	disk_chain(folder, "chain", 120);
	/* Criterion runs each test in a process of its own. */
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ .rlim_cur = 24, .rlim_max = 24 }), 0);
	for (unsigned threads = 1; threads <= 4; threads *= 2) {
		struct tree *tree = read_folder(folder, threads);

		cr_assert_eq(root_of(tree).errors, 0);
		cr_assert_eq(root_of(tree).alloc_bytes, disk_du(folder, ""));
		tree_destroy(tree);
	}
	disk_remove(folder);
}

/* A directory that a reader can see. */
static dir_id some_dir(const struct tree *tree, uint64_t *seed)
{
	dir_id dir = DIR_ROOT;

	while (disk_random(seed, 3)) {
		const struct node_block *block = tree_block(tree, dir);
		struct node node = {0};

		if (block && tree_count(block))
			tree_node(tree, block, (uint32_t)disk_random(seed, tree_count(block)), &node);
		if (node.dir == DIR_NONE)
			break;
		dir = node.dir;
	}
	return dir;
}

Test(scan, focus_reads_each_directory_once)
{
	char *folder = disk_folder();
	uint64_t seed = 1;

	disk_fill(folder, 31, 3000);
	struct tree *calm = read_folder(folder, 2);

	for (int i = 0; i < 20; i++) {
		struct scan *scan = start(folder, (struct scan_options){ .threads = 4 });
		struct tree *tree = scan_tree(scan);

		while (!scan_wait(scan, 0)) {
			struct buf path = {0};

			scan_focus(scan, some_dir(tree, &seed));
			scan_reading(scan, &path);
			buf_free(&path);
		}
		tree = take(scan);
		cr_assert_eq(disk_compare(calm, tree, false), 0);
		tree_destroy(tree);
	}
	tree_destroy(calm);
	disk_remove(folder);
}

Test(scan, cancel_at_any_moment)
{
	char *folder = disk_folder();
	uint64_t seed = 7;

	disk_fill(folder, 41, 800);
	disk_many(folder, "many", 20000);
	for (int i = 0; i < 60; i++) {
		struct scan *scan = start(folder, (struct scan_options){ .threads = 1 + (unsigned)(i % 5) });
		struct scan_progress progress;

		scan_wait(scan, (int64_t)disk_random(&seed, 8000000));
		scan_cancel(scan);
		cr_assert(scan_wait(scan, -1));
		scan_progress(scan, &progress);
		cr_assert(progress.state == SCAN_CANCELLED || progress.state == SCAN_DONE);
		if (i % 2)
			tree_destroy(scan_take_tree(scan));
		scan_destroy(scan);
	}
	disk_remove(folder);
}

Test(scan, no_descriptor_left)
{
	char *folder = disk_folder();
	int before = dup(0), after;

	close(before);
	disk_fill(folder, 42, 500);
	disk_many(folder, "many", 10000);
	for (int i = 0; i < 10; i++) {
		struct scan *scan = start(folder, (struct scan_options){ .threads = 3 });

		scan_wait(scan, i * 1000000);
		scan_destroy(scan);
	}
	after = dup(0);
	cr_assert_eq(after, before);
	disk_remove(folder);
}

/*
 * A worker that does not come back from the kernel.  The linker takes this statx before the C library's: of a file with
 * a special name it waits, like on a server that is gone, until the test lets it go.
 */
static _Atomic int hanging, let_go;

int statx(int dir, const char *restrict name, int flags, unsigned mask, struct statx *restrict out)
{
	if (!strcmp(name, "hangs here") && !atomic_load(&let_go)) {
		atomic_fetch_add(&hanging, 1);
		while (!atomic_load(&let_go))
			poll(NULL, 0, 1);
		atomic_fetch_sub(&hanging, 1);
	}
	return (int)syscall(SYS_statx, dir, name, flags, mask, out);
}

Test(scan, a_hanging_worker_is_abandoned)
{
	static struct scan *scan; /* what is left behind stays reachable */
	char *folder = disk_folder();
	struct scan_progress progress;

	disk_fill(folder, 71, 300);
	disk_file(folder, "hangs here", 10);
	scan = start(folder, (struct scan_options){ .threads = 2 });
	while (!atomic_load(&hanging))
		poll(NULL, 0, 1);
	scan_cancel(scan);
	cr_assert(scan_wait(scan, -1), "ends, though one hangs");
	scan_progress(scan, &progress);
	cr_assert_eq(progress.state, SCAN_CANCELLED);
	cr_assert_eq(atomic_load(&hanging), 1);
	struct tree *tree = scan_take_tree(scan);
	uint64_t items = root_of(tree).items;

	scan_destroy(scan);
	tree_destroy(tree);
	/* It comes back, much later: and touches nothing. */
	atomic_store(&let_go, 1);
	while (atomic_load(&hanging))
		poll(NULL, 0, 1);
	cr_assert_eq(root_of(tree).items, items, "kept for it");
	disk_remove(folder);
}

struct churn {
	char *folder;
	_Atomic bool stop;
};

static void *churn(void *argument)
{
	struct churn *churn = argument;

	for (uint64_t seed = 100; !atomic_load(&churn->stop); seed++)
		disk_change(churn->folder, seed, 20, true);
	return NULL;
}

Test(scan, tree_rewritten_meanwhile)
{
	struct churn change = { .folder = disk_folder() };
	pthread_t thread;

	disk_fill(change.folder, 51, 600);
	cr_assert_eq(pthread_create(&thread, NULL, churn, &change), 0);
	for (int i = 0; i < 40; i++) {
		struct tree *tree = read_folder(change.folder, 1 + (unsigned)(i % 4));
		struct node root = root_of(tree);

		cr_assert(root.complete);
		cr_assert_eq(disk_consistent(tree), 0);
		cr_assert(root.items < 100000 && root.files <= root.items && root.alloc_bytes < (uint64_t)1 << 40,
		          "sums are sums");
		tree_destroy(tree);
	}
	atomic_store(&change.stop, true);
	pthread_join(thread, NULL);
	struct tree *tree = read_folder(change.folder, 4);

	cr_assert_eq(disk_check(tree), 0);
	tree_destroy(tree);
	disk_remove(change.folder);
}

static void *swap(void *argument)
{
	struct churn *churn = argument;
	int dir = open(churn->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* "inside/trap" is a folder and then a symbolic link to what lies outside, and back. */
	while (!atomic_load(&churn->stop)) {
		if (renameat(dir, "inside/trap", dir, "inside/real") || symlinkat("../../outside", dir, "inside/trap")
		    || unlinkat(dir, "inside/trap", 0) || renameat(dir, "inside/real", dir, "inside/trap"))
			abort();
	}
	close(dir);
	return NULL;
}

Test(scan, swapped_for_a_link_never_leads_outside)
{
	char *top = disk_folder(), *inside, *outside;
	uint64_t seed = 2;
	struct churn change = {0};
	pthread_t thread;

	disk_dir(top, "root");
	disk_dir(top, "outside");
	cr_assert(asprintf(&change.folder, "%s/root", top) > 0 && asprintf(&outside, "%s/outside", top) > 0
	          && asprintf(&inside, "%s/root/inside", top) > 0);
	disk_many(outside, "secret", 50);
	disk_dir(outside, "deep");
	disk_dir(change.folder, "inside");
	disk_dir(inside, "trap");
	cr_assert_eq(pthread_create(&thread, NULL, swap, &change), 0);
	for (int i = 0; i < 300; i++) {
		struct scan *scan = start(change.folder, (struct scan_options){ .threads = 1 + (unsigned)(i % 3) });

		/* By path, too. */
		while (i % 2 && !scan_wait(scan, 0))
			scan_focus(scan, some_dir(scan_tree(scan), &seed));
		struct tree *tree = take(scan);

		cr_assert(root_of(tree).items <= 3, "%lu items", root_of(tree).items);
		tree_destroy(tree);
	}
	atomic_store(&change.stop, true);
	pthread_join(thread, NULL);
	free(change.folder);
	free(inside);
	free(outside);
	disk_remove(top);
}

/*
 * A disk with heads: few threads, and stat in the order of the inodes.  Put together by hand, since none may be at
 * hand.
 */
Test(scan, on_a_disk_with_heads)
{
	char *folder = disk_folder();

	disk_fill(folder, 81, 800);
	disk_many(folder, "many", 8000);
	struct tree *usual = read_folder(folder, 2), *tree = tree_create(folder);
	struct scan_options options = { .wake_fd = -1 };
	struct filler filler;
	struct entry entry;
	uint64_t mount_id;
	dev_t dev;
	int fd = dirfd_open(AT_FDCWD, folder);

	cr_assert(fd >= 0 && !scan_entry_of(fd, &entry, &mount_id, &dev));
	filler_init(&filler, tree);
	cr_assert(tree_fs_slot(tree, dev, 0) == 0 && !tree_plant(tree, &filler, &entry));
	struct scan *scan = scan_create(tree, folder, fd, &options);

	cr_assert_not_null(scan);
	scan->rotational = true;
	cr_assert_eq(scan_begin(scan, DIR_ROOT, dev, mounts_read(folder, dev, mount_id, &options.counting, NULL)), 0);
	cr_assert_eq(scan->threads, 2);
	tree = take(scan);
	cr_assert_eq(disk_check(tree), 0);
	cr_assert_eq(disk_compare(usual, tree, false), 0);
	tree_destroy(tree);
	tree_destroy(usual);
	disk_remove(folder);
}

/* ---- memory ---- */

Test(scan, every_allocation_may_fail)
{
	char *folder = disk_folder();
	struct exclude *exclude = exclude_create();
	bool succeeded = false;

	disk_fill(folder, 61, 120);
	disk_many(folder, "many", 4000);
	cr_assert_eq(exclude_add(exclude, "/none/at/all", NULL), 0);
	struct scan_options options = {.threads = 2, .wake_fd = -1, .extended = true, .counting = {.exclude = exclude}};
	struct tree *good = read_with(folder, options);

	for (long n = 0; !succeeded; n++) {
		struct err err = { "" };

		cr_assert_lt(n, 100000);
		alloc_fail_at(n, n % 2);
		struct scan *scan = scan_start(folder, &options, &err);

		if (!scan) {
			alloc_fail_at(-1, false);
			cr_assert_eq(errno, ENOMEM);
			cr_assert_neq(err.text[0], '\0');
			continue;
		}
		struct scan_progress progress;

		cr_assert(scan_wait(scan, -1));
		bool reached = alloc_count() > n;

		alloc_fail_at(-1, false);
		scan_progress(scan, &progress);
		if (progress.state == SCAN_DONE) {
			/* Some can be done without; nothing may be missing then. */
			cr_assert_eq(disk_compare(good, scan_tree(scan), false), 0, "allocation %ld", n);
			succeeded = !reached;
		} else {
			cr_assert_eq(progress.state, SCAN_FAILED);
			cr_assert_neq(scan_error(scan)->text[0], '\0');
		}
		scan_destroy(scan);
	}
	tree_destroy(good);
	exclude_destroy(exclude);
	disk_remove(folder);
}

/* ---- against a baseline ---- */

Test(scan, warm_classes)
{
	char *folder = disk_folder(), *path;

	disk_dir(folder, "same");
	disk_dir(folder, "grown");
	disk_dir(folder, "replaced");
	disk_dir(folder, "above");
	cr_assert(asprintf(&path, "%s/above", folder) > 0);
	disk_dir(path, "changed");
	free(path);
	struct tree *before = read_folder(folder, 2);
	struct image *image = image_from_tree(before);
	struct scan_progress progress;

	cr_assert_not_null(image);
	struct scan *scan = start(folder, (struct scan_options){ .threads = 2, .baseline = image });

	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &progress);
	cr_assert_eq(progress.warm.trusted, 6);
	cr_assert_eq(progress.fraction, 1);
	cr_assert_not_null(scan_match(scan));
	scan_destroy(scan);

	cr_assert(asprintf(&path, "%s/grown", folder) > 0);
	disk_file(path, "new", 100);
	free(path);
	cr_assert(asprintf(&path, "%s/above/changed", folder) > 0);
	disk_file(path, "new", 100);
	disk_dir(path, "fresh");
	free(path);
	cr_assert(asprintf(&path, "%s/replaced", folder) > 0);
	char *aside;

	/* Its number must not be reused: the old one stays until the new one is there. */
	cr_assert(asprintf(&aside, "%s-away", path) > 0 && !rename(path, aside) && !mkdir(path, 0755) && !rmdir(aside));
	scan = start(folder, (struct scan_options){ .threads = 2, .baseline = image });
	cr_assert(scan_wait(scan, -1));
	scan_progress(scan, &progress);
	/* The root was written to by the renames; above only has something changed below. */
	cr_assert_eq(progress.warm.trusted, 1);
	cr_assert_eq(progress.warm.shallow_changed, 3);
	cr_assert_eq(progress.warm.deep_changed, 1);
	cr_assert_eq(progress.warm.identity_mismatch, 1);
	cr_assert_eq(progress.warm.unknown, 1);
	scan_destroy(scan);
	image_free(image);
	tree_destroy(before);
	free(aside);
	free(path);
	disk_remove(folder);
}

static void age(void *context, dir_id dir, int fd)
{
	const struct timespec times[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

	(void)context;
	(void)dir;
	cr_assert_eq(futimens(fd, times), 0);
}

/* Its parent has told of a directory before it is watched; what changes in between is told to nobody. */
Test(scan, own_figures_are_of_when_it_was_opened)
{
	char *folder = disk_folder();

	disk_fill(folder, 3, 100);
	struct tree *tree = read_with(folder, (struct scan_options){.threads = 2, .opened = age}),
		    *fresh = read_folder(folder, 2);

	cr_expect_eq(disk_compare(tree, fresh, false), 0);
	tree_destroy(tree);
	tree_destroy(fresh);
	disk_remove(folder);
}
