/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds what open: real processes and descriptors, on file systems of their own where that matters. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "disk.h"
#include "engine/system/open_files.h"
#include "private_mounts.h"
#include "volume.h"

#define MIB ((size_t)1 << 20)

static char *at(const char *folder, const char *name)
{
	char *path;

	cr_assert(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

/* An open file with n written bytes. */
static int made(const char *path, size_t n)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	char *bytes = calloc(1, n + 1);

	cr_assert(fd >= 0, "%s: %s", path, strerror(errno));
	memset(bytes, 'x', n);
	cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
	cr_assert_eq(fsync(fd), 0);
	free(bytes);
	return fd;
}

static struct open_files *pass(dev_t dev)
{
	struct open_files *files = NULL;

	cr_assert_eq(open_files_read(&dev, 1, NULL, &files), 0);
	return files;
}

static dev_t device(const char *path)
{
	struct stat st;

	cr_assert_eq(stat(path, &st), 0);
	return st.st_dev;
}

static const struct open_file *find(const struct open_files *files, dev_t dev, ino_t ino)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->items[i].dev == dev && files->items[i].ino == ino)
			return &files->items[i];
	return NULL;
}

static bool held_by(const struct open_file *file, pid_t pid)
{
	for (size_t i = 0; i < file->holder_count; i++)
		if (file->holders[i].pid == pid)
			return true;
	return false;
}

