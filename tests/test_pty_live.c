/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate.h"
#include "session.h"

/* Live: the real program follows the tree while it is looked at. */

#define MIB (UINT64_C(1) << 20)

TestSuite(pty_live, .fini = session_end_all);

static void followed_by(struct session *s, const char *const *env)
{
	session_begin(s, NULL);
	session_file(s, "app/data", 4 * MIB);
	session_file(s, "logs/app.log", 2 * MIB);
	session_file(s, "logs/old.log", MIB);
	session_file(s, "zoo/cage", MIB);
	session_open_whole(s, 24, 80, NULL, env);
	cr_assert(pty_wait_row(s->pty, 0, "[live]"));
}

static void followed(struct session *s)
{
	followed_by(s, NULL);
}

struct pair {
	const struct session *session;
	const char *upper, *lower;
};

static bool above(const struct pty *pty, void *data)
{
	const struct pair *pair = data;
	int upper = session_row(pair->session, pair->upper), lower = session_row(pair->session, pair->lower);

	(void)pty;
	return upper >= 0 && lower >= 0 && upper < lower;
}

static bool wait_above(struct session *s, const char *upper, const char *lower)
{
	return pty_wait(s->pty, above, &(struct pair){ s, upper, lower }, upper);
}

/* Rows come, go, grow and move while programs write; the cursor stays on its node. */
Test(pty_live, rows_follow_the_disk)
{
	struct session s;

	followed(&s);
	session_go(&s, "/logs");
	cr_assert(wait_above(&s, "/app", "/logs"));
	session_file(&s, "zoo/lion", 16 * MIB);
	cr_assert(session_wait_size(&s, "/zoo", session_size(session_walk(&s, "zoo").alloc_bytes)));
	cr_assert(pty_wait_row(s.pty, 1, session_size(session_walk(&s, "").alloc_bytes)));
	cr_assert(session_wait_cursor(&s, "/logs"));
	session_file(&s, "fresh/deep/file", 8 * MIB);
	cr_assert(session_wait_size(&s, "/fresh", session_size(session_walk(&s, "fresh").alloc_bytes)));
	cr_assert(session_wait_cursor(&s, "/logs"));
	session_remove(&s, "app");
	cr_assert(pty_wait_gone(s.pty, "/app"));
	session_rename(&s, "zoo", "park");
	cr_assert(session_wait_size(&s, "/park", session_size(session_walk(&s, "park").alloc_bytes)));
	cr_assert(pty_wait_gone(s.pty, "/zoo"));
	cr_assert(session_wait_cursor(&s, "/logs"));
	/* What came later is followed, too. */
	session_go(&s, "/fresh");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_cursor(&s, "/deep"));
	session_file(&s, "fresh/deep/more", 4 * MIB);
	cr_assert(session_wait_size(&s, "/deep", session_size(session_walk(&s, "fresh/deep").alloc_bytes)));
	session_quit(&s);
	session_end(&s);
}

/* w: the column on and sorted by it, W: from zero, w again: off. */
Test(pty_live, the_live_column)
{
	struct session s;

	followed(&s);
	pty_send(s.pty, "w");
	cr_assert(pty_wait_row(s.pty, 1, "live no change"));
	session_file(&s, "logs/app.log", 5 * MIB);
	cr_assert(session_wait_growth(&s, "/logs", "+3.0 MiB"));
	cr_assert(pty_wait_row(s.pty, 1, "live +3.0 MiB in"));
	cr_assert(wait_above(&s, "/logs", "/app"));
	cr_assert_str_eq(pty_row(s.pty, 2), "        size        live▾             name");
	cr_assert(pty_wait_row(s.pty, LIST_TOP, "     6.0 MiB    +3.0 MiB  ██████████ /logs"));
	cr_assert(pty_wait_row(s.pty, 23,
	                       " w off  W zero  F follow  d written  f files  i info  D del  Enter open   ? help"));
	session_remove(&s, "zoo/cage");
	cr_assert(session_wait_growth(&s, "/zoo", "-1.0 MiB"));
	pty_send(s.pty, "F");
	cr_assert(pty_wait_row(s.pty, 0, "/tree/logs"));
	cr_assert(session_wait_growth(&s, "app.log", "+3.0 MiB"));
	cr_assert(session_wait_cursor(&s, "app.log"));
	pty_send(s.pty, "W");
	cr_assert(pty_wait_row(s.pty, 1, "live no change"));
	cr_assert(session_wait_growth(&s, "app.log", ""));
	session_file(&s, "logs/app.log", 6 * MIB);
	cr_assert(session_wait_growth(&s, "app.log", "+1.0 MiB"));
	pty_send(s.pty, "w");
	cr_assert(pty_wait_row(s.pty, 1, "2 items"));
	session_quit(&s);
	session_end(&s);
}

