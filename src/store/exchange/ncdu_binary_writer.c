/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * ncdu's binary format, written by one thread from front to back: entries depth-first, a directory behind what is in
 * it, since it leads to its last entry and says what it comes to.  Equal trees give equal bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "config.h"
#include "store/exchange/ncdu_binary.h"
#include "store/exchange/ncdu_totals.h"
#include "store/exchange/ncdu_writer.h"

/* An item but for its name: 2 and 11 bytes a field at most; ours have names of their own. */
#define ITEM_MOST (2 + 11 * (size_t)KEY_OWN_DIR + 128)
#define PROGRAM "disktracker " PACKAGE_VERSION

/* A directory that is open: what is written of it at its end. */
struct open_dir {
	struct ncdu_item item; /* its name is in `names`, from */
	size_t name;
	uint64_t last; /* itemref of its last entry so far */
};

struct binary_writer {
	struct ncdu_writer base;
	size_t block_bytes;   /* fixed, or 0 */
	bool leaf_open;       /* a directory without entries is written; its end comes next */
	uint64_t offset;      /* bytes written */
	unsigned char *block; /* content of the block being filled */
	size_t used, size;
	unsigned char *packed;
	size_t packed_size;
	uint64_t *index; /* of the blocks written */
	size_t count, index_capacity;
	ZSTD_CCtx *zstd;
	struct ncdu_totals totals;
	struct open_dir *dirs;
	size_t depth, capacity;
	struct buf names;
	int64_t timestamp;
	uint64_t root;
};

/* ---- blocks ---- */

static void put(struct binary_writer *writer, const void *bytes, size_t length)
{
	ncdu_write(&writer->base, bytes, length);
	writer->offset += length;
}

static void fail(struct binary_writer *writer, int error)
{
	if (!writer->base.error)
		writer->base.error = error;
}

/* Larger ones the more there are, so that the index stays small: ncdu's steps. */
static size_t block_size(const struct binary_writer *writer)
{
	size_t size = (size_t)64 << 10;

	if (writer->block_bytes)
		return writer->block_bytes;
	for (size_t step = (size_t)1 << 20; writer->count >= step && size < (size_t)2 << 20; step *= 2)
		size *= 2;
	return size;
}

static void flush_block(struct binary_writer *writer)
{
	size_t bound = ZSTD_compressBound(writer->used) + BINARY_DATA_EXTRA;

	if (!writer->used || writer->base.error)
		return;
	if (alloc_room(&writer->packed, &writer->packed_size, bound) ||
	    alloc_room(&writer->index, &writer->index_capacity, writer->count + 1)) {
		fail(writer, -ENOMEM);
		return;
	}
	unsigned char *packed = writer->packed;
	size_t made = ZSTD_compress2(writer->zstd, packed + 8, bound - BINARY_DATA_EXTRA, writer->block, writer->used),
	       length = made + BINARY_DATA_EXTRA;

	if (ZSTD_isError(made) || length > BINARY_BLOCK_MOST || writer->offset >= BINARY_FILE_MOST ||
	    (writer->count + 3) * 8 > BINARY_INDEX_MOST) {
		fail(writer, ZSTD_isError(made) ? -ENOMEM : -EFBIG);
		return;
	}
	binary_put(packed, 4, (uint64_t)BINARY_DATA << 28 | length);
	binary_put(packed + 4, 4, writer->count);
	binary_put(packed + length - 4, 4, (uint64_t)BINARY_DATA << 28 | length);
	writer->index[writer->count++] = writer->offset << 24 | length;
	put(writer, packed, length);
	writer->used = 0;
}

/* Room for an item, which never crosses a block.  False: the writer has failed. */
static bool reserve(struct binary_writer *writer, size_t length)
{
	if (writer->block && writer->used + length > writer->size)
		flush_block(writer);
	if (writer->base.error)
		return false;
	if (writer->used)
		return true;
	size_t size = block_size(writer);

	if (size < length) /* the path of a root, for one */
		size = length;
	if (size > BINARY_BLOCK_MOST)
		fail(writer, -EFBIG);
	if (size != writer->size && !writer->base.error) {
		unsigned char *block = alloc_resize(writer->block, size, 1);

		if (!block) {
			fail(writer, -ENOMEM);
		} else {
			writer->block = block;
			writer->size = size;
		}
	}
	return !writer->base.error;
}

