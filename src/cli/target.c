/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file is written beside the one it replaces, and takes its name when all of it is on the disk: a failure, or a
 * crash, leaves the one of yesterday.  A link stays one: what it leads to is replaced.  What is no file (a pipe, a
 * device, /dev/stdout) is written to as it is, and so is a file in a folder where nothing new can be made.
 *
 * Threads: the command's writes to `fd`; with compression the packer reads the pipe's other end and writes to `out`.
 * The pipe is all they share while both run.  The packer ends at the end of the pipe; when its own writing fails it
 * closes its end, so that the writer gets EPIPE and stops.
 */
#include "cli/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"

int target_failed(const struct target *target, int rc, struct err *err)
{
	struct buf safe = {0};

	if (rc == -EPIPE)
		return rc;
	if (!target->path)
		return err_set(err, rc, _("cannot write to standard output: %s"), strerror(-rc));
	text_safe(&safe, target->path, strlen(target->path), false);
	err_set(err, rc, _("cannot write %s: %s"), safe.data ? safe.data : "?", strerror(-rc));
	buf_free(&safe);
	return rc;
}

/* Length of the folder's part of a path, with the slash; 0 = there is none. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static int folder_of(const char *path, struct buf *out)
{
	size_t length = folder_length(path);

	buf_clear(out);
	return length ? buf_add(out, path, length) : buf_str(out, ".");
}

/* Links in /proc lead to what is open, whatever its name is by now. */
static bool is_magic(const char *folder)
{
	struct statfs fs;

	return !statfs(folder, &fs) && (fs.f_type & 0xffffffff) == PROC_SUPER_MAGIC;
}

/* The path that its links lead to, there or not, in target->name; target->direct where one leads to something open. */
static int follow_links(struct target *target, const char *path)
{
	enum { LINKS_MAX = 40 };
	struct buf at = {0}, next = {0}, folder = {0};
	char link[PATH_MAX];
	int rc = *path ? buf_str(&at, path) : -ENOENT;

	for (int links = 0; !rc; links++) {
		ssize_t n = readlink(at.data, link, sizeof(link));

		if (n < 0)
			break;
		rc = links == LINKS_MAX ? -ELOOP : n == sizeof(link) ? -ENAMETOOLONG : folder_of(at.data, &folder);
		if (!rc && is_magic(folder.data)) {
			target->direct = true;
			break;
		}
		buf_clear(&next);
		if (!rc && *link != '/')
			buf_add(&next, at.data, folder_length(at.data));
		if (!rc && !(rc = buf_add(&next, link, (size_t)n))) {
			struct buf swap = at;

			at = next;
			next = swap;
		}
	}
	buf_free(&folder);
	buf_free(&next);
	if (rc)
		buf_free(&at);
	target->name = at.data;
	return rc;
}

/* May a file be made beside it, and that take its name? */
static int look_at_place(struct target *target)
{
	struct buf folder = {0};
	struct stat st;
	int rc = folder_of(target->name, &folder);
	bool there = !stat(target->name, &st);

	if (!rc && there && S_ISREG(st.st_mode) && faccessat(AT_FDCWD, target->name, W_OK, AT_EACCESS))
		rc = -errno;
	else if (!rc && there && !S_ISREG(st.st_mode))
		target->direct = true;
	else if (!rc && faccessat(AT_FDCWD, folder.data, W_OK | X_OK, AT_EACCESS)) {
		if (there)
			target->direct = target->in_place = true;
		else
			rc = -errno;
	}
	buf_free(&folder);
	return rc;
}

/* The blocks of ncdu's binary format are compressed already. */
static enum compress_form form_of(const char *path, const struct options *options)
{
	enum compress_form named = compress_by_name(path);

	if (options->format == FORMAT_NCDU_BINARY || options->compress == TRI_OFF)
		return COMPRESS_NONE;
	return named == COMPRESS_NONE && options->compress == TRI_ON ? COMPRESS_ZSTD : named;
}

int target_open(struct target *target, const char *path, const struct options *options, struct err *err)
{
	int rc = 0;

	*target = (struct target){.fd = -1,
	                          .out = -1,
	                          .source = -1,
	                          .form = form_of(path, options),
	                          .level = options->compress_level,
	                          .public = options->format == FORMAT_PROMETHEUS};
	if (!strcmp(path, "-")) {
		target->out = STDOUT_FILENO;
		return 0;
	}
	target->path = path;
	rc = follow_links(target, path);
	if (!rc && !target->direct)
		rc = look_at_place(target);
	if (!rc && target->direct) {
		target->out = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		rc = target->out < 0 ? -errno : 0;
	}
	if (!rc)
		return 0;
	target_abandon(target);
	return target_failed(target, rc, err);
}

