/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pty.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

/*
 * The parent keeps the slave open, too: so the line discipline can still be asked after the program has ended,
 * and what it wrote last is not thrown away with the last close.
 */
struct pty {
	VTerm *vterm;
	VTermScreen *screen;
	int master, slave; /* -1 once the terminal is closed */
	pid_t pid;
	int status;        /* wait status, once `reaped` */
	bool reaped;
	bool alternate, cursor_visible;
	unsigned bells, titles, answers;
	unsigned char *log;
	size_t log_length, log_capacity;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the emulator's reports ---- */

static int on_property(VTermProp property, VTermValue *value, void *user)
{
	struct pty *pty = user;

	switch (property) {
	case VTERM_PROP_ALTSCREEN:
		pty->alternate = value->boolean;
		break;
	case VTERM_PROP_CURSORVISIBLE:
		pty->cursor_visible = value->boolean;
		break;
	case VTERM_PROP_TITLE:
		pty->titles++;
		break;
	default:
		break;
	}
	return 1;
}

static int on_bell(void *user)
{
	struct pty *pty = user;

	pty->bells++;
	return 1;
}

/* Answers go to the program's input, as from any terminal: a file name that asks for one would type keys. */
static void on_answer(const char *bytes, size_t n, void *user)
{
	struct pty *pty = user;

	pty->answers++;
	pty_send_bytes(pty, bytes, n);
}

static const VTermScreenCallbacks callbacks = {
	.settermprop = on_property,
	.bell = on_bell,
};

/* ---- start and end ---- */

static void child(const char *const *argv, const struct pty_options *options)
{
	static const char *const kept[] = {"PATH",          "HOME",         "TMPDIR",      "ASAN_OPTIONS",
	                                   "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"};
	const char *values[sizeof kept / sizeof *kept];

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		const char *value = getenv(kept[i]);

		values[i] = value ? strdup(value) : NULL;
	}
	clearenv();
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (values[i])
			setenv(kept[i], values[i], 1);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC0", 1);
	for (const char *const *e = options->env; e && *e; e++) {
		if (strchr(*e, '='))
			putenv(strdup(*e));
		else
			unsetenv(*e);
	}
	/* The test's framework may have left its own behind. */
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (options->err) {
		int fd = open(options->err, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
			_exit(126);
		close(fd);
	}
	for (int fd = 3; fd < 256; fd++)
		close(fd);
	if (options->cwd && chdir(options->cwd))
		_exit(126);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

struct pty *pty_start(const char *const *argv, const struct pty_options *options)
{
	struct pty *pty = calloc(1, sizeof *pty);

	if (!pty)
		return NULL;
	pty->master = pty->slave = -1;
	pty->cursor_visible = true;
	pty->vterm = vterm_new(options->rows, options->cols);
	if (!pty->vterm)
		goto fail;
	vterm_set_utf8(pty->vterm, 1);
	vterm_output_set_callback(pty->vterm, on_answer, pty);
	pty->screen = vterm_obtain_screen(pty->vterm);
	vterm_screen_set_callbacks(pty->screen, &callbacks, pty);
	vterm_screen_enable_altscreen(pty->screen, 1);
	vterm_screen_reset(pty->screen, 1);
	pty->titles = pty->bells = pty->answers = 0;

	struct winsize size = { .ws_row = (unsigned short)options->rows, .ws_col = (unsigned short)options->cols };
	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (pty->master < 0 || grantpt(pty->master) || unlockpt(pty->master))
		goto fail;
	pty->slave = open(ptsname(pty->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->slave < 0 || ioctl(pty->slave, TIOCSWINSZ, &size))
		goto fail;
	pty->pid = fork();
	if (pty->pid < 0)
		goto fail;
	if (pty->pid == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		if (setsid() < 0 || ioctl(pty->slave, TIOCSCTTY, 0) || dup2(pty->slave, STDIN_FILENO) < 0 ||
		    dup2(pty->slave, STDOUT_FILENO) < 0 || dup2(pty->slave, STDERR_FILENO) < 0)
			_exit(126);
		child(argv, options);
	}
	return pty;
fail:;
	int error = errno;
	pty->pid = 0;
	pty->reaped = true;
	pty_stop(pty);
	errno = error;
	return NULL;
}

void pty_close_terminal(struct pty *pty)
{
	if (pty->slave >= 0)
		close(pty->slave);
	if (pty->master >= 0)
		close(pty->master);
	pty->slave = pty->master = -1;
}

void pty_stop(struct pty *pty)
{
	if (!pty)
		return;
	if (!pty->reaped) {
		kill(pty->pid, SIGKILL);
		while (waitpid(pty->pid, &pty->status, 0) < 0 && errno == EINTR)
			;
	}
	pty_close_terminal(pty);
	if (pty->vterm)
		vterm_free(pty->vterm);
	free(pty->log);
	free(pty);
}

pid_t pty_pid(const struct pty *pty)
{
	return pty->pid;
}

/* ---- to the program ---- */

void pty_send_bytes(struct pty *pty, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n && pty->master >= 0) {
		ssize_t w = write(pty->master, p, n);

		if (w > 0) {
			p += w;
			n -= (size_t)w;
		} else if (w < 0 && errno == EAGAIN) {
			struct pollfd ready = { .fd = pty->master, .events = POLLOUT };

			if (poll(&ready, 1, PTY_DEADLINE_MS) <= 0)
				return;
		} else if (w < 0 && errno != EINTR) {
			return;
		}
	}
}

void pty_send(struct pty *pty, const char *keys)
{
	pty_send_bytes(pty, keys, strlen(keys));
}

void pty_mouse(struct pty *pty, enum pty_button button, int row, int col)
{
	char report[64];

	snprintf(report, sizeof report, "\033[<%d;%d;%dM", (int)button, col + 1, row + 1);
	pty_send(pty, report);
	if (button == PTY_BUTTON_LEFT) {
		snprintf(report, sizeof report, "\033[<%d;%d;%dm", (int)button, col + 1, row + 1);
		pty_send(pty, report);
	}
}

/* Read all output that is there.  False when there was none. */
static bool drain(struct pty *pty)
{
	char bytes[16384];
	bool any = false;

	while (pty->master >= 0) {
		ssize_t n = read(pty->master, bytes, sizeof bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (pty->log_length + (size_t)n > pty->log_capacity) {
			pty->log_capacity = (pty->log_length + (size_t)n) * 2;
			pty->log = realloc(pty->log, pty->log_capacity);
			if (!pty->log)
				abort();
		}
		memcpy(pty->log + pty->log_length, bytes, (size_t)n);
		pty->log_length += (size_t)n;
		vterm_input_write(pty->vterm, bytes, (size_t)n);
		any = true;
	}
	vterm_screen_flush_damage(pty->screen);
	return any;
}

void pty_resize(struct pty *pty, int rows, int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };

	drain(pty);
	vterm_set_size(pty->vterm, rows, cols);
	ioctl(pty->master, TIOCSWINSZ, &size);
}

/* ---- the screen ---- */

int pty_rows(const struct pty *pty)
{
	int rows, cols;

	vterm_get_size(pty->vterm, &rows, &cols);
	return rows;
}

int pty_cols(const struct pty *pty)
{
	int rows, cols;

	vterm_get_size(pty->vterm, &rows, &cols);
	return cols;
}

static size_t encode(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static int color(const struct pty *pty, VTermColor c, bool background)
{
	if (background ? VTERM_COLOR_IS_DEFAULT_BG(&c) : VTERM_COLOR_IS_DEFAULT_FG(&c))
		return PTY_COLOR_DEFAULT;
	if (VTERM_COLOR_IS_INDEXED(&c))
		return c.indexed.idx;
	return 0x1000000 | c.rgb.red << 16 | c.rgb.green << 8 | c.rgb.blue;
}

void pty_cell(const struct pty *pty, int row, int col, struct pty_cell *out)
{
	VTermScreenCell cell;
	size_t length = 0;

	memset(out, 0, sizeof *out);
	out->fg = out->bg = PTY_COLOR_DEFAULT;
	out->width = 1;
	if (!vterm_screen_get_cell(pty->screen, (VTermPos){ .row = row, .col = col }, &cell))
		return;
	if (cell.chars[0] == (uint32_t)-1) {
		out->width = 0;
	} else {
		for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
			length += encode(cell.chars[i], out->text + length);
		out->width = cell.width;
	}
	out->fg = color(pty, cell.fg, false);
	out->bg = color(pty, cell.bg, true);
	out->bold = cell.attrs.bold;
	out->reverse = cell.attrs.reverse;
	out->underline = cell.attrs.underline;
}

const char *pty_cells(const struct pty *pty, int row, int col, int n)
{
	static char ring[8][8192];
	static unsigned turn;
	char *out = ring[turn++ % 8];
	size_t length = 0;

	for (int i = col; i < col + n && i < pty_cols(pty); i++) {
		struct pty_cell cell;
		size_t bytes;

		pty_cell(pty, row, i, &cell);
		bytes = strlen(cell.text);
		if (length + bytes + 2 > sizeof ring[0])
			break;
		if (bytes) {
			memcpy(out + length, cell.text, bytes);
			length += bytes;
		} else if (cell.width) {
			out[length++] = ' ';
		}
	}
	out[length] = '\0';
	return out;
}

const char *pty_row(const struct pty *pty, int row)
{
	char *out = (char *)pty_cells(pty, row, 0, pty_cols(pty));
	size_t length = strlen(out);

	while (length && out[length - 1] == ' ')
		length--;
	out[length] = '\0';
	return out;
}

int pty_find(const struct pty *pty, const char *text, int from)
{
	for (int row = from; row < pty_rows(pty); row++)
		if (strstr(pty_row(pty, row), text))
			return row;
	return -1;
}

int pty_find_col(const struct pty *pty, int row, const char *text)
{
	int cols = pty_cols(pty);
	size_t n = strlen(text);

	for (int col = 0; col < cols; col++) {
		struct pty_cell cell;

		pty_cell(pty, row, col, &cell);
		if (cell.width && !strncmp(pty_cells(pty, row, col, cols - col), text, n))
			return col;
	}
	return -1;
}

/* In the row of the cursor: reverse, or with the background that the themes give it. */
static bool marked(const struct pty_cell *cell)
{
	return cell->reverse || cell->bg == 237 || cell->bg == 254 || cell->bg == (0x1000000 | 0x3a3a3a);
}

int pty_cursor_row(const struct pty *pty, int from, int to)
{
	int cols = pty_cols(pty);

	for (int row = from; row < to; row++) {
		int reverse = 0;

		for (int col = 0; col < cols; col++) {
			struct pty_cell cell;

			pty_cell(pty, row, col, &cell);
			reverse += marked(&cell);
		}
		if (reverse > cols / 2)
			return row;
	}
	return -1;
}

bool pty_alternate(const struct pty *pty)
{
	return pty->alternate;
}

bool pty_cursor_visible(const struct pty *pty)
{
	return pty->cursor_visible;
}

void pty_cursor(const struct pty *pty, int *row, int *col)
{
	VTermPos at;

	vterm_state_get_cursorpos(vterm_obtain_state(pty->vterm), &at);
	*row = at.row;
	*col = at.col;
}

bool pty_mouse_on(const struct pty *pty)
{
	bool on = false;

	/* From the log: the emulator reads only the first number of `\033[?1006;1000h`. */
	for (size_t i = 0; i + 3 < pty->log_length; i++) {
		bool found = false;

		if (memcmp(pty->log + i, "\033[?", 3))
			continue;
		for (i += 3; i < pty->log_length && (isdigit(pty->log[i]) || pty->log[i] == ';'); i++)
			found |= i + 5 < pty->log_length && !memcmp(pty->log + i, "1000", 4) &&
			         !isdigit(pty->log[i + 4]);
		if (found && i < pty->log_length)
			on = pty->log[i] == 'h';
	}
	return on;
}

bool pty_cooked(const struct pty *pty)
{
	struct termios mode;

	if (tcgetattr(pty->slave, &mode))
		return false;
	return (mode.c_lflag & ICANON) && (mode.c_lflag & ECHO) && (mode.c_lflag & ISIG) && (mode.c_iflag & ICRNL) &&
	       (mode.c_oflag & OPOST);
}

unsigned pty_bells(const struct pty *pty)
{
	return pty->bells;
}

unsigned pty_titles(const struct pty *pty)
{
	return pty->titles;
}

unsigned pty_answers(const struct pty *pty)
{
	return pty->answers;
}

const unsigned char *pty_log(const struct pty *pty, size_t *n)
{
	*n = pty->log_length;
	return pty->log;
}

void pty_dump(const struct pty *pty, FILE *out)
{
	int rows = pty_rows(pty);

	fprintf(out, "---- %d x %d%s%s\n", pty_cols(pty), rows, pty->alternate ? ", alternate screen" : "",
	        pty->reaped ? ", ended" : "");
	for (int row = 0; row < rows; row++)
		fprintf(out, "%3d%c%s\n", row, pty_cursor_row(pty, row, row + 1) == row ? '>' : '|', pty_row(pty, row));
	fprintf(out, "----\n");
}

/* ---- waiting ---- */

static void reap(struct pty *pty)
{
	if (!pty->reaped && waitpid(pty->pid, &pty->status, WNOHANG) == pty->pid)
		pty->reaped = true;
}

/* Wait for output, at most some milliseconds: the end of the program shows without any, so never long. */
static void await_output(const struct pty *pty, int timeout_ms)
{
	struct pollfd ready = { .fd = pty->master, .events = POLLIN };

	poll(&ready, pty->master >= 0, timeout_ms);
}

#define SETTLE_MS 10

/*
 * Does the program wait for something?  Its main thread paints: while it runs, or wants to, a frame may be half
 * written, for as long as a busy machine lets it wait.
 */
static bool at_rest(const struct pty *pty)
{
	char path[64], text[512];

	snprintf(path, sizeof path, "/proc/%ld/stat", (long)pty->pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	const char *state = strrchr(text, ')');

	return !state || (state[2] != 'R' && state[2] != 'D');
}

bool pty_wait(struct pty *pty, bool (*holds)(const struct pty *pty, void *data), void *data, const char *what)
{
	int64_t deadline = now_ms() + PTY_DEADLINE_MS;

	for (;;) {
		drain(pty);
		if (holds(pty, data)) {
			/* The kernel hands a frame on in pieces: judge a whole one. */
			await_output(pty, SETTLE_MS);
			if (at_rest(pty) && !drain(pty))
				return true;
			if (now_ms() < deadline)
				continue;
		}
		if (pty->reaped || now_ms() >= deadline)
			break;
		reap(pty); /* once more around, for its last words */
		if (!pty->reaped)
			await_output(pty, 100);
	}
	fprintf(stderr, "waited in vain for: %s\n", what);
	pty_dump(pty, stderr);
	return false;
}

static bool text_shown(const struct pty *pty, void *data)
{
	return pty_find(pty, data, 0) >= 0;
}

static bool text_hidden(const struct pty *pty, void *data)
{
	return pty_find(pty, data, 0) < 0;
}

struct row_text {
	int row;
	const char *text;
};

static bool text_in_row(const struct pty *pty, void *data)
{
	const struct row_text *wanted = data;

	return strstr(pty_row(pty, wanted->row), wanted->text);
}

bool pty_wait_text(struct pty *pty, const char *text)
{
	return pty_wait(pty, text_shown, (void *)text, text);
}

bool pty_wait_gone(struct pty *pty, const char *text)
{
	return pty_wait(pty, text_hidden, (void *)text, text);
}

bool pty_wait_row(struct pty *pty, int row, const char *text)
{
	struct row_text wanted = { .row = row, .text = text };

	return pty_wait(pty, text_in_row, &wanted, text);
}

bool pty_ended(struct pty *pty, int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;

	for (;;) {
		int64_t left = deadline - now_ms();

		reap(pty);
		drain(pty);
		if (pty->reaped)
			return true;
		if (left <= 0)
			return false;
		await_output(pty, left < 20 ? (int)left : 20);
	}
}

int pty_wait_exit(struct pty *pty)
{
	if (pty_ended(pty, PTY_DEADLINE_MS))
		return pty->status;
	fprintf(stderr, "waited in vain for the program to end\n");
	pty_dump(pty, stderr);
	return -1;
}
