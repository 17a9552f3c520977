/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listings of other programs that are text: du's output, QDirStat's cache. */
#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "exports.h"
#include "spec.h"
#include "store_fixture.h"

static struct tree *read_unit(const void *bytes, size_t n, uint64_t unit)
{
	struct import_options options = {.du_unit = unit};
	struct err err = {{0}};
	struct import in;
	int fd = exports_file(bytes, n);

	cr_assert_eq(import_read(fd, "x", &options, NULL, NULL, &in, &err), 0, "%s", err.text);
	close(fd);
	return in.tree;
}

static struct tree *read_text(const char *text)
{
	return read_unit(text, strlen(text), 1);
}

static void expect_refused(const char *text, size_t n, const char *sentence)
{
	struct err err = {{0}};
	struct import in;

	cr_expect_eq(exports_import(text, n, &in, &err), -EINVAL, "%s: %s", sentence, err.text);
	cr_expect(strstr(err.text, sentence), "%s: %s", sentence, err.text);
	cr_expect_null(in.tree);
}

#define refused(text, sentence) expect_refused(text, sizeof(text) - 1, sentence)

/* The tree as its lines of JSON, without the head. */
static void expect_tree(struct tree *tree, const char *want)
{
	struct buf got = exports_json(tree, false, -1);

	cr_expect_str_eq(strchr(got.data, '\n') + 1, want);
	buf_free(&got);
	tree_destroy(tree);
}

static uint64_t bytes_at(const struct tree *tree, const char *path)
{
	struct node node;
	const char *root = tree_root_path(tree), *slash = strrchr(path, '/');
	size_t skip = strlen(root) > 1 ? strlen(root) : 0;
	dir_id dir;

	cr_assert_eq(strncmp(path, root, strlen(root)), 0, "%s below %s", path, root);
	path += skip;
	path += *path == '/';
	dir = tree_lookup(tree, path, strlen(path));
	if (dir != DIR_NONE) {
		tree_dir_node(tree, dir, &node);
		return node.alloc_bytes;
	}
	dir = tree_lookup(tree, path, slash > path ? (size_t)(slash - path) : 0);
	cr_assert_neq(dir, DIR_NONE, "%s", path);
	slash = strrchr(path, '/');
	int64_t row = tree_find(tree, dir, slash ? slash + 1 : path, strlen(slash ? slash + 1 : path));

	cr_assert_geq(row, 0, "%s", path);
	tree_node(tree, tree_block(tree, dir), (uint32_t)row, &node);
	return node.alloc_bytes;
}

/* ---- du ---- */

Test(du, folders_are_what_is_left)
{
	/* -a: on a file system whose folders take 4096; an empty file says that files are listed */
	expect_tree(read_text("0\t/x/d/empty\n5000\t/x/d/f\n9096\t/x/d\n4096\t/x/e\n17288\t/x\n"),
	            "[{\"name\":\"/x\",\"asize\":4096,\"dsize\":4096},\n"
	            "[{\"name\":\"d\",\"asize\":4096,\"dsize\":4096},\n"
	            "{\"name\":\"empty\"},\n{\"name\":\"f\",\"asize\":5000,\"dsize\":5000}],\n"
	            "{\"name\":\"e\",\"asize\":4096,\"dsize\":4096}]]\n");
	/* without -a: all are folders */
	expect_tree(
		read_text("9096\t/x/d\n8192\t/x/e\n123456\t/x\n"),
		"[{\"name\":\"/x\",\"asize\":106168,\"dsize\":106168},\n"
		"[{\"name\":\"d\",\"asize\":9096,\"dsize\":9096}],\n[{\"name\":\"e\",\"asize\":8192,"
		"\"dsize\":8192}]]]\n");
	/* folders of pictures, with nothing beside them */
	expect_tree(read_text("80960\t/x/2024\n81920\t/x/2025\n166976\t/x\n"),
	            "[{\"name\":\"/x\",\"asize\":4096,\"dsize\":4096},\n"
	            "[{\"name\":\"2024\",\"asize\":80960,\"dsize\":80960}],\n"
	            "[{\"name\":\"2025\",\"asize\":81920,\"dsize\":81920}]]]\n");
	/* and large files with names like files */
	expect_tree(read_text("80960\t/x/a.iso\n81920\t/x/b.tar.gz\n166976\t/x\n"),
	            "[{\"name\":\"/x\",\"asize\":4096,\"dsize\":4096},\n"
	            "{\"name\":\"a.iso\",\"asize\":80960,\"dsize\":80960},\n"
	            "{\"name\":\"b.tar.gz\",\"asize\":81920,\"dsize\":81920}]]\n");
	expect_tree(read_text("4096\t/x\n"), "[{\"name\":\"/x\",\"asize\":4096,\"dsize\":4096}]]\n");
}

