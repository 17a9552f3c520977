/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"

#define TEXT_MOST 8192          /* of a file in /proc/PID; a cgroup's path has at most 4,096 bytes */
#define ID_DIGITS 64            /* of a container's id */
#define ID_SHOWN 12
#define NAMES_MOST 1024u        /* forgotten together; those of this round are asked once more */
#define REMEMBERED_NS 1000000000 /* a pid comes round again after all others: never so soon */

/* ---- the control group ---- */

static bool is_id(const char *text, size_t length)
{
	return length == ID_DIGITS && strspn(text, "0123456789abcdef") >= ID_DIGITS;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t n = strlen(end);

	return length > n && !memcmp(text + length - n, end, n);
}

/* Is this component of the path a name?  Written if so. */
static bool name_component(const char *part, size_t length, const char *above, size_t above_length, char *out)
{
	const char scope[] = ".scope";
	size_t stem = ends_with(part, length, scope) ? length - strlen(scope) : 0;

	if (ends_with(part, length, ".service")) {
		/* The manager of somebody's own services. */
		if (!strncmp(part, "user@", 5))
			return false;
		snprintf(out, PROCESS_NAME, "%.*s", (int)length, part);
	} else if (stem > ID_DIGITS + 1 && part[stem - ID_DIGITS - 1] == '-' &&
	           is_id(part + stem - ID_DIGITS, ID_DIGITS)) {
		snprintf(out, PROCESS_NAME, "%.*s%s", (int)(stem - ID_DIGITS + ID_SHOWN), part, scope);
	} else if (stem && !strncmp(part, "machine-", 8)) {
		snprintf(out, PROCESS_NAME, "%.*s", (int)length, part);
	} else if (is_id(part, length)) {
		/* Without systemd: /docker/ID. */
		bool pod = !above_length || above_length >= 32 || !strncmp(above, "pod", 3);

		snprintf(out, PROCESS_NAME, "%.*s-%.*s", pod ? 9 : (int)above_length, pod ? "container" : above,
		         ID_SHOWN, part);
	} else if (length > 12 && !strncmp(part, "lxc.payload.", 12)) {
		snprintf(out, PROCESS_NAME, "lxc-%.*s", (int)length - 12, part + 12);
	} else {
		return false;
	}
	return true;
}

/* The innermost component that is a name. */
static void unit_of_path(const char *path, size_t length, char out[PROCESS_NAME])
{
	size_t end = ends_with(path, length, " (deleted)") ? length - strlen(" (deleted)") : length;

	while (end) {
		size_t at = end, above;

		while (at && path[at - 1] != '/')
			at--;
		above = at ? at - 1 : 0;
		while (above && path[above - 1] != '/')
			above--;
		if (name_component(path + at, end - at, path + above, at ? at - 1 - above : 0, out))
			return;
		end = at ? at - 1 : 0;
	}
}

void process_unit(const char *cgroup, char out[PROCESS_NAME])
{
	out[0] = '\0';
	/* HIERARCHY:CONTROLLERS:PATH.  Of the older interface there are several; any may be the one that is in use. */
	while (*cgroup && !out[0]) {
		size_t length = strcspn(cgroup, "\n");
		const char *path = memchr(cgroup, ':', length);

		path = path ? memchr(path + 1, ':', length - (size_t)(path + 1 - cgroup)) : NULL;
		if (path)
			unit_of_path(path + 1, length - (size_t)(path + 1 - cgroup), out);
		cgroup += length + (cgroup[length] == '\n');
	}
}

/* ---- one process ---- */

/* A text of a process's folder, cut at what there is room for.  Its length, or -errno. */
static ssize_t read_text(int folder, const char *name, char *out, size_t size)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, length = 0;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	do {
		n = read(fd, out + length, size - 1 - (size_t)length);
		length += n > 0 ? n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		length = -errno;
	close(fd);
	out[length > 0 ? length : 0] = '\0';
	return length;
}

