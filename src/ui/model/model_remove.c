/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/model_remove.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "ui/model/model_state.h"

#define PROGRESS_NS 100000000
#define MARKS_SHARE 100 /* marks are looked at for this part of the time */

enum deletion_work { WORK_CHOOSE, WORK_LIST, WORK_ESTIMATE, WORK_DELETE, WORK_UNDO };

struct deletion_task {
	struct task task;
	struct model *model;
	enum deletion_work work;
	struct watcher *watcher; /* CHOOSE: held meanwhile */
	struct choice *choice;
	struct estimate estimate;
	int rc;
};

static void advance(struct model *model);

/* ---- threads ---- */

static void run(struct task *base)
{
	struct deletion_task *task = (struct deletion_task *)base;
	struct deletion *deletion = &task->model->deletion;

	switch (task->work) {
	case WORK_CHOOSE:
		watcher_hold(task->watcher);
		task->rc = choice_create(task->model->tree, deletion->names, deletion->name_count, &deletion->cancel,
		                         &task->choice);
		watcher_release(task->watcher);
		break;
	case WORK_LIST: task->rc = choice_list(deletion->choice, &deletion->cancel); break;
	case WORK_ESTIMATE:
		task->rc = estimate_make(deletion->choice, &deletion->cancel_estimate, &task->estimate);
		break;
	case WORK_DELETE:
		task->rc = deletion->how == DELETE_TRASH ? trash_run(&deletion->removal, &deletion->trashed)
		         : deletion->how == DELETE_EMPTY ? removal_empty(&deletion->removal)
		                                         : removal_run(&deletion->removal);
		break;
	case WORK_UNDO: trash_undo(&deletion->trashed, &deletion->errors); break;
	}
}

/* ---- the result ---- */

static void say_not(const struct deletion *deletion, struct buf *out)
{
	char figure[TEXT_FIGURE];

	if (deletion->kept)
		buf_printf(out, _("   %s not: L list"), text_count(figure, deletion->kept));
	if (deletion->how == DELETE_TRASH && deletion->trashed.count)
		buf_str(out, _("   u undo"));
}

/** "deleted 48 212 items: 11.6 GiB free now (12.9 GiB in them)   2 not: L list" */
static void say_result(const struct model *model, struct deletion *deletion)
{
	const struct removal *removal = &deletion->removal;
	uint64_t entries = removal->entries, bytes = removal->bytes;
	char items[TEXT_FIGURE], in_them[TEXT_FIGURE], now[TEXT_FIGURE];
	bool freed = removal->freed_known && removal->freed_bytes > 0, si = model->settings.si;
	struct buf out = {0};

	text_count(items, entries);
	/* Files with several names count once. */
	text_size(in_them, entries == deletion->choice->entries ? deletion->choice->bytes : bytes, si);
	text_size(now, freed ? (uint64_t)removal->freed_bytes : 0, si);
	if (deletion->cancel)
		buf_str(&out, _("stopped: "));
	if (deletion->how == DELETE_TRASH)
		buf_printf(&out,
		           ngettext("%s item is in the trash (%s in it, not free yet)",
		                    "%s items are in the trash (%s in them, not free yet)", entries),
		           items, in_them);
	else if (deletion->how == DELETE_EMPTY && !deletion->kept)
		buf_printf(&out, _("emptied: %s free now (%s were in it)"), now, in_them);
	else if (deletion->how == DELETE_EMPTY)
		buf_str(&out, _("not emptied"));
	else if (freed)
		buf_printf(&out,
		           ngettext("deleted %s item: %s free now (%s in it)",
		                    "deleted %s items: %s free now (%s in them)", entries),
		           items, now, in_them);
	else
		buf_printf(&out, ngettext("deleted %s item (%s in it)", "deleted %s items (%s in them)", entries),
		           items, in_them);
	say_not(deletion, &out);
	snprintf(deletion->result, sizeof(deletion->result), "%s", out.data ? out.data : "");
	buf_free(&out);
}

static void say_undone(struct deletion *deletion, size_t before)
{
	size_t back = before - deletion->trashed.count;
	char figure[TEXT_FIGURE];
	struct buf out = {0};

	deletion->kept = deletion->errors.total;
	buf_printf(&out, ngettext("put back %s entry", "put back %s entries", back), text_count(figure, back));
	say_not(deletion, &out);
	snprintf(deletion->result, sizeof(deletion->result), "%s", out.data ? out.data : "");
	buf_free(&out);
}

/* ---- afterwards ---- */

/** Something went from this folder, or came back. */
static void look_at(struct model *model, dir_id dir)
{
	struct deletion *deletion = &model->deletion;

	if (model->live) { /* it need not have a watch */
		watcher_look(model->watcher, dir, false);
		return;
	}
	if (deletion->again_count && deletion->again[deletion->again_count - 1] == dir)
		return;
	if (alloc_room(&deletion->again, &deletion->again_capacity, deletion->again_count + 1))
		return;
	deletion->again[deletion->again_count++] = dir;
}

