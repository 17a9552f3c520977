/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYSTEM_PROCESS_H
#define ENGINE_SYSTEM_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#define PROCESS_NAME 128 /* bytes: room for any name, with its NUL */

/**
 * Who a process is, in a word that a person knows.  Both names are what the process or its manager chose: bytes, to be
 * made safe where they are shown, and no proof of anything.
 */
struct process {
	pid_t pid;
	uint64_t start;               /* ticks since the machine started: with the pid it names one process for ever */
	char command[PROCESS_NAME];   /* its name in the kernel, at most 15 bytes; of a kernel thread up to 63 */
	char unit[PROCESS_NAME];      /* process_unit(), "" = none */
};

/** Ask the kernel; any thread.  0, -ESRCH when there is none (any more), or -errno: /proc cannot be read. */
int process_read(pid_t pid, struct process *out);

/** The unit if there is one, else the command. */
const char *process_name(const struct process *process);

/**
 * The service or container that a text of /proc/PID/cgroup names: the innermost "nginx.service"; a container by the
 * first twelve digits of its id, as its tools show it ("docker-0123456789ab.scope", "docker-0123456789ab"); a virtual
 * machine's scope.  "" for what only a login or a desktop started: a session says less than the command.
 */
void process_unit(const char *cgroup, char out[PROCESS_NAME]);

/*
 * Names of processes that come up again and again.  One thread.  What was asked is true for a round, within which no
 * pid is used twice: the owner begins a new one every few milliseconds.
 */
struct process_names;

struct process_names *process_names_create(void); /* NULL without memory */
void process_names_destroy(struct process_names *names);

/** A new round: processes are asked again who they are.  `now_ns` as by clock_mono_ns(). */
void process_names_round(struct process_names *names, int64_t now_ns);

/**
 * process_name() of it; "gone (PID)" when it ended before anybody asked.  NULL: nobody (pid 0: of another pid
 * namespace), /proc is not to be read, no memory.  Valid until the next call.
 */
const char *process_names_find(struct process_names *names, pid_t pid);

#endif
