/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "store/index.h"

/* Offsets of the header (index.c says what lies where): the test seals its damage with fresh checksums, to get past them. */
#define HEADER 128
#define BODY_SUM 104
#define HEADER_SUM 120

static char folder[64];
static struct buf path;

static void setup(void)
{
	strcpy(folder, "/tmp/dt-index-XXXXXX");
	cr_assert(mkdtemp(folder));
	struct buf db = {0};

	buf_printf(&db, "%s/data.db", folder);
	cr_assert_eq(index_path(db.data, "/home/ana", &path), 0);
	buf_free(&db);
}

static void teardown(void)
{
	struct buf command = {0};

	buf_printf(&command, "rm -rf %s", folder);
	cr_assert_eq(system(command.data), 0);
	buf_free(&command);
	buf_free(&path);
}

static struct image *sample(unsigned seed)
{
	struct image_builder *builder = image_builder_create("/home/ana", 64);
	static const char *const paths[] = { "", "a", "a-b", "a/b", "a/b/c", "a/\xff\xfe", "z", "z/y", "z/y/x", "z/y/x/w" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct image_record record = {
			.path = paths[i], .length = strlen(paths[i]), .alloc_bytes = seed + i * 4096, .items = i, .files = i,
			.fingerprint = { i * 7 + seed, ~(uint64_t)i }, .ino = i + 100, .mtime_ns = -(int64_t)i, .birth = (uint32_t)i,
			.fs = (uint16_t)i, .flags = (uint16_t)(i & 3), .child_count = (uint32_t)i,
		};

		cr_assert_eq(image_builder_add(builder, &record), 0);
	}
	return image_builder_finish(builder);
}

static void write_sample(unsigned seed)
{
	struct image *image = sample(seed);
	struct index_meta meta = { .root = (char *)"/home/ana", .options = (char *)"x", .snapshot_id = 42, .taken_at = 1000, .covers_seq = 7, .trusted = true };
	struct err err = {0};

	cr_assert(image);
	cr_assert_eq(index_write(path.data, image, &meta, &err), 0, "%s", err.text);
	image_free(image);
}

Test(index, keeps_what_it_was_given, .init = setup, .fini = teardown)
{
	struct image *was = sample(5), *now;
	struct index_meta meta;
	struct err err = {0};

	write_sample(5);
	cr_assert_eq(index_open(path.data, &now, &meta, &err), 0, "%s", err.text);
	cr_assert_str_eq(meta.root, "/home/ana");
	cr_assert_str_eq(now->root_path, "/home/ana");
	cr_assert_str_eq(meta.options, "x");
	cr_assert_eq(meta.snapshot_id, 42);
	cr_assert_eq(meta.covers_seq, 7);
	cr_assert(meta.trusted);
	cr_assert_eq(now->count, was->count);
	for (uint32_t i = 0; i < was->count; i++) {
		struct buf a = {0}, b = {0};

		image_relative(was, i, &a);
		image_relative(now, i, &b);
		cr_assert_eq(a.length, b.length);
		cr_assert_eq(memcmp(a.data ? a.data : "", b.data ? b.data : "", a.length), 0);
		cr_assert_eq(image_lookup(now, a.data ? a.data : "", a.length), i);
		cr_assert_eq(now->alloc_bytes[i], was->alloc_bytes[i]);
		cr_assert_eq(now->fingerprint[i][1], was->fingerprint[i][1]);
		cr_assert_eq(now->mtime_ns[i], was->mtime_ns[i]);
		cr_assert_eq(now->fs[i], was->fs[i]);
		cr_assert_eq(now->flags[i], was->flags[i]);
		buf_free(&a);
		buf_free(&b);
	}
	image_free(was);
	image_free(now);
	index_meta_clear(&meta);
}

static size_t load(char **bytes)
{
	struct stat st;
	int fd = open(path.data, O_RDONLY);

	cr_assert(fd >= 0 && fstat(fd, &st) == 0);
	*bytes = malloc((size_t)st.st_size);
	cr_assert_eq(read(fd, *bytes, (size_t)st.st_size), st.st_size);
	close(fd);
	return (size_t)st.st_size;
}

