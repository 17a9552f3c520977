/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_REMOVE_REMOVE_FOLDER_H
#define ENGINE_REMOVE_REMOVE_FOLDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/remove/choice.h"

/*
 * The folders that a deletion is at: each knows the one that it lies in, and holds it open while it may; beyond
 * FOLDERS_OPEN descriptors one is closed while its subfolders are worked on, and opened again through `..`, or from
 * above, when it is needed.  Always checked to be the folder that was chosen.
 */

struct folder {
	struct folder *parent;      /* NULL: a place */
	struct folder *next;        /* of a list of waiting ones */
	uint32_t number;            /* in choice.dirs */
	_Atomic uint32_t pending;   /* itself, and its subfolders that are not done */
	_Atomic int64_t checked_ns; /* it was where it should be */
	_Atomic bool stays;         /* something in it does */
	bool gone;                  /* by itself, before it could be opened */
	uint8_t passes;             /* how often it was listed */
	uint8_t name_length;
	/* by folders.lock */
	int fd; /* -1: not open */
	uint32_t users;
	const char *path; /* of a chosen one; of a place, its own; else NULL */
	char name[];      /* NUL-terminated */
};

#define FOLDERS_OPEN 512

struct folders {
	const struct choice *choice;
	pthread_mutex_t lock;
	uint32_t open;
};

/** NULL without memory. */
struct folder *folder_create(struct folder *parent, uint32_t number, const char *name, size_t length);

/** The open folder, for this thread until folder_give(); opened again if need be, `child` (or -1) is open below it. */
int folder_take(struct folders *folders, struct folder *folder, int child);
void folder_give(struct folders *folders, struct folder *folder);

/**
 * Open it in its parent's open folder, and take it: never through a link, never across a mount, only the one that was
 * chosen.  Or -errno; -EXDEV: a mount, -ESTALE: another one.
 */
int folder_open(struct folders *folders, struct folder *folder, int parent);

/** Closed for good, and freed. */
void folder_free(struct folders *folders, struct folder *folder);

/** Is an open folder still where it was?  Looked at every 10 ms. */
bool folder_in_place(struct folders *folders, struct folder *folder, int fd);

/** Its absolute path, and a name in it (may be NULL).  NULL without memory; to be freed. */
char *folder_path(const struct folder *folder, const char *name);

#endif
