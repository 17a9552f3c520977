/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

TestSuite(pty_monkey, .fini = session_end_all);

/*
 * Any keys in any order, while the tree changes below and the window changes its size: it must neither end nor hang,
 * and leave a sound terminal.
 * DISKTRACKER_MONKEY=SEED tries another order, DISKTRACKER_MONKEY_KEYS=N more of them.
 */

static const char *const keys[] = {
	PTY_UP,        PTY_DOWN,  PTY_LEFT,  PTY_RIGHT, PTY_RIGHT,  PTY_RIGHT,  PTY_HOME, "G",           PTY_PAGE_UP,
	PTY_PAGE_DOWN, PTY_ENTER, PTY_ENTER, PTY_ESC,   PTY_ESC,    "d",        "d",      "F",           "[",
	"]",           "s",       "n",       "C",       "M",        "a",        "t",      "g",           "u",
	"c",           "m",       "e",       "i",       "H",        "o",        "\t",     "?",           "1",
	"2",           "3",       "r",       "R",       "/",        "x",        "*",      PTY_BACKSPACE, "L",
	"D",           "\014",    "W",       " ",       "\xc3\xa9", "\033[99~", "f",      "B",           "T",
	"w",           "y",       "*",
};

/* An own generator: the same everywhere. */
static unsigned next(uint64_t *state, unsigned below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*state >> 33) % below;
}

/* One small change somewhere in the tree; that it may fail is part of it. */
static void change(const struct session *session, uint64_t *state)
{
	char from[4400], to[4400];
	FILE *file;

	snprintf(from, sizeof from, "%s/%c", session->tree, 'a' + (int)next(state, 4));
	for (unsigned depth = next(state, 4); depth; depth--)
		snprintf(from + strlen(from), sizeof from - strlen(from), "/%c", 'a' + (int)next(state, 4));
	snprintf(to, sizeof to, "%s/%c", session->tree, 'a' + (int)next(state, 4));
	switch (next(state, 5)) {
	case 0:
	case 1:
		mkdir(from, 0755);
		break;
	case 2:
		file = fopen(from, "w");
		if (file) {
			fprintf(file, "%*d", (int)next(state, 100000) + 1, 0);
			fclose(file);
		}
		break;
	case 3:
		rename(from, to);
		break;
	default:
		if (remove(from) && link(from, to))
			break;
	}
}

Test(pty_monkey, any_keys)
{
	const char *seed = getenv("DISKTRACKER_MONKEY"), *wanted = getenv("DISKTRACKER_MONKEY_KEYS");
	uint64_t state = seed ? strtoull(seed, NULL, 10) : 2;
	int count = wanted ? atoi(wanted) : 250;
	struct session s;

	session_begin(&s, NULL);
	for (int i = 0; i < 200; i++)
		change(&s, &state);
	for (int run = 0; run < 2; run++) {
		session_open(&s, 24, 80, NULL, NULL);
		for (int i = 0; i < count; i++) {
			change(&s, &state);
			if (next(&state, 40) == 0)
				pty_resize(s.pty, 3 + (int)next(&state, 50), 10 + (int)next(&state, 150));
			else if (next(&state, 20) == 0)
				pty_mouse(s.pty, next(&state, 2) ? PTY_BUTTON_LEFT : PTY_WHEEL_DOWN,
				          (int)next(&state, 24), (int)next(&state, 80));
			else
				pty_send(s.pty, keys[next(&state, sizeof keys / sizeof *keys)]);
			cr_assert(!pty_ended(s.pty, (int)next(&state, 8)), "run %d, key %d: it ended: %s", run, i,
			          session_stderr(&s));
		}
		/* Out of whatever is open. */
		for (int i = 0; i < 100 && !pty_ended(s.pty, 200); i++)
			pty_send(s.pty, i % 3 == 0 ? PTY_ESC : i % 3 == 1 ? "q" : "y");
		int status = pty_wait_exit(s.pty);
		cr_assert(status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 0, "run %d: status %x, %s", run,
		          (unsigned)status, session_stderr(&s));
		cr_assert(!pty_alternate(s.pty) && pty_cursor_visible(s.pty) && pty_cooked(s.pty) &&
		          !pty_mouse_on(s.pty));
	}
	session_end(&s);
}
