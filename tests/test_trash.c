/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "disk.h"
#include "engine/remove/estimate.h"
#include "engine/remove/trash.h"
#include "engine/scan/scan.h"
#include "private_mounts.h"
#include "volume.h"

static const _Atomic bool cancel; /* never */

static struct tree *read_folder(const char *folder)
{
	struct scan_options options = {.threads = 2, .wake_fd = -1};
	struct err err = {""};
	struct scan *scan = scan_start(folder, &options, &err);

	cr_assert_not_null(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

static char *in(const char *folder, const char *name)
{
	char *path;

	cr_assert(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

static bool is_there(const char *folder, const char *name)
{
	struct stat st;
	char *path = in(folder, name);
	bool there = lstat(path, &st) == 0;

	free(path);
	return there;
}

/** What a small file holds. */
static char *text_of(const char *folder, const char *name)
{
	static char text[8192];
	char *path = in(folder, name);
	FILE *file = fopen(path, "r");

	cr_assert_not_null(file, "%s", path);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	free(path);
	return text;
}

static struct choice *choose(const struct tree *tree, const char *const *names, size_t count)
{
	struct choice_name wanted[8];
	struct timespec began, now;
	struct choice *choice;

	clock_gettime(CLOCK_REALTIME_COARSE, &began);
	do
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	while (now.tv_sec == began.tv_sec && now.tv_nsec == began.tv_nsec);
	for (size_t i = 0; i < count; i++) {
		const char *slash = strrchr(names[i], '/'), *name = slash ? slash + 1 : names[i];

		wanted[i] = (struct choice_name){tree_lookup(tree, names[i], slash ? (size_t)(slash - names[i]) : 0),
		                                 name, strlen(name)};
	}
	cr_assert_eq(choice_create(tree, wanted, count, NULL, &choice), 0);
	return choice;
}

/** Into the trash, with so many errors of a kind. */
static void trash(const char *folder, const char *const *names, size_t count, struct trash_result *result,
                  uint64_t errors, enum removal_why why)
{
	struct tree *tree = read_folder(folder);
	struct choice *choice = choose(tree, names, count);
	struct removal removal;

	removal_init(&removal, choice, &cancel);
	cr_assert_eq(trash_run(&removal, result), 0);
	for (size_t i = 0; i < removal.errors.count; i++)
		cr_assert_eq(removal.errors.items[i].why, why, "%s: %d (%d)", removal.errors.items[i].path,
		             removal.errors.items[i].why, removal.errors.items[i].code);
	cr_assert_eq(removal.errors.total, errors);
	removal_errors_clear(&removal.errors);
	choice_destroy(choice);
	tree_destroy(tree);
}

static void undo(struct trash_result *result, uint64_t errors)
{
	struct removal_errors failed = {.lock = PTHREAD_MUTEX_INITIALIZER};

	trash_undo(result, &failed);
	for (size_t i = 0; i < failed.count && failed.total != errors; i++)
		fprintf(stderr, "%s: %d\n", failed.items[i].path, failed.items[i].code);
	cr_assert_eq(failed.total, errors);
	cr_assert_eq(result->count, errors);
	removal_errors_clear(&failed);
	trash_result_clear(result);
}

/** A folder with a home and its trash, `work` beside it. */
static char *home_folder(void)
{
	char *folder = disk_folder(), *data = in(folder, "data");

	disk_dir(folder, "work");
	setenv("XDG_DATA_HOME", data, 1);
	free(data);
	return folder;
}

Test(trash, home_trash_and_back)
{
	static const char odd[] = "work/a b\n\x1b%\xff.txt";
	char *folder = home_folder(), *path = in(folder, "work/dir/file"), *expected;
	const char *const names[] = {"work/dir", odd};
	struct trash_result result = {0};

	disk_dir(folder, "work/dir");
	disk_file(folder, "work/dir/file", 10000);
	disk_file(folder, odd, 3);
	trash(folder, names, 2, &result, 0, REMOVAL_FAILED);
	cr_assert_eq(result.count, 2);
	cr_assert(is_there(folder, "data/Trash/files/dir/file"));
	cr_assert(!is_there(folder, "work/dir") && !is_there(folder, odd));
	cr_assert(asprintf(&expected, "[Trash Info]\nPath=%s/work/a%%20b%%0A%%1B%%25%%FF.txt\nDeletionDate=", folder) >
	          0);
	cr_assert_eq(
		strncmp(text_of(folder, "data/Trash/info/a b\n\x1b%\xff.txt.trashinfo"), expected, strlen(expected)),
		0);
	free(expected);
	cr_assert_not_null(strstr(text_of(folder, "data/Trash/directorysizes"), " dir\n"));
	undo(&result, 0);
	cr_assert(is_there(folder, "work/dir/file") && is_there(folder, odd));
	cr_assert(!is_there(folder, "data/Trash/info/dir.trashinfo"));
	cr_assert_str_eq(text_of(folder, "data/Trash/directorysizes"), "");
	free(path);
	disk_remove(folder);
}

Test(trash, names_that_are_taken_or_too_long)
{
	char *folder = home_folder(), longest[256], name[300], *kept;
	struct trash_result result = {0}, other = {0};
	const char *names[] = {"work/file"};

	memset(longest, 'x', 255);
	longest[255] = 0;
	snprintf(name, sizeof(name), "work/%s", longest);
	for (int i = 0; i < 3; i++) {
		disk_file(folder, "work/file", 3);
		names[0] = "work/file";
		trash(folder, names, 1, &result, 0, REMOVAL_FAILED);
		disk_file(folder, name, 3);
		names[0] = name;
		trash(folder, names, 1, &result, 0, REMOVAL_FAILED);
	}
	cr_assert(is_there(folder, "data/Trash/files/file") && is_there(folder, "data/Trash/files/file.2") &&
	          is_there(folder, "data/Trash/files/file.3"));
	cr_assert_eq(result.count, 6);
	/* the first of each goes back, its name is taken then */
	undo(&result, 4);
	cr_assert(is_there(folder, "work/file") && is_there(folder, name));
	/* what lies in the trash does not go there again */
	names[0] = "data/Trash/files/file.2";
	trash(folder, names, 1, &other, 1, REMOVAL_IN_TRASH);
	/* nor does what holds it */
	names[0] = "data";
	trash(folder, names, 1, &other, 1, REMOVAL_FAILED);
	kept = in(folder, "data/Trash/files/file.2");
	cr_assert_eq(access(kept, F_OK), 0);
	free(kept);
	trash_result_clear(&other);
	disk_remove(folder);
}

Test(trash, what_is_another_one_now_stays)
{
	char *folder = home_folder(), *path = in(folder, "work/file"), *other = in(folder, "work/other");
	struct trash_result result = {0};
	const char *name = "work/file";
	struct removal removal;
	struct choice *choice;
	struct tree *tree;

	disk_file(folder, "work/file", 3);
	disk_file(folder, "work/other", 3);
	tree = read_folder(folder);
	choice = choose(tree, &name, 1);
	cr_assert_eq(rename(other, path), 0);
	removal_init(&removal, choice, &cancel);
	cr_assert_eq(trash_run(&removal, &result), 0);
	cr_assert_eq(removal.errors.total, 1);
	cr_assert_eq(removal.errors.items[0].why, REMOVAL_CHANGED);
	cr_assert(is_there(folder, "work/file") && !is_there(folder, "data/Trash/info/file.trashinfo"));
	trash_result_clear(&result);
	removal_errors_clear(&removal.errors);
	choice_destroy(choice);
	tree_destroy(tree);
	free(path);
	free(other);
	disk_remove(folder);
}

Test(trash, of_another_file_system)
{
	char *folder = home_folder(), *mounted = in(folder, "mounted"), name[64],
	     *shared = in(folder, "mounted/.Trash");
	char relative[128], *below = in(folder, "mounted/below");
	struct trash_result result = {0};
	const char *names[] = {"below/file"};
	struct stat st;

	disk_dir(folder, "mounted");
	if (private_tmpfs(mounted, "size=8m"))
		cr_skip_test("no mount namespace of our own");
	disk_dir(folder, "mounted/below");
	snprintf(name, sizeof(name), ".Trash-%d", (int)geteuid());
	/* one that everybody may remove from, and one that leads elsewhere, are not used */
	for (int round = 0; round < 3; round++) {
		if (round == 1)
			cr_assert_eq(mkdir(shared, 0777), 0);
		if (round == 2)
			cr_assert(!rmdir(shared) && !symlink(folder, shared));
		disk_file(folder, "mounted/below/file", 3);
		trash(mounted, names, 1, &result, 0, REMOVAL_FAILED);
	}
	snprintf(relative, sizeof(relative), "%s/info/file.trashinfo", name);
	cr_assert_not_null(strstr(text_of(mounted, relative), "\nPath=below/file\n"));
	cr_assert_eq(fstatat(AT_FDCWD, mounted, &st, 0), 0);
	/* this one is */
	cr_assert(!unlink(shared) && !mkdir(shared, 01777) && !chmod(shared, 01777));
	disk_file(folder, "mounted/below/file", 3);
	trash(mounted, names, 1, &result, 0, REMOVAL_FAILED);
	snprintf(relative, sizeof(relative), ".Trash/%d/files/file", (int)geteuid());
	cr_assert(is_there(mounted, relative));
	undo(&result, 3);
	cr_assert(is_there(mounted, "below/file"));
	/* what is bound elsewhere has no trash there: a rename does not lead from one mount to another */
	disk_dir(folder, "bound");
	{
		char *bound = in(folder, "bound");

		cr_assert_eq(mount(below, bound, NULL, MS_BIND, NULL), 0);
		cr_assert_eq(mount(NULL, bound, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
		names[0] = "file";
		trash(bound, names, 1, &result, 1, REMOVAL_NO_TRASH);
		cr_assert_eq(umount(bound), 0);
		free(bound);
	}
	cr_assert(is_there(mounted, "below/file"));
	trash_result_clear(&result);
	cr_assert_eq(umount2(mounted, MNT_DETACH), 0);
	free(mounted);
	free(shared);
	free(below);
	disk_remove(folder);
}

/** A mount would go along, and with it whatever lies there: known to the scan, or come since. */
Test(trash, what_holds_a_mount_stays)
{
	char *folder = home_folder(), *point = in(folder, "work/dir/sub/point"), *file = in(folder, "work/bound");
	const char *const names[] = {"work/dir", "work/other", "work/bound"};
	struct trash_result result = {0};

	disk_dir(folder, "work/dir");
	disk_dir(folder, "work/dir/sub");
	disk_dir(folder, "work/dir/sub/point");
	disk_dir(folder, "work/other");
	disk_file(folder, "work/dir/file", 3);
	disk_file(folder, "work/bound", 3);
	if (private_tmpfs(point, "size=1m"))
		cr_skip_test("no mount namespace of our own");
	disk_file(folder, "work/dir/sub/point/precious", 3);
	cr_assert_eq(mount(file, file, NULL, MS_BIND, NULL), 0);
	trash(folder, names, 3, &result, 2, REMOVAL_MOUNT);
	cr_assert_eq(result.count, 1);
	cr_assert(is_there(folder, "work/dir/sub/point/precious") && is_there(folder, "work/bound") &&
	          is_there(folder, "data/Trash/files/other") && !is_there(folder, "data/Trash/info/dir.trashinfo"));
	cr_assert_eq(umount(file) | umount(point), 0);
	trash(folder, names, 1, &result, 0, REMOVAL_FAILED);
	cr_assert(is_there(folder, "data/Trash/files/dir/sub/point") && !is_there(folder, "work/dir"));
	trash_result_clear(&result);
	free(point);
	free(file);
	disk_remove(folder);
}

/** Without memory at any place: everything is where it was or whole in the trash, and goes there with the next try. */
Test(trash, every_allocation_may_fail)
{
	char *folder = home_folder();
	const char *const names[] = {"work/dir", "work/file"};
	bool failed = true;
	long n = 0;

	disk_dir(folder, "work/dir");
	disk_file(folder, "work/dir/inner", 3);
	disk_file(folder, "work/file", 3);
	for (; failed; n++) {
		struct tree *tree = read_folder(folder);
		struct choice *choice = choose(tree, names, 2);
		struct removal_errors errors = {.lock = PTHREAD_MUTEX_INITIALIZER};
		struct trash_result result = {0};
		struct removal removal;

		removal_init(&removal, choice, &cancel);
		alloc_fail_at(n, false);
		int rc = trash_run(&removal, &result);

		failed = alloc_count() > n;
		alloc_fail_at(-1, false);
		cr_assert(rc == 0 || rc == -ENOMEM, "%ld: %d", n, rc);
		cr_assert(failed || (!rc && !removal.errors.total && result.count == 2), "%ld: %d", n, rc);
		for (int i = 0; i < 2; i++) {
			const char *name = names[i] + 5;
			char *there = in("data/Trash/files", name), *info = in("data/Trash/info", name), *note;

			cr_assert(asprintf(&note, "%s.trashinfo", info) > 0);
			cr_assert_neq(is_there(folder, there), is_there(folder, names[i]), "%ld: %s", n, names[i]);
			cr_assert_eq(is_there(folder, there), is_there(folder, note), "%ld: %s", n, note);
			free(there);
			free(info);
			free(note);
		}
		/* back again, without memory as well: what was not put back is with the next try */
		alloc_fail_at(n, false);
		trash_undo(&result, &errors);
		alloc_fail_at(-1, false);
		trash_undo(&result, &errors);
		cr_assert_eq(result.count, 0, "%ld", n);
		removal_errors_clear(&errors);
		trash_result_clear(&result);
		cr_assert_eq(system("rm -f \"$XDG_DATA_HOME\"/Trash/info/*"), 0);
		removal_errors_clear(&removal.errors);
		choice_destroy(choice);
		tree_destroy(tree);
	}
	cr_expect_gt(n, 20);
	disk_remove(folder);
}

/**
 * GLib's own trash, as file managers use it: its backend asks for a session bus.  (2.74 puts a name beyond ASCII back
 * under an escaped one, whoever trashed it.)
 */
Test(trash, read_by_gio)
{
	static const char *const odd = "work/100% #1 file";
	char *folder = home_folder(), *command, line[8192] = "", *listed = in(folder, "work/a folder");
	const char *const names[] = {"work/a folder", odd};
	struct trash_result result = {0};
	FILE *list;

	if (system("command -v gio >/dev/null && command -v dbus-run-session >/dev/null"))
		cr_skip_test("gio or dbus-run-session is not installed (libglib2.0-bin, dbus-daemon)");
	disk_dir(folder, "work/a folder");
	disk_file(folder, "work/a folder/inner", 5000);
	disk_file(folder, odd, 3);
	trash(folder, names, 2, &result, 0, REMOVAL_FAILED);
	cr_assert(asprintf(&command,
	                   "mkdir -m 700 '%s/run' && HOME='%s' XDG_RUNTIME_DIR='%s/run' timeout 60 "
	                   "dbus-run-session -- sh -c "
	                   "'gio trash --list && gio trash --restore \"trash:///a folder\" && "
	                   "gio trash --restore trash:///100%%25%%20%%231%%20file && echo restored' 2>/dev/null",
	                   folder, folder, folder) > 0);
	list = popen(command, "r");
	cr_assert_not_null(list);
	line[fread(line, 1, sizeof(line) - 1, list)] = 0;
	pclose(list);
	if (!*line) {
		disk_remove(folder);
		cr_skip_test("gio has no backend for the trash here (gvfs)");
	}
	cr_assert_not_null(strstr(line, listed), "%s", line);
	cr_assert_not_null(strstr(line, "restored"), "%s", line);
	cr_assert(is_there(folder, "work/a folder/inner") && is_there(folder, odd));
	cr_assert(!is_there(folder, "data/Trash/files/a folder") &&
	          !is_there(folder, "data/Trash/info/a folder.trashinfo"));
	free(command);
	free(listed);
	trash_result_clear(&result);
	disk_remove(folder);
}

/** Other programs find it, and put it back. */
Test(trash, read_by_trash_cli)
{
	char *folder = home_folder(), *command, *listed, line[8192] = "";
	const char *const names[] = {"work/a folder", "work/file"};
	struct trash_result result = {0};
	FILE *list;

	if (system("command -v trash-list >/dev/null && command -v trash-restore >/dev/null"))
		cr_skip_test("trash-cli is not installed");
	disk_dir(folder, "work/a folder");
	disk_file(folder, "work/a folder/inner", 5000);
	disk_file(folder, "work/file", 3);
	trash(folder, names, 2, &result, 0, REMOVAL_FAILED);
	list = popen("trash-list", "r");
	cr_assert_not_null(list);
	line[fread(line, 1, sizeof(line) - 1, list)] = 0;
	pclose(list);
	listed = in(folder, "work/a folder");
	cr_assert_not_null(strstr(line, listed), "%s", line);
	cr_assert(asprintf(&command, "cd '%s/work' && printf '0\\n' | trash-restore '%s' >/dev/null", folder, listed) >
	          0);
	cr_assert_eq(system(command), 0);
	cr_assert(is_there(folder, "work/a folder/inner") && !is_there(folder, "work/file"));
	free(command);
	free(listed);
	trash_result_clear(&result);
	disk_remove(folder);
}

/* ---- what truly comes back ---- */

Test(estimate, links_elsewhere_and_open_files)
{
	char *folder = disk_folder(), *inner = in(folder, "doomed/linked"), *outer = in(folder, "outside");
	char *held = in(folder, "doomed/held"), self[64];
	const char *name = "doomed";
	struct tree *tree;
	struct choice *choice;
	struct estimate estimate;
	int fd;

	disk_dir(folder, "doomed");
	disk_file(folder, "doomed/plain", 40960);
	disk_file(folder, "doomed/linked", 81920);
	disk_file(folder, "doomed/held", 122880);
	cr_assert_eq(link(inner, outer), 0);
	fd = open(held, O_RDONLY | O_CLOEXEC);
	tree = read_folder(folder);
	choice = choose(tree, &name, 1);
	cr_assert_eq(estimate_make(choice, NULL, &estimate), 0);
	cr_assert_eq(estimate.elsewhere_bytes, 81920);
	cr_assert_eq(estimate.shared_bytes, 0);
	cr_assert_eq(estimate.open_count, 1);
	cr_assert_str_eq(estimate.open[0].path, held);
	snprintf(self, sizeof(self), "(%ld)", (long)getpid());
	cr_assert_not_null(strstr(estimate.open[0].holder, self), "%s", estimate.open[0].holder);
	cr_assert_eq(estimate.open_bytes, 122880);
	cr_assert_eq(estimate.frees_bytes, choice->bytes - 81920 - 122880);
	estimate_clear(&estimate);
	close(fd);
	choice_destroy(choice);
	tree_destroy(tree);
	free(inner);
	free(outer);
	free(held);
	disk_remove(folder);
}

/**
 * Deletion where blocks are shared: what was told to come back is what statfs() says came back, and whoever shares them
 * keeps his bytes.
 */
static void delete_shared(const char *kind)
{
	const char *const name = "doomed";
	struct volume volume;
	struct removal removal;
	struct choice *choice;
	struct estimate estimate;
	struct tree *tree;
	uint64_t before;

	if (!volume_make(&volume, kind, 320, NULL))
		cr_skip_test("%s", volume.reason);
	cr_assert_eq(volume_shell(&volume, "mkdir at/doomed && cd at && dd if=/dev/urandom of=doomed/big bs=1M count=3 "
	                                   "2>/dev/null && cp --reflink=always doomed/big other && "
	                                   "dd if=/dev/urandom of=doomed/own bs=1M count=8 2>/dev/null && "
	                                   "cp --reflink=always doomed/own doomed/twice && sha256sum other >../sum && "
	                                   "rm doomed/twice && sync -f ."),
	             0);
	tree = read_folder(volume.point);
	choice = choose(tree, &name, 1);
	cr_assert_eq(choice_list(choice, NULL), 0);
	cr_assert_eq(estimate_make(choice, NULL, &estimate), 0);
	cr_assert_eq(estimate.shared_bytes, 3 << 20);
	cr_assert_geq(estimate.frees_bytes, 8 << 20);
	cr_assert_lt(estimate.frees_bytes, 9 << 20);
	removal_init(&removal, choice, &cancel);
	cr_assert(removal_free_bytes(choice, &before));
	cr_assert_eq(removal_run(&removal), 0);
	cr_assert_eq(removal.errors.total, 0);
	cr_assert(removal.freed_known);
	/* beside a little of the file system's own; XFS may take its time */
	for (int tries = 0; removal.freed_bytes < 7 << 20 && tries < 3000; tries++) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		removal_measure(&removal, true, before);
	}
	cr_assert(removal.freed_bytes > (7 << 20) && removal.freed_bytes < (10 << 20), "%lld",
	          (long long)removal.freed_bytes);
	cr_assert_eq(volume_shell(&volume, "cd at && test ! -e doomed && sha256sum -c ../sum >/dev/null"), 0);
	removal_errors_clear(&removal.errors);
	estimate_clear(&estimate);
	choice_destroy(choice);
	tree_destroy(tree);
	volume_end(&volume);
}

Test(estimate, extents_that_others_share_on_xfs)
{
	delete_shared("xfs");
}

Test(estimate, extents_that_others_share_on_btrfs)
{
	delete_shared("btrfs");
}

/** Without memory at any place: said. */
Test(estimate, every_allocation_may_fail)
{
	const char *const name = "doomed";
	struct volume volume;
	struct estimate estimate;
	struct choice *choice;
	struct tree *tree;
	int rc = 0, fd;

	/* where nobody else holds anything open */
	if (!volume_make(&volume, "tmpfs", 8, NULL))
		cr_skip_test("%s", volume.reason);
	char *held = in(volume.point, "doomed/held");

	disk_dir(volume.point, "doomed");
	disk_file(volume.point, "doomed/held", 4096);
	fd = open(held, O_RDONLY | O_CLOEXEC);
	tree = read_folder(volume.point);
	choice = choose(tree, &name, 1);
	/* those of open_files_read(), which has a test of its own, come first */
	alloc_fail_at(LONG_MAX, false);
	cr_assert_eq(estimate_make(choice, NULL, &estimate), 0);
	cr_assert_eq(estimate.open_bytes, 4096);
	estimate_clear(&estimate);
	long n = alloc_count();

	for (int i = 0; i < 8; i++, n--) {
		alloc_fail_at(n, false);
		rc = estimate_make(choice, NULL, &estimate);
		bool failed = alloc_count() > n;

		alloc_fail_at(-1, false);
		/* a name that is only kept for the next process may do without */
		cr_assert(!rc || (failed && rc == -ENOMEM), "%ld: %d", n, rc);
		if (!rc)
			estimate_clear(&estimate);
	}
	close(fd);
	choice_destroy(choice);
	tree_destroy(tree);
	free(held);
	volume_end(&volume);
}
