/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_IMPORT_SOURCE_H
#define STORE_EXCHANGE_IMPORT_SOURCE_H

#include <sys/types.h>

#include "base/buf.h"
#include "store/exchange/decompress.h"
#include "store/exchange/import.h"

/* What the readers of all formats have in common: where bytes come from, what may be a name, sentences. */

#define IMPORT_DEPTH_MAX 100000
#define IMPORT_NAME_MAX 255

struct import_source {
	struct decompress *bytes;
	int fd;
	off_t start; /* where the export begins in it; -1 = not seekable */
	const char *name;
	const struct import_options *options;
	const _Atomic bool *cancel;
	struct import_progress *progress;
	uint64_t items;
	struct err *err;
};

/** decompress_read(), telling how far it is. */
ssize_t import_bytes(struct import_source *source, void *buffer, size_t size);

bool import_cancelled(const struct import_source *source);

/**
 * Fails with a sentence: what is wrong, and where ("line 3", or NULL).  `what` may be NULL for -ENOMEM and -ECANCELED.
 * Returns the error.
 */
int import_refuse(struct import_source *source, int error, const char *what, const char *where);

/** The same about an entry of that name. */
int import_refuse_name(struct import_source *source, int error, const char *what, const char *name, size_t length,
                       const char *where);

/** What an error of decompress_read() is called; NULL where import_refuse() needs no word. */
const char *import_problem(const struct import_source *source, int error);

/** The same of an error of the tree's builder. */
const char *import_build_problem(int error);

/** Can that be a name of an entry?  NULL, or what is wrong with it. */
const char *import_bad_name(const char *name, size_t length);

/**
 * Append a root's path as it is kept: absolute, with no "." or ".." on the way; "C:\" or "data" of another program
 * become "/C:\", "/data".  NULL, or what is wrong with it; without memory `out` has failed.
 */
const char *import_root_path(const char *path, size_t length, struct buf *out);

/* ---- the formats: each fills in the tree, and what it knows of the rest.  0 or -errno with a sentence ---- */

int import_ncdu_json(struct import_source *source, struct import *out);
int import_ncdu_binary(struct import_source *source, struct import *out);
int import_du(struct import_source *source, struct import *out);
int import_qdirstat(struct import_source *source, struct import *out);

#endif
