/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_REF_H
#define STORE_SNAPSHOT_REF_H

#include "store/snapshot/snapshot.h"

/** Does the text read as something else than a label (an id, latest, previous, latest~N, a date, an age)? */
bool ref_reserved(const char *text);

/**
 * Can it be a label: a word or more of UTF-8, without control characters, at most 200 long, and no other REF?  -EINVAL
 * with a sentence.
 */
int ref_check_label(const char *label, struct err *err);

/** The digits of an id, `41` or `#41` as it is printed; NULL = it is none. */
const char *ref_id(const char *text);

/**
 * Find a snapshot by REF (DESIGN §10) among `list` (newest first, one chain or one root).  `before` = the id that
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

/**
 * The snapshots that PATH belongs to: of the root itself, or of the deepest known root that contains it.  `root` gets
 * that root.
 * Only this host's, only one set of counting options: the newest snapshot's.
 */
int ref_history(struct store *store, const char *path, struct snapshot_list *out, struct buf *root, struct err *err);

#endif