static void look_again(struct model *model)
{
	const struct choice *choice = model->deletion.choice;
	dir_id last = DIR_NONE;

	for (size_t i = 0; i < choice->item_count; i++) {
		dir_id dir = choice->dirs[choice->items[i].place].dir;

		if (dir != last)
			look_at(model, dir);
		last = dir;
	}
}

/** Folders that things were in which are put back. */
static void look_at_origins(struct model *model)
{
	const struct trash_result *trashed = &model->deletion.trashed;

	for (size_t i = 0; i < trashed->count; i++) {
		const char *path = trashed->items[i].path, *below;
		size_t length;
		dir_id dir;

		below = path ? path_below(path, tree_root_path(model->tree)) : NULL;
		if (!below || !*below)
			continue;
		for (length = strlen(below); length && below[length - 1] != '/'; length--)
			;
		dir = tree_lookup(model->tree, below, length ? length - 1 : 0);
		if (dir != DIR_NONE)
			look_at(model, dir);
	}
}

static void forget_choice(struct deletion *deletion)
{
	choice_destroy(deletion->choice);
	deletion->choice = NULL;
	if (deletion->estimated)
		estimate_clear(&deletion->estimate);
	deletion->estimated = deletion->listed = false;
	deletion->wanted = false;
	free(deletion->names);
	free(deletion->name_bytes);
	deletion->names = NULL;
	deletion->name_bytes = NULL;
	deletion->name_count = 0;
}

static void deletion_ended(struct model *model, int rc)
{
	struct deletion *deletion = &model->deletion;

	/* What was not deleted is listed from now on. */
	removal_errors_clear(&deletion->errors);
	deletion->errors = deletion->removal.errors;
	deletion->kept = deletion->errors.total;
	say_result(model, deletion);
	model->message[0] = 0; /* "stopping": this is what came of it */
	if (rc)
		model_say(model, true, "%s", strerror(-rc));
	look_again(model);
	deletion->phase = DELETION_DONE;
	forget_choice(deletion);
	model->marks_old = true;
	if (model->state)
		model->state->usage_wanted = model->state->usage_path != NULL;
}

static void done(struct task *base)
{
	struct deletion_task *task = (struct deletion_task *)base;
	struct model *model = task->model;
	struct deletion *deletion = &model->deletion;

	deletion->tasks--;
	switch (task->work) {
	case WORK_CHOOSE:
		deletion->rc = task->rc;
		deletion->choice = task->rc ? NULL : task->choice;
		if (deletion->phase == DELETION_CHOOSING)
			deletion->phase = DELETION_CHOSEN;
		break;
	case WORK_LIST:
		deletion->rc = task->rc;
		deletion->listed = !task->rc;
		break;
	case WORK_ESTIMATE:
		deletion->estimate = task->estimate;
		deletion->estimated = !task->rc;
		break;
	case WORK_DELETE: deletion_ended(model, task->rc); break;
	case WORK_UNDO:
		say_undone(deletion, (size_t)deletion->of_entries);
		deletion->phase = DELETION_DONE;
		break;
	}
	free(task);
	advance(model);
	model_changed(model);
}

/* ---- what comes next ---- */

static bool start(struct model *model, enum deletion_work work)
{
	struct deletion_task *task = alloc_zero(struct deletion_task);

	if (!task) {
		model_say(model, true, "%s", strerror(ENOMEM));
		return false;
	}
	task->model = model;
	task->work = work;
	task->watcher = model->live ? model->watcher : NULL;
	model->deletion.tasks++;
	tasks_start(model->tasks, &task->task, run, done);
	return true;
}

static void begin(struct model *model)
{
	struct deletion *deletion = &model->deletion;

	trash_result_clear(&deletion->trashed);
	removal_init(&deletion->removal, deletion->choice, &deletion->cancel);
	deletion->of_entries = deletion->choice->entries;
	deletion->phase = DELETION_RUNNING;
	if (!start(model, WORK_DELETE)) {
		deletion->phase = DELETION_NONE;
		forget_choice(deletion);
	}
}

/** The next step, when no task is under way. */
static void advance(struct model *model)
{
	struct deletion *deletion = &model->deletion;

	if (deletion->tasks || (model->state && model->state->stopping))
		return;
	switch (deletion->phase) {
	case DELETION_CHOOSING:
		if (!model->state || model->state->tree_task != TREE_REREAD)
			start(model, WORK_CHOOSE);
		break;
	case DELETION_CHOSEN:
		if (deletion->rc && deletion->wanted) {
			model_say(model, true, "%s", model_choice_words(deletion->rc));
			deletion->phase = DELETION_NONE;
			forget_choice(deletion);
		} else if (!deletion->rc && !deletion->listed) {
			start(model, WORK_LIST);
		} else if (!deletion->rc && deletion->wanted) {
			begin(model);
		} else if (!deletion->rc && !deletion->estimated && !deletion->cancel_estimate) {
			deletion->cancel_estimate = !start(model, WORK_ESTIMATE);
		}
		break;
	case DELETION_NONE: /* given up meanwhile */ forget_choice(deletion); break;
	default: break;
	}
}

