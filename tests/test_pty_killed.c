/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill -9 of the whole program while it deletes, trashes or puts back: afterwards everything that was not chosen is as
 * it was, what was chosen is in its place or gone (for ever), or whole in its place or whole in the trash with its
 * note;
 * and the next start shows exact figures.  ROUNDS (3): how often; SEED (1).
 *
 * The moment is a number of changes, drawn at random, in the folders where it works: a kill at a time would nearly
 * always come before or behind the work.
 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <fts.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private_mounts.h"
#include "session.h"

enum { FOLDERS = 12, FILES = 8 };
enum how { FOR_EVER, TO_THE_TRASH, AND_BACK, HOWS };

TestSuite(pty_killed, .fini = session_end_all);

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static int from_environment(const char *name, int fallback)
{
	const char *text = getenv(name);

	return text && *text ? atoi(text) : fallback;
}

/** A script of sh in the session's folder; its status. */
static int shell(const struct session *s, const char *script)
{
	char command[11000];

	snprintf(command, sizeof(command), "cd '%s' && { %s\n}", s->dir, script);
	return system(command);
}

static const char *path_in(const struct session *s, const char *name)
{
	static char path[2][8192];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", s->dir, name);
	return path[turn];
}

/* ---- what lies there, seen by fts(3) ---- */

/** A line each, sorted: type, inode, a file's size, path. */
struct listing {
	char **lines;
	size_t count, capacity;
};

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void listing_add(struct listing *listing, const struct session *s, const char *folder)
{
	const char *root = path_in(s, folder);
	char *paths[] = {(char *)root, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL, NULL);

	cr_assert_not_null(fts);
	for (FTSENT *e; (e = fts_read(fts));) {
		const struct stat *st = e->fts_statp;

		if (e->fts_info == FTS_DP || !e->fts_level)
			continue;
		if (listing->count == listing->capacity) {
			listing->capacity = listing->capacity * 2 + 64;
			listing->lines = realloc(listing->lines, listing->capacity * sizeof(char *));
		}
		cr_assert(asprintf(&listing->lines[listing->count++], "%06o %lu %lld %s", st->st_mode & S_IFMT,
		                   (unsigned long)st->st_ino, S_ISDIR(st->st_mode) ? 0 : (long long)st->st_size,
		                   e->fts_path + strlen(root)) > 0);
	}
	fts_close(fts);
	qsort(listing->lines, listing->count, sizeof(char *), by_bytes);
}

static void listing_free(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		free(listing->lines[i]);
	free(listing->lines);
	*listing = (struct listing){0};
}

/** Is all of `now` what it was; and, if asked so, all that was there now? */
static void listing_check(const struct listing *was, const struct listing *now, bool all, const char *what)
{
	size_t at = 0;

	for (size_t i = 0; i < now->count; i++) {
		for (; at < was->count && strcmp(was->lines[at], now->lines[i]) < 0; at++)
			cr_assert(!all, "%s: not there: %s", what, was->lines[at]);
		cr_assert(at < was->count && !strcmp(was->lines[at], now->lines[i]), "%s: %s", what, now->lines[i]);
		at++;
	}
	cr_assert(!all || at == was->count, "%s: not there: %s", what, was->lines[at]);
}

/**
 * tree/doomed: folders, files, links of both kinds to what is outside, a pipe, and where that is possible a mount of
 * what is not the tree's; tree/kept, elsewhere: what must not change.
 */
static void make_ground(const struct session *s)
{
	char script[6000];

	snprintf(script, sizeof(script),
	         "rm -rf tree/* elsewhere home && mkdir -p tree/doomed tree/kept/sub elsewhere/sub && "
	         "mkdir -p home/Trash/files home/Trash/info && echo kept >tree/kept/sub/file && "
	         "echo linked >tree/kept/linked && echo there >elsewhere/sub/file && "
	         "for d in $(seq %d); do mkdir -p tree/doomed/d$d/sub && "
	         "for f in $(seq %d); do echo $d $f >tree/doomed/d$d/f$f && echo $f >tree/doomed/d$d/sub/g$f; done; "
	         "ln tree/kept/linked tree/doomed/d$d/hard; ln tree/doomed/d$d/f1 tree/doomed/d$d/sub/twice; "
	         "ln -s ../../kept tree/doomed/d$d/soft; ln -s '%s/elsewhere' tree/doomed/d$d/sub/far; done; "
	         "mkfifo tree/doomed/pipe; mkdir tree/doomed/d1/mount",
	         FOLDERS, FILES, s->dir);
	cr_assert_eq(shell(s, script), 0);
}

/* ---- the moment ---- */

static int watch_changes(const struct session *s, enum how how)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	uint32_t what = IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY | IN_CLOSE_WRITE;
	char name[64];

	cr_assert(fd >= 0);
	cr_assert(inotify_add_watch(fd, path_in(s, "tree/doomed"), what) >= 0);
	if (how != FOR_EVER) {
		cr_assert(inotify_add_watch(fd, path_in(s, "home/Trash"), what) >= 0);
		cr_assert(inotify_add_watch(fd, path_in(s, "home/Trash/info"), what) >= 0);
		cr_assert(inotify_add_watch(fd, path_in(s, "home/Trash/files"), what) >= 0);
		return fd;
	}
	for (int i = 1; i <= FOLDERS; i++) {
		snprintf(name, sizeof(name), "tree/doomed/d%d", i);
		cr_assert(inotify_add_watch(fd, path_in(s, name), what) >= 0);
	}
	return fd;
}

