/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

/* Deletion by the real program: found, asked for, gone, and every figure right afterwards. */

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_delete, .fini = session_end_all);

static const char *path_in(const char *folder, const char *name)
{
	static char path[2][8192];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static bool is_there(const char *folder, const char *name)
{
	struct stat st;

	return lstat(path_in(folder, name), &st) == 0;
}

/** The question is there, and its keys live. */
static void wait_question(struct session *s, const char *title)
{
	cr_assert(pty_wait_text(s->pty, title));
	cr_assert(pty_wait_text(s->pty, "[Cancel]"));
	/* keys are dead for 300 ms: that is what is tested */
	cr_assert(!pty_ended(s->pty, 350));
}

/** How often the log tells that something went. */
static int logged(const struct session *s, const char *name)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	int count;

	cr_assert_eq(sqlite3_open_v2(s->db, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db,
	                                "SELECT count(*) FROM mutation_log WHERE mutation_type = 1 AND "
	                                "CAST(path_blob AS TEXT) LIKE '%/' || ?",
	                                -1, &statement, NULL),
	             SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
	count = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return count;
}

/* A large file has come somewhere: d, F, D, Left, Enter. */
Test(pty_delete, gone_in_five_keys)
{
	struct session s;
	char name[128], size[64];
	const char *big = "projects/web/cache/2026/dump.bin";
	struct stat st;
	int fd;

	session_begin(&s, NULL);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "projects/p%d/sub%d/file%d", i % 40, i % 7, i);
		session_file(&s, name, i % 50 ? 0 : 4096);
	}
	session_folder(&s, "projects/web/cache/2026");
	session_file(&s, "projects/web/cache/2026/index", 4096);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_quit(&s);
	fd = open(path_in(s.tree, big), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	cr_assert(fd >= 0);
	if (posix_fallocate(fd, 0, (off_t)3 << 30)) {
		close(fd);
		session_end(&s);
		cr_skip_test("no room for a file of 3 GiB");
	}
	cr_assert_eq(fstat(fd, &st), 0);
	close(fd);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "d");
	cr_assert(session_wait_growth(&s, "/projects", "+3.0 GiB"));
	pty_send(s.pty, "F");
	cr_assert(session_wait_cursor(&s, "dump.bin (new)") || session_wait_cursor(&s, "dump.bin"));
	pty_send(s.pty, "D");
	wait_question(&s, "Delete dump.bin");
	snprintf(size, sizeof(size), "frees %s now", session_size((uint64_t)st.st_blocks * 512));
	cr_assert(pty_wait_text(s.pty, size));
	pty_send(s.pty, PTY_LEFT);
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "deleted 1 item: "));
	cr_assert(pty_wait_gone(s.pty, "dump.bin"));
	cr_assert(!is_there(s.tree, big));
	cr_assert(is_there(s.tree, "projects/web/cache/2026/index"));
	session_quit(&s);
	session_check_size(&s);
	cr_assert_eq(logged(&s, "dump.bin"), 1);
	session_end(&s);
}

/* Marks across folders; deleted for ever; the sums, index and log of the session are those of a walk. */
Test(pty_delete, figures_are_right_afterwards)
{
	struct session s;
	char name[64];

	session_begin(&s, NULL);
	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "a/many/d%d/f%d", i % 20, i);
		session_file(&s, name, 4096);
	}
	session_file(&s, "a/stays", MIB);
	session_file(&s, "b/goes", 2 * MIB);
	session_file(&s, "b/stays", MIB);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	pty_send(s.pty, "w"); /* the live column counts it, once */
	session_go(&s, "/b");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "goes"));
	session_go(&s, "goes");
	pty_send(s.pty, " ");
	cr_assert(pty_wait_text(s.pty, "1 marked, 2.0 MiB"));
	pty_send(s.pty, "h");
	cr_assert(pty_wait_text(s.pty, "/a"));
	session_go(&s, "/a");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "/many"));
	session_go(&s, "/many");
	pty_send(s.pty, " D");
	wait_question(&s, "Delete 2 marked");
	cr_assert(pty_wait_text(s.pty, "b/goes"));
	pty_send(s.pty, PTY_LEFT);
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "deleted 422 items"));
	pty_send(s.pty, "h");
	cr_assert(session_wait_size(&s, "/a", session_size(session_walk(&s, "a").alloc_bytes)));
	cr_assert(session_wait_size(&s, "/b", session_size(session_walk(&s, "b").alloc_bytes)));
	cr_assert(pty_wait_row(s.pty, 1, session_size(session_walk(&s, "").alloc_bytes)));
	cr_assert(!pty_find_col(s.pty, 22, "marked") || pty_find(s.pty, "marked", 0) < 0, "the marks went with them");
	session_quit(&s);
	session_check_size(&s);
	cr_assert_eq(logged(&s, "goes"), 1);
	cr_assert_eq(logged(&s, "stays"), 0);
	session_end(&s);
}

