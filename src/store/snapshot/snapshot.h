/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_SNAPSHOT_H
#define STORE_SNAPSHOT_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "engine/image/image.h"
#include "engine/tree/tree.h"
#include "store/db/store.h"

struct snapshot {
	int64_t id;
	int64_t root_id;           /* its chain: same root, host, options, source */
	char *scan_root;           /* raw bytes */
	char *host;
	char *options;             /* scan_counting_describe() */
	char *source;              /* "" for scans, else the program that an import is of */
	char *label;               /* or NULL */
	char *program;             /* name and version of the one that stored it */
	int64_t started_at, finished_at; /* Unix seconds */
	uint64_t total_bytes, apparent_bytes, total_files, total_items;
	uint32_t error_count;
	bool trusted;
	bool doubtful_date;        /* it runs backwards in the chain, or lies ahead of now: some clock was wrong */
	uint64_t fingerprint[2];   /* of the root: equal ones hold the same; 0 = not known */
	unsigned kept_for;         /* enum keep_reason: set by retention_choose() */
	/* the one before it in its chain (of imports by date), 0 = none is known, */
	int64_t since_id;
	int64_t since_bytes;       /* and what it has grown since: snapshot_growth() */
	int64_t since_unknown;     /* entries left out of that; -1 = it was not computed */
};

/** Do two snapshots of one root hold the same?  Then neither has anything to say that the other has not. */
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b);

struct snapshot_list {
	/* scans, newest first by the sequence of ids; then what was imported, by its declared date */
	struct snapshot *items;
	size_t count;
};

/** root, host, options: NULL = any.  An empty list is not a failure. */
int snapshot_list(struct store *store, const char *scan_root, const char *host, const char *options,
                  struct snapshot_list *out, struct err *err);
int snapshot_get(struct store *store, int64_t id, struct snapshot *out, struct err *err); /* -ENOENT */
void snapshot_clear(struct snapshot *snapshot);
void snapshot_list_clear(struct snapshot_list *list);

/** Was it scanned by this program, or a copy of it elsewhere; else imported, with a date that somebody declared. */
bool snapshot_is_scan(const struct snapshot *snapshot);

/** Hand the chains of a list to `take` one by one, each in the order of the list.  0 or -ENOMEM. */
typedef void snapshot_chain(struct snapshot **chain, size_t count, void *context);
int snapshot_each_chain(struct snapshot_list *list, snapshot_chain *take, void *context);

/** Set doubtful_date of each in a list of whole chains; snapshot_list() has done so.  0 or -ENOMEM. */
int snapshot_doubt_dates(struct snapshot_list *list, int64_t now_s);

/**
 * The baseline of a root: newest snapshot of host and root, or else of a root that contains it, with these counting
 * options.
 * *id = 0 when there is none; *other = how many snapshots of the root were counted differently.
 */
int snapshot_baseline(struct store *store, const char *root, const char *options, int64_t *id, unsigned *other,
                      struct err *err);

/**
 * Growth between two snapshots, in allocated bytes.  What could not be read or was not mounted on one side is not in
 * it.
 */
struct growth_figure {
	bool known;                /* else nothing can be said */
	int64_t bytes;
	/* left out of it: where there are some and `bytes` is 0, nothing that says anything was compared */
	uint64_t unknown_entries;
};

/**
 * The one answer to "growth between these two", older first, of one chain and neighbours in it: `list`, `scan`, the
 * browser show it, and `diff` says the same.
 */
struct growth_figure snapshot_growth(const struct snapshot *older, const struct snapshot *newer);

/** "+1.2 GiB", with `~` behind it when something is not in it, "?" when nothing can be said. */
const char *growth_text(char out[TEXT_FIGURE], struct growth_figure growth, bool si);

struct snapshot_meta {
	const char *options;
	const char *host;          /* NULL = this machine */
	const char *source;        /* the program that has counted it; NULL = this one, by a scan */
	const char *label;         /* or NULL */
	int64_t started_at, finished_at;
	bool trusted;
	/* the snapshot that directories with a rest (tree_rest()) were taken from; else of no interest */
	int64_t remembered;
};

/**
 * Store a complete tree as a snapshot, in one BEGIN IMMEDIATE transaction; writes only what differs from the head of
 * its chain.
 * Reads the tree under pins.  `cancel` is polled between directories; may be NULL.
 * -ENOSPC (disk full: nothing changed, try again later), -EBUSY (another program holds the lock), -EROFS, -ECANCELED,
 * -errno; with a sentence.
 */
int snapshot_save(struct store *store, const struct tree *tree, const struct snapshot_meta *meta,
                  const _Atomic bool *cancel, int64_t *id, struct err *err);

