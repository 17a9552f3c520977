/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/buf.h"
#include "fault_file.h"
#include "store/diff/diff.h"
#include "store/index/overlay.h"
#include "store/record/size.h"
#include "store_fixture.h"

/*
 * Offsets of the header (index.c says what lies where): the test seals its damage with fresh checksums, to get past
 * them.
 */
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
	static const char *const paths[] = {"",           "a", "a-b", "a/b",   "a/b/c",
	                                    "a/\xff\xfe", "z", "z/y", "z/y/x", "z/y/x/w"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct image_record record = {
			.path = paths[i],
			.length = strlen(paths[i]),
			.alloc_bytes = seed + i * 4096,
			.items = i,
			.files = i,
			.fingerprint = {i * 7 + seed, ~(uint64_t)i},
			.ino = i + 100,
			.mtime_ns = -(int64_t)i,
			.mtime_era = (int32_t)(i % 5) - 2,
			.birth = (uint32_t)i,
			.direct_bytes = i == 3 || i == 7 ? 99 : 0,
			.fs = (uint16_t)i,
			.flags = (uint16_t)(i & 3),
			.child_count = (uint32_t)i,
		};

		cr_assert_eq(image_builder_add(builder, &record), 0);
	}
	return image_builder_finish(builder);
}

static void write_sample(unsigned seed)
{
	struct image *image = sample(seed);
	struct index_meta meta = {.root = (char *)"/home/ana",
	                          .options = (char *)"x",
	                          .snapshot_id = 42,
	                          .taken_at = 1000,
	                          .covers_seq = 7,
	                          .trusted = true};
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
	cr_assert_eq(index_open(path.data, "/home/ana", &now, &meta, &err), 0, "%s", err.text);
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
		cr_assert_eq(image_mtime_s(now, i), image_mtime_s(was, i));
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
	unlink(path.data); /* a file that is cut and written again may have to reach the disk first */
	int fd = open(path.data, O_WRONLY | O_CREAT | O_EXCL, 0600);

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

/* ---- damage ---- */

static const char *const asked[] = {"/home/ana",         "/home/ana/a",   "/home/ana/a-b", "/home/ana/a/b/c",
                                    "/home/ana/z/y/x/w", "/home/ana/q/r", "/home/ana/none"};

/* With an overlay over the sample: its seq is the one behind what the index covers. */
static struct store *open_store(void)
{
	static const struct overlay_row rows[] = {
		{.path = "", .bytes = 1},
		{.path = "a", .length = 1, .bytes = 2, .items = 9},
		{.path = "a/b", .length = 3, .kind = OVERLAY_AGAIN},
		{.path = "z/y", .length = 3, .kind = OVERLAY_GONE},
		{.path = "q", .length = 1, .bytes = 3},
		{.path = "q/r", .length = 3, .bytes = 3},
	};
	struct overlay_chain chain = { "/home/ana", "x" };
	struct buf db = {0};
	struct err err = {0};
	uint64_t seq;

	buf_printf(&db, "%s/data.db", folder);
	struct store *store = fixture_open_at(db.data, STORE_CREATE);

	cr_assert_eq(overlay_flush(store, &chain, 7, 2000, rows, sizeof(rows) / sizeof(*rows), &seq, &err), 0, "%s",
	             err.text);
	buf_free(&db);
	return store;
}

static uint32_t draw(uint64_t *seed, size_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*seed >> 33) % (below ? below : 1));
}

static void put_word(char *bytes, size_t at, uint32_t word)
{
	memcpy(bytes + at, &word, sizeof(word));
}

static uint32_t word_at(const char *bytes, size_t at)
{
	uint32_t word;

	memcpy(&word, bytes + at, sizeof(word));
	return word;
}

enum damage {
	BYTES,       /* some are others */
	WORDS,       /* all ones, or nothing */
	CUT,         /* short, or longer than it was */
	SEALED,      /* from here on with right checksums */
	COUNTS = SEALED, /* of the header; the size of the file is what it says */
	ANY_BYTES,
	NEAR,        /* a number becomes one that could stand there */
	SWAP,        /* two numbers change places */
	NAMES,       /* a byte of a name */
	KINDS,
};

