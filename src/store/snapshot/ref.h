/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_REF_H
#define STORE_SNAPSHOT_REF_H

#include "store/snapshot/ref_grammar.h"
#include "store/snapshot/snapshot.h"

/**
 * Find a snapshot by REF among `list` (newest first, one chain or one root).  `before` = the id that
 * `previous` precedes (0 = the newest).
 * *id is set; *note gets a sentence when the answer needs one (history shorter than the age asked for).  -ENOENT,
 * -EINVAL with a sentence.
 */
int ref_find(const struct snapshot_list *list, const char *ref, int64_t now_s, int64_t before, int64_t *id,
             struct buf *note, struct err *err);

/**
 * Append the path absolute and without symbolic links as far as it exists: a folder that is gone still has a history.
 * 0 or -errno.
 */
int ref_resolve(const char *path, struct buf *out);

/** Append the path absolute, as another machine would have it: nothing is looked at.  0 or -errno. */
int ref_absolute(const char *path, struct buf *out);

/** The same of a machine (NULL: this one); the path is absolute, and nothing is looked at. */
int ref_history_of(struct store *store, const char *host, const char *path, struct snapshot_list *out, struct buf *root,
                   struct err *err);

#endif