/**
 * Does an image of the same root hold just what that snapshot does?  By the fingerprint of the root; false when it
 * cannot be told.
 */
bool snapshot_is(struct store *store, int64_t id, const struct image *image);

/** The directories of a snapshot.  Its prefix for a folder below its root: image_lookup(). */
int snapshot_image(struct store *store, int64_t id, struct image **out, struct err *err);

/**
 * The same from the mapped index of its root, in no time: NULL when that is not exactly what the snapshot holds, or
 * none is there.  Directories that are too deep to be stored are in it all the same.
 */
struct image *snapshot_mapped(struct store *store, const struct snapshot *snapshot);

/**
 * The tree was scanned by somebody who does not follow it, and stored as snapshot `id` with this connection: make it
 * the root's index.
 * -EWOULDBLOCK: whoever follows the root keeps the index.  Failing is no failure of the scan: the older index stays,
 * and its time shows that it is older.
 */
int snapshot_make_index(struct store *store, const struct tree *tree, const struct snapshot_meta *meta, int64_t id,
                    struct err *err);

/** Is it a label (ref_check_label()), and free?  -EEXIST, -EINVAL with a sentence. */
int snapshot_check_label(struct store *store, const char *label, struct err *err);

/* NULL removes; -EEXIST when another of that name exists; -EINVAL when it reads as another REF */
int snapshot_label(struct store *store, int64_t id, const char *label, struct err *err);
int snapshot_delete(struct store *store, int64_t id, struct err *err);

/**
 * Remove these, whatever they are called, unless `dry_run`; *freed_bytes = what that frees in the file.  -ENOENT: one
 * is not there, and none was removed.
 */
int snapshot_remove(struct store *store, const int64_t *ids, size_t count, bool dry_run, uint64_t *freed_bytes,
                    struct err *err);

/** Why a policy keeps a snapshot. */
enum keep_reason {
	KEEP_NEWEST = 1 << 0,   /* of its chain */
	KEEP_LABELLED = 1 << 1,
	KEEP_IN_USE = 1 << 2,   /* what is being compared with */
	KEEP_RECENT = 1 << 3,   /* of one of the newest days, of which all are kept */
	KEEP_LAST = 1 << 4,
	KEEP_DAILY = 1 << 5,    /* the newest of its day, and so on */
	KEEP_WEEKLY = 1 << 6,
	KEEP_MONTHLY = 1 << 7,
	KEEP_YOUNG = 1 << 8,    /* not as old as asked for */
	KEEP_DOUBTFUL = 1 << 9, /* nobody knows how old it is */
	KEEP_UNASKED = 1 << 10, /* no rule was given */
	KEEP_UNNAMED = 1 << 11, /* others were named */
};

struct prune_policy {
	const char *root;          /* only of this root; NULL = all */
	int keep_recent;           /* days of which all are kept */
	int keep_last, keep_daily, keep_weekly, keep_monthly; /* 0 = none of that kind */
	int64_t older_than_s;      /* only snapshots at least that old; 0 = any */
	bool fold;                 /* of neighbours that hold the same, only the first and the last stay */
	int64_t in_use;            /* this one stays; 0 = none */
};

/**
 * What is kept when nobody asked for anything else: all of 2 days, daily for 30, weekly for 52 weeks; equal neighbours
 * folded.
 */
extern const struct prune_policy retention_default;

/**
 * Set kept_for of each in a list of whole chains; 0 = it goes.  Days, weeks and months are those that have snapshots,
 * counted along the sequence from its newest back: a run of neighbours with the same local date is one.  0 or -ENOMEM.
 */
int retention_choose(const struct prune_policy *policy, int64_t now_s, struct snapshot_list *list);

/** A sentence for a person: what retention has removed.  Appends; nothing when nothing was. */
int retention_say(struct buf *out, const struct snapshot_list *removed);

/** Does any go? */
bool retention_removes(const struct snapshot_list *list);

/** The one word for a reason, as in JSON; N_(). */
const char *retention_reason(enum keep_reason reason);

/**
 * Remove what a policy does not keep, unless `dry_run`.  `list` = every snapshot it looked at (owned by the caller):
 * those whose kept_for is 0 are gone;
 * *freed_bytes = what that frees in the file.
 */
int snapshot_prune(struct store *store, const struct prune_policy *policy, int64_t now_s, bool dry_run,
                   struct snapshot_list *list, uint64_t *freed_bytes, struct err *err);

/**
 * The same behind a snapshot that was stored: a look at the list where nothing is to go.  `removed` lists what went.
 */
int snapshot_retain(struct store *store, const struct prune_policy *policy, int64_t now_s,
                    struct snapshot_list *removed, struct err *err);

#endif