/* `bad` has room for twice the length.  Returns the new length. */
static size_t damage(char *bad, size_t length, enum damage kind, uint64_t *seed)
{
	unsigned times = 1 + draw(seed, 4);
	size_t words = (length - HEADER) / 4, names = word_at(bad, 32);
	size_t after = length;

	if (kind == CUT || (kind == COUNTS && draw(seed, 2)))
		after = draw(seed, 8) ? draw(seed, length) : length + 1 + draw(seed, length / 2);
	if (after > length)
		memset(bad + length, (int)draw(seed, 3) - 1, after - length);
	for (unsigned k = 0; k < times; k++) {
		size_t at = HEADER + 4 * draw(seed, words), other = HEADER + 4 * draw(seed, words);
		uint32_t word = word_at(bad, at);

		if (kind == BYTES || kind == ANY_BYTES)
			bad[draw(seed, length)] = (char)draw(seed, 256);
		else if (kind == WORDS)
			put_word(bad, 4 * draw(seed, length / 4), draw(seed, 2) ? UINT32_MAX : 0);
		else if (
			kind ==
			/* file_bytes 16, count 24, names_bytes 32, root_bytes 40, options_bytes 44, odd_count 72 */
			COUNTS)
			put_word(bad, (size_t[]){24, 32, 36, 40, 44, 72}[draw(seed, 6)],
			         draw(seed, 3)   ? draw(seed, 40)
			         : draw(seed, 2) ? UINT32_MAX - draw(seed, 9)
			                         : 1u << draw(seed, 32));
		else if (kind == NEAR)
			put_word(bad, at, draw(seed, 2) ? word + 1 - 2 * draw(seed, 2) : draw(seed, 12));
		else if (kind == SWAP)
			put_word(bad, at, word_at(bad, other)), put_word(bad, other, word);
		else if (kind == NAMES)
			bad[length - 1 - draw(seed, names + 8)] = "/\0ab\xff"[draw(seed, 5)];
	}
	if (kind == COUNTS) {
		uint64_t size = after;

		memcpy(bad + 16, &size, sizeof(size));
	}
	if (kind >= SEALED && after >= HEADER)
		seal(bad, after);
	return after;
}

/* Everything that is done with an image: it must come to an end, within the file. */
static void use(struct store *store, const struct image *image, struct index_meta *meta, const struct image *other)
{
	struct diff_options whole = { .prefix_a = "", .prefix_b = "", .max_depth = -1, .store = store };
	struct image *merged = NULL;
	struct diff diff;
	struct sizes *sizes;
	struct err err = {0};
	uint64_t covers;

	for (uint32_t i = 0; i < image->count; i++) {
		struct buf text = {0};

		cr_assert_eq(image_relative(image, i, &text), 0);
		cr_assert_eq(image_lookup(image, text.data ? text.data : "", text.length), i);
		cr_assert(image_depth(image, i) < image->count && (int64_t)image_direct_bytes(image, i) >= 0);
		for (uint32_t c = image->child_first[i]; c < image->child_first[i + 1]; c++)
			cr_assert_eq(image_child(image, i, image_name(image, image->children[c]),
			                         image_name_length(image, image->children[c])),
			             image->children[c]);
		uint32_t below = 0;

		for (uint32_t c = i + 1; c < image->end[i]; c = image->end[c])
			below++;
		cr_assert_eq(below, image->child_first[i + 1] - image->child_first[i]);
		cr_assert_eq(image_child(image, i, "nobody", 6), IMAGE_NONE);
		buf_free(&text);
	}
	for (int turn = 0; turn < 2; turn++) {
		if (!diff_compute(turn ? image : other, turn ? other : image, &whole, &diff, &err))
			diff_clear(&diff);
	}
	int rc = overlay_merge(store, image, meta, &merged, &covers, &err);

	cr_assert(rc == 0 || err.text[0]);
	image_free(merged);
	rc = overlay_glance(store, image, meta, &merged, &err);
	cr_assert(rc == 0 || err.text[0]);
	image_free(merged);
	cr_assert_eq(sizes_open(store, &sizes, &err), 0, "%s", err.text);
	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct size_answer answer;

		cr_assert_eq(sizes_find(sizes, asked[i], &answer, &err), 0, "%s", err.text);
	}
	sizes_close(sizes);
}

