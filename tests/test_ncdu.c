/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "engine/tree/build.h"
#include "engine/scan/scan.h"
#include "store/exchange/compress.h"
#include "store/exchange/import.h"
#include "store/exchange/ncdu_export.h"
#include "store/snapshot/snapshot.h"
#include "exports.h"
#include "store_fixture.h"

/* ---- helpers ---- */

static struct tree *import_text(const char *text)
{
	struct import in;
	struct err err = {{0}};
	int e = exports_import(text, strlen(text), &in, &err);

	cr_assert_eq(e, 0, "%s", err.text);
	return in.tree;
}

/* What follows the header's line. */
static const char *body(const struct buf *export)
{
	const char *line = strchr(export->data, '\n');

	cr_assert(line);
	return line + 1;
}

#define HEAD "[1,2,{\"progname\":\"t\",\"progver\":\"1\",\"timestamp\":5},\n"

/* Import `tree` (what follows the header), export, compare. */
static void expect_again(const char *tree, const char *want, bool extended)
{
	struct buf text = {0};

	buf_printf(&text, HEAD "%s]", tree);
	struct tree *imported = import_text(text.data);
	struct buf got = exports_json(imported, extended, -1);
	struct buf wanted = {0};

	buf_printf(&wanted, "%s]\n", want);
	cr_expect_str_eq(body(&got), wanted.data);
	tree_destroy(imported);
	buf_free(&text);
	buf_free(&got);
	buf_free(&wanted);
}

/* ---- export ---- */

Test(ncdu, export_is_written_as_ncdu_writes)
{
	struct tree *tree = exports_sample(false);
	struct buf got = exports_json(tree, false, -1);

	cr_expect_eq(strncmp(got.data, "[1,2,{\"progname\":\"disktracker\",\"progver\":\"", 42), 0, "%s", got.data);
	cr_expect(strstr(got.data, "\"timestamp\":1795348385},\n[{\"name\""), "%s", got.data);
	cr_expect_str_eq(body(&got),
		"[{\"name\":\"/srv/\\\"q\\\"\\u0001\",\"asize\":4096,\"dsize\":4096,\"dev\":65024},\n"
		"[{\"name\":\"a\",\"asize\":4096,\"dsize\":4096},\n"
		"{\"name\":\"\\n\\t\\r\\b\\f\\u001b\\u007f\\\"\\\\\xff\xc3\xa9\",\"asize\":3,\"notreg\":true},\n"
		"{\"name\":\"fifo\",\"notreg\":true},\n"
		"{\"name\":\"link\",\"asize\":10,\"dsize\":4096,\"ino\":77,\"hlnkc\":true,\"nlink\":3}],\n"
		"{\"name\":\"a-b\"},\n"
		"{\"name\":\"b\",\"asize\":5000,\"dsize\":8192},\n"
		"{\"name\":\"bad\",\"read_error\":true},\n"
		"[{\"name\":\"baddir\",\"read_error\":true}],\n"
		"[{\"name\":\"cache\",\"excluded\":\"pattern\"}],\n"
		"[{\"name\":\"locked\",\"asize\":4096,\"dsize\":4096,\"read_error\":true}],\n"
		"[{\"name\":\"mnt\",\"asize\":40,\"dev\":39},\n"
		"{\"name\":\"link\",\"asize\":10,\"dsize\":4096,\"ino\":77,\"hlnkc\":true,\"nlink\":2}],\n"
		"[{\"name\":\"nfs\",\"excluded\":\"otherfs\"}],\n"
		"[{\"name\":\"proc\",\"excluded\":\"kernfs\"}],\n"
		"[{\"name\":\"skip\",\"excluded\":\"pattern\"}],\n"
		"{\"name\":\"skip.o\",\"excluded\":\"pattern\"}]]\n");
	buf_free(&got);
	tree_destroy(tree);
}

Test(ncdu, extended_fields)
{
	struct tree *tree = exports_sample(true);
	struct buf got = exports_json(tree, true, 0);

	/* Depth 0: the totals stand for everything; inode 77 counts once on each file system. */
	struct node root;

	tree_dir_node(tree, DIR_ROOT, &root);
	cr_expect_eq(root.alloc_bytes, 4096 + 4096 + 8192 + 4096 + 4096 + 4096);
	cr_expect_str_eq(
		body(&got),
		"[{\"name\":\"/srv/\\\"q\\\"\\u0001\",\"asize\":17351,\"dsize\":28672,\"dev\":65024,\"uid\":0,"
		"\"gid\":5,\"mode\":16877,\"mtime\":1700000000}]]\n");
	buf_free(&got);
	got = exports_json(tree, true, 1);
	cr_expect(
		strstr(got.data,
	               "{\"name\":\"b\",\"asize\":5000,\"dsize\":8192,\"uid\":1000,\"gid\":1000,\"mode\":33188,"
	               "\"mtime\":1600000000},\n"),
		"%s", got.data);
	cr_expect(strstr(got.data, "[{\"name\":\"a\",\"asize\":4109,\"dsize\":8192,\"mtime\":0}],\n"), "%s", got.data);
	cr_expect(strstr(got.data, "[{\"name\":\"nfs\",\"excluded\":\"otherfs\"}],\n"), "%s", got.data);
	buf_free(&got);
	tree_destroy(tree);
}

