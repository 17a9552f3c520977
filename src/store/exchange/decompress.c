/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/decompress.h"

#include <errno.h>
#include <lzma.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"

#define SOURCE_CHUNK ((size_t)128 << 10)
#define SOURCE_POLL_MS 100 /* how late a cancel may be noticed while a pipe is silent */
/* what the largest window of any format takes; it is touched only as far as the data reaches */
#define SOURCE_MEMORY_MOST ((uint64_t)2 << 30)

enum source_form { SOURCE_UNKNOWN, SOURCE_PLAIN, SOURCE_GZIP, SOURCE_ZSTD, SOURCE_XZ };

struct decompress {
	int fd;
	const _Atomic bool *cancel;
	enum source_form form;
	bool ended;                /* the descriptor has no more */
	bool open;                 /* inside a gzip member, a zstd frame or an xz file: an end now is a truncation */
	bool unzip_ready;
	uint64_t taken;
	size_t at, length;         /* unread part of chunk */
	z_stream unzip;
	ZSTD_DStream *unzstd;
	lzma_stream unxz;
	unsigned char ahead[DECOMPRESS_PEEK];
	size_t ahead_at, ahead_length;
	int ahead_error; /* what peeking met behind them */
	unsigned char chunk[SOURCE_CHUNK];
};

struct decompress *decompress_create(int fd, const _Atomic bool *cancel)
{
	struct decompress *source = alloc_zero(struct decompress);

	if (!source)
		return NULL;
	source->fd = fd;
	source->cancel = cancel;
	source->unxz = (lzma_stream)LZMA_STREAM_INIT;
	return source;
}

void decompress_destroy(struct decompress *source)
{
	if (!source)
		return;
	if (source->unzip_ready)
		inflateEnd(&source->unzip);
	ZSTD_freeDStream(source->unzstd);
	lzma_end(&source->unxz);
	free(source);
}

uint64_t decompress_taken(const struct decompress *source)
{
	return source->taken;
}

static bool cancelled(const struct decompress *source)
{
	return source->cancel && atomic_load_explicit(source->cancel, memory_order_relaxed);
}

