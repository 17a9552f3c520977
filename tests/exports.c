/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exports.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "store/exchange/ncdu_export.h"

int exports_file(const void *bytes, size_t n)
{
	int fd = memfd_create("export", MFD_CLOEXEC);

	cr_assert_geq(fd, 0);
	for (size_t at = 0; at < n;) {
		ssize_t w = write(fd, (const char *)bytes + at, n - at);

		cr_assert_gt(w, 0);
		at += (size_t)w;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

struct buf exports_bytes(int fd)
{
	struct buf out = {0};
	char chunk[65536];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&out, chunk, (size_t)n);
	if (!out.data)
		buf_str(&out, "");
	return out;
}

struct buf exports_json(const struct tree *tree, bool extended, int depth)
{
	struct ncdu_export_options options = {.extended = extended, .depth = depth, .timestamp = EXPORTS_STAMP};
	struct err err = {{0}};
	int fd = exports_file("", 0);

	cr_assert_eq(ncdu_export_tree(tree, &options, fd, &err), 0, "%s", err.text);
	struct buf out = exports_bytes(fd);

	close(fd);
	return out;
}

int exports_import(const void *bytes, size_t n, struct import *out, struct err *err)
{
	int fd = exports_file(bytes, n);
	int e = import_read(fd, "x.json", NULL, NULL, NULL, out, err);

	close(fd);
	return e;
}

struct build_entry exports_entry(const char *name, enum node_type type, uint64_t alloc, uint64_t apparent)
{
	return (struct build_entry){.name = name,
	                            .name_length = strlen(name),
	                            .type = type,
	                            .alloc_bytes = alloc,
	                            .apparent_bytes = apparent,
	                            .nlink = 1,
	                            .dev = 65024};
}

void exports_add(struct build *build, const struct build_entry *what)
{
	int e = what->type == NODE_DIR && !(what->flags & ROW_LEAF) ? build_enter(build, what)
	                                                            : build_file(build, what);

	cr_assert_eq(e, 0, "%s: %d", (const char *)what->name, e);
}

struct tree *exports_sample(bool extended)
{
	struct build_entry e = exports_entry("", NODE_DIR, 4096, 4096);

	e.mtime_ns = 1700000000999999999;
	if (extended)
		e.extended = (struct node_extended){.uid = 0, .gid = 5, .mode = 040755, .known = true};
	struct build *build = build_create("/srv/\"q\"\x01", &e);

	cr_assert(build);
	e = exports_entry("b", NODE_REG, 8192, 5000);
	e.mtime_ns = 1600000000000000000;
	if (extended)
		e.extended = (struct node_extended){.uid = 1000, .gid = 1000, .mode = 0100644, .known = true};
	exports_add(build, &e);
	e = exports_entry("a-b", NODE_REG, 0, 0);
	exports_add(build, &e);
	e = exports_entry("a", NODE_DIR, 4096, 4096);
	exports_add(build, &e);
	e = exports_entry("\n\t\r\b\f\x1b\x7f\"\\\xff\xc3\xa9", NODE_SYMLINK, 0, 3);
	exports_add(build, &e);
	e = exports_entry("link", NODE_REG, 4096, 10);
	e.ino = 77;
	e.nlink = 3;
	exports_add(build, &e);
	e = exports_entry("fifo", NODE_SPECIAL, 0, 0);
	exports_add(build, &e);
	cr_assert_eq(build_leave(build), 0);
	e = exports_entry("mnt", NODE_DIR, 0, 40);
	e.dev = 39;
	e.dir_flags = DIR_MOUNT;
	exports_add(build, &e);
	e = exports_entry("link", NODE_REG, 4096, 10); /* the same inode number in another file system */
	e.dev = 39;
	e.ino = 77;
	e.nlink = 2;
	exports_add(build, &e);
	cr_assert_eq(build_leave(build), 0);
	e = exports_entry("locked", NODE_DIR, 4096, 4096);
	e.dir_flags = DIR_READ_ERROR;
	exports_add(build, &e);
	cr_assert_eq(build_leave(build), 0);
	e = exports_entry("bad", NODE_REG, 0, 0);
	e.flags = ROW_ERROR;
	exports_add(build, &e);
	e = exports_entry("baddir", NODE_DIR, 0, 0);
	e.flags = ROW_ERROR;
	exports_add(build, &e);
	e = exports_entry("skip", NODE_DIR, 0, 0);
	e.flags = ROW_EXCLUDED;
	exports_add(build, &e);
	e = exports_entry("skip.o", NODE_REG, 0, 0);
	e.flags = ROW_EXCLUDED;
	exports_add(build, &e);
	e = exports_entry("nfs", NODE_DIR, 0, 0);
	e.flags = ROW_OTHERFS;
	exports_add(build, &e);
	e = exports_entry("proc", NODE_DIR, 0, 0);
	e.flags = ROW_KERNFS;
	exports_add(build, &e);
	e = exports_entry("cache", NODE_DIR, 0, 0);
	e.dir_flags = DIR_CACHE;
	exports_add(build, &e);
	cr_assert_eq(build_leave(build), 0);
	struct tree *tree = build_finish(build);

	cr_assert(tree);
	return tree;
}

/* Names of all bytes, sizes of all widths, links, in random trees. */
static void grow(struct build *build, unsigned *seed, int depth, uint64_t *serial)
{
	int n = rand_r(seed) % 8;

	for (int i = 0; i < n; i++) {
		char name[300];
		size_t length = (size_t)sprintf(name, "%" PRIu64, (*serial)++);

		for (int extra = rand_r(seed) % 12; extra > 0; extra--) {
			char c = (char)(rand_r(seed) % 256);

			if (c && c != '/')
				memmove(name + 1, name, length), name[0] = c, length++;
		}
		struct build_entry e = {.name = name,
		                        .name_length = length,
		                        .type = (enum node_type)(rand_r(seed) % 4),
		                        .nlink = 1,
		                        .dev = 65024};

		e.alloc_bytes = (uint64_t)rand_r(seed) % 5000 * 512 << rand_r(seed) % 30;
		e.apparent_bytes = ((uint64_t)rand_r(seed) << rand_r(seed) % 20) + 1;
		e.mtime_ns = (int64_t)rand_r(seed) * 1000000000;
		if (e.type == NODE_SPECIAL)
			e.apparent_bytes = 0;
		if (e.type == NODE_DIR) {
			e.alloc_bytes %= (uint64_t)1 << 40;
			exports_add(build, &e);
			if (depth < 6)
				grow(build, seed, depth + 1, serial);
			cr_assert_eq(build_leave(build), 0);
			continue;
		}
		if (rand_r(seed) % 4 == 0) {
			e.ino = 1 + (uint64_t)rand_r(seed) % 5;
			e.nlink = 2 + (uint32_t)e.ino;
			e.alloc_bytes = 4096 * e.ino;
			e.apparent_bytes = 1000 * e.ino;
			e.mtime_ns = (int64_t)e.ino * 1000000000;
			e.type = NODE_REG;
		}
		exports_add(build, &e);
	}
}

void exports_gzip(const void *bytes, size_t n, struct buf *out)
{
	z_stream z = {0};
	size_t bound;

	cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	bound = deflateBound(&z, n);
	unsigned char *room = (unsigned char *)buf_room(out, bound);

	z.next_in = (unsigned char *)bytes;
	z.avail_in = (unsigned)n;
	z.next_out = room;
	z.avail_out = (unsigned)bound;
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->length -= z.avail_out;
	deflateEnd(&z);
}

void exports_zstd(const void *bytes, size_t n, struct buf *out)
{
	size_t bound = ZSTD_compressBound(n);
	char *room = buf_room(out, bound);
	size_t made = ZSTD_compress(room, bound, bytes, n, 3);

	cr_assert(!ZSTD_isError(made));
	out->length -= bound - made;
}

void exports_xz(const void *bytes, size_t n, struct buf *out)
{
	size_t bound = lzma_stream_buffer_bound(n), made = 0;
	uint8_t *room = (uint8_t *)buf_room(out, bound);

	cr_assert_eq(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, bytes, n, room, &made, bound), LZMA_OK);
	out->length -= bound - made;
}

struct tree *exports_random(unsigned seed)
{
	uint64_t serial = 0;
	struct build_entry root = exports_entry("", NODE_DIR, 4096, 4096);
	struct build *build = build_create("/r", &root);

	for (int i = 0; i < 4; i++)
		grow(build, &seed, 0, &serial);
	return build_finish(build);
}
