/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a test that failed half-way has left behind. */
static char begun[8][4096];

void session_begin(struct session *session, const char *where)
{
	const char *parent = where ? where : getenv("TMPDIR");

	memset(session, 0, sizeof *session);
	snprintf(session->dir, sizeof session->dir, "%s/dt-XXXXXX", parent && *parent ? parent : "/tmp");
	cr_assert(mkdtemp(session->dir), "no temporary folder");
	/* Without symbolic links, as the program will name it. */
	char *real = realpath(session->dir, NULL);
	cr_assert(real);
	snprintf(session->dir, sizeof session->dir, "%s", real);
	free(real);
	snprintf(session->tree, sizeof session->tree, "%s/tree", session->dir);
	snprintf(session->db, sizeof session->db, "%s/data/data.db", session->dir);
	snprintf(session->err, sizeof session->err, "%s/stderr", session->dir);
	cr_assert_eq(mkdir(session->tree, 0755), 0);
	for (size_t i = 0; i < sizeof begun / sizeof *begun; i++)
		if (!*begun[i]) {
			memcpy(begun[i], session->dir, sizeof begun[i]);
			break;
		}
}

static void remove_all(const char *path)
{
	char *paths[] = { (char *)path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOSTAT, NULL);

	if (!fts)
		return;
	for (FTSENT *e; (e = fts_read(fts));) {
		if (e->fts_info == FTS_D)
			chmod(e->fts_accpath, 0700);
		else if (e->fts_info == FTS_DP || e->fts_info == FTS_DNR)
			rmdir(e->fts_accpath);
		else
			unlink(e->fts_accpath);
	}
	fts_close(fts);
}

void session_end(struct session *session)
{
	pty_stop(session->pty);
	session->pty = NULL;
	remove_all(session->dir);
	for (size_t i = 0; i < sizeof begun / sizeof *begun; i++)
		if (!strcmp(begun[i], session->dir))
			*begun[i] = '\0';
}

void session_end_all(void)
{
	for (size_t i = 0; i < sizeof begun / sizeof *begun; i++)
		if (*begun[i])
			remove_all(begun[i]);
}

const char *session_program(void)
{
	static char path[4096];
	const char *given = getenv("DISKTRACKER"), *build = getenv("top_builddir");

	if (given)
		return given;
	snprintf(path, sizeof path, "%s/disktracker", build ? build : ".");
	char *real = realpath(path, NULL);
	cr_assert(real, "no program at %s: set DISKTRACKER", path);
	snprintf(path, sizeof path, "%s", real);
	free(real);
	return path;
}

void session_open(struct session *session, int rows, int cols, const char *const *args, const char *const *env)
{
	const char *argv[40], *all[32];
	char home[4200], config[4300];
	size_t n = 0, m = 0;

	for (const char *const *word = session->through; word && *word && n < 8; word++)
		argv[n++] = *word;
	argv[n++] = session_program();
	argv[n++] = "--db";
	argv[n++] = session->db;
	snprintf(home, sizeof home, "HOME=%s", session->dir);
	snprintf(config, sizeof config, "XDG_CONFIG_HOME=%s/config", session->dir);
	all[m++] = home;
	all[m++] = config;
	for (; env && *env && m < 31; env++)
		all[m++] = *env;
	all[m] = NULL;
	for (; args && *args && n < 38; args++)
		argv[n++] = *args;
	argv[n++] = session->tree;
	argv[n] = NULL;
	pty_stop(session->pty);
	session->pty = pty_start(argv, &(struct pty_options){.rows = rows,
	                                                     .cols = cols,
	                                                     .cwd = session->dir,
	                                                     .env = all,
	                                                     .err = session->err});
	cr_assert(session->pty, "no pseudo-terminal: %s", strerror(errno));
}

/* Figure of a list row in bytes, as exactly as it is shown; negative when there is none. */
static double shown_bytes(const struct pty *pty, int row)
{
	static const char units[] = "BKMGT";
	char unit[8] = "";
	double value;

	if (sscanf(pty_cells(pty, row, SIZE_COL, 9), "%lf %7s", &value, unit) != 2 || !strchr(units, unit[0]))
		return -1;
	for (const char *u = units; *u != unit[0]; u++)
		value *= 1024;
	return value;
}

/*
 * Read whole: the title says nothing of a scan any more, the list is there and sorted, and no figure is marked as
 * partial.
 */
static bool whole(const struct pty *pty, void *data)
{
	int rows = pty_rows(pty);
	double last = -1;

	if (rows >= 12 && !strstr(pty_row(pty, rows - 1), "? help"))
		return false;
	if (!pty_alternate(pty) || !*pty_row(pty, LIST_TOP) || strstr(pty_row(pty, 0), "scanning]") ||
	    strstr(pty_row(pty, 0), "[opening") || strchr(pty_row(pty, 1), '~'))
		return false;
	for (int row = LIST_TOP; row < rows - 2; row++) {
		double bytes = shown_bytes(pty, row);

		if (bytes >= 0 && last >= 0 && bytes > last)
			return false;
		last = bytes;
	}
	return true;
}