Test(ncdu, an_import_exports_the_same_bytes)
{
	for (int extended = 0; extended < 2; extended++) {
		struct tree *tree = exports_sample(extended);
		struct buf first = exports_json(tree, extended, -1);
		struct import in;
		struct err err = {{0}};

		cr_assert_eq(exports_import(first.data, first.length, &in, &err), 0, "%s", err.text);
		cr_expect_eq(in.timestamp, EXPORTS_STAMP);
		cr_expect_eq(strncmp(in.program, "disktracker ", 12), 0, "%s", in.program);
		struct buf second = exports_json(in.tree, extended, -1);

		cr_expect_str_eq(second.data, first.data);
		struct node a, b;

		tree_dir_node(tree, DIR_ROOT, &a);
		tree_dir_node(in.tree, DIR_ROOT, &b);
		cr_expect_eq(a.alloc_bytes, b.alloc_bytes);
		cr_expect_eq(a.apparent_bytes, b.apparent_bytes);
		cr_expect_eq(a.items, b.items);
		cr_expect_eq(a.files, b.files);
		cr_expect_eq(a.errors, b.errors, "%u and %u", a.errors, b.errors);
		cr_expect_str_eq(tree_root_path(in.tree), tree_root_path(tree));
		buf_free(&first);
		buf_free(&second);
		tree_destroy(tree);
		tree_destroy(in.tree);
	}
}

/* ---- what other programs write ---- */

Test(ncdu, fields_in_any_order_and_unknown_ones)
{
	expect_again(
		"[{\"x\":[1,{\"y\":[]}],\"dsize\":512,\"name\":\"/r\",\"z\":null},{\"nlink\":2,\"hlnkc\":true,"
		"\"asize\":null,\"name\":\"f\",\"ino\":9,\"new\":{}}]",
		"[{\"name\":\"/r\",\"dsize\":512},\n{\"name\":\"f\",\"ino\":9,\"hlnkc\":true,\"nlink\":2}]", false);
	expect_again("[{\"name\":\"/r\"}],7,[8]", "[{\"name\":\"/r\"}]", false);
	/* The first ncdu wrote the inode of everything, links without their number, and othfs. */
	expect_again(
		"[{\"name\":\"/r\",\"ino\":2},{\"name\":\"f\",\"ino\":9,\"dsize\":512},{\"name\":\"g\",\"ino\":10,"
		"\"dsize\":512,\"hlnkc\":true},[{\"name\":\"o\",\"excluded\":\"othfs\"}]]",
		"[{\"name\":\"/r\"},\n{\"name\":\"f\",\"dsize\":512},\n{\"name\":\"g\",\"dsize\":512,\"ino\":10,"
		"\"hlnkc\":true,\"nlink\":2},\n[{\"name\":\"o\",\"excluded\":\"otherfs\"}]]",
		false);
	expect_again(
		"[{\"name\":\"/r\"},{\"name\":\"f\",\"mtime\":12.75},{\"name\":\"g\",\"mtime\":-5},{\"name\":\"h\","
		"\"mtime\":1e99}]",
		"[{\"name\":\"/r\",\"mtime\":0},\n{\"name\":\"f\",\"mtime\":12},\n{\"name\":\"g\",\"mtime\":-5},\n"
		"{\"name\":\"h\",\"mtime\":1}]",
		true);
	/*
	 * What is left out comes as an object or as an array of one, whatever it is; ncdu 1.18 gives it a device that
	 * is not its own.  What is mounted, and a firm link, is a folder; a word that nobody knows is a pattern.
	 */
	expect_again(
		"[{\"name\":\"/r\",\"dev\":7},{\"name\":\"a\",\"dev\":0,\"excluded\":\"pattern\"},[{\"name\":\"b\","
		"\"dev\":45,\"excluded\":\"othfs\"}],"
		"{\"name\":\"c\",\"excluded\":\"otherfs\"},{\"name\":\"d\",\"excluded\":\"kernfs\"},"
		"[{\"name\":\"e\",\"excluded\":\"kernfs\"}],"
		"{\"name\":\"f\",\"excluded\":\"frmlnk\"},[{\"name\":\"g\",\"excluded\":\"frmlnk\"}],"
		"{\"name\":\"h\",\"excluded\":\"later\"},"
		"[{\"name\":\"i\",\"excluded\":\"pattern\"}],{\"name\":\"j\",\"read_error\":true},[{\"name\":\"k\","
		"\"read_error\":true}],"
		"[{\"name\":\"l\",\"ino\":3,\"read_error\":true,\"dsize\":512},{\"name\":\"m\",\"ino\":4,"
		"\"nlink\":2}]]",
		"[{\"name\":\"/r\",\"dev\":7},\n{\"name\":\"a\",\"excluded\":\"pattern\"},\n[{\"name\":\"b\","
		"\"excluded\":\"otherfs\"}],\n"
		"[{\"name\":\"c\",\"excluded\":\"otherfs\"}],\n[{\"name\":\"d\",\"excluded\":\"kernfs\"}],\n"
		"[{\"name\":\"e\",\"excluded\":\"kernfs\"}],\n"
		"[{\"name\":\"f\",\"excluded\":\"pattern\"}],\n[{\"name\":\"g\",\"excluded\":\"pattern\"}],\n"
		"{\"name\":\"h\",\"excluded\":\"pattern\"},\n"
		"[{\"name\":\"i\",\"excluded\":\"pattern\"}],\n{\"name\":\"j\",\"read_error\":true},\n"
		"[{\"name\":\"k\",\"read_error\":true}],\n"
		"[{\"name\":\"l\",\"dsize\":512,\"read_error\":true},\n{\"name\":\"m\",\"ino\":4,\"hlnkc\":true,"
		"\"nlink\":2}]]",
		false);
	/* A root that is no absolute path. */
	expect_again("[{\"name\":\"data\"}]", "[{\"name\":\"/data\"}]", false);
	/* No second is lost, however far away. */
	static const char far[] =
		"[{\"name\":\"/r\",\"mtime\":9223372037},\n{\"name\":\"a\",\"mtime\":-315619200},\n{\"name\":\"b\","
		"\"mtime\":4294967296},\n"
		"[{\"name\":\"c\",\"mtime\":-9223372036854775807}],\n{\"name\":\"d\",\"mtime\":9223372036854775807}]";

	expect_again(far, far, true);
	expect_again("[{\"name\":\"//a///b/\"}]", "[{\"name\":\"/a/b\"}]", false);
	expect_again("[{\"name\":\"/\"},{\"name\":\"f\"}]", "[{\"name\":\"/\"},\n{\"name\":\"f\"}]", false);
}

