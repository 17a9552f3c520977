/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_RECORD_RECORDER_STATE_H
#define STORE_RECORD_RECORDER_STATE_H

/* The inside of a recorder: recorder.c has its thread and what others ask of it, recorder_write.c its database. */

#include <pthread.h>

#include "store/record/journal.h"
#include "store/record/overlay_queue.h"
#include "store/record/recorder.h"

#define SECOND INT64_C(1000000000)

/* A batch, copied; the strings lie behind it. */
struct packet {
	struct packet *next;
	size_t bytes;
	struct batch batch;
};

enum request { REQUEST_NONE, REQUEST_FLUSH, REQUEST_REBASE, REQUEST_STOP };

struct recorder {
	struct store *store;
	char *root, *options;
	int lock_fd;
	bool log;
	struct journal_limits keep; /* bytes: 0 = by the disk */
	pthread_t thread;

	/* Under `lock`. */
	pthread_mutex_t lock;
	pthread_cond_t wake;  /* the thread: there is something to do */
	pthread_cond_t moved; /* others: packets were taken over, a request was done */
	struct packet *packets, **packets_end;
	size_t packet_bytes;
	bool lost_packet;
	enum request request;      /* REQUEST_NONE: the next may ask */
	const struct image *image; /* REBASE */
	int64_t image_snapshot, image_time;
	bool image_trusted;
	bool done;
	int result;
	struct err why;

	/* The thread's. */
	struct overlay_queue *queue;
	struct journal *journal;
	uint64_t covers_seq; /* of the index on disk, once this follower has written it */
	int64_t snapshot_id;
	bool indexless;             /* without lock, index and overlay: their folder is not to be believed */
	bool based;                 /* index and overlay belong together: rows may be written */
	bool gap, gap_noted;        /* rows are missing; watch_state says so */
	bool needs_full;            /* to be noted in watch_state */
	int64_t event_s;            /* of the newest batch */
	int64_t rebased_s;          /* the log since then tells what index and overlay would lack */
	int64_t write_ns, prune_ns; /* when; INT64_MAX = nothing to do */
	uint64_t base_count, rows, written;
	unsigned opened; /* store_opened() */

	_Atomic bool wants_rebase;     /* the thread writes, anyone reads: a hint, no order needed */
	_Atomic(const char *) trouble; /* likewise; constants */
	_Atomic bool polling;          /* as told to readers; anyone stores and loads (relaxed) */
};

/* ---- recorder_write.c; the thread's own ---- */

/** Find or make the root's row of watch_state; before the thread runs. */
int recorder_begin_state(struct recorder *recorder, struct err *err);

/** Rows are missing: what waits for the overlay is dropped, and the tree is asked for. */
void recorder_throw_away(struct recorder *recorder);

/** Write what waits; `all`: what is not due, too.  When it fails, it is tried again later. */
int recorder_write(struct recorder *recorder, bool all, struct err *err);

/** Prune a chunk of the logs. */
void recorder_prune(struct recorder *recorder);

/** Write recorder->image as the index; everything absorbed is in the tree that it was made of. */
int recorder_write_index(struct recorder *recorder, struct err *err);

/** The last word. */
int recorder_finish(struct recorder *recorder, struct err *err);

#endif
