/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/tree/fingerprint.h"

static void die(const char *what)
{
	fprintf(stderr, "disk: %s: %s\n", what, strerror(errno));
	abort();
}

static char *join(const char *a, const char *b)
{
	char *path;

	if (asprintf(&path, "%s%s%s", a, *a && *b ? "/" : "", b) < 0)
		die("memory");
	return path;
}

uint64_t disk_random(uint64_t *seed, uint64_t below)
{
	uint64_t x = *seed += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (x ^ x >> 31) % below;
}

char *disk_folder(void)
{
	const char *where = getenv("TMPDIR");
	char *path = join(where && *where ? where : "/tmp", "dt-disk-XXXXXX");

	if (!mkdtemp(path))
		die(path);
	/* As the scanner will name it. */
	char *real = realpath(path, NULL);

	if (!real)
		die(path);
	free(path);
	return real;
}

static void run(char *const *args)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execvp(args[0], args);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	if (status)
		die(args[0]);
}

void disk_remove(char *folder)
{
	run((char *[]){ (char[]){ "rm" }, (char[]){ "-rf" }, (char[]){ "--" }, folder, NULL });
	free(folder);
}

void disk_file(const char *folder, const char *name, size_t bytes)
{
	char *path = join(folder, name), block[4096] = "x";
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		die(path);
	for (size_t n; bytes; bytes -= n) {
		n = bytes < sizeof block ? bytes : sizeof block;
		if (write(fd, block, n) != (ssize_t)n)
			die(path);
	}
	close(fd);
	free(path);
}

void disk_dir(const char *folder, const char *name)
{
	char *path = join(folder, name);

	if (mkdir(path, 0755))
		die(path);
	free(path);
}

void disk_many(const char *folder, const char *prefix, int n)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		die(folder);
	for (int i = 0; i < n; i++) {
		char name[64];

		snprintf(name, sizeof name, "%s%06d", prefix, i);
		if (mknodat(dir, name, S_IFREG | 0644, 0))
			die(name);
	}
	close(dir);
}

void disk_chain(const char *folder, const char *name, int depth)
{
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < depth && dir >= 0; i++) {
		if (mkdirat(dir, name, 0755))
			die(name);
		int next = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

		close(dir);
		dir = next;
	}
	if (dir < 0)
		die(name);
	close(dir);
}

uint64_t disk_du(const char *folder, const char *option)
{
	char *command, line[256] = "";

	if (asprintf(&command, "du -s -B1 %s -- '%s'", option, folder) < 0)
		die("memory");
	FILE *du = popen(command, "r");

	if (!du || !fgets(line, sizeof line, du))
		die(command);
	pclose(du);
	free(command);
	return strtoull(line, NULL, 10);
}

/* ---- all paths below a folder ---- */

struct paths {
	char **items;
	size_t count, capacity;
};

static void paths_add(struct paths *paths, char *path)
{
	if (paths->count == paths->capacity) {
		paths->capacity = paths->capacity * 2 + 16;
		paths->items = realloc(paths->items, paths->capacity * sizeof *paths->items);
		if (!paths->items)
			die("memory");
	}
	paths->items[paths->count++] = path;
}

static void paths_free(struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	free(paths->items);
}

/* Folders and other entries below, relative; the folder itself is "". */
static void find(const char *folder, const char *relative, struct paths *dirs, struct paths *files)
{
	char *path = join(folder, relative);
	DIR *dir = opendir(path);

	if (!dir)
		die(path);
	paths_add(dirs, strdup(relative));
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct stat st;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			die(entry->d_name);
		char *below = join(relative, entry->d_name);

		if (S_ISDIR(st.st_mode)) {
			find(folder, below, dirs, files);
			free(below);
		} else {
			paths_add(files, below);
		}
	}
	closedir(dir);
	free(path);
}

char *disk_random_dir(const char *folder, uint64_t *seed)
{
	struct paths dirs = {0}, files = {0};

	find(folder, "", &dirs, &files);
	char *chosen = strdup(dirs.items[disk_random(seed, dirs.count)]);

	paths_free(&dirs);
	paths_free(&files);
	return chosen;
}

/* ---- making ---- */