/* As gdu 5.22 wrote it: no figures for folders, and only the second link says that it is one. */
static const char gdu[] =
	"[1,2,{\"progname\":\"gdu\",\"progver\":\"5.22.0-1+b1\",\"timestamp\":1795348385},\n"
	"[{\"name\":\"/tmp/t\",\"mtime\":1795348385},\n"
	"[{\"name\":\"a\",\"mtime\":1795348385},\n"
	"{\"name\":\"f\",\"asize\":3,\"dsize\":4096,\"mtime\":1795348385},\n"
	"{\"name\":\"l\",\"asize\":1,\"mtime\":1795348385,\"notreg\":true},\n"
	"{\"name\":\"new\\nline\\u001b\x7f\\ufffd\\\"\\\\\\t\\u0001\",\"asize\":1,\"dsize\":4096,"
	"\"mtime\":1795348385},\n"
	"[{\"name\":\"b\",\"mtime\":1795348385},\n"
	"{\"name\":\"g\",\"asize\":3,\"dsize\":4096,\"mtime\":1795348385,\"ino\":10953066,\"hlnkc\":true}]],\n"
	"[{\"name\":\"noread\",\"mtime\":1795348385}\n"
	"],\n"
	"{\"name\":\"empty\",\"mtime\":1795348385}]]";

Test(ncdu, gdu)
{
	struct import in;
	struct err err = {{0}};
	struct node root;

	cr_assert_eq(exports_import(gdu, strlen(gdu), &in, &err), 0, "%s", err.text);
	cr_expect_str_eq(in.program, "gdu 5.22.0-1+b1");
	cr_expect_eq(in.timestamp, 1795348385);
	tree_dir_node(in.tree, DIR_ROOT, &root);
	cr_expect_eq(root.alloc_bytes, 8192);
	cr_expect_eq(root.items, 8);
	cr_expect_eq(root.mtime_s, 1795348385);
	cr_expect_neq(tree_lookup(in.tree, "a/b", 3), DIR_NONE);
	tree_destroy(in.tree);
}

static void expect_gdu(const char *version, const char *tree, uint64_t alloc_bytes, uint64_t apparent_bytes)
{
	struct buf text = {0};
	struct import in;
	struct err err = {{0}};
	struct node root;

	buf_printf(&text, "[1,2,{\"progname\":\"gdu\",\"progver\":\"%s\",\"timestamp\":1795348385},%s]", version, tree);
	cr_assert_eq(exports_import(text.data, text.length, &in, &err), 0, "%s", err.text);
	tree_dir_node(in.tree, DIR_ROOT, &root);
	cr_expect_eq(root.alloc_bytes, alloc_bytes, "%s %s: %" PRIu64, version, tree, root.alloc_bytes);
	cr_expect_eq(root.apparent_bytes, apparent_bytes, "%s %s: %" PRIu64, version, tree, root.apparent_bytes);
	tree_destroy(in.tree);
	buf_free(&text);
}

Test(ncdu, gdu_marks_links_its_own_way)
{
	static const char two_of_one[] =
		"[{\"name\":\"/x\"},{\"name\":\"a\",\"asize\":5,\"dsize\":4096,\"ino\":7,\"hlnkc\":true},"
		"{\"name\":\"b\",\"asize\":5,\"dsize\":4096,\"ino\":7,\"hlnkc\":true}]";
	static const char later_one[] =
		"[{\"name\":\"/x\"},{\"name\":\"a\",\"asize\":5,\"dsize\":4096},{\"name\":\"b\",\"asize\":5,"
		"\"dsize\":4096,\"ino\":7,\"hlnkc\":true}]";

	expect_gdu("5.37.0", two_of_one, 4096, 5);
	expect_gdu("v5.36.0", two_of_one, 4096, 5);
	expect_gdu("development", two_of_one, 4096, 5);
	expect_gdu("5.35.0", later_one, 4096, 5);
	expect_gdu("4.9.1-2", later_one, 4096, 5);
}

Test(ncdu, gdu_writes_totals_of_folders)
{
	expect_gdu(
		"5.37.0",
		"[{\"name\":\"/x\",\"asize\":12,\"dsize\":12288,\"items\":4},{\"name\":\"f\",\"asize\":5,"
		"\"dsize\":4096},"
		"[{\"name\":\"d\",\"asize\":7,\"dsize\":8192,\"items\":2},{\"name\":\"g\",\"asize\":7,"
		"\"dsize\":8192}]]",
		12288, 12);
	/* --depth 1 leaves out what is in d, -s what is in all. */
	expect_gdu(
		"5.37.0",
		"[{\"name\":\"/x\",\"asize\":12,\"dsize\":12288,\"items\":4},{\"name\":\"f\",\"asize\":5,"
		"\"dsize\":4096},"
		"[{\"name\":\"d\",\"asize\":7,\"dsize\":8192,\"items\":2}]]",
		12288, 12);
	expect_gdu("5.37.0", "[{\"name\":\"/x\",\"asize\":12,\"dsize\":12288,\"items\":4}]", 12288, 12);
	expect_gdu("5.37.0", "[{\"name\":\"/x\",\"dsize\":8192},{\"name\":\"f\",\"dsize\":4096}]", 4096, 0);
}

