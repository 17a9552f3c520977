/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"
#include "cli/options.h"
#include "store/exchange/compress.h"

/*
 * Where an export goes: a file or stdout, compressed on the way when asked for, or when its name says so.  What reads a
 * tree writes to `fd`; with compression that is a pipe, and a thread of its own packs what comes out of it.
 */
struct target {
	int fd;              /* to write to */
	int out;             /* the file, or stdout */
	const char *path;    /* NULL = stdout */
	char *name;          /* the file that the path leads to */
	char *beside;        /* what is written, until it takes that name; NULL = none yet */
	bool direct;         /* `out` is written to as it is: no file, or */
	bool in_place;       /* a file that none can be made beside */
	bool public;         /* a new file is for others to read, whatever the umask says */
	enum compress_form form;
	int level;           /* of compression */
	int source;          /* reading end of the pipe */
	pthread_t thread;
	int packed;          /* the thread's result */
};

/**
 * Open before a long scan, so that a bad name is known at once; an existing file stays as it is until target_finish().
 */
int target_open(struct target *target, const char *path, const struct options *options, struct err *err);

/** Put the sentence of an error in writing to it, which names it; nothing for -EPIPE.  Returns the code. */
int target_failed(const struct target *target, int rc, struct err *err);

/** Writing begins: beside the file, when it is one. */
int target_begin(struct target *target, struct err *err);

/** Write all of it, however often it takes.  0 or -errno. */
int target_write(int fd, const char *data, size_t length);

/** All is written: it takes its name.  0; -EPIPE without a sentence; or -errno with one. */
int target_finish(struct target *target, struct err *err);

/** Give up: what there was before stays.  Harmless behind target_finish(). */
void target_abandon(struct target *target);

#endif
