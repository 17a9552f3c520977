/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ncdu's binary format.  What is written is read twice: by the importer, and by a reader of this file that only knows
 * how ncdu lays items out, and holds every directory's sums against the tree.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/alloc.h"
#include "exports.h"
#include "spec.h"
#include "store/exchange/ncdu_export.h"
#include "store/snapshot/snapshot.h"
#include "store_fixture.h"

static struct buf binary_of(const struct tree *tree, bool extended, int depth, size_t block_bytes)
{
	struct ncdu_export_options options = {.extended = extended,
	                                      .depth = depth,
	                                      .timestamp = EXPORTS_STAMP,
	                                      .binary = true,
	                                      .level = 4,
	                                      .block_bytes = block_bytes};
	struct err err = {{0}};
	int fd = exports_file("", 0);

	cr_assert_eq(ncdu_export_tree(tree, &options, fd, &err), 0, "%s", err.text);
	struct buf out = exports_bytes(fd);

	close(fd);
	return out;
}

/* Both trees, as JSON with all there is. */
static void expect_same(const struct tree *a, const struct tree *b)
{
	struct buf first = exports_json(a, true, -1), second = exports_json(b, true, -1);

	cr_assert_eq(first.length, second.length, "%s\n%s", first.data, second.data);
	cr_assert_eq(memcmp(first.data, second.data, first.length), 0, "%s\n%s", first.data, second.data);
	buf_free(&first);
	buf_free(&second);
}

/* ---- round trips ---- */

static void expect_again(const struct tree *tree, bool extended, size_t block_bytes)
{
	struct buf bytes = binary_of(tree, extended, -1, block_bytes);
	struct import in;
	struct err err = {{0}};
	struct node a, b;

	cr_assert_eq(exports_import(bytes.data, bytes.length, &in, &err), 0, "%s", err.text);
	cr_expect_eq(in.timestamp, EXPORTS_STAMP);
	cr_expect_eq(strncmp(in.program, "disktracker ", 12), 0, "%s", in.program);
	if (extended) {
		expect_same(tree, in.tree);
	} else {
		struct buf first = exports_json(tree, false, -1), second = exports_json(in.tree, false, -1);

		cr_assert_str_eq(second.data, first.data);
		buf_free(&first);
		buf_free(&second);
	}
	tree_dir_node(tree, DIR_ROOT, &a);
	tree_dir_node(in.tree, DIR_ROOT, &b);
	cr_expect_eq(a.alloc_bytes, b.alloc_bytes);
	cr_expect_eq(a.apparent_bytes, b.apparent_bytes);
	cr_expect_eq(a.items, b.items);
	cr_expect_eq(a.files, b.files);
	cr_expect_eq(a.errors, b.errors);
	cr_expect_str_eq(tree_root_path(in.tree), tree_root_path(tree));
	struct buf again = binary_of(in.tree, extended, -1, block_bytes);

	cr_expect_eq(again.length, bytes.length);
	cr_expect_eq(memcmp(again.data, bytes.data, bytes.length), 0, "equal trees give equal bytes");
	buf_free(&again);
	buf_free(&bytes);
	tree_destroy(in.tree);
}

Test(ncdu_binary, one_of_everything_comes_back)
{
	for (int extended = 0; extended < 2; extended++) {
		struct tree *tree = exports_sample(extended);

		expect_again(tree, extended, 0);
		tree_destroy(tree);
	}
}

/* Blocks as small as can be: an item in each, hundreds of them. */
Test(ncdu_binary, random_trees_come_back)
{
	for (unsigned seed = 0; seed < 200; seed++) {
		struct tree *tree = exports_random(seed);

		expect_again(tree, true, seed % 3 == 0 ? 0 : seed % 3 == 1 ? 4096 : 600);
		tree_destroy(tree);
	}
}

Test(ncdu_binary, times_of_all_years)
{
	static const char text[] =
		"[1,2,{},[{\"name\":\"/r\",\"mtime\":0},{\"name\":\"a\",\"mtime\":-315619200},{\"name\":\"b\","
		"\"mtime\":9223372036854775807},{\"name\":\"c\",\"mtime\":-9223372036854775807},{\"name\":\"d\"}]]";
	struct import in;
	struct err err = {{0}};

	cr_assert_eq(exports_import(text, strlen(text), &in, &err), 0, "%s", err.text);
	expect_again(in.tree, true, 0);
	tree_destroy(in.tree);
}

