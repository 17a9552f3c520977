/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/remove/trash_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/kernel.h"
#include "base/path.h"

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define NAME_MOST 235 /* bytes: room for a number and `.trashinfo` */
#define NUMBERS 100000

/* ---- which folder ---- */

/** A folder of our own in an open one; made if it is not there.  Never through a link. */
static int own_folder(int at, const char *name)
{
	struct stat st;
	int fd;

	if (mkdirat(at, name, 0700) && errno != EEXIST)
		return -errno;
	fd = openat(at, name, OPEN_FLAGS);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || st.st_uid != geteuid()) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

/** With files/ and info/.  Takes the descriptor over. */
static int open_inside(struct trash_place *trash, int dir)
{
	trash->dir = dir;
	if (dir < 0)
		return dir;
	trash->files = own_folder(dir, "files");
	trash->info = trash->files < 0 ? trash->files : own_folder(dir, "info");
	return trash->info < 0 ? trash->info : 0;
}

/** Make a path's folders that are not there, 0700, and open the last.  Its own links are the person's business. */
static int open_home_folder(const char *path)
{
	char *copy = alloc_text(path);
	int fd;

	if (!copy)
		return -ENOMEM;
	for (char *slash = copy; (slash = strchr(slash + 1, '/'));) {
		*slash = 0;
		mkdir(copy, 0700); /* what fails is seen when it is opened */
		*slash = '/';
	}
	free(copy);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/** $XDG_DATA_HOME, or where that is by default: an absolute path, to be freed.  -EXDEV: there is none. */
static int data_home(char **path)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (data && *data == '/')
		*path = alloc_print("%s/", data);
	else if (home && *home == '/')
		*path = alloc_print("%s/.local/share/", home);
	else
		return -EXDEV;
	return *path ? 0 : -ENOMEM;
}

static bool same_mount(const struct statx *a, const struct statx *b)
{
	return a->stx_dev_major == b->stx_dev_major && a->stx_dev_minor == b->stx_dev_minor &&
	       statx_mount(a) == statx_mount(b);
}

static int look(int fd, struct statx *st)
{
	return statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, st) ? -errno : 0;
}

/** The home trash, when it lies in the same mount as `at`; else -EXDEV. */
static int open_home(struct trash_place *trash, int at)
{
	char *data = NULL;
	int rc = data_home(&data), parent = rc ? rc : open_home_folder(data);
	struct statx here, there;

	if (parent < 0)
		rc = parent == -ENOMEM ? -ENOMEM : -EXDEV;
	else if (look(at, &here) || look(parent, &there) || !same_mount(&here, &there))
		rc = -EXDEV;
	if (!rc) {
		trash->path = alloc_print("%sTrash", data);
		rc = trash->path ? open_inside(trash, own_folder(parent, "Trash")) : -ENOMEM;
	}
	if (parent >= 0)
		close(parent);
	free(data);
	return rc;
}

/**
 * The folder that the mount begins with: up from `at` as long as it is the same mount.  *path is cut to its own.  A
 * descriptor or -errno.
 */
static int open_top(int at, char *path)
{
	int fd = openat(at, ".", OPEN_FLAGS), above;
	struct statx here, up;

	while (fd >= 0 && path[1]) {
		char *slash = strrchr(path, '/');

		above = openat(fd, "..", OPEN_FLAGS);
		if (above < 0 || look(fd, &here) || look(above, &up) || !same_mount(&here, &up)) {
			if (above >= 0)
				close(above);
			break;
		}
		close(fd);
		fd = above;
		slash[slash == path] = 0;
	}
	return fd < 0 ? -errno : fd;
}

/** `.Trash`, made by an administrator for all: a folder that lets everybody remove only what is his own. */
static int open_shared(int top, const char *uid)
{
	int shared = openat(top, ".Trash", OPEN_FLAGS), fd;
	struct stat st;

	if (shared < 0)
		return -errno;
	fd = fstat(shared, &st) ? -errno : st.st_mode & S_ISVTX ? own_folder(shared, uid) : -EPERM;
	close(shared);
	return fd;
}