static const char *const odd_names[] = {
	"-rf",
	"new\nline",
	"\x1b[31mred",
	"bad\xff\xfe"
	"utf",
	"\xe2\x80\xae"
	"right to left",
	"a b",
	"'quote'",
	"\"",
	"\\",
	"...",
	"\xf0\x9f\x92\xbe",
	"*",
	"\t",
};

static void random_name(uint64_t *seed, char out[256])
{
	uint64_t kind = disk_random(seed, 20);

	if (kind == 0) {
		snprintf(out, 256, "%s%llu", odd_names[disk_random(seed, sizeof odd_names / sizeof odd_names[0])],
		         (unsigned long long)disk_random(seed, 100));
	} else if (kind == 1) {
		memset(out, 'l', 255);
		out[255] = '\0';
		snprintf(out + 240, 16, "%015llu", (unsigned long long)disk_random(seed, 1000000));
	} else {
		snprintf(out, 256, "n%llu", (unsigned long long)disk_random(seed, 1000000));
	}
}

static void make_file(uint64_t *seed, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	uint64_t kind = disk_random(seed, 30);

	if (fd < 0 && errno == EEXIST)
		return;
	if (fd < 0)
		die(path);
	off_t sparse = kind == 0 ? (off_t)1 << 37 : kind == 1 ? (off_t)1 << 30 : 0;
	size_t bytes = kind < 10 ? disk_random(seed, 20000) : kind < 20 ? disk_random(seed, 100) : 0;
	char *content = calloc(1, bytes + 1);

	if (!content || (sparse && ftruncate(fd, sparse)) || write(fd, content, bytes) != (ssize_t)bytes)
		die(path);
	free(content);
	close(fd);
}

/* Something new in a folder; `others` are files that may get another name. */
static void make_entry(uint64_t *seed, const char *folder, const struct paths *dirs, const struct paths *files,
                       struct paths *new_dirs)
{
	const char *where = dirs->items[disk_random(seed, dirs->count)];
	char name[256];

	random_name(seed, name);
	char *relative = join(where, name), *path = join(folder, relative);
	uint64_t kind = disk_random(seed, 20);

	if (kind < 5) {
		if (!mkdir(path, 0755) && new_dirs) {
			paths_add(new_dirs, relative);
			relative = NULL;
		}
	} else if (kind < 7 && files->count) {
		char *other = join(folder, files->items[disk_random(seed, files->count)]);

		if (link(other, path) && errno != EEXIST && errno != EMLINK && errno != ENOENT)
			die(path);
		free(other);
	} else if (kind == 7) {
		if (symlink("../somewhere", path) && errno != EEXIST)
			die(path);
	} else if (kind == 8) {
		if (mkfifo(path, 0644) && errno != EEXIST)
			die(path);
	} else {
		make_file(seed, path);
	}
	free(relative);
	free(path);
}

void disk_fill(const char *folder, uint64_t seed, int size)
{
	struct paths dirs = {0}, files = {0};

	find(folder, "", &dirs, &files);
	for (int i = 0; i < size; i++) {
		if (i % 64 == 63) {
			paths_free(&files);
			paths_free(&dirs);
			dirs = files = (struct paths){0};
			find(folder, "", &dirs, &files);
		}
		make_entry(&seed, folder, &dirs, &files, &dirs);
	}
	paths_free(&dirs);
	paths_free(&files);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path) && errno != ENOENT;
}