static struct tree *deep(int depth)
{
	struct build_entry e = exports_entry("", NODE_DIR, 4096, 4096);
	struct build *build = build_create("/r", &e);

	e = exports_entry("d", NODE_DIR, 512, 1);
	for (int i = 1; i < depth; i++)
		cr_assert_eq(build_enter(build, &e), 0);
	return build_finish(build);
}

Test(ncdu_binary, depth)
{
	struct tree *tree = deep(100000);
	struct buf bytes;
	struct import in;
	struct err err = {{0}};

	expect_again(tree, false, 0);
	tree_destroy(tree);
	tree = deep(100001);
	bytes = binary_of(tree, false, -1, 0);
	cr_assert_eq(exports_import(bytes.data, bytes.length, &in, &err), -EINVAL);
	cr_expect(strstr(err.text, "nested over 100,000 levels deep (block "), "%s", err.text);
	buf_free(&bytes);
	tree_destroy(tree);
}

Test(ncdu_binary, a_limit_of_depth_keeps_the_sums)
{
	struct tree *tree = exports_sample(true);
	struct buf bytes = binary_of(tree, true, 1, 0), want = exports_json(tree, true, 1), got;
	struct import in;
	struct err err = {{0}};

	cr_assert_eq(exports_import(bytes.data, bytes.length, &in, &err), 0, "%s", err.text);
	got = exports_json(in.tree, true, -1);
	cr_expect_str_eq(got.data, want.data);
	tree_destroy(in.tree);
	tree_destroy(tree);
	buf_free(&bytes);
	buf_free(&got);
	buf_free(&want);
}

Test(ncdu_binary, a_snapshot_gives_the_same_bytes)
{
	struct fixture fixture;

	fixture_begin(&fixture);
	struct store *store = fixture_open(&fixture, STORE_CREATE);

	for (unsigned seed = 0; seed < 20; seed++) {
		struct tree *tree = seed ? exports_random(seed) : exports_sample(false);
		struct snapshot_meta meta = {.options = "", .source = "test", .started_at = 5, .finished_at = 5};
		struct ncdu_export_options options = {.depth = -1,
		                                      .timestamp = EXPORTS_STAMP,
		                                      .binary = true,
		                                      .extended = seed % 2,
		                                      .level = 4};
		struct err err = {{0}};
		struct image *image;
		int64_t id;
		int fd = exports_file("", 0);

		cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
		cr_assert_eq(snapshot_image(store, id, &image, &err), 0, "%s", err.text);
		cr_assert_eq(ncdu_export_snapshot(store, image, &options, fd, &err), 0, "%s", err.text);
		struct buf got = exports_bytes(fd), want = binary_of(tree, seed % 2, -1, 0);

		cr_assert_eq(got.length, want.length);
		cr_assert_eq(memcmp(got.data, want.data, want.length), 0);
		buf_free(&got);
		buf_free(&want);
		image_free(image);
		tree_destroy(tree);
		close(fd);
	}
	store_close(store);
	fixture_end(&fixture);
}

/* ---- the format, as ncdu reads it ---- */

struct seen_item {
	uint64_t ref, value[19];
	uint32_t has; /* a bit a key */
	int type;
	char name[300];
	size_t name_length;
};

struct seen {
	struct seen_item *items;
	size_t count;
	uint64_t root;
};

static uint64_t big(const char *at, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)at[i];
	return value;
}

static const char *head(const char *at, unsigned *major, uint64_t *argument)
{
	unsigned first = (unsigned char)*at++, low = first & 31;

	*major = first >> 5;
	*argument = low;
	cr_assert(low < 28 || low == 31);
	if (low >= 24 && low < 28) {
		*argument = big(at, 1 << (low - 24));
		at += 1 << (low - 24);
	}
	return at;
}