Test(du, every_way_to_print)
{
	static const char want[] =
		"[{\"name\":\"/x\",\"asize\":4096,\"dsize\":4096},\n"
		"[{\"name\":\"d\",\"asize\":4096,\"dsize\":4096},\n{\"name\":\"f\",\"asize\":1024,\"dsize\":1024}]]]\n";
	static const char nul[] = "1\t/x/d/f\0" "5\t/x/d\0" "9\t/x";

	expect_tree(read_unit("1\t/x/d/f\n5\t/x/d\n9\t/x\n", 21, 0), want);
	expect_tree(read_unit("2\t/x/d/f\n10\t/x/d\n18\t/x\n", 23, 512), want);
	expect_tree(read_unit(nul, sizeof(nul), 0), want);
	expect_tree(read_text("9216\t/x//\n1024\t//x/d/./f\n5120\t/x/d/\n"), want);
	expect_tree(
		read_text("1024\t2025-11-30 10:00\t/x/d/f\n5120\t2025-11-30 10:01\t/x/d\n9216\t2025-11-30 10:02\t/x\n"),
		want);
	/* a tab in a name, where there are no times */
	expect_tree(read_text("0\t/x/2025-11-30\tf\n4096\t/x\n"),
	            "[{\"name\":\"/x\",\"asize\":4096,\"dsize\":4096},\n{\"name\":\"2025-11-30\\tf\"}]]\n");
	/* a line feed */
	static const char feed[] = "0\t/x/a\nb\0" "4096\t/x";

	expect_tree(read_unit(feed, sizeof(feed), 1),
	            "[{\"name\":\"/x\",\"asize\":4096,\"dsize\":4096},\n{\"name\":\"a\\nb\"}]]\n");
	/* -t leaves folders out, several arguments have none in common, -c adds a sum */
	expect_tree(
		read_text("5\t/x/a/b/f\n7\t/x/c\n12\ttotal\n"),
		"[{\"name\":\"/x\"},\n[{\"name\":\"a\"},\n[{\"name\":\"b\"},\n[{\"name\":\"f\",\"asize\":5,"
		"\"dsize\":5}]]],\n"
		"[{\"name\":\"c\",\"asize\":7,\"dsize\":7}]]]\n");
	/* rounded up, each by itself */
	expect_tree(
		read_unit("1\t/x/a.c\n1\t/x/b.c\n1\t/x\n", 23, 1024),
		"[{\"name\":\"/x\"},\n{\"name\":\"a.c\",\"asize\":1024,\"dsize\":1024},\n{\"name\":\"b.c\","
		"\"asize\":1024,\"dsize\":1024}]]\n");
	/* the whole disk */
	expect_tree(read_text("0\t/a\n4096\t/\n"),
	            "[{\"name\":\"/\",\"asize\":4096,\"dsize\":4096},\n{\"name\":\"a\"}]]\n");
}

Test(du, relative_paths_are_of_the_folder_one_is_in)
{
	char here[4096];
	struct tree *tree;

	cr_assert_not_null(getcwd(here, sizeof(here)));
	tree = read_text("0\t./a\n4096\t.\n");
	cr_expect_str_eq(tree_root_path(tree), here);
	tree_destroy(tree);
	tree = read_text("0\t../a\n4096\t..\n");
	*strrchr(here, '/') = '\0';
	cr_expect_str_eq(tree_root_path(tree), *here ? here : "/");
	tree_destroy(tree);
}