void disk_change(const char *folder, uint64_t seed, int changes, bool linked)
{
	for (int i = 0; i < changes; i++) {
		struct paths dirs = {0}, files = {0};

		find(folder, "", &dirs, &files);
		uint64_t kind = disk_random(&seed, 10);
		char *file = join(folder, files.count ? files.items[disk_random(&seed, files.count)] : "");
		char *dir = join(folder, dirs.items[disk_random(&seed, dirs.count)]);
		struct stat file_st;

		if (kind < 4) {
			make_entry(&seed, folder, &dirs, linked ? &files : &(struct paths){0}, NULL);
		} else if (!linked && (kind >= 8 || lstat(file, &file_st) ||
		                       (!S_ISDIR(file_st.st_mode) && file_st.st_nlink > 1))) {
			;
		} else if (kind < 6 && files.count) {
			struct stat st;
			int fd = lstat(file, &st) || !S_ISREG(st.st_mode) ? -1
			                                                  : open(file, O_WRONLY | O_APPEND | O_CLOEXEC);

			if (fd >= 0) {
				if (write(fd, "more and more", 13) != 13)
					die(file);
				close(fd);
			}
		} else if (kind < 8 && files.count) {
			if (unlink(file))
				die(file);
		} else if (kind == 8 && strcmp(dir, folder)) {
			char name[256];

			random_name(&seed, name);
			char *relative = join(dirs.items[disk_random(&seed, dirs.count)], name),
			     *to = join(folder, relative);

			/* Into itself, onto something: then not. */
			(void)!rename(dir, to);
			free(relative);
			free(to);
		} else if (strcmp(dir, folder) && disk_random(&seed, 3) == 0) {
			nftw(dir, remove_one, 32, FTW_DEPTH | FTW_PHYS);
		}
		free(file);
		free(dir);
		paths_free(&dirs);
		paths_free(&files);
	}
}

/* ---- the oracle ---- */

struct walked_dir {
	int parent;
	uint64_t alloc_bytes, apparent_bytes, items, files, direct_bytes;
	dir_id dir;
};

struct walked_link {
	dev_t dev;
	ino_t ino;
	uint64_t alloc_bytes, apparent_bytes;
	int dir;
};

struct walk {
	const struct tree *tree;
	struct walked_dir *dirs;
	size_t dir_count, dir_capacity;
	struct walked_link *links;
	size_t link_count, link_capacity;
	int differences;
};

static void differ(struct walk *walk, const char *what, dir_id dir, const char *name)
{
	struct buf path = {0};

	if (dir != DIR_NONE)
		tree_path(walk->tree, dir, &path);
	if (walk->differences++ < 20)
		fprintf(stderr, "differs: %s: %.200s/%s\n", what, path.data ? path.data : "", name);
	buf_free(&path);
}

static void *room(void *items, size_t *capacity, size_t count, size_t size)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity * 2 + 64;
	items = realloc(items, *capacity * size);
	if (!items)
		die("memory");
	return items;
}

/* Rows of a block by name: an index of our own, since tree_find() is linear and directories are large. */
struct index {
	const struct node_block *block;
	uint32_t *rows, count;
};

static _Thread_local const struct node_block *sorting;

static int compare_names(const unsigned char *a, const unsigned char *b)
{
	int order = memcmp(a + 1, b + 1, a[0] < b[0] ? a[0] : b[0]);

	return order ? order : (int)a[0] - (int)b[0];
}

static const unsigned char *name_of(const struct node_block *block, uint32_t row)
{
	return (const unsigned char *)block + block->rows[row].name;
}

static int compare_rows(const void *a, const void *b)
{
	return compare_names(name_of(sorting, *(const uint32_t *)a), name_of(sorting, *(const uint32_t *)b));
}

static struct index index_make(const struct tree *tree, const struct node_block *block)
{
	struct index index = { .block = block };

	index.rows = calloc((block ? tree_count(block) : 0) + 1u, sizeof *index.rows);
	if (!index.rows)
		die("memory");
	for (uint32_t i = 0; block && i < tree_count(block); i++) {
		struct node node;

		tree_node(tree, block, i, &node);
		if (!(node.flags & ROW_GONE))
			index.rows[index.count++] = i;
	}
	sorting = block;
	qsort(index.rows, index.count, sizeof *index.rows, compare_rows);
	return index;
}