/* ---- compressed ---- */

static struct tree *wide(unsigned files)
{
	struct build_entry e = exports_entry("", NODE_DIR, 4096, 4096);
	struct build *build = build_create("/r", &e);

	for (unsigned i = 0; i < files; i++) {
		char name[32];

		sprintf(name, "%x-%u", i * 2654435761u, i);
		e = exports_entry(name, NODE_REG, 512 * i, i);
		exports_add(build, &e);
	}
	return build_finish(build);
}

/* As `zstd --long=31` writes of a pipe: a window of 2 GiB, whatever comes. */
Test(ncdu, a_long_window)
{
	static const unsigned char frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, (31 - 10) << 3};
	size_t n = strlen(gdu);
	unsigned char block[3] = {(unsigned char)(n << 3 | 1), (unsigned char)(n >> 5), (unsigned char)(n >> 13)};
	struct buf packed = {0};
	struct import in;
	struct err err = {{0}};

	buf_add(&packed, frame, sizeof(frame));
	buf_add(&packed, block, sizeof(block));
	buf_add(&packed, gdu, n);
	cr_assert_eq(exports_import(packed.data, packed.length, &in, &err), 0, "%s", err.text);
	tree_destroy(in.tree);
	buf_free(&packed);
}

Test(ncdu, compressed)
{
	void (*const pack[])(const void *, size_t, struct buf *) = {exports_gzip, exports_zstd, exports_xz};
	size_t n = strlen(gdu);

	for (size_t i = 0; i < sizeof(pack) / sizeof(*pack); i++) {
		struct buf whole = {0}, halves = {0};
		struct import in;
		struct err err = {{0}};

		pack[i](gdu, n, &whole);
		cr_assert_eq(exports_import(whole.data, whole.length, &in, &err), 0, "%s", err.text);
		tree_destroy(in.tree);
		/* `cat a.gz b.gz` is one stream. */
		pack[i](gdu, n / 2, &halves);
		pack[i](gdu + n / 2, n - n / 2, &halves);
		cr_assert_eq(exports_import(halves.data, halves.length, &in, &err), 0, "%s", err.text);
		tree_destroy(in.tree);
		for (size_t cut = 5; cut < whole.length - 9; cut += 7) {
			cr_assert_eq(exports_import(whole.data, cut, &in, &err), -EINVAL);
			cr_assert(strstr(err.text, "ends in the middle"), "%zu: %s", cut, err.text);
			cr_assert_null(in.tree);
		}
		whole.data[whole.length / 2] ^= 0x55;
		whole.data[whole.length / 2 + 1] ^= 0x55;
		cr_assert_eq(exports_import(whole.data, whole.length, &in, &err), -EINVAL);
		cr_assert(*err.text);
		buf_free(&whole);
		buf_free(&halves);
	}
}

static int append(void *context, const void *bytes, size_t length)
{
	return buf_add(context, bytes, length);
}

static int refuse_all(void *context, const void *bytes, size_t length)
{
	(void)context, (void)bytes, (void)length;
	return -ENOSPC;
}

/* What is compressed here is read here, in pieces of any size, however large. */
Test(ncdu, compressed_by_this_program)
{
	static const int levels[] = {1, 4, 22};
	struct tree *tree = wide(20000);
	struct buf text = exports_json(tree, true, -1);

	for (enum compress_form form = COMPRESS_ZSTD; form <= COMPRESS_XZ; form++) {
		for (size_t i = 0; i < 3; i++) {
			struct buf packed = {0}, again;
			struct compress *compress = compress_create(form, levels[i], append, &packed);
			unsigned seed = (unsigned)i;
			struct import in;
			struct err err = {{0}};

			cr_assert(compress);
			for (size_t at = 0, n; at < text.length; at += n) {
				n = (size_t)rand_r(&seed) % 100000;
				n = n < text.length - at ? n : text.length - at;
				cr_assert_eq(compress_put(compress, text.data + at, n, false), 0);
			}
			cr_assert_eq(compress_put(compress, NULL, 0, true), 0);
			compress_destroy(compress);
			cr_expect_lt(packed.length, text.length / 2);
			cr_assert_eq(exports_import(packed.data, packed.length, &in, &err), 0, "%d: %s", (int)form,
			             err.text);
			again = exports_json(in.tree, true, -1);
			cr_assert_str_eq(again.data, text.data);
			buf_free(&again);
			buf_free(&packed);
			tree_destroy(in.tree);
		}
		struct compress *full = compress_create(form, 1, refuse_all, NULL);
		int rc = compress_put(full, text.data, text.length, false);

		cr_expect_eq(rc ? rc : compress_put(full, NULL, 0, true), -ENOSPC);
		compress_destroy(full);
		alloc_fail_at(0, false);
		cr_expect_null(compress_create(form, 1, append, NULL));
		alloc_fail_at(-1, false);
	}
	cr_expect_eq(compress_by_name("a.json.xz"), COMPRESS_XZ);
	cr_expect_eq(compress_by_name("/x.gz/a.zst"), COMPRESS_ZSTD);
	cr_expect_eq(compress_by_name("a.gz"), COMPRESS_GZIP);
	cr_expect_eq(compress_by_name(".gz"), COMPRESS_NONE);
	cr_expect_eq(compress_by_name("a.gz.json"), COMPRESS_NONE);
	buf_free(&text);
	tree_destroy(tree);
}

