/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private_mounts.h"
#include "session.h"

TestSuite(pty_disk, .fini = session_end_all);

/* The main occasion of this program: the disk is full, and both what is looked at and the database lie on it. */

#define MIB (UINT64_C(1) << 20)
#define KIB (UINT64_C(1) << 10)

/* A small file system of this test's own. */
static void small_disk(char where[64], const char *size)
{
	char options[64];

	strcpy(where, "/tmp/disktracker-disk-XXXXXX");
	cr_assert(mkdtemp(where));
	snprintf(options, sizeof options, "size=%s,mode=755", size);
	int rc = private_tmpfs(where, options);

	if (rc) {
		rmdir(where);
		cr_skip_test("mounting is not allowed: %s", strerror(-rc));
	}
}

static void small_disk_gone(const char *where)
{
	umount2(where, MNT_DETACH);
	rmdir(where);
}

/* Take all space that is left. */
static void fill(const char *path)
{
	static const char bytes[4096];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert(fd >= 0);
	for (size_t step = sizeof bytes; step; step /= 2)
		while (write(fd, bytes, step) == (ssize_t)step)
			;
	cr_assert_eq(errno, ENOSPC);
	close(fd);
}

Test(pty_disk, full)
{
	struct session s;
	char disk[64], ballast[4300];

	small_disk(disk, "24m");
	session_begin(&s, disk);
	session_file(&s, "a/b/c", MIB);
	session_file(&s, "d/e", MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	cr_assert(strstr(session_stderr(&s), "#1"), "stderr: %s", session_stderr(&s));

	session_file(&s, "a/b/c", 6 * MIB);
	snprintf(ballast, sizeof ballast, "%s/ballast", s.dir);
	fill(ballast);
	session_open_whole(&s, 24, 80, NULL, NULL);
	/* It says so, and all the rest works. */
	cr_assert(pty_wait_text(s.pty, "not saved"));
	cr_assert(session_wait_size(&s, "/a", session_size(session_walk(&s, "a").alloc_bytes)));
	pty_send(s.pty, "d");
	cr_assert(session_wait_growth(&s, "/a", "+5.0 MiB"));
	pty_send(s.pty, "F");
	cr_assert(pty_wait_row(s.pty, 0, "/tree/a/b"));
	cr_assert(session_wait_growth(&s, "c", "+5.0 MiB"));
	pty_send(s.pty, "H");
	cr_assert(pty_wait_row(s.pty, 0, "snapshots of"));
	pty_send(s.pty, "q");
	/* As soon as there is room the scan is kept. */
	cr_assert_eq(unlink(ballast), 0);
	cr_assert(pty_wait_gone(s.pty, "not saved"));
	session_quit(&s);
	cr_assert(strstr(session_stderr(&s), "#2 saved"), "stderr: %s", session_stderr(&s));
	session_end(&s);
	small_disk_gone(disk);
}

/* No database was ever written, and there is no room for one. */
Test(pty_disk, full_from_the_start)
{
	struct session s;
	char disk[64], ballast[4300];

	small_disk(disk, "8m");
	session_begin(&s, disk);
	session_file(&s, "a/b", MIB);
	snprintf(ballast, sizeof ballast, "%s/ballast", s.dir);
	fill(ballast);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(session_wait_size(&s, "/a", "1.0 MiB"));
	cr_assert(pty_wait_text(s.pty, "not "));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 2, "written"));
	session_quit(&s);
	session_end(&s);
	small_disk_gone(disk);
}