Test(du, times_are_those_of_the_column)
{
	struct tree *tree = read_text(
		"0\t2025-11-30 10:00:01.5 +0100\t/x/f\n4096\t2025-11-30 09:00:01.123 +0000\t/x\n");
	struct node node;

	tree_dir_node(tree, DIR_ROOT, &node);
	cr_expect_eq(node.mtime_s, 1764493201);
	tree_node(tree, tree_block(tree, DIR_ROOT), 0, &node);
	cr_expect_eq(node.mtime_s, 1764493201);
	tree_destroy(tree);
	tree = read_text("7\t1764493201\t/x\n");
	tree_dir_node(tree, DIR_ROOT, &node);
	cr_expect_eq(node.mtime_s, 1764493201);
	tree_destroy(tree);
}

Test(du, what_is_none_is_refused)
{
	refused("4\t/x\nhello\n", "a line that is no size and path (names with a line feed need du -0) (line 2)");
	refused("4\t/x/a\n8\t/x", "it ends in the middle (line 2)");
	refused("4.0K\t/x/a\n", "its sizes are rounded");
	refused("4\t/x/a\n4K\t/x\n", "its sizes are rounded");
	refused("4\t/x/a\n4\ta\n", "absolute paths and relative ones");
	refused("4\t/x/a\n4\t/x/a\n", "a path that is listed twice: \"x/a\" (line 2)");
	refused("400\t/x/a\n4\t/x\n", "a folder that is smaller than what is in it: \"x\" (line 2)");
	refused("99999999999999999999\t/x\n", "a size that cannot be");
	refused("18014398509481984\t/x\n", "a size that cannot be");
	refused("4\t/x/../y\n4\t/x/z\n12\t/x\n", "a name that leads elsewhere");
	refused("4\t2025-11-30 10:00\t/x/a\n4\t/x\n", "a line without a time");
	refused("-4\t/x\n", "it is no export");
	refused("4 /x\n", "it is no export");
}

/* What a folder prints comes back as what it holds, in any order of the lines. */
Test(du, random_trees)
{
	for (uint64_t seed = 1; seed < 40; seed++) {
		struct spec spec;
		struct buf lines[400], text = {0};
		int count = 0;

		spec_init(&spec, seed, 200, 0);
		for (int i = spec.count - 1; i >= 0; i--) {
			struct spec_sums sums;
			struct buf line = {0};

			if (!spec_there(&spec, i) || count == 400)
				continue;
			if (spec_is_dir(&spec, i))
				spec_sums(&spec, i, &sums);
			else
				sums.alloc_bytes = spec.nodes[i].alloc_bytes;
			buf_printf(&line, "%" PRIu64 "\t/r%s%s\n", sums.alloc_bytes, i ? "/" : "", spec_path(&spec, i));
			lines[count++] = line;
		}
		for (int left = count; left > 0; left--) {
			int pick = seed % 2 ? 0 : (int)spec_random(&spec, (uint64_t)left);

			buf_add(&text, lines[pick].data, lines[pick].length);
			buf_free(&lines[pick]);
			memmove(&lines[pick], &lines[pick + 1], (size_t)(left - 1 - pick) * sizeof(*lines));
		}
		struct tree *tree = read_text(text.data);
		struct node root;

		for (int i = 0; i < spec.count; i++) {
			struct spec_sums sums;
			struct node node;

			if (!spec_there(&spec, i) || !spec_is_dir(&spec, i))
				continue;
			spec_sums(&spec, i, &sums);
			const char *path = spec_path(&spec, i);
			dir_id dir = tree_lookup(tree, path, strlen(path));

			if (dir == DIR_NONE) {
				cr_assert_eq(sums.child_count, 0, "%s", path);
				continue;
			}
			tree_dir_node(tree, dir, &node);
			cr_assert_eq(node.alloc_bytes, sums.alloc_bytes, "seed %" PRIu64 ": %s", seed, path);
			cr_assert_eq(node.items, sums.items);
		}
		tree_dir_node(tree, DIR_ROOT, &root);
		cr_assert_eq(root.items, (uint64_t)count - 1);
		buf_free(&text);
		tree_destroy(tree);
		spec_free(&spec);
	}
}