/* ---- values ---- */

static void put_byte(struct binary_writer *writer, unsigned byte)
{
	writer->block[writer->used++] = (unsigned char)byte;
}

static void put_head(struct binary_writer *writer, enum cbor_major major, uint64_t argument)
{
	unsigned kind = (unsigned)major << 5, log = argument > UINT32_MAX ? 3
	                                          : argument > UINT16_MAX ? 2
	                                          : argument > UINT8_MAX  ? 1
	                                                                  : 0;

	if (argument < 24) {
		put_byte(writer, kind | (unsigned)argument);
		return;
	}
	put_byte(writer, kind | (24 + log));
	binary_put(writer->block + writer->used, 1u << log, argument);
	writer->used += (size_t)1 << log;
}

static void put_string(struct binary_writer *writer, enum cbor_major major, const void *bytes, size_t length)
{
	put_head(writer, major, length);
	memcpy(writer->block + writer->used, bytes, length);
	writer->used += length;
}

static void put_key(struct binary_writer *writer, enum binary_key key)
{
	if (key < KEY_OWN_DIR)
		put_head(writer, CBOR_UNSIGNED, key);
	else
		put_string(writer, CBOR_TEXT, binary_own_keys[key - KEY_OWN_DIR],
		           strlen(binary_own_keys[key - KEY_OWN_DIR]));
}

static void put_field(struct binary_writer *writer, enum binary_key key, uint64_t value)
{
	put_key(writer, key);
	put_head(writer, CBOR_UNSIGNED, value);
}

static void put_flag(struct binary_writer *writer, enum binary_key key, bool value)
{
	put_key(writer, key);
	put_head(writer, CBOR_SIMPLE, value ? CBOR_TRUE : CBOR_FALSE);
}

/* Within its block a reference is written as a distance: that compresses. */
static void put_ref(struct binary_writer *writer, enum binary_key key, uint64_t item, uint64_t ref)
{
	if (ref == BINARY_NO_ITEM)
		return;
	put_key(writer, key);
	if (ref >> 24 == item >> 24)
		put_head(writer, CBOR_NEGATIVE, item - ref - 1);
	else
		put_head(writer, CBOR_UNSIGNED, ref);
}

/* ---- items ---- */

static int type_of(const struct ncdu_item *item)
{
	if (item->excluded)
		return *item->excluded == 'o' ? BINARY_OTHERFS
		     : *item->excluded == 'k' ? BINARY_KERNFS
		                              : BINARY_EXCLUDED;
	if (item->leaf)
		return BINARY_ERROR;
	return item->is_dir ? BINARY_DIR : item->linked ? BINARY_LINK : item->notreg ? BINARY_NOTREG : BINARY_REG;
}

/* Type, name, and the entry before it in its folder.  Its itemref; BINARY_NO_ITEM when the writer has failed. */
static uint64_t begin_item(struct binary_writer *writer, int type, const void *name, size_t length)
{
	uint64_t *last = writer->depth ? &writer->dirs[writer->depth - 1].last : NULL;

	if (!reserve(writer, ITEM_MOST + length))
		return BINARY_NO_ITEM;
	uint64_t ref = (uint64_t)writer->count << 24 | writer->used;

	put_byte(writer, CBOR_MAP << 5 | 31);
	put_key(writer, KEY_TYPE);
	if (type < 0)
		put_head(writer, CBOR_NEGATIVE, (uint64_t)(-1 - type));
	else
		put_head(writer, CBOR_UNSIGNED, (uint64_t)type);
	put_key(writer, KEY_NAME);
	put_string(writer, CBOR_BYTES, name, length);
	if (last) {
		put_ref(writer, KEY_PREV, ref, *last);
		*last = ref;
	}
	return ref;
}

