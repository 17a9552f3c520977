/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_RECHECK_H
#define ENGINE_WATCH_RECHECK_H

#include "engine/watch/dirty.h"

/**
 * Files written to lately: their blocks can change once more without an event, after write-back.  Each is looked at
 * again a while after that was seen; if it changed once more meanwhile, whoever looks notes it again.  Any thread
 * notes, the applier looks.
 */
struct recheck;

struct recheck *recheck_create(int64_t delay_ns);
void recheck_destroy(struct recheck *recheck);

/** The file changed lately, seen now. */
void recheck_note(struct recheck *recheck, dir_id dir, const void *name, size_t length, int64_t now_ns);

/** Mark what is due.  Returns when the next one is (monotonic ns), or INT64_MAX. */
int64_t recheck_run(struct recheck *recheck, struct dirty *dirty, int64_t now_ns);

#endif