/* ROUNDS (10000): how much damage; SEED (1). */
Test(index, damage_is_refused_or_harmless, .init = setup, .fini = teardown)
{
	const char *rounds = getenv("ROUNDS"), *seeds = getenv("SEED");
	uint64_t seed = seeds ? strtoull(seeds, NULL, 10) : 1;
	size_t refused[KINDS] = {0}, harmless[KINDS] = {0};
	struct store *store = open_store();
	struct image *good = sample(1);
	char *bytes;

	write_sample(1);
	size_t n = load(&bytes);
	char *bad = malloc(2 * n);

	fault_file_fence(true);
	for (unsigned long round = 0, last = rounds ? strtoul(rounds, NULL, 10) : 10000; round < last; round++) {
		enum damage kind = round % KINDS;
		struct image *image;
		struct index_meta meta;
		struct err err = {0};

		memcpy(bad, bytes, n);
		size_t length = damage(bad, n, kind, &seed);
		bool changed = length != n || memcmp(bad, bytes, n) != 0;

		save(bad, length);
		if (index_open(path.data, "/home/ana", &image, &meta, &err) == 0) {
			cr_assert(!changed || kind >= SEALED, "damage was not seen in round %lu", round);
			use(store, image, &meta, good);
			image_free(image);
			index_meta_clear(&meta);
			harmless[kind]++;
		} else {
			cr_assert(err.text[0]);
			refused[kind]++;
		}
	}
	fault_file_fence(false);
	for (int kind = 0; kind < KINDS; kind++) {
		cr_log_info("kind %d: %zu refused, %zu harmless", kind, refused[kind], harmless[kind]);
		cr_expect_gt(refused[kind], 0);
		cr_expect(kind < SEALED || kind == COUNTS || harmless[kind],
		          "kind %d does not reach what is behind the checksums", kind);
	}
	free(bad);
	free(bytes);
	image_free(good);
	store_close(store);
}

/* What another program, version or machine wrote is refused with the reason. */
Test(index, what_is_foreign_is_refused, .init = setup, .fini = teardown)
{
	const union { uint32_t word; char bytes[4]; } other = { .word = 0x04030201 };
	const struct {
		size_t at;
		const char *bytes;
		size_t length;
		const char *sentence;
	} foreign[] = {
		{ 12, other.bytes, 4, "another byte order" },
		{ 0, "DSKTRKMN", 8, "not an index" },
		{ 8, "\2\0\0\0", 4, "another version" },
		{ 8, "\3\0\0\0", 4, "another version" },
		{ 8, "\5\0\0\0", 4, "another version" },
		{ 24, "\0\0\0\0", 4, "cut short" },
		{ 24, "\377\377\377\377", 4, "cut short" },
	};
	char *bytes;

	write_sample(1);
	size_t n = load(&bytes);

	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		char *bad = malloc(n);
		struct image *image;
		struct index_meta meta;
		struct err err = {0};

		memcpy(bad, bytes, n);
		memcpy(bad + foreign[i].at, foreign[i].bytes, foreign[i].length);
		seal(bad, n);
		save(bad, n);
		cr_expect_eq(index_open(path.data, "/home/ana", &image, &meta, &err), -EINVAL);
		cr_expect(strstr(err.text, foreign[i].sentence), "%s", err.text);
		free(bad);
	}
	struct image *image;
	struct index_meta meta;
	struct err err = {0};

	save(bytes, n);
	cr_expect_eq(index_open(path.data, "/home/an", &image, &meta, &err), -EINVAL);
	cr_expect(strstr(err.text, "another folder"), "%s", err.text);
	cr_expect_eq(index_open(path.data, NULL, &image, &meta, &err), 0, "%s", err.text);
	image_free(image);
	index_meta_clear(&meta);
	/* No file at all, or none that could be one. */
	static const size_t sizes_of[] = { 0, 1, HEADER - 1, HEADER, HEADER + 8 };

	for (size_t i = 0; i < sizeof(sizes_of) / sizeof(*sizes_of); i++) {
		struct image *image;
		struct index_meta meta;
		struct err err = {0};

		save(bytes, sizes_of[i]);
		cr_expect_eq(index_open(path.data, "/home/ana", &image, &meta, &err), -EINVAL);
		cr_expect(err.text[0]);
	}
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
	cr_assert_eq(index_open(path.data, "/home/ana", &now, &read, &err), 0);
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

	buf_printf(&lock, "%s/data.db.index/x.lock", folder);
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

/* ---- a file that changes under its readers ---- */

#define MANY 700000u /* folders: more than is read into memory in any case */

static void write_large(const struct store *store)
{
	struct image_builder *builder = image_builder_create("/home/ana", MANY);
	struct index_meta meta = {.root = (char *)"/home/ana",
	                          .options = (char *)"x",
	                          .taken_at = 3000,
	                          .covers_seq = 8};
	struct err err = {0};
	char name[16];

	memcpy(meta.database, store_id(store), sizeof(meta.database));
	for (uint32_t i = 0; i < MANY; i++) {
		struct image_record record = {.path = name,
		                              .alloc_bytes = 4096,
		                              .fingerprint = {i + 1, i},
		                              .ino = i + 100};

		record.length = i ? (size_t)snprintf(name, sizeof(name), "%06x", i) : 0;
		cr_assert_eq(image_builder_add(builder, &record), 0);
	}
	struct image *image = image_builder_finish(builder);

	cr_assert(image);
	cr_assert_eq(index_write(path.data, image, &meta, &err), 0, "%s", err.text);
	image_free(image);
}