static struct buf run(const char *format, ...)
{
	char command[2048], chunk[4096];
	struct buf out = {0};
	va_list args;
	size_t n;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	FILE *pipe = popen(command, "r");

	cr_assert(pipe);
	while ((n = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
		buf_add(&out, chunk, n);
	pclose(pipe);
	buf_add(&out, "", 0);
	return out;
}

/* The installed du, in every way: each folder and file is as large as du says. */
Test(du, the_installed_one)
{
	static const char *const ways[] = {
		"-a",  "",      "-a -0", "-0",       "-ab",  "-b", "-a --time", "--time=atime --time-style=full-iso",
		"-al", "-S -a", "-d 1",  "-a -B512", "-a -c"};
	static const uint64_t units[] = {1024, 1024, 1024, 1024, 1, 1, 1024, 1024, 1024, 0, 1024, 512, 1024};
	struct fixture fixture;
	char path[400];

	fixture_begin(&fixture);
	snprintf(path, sizeof(path), "%s/t", fixture.folder);
	struct buf made = run(
		"mkdir -p %s/a/b/c %s/e && cd %s && head -c 100000 /dev/zero > a/big && ln a/big a/b/link && ln "
		"a/big z &&"
		" truncate -s 5G a/sparse && ln -s q a/l && touch e/0 && echo hi > a/b/c/hi && for i in $(seq 300);"
		" do echo $i > a/b/f$i; done && printf done",
		path, path, path);

	cr_assert_str_eq(made.data, "done");
	buf_free(&made);
	for (size_t way = 0; way < sizeof(ways) / sizeof(*ways); way++) {
		if (!units[way]) /* sizes that do not hold what is below: not what du means by default */
			continue;
		struct buf text = run("du %s %s", ways[way], path);
		bool zero = strstr(ways[way], "-0");
		struct tree *tree = read_unit(text.data, text.length, units[way]);
		unsigned lines = 0;

		for (const char *line = text.data; line < text.data + text.length; lines++) {
			const char *end = memchr(line, zero ? 0 : '\n', (size_t)(text.data + text.length - line));
			char one[1000];

			snprintf(one, sizeof(one), "%.*s", (int)(end - line), line);
			line = end + 1;
			if (strcmp(strrchr(one, '\t') + 1, "total") == 0)
				continue;
			cr_assert_eq(bytes_at(tree, strrchr(one, '\t') + 1), strtoull(one, NULL, 10) * units[way],
			             "%s: %s", ways[way], one);
		}
		cr_expect_geq(lines, 3);
		struct node root;

		tree_dir_node(tree, DIR_ROOT, &root);
		/* of -d 1 nobody can tell here: a folder is as large as an empty one */
		cr_expect(strstr(ways[way], "-d") || (root.files > 0) == (strstr(ways[way], "-a") != NULL),
		          "%s: %" PRIu64 " files", ways[way], root.files);
		tree_destroy(tree);
		buf_free(&text);
	}
	fixture_end(&fixture);
}

/* ---- QDirStat ---- */

static const char cache_1[] =
	"[qdirstat 1.0 cache file]\n"
	"# Generated by qdirstat-cache-writer\n\n"
	"D /srv\t4096\t0x43aea3d3\n"
	"# Device: /dev/sda\n\n"
	"F\tplain.txt\t19288\t0x43ae9a3b\n"
	"F\twith%20blank%25%0a\t1K\t1135510072\n"
	"F\tsparse\t5G\t0x43ae9a3b\tblocks: 16\n"
	"F\tlinked\t8192\t0x43ae9a3b\tlinks: 2\n"
	"D /srv/a\t4K\t0x43aea3d3\n"
	"F\tlinked-too\t8192\t0x43ae9a3b\tlinks: 2\n"
	"L\tlink\t7\t0x43ae9a3b\n"
	"FIFO\tpipe\t0\t0x43ae9a3b\n"
	"D /srv/a/deep\t4096\t0x43aea3d3\n"
	"F /srv/a/deep/long\t10\t0x43ae9a3b\n"
	"D /srv/a-b\t4096\t0x43aea3d3\n"
	"BlockDev\tdev\t0\t0x43ae9a3b\n"
	"\n# Elapsed time: 0:00:00\n";

Test(qdirstat, version_1)
{
	struct import in;
	struct err err = {{0}};
	struct buf got;

	cr_assert_eq(exports_import(cache_1, strlen(cache_1), &in, &err), 0, "%s", err.text);
	cr_expect_str_eq(in.program, "qdirstat");
	got = exports_json(in.tree, true, -1);
	cr_expect_str_eq(strchr(got.data, '\n') + 1,
	                 "[{\"name\":\"/srv\",\"asize\":4096,\"dsize\":4096,\"mtime\":1135518675},\n"
	                 "[{\"name\":\"a\",\"asize\":4096,\"dsize\":4096,\"mtime\":1135518675},\n"
	                 "[{\"name\":\"deep\",\"asize\":4096,\"dsize\":4096,\"mtime\":1135518675},\n"
	                 "{\"name\":\"long\",\"asize\":10,\"dsize\":10,\"mtime\":1135516219}],\n"
	                 "{\"name\":\"link\",\"asize\":7,\"dsize\":7,\"mtime\":1135516219,\"notreg\":true},\n"
	                 "{\"name\":\"linked-too\",\"asize\":4096,\"dsize\":4096,\"mtime\":1135516219},\n"
	                 "{\"name\":\"pipe\",\"mtime\":1135516219,\"notreg\":true}],\n"
	                 "[{\"name\":\"a-b\",\"asize\":4096,\"dsize\":4096,\"mtime\":1135518675},\n"
	                 "{\"name\":\"dev\",\"mtime\":1135516219,\"notreg\":true}],\n"
	                 "{\"name\":\"linked\",\"asize\":4096,\"dsize\":4096,\"mtime\":1135516219},\n"
	                 "{\"name\":\"plain.txt\",\"asize\":19288,\"dsize\":19288,\"mtime\":1135516219},\n"
	                 "{\"name\":\"sparse\",\"asize\":5368709120,\"dsize\":8192,\"mtime\":1135516219},\n"
	                 "{\"name\":\"with blank%\\n\",\"asize\":1024,\"dsize\":1024,\"mtime\":1135510072}]]\n");
	buf_free(&got);
	tree_destroy(in.tree);
}

/* With owners, what is allocated, and why a folder was not read. */
Test(qdirstat, version_2)
{
	static const char cache[] =
		"[qdirstat 2.1 cache file]\n"
		"D /                                       \t4K\t   0\t   0\t040755\t0x43aea3d3\t4K\t|\n"
		"F\tf                                   \t10\t1000\t 100\t100644\t0x43ae9a3b\t4K\t|\n"
		"F\tlinked\t8K\t0\t0\t100644\t0x43ae9a3b\t8K\t|\tlinks: 2\n"
		"D /locked\t4K\t0\t0\t040700\t0x43aea3d3\t4K\t|\tunread: permissions\n"
		"D /mnt\t4K\t0\t0\t040755\t0x43aea3d3\t0\t|\tunread: mountpoint\n"
		"D /skip\t4K\t0\t0\t040755\t0x43aea3d3\t0\t|\tunread: excluded\n"
		"D /etc\t4K\t0\t0\t040755\t0xffffffffffffffff\t4K\t|\n";
	struct import in;
	struct err err = {{0}};
	struct buf got;

	cr_assert_eq(exports_import(cache, strlen(cache), &in, &err), 0, "%s", err.text);
	got = exports_json(in.tree, true, -1);
	cr_expect_str_eq(
		strchr(got.data, '\n') + 1,
		"[{\"name\":\"/\",\"asize\":4096,\"dsize\":4096,\"uid\":0,\"gid\":0,\"mode\":16877,"
		"\"mtime\":1135518675},\n"
		"[{\"name\":\"etc\",\"asize\":4096,\"dsize\":4096,\"uid\":0,\"gid\":0,\"mode\":16877,\"mtime\":-1}],\n"
		"{\"name\":\"f\",\"asize\":10,\"dsize\":4096,\"uid\":1000,\"gid\":100,\"mode\":33188,"
		"\"mtime\":1135516219},\n"
		"{\"name\":\"linked\",\"asize\":4096,\"dsize\":4096,\"uid\":0,\"gid\":0,\"mode\":33188,"
		"\"mtime\":1135516219},\n"
		"[{\"name\":\"locked\",\"asize\":4096,\"dsize\":4096,\"uid\":0,\"gid\":0,\"mode\":16832,"
		"\"mtime\":1135518675,\"read_error\":true}],\n"
		"[{\"name\":\"mnt\",\"excluded\":\"otherfs\"}],\n"
		"[{\"name\":\"skip\",\"excluded\":\"pattern\"}]]]\n");
	buf_free(&got);
	tree_destroy(in.tree);
}

#define HEAD "[qdirstat 1.0 cache file]\n"
#define ROOT HEAD "D /x 4K 0x0\n"

Test(qdirstat, what_is_none_is_refused)
{
	refused("[qdirstat 1.0]\n", "a head that is not QDirStat's");
	refused(HEAD, "it has no entries");
	refused(HEAD "F f 1 0x0\n", "its top entry is no folder (line 2)");
	refused(ROOT "F f 1\n", "a line that is no entry of QDirStat's cache (line 3)");
	refused(ROOT "Q f 1 0x0\n", "a line that is no entry of QDirStat's cache");
	refused(ROOT "F f 1Q 0x0\n", "a number that cannot be");
	refused(ROOT "F f 99999999T 0x0\n", "a number that cannot be");
	refused(ROOT "F f 1 0x0 links: -1\n", "a number that cannot be");
	refused(ROOT "F a%2fb 1 0x0\n", "a name with a slash in it");
	refused(ROOT "F .. 1 0x0\n", "a name that leads elsewhere");
	refused(ROOT "F a%00b 1 0x0\n", "a name with a NUL in it");
	refused(ROOT "D y 4K 0x0\n", "a folder without its whole path");
	refused(ROOT "D /y 4K 0x0\n", "it is not below the first folder: \"y\"");
	refused(ROOT "D /xy 4K 0x0\n", "it is not below the first folder");
	refused(ROOT "D /x/a/b 4K 0x0\n", "its folder is not listed before it");
	refused(ROOT "D /x/.. 4K 0x0\n", "a name that leads elsewhere");
	refused(HEAD "D /x/.. 4K 0x0\n", "a name that leads elsewhere");
	refused(ROOT "F f 1 0x0", "it ends in the middle (line 3)");
}

/* ---- both ---- */

static const char listing[] =
	"0\t2025-11-30 10:00\t/x/d/empty.c\n5000\t2025-11-30 10:00\t/x/d/f.c\n9096\t2025-11-30 10:00\t/x/d\n"
	"4096\t2025-11-30 10:00\t/x/e\n17288\t2025-11-30 10:00\t/x\n17288\t2025-11-30 10:00\ttotal\n";

Test(import_text, mutations)
{
	static const char spice[] = "\t\n/.%0123456789DFx:|# \xff";
	unsigned seed = 3, accepted = 0;

	for (int round = 0; round < 30000; round++) {
		const char *from = round % 2 ? listing : cache_1;
		size_t n = strlen(from);
		char *text = malloc(n + 64);
		struct err err = {{0}};
		struct import in;

		memcpy(text, from, n);
		for (int changes = 1 + rand_r(&seed) % 3; changes > 0 && n > 40; changes--) {
			size_t at = (size_t)rand_r(&seed) % n, span = 1 + (size_t)rand_r(&seed) % 12;

			switch (rand_r(&seed) % 4) {
			case 0: text[at] = (char)rand_r(&seed); break;
			case 1: text[at] = spice[(size_t)rand_r(&seed) % (sizeof(spice) - 1)]; break;
			case 2:
				if (at + span < n) {
					memmove(text + at, text + at + span, n - at - span);
					n -= span;
				}
				break;
			default:
				if (at + span < n) {
					memmove(text + at + span, text + at, n - at);
					n += span;
				}
			}
		}
		int rc = exports_import(text, n, &in, &err);

		if (!rc) {
			struct buf again = exports_json(in.tree, true, -1);

			accepted++;
			buf_free(&again);
			tree_destroy(in.tree);
		} else {
			cr_assert_eq(rc, -EINVAL, "%d: %s", rc, err.text);
			cr_assert_eq(strncmp(err.text, "cannot import x.json: ", 22), 0, "%s", err.text);
			cr_assert_null(in.tree);
		}
		free(text);
	}
	cr_expect(accepted > 3000 && accepted < 29000, "%u accepted", accepted);
}

Test(import_text, out_of_memory)
{
	const char *const texts[] = {listing, cache_1};

	for (size_t i = 0; i < 2; i++)
		for (long n = 0;; n++) {
			struct err err = {{0}};
			struct import in;
			int fd = exports_file(texts[i], strlen(texts[i]));

			alloc_fail_at(n, false);
			int rc = import_read(fd, "x", NULL, NULL, NULL, &in, &err);

			alloc_fail_at(-1, false);
			close(fd);
			if (!rc) {
				cr_expect_gt(n, 5);
				tree_destroy(in.tree);
				break;
			}
			cr_assert_eq(rc, -ENOMEM, "%ld: %d %s", n, rc, err.text);
			cr_assert(strstr(err.text, "memory"), "%ld: %s", n, err.text);
			cr_assert_null(in.tree);
		}
}

Test(import_text, compressed)
{
	struct buf packed = {0};
	struct import in;
	struct err err = {{0}};

	exports_xz(cache_1, strlen(cache_1), &packed);
	cr_assert_eq(exports_import(packed.data, packed.length, &in, &err), 0, "%s", err.text);
	tree_destroy(in.tree);
	expect_refused(packed.data, packed.length - 20, "it ends in the middle");
	buf_free(&packed);
	exports_zstd(listing, strlen(listing), &packed);
	cr_assert_eq(exports_import(packed.data, packed.length, &in, &err), 0, "%s", err.text);
	tree_destroy(in.tree);
	buf_free(&packed);
}

/* Told what it is, and what to do instead. */
Test(import_text, foreign_formats)
{
	refused("BTDU\0BIN....", "it is of btdu, whose samples are no sizes of files");
	refused("{\"expert\":false,\"fsPath\":\"/\"}", "it is of btdu, whose samples are no sizes of files");
	refused("{\"schema-version\":\"2021-06-05\",\"unit\":\"bytes\"}", "it is JSON of pdu");
	refused("ToKyO CaBiNeT\n", "it is a database of duc");
	refused("SQLite format 3\0", "it is a database: one of this program is read with --db FILE");
}

/* What has no date of its own is as old as its file. */
Test(import_text, date_of_the_file)
{
	struct fixture fixture;
	struct timespec times[2] = {{.tv_sec = 1700000000}, {.tv_sec = 1700000000}};
	struct import in;
	struct err err = {{0}};
	char path[400];

	fixture_begin(&fixture);
	snprintf(path, sizeof(path), "%s/du.txt", fixture.folder);
	FILE *file = fopen(path, "w+");

	cr_assert(file);
	fputs(listing, file);
	fflush(file);
	futimens(fileno(file), times);
	rewind(file);
	cr_assert_eq(import_read(fileno(file), "x", NULL, NULL, NULL, &in, &err), 0, "%s", err.text);
	cr_expect_eq(in.timestamp, 1700000000);
	tree_destroy(in.tree);
	fclose(file);
	fixture_end(&fixture);
}
