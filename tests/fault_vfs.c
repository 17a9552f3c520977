/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault_vfs.h"

#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

static sqlite3_vfs *real;
static long fail_at = -1, counted;
static int fail_code;
static bool fail_sticky;

struct fault_file {
	sqlite3_file base;
	sqlite3_file real[]; /* the real file's own memory follows */
};

void fault_vfs_arm(long n, int code, bool sticky)
{
	fail_at = n;
	fail_code = code;
	fail_sticky = sticky;
	counted = 0;
}

long fault_vfs_count(void)
{
	return counted;
}

static bool refuses(void)
{
	long n = counted++;

	return fail_at >= 0 && (n == fail_at || (n > fail_at && fail_sticky));
}

static sqlite3_file *inner(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

#define METHODS(file) (inner(file)->pMethods)

static int f_close(sqlite3_file *file)
{
	return METHODS(file)->xClose(inner(file));
}

static int f_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
	return METHODS(file)->xRead(inner(file), bytes, n, at);
}

static int f_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	if (refuses()) {
		if (n > 1) /* a short write: half of it is there */
			METHODS(file)->xWrite(inner(file), bytes, n / 2, at);
		return fail_code;
	}
	return METHODS(file)->xWrite(inner(file), bytes, n, at);
}

static int f_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return refuses() ? fail_code : METHODS(file)->xTruncate(inner(file), size);
}

static int f_sync(sqlite3_file *file, int flags)
{
	return refuses() ? fail_code : METHODS(file)->xSync(inner(file), flags);
}

static int f_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return METHODS(file)->xFileSize(inner(file), size);
}

static int f_lock(sqlite3_file *file, int kind)
{
	return METHODS(file)->xLock(inner(file), kind);
}

static int f_unlock(sqlite3_file *file, int kind)
{
	return METHODS(file)->xUnlock(inner(file), kind);
}

static int f_reserved(sqlite3_file *file, int *out)
{
	return METHODS(file)->xCheckReservedLock(inner(file), out);
}

static int f_control(sqlite3_file *file, int op, void *argument)
{
	return METHODS(file)->xFileControl(inner(file), op, argument);
}

static int f_sector(sqlite3_file *file)
{
	return METHODS(file)->xSectorSize(inner(file));
}

static int f_device(sqlite3_file *file)
{
	return METHODS(file)->xDeviceCharacteristics(inner(file));
}

static int f_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
	if (extend && refuses())
		return SQLITE_IOERR_SHMSIZE;
	return METHODS(file)->xShmMap(inner(file), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	return METHODS(file)->xShmLock(inner(file), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *file)
{
	METHODS(file)->xShmBarrier(inner(file));
}

static int f_shm_unmap(sqlite3_file *file, int remove)
{
	return METHODS(file)->xShmUnmap(inner(file), remove);
}

static int f_fetch(sqlite3_file *file, sqlite3_int64 at, int n, void **out)
{
	return METHODS(file)->xFetch(inner(file), at, n, out);
}

static int f_unfetch(sqlite3_file *file, sqlite3_int64 at, void *bytes)
{
	return METHODS(file)->xUnfetch(inner(file), at, bytes);
}

static const sqlite3_io_methods methods = {
	.iVersion = 3,
	.xClose = f_close,
	.xRead = f_read,
	.xWrite = f_write,
	.xTruncate = f_truncate,
	.xSync = f_sync,
	.xFileSize = f_size,
	.xLock = f_lock,
	.xUnlock = f_unlock,
	.xCheckReservedLock = f_reserved,
	.xFileControl = f_control,
	.xSectorSize = f_sector,
	.xDeviceCharacteristics = f_device,
	.xShmMap = f_shm_map,
	.xShmLock = f_shm_lock,
	.xShmBarrier = f_shm_barrier,
	.xShmUnmap = f_shm_unmap,
	.xFetch = f_fetch,
	.xUnfetch = f_unfetch,
};

static int v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	(void)vfs;
	file->pMethods = NULL;
	int rc = real->xOpen(real, name, inner(file), flags, out);

	if (rc == SQLITE_OK)
		file->pMethods = &methods;
	return rc;
}

static int v_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	return refuses() ? SQLITE_IOERR_DELETE : real->xDelete(real, name, sync);
}

void fault_vfs_install(void)
{
	static sqlite3_vfs shim;

	real = sqlite3_vfs_find(NULL);
	shim = *real;
	shim.zName = "fault";
	shim.szOsFile = (int)sizeof(struct fault_file) + real->szOsFile;
	shim.xOpen = v_open;
	shim.xDelete = v_delete;
	sqlite3_vfs_register(&shim, 1);
}
