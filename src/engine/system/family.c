/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/system/family.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/i18n.h"

#define ROOM_BYTES (8 << 20) /* for what is told while nobody reads: 100,000 forks, about */
#define ANSWER_MS 1000       /* the kernel's answer is there at once, where it answers */

struct family {
	int fd;
	pid_t self;
	struct hash pids; /* under themselves */
};

static bool known(const struct family *family, pid_t pid)
{
	HASH_EACH (&family->pids, (uint32_t)pid, i)
		if (i == (uint32_t)pid)
			return true;
	return false;
}

/* A number that was in use before may be anybody's now. */
static int take_fork(struct family *family, pid_t parent, pid_t child)
{
	bool ours = parent == family->self || known(family, parent);

	if (child == family->self || child == parent) /* a thread */
		return 0;
	if (ours && !known(family, child))
		return hash_add(&family->pids, (uint32_t)child, (uint32_t)child);
	if (!ours && known(family, child))
		hash_remove(&family->pids, (uint32_t)child, (uint32_t)child);
	return 0;
}

/* One message; *answered when it is the kernel's to our asking. */
static int take_message(struct family *family, const char *bytes, size_t length, bool *answered)
{
	const size_t head = NLMSG_HDRLEN + sizeof(struct cn_msg);
	struct proc_event event = {0};

	if (length < head + offsetof(struct proc_event, event_data))
		return 0;
	memcpy(&event, bytes + head, length - head < sizeof(event) ? length - head : sizeof(event));
	if (event.what == PROC_EVENT_NONE)
		*answered = !event.event_data.ack.err;
	if (event.what == PROC_EVENT_FORK)
		return take_fork(family, event.event_data.fork.parent_tgid, event.event_data.fork.child_tgid);
	return 0;
}

static int take_all(struct family *family, bool *answered)
{
	_Alignas(struct nlmsghdr) char bytes[1024];

	for (;;) {
		ssize_t got = recv(family->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? 0 : -errno;
		int rc = take_message(family, bytes, (size_t)got, answered);

		if (rc)
			return rc;
	}
}

static int listen_to_kernel(struct family *family)
{
	enum proc_cn_mcast_op what = PROC_CN_MCAST_LISTEN;
	struct cn_msg message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof(what)};
	struct nlmsghdr head = {.nlmsg_len = sizeof(head) + sizeof(message) + sizeof(what), .nlmsg_type = NLMSG_DONE};
	struct iovec ask[] = {{&head, sizeof(head)}, {&message, sizeof(message)}, {&what, sizeof(what)}};
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	struct pollfd answer = {.events = POLLIN};
	bool answered = false;
	int room = ROOM_BYTES, rc = 0;

	family->fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
	if (family->fd < 0)
		return -errno;
	setsockopt(family->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (bind(family->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    writev(family->fd, ask, 3) != (ssize_t)head.nlmsg_len)
		return -errno;
	answer.fd = family->fd;
	while (!rc && !answered && poll(&answer, 1, ANSWER_MS) > 0)
		rc = take_all(family, &answered);
	return rc ? rc : answered ? 0 : -EOPNOTSUPP;
}

int family_start(struct family **out, struct err *err)
{
	struct family *family = alloc_zero(struct family);
	int rc;

	*out = NULL;
	if (!family)
		return err_no_memory(err);
	family->self = getpid();
	rc = listen_to_kernel(family);
	if (!rc) {
		*out = family;
		return 0;
	}
	family_stop(family);
	return rc == -ENOMEM ? err_no_memory(err)
	                     : err_set(err, -EOPNOTSUPP, "%s",
	                               rc == -EPERM ? _("the kernel tells only root who starts what")
	                                            : _("the kernel does not tell here who starts what"));
}

void family_stop(struct family *family)
{
	if (!family)
		return;
	if (family->fd >= 0)
		close(family->fd);
	hash_free(&family->pids);
	free(family);
}

int family_update(struct family *family)
{
	bool answered;

	return take_all(family, &answered);
}

bool family_has(const struct family *family, pid_t pid)
{
	return known(family, pid);
}

int family_fd(const struct family *family)
{
	return family->fd;
}