/* ncdu reads no time before 1970; so that one has another name. */
static void end_item(struct binary_writer *writer, const struct ncdu_item *item)
{
	if (item->extended.known) {
		put_field(writer, KEY_UID, item->extended.uid);
		put_field(writer, KEY_GID, item->extended.gid);
		put_field(writer, KEY_MODE, item->extended.mode);
	}
	if (item->has_mtime && item->mtime_s >= 0) {
		put_field(writer, KEY_MTIME, (uint64_t)item->mtime_s);
	} else if (item->has_mtime) {
		put_key(writer, KEY_OWN_MTIME);
		put_head(writer, CBOR_NEGATIVE, (uint64_t)(-1 - item->mtime_s));
	}
	put_byte(writer, CBOR_SIMPLE << 5 | 31);
}

static void put_file(struct binary_writer *writer, const struct ncdu_item *item)
{
	int type = type_of(item);
	uint64_t ref = begin_item(writer, type, item->name, item->length);

	if (ref == BINARY_NO_ITEM)
		return;
	if (type < 0) {
		/* The folder that they are of is all that is told of the others. */
		if (item->is_dir && type > BINARY_OTHERFS)
			put_flag(writer, KEY_OWN_DIR, true);
	} else {
		put_field(writer, KEY_ASIZE, item->apparent_bytes);
		put_field(writer, KEY_DSIZE, item->alloc_bytes);
	}
	if (item->dev && type >= 0)
		put_field(writer, KEY_DEV, item->dev);
	if (type == BINARY_LINK) {
		put_field(writer, KEY_INO, item->ino);
		put_field(writer, KEY_NLINK, item->nlink);
		if (ncdu_totals_link(&writer->totals, item->dev, item->ino, item->nlink, item->apparent_bytes,
		                     item->alloc_bytes))
			fail(writer, -ENOMEM);
	} else {
		ncdu_totals_file(&writer->totals, item->apparent_bytes, item->alloc_bytes, type == BINARY_ERROR);
	}
	end_item(writer, item);
}

static void open_dir(struct binary_writer *writer, const struct ncdu_item *item, const void *name, size_t length)
{
	if (alloc_room(&writer->dirs, &writer->capacity, writer->depth + 1) ||
	    ncdu_totals_enter(&writer->totals, item->dev, item->apparent_bytes, item->alloc_bytes)) {
		fail(writer, -ENOMEM);
		return;
	}
	writer->dirs[writer->depth] = (struct open_dir){.item = *item,
	                                                .name = writer->names.length,
	                                                .last = BINARY_NO_ITEM};
	writer->dirs[writer->depth++].item.length = length;
	if (buf_add(&writer->names, name, length))
		fail(writer, -ENOMEM);
}

static void put_header(struct ncdu_writer *base, int64_t timestamp, const char *root_path)
{
	struct binary_writer *writer = (struct binary_writer *)base;

	writer->timestamp = timestamp;
	put(writer, BINARY_SIGNATURE, BINARY_SIGNATURE_LENGTH);
	if (buf_str(&writer->names, root_path))
		fail(writer, -ENOMEM);
}

static void put_item(struct ncdu_writer *base, const struct ncdu_item *item)
{
	struct binary_writer *writer = (struct binary_writer *)base;

	if (base->error)
		return;
	if (!item->name) { /* the root, whose name was put before */
		size_t length = writer->names.length;

		writer->names.length = 0;
		open_dir(writer, item, writer->names.data, length);
	} else if (item->is_dir && !item->leaf) {
		open_dir(writer, item, item->name, item->length);
	} else {
		put_file(writer, item);
		writer->leaf_open = item->is_dir;
	}
}

static void put_pair(struct binary_writer *writer, enum binary_key key, uint64_t apparent, uint64_t alloc, bool zeros)
{
	if (apparent || zeros)
		put_field(writer, key, apparent);
	if (alloc || zeros)
		put_field(writer, key + 1, alloc);
}

