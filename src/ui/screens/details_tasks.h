/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_DETAILS_TASKS_H
#define UI_SCREENS_DETAILS_TASKS_H

#include <sys/stat.h>
#include <sys/types.h>

#include "engine/tree/link_names.h"
#include "ui/model/model.h"
#include "ui/screens/row.h"

/*
 * What the details of an entry (i) find out in tasks: what the disk says of it just now, and where its other names are.
 * A file system that hangs must not hang the screen.  done() runs on the loop's thread and takes the result over,
 * unless the screen has left it before.
 */

#define OWNER_NAME_BYTES 128

struct disk_check {
	struct task task;
	void (*done)(void *owner, struct disk_check *check);
	void *owner; /* NULL once the screen is closed */
	char *path;
	bool unreadable; /* asked: a folder, which the scan could not read */
	const struct tree *tree;
	dir_id dir;     /* a live folder, or DIR_NONE */
	int error;      /* of statx */
	int read_error; /* of opening an unreadable folder */
	struct statx st;
	char user[OWNER_NAME_BYTES], group[OWNER_NAME_BYTES]; /* safe; "" = unknown */
	char fs_type[64], mount[512];                         /* raw; "" = unknown */
	char target[4096];                                    /* of a symbolic link, raw */
	ssize_t target_length;
	bool newest_known;
	int64_t newest_s; /* of the files below a folder */
};

/**
 * Look at what lies on this machine now (no import, no ghost, no old snapshot); NULL = there is nothing to look at, or
 * no memory.
 */
struct disk_check *disk_check_start(struct model *model, const struct row *row, const char *path,
                                    void (*done)(void *owner, struct disk_check *check), void *owner);
void disk_check_leave(struct disk_check *check); /* the screen closes; NULL does no harm */
void disk_check_free(struct disk_check *check);

struct name_search {
	struct task task;
	void (*done)(void *owner, struct name_search *search);
	void *owner;
	const struct tree *tree;
	dir_id dir;
	int64_t row; /* of the file in `dir`; -1 = of what lies below `dir` */
	struct link_names names;
	int rc;
};

/** Other names of a file, or of the files below a folder. */
struct name_search *name_search_start(struct model *model, const struct row *row, dir_id folder,
                                      void (*done)(void *owner, struct name_search *search), void *owner);
void name_search_leave(struct name_search *search);
void name_search_free(struct name_search *search);

#endif
