/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mktree [-s SCALE] [-r SEED] PATH       tree T1: the same on every machine
 * mktree [-s SCALE] [-r SEED] -f PATH    one directory of 1,000,000 files
 * mktree [-s SCALE] [-r SEED] -d PATH    1,000,000 directories, hung up as T1's are, and a small file in every 16th
 *
 * T1, times SCALE: 1,000,000 files, of them 2,866 further names of other files (hard links) and 1 % symbolic links;
 * 100,000 directories, four of them with 50,000 files and nothing else; 11 levels; names of 17.7 bytes on average.
 * Most files are holes of a random size, every sixteenth has bytes: what a scan costs does not depend on it, and the
 * tree fits a small disk (600 MB).
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"

enum {
	FILES = 1000000,
	LINKS = 2866,
	DIRECTORIES = 100000,
	BARE = 1000000,
	HUGE = 4,
	HUGE_FILES = 50000,
	DEPTH = 11, /* of the deepest directory below the root */
	NAME_ROOM = 40,
};

struct directory {
	uint32_t parent;
	uint32_t files;
	uint8_t depth;
	bool huge;
	char name[NAME_ROOM];
};

static uint64_t state;
static uint64_t names, name_bytes;

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t random_word(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t below(uint64_t n)
{
	return scaled(random_word(), n);
}

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "mktree: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

/* 5 to 31 bytes, 17.7 on average. */
static void make_name(char *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t length = 5 + below(13) + below(14) + (below(5) == 0);

	for (size_t i = 0; i < length; i++)
		out[i] = letters[below(i ? sizeof(letters) - 1 : 26)];
	if (length > 10)
		out[length - 4] = '.';
	out[length] = '\0';
	names++;
	name_bytes += length;
}

/* The name was taken: another one. */
static void unmake_name(const char *name)
{
	names--;
	name_bytes -= strlen(name);
}

/* The file's size: most are small. */
static off_t random_size(void)
{
	return (off_t)(below(1024) << below(14));
}

static void make_file(int dir)
{
	static const char bytes[16384];
	char name[NAME_ROOM];
	int fd;

	for (;;) {
		make_name(name);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd >= 0)
			break;
		if (errno != EEXIST)
			fail("create", name);
		unmake_name(name);
	}
	off_t size = random_size();

	if (below(16) == 0) {
		if (write(fd, bytes, 1 + (size_t)size % sizeof(bytes)) < 0)
			fail("write", name);
	} else if (size > 0 && ftruncate(fd, size) != 0) {
		fail("truncate", name);
	}
	/* Two years back from the end of 2025. */
	struct timespec times[2];

	times[0].tv_sec = times[1].tv_sec = (time_t)(1767000000 - below(63072000));
	times[0].tv_nsec = times[1].tv_nsec = (long)below(1000000000);
	if (futimens(fd, times) != 0)
		fail("set times of", name);
	close(fd);
}

static void make_symlink(int dir)
{
	char name[NAME_ROOM], target[NAME_ROOM];

	make_name(target);
	unmake_name(target);
	for (;;) {
		make_name(name);
		if (symlinkat(target, dir, name) == 0)
			return;
		if (errno != EEXIST)
			fail("link", name);
		unmake_name(name);
	}
}

#define RESERVED "shared-inode-%06llu"

static void make_link(int dir, int reserve, uint64_t inode)
{
	char name[NAME_ROOM], source[NAME_ROOM];

	snprintf(source, sizeof(source), RESERVED, (unsigned long long)inode);
	for (;;) {
		make_name(name);
		if (linkat(reserve, source, dir, name, 0) == 0)
			return;
		if (errno != EEXIST)
			fail("link", name);
		unmake_name(name);
	}
}

static int open_directory(int root, const struct directory *dirs, uint32_t i)
{
	uint32_t chain[DEPTH + 1];
	char path[(DEPTH + 1) * NAME_ROOM] = ".";
	size_t used = 1;
	int n = 0;

	for (; i != 0; i = dirs[i].parent)
		chain[n++] = i;
	while (n-- > 0)
		used += (size_t)snprintf(path + used, sizeof(path) - used, "/%s", dirs[chain[n]].name);
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		fail("open", path);
	return fd;
}

static void make_directory(int root, struct directory *dirs, uint32_t i)
{
	int parent = open_directory(root, dirs, dirs[i].parent);

	for (;;) {
		make_name(dirs[i].name);
		if (mkdirat(parent, dirs[i].name, 0755) == 0)
			break;
		if (errno != EEXIST)
			fail("make", dirs[i].name);
		unmake_name(dirs[i].name);
	}
	close(parent);
}