static uint64_t difference(struct figure all, struct figure some)
{
	figure_take(&all, some);
	return figure_told(all);
}

static void put_end_dir(struct ncdu_writer *base)
{
	struct binary_writer *writer = (struct binary_writer *)base;

	if (base->error || writer->leaf_open) {
		writer->leaf_open = false;
		return;
	}
	struct totals_dir sums = ncdu_totals_leave(&writer->totals);
	struct open_dir dir = writer->dirs[--writer->depth];
	uint64_t ref = begin_item(writer, BINARY_DIR, writer->names.data + dir.name, dir.item.length);

	if (ref == BINARY_NO_ITEM)
		return;
	put_pair(writer, KEY_ASIZE, dir.item.apparent_bytes, dir.item.alloc_bytes, true);
	if (dir.item.dev || !writer->depth)
		put_field(writer, KEY_DEV, dir.item.dev);
	if (dir.item.read_error || sums.error)
		put_flag(writer, KEY_RDERR, dir.item.read_error);
	if (dir.item.read_error && writer->depth)
		writer->totals.dirs[writer->depth - 1].error = true;
	put_pair(writer, KEY_CUMASIZE, figure_told(sums.sum.apparent), figure_told(sums.sum.alloc), true);
	put_pair(writer, KEY_SHRASIZE, difference(sums.linked.apparent, sums.whole.apparent),
	         difference(sums.linked.alloc, sums.whole.alloc), false);
	put_field(writer, KEY_ITEMS, sums.items);
	put_ref(writer, KEY_SUB, ref, dir.last);
	if (!writer->depth) {
		writer->root = ref;
		if (writer->timestamp > 0)
			put_field(writer, KEY_OWN_TIMESTAMP, (uint64_t)writer->timestamp);
		put_key(writer, KEY_OWN_PROGRAM);
		put_string(writer, CBOR_TEXT, PROGRAM, strlen(PROGRAM));
	}
	end_item(writer, &dir.item);
	writer->names.length = dir.name;
}

/* ---- the file ---- */

static void end(struct ncdu_writer *base)
{
	struct binary_writer *writer = (struct binary_writer *)base;
	size_t length = 16 + writer->count * 8;
	unsigned char word[8];

	flush_block(writer);
	length = 16 + writer->count * 8;
	binary_put(word, 4, (uint64_t)BINARY_INDEX << 28 | length);
	put(writer, word, 4);
	for (size_t i = 0; i < writer->count; i++)
		binary_put((unsigned char *)&writer->index[i], 8, writer->index[i]);
	put(writer, writer->index, writer->count * 8);
	binary_put(word, 8, writer->root);
	put(writer, word, 8);
	binary_put(word, 4, (uint64_t)BINARY_INDEX << 28 | length);
	put(writer, word, 4);
}

static void drop(struct ncdu_writer *base)
{
	struct binary_writer *writer = (struct binary_writer *)base;

	ZSTD_freeCCtx(writer->zstd);
	ncdu_totals_free(&writer->totals);
	buf_free(&writer->names);
	free(writer->dirs);
	free(writer->index);
	free(writer->packed);
	free(writer->block);
	free(writer);
}

static const struct ncdu_form form = {.put_header = put_header,
                                      .put_item = put_item,
                                      .put_end_dir = put_end_dir,
                                      .end = end,
                                      .drop = drop};

struct ncdu_writer *ncdu_binary_writer(const struct ncdu_export_options *options)
{
	struct binary_writer *writer = alloc_zero(struct binary_writer);

	if (!writer)
		return NULL;
	writer->base.form = &form;
	writer->block_bytes = options->block_bytes < BINARY_BLOCK_MOST ? options->block_bytes : BINARY_BLOCK_MOST;
	writer->zstd = ZSTD_createCCtx();
	if (writer->zstd &&
	    !ZSTD_isError(ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, options->level)))
		return &writer->base;
	drop(&writer->base);
	return NULL;
}
