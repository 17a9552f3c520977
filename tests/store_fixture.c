/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "private_mounts.h"
#include "store_fixture.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

void fixture_begin(struct fixture *fixture)
{
	const char *tmp = getenv("TMPDIR");

	memset(fixture, 0, sizeof(*fixture));
	snprintf(fixture->folder, sizeof(fixture->folder), "%s/disktracker-store-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(fixture->folder));
	snprintf(fixture->path, sizeof(fixture->path), "%s/data.db", fixture->folder);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void fixture_end(struct fixture *fixture)
{
	if (fixture->mounted)
		umount2(fixture->folder, MNT_DETACH);
	nftw(fixture->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

bool fixture_tmpfs(struct fixture *fixture, const char *size)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%s", size);
	fixture->mounted = !private_tmpfs(fixture->folder, options);
	return fixture->mounted;
}

void fixture_remount(struct fixture *fixture, const char *size)
{
	char options[64];

	snprintf(options, sizeof(options), "size=%s", size);
	cr_assert_eq(mount(NULL, fixture->folder, NULL, MS_REMOUNT, options), 0);
}

struct store *fixture_open_at(const char *path, unsigned flags)
{
	struct store *store;
	struct err err = {{0}};
	int rc = store_open(path, flags, &store, &err);

	cr_assert_eq(rc, 0, "%d: %s", rc, err.text);
	return store;
}

struct store *fixture_open(struct fixture *fixture, unsigned flags)
{
	return fixture_open_at(fixture->path, flags);
}

int64_t fixture_number(struct store *store, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = -1;

	cr_assert_eq(sqlite3_prepare_v2(store_handle(store), sql, -1, &statement, NULL), SQLITE_OK, "%s: %s", sql,
	             sqlite3_errmsg(store_handle(store)));
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}