/* Items lie one behind the other: an open map each, keys as numbers, or as text. */
static const char *see_item(const char *at, uint64_t ref, struct seen_item *item)
{
	unsigned major;
	uint64_t argument;

	*item = (struct seen_item){.ref = ref};
	cr_assert_eq((unsigned char)*at++, 0xbf);
	while ((unsigned char)*at != 0xff) {
		uint64_t key;

		at = head(at, &major, &key);
		if (major == 3) {
			at += key;
			key = UINT64_MAX;
		} else {
			cr_assert_eq(major, 0);
			cr_assert_lt(key, 19);
			cr_assert(!(item->has & 1u << key), "key %" PRIu64 " twice", key);
			item->has |= 1u << key;
		}
		at = head(at, &major, &argument);
		if (major == 2 || major == 3) {
			if (key == 1) {
				cr_assert_eq(major, 2);
				memcpy(item->name, at, item->name_length = argument);
			}
			at += argument;
		} else if (key == 0) {
			item->type = major == 1 ? -1 - (int)argument : (int)argument;
		} else if (key == 2 || key == 12) {
			item->value[key] = major == 1 ? ref - 1 - argument : argument;
			cr_assert_eq(major == 1, item->value[key] >> 24 == ref >> 24);
		} else if (key != UINT64_MAX) {
			item->value[key] = argument;
		}
	}
	cr_assert(item->has & 1 && item->has & 2);
	return at + 1;
}

static struct seen see(const struct buf *bytes)
{
	struct seen seen = {0};
	uint64_t index = big(bytes->data + bytes->length - 4, 4) & 0xfffffff;
	const char *at = bytes->data + 8, *entry = bytes->data + bytes->length - index + 4;
	uint32_t number = 0;

	cr_assert_eq(memcmp(bytes->data, "\xbfncduEX1", 8), 0);
	for (; at < entry - 4; number++) {
		uint64_t length = big(at, 4);

		cr_assert_lt(length, 1 << 24, "a data block");
		cr_assert_eq(big(at + 4, 4), number);
		cr_assert_eq(big(at + length - 4, 4), length);
		cr_assert_eq(big(entry + number * 8, 8), (uint64_t)(at - bytes->data) << 24 | length);
		unsigned long long content = ZSTD_getFrameContentSize(at + 8, length - 12);

		cr_assert(content > 0 && content < 1 << 24);
		char *raw = malloc(content);

		cr_assert_eq(ZSTD_decompress(raw, content, at + 8, length - 12), content);
		for (const char *item = raw; item < raw + content;) {
			seen.items = realloc(seen.items, (seen.count + 1) * sizeof(*seen.items));
			item = see_item(item, (uint64_t)number << 24 | (uint64_t)(item - raw),
			                &seen.items[seen.count++]);
		}
		free(raw);
		at += length;
	}
	cr_assert_eq(big(at, 4), 1u << 28 | index);
	cr_assert_eq(index, 16 + 8 * number);
	seen.root = big(entry + number * 8, 8);
	return seen;
}

static const struct seen_item *seen_at(const struct seen *seen, uint64_t ref)
{
	size_t low = 0, high = seen->count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (seen->items[middle].ref <= ref)
			low = middle;
		else
			high = middle;
	}
	cr_assert_eq(seen->items[low].ref, ref, "a reference to an item");
	return &seen->items[low];
}

/* Every entry of the directory, and what ncdu shows of it. */
static void compare_dir(struct tree *tree, dir_id dir, const struct seen *seen, const struct seen_item *item)
{
	struct node node;
	uint64_t shared_alloc, shared_apparent, entries = 0;

	tree_dir_node(tree, dir, &node);
	cr_assert_eq(item->type, 0);
	cr_expect_eq(item->value[7], node.apparent_bytes, "cumasize");
	cr_expect_eq(item->value[8], node.alloc_bytes, "cumdsize");
	cr_assert(tree_shared(tree, dir, &shared_alloc, &shared_apparent));
	cr_expect_eq(item->value[9], shared_apparent, "shrasize: %" PRIu64 " %" PRIu64, item->value[9],
	             shared_apparent);
	cr_expect_eq(item->value[10], shared_alloc, "shrdsize");
	cr_expect_eq(item->value[11], node.items, "items");
	cr_expect_eq((item->has >> 6) & 1, node.errors > 0, "rderr");
	cr_expect_eq(item->value[6] == 21, (node.dir_flags & DIR_READ_ERROR) != 0);
	for (uint64_t ref = item->has >> 12 & 1 ? item->value[12] : UINT64_MAX; ref != UINT64_MAX; entries++) {
		const struct seen_item *entry = seen_at(seen, ref);
		int64_t row = tree_find(tree, dir, entry->name, entry->name_length);

		cr_assert_geq(row, 0, "%s", entry->name);
		tree_node(tree, tree_block(tree, dir), (uint32_t)row, &node);
		if (node.dir != DIR_NONE && entry->type >= 0)
			compare_dir(tree, node.dir, seen, entry);
		ref = entry->has >> 2 & 1 ? entry->value[2] : UINT64_MAX;
	}
	cr_expect_eq(entries, tree_block(tree, dir) ? tree_count(tree_block(tree, dir)) : 0);
}

