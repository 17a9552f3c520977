/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_SAVE_STATE_H
#define STORE_SNAPSHOT_SAVE_STATE_H

#include <stdatomic.h>
#include <xxhash.h>

#include "store/db/bulk_insert.h"
#include "store/files/chunk_ids.h"
#include "store/files/file_chunk.h"
#include "store/snapshot/save_plan.h"
#include "store/snapshot/snapshot.h"

/* A snapshot being saved: snapshot_save.c compares and keeps the order, save_rows.c and save_lists.c write. */
struct save {
	struct store *store;
	const struct tree *tree;
	const struct snapshot_meta *meta;
	const _Atomic bool *cancel;
	struct err *err;
	struct image *fresh;
	struct save_plan plan;
	int64_t root_id, head_id;     /* compared with; 0 = there is none */
	int64_t id;                   /* the new snapshot */
	int64_t last_dir, last_chunk; /* ids given */
	struct bulk_insert dirs, chunks, versions, growth;
	struct file_chunks packed; /* of one directory */
	struct chunk_ids ids, old_ids;
	XXH128_hash_t *old_hashes; /* of the chunks old_ids */
	size_t old_capacity;
	unsigned char *blob;
	size_t blob_capacity;
	struct buf path;
};

/** -ECANCELED with a sentence, when that was asked for. */
int save_cancelled(const struct save *save);

/** The chain's row and its newest snapshot; 0 = there is none. */
int save_find_chain(struct save *save, int64_t *root_id, int64_t *head_id);

/** Rows of `dirs` of the head; NULL = not at hand. */
const int64_t *save_head_dirs(const struct save *save);

/** In the transaction: write what is planned, as snapshot `save->id` from then on. */
int save_rows(struct save *save);

/**
 * Pack a directory's files, store the chunks that are new, and make the blob that names them all.  `known`: it has had
 * versions before.
 */
int save_list(struct save *save, uint32_t b, int64_t dir, bool known, size_t *length);

/** The same for a directory with a rest: as it was in the snapshot that this was taken from. */
int save_remembered_list(struct save *save, int64_t dir, size_t *length);

#endif