/* Another file system below is shown, not entered, and entered on request. */
Test(pty_disk, mounts)
{
	struct session s;
	char disk[64], inner[4300];

	small_disk(disk, "16m");
	session_begin(&s, disk);
	session_file(&s, "own/x", MIB);
	session_folder(&s, "mnt");
	snprintf(inner, sizeof inner, "%s/mnt", s.tree);
	cr_assert_eq(mount("none", inner, "tmpfs", 0, "size=4m"), 0);
	session_file(&s, "mnt/y", 2 * MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	int row = session_row(&s, "/mnt");
	cr_assert(row >= LIST_TOP);
	cr_assert_str_eq(pty_cells(s.pty, row, 1, 1), ">");
	cr_assert_gt(row, session_row(&s, "/own"));
	session_go(&s, "/mnt");
	pty_send(s.pty, "r");
	cr_assert(session_wait_size(&s, "/mnt", "2.0 MiB"));
	cr_assert_eq(session_row(&s, "/mnt"), LIST_TOP, "in its place at once, not with the next key");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_size(&s, "y", "2.0 MiB"));
	session_quit(&s);
	cr_assert_eq(umount2(inner, MNT_DETACH), 0);
	session_end(&s);
	small_disk_gone(disk);
}

/* ---- databases that cannot be used: browse all the same, and say so ---- */

Test(pty_disk, database_is_a_folder)
{
	struct session s;
	char data[4300];

	session_begin(&s, NULL);
	session_file(&s, "a/b", MIB);
	snprintf(data, sizeof data, "%s/data", s.dir);
	cr_assert_eq(mkdir(data, 0700), 0);
	cr_assert_eq(mkdir(s.db, 0700), 0);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(session_wait_size(&s, "/a", session_size(session_walk(&s, "a").alloc_bytes)));
	cr_assert(pty_wait_text(s.pty, "not "));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 2, "written"));
	pty_send(s.pty, "H");
	cr_assert(pty_wait_text(s.pty, "snapshots"));
	pty_send(s.pty, "q");
	pty_send(s.pty, "q");
	cr_assert_neq(pty_wait_exit(s.pty), -1);
	cr_assert(!pty_alternate(s.pty) && pty_cooked(s.pty));
	session_end(&s);
}

/* An index that cannot be trusted is told and written anew; nothing else changes. */
Test(pty_disk, index_is_damaged)
{
	struct session s;
	struct stat st;
	glob_t found;
	char pattern[4300];

	session_begin(&s, NULL);
	session_file(&s, "a/b", MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	session_quit(&s);
	snprintf(pattern, sizeof pattern, "%s/data/data.db.index/*.mmap", s.dir);
	cr_assert_eq(glob(pattern, 0, NULL, &found), 0);
	cr_assert_eq(truncate(found.gl_pathv[0], 200), 0);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 22, "index"));
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 1, "no growth since #1"));
	cr_assert(stat(found.gl_pathv[0], &st) == 0 && st.st_size > 200);
	globfree(&found);
	session_quit(&s);
	session_end(&s);
}

/* Ours, and damaged: set aside, not deleted; a fresh one takes its place. */
Test(pty_disk, database_is_corrupt)
{
	struct session s;
	char noise[8192];

	session_begin(&s, NULL);
	session_file(&s, "a/b", MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	memset(noise, 0x5a, sizeof noise);
	int fd = open(s.db, O_WRONLY | O_CLOEXEC);
	cr_assert(fd >= 0 && pwrite(fd, noise, sizeof noise, 100) == (ssize_t)sizeof noise);
	close(fd);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	session_quit(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 1, "since #1"));
	session_quit(&s);
	session_end(&s);
}

/* Somebody's text: left as it is, and said. */
Test(pty_disk, database_is_none_of_ours)
{
	static const char text[] = "Chapter 1\n";
	struct session s;
	char data[4300], read_back[sizeof text] = "";

	session_begin(&s, NULL);
	session_file(&s, "a/b", MIB);
	snprintf(data, sizeof data, "%s/data", s.dir);
	cr_assert_eq(mkdir(data, 0700), 0);
	int fd = open(s.db, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	cr_assert(fd >= 0 && write(fd, text, sizeof text - 1) == sizeof text - 1);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 22, "not saved: "));
	session_quit(&s);
	cr_assert_eq(pread(fd, read_back, sizeof text, 0), sizeof text - 1);
	cr_assert_str_eq(read_back, text);
	close(fd);
	session_end(&s);
}