/* What goes while it is looked at stays as a row of the live column, until that begins anew. */
Test(pty_live, what_went)
{
	struct session s;

	followed(&s);
	pty_send(s.pty, "w");
	cr_assert(pty_wait_row(s.pty, 1, "live no change"));
	session_go(&s, "/app");
	session_remove(&s, "app");
	cr_assert(pty_wait_text(s.pty, "/app (gone)"));
	cr_assert(session_wait_growth(&s, "/app", session_delta(-(int64_t)(4 * MIB + 4096))));
	cr_assert(session_wait_size(&s, "/app", "-"));
	cr_assert(session_wait_cursor(&s, "/app"), "the cursor stays on what it was on");
	cr_assert(pty_wait_row(s.pty, 22, "it had 4.0 MiB"));
	/* There again: by how much more. */
	session_file(&s, "app/data", 6 * MIB);
	cr_assert(session_wait_growth(&s, "/app", "+2.0 MiB"));
	cr_assert(pty_wait_gone(s.pty, "(gone)"));
	/* Moved: gone here, come there, and nothing happened inside. */
	session_rename(&s, "zoo", "park");
	cr_assert(pty_wait_text(s.pty, "/zoo (gone)"));
	cr_assert(session_wait_growth(&s, "/zoo", "-1.0 MiB"));
	cr_assert(session_wait_growth(&s, "/park", "+1.0 MiB"));
	session_go(&s, "/park");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 0, "/tree/park"));
	cr_assert(session_wait_growth(&s, "cage", ""));
	session_file(&s, "park/cage", 3 * MIB);
	cr_assert(session_wait_growth(&s, "cage", "+2.0 MiB"));
	session_file(&s, "park/short", MIB);
	cr_assert(session_wait_growth(&s, "short", "+1.0 MiB"));
	session_remove(&s, "park/short");
	cr_assert(pty_wait_gone(s.pty, "short"), "it was not there at zero");
	session_remove(&s, "park/cage");
	cr_assert(pty_wait_text(s.pty, "cage (gone)"));
	cr_assert(session_wait_growth(&s, "cage", "-1.0 MiB"), "what it had at zero");
	pty_send(s.pty, PTY_LEFT);
	/* And back. */
	session_rename(&s, "park", "zoo");
	cr_assert(pty_wait_gone(s.pty, "/park"));
	cr_assert(session_wait_growth(&s, "/zoo", "-1.0 MiB"));
	cr_assert(pty_wait_gone(s.pty, "(gone)"));
	session_remove(&s, "logs");
	cr_assert(pty_wait_text(s.pty, "/logs (gone)"));
	pty_send(s.pty, "W");
	cr_assert(pty_wait_gone(s.pty, "(gone)"));
	session_quit(&s);
	session_end(&s);
}

