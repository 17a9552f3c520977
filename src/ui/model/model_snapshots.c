/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done with a snapshot of the history: looked at, compared with, named, deleted. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/model/model_jobs.h"

const struct baseline *model_base(const struct model *model)
{
	return model->view ? model->view->baseline : model->baseline;
}

static void set_view_baseline(struct model *model, struct baseline *baseline)
{
	model_drop_baseline(model, model->view->baseline, false);
	model->view->baseline = baseline;
	model_changed(model);
}

static void drop_view(struct model *model)
{
	struct view *view = model->view;

	model->view = NULL;
	if (!view)
		return;
	model_drop_baseline(model, view->baseline, false);
	model_drop_image(model, view->image);
	free(view);
	model_changed(model);
}

/** The snapshot before `id` in the history, 0 = none; id 0 = the newest that is not this scan. */
static int64_t snapshot_before(const struct model *model, int64_t id)
{
	bool found = !id;

	for (size_t i = 0; i < model->history.count; i++) {
		const struct snapshot *snapshot = &model->history.items[i];

		if (found && snapshot->id != model->saved_id)
			return snapshot->id;
		found |= snapshot->id == id;
	}
	return 0;
}

/**
 * The neighbour in the history that takes a snapshot's place when it goes: the next older one, else the next newer; 0 =
 * none.
 */
static int64_t snapshot_beside(const struct model *model, int64_t id)
{
	int64_t newer = 0;

	for (size_t i = 0; i < model->history.count; i++) {
		int64_t at = model->history.items[i].id;

		if (at == id)
			return snapshot_before(model, id) ? snapshot_before(model, id) : newer;
		if (at != model->saved_id)
			newer = at;
	}
	return 0;
}

/* ---- looked at, and what that is compared with ---- */

static void view_base_done(struct job *job)
{
	struct image_job *answer = (struct image_job *)job;
	struct model *model = job->model;
	struct baseline *baseline;

	if (!model->view || model->state->compare_id != job->id || !model_job_succeeded(job))
		return;
	baseline = model_take_image(answer, answer->image->root_path);
	if (baseline)
		set_view_baseline(model, baseline);
}

static const struct job_kind view_base_kind = {.size = sizeof(struct image_job),
                                               .run = model_read_image,
                                               .done = view_base_done,
                                               .clear = model_clear_image};

void model_compare_with(struct model *model, int64_t id)
{
	if (!model->state)
		return;
	if (!id)
		id = snapshot_before(model, model->view ? model->view->id : 0);
	if (!id)
		return;
	if (!model->view) {
		model_compare_tree(model, id);
		return;
	}
	model->state->compare_id = id;
	model_post_new(model, &view_base_kind, id);
}

static void view_done(struct job *job)
{
	struct image_job *answer = (struct image_job *)job;
	struct model *model = job->model;
	struct view *view;

	if (model->state->view_id != job->id || !model_job_succeeded(job))
		return;
	view = alloc_zero(struct view);
	if (!view)
		return;
	drop_view(model);
	*view = (struct view){.id = job->id, .taken_at = answer->taken_at, .image = answer->image};
	answer->image = NULL;
	model->view = view;
	model_changed(model);
	model_compare_with(model, 0);
}

static const struct job_kind view_kind = {.size = sizeof(struct image_job),
                                          .run = model_read_image,
                                          .done = view_done,
                                          .clear = model_clear_image};

void model_open_snapshot(struct model *model, int64_t id)
{
	if (!model->state)
		return;
	model->state->view_id = id;
	if (id)
		model_post_new(model, &view_kind, id);
	else
		drop_view(model);
}

/* ---- deleted, named ---- */

/** A snapshot is gone: what was compared with it is compared with the one beside it, and it is looked at no more. */
static void leave_deleted(struct model *model, int64_t id)
{
	struct view *view = model->view;
	int64_t beside = snapshot_beside(model, id);

	if (view && view->id == id) {
		drop_view(model);
		model_say(model, false, _("deleted #%lld; this is now"), (long long)id);
	} else if (view && view->baseline && view->baseline->id == id) {
		if (beside && beside != view->id)
			model_compare_with(model, beside);
		else
			set_view_baseline(model, NULL);
	}
	if (model->baseline && model->baseline->id == id) {
		if (beside)
			model_compare_tree(model, beside);
		else
			model_set_baseline(model, NULL);
	}
}

/** Both lists show it. */
static void refresh_lists(struct model *model)
{
	if (model->everything_known)
		model_request_history(model, true);
	model_request_history(model, false);
}

static int run_delete(struct job *job, struct store *store)
{
	return snapshot_delete(store, job->id, &job->err);
}

static void delete_done(struct job *job)
{
	struct model *model = job->model;

	if (model_job_succeeded(job)) {
		model_say(model, false, _("deleted #%lld"), (long long)job->id);
		leave_deleted(model, job->id);
		if (job->id == model->saved_id) { /* this scan's own: it is kept no more */
			model->saved_id = 0;
			model->save = SAVE_NONE;
		}
	}
	refresh_lists(model);
}

static const struct job_kind delete_kind = {.size = sizeof(struct job), .run = run_delete, .done = delete_done};

void model_delete_snapshot(struct model *model, int64_t id)
{
	model_post_new(model, &delete_kind, id);
}

struct label_job {
	struct job job;
	char *label; /* NULL = none from now on */
};

static int run_label(struct job *job, struct store *store)
{
	return snapshot_label(store, job->id, ((struct label_job *)job)->label, &job->err);
}

static void label_done(struct job *job)
{
	model_job_succeeded(job);
	refresh_lists(job->model);
}

static void clear_label(struct job *job)
{
	free(((struct label_job *)job)->label);
}

static const struct job_kind label_kind = {.size = sizeof(struct label_job),
                                           .run = run_label,
                                           .done = label_done,
                                           .clear = clear_label};

void model_label_snapshot(struct model *model, int64_t id, const char *label)
{
	struct label_job *job = model_new_job(model, &label_kind, id);

	if (!job)
		return;
	job->label = label ? alloc_text(label) : NULL;
	if (label && !job->label)
		free(job);
	else
		model_post(&job->job);
}

void model_clear_snapshots(struct model *model)
{
	drop_view(model);
	model_drop_baseline(model, model->baseline, false);
	model->baseline = NULL;
	model_clear_files(model);
	snapshot_list_clear(&model->history);
	snapshot_list_clear(&model->everything);
	snapshot_list_clear(&model->differing);
	snapshot_list_clear(&model->state->removed);
}