/* Half of the inodes have no names but those that are there. */
static void find_all_names(struct spec *spec)
{
	for (int i = 0; i < spec->count; i++) {
		uint32_t names = 0;

		if (spec->nodes[i].nlink < 2 || spec->nodes[i].ino % 2)
			continue;
		for (int k = 0; k < spec->count; k++)
			names += spec->nodes[k].ino == spec->nodes[i].ino && spec->nodes[k].type != NODE_DIR;
		spec->nodes[i].nlink = names > 1 ? names : 2;
	}
}

Test(ncdu_binary, sums_are_those_of_the_tree)
{
	for (uint64_t seed = 1; seed < 60; seed++) {
		struct spec spec;

		spec_init(&spec, seed, 300, SPEC_LINKS | SPEC_ERRORS | SPEC_MOUNTS);
		find_all_names(&spec);
		struct tree *tree = spec_tree(&spec, seed);

		cr_assert_eq(tree_compute_shared(tree), 0);
		struct buf bytes = binary_of(tree, true, -1, seed % 2 ? 4096 : 0);
		struct seen seen = see(&bytes);

		compare_dir(tree, DIR_ROOT, &seen, seen_at(&seen, seen.root));
		cr_expect_eq(seen.root, seen.items[seen.count - 1].ref, "the root is the last");
		free(seen.items);
		buf_free(&bytes);
		tree_destroy(tree);
		spec_free(&spec);
	}
}

/* ---- files that this program would not write ---- */

static void put_big(struct buf *out, uint64_t value, int bytes)
{
	while (bytes-- > 0)
		buf_char(out, (char)(value >> 8 * bytes));
}

/* Blocks of a file under way, and where they are. */
struct made {
	struct buf file;
	uint64_t index[8];
	uint32_t count;
};

static void begin(struct made *made, uint32_t count)
{
	*made = (struct made){.count = count};
	buf_add(&made->file, "\xbfncduEX1", 8);
}

static void block(struct made *made, uint32_t number, const void *content, size_t n)
{
	struct buf packed = {0};

	exports_zstd(content, n, &packed);
	made->index[number] = (uint64_t)made->file.length << 24 | (packed.length + 12);
	put_big(&made->file, packed.length + 12, 4);
	put_big(&made->file, number, 4);
	buf_add(&made->file, packed.data, packed.length);
	put_big(&made->file, packed.length + 12, 4);
	buf_free(&packed);
}

static void end(struct made *made, uint64_t root)
{
	put_big(&made->file, 1u << 28 | (16 + 8 * made->count), 4);
	for (uint32_t i = 0; i < made->count; i++)
		put_big(&made->file, made->index[i], 8);
	put_big(&made->file, root, 8);
	put_big(&made->file, 1u << 28 | (16 + 8 * made->count), 4);
}

/* A file of one block whose root stands at that offset. */
static int read_block(const void *content, size_t n, uint64_t root, struct import *in, struct err *err)
{
	struct made made;

	begin(&made, 1);
	block(&made, 0, content, n);
	end(&made, root);
	int rc = exports_import(made.file.data, made.file.length, in, err);

	buf_free(&made.file);
	return rc;
}

#define ROOT(more) "\xbf\x00\x00\x01\x42/r" more "\xff"
#define BLOCK(text) text, sizeof(text) - 1

/*
 * As ncdu 2 may write it with two threads: blocks in any order, a number that was never used, references to other
 * blocks; and what a reader has to take: maps of a known length, names as text, keys in any order, keys, tags and
 * values that nobody knows.
 */
