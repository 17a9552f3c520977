/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The browser while what it shows is mounted, unmounted, removed and there again: the real program, in a mount
 * namespace of the test's own.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private_mounts.h"
#include "session.h"

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_mounted, .fini = session_end_all);

static void apart(void)
{
	int result = private_mounts();

	if (result)
		cr_skip_test("no mount namespace: %s", strerror(-result));
}

/* In the folder that holds the tree.  What is busy for a moment is tried again. */
static void shell(const struct session *s, const char *script)
{
	char command[9000];

	snprintf(
		command, sizeof command,
		"umount() { n=0; until command umount \"$@\"; do [ $((n += 1)) -lt 600 ] || return 1; sleep 0.05;"
		" done; }; cd '%s' && { %s ; } >/dev/null 2>&1",
		s->dir, script);
	cr_assert_eq(system(command), 0, "%s", script);
}

static unsigned snapshots(const struct session *s)
{
	const char *const args[] = { "list", "--json", "--db", s->db, s->tree, NULL };
	char out[65536];
	unsigned n = 0;

	cr_assert_eq(session_command(s, args, out, sizeof out), 0);
	for (const char *at = out; (at = strstr(at, "\"id\": ")); at++)
		n++;
	return n;
}

static bool is_live(const struct session *s)
{
	const char *const args[] = { "size", "--json", "--db", s->db, s->tree, NULL };
	char out[65536];

	session_command(s, args, out, sizeof out);
	return strstr(out, "\"live\": true");
}

/* Mounted and unmounted below the folder: seen at once, and after R. */
Test(pty_mounted, below_the_folder)
{
	static const char *const args[] = { "--cross-file-system", NULL };
	struct session s;

	apart();
	session_begin(&s, NULL);
	session_file(&s, "box/inside", MIB);
	session_file(&s, "zoo", 4 * MIB);
	session_open_whole(&s, 24, 80, args, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	shell(&s, "mount -t tmpfs none tree/box && head -c 2097152 /dev/zero >tree/box/a");
	cr_assert(session_wait_size(&s, "/box", session_size(2 * MIB)));
	pty_send(s.pty, "R");
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	cr_assert(session_wait_size(&s, "/box", session_size(2 * MIB)));
	shell(&s, "umount tree/box");
	cr_assert(session_wait_size(&s, "/box", session_size(session_walk(&s, "box").alloc_bytes)));
	pty_send(s.pty, "R");
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	cr_assert(session_wait_size(&s, "/box", session_size(session_walk(&s, "box").alloc_bytes)));
	session_quit(&s);
	session_end(&s);
}

/* d in details: where the bytes of the disk are, those of a deleted file that somebody holds among them. */
Test(pty_mounted, the_account_of_a_file_system)
{
	struct session s;
	char path[5000], block[4096] = "x";

	apart();
	session_begin(&s, NULL);
	shell(&s, "mount -t tmpfs -o size=16M none tree");
	session_file(&s, "kept", 4 * MIB);
	snprintf(path, sizeof path, "%s/gone", s.tree);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert(fd >= 0);
	for (int i = 0; i < 512; i++)
		cr_assert_eq(write(fd, block, sizeof block), (ssize_t)sizeof block);
	cr_assert_eq(unlink(path), 0);
	session_open_whole(&s, 24, 160, NULL, NULL);
	pty_send(s.pty, "i");
	cr_assert(pty_wait_text(s.pty, "type      file"));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_text(s.pty, "6.0 MiB used of 16.0 MiB (38%)"));
	cr_assert(pty_wait_text(s.pty, "4.0 MiB   66.7%  in this folder"));
	cr_assert(pty_wait_text(s.pty, "2.0 MiB   33.3%  deleted, still open"));
	cr_assert(pty_wait_text(s.pty, "/gone  pty"));
	cr_assert(pty_wait_text(s.pty, "0 B    0.0%  unexplained"));
	pty_send(s.pty, "qq");
	session_quit(&s);
	close(fd);
	shell(&s, "umount tree");
	session_end(&s);
}

/*
 * A file system whose program never answers, as one of a dead server: the list names it, and neither that nor the
 * account of the disk around it waits for it.
 */
