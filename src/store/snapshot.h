/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/image.h"
#include "engine/tree.h"
#include "store/store.h"

struct snapshot {
	int64_t id;
	int64_t root_id;           /* its chain: same root, host, options, source */
	char *scan_root;           /* raw bytes */
	char *host;
	char *options;             /* scan_counting_describe() */
	char *source;              /* "" for scans, else the import it came from */
	char *label;               /* or NULL */
	char *program;             /* name and version of the one that stored it */
	int64_t started_at, finished_at; /* Unix seconds */
	uint64_t total_bytes, apparent_bytes, total_files, total_items;
	uint32_t error_count;
	bool trusted;
};

/** Do two snapshots of one root hold the same?  Then neither has anything to say that the other has not. */
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b);

struct snapshot_list {
	struct snapshot *items;    /* newest first: by finished_at, then id */
	size_t count;
};

/** root, host, options, source: NULL = any.  An empty list is not a failure. */
int snapshot_list(struct store *store, const char *scan_root, const char *host, const char *options, struct snapshot_list *out, struct err *err);
int snapshot_get(struct store *store, int64_t id, struct snapshot *out, struct err *err); /* -ENOENT */
void snapshot_clear(struct snapshot *snapshot);
void snapshot_list_clear(struct snapshot_list *list);

/**
 * The baseline of a root: newest snapshot of host and root, or else of a root that contains it, with these counting options.
 * *id = 0 when there is none; *other = how many snapshots of the root were counted differently.
 */
int snapshot_baseline(struct store *store, const char *root, const char *options, int64_t *id, unsigned *other, struct err *err);

struct snapshot_meta {
	const char *options;
	const char *host;          /* NULL = this machine */
	const char *source;        /* NULL = a scan */
	const char *label;         /* or NULL */
	int64_t started_at, finished_at;
	bool trusted;
	int64_t remembered;        /* the snapshot that directories with a rest (tree_rest()) were taken from; else of no interest */
};

/**
 * Store a complete tree as a snapshot, in one BEGIN IMMEDIATE transaction; writes only what differs from the head of its chain.
 * Reads the tree under pins.  `cancel` is polled between directories; may be NULL.
 * -ENOSPC (disk full: nothing changed, try again later), -EBUSY (another program holds the lock), -EROFS, -ECANCELED, -errno; with a sentence.
 */
int snapshot_save(struct store *store, const struct tree *tree, const struct snapshot_meta *meta, const _Atomic bool *cancel,
                  int64_t *id, struct err *err);

/** Does an image of the same root hold just what that snapshot does?  By the fingerprint of the root; false when it cannot be told. */
bool snapshot_is(struct store *store, int64_t id, const struct image *image);

/** The directories of a snapshot.  Its prefix for a folder below its root: image_lookup(). */
int snapshot_image(struct store *store, int64_t id, struct image **out, struct err *err);

/**
 * The same from the mapped index of its root, in no time: NULL when that is not exactly what the snapshot holds, or none is there.  Directories that are
 * too deep to be stored are in it all the same.
 */
struct image *snapshot_mapped(struct store *store, const struct snapshot *snapshot);

int snapshot_label(struct store *store, int64_t id, const char *label, struct err *err); /* NULL removes; -EEXIST when another of that name exists; -EINVAL when it reads as another REF */
int snapshot_delete(struct store *store, int64_t id, struct err *err);

struct prune_policy {
	int keep_last, keep_daily, keep_weekly, keep_monthly; /* 0 = none of that kind */
	int64_t older_than_s;      /* only snapshots at least that old; 0 = any */
	bool by_default;           /* the retention of DESIGN §8: all of 2 days, daily 30 days, weekly a year */
};

/**
 * Which snapshots a policy removes (never the newest of a chain, never a labelled one), and remove them unless `dry_run`.
 * `removed` lists them (owned by the caller); *freed_bytes = file pages freed.
 */
int snapshot_prune(struct store *store, const struct prune_policy *policy, int64_t now_s, bool dry_run,
                   struct snapshot_list *removed, uint64_t *freed_bytes, struct err *err);

/** The retention of DESIGN §8, behind a snapshot that was stored: a look at the list where nothing is old enough to go. */
int snapshot_retain(struct store *store, int64_t now_s, struct err *err);

#endif
