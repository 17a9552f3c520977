/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/files/file_chunk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "store/files/varint.h"

#define CHUNK_FORMAT 1
#define CHUNK_CUT 0x3ff /* these bits of a name's hash are zero: the chunk ends behind it */
#define CHUNK_ENTRY_MAX (2 + 255 + 5 * VARINT_MAX)
/* bytes: names chosen against the hash must not make a chunk that no machine can hold */
#define CHUNK_BYTES_MAX (1u << 20)

enum what { WHAT_TYPE = 3, WHAT_LINKED = 1 << 2, WHAT_BYTES = 1 << 3, WHAT_FLAGS_SHIFT = 4 };

static_assert(NODE_DIR == 0 && NODE_REG == 1 && NODE_SYMLINK == 2 && NODE_SPECIAL == 3, "stored");
static_assert(ROW_ERROR == 1 << 2 && ROW_EXCLUDED == 1 << 3 && ROW_OTHERFS == 1 << 4 && ROW_KERNFS == 1 << 5,
              "stored: bits 4-7 of `what`");

#define ROW_STORED (ROW_ERROR | ROW_EXCLUDED | ROW_OTHERFS | ROW_KERNFS)

struct chunk_name {
	uint64_t head; /* first eight bytes, big-endian: most comparisons end here */
	const unsigned char *name;
	uint32_t row;
	uint8_t length;
};

static uint64_t head_of(const unsigned char *name, uint8_t length)
{
	uint64_t head = 0;

	for (int i = 0; i < 8; i++)
		head = head << 8 | (i < length ? name[i] : 0);
	return head;
}

