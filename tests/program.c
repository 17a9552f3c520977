/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nap.h"
#include "program.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 60

struct program program;
static int64_t end_s; /* each test is a process */

void program_begin(void)
{
	const char *builddir = getenv("top_builddir"), *tmp = getenv("TMPDIR");

	snprintf(program.path, sizeof(program.path), "%s/disktracker", builddir ? builddir : ".");
	snprintf(program.work, sizeof(program.work), "%.30s/disktracker-cli-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(program.work));
	char *real = realpath(program.work, NULL);

	cr_assert(real && strlen(real) < sizeof(program.work));
	strcpy(program.work, real);
	free(real);
	snprintf(program.tree, sizeof(program.tree), "%s/tree", program.work);
	snprintf(program.database, sizeof(program.database), "%s/data/data.db", program.work);
	cr_assert_eq(mkdir(program.tree, 0777), 0);
}

void program_end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", program.work);
	cr_expect_eq(system(command), 0);
}

void program_in_tree(const char *script)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd '%s' && { %s ; }", program.tree, script);
	cr_assert_eq(system(command), 0, "%s", script);
}

const char *program_file(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", program.work, name);
	return path;
}

char *program_text(const char *name)
{
	static char text[1 << 20];
	FILE *file = fopen(program_file(name), "r");

	cr_assert_not_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

void program_patience(void)
{
	end_s = now_s() + DEADLINE_S;
}

bool program_late(void)
{
	nap_us(5000);
	if (!end_s)
		program_patience();
	return now_s() > end_s;
}

pid_t program_start(const char *out, const char *const *arguments)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing outlives its test */
	signal(SIGINT, SIG_DFL); /* a job in the background of a script inherits it ignored */
	int fd = open(program_file(out), O_WRONLY | O_CREAT | O_TRUNC, 0666),
	    errors = open(program_file("err"), O_WRONLY | O_CREAT | O_TRUNC, 0666);

	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(fd, 1);
	dup2(errors, 2);
	close(fd);
	close(errors);
	setenv("DISKTRACKER_DB", program.database, 1);
	setenv("HOME", program.work, 1);
	setenv("XDG_CONFIG_HOME", program.work, 1);
	/* by fanotify it hears what others do on the disk, and is never idle */
	setenv("DISKTRACKER_WATCH_BACKEND", "inotify", 0);
	execv(program.path, (char **)(void *)arguments);
	_exit(127);
}

int program_ended(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid)
		if (program_late()) {
			kill(pid, SIGKILL);
			cr_assert_fail("it does not end");
		}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int program_run(const char *const *arguments)
{
	return program_ended(program_start("printed", arguments));
}
