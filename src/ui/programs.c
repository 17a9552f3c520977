/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"

#define WORDS 16 /* of $PAGER */

/** A directory by a path of any length. */
static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char step[2048];

	if (fd >= 0 || errno != ENAMETOOLONG)
		return fd;
	fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && *path) {
		size_t length = strlen(path), cut = length;
		int next;

		if (length >= sizeof(step)) {
			cut = sizeof(step) - 1;
			while (cut && path[cut] != '/')
				cut--;
		}
		memcpy(step, path, cut);
		step[cut] = 0;
		path += cut;
		for (next = 0; step[next] == '/'; next++)
			;
		next = openat(fd, step[next] ? step + next : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	return fd;
}

/** In a child: signals as a program expects them. */
static void restore_signals(void)
{
	static const int restored[] = {SIGINT,  SIGQUIT, SIGXFSZ, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP,
	                               SIGPIPE, SIGSEGV, SIGBUS,  SIGABRT, SIGFPE, SIGILL};
	struct sigaction action = {.sa_handler = SIG_DFL};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(restored) / sizeof(*restored); i++)
		sigaction(restored[i], &action, NULL);
}

/**
 * Run a program in the folder `fd` (or -1) with the terminal as it was, until it ends.  In a process group of nobody
 * else's: keys such as Ctrl-C are the program's, so that we ignore them until it has ended.  `note` (or NULL) is
 * printed before.  Its status, or -errno.
 */
static int run_there(struct terminal *term, int fd, char *const *words, const char *note)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
	int status = 0, rc = 0;
	pid_t child;

	term_leave(term);
	if (note)
		fprintf(stderr, "%s\n", note);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	child = fork();
	if (child == 0) {
		restore_signals();
		if (fd < 0 || fchdir(fd) == 0)
			execvp(words[0], words);
		_exit(127);
	}
	if (child < 0)
		rc = -errno;
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	term_return(term);
	return rc ? rc : WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

static void set_level(int level)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", level);
	if (level)
		setenv("DISKTRACKER_LEVEL", text, 1);
	else
		unsetenv("DISKTRACKER_LEVEL");
}

void programs_shell(struct model *model, struct terminal *term, const char *path)
{
	const char *shell = getenv("SHELL");
	int fd = open_directory(path), level = getenv("DISKTRACKER_LEVEL") ? atoi(getenv("DISKTRACKER_LEVEL")) : 0, rc;
	char *words[] = {NULL, NULL};

	if (fd < 0) {
		model_say(model, true, _("no shell here: %s"), strerror(errno));
		return;
	}
	if (!shell || !*shell)
		shell = "/bin/sh";
	words[0] = (char *)shell;
	set_level(level + 1);
	rc = run_there(term, fd, words, model->shell_note);
	set_level(level);
	close(fd);
	if (rc < 0)
		model_say(model, true, _("no shell: %s"), strerror(-rc));
	else if (rc == 127)
		model_say(model, true, _("the shell %.100s could not be started, or its last command was not found"),
		          shell);
}

void programs_view(struct model *model, struct terminal *term, const char *path)
{
	const char *pager = getenv("PAGER");
	char *copy = alloc_text(pager && *pager ? pager : "less"), *words[WORDS + 2], *rest = NULL;
	int count = 0, rc;

	if (!copy) {
		model_say(model, true, "%s", strerror(ENOMEM));
		return;
	}
	/* "less -R" is a program and an option. */
	for (char *word = strtok_r(copy, " \t", &rest); word && count < WORDS; word = strtok_r(NULL, " \t", &rest))
		words[count++] = word;
	words[count] = (char *)path;
	words[count + 1] = NULL;
	rc = count ? run_there(term, -1, words, NULL) : 127;
	if (rc == 127 && !(pager && *pager)) {
		words[0] = (char[]){"more"};
		rc = run_there(term, -1, words, NULL);
	}
	if (rc < 0)
		model_say(model, true, _("no pager: %s"), strerror(-rc));
	else if (rc == 127)
		model_say(model, true, _("the pager %.100s could not be started: see PAGER"),
		          pager && *pager ? pager : "less");
	free(copy);
}

/** In a child of a child, so that nobody waits for it: nothing of our terminal, no descriptor of ours. */
static void become_opener(int failed, const char *path)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	restore_signals();
	setsid();
	if (null >= 0 && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 && dup2(null, 2) >= 0)
		execlp("xdg-open", "xdg-open", path, (char *)NULL);
	if (write(failed, &errno, sizeof(errno)) < 0)
		_exit(1);
	_exit(127);
}

void programs_open(struct model *model, const char *path)
{
	int ends[2], error = 0;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC)) {
		model_say(model, true, _("cannot be opened: %s"), strerror(errno));
		return;
	}
	child = fork();
	if (child == 0) {
		if (fork() == 0)
			become_opener(ends[1], path);
		_exit(0);
	}
	if (child < 0)
		error = errno;
	close(ends[1]);
	/* It is closed when the program runs. */
	if (child > 0 && read(ends[0], &error, sizeof(error)) != (ssize_t)sizeof(error))
		error = 0;
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	close(ends[0]);
	if (error == ENOENT)
		model_say(model, true, "%s", _("cannot be opened: there is no xdg-open (package xdg-utils)"));
	else if (error)
		model_say(model, true, _("cannot be opened: %s"), strerror(error));
}