/* A child of ours that does `what` and waits until it is killed; what it holds is then gone. */
static pid_t child(void (*what)(void *), void *context)
{
	int ready[2];
	char byte;

	cr_assert_eq(pipe(ready), 0);
	pid_t pid = fork();

	cr_assert(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		what(context);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1, "the child came to nothing");
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

Test(open_files, a_deleted_file_is_told_with_its_blocks_and_its_holder)
{
	char *folder = disk_folder(), *path = at(folder, "log"), *whole = at(folder, "kept (deleted)");
	struct stat st, kept;

	disk_dir(folder, "x");
	int fd = made(path, 3 * MIB), other = made(whole, MIB);

	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(fstat(fd, &st) + fstat(other, &kept), 0);
	struct open_files *files = pass(st.st_dev);
	const struct open_file *file = find(files, st.st_dev, st.st_ino);

	cr_assert(file);
	cr_expect(file->deleted && file->bytes_known);
	cr_expect_eq(file->bytes, (uint64_t)st.st_blocks * 512);
	cr_expect_str_eq(file->path, path);
	cr_assert_eq(file->holder_count, 1);
	cr_expect_eq(file->holders[0].pid, getpid());
	/* Its name only reads as if it were. */
	file = find(files, kept.st_dev, kept.st_ino);
	cr_assert(file);
	cr_expect_not(file->deleted);
	cr_expect_str_eq(file->path, whole);
	cr_expect_null(find(files, st.st_dev, 1));
	cr_expect_null(find(files, st.st_dev + 1, st.st_ino));
	open_files_free(files);
	close(fd);
	/* And is gone with its last descriptor. */
	files = pass(st.st_dev);
	cr_expect_null(find(files, st.st_dev, st.st_ino));
	open_files_free(files);
	close(other);
	free(path);
	free(whole);
	disk_remove(folder);
}

static void nothing(void *context)
{
	(void)context;
}

Test(open_files, a_file_counts_once_and_all_its_holders_are_told)
{
	char *folder = disk_folder(), *path = at(folder, "shared");
	int fd = made(path, MIB), again = dup(fd);
	struct stat st;
	pid_t pids[4];

	cr_assert(again >= 0 && !fstat(fd, &st));
	cr_assert_eq(unlink(path), 0);
	for (size_t i = 0; i < 4; i++)
		pids[i] = child(nothing, NULL);
	struct open_files *files = pass(st.st_dev);
	const struct open_file *file = find(files, st.st_dev, st.st_ino);
	size_t met = 0;

	for (size_t i = 0; i < files->count; i++) {
		met += files->items[i].ino == st.st_ino;
		cr_expect(!i || files->items[i - 1].bytes >= files->items[i].bytes);
	}
	cr_expect_eq(met, 1);
	cr_assert(file);
	cr_expect_eq(file->holder_count, 5);
	cr_expect(held_by(file, getpid()));
	for (size_t i = 0; i < 4; i++) {
		cr_expect(held_by(file, pids[i]));
		end(pids[i]);
	}
	/* All of one name: it is said once. */
	char *names = open_file_names(file);

	cr_expect_str_eq(names, file->holders[0].name);
	free(names);
	open_files_free(files);
	free(path);
	disk_remove(folder);
}

Test(open_files, names_are_told_up_to_three)
{
	static const struct open_holder holders[] = {{1, "a"}, {2, "b"}, {3, "a"}, {4, "c"},
	                                             {5, "b"}, {6, "d"}, {7, "e"}};
	struct open_file file = {.holders = holders};
	static const char *const expected[] = {"", "a", "a, b", "a, b", "a, b, c", "a, b, c", "a, b, c, ...",
	                                       "a, b, c, ..."};

	for (size_t i = 0; i <= 7; i++) {
		file.holder_count = i;
		char *names = open_file_names(&file);

		cr_expect_str_eq(names, expected[i]);
		free(names);
	}
}

Test(open_files, a_mapping_keeps_a_file_when_its_descriptor_is_closed)
{
	char *folder = disk_folder(), *path = at(folder, "mapped"), *named = at(folder, "named");
	int fd = made(path, MIB), other = made(named, MIB);
	struct stat st, there;

	cr_assert(!fstat(fd, &st) && !fstat(other, &there));
	cr_assert(mmap(NULL, MIB, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
	cr_assert(mmap(NULL, MIB, PROT_READ, MAP_PRIVATE, other, 0) != MAP_FAILED);
	close(fd);
	close(other);
	cr_assert_eq(unlink(path), 0);
	struct open_files *files = pass(st.st_dev);
	const struct open_file *file = find(files, st.st_dev, st.st_ino);

	cr_assert(file);
	cr_expect(file->deleted);
	cr_expect(held_by(file, getpid()));
	cr_expect_str_eq(file->path, path);
	if (file->bytes_known)
		cr_expect_eq(file->bytes, (uint64_t)st.st_blocks * 512);
	else
		cr_expect_neq(geteuid(), 0);
	file = find(files, there.st_dev, there.st_ino);
	cr_assert(file);
	cr_expect_not(file->deleted);
	cr_expect_eq(file->bytes, (uint64_t)there.st_blocks * 512);
	open_files_free(files);
	free(path);
	free(named);
	disk_remove(folder);
}

/* Who may not look through map_files has the text, and no size. */
Test(open_files, without_privileges_a_mapping_has_no_size)
{
	if (geteuid())
		cr_skip_test("not root");
	char *folder = disk_folder(), *path = at(folder, "mapped");
	int fd = made(path, MIB);
	struct stat st;

	cr_assert_eq(fstat(fd, &st), 0);
	cr_assert(mmap(NULL, MIB, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
	close(fd);
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(setegid(65534) | seteuid(65534), 0);
	/* Its own /proc belongs to root after that. */
	cr_assert_eq(prctl(PR_SET_DUMPABLE, 1), 0);
	struct open_files *files = pass(st.st_dev);
	const struct open_file *file = find(files, st.st_dev, st.st_ino);

	cr_assert(file);
	cr_expect(file->deleted);
	cr_expect_not(file->bytes_known);
	cr_expect_eq(file->bytes, 0);
	cr_expect_str_eq(file->path, path);
	cr_expect(files->unseen > 0, "the first process is not ours to see");
	open_files_free(files);
	cr_assert_eq(seteuid(0) | setegid(0), 0);
	free(path);
	disk_remove(folder);
}

Test(open_files, unnamed_files_programs_and_folders_stood_in)
{
	char *folder = disk_folder(), *program = at(folder, "sleeper"), *sub = at(folder, "sub");
	int unnamed = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct stat runs, stood, none = {0};

	disk_dir(folder, "sub");
	struct volume here = {.folder = folder};

	cr_assert_eq(volume_shell(&here, "cp \"$(command -v sleep)\" sleeper"), 0);
	cr_assert(!stat(program, &runs) && !stat(sub, &stood));
	if (unnamed >= 0)
		cr_assert(write(unnamed, program, strlen(program)) > 0 && !fstat(unnamed, &none));
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!chdir(sub))
			execl(program, "sleeper", "1000", (char *)NULL);
		_exit(1);
	}
	/* It runs when it is no copy of this program any more. */
	char *link, target[4096];

	cr_assert(asprintf(&link, "/proc/%d/exe", pid) > 0);
	for (ssize_t n = 0; n != (ssize_t)strlen(program) || memcmp(target, program, (size_t)n);)
		cr_assert((n = readlink(link, target, sizeof(target))) > 0);
	cr_assert_eq(unlink(program) | rmdir(sub), 0);
	struct open_files *files = pass(runs.st_dev);
	const struct open_file *file = find(files, runs.st_dev, runs.st_ino);

	cr_assert(file);
	cr_expect(file->deleted && held_by(file, pid));
	cr_expect_str_eq(file->path, program);
	cr_expect_str_eq(file->holders[0].name, "sleeper");
	file = find(files, stood.st_dev, stood.st_ino);
	cr_assert(file, "a removed folder that somebody stands in");
	cr_expect(file->deleted && held_by(file, pid));
	file = find(files, none.st_dev, none.st_ino);
	cr_expect(unnamed < 0 || (file && file->deleted && file->bytes == (uint64_t)none.st_blocks * 512));
	open_files_free(files);
	end(pid);
	free(link);
	free(program);
	free(sub);
	disk_remove(folder);
}

Test(open_files, what_lies_on_other_file_systems_is_left_out)
{
	struct volume volume;

	if (!volume_make(&volume, "tmpfs", 8, NULL))
		cr_skip_test("%s", volume.reason);
	char *inside = at(volume.point, "in"), *outside = at(volume.folder, "out");
	int in = made(inside, MIB), out = made(outside, MIB), memory = memfd_create("m", MFD_CLOEXEC);
	struct stat st, far;

	cr_assert(memory >= 0 && !ftruncate(memory, 4096));
	cr_assert_eq(unlink(inside) | unlink(outside), 0);
	cr_assert(!fstat(in, &st) && !fstat(out, &far));
	struct open_files *files = pass(st.st_dev);

	cr_assert_eq(files->count, 1);
	cr_expect_eq(files->items[0].ino, st.st_ino);
	cr_expect_null(find(files, far.st_dev, far.st_ino));
	open_files_free(files);
	close(in);
	close(out);
	close(memory);
	free(inside);
	free(outside);
	volume_end(&volume);
}

/* Each subvolume has a number of its own; that of the mount table stands for all. */
Test(open_files, subvolumes_belong_to_their_file_system)
{
	struct volume volume;
	struct stat st, top;

	if (!volume_make(&volume, "btrfs", 120, NULL))
		cr_skip_test("%s", volume.reason);
	if (volume_shell(&volume, "command -v btrfs >/dev/null && btrfs -q subvolume create at/sub"))
		cr_skip_test("no btrfs program");
	char *path = at(volume.point, "sub/file"), *sub = at(volume.point, "sub");
	char *line = NULL, *mount = at(volume.folder, "device");
	unsigned numbers[2];

	cr_assert_eq(volume_shell(&volume, "grep \" $PWD/at \" /proc/self/mountinfo | cut -d' ' -f3 > device"), 0);
	FILE *file = fopen(mount, "r");

	cr_assert(file && fscanf(file, "%u:%u", &numbers[0], &numbers[1]) == 2);
	fclose(file);
	int fd = made(path, MIB);

	cr_assert(!unlink(path) && !fstat(fd, &st) && !stat(volume.point, &top));
	cr_assert_neq(st.st_dev, top.st_dev);
	dev_t table = makedev(numbers[0], numbers[1]);
	struct open_files *files = pass(table);
	const struct open_file *found = find(files, st.st_dev, st.st_ino);

	cr_assert(found, "by the table's number");
	cr_expect(found->deleted);
	open_files_free(files);
	files = pass(st.st_dev);
	cr_expect(find(files, st.st_dev, st.st_ino), "by its own");
	open_files_free(files);
	files = pass(top.st_dev);
	cr_expect_null(find(files, st.st_dev, st.st_ino), "not by another's");
	open_files_free(files);
	close(fd);
	free(line);
	free(mount);
	free(path);
	free(sub);
	volume_end(&volume);
}

Test(open_files, the_kernel_holds_what_is_behind_a_loop_device)
{
	struct volume volume;
	struct stat st;

	if (!volume_make(&volume, "ext4", 8, NULL))
		cr_skip_test("%s", volume.reason);
	char *image = at(volume.folder, "img");

	cr_assert_eq(stat(image, &st), 0);
	struct open_files *files = pass(st.st_dev);
	const struct open_file *file = find(files, st.st_dev, st.st_ino);

	cr_assert(file);
	cr_expect(!file->deleted && file->bytes == (uint64_t)st.st_blocks * 512);
	cr_assert_eq(file->holder_count, 1);
	cr_expect_eq(file->holders[0].pid, 0);
	cr_expect_eq(strncmp(file->holders[0].name, "loop", 4), 0);
	open_files_free(files);
	cr_assert_eq(unlink(image), 0);
	files = pass(st.st_dev);
	file = find(files, st.st_dev, st.st_ino);
	cr_assert(file);
	cr_expect(file->deleted && !file->bytes_known);
	cr_expect_str_eq(file->path, image);
	open_files_free(files);
	free(image);
	volume_end(&volume);
}

Test(open_files, it_can_be_stopped)
{
	_Atomic bool cancel = true;
	struct open_files *files = NULL;
	dev_t dev = device("/");

	cr_expect_eq(open_files_read(&dev, 1, &cancel, &files), -ECANCELED);
	cr_expect_null(files);
}

Test(open_files, every_allocation_may_fail)
{
	struct volume volume;
	struct stat st;

	if (!volume_make(&volume, "tmpfs", 8, NULL))
		cr_skip_test("%s", volume.reason);
	char *path = at(volume.point, "in");
	int fd = made(path, MIB), rc = -ENOMEM;

	cr_assert(!fstat(fd, &st));
	/* What comes later are more processes and more files, as many as the machine has: of these not each one. */
	for (long n = 0; rc == -ENOMEM; n += n < 500 ? 1 : n / 50) {
		struct open_files *files = NULL;

		alloc_fail_at(n, false);
		rc = open_files_read(&st.st_dev, 1, NULL, &files);
		alloc_fail_at(-1, false);
		cr_assert(rc == 0 || (rc == -ENOMEM && !files && n < 100000));
		open_files_free(files);
	}
	close(fd);
	free(path);
	volume_end(&volume);
}
