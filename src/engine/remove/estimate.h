/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REMOVE_ESTIMATE_H
#define ENGINE_REMOVE_ESTIMATE_H

#include "engine/remove/choice.h"

/*
 * What truly comes back when a choice is deleted: not what has names elsewhere, not blocks that other files or
 * snapshots share (btrfs, XFS; files from 1 MiB on), not at once what somebody holds open.
 */

struct estimate_open {
	char *path;   /* absolute, raw */
	char *holder; /* "rsyslogd (812)", "nginx.service (7) and 2 more"; bytes */
	uint64_t bytes;
	bool bytes_known;
};

struct estimate {
	uint64_t frees_bytes;       /* at once: what is left of all */
	uint64_t elsewhere_bytes;   /* in files with names elsewhere */
	uint64_t shared_bytes;      /* in extents of others, too */
	uint64_t open_bytes;        /* in files that are held open */
	struct estimate_open *open; /* the largest first */
	size_t open_count, open_capacity;
	bool open_unseen; /* not all processes are ours to look at */
};

/** May take long: for a thread of its own, which `cancel` (may be NULL) ends early.  0, -ECANCELED or -ENOMEM. */
int estimate_make(const struct choice *choice, const _Atomic bool *cancel, struct estimate *out);
void estimate_clear(struct estimate *estimate);

#endif