Test(pty_mounted, a_dead_mount_hangs_nothing)
{
	struct session s;
	char folder[] = "/tmp/disktracker-dead-XXXXXX", dead[sizeof folder + 8], options[100], out[65536];

	apart();
	/* Beside the session's folder, whose removal would wait for it. */
	cr_assert(mkdtemp(folder));
	cr_assert_eq(mount("none", folder, "tmpfs", 0, "size=16M"), 0);
	session_begin(&s, folder);
	session_file(&s, "mine", MIB);
	snprintf(dead, sizeof dead, "%s/dead", folder);
	cr_assert_eq(mkdir(dead, 0755), 0);
	int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,subtype=dead", fuse);
	if (fuse < 0 || mount("dead", dead, "fuse", 0, options))
		cr_skip_test("no FUSE");
	const char *const args[] = {"df", "--json", s.tree, NULL};

	cr_expect_eq(session_command(&s, args, out, sizeof out), 0);
	cr_expect(strstr(out, "\"reason\": \"hidden\""));
	session_open_whole(&s, 24, 160, NULL, NULL);
	pty_send(s.pty, "V");
	cr_assert(pty_wait_text(s.pty, "- dead  (a program's, not asked)"));
	pty_send(s.pty, "G\r");
	cr_assert(pty_wait_row(s.pty, 22, "it may not answer"));
	pty_send(s.pty, "q");
	pty_send(s.pty, "id");
	cr_assert(pty_wait_text(s.pty, "in this folder"));
	pty_send(s.pty, "qq");
	session_quit(&s);
	session_end(&s);
	cr_assert_eq(umount2(dead, MNT_DETACH), 0);
	close(fuse);
	cr_assert_eq(umount2(folder, MNT_DETACH) | rmdir(folder), 0);
}

static bool volume_under_cursor(const struct pty *pty, void *data)
{
	int row = pty_cursor_row(pty, 2, pty_rows(pty) - 2);

	return row >= 0 && strstr(pty_row(pty, row), data);
}

static bool on_the_first_row(const struct pty *pty, void *data)
{
	return pty_cursor_row(pty, 2, pty_rows(pty) - 2) == 2;
}

static bool another_row(const struct pty *pty, void *former)
{
	int row = pty_cursor_row(pty, 2, pty_rows(pty) - 2);

	return row >= 0 && strcmp(pty_row(pty, row), former);
}

/* V lists what is mounted; Enter begins a new session there, on the same terminal. */
Test(pty_mounted, another_file_system_is_opened_from_the_list)
{
	struct session s;
	char box[5000], title[5100];

	apart();
	session_begin(&s, NULL);
	session_file(&s, "mine", MIB);
	shell(&s, "mkdir box && mount -t tmpfs -o size=16M none box && head -c 3M /dev/zero >box/inside");
	snprintf(box, sizeof box, "%s/box ", s.dir);
	snprintf(title, sizeof title, "disktracker  %s/box", s.dir);
	session_open_whole(&s, 24, 160, NULL, NULL);
	cr_assert(pty_wait_text(s.pty, "saved as #1")); /* until then it is not left */
	pty_send(s.pty, "V");
	cr_assert(pty_wait_row(s.pty, 0, "volumes"));
	cr_assert(pty_wait_text(s.pty, box));
	cr_assert(pty_wait_text(s.pty, "3.0 MiB  13.0 MiB   19%"));
	/* One key at a time, and each is waited for: two at once would pass it by. */
	pty_send(s.pty, PTY_HOME);
	cr_assert(pty_wait(s.pty, on_the_first_row, NULL, "the first row"));
	for (int i = 0; i < 50 && !volume_under_cursor(s.pty, box); i++) {
		char former[1024];

		snprintf(former, sizeof former, "%s", pty_row(s.pty, pty_cursor_row(s.pty, 2, 22)));
		pty_send(s.pty, "\x1b[B");
		cr_assert(pty_wait(s.pty, another_row, former, "the next row"));
	}
	cr_assert(pty_wait(s.pty, volume_under_cursor, box, "the cursor on the box"));
	pty_send(s.pty, "\r");
	cr_assert(pty_wait_row(s.pty, 0, title));
	cr_assert(session_wait_size(&s, "inside", session_size(3 * MIB)));
	pty_send(s.pty, "V");
	cr_assert(pty_wait(s.pty, volume_under_cursor, box, "the cursor where one is"));
	pty_send(s.pty, "V");
	session_quit(&s);
	session_end(&s);
}

