/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"

/* The size that fstat() gives is not asked for: files of /proc and /sys say 0. */
static int read_all(int fd, struct buf *out)
{
	size_t before = out->length;
	char chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk)))) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (out->length - before + (size_t)n > FILE_TEXT_MOST)
			return -EFBIG;
		if (buf_add(out, chunk, (size_t)n))
			return -ENOMEM;
	}
	return 0;
}

int file_read_text(const char *path, struct buf *out, struct err *why)
{
	static const char mark[] = "\xef\xbb\xbf";
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t before = out->length;
	struct stat st;
	int rc;

	if (fd < 0 && errno != ENXIO) /* a socket */
		return err_set(why, -errno, "%s", strerror(errno));
	if (fd < 0)
		return err_set(why, -EINVAL, "%s", _("it is not a regular file"));
	if (fstat(fd, &st))
		rc = err_set(why, -errno, "%s", strerror(errno));
	else if (S_ISDIR(st.st_mode))
		rc = err_set(why, -EISDIR, "%s", strerror(EISDIR));
	else if (!S_ISREG(st.st_mode))
		rc = err_set(why, -EINVAL, "%s", _("it is not a regular file"));
	else if ((rc = read_all(fd, out)) == -EFBIG)
		err_set(why, rc, "%s", _("it has more than 1 MiB"));
	else if (rc)
		err_set(why, rc, "%s", strerror(-rc));
	close(fd);
	if (!rc && out->length - before >= sizeof(mark) - 1 && !memcmp(out->data + before, mark, sizeof(mark) - 1)) {
		out->length -= sizeof(mark) - 1;
		memmove(out->data + before, out->data + before + sizeof(mark) - 1, out->length - before + 1);
	}
	return rc;
}

char *file_next_line(const struct buf *text, size_t *at, size_t *length)
{
	if (*at >= text->length)
		return NULL;
	char *line = text->data + *at, *end = memchr(line, '\n', text->length - *at);

	*length = end ? (size_t)(end - line) : text->length - *at;
	*at += *length + (end != NULL);
	if (*length && line[*length - 1] == '\r')
		--*length;
	line[*length] = '\0';
	return line;
}
