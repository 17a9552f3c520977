/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_COUNTING_H
#define STORE_SNAPSHOT_COUNTING_H

#include "base/buf.h"

/**
 * How one scan counted that another did not, from their texts of scan_counting_describe(): "with -x, without --exclude
 * *.o".  Appends; 0 or -ENOMEM.
 */
int counting_difference(const char *ours, const char *theirs, struct buf *out);

#endif
