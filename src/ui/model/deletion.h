/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_DELETION_H
#define UI_MODEL_DELETION_H

#include "engine/remove/estimate.h"
#include "engine/remove/trash.h"

/* A deletion as the session holds it: model_remove.h.  Zeroed = there was none. */

enum deletion_how { DELETE_TRASH, DELETE_FOR_EVER, DELETE_EMPTY };

enum deletion_phase {
	DELETION_NONE,
	DELETION_CHOOSING, /* being written down */
	DELETION_CHOSEN,
	DELETION_RUNNING,
	DELETION_UNDOING,
	DELETION_DONE, /* `result` and `errors` are of it */
};

struct deletion {
	enum deletion_phase phase;
	int rc;                /* why nothing could be chosen */
	struct choice *choice; /* from CHOSEN on, until DONE */
	bool listed; /* its files are known by their inodes */
	bool estimated;
	struct estimate estimate;
	bool wanted; /* a button was pressed: how */
	enum deletion_how how;
	struct removal removal; /* RUNNING: its counters */
	uint64_t of_entries;    /* how many it would be */
	struct trash_result trashed;
	struct removal_errors errors; /* of the last one */
	uint64_t kept;                /* entries that were not deleted */
	char result[320];             /* "" = none */

	unsigned tasks; /* under way */
	_Atomic bool cancel, cancel_estimate;
	struct choice_name *names; /* what is to be chosen, and the memory of its names */
	char *name_bytes;
	size_t name_count;
	dir_id *again; /* folders to be read again: nobody follows them */
	size_t again_count, again_capacity;
};

#endif
