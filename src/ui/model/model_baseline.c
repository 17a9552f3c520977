/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tree is compared with. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "store/record/warm_source.h"
#include "ui/model/model_jobs.h"

static void destroy_image(void *image)
{
	image_free(image);
}

static void destroy_match(void *match)
{
	match_destroy(match);
}

void model_destroy_baseline(void *object)
{
	struct baseline *baseline = object;

	free(baseline->prefix);
	free(baseline);
}

/** Does it stay to the end, whoever uses it? */
static bool is_kept(const struct model *model, const struct image *image)
{
	const struct model_state *state = model->state;

	return image == state->scan_image || image == state->index || image == state->newest;
}

void model_drop_image(struct model *model, struct image *image)
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
		model_drop_image(model, baseline->image);
	model_retire(model, baseline, model_destroy_baseline);
}

/** A root relative to one that contains it, to be freed; NULL when it does not. */
static char *prefix_below(const char *outer, const char *root)
{
	const char *rest = path_below(root, outer);

	return rest ? alloc_text(rest) : NULL;
}

struct baseline *model_make_baseline(struct model *model, struct image *image, const char *root, int64_t id,
                                     int64_t taken_at)
{
	struct baseline *baseline = alloc_zero(struct baseline);
	char *prefix = prefix_below(image->root_path, root);
	uint32_t dir = prefix ? image_lookup(image, prefix, strlen(prefix)) : IMAGE_NONE;

	/*
	 * A snapshot of a folder above that did not enter this one (another file system, then) would show everything as
	 * new.
	 */
	if (!baseline || dir == IMAGE_NONE) {
		free(baseline);
		free(prefix);
		if (!is_kept(model, image))
			image_free(image);
		return NULL;
	}
	*baseline = (struct baseline){.id = id, .taken_at = taken_at, .image = image, .prefix = prefix, .root = dir};
	return baseline;
}

void model_set_baseline(struct model *model, struct baseline *baseline)
{
	struct baseline *old = model->baseline;

	model->baseline = baseline;
	model_drop_baseline(model, old, baseline && old && old->image == baseline->image);
	if (baseline && baseline->image == model->state->scan_image && model->state->scan_match_valid)
		baseline->match = scan_match(model->scan);
	if (baseline && !baseline->match)
		model->state->wanted[TREE_MATCH] = true;
	model->state->wanted[TREE_IDENTITIES] = baseline != NULL;
	model_changed(model);
}

/* ---- another snapshot to compare with ---- */

int model_read_image(struct job *base, struct store *store)
{
	struct image_job *job = (struct image_job *)base;
	struct snapshot snapshot;
	int rc = snapshot_get(store, base->id, &snapshot, &base->err);

	if (rc)
		return rc;
	job->taken_at = snapshot.finished_at;
	snapshot_clear(&snapshot);
	return snapshot_image(store, base->id, &job->image, &base->err);
}

void model_clear_image(struct job *job)
{
	image_free(((struct image_job *)job)->image);
}

struct baseline *model_take_image(struct image_job *job, const char *root)
{
	struct image *image = job->image;

	job->image = NULL;
	return model_make_baseline(job->job.model, image, root, job->job.id, job->taken_at);
}

static void compare_done(struct job *job)
{
	struct model *model = job->model;
	struct baseline *baseline;

	if (model->state->compare_id != job->id || !model_job_succeeded(job))
		return;
	baseline = model_take_image((struct image_job *)job, model->state->root);
	if (baseline)
		model_set_baseline(model, baseline);
	else
		model_say(model, true, _("#%lld does not contain this folder"), (long long)job->id);
}

static const struct job_kind compare_kind = {.size = sizeof(struct image_job),
                                             .run = model_read_image,
                                             .done = compare_done,
                                             .clear = model_clear_image};

void model_compare_tree(struct model *model, int64_t id)
{
	struct model_state *state = model->state;
	const struct snapshot *snapshot;
	struct baseline *baseline;

	state->compare_id = id;
	if (model->baseline && model->baseline->id == id)
		return;
	if (!state->scan_image || state->scan_image_id != id) {
		model_post_new(model, &compare_kind, id);
		return;
	}
	snapshot = model_snapshot(model, id);
	baseline = model_make_baseline(model, state->scan_image, state->root, id, snapshot ? snapshot->finished_at : 0);
	if (baseline)
		model_set_baseline(model, baseline);
}

/* ---- the first: the newest snapshot before this session ---- */

struct baseline_job {
	struct job job;
	struct history history;
	bool warm;                 /* what a warm scan goes by is wanted, too */
	const struct image *index; /* of the root, NULL = there is none */
	int64_t index_id;          /* the snapshot it was made with */
	bool is_index;             /* the index is the snapshot's image, which is not read then */
	struct image *image;
	struct warm_source *warm_source;
	unsigned differing; /* snapshots of the root with other counting options */
};

