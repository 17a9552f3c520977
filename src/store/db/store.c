/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening the database, as well as it can be opened:
 *
 *   shared ──no room for -shm──> exclusive ──> read-only ──no log──> immutable ──> in memory
 *
 * Shared is the rule: WAL, any number of programs.  On a full disk SQLite cannot make the file of shared memory that
 * WAL needs; with locking_mode=EXCLUSIVE, set before the first read, it does without.  So the first steps down are
 * taken for the main occasion of this program; store_writable() (writable.c) climbs up again once there is room.  File
 * and folder are made by us, before SQLite, so that nobody else can ever read them: a later chmod would leave -wal and
 * -shm open.  Making and setting aside happen under a lock on the folder.
 *
 * What is not ours is refused as it lies (header.c).  Only a file that bears our name and is damaged is set aside, and
 * never through a symbolic link; only a missing file, or an empty one of our user's, is filled.
 *
 * Nothing here opens the file itself for a look: closing any descriptor of it would drop the POSIX locks of a
 * connection of this process.
 */
#include "store/db/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "base/trace.h"
#include "store/db/connect.h"
#include "store/db/header.h"
#include "store/db/location.h"
#include "store/db/schema.h"

/* Is there a log with something in it? */
static bool has_log(const struct store *store)
{
	struct buf name = {0};
	struct stat st;
	bool yes = !store_beside(store, "-wal", &name) || (stat(name.data, &st) ? errno != ENOENT : st.st_size > 0);

	buf_free(&name);
	return yes;
}

/* Last resort of the browser: nothing is kept, but everything works.  A command fails instead, with the reason. */
static int open_in_memory(struct store *store, int rc, struct err *err)
{
	struct err ignored, why;

	if (store->open_flags & STORE_STRICT)
		return rc;
	store->wait_for_room = rc == -ENOSPC || rc == -EBUSY;
	if (rc == -ENOSPC)
		err_set(&why, 0, _("disk full: this scan is not saved yet"));
	else if (rc == -EBUSY)
		err_set(&why, 0, _("%s is held by another program: this scan is not saved yet"), store->safe_path);
	else
		err_set(&why, 0, _("%.900s: nothing is saved"), err->text);
	store_disconnect(store);
	store->damaged = false;
	if (store_connect(store, WAY_MEMORY, &ignored))
		return err_no_memory(err);
	store_set_banner(store, why.text);
	return 0;
}

/* Sentence for a file that permissions keep from us: from writing it, or from reading it even. */
static int no_permission(const struct store *store, bool readable, int rc, struct err *err)
{
	const char *path = store->safe_path;
	struct stat st;
	bool known = !stat(store->path, &st);
	const struct passwd *owner = known ? getpwuid(st.st_uid) : NULL;
	const char *name = owner ? owner->pw_name : _("another user");

	if (rc == -EROFS)
		return err_set(err, rc,
		               readable ? _("%s lies on a read-only file system: nothing is saved")
		                        : _("%s lies on a read-only file system and cannot be read there"),
		               path);
	if (known && st.st_uid == geteuid())
		return err_set(err, rc,
		               readable ? _("%s is write-protected: nothing is saved; `chmod u+rw %s` changes that")
		                        : _("%s is protected and cannot be read; `chmod u+rw %s` changes that"),
		               path, path);
	return err_set(
		err, rc,
		readable ? _("%s belongs to %s: read-only, nothing is saved; `sudo chown $USER %s` makes it yours")
			 : _("%s belongs to %s and cannot be read; `sudo chown $USER %s` makes it yours"),
		path, name, path);
}

static int open_read_only(struct store *store, int rc, struct err *err)
{
	struct err ignored, banner;

	no_permission(store, true, rc, &banner);
	int failed = store_connect(store, WAY_READ_ONLY, err);

	if (failed == -EINVAL || failed == -EAGAIN)
		return failed == -EAGAIN ? failed : open_in_memory(store, failed, err);
	if (failed && (has_log(store) || store_connect(store, WAY_IMMUTABLE, &ignored)))
		return open_in_memory(store, no_permission(store, false, rc, err), err);
	if (!store_banner(store))
		store_set_banner(store, banner.text);
	return 0;
}

static int begin_file(struct store *store, struct err *err)
{
	store_disconnect(store);
	int rc = connect_open(store, WAY_SHARED, err);

	if (!rc)
		rc = header_write(store, err);
	store_disconnect(store);
	return rc;
}

static void remove_file(const struct store *store)
{
	static const char *const suffixes[] = {"", "-journal"};
	struct buf name = {0};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++)
		if (store_beside(store, suffixes[i], &name))
			unlink(name.data);
	buf_free(&name);
}

