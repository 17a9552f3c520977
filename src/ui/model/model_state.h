/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_STATE_H
#define UI_MODEL_MODEL_STATE_H

#include <stdatomic.h>

#include "ui/model/model.h"

/*
 * The inside of the session, for its files; each may use those before it:
 *
 *   model_state       sentences, and freeing what others may still read
 *   model_jobs        work for the store's thread
 *   model_usage       how full the file system is
 *   model_files       file lists of old snapshots
 *   model_flat        the entries of everything below a folder
 *   model_breakdown   what lies there, in groups
 *   model_history     the lists of snapshots
 *   model_other_users another person's database
 *   model_baseline    what the tree is compared with
 *   model_snapshots   old snapshots looked at, named, deleted
 *   model_timeline    one path in all of them
 *   model_causes      why a folder grew
 *   model_log         what happened to one
 *   model_follow      the record of the root while it is live
 *   model_save        the scan becomes a snapshot
 *   model_gone        the root is not there any more
 *   model_live        the tree is kept true
 *   model_tasks       what walks or changes the whole tree
 *   model_index       what is remembered, before anything is read
 *   model             begins, goes on, ends
 */

/**
 * Something that rows painted last, a background sort or a job may still read: freed two frames later, when there are
 * no readers.
 */
struct retired_object {
	struct retired_object *next;
	uint64_t frame;
	void *object;
	void (*destroy)(void *object);
};

/** What walks or changes the whole tree in the background, one at a time: what is wanted first in this order. */
enum tree_task_kind {
	TREE_NONE,
	TREE_REREAD,     /* a folder is read again */
	TREE_REBASE,     /* the index is written anew */
	TREE_UNWATCHED,  /* which folders have no watch */
	TREE_MATCH,      /* against the baseline */
	TREE_SHARED,     /* shared sizes */
	TREE_IDENTITIES, /* the baseline's directories by identity */
	TREE_MOVED,      /* how much of each folder's growth was only moved there */
	TREE_WRITTEN,    /* bytes written in the window */
};

struct model_state {
	char *root;               /* absolute, resolved */
	char *options;            /* scan_counting_describe() */
	int64_t scan_by_ns;       /* when to start scanning without a baseline, 0 = started */
	bool index_task;          /* the root's index is being mapped */
	struct image *index;      /* it */
	int64_t index_id;         /* the snapshot it was made with, */
	bool index_whole;         /* and may still be: nothing has been merged into it */
	struct image *newest;     /* with what was noted since, NULL = nothing was.  Both live as long as the model */
	int64_t newest_at;        /* when all of that was true last */
	struct image *scan_image; /* the image the scan was given: lives as long as the scan */
	int64_t scan_image_id;    /* the snapshot that it is, 0 = not known to be one */
	struct warm_source *warm_source; /* the files of that image, for a warm scan */
	bool scan_match_valid;          /* nothing was read again since */
	struct cause_rules *rules;      /* model_causes.c: NULL = not read (yet); */
	struct places *places;          /* the loop's, NULL = not needed yet */
	struct err rules_wrong;         /* why, or the first mistake in them */
	struct files *files;
	uint64_t files_used;
	struct model_flat *flat;           /* model_flat.c's */
	struct model_breakdown *breakdown; /* model_breakdown.c's */
	struct retired_object *retired;
	uint64_t frame; /* counts model_update() */
	/*
	 * There is a baseline, its image is being loaded.  The store's thread sets it (relaxed: a hint), the loop
	 * reads.
	 */
	atomic_bool baseline_found;
	bool stopping;

	/*
	 * Whoever keeps the record of the root while it is live, if that is us: set on the store's thread (release),
	 * others load (acquire); model_follow.c.
	 */
	_Atomic(struct recorder *) follow;
	int64_t rebase_ns; /* its index is not written anew before then */
	bool other_recorder_said, trouble_said;

	bool live_failed, unwatched_said;
	bool gone;                /* model_gone(), and all was done about it */
	bool looking;             /* rereading is a look of the watcher's, */
	uint64_t looking_batches; /* which had seen so many then */
	bool want_rematch;
	uint64_t unwatched_at_watches, unwatched_at_batches; /* as of model->unwatched */
	int64_t unwatched_ns;
	bool shared_old; /* links may have changed since shared bytes were computed */
	int64_t shared_ns;
	int64_t matched_ns, match_cost_ns;

	unsigned tree_readers;         /* jobs that walk the tree: nothing is read again meanwhile */
	enum tree_task_kind tree_task; /* that runs */
	bool wanted[TREE_WRITTEN + 1]; /* and those that are to */
	dir_id reread_dir;
	int64_t reread_row;
	bool save_after_reread;

