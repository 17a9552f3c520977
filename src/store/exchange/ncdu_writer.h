/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_WRITER_H
#define STORE_EXCHANGE_NCDU_WRITER_H

#include "base/err.h"
#include "engine/tree/tree.h"

/* The bytes of an export, for what writes a tree and what writes a snapshot. */
struct ncdu_writer;

/** What an info object says.  Zero means absent, but for the root's device. */
struct ncdu_item {
	const unsigned char *name; /* NULL: the root, whose name is put already */
	size_t length;
	uint64_t apparent_bytes, alloc_bytes;
	uint64_t dev; /* 0 = as the parent */
	struct node_extended extended;
	bool has_mtime;
	int64_t mtime_s;
	uint64_t ino; /* of a linked file */
	uint32_t nlink;
	bool is_dir, linked, read_error, notreg;
	const char *excluded; /* "pattern", "otherfs", "kernfs" or NULL */
};

/** Writes to a borrowed descriptor.  NULL without memory. */
struct ncdu_writer *ncdu_writer_create(int fd);

/** End the export and free the writer; 0, or -errno with a sentence (`error`: what the export failed of before). */
int ncdu_writer_finish(struct ncdu_writer *writer, int error, struct err *err);

void ncdu_put_header(struct ncdu_writer *writer, int64_t timestamp, const char *root_path);

/** One entry; of a directory without its closing bracket.  Returns 0 or the first failure of the writer. */
int ncdu_put_item(struct ncdu_writer *writer, const struct ncdu_item *item);
int ncdu_put_end_dir(struct ncdu_writer *writer);

/** Set type and flags of an entry that is not an entered directory. */
void ncdu_item_leaf(struct ncdu_item *item, enum node_type type, unsigned row_flags, uint64_t ino, uint32_t nlink);

#endif
