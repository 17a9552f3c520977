/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/raw/prefetch.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/trace.h"
#include "engine/raw/device.h"
#include "engine/raw/ext4.h"

#define PIECE_BYTES ((size_t)1 << 20) /* of one read */
#define GAP_BLOCKS 8                  /* read over rather than around */

/* Blocks of directories. */
struct span {
	uint64_t first;
	uint64_t blocks;
};

struct prefetch {
	struct ext4 fs;
	const _Atomic int *stop;
	unsigned char *piece;
	struct span *spans;
	size_t count, capacity;
	uint64_t bytes, room; /* read, and how many the machine has memory for */
};

static bool stopped(const struct prefetch *prefetch)
{
	return atomic_load_explicit((_Atomic int *)(uintptr_t)prefetch->stop, memory_order_relaxed) != 0;
}

/* Half of what the kernel could have for it: beyond that the first blocks are gone when they are asked for. */
static uint64_t memory_for_it(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file) && sscanf(line, "MemAvailable: %llu", &kib) != 1)
		;
	if (file)
		fclose(file);
	return kib * 1024 / 2;
}

static int read_piece(struct prefetch *prefetch, uint64_t at, size_t bytes)
{
	if (stopped(prefetch))
		return -ECANCELED;
	prefetch->bytes += bytes;
	return prefetch->bytes > prefetch->room ? -ENOBUFS : ext4_read(&prefetch->fs, at, prefetch->piece, bytes);
}

static int note_run(void *context, const struct ext4_run *run)
{
	struct prefetch *prefetch = context;

	if (alloc_room(&prefetch->spans, &prefetch->capacity, prefetch->count + 1))
		return -ENOMEM;
	prefetch->spans[prefetch->count++] = (struct span){.first = run->physical, .blocks = run->blocks};
	return 0;
}

/* Where its directories lie.  One that makes no sense is the scan's to find out. */
static int note_directories(struct prefetch *prefetch, uint32_t first, size_t bytes)
{
	const struct ext4 *fs = &prefetch->fs;
	struct ext4_inode inode;

	for (size_t at = 0; at < bytes; at += fs->inode_bytes, first++)
		if (ext4_inode_decode(fs, first, prefetch->piece + at, &inode) && (inode.mode & 0xf000) == 0x4000 &&
		    !(inode.flags & EXT4_INLINE) && ext4_runs(fs, &inode, note_run, prefetch) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

static int read_tables(struct prefetch *prefetch)
{
	const struct ext4 *fs = &prefetch->fs;
	int rc = 0;

	for (uint32_t g = 0; !rc && g < fs->groups; g++) {
		uint64_t at = fs->group[g].table << fs->block_bits;
		size_t left = (size_t)fs->group[g].used * fs->inode_bytes;

		for (uint32_t ino = g * fs->inodes_per_group + 1; !rc && left;) {
			size_t bytes = left < PIECE_BYTES ? left : PIECE_BYTES;

			rc = read_piece(prefetch, at, bytes);
			if (!rc)
				rc = note_directories(prefetch, ino, bytes);
			ino += (uint32_t)(bytes / fs->inode_bytes);
			at += bytes;
			left -= bytes;
		}
	}
	return rc;
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Neighbours in one read. */
static int read_directories(struct prefetch *prefetch)
{
	const struct ext4 *fs = &prefetch->fs;
	const uint64_t most = PIECE_BYTES >> fs->block_bits;
	int rc = 0;

	if (prefetch->count)
		qsort(prefetch->spans, prefetch->count, sizeof(*prefetch->spans), compare_spans);
	for (size_t i = 0; !rc && i < prefetch->count;) {
		uint64_t first = prefetch->spans[i].first, end = first + prefetch->spans[i].blocks;

		for (i++; i < prefetch->count && prefetch->spans[i].first <= end + GAP_BLOCKS &&
		          prefetch->spans[i].first + prefetch->spans[i].blocks - first <= most;
		     i++)
			if (end < prefetch->spans[i].first + prefetch->spans[i].blocks)
				end = prefetch->spans[i].first + prefetch->spans[i].blocks;
		for (uint64_t at = first; !rc && at < end; at += most)
			rc = read_piece(prefetch, at << fs->block_bits,
			                (size_t)(end - at < most ? end - at : most) << fs->block_bits);
	}
	return rc;
}

int prefetch_run(dev_t dev, const _Atomic int *stop)
{
	struct prefetch prefetch = {.stop = stop, .room = memory_for_it()};
	int device = device_open(dev);
	int rc = device < 0 ? device : ext4_open(&prefetch.fs, device);

	if (!rc) {
		prefetch.piece = alloc_array(1, PIECE_BYTES);
		rc = prefetch.piece ? read_tables(&prefetch) : -ENOMEM;
		if (!rc)
			rc = read_directories(&prefetch);
		ext4_close(&prefetch.fs);
	}
	free(prefetch.spans);
	free(prefetch.piece);
	if (device >= 0)
		close(device);
	TRACE(TRACE_SCAN, "prefetch: %llu bytes, %zu pieces of directories: %d", (unsigned long long)prefetch.bytes,
	      prefetch.count, rc);
	return rc;
}
