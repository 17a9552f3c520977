/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/compress.h"

#include <errno.h>
#include <limits.h>
#include <lzma.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"

#define OUT_SIZE ((size_t)128 << 10)
#define LEVEL_MOST 9 /* of gzip and xz */

struct compress {
	enum compress_form form;
	bool ready;
	compress_write *write;
	void *context;
	ZSTD_CCtx *zstd;
	z_stream gzip;
	lzma_stream xz;
	unsigned char out[OUT_SIZE];
};

enum compress_form compress_by_name(const char *path)
{
	static const struct {
		const char *end;
		enum compress_form form;
	} ends[] = {{".zst", COMPRESS_ZSTD}, {".gz", COMPRESS_GZIP}, {".xz", COMPRESS_XZ}};
	size_t length = strlen(path);

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t n = strlen(ends[i].end);

		if (length > n && !strcmp(path + length - n, ends[i].end))
			return ends[i].form;
	}
	return COMPRESS_NONE;
}

struct compress *compress_create(enum compress_form form, int level, compress_write *write, void *context)
{
	struct compress *compress = alloc_zero(struct compress);
	int capped = level < LEVEL_MOST ? level : LEVEL_MOST;

	if (!compress)
		return NULL;
	compress->form = form;
	compress->write = write;
	compress->context = context;
	switch (form) {
	case COMPRESS_GZIP:
		compress->ready = deflateInit2(&compress->gzip, capped, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) ==
		                  Z_OK;
		break;
	case COMPRESS_XZ:
		compress->xz = (lzma_stream)LZMA_STREAM_INIT;
		compress->ready = lzma_easy_encoder(&compress->xz, (uint32_t)capped, LZMA_CHECK_CRC64) == LZMA_OK;
		break;
	case COMPRESS_NONE:
	case COMPRESS_ZSTD:
		compress->zstd = ZSTD_createCCtx();
		compress->ready = compress->zstd && !ZSTD_isError(ZSTD_CCtx_setParameter(
							    compress->zstd, ZSTD_c_compressionLevel, level));
	}
	if (compress->ready)
		return compress;
	compress_destroy(compress);
	return NULL;
}

void compress_destroy(struct compress *compress)
{
	if (!compress)
		return;
	if (compress->form == COMPRESS_GZIP && compress->ready)
		deflateEnd(&compress->gzip);
	if (compress->form == COMPRESS_XZ)
		lzma_end(&compress->xz);
	ZSTD_freeCCtx(compress->zstd);
	free(compress);
}

/* A step of each: *done when it has taken all and, at the end, given all.  *made of `out` are filled. */

static int step_zstd(struct compress *compress, ZSTD_inBuffer *in, bool end, size_t *made, bool *done)
{
	ZSTD_outBuffer out = {compress->out, OUT_SIZE, 0};
	size_t left = ZSTD_compressStream2(compress->zstd, &out, in, end ? ZSTD_e_end : ZSTD_e_continue);

	*made = out.pos;
	*done = end ? left == 0 : in->pos == in->size;
	return ZSTD_isError(left) ? -EIO : 0;
}

static int step_gzip(struct compress *compress, ZSTD_inBuffer *in, bool end, size_t *made, bool *done)
{
	z_stream *z = &compress->gzip;
	size_t n = in->size - in->pos;

	z->next_in = (unsigned char *)in->src + in->pos;
	z->avail_in = n < UINT_MAX ? (uInt)n : UINT_MAX;
	z->next_out = compress->out;
	z->avail_out = (uInt)OUT_SIZE;
	int r = deflate(z, end && n < UINT_MAX ? Z_FINISH : Z_NO_FLUSH);

	in->pos = (size_t)(z->next_in - (const unsigned char *)in->src);
	*made = OUT_SIZE - z->avail_out;
	*done = end ? r == Z_STREAM_END : in->pos == in->size;
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR ? 0 : -EIO;
}

static int step_xz(struct compress *compress, ZSTD_inBuffer *in, bool end, size_t *made, bool *done)
{
	lzma_stream *xz = &compress->xz;

	xz->next_in = (const uint8_t *)in->src + in->pos;
	xz->avail_in = in->size - in->pos;
	xz->next_out = compress->out;
	xz->avail_out = OUT_SIZE;
	lzma_ret r = lzma_code(xz, end ? LZMA_FINISH : LZMA_RUN);

	in->pos = in->size - xz->avail_in;
	*made = OUT_SIZE - xz->avail_out;
	*done = end ? r == LZMA_STREAM_END : in->pos == in->size;
	return r == LZMA_OK || r == LZMA_STREAM_END || r == LZMA_BUF_ERROR ? 0 : r == LZMA_MEM_ERROR ? -ENOMEM : -EIO;
}

int compress_put(struct compress *compress, const void *bytes, size_t length, bool end)
{
	ZSTD_inBuffer in = {bytes, length, 0};
	bool done = !length && !end;

	while (!done) {
		size_t made = 0;
		int rc = compress->form == COMPRESS_GZIP ? step_gzip(compress, &in, end, &made, &done)
		         : compress->form == COMPRESS_XZ ? step_xz(compress, &in, end, &made, &done)
		                                         : step_zstd(compress, &in, end, &made, &done);

		if (!rc && made)
			rc = compress->write(compress->context, compress->out, made);
		if (rc)
			return rc;
	}
	return 0;
}