/* Name and start from `stat`: "PID (NAME) STATE …", where NAME is any bytes, and the start is the 22nd word. */
static int read_stat(int folder, char *text, struct process *out)
{
	ssize_t length = read_text(folder, "stat", text, TEXT_MOST);
	char *from = length > 0 ? strchr(text, '(') : NULL, *to = from ? strrchr(from, ')') : NULL;

	if (length < 0)
		return (int)length;
	if (!to)
		return -ESRCH;
	snprintf(out->command, sizeof(out->command), "%.*s", (int)(to - from - 1), from + 1);
	for (int word = 3; to && word <= 22; word++)
		to = strchr(to + 1, ' ');
	if (!to)
		return -EPROTO;
	out->start = strtoull(to, NULL, 10);
	return 0;
}

/* Bring `out` up to date: what a process is called changes when it runs another program. */
static int refresh(pid_t pid, struct process *out)
{
	char text[TEXT_MOST], path[32];
	struct process now = {.pid = pid};

	snprintf(path, sizeof(path), "/proc/%ld", (long)pid);
	/* The folder stays that of this process, also when the pid is used again. */
	int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	int result = read_stat(folder, text, &now);

	if (!result && now.start == out->start && !strcmp(now.command, out->command)) {
		close(folder);
		return 0;
	}
	if (!result) {
		ssize_t length = read_text(folder, "cgroup", text, sizeof(text));

		if (length >= 0)
			process_unit(text, now.unit);
		else if (length != -ENOENT)
			result = (int)length;
	}
	close(folder);
	if (!result)
		*out = now;
	return result;
}

int process_read(pid_t pid, struct process *out)
{
	*out = (struct process){0};
	return refresh(pid, out);
}

const char *process_name(const struct process *process)
{
	return process->unit[0] ? process->unit : process->command;
}

/* ---- those that come up again ---- */

struct known {
	struct process process;
	uint64_t round;          /* in which it was asked */
	int64_t seen_ns;
	bool named;
};

struct process_names {
	struct known *items;
	size_t count, capacity;
	struct hash by_pid;
	uint64_t round;
	int64_t now_ns;
};

struct process_names *process_names_create(void)
{
	return alloc_zero(struct process_names);
}

void process_names_destroy(struct process_names *names)
{
	if (!names)
		return;
	free(names->items);
	hash_free(&names->by_pid);
	free(names);
}

void process_names_round(struct process_names *names, int64_t now_ns)
{
	names->round++;
	names->now_ns = now_ns;
	if (names->count >= NAMES_MOST) {
		names->count = 0;
		hash_clear(&names->by_pid);
	}
}

static struct known *add(struct process_names *names, pid_t pid)
{
	if (alloc_room(&names->items, &names->capacity, names->count + 1))
		return NULL;
	if (hash_add(&names->by_pid, hash_u32((uint32_t)pid), (uint32_t)names->count))
		return NULL;
	names->items[names->count] = (struct known){0};
	return &names->items[names->count++];
}

/* Ask who it is.  One that was known and has just ended was the same. */
static void ask(struct process_names *names, pid_t pid, struct known *known)
{
	int result = refresh(pid, &known->process);

	known->round = names->round;
	if (result == -ESRCH) {
		if (known->named && names->now_ns - known->seen_ns <= REMEMBERED_NS)
			return;
		known->process = (struct process){.pid = pid};
		snprintf(known->process.command, sizeof(known->process.command), "gone (%ld)", (long)pid);
		result = 0;
	}
	known->named = !result;
	known->seen_ns = names->now_ns;
}

const char *process_names_find(struct process_names *names, pid_t pid)
{
	if (pid <= 0)
		return NULL;
	uint32_t at = hash_find(&names->by_pid, hash_u32((uint32_t)pid));
	struct known *known = at == HASH_NONE ? add(names, pid) : &names->items[at];

	if (!known)
		return NULL;
	if (known->round != names->round)
		ask(names, pid, known);
	return known->named ? process_name(&known->process) : NULL;
}