/* Read behind what the chunk holds.  0, also at the end (ended is then set), or -errno. */
static int fill(struct decompress *source)
{
	if (source->at == source->length)
		source->at = source->length = 0;
	for (;;) {
		if (cancelled(source))
			return -ECANCELED;
		if (source->cancel) {
			struct pollfd ready = {.fd = source->fd, .events = POLLIN};
			int n = poll(&ready, 1, SOURCE_POLL_MS);

			if (n == 0 || (n < 0 && errno == EINTR))
				continue;
		}
		ssize_t n = read(source->fd, source->chunk + source->length, SOURCE_CHUNK - source->length);

		if (n > 0) {
			source->length += (size_t)n;
			source->taken += (uint64_t)n;
			return 0;
		}
		if (n == 0) {
			source->ended = true;
			return 0;
		}
		if (errno == EAGAIN) {
			struct pollfd ready = {.fd = source->fd, .events = POLLIN};

			poll(&ready, 1, SOURCE_POLL_MS);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
}

/* The form is told by four bytes, which a pipe may deliver one by one. */
static int recognise(struct decompress *source)
{
	static const unsigned char zstd_magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
	/* behind 0x50…0x5f: what pzstd begins with */
	static const unsigned char zstd_skippable[3] = {0x2a, 0x4d, 0x18};
	static const unsigned char xz_magic[4] = {0xfd, '7', 'z', 'X'};

	while (source->length < 4 && !source->ended) {
		int e = fill(source);

		if (e)
			return e;
	}
	source->form = SOURCE_PLAIN;
	if (source->length >= 2 && source->chunk[0] == 0x1f && source->chunk[1] == 0x8b) {
		if (inflateInit2(&source->unzip, 15 + 16) != Z_OK)
			return -ENOMEM;
		source->unzip_ready = true;
		source->form = SOURCE_GZIP;
	} else if (source->length >= 4 && (memcmp(source->chunk, zstd_magic, 4) == 0 ||
	           ((source->chunk[0] & 0xf0) == 0x50 && memcmp(source->chunk + 1, zstd_skippable, 3) == 0))) {
		source->unzstd = ZSTD_createDStream();
		if (!source->unzstd)
			return -ENOMEM;
		/* As `zstd --long=31` writes. */
		ZSTD_DCtx_setParameter(source->unzstd, ZSTD_d_windowLogMax,
		                       ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound);
		source->form = SOURCE_ZSTD;
	} else if (source->length >= 4 && memcmp(source->chunk, xz_magic, 4) == 0) {
		if (lzma_stream_decoder(&source->unxz, SOURCE_MEMORY_MOST, LZMA_CONCATENATED) != LZMA_OK)
			return -ENOMEM;
		source->form = SOURCE_XZ;
		source->open = true;
	}
	return 0;
}

/* Another file may follow the last one, so that only the end of the input is the end. */
static int unpack_xz(struct decompress *source, void *out, size_t size, size_t *made)
{
	lzma_stream *xz = &source->unxz;

	xz->next_in = source->chunk + source->at;
	xz->avail_in = source->length - source->at;
	xz->next_out = out;
	xz->avail_out = size;
	lzma_ret r = lzma_code(xz, source->ended ? LZMA_FINISH : LZMA_RUN);

	source->at = source->length - xz->avail_in;
	*made = size - xz->avail_out;
	if (r == LZMA_STREAM_END)
		source->open = false;
	else if (r == LZMA_MEM_ERROR || r == LZMA_MEMLIMIT_ERROR)
		return -ENOMEM;
	else if (r != LZMA_OK && r != LZMA_BUF_ERROR)
		return -EBADMSG;
	return 0;
}

/* Decompress what is there into `out`.  Sets *made; -EBADMSG when it is damaged. */
static int unpack(struct decompress *source, void *out, size_t size, size_t *made)
{
	if (source->form == SOURCE_GZIP) {
		z_stream *z = &source->unzip;

		if (!source->open) { /* another member may follow the last one, as in `cat a.gz b.gz` */
			inflateReset(z);
			source->open = true;
		}
		z->next_in = source->chunk + source->at;
		z->avail_in = (uInt)(source->length - source->at);
		z->next_out = out;
		z->avail_out = (uInt)size;
		int r = inflate(z, Z_NO_FLUSH);

		source->at = source->length - z->avail_in;
		*made = size - z->avail_out;
		if (r == Z_STREAM_END)
			source->open = false;
		else if (r == Z_MEM_ERROR)
			return -ENOMEM;
		else if (r != Z_OK && r != Z_BUF_ERROR)
			return -EBADMSG;
		return 0;
	}
	if (source->form == SOURCE_XZ)
		return unpack_xz(source, out, size, made);
	ZSTD_inBuffer in = {source->chunk, source->length, source->at};
	ZSTD_outBuffer to = {out, size, 0};
	size_t r = ZSTD_decompressStream(source->unzstd, &to, &in);

	source->at = in.pos;
	*made = to.pos;
	if (ZSTD_isError(r))
		return ZSTD_getErrorCode(r) == ZSTD_error_memory_allocation ? -ENOMEM : -EBADMSG;
	source->open = r != 0;
	return 0;
}

bool decompress_is_plain(const struct decompress *source)
{
	return source->form == SOURCE_PLAIN;
}

static ssize_t read_on(struct decompress *source, void *buffer, size_t size)
{
	if (size > SOURCE_CHUNK)
		size = SOURCE_CHUNK;
	if (cancelled(source))
		return -ECANCELED;
	if (source->form == SOURCE_UNKNOWN) {
		int e = recognise(source);

		if (e)
			return e;
	}
	for (;;) {
		if (source->at == source->length && !source->ended) {
			int e = fill(source);

			if (e)
				return e;
		}
		if (source->form == SOURCE_PLAIN) {
			size_t n = source->length - source->at;

			if (n > size)
				n = size;
			memcpy(buffer, source->chunk + source->at, n);
			source->at += n;
			return (ssize_t)n;
		}
		if (source->at == source->length && !source->open)
			return 0;
		size_t before = source->at, made;
		int e = unpack(source, buffer, size, &made);

		if (e)
			return e;
		if (made)
			return (ssize_t)made;
		if (source->ended && source->at == source->length && source->open)
			return -ENODATA;
		if (source->at == before && source->at < source->length)
			return -EBADMSG; /* neither eats nor gives: cannot go on */
	}
}

size_t decompress_peek(struct decompress *source, unsigned char out[DECOMPRESS_PEEK])
{
	while (source->ahead_length < DECOMPRESS_PEEK && !source->ahead_error) {
		ssize_t n = read_on(source, source->ahead + source->ahead_length,
		                    DECOMPRESS_PEEK - source->ahead_length);

		if (n < 0)
			source->ahead_error = (int)n;
		if (n <= 0)
			break;
		source->ahead_length += (size_t)n;
	}
	memcpy(out, source->ahead, source->ahead_length);
	return source->ahead_length;
}

ssize_t decompress_read(struct decompress *source, void *buffer, size_t size)
{
	size_t n = source->ahead_length - source->ahead_at;

	if (!n)
		return source->ahead_error ? source->ahead_error : read_on(source, buffer, size);
	if (n > size)
		n = size;
	memcpy(buffer, source->ahead + source->ahead_at, n);
	source->ahead_at += n;
	return (ssize_t)n;
}
