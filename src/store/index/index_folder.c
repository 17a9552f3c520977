/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/index/index_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/db/handle.h"
#include "store/index/index.h"

#define FOLDER_ENDING ".index"

/* ---- names ---- */

int index_folder_path(const char *db, struct buf *out)
{
	return buf_printf(out, "%s" FOLDER_ENDING "/", db);
}

static int add_hash(const void *key, size_t length, const char *ending, struct buf *out)
{
	XXH128_hash_t hash = XXH3_128bits(key, length);

	return buf_printf(out, "%016llx%016llx%s", (unsigned long long)hash.high64, (unsigned long long)hash.low64,
	                  ending);
}

int index_path(const char *db, const char *root, struct buf *out)
{
	index_folder_path(db, out);
	return add_hash(root, strlen(root), ".mmap", out);
}

int index_lock_path(const char *db, const char *root, struct buf *out)
{
	index_folder_path(db, out);
	return add_hash(root, strlen(root), ".lock", out);
}

const char *index_file_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* ---- whom to believe ---- */

enum reason { ANOTHERS, OPEN_TO_OTHERS, NO_FOLDER, NO_FILE, ANOTHERS_DATABASE, FOLLOWED, SYSTEM };

/* The sentence for a path; `code` tells the system's reason. */
static int refuse(struct err *err, int code, enum reason reason, const char *path)
{
	struct buf safe = {0};

	text_safe(&safe, path, strlen(path), false);
	const char *name = safe.failed || !safe.data ? "?" : safe.data;

	switch (reason) {
	case ANOTHERS:
		err_set(err, code, _("%s belongs to another user and is not used; remove it to have an index"), name);
		break;
	case OPEN_TO_OTHERS:
		err_set(err, code, _("%s can be written by others and is not used; `chmod go-w %s` makes it private"),
		        name, name);
		break;
	case NO_FOLDER:
		err_set(err, code, _("%s is not a folder and is not used; remove it to have an index"), name);
		break;
	case NO_FILE:
		err_set(err, code, _("%s is not a file and is not used; remove it to have an index"), name);
		break;
	case ANOTHERS_DATABASE:
		err_set(err, code, _("%s belongs to another user: no index is written beside it"), name);
		break;
	case FOLLOWED:
		err_set(err, code, _("%s: another program follows this folder"), name);
		break;
	case SYSTEM:
		err_set(err, code, "%s: %s", name, strerror(-code));
		break;
	}
	buf_free(&safe);
	return code;
}

static bool is_foreign(const struct stat *st)
{
	return st->st_uid != geteuid() && st->st_uid != 0;
}

/* 0, or -EPERM: somebody else may have put there what he likes. */
static int believe(const struct stat *st, const char *path, struct err *err)
{
	if (is_foreign(st))
		return refuse(err, -EPERM, ANOTHERS, path);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return refuse(err, -EPERM, OPEN_TO_OTHERS, path);
	return 0;
}

/* Why a folder could not be opened: a stranger's is no fault of the disk. */
static int folder_failed(const char *folder, int code, struct err *err)
{
	struct stat st;

	if (code == -ENOENT || lstat(folder, &st))
		return refuse(err, code, SYSTEM, folder);
	if (is_foreign(&st))
		return believe(&st, folder, err);
	if (!S_ISDIR(st.st_mode))
		return refuse(err, -EPERM, NO_FOLDER, folder);
	return refuse(err, code, SYSTEM, folder);
}

/* Beside another user's database an index would be in his way: he could neither use nor remove it. */
static int make_folder(const char *folder, struct err *err)
{
	char *db = alloc_copy(folder, strlen(folder) - strlen(FOLDER_ENDING));
	struct stat st;
	int rc = 0;

	if (!db)
		return err_no_memory(err);
	if (!stat(db, &st) && st.st_uid != geteuid())
		rc = refuse(err, -EPERM, ANOTHERS_DATABASE, db);
	else if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		rc = refuse(err, -errno, SYSTEM, folder);
	free(db);
	return rc;
}

int index_folder_open(const char *path, bool make, struct err *err)
{
	char *folder = alloc_copy(path, (size_t)(strrchr(path, '/') - path));
	struct stat st;
	int fd = -1, rc = 0;

	if (!folder)
		return err_no_memory(err);
	for (int i = 0; fd < 0 && !rc && i < 2; i++) {
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			rc = errno == ENOENT && make && !i ? make_folder(folder, err)
			                                   : folder_failed(folder, -errno, err);
	}
	if (fd >= 0 && fstat(fd, &st))
		rc = refuse(err, -errno, SYSTEM, folder);
	else if (fd >= 0)
		rc = believe(&st, folder, err);
	if (rc && fd >= 0)
		close(fd);
	free(folder);
	return rc ? rc : fd;
}