/* The inodes that hard links lead to; they are files of their own, too. */
static void fill_reserve(int reserve, uint64_t inodes)
{
	for (uint64_t i = 0; i < inodes; i++) {
		char name[NAME_ROOM];

		snprintf(name, sizeof(name), RESERVED, (unsigned long long)i);
		int fd = openat(reserve, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

		if (fd < 0)
			fail("create", name);
		if (ftruncate(fd, random_size()) != 0)
			fail("truncate", name);
		close(fd);
		names++;
		name_bytes += strlen(name);
	}
}

static void flat(int root, uint64_t files)
{
	for (uint64_t i = 0; i < files; i++)
		make_file(root);
	printf("1 directory of %llu files, names %.1f bytes\n", (unsigned long long)files,
	       (double)name_bytes / (double)names);
}

/* Older directories get more children; the deepest and the huge ones none. */
static void hang_up(struct directory *dirs, uint32_t i)
{
	uint32_t parent;

	do {
		double u = (double)(random_word() >> 11) * 0x1p-53;
		parent = (uint32_t)(pow(u, 1.3) * i);
	} while (dirs[parent].depth >= DEPTH || dirs[parent].huge);
	dirs[i].parent = parent;
	dirs[i].depth = (uint8_t)(dirs[parent].depth + 1);
}

static void bare(int root, uint32_t count)
{
	struct directory *dirs = calloc(count + 1, sizeof(*dirs)); /* the root among them */

	if (!dirs)
		fail("allocate", "the directories");
	for (uint32_t i = 1; i <= count; i++) {
		hang_up(dirs, i);
		make_directory(root, dirs, i);
		if (i % 16)
			continue;
		int dir = open_directory(root, dirs, i),
		    file = openat(dir, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		if (file < 0 || write(file, "1", 1) != 1)
			fail("write", dirs[i].name);
		close(file);
		close(dir);
	}
	printf("%u directories, names %.1f bytes\n", count, (double)name_bytes / (double)names);
	free(dirs);
}

static void tree(int root, double scale)
{
	uint64_t files = (uint64_t)(FILES * scale), links = (uint64_t)(LINKS * scale), symlinks = files / 100;
	uint64_t huge_files = (uint64_t)(HUGE_FILES * scale), inodes = links * 2 / 3 + (links > 0);
	uint32_t count = (uint32_t)(DIRECTORIES * scale) + 1; /* the root among them */

	if (count < 50 || files < HUGE * huge_files + inodes + links + symlinks) {
		fprintf(stderr, "mktree: the scale is too small\n");
		exit(2);
	}
	struct directory *dirs = calloc(count, sizeof(*dirs));

	if (!dirs)
		fail("allocate", "the directories");
	for (uint32_t i = 1; i < count; i++) {
		hang_up(dirs, i);
		for (int k = 1; k <= HUGE; k++) {
			if (i == count / (HUGE + 1) * (uint32_t)k)
				dirs[i].huge = true;
		}
		if (dirs[i].huge)
			dirs[i].files = (uint32_t)huge_files;
	}
	dirs[1].files = 0; /* the reserve, filled by itself */
	uint64_t rest = files - HUGE * huge_files - inodes;

	for (uint64_t i = 0; i < rest; i++) {
		uint32_t at;

		do {
			double u = (double)(random_word() >> 11) * 0x1p-53;
			at = (uint32_t)(u * u * count);
		} while (dirs[at].huge || at == 1);
		dirs[at].files++;
	}

	make_directory(root, dirs, 1);

	int reserve = openat(root, dirs[1].name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (reserve < 0)
		fail("open", dirs[1].name);
	fill_reserve(reserve, inodes);

	/* Links are spread evenly over the other files. */
	uint64_t made = 0, links_made = 0, symlinks_made = 0;
	uint8_t deepest = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (i > 1)
			make_directory(root, dirs, i);
		if (dirs[i].depth > deepest)
			deepest = dirs[i].depth;
		if (dirs[i].files == 0)
			continue;
		int dir = open_directory(root, dirs, i);

		for (uint32_t k = 0; k < dirs[i].files; k++) {
			if (dirs[i].huge) {
				make_file(dir);
				continue;
			}
			made++;
			if (links_made < made * links / rest) {
				/* Every reserved inode a second name, then some of them many. */
				make_link(dir, reserve, links_made < inodes ? links_made : below(inodes / 20 + 1));
				links_made++;
			} else if (symlinks_made < made * symlinks / rest) {
				make_symlink(dir);
				symlinks_made++;
			} else {
				make_file(dir);
			}
		}
		close(dir);
	}
	close(reserve);
	printf("%llu files (%llu hard links, %llu symbolic links), %u directories (%d of %llu files), depth %u,"
	       " names %.1f bytes\n",
	       (unsigned long long)files, (unsigned long long)links_made, (unsigned long long)symlinks_made, count - 1,
	       HUGE, (unsigned long long)huge_files, deepest, (double)name_bytes / (double)names);
	free(dirs);
}

int main(int argc, char **argv)
{
	double scale = 1;
	char what = 't';
	int option;

	state = 1;
	while ((option = getopt(argc, argv, "s:r:fd")) != -1) {
		switch (option) {
		case 's': scale = atof(optarg); break;
		case 'r': state = strtoull(optarg, NULL, 10); break;
		case 'f':
		case 'd': what = (char)option; break;
		default: optind = argc;
		}
	}
	if (optind != argc - 1 || scale <= 0) {
		fprintf(stderr, "usage: mktree [-s SCALE] [-r SEED] [-f | -d] PATH\n");
		return 2;
	}
	if (mkdir(argv[optind], 0755) != 0)
		fail("make", argv[optind]);
	int root = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		fail("open", argv[optind]);
	if (what == 'f')
		flat(root, (uint64_t)(FILES * scale));
	else if (what == 'd')
		bare(root, (uint32_t)(BARE * scale));
	else
		tree(root, scale);
	close(root);
	return 0;
}
