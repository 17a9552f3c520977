/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/model/model_causes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "store/causes/cause_live.h"
#include "ui/model/model_jobs.h"

/* ---- the rules ---- */

struct rules_task {
	struct task task;
	struct model *model;
	struct cause_rules rules;
	struct err err;
	int rc;
};

static void read_rules(struct task *task)
{
	struct rules_task *rules = (struct rules_task *)task;

	rules->rc = cause_rules_load(&rules->rules, NULL, &rules->err);
}

static void rules_done(struct task *task)
{
	struct rules_task *rules = (struct rules_task *)task;
	struct model *model = rules->model;
	struct cause_rules *kept = alloc_zero(struct cause_rules);

	/* What is right in the files holds; the mistake is told when somebody asks. */
	if (kept && (!rules->rc || rules->rc == -EINVAL)) {
		*kept = rules->rules;
		model->state->rules = kept;
		model->state->rules_wrong = rules->err;
		if (!rules->rc)
			model->state->rules_wrong.text[0] = '\0';
		model_changed(model);
	} else {
		model->state->rules_wrong = rules->err;
		cause_rules_clear(&rules->rules);
		free(kept);
	}
	free(rules);
}

void model_read_rules(struct model *model)
{
	struct rules_task *rules = alloc_zero(struct rules_task);

	if (!rules)
		return;
	rules->model = model;
	tasks_start(model->tasks, &rules->task, read_rules, rules_done);
}

const struct cause_rule *model_cause(const struct model *model, dir_id folder, const void *entry, size_t length,
                                     bool is_dir, const char **name)
{
	struct model_state *state = model->state;

	if (!state || !state->rules || folder == DIR_NONE)
		return NULL;
	if (!state->places) {
		state->places = alloc_zero(struct places);
		if (state->places && places_begin(state->places, state->rules, NULL)) {
			free(state->places);
			state->places = NULL;
		}
	}
	return state->places ? cause_of_live(state->places, model->tree, folder, entry, length, is_dir, name) : NULL;
}

void model_free_rules(struct model *model)
{
	if (!model->state || !model->state->rules)
		return;
	if (model->state->places)
		places_end(model->state->places);
	free(model->state->places);
	model->state->places = NULL;
	cause_rules_clear(model->state->rules);
	free(model->state->rules);
	model->state->rules = NULL;
}

/* ---- the answer ---- */

struct causes_job {
	struct job job;
	const struct cause_rules *rules;
	const struct tree *tree; /* the newer side is made of it; NULL = it is an image */
	struct watcher *watcher; /* holds still meanwhile */
	const struct image *before, *after;
	char *prefix_a, *prefix_b;
	struct causes causes;
	int64_t at_s;
};

static int run_causes(struct job *base, struct store *store)
{
	struct causes_job *job = (struct causes_job *)base;
	struct cause_side a = {.image = job->before, .store = store, .listed = IMAGE_NONE},
			  b = {.image = job->after, .store = store, .tree = job->tree, .listed = IMAGE_NONE};
	struct causes_query query = {.rules = job->rules,
	                             .a = job->before ? &a : NULL,
	                             .b = &b,
	                             .prefix_a = job->prefix_a,
	                             .prefix_b = job->prefix_b,
	                             .cancel = &base->worker_job.cancel};
	struct image *made = NULL;
	int rc = 0;

	watcher_hold(job->watcher);
	store_read_begin(store);
	if (job->tree) {
		b.image = made = image_from_tree(job->tree);
		rc = made ? 0 : err_set(&base->err, -errno, "%s", strerror(errno));
		job->at_s = clock_wall_s();
	}
	if (!rc)
		rc = causes_find(&query, &job->causes, &base->err);
	store_read_end(store);
	watcher_release(job->watcher);
	cause_side_clear(&a);
	cause_side_clear(&b);
	image_free(made);
	return rc;
}

static void causes_done(struct job *base)
{
	struct causes_job *job = (struct causes_job *)base;
	struct model *model = base->model;
	struct model_causes *answer = model->causes;

	model->readers--;
	model->state->tree_readers -= job->tree != NULL;
	if (!answer || answer->job != job)
		return;
	answer->job = NULL;
	answer->ready = true;
	answer->at_s = job->at_s;
	if (base->rc)
		answer->failed = base->err;
	answer->causes = job->causes;
	job->causes = (struct causes){0};
	model_changed(model);
}