Test(pty_delete, to_the_trash_and_back)
{
	struct session s;
	char home[4300], variable[4400];
	const char *env[] = {variable, NULL};

	session_begin(&s, NULL);
	snprintf(home, sizeof(home), "%s/home", s.dir);
	snprintf(variable, sizeof(variable), "XDG_DATA_HOME=%s", home);
	session_file(&s, "folder/inner/file", MIB);
	session_file(&s, "other", 4096);
	session_open_whole(&s, 24, 80, NULL, env);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	session_go(&s, "/folder");
	pty_send(s.pty, PTY_DELETE);
	wait_question(&s, "Delete folder");
	pty_send(s.pty, PTY_RIGHT);
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_text(s.pty, "3 items are in the trash"));
	cr_assert(pty_wait_gone(s.pty, "/folder"));
	cr_assert(is_there(home, "Trash/files/folder/inner/file") && is_there(home, "Trash/info/folder.trashinfo"));
	pty_send(s.pty, "u");
	cr_assert(pty_wait_text(s.pty, "put back 1 entry"));
	cr_assert(is_there(s.tree, "folder/inner/file"));
	cr_assert(session_wait_size(&s, "/folder", session_size(session_walk(&s, "folder").alloc_bytes)));
	/* once more: there is nothing to be undone */
	pty_send(s.pty, "u");
	cr_assert(pty_wait_gone(s.pty, "put back"));
	cr_assert(is_there(s.tree, "folder/inner/file"));
	session_quit(&s);
	session_check_size(&s);
	session_end(&s);
}

/* Enter on what has the focus deletes nothing, Esc neither; keys typed ahead press nothing. */
Test(pty_delete, cancel_is_first)
{
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "file", 4096);
	session_open_whole(&s, 24, 80, NULL, NULL);
	session_go(&s, "file");
	pty_send(s.pty, "D" PTY_LEFT PTY_ENTER);
	wait_question(&s, "Delete file");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_gone(s.pty, "[Cancel]"));
	pty_send(s.pty, "D");
	wait_question(&s, "Delete file");
	pty_send(s.pty, "q");
	cr_assert(pty_wait_gone(s.pty, "[Cancel]"));
	cr_assert(is_there(s.tree, "file"));
	session_quit(&s);
	session_end(&s);
}

Test(pty_delete, forbidden)
{
	static const char *const once[] = {"-r", NULL}, *const twice[] = {"-rr", NULL},
				       *const disabled[] = {"--disable-delete", NULL};
	struct session s;

	session_begin(&s, NULL);
	session_file(&s, "file", 4096);
	for (int i = 0; i < 3; i++) {
		session_open_whole(&s, 24, 80, i == 0 ? once : i == 1 ? twice : disabled, NULL);
		session_go(&s, "file");
		pty_send(s.pty, "D");
		cr_assert(pty_wait_text(s.pty, "deletion was turned off by an option"));
		if (i == 1) {
			pty_send(s.pty, "v");
			cr_assert(pty_wait_text(s.pty, "other programs were turned off"));
		}
		session_quit(&s);
	}
	cr_assert(is_there(s.tree, "file"));
	session_end(&s);
}

/* v: no shell is between, the path is an argument of its own. */
Test(pty_delete, views_by_the_pager)
{
	static const char odd[] = "a b'$(touch x)\"\n;";
	struct session s;
	char pager[4300];
	const char *env[] = {pager, NULL};

	session_begin(&s, NULL);
	snprintf(pager, sizeof(pager), "PAGER=cp -t %s", s.dir);
	session_file(&s, odd, 4096);
	session_open_whole(&s, 24, 80, NULL, env);
	pty_send(s.pty, "v");
	cr_assert(pty_wait_text(s.pty, "a b'$(touch x)"));
	session_quit(&s);
	cr_assert(is_there(s.dir, odd));
	session_end(&s);
}

/* y: the path, in base64, to the clipboard of the terminal. */
Test(pty_delete, copies_the_path)
{
	static const char begin[] = "\033]52;c;";
	struct session s;
	const unsigned char *log;
	size_t n;

	session_begin(&s, NULL);
	session_file(&s, "file\033[31m", 4096);
	session_open_whole(&s, 24, 80, NULL, NULL);
	pty_send(s.pty, "y");
	cr_assert(pty_wait_text(s.pty, "1 path was sent to the clipboard"));
	log = pty_log(s.pty, &n);
	cr_assert_not_null(memmem(log, n, begin, sizeof(begin) - 1));
	cr_assert_null(memmem(log, n, "file\033[31m", 9), "no name reaches the terminal raw");
	session_quit(&s);
	session_end(&s);
}
