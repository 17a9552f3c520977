/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tree, or an old snapshot that is looked at, is compared with. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/model/model_jobs.h"

static void destroy_image(void *image)
{
	image_free(image);
}

static void destroy_match(void *match)
{
	match_destroy(match);
}

static void destroy_baseline_shell(void *object)
{
	struct baseline *baseline = object;

	free(baseline->prefix);
	free(baseline);
}

/** Does it stay to the end, whoever uses it? */
static bool is_kept(const struct model *model, const struct image *image)
{
	return image == model->private->scan_image || image == model->private->index;
}

static void drop_image(struct model *model, struct image *image)
{
	if (!image || is_kept(model, image))
		return;
	model_drop_files(model, image);
	model_retire(model, image, destroy_image);
}

void model_drop_baseline(struct model *model, struct baseline *baseline, bool keep_image)
{
	if (!baseline)
		return;
	model_retire(model, baseline->own_match, destroy_match);
	if (!keep_image)
		drop_image(model, baseline->image);
	model_retire(model, baseline, destroy_baseline_shell);
}

const struct baseline *model_base(const struct model *model)
{
	return model->view ? model->view->baseline : model->baseline;
}

/** A baseline around an image; takes the image over.  NULL when out of memory or of another place. */
struct baseline *model_make_baseline(struct model *model, struct image *image, int64_t id, int64_t taken_at)
{
	struct baseline *baseline = alloc_zero(struct baseline);
	char *prefix = model_prefix_below(image->root_path, model->private->root);
	uint32_t root = prefix ? image_lookup(image, prefix, strlen(prefix)) : IMAGE_NONE;

	/*
	 * A snapshot of a folder above that did not enter this one (another file system, then) would show everything as
	 * new.
	 */
	if (!baseline || root == IMAGE_NONE) {
		free(baseline);
		free(prefix);
		if (!is_kept(model, image))
			image_free(image);
		return NULL;
	}
	baseline->id = id;
	baseline->taken_at = taken_at;
	baseline->image = image;
	baseline->prefix = prefix;
	baseline->root = root;
	return baseline;
}

/** The tree's baseline is another one from now on. */
void model_set_baseline(struct model *model, struct baseline *baseline)
{
	struct baseline *old = model->baseline;

	model->baseline = baseline;
	model_drop_baseline(model, old, baseline && old && old->image == baseline->image);
	if (baseline && baseline->image == model->private->scan_image && model->private->scan_match_valid)
		baseline->match = scan_match(model->scan);
	if (baseline && !baseline->match)
		model->private->want_match = true;
	model->private->want_moves = baseline != NULL;
	model_changed(model);
}

void model_set_view_baseline(struct model *model, struct baseline *baseline)
{
	model_drop_baseline(model, model->view->baseline, false);
	model->view->baseline = baseline;
	model_changed(model);
}

void model_drop_view(struct model *model)
{
	struct view *view = model->view;

	model->view = NULL;
	if (!view)
		return;
	model_drop_baseline(model, view->baseline, false);
	drop_image(model, view->image);
	free(view);
	model_changed(model);
}

const struct snapshot *model_snapshot(const struct model *model, int64_t id)
{
	for (size_t i = 0; i < model->history.count; i++)
		if (model->history.items[i].id == id)
			return &model->history.items[i];
	for (size_t i = 0; i < model->everything.count; i++)
		if (model->everything.items[i].id == id)
			return &model->everything.items[i];
	for (size_t i = 0; i < model->differing.count; i++)
		if (model->differing.items[i].id == id)
			return &model->differing.items[i];
	return NULL;
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

/** Compare the tree, not the old snapshot that is looked at. */
void model_compare_tree(struct model *model, int64_t id)
{
	model->private->compare_id = id;
	if (model->baseline && model->baseline->id == id)
		return;
	if (model->private->scan_image && model->private->scan_image_id == id) {
		const struct snapshot *snapshot = model_snapshot(model, id);
		struct baseline *baseline = model_make_baseline(model, model->private->scan_image, id,
		                                                snapshot ? snapshot->finished_at : 0);

		if (baseline)
			model_set_baseline(model, baseline);
		return;
	}
	model_post_simple(model, JOB_COMPARE, id);
}

void model_compare_with(struct model *model, int64_t id)
{
	if (!model->private)
		return;
	if (!id)
		id = snapshot_before(model, model->view ? model->view->id : 0);
	if (!id)
		return;
	if (!model->view) {
		model_compare_tree(model, id);
		return;
	}
	model->private->compare_id = id;
	model_post_simple(model, JOB_VIEW_BASE, id);
}

/** A snapshot is gone: what was compared with it is compared with the one beside it, and it is looked at no more. */
void model_leave_deleted(struct model *model, int64_t id)
{
	struct view *view = model->view;
	int64_t beside = snapshot_beside(model, id);

	if (view && view->id == id) {
		model_drop_view(model);
		model_say(model, false, _("deleted #%lld; this is now"), (long long)id);
	} else if (view && view->baseline && view->baseline->id == id) {
		if (beside && beside != view->id)
			model_compare_with(model, beside);
		else
			model_set_view_baseline(model, NULL);
	}
	if (model->baseline && model->baseline->id == id) {
		if (beside)
			model_compare_tree(model, beside);
		else
			model_set_baseline(model, NULL);
	}
}

void model_open_snapshot(struct model *model, int64_t id)
{
	if (!model->private)
		return;
	model->private->view_id = id;
	if (id)
		model_post_simple(model, JOB_VIEW, id);
	else
		model_drop_view(model);
}

void model_matched(struct model *model, struct match *match)
{
	struct baseline *baseline = alloc_zero(struct baseline);

	if (baseline)
		baseline->prefix = strdup(model->baseline->prefix);
	if (!baseline || !baseline->prefix) {
		free(baseline);
		match_destroy(match);
		return;
	}
	baseline->id = model->baseline->id;
	baseline->taken_at = model->baseline->taken_at;
	baseline->image = model->baseline->image;
	baseline->root = model->baseline->root;
	baseline->match = baseline->own_match = match;
	model_drop_baseline(model, model->baseline, true);
	model->baseline = baseline;
	model_changed(model);
}
