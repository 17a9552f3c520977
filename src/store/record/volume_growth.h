/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_VOLUME_GROWTH_H
#define STORE_RECORD_VOLUME_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/db/store.h"

/* What the snapshots say of a file system, by the folder it is mounted on. */
struct volume_growth {
	int64_t snapshot_id; /* the newest that holds it; 0 = none does: nothing below is known */
	int64_t time_s;      /* of it */
	/*
	 * Since then, where somebody follows the folder; else (`old`) what it brought against the one before it.
	 * FIGURE_UNKNOWN = nobody knows.
	 */
	int64_t bytes;
	bool old;
	int64_t full_in_days; /* -1 = that is not told (trend.h) */
};

/** One of those that are asked about together. */
struct volume_asked {
	const char *point; /* absolute, resolved */
	bool known;        /* how much is free there, too: */
	uint64_t available_bytes;
};

/**
 * Of file systems that may lie in each other: a snapshot that went through several counts for each what is its own.
 * 0 or -errno with a sentence.
 */
int volume_growth(struct store *store, const struct volume_asked *asked, size_t count, struct volume_growth *out,
                  struct err *err);

#endif
