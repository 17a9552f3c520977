/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live tree is searched by a task; a stored one, and what grew, by a job of the store's thread, which has the lists
 * of files.  Threads: the search works on a struct flat_work of its own; what it has found so far it hands over in
 * `early` (release), from where the loop takes it (acquire).  Anybody may set `cancel` (relaxed: a hint).
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "store/files/stored_query.h"
#include "ui/model/model_flat.h"
#include "ui/model/model_jobs.h"

#define INLINE_ITEMS 20000       /* fewer are searched at once */
#define EARLY_NS 8000000         /* when something is shown of a search that takes longer, */
#define EARLY_AGAIN_NS 100000000 /* and how soon more */
#define EARLY_ENTRIES 1000
#define AGAIN_NS 500000000 /* a tree that changes is searched again not sooner, */
#define AGAIN_SHARE 10     /* nor in more than this part of the time */

struct flat_work {
	struct model_work work;
	atomic_bool cancel;
	_Atomic(struct flat_list *) early;
	struct flat_question question;
	const struct tree *tree;
	struct watcher *watcher; /* holds still while it is seen what changed; NULL = nothing does */
	const struct match *match;
	const struct identities *identities;
	const struct image *base;
	struct flat flat;
	int64_t began_ns, early_ns;
};

struct model_flat {
	struct flat_list *list; /* shown */
	struct flat_work *work; /* that runs */
	int64_t done_ns, cost_ns;
	uint64_t batches, reread; /* as of the list, */
	bool scanning;            /* while the tree was being read */
	const struct baseline *base;
	bool failed;
};

static void free_list(void *object)
{
	struct flat_list *list = object;

	if (list)
		flat_clear(&list->flat);
	free(list);
}

static void free_work(struct flat_work *work)
{
	free_list(atomic_exchange_explicit(&work->early, NULL, memory_order_acquire));
	flat_clear(&work->flat);
	free(work);
}

static bool same_place(const struct flat_question *a, const struct flat_question *b)
{
	return a->dir == b->dir && a->image == b->image && a->image_dir == b->image_dir && a->grown == b->grown;
}

static bool same_question(const struct flat_question *a, const struct flat_question *b)
{
	return same_place(a, b) && a->base_dir == b->base_dir && a->query.order == b->query.order &&
	       a->query.apparent == b->query.apparent && a->query.show_hidden == b->query.show_hidden &&
	       a->query.written_since == b->query.written_since && !strcmp(a->filter, b->filter);
}

/* ---- the search ---- */

/** Between rows: hand over what there is, if that is due.  True = stop. */
static bool pause_search(struct flat *flat, void *context)
{
	struct flat_work *work = context;
	struct flat_list *early;
	int64_t now_ns = clock_mono_ns();

	if (atomic_load_explicit(&work->cancel, memory_order_relaxed))
		return true;
	if (now_ns < work->early_ns)
		return false;
	work->early_ns = now_ns + EARLY_AGAIN_NS;
	early = alloc_zero(struct flat_list);
	if (!early)
		return false;
	early->question = work->question;
	if (flat_copy_best(flat, EARLY_ENTRIES, &early->flat))
		free(early);
	else
		free_list(atomic_exchange_explicit(&work->early, early, memory_order_acq_rel));
	return false;
}

/** What grew below a live folder.  The store's thread. */
static int search_grown_tree(struct flat_work *work, struct store *store, struct err *err)
{
	struct changed_dirs dirs;
	struct stored_growth growth = {.store = store, .tree = work->tree, .base = work->base, .dirs = &dirs};
	int rc;

	watcher_hold(work->watcher);
	tree_sum((struct tree *)work->tree);
	rc = changed_in_tree(&dirs, work->tree, work->question.dir, work->match, work->identities);
	watcher_release(work->watcher);
	if (rc)
		return err_no_memory(err);
	rc = stored_grown(&work->flat, &growth, pause_search, work, err);
	changed_clear(&dirs);
	return rc;
}

static int search_grown_image(struct flat_work *work, struct store *store, struct err *err)
{
	const struct flat_question *question = &work->question;
	struct changed_dirs dirs;
	struct stored_growth growth = {.store = store, .image = question->image, .base = work->base, .dirs = &dirs};
	int rc = changed_in_image(&dirs, question->image, question->image_dir, work->base, question->base_dir, NULL);

	if (rc)
		return err_no_memory(err);
	rc = stored_grown(&work->flat, &growth, pause_search, work, err);
	changed_clear(&dirs);
	return rc;
}

static int search_stored(struct flat_work *work, struct store *store, struct err *err)
{
	const struct flat_question *question = &work->question;

	if (question->grown)
		return question->dir != DIR_NONE ? search_grown_tree(work, store, err)
		                                 : search_grown_image(work, store, err);
	return stored_flat(&work->flat, store, question->image, question->image_dir, pause_search, work, err);
}

static int run(struct model_work *base, struct store *store, struct err *err)
{
	struct flat_work *work = (struct flat_work *)base;

	return store ? search_stored(work, store, err)
	             : flat_tree(&work->flat, work->tree, work->question.dir, pause_search, work);
}

/* ---- its end ---- */

static void show(struct model *model, struct flat_list *list)
{
	struct model_flat *state = model->state->flat;

	if (state->list)
		model_retire(model, state->list, free_list);
	state->list = list;
	model_changed(model);
}