static uint64_t walk_all(const struct image *image)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < image->count; i++) {
		cr_assert_eq(image_child(image, IMAGE_ROOT, image_name(image, i ? i : 1),
		                         image_name_length(image, i ? i : 1)),
		             i ? i : 1);
		sum += image->alloc_bytes[i] + image->ino[i] + image->fingerprint[i][0] + image->items[i];
	}
	return sum;
}

/*
 * Mapped, cut short in its place: who has it open goes on, and knows; whoever asks for sizes is told that it is
 * damaged.
 */
Test(index, a_large_one_is_cut_short_under_its_readers, .init = setup, .fini = teardown)
{
	struct store *store = open_store();
	struct size_answer answer;
	struct sizes *sizes;
	struct image *image, *whole;
	struct index_meta meta, again;
	struct err err = {0};
	struct stat st;

	write_large(store);
	cr_assert_eq(stat(path.data, &st), 0);
	cr_assert_gt(st.st_size, 64 << 20);
	cr_assert_eq(index_map(store, "/home/ana", &image, &meta, &err), 0, "%s", err.text);
	cr_assert_eq(index_load(store, "/home/ana", &whole, &again, &err), 0, "%s", err.text);
	uint64_t before = walk_all(image);

	cr_assert_eq(walk_all(whole), before);
	cr_assert(!image_lost(image));
	cr_assert_eq(sizes_open(store, &sizes, &err), 0, "%s", err.text);
	cr_assert_eq(sizes_find(sizes, "/home/ana/0aaaaa", &answer, &err), 0, "%s", err.text);
	cr_expect(answer.known && answer.bytes == 4096);
	cr_expect_str_empty(sizes_refused(sizes));

	cr_assert_eq(truncate(path.data, 4096), 0);
	cr_expect_neq(walk_all(image), before);
	cr_expect(image_lost(image));
	cr_expect_eq(walk_all(whole), before, "what was read into memory stays");
	cr_expect(!image_lost(whole));
	cr_assert_eq(sizes_find(sizes, "/home/ana/0aaaaa", &answer, &err), 0, "%s", err.text);
	cr_expect(!answer.known, "a zero is no size");
	cr_expect(strstr(sizes_refused(sizes), "changed while it was read"), "%s", sizes_refused(sizes));
	sizes_close(sizes);
	image_free(image);
	image_free(whole);
	index_meta_clear(&meta);
	index_meta_clear(&again);
	store_close(store);
}

#define READS 336
#define READERS 4

static void *read_again_and_again(void *refused)
{
	for (int i = 0; i < READS / READERS; i++) {
		struct image *image;
		struct index_meta meta;

		if (index_open(path.data, "/home/ana", &image, &meta, NULL)) {
			atomic_fetch_add((atomic_int *)refused, 1);
			continue;
		}
		for (uint32_t k = 0; k < image->count; k++) {
			struct buf text = {0};

			if (image_relative(image, k, &text) ||
			    image_lookup(image, text.data ? text.data : "", text.length) != k)
				atomic_fetch_add((atomic_int *)refused, READS);
			buf_free(&text);
		}
		image_free(image);
		index_meta_clear(&meta);
	}
	return NULL;
}

/* Small enough to be read: written, cut and written again in its place while it is opened. */
Test(index, no_reader_dies_while_it_is_rewritten, .init = setup, .fini = teardown, .timeout = 300)
{
	pthread_t readers[READERS];
	atomic_int refused = 0;
	char *bytes;

	write_sample(1);
	size_t n = load(&bytes);

	for (int i = 0; i < READERS; i++)
		cr_assert_eq(pthread_create(&readers[i], NULL, read_again_and_again, &refused), 0);
	for (int i = 0; i < 2000; i++)
		save(bytes, i % 2 ? n : n / 2);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	cr_expect_leq(atomic_load(&refused), READS, "whoever did not refuse it found all of it");
	struct image *image;
	struct index_meta meta;

	cr_expect_eq(index_open(path.data, "/home/ana", &image, &meta, NULL), 0, "it is whole again");
	image_free(image);
	index_meta_clear(&meta);
	free(bytes);
}