/* ---- bad input ---- */

static void expect_refused(const char *text, size_t n, const char *sentence)
{
	struct import in;
	struct err err = {{0}};
	int e = exports_import(text, n, &in, &err);

	cr_expect_eq(e, -EINVAL, "%s: %d", text, e);
	cr_expect_null(in.tree);
	cr_expect_str_eq(err.text, sentence);
}

#define refused(text, what, where) expect_refused(text, sizeof(text) - 1, "cannot import x.json: " what " (" where ")")
#define R "[1,2,{},[{\"name\":\"/r\"},"

Test(ncdu, bad_input_gets_one_sentence)
{
	refused("", "it is empty", "line 1, byte 1");
	expect_refused("hello", 5,
	               "cannot import x.json: it is no export of ncdu, gdu, du or QDirStat that is known here");
	refused("{\"a\":1}", "it is JSON, but no export of ncdu or gdu", "line 1, byte 2");
	refused("[\"a\"]", "it is JSON, but no export of ncdu or gdu", "line 1, byte 5");
	refused("[2,0,{},[{\"name\":\"/\"}]]", "it is of another major version of ncdu's format than 1",
	        "line 1, byte 3");
	refused("[1,2,{},{\"name\":\"/\"}]", "its top entry is no folder", "line 1, byte 10");
	refused("[1,2,{},[]]", "a folder that does not begin with an object about itself", "line 1, byte 11");
	refused("[1,2,{},[{\"asize\":1}]]", "an entry without a name", "line 1, byte 21");
	refused("[1,2,{},[{\"name\":\"/r\"},\n{\"name\":\"f\"", "it ends in the middle", "line 2, byte 12");
	refused("[1,2,{},[{\"name\":\"/r\"}]", "it ends in the middle", "line 1, byte 24");
	refused("[1,2,{},[{\"name\":\"/r\"}]] x", "something follows its end", "line 1, byte 26");
	refused(R "7]]", "an entry that is neither an object nor an array", "line 1, byte 25");
	refused(R "{\"name\":\"\"}]]", "an empty name", "line 1, byte 35");
	refused(R "{\"name\":\".\"}]]", "a name that leads elsewhere: \".\"", "line 1, byte 36");
	refused(R "{\"name\":\"..\"}]]", "a name that leads elsewhere: \"..\"", "line 1, byte 37");
	refused(R "[{\"name\":\"..\"}]]]", "a name that leads elsewhere: \"..\"", "line 1, byte 38");
	refused(R "{\"name\":\"a/b\"}]]", "a name with a slash in it: \"a/b\"", "line 1, byte 38");
	refused(R "{\"name\":\"a\\u0000b\"}]]", "a name with a NUL in it: \"a\\x00b\"", "line 1, byte 43");
	refused(R "{\"name\":\"f\",\"asize\":-1}]]", "asize is not a whole number of bytes", "line 1, byte 46");
	refused(R "{\"name\":\"f\",\"dsize\":1.5}]]", "dsize is not a whole number of bytes", "line 1, byte 47");
	refused(R "{\"name\":\"f\",\"dsize\":18446744073709551616}]]", "dsize is not a whole number of bytes",
	        "line 1, byte 64");
	refused(R "{\"name\":\"f\",\"dsize\":\"1\"}]]", "dsize is not a whole number of bytes", "line 1, byte 47");
	refused(R "{\"name\":\"f\",\"ino\":123456789012345678901234567890}]]", "ino is not an inode number",
	        "line 1, byte 72");
	refused(R "{\"name\":\"f\",\"notreg\":1}]]", "expected true or false", "line 1, byte 46");
	refused(R "{\"name\":7}]]", "expected a string", "line 1, byte 33");
	refused("[1,2,{},[{\"name\":\"/a/../b\"}]]", "a name that leads elsewhere: \"/a/../b\"", "line 1, byte 29");
	refused("[1,2,{},[{\"name\":\"\"}]]", "an empty name", "line 1, byte 22");
}

Test(ncdu, long_names)
{
	char text[700];
	struct import in;
	struct err err = {{0}};

	for (int n = 255; n <= 256; n++) {
		sprintf(text, R "{\"name\":\"%0*d\"}]]", n, 0);
		int e = exports_import(text, strlen(text), &in, &err);

		cr_expect_eq(e, n == 255 ? 0 : -EINVAL, "%s", err.text);
		tree_destroy(in.tree);
	}
}

Test(ncdu, read_errors_are_named)
{
	struct import in;
	struct err err = {{0}};
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	cr_expect_eq(import_read(fd, "folder", NULL, NULL, NULL, &in, &err), -EISDIR);
	cr_expect(strstr(err.text, "cannot import folder: "), "%s", err.text);
	close(fd);
}

static char *chain(size_t depth, size_t *length)
{
	struct buf text = {0};

	buf_str(&text, "[1,2,{},");
	for (size_t i = 0; i < depth; i++)
		buf_str(&text, i ? ",\n[{\"name\":\"d\"}" : "[{\"name\":\"/r\"}");
	for (size_t i = 0; i < depth; i++)
		buf_char(&text, ']');
	buf_str(&text, "]\n");
	*length = text.length;
	return text.data;
}