/* Growth goes on being right while the tree changes: against what was stored before this session. */
Test(pty_live, growth_of_what_comes_later)
{
	struct session s;

	followed(&s);
	session_quit(&s);
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 1, "no growth since #1"));
	session_file(&s, "zoo/lion", 16 * MIB);
	cr_assert(session_wait_growth(&s, "/zoo", "+16.0 MiB"));
	session_file(&s, "fresh/deep/file", 8 * MIB);
	cr_assert(session_wait_growth(&s, "/fresh", "+8.0 MiB"));
	cr_assert(pty_wait_text(s.pty, "/fresh (new)"));
	session_remove(&s, "app");
	cr_assert(session_wait_growth(&s, "/app", "-4.0 MiB"));
	cr_assert(pty_wait_text(s.pty, "/app (gone)"));
	session_rename(&s, "logs", "records");
	cr_assert(session_wait_growth(&s, "/records", "+3.0 MiB"));
	cr_assert(session_wait_growth(&s, "/logs", "-3.0 MiB"));
	cr_assert(pty_wait_text(s.pty, "/records (moved)"));
	pty_send(s.pty, "F");
	cr_assert(pty_wait_row(s.pty, 0, "/tree/zoo"));
	cr_assert(session_wait_cursor(&s, "lion"));
	session_quit(&s);
	/* R looks at everything and keeps it: the next session compares with that. */
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	session_remove(&s, "fresh");
	cr_assert(pty_wait_gone(s.pty, "/fresh"));
	pty_send(s.pty, "R");
	pty_send(s.pty, "H");
	cr_assert(pty_wait_row(s.pty, 0, "4 kept"));
	pty_send(s.pty, "q");
	session_quit(&s);
	session_end(&s);
}

/* ---- what is not known, or not at once ---- */

struct figure {
	const struct session *session;
	const char *name, *size;
};

/* The size, exact or marked as old. */
static bool has_size(const struct pty *pty, void *data)
{
	const struct figure *figure = data;
	int row = session_row(figure->session, figure->name);
	size_t length = strlen(figure->size);

	(void)pty;
	if (row < 0)
		return false;
	const char *cells = session_cells(figure->session, row, SIZE_COL, 10);

	return !strncmp(cells, figure->size, length) && (!cells[length] || !strcmp(cells + length, "…"));
}

static bool wait_any_size(struct session *s, const char *name, const char *path)
{
	return pty_wait(s->pty, has_size, &(struct figure){s, name, session_size(session_walk(s, path).alloc_bytes)},
	                name);
}

/* Fewer watches than folders: said in the title, the rest is marked, and catches up. */
Test(pty_live, fewer_watches_than_folders)
{
	static const char *const limited[] = {
		"unshare", "-Ur", "sh", "-c", "echo 8 >/proc/sys/user/max_inotify_watches && exec \"$@\"", "sh", NULL};
	struct session s;
	int marked = 0;

	if (system("unshare -Ur sh -c 'echo 4 >/proc/sys/user/max_inotify_watches' 2>/dev/null"))
		cr_skip_test("no user namespace here");
	session_begin(&s, NULL);
	for (char folder[] = "a/file"; folder[0] <= 'h'; folder[0]++)
		session_file(&s, folder, MIB);
	s.through = limited;
	session_open_whole(&s, 24, 80, NULL, NULL);
	cr_assert(pty_wait_row(s.pty, 0, "[live 4 of 9 folders]"), "half of what is allowed");
	cr_assert(pty_wait_row(s.pty, 1, "MiB…"), "not all of it is watched");
	for (char name[] = "/a"; name[1] <= 'h'; name[1]++)
		marked += strstr(pty_row(s.pty, session_row(&s, name)), "…") != NULL;
	cr_assert(marked >= 4 && marked <= 5, "%d of 8", marked);
	/* Polled rows catch up, and what is new in them. */
	for (char folder[] = "a/more"; folder[0] <= 'h'; folder[0]++)
		session_file(&s, folder, 2 * MIB);
	for (char name[] = "/a"; name[1] <= 'h'; name[1]++)
		cr_assert(wait_any_size(&s, name, name + 1));
	session_file(&s, "e/deep/deeper/file", 4 * MIB);
	session_file(&s, "f/deep/deeper/file", 4 * MIB);
	session_remove(&s, "g");
	cr_assert(wait_any_size(&s, "/e", "e"));
	cr_assert(wait_any_size(&s, "/f", "f"));
	cr_assert(pty_wait_gone(s.pty, "/g"));
	session_go(&s, "/f");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(pty_wait_row(s.pty, 0, "/tree/f"));
	cr_assert(wait_any_size(&s, "/deep", "f/deep"));
	session_file(&s, "f/deep/deeper/file", 5 * MIB);
	cr_assert(wait_any_size(&s, "/deep", "f/deep"));
	pty_send(s.pty, "?3");
	cr_assert(pty_wait_text(s.pty, "raise fs.inotify.max_user_watches"));
	pty_send(s.pty, "q");
	session_quit(&s);
	session_end(&s);
}

