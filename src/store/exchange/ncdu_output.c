/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "store/exchange/ncdu_writer.h"

void ncdu_write(struct ncdu_writer *writer, const void *bytes, size_t length)
{
	for (size_t at = 0; at < length && !writer->error;) {
		ssize_t n = write(writer->fd, (const char *)bytes + at, length - at);

		if (n >= 0) {
			at += (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd ready = {.fd = writer->fd, .events = POLLOUT};

			poll(&ready, 1, -1);
		} else if (errno != EINTR) {
			writer->error = -errno;
		}
	}
}
