/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walked.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "walk: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity * 2 + 16;
	items = realloc(items, *capacity * size);
	if (!items)
		die("memory");
	return items;
}

/* Inodes with several names, each once. */
struct inode {
	dev_t dev;
	ino_t ino;
	uint64_t alloc_bytes, apparent_bytes;
};

struct inodes {
	struct inode *items;
	size_t count, capacity;
};

static int by_inode(const void *a, const void *b)
{
	const struct inode *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void add_inode(struct inodes *inodes, struct inode inode)
{
	inodes->items = grown(inodes->items, inodes->count, &inodes->capacity, sizeof *inodes->items);
	inodes->items[inodes->count++] = inode;
}

static void each_once(struct inodes *inodes)
{
	size_t kept = 0;

	if (inodes->count)
		qsort(inodes->items, inodes->count, sizeof *inodes->items, by_inode);
	for (size_t i = 0; i < inodes->count; i++)
		if (!kept || by_inode(&inodes->items[i], &inodes->items[kept - 1]))
			inodes->items[kept++] = inodes->items[i];
	inodes->count = kept;
}

static char *join(const char *path, const char *name)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", name) < 0)
		die("memory");
	return joined;
}

/* What a subtree consists of: plain files and directories as sums, linked inodes one by one. */
struct below {
	uint64_t alloc_bytes, apparent_bytes, items, files;
	struct inodes linked;
};

static void add_dir(struct walked *walked, struct walked_dir dir)
{
	walked->dirs = grown(walked->dirs, walked->count, &walked->capacity, sizeof *walked->dirs);
	walked->dirs[walked->count++] = dir;
}

/* Takes over `path` and `fd`. */
static struct below walk(struct walked *walked, char *path, int fd)
{
	struct below here = {0};
	struct stat own, st;
	DIR *list;

	if (fstat(fd, &own))
		die(path);
	here.alloc_bytes = (uint64_t)own.st_blocks * 512;
	here.apparent_bytes = (uint64_t)own.st_size;
	list = fdopendir(fd);
	if (!list)
		die(path);
	for (struct dirent *entry; (entry = readdir(list));) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		here.items++;
		if (!S_ISDIR(st.st_mode)) {
			here.files++;
			if (st.st_nlink > 1) {
				add_inode(&here.linked,
				          (struct inode){st.st_dev, st.st_ino, (uint64_t)st.st_blocks * 512,
				                         (uint64_t)st.st_size});
			} else {
				here.alloc_bytes += (uint64_t)st.st_blocks * 512;
				here.apparent_bytes += (uint64_t)st.st_size;
			}
			continue;
		}
		if (st.st_dev != own.st_dev)
			continue;
		int below_fd = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (below_fd < 0) {
			struct walked_dir unreadable = {
				.alloc_bytes = (uint64_t)st.st_blocks * 512,
				.apparent_bytes = (uint64_t)st.st_size,
				.unreadable = true,
			};

			here.alloc_bytes += unreadable.alloc_bytes;
			here.apparent_bytes += unreadable.apparent_bytes;
			if (errno == EACCES) { /* else it is gone again */
				unreadable.path = join(path, entry->d_name);
				add_dir(walked, unreadable);
			}
			continue;
		}
		struct below below = walk(walked, join(path, entry->d_name), below_fd);

		here.alloc_bytes += below.alloc_bytes;
		here.apparent_bytes += below.apparent_bytes;
		here.items += below.items;
		here.files += below.files;
		for (size_t i = 0; i < below.linked.count; i++)
			add_inode(&here.linked, below.linked.items[i]);
		free(below.linked.items);
	}
	closedir(list);
	each_once(&here.linked);

	struct walked_dir total = {
		.path = path,
		.alloc_bytes = here.alloc_bytes,
		.apparent_bytes = here.apparent_bytes,
		.items = here.items,
		.files = here.files,
	};

	for (size_t i = 0; i < here.linked.count; i++) {
		total.alloc_bytes += here.linked.items[i].alloc_bytes;
		total.apparent_bytes += here.linked.items[i].apparent_bytes;
	}
	add_dir(walked, total);
	return here;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct walked_dir *)a)->path, ((const struct walked_dir *)b)->path);
}

struct walked walked_take(const char *root)
{
	struct walked walked = {0};
	char *path = strdup(root);
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || !path)
		die(root);
	struct below all = walk(&walked, path, fd);

	free(all.linked.items);
	qsort(walked.dirs, walked.count, sizeof *walked.dirs, by_path);
	return walked;
}

void walked_free(struct walked *walked)
{
	for (size_t i = 0; i < walked->count; i++)
		free(walked->dirs[i].path);
	free(walked->dirs);
	*walked = (struct walked){0};
}

const struct walked_dir *walked_find(const struct walked *walked, const char *path)
{
	const struct walked_dir key = { .path = (char *)(uintptr_t)path };

	return walked->count ? bsearch(&key, walked->dirs, walked->count, sizeof key, by_path) : NULL;
}

int walked_equal(const struct walked *a, const struct walked *b)
{
	if (a->count != b->count)
		return 0;
	for (size_t i = 0; i < a->count; i++) {
		const struct walked_dir *x = &a->dirs[i], *y = &b->dirs[i];

		if (strcmp(x->path, y->path) || x->alloc_bytes != y->alloc_bytes ||
		    x->apparent_bytes != y->apparent_bytes || x->items != y->items || x->files != y->files)
			return 0;
	}
	return 1;
}