/** What a warm scan goes by: it knows what has been seen to change since the snapshot, and brings that one's image. */
static void read_warm_source(struct baseline_job *job, struct store *store)
{
	const struct model_state *state = job->job.model->state;
	struct snapshot newest = {0};
	int rc = warm_source_newest(store, state->root, state->options, WARM_SOURCE_ROWS, &newest, &job->image,
	                            &job->warm_source, NULL);

	if (rc || newest.id != job->job.id) { /* the baseline is one of a folder above */
		warm_source_free(job->warm_source);
		image_free(job->image);
		job->warm_source = NULL;
		job->image = NULL;
		if (!snapshot_image(store, job->job.id, &job->image, NULL))
			warm_source_load(store, job->image, &job->history.chain, true, &job->warm_source, NULL);
	}
	snapshot_clear(&newest);
}

static int run_baseline(struct job *base, struct store *store)
{
	struct baseline_job *job = (struct baseline_job *)base;
	struct model_state *state = base->model->state;
	int rc = snapshot_baseline(store, state->root, state->options, &base->id, &job->differing, &base->err);

	if (!rc && base->id)
		rc = model_read_chain(base, store, &job->history);
	if (rc)
		return rc;
	model_read_differing(base, store, &job->history);
	if (!base->id)
		return 0;
	if (job->warm)
		read_warm_source(job, store);
	job->is_index = !job->image && base->id == job->index_id && snapshot_is(store, base->id, job->index);
	if (job->image || job->is_index)
		return 0;
	atomic_store_explicit(&state->baseline_found, true, memory_order_relaxed);
	return snapshot_image(store, base->id, &job->image, &base->err);
}

/** What there is to be said of it, and of the snapshots that could be compared with. */
static void say_baseline(struct model *model, const struct baseline_job *job)
{
	const struct snapshot *newest = model->history.count ? &model->history.items[0] : NULL;
	int64_t id = job->job.id;
	char when[TEXT_FIGURE];

	if (job->job.rc && job->job.rc != -ENOENT)
		model_say(model, true, "%s", job->job.err.text);
	else if (!id && !job->differing && !job->job.rc)
		model_find_other_users(model);
	else if (!id && job->differing)
		model_say(model, false,
		          ngettext("%u snapshot of this folder was counted with other options: not compared",
		                   "%u snapshots of this folder were counted with other options: not compared",
		                   job->differing),
		          job->differing);
	else if (newest && newest->doubtful_date && clock_is_ahead(newest->finished_at, clock_wall_s()))
		model_say(model, true,
		          _("#%lld is dated %s: a clock was wrong; snapshots keep their order all the same"),
		          (long long)newest->id, text_time(when, newest->finished_at));
}

static void baseline_done(struct job *base)
{
	struct baseline_job *job = (struct baseline_job *)base;
	struct model *model = base->model;
	struct model_state *state = model->state;
	struct baseline *baseline;

	if (base->rc == -ECANCELED)
		return;
	model_take_history(model, &job->history);
	model->history_known = true; /* when it was not read, there is none */
	model->baseline_known = true;
	if (state->scan_by_ns) {
		state->warm_source = job->warm_source;
		job->warm_source = NULL;
	}
	model->counted_differently = job->differing;
	say_baseline(model, job);
	if (job->is_index && state->scan_image == state->index)
		state->scan_image_id = base->id;
	if (job->is_index || job->image) {
		baseline = model_make_baseline(model, job->is_index ? state->index : job->image, state->root, base->id,
		                               job->history.taken_at);
		job->image = NULL;
		state->compare_id = base->id;
		if (baseline)
			model_set_baseline(model, baseline);
		else
			snapshot_list_clear(&model->history); /* a history that this folder is no part of */
	}
}

static void clear_baseline(struct job *base)
{
	struct baseline_job *job = (struct baseline_job *)base;

	model_clear_history(&job->history);
	image_free(job->image);
	warm_source_free(job->warm_source);
}

static const struct job_kind baseline_kind = {.size = sizeof(struct baseline_job),
                                              .run = run_baseline,
                                              .done = baseline_done,
                                              .clear = clear_baseline};

void model_find_baseline(struct model *model)
{
	struct baseline_job *job = model_new_job(model, &baseline_kind, 0);

	if (!job)
		return;
	job->warm = model->start->warm;
	job->index = model->state->index;
	job->index_id = job->index ? model->state->index_id : 0;
	model_post(&job->job);
}

void model_set_match(struct model *model, struct match *match)
{
	const struct baseline *old = model->baseline;
	struct baseline *baseline = alloc_zero(struct baseline);
	char *prefix = alloc_text(old->prefix);

	if (!baseline || !prefix) {
		free(baseline);
		free(prefix);
		match_destroy(match);
		return;
	}
	*baseline = *old;
	baseline->prefix = prefix;
	baseline->match = baseline->own_match = match;
	model_drop_baseline(model, model->baseline, true);
	model->baseline = baseline;
	model_changed(model);
}
