/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "against.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_ONCE 256 /* paths on one command line */
#define TOLD 8      /* differences */

static void die(const char *what)
{
	fprintf(stderr, "against: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void print_path(FILE *out, const char *path)
{
	for (const unsigned char *at = (const unsigned char *)path; *at; at++)
		if (*at < ' ' || *at == '\\' || *at == 127)
			fprintf(out, "\\%03o", *at);
		else
			putc(*at, out);
	putc('\n', out);
}

static void print_dir(FILE *out, const struct walked_dir *dir)
{
	fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " ", dir->alloc_bytes, dir->apparent_bytes,
	        dir->items, dir->files);
	print_path(out, dir->path);
}

void against_print(const struct walked *walked)
{
	for (size_t i = 0; i < walked->count; i++)
		print_dir(stdout, &walked->dirs[i]);
}

static void differs(int *differences, bool tell, const char *who, const char *says, const struct walked_dir *dir,
                    const char *path)
{
	if (++*differences > TOLD || !tell)
		return;
	fprintf(stderr, "differs: %s says %s; there: ", who, says);
	if (dir) {
		print_dir(stderr, dir);
	} else {
		fputs("nothing at ", stderr);
		print_path(stderr, path);
	}
}

/* ---- size ---- */

/* Its standard output; standard error goes away.  To be freed. */
static char *output_of(char *const *args)
{
	int pipes[2], status;
	size_t length = 0, capacity = 65536;
	char *text = malloc(capacity);
	pid_t pid = pipe(pipes) || !text ? -1 : fork();

	if (pid < 0)
		die(args[0]);
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(pipes[1], STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(pipes[0]);
		execv(args[0], args);
		_exit(127);
	}
	close(pipes[1]);
	for (;;) {
		ssize_t got = read(pipes[0], text + length, capacity - length - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		length += (size_t)got;
		if (capacity - length < 4096 && !(text = realloc(text, capacity *= 2)))
			die("memory");
	}
	close(pipes[0]);
	text[length] = '\0';
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	/* 1 = not all is known, which the answers say. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
		fprintf(stderr, "%s %s: status %x\n", args[0], args[1], (unsigned)status);
		*text = '\0';
	}
	return text;
}

/* The figure of a field, from here on; false: null.  In a string its quotes would be escaped. */
static bool figure(char **at, const char *field, uint64_t *out)
{
	char *found = *at ? strstr(*at, field) : NULL;

	*at = found ? found + strlen(field) : NULL;
	if (!found || **at < '0' || **at > '9')
		return false;
	*out = strtoull(*at, at, 10);
	return true;
}

/*
 * One run: answers come in the order of the questions.  `gone`: nothing may be known of these; but what is not live is
 * a file of that name in a snapshot, which is all that is ever known of files.
 */
static void ask(const char *program, const struct walked_dir *const *dirs, size_t count, bool gone, int *differences,
                bool tell)
{
	char *args[AT_ONCE + 4] = { (char *)(uintptr_t)program, (char[]){ "size" }, (char[]){ "--json" } };

	for (size_t i = 0; i < count; i++)
		args[3 + i] = dirs[i]->path;
	char *text = output_of(args), *at = text;

	for (size_t i = 0; i < count; i++) {
		uint64_t bytes, apparent_bytes, items;
		bool known = figure(&at, "\"bytes\": ", &bytes) &&
		             figure(&at, "\"apparent_bytes\": ", &apparent_bytes) && figure(&at, "\"items\": ", &items);
		char says[80] = "nothing";

		if (known)
			snprintf(says, sizeof says, "%" PRIu64 " %" PRIu64 " %" PRIu64, bytes, apparent_bytes, items);
		at = at ? strstr(at, "\"live\": ") : NULL;
		bool live = at && at[8] == 't';

		if (!known && at && dirs[i]->unreadable)
			continue;
		if (gone ? (known && live) || !at
		         : !known || bytes != dirs[i]->alloc_bytes || apparent_bytes != dirs[i]->apparent_bytes ||
		                    items != dirs[i]->items)
			differs(differences, tell, "size", says, gone ? NULL : dirs[i], dirs[i]->path);
	}
	free(text);
}

int against_size(const char *program, const struct walked *walked, const struct walked *before, bool tell)
{
	const struct walked_dir *dirs[AT_ONCE];
	int differences = 0;
	size_t count = 0;

	for (size_t i = 0; i < walked->count; i++) {
		dirs[count++] = &walked->dirs[i];
		if (count == AT_ONCE || i + 1 == walked->count) {
			ask(program, dirs, count, false, &differences, tell);
			count = 0;
		}
	}
	for (size_t i = 0; before && i < before->count; i++) {
		struct stat st;

		if (lstat(before->dirs[i].path, &st) && errno == ENOENT)
			dirs[count++] = &before->dirs[i];
		if (count == AT_ONCE || (count && i + 1 == before->count)) {
			ask(program, dirs, count, true, &differences, tell);
			count = 0;
		}
	}
	return differences;
}

/* ---- snapshot ---- */

int against_snapshot(const char *db, const struct walked *walked, bool tell)
{
	static const char query[] =
		"SELECT p.path, v.total_bytes, v.apparent_bytes, v.item_count, v.file_count FROM snapshots s JOIN"
		" dirs p ON p.root_id = s.root_id"
		" JOIN dir_versions v ON v.dir_id = p.id AND v.first_id <= s.id AND v.last_id >= s.id WHERE s.id ="
		" (SELECT max(id) FROM snapshots)";
	sqlite3 *connection = NULL;
	sqlite3_stmt *rows = NULL;
	int differences = 0, step = SQLITE_ERROR;
	size_t found = 0;

	if (sqlite3_open_v2(db, &connection, SQLITE_OPEN_READWRITE, NULL) || sqlite3_busy_timeout(connection, 10000)
	    || sqlite3_prepare_v2(connection, query, -1, &rows, NULL)) {
		fprintf(stderr, "%s: %s\n", db, sqlite3_errmsg(connection));
		differences++;
	}
	while (rows && (step = sqlite3_step(rows)) == SQLITE_ROW) {
		size_t length = (size_t)sqlite3_column_bytes(rows, 0);
		char *path = strndup(sqlite3_column_blob(rows, 0), length), says[96];
		uint64_t figures[4];

		if (!path)
			die("memory");
		for (int i = 0; i < 4; i++)
			figures[i] = (uint64_t)sqlite3_column_int64(rows, i + 1);
		snprintf(says, sizeof says, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, figures[0], figures[1],
		         figures[2], figures[3]);
		const struct walked_dir *dir = walked_find(walked, path);

		found += dir != NULL;
		if (!dir || dir->alloc_bytes != figures[0] || dir->apparent_bytes != figures[1] ||
		    dir->items != figures[2] || dir->files != figures[3])
			differs(&differences, tell, "the snapshot", says, dir, path);
		free(path);
	}
	if (!differences && (step != SQLITE_DONE || found != walked->count)) {
		if (tell)
			fprintf(stderr, "differs: the snapshot knows %zu directories of %zu: %s\n", found,
			        walked->count, sqlite3_errmsg(connection));
		differences++;
	}
	sqlite3_finalize(rows);
	sqlite3_close(connection);
	return differences;
}