Test(ncdu, depth)
{
	static const size_t depths[] = {10001, 100000, 100001, 100003, 1000000};

	for (size_t i = 0; i < 5; i++) {
		size_t n;
		char *text = chain(depths[i], &n);
		struct import in;
		struct err err = {{0}};
		int e = exports_import(text, n, &in, &err);

		cr_expect_eq(e, depths[i] <= 100000 ? 0 : -EINVAL, "%zu: %s", depths[i], err.text);
		if (e) {
			cr_expect(strstr(err.text, "nested over 100,000 levels deep (line 10000"), "%s", err.text);
		} else {
			struct node root;

			tree_dir_node(in.tree, DIR_ROOT, &root);
			cr_expect_eq(root.items, depths[i] - 1);
			struct buf again = exports_json(in.tree, false, -1);

			cr_expect_str_eq(body(&again), text + 8);
			buf_free(&again);
			tree_destroy(in.tree);
		}
		free(text);
	}
}

Test(ncdu, random_trees_survive)
{
	for (unsigned round = 0; round < 300; round++) {
		struct tree *tree = exports_random(round);
		struct buf first = exports_json(tree, true, -1);
		struct import in;
		struct err err = {{0}};

		cr_assert_eq(exports_import(first.data, first.length, &in, &err), 0, "round %u: %s", round, err.text);
		struct buf second = exports_json(in.tree, true, -1);

		cr_assert_eq(first.length, second.length);
		cr_assert_eq(memcmp(first.data, second.data, first.length), 0);
		struct node a, b;

		tree_dir_node(tree, DIR_ROOT, &a);
		tree_dir_node(in.tree, DIR_ROOT, &b);
		cr_assert_eq(a.alloc_bytes, b.alloc_bytes);
		cr_assert_eq(a.apparent_bytes, b.apparent_bytes);
		buf_free(&first);
		buf_free(&second);
		tree_destroy(tree);
		tree_destroy(in.tree);
	}
}

/* Saved as a snapshot and exported from there: the same bytes. */
static void expect_stored(struct store *store, const struct tree *tree, int depth)
{
	static int64_t when = 1000;
	struct snapshot_meta meta = {.options = "", .source = "test", .started_at = when, .finished_at = when};
	struct err err = {{0}};
	struct image *image;
	int64_t id;

	when++;
	cr_assert_eq(snapshot_save(store, tree, &meta, NULL, &id, &err), 0, "%s", err.text);
	cr_assert_eq(snapshot_image(store, id, &image, &err), 0, "%s", err.text);
	for (int extended = 0; extended < 2; extended++) {
		struct ncdu_export_options options = {.extended = extended, .depth = depth, .timestamp = EXPORTS_STAMP};
		int fd = exports_file("", 0);

		cr_assert_eq(ncdu_export_snapshot(store, image, &options, fd, &err), 0, "%s", err.text);
		struct buf got = exports_bytes(fd), want = exports_json(tree, extended, depth);

		cr_assert_str_eq(got.data, want.data);
		buf_free(&got);
		buf_free(&want);
		close(fd);
	}
	image_free(image);
}

Test(ncdu, a_snapshot_exports_the_same_bytes)
{
	struct fixture fixture;

	fixture_begin(&fixture);
	struct store *store = fixture_open(&fixture, STORE_CREATE);
	struct tree *tree = exports_sample(false);

	for (int depth = -1; depth < 3; depth++)
		expect_stored(store, tree, depth);
	tree_destroy(tree);
	for (unsigned round = 0; round < 30; round++) {
		tree = exports_random(round);
		expect_stored(store, tree, -1);
		tree_destroy(tree);
	}
	store_close(store);
	fixture_end(&fixture);
}

/* Valid exports with a few bytes changed, dropped or doubled: a tree or a sentence, never anything else. */
Test(ncdu, mutations)
{
	struct tree *tree = exports_sample(true);
	struct buf good = exports_json(tree, true, -1);
	static const char spice[] = "[]{},:\"\\0-9.eu/\n\xff";
	unsigned seed = 11, accepted = 0;

	for (int round = 0; round < 20000; round++) {
		const char *from = round % 2 ? good.data : gdu;
		size_t n = round % 2 ? good.length : strlen(gdu);
		char *text = malloc(n + 64);

		memcpy(text, from, n);
		for (int changes = 1 + rand_r(&seed) % 3; changes > 0 && n > 4; changes--) {
			size_t at = (size_t)rand_r(&seed) % n, span = 1 + (size_t)rand_r(&seed) % 12;

			switch (rand_r(&seed) % 4) {
			case 0: text[at] = (char)rand_r(&seed); break;
			case 1: text[at] = spice[(size_t)rand_r(&seed) % (sizeof(spice) - 1)]; break;
			case 2: /* drop */
				if (at + span < n) {
					memmove(text + at, text + at + span, n - at - span);
					n -= span;
				}
				break;
			default: /* double */
				if (at + span < n) {
					memmove(text + at + span, text + at, n - at);
					n += span;
				}
			}
		}
		struct import in;
		struct err err = {{0}};
		int e = exports_import(text, n, &in, &err);

		if (e == 0) {
			struct buf again = exports_json(in.tree, true, -1);

			accepted++;
			buf_free(&again);
			tree_destroy(in.tree);
		} else {
			cr_assert_eq(e, -EINVAL, "%d: %s", e, err.text);
			cr_assert_eq(strncmp(err.text, "cannot import x.json: ", 22), 0, "%s", err.text);
			cr_assert_null(in.tree);
		}
		free(text);
	}
	cr_expect(accepted > 100 && accepted < 19000, "%u accepted", accepted);
	buf_free(&good);
	tree_destroy(tree);
}

