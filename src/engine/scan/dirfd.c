/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/scan/dirfd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"

/*
 * Threads: any.  A reference is counted before the descriptor's number is handed to others (the deque's push publishes
 * both), and the last drop (acq_rel) closes, so that nobody uses a number that was closed.
 */

#define KEEP_MOST (1u << 19)
#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

static uint32_t open_now(void)
{
	uint32_t n = 0;
	DIR *dir = opendir("/proc/self/fd");

	if (!dir)
		return 64;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

int dirfds_init(struct dirfds *fds, int root)
{
	struct rlimit limit;
	uint32_t most = 1024;

	if (!getrlimit(RLIMIT_NOFILE, &limit)) {
		if (limit.rlim_cur < limit.rlim_max) {
			rlim_t before = limit.rlim_cur;

			limit.rlim_cur = limit.rlim_max;
			if (setrlimit(RLIMIT_NOFILE, &limit))
				limit.rlim_cur = before;
		}
		most = limit.rlim_cur > KEEP_MOST ? KEEP_MOST : (uint32_t)limit.rlim_cur;
	}
	uint32_t used = open_now();
	uint32_t left = most > used ? most - used : 0;

	memset(fds, 0, sizeof(*fds));
	fds->refs = alloc_array(most, sizeof(*fds->refs));
	if (!fds->refs)
		return -ENOMEM;
	fds->limit = most;
	fds->root = root;
	/* The other half is for the workers' own, and for the rest of the program. */
	atomic_init(&fds->budget, (int32_t)(left / 2));
	return 0;
}

void dirfds_destroy(struct dirfds *fds)
{
	if (!fds->refs)
		return;
	for (uint32_t fd = 0; fd < fds->limit && atomic_load_explicit(&fds->kept, memory_order_relaxed) > 0; fd++)
		if (atomic_load_explicit(&fds->refs[fd], memory_order_relaxed)) {
			close((int)fd);
			atomic_fetch_sub_explicit(&fds->kept, 1, memory_order_relaxed);
		}
	close(fds->root);
	free(fds->refs);
	memset(fds, 0, sizeof(*fds));
}

int dirfds_keep(struct dirfds *fds, int fd, uint32_t refs)
{
	if ((uint32_t)fd >= fds->limit)
		return -EMFILE;
	if (atomic_fetch_add_explicit(&fds->kept, 1, memory_order_relaxed) >=
	    atomic_load_explicit(&fds->budget, memory_order_relaxed)) {
		atomic_fetch_sub_explicit(&fds->kept, 1, memory_order_relaxed);
		return -EMFILE;
	}
	atomic_store_explicit(&fds->refs[fd], refs, memory_order_relaxed);
	return 0;
}

void dirfds_drop(struct dirfds *fds, int fd)
{
	if (atomic_fetch_sub_explicit(&fds->refs[fd], 1, memory_order_acq_rel) == 1) {
		atomic_fetch_sub_explicit(&fds->kept, 1, memory_order_relaxed);
		close(fd);
	}
}

void dirfds_shrink(struct dirfds *fds)
{
	int32_t kept = atomic_load_explicit(&fds->kept, memory_order_relaxed);

	atomic_store_explicit(&fds->budget, kept / 2, memory_order_relaxed);
}

int dirfd_open(int parent, const char *name)
{
	int fd = openat(parent, name, OPEN_DIR | O_NOATIME);

	/* Only the owner, or a process that may act as any, can leave the access time alone. */
	if (fd < 0 && errno == EPERM)
		fd = openat(parent, name, OPEN_DIR);
	return fd < 0 ? -errno : fd;
}

/* One piece of a path, each of its components a real directory below `at`. */
static int open_beneath(int at, char *piece)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = -1;

	for (int tries = 0; tries < 100; tries++) {
		fd = (int)syscall(SYS_openat2, at, piece, &how, sizeof(how));
		if (fd >= 0)
			return fd;
		if (errno != EAGAIN && errno != EINTR) /* EAGAIN: something was renamed meanwhile */
			break;
	}
	if (errno != ENOSYS && errno != EPERM)
		return -errno;

	/* An old kernel, or a sandbox that does not know the call: one component at a time. */
	fd = -1;
	for (char *name = piece; name;) {
		char *slash = strchr(name, '/');

		if (slash)
			*slash = '\0';
		int next = openat(fd < 0 ? at : fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int failed = errno;

		if (fd >= 0)
			close(fd);
		if (next < 0)
			return -failed;
		fd = next;
		name = slash ? slash + 1 : NULL;
	}
	return fd;
}

/* Is the open directory the inode that the tree knows? */
static int check_identity(int fd, const struct tree *tree, dir_id dir)
{
	const struct node_cold *cold = tree_cold(tree, dir);
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return st.st_ino == cold->ino && st.st_dev == tree_fs(tree, cold->fs).dev ? 0 : -ESTALE;
}

int dirfd_open_path(int root, const struct tree *tree, dir_id dir)
{
	struct buf path = {0};
	int at = root, fd, result = tree_place(tree, dir, &path);

	for (size_t from = 0; !result && from < path.length;) {
		/* As many components as fit into a path that the kernel takes. */
		size_t to = path.length;

		if (to - from >= PATH_MAX)
			for (to = from + PATH_MAX - 1; path.data[to] != '/'; to--)
				;
		path.data[to] = '\0';
		fd = open_beneath(at, path.data + from);
		if (at != root)
			close(at);
		at = fd;
		if (fd < 0)
			result = fd;
		from = to + 1;
	}
	buf_free(&path);
	if (result)
		return result;
	result = check_identity(at, tree, dir);
	fd = result ? result : dirfd_open(at, ".");
	if (at != root)
		close(at);
	return fd;
}