/* Make the file, if it is not there, and the database in it.  Caller holds the folder. */
static int create_in(struct store *store, struct err *err)
{
	int fd = open(store->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool made = fd >= 0;

	if (made)
		close(fd);
	else if (errno != EEXIST)
		return err_set(err, -errno, _("%s cannot be created: %s"), store->safe_path, strerror(errno));
	struct stat st;

	if (!made && lstat(store->path, &st))
		return -EAGAIN;
	if (!made && S_ISLNK(st.st_mode))
		return err_set(err, -EINVAL,
		               _("%s is a symbolic link that leads nowhere; remove it or name another file with --db"),
		               store->safe_path);
	int rc = made || !st.st_size ? begin_file(store, err) : 0;

	if (rc && made)
		remove_file(store); /* nobody else has seen it */
	return rc ? rc : store_connect(store, location_on_network(store->path) ? WAY_EXCLUSIVE : WAY_SHARED, err);
}

static int create(struct store *store, struct err *err)
{
	int rc = location_make(store->path);

	if (rc)
		return open_in_memory(
			store,
			err_set(err, rc, _("the folder of %s cannot be created: %s"), store->safe_path, strerror(-rc)),
			err);
	int lock = location_lock(store->path);

	rc = create_in(store, err);
	location_unlock(lock);
	/* `sudo` with the home of whoever called it: he will look for his history there, and it is root's. */
	if (!rc && !geteuid() && location_is_foreign(store->path)) {
		err_set(err, 0, _("as root: the history is kept in %s, in another user's folder"), store->safe_path);
		store_set_banner(store, err->text);
	}
	return rc && rc != -EAGAIN ? open_in_memory(store, rc, err) : rc;
}

/* Rename the file with its log to NAME.corrupt-TIME.  Caller holds the folder. */
static int rename_aside(struct store *store, struct buf *aside, struct err *err)
{
	static const char *const suffixes[] = {"-wal", "-shm", ""};
	struct buf from = {0}, to = {0};
	int rc = 0;

	for (int i = 1; i; i = i > 100 ? 0 : i + 1) {
		buf_clear(aside);
		buf_printf(aside, "%s.corrupt-%lld", store->path, (long long)clock_wall_s());
		if (i > 1)
			buf_printf(aside, "-%d", i);
		if (aside->failed || access(aside->data, F_OK))
			break;
	}
	if (aside->failed)
		rc = -ENOMEM;
	for (size_t i = 0; !rc && i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		buf_clear(&to);
		buf_printf(&to, "%s%s", aside->data, suffixes[i]);
		if (!store_beside(store, suffixes[i], &from) || to.failed)
			rc = -ENOMEM;
		else if (rename(from.data, to.data) && errno != ENOENT)
			rc = -errno;
	}
	buf_free(&from);
	buf_free(&to);
	return rc ? err_set(err, rc, _("%s is damaged and cannot be set aside: %s"), store->safe_path, strerror(-rc))
	          : 0;
}

/*
 * Begin anew beside a database of ours that is damaged.  `seen` is the file that was found so: if another program has
 * replaced it in the meantime, -EAGAIN.
 */
static int replace_damaged(struct store *store, const struct stat *seen, struct err *err)
{
	struct buf aside = {0}, safe = {0};
	struct stat st;
	struct err banner;
	int lock = location_lock(store->path);
	int rc = 0;

	store_disconnect(store);
	if (stat(store->path, &st) || st.st_ino != seen->st_ino || st.st_dev != seen->st_dev)
		rc = -EAGAIN;
	if (!rc)
		rc = rename_aside(store, &aside, err);
	store->damaged = false;
	if (!rc)
		rc = create_in(store, err);
	location_unlock(lock);
	if (!rc) {
		text_safe(&safe, aside.data, aside.length, false);
		err_set(&banner, 0, _("%s was damaged: it was set aside as %s, a new history is begun"),
		        store->safe_path, safe.failed ? "?" : safe.data);
		store_set_banner(store, banner.text);
	}
	buf_free(&aside);
	buf_free(&safe);
	return rc == -EAGAIN || !rc ? rc : open_in_memory(store, rc, err);
}

/*
 * A file of no length.  With a log beside it, it was a database.  Else it holds nothing to lose, and `mktemp` makes
 * such ones to be filled; but a history may have been there, so it is never taken for a new database in silence, and
 * another user's, or one that goes by other names too, is not ours to fill.
 */
static int open_empty(struct store *store, const struct stat *seen, struct err *err)
{
	struct stat st;
	int rc;

	if (has_log(store))
		return open_in_memory(store, store_damaged(store, _("it is empty"), err), err);
	if (!(store->open_flags & STORE_CREATE)) {
		err_set(err, 0, _("%s is empty: it holds no snapshots"), store->safe_path);
		rc = store_connect(store, WAY_MEMORY, err);
		if (!rc)
			store_set_banner(store, err->text);
		return rc;
	}
	if (store->linked || seen->st_uid != geteuid() || seen->st_nlink > 1)
		return open_in_memory(store,
		                      err_set(err, -EINVAL,
		                              _("%s is an empty file and stays as it is; name another file with --db"),
		                              store->safe_path),
		                      err);
	int lock = location_lock(store->path);

	rc = stat(store->path, &st) || st.st_size ? -EAGAIN : create_in(store, err);
	location_unlock(lock);
	if (rc)
		return rc == -EAGAIN ? rc : open_in_memory(store, rc, err);
	err_set(err, 0, _("%s was empty: a new history is begun"), store->safe_path);
	store_set_banner(store, err->text);
	return 0;
}

static bool is_full(struct store *store, int rc)
{
	struct err ignored;

	return rc == -ENOSPC || (rc == -EIO && store_room(store, 1 << 16, &ignored));
}

static int open_writable(struct store *store, const struct stat *seen, struct err *err)
{
	bool network = location_on_network(store->path);
	int rc = store_connect(store, network ? WAY_EXCLUSIVE : WAY_SHARED, err);

	if (!rc || rc == -EAGAIN)
		return rc;
	if (rc == -EBUSY || rc == -EINVAL || rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE)
		return open_in_memory(store, rc, err);
	if (store->damaged)
		return (store->open_flags & STORE_STRICT) || store->linked ? open_in_memory(store, rc, err)
		                                                           : replace_damaged(store, seen, err);
	struct err ignored;
	bool full = is_full(store, rc);

	if (network || store_connect(store, WAY_EXCLUSIVE, &ignored)) {
		if (full && !has_log(store) && !store_connect(store, WAY_IMMUTABLE, &ignored))
			goto opened;
		if (full)
			return open_in_memory(store, -ENOSPC, err);
		return open_read_only(store, rc, err);
	}
opened:
	if (full) {
		store->wait_for_room = true;
		if (!(store->open_flags & STORE_STRICT)) /* a command says what it cannot do, and prune can */
			store_set_banner(store, _(store_banner_full));
	}
	return 0;
}

/* -EAGAIN: the file was replaced meanwhile. */
static int open_once(struct store *store, struct err *err)
{
	struct stat st;

	store->damaged = false;
	store->wait_for_room = false;
	if (stat(store->path, &st)) {
		if (errno != ENOENT)
			return open_in_memory(
				store,
				err_set(err, -errno, _("%s cannot be opened: %s"), store->safe_path, strerror(errno)),
				err);
		return store->open_flags & STORE_CREATE ? create(store, err) : store_connect(store, WAY_MEMORY, err);
	}
	if (S_ISDIR(st.st_mode))
		return open_in_memory(store,
		                      err_set(err, -EISDIR, _("%s is a folder, not a database; name another with --db"),
		                              store->safe_path),
		                      err);
	if (!S_ISREG(st.st_mode))
		return open_in_memory(
			store, err_set(err, -EINVAL, _("%s is not a file; name another with --db"), store->safe_path),
			err);
	if (faccessat(AT_FDCWD, store->path, R_OK, AT_EACCESS))
		return open_in_memory(store, no_permission(store, false, -errno, err), err);
	if (!st.st_size)
		return open_empty(store, &st, err);
	if (faccessat(AT_FDCWD, store->path, W_OK, AT_EACCESS))
		return open_read_only(store, -errno, err);
	return open_writable(store, &st, err);
}

int store_open_any(struct store *store, struct err *err)
{
	int rc = -EAGAIN;

	for (int tries = 0; rc == -EAGAIN && tries < 8; tries++)
		rc = open_once(store, err);
	if (rc == -EAGAIN)
		rc = err_set(err, -EBUSY, _("%s is being replaced by another program"), store->safe_path);
	return rc;
}

static int open_at(const char *path, unsigned flags, int (*how)(struct store *store, struct err *err),
                   struct store **out, struct err *err)
{
	struct err own;
	struct buf safe = {0};
	struct store *store = alloc_zero(struct store);

	err = err ? err : &own; /* the banner is made of it */
	err->text[0] = '\0';
	*out = NULL;
	if (!store)
		return err_no_memory(err);
	struct stat st;

	store->open_flags = flags;
	store->linked = !lstat(path, &st) && S_ISLNK(st.st_mode);
	store->path = location_resolve(path);
	if (store->path)
		text_safe(&safe, store->path, strlen(store->path), false);
	store->safe_path = safe.data;
	if (!store->path || !store->safe_path || safe.failed) {
		store_close(store);
		return err_no_memory(err);
	}
	int rc = how(store, err);

	TRACE(TRACE_STORE, "open %s: %d", store->path, rc);
	if (rc) {
		store_close(store);
		return rc;
	}
	err_set(err, 0, "%s", store_banner(store) ? store_banner(store) : "");
	*out = store;
	return 0;
}

static int open_memory(struct store *store, struct err *err)
{
	return store_connect(store, WAY_MEMORY, err);
}

int store_open(const char *path, unsigned flags, struct store **out, struct err *err)
{
	return open_at(path, flags, store_open_any, out, err);
}

int store_open_memory(struct store **out, struct err *err)
{
	return open_at("/", 0, open_memory, out, err);
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store_disconnect(store);
	for (struct banner *banner = store->banners, *older; banner; banner = older) {
		older = banner->older;
		free(banner);
	}
	free(store->path);
	free(store->safe_path);
	free(store);
}
