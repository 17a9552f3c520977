/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_ACCOUNT_ACCOUNT_H
#define ENGINE_ACCOUNT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/account/named.h"
#include "engine/system/file_system.h"

/*
 * Where the used bytes of a file system are.  The lines add up to what statvfs(3) calls used, exactly, because the last
 * one is the rest: it is never left out, and says why it may be there.  It is negative where files show more than they
 * take.
 */

enum account_reason {
	ACCOUNT_TREE,         /* at and below the path */
	ACCOUNT_DELETED_OPEN, /* without a name, and held open */
	ACCOUNT_HIDDEN,       /* under mount points */
	ACCOUNT_OUTSIDE,      /* named, but not below the path */
	ACCOUNT_METADATA,     /* the file system's own */
	ACCOUNT_UNREADABLE,   /* nobody knows how much: 0, and the entries say where */
	ACCOUNT_UNEXPLAINED,
	ACCOUNT_REASONS
};

struct account_entry {
	char *path; /* bytes */
	uint64_t bytes;
	bool bytes_known;
	char *by;  /* who holds it, bytes; or NULL */
	pid_t pid; /* the first of them; 0 = the kernel, or nobody */
};

struct account_line {
	int64_t bytes;
	bool partial;                  /* not all of it could be found: the rest of it is among the unexplained */
	struct account_entry *entries; /* the largest first */
	size_t count, capacity;
};

/** Why there may be something unexplained; a bit each. */
enum account_why {
	ACCOUNT_WHY_OUTSIDE = 1 << 0, /* what lies outside was not read */
	ACCOUNT_WHY_UNREADABLE = 1 << 1,
	ACCOUNT_WHY_PROCESSES = 1 << 2, /* other people's processes were not looked into */
	ACCOUNT_WHY_HIDDEN = 1 << 3,    /* it is not allowed to look under mounts */
	ACCOUNT_WHY_METADATA = 1 << 4,  /* the file system does not tell */
	ACCOUNT_WHY_SHARED = 1 << 5,    /* shared or compressed extents: files take less than they show */
	ACCOUNT_WHY_EXTENTS = 1 << 6,   /* parts of extents, subvolumes that are not mounted */
	ACCOUNT_WHY_CHANGED = 1 << 7,   /* it changed while it was read */
	ACCOUNT_WHY_OLD = 1 << 8,       /* the tree is known from before */
	ACCOUNT_WHY_QUOTA = 1 << 9,     /* a project's other folders */
	ACCOUNT_WHY_HELD = 1 << 10,     /* a deleted file is held whose size nobody tells */
	ACCOUNT_WHY_COUNT = 11
};

struct account {
	struct fs_info fs;
	struct account_line lines[ACCOUNT_REASONS];
	unsigned why;          /* enum account_why */
	uint64_t unreadable;   /* folders and entries; those with a path are that line's entries */
	int64_t as_of;         /* when the tree was known to be so */
	int64_t changed_bytes; /* what the used bytes changed by while it was read; FIGURE_UNKNOWN = it was not */
};

/**
 * `path` is absolute, without symbolic links.  Reads the whole file system by the scanner: minutes, on a large disk.
 * `cancel` is polled; may be NULL.  0; -ECANCELED; or -errno with a sentence.
 */
int account_read(const char *path, const struct named_scanner *scanner, const _Atomic bool *cancel, struct account *out,
                 struct err *err);

/** The same where what has names is known already; takes it over in any case. */
int account_of(const char *path, struct named_bytes *named, const _Atomic bool *cancel, struct account *out,
               struct err *err);

/** The same of a directory of a stored tree, as it was at that time; `path` is where it is now. */
int account_of_image(const char *path, const struct image *image, uint32_t dir, int64_t as_of,
                     const _Atomic bool *cancel, struct account *out, struct err *err);

void account_clear(struct account *account);

/** Append why there may be something unexplained, in words; nothing where there is no reason. */
void account_explain(const struct account *account, struct buf *out);

/** The word of a reason in JSON, "deleted_open"; and for people, translated. */
const char *account_reason_name(enum account_reason reason);
const char *account_reason_words(enum account_reason reason);

#endif