/* Every allocation fails once: a sentence, nothing lost, nothing leaked. */
Test(ncdu, out_of_memory)
{
	struct tree *tree = exports_sample(true);
	struct buf good = exports_json(tree, true, -1), packed = {0};
	struct err err;
	int e;

	exports_gzip(good.data, good.length, &packed);
	for (long n = 0;; n++) {
		struct import in;
		int fd = exports_file(packed.data, packed.length);

		err.text[0] = '\0';
		alloc_fail_at(n, false);
		e = import_read(fd, "x", NULL, NULL, NULL, &in, &err);
		alloc_fail_at(-1, false);
		close(fd);
		if (e == 0) {
			cr_expect_gt(n, 10);
			tree_destroy(in.tree);
			break;
		}
		cr_assert_eq(e, -ENOMEM, "%ld: %d %s", n, e, err.text);
		cr_assert(strstr(err.text, "memory"), "%ld: %s", n, err.text);
		cr_assert_null(in.tree);
	}
	for (long n = 0;; n++) {
		struct ncdu_export_options options = {.extended = true, .depth = -1};
		int fd = exports_file("", 0);

		err.text[0] = '\0';
		alloc_fail_at(n, false);
		e = ncdu_export_tree(tree, &options, fd, &err);
		alloc_fail_at(-1, false);
		close(fd);
		if (e == 0) {
			cr_expect_gt(n, 3);
			break;
		}
		cr_assert_eq(e, -ENOMEM);
		cr_assert(strstr(err.text, "memory"), "%s", err.text);
	}
	buf_free(&good);
	buf_free(&packed);
	tree_destroy(tree);
}

/* ---- descriptors ---- */

static void *cancel_soon(void *flag)
{
	atomic_store((_Atomic bool *)flag, true);
	return NULL;
}

