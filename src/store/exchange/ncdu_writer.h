/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_WRITER_H
#define STORE_EXCHANGE_NCDU_WRITER_H

#include "base/err.h"
#include "engine/tree/tree.h"
#include "store/exchange/ncdu_export.h"

/* The bytes of an export in one of ncdu's formats, for what reads a tree and what reads a snapshot. */
struct ncdu_writer {
	const struct ncdu_form *form;
	int fd;
	int error; /* the first failure; later output is dropped */
};

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
	bool leaf;            /* nothing but its name and type is known; a directory that was not entered */
	const char *excluded; /* "pattern", "otherfs", "kernfs" or NULL */
};

/** Writes to a borrowed descriptor.  NULL without memory. */
struct ncdu_writer *ncdu_writer_create(const struct ncdu_export_options *options, int fd);

/** End the export and free the writer; 0, or -errno with a sentence (`error`: what the export failed of before). */
int ncdu_writer_finish(struct ncdu_writer *writer, int error, struct err *err);

/** Set type and flags of an entry that is not an entered directory. */
void ncdu_item_leaf(struct ncdu_item *item, enum node_type type, unsigned row_flags, uint64_t ino, uint32_t nlink);

/* ---- the formats ---- */

struct ncdu_form {
	void (*put_header)(struct ncdu_writer *writer, int64_t timestamp, const char *root_path);
	void (*put_item)(struct ncdu_writer *writer, const struct ncdu_item *item);
	void (*put_end_dir)(struct ncdu_writer *writer);
	void (*end)(struct ncdu_writer *writer);
	void (*drop)(struct ncdu_writer *writer);
};

/** NULL without memory. */
struct ncdu_writer *ncdu_json_writer(void);
struct ncdu_writer *ncdu_binary_writer(const struct ncdu_export_options *options);

/** All of these bytes; a failure stays in writer->error. */
void ncdu_write(struct ncdu_writer *writer, const void *bytes, size_t length);

/** First: when it was counted, and of what. */
static inline void ncdu_put_header(struct ncdu_writer *writer, int64_t timestamp, const char *root_path)
{
	writer->form->put_header(writer, timestamp, root_path);
}

/** One entry; of a directory without its end.  Returns 0 or the first failure of the writer. */
static inline int ncdu_put_item(struct ncdu_writer *writer, const struct ncdu_item *item)
{
	writer->form->put_item(writer, item);
	return writer->error;
}

/** The end of a directory, one that was not entered too. */
static inline int ncdu_put_end_dir(struct ncdu_writer *writer)
{
	writer->form->put_end_dir(writer);
	return writer->error;
}

#endif
