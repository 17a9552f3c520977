/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/term/crash.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/mapped.h"

/*
 * What the handler needs: it may use nothing but write() and tcsetattr().  Written once in crash_arm() before the
 * handlers are installed; the only file-wide state here, because a signal handler gets no argument.
 */
static struct {
	atomic_int fd; /* -1 = nothing to restore */
	struct termios modes;
	char strings[CRASH_BYTES];
	size_t length;
} crash = {.fd = -1};

/* Whatever ends a process by default, but for what the loop waits for, and what cannot be caught.  Real-time signals
 * too: see crash_arm(). */
static const int deadly_signals[] = {
	SIGSEGV,   SIGBUS,  SIGABRT, SIGFPE,  SIGILL,  SIGTRAP,   SIGSYS,  SIGQUIT,
	SIGXCPU,   SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGVTALRM, SIGPROF, SIGIO,
#ifdef SIGSTKFLT
	SIGSTKFLT,
#endif
#ifdef SIGPWR
	SIGPWR,
#endif
};

static void on_crash(int number, siginfo_t *info, void *context)
{
	if (number == SIGBUS && mapped_mend(info->si_addr))
		return;
	int fd = atomic_exchange_explicit(&crash.fd, -1, memory_order_acquire);
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t set;
	ssize_t written;

	if (fd >= 0) {
		written = write(fd, crash.strings, crash.length);
		tcsetattr(fd, TCSANOW, &crash.modes);
		(void)written;
	}
	if (number == SIGBUS)
		mapped_say();
	sigaction(number, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* One that is ignored, as under nohup, ends nothing. */
static void arm_one(int number)
{
	struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_ONSTACK | SA_SIGINFO}, before;

	sigemptyset(&action.sa_mask);
	if (!sigaction(number, NULL, &before) && before.sa_handler != SIG_IGN)
		sigaction(number, &action, NULL);
}

void crash_arm(int fd, const struct termios *modes, const char *bytes)
{
	static char alternate[65536]; /* a stack of its own: the crash may be the stack's end */
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};

	crash.modes = *modes;
	crash.length = strlen(bytes) < CRASH_BYTES ? strlen(bytes) : CRASH_BYTES;
	memcpy(crash.strings, bytes, crash.length);
	crash_resume(fd);
	sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(deadly_signals) / sizeof(*deadly_signals); i++)
		arm_one(deadly_signals[i]);
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		arm_one(number);
}

void crash_pause(void)
{
	atomic_store_explicit(&crash.fd, -1, memory_order_release);
}

void crash_resume(int fd)
{
	atomic_store_explicit(&crash.fd, fd, memory_order_release);
}