/** $topdir/.Trash/$uid, else $topdir/.Trash-$uid. */
static int open_of_mount(struct trash_place *trash, int at, const char *path)
{
	char uid[32], name[40];
	int top, rc;

	snprintf(uid, sizeof(uid), "%lu", (unsigned long)geteuid());
	snprintf(name, sizeof(name), ".Trash-%s", uid);
	trash->top = alloc_text(path);
	if (!trash->top)
		return -ENOMEM;
	top = open_top(at, trash->top);
	if (top < 0)
		return top;
	rc = open_inside(trash, open_shared(top, uid));
	if (!rc) {
		trash->path = alloc_print("%s/.Trash/%s", trash->top[1] ? trash->top : "", uid);
	} else {
		int dir = own_folder(top, name);

		trash->path = alloc_print("%s/%s", trash->top[1] ? trash->top : "", name);
		rc = open_inside(trash, dir);
		if (rc == -EACCES || rc == -EROFS || rc == -EPERM || rc == -ENOTDIR || rc == -ELOOP)
			rc = -EXDEV;
	}
	close(top);
	return rc || trash->path ? rc : -ENOMEM;
}

int trash_open(struct trash_place *trash, int at, const char *path)
{
	int rc;

	*trash = (struct trash_place){.dir = -1, .files = -1, .info = -1};
	rc = open_home(trash, at);
	if (rc == -EXDEV) {
		trash_close(trash);
		rc = open_of_mount(trash, at, path);
	}
	if (rc)
		trash_close(trash);
	return rc;
}

int trash_open_again(struct trash_place *trash, const char *path)
{
	int dir = open(path, OPEN_FLAGS), rc;

	*trash = (struct trash_place){.dir = -1, .files = -1, .info = -1};
	rc = open_inside(trash, dir < 0 ? -errno : dir);
	if (rc)
		trash_close(trash);
	return rc;
}

void trash_close(struct trash_place *trash)
{
	int fds[] = {trash->dir, trash->files, trash->info};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(trash->path);
	free(trash->top);
	*trash = (struct trash_place){.dir = -1, .files = -1, .info = -1};
}

/* ---- notes ---- */

/** As in a URI: what is not reserved, and slashes, stay. */
static void add_encoded(struct buf *out, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    (c && strchr("-_.!~*'()/", c)))
			buf_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static int write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno != EINTR)
			return -errno;
		bytes += written > 0 ? written : 0;
		n -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