static int64_t index_find(const struct index *index, const void *name, size_t length)
{
	unsigned char key[256];
	uint32_t from = 0, to = index->count;

	key[0] = (unsigned char)length;
	memcpy(key + 1, name, length);
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		int order = compare_names(key, name_of(index->block, index->rows[middle]));

		if (!order)
			return index->rows[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return -1;
}

static void walk_dir(struct walk *walk, int fd, int parent, dir_id dir)
{
	int self = (int)walk->dir_count;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die("open");
	walk->dirs = room(walk->dirs, &walk->dir_capacity, walk->dir_count, sizeof *walk->dirs);
	walk->dirs[walk->dir_count++] = (struct walked_dir){
		.parent = parent,
		.dir = dir,
		.alloc_bytes = (uint64_t)st.st_blocks * 512,
		.apparent_bytes = (uint64_t)st.st_size,
		.direct_bytes = (uint64_t)st.st_blocks * 512,
	};
	const struct node_block *block = tree_block(walk->tree, dir);
	struct index index = index_make(walk->tree, block);
	DIR *list = fdopendir(fd);
	uint32_t met = 0;

	if (!list)
		die("fdopendir");
	for (struct dirent *entry; (entry = readdir(list));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			die(entry->d_name);
		int64_t row = index_find(&index, entry->d_name, strlen(entry->d_name));
		struct node node;

		met++;
		if (row < 0) {
			differ(walk, "missing", dir, entry->d_name);
			continue;
		}
		tree_node(walk->tree, block, (uint32_t)row, &node);
		if ((node.type == NODE_DIR) != S_ISDIR(st.st_mode) || (node.type == NODE_REG) != S_ISREG(st.st_mode)
		    || (node.type == NODE_SYMLINK) != S_ISLNK(st.st_mode))
			differ(walk, "type", dir, entry->d_name);
		if (node.mtime_s != st.st_mtime)
			differ(walk, "mtime", dir, entry->d_name);
		for (int at = self; at >= 0; at = walk->dirs[at].parent) {
			walk->dirs[at].items++;
			walk->dirs[at].files += !S_ISDIR(st.st_mode);
		}
		if (S_ISDIR(st.st_mode)) {
			if (node.ino != st.st_ino)
				differ(walk, "inode", dir, entry->d_name);
			if (node.dir == DIR_NONE || tree_cold(walk->tree, node.dir)->parent != dir ||
			    tree_cold(walk->tree, node.dir)->row != row)
				differ(walk, "parent", dir, entry->d_name);
			else
				walk_dir(walk,
				         openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
				         self, node.dir);
			continue;
		}
		uint64_t alloc_bytes = (uint64_t)st.st_blocks * 512, apparent_bytes = (uint64_t)st.st_size;

		if (node.alloc_bytes != alloc_bytes || node.apparent_bytes != apparent_bytes)
			differ(walk, "size", dir, entry->d_name);
		if (node.nlink != st.st_nlink)
			differ(walk, "links", dir, entry->d_name);
		if (st.st_nlink > 1) {
			walk->links = room(walk->links, &walk->link_capacity, walk->link_count, sizeof *walk->links);
			walk->links[walk->link_count++] = (struct walked_link){st.st_dev, st.st_ino, alloc_bytes,
			                                                       apparent_bytes, self};
			continue;
		}
		walk->dirs[self].direct_bytes += alloc_bytes;
		walk->dirs[self].alloc_bytes += alloc_bytes;
		walk->dirs[self].apparent_bytes += apparent_bytes;
	}
	if (index.count != met)
		differ(walk, "number of entries", dir, "");
	free(index.rows);
	closedir(list);
}

static int compare_links(const void *a, const void *b)
{
	const struct walked_link *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino != y->ino ? (x->ino < y->ino ? -1 : 1) : x->dir - y->dir;
}

/* Add up what was walked, and compare it with what the tree says. */
static void check_totals(struct walk *walk, bool errors)
{
	/* Plain totals, from the last to the first: a parent comes before its children. */
	for (size_t i = walk->dir_count; i-- > 1;) {
		struct walked_dir *parent = &walk->dirs[walk->dirs[i].parent];

		parent->alloc_bytes += walk->dirs[i].alloc_bytes;
		parent->apparent_bytes += walk->dirs[i].apparent_bytes;
	}
	/* Each inode once per directory that has a name of it below. */
	int *seen = calloc(walk->dir_count + 1, sizeof *seen), inode = 0;

	if (!seen)
		die("memory");
	if (walk->link_count)
		qsort(walk->links, walk->link_count, sizeof *walk->links, compare_links);
	for (size_t i = 0; i < walk->link_count; i++) {
		const struct walked_link *link = &walk->links[i];
		bool same = i && link->dev == link[-1].dev && link->ino == link[-1].ino;

		inode += !same;
		if (!same || link->dir != link[-1].dir)
			walk->dirs[link->dir].direct_bytes += link->alloc_bytes;
		for (int dir = link->dir; dir >= 0; dir = walk->dirs[dir].parent) {
			if (seen[dir] == inode)
				continue;
			seen[dir] = inode;
			walk->dirs[dir].alloc_bytes += link->alloc_bytes;
			walk->dirs[dir].apparent_bytes += link->apparent_bytes;
		}
	}
	for (size_t i = 0; i < walk->dir_count; i++) {
		const struct walked_dir *dir = &walk->dirs[i];
		struct node node;

		tree_dir_node(walk->tree, dir->dir, &node);
		if (!node.complete)
			differ(walk, "not complete", dir->dir, "");
		if (node.alloc_bytes != dir->alloc_bytes || node.apparent_bytes != dir->apparent_bytes)
			differ(walk, "total", dir->dir, "");
		if (node.items != dir->items || node.files != dir->files)
			differ(walk, "counts", dir->dir, "");
		if (node.errors && !errors)
			differ(walk, "errors", dir->dir, "");
		if (tree_direct_bytes(walk->tree, dir->dir) != dir->direct_bytes)
			differ(walk, "direct bytes", dir->dir, "");
		if (!tree_alive(walk->tree, dir->dir))
			differ(walk, "dead", dir->dir, "");
	}
	free(seen);
	free(walk->dirs);
	free(walk->links);
}

int disk_check(const struct tree *tree)
{
	struct walk walk = { .tree = tree };

	walk_dir(&walk, open(tree_root_path(tree), O_RDONLY | O_DIRECTORY | O_CLOEXEC), -1, DIR_ROOT);
	check_totals(&walk, false);
	return walk.differences;
}

/* ---- a tree against itself ---- */

static struct fingerprint sum_dir(struct walk *walk, dir_id dir, int parent)
{
	const struct tree *tree = walk->tree;
	const struct node_cold *cold = tree_cold(tree, dir);
	const struct node_block *block = tree_block(tree, dir);
	int self = (int)walk->dir_count;
	struct fingerprint_dir print = {
		.ino = cold->ino, .alloc_bytes = cold->own_alloc_bytes, .apparent_bytes = cold->own_apparent_bytes,
		.mtime_s = node_seconds(cold->mtime_ns, cold->mtime_era), .flags = cold->flags & FINGERPRINT_DIR_FLAGS,
	};

	walk->dirs = room(walk->dirs, &walk->dir_capacity, walk->dir_count, sizeof *walk->dirs);
	walk->dirs[walk->dir_count++] = (struct walked_dir){
		.parent = parent,
		.dir = dir,
		.alloc_bytes = print.alloc_bytes,
		.apparent_bytes = print.apparent_bytes,
		.direct_bytes = print.alloc_bytes,
	};
	if (!block || block->dir != dir) {
		differ(walk, "no block of its own", dir, "");
		return fingerprint_dir(&print);
	}
	for (uint32_t i = 0; i < tree_count(block); i++) {
		struct fingerprint hash;
		struct node node;

		tree_node(tree, block, i, &node);
		if (node.flags & ROW_GONE)
			continue;
		print.entries++;
		for (int at = self; at >= 0; at = walk->dirs[at].parent) {
			walk->dirs[at].items++;
			walk->dirs[at].files += node.type != NODE_DIR;
		}
		if (node.dir != DIR_NONE) {
			if (tree_cold(tree, node.dir)->parent != dir || tree_cold(tree, node.dir)->row != i)
				differ(walk, "parent", dir, "");
			hash = fingerprint_subdir(sum_dir(walk, node.dir, self), node.name, node.name_length);
		} else {
			const struct fingerprint_entry in = {
				.alloc_bytes = node.alloc_bytes,
				.apparent_bytes = node.apparent_bytes,
				.mtime_s = (uint64_t)node.mtime_s,
				.ino = node.ino,
				.nlink = node.flags & ROW_LEAF ? 0 : node.nlink,
				.type = (uint8_t)node.type,
				.flags = (uint8_t)(node.flags & FINGERPRINT_ROW_FLAGS),
			};

			hash = fingerprint_file(&in, node.name, node.name_length);
			if (node.flags & ROW_LINK) {
				walk->links = room(walk->links, &walk->link_capacity, walk->link_count,
				                   sizeof *walk->links);
				walk->links[walk->link_count++] = (struct walked_link){
					node.fs, node.ino, node.alloc_bytes, node.apparent_bytes, self};
			} else {
				walk->dirs[self].direct_bytes += node.alloc_bytes;
				walk->dirs[self].alloc_bytes += node.alloc_bytes;
				walk->dirs[self].apparent_bytes += node.apparent_bytes;
			}
		}
		print.sum[0] += hash.lo;
		print.sum[1] += hash.hi;
	}
	struct fingerprint sum = fingerprint_dir(&print);
	uint64_t have[2];

	tree_fingerprint(tree, dir, have);
	if (have[0] != sum.lo || have[1] != sum.hi)
		differ(walk, "fingerprint", dir, "");
	return sum;
}

int disk_consistent(const struct tree *tree)
{
	struct walk walk = { .tree = tree };

	sum_dir(&walk, DIR_ROOT, -1);
	check_totals(&walk, true);
	return walk.differences;
}

/* ---- two trees ---- */

static void compare_dir(struct walk *walk, const struct tree *b, dir_id dir_a, dir_id dir_b, bool shared)
{
	const struct tree *a = walk->tree;
	uint64_t print_a[2], print_b[2], x[2] = {0}, y[2] = {0};
	const struct node_block *block_a = tree_block(a, dir_a), *block_b = tree_block(b, dir_b);
	struct node at_a, at_b;
	struct index index = index_make(b, block_b);
	uint32_t there = 0;

	tree_dir_node(a, dir_a, &at_a);
	tree_dir_node(b, dir_b, &at_b);
	if (at_a.alloc_bytes != at_b.alloc_bytes || at_a.apparent_bytes != at_b.apparent_bytes)
		differ(walk, "total", dir_a, "");
	if (at_a.items != at_b.items || at_a.files != at_b.files || at_a.errors != at_b.errors
	    /* where figures come from is not what they are */
	    || (at_a.dir_flags ^ at_b.dir_flags) & ~(unsigned)DIR_TRUSTED)
		differ(walk, "counts", dir_a, "");
	tree_fingerprint(a, dir_a, print_a);
	tree_fingerprint(b, dir_b, print_b);
	if (print_a[0] != print_b[0] || print_a[1] != print_b[1])
		differ(walk, "fingerprint", dir_a, "");
	if (shared) {
		tree_shared(a, dir_a, &x[0], &x[1]);
		tree_shared(b, dir_b, &y[0], &y[1]);
		if (x[0] != y[0] || x[1] != y[1])
			differ(walk, "shared", dir_a, "");
	}
	for (uint32_t i = 0; block_a && i < tree_count(block_a); i++) {
		tree_node(a, block_a, i, &at_a);
		if (at_a.flags & ROW_GONE)
			continue;
		there++;
		char name[256];
		int64_t row = index_find(&index, at_a.name, at_a.name_length);

		memcpy(name, at_a.name, at_a.name_length);
		name[at_a.name_length] = '\0';
		if (row < 0) {
			differ(walk, "missing", dir_a, name);
			continue;
		}
		tree_node(b, block_b, (uint32_t)row, &at_b);
		if (at_a.type != at_b.type || (at_a.flags ^ at_b.flags) & ROW_LEAF ||
		    at_a.alloc_bytes != at_b.alloc_bytes || at_a.apparent_bytes != at_b.apparent_bytes ||
		    at_a.mtime_s != at_b.mtime_s || at_a.ino != at_b.ino || at_a.nlink != at_b.nlink)
			differ(walk, "entry", dir_a, name);
		if (at_a.dir != DIR_NONE && at_b.dir != DIR_NONE)
			compare_dir(walk, b, at_a.dir, at_b.dir, shared);
	}
	if (there != index.count)
		differ(walk, "number of entries", dir_a, "");
	free(index.rows);
}

int disk_compare(const struct tree *a, const struct tree *b, bool shared)
{
	struct walk walk = { .tree = a };

	compare_dir(&walk, b, DIR_ROOT, DIR_ROOT, shared);
	return walk.differences;
}