void session_open_whole(struct session *session, int rows, int cols, const char *const *args, const char *const *env)
{
	session_open(session, rows, cols, args, env);
	cr_assert(pty_wait(session->pty, whole, NULL, "the whole tree"), "stderr: %s", session_stderr(session));
}

void session_quit(struct session *session)
{
	pty_send(session->pty, "q");
	int status = pty_wait_exit(session->pty);
	cr_assert(status != -1 && WIFEXITED(status), "the program did not exit: status %x, stderr: %s",
	          (unsigned)status, session_stderr(session));
	cr_assert_eq(WEXITSTATUS(status), 0, "exit status %d, stderr: %s", WEXITSTATUS(status),
	             session_stderr(session));
	cr_assert(!pty_alternate(session->pty), "still on the alternate screen");
	cr_assert(pty_cursor_visible(session->pty), "the cursor is still hidden");
	cr_assert(!pty_mouse_on(session->pty), "the mouse is still reported");
	cr_assert(pty_cooked(session->pty), "the line discipline is not restored");
}

const char *session_stderr(const struct session *session)
{
	static char text[8192];
	int fd = open(session->err, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

int session_command(const struct session *session, const char *const *args, char *out, size_t n)
{
	const char *argv[32] = { session_program() };
	size_t m = 1, length = 0;
	int ends[2], status;

	for (; args && *args && m < 31; args++)
		argv[m++] = *args;
	argv[m] = NULL;
	cr_assert_eq(pipe(ends), 0);
	pid_t pid = fork();
	cr_assert(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);

		if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(ends[1], STDOUT_FILENO) < 0 ||
		    dup2(ends[1], STDERR_FILENO) < 0)
			_exit(126);
		close(ends[0]);
		close(ends[1]);
		setenv("HOME", session->dir, 1);
		setenv("DISKTRACKER_DB", session->db, 1);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(ends[1]);
	for (ssize_t got; (got = read(ends[0], out + length, n - 1 - length)) > 0;)
		length += (size_t)got;
	out[length] = '\0';
	close(ends[0]);
	cr_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status), "status %x: %s", (unsigned)status, out);
	return WEXITSTATUS(status);
}

/* ---- the tree ---- */

static const char *below(const struct session *session, const char *path)
{
	static char turn[4][8192];
	static unsigned i;
	char *out = turn[i++ % 4];

	snprintf(out, sizeof turn[0], "%s%s%s", session->tree, *path ? "/" : "", path);
	return out;
}

static void parents(const struct session *session, const char *path)
{
	char copy[8192];

	snprintf(copy, sizeof copy, "%s", below(session, path));
	for (char *slash = copy + strlen(session->tree) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		cr_assert(!mkdir(copy, 0755) || errno == EEXIST, "%s: %s", copy, strerror(errno));
		*slash = '/';
	}
}