Test(ncdu_binary, blocks_in_any_order)
{
	static const char
		link[] = "\xbf\x00\x03\x01\x41"
			 "l\x0d\x07\x0e\x02\xff",
		/* a key with an array in an open array, a text key with an open string, a tag before the name */
		file[] = "\xa6\x18\x63\x9f\x82\x01\x02\x81\xa1\x01\x02\xff\x61x\x5f\x41\x61\xff\x03\x05\x01\xc1\x61"
			 "f\x00\x01\x04\x19\x02\x00",
		dir[] = "\xbf\x00\x00\x01\x41"
			"d\x05\x18\x2b\x06\xf5\x0c",
		root[] = "\xbf\x00\x00\x01\x44/srv\x03\x19\x10\x00\x04\x19\x10\x00\x05\x18\x2a"
			 "\x11\x19\x41\xed\x0f\x00\x10\x05\x12\x1a\x65\x53\xf1\x00\x0c";
	struct made made;
	struct import in;
	struct err err = {{0}};
	struct buf first = {0}, last = {0};

	/* Block 0: l, the one entry of d; f; d, behind f.  Block 2, which comes first: the root. */
	buf_add(&first, link, sizeof(link) - 1);
	size_t file_at = first.length;

	buf_add(&first, file, sizeof(file) - 1);
	size_t dir_at = first.length;

	buf_add(&first, dir, sizeof(dir) - 1);
	put_big(&first, 0x38, 1);
	put_big(&first, dir_at - 1, 1); /* relative: l */
	put_big(&first, 0x02, 1);
	put_big(&first, 0x18, 1);
	put_big(&first, file_at, 1); /* absolute: f */
	buf_char(&first, '\xff');
	buf_add(&last, root, sizeof(root) - 1);
	put_big(&last, 0x18, 1);
	put_big(&last, dir_at, 1);
	buf_char(&last, '\xff');
	begin(&made, 3);
	block(&made, 2, last.data, last.length);
	block(&made, 0, first.data, first.length);
	end(&made, (uint64_t)2 << 24);
	int rc = exports_import(made.file.data, made.file.length, &in, &err);

	buf_free(&first);
	buf_free(&last);
	cr_assert_eq(rc, 0, "%s", err.text);
	cr_expect_str_eq(in.program, "ncdu");
	cr_expect_str_eq(tree_root_path(in.tree), "/srv");
	struct buf got = exports_json(in.tree, true, -1);

	cr_expect(strstr(got.data, "[{\"name\":\"/srv\",\"asize\":4096,\"dsize\":4096,\"dev\":42,\"uid\":0,\"gid\":5,"
	                           "\"mode\":16877,\"mtime\":1700000000},\n"
	                           "[{\"name\":\"d\",\"dev\":43,\"mtime\":0,\"read_error\":true},\n"
	                           "{\"name\":\"l\",\"mtime\":0,\"ino\":7,\"hlnkc\":true,\"nlink\":2}],\n"
	                           "{\"name\":\"f\",\"asize\":5,\"dsize\":512,\"mtime\":0}]]\n"),
	          "%s", got.data);
	buf_free(&got);
	tree_destroy(in.tree);
	buf_free(&made.file);
}

static void expect_refused(const void *content, size_t n, uint64_t root, const char *sentence)
{
	struct import in;
	struct err err = {{0}};

	cr_expect_eq(read_block(content, n, root, &in, &err), -EINVAL, "%s: %s", sentence, err.text);
	cr_expect_null(in.tree);
	cr_expect(strstr(err.text, sentence) && !strncmp(err.text, "cannot import x.json: ", 22), "%s: %s", sentence,
	          err.text);
}

#define refused(text, root, sentence) expect_refused(text, sizeof(text) - 1, root, sentence)

