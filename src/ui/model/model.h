/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_H
#define UI_MODEL_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/image/image.h"
#include "engine/image/match.h"
#include "engine/image/moved.h"
#include "engine/scan/scan.h"
#include "engine/tree/tree.h"
#include "engine/watch/watcher.h"
#include "engine/tree/modified.h"
#include "store/files/file_list.h"
#include "store/snapshot/snapshot.h"
#include "store/db/worker.h"
#include "engine/image/identity.h"
#include "ui/model/unwatched.h"
#include "ui/model/deletion.h"
#include "ui/model/marks.h"
#include "ui/model/task.h"
#include "ui/model/settings.h"

/*
 * The session: everything the screens show.  One thread (the loop's) reads and writes it; jobs on the store's thread
 * (worker.h) and tasks (task.h) work on what they were given and come back through model->wake_fd.  Screens borrow from
 * it and never free.
 * Whenever something in it changes, `generation` grows: compare it to know whether to look again.
 */

/** A snapshot to compare with, its image and the tree matched against it. */
struct baseline {
	int64_t id; /* snapshot, 0 = none */
	int64_t taken_at;
	struct image *image;
	char *prefix;              /* the tree's root relative to the image's root, "" when the same */
	uint32_t root;             /* the tree's root in the image, IMAGE_NONE = not in it */
	const struct match *match; /* NULL while it is still being matched */
	struct match *own_match;   /* the match when it is ours, not the scan's */
};

/** An old snapshot opened for browsing (H, o). */
struct view {
	int64_t id;
	int64_t taken_at;
	struct image *image;
	struct baseline *baseline; /* what it is compared with: by default the snapshot before it; NULL = none (yet) */
};

/** Direct files of a remembered directory, as read by the store's thread. */
struct files {
	const struct image *image;
	uint32_t dir;
	bool ready, failed;
	struct file_list list;
	uint64_t used;      /* for forgetting the one that was used longest ago */
	struct files *next; /* model_files.c's */
};

enum save_state {
	SAVE_NONE,    /* nothing to save (no store, imported, cancelled) */
	SAVE_WAITING, /* the scan is running */
	SAVE_RUNNING,
	SAVE_DONE,
	SAVE_RETRY, /* disk full or locked: tried again every few seconds */
	SAVE_FAILED,
};

/** How full the file system of the folder shown is. */
struct usage {
	bool known;
	char mount[64]; /* mount point, made safe and shortened */
	int percent;    /* of blocks, as df counts */
	uint64_t free_bytes;
	int inode_percent;
	uint64_t free_inodes;
};

struct model {
	struct ui_settings settings; /* changed by keys */
	const struct ui_start *start;
	int rows, cols; /* of the screen */
	bool ascii;
	int wake_fd; /* eventfd of the loop, -1 in tests */
	uint64_t generation;
	int64_t now_ns; /* monotonic, of the current frame or key */
	int64_t last_key_ns;

	/* the tree */
	struct scan *scan; /* NULL for imports and in tests */
	struct tree *tree; /* NULL until the scan has started */
	struct scan_progress progress;
	bool scanning;
	/* the scan was ended before it was whole: what it has read is shown, and never stored */
	bool partial;
	struct err scan_failed; /* sentence, "" = none */
	bool shared_known;      /* tree_compute_shared() has run */
	bool rereading;         /* r or R runs, */
	dir_id reading_dir;     /* on this folder: its figures, those below and above are as they were */
	uint64_t reread;        /* counts those that are done */
	/* the tree is being changed while this frame is made: figures may not belong together */
	bool moving;
	struct buf reading;       /* a folder being read just now, raw path; empty = none */
	int64_t reading_ns;       /* since when it is that one */
	int64_t written_window_s; /* "written" mode: 1 h, 24 h, 7 d, 30 d */
	struct modified *written; /* for written_since, or NULL */
	int64_t written_since;

	/* The tree is kept true while it is looked at. */
	struct watcher *watcher;           /* there from the scan on; NULL = it cannot be followed, or is an import */
	bool live;                         /* it runs */
	struct watcher_status live_status; /* as of this frame */
	struct unwatched *unwatched;       /* which folders have no watch, where they are short; else NULL */

	/*
	 * What is remembered of the tree that is being scanned, NULL = nothing: shown for what has not been read yet.
	 * Its image lives as long as the model.
	 */
	struct baseline *remembered;

	/* what it is compared with */
	struct worker *worker; /* NULL without a store */
	bool baseline_known;   /* the store has answered: `baseline` is final, NULL = there is none */
	struct baseline *baseline;
	struct identities *identities; /* of the baseline's image, NULL = not known (yet) */
	struct moved *moved;           /* of the baseline's match, when F asked for it, or NULL */
	unsigned counted_differently;  /* snapshots of the root with other counting options */
	/* of the chain the baseline comes from; newest first; without the scan that runs, with it once saved */
	struct snapshot_list history;
	/* of the same root, counted with other options: shown, not compared with; newest first */
	struct snapshot_list differing;
	bool history_known;
	struct snapshot_list everything; /* all roots and hosts (H, Tab) */
	bool everything_known;
	uint64_t store_bytes;

