/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_QUERY_KINDS_H
#define ENGINE_QUERY_KINDS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/tree/node.h"

/* What a file is for, as far as its name says: by its extension, of which one const table knows several hundred. */

enum file_kind {
	KIND_VIDEO,
	KIND_AUDIO,
	KIND_IMAGE,
	KIND_ARCHIVE,
	KIND_DOCUMENT,
	KIND_CODE, /* sources and what is built of them */
	KIND_LOG,
	KIND_DATABASE,
	KIND_DISK, /* images of disks and machines */
	KIND_PACKAGE,
	KIND_OTHER,   /* an extension that the table does not know */
	KIND_NONE,    /* no extension */
	KIND_SPECIAL, /* links, devices, pipes, sockets */
	KIND_FOLDER,  /* a directory's own inode */
	KIND_COUNT,
};

#define EXTENSION_MAX 12   /* longer ones are none: they are parts of a name */
#define EXTENSION_BYTES 16 /* padded with zeros */

/**
 * The extension of a name, in lower case and padded: what follows its last point, if that is letters, digits, `_`,
 * `-` or `+`, not all digits, and not the whole name.  Digits behind an extension (app.log.1, libc.so.6) are passed
 * over.  Returns its length, 0 = it has none.
 */
size_t kind_extension(const void *name, size_t length, char out[EXTENSION_BYTES]);

/** Of an extension as kind_extension() gives it; KIND_OTHER when the table does not know it. */
enum file_kind kind_of_extension(const char extension[EXTENSION_BYTES]);

/** Of an entry. */
enum file_kind kind_of(enum node_type type, const void *name, size_t length);

/** The word for it in `type:`. */
const char *kind_word(enum file_kind kind);

/** By that word, or KIND_COUNT. */
enum file_kind kind_named(const char *word, size_t length);

/** What a person reads; untranslated: _() where shown. */
const char *kind_title(enum file_kind kind);

#endif