const char *model_choice_words(int rc)
{
	return rc == -ENOENT ? _("nothing of it is there, or was read, any more") : strerror(-rc);
}

const char *model_delete_why_not(const struct model *model)
{
	if (model->start && model->start->tree_name)
		return _("an imported tree: nothing of it can be deleted");
	if (!model->settings.can_delete)
		return _("deletion was turned off by an option");
	if (model->view)
		return _("an old snapshot is only looked at: q goes back to now, where it can be deleted");
	if (model_gone(model))
		return _("the folder is gone: there is nothing to delete");
	if (model->scanning)
		return _("the scan is still running: deletion begins with a whole picture");
	if (model->partial)
		return _("the scan was ended before it was whole: open the folder to be deleted from by itself");
	if (model_is_deleting(model))
		return _("a deletion is under way: Esc stops it");
	return model->tasks ? NULL : _("nothing can be deleted here");
}

int model_choose(struct model *model, const struct choice_name *names, size_t count)
{
	struct deletion *deletion = &model->deletion;
	size_t bytes = 0, at = 0;

	if (deletion->tasks) /* one that was given up, and is not over yet */
		return -EBUSY;
	forget_choice(deletion);
	deletion->result[0] = 0;
	for (size_t i = 0; i < count; i++)
		bytes += names[i].length;
	deletion->names = alloc_array(count, sizeof(*names));
	deletion->name_bytes = alloc_array(bytes + 1, 1);
	if (!deletion->names || !deletion->name_bytes) {
		forget_choice(deletion);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		deletion->names[i] = (struct choice_name){names[i].dir, deletion->name_bytes + at, names[i].length};
		memcpy(deletion->name_bytes + at, names[i].name, names[i].length);
		at += names[i].length;
	}
	deletion->name_count = count;
	deletion->rc = 0;
	deletion->cancel = deletion->cancel_estimate = false;
	deletion->phase = DELETION_CHOOSING;
	advance(model);
	return 0;
}

void model_unchoose(struct model *model)
{
	struct deletion *deletion = &model->deletion;

	if (deletion->phase != DELETION_CHOOSING && deletion->phase != DELETION_CHOSEN)
		return;
	deletion->cancel = deletion->cancel_estimate = true;
	deletion->phase = DELETION_NONE;
	advance(model);
}

void model_delete(struct model *model, enum deletion_how how)
{
	struct deletion *deletion = &model->deletion;

	deletion->wanted = true;
	deletion->how = how;
	deletion->cancel_estimate = true;
	advance(model);
}

void model_stop_deleting(struct model *model)
{
	model->deletion.cancel = model->deletion.cancel_estimate = true;
}

bool model_is_deleting(const struct model *model)
{
	const struct deletion *deletion = &model->deletion;

	return deletion->phase == DELETION_RUNNING || deletion->phase == DELETION_UNDOING ||
	       (deletion->phase != DELETION_NONE && deletion->wanted);
}

bool model_can_undo(const struct model *model)
{
	return model->deletion.phase == DELETION_DONE && model->deletion.trashed.count > 0;
}

void model_undo(struct model *model)
{
	struct deletion *deletion = &model->deletion;

	if (!model_can_undo(model))
		return;
	removal_errors_clear(&deletion->errors);
	deletion->errors.total = 0;
	deletion->kept = 0;
	deletion->of_entries = deletion->trashed.count;
	look_at_origins(model);
	deletion->phase = start(model, WORK_UNDO) ? DELETION_UNDOING : DELETION_DONE;
}

int64_t model_remove_update(struct model *model, int64_t now_ns)
{
	struct deletion *deletion = &model->deletion;

	if (deletion->phase == DELETION_CHOOSING)
		advance(model);
	if (deletion->again_count && deletion->phase != DELETION_UNDOING && !model->rereading && !model->scanning) {
		dir_id dir = deletion->again[--deletion->again_count];

		if (tree_alive(model->tree, dir))
			model_reread(model, dir, -1);
	}
	if (deletion->phase == DELETION_RUNNING)
		model_changed(model);
	return deletion->phase == DELETION_RUNNING || deletion->phase == DELETION_CHOOSING ? now_ns + PROGRESS_NS
	                                                                                   : INT64_MAX;
}

int64_t model_refresh_marks(struct model *model, int64_t now_ns)
{
	int64_t due_ns = model->marks_ns + MARKS_SHARE * model->marks_cost_ns;

	if (!model->marks_old || !model->marks.count || !model->tree)
		return INT64_MAX;
	if (now_ns < due_ns)
		return due_ns;
	model->marks_old = false;
	marks_refresh(&model->marks, model->tree); /* without memory they stay for now */
	model->marks_ns = clock_mono_ns();
	model->marks_cost_ns = model->marks_ns - now_ns;
	model_changed(model);
	return INT64_MAX;
}

void model_clear_deletion(struct model *model)
{
	struct deletion *deletion = &model->deletion;

	forget_choice(deletion);
	trash_result_clear(&deletion->trashed);
	removal_errors_clear(&deletion->errors);
	free(deletion->again);
	deletion->again = NULL;
	marks_clear(&model->marks);
}
