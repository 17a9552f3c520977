/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/trace.h"
#include "ui/browser/browser.h"
#include "ui/model/model.h"
#include "ui/programs.h"

#define FRAME_NS 50000000 /* 20 frames a second */
#define INPUTS_A_FRAME 64 /* a key held down must not keep the picture from being drawn */

/* What the handlers leave behind: a signal handler gets no argument.  Handlers write, the loop reads. */
static atomic_int caught; /* SIGINT, SIGTERM or SIGHUP */
static atomic_int resized;
static atomic_int continued; /* stopped by a signal that nobody hears, and now here again */
static atomic_int signal_fd = -1;

static const int handled[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT};

static void on_signal(int number)
{
	int fd = atomic_load_explicit(&signal_fd, memory_order_relaxed), before = errno;
	uint64_t one = 1;

	if (number == SIGWINCH)
		atomic_store_explicit(&resized, 1, memory_order_relaxed);
	else if (number == SIGCONT)
		atomic_store_explicit(&continued, 1, memory_order_relaxed);
	else
		atomic_store_explicit(&caught, number, memory_order_relaxed);
	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0)
		errno = before; /* full = the loop is awake anyway */
	errno = before;
}

static void handle_signals(void (*handler)(int number))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(handled) / sizeof(*handled); i++)
		sigaction(handled[i], &action, NULL);
}

void loop_catch_signals(int wake_fd)
{
	atomic_store_explicit(&signal_fd, wake_fd, memory_order_relaxed);
	handle_signals(on_signal);
}

void loop_release_signals(void)
{
	handle_signals(SIG_DFL);
	atomic_store_explicit(&signal_fd, -1, memory_order_relaxed);
}

int loop_signal(void)
{
	return atomic_load_explicit(&caught, memory_order_relaxed);
}

int loop_wake_fd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	return fd >= 0 ? fd : -errno;
}

/** Stop as the terminal's Ctrl-Z would have done; goes on when somebody continues us. */
static void suspend(struct terminal *term)
{
	struct sigaction stop = {.sa_handler = SIG_DFL}, before;

	term_leave(term);
	sigemptyset(&stop.sa_mask);
	sigaction(SIGTSTP, &stop, &before);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &before, NULL);
	term_return(term);
}

struct loop {
	struct screens *screens;
	struct terminal *term;
	int64_t drawn_ns;  /* the last frame */
	int64_t wanted_ns; /* the next frame, SCREEN_NEVER = when something happens */
	int status;
	bool quit;
};

/** All that a frame shows is of one moment: nobody changes the tree meanwhile, where that can be had at once. */
static bool stand_still(struct model *model)
{
	bool still = model_hold(model);

	model->moving = model->live && !still;
	return still;
}

static void frame(struct loop *loop)
{
	struct model *model = loop->screens->model;
	int64_t wanted, now = clock_mono_ns();
	bool still, painted;

	model->now_ns = now;
	wanted = model_update(model, now);
	still = stand_still(model);
	loop->wanted_ns = screens_update(loop->screens, now);
	if (wanted < loop->wanted_ns)
		loop->wanted_ns = wanted;
	if (loop->wanted_ns != SCREEN_NEVER && loop->wanted_ns < now + FRAME_NS)
		loop->wanted_ns = now + FRAME_NS;
	loop->drawn_ns = now;
	painted = model->quit_status < 0 && screens_paint(loop->screens) == 0;
	if (still)
		model_release(model);
	if (model->quit_status >= 0) {
		loop->status = model->quit_status;
		loop->quit = true;
	} else if (painted) {
		term_draw(loop->term, &loop->screens->canvas);
	}
	TRACE(TRACE_UI, "frame: %lld us", (long long)(clock_mono_ns() - now) / 1000);
	if (model->last_key_ns)
		TRACE(TRACE_UI, "%lld us since the last key", (long long)(clock_mono_ns() - model->last_key_ns) / 1000);
}