void session_file(const struct session *session, const char *path, uint64_t bytes)
{
	parents(session, path);
	int fd = open(below(session, path), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	cr_assert(fd >= 0, "%s: %s", path, strerror(errno));
	cr_assert_eq(ftruncate(fd, 0), 0);
	/* Allocated at once: a delayed allocation would change st_blocks between two looks. */
	if (bytes)
		cr_assert_eq(posix_fallocate(fd, 0, (off_t)bytes), 0, "%s", path);
	close(fd);
}

void session_folder(const struct session *session, const char *path)
{
	parents(session, path);
	cr_assert_eq(mkdir(below(session, path), 0755), 0, "%s: %s", path, strerror(errno));
}

void session_remove(const struct session *session, const char *path)
{
	remove_all(below(session, path));
	cr_assert_eq(access(below(session, path), F_OK), -1, "%s is still there", path);
}

void session_rename(const struct session *session, const char *from, const char *to)
{
	parents(session, to);
	cr_assert_eq(rename(below(session, from), below(session, to)), 0, "%s: %s", from, strerror(errno));
}

struct walk session_walk(const struct session *session, const char *path)
{
	static struct { dev_t dev; ino_t ino; } seen[4096];
	char *paths[] = { (char *)below(session, path), NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL, NULL);
	struct walk sum = {0};
	size_t count = 0;

	cr_assert(fts);
	for (FTSENT *e; (e = fts_read(fts));) {
		const struct stat *st = e->fts_statp;
		bool again = false;

		if (e->fts_info == FTS_DP)
			continue;
		sum.items += e->fts_level > 0;
		if (e->fts_info != FTS_D && st->st_nlink > 1) {
			for (size_t i = 0; i < count && !again; i++)
				again = seen[i].dev == st->st_dev && seen[i].ino == st->st_ino;
			if (!again) {
				cr_assert(count < sizeof seen / sizeof *seen);
				seen[count].dev = st->st_dev;
				seen[count++].ino = st->st_ino;
			}
		}
		if (!again) {
			sum.alloc_bytes += (uint64_t)st->st_blocks * 512;
			sum.apparent_bytes += (uint64_t)st->st_size;
		}
	}
	fts_close(fts);
	return sum;
}

const char *session_size(uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	static char turn[8][32];
	static unsigned i;
	char *out = turn[i++ % 8];
	double value = (double)bytes;
	size_t unit = 0;

	/* Three digits at most: 1000 KiB is 1.0 MiB. */
	for (; (unit ? value >= 999.95 : value >= 1024) && unit < 4; unit++)
		value /= 1024;
	snprintf(out, sizeof turn[0], unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return out;
}

const char *session_delta(int64_t bytes)
{
	static char turn[8][40];
	static unsigned i;
	char *out = turn[i++ % 8];

	snprintf(out, sizeof turn[0], "%c%s", bytes < 0 ? '-' : '+',
	         session_size((uint64_t)(bytes < 0 ? -bytes : bytes)));
	return out;
}

/* ---- the screen ---- */

/* The painted name begins a word that ends the row, tags aside: " /projects", " backup.tar (new)". */
static int find_row(const struct pty *pty, const char *name)
{
	size_t n = strlen(name);

	for (int row = LIST_TOP; row < pty_rows(pty) - 2; row++) {
		const char *text = pty_row(pty, row);

		for (const char *at = text; (at = strstr(at, name)); at++)
			if (at > text && at[-1] == ' ' && (!at[n] || !strncmp(at + n, " (", 2)))
				return row;
	}
	return -1;
}

int session_row(const struct session *session, const char *name)
{
	return find_row(session->pty, name);
}

static const char *trimmed(const struct pty *pty, int row, int col, int n)
{
	const char *cells = pty_cells(pty, row, col, n);
	size_t length;

	while (*cells == ' ')
		cells++;
	length = strlen(cells);
	while (length && cells[length - 1] == ' ')
		length--;
	((char *)cells)[length] = '\0';
	return cells;
}

const char *session_cells(const struct session *session, int row, int col, int n)
{
	return trimmed(session->pty, row, col, n);
}

struct wanted {
	const char *name, *text;
	int col, n;
};

static bool figure_shown(const struct pty *pty, void *data)
{
	const struct wanted *wanted = data;
	int row = find_row(pty, wanted->name);

	return row >= 0 && !strcmp(trimmed(pty, row, wanted->col, wanted->n), wanted->text);
}

static bool wait_figure(struct session *session, const struct wanted *wanted)
{
	char what[512];

	snprintf(what, sizeof what, "[%s] in columns %d to %d of %s", wanted->text, wanted->col,
	         wanted->col + wanted->n - 1, wanted->name);
	return pty_wait(session->pty, figure_shown, (void *)wanted, what);
}

bool session_wait_size(struct session *session, const char *name, const char *text)
{
	return wait_figure(session, &(struct wanted){ name, text, SIZE_COL, 10 });
}

bool session_wait_growth(struct session *session, const char *name, const char *text)
{
	return wait_figure(session, &(struct wanted){ name, text, GROWTH_COL, 11 });
}

static bool cursor_on(const struct pty *pty, void *data)
{
	int row = find_row(pty, data);

	return row >= 0 && pty_cursor_row(pty, LIST_TOP, pty_rows(pty) - 2) == row;
}

bool session_wait_cursor(struct session *session, const char *name)
{
	char what[512];

	snprintf(what, sizeof what, "the cursor on %s", name);
	return pty_wait(session->pty, cursor_on, (void *)name, what);
}

struct step {
	const char *name;
	int from;
};

static bool cursor_moved(const struct pty *pty, void *data)
{
	struct step *step = data;

	return cursor_on(pty, (void *)step->name) || pty_cursor_row(pty, LIST_TOP, pty_rows(pty) - 2) != step->from;
}

void session_go(struct session *session, const char *name)
{
	/* Rows may be sorted anew meanwhile: look where things are before each step. */
	for (int steps = 0; steps < 200 && !cursor_on(session->pty, (void *)name); steps++) {
		struct step step = {.name = name,
		                    .from = pty_cursor_row(session->pty, LIST_TOP, pty_rows(session->pty) - 2)};
		int to = find_row(session->pty, name);

		cr_assert(to >= 0, "%s is not on the screen", name);
		pty_send(session->pty, to > step.from ? PTY_DOWN : PTY_UP);
		cr_assert(pty_wait(session->pty, cursor_moved, &step, "the cursor one row further"));
	}
	cr_assert(session_wait_cursor(session, name));
}

void session_check_size(const struct session *session)
{
	char out[8192], wanted[64];
	struct walk walk = session_walk(session, "");

	cr_assert_eq(session_command(session, (const char *const[]){"size", "--json", session->tree, NULL}, out,
	                             sizeof(out)),
	             0, "%s", out);
	snprintf(wanted, sizeof(wanted), "\"bytes\": %llu", (unsigned long long)walk.alloc_bytes);
	cr_assert_not_null(strstr(out, wanted), "%s is not in %s", wanted, out);
	snprintf(wanted, sizeof(wanted), "\"items\": %llu", (unsigned long long)walk.items);
	cr_assert_not_null(strstr(out, wanted), "%s is not in %s", wanted, out);
}