int file_names_compare(const void *a, size_t a_length, const void *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_names(const void *left, const void *right)
{
	const struct chunk_name *a = left, *b = right;

	if (a->head != b->head)
		return a->head < b->head ? -1 : 1;
	return file_names_compare(a->name, a->length, b->name, b->length);
}

/* Most folders are small: no call of a library for them. */
static void sort_names(struct chunk_name *names, size_t n)
{
	if (n > 24) {
		qsort(names, n, sizeof(*names), compare_names);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct chunk_name moving = names[i];
		size_t at = i;

		for (; at && compare_names(&moving, &names[at - 1]) < 0; at--)
			names[at] = names[at - 1];
		names[at] = moving;
	}
}

static uint64_t blocks_for(uint64_t apparent_bytes)
{
	return (apparent_bytes >> 9) + ((apparent_bytes & 511) != 0);
}

static unsigned char *put_entry(unsigned char *at, const struct node *node, uint64_t *mtime)
{
	bool linked = node->nlink > 1, in_bytes = node->alloc_bytes & 511;

	*at++ = (unsigned char)(node->type | (linked ? WHAT_LINKED : 0) | (in_bytes ? WHAT_BYTES : 0) |
	                        (node->flags & ROW_STORED) / ROW_ERROR << WHAT_FLAGS_SHIFT);
	*at++ = node->name_length;
	memcpy(at, node->name, node->name_length);
	at = varint_put(at + node->name_length, node->apparent_bytes);
	if (in_bytes)
		at = varint_put(at, node->alloc_bytes);
	else
		at = varint_put(at, zigzag((node->alloc_bytes >> 9) - blocks_for(node->apparent_bytes)));
	at = varint_put(at, zigzag((uint64_t)node->mtime_s - *mtime));
	*mtime = (uint64_t)node->mtime_s;
	if (linked) {
		at = varint_put(at, node->ino);
		at = varint_put(at, node->nlink);
	}
	return at;
}

static int end_chunk(struct file_chunks *chunks)
{
	if (alloc_room(&chunks->ends, &chunks->ends_capacity, chunks->count + 1))
		return -ENOMEM;
	chunks->ends[chunks->count++] = chunks->length;
	return 0;
}

static int pack_rows(struct file_chunks *chunks, const struct tree *tree, const struct node_block *block, size_t n)
{
	uint64_t mtime = 0;
	size_t start = 0; /* of the open chunk */

	for (size_t i = 0; i < n; i++) {
		struct node node;

		if (alloc_room(&chunks->bytes, &chunks->capacity, chunks->length + 1 + CHUNK_ENTRY_MAX))
			return -ENOMEM;
		if (chunks->length == start) {
			chunks->bytes[chunks->length++] = CHUNK_FORMAT;
			mtime = 0;
		}
		tree_node(tree, block, chunks->names[i].row, &node);
		chunks->length = (size_t)(put_entry(chunks->bytes + chunks->length, &node, &mtime) - chunks->bytes);
		if (i + 1 == n || !(XXH3_64bits(node.name, node.name_length) & CHUNK_CUT) ||
		    chunks->length - start > CHUNK_BYTES_MAX) {
			if (end_chunk(chunks))
				return -ENOMEM;
			start = chunks->length;
		}
	}
	return 0;
}

int file_chunks_pack(struct file_chunks *chunks, const struct tree *tree, dir_id dir)
{
	unsigned pin = tree_pin(tree);
	const struct node_block *block = tree_block(tree, dir);
	uint32_t rows = block ? tree_count(block) : 0;
	size_t n = 0;
	int rc = 0;

	chunks->length = chunks->count = 0;
	if (rows)
		rc = alloc_room(&chunks->names, &chunks->names_capacity, rows);
	for (uint32_t i = 0; !rc && i < rows; i++) {
		uint64_t word = atomic_load_explicit(&block->rows[i].word, memory_order_acquire);
		const unsigned char *name = (const unsigned char *)block + block->rows[i].name;

		if (row_flags(word) & ROW_GONE || row_enters(word))
			continue;
		chunks->names[n++] = (struct chunk_name){.head = head_of(name + 1, *name),
		                                         .name = name + 1,
		                                         .row = i,
		                                         .length = *name};
	}
	if (!rc) {
		sort_names(chunks->names, n);
		rc = pack_rows(chunks, tree, block, n);
	}
	tree_unpin(tree, pin);
	return rc;
}

void file_chunks_free(struct file_chunks *chunks)
{
	free(chunks->bytes);
	free(chunks->ends);
	free(chunks->names);
	*chunks = (struct file_chunks){0};
}

static bool get_entry(const unsigned char **at, const unsigned char *end, uint64_t *mtime, struct file_entry *entry)
{
	uint64_t allocated, seconds, nlink = 1;

	if (end - *at < 2)
		return false;
	unsigned what = *(*at)++;

	entry->type = (enum node_type)(what & WHAT_TYPE);
	entry->flags = (what >> WHAT_FLAGS_SHIFT) * ROW_ERROR | (what & WHAT_LINKED ? ROW_LINK : 0);
	entry->name_length = *(*at)++;
	entry->name = *at;
	if (!entry->name_length || end - *at < entry->name_length || memchr(*at, '/', entry->name_length) ||
	    memchr(*at, '\0', entry->name_length))
		return false;
	*at += entry->name_length;
	if (!varint_get(at, end, &entry->apparent_bytes) || !varint_get(at, end, &allocated) ||
	    !varint_get(at, end, &seconds))
		return false;
	if (what & WHAT_BYTES) {
		entry->alloc_bytes = allocated;
	} else {
		uint64_t blocks = blocks_for(entry->apparent_bytes) + unzigzag(allocated);

		if (blocks >> 55) /* negative, or more bytes than 64 bits count */
			return false;
		entry->alloc_bytes = blocks << 9;
	}
	*mtime += unzigzag(seconds);
	entry->mtime_s = (int64_t)*mtime;
	entry->ino = 0;
	if ((what & WHAT_LINKED) &&
	    (!varint_get(at, end, &entry->ino) || !varint_get(at, end, &nlink) || nlink < 2 || nlink > UINT32_MAX))
		return false;
	entry->nlink = (uint32_t)nlink;
	return true;
}

int file_chunk_each(const unsigned char *bytes, size_t length, int (*take)(void *taker, const struct file_entry *entry),
                    void *taker)
{
	const unsigned char *at = bytes, *end = bytes + length;
	struct file_entry entry;
	uint64_t mtime = 0;
	int rc = 0;

	if (length < 2 || *at++ != CHUNK_FORMAT)
		return -EINVAL;
	while (!rc && at < end)
		rc = get_entry(&at, end, &mtime, &entry) ? take(taker, &entry) : -EINVAL;
	return rc;
}