/* More happens than the kernel keeps events for: nothing is certain until all has been read again. */
Test(pty_live, events_are_lost)
{
	struct session s;
	char path[8500];

	if (!gate_begin())
		cr_skip_test("no user notification of seccomp here");
	/* The other backend's queue has no end. */
	followed_by(&s, (const char *const[]){ "DISKTRACKER_WATCH_BACKEND=inotify", NULL });
	session_file(&s, "zoo/lion", MIB);
	cr_assert(session_wait_size(&s, "/zoo", session_size(session_walk(&s, "zoo").alloc_bytes)));
	pty_send(s.pty, "w");
	cr_assert(pty_wait_row(s.pty, 1, " live "));
	kill(pty_pid(s.pty), SIGSTOP);
	for (int i = 0; i < 18000; i++) { /* one event each where those of one name are merged */
		snprintf(path, sizeof path, "%s/zoo/%d", s.tree, i);
		cr_assert_eq(mknod(path, S_IFREG | 0644, 0), 0);
		cr_assert_eq(unlink(path), 0);
	}
	session_file(&s, "logs/app.log", 5 * MIB);
	uint64_t logs = session_walk(&s, "logs").alloc_bytes;

	snprintf(path, sizeof path, "%s/app", s.tree);
	gate_close(path);
	kill(pty_pid(s.pty), SIGCONT);
	cr_assert(pty_wait_row(s.pty, 22, "events were lost, being read again"));
	cr_assert(session_wait_size(&s, "/app", "4.0 MiB?"));
	cr_assert(pty_wait_row(s.pty, 1, "MiB?"));
	cr_assert(session_wait_growth(&s, "/app", "?"));
	gate_open();
	cr_assert(session_wait_size(&s, "/logs", session_size(logs)));
	cr_assert(session_wait_size(&s, "/app", "4.0 MiB"));
	cr_assert(session_wait_growth(&s, "/logs", "+3.0 MiB"));
	cr_assert(pty_wait_gone(s.pty, "events were lost"));
	session_quit(&s);
	session_end(&s);
}

/*
 * Without an earlier snapshot d shows what was written lately: also what is written meanwhile, and not what is not
 * there any more.
 */
Test(pty_live, written)
{
	struct session s;

	followed(&s);
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 1, "written in 24 h"));
	cr_assert(session_wait_growth(&s, "/logs", session_size(3 * MIB)));
	session_file(&s, "logs/new.log", 7 * MIB);
	cr_assert(session_wait_growth(&s, "/logs", session_size(10 * MIB)));
	session_file(&s, "fresh/deep/file", 8 * MIB);
	cr_assert(session_wait_growth(&s, "/fresh", session_size(8 * MIB)));
	session_remove(&s, "logs/app.log");
	cr_assert(session_wait_growth(&s, "/logs", session_size(8 * MIB)));
	cr_assert(pty_wait_row(s.pty, 1, "21.0 MiB written in 24 h"));
	session_remove(&s, "app");
	cr_assert(pty_wait_row(s.pty, 1, "17.0 MiB written in 24 h"));
	session_go(&s, "/logs");
	pty_send(s.pty, PTY_ENTER);
	cr_assert(session_wait_growth(&s, "new.log", session_size(7 * MIB)));
	session_file(&s, "logs/more.log", 2 * MIB);
	cr_assert(session_wait_growth(&s, "more.log", session_size(2 * MIB)));
	cr_assert(pty_wait_row(s.pty, 1, "10.0 MiB written in 24 h"));
	session_quit(&s);
	session_end(&s);
}

