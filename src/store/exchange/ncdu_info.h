/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_NCDU_INFO_H
#define STORE_EXCHANGE_NCDU_INFO_H

#include "store/exchange/import_source.h"
#include "store/exchange/json.h"
#include "store/exchange/ncdu_entry.h"

/* What an export in JSON says of one entry, and the sentences about what it should not say. */

/** An import under way. */
struct ncdu_reader {
	struct import_source *source;
	struct json *json;
	struct ncdu_entries entries;
	struct ncdu_info info;
	bool gdu; /* progname says so */
	/* of the names of a linked inode only the second and later ones are marked: gdu before 5.36 */
	bool gdu_later_links;
	int64_t timestamp;
	struct buf progname, progver;
};

/** Fails with a sentence: what is wrong, and where.  Returns the error. */
int ncdu_refuse(struct ncdu_reader *in, int error, const char *what);

/** The same about what the tree said of it. */
int ncdu_refuse_built(struct ncdu_reader *in, int error);

/** The same with what the parser or the bytes below it complain of. */
int ncdu_refuse_json(struct ncdu_reader *in);

/** A size or a count: a whole number.  null is as good as absent. */
int ncdu_read_unsigned(struct ncdu_reader *in, uint64_t limit, const char *complaint, uint64_t *out);

/** Behind the opening brace of an entry: fill `info`. */
int ncdu_read_info(struct ncdu_reader *in);

#endif