/** Until so many changes were seen, or none comes any more. */
static void wait_changes(int fd, uint64_t changes)
{
	char events[4096] __attribute__((aligned(8)));
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	for (uint64_t seen = 0; seen < changes && poll(&ready, 1, seen ? 500 : PTY_DEADLINE_MS) > 0;) {
		ssize_t got = read(fd, events, sizeof(events));

		for (ssize_t at = 0; at < got; seen++)
			at += (ssize_t)(sizeof(struct inotify_event) +
			                ((struct inotify_event *)(void *)(events + at))->len);
	}
}

static void wait_question(struct session *s)
{
	cr_assert(pty_wait_text(s->pty, "[Cancel]"));
	/* keys are dead for 300 ms */
	cr_assert(!pty_ended(s->pty, 350));
}

/** Everything in doomed, marked; asked; answered; killed. */
static void delete_and_kill(struct session *s, enum how how, uint64_t *seed)
{
	int fd = -1;

	session_go(s, "/doomed");
	if (how == FOR_EVER) {
		pty_send(s->pty, "D");
	} else {
		pty_send(s->pty, PTY_ENTER);
		cr_assert(pty_wait_text(s->pty, "pipe"));
		pty_send(s->pty, "*");
		cr_assert(pty_wait_text(s->pty, "13 marked"));
		pty_send(s->pty, "D");
	}
	wait_question(s);
	if (how != AND_BACK)
		fd = watch_changes(s, how);
	pty_send(s->pty, how == FOR_EVER ? PTY_LEFT : PTY_RIGHT);
	pty_send(s->pty, PTY_ENTER);
	if (how == AND_BACK) {
		cr_assert(pty_wait_text(s->pty, "are in the trash"));
		fd = watch_changes(s, how);
		pty_send(s->pty, "u");
	}
	/* a trashed thing makes about four: its note (made, written, closed), and it moves */
	wait_changes(fd, 1 + draw(seed) % (how == FOR_EVER ? FOLDERS * (FILES + 4) : 14 * 5));
	kill(pty_pid(s->pty), SIGKILL);
	pty_wait_exit(s->pty);
	pty_stop(s->pty);
	s->pty = NULL;
	close(fd);
}

/* ---- afterwards ---- */

/** Nothing lies in the trash without a whole note that names its place. */
static void check_notes(const struct session *s)
{
	DIR *files = opendir(path_in(s, "home/Trash/files"));

	cr_assert_not_null(files);
	for (struct dirent *entry; (entry = readdir(files));) {
		char name[512], wanted[9000], text[9000];
		FILE *note;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "home/Trash/info/%s.trashinfo", entry->d_name);
		note = fopen(path_in(s, name), "r");
		cr_assert_not_null(note, "%s has no note", entry->d_name);
		text[fread(text, 1, sizeof(text) - 1, note)] = 0;
		fclose(note);
		snprintf(wanted, sizeof(wanted), "[Trash Info]\nPath=%s/doomed/%s\nDeletionDate=", s->tree,
		         entry->d_name);
		cr_assert(!strncmp(text, wanted, strlen(wanted)), "%s: %s", entry->d_name, text);
		cr_assert_eq(strlen(text), strlen(wanted) + strlen("2026-11-30T10:00:00\n"), "%s", text);
	}
	closedir(files);
}

/** The next start: the figures are a walk's, on the screen and in another process. */
static void check_figures(struct session *s, const char *const *env)
{
	struct walk walk = session_walk(s, "");

	session_open_whole(s, 24, 80, NULL, env);
	cr_assert(pty_wait_row(s->pty, 1, session_size(walk.alloc_bytes)));
	cr_assert(session_wait_size(s, "/doomed", session_size(session_walk(s, "doomed").alloc_bytes)) ||
	          !session_walk(s, "doomed").items);
	session_quit(s);
	session_check_size(s);
}

static void one_round(struct session *s, enum how how, const char *const *env, uint64_t *seed)
{
	struct listing doomed = {0}, kept = {0}, now = {0}, others = {0};
	bool mounted;

	make_ground(s);
	mounted = !private_mounts() && !mount(path_in(s, "elsewhere"), path_in(s, "tree/doomed/d1/mount"), NULL,
	                                      MS_BIND, NULL);
	listing_add(&doomed, s, "tree/doomed");
	listing_add(&kept, s, "tree/kept");
	listing_add(&kept, s, "elsewhere");
	session_open_whole(s, 24, 80, NULL, env);
	delete_and_kill(s, how, seed);
	listing_add(&others, s, "tree/kept");
	listing_add(&others, s, "elsewhere");
	listing_check(&kept, &others, true, "what was not chosen");
	/* of a chosen folder that is gone there is nothing to list */
	if (!access(path_in(s, "tree/doomed"), F_OK))
		listing_add(&now, s, "tree/doomed");
	listing_add(&now, s, "home/Trash/files");
	listing_check(&doomed, &now, how != FOR_EVER, "what was chosen");
	check_notes(s);
	if (mounted)
		cr_assert_eq(umount2(path_in(s, "tree/doomed/d1/mount"), MNT_DETACH), 0);
	check_figures(s, env);
	listing_free(&doomed);
	listing_free(&kept);
	listing_free(&now);
	listing_free(&others);
}

Test(pty_killed, while_it_deletes, .timeout = 3600)
{
	int rounds = from_environment("ROUNDS", HOWS);
	uint64_t seed = (uint64_t)from_environment("SEED", 1);
	char variable[4400];
	const char *env[] = {variable, NULL};
	struct session s;

	session_begin(&s, NULL);
	snprintf(variable, sizeof(variable), "XDG_DATA_HOME=%s/home", s.dir);
	for (int round = 0; round < rounds; round++)
		one_round(&s, (enum how)(round % HOWS), env, &seed);
	session_end(&s);
}