static void react(struct loop *loop, unsigned reactions)
{
	struct model *model = loop->screens->model;

	if (reactions & REACT_REDRAW)
		term_redraw(loop->term);
	if (reactions & REACT_SUSPEND) {
		suspend(loop->term);
		/* no signal tells who was stopped, or behind a shell */
		term_size(loop->term, &model->rows, &model->cols);
	}
	if (reactions & REACT_SHELL) {
		programs_shell(model, loop->term, model->shell_path);
		term_size(loop->term, &model->rows, &model->cols);
		free(model->shell_path);
		free(model->shell_note);
		model->shell_path = model->shell_note = NULL;
		browser_shell_done(loop->screens);
	}
	if (reactions & REACT_VIEW) {
		programs_view(model, loop->term, model->open_path);
		term_size(loop->term, &model->rows, &model->cols);
	} else if (reactions & REACT_OPEN) {
		programs_open(model, model->open_path);
	}
	if (reactions & REACT_COPY && !term_copy(loop->term, model->copy.data, model->copy.length))
		model_say(model, true, "%s", _("this terminal takes nothing to its clipboard"));
	if (reactions & REACT_GO)
		browser_go_to(loop->screens);
	if (reactions & REACT_GROWTH)
		browser_show_growth(loop->screens);
	if (reactions & REACT_QUIT)
		loop->quit = true;
}

/** All that waits at the keyboard.  True when something is to be painted. */
static bool read_keys(struct loop *loop)
{
	struct model *model = loop->screens->model;
	struct input input;
	bool paint = false;

	for (int i = 0; i < INPUTS_A_FRAME && !loop->quit && term_read(loop->term, &input); i++) {
		unsigned reactions;

		model->now_ns = model->last_key_ns = clock_mono_ns();
		if (model->message[0]) {
			model->message[0] = 0;
			paint = true;
		}
		reactions = screens_handle(loop->screens, &input);
		react(loop, reactions);
		/* The next key may wait already (typed ahead, a slow line): it acts on what this one has brought up. */
		if (reactions != REACT_NONE && !loop->quit) {
			bool still = stand_still(model);

			screens_update(loop->screens, model->now_ns);
			if (still)
				model_release(model);
		}
		paint |= reactions != REACT_NONE;
	}
	return paint;
}

int loop_run(struct screens *screens, struct terminal *term)
{
	struct loop loop = {.screens = screens, .term = term};
	struct model *model = screens->model;
	struct pollfd fds[2] = {{.fd = term_fd(term), .events = POLLIN}, {.fd = model->wake_fd, .events = POLLIN}};

	term_size(term, &model->rows, &model->cols);
	frame(&loop);
	while (!loop.quit) {
		int64_t now = clock_mono_ns(), wait = -1, until = term_deadline(term);
		struct timespec timeout;

		until = loop.wanted_ns < until ? loop.wanted_ns : until;
		if (until != SCREEN_NEVER)
			wait = until > now ? until - now : 0;
		timeout = (struct timespec){.tv_sec = (time_t)(wait / 1000000000),
		                            .tv_nsec = (long)(wait % 1000000000)};
		fds[0].revents = fds[1].revents = 0;
		if (ppoll(fds, 2, wait >= 0 ? &timeout : NULL, NULL) < 0 && errno != EINTR) {
			loop.status = 1;
			break;
		}
		if (fds[1].revents & POLLIN) {
			uint64_t count;
			ssize_t got = read(model->wake_fd, &count, sizeof(count));

			(void)got;
			if (loop.wanted_ns > loop.drawn_ns + FRAME_NS)
				loop.wanted_ns = loop.drawn_ns + FRAME_NS;
		}
		if (loop_signal()) {
			loop.status = 128 + loop_signal();
			break;
		}
		if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) {
			loop.status = 128 + SIGHUP;
			break;
		}
		if (atomic_exchange_explicit(&continued, 0, memory_order_relaxed)) {
			term_return(term); /* who had the terminal meanwhile left it in modes of his own */
			atomic_store_explicit(&resized, 1, memory_order_relaxed);
		}
		if (atomic_exchange_explicit(&resized, 0, memory_order_relaxed)) {
			term_size(term, &model->rows, &model->cols);
			frame(&loop);
		}
		if (((fds[0].revents & POLLIN) || clock_mono_ns() >= term_deadline(term)) && read_keys(&loop))
			frame(&loop);
		else if (clock_mono_ns() >= loop.wanted_ns && !loop.quit)
			frame(&loop);
	}
	return loop.status;
}