	struct view *view; /* an old snapshot is being browsed, or NULL */
	struct model_causes *causes;     /* model_causes.h; NULL = of nothing */
	struct model_timeline *timeline; /* model_timeline.h; NULL = of nothing */
	struct model_log *log;           /* model_log.h; likewise */
	struct model_volumes *volumes;   /* model_volumes.h; NULL = never asked for */

	/* keeping it */
	enum save_state save;
	int64_t saved_id; /* of this scan, 0 = not yet */
	char banner[1152]; /* "disk full: ...", "" = none; a sentence, and what came of it before */

	struct usage usage;

	/* status line */
	char message[512]; /* safe text; "" = none; goes with the next key */
	bool message_warns;

	struct marks marks;
	bool marks_old; /* something changed since they were looked at */
	int64_t marks_ns, marks_cost_ns;
	struct deletion deletion;

	char *shell_path; /* REACT_SHELL: where, */
	char *shell_note; /* and what is printed before, safe; NULL = nothing */
	char *go_path;    /* REACT_GO: absolute, raw */
	char *open_path;  /* REACT_OPEN, REACT_VIEW: what */
	struct buf copy;  /* REACT_COPY: what goes to the clipboard */
	struct buf print; /* Q: paths to be printed, a NUL behind each */
	int quit_status;
	bool again;       /* leave, and begin anew on the same path, */
	char *again_path; /* or on this one */

	struct tasks *tasks;
	/* background sorts under way: what they may still read is not freed before they end */
	unsigned readers;
	struct model_state *state; /* model_state.h */
};

/** Everything stops and is freed; a scan or task that hangs in the kernel is abandoned. */
void model_stop(struct model *model);

/**
 * Settings, store thread, baseline, scan: all asynchronously.  wake_fd, rows and cols are set before.  -errno with a
 * sentence.
 */
int model_start(struct model *model, const struct ui_start *start, struct err *err);

/**
 * Is what is remembered of the folder still being looked for, or about to be shown?  It takes milliseconds: worth
 * waiting for before the first frame.
 */
bool model_opening(const struct model *model);

/** End the scan and keep what it has read, to look at. */
void model_end_scan(struct model *model);

/**
 * Results of jobs and tasks, the scan's progress.  Called by the loop before each frame.  Returns when it wants to be
 * called again (monotonic ns).
 */
int64_t model_update(struct model *model, int64_t now_ns);

/**
 * A sentence for the status line, until the next key; `warns`: in the warning colour.  File names in it must be safe.
 */
void model_say(struct model *model, bool warns, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** a: what is allocated, apparent sizes, items. */
void model_next_measure(struct model *model);

/* ---- snapshots: all return at once; the answer changes the model, a failure becomes a message ---- */

/** Load `history` (or `everything`) again. */
void model_request_history(struct model *model, bool everything);

/** Compare with another snapshot (id of `history`); 0 = the newest before this scan. */
void model_compare_with(struct model *model, int64_t id);

/** Browse an old snapshot; 0 = back to the live tree. */
void model_open_snapshot(struct model *model, int64_t id);

/** Name a snapshot; NULL removes the name. */
void model_label_snapshot(struct model *model, int64_t id, const char *label);

void model_delete_snapshot(struct model *model, int64_t id);

/** Snapshot of that id in `history` or `everything`, or NULL. */
const struct snapshot *model_snapshot(const struct model *model, int64_t id);

/**
 * Files of a remembered directory: not `ready` while they are being read (asks for them); NULL when out of memory.
 * Stays until the next model_update(), and while there are readers.
 */
const struct files *model_files(struct model *model, const struct image *image, uint32_t dir);

/** What is remembered of the tree, while it is being scanned; NULL = nothing, or it is not needed any more. */
const struct baseline *model_remembered(const struct model *model);

/**
 * What the folder shown is compared with: the view's baseline while an old snapshot is browsed, else the tree's; NULL =
 * nothing.
 */
const struct baseline *model_base(const struct model *model);

/* ---- the tree ---- */

/** Read a directory (or a leaf mount row of it, row ≥ 0) again in the background. */
void model_reread(struct model *model, dir_id dir, int64_t row);

/** Have nothing change the tree while a frame is made; false when that would have to be waited for. */
bool model_hold(struct model *model);
void model_release(struct model *model);

/** Are there fewer watches than folders?  Mounts, excluded and unreadable folders need none. */
bool model_live_limited(const struct model *model);

/** Is the root not there any more, or another folder?  What is shown is as of then. */
bool model_gone(const struct model *model);

/** The sentence of it, for the status line. */
void model_gone_words(const struct model *model, struct buf *out);

/** `R` (all) or `r` where the root is gone: true when a new session begins (`again`), otherwise it says why not. */
bool model_begin_again(struct model *model, bool all);

/**
 * Folders that came while the tree was followed are to be looked up in the baseline.  True when that is news: a frame
 * should follow.
 */
bool model_want_rematch(struct model *model);

/** Have shared bytes, or the bytes written in the window, computed in the background. */
void model_want_shared(struct model *model);
void model_want_written(struct model *model);

/** Have it worked out how much of each folder's growth was only moved there; true while that is under way. */
void model_want_moved(struct model *model);
bool model_finding_moved(const struct model *model);

/** Ask how full the file system of this absolute path is. */
void model_want_usage(struct model *model, const char *path);

/** Try again to save the scan. */
void model_save_again(struct model *model);

/** Give up saving it, where that can still be done. */
void model_cancel_save(struct model *model);

#endif