static void clear_causes(struct job *base)
{
	struct causes_job *job = (struct causes_job *)base;

	causes_clear(&job->causes);
	free(job->prefix_a);
	free(job->prefix_b);
}

static const struct job_kind causes_kind = {.size = sizeof(struct causes_job),
                                            .patient = true,
                                            .run = run_causes,
                                            .done = causes_done,
                                            .clear = clear_causes};

void model_drop_causes(struct model *model)
{
	struct model_causes *causes = model->causes;

	if (!causes)
		return;
	if (causes->job)
		causes->job->job.worker_job.cancel = true;
	causes_clear(&causes->causes);
	free(causes->path);
	free(causes);
	model->causes = NULL;
}

bool model_can_explain_growth(const struct model *model)
{
	const struct baseline *base = model_base(model);

	return base && base->image;
}

/* Why nothing can be told now; NULL = it can. */
static const char *refusal(const struct model *model, const struct causes_subject *subject)
{
	if (!model->state || !model->worker)
		return _("there is no database: nothing can be explained without its lists of files");
	if (model->state->rules_wrong.text[0])
		return model->state->rules_wrong.text;
	if (!model->state->rules)
		return _("the rules are being read");
	if (subject->dir == DIR_NONE && !model->view)
		return _("this folder is not there: it cannot be explained");
	if (subject->dir != DIR_NONE && (model->scanning || !tree_complete(model->tree, DIR_ROOT)))
		return _("the scan is still running: what it has not read cannot be explained");
	if (subject->dir != DIR_NONE && model->partial)
		return _("the scan was ended before it was whole: it cannot be explained");
	return model->rereading && subject->dir != DIR_NONE ? _("it is being read again") : NULL;
}

static char *join(const char *prefix, const char *relative)
{
	return alloc_print("%s%s%s", prefix, *prefix && *relative ? "/" : "", relative);
}

/* What is compared, and where in it. */
static int fill(struct causes_job *job, const struct model *model, const struct causes_subject *subject, bool growth)
{
	const struct baseline *base = growth ? model_base(model) : NULL;
	struct buf relative = {0};
	int rc;

	if (subject->dir != DIR_NONE) {
		job->tree = model->tree;
		job->watcher = model->live ? model->watcher : NULL;
		rc = tree_relative(model->tree, subject->dir, &relative);
	} else {
		job->after = subject->image;
		job->at_s = model->view->taken_at;
		rc = image_relative(subject->image, subject->image_dir, &relative);
	}
	if (!rc) {
		job->before = base ? base->image : NULL;
		job->prefix_a = join(base ? base->prefix : "", relative.data ? relative.data : "");
		job->prefix_b = alloc_text(relative.data ? relative.data : "");
	}
	buf_free(&relative);
	return job->prefix_a && job->prefix_b ? rc : -ENOMEM;
}

bool model_want_causes(struct model *model, const struct causes_subject *subject, bool growth)
{
	const char *why = refusal(model, subject);
	const struct baseline *base = model_base(model);
	struct model_causes *answer;
	struct causes_job *job;

	if (why) {
		model_say(model, true, "%s", why);
		return false;
	}
	answer = alloc_zero(struct model_causes);
	job = answer ? model_new_job(model, &causes_kind, 0) : NULL;
	if (answer)
		answer->path = alloc_text(subject->path);
	if (!job || !answer->path || fill(job, model, subject, growth)) {
		if (job)
			clear_causes(&job->job);
		free(job);
		if (answer)
			free(answer->path);
		free(answer);
		model_say(model, true, "%s", strerror(ENOMEM));
		return false;
	}
	model_drop_causes(model);
	job->rules = model->state->rules;
	answer->job = job;
	answer->growth = growth;
	answer->since_id = growth ? base->id : 0;
	answer->since_s = growth ? base->taken_at : 0;
	model->causes = answer;
	model->readers++;
	model->state->tree_readers += job->tree != NULL;
	model_post(&job->job);
	return true;
}
