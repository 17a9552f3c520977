/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/db/handle.h"
#include "store/db/store.h"

/* A folder of its own with a place for a database in it; gone at the end. */
struct fixture {
	char folder[256];
	char path[300]; /* folder/data.db; nothing there yet */
	bool mounted;
};

void fixture_begin(struct fixture *fixture);
void fixture_end(struct fixture *fixture);

/** Mount a small tmpfs on the folder ("8m"); false when that is not allowed. */
bool fixture_tmpfs(struct fixture *fixture, const char *size);
void fixture_remount(struct fixture *fixture, const char *size);

/** Open, or fail the test with the sentence. */
struct store *fixture_open(struct fixture *fixture, unsigned flags);
struct store *fixture_open_at(const char *path, unsigned flags);

/** First column of the first row; -1 when there is none. */
int64_t fixture_number(struct store *store, const char *sql);

#endif