/** The search has ended; frees it. */
static void finish(struct model_work *base, int rc)
{
	struct flat_work *work = (struct flat_work *)base;
	struct model *model = base->model;
	struct model_flat *state = model->state->flat;
	struct flat_list *list = rc ? NULL : alloc_zero(struct flat_list);

	state->work = NULL;
	state->done_ns = clock_mono_ns();
	state->cost_ns = state->done_ns - work->began_ns;
	state->failed = rc && rc != -ECANCELED;
	if (list) {
		list->question = work->question;
		list->flat = work->flat;
		list->flat.query = NULL;
		work->flat = (struct flat){0};
		list->complete = true;
		show(model, list);
	} else if (rc == -ENOMEM || !rc) {
		model_say(model, true, "%s", strerror(ENOMEM));
	}
	free_work(work);
	model_changed(model);
}

/* ---- its beginning ---- */

static uint64_t items_below(const struct model *model, const struct flat_question *question)
{
	return (uint32_t)atomic_load_explicit(&tree_cold(model->tree, question->dir)->counts, memory_order_relaxed);
}

/** Is what it needs there?  What grew is told of a tree that is read whole, and matched. */
static bool is_possible(const struct model *model, const struct flat_question *question)
{
	const struct baseline *base = model_base(model);

	if (!question->grown)
		return question->dir != DIR_NONE || model->worker;
	if (!base || !model->worker)
		return false;
	return question->dir == DIR_NONE || (base->match && !model->scanning && !model->partial && !model->rereading);
}

static struct flat_work *new_work(struct model *model, const struct flat_question *question)
{
	struct flat_work *work = alloc_zero(struct flat_work);
	const struct baseline *base = model_base(model);

	if (!work)
		return NULL;
	work->work = (struct model_work){.model = model, .run = run, .done = finish};
	work->question = *question;
	work->tree = model->tree;
	work->watcher = model->live ? model->watcher : NULL;
	if (question->grown) {
		work->base = base->image;
		work->match = base->match;
		if (model->identities && identities_image(model->identities) == base->image)
			work->identities = model->identities;
	}
	flat_begin(&work->flat, &work->question.query);
	work->began_ns = clock_mono_ns();
	work->early_ns = work->began_ns + EARLY_NS;
	return work;
}

static void start(struct model *model, const struct flat_question *question)
{
	struct model_flat *state = model->state->flat;
	struct flat_work *work = new_work(model, question);

	if (!work)
		return;
	state->work = work;
	state->batches = model->live_status.batches;
	state->reread = model->reread;
	state->scanning = model->scanning;
	state->base = model_base(model);
	if (question->dir == DIR_NONE || question->grown)
		model_start_work(&work->work, WORK_STORE);
	else
		model_start_work(&work->work, items_below(model, question) <= INLINE_ITEMS ? WORK_HERE : WORK_TASK);
}

/** Has the list another answer by now, or may it? */
static bool is_old(const struct model *model, const struct model_flat *state)
{
	int64_t again_ns = state->cost_ns * AGAIN_SHARE;

	if (state->reread != model->reread || (state->scanning && !model->scanning))
		return true;
	if (state->batches == model->live_status.batches && !model->scanning)
		return false;
	return clock_mono_ns() > state->done_ns + (again_ns > AGAIN_NS ? again_ns : AGAIN_NS);
}

const struct flat_list *model_flat(struct model *model, const struct flat_question *question)
{
	struct model_flat *state = model->state ? model->state->flat : NULL;
	struct flat_list *early;

	if (!state && model->state) {
		state = model->state->flat = alloc_zero(struct model_flat);
	}
	if (!state)
		return NULL;
	if (state->work) {
		early = atomic_exchange_explicit(&state->work->early, NULL, memory_order_acquire);
		if (early && same_question(&early->question, question) &&
		    !(state->list && state->list->complete && same_question(&state->list->question, question)))
			show(model, early);
		else
			free_list(early);
		if (!same_question(&state->work->question, question))
			atomic_store_explicit(&state->work->cancel, true, memory_order_relaxed);
	}
	bool current = state->list && same_question(&state->list->question, question) &&
	               (!question->grown || state->base == model_base(model));

	if (!state->work && !(current && state->list->complete && !is_old(model, state)) &&
	    !(state->failed && !is_old(model, state)) && is_possible(model, question))
		start(model, question);
	return state->list && same_place(&state->list->question, question) ? state->list : NULL;
}

bool model_flat_searches(const struct model *model)
{
	return model->state && model->state->flat && model->state->flat->work;
}

void model_flat_close(struct model *model)
{
	struct model_flat *state = model->state ? model->state->flat : NULL;

	if (!state)
		return;
	state->failed = false;
	if (state->work)
		atomic_store_explicit(&state->work->cancel, true, memory_order_relaxed);
	if (state->list)
		model_retire(model, state->list, free_list);
	state->list = NULL;
}

void model_flat_stop(struct model *model)
{
	struct model_flat *state = model->state ? model->state->flat : NULL;

	if (state && state->work)
		atomic_store_explicit(&state->work->cancel, true, memory_order_relaxed);
}

void model_flat_free(struct model *model)
{
	struct model_flat *state = model->state->flat;

	if (state)
		free_list(state->list);
	free(state);
	model->state->flat = NULL;
}
