/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_SYSTEM_FAMILY_H
#define ENGINE_SYSTEM_FAMILY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The processes that this one starts from now on, and those that they start, however deep and however short they live:
 * the kernel tells of each fork (its process connector; root only, not in a container).  What it told before something
 * else happened is known when that is asked about.  One thread.
 */
struct family;

/** -EOPNOTSUPP with a sentence where the kernel does not tell; -ENOMEM. */
int family_start(struct family **out, struct err *err);
void family_stop(struct family *family); /* NULL is fine */

/** Take in what the kernel has told until now.  0; -ENOBUFS: it told more than there was room for; -ENOMEM. */
int family_update(struct family *family);

/** Is it one of them, or was it?  By its thread group. */
bool family_has(const struct family *family, pid_t pid);

/** Readable where there is something to take in. */
int family_fd(const struct family *family);

#endif
