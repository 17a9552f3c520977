/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/trace.h"
#include "engine/raw/device.h"
#include "engine/raw/ext4.h"
#include "engine/raw/prefetch.h"
#include "engine/scan/scan_state.h"

/*
 * Reading ahead (engine/raw/prefetch.h).  Whether a tree is in memory nobody says beforehand; but what a thread has
 * read from disks the kernel counts.  So every worker looks now and then at what its last directories cost, and the
 * first one that waited for the disk reads ahead, while the others go on: the screen has its rows, and a tree that is
 * in memory costs nothing.
 */

#define LARGE_INODES 50000  /* below it the scan is over as soon */
#define SHARE 4             /* the scan is of at least one in so many inodes */
#define LOOK_DIRECTORIES 16 /* between two looks */
#define COLD_SECTORS 8      /* of 512 bytes, read for each of them: a block */

void ahead_begin(struct scan *scan, dev_t dev)
{
	struct statfs fs;
	bool wanted = !scan->rules.options.no_prefetch && !scan->rules.options.warm && !geteuid() &&
	              device_is_ext(scan->fds.root) && !fstatfs(scan->fds.root, &fs);

	if (wanted) {
		uint64_t used = fs.f_files > fs.f_ffree ? fs.f_files - fs.f_ffree : 0;

		wanted = used >= LARGE_INODES && (tree_cold(scan->rules.tree, scan->rules.top)->ino == EXT4_ROOT ||
		                                  scan->expected_items >= used / SHARE);
	}
	scan->dev = dev;
	atomic_store_explicit(&scan->ahead, wanted, memory_order_relaxed);
}

void ahead_look(struct scan_worker *worker)
{
	struct scan *scan = worker->scan;
	struct rusage usage;

	if (!atomic_load_explicit(&scan->ahead, memory_order_relaxed) || ++worker->unlooked < LOOK_DIRECTORIES)
		return;
	worker->unlooked = 0;
	if (getrusage(RUSAGE_THREAD, &usage))
		return;
	long sectors = usage.ru_inblock - worker->sectors;

	worker->sectors = usage.ru_inblock;
	if (sectors < (long)LOOK_DIRECTORIES * COLD_SECTORS ||
	    !atomic_exchange_explicit(&scan->ahead, false, memory_order_relaxed))
		return;
	TRACE(TRACE_SCAN, "%ld sectors for %d directories: read ahead", sectors, LOOK_DIRECTORIES);
	/* Where it cannot be done the scan is as it was. */
	if (!prefetch_run(scan->dev, &scan->stop))
		atomic_store_explicit(&scan->prefetched, true, memory_order_relaxed);
}
