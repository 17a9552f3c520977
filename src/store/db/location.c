/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/db/location.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/system/fs_kind.h"
#include "store/db/handle.h"

int store_default_path(const char *option, struct buf *out)
{
	const char *given = option && *option ? option : getenv("DISKTRACKER_DB");
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	struct stat st;

	if (given && *given)
		return buf_str(out, given);
	if (data && *data == '/')
		return buf_printf(out, "%s/disktracker/data.db", data);
	if (!home || *home != '/') {
		const struct passwd *user = getpwuid(getuid());

		home = user ? user->pw_dir : NULL;
	}
	/* A home is nobody's to make; and "/", as daemons have it, is none. */
	if (!home || !*home || !strcmp(home, "/") || stat(home, &st) || !S_ISDIR(st.st_mode))
		return -ENOENT;
	return buf_printf(out, "%s/.local/share/disktracker/data.db", home);
}

/* Length of the folder's part of a path, without the slash; 0 = there is none. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* Folder of the path: "." or "/" where the path names none. */
static char *folder_of(const char *path)
{
	size_t n = folder_length(path);

	if (n)
		return alloc_copy(path, n);
	return alloc_copy(*path == '/' ? "/" : ".", 1);
}

char *location_resolve(const char *path)
{
	char *whole = realpath(path, NULL);

	if (whole)
		return whole;
	const char *slash = strrchr(path, '/');
	char *folder = folder_of(path);
	/* A folder that is to be made yet lies in another; "." and "/" in none. */
	char *real = folder && strcmp(folder, path) ? location_resolve(folder) : NULL;
	struct buf joined = {0};

	free(folder);
	if (!real)
		return alloc_copy(path, strlen(path));
	buf_printf(&joined, "%s/%s", strcmp(real, "/") ? real : "", slash ? slash + 1 : path);
	free(real);
	return joined.failed ? (buf_free(&joined), NULL) : joined.data;
}

/* Made as root in somebody's folder, it would lock him out of his own: it is given to whom its parent belongs. */
static int make_one(int parent, const char *name, bool last)
{
	struct stat above, made;

	if (mkdirat(parent, name, last ? 0700 : 0755))
		return errno == EEXIST ? 0 : -errno;
	int fd = geteuid() || fstat(parent, &above)
	               ? -1
	               : openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	int rc = fd >= 0 && !fstat(fd, &made) && !made.st_uid && fchown(fd, above.st_uid, above.st_gid) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

int location_make(const char *path)
{
	char *copy = alloc_copy(path, strlen(path)), *name = copy;
	int at = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = !copy ? -ENOMEM : at < 0 ? -errno : 0;

	while (!rc && (name += strspn(name, "/"), name[strcspn(name, "/")])) {
		char *end = name + strcspn(name, "/");

		*end = '\0';
		int next = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (next < 0 && errno == ENOENT) {
			rc = make_one(at, name, !strchr(end + 1 + strspn(end + 1, "/"), '/'));
			next = rc ? -1 : openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		}
		if (!rc && next < 0)
			rc = -errno;
		close(at);
		at = next;
		name = end + 1;
	}
	if (at >= 0)
		close(at);
	free(copy);
	return rc;
}

bool location_is_foreign(const char *path)
{
	char *folder = folder_of(path);
	struct stat st;
	bool foreign = folder && !stat(folder, &st) && st.st_uid != geteuid();

	free(folder);
	return foreign;
}

int location_lock(const char *path)
{
	char *folder = folder_of(path);
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	free(folder);
	while (fd >= 0 && flock(fd, LOCK_EX) && errno == EINTR)
		;
	return fd;
}

void location_unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

bool location_on_network(const char *path)
{
	struct statfs fs;
	char *folder = folder_of(path);
	bool known = folder && !statfs(folder, &fs);

	free(folder);
	return known && fs_kind_is_remote((uint64_t)(uint32_t)fs.f_type);
}

int location_identify(const char *path, struct file_identity *file, struct file_identity *folder)
{
	struct stat st;
	char *name = folder_of(path);

	*folder = *file = (struct file_identity){0};
	if (name && !stat(name, &st))
		*folder = (struct file_identity){.device = st.st_dev, .inode = st.st_ino};
	free(name);
	if (stat(path, &st))
		return -errno;
	*file = (struct file_identity){.device = st.st_dev, .inode = st.st_ino};
	return 0;
}

bool location_same(const struct file_identity *a, const struct file_identity *b)
{
	return a->inode && a->inode == b->inode && a->device == b->device;
}