	struct worker_job *save_job;
	int64_t save_retry_ns;
	int64_t saved_since;               /* the snapshot that what was saved is told against, 0 = none, */
	struct growth_figure saved_growth; /* and its growth since */
	struct snapshot_list removed;      /* by the retention, in this session */
	int64_t finished_at;               /* end of the scan that is to be saved */
	int64_t started_at;

	bool usage_running, usage_wanted;
	char *usage_path;
	int64_t usage_ns;
	bool banner_seen;
	int64_t compare_id; /* chosen last; answers to older choices are dropped */
	int64_t view_id;
};

/** Of two times (monotonic ns) the earlier. */
static inline int64_t earlier(int64_t a_ns, int64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

/** Something in the model is another one now. */
static inline void model_changed(struct model *model)
{
	model->generation++;
}

/** Free it when nobody can read it any more. */
void model_retire(struct model *model, void *object, void (*destroy)(void *object));

/** Those that nobody can read any more; all of them at the end. */
void model_free_retired(struct model *model, bool all);

/** The snapshot job of a scan that is complete; RETRY and FAILED are left to model->save. */
void model_save(struct model *model);

/** Something was read again: if it was all, what it was read for is stored. */
void model_save_reread(struct model *model);

/** Map the root's index in the background; then ask the store for the baseline. */
void model_open_index(struct model *model, const char *db);

/** The scan has begun with this image, and matches it: what is remembered of the tree. */
void model_set_remembered(struct model *model, struct image *image, const struct match *match, int64_t taken_at);

/** Before the scan: watch what it reads, if that can be had. */
void model_live_prepare(struct model *model, struct scan_options *options);

/** Begin following when the scan is done and kept; what it has found.  Returns when to come again. */
int64_t model_live_update(struct model *model, int64_t now_ns);

/** The root may be gone: give its record back, once. */
void model_gone_update(struct model *model);

/** Which folders have no watch; takes it over.  NULL = all have one. */
void model_set_unwatched(struct model *model, struct unwatched *unwatched);

/** Before the tree goes.  False: the applier hangs in the kernel, and may go on changing it. */
bool model_live_stop(struct model *model);

/** Are there fewer watches than folders?  Mounts, excluded and unreadable folders need none. */
static inline bool model_watches_short(const struct watcher_status *status)
{
	return status->notify.refused || status->notify.failed;
}

/** The watcher's sink; its context is the model. */
void model_follow_sink(void *context, const struct batch *batch);

/**
 * The store's thread, behind a snapshot of the tree, which stands still: make it the root's index, and with `begin`
 * follow the root from now on.
 * -EWOULDBLOCK: another process does.  Other failures mean that it is tried again later.
 */
int model_follow_stored(struct model *model, struct store *store, const struct tree *tree,
                        const struct snapshot_meta *meta, int64_t id, bool begin);

/** NULL = nobody follows, or another process does. */
struct recorder *model_follower(const struct model *model);

/** A task's thread, while the watcher is held: write the index anew. */
int model_follow_rebase(struct recorder *follow, struct tree *tree, const struct watcher *watcher);

/** What there is to be said or done for it.  Returns when to come again. */
int64_t model_follow_update(struct model *model, int64_t now_ns);

/**
 * Before the watcher stops: wait a moment until what happened so far is in the tree.  False when it is not, or cannot
 * be.
 */
bool model_follow_rest(const struct model *model);

/**
 * Once the watcher has stopped: a task flushes, notes the end and gives the lock back.  Not `whole`: what it notes is
 * that something is missing.
 */
void model_follow_end(struct model *model, bool whole);

/** Free it. */
void model_clear_index(struct model *model);

/** Ask the store for the baseline and its chain. */
void model_find_baseline(struct model *model);

/** Free what came from the store. */
void model_clear_snapshots(struct model *model);

/**
 * A baseline around an image, for the folder `root`; takes the image over, unless the session has it already.  NULL
 * when out of memory or when the folder is not in the image.
 */
struct baseline *model_make_baseline(struct model *model, struct image *image, const char *root, int64_t id,
                                     int64_t taken_at);

/** Not its image, nor its match. */
void model_destroy_baseline(void *baseline);

/**
 * The baseline is matched now: a new shell around the same image, as a sort may be reading the old one.  Takes `match`
 * over.
 */
void model_set_match(struct model *model, struct match *match);

/** Start the next thing that walks the whole tree, if nothing does. */
void model_start_tree_task(struct model *model);

/** Ask how full the file system is, if somebody wants to know; and have it asked again now and then. */
void model_start_usage(struct model *model);
void model_refresh_usage(struct model *model, int64_t now_ns);

#endif