Test(ncdu_binary, what_leads_in_circles_ends)
{
	/* A folder that is its own entry, an entry before itself, two of each other, one of two folders. */
	refused(ROOT("\x0c\x00"), 0, "an entry that is in two places (block 0, byte 0)");
	refused("\xbf\x00\x01\x01\x41" "a\x02\x00\xff" ROOT("\x0c\x00"), 9, "an entry that is in two places");
	refused("\xbf\x00\x01\x01\x41" "a\x02\x09\xff" "\xbf\x00\x01\x01\x41" "b\x02\x00\xff" ROOT("\x0c\x09"), 18,
	        "an entry that is in two places");
	refused("\xbf\x00\x01\x01\x41" "a\xff"
	        "\xbf\x00\x00\x01\x41" "b\x0c\x00\xff"
	        "\xbf\x00\x00\x01\x41" "c\x02\x07\x0c\x00\xff" ROOT("\x0c\x10"), 27,
	        "an entry that is in two places (block 0, byte 0)");
}

Test(ncdu_binary, bad_items_get_a_sentence)
{
	refused("\x00\x01\x02\x03", 0, "an entry that is no map");
	refused("\xbf\x01\x42/r\xff", 0, "an entry of no type");
	refused("\xbf\x00\x00\xff", 0, "an empty name");
	refused("\xbf\x00\x01\x01\x42/r\xff", 0, "its top entry is no folder");
	refused("\xbf\x00\x20\x01\x42/r\xff", 0, "its top entry is no folder");
	refused("\xbf\x00\x00\x01\x42/r", 0, "goes on behind its block");
	refused("\xbf\x00\x00\x01\x5a\xff\xff\xff\xff/r\xff", 0, "goes on behind its block");
	refused("\xbf\x00\x00\x01\x7f\x61/\xff\xff", 0, "a name that is no string");
	refused("\xbf\x00\x00\x01\x42/r\x03\x20\xff", 0, "a number that cannot be");
	refused("\xbf\x00\x00\x01\x42/r\x0c\x20\xff", 0, "a reference that leads nowhere");
	refused("\xbf\x00\x00\x01\x42/r\x0c\x19\x01\x00\xff", 0, "outside of its block");
	refused("\xbf\x00\x00\x01\x42/r\x0c\x1a\x01\x00\x00\x00\xff", 0, "a block that is not there");
	refused("\xbf\x00\x00\x01\x42/r\x18\x40\xff\xff", 0, "no CBOR");
	refused("\xbf\x00\x00\x01\x42/r\x1c\x00\xff", 0, "no CBOR");
	refused(ROOT(""), 1, "block 0, byte 1");
	refused(ROOT(""), 100, "outside of its block");
	refused(ROOT(""), (uint64_t)7 << 24, "a block that is not there");
	refused("\xbf\x00\x01\x01\x43" "a/b\xff" ROOT("\x0c\x00"), 9, "a name with a slash in it: \"a/b\"");
	refused("\xbf\x00\x01\x01\x42..\xff" ROOT("\x0c\x00"), 8, "a name that leads elsewhere: \"..\"");
	char nested[200] = "\xbf\x00\x00\x01\x42/r\x18\x40";

	memset(nested + 9, 0x81, 100);
	expect_refused(nested, 150, 0, "a value nested too deep");
}

static void expect_file_refused(const struct buf *file, const char *sentence)
{
	struct import in;
	struct err err = {{0}};

	cr_expect_eq(exports_import(file->data, file->length, &in, &err), -EINVAL, "%s", err.text);
	cr_expect(strstr(err.text, sentence), "%s: %s", sentence, err.text);
}

Test(ncdu_binary, bad_blocks_get_a_sentence)
{
	struct made made;

	begin(&made, 0);
	expect_file_refused(&made.file, "it ends in the middle");
	buf_free(&made.file);

	uint64_t indexes[][2] = {
		{(uint64_t)8 << 24 | 12, 0},         /* a length without content */
		{(uint64_t)1 << 63 | 30, 1},         /* beyond the file */
		{(uint64_t)9 << 24 | 30, 2},         /* not where a block begins */
		{(uint64_t)8 << 24 | 0xffffff, 1},
		{0, 3},
	};
	static const char *const sentences[] = {"a block without content", "outside of the file",
	                                        "not where the index says", "a block that is not there"};

	for (size_t i = 0; i < sizeof(indexes) / sizeof(*indexes); i++) {
		begin(&made, 1);
		block(&made, 0, BLOCK(ROOT("")));
		made.index[0] = indexes[i][0];
		end(&made, 0);
		expect_file_refused(&made.file, sentences[indexes[i][1]]);
		buf_free(&made.file);
	}
	/* A frame that does not say how large it is, or says what cannot be. */
	char *zeros = calloc(1, 1 << 24);

	begin(&made, 1);
	block(&made, 0, zeros, 1 << 24);
	end(&made, 0);
	expect_file_refused(&made.file, "a block of a size that cannot be");
	buf_free(&made.file);
	free(zeros);
	/* An index that says it is longer than the file. */
	begin(&made, 1);
	put_big(&made.file, 1u << 28 | 0xfffff8, 4);
	put_big(&made.file, 0, 8);
	put_big(&made.file, 1u << 28 | 0xfffff8, 4);
	expect_file_refused(&made.file, "there is no index at its end");
	buf_free(&made.file);
}