static void save(const char *bytes, size_t n)
{
	int fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
	close(fd);
}

static void seal(char *bytes, size_t n)
{
	XXH128_hash_t sum = XXH3_128bits(bytes + HEADER, n - HEADER);

	memcpy(bytes + BODY_SUM, &sum.low64, 8);
	memcpy(bytes + BODY_SUM + 8, &sum.high64, 8);
	uint64_t header = XXH3_64bits(bytes, HEADER_SUM);

	memcpy(bytes + HEADER_SUM, &header, 8);
}

/* Look at everything an image offers: under ASan a reach outside the file shows. */
static uint64_t walk(const struct image *image)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < image->count; i++) {
		struct buf text = {0};

		image_relative(image, i, &text);
		sum += image_lookup(image, text.data ? text.data : "", text.length) + image->alloc_bytes[i] + image_depth(image, i);
		buf_free(&text);
	}
	return sum;
}

Test(index, refuses_damage, .init = setup, .fini = teardown)
{
	char *bytes;
	unsigned seed = 1;
	size_t refused = 0, harmless = 0;

	write_sample(1);
	size_t n = load(&bytes);

	for (unsigned round = 0; round < 25000; round++) {
		char *bad = malloc(n);
		size_t length = n;
		bool sealed = round % 2;

		memcpy(bad, bytes, n);
		if (round % 10 == 9) {
			length = (size_t)rand_r(&seed) % n;
		} else {
			for (unsigned k = 0; k < 1 + round % 4; k++) {
				size_t at = (size_t)rand_r(&seed) % n;

				if (round % 3)
					bad[at] = (char)rand_r(&seed);
				else if (at + 4 <= n)
					memset(bad + at, rand_r(&seed) % 2 ? 0xff : 0, 4);
			}
			if (sealed)
				seal(bad, n);
		}
		bool changed = length != n || memcmp(bad, bytes, n) != 0;

		save(bad, length);
		struct image *image;
		struct index_meta meta;
		struct err err = {0};
		int rc = index_open(path.data, &image, &meta, &err);

		if (rc == 0) {
			cr_assert(!changed || sealed, "damage was not seen in round %u", round);
			walk(image);
			image_free(image);
			index_meta_clear(&meta);
			harmless++;
		} else {
			cr_assert(err.text[0]);
			refused++;
		}
		free(bad);
	}
	cr_assert_gt(refused, 12000);
	cr_assert_gt(harmless, 100); /* the sealed ones reach the checks behind the checksums */
	free(bytes);
}

Test(index, old_file_stays_when_writing_fails, .init = setup, .fini = teardown)
{
	struct image *image = sample(9), *now;
	struct index_meta meta = { .root = (char *)"/home/ana", .options = (char *)"" }, read;
	struct err err = {0};
	struct buf temporary = {0};

	write_sample(3);
	/* A folder in the place of the temporary file. */
	buf_printf(&temporary, "%s.tmp", path.data);
	cr_assert_eq(mkdir(temporary.data, 0700), 0);
	cr_assert_lt(index_write(path.data, image, &meta, &err), 0);
	cr_assert(err.text[0]);
	cr_assert_eq(index_open(path.data, &now, &read, &err), 0);
	cr_assert_eq(now->alloc_bytes[0], 3);
	image_free(now);
	index_meta_clear(&read);
	image_free(image);
	buf_free(&temporary);
}

Test(index, one_follower, .init = setup, .fini = teardown)
{
	struct buf lock = {0};
	struct err err = {0};

	buf_printf(&lock, "%s/index/x.lock", folder);
	int first = index_lock(lock.data, &err);

	cr_assert_geq(first, 0, "%s", err.text);
	cr_assert_eq(index_lock(lock.data, &err), -EWOULDBLOCK);
	cr_assert(index_locked(lock.data));
	close(first);
	cr_assert(!index_locked(lock.data));
	int second = index_lock(lock.data, &err);

	cr_assert_geq(second, 0);
	close(second);
	buf_free(&lock);
}