/* What was not entered, and went: it is a folder like others then. */
Test(pty_mounted, not_entered)
{
	struct session s;

	apart();
	session_begin(&s, NULL);
	session_file(&s, "box/inside", MIB);
	shell(&s, "mount -t tmpfs none tree/box");
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	cr_assert(pty_wait_text(s.pty, ">"));
	char box[5000], out[65536];

	snprintf(box, sizeof box, "%s/box", s.tree);
	const char *const args[] = { "size", "--json", "--db", s.db, box, NULL };

	cr_assert_eq(session_command(&s, args, out, sizeof out), 1);
	cr_assert(strstr(out, "\"bytes\": null") && strstr(out, "\"reason\": \"another file system, not entered\""),
	          "%s", out);
	shell(&s, "umount tree/box");
	cr_assert(session_wait_size(&s, "/box", session_size(session_walk(&s, "box").alloc_bytes)));
	session_quit(&s);
	cr_assert_eq(session_command(&s, args, out, sizeof out), 0, "%s", out);
	session_end(&s);
}

Test(pty_mounted, the_folder_goes)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "old", MIB);
	session_open_whole(&s, 24, 100, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	cr_assert(is_live(&s));
	shell(&s, "mv tree away");
	cr_assert(pty_wait_row(s.pty, 0, "[gone]"));
	cr_assert(pty_wait_text(s.pty, "was removed at"));
	cr_assert(pty_find(s.pty, "R read again", 0) < 0);
	cr_assert(session_row(&s, "old") >= 0, "what is shown is as of then");
	pty_send(s.pty, "r");
	cr_assert(pty_wait_text(s.pty, "is not there: R reads it when it is back"));
	pty_send(s.pty, "R");
	cr_assert(pty_wait_text(s.pty, "is not there: R reads it when it is back"));
	shell(&s, "mkdir tree && head -c 3145728 /dev/zero >tree/new");
	pty_send(s.pty, PTY_DOWN);
	cr_assert(pty_wait_text(s.pty, "R read again"));
	pty_send(s.pty, "r");
	cr_assert(pty_wait_text(s.pty, "is not what is shown any more: R reads it again"));
	cr_assert_eq(snapshots(&s), 1, "nothing was stored of it");
	cr_assert(!is_live(&s));
	pty_send(s.pty, "R");
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	cr_assert(session_wait_size(&s, "new", session_size(3 * MIB)));
	session_file(&s, "newer", 2 * MIB);
	cr_assert(session_wait_size(&s, "newer", session_size(2 * MIB)));
	cr_assert(is_live(&s));
	session_quit(&s);
	cr_assert_eq(snapshots(&s), 2);
	shell(&s, "rm -rf away");
	session_end(&s);
}

/* A medium can be taken out while it is looked at, and put in again. */
static void unmounted_by(const char *backend)
{
	const char *const env[] = { backend, NULL };
	struct session s;

	apart();
	session_begin(&s, NULL);
	shell(&s, "truncate -s 8M img && mkfs.ext4 -q -F img");
	char probe[9000];

	snprintf(probe, sizeof probe, "mount -o loop '%s/img' '%s' 2>/dev/null", s.dir, s.tree);
	if (system(probe))
		cr_skip_test("no loop devices");
	session_file(&s, "there", MIB);
	session_open_whole(&s, 24, 100, NULL, env);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	shell(&s, "umount tree");
	cr_assert(pty_wait_row(s.pty, 0, "[gone]"));
	cr_assert(pty_wait_text(s.pty, "was unmounted at"));
	cr_assert(session_row(&s, "there") >= 0);
	shell(&s, "mount -o loop img tree");
	session_file(&s, "more", MIB);
	cr_assert(pty_wait_text(s.pty, "R read again"));
	pty_send(s.pty, "R");
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	cr_assert(session_wait_size(&s, "more", session_size(MIB)));
	shell(&s, "umount tree");
	cr_assert(pty_wait_row(s.pty, 0, "[gone]"));
	session_quit(&s);
	session_end(&s);
}

Test(pty_mounted, the_medium_goes)
{
	unmounted_by("DISKTRACKER_WATCH_BACKEND=inotify");
}

Test(pty_mounted, the_medium_goes_by_fanotify)
{
	unmounted_by("DISKTRACKER_WATCH_BACKEND=fanotify");
}
