/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_INFO_H
#define STORE_EXCHANGE_NCDU_INFO_H

#include "base/buf.h"
#include "base/err.h"
#include "engine/tree/build.h"
#include "store/exchange/decompress.h"
#include "store/exchange/json.h"
#include "store/exchange/ncdu.h"

/* What an export says of one entry, and the sentences about what it should not say. */

/** One info object. */
struct ncdu_info {
	struct buf name; /* of the root: a path */
	bool has_name, has_dev, has_mtime, has_mode;
	uint64_t apparent_bytes, alloc_bytes, dev, ino, nlink;
	int64_t mtime_s;
	struct node_extended extended;
	bool linked, read_error, notreg;
	unsigned excluded; /* ROW_EXCLUDED, ROW_OTHERFS, ROW_KERNFS or 0 */
};

/** An import under way. */
struct ncdu_reader {
	struct decompress *source;
	struct json *json;
	struct build *build;
	const char *name;
	struct ncdu_progress *progress;
	struct err *err;
	struct ncdu_info info;
	bool gdu; /* progname says so */
	/* of the names of a linked inode only the second and later ones are marked: gdu before 5.36 */
	bool gdu_later_links;
	unsigned char magic[8]; /* how the text begins */
	size_t magic_length;
	uint64_t *dev; /* of the open directories, by depth */
	size_t dev_capacity;
	uint64_t items;
	int64_t timestamp;
	struct buf progname, progver;
};

/** Fails with a sentence: what is wrong, and where.  Returns the error. */
int ncdu_refuse(struct ncdu_reader *in, int error, const char *what);

/** The same about the entry just read; -EINVAL. */
int ncdu_refuse_entry(struct ncdu_reader *in, const char *what);

/** The same with what the parser or the bytes below it complain of. */
int ncdu_refuse_json(struct ncdu_reader *in);

/** A size or a count: a whole number.  null is as good as absent. */
int ncdu_read_unsigned(struct ncdu_reader *in, uint64_t limit, const char *complaint, uint64_t *out);

/** Behind the opening brace of an entry: fill `info`. */
int ncdu_read_info(struct ncdu_reader *in);

#endif
