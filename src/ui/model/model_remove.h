/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_MODEL_MODEL_REMOVE_H
#define UI_MODEL_MODEL_REMOVE_H

#include "ui/model/model.h"

/*
 * Deletion: what was chosen is written down by a task, what would come back is worked out by another, a third deletes.
 * One deletion at a time.  The tree is left to whoever keeps it true: the watcher sees what goes like any other change
 * and tells index and log, so that nothing counts twice; where nobody follows, the folders are read again afterwards.
 */

/** Why nothing can be deleted at all just now, translated; NULL = it can. */
const char *model_delete_why_not(const struct model *model);

/** Why nothing was chosen, from `rc` of the deletion; translated. */
const char *model_choice_words(int rc);

/** Write down what is to be deleted; names are copied.  0 or -ENOMEM. */
int model_choose(struct model *model, const struct choice_name *names, size_t count);

/** The choice is given up, before anything was deleted. */
void model_unchoose(struct model *model);

/** Delete what was chosen, as soon as it is written down. */
void model_delete(struct model *model, enum deletion_how how);

/** Stop a deletion; what is gone is gone. */
void model_stop_deleting(struct model *model);
bool model_is_deleting(const struct model *model);

/** Can what was trashed last be put back?  Do so. */
bool model_can_undo(const struct model *model);
void model_undo(struct model *model);

/** What has come of it.  Returns when to come again. */
int64_t model_remove_update(struct model *model, int64_t now_ns);

/** Marks of what went go, from time to time.  Returns when to come again. */
int64_t model_refresh_marks(struct model *model, int64_t now_ns);

/** Is the tree being read for it, so that nobody may change it but the watcher, which is held? */
static inline bool model_is_choosing(const struct model *model)
{
	return model->deletion.phase == DELETION_CHOOSING && model->deletion.tasks;
}

/** At the end, when no task runs any more. */
void model_clear_deletion(struct model *model);

#endif