int index_file_open(int folder, const char *path, int flags, struct err *err)
{
	int fd = openat(folder, index_file_name(path), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;
	int rc;

	if (fd < 0 && errno != ELOOP && errno != ENXIO && errno != EISDIR)
		return refuse(err, -errno, SYSTEM, path);
	if (fd < 0)
		return refuse(err, -EPERM, NO_FILE, path);
	if (fstat(fd, &st))
		rc = refuse(err, -errno, SYSTEM, path);
	else if (!S_ISREG(st.st_mode))
		rc = refuse(err, -EPERM, NO_FILE, path);
	else
		rc = believe(&st, path, err);
	if (rc)
		close(fd);
	return rc ? rc : fd;
}

int index_remove(const char *path)
{
	int folder = index_folder_open(path, false, NULL);

	if (folder < 0)
		return folder;
	int rc = unlinkat(folder, index_file_name(path), 0) ? -errno : 0;

	close(folder);
	return rc;
}

/* ---- the lock ---- */

/*
 * Of the open file description: gone with the process, however it ends, and anybody may ask for it without taking it.
 * One byte is the lock, the next two are words.
 */
static const struct flock first_byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

int index_lock(const char *path, struct err *err)
{
	int folder = index_folder_open(path, true, err);

	if (folder < 0)
		return folder;
	int fd = index_file_open(folder, path, O_RDWR | O_CREAT, err);
	struct flock lock = first_byte;

	close(folder);
	if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return fd;
	int rc = errno == EACCES || errno == EAGAIN ? -EWOULDBLOCK : -errno;

	close(fd);
	return refuse(err, rc, rc == -EWOULDBLOCK ? FOLLOWED : SYSTEM, path);
}

static bool held(int folder, const char *path, off_t byte)
{
	struct flock lock = first_byte;
	int fd = index_file_open(folder, path, O_RDONLY, NULL);

	lock.l_start = byte;
	bool locked = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	return locked;
}

void index_lock_say(int lock_fd, enum index_word word, bool is)
{
	struct flock lock = {.l_type = is ? F_WRLCK : F_UNLCK, .l_whence = SEEK_SET, .l_start = word, .l_len = 1};

	/* Only the holder writes there: it cannot be another's. */
	(void)fcntl(lock_fd, F_OFD_SETLK, &lock);
}

unsigned index_lock_words(const char *path)
{
	int folder = index_folder_open(path, false, NULL);
	unsigned words = 0;

	if (folder < 0)
		return 0;
	for (unsigned word = INDEX_BEHIND; held(folder, path, 0) && word <= INDEX_POLLING; word <<= 1)
		words |= held(folder, path, word) ? word : 0;
	close(folder);
	return words;
}

bool index_locked(const char *path)
{
	int folder = index_folder_open(path, false, NULL);
	bool locked = folder >= 0 && held(folder, path, 0);

	if (folder >= 0)
		close(folder);
	return locked;
}

/* ---- what an earlier version left ---- */

#define OLDER_FOLDER "index/"

/* Is it an index, or the beginning of one, whose header is written last? */
static bool is_index(int folder, const char *path)
{
	static const char none[sizeof(INDEX_MAGIC) - 1];
	char magic[sizeof(none)];
	int fd = index_file_open(folder, path, O_RDONLY, NULL);
	ssize_t n = fd < 0 ? -1 : pread(fd, magic, sizeof(magic), 0);

	if (fd >= 0)
		close(fd);
	return n == 0 || (n == (ssize_t)sizeof(magic) &&
	                  (!memcmp(magic, INDEX_MAGIC, sizeof(magic)) || !memcmp(magic, none, sizeof(magic))));
}

/*
 * Remove HASH.mmap, HASH.mmap.tmp, HASH.lock of a root, unless a program of that version follows it just now.  `path`:
 * of the folder.
 */
static void drop_root(int folder, struct buf *path, const char *db_name, const char *root)
{
	static const char *const endings[] = {".mmap.tmp", ".mmap", ".lock"};
	struct buf key = {0};
	size_t length = path->length;

	/* Databases of one folder had names of their own for the same root. */
	buf_add(&key, db_name, strlen(db_name) + 1);
	buf_str(&key, root);
	if (!key.failed && !add_hash(key.data, key.length, ".lock", path) && !held(folder, path->data, 0))
		for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
			path->length = length;
			if (add_hash(key.data, key.length, endings[i], path))
				break;
			if (is_index(folder, path->data)) /* or the lock, which is empty */
				unlinkat(folder, index_file_name(path->data), 0);
		}
	path->length = length;
	buf_free(&key);
}

void index_drop_older(struct store *store)
{
	const char *db = store_path(store), *slash = strrchr(db, '/');
	struct buf path = {0};
	sqlite3_stmt *rows;

	buf_add(&path, db, slash ? (size_t)(slash - db) + 1 : 0);
	int folder = buf_str(&path, OLDER_FOLDER) ? -ENOMEM : index_folder_open(path.data, false, NULL);

	if (folder >= 0) {
		rows = store_prepare(
			store, "SELECT scan_root FROM roots WHERE source='' UNION SELECT watch_root FROM watch_state",
			NULL);
		while (rows && store_step(store, rows, NULL) == 1) {
			const void *bytes = sqlite3_column_blob(rows, 0);
			char *root = bytes ? alloc_copy(bytes, (size_t)sqlite3_column_bytes(rows, 0)) : NULL;

			if (root)
				drop_root(folder, &path, slash ? slash + 1 : db, root);
			free(root);
		}
		sqlite3_finalize(rows);
		close(folder);
		path.data[path.length - 1] = '\0';
		rmdir(path.data); /* fails while others have something there */
	}
	buf_free(&path);
}