/** Nothing in the trash is called so, and now its note is: a descriptor; -EEXIST: something is. */
static int claim(const struct trash_place *trash, const char *name)
{
	char *note = alloc_print("%s.trashinfo", name);
	struct stat st;
	int fd;

	if (!note)
		return -ENOMEM;
	fd = openat(trash->info, note, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	fd = fd < 0 ? -errno : fd;
	if (fd >= 0 && !fstatat(trash->files, name, &st, AT_SYMLINK_NOFOLLOW)) {
		close(fd);
		unlinkat(trash->info, note, 0);
		fd = -EEXIST;
	}
	free(note);
	return fd;
}

/** At most so long, and cut behind a whole character. */
static size_t cut_name(const char *thing)
{
	size_t length = strlen(thing);

	if (length <= NAME_MOST)
		return length;
	for (length = NAME_MOST; length > NAME_MOST - 4 && ((unsigned char)thing[length] & 0xc0) == 0x80; length--)
		;
	return length;
}

int trash_write_note(const struct trash_place *trash, const char *path, const char *thing, char **name)
{
	size_t length = cut_name(thing);
	struct buf text = {0};
	time_t now = (time_t)clock_wall_s();
	char date[32] = "";
	struct tm local;
	int fd = -EEXIST, rc;

	*name = NULL;
	for (int number = 1; fd == -EEXIST && number <= NUMBERS; number++) {
		free(*name);
		*name = number > 1 ? alloc_print("%.*s.%d", (int)length, thing, number) : alloc_copy(thing, length);
		fd = *name ? claim(trash, *name) : -ENOMEM;
	}
	if (fd < 0) {
		free(*name);
		*name = NULL;
		return fd;
	}
	if (localtime_r(&now, &local))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
	buf_str(&text, "[Trash Info]\nPath=");
	if (trash->top)
		path = path_below(path, trash->top);
	add_encoded(&text, path, strlen(path));
	buf_printf(&text, "\nDeletionDate=%s\n", date);
	rc = text.failed ? -ENOMEM : write_all(fd, text.data, text.length);
	if (!rc && fsync(fd))
		rc = -errno;
	close(fd);
	buf_free(&text);
	if (rc) {
		trash_remove_note(trash, *name);
		free(*name);
		*name = NULL;
	}
	return rc;
}

void trash_remove_note(const struct trash_place *trash, const char *name)
{
	char *note = alloc_print("%s.trashinfo", name);

	if (note)
		unlinkat(trash->info, note, 0);
	free(note);
}

/* ---- directorysizes ---- */

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/** In place. */
static void decode(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (*text == '%' && hex(text[1]) >= 0 && hex(text[2]) >= 0) {
			*to++ = (char)(hex(text[1]) << 4 | hex(text[2]));
			text += 2;
		} else {
			*to++ = *text;
		}
	*to = 0;
}

/** Does a line speak of a thing that is still there? */
static bool line_holds(const struct trash_place *trash, const char *line)
{
	const char *name = strchr(line, ' ');
	struct stat st;
	char *copy;
	bool there;

	name = name ? strchr(name + 1, ' ') : NULL;
	copy = name ? alloc_text(name + 1) : NULL;
	if (!copy)
		return false;
	decode(copy);
	there = *copy && !strchr(copy, '/') && !fstatat(trash->files, copy, &st, AT_SYMLINK_NOFOLLOW);
	free(copy);
	return there;
}

static void keep_lines(const struct trash_place *trash, struct buf *out)
{
	int fd = openat(trash->dir, "directorysizes", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	size_t capacity = 0;
	char *line = NULL;
	ssize_t got;

	while (file && (got = alloc_line(&line, &capacity, file)) > 0) {
		if (line[got - 1] == '\n')
			line[got - 1] = 0;
		if (line_holds(trash, line))
			buf_printf(out, "%s\n", line);
	}
	free(line);
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
}

int trash_note_sizes(const struct trash_place *trash, const struct trash_size *sizes, size_t count)
{
	struct buf text = {0};
	char temporary[48];
	int fd, rc;

	keep_lines(trash, &text);
	for (size_t i = 0; i < count; i++) {
		char *note = alloc_print("%s.trashinfo", sizes[i].name);
		struct stat st;

		if (note && !fstatat(trash->info, note, &st, AT_SYMLINK_NOFOLLOW)) {
			buf_printf(&text, "%llu %lld ", (unsigned long long)sizes[i].bytes, (long long)st.st_mtime);
			add_encoded(&text, sizes[i].name, strlen(sizes[i].name));
			buf_char(&text, '\n');
		}
		free(note);
	}
	snprintf(temporary, sizeof(temporary), "directorysizes.%ld", (long)getpid());
	fd = openat(trash->dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	rc = text.failed ? -ENOMEM : fd < 0 ? -errno : write_all(fd, text.data ? text.data : "", text.length);
	if (fd >= 0)
		close(fd);
	if (!rc && renameat(trash->dir, temporary, trash->dir, "directorysizes"))
		rc = -errno;
	if (rc)
		unlinkat(trash->dir, temporary, 0);
	buf_free(&text);
	return rc;
}
