/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live folder is added up by a task, a stored one, and what it was then, by jobs of the store's thread.  Threads:
 * each works on a breakdown of its own, which the loop takes over in done(); anybody may set `cancel` (relaxed: a
 * hint).
 */
#include <errno.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/files/stored_query.h"
#include "ui/model/model_breakdown.h"
#include "ui/model/model_jobs.h"

#define AGAIN_NS 1000000000 /* a tree that changes is added up again not sooner, */
#define AGAIN_SHARE 10      /* nor in more than this part of the time */

struct sum_work {
	struct model_work work;
	atomic_bool cancel;
	struct breakdown_question question;
	bool then; /* what it was */
	const struct tree *tree;
	struct breakdown *breakdown;
	struct breakdown_owner *owners;
	size_t owner_count;
	int64_t began_ns;
};

struct model_breakdown {
	struct breakdown_answer answer;
	struct breakdown_question question;
	struct sum_work *now, *then; /* that run */
	int64_t done_ns, cost_ns;
	uint64_t batches, reread;
	bool scanning;
};

static void free_work(struct sum_work *work)
{
	breakdown_destroy(work->breakdown);
	free(work->owners);
	free(work);
}

/* ---- adding up ---- */

/** Names of those it belongs to; without one the number is shown. */
static void name_owners(struct sum_work *work)
{
	struct breakdown_group *groups;
	size_t count;

	if (!breakdown_owners(work->breakdown) ||
	    breakdown_groups(work->breakdown, BREAKDOWN_OWNER, BREAKDOWN_ALLOCATED, &groups, &count))
		return;
	work->owners = alloc_array(count + 1, sizeof(*work->owners));
	for (size_t i = 0; work->owners && i < count; i++) {
		struct passwd entry, *found = NULL;
		char memory[4096];
		struct buf safe = {0};

		if (!groups[i].owner_known || getpwuid_r(groups[i].uid, &entry, memory, sizeof(memory), &found) ||
		    !found || text_safe(&safe, entry.pw_name, strlen(entry.pw_name), false) || !safe.data) {
			buf_free(&safe);
			continue;
		}
		work->owners[work->owner_count].uid = groups[i].uid;
		snprintf(work->owners[work->owner_count++].name, BREAKDOWN_OWNER_BYTES, "%s", safe.data);
		buf_free(&safe);
	}
	free(groups);
}

static int sum_tree(struct sum_work *work)
{
	int rc = breakdown_tree(work->breakdown, work->tree, work->question.dir, &work->cancel);

	if (!rc)
		name_owners(work);
	return rc;
}

/** The store's thread. */
static int sum_stored(struct sum_work *work, struct store *store, struct err *err)
{
	const struct image *image = work->then ? work->question.base : work->question.image;
	uint32_t dir = work->then ? work->question.base_dir : work->question.image_dir;
	struct image *whole = NULL;
	struct buf path = {0};
	int rc = 0;

	/* A mapped index does not say what its directories have of their own. */
	if (!image->own_bytes) {
		rc = snapshot_image(store, image->snapshot_id, &whole, err);
		if (!rc && (image_relative(image, dir, &path) || path.failed))
			rc = err_no_memory(err);
		if (!rc)
			dir = image_lookup(whole, path.data ? path.data : "", path.length);
		image = whole;
		buf_free(&path);
	}
	if (!rc)
		rc = dir == IMAGE_NONE ? -ENOENT
		                       : stored_breakdown(work->breakdown, store, image, dir, NULL, &work->cancel, err);
	image_free(whole);
	return rc;
}

static int run(struct model_work *base, struct store *store, struct err *err)
{
	struct sum_work *work = (struct sum_work *)base;

	return store ? sum_stored(work, store, err) : sum_tree(work);
}

/* ---- its end ---- */

static void finish(struct model_work *base, int rc)
{
	struct sum_work *work = (struct sum_work *)base;
	struct model *model = base->model;
	struct model_breakdown *state = model->state->breakdown;
	struct breakdown_answer *answer = state ? &state->answer : NULL;

	if (state && state->now == work) {
		state->now = NULL;
		state->done_ns = clock_mono_ns();
		state->cost_ns = state->done_ns - work->began_ns;
		answer->failed = rc && rc != -ECANCELED;
		if (!rc) {
			breakdown_destroy(answer->now);
			free(answer->owners);
			answer->now = work->breakdown;
			answer->owners = work->owners;
			answer->owner_count = work->owner_count;
			work->breakdown = NULL;
			work->owners = NULL;
		}
		answer->changes++;
	} else if (state && state->then == work) {
		state->then = NULL;
		answer->then_known = !rc;
		answer->then_failed = rc && rc != -ECANCELED;
		breakdown_destroy(answer->then);
		answer->then = rc ? NULL : work->breakdown;
		work->breakdown = rc ? work->breakdown : NULL;
		answer->changes++;
	}
	free_work(work);
	model_changed(model);
}