/* How fast, of the last five seconds: it falls to nothing when writing ends. */
Test(pty_live, the_rate)
{
	struct session s;

	followed(&s);
	pty_send(s.pty, "w");
	cr_assert(pty_wait_row(s.pty, 1, "live no change"));
	session_file(&s, "logs/new.log", 20 * MIB);
	cr_assert(pty_wait_row(s.pty, 1, "live +20.0 MiB"));
	cr_assert(pty_wait_row(s.pty, 1, "MiB/s"));
	cr_assert(pty_wait_row(s.pty, 1, ", 0 B/s"));
	cr_assert(pty_wait_row(s.pty, 1, "live +20.0 MiB"));
	session_quit(&s);
	session_end(&s);
}

/* Of an export that does not say when its files were modified nobody knows what was written. */
Test(pty_live, written_without_times)
{
	struct session s;
	char file[5000], out[4096];

	session_begin(&s, NULL);
	session_file(&s, "app/data", 4 * MIB);
	snprintf(file, sizeof file, "%s/export", s.dir);
	const char *const export[] = { "-o", file, s.tree, NULL };

	cr_assert_eq(session_command(&s, export, out, sizeof out), 0, "%s", out);
	const char *const argv[] = { session_program(), "--db", s.db, "-f", file, NULL };

	s.pty = pty_start(argv, &(struct pty_options){ .rows = 24, .cols = 80 });
	cr_assert(s.pty);
	cr_assert(pty_wait_text(s.pty, "/app"));
	pty_send(s.pty, "d");
	cr_assert(pty_wait_row(s.pty, 1, "written in 24 h"));
	cr_assert(session_wait_growth(&s, "/app", "?"));
	cr_assert(strstr(pty_row(s.pty, 1), "? written in 24 h"), "%s", pty_row(s.pty, 1));
	cr_assert(pty_find(s.pty, "0 B", 0) < 0);
	session_quit(&s);
	session_end(&s);
}

/* Who wrote stands in the status line, and who removed what is gone in its log. */
Test(pty_live, says_who)
{
	struct session s;
	char name[64] = "", expected[128], cgroup[4096];
	FILE *file = fopen("/proc/self/comm", "r");

	cr_assert(file && fgets(name, sizeof(name), file));
	fclose(file);
	name[strcspn(name, "\n")] = '\0';
	file = fopen("/proc/self/cgroup", "r");
	cgroup[file ? fread(cgroup, 1, sizeof(cgroup) - 1, file) : 0] = '\0';
	if (file)
		fclose(file);
	if (geteuid() || strstr(cgroup, ".service") || strstr(cgroup, ".scope"))
		cr_skip_test("fanotify needs root; in a service all programs have its name");
	followed_by(&s, (const char *const[]){"DISKTRACKER_WATCH_BACKEND=fanotify", NULL});
	pty_send(s.pty, "w");
	session_file(&s, "zoo/lion", 16 * MIB);
	session_go(&s, "/zoo");
	snprintf(expected, sizeof(expected), "/zoo: %s +16.0 MiB", name);
	cr_assert(pty_wait_row(s.pty, 22, expected));
	session_remove(&s, "app");
	cr_assert(pty_wait_text(s.pty, "/app (gone)"));
	session_go(&s, "/app (gone)");
	pty_send(s.pty, "iL");
	cr_assert(pty_wait_row(s.pty, 0, "what happened in"));
	cr_assert(pty_wait_row(s.pty, 0, "/app"));
	cr_assert(pty_wait_text(s.pty, "app/ (gone)"));
	cr_assert(pty_wait_text(s.pty, name));
	pty_send(s.pty, "q");
	cr_assert(pty_wait_row(s.pty, 0, "[live]"));
	pty_send(s.pty, "q");
	session_quit(&s);
	session_end(&s);
}
