/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WAITING_MOST 256

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int listener;
	char path[8192];            /* "" = open */
	uint64_t waiting[WAITING_MOST];
	size_t count;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .listener = -1 };

/* Let a call go on.  It may be gone by now, with its process. */
static void let(uint64_t id)
{
	struct seccomp_notif_resp answer = { .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

	if (ioctl(gate.listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) && errno != ENOENT && errno != EINPROGRESS)
		perror("gate");
}

static bool is_behind(const struct seccomp_notif *call)
{
	size_t length = strlen(gate.path);
	char link[64], path[8192];

	if (!length)
		return false;
	snprintf(link, sizeof link, "/proc/self/task/%u", call->pid);
	if (!access(link, F_OK))
		return false; /* a test that looks at the disk, or clears it up */
	snprintf(link, sizeof link, "/proc/%u/fd/%d", call->pid, (int)call->data.args[0]);
	ssize_t n = readlink(link, path, sizeof path - 1);

	if (n < 0)
		return false;
	path[n] = '\0';
	return !strncmp(path, gate.path, length) && (!path[length] || path[length] == '/');
}

static void *serve(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&gate.lock);
	while (gate.listener < 0)
		pthread_cond_wait(&gate.changed, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	for (;;) {
		struct seccomp_notif call = {0};

		if (ioctl(gate.listener, SECCOMP_IOCTL_NOTIF_RECV, &call)) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			return NULL;
		}
		pthread_mutex_lock(&gate.lock);
		if (gate.count < WAITING_MOST && is_behind(&call))
			gate.waiting[gate.count++] = call.id;
		else
			let(call.id);
		pthread_mutex_unlock(&gate.lock);
	}
}

bool gate_begin(void)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getdents64, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof program / sizeof *program, .filter = program };
	pthread_t server;

	/* Before the filter, which it would wait behind itself. */
	if (pthread_create(&server, NULL, serve, NULL))
		return false;
	pthread_detach(server);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);

	if (listener < 0)
		return false;
	pthread_mutex_lock(&gate.lock);
	gate.listener = listener;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
	return true;
}

void gate_close(const char *path)
{
	gate_open();
	pthread_mutex_lock(&gate.lock);
	snprintf(gate.path, sizeof gate.path, "%s", path);
	pthread_mutex_unlock(&gate.lock);
}

void gate_open(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.path[0] = '\0';
	for (size_t i = 0; i < gate.count; i++)
		let(gate.waiting[i]);
	gate.count = 0;
	pthread_mutex_unlock(&gate.lock);
}