/* With owner and permissions of the file whose place it takes, as far as that may be. */
static void take_after(int fd, const char *name)
{
	struct stat st;

	if (stat(name, &st))
		return;
	mode_t mode = st.st_mode & 0777;

	if (fchown(fd, st.st_uid, st.st_gid) && fchown(fd, (uid_t)-1, st.st_gid))
		mode &= ~(mode_t)070; /* of another group */
	fchmod(fd, mode);
}

static int make_beside(struct target *target)
{
	size_t folder = folder_length(target->name);
	struct buf beside = {0};
	int tries = 0;

	do {
		buf_clear(&beside);
		buf_add(&beside, target->name, folder);
		/* A name as long as can be is not made longer. */
		if (buf_printf(&beside, ".%.200s.%d-%d", target->name + folder, (int)getpid(), tries)) {
			buf_free(&beside);
			return -ENOMEM;
		}
		target->out = open(beside.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	} while (target->out < 0 && errno == EEXIST && ++tries < 100);
	if (target->out < 0) {
		int rc = -errno;

		buf_free(&beside);
		return rc;
	}
	target->beside = beside.data;
	if (target->public)
		fchmod(target->out, 0644); /* a collector is another user */
	take_after(target->out, target->name);
	return 0;
}

int target_write(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n = write(fd, data, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		length -= (size_t)n;
	}
	return 0;
}

static int put_packed(void *context, const void *bytes, size_t length)
{
	return target_write(((struct target *)context)->out, bytes, length);
}

static int pack_stream(struct target *target, struct compress *compress, char *in, size_t size)
{
	for (;;) {
		ssize_t n = read(target->source, in, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		int rc = compress_put(compress, in, (size_t)n, n == 0);

		if (rc || !n)
			return rc;
	}
}

static void *pack(void *argument)
{
	enum { CHUNK = 128 << 10 };
	struct target *target = argument;
	struct compress *compress = compress_create(target->form, target->level, put_packed, target);
	char *in = alloc_array(CHUNK, 1);

	target->packed = compress && in ? pack_stream(target, compress, in, CHUNK) : -ENOMEM;
	compress_destroy(compress);
	free(in);
	close(target->source);
	return NULL;
}

int target_begin(struct target *target, struct err *err)
{
	int ends[2], rc = 0;

	if (target->path && !target->direct)
		rc = make_beside(target);
	else if (target->in_place && ftruncate(target->out, 0))
		rc = -errno;
	if (rc)
		return target_failed(target, rc, err);
	if (!target->form) {
		target->fd = target->out;
		return 0;
	}
	if (pipe2(ends, O_CLOEXEC))
		return target_failed(target, -errno, err);
	target->source = ends[0];
	target->fd = ends[1];
	rc = pthread_create(&target->thread, NULL, pack, target);
	if (rc) {
		close(ends[0]);
		close(ends[1]);
		target->fd = -1;
		return target_failed(target, -rc, err);
	}
	return 0;
}

/* End the packer, if there is one, and close the file. */
static int finish(struct target *target)
{
	int rc = 0;

	if (target->form && target->fd >= 0) {
		close(target->fd);
		pthread_join(target->thread, NULL);
		rc = target->packed;
	}
	if (!rc && target->beside && fsync(target->out))
		rc = -errno;
	if (target->path && target->out >= 0 && close(target->out) && !rc)
		rc = -errno;
	target->fd = target->out = -1;
	return rc;
}

static void forget(struct target *target)
{
	free(target->beside);
	free(target->name);
	target->beside = target->name = NULL;
}

/* So that the new name outlives a power failure, too; where that cannot be had, the old file does. */
static void sync_folder(const char *name)
{
	struct buf folder = {0};
	int fd = folder_of(name, &folder) ? -1 : open(folder.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	buf_free(&folder);
}

int target_finish(struct target *target, struct err *err)
{
	int rc = finish(target);

	if (!rc && target->beside && rename(target->beside, target->name))
		rc = -errno;
	if (rc)
		return target_failed(target, rc, err);
	if (target->beside)
		sync_folder(target->name);
	forget(target);
	return 0;
}

void target_abandon(struct target *target)
{
	finish(target);
	if (target->beside)
		unlink(target->beside);
	forget(target);
}