/* Each byte with one bit flipped, all flipped, and zero; every length: a tree or a sentence, never anything else. */
Test(ncdu_binary, damaged_files, .timeout = 600)
{
	struct tree *tree = exports_sample(true);
	struct buf good = binary_of(tree, true, -1, 600);
	unsigned accepted = 0, tried = 0;

	for (size_t at = 0; at < good.length; at++) {
		for (int how = 0; how < 10; how++) {
			char saved = good.data[at];
			struct import in;
			struct err err = {{0}};

			good.data[at] = (char)(how < 8 ? saved ^ 1 << how : how == 8 ? ~saved : 0);
			int rc = exports_import(good.data, good.length, &in, &err);

			good.data[at] = saved;
			tried++;
			if (!rc) {
				struct buf again = exports_json(in.tree, true, -1);

				accepted++;
				buf_free(&again);
				tree_destroy(in.tree);
			} else {
				cr_assert_eq(rc, -EINVAL, "%zu: %d %s", at, rc, err.text);
				cr_assert_eq(strncmp(err.text, "cannot import x.json: ", 22), 0, "%s", err.text);
				cr_assert_null(in.tree);
			}
		}
	}
	cr_expect(accepted < tried / 2, "%u of %u", accepted, tried);
	for (size_t n = 0; n < good.length; n++) {
		struct import in;
		struct err err = {{0}};

		cr_assert_eq(exports_import(good.data, n, &in, &err), -EINVAL, "%zu bytes", n);
	}
	buf_free(&good);
	tree_destroy(tree);
}

/* Damage that compression does not find: items changed, and packed again. */
Test(ncdu_binary, damaged_items, .timeout = 600)
{
	struct tree *tree = exports_sample(true);
	struct buf good = binary_of(tree, true, -1, 0);
	struct seen seen = see(&good);
	uint64_t length = big(good.data + 8, 4);
	size_t n = ZSTD_getFrameContentSize(good.data + 16, length - 12);
	char *content = malloc(n + 64), *changed = malloc(n + 64);
	unsigned seed = 7, accepted = 0;

	cr_assert_eq(ZSTD_decompress(content, n, good.data + 16, length - 12), n);
	for (int round = 0; round < 20000; round++) {
		struct import in;
		struct err err = {{0}};

		memcpy(changed, content, n);
		for (int changes = 1 + rand_r(&seed) % 3; changes > 0; changes--)
			changed[(size_t)rand_r(&seed) % n] = (char)(rand_r(&seed) % 4 ? rand_r(&seed) % 32
			                                                              : rand_r(&seed));
		int rc = read_block(changed, n, seen.root, &in, &err);

		if (!rc) {
			struct buf again = exports_json(in.tree, true, -1);

			accepted++;
			buf_free(&again);
			tree_destroy(in.tree);
		} else {
			cr_assert_eq(rc, -EINVAL, "%d: %s", rc, err.text);
			cr_assert_eq(strncmp(err.text, "cannot import x.json: ", 22), 0, "%s", err.text);
		}
	}
	cr_expect(accepted > 1000 && accepted < 19000, "%u accepted", accepted);
	free(content);
	free(changed);
	free(seen.items);
	buf_free(&good);
	tree_destroy(tree);
}

/* ---- where it comes from ---- */

struct feed {
	int fd;
	const struct buf *bytes;
};

