/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads: the command's writes to `fd`; with compression the packer reads the pipe's other end and writes to `out`.  The pipe is all they share while both
 * run.  The packer ends at the end of the pipe; when its own writing fails it closes its end, so that the writer gets EPIPE and stops.
 */
#include "cli/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

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

int target_open(struct target *target, const char *path, const struct options *options, struct err *err)
{
	*target = (struct target){.fd = -1, .out = -1, .source = -1, .level = options->compress ? options->compress_level : 0};
	if (!strcmp(path, "-")) {
		target->out = STDOUT_FILENO;
	} else {
		target->path = path;
		target->out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		target->made = target->out >= 0;
		if (target->out < 0 && errno == EEXIST)
			target->out = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
		if (target->out < 0)
			return target_failed(target, -errno, err);
	}
	return 0;
}

static int write_all(int fd, const char *data, size_t length)
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

static int pack_stream(struct target *target, ZSTD_CCtx *zstd, char *in, size_t in_size, char *out, size_t out_size)
{
	for (;;) {
		ssize_t n = read(target->source, in, in_size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		ZSTD_inBuffer input = {in, (size_t)n, 0};
		size_t left;

		do {
			ZSTD_outBuffer output = {out, out_size, 0};

			left = ZSTD_compressStream2(zstd, &output, &input, n ? ZSTD_e_continue : ZSTD_e_end);
			if (ZSTD_isError(left))
				return -EIO;
			int rc = write_all(target->out, out, output.pos);

			if (rc)
				return rc;
		} while (n ? input.pos < input.size : left != 0);
		if (!n)
			return 0;
	}
}

static void *pack(void *argument)
{
	struct target *target = argument;
	size_t in_size = ZSTD_CStreamInSize(), out_size = ZSTD_CStreamOutSize();
	char *in = alloc_array(in_size, 1), *out = alloc_array(out_size, 1);
	ZSTD_CCtx *zstd = ZSTD_createCCtx();

	if (!in || !out || !zstd || ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, target->level)))
		target->packed = -ENOMEM;
	else
		target->packed = pack_stream(target, zstd, in, in_size, out, out_size);
	ZSTD_freeCCtx(zstd);
	free(out);
	free(in);
	close(target->source);
	return NULL;
}

int target_begin(struct target *target, struct err *err)
{
	struct stat st;
	int ends[2], rc;

	if (target->path && !target->made && !fstat(target->out, &st) && S_ISREG(st.st_mode) && ftruncate(target->out, 0))
		return target_failed(target, -errno, err);
	if (!target->level) {
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

	if (target->level && target->fd >= 0) {
		close(target->fd);
		pthread_join(target->thread, NULL);
		rc = target->packed;
	}
	if (target->path && target->out >= 0 && close(target->out) && !rc)
		rc = -errno;
	target->fd = target->out = -1;
	return rc;
}

int target_finish(struct target *target, struct err *err)
{
	int rc = finish(target);

	if (!rc) {
		target->made = false;
		return 0;
	}
	return target_failed(target, rc, err);
}

void target_abandon(struct target *target)
{
	finish(target);
	if (target->path && target->made)
		unlink(target->path);
	target->made = false;
}