/* ---- its beginning ---- */

static struct sum_work *new_work(struct model *model, const struct breakdown_question *question, bool then)
{
	struct sum_work *work = alloc_zero(struct sum_work);

	if (!work)
		return NULL;
	work->work = (struct model_work){.model = model, .run = run, .done = finish};
	work->breakdown = breakdown_create(clock_wall_s());
	work->question = *question;
	work->then = then;
	work->tree = model->tree;
	work->began_ns = clock_mono_ns();
	if (!work->breakdown) {
		free_work(work);
		return NULL;
	}
	return work;
}

static void start_now(struct model *model, struct model_breakdown *state, const struct breakdown_question *question)
{
	struct sum_work *work = new_work(model, question, false);

	if (!work)
		return;
	state->now = work;
	state->batches = model->live_status.batches;
	state->reread = model->reread;
	state->scanning = model->scanning;
	model_start_work(&work->work, question->dir == DIR_NONE ? WORK_STORE : WORK_TASK);
}

static void start_then(struct model *model, struct model_breakdown *state, const struct breakdown_question *question)
{
	struct sum_work *work = question->base_dir != IMAGE_NONE ? new_work(model, question, true) : NULL;

	if (!work) {
		state->answer.then_known = question->base_dir == IMAGE_NONE;
		return;
	}
	state->then = work;
	model_start_work(&work->work, WORK_STORE);
}

static void cancel(struct sum_work *work)
{
	if (work)
		atomic_store_explicit(&work->cancel, true, memory_order_relaxed);
}

/** What runs is cancelled, and found by nobody when it ends. */
static void forget(struct model_breakdown *state, bool now, bool then)
{
	struct breakdown_answer *answer = &state->answer;

	if (now) {
		cancel(state->now);
		state->now = NULL;
		breakdown_destroy(answer->now);
		free(answer->owners);
		answer->now = NULL;
		answer->owners = NULL;
		answer->owner_count = 0;
		answer->failed = false;
	}
	if (then) {
		cancel(state->then);
		state->then = NULL;
		breakdown_destroy(answer->then);
		answer->then = NULL;
		answer->then_known = answer->then_failed = false;
	}
	answer->changes++;
}

static bool is_old(const struct model *model, const struct model_breakdown *state)
{
	int64_t again_ns = state->cost_ns * AGAIN_SHARE;

	if (state->question.dir == DIR_NONE)
		return false;
	if (state->reread != model->reread || (state->scanning && !model->scanning))
		return true;
	if (state->batches == model->live_status.batches && !model->scanning)
		return false;
	return clock_mono_ns() > state->done_ns + (again_ns > AGAIN_NS ? again_ns : AGAIN_NS);
}

const struct breakdown_answer *model_breakdown(struct model *model, const struct breakdown_question *question)
{
	struct model_breakdown *state = model->state ? model->state->breakdown : NULL;
	const struct breakdown_question *asked = state ? &state->question : NULL;

	if (!state && model->state)
		state = model->state->breakdown = alloc_zero(struct model_breakdown);
	if (!state)
		return NULL;
	if (asked) {
		bool now = asked->dir != question->dir || asked->image != question->image ||
		           asked->image_dir != question->image_dir;
		bool then = now || asked->base != question->base || asked->base_dir != question->base_dir;

		if (now || then)
			forget(state, now, then);
	}
	state->question = *question;
	if (!state->now && ((!state->answer.now && !state->answer.failed) || is_old(model, state)))
		start_now(model, state, question);
	if (question->base && !state->then && !state->answer.then_known && !state->answer.then_failed)
		start_then(model, state, question);
	return &state->answer;
}

void model_breakdown_close(struct model *model)
{
	if (!model->state || !model->state->breakdown)
		return;
	forget(model->state->breakdown, true, true);
	free(model->state->breakdown);
	model->state->breakdown = NULL;
}

void model_breakdown_stop(struct model *model)
{
	struct model_breakdown *state = model->state ? model->state->breakdown : NULL;

	if (!state)
		return;
	cancel(state->now);
	cancel(state->then);
}

void model_breakdown_free(struct model *model)
{
	model_breakdown_close(model);
}
