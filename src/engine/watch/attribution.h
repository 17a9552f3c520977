/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_ATTRIBUTION_H
#define ENGINE_WATCH_ATTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Who changed what while a command runs: it, with all that it starts (engine/system/family.h), or others.  fanotify
 * tells of each change its directory, its name and who made it, whole file systems at a time; root only.
 *
 * Thread: one that reads, between start and end; what it found is asked behind that.
 */
struct attribution;

enum attribution_who {
	BY_NOBODY = 0, /* no change was seen */
	BY_COMMAND = 1 << 0,
	BY_OTHERS = 1 << 1,
};

/**
 * What happens below these folders (absolute), in all local file systems mounted there: begin before anything is
 * started.  -errno with a sentence that says why nobody tells.
 */
int attribution_start(const char *const *roots, size_t count, struct attribution **out, struct err *err);

/** What has happened until now is read; nothing more is.  -errno with a sentence where some of it got lost. */
int attribution_end(struct attribution *attribution, struct err *err);

/**
 * Who changed an entry: made, wrote, renamed or deleted it, or of a directory something directly in it; of one that has
 * come or gone with the directory it lies in whoever did that.  enum attribution_who, or both.
 */
unsigned attribution_of(const struct attribution *attribution, const char *path, bool is_dir);

void attribution_free(struct attribution *attribution); /* NULL is fine */

#endif