static void *feed(void *context)
{
	const struct feed *feed = context;

	for (size_t at = 0; at < feed->bytes->length;) {
		ssize_t n = write(feed->fd, feed->bytes->data + at, feed->bytes->length - at < 1000
		                                                            ? feed->bytes->length - at
		                                                            : 1000);

		if (n <= 0)
			break;
		at += (size_t)n;
	}
	close(feed->fd);
	return NULL;
}

Test(ncdu_binary, from_a_pipe_packed_or_behind_something_else)
{
	struct tree *tree = exports_random(3);
	struct buf bytes = binary_of(tree, true, -1, 0), packed = {0}, behind = {0};
	struct import in;
	struct err err = {{0}};
	int ends[2];
	pthread_t thread;

	cr_assert_eq(pipe(ends), 0);
	struct feed context = {ends[1], &bytes};

	cr_assert_eq(pthread_create(&thread, NULL, feed, &context), 0);
	cr_assert_eq(import_read(ends[0], "pipe", NULL, NULL, NULL, &in, &err), 0, "%s", err.text);
	pthread_join(thread, NULL);
	close(ends[0]);
	expect_same(tree, in.tree);
	tree_destroy(in.tree);

	exports_gzip(bytes.data, bytes.length, &packed);
	cr_assert_eq(exports_import(packed.data, packed.length, &in, &err), 0, "%s", err.text);
	expect_same(tree, in.tree);
	tree_destroy(in.tree);
	cr_assert_eq(exports_import(packed.data, packed.length / 2, &in, &err), -EINVAL);
	cr_expect(strstr(err.text, "it ends in the middle"), "%s", err.text);

	buf_str(&behind, "before it");
	buf_add(&behind, bytes.data, bytes.length);
	int fd = exports_file(behind.data, behind.length);

	lseek(fd, 9, SEEK_SET);
	cr_assert_eq(import_read(fd, "x", NULL, NULL, NULL, &in, &err), 0, "%s", err.text);
	expect_same(tree, in.tree);
	tree_destroy(in.tree);
	close(fd);

	setenv("TMPDIR", "/nowhere", 1);
	cr_assert_eq(exports_import(packed.data, packed.length, &in, &err), -ENOENT);
	cr_expect(strstr(err.text, "/nowhere: No such file or directory (set TMPDIR"), "%s", err.text);
	buf_free(&bytes);
	buf_free(&packed);
	buf_free(&behind);
	tree_destroy(tree);
}

Test(ncdu_binary, out_of_memory)
{
	struct tree *tree = exports_sample(true);
	struct buf good = binary_of(tree, true, -1, 600);

	for (long n = 0;; n++) {
		struct err err = {{0}};
		struct import in;
		int fd = exports_file(good.data, good.length);

		alloc_fail_at(n, false);
		int rc = import_read(fd, "x", NULL, NULL, NULL, &in, &err);

		alloc_fail_at(-1, false);
		close(fd);
		if (!rc) {
			cr_expect_gt(n, 10);
			tree_destroy(in.tree);
			break;
		}
		cr_assert_eq(rc, -ENOMEM, "%ld: %d %s", n, rc, err.text);
		cr_assert(strstr(err.text, "memory"), "%ld: %s", n, err.text);
		cr_assert_null(in.tree);
	}
	for (long n = 0;; n++) {
		struct ncdu_export_options options = {.extended = true, .depth = -1, .binary = true, .level = 4};
		struct err err = {{0}};
		int fd = exports_file("", 0);

		alloc_fail_at(n, false);
		int rc = ncdu_export_tree(tree, &options, fd, &err);

		alloc_fail_at(-1, false);
		close(fd);
		if (!rc) {
			cr_expect_gt(n, 8);
			break;
		}
		cr_assert_eq(rc, -ENOMEM);
		cr_assert(strstr(err.text, "memory"), "%s", err.text);
	}
	buf_free(&good);
	tree_destroy(tree);
}

Test(ncdu_binary, a_full_disk_is_an_error)
{
	struct tree *tree = exports_sample(true);
	struct ncdu_export_options options = {.depth = -1, .binary = true, .level = 4};
	struct err err = {{0}};
	int full = open("/dev/full", O_WRONLY);

	cr_expect_eq(ncdu_export_tree(tree, &options, full, &err), -ENOSPC);
	cr_expect(strstr(err.text, "No space left"), "%s", err.text);
	close(full);
	tree_destroy(tree);
}