Test(ncdu, a_silent_pipe_can_be_cancelled)
{
	int pipe_fd[2];
	_Atomic bool cancel = false;
	pthread_t thread;
	struct import in;
	struct err err = {{0}};

	cr_assert_eq(pipe(pipe_fd), 0);
	cr_assert_eq(write(pipe_fd[1], "[1,2,{}", 7), 7);
	cr_assert_eq(pthread_create(&thread, NULL, cancel_soon, (void *)&cancel), 0);
	cr_expect_eq(import_read(pipe_fd[0], "-", NULL, &cancel, NULL, &in, &err), -ECANCELED);
	cr_expect_str_eq(err.text, "the import of - was cancelled");
	pthread_join(thread, NULL);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

Test(ncdu, a_closed_pipe_is_an_error)
{
	struct tree *tree = wide(20000);
	struct ncdu_export_options options = {.depth = -1};
	struct err err = {{0}};
	int pipe_fd[2];

	signal(SIGPIPE, SIG_IGN);
	cr_assert_eq(pipe(pipe_fd), 0);
	close(pipe_fd[0]);
	cr_expect_eq(ncdu_export_tree(tree, &options, pipe_fd[1], &err), -EPIPE);
	close(pipe_fd[1]);
	int full = open("/dev/full", O_WRONLY);

	cr_expect_eq(ncdu_export_tree(tree, &options, full, &err), -ENOSPC);
	cr_expect(strstr(err.text, "No space left"), "%s", err.text);
	close(full);
	tree_destroy(tree);
}

struct reader {
	int fd;
	struct buf got;
};

/* Takes a little at a time. */
static void *read_slowly(void *context)
{
	struct reader *reader = context;
	char chunk[777];
	ssize_t n;

	while ((n = read(reader->fd, chunk, sizeof(chunk))) > 0)
		buf_add(&reader->got, chunk, (size_t)n);
	return NULL;
}

Test(ncdu, short_writes)
{
	struct tree *tree = wide(20000);
	struct buf want = exports_json(tree, false, -1);
	struct ncdu_export_options options = {.depth = -1, .timestamp = EXPORTS_STAMP};
	struct err err = {{0}};
	int pipe_fd[2];
	pthread_t thread;
	struct reader reader = {0};

	cr_assert_eq(pipe(pipe_fd), 0);
	fcntl(pipe_fd[1], F_SETFL, O_NONBLOCK);
	reader.fd = pipe_fd[0];
	cr_assert_eq(pthread_create(&thread, NULL, read_slowly, &reader), 0);
	cr_expect_eq(ncdu_export_tree(tree, &options, pipe_fd[1], &err), 0, "%s", err.text);
	close(pipe_fd[1]);
	pthread_join(thread, NULL);
	close(pipe_fd[0]);
	cr_assert_eq(reader.got.length, want.length);
	cr_expect_eq(memcmp(reader.got.data, want.data, want.length), 0);
	buf_free(&reader.got);
	buf_free(&want);
	tree_destroy(tree);
}

Test(ncdu, siblings_are_in_byte_order)
{
	struct tree *tree = wide(20000);
	struct buf text = exports_json(tree, false, -1);
	char last[64] = "", name[64];
	const char *at = body(&text);
	int seen = 0;

	for (at = strchr(at, '\n') + 1; sscanf(at, "{\"name\":\"%63[^\"]", name) == 1; at++, seen++) {
		cr_assert_lt(strcmp(last, name), 0, "%s before %s", last, name);
		strcpy(last, name);
		at = strchr(at, '\n');
	}
	cr_expect_eq(seen, 20000);
	buf_free(&text);
	tree_destroy(tree);
}

/* ---- the installed ncdu ---- */

/* Run a shell command; its standard output. */
static struct buf run(const char *format, ...)
{
	char command[1024];
	va_list args;
	struct buf out = {0};
	char chunk[4096];
	size_t n;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	FILE *pipe = popen(command, "r");

	cr_assert(pipe);
	while ((n = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
		buf_add(&out, chunk, n);
	pclose(pipe);
	if (!out.data)
		buf_str(&out, "");
	return out;
}

static bool have_ncdu(void)
{
	struct buf version = run("ncdu -v 2>/dev/null");
	bool have = strncmp(version.data, "ncdu ", 5) == 0;

	buf_free(&version);
	if (!have)
		cr_skip_test("ncdu is not installed");
	return have;
}

/* Our export, read and written again by ncdu, says the same. */
Test(ncdu, ncdu_reads_ours)
{
	if (!have_ncdu())
		return;
	struct tree *tree = exports_sample(true);
	struct fixture fixture;
	char path[400];

	fixture_begin(&fixture);
	snprintf(path, sizeof(path), "%s/ours.json", fixture.folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	struct ncdu_export_options options = {.depth = -1, .timestamp = EXPORTS_STAMP, .extended = true};
	struct err err = {{0}};

	cr_assert_geq(fd, 0);
	cr_assert_eq(ncdu_export_tree(tree, &options, fd, &err), 0, "%s", err.text);
	close(fd);
	struct buf theirs = run("ncdu -0 -e -f %s -o - </dev/null", path);

	fixture_end(&fixture);
	struct tree *back = import_text(theirs.data);
	struct buf want = exports_json(tree, true, -1), got = exports_json(back, true, -1);

	/* What ncdu has no owner for, it gives uid 0, and excluded directories a time: compare without -e. */
	buf_free(&want);
	buf_free(&got);
	want = exports_json(tree, false, -1);
	got = exports_json(back, false, -1);
	cr_expect_str_eq(body(&got), body(&want));
	buf_free(&theirs);
	buf_free(&want);
	buf_free(&got);
	tree_destroy(back);
	tree_destroy(tree);
}

/* Excluded folders keep their brackets here and lose them there: without them both read alike. */
static void drop_brackets(struct buf *text)
{
	char *out = text->data;
	const char *end = text->data + text->length;

	for (const char *line = text->data; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((next ? next + 1 : end) - line);
		const char *leaf = memmem(line, n, "\"excluded\":\"pattern\"}]", 22);

		if (*line == '[' && leaf) {
			size_t head = (size_t)(leaf - line) + 21;

			memmove(out, line + 1, head - 1);
			memmove(out + head - 1, line + head + 1, n - head - 1);
			out += n - 2;
		} else {
			memmove(out, line, n);
			out += n;
		}
		line += n;
	}
	*out = '\0';
	text->length = (size_t)(out - text->data);
}

/* A real tree, listed by ncdu and by our scanner: the same entries, sizes, links, errors, exclusions. */
Test(ncdu, scan_and_ncdu_agree)
{
	if (!have_ncdu())
		return;
	struct fixture fixture;

	fixture_begin(&fixture);
	struct buf made = run(
		"cd %s && mkdir -p t/a/b/c t/wide t/skip/me t/cache t/empty && cd t && "
		"head -c 100000 /dev/zero > a/big && ln a/big a/b/big2 && ln a/big big3 && ln -s ../big3 a/l &&"
		" mkfifo a/p && truncate -s 5G a/sparse && "
		"printf x > \"$(printf 'a/new\\nline\\033\\177\\377\\042\\134\\t\\001')\" && "
		"for i in $(seq 500); do echo $i > wide/$((i * 7919 %% 1000)); done; touch skip/me/x y.o a/z.o && "
		"mkdir locked && touch locked/f && chmod 0 locked && printf done",
		fixture.folder);

	cr_assert_str_eq(made.data, "done");
	buf_free(&made);
	char path[400];

	snprintf(path, sizeof(path), "%s/t", fixture.folder);
	for (int excluding = 0; excluding < 2; excluding++) {
		struct exclude *exclude = exclude_create();
		struct err err = {{0}};

		if (excluding) {
			cr_assert_eq(exclude_add(exclude, "*.o", &err), 0);
			cr_assert_eq(exclude_add(exclude, "skip", &err), 0);
		}
		struct scan_options options = {.counting = {.exclude = excluding ? exclude : NULL},
		                               .wake_fd = -1,
		                               .extended = true};
		struct scan *scan = scan_start(path, &options, &err);

		cr_assert(scan, "%s", err.text);
		cr_assert(scan_wait(scan, (int64_t)60 * 1000000000));
		struct tree *tree = scan_take_tree(scan);

		cr_assert(tree);
		struct buf theirs = run("ncdu -0 -e %s -o - %s </dev/null",
		                        excluding ? "--exclude '*.o' --exclude skip" : "", path);
		struct tree *back = import_text(theirs.data);

		for (int extended = 0; extended < 2; extended++) {
			struct buf want = exports_json(back, extended, -1), got = exports_json(tree, extended, -1);

			drop_brackets(&want);
			drop_brackets(&got);
			cr_expect_str_eq(body(&got), body(&want));
			buf_free(&want);
			buf_free(&got);
		}
		buf_free(&theirs);
		tree_destroy(back);
		tree_destroy(tree);
		scan_destroy(scan);
		exclude_destroy(exclude);
	}
	struct buf cleaned = run("chmod -R u+rwx %s", path);

	buf_free(&cleaned);
	fixture_end(&fixture);
}
