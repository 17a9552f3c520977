/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_DB_OTHER_USERS_H
#define STORE_DB_OTHER_USERS_H

#include <stdint.h>

#include "base/buf.h"

/** The history of a root that another user of this machine has. */
struct other_history {
	char user[64];   /* raw; "" = nobody has any */
	struct buf path; /* of his database, raw */
	int64_t count;
};

/**
 * Who of this machine's users has most snapshots of a root, in his database at its usual place.  Reads what belongs to
 * others, so it is for root alone, and changes nothing there.  May take long: for a thread of its own.  path is the
 * caller's to free.
 */
void other_users_find(const char *root, struct other_history *out);

#endif
