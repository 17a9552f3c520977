/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/ncdu_blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "store/exchange/ncdu_binary.h"

#define CACHED 8 /* siblings are spread over many blocks */
/* The smallest item there is has 6 bytes, so that no two begin in the same four. */
#define SEEN_SHIFT 2

struct cached_block {
	uint32_t number;
	unsigned char *bytes; /* NULL = free */
	size_t length;
	uint64_t used;
};

struct ncdu_blocks {
	int fd;
	off_t start;
	uint64_t file_length;
	uint64_t *index; /* offset << 24 | length of each block, 0 = there is none */
	uint32_t count;
	uint64_t root;
	/* Of each block a bit for each place where an item may begin; NULL until one is asked for. */
	unsigned char **seen;
	struct cached_block cached[CACHED];
	uint64_t clock, read;
	unsigned char *packed;
	size_t packed_capacity;
	ZSTD_DCtx *unzstd;
};

/* 0, -ENODATA where the file ends, or -errno. */
static int read_at(struct ncdu_blocks *blocks, uint64_t offset, void *out, size_t length)
{
	for (size_t at = 0; at < length;) {
		ssize_t n = pread(blocks->fd, (char *)out + at, length - at, blocks->start + (off_t)(offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		at += (size_t)n;
		blocks->read += (uint64_t)n;
	}
	return 0;
}

static int refuse(const char **what, const char *text)
{
	*what = text;
	return -EINVAL;
}

static int truncated(int rc, const char **what)
{
	return rc == -ENODATA ? refuse(what, _("it ends in the middle")) : rc;
}

static int read_index(struct ncdu_blocks *blocks, const char **what)
{
	unsigned char head[4];
	uint64_t end = blocks->file_length;

	if (end < BINARY_SIGNATURE_LENGTH + 16)
		return refuse(what, _("it ends in the middle"));
	int rc = read_at(blocks, end - 4, head, 4);

	if (rc)
		return truncated(rc, what);
	uint64_t word = binary_get(head, 4), length = word & BINARY_INDEX_MOST;

	if (word >> 28 != BINARY_INDEX || length % 8 || length < 16 || length > end - BINARY_SIGNATURE_LENGTH)
		return refuse(what, _("it ends in the middle: there is no index at its end"));
	rc = read_at(blocks, end - length, head, 4);
	if (rc || binary_get(head, 4) != word)
		return rc ? truncated(rc, what) : refuse(what, _("its index is damaged"));
	size_t words = (size_t)(length - 8) / 8;

	blocks->index = alloc_array(words, sizeof(*blocks->index));
	if (!blocks->index)
		return -ENOMEM;
	rc = read_at(blocks, end - length + 4, blocks->index, words * 8);
	if (rc)
		return truncated(rc, what);
	for (size_t i = 0; i < words; i++)
		blocks->index[i] = binary_get((const unsigned char *)&blocks->index[i], 8);
	blocks->count = (uint32_t)(words - 1);
	blocks->root = blocks->index[words - 1];
	return 0;
}

int ncdu_blocks_open(int fd, off_t start, struct ncdu_blocks **out, const char **what)
{
	struct ncdu_blocks *blocks = alloc_zero(struct ncdu_blocks);
	struct stat st;
	int rc;

	*out = NULL;
	*what = NULL;
	if (!blocks)
		return -ENOMEM;
	blocks->fd = fd;
	blocks->start = start;
	rc = fstat(fd, &st) ? -errno : 0;
	if (!rc) {
		blocks->file_length = st.st_size > start ? (uint64_t)(st.st_size - start) : 0;
		rc = read_index(blocks, what);
	}
	if (!rc) {
		blocks->seen = alloc_array((size_t)blocks->count + 1, sizeof(*blocks->seen));
		blocks->unzstd = ZSTD_createDCtx();
		rc = blocks->seen && blocks->unzstd ? 0 : -ENOMEM;
	}
	if (rc)
		ncdu_blocks_close(blocks);
	else
		*out = blocks;
	return rc;
}

void ncdu_blocks_close(struct ncdu_blocks *blocks)
{
	if (!blocks)
		return;
	for (uint32_t i = 0; blocks->seen && i < blocks->count; i++)
		free(blocks->seen[i]);
	for (int i = 0; i < CACHED; i++)
		free(blocks->cached[i].bytes);
	ZSTD_freeDCtx(blocks->unzstd);
	free(blocks->packed);
	free(blocks->seen);
	free(blocks->index);
	free(blocks);
}

uint64_t ncdu_blocks_root(const struct ncdu_blocks *blocks)
{
	return blocks->root;
}

uint64_t ncdu_blocks_read(const struct ncdu_blocks *blocks)
{
	return blocks->read;
}

/* The frame of a block into `packed`. */
static int read_frame(struct ncdu_blocks *blocks, uint32_t number, size_t *length, const char **what)
{
	uint64_t offset = blocks->index[number] >> 24, bytes = blocks->index[number] & BINARY_BLOCK_MOST;

	if (bytes <= BINARY_DATA_EXTRA)
		return refuse(what,
		              bytes ? _("a block without content") : _("a reference to a block that is not there"));
	if (offset < BINARY_SIGNATURE_LENGTH || offset > blocks->file_length || bytes > blocks->file_length - offset)
		return refuse(what, _("a block that lies outside of the file"));
	if (alloc_room(&blocks->packed, &blocks->packed_capacity, (size_t)bytes))
		return -ENOMEM;
	int rc = read_at(blocks, offset, blocks->packed, (size_t)bytes);

	if (rc)
		return truncated(rc, what);
	if (binary_get(blocks->packed, 4) != ((uint64_t)BINARY_DATA << 28 | bytes) ||
	    binary_get(blocks->packed + 4, 4) != number ||
	    binary_get(blocks->packed + bytes - 4, 4) != binary_get(blocks->packed, 4))
		return refuse(what, _("a block that is not where the index says"));
	*length = (size_t)bytes - BINARY_DATA_EXTRA;
	return 0;
}

/* Unpack a block in the place of one that was not used for longest. */
static int load(struct ncdu_blocks *blocks, uint32_t number, struct cached_block **out, const char **what)
{
	struct cached_block *oldest = &blocks->cached[0];
	size_t packed;
	int rc = read_frame(blocks, number, &packed, what);

	if (rc)
		return rc;
	const unsigned char *frame = blocks->packed + 8;
	unsigned long long length = ZSTD_getFrameContentSize(frame, packed);

	/* Unknown and error are the largest numbers. */
	if (!length || length > BINARY_BLOCK_MOST)
		return refuse(what, _("a block of a size that cannot be"));
	for (int i = 1; i < CACHED; i++)
		if (blocks->cached[i].used < oldest->used)
			oldest = &blocks->cached[i];
	free(oldest->bytes);
	*oldest = (struct cached_block){.bytes = alloc_array((size_t)length, 1)};
	if (!oldest->bytes)
		return -ENOMEM;
	size_t made = ZSTD_decompressDCtx(blocks->unzstd, oldest->bytes, (size_t)length, frame, packed);

	if (ZSTD_isError(made) || made != length) {
		free(oldest->bytes);
		*oldest = (struct cached_block){0};
		return ZSTD_isError(made) && ZSTD_getErrorCode(made) == ZSTD_error_memory_allocation
		             ? -ENOMEM
		             : refuse(what, _("the compressed data is damaged"));
	}
	oldest->number = number;
	oldest->length = made;
	*out = oldest;
	return 0;
}

static int look_up(struct ncdu_blocks *blocks, uint32_t number, struct cached_block **out, const char **what)
{
	for (int i = 0; i < CACHED; i++)
		if (blocks->cached[i].bytes && blocks->cached[i].number == number) {
			*out = &blocks->cached[i];
			return 0;
		}
	return load(blocks, number, out, what);
}

int ncdu_blocks_item(struct ncdu_blocks *blocks, uint64_t ref, const unsigned char **item, size_t *left,
                     const char **what)
{
	uint64_t number = ref >> 24;
	size_t at = (size_t)(ref & BINARY_BLOCK_MOST);
	struct cached_block *block;

	*what = NULL;
	if (number >= blocks->count)
		return refuse(what, _("a reference to a block that is not there"));
	int rc = look_up(blocks, (uint32_t)number, &block, what);

	if (rc)
		return rc;
	block->used = ++blocks->clock;
	if (at >= block->length)
		return refuse(what, _("a reference to what lies outside of its block"));
	unsigned char **seen = &blocks->seen[number], bit = (unsigned char)(1u << (at >> SEEN_SHIFT) % 8);

	if (!*seen && !(*seen = alloc_array((block->length >> (SEEN_SHIFT + 3)) + 1, 1)))
		return -ENOMEM;
	if ((*seen)[at >> (SEEN_SHIFT + 3)] & bit)
		return refuse(what, _("an entry that is in two places"));
	(*seen)[at >> (SEEN_SHIFT + 3)] |= bit;
	*item = block->bytes + at;
	*left = block->length - at;
	return 0;
}
