/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Jobs of the store's thread and what their answers change: baselines, views, history, file lists, saving. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/elsewhere.h"
#include "store/remembered.h"
#include "ui/model_private.h"

#define SAVE_RETRY_NS 5000000000
#define FILE_LISTS 64              /* kept in memory */

static void destroy_image(void *image)
{
	image_free(image);
}

static void destroy_match(void *match)
{
	match_destroy(match);
}

static void destroy_files(void *object)
{
	struct files *files = object;

	file_list_clear(&files->list);
	free(files);
}

static void destroy_baseline_shell(void *object)
{
	struct baseline *baseline = object;

	free(baseline->prefix);
	free(baseline);
}

/** Lists of an image that goes; one that is still being read is dropped by its job's done(), which finds no place for it. */
static void drop_files(struct model *model, const struct image *image)
{
	for (struct files **link = &model->private->files; *link;) {
		struct files *files = *link;

		if (files->image == image) {
			*link = files->next;
			model_retire(model, files, destroy_files);
		} else {
			link = &files->next;
		}
	}
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
	drop_files(model, image);
	model_retire(model, image, destroy_image);
}

static void drop_baseline(struct model *model, struct baseline *baseline, bool keep_image)
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

/* ---- jobs of the store's thread ---- */

enum job_kind { JOB_BASELINE, JOB_COMPARE, JOB_VIEW, JOB_VIEW_BASE, JOB_HISTORY, JOB_EVERYTHING, JOB_LABEL, JOB_DELETE, JOB_FILES, JOB_SAVE };

struct job {
	struct worker_job worker_job; /* first: the worker knows only this */
	struct model *model;
	enum job_kind kind;
	char *root, *options, *text;
	int64_t id;
	const struct image *image;
	uint32_t dir;
	struct tree *tree;
	struct watcher *watcher;   /* SAVE: holds still meanwhile; NULL = the tree does */
	bool follow;               /* and begin to follow the root */
	bool on_disk;              /* the tree was read from there: if its root is gone by now, it may be half of it, and is not stored */
	struct snapshot_meta meta;
	bool retain;               /* SAVE: and remove what is not kept: */
	struct prune_policy retention;
	struct snapshot_list removed; /* answers */
	int64_t since_id;
	struct growth_figure since;
	int64_t given;             /* BASELINE: the root's index was made with that snapshot; 0 = there is none */
	const struct image *index; /* it, */
	bool warm;                 /* and the files are wanted, too */
	/* answers */
	bool same;                 /* BASELINE: the index is the baseline's image */
	struct remembered *remembered;
	bool elsewhere;            /* SAVE: another process follows the root */
	int status;
	struct err err;
	unsigned other;
	struct image *loaded;
	int64_t taken_at;
	struct snapshot_list list, differing;
	bool listed;
	struct file_list files;
	uint64_t bytes;
};

static void free_job(struct job *job)
{
	free(job->root);
	free(job->options);
	free(job->text);
	snapshot_list_clear(&job->list);
	snapshot_list_clear(&job->differing);
	snapshot_list_clear(&job->removed);
	file_list_clear(&job->files);
	image_free(job->loaded);
	remembered_free(job->remembered);
	free(job);
}

/** The snapshots of the chain that `id` belongs to. */
static int load_chain(struct job *job, struct store *store, int64_t id)
{
	struct snapshot snapshot;
	int status = snapshot_get(store, id, &snapshot, &job->err);

	if (status)
		return status;
	job->taken_at = snapshot.finished_at;
	status = snapshot_list(store, snapshot.scan_root, snapshot.host, snapshot.options, &job->list, &job->err);
	job->listed = !status;
	snapshot_clear(&snapshot);
	return status;
}

/** Those of the root that were counted with other options. */
static void load_differing(struct job *job, struct store *store)
{
	struct snapshot_list *list = &job->differing;
	size_t kept = 0;

	if (job->status || snapshot_list(store, job->root, store_host(), NULL, list, NULL))
		return;
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].options, job->options))
			list->items[kept++] = list->items[i];
		else
			snapshot_clear(&list->items[i]);
	list->count = kept;
}

/** What a warm scan goes by: it knows what has been seen to change since the snapshot, and brings that one's image. */
static void load_remembered(struct job *job, struct store *store)
{
	struct snapshot newest = {0};
	int status = remembered_newest(store, job->root, job->options, REMEMBER_ROWS, &newest, &job->loaded, &job->remembered, NULL);

	if (status || newest.id != job->id) { /* the baseline is one of a folder above */
		remembered_free(job->remembered);
		image_free(job->loaded);
		job->remembered = NULL;
		job->loaded = NULL;
		if (!snapshot_image(store, job->id, &job->loaded, NULL))
			remembered_load(store, job->loaded, &job->list, true, &job->remembered, NULL);
	}
	snapshot_clear(&newest);
}

/** What the new snapshot has grown since the one before it. */
static void load_step(struct job *job, struct store *store)
{
	struct snapshot stored, before;

	if (snapshot_get(store, job->id, &stored, NULL))
		return;
	if (stored.since_id && !snapshot_get(store, stored.since_id, &before, NULL)) {
		job->since_id = before.id;
		job->since = snapshot_growth(&before, &stored);
		snapshot_clear(&before);
	}
	snapshot_clear(&stored);
}

static void run_job(struct worker_job *worker_job, struct store *store)
{
	struct job *job = (struct job *)worker_job;
	struct snapshot snapshot;
	struct node root;

	switch (job->kind) {
	case JOB_BASELINE:
		job->status = snapshot_baseline(store, job->root, job->options, &job->id, &job->other, &job->err);
		if (!job->status && job->id)
			job->status = load_chain(job, store, job->id);
		load_differing(job, store);
		if (job->warm && !job->status && job->id)
			load_remembered(job, store);
		job->same = !job->status && job->id && !job->loaded && job->id == job->given && snapshot_is(store, job->id, job->index);
		if (!job->status && job->id && !job->loaded && !job->same) {
			atomic_store_explicit(&job->model->private->baseline_found, true, memory_order_relaxed);
			job->status = snapshot_image(store, job->id, &job->loaded, &job->err);
		}
		break;
	case JOB_COMPARE:
	case JOB_VIEW:
	case JOB_VIEW_BASE:
		job->status = snapshot_get(store, job->id, &snapshot, &job->err);
		if (!job->status) {
			job->taken_at = snapshot.finished_at;
			snapshot_clear(&snapshot);
			job->status = snapshot_image(store, job->id, &job->loaded, &job->err);
		}
		break;
	case JOB_HISTORY:
		if (job->id)
			job->status = load_chain(job, store, job->id);
		if (!job->id || job->status == -ENOENT)
			job->status = snapshot_list(store, job->root, store_host(), job->options, &job->list, &job->err);
		job->listed = !job->status;
		load_differing(job, store);
		break;
	case JOB_EVERYTHING:
		job->status = snapshot_list(store, NULL, NULL, NULL, &job->list, &job->err);
		job->listed = !job->status;
		break;
	case JOB_LABEL:
		job->status = snapshot_label(store, job->id, job->text, &job->err);
		break;
	case JOB_DELETE:
		job->status = snapshot_delete(store, job->id, &job->err);
		break;
	case JOB_FILES:
		job->status = files_read(store, job->image, job->dir, &job->files, &job->err);
		break;
	case JOB_SAVE:
		if (job->watcher) {
			struct watcher_status status;

			watcher_hold(job->watcher);
			watcher_status(job->watcher, &status);
			job->meta.trusted = model_watches_short(&status);
			tree_sum(job->tree);
		}
		tree_dir_node(job->tree, DIR_ROOT, &root);
		job->meta.trusted |= (root.dir_flags & DIR_TRUSTED) != 0;
		if (job->on_disk && guard_fate(job->tree) != ROOT_THERE)
			job->status = err_set(&job->err, -ENOENT, "%s", _("the folder is gone: nothing was stored"));
		else if (store_mode(store) == STORE_MEMORY)
			job->status = err_set(&job->err, -EROFS, "%s", store_banner(store) ? store_banner(store) : _("the database cannot be opened"));
		else
			job->status = snapshot_save(store, job->tree, &job->meta, &worker_job->cancel, &job->id, &job->err);
		if (!job->status)
			job->elsewhere = model_follow_stored(job->model, store, job->tree, &job->meta, job->id, job->follow) == -EWOULDBLOCK;
		if (job->watcher)
			watcher_release(job->watcher);
		if (!job->status)
			load_step(job, store);
		if (!job->status && job->retain)
			snapshot_retain(store, &job->retention, clock_wall_s(), &job->removed, NULL);
		break;
	}
	job->bytes = store_bytes(store);
}

static void finish_job(struct worker_job *worker_job);

/** NULL when there is no store or no memory. */
static struct job *new_job(struct model *model, enum job_kind kind, int64_t id)
{
	struct job *job = model->private && model->worker && !model->private->stopping ? alloc_zero(struct job) : NULL;

	if (!job)
		return NULL;
	job->worker_job.run = run_job;
	job->worker_job.done = finish_job;
	job->model = model;
	job->kind = kind;
	job->id = id;
	job->root = strdup(model->private->root);
	job->options = strdup(model->private->options);
	if (!job->root || !job->options) {
		free_job(job);
		return NULL;
	}
	return job;
}

static void post(struct model *model, struct job *job, bool urgent)
{
	model->private->jobs++;
	worker_post(model->worker, &job->worker_job, urgent);
}

static void post_simple(struct model *model, enum job_kind kind, int64_t id)
{
	struct job *job = new_job(model, kind, id);

	if (job)
		post(model, job, true);
}

/* ---- baselines ---- */

/** A baseline around an image; takes the image over.  NULL when out of memory or of another place. */
static struct baseline *make_baseline(struct model *model, struct image *image, int64_t id, int64_t taken_at)
{
	struct baseline *baseline = alloc_zero(struct baseline);
	char *prefix = model_prefix_below(image->root_path, model->private->root);
	uint32_t root = prefix ? image_lookup(image, prefix, strlen(prefix)) : IMAGE_NONE;

	/* A snapshot of a folder above that did not enter this one (another file system, then) would show everything as new. */
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
static void set_baseline(struct model *model, struct baseline *baseline)
{
	struct baseline *old = model->baseline;

	model->baseline = baseline;
	drop_baseline(model, old, baseline && old && old->image == baseline->image);
	if (baseline && baseline->image == model->private->scan_image && model->private->scan_match_valid)
		baseline->match = scan_match(model->scan);
	if (baseline && !baseline->match)
		model->private->want_match = true;
	model->private->want_moves = baseline != NULL;
	model_changed(model);
}

static void set_view_baseline(struct model *model, struct baseline *baseline)
{
	drop_baseline(model, model->view->baseline, false);
	model->view->baseline = baseline;
	model_changed(model);
}

static void drop_view(struct model *model)
{
	struct view *view = model->view;

	model->view = NULL;
	if (!view)
		return;
	drop_baseline(model, view->baseline, false);
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

/** The neighbour in the history that takes a snapshot's place when it goes: the next older one, else the next newer; 0 = none. */
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
static void compare_tree(struct model *model, int64_t id)
{
	model->private->compare_id = id;
	if (model->baseline && model->baseline->id == id)
		return;
	if (model->private->scan_image && model->private->scan_image_id == id) {
		const struct snapshot *snapshot = model_snapshot(model, id);
		struct baseline *baseline = make_baseline(model, model->private->scan_image, id, snapshot ? snapshot->finished_at : 0);

		if (baseline)
			set_baseline(model, baseline);
		return;
	}
	post_simple(model, JOB_COMPARE, id);
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
		compare_tree(model, id);
		return;
	}
	model->private->compare_id = id;
	post_simple(model, JOB_VIEW_BASE, id);
}

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
			compare_tree(model, beside);
		else
			set_baseline(model, NULL);
	}
}

void model_open_snapshot(struct model *model, int64_t id)
{
	if (!model->private)
		return;
	model->private->view_id = id;
	if (id)
		post_simple(model, JOB_VIEW, id);
	else
		drop_view(model);
}

void model_request_history(struct model *model, bool everything)
{
	if (!model->private)
		return;
	post_simple(model, everything ? JOB_EVERYTHING : JOB_HISTORY, everything || !model->baseline ? 0 : model->baseline->id);
}

void model_label_snapshot(struct model *model, int64_t id, const char *label)
{
	struct job *job = new_job(model, JOB_LABEL, id);

	if (!job)
		return;
	job->text = label ? strdup(label) : NULL;
	if (label && !job->text)
		free_job(job);
	else
		post(model, job, true);
}

void model_delete_snapshot(struct model *model, int64_t id)
{
	post_simple(model, JOB_DELETE, id);
}

/* ---- file lists ---- */

static struct files *find_files(const struct model *model, const struct image *image, uint32_t dir)
{
	struct files *files = model->private->files;

	while (files && (files->image != image || files->dir != dir))
		files = files->next;
	return files;
}

/** Forget the list that was used longest ago when there are many. */
static void trim_files(struct model *model)
{
	struct files **oldest = NULL;
	size_t count = 0;

	for (struct files **link = &model->private->files; *link; link = &(*link)->next) {
		count++;
		if (((*link)->ready || (*link)->failed) && (!oldest || (*link)->used < (*oldest)->used))
			oldest = link;
	}
	if (count > FILE_LISTS && oldest) {
		struct files *files = *oldest;

		*oldest = files->next;
		model_retire(model, files, destroy_files);
	}
}

const struct files *model_files(struct model *model, const struct image *image, uint32_t dir)
{
	struct files *files = model->private ? find_files(model, image, dir) : NULL;
	struct job *job;

	if (files || !model->private) {
		if (files)
			files->used = ++model->private->files_used;
		return files;
	}
	trim_files(model);
	files = alloc_zero(struct files);
	if (!files)
		return NULL;
	files->image = image;
	files->dir = dir;
	files->used = ++model->private->files_used;
	job = new_job(model, JOB_FILES, 0);
	if (job) {
		job->image = image;
		job->dir = dir;
		model->readers++;
		post(model, job, true);
	} else {
		files->failed = files->ready = true;
	}
	files->next = model->private->files;
	model->private->files = files;
	return files;
}

/* ---- saving ---- */

void model_save(struct model *model)
{
	struct model_private *private = model->private;
	struct job *job;

	if (private->save_job || !model->worker || !model->tree || model->scanning)
		return;
	if (private->tree_task && model->rereading) {
		private->save_after_reread = true;
		return;
	}
	job = new_job(model, JOB_SAVE, 0);
	if (!job) {
		model->save = SAVE_FAILED;
		return;
	}
	job->tree = model->tree;
	job->watcher = model->live ? model->watcher : NULL;
	job->follow = model->watcher && !private->live_failed;
	job->on_disk = model->scan != NULL;
	if (model->live)
		private->finished_at = clock_wall_s(); /* the tree is one of now */
	job->meta = (struct snapshot_meta){.options = job->options, .started_at = private->started_at, .finished_at = private->finished_at};
	if (model->start->retention) { /* but not what the screen compares with */
		job->retain = true;
		job->retention = *model->start->retention;
		job->retention.in_use = model->baseline ? model->baseline->id : 0;
	}
	private->save_job = &job->worker_job;
	model->save = SAVE_RUNNING;
	post(model, job, false);
	model_changed(model);
}

void model_save_again(struct model *model)
{
	if (model->private && model->save == SAVE_RETRY)
		model_save(model);
}

/** The steps of a session add up, as long as all could be compared. */
static void note_step(struct model_private *private, const struct job *job, int64_t before)
{
	struct growth_figure *growth = &private->saved_growth;

	if (before && job->since_id == before && private->saved_since && growth->known && !growth->unknown_entries && job->since.known && !job->since.unknown_entries) {
		growth->bytes += job->since.bytes;
	} else {
		private->saved_since = job->since_id;
		*growth = job->since;
	}
}

/** Told on leaving: the list takes them over. */
static void note_removed(struct model *model, struct snapshot_list *removed)
{
	struct snapshot_list *list = &model->private->removed;
	struct snapshot *items = removed->count ? alloc_resize(list->items, list->count + removed->count, sizeof *items) : NULL;

	if (!items)
		return;
	memcpy(items + list->count, removed->items, removed->count * sizeof *items);
	list->items = items;
	list->count += removed->count;
	removed->count = 0;
}

static void saved(struct model *model, struct job *job)
{
	struct model_private *private = model->private;
	int64_t before = model->saved_id;

	private->save_job = NULL;
	private->usage_wanted = private->usage_path != NULL;
	switch (job->status) {
	case 0:
		model->save = SAVE_DONE;
		note_step(private, job, before);
		model->saved_id = job->id;
		model->banner[0] = 0;
		note_removed(model, &job->removed);
		/* The title says that it is saved; a sentence would hide what the status line has to say. */
		if (!model->message[0] && !model->baseline && !before)
			model_say(model, false, _("saved as #%lld; next time d shows what grew"), (long long)job->id);
		if (job->elsewhere && !private->elsewhere_said && !model->message[0]) {
			private->elsewhere_said = true;
			model_say(model, false, "%s", _("another disktracker follows this folder, and keeps the record of what changes"));
		}
		/* A first session has no earlier snapshot but its own. */
		if (!model->baseline && before)
			compare_tree(model, before);
		model_request_history(model, false);
		break;
	case -ECANCELED:
		model->save = SAVE_NONE;
		break;
	case -ENOSPC:
	case -EDQUOT:
		model->save = SAVE_RETRY;
		private->save_retry_ns = model->now_ns + SAVE_RETRY_NS;
		snprintf(model->banner, sizeof model->banner, "%s", _("disk full: this scan is not saved yet; earlier snapshots work"));
		break;
	case -EBUSY:
	case -EAGAIN:
		model->save = SAVE_RETRY;
		private->save_retry_ns = model->now_ns + SAVE_RETRY_NS;
		snprintf(model->banner, sizeof model->banner, "%s", _("another program is writing to the database: this scan is not saved yet"));
		break;
	default:
		model->save = SAVE_FAILED;
		snprintf(model->banner, sizeof model->banner, _("not saved: %.200s"), job->err.text);
		break;
	}
	model_changed(model);
}

/* ---- somebody else's history ---- */

struct elsewhere_task {
	struct task task;
	struct model *model;
	char *root;
	struct elsewhere found;
};

static void run_elsewhere(struct task *base)
{
	struct elsewhere_task *task = (struct elsewhere_task *)base;

	elsewhere_find(task->root, &task->found);
}

static void finish_elsewhere(struct task *base)
{
	struct elsewhere_task *task = (struct elsewhere_task *)base;
	struct buf root = {0}, user = {0}, path = {0};

	if (task->found.count && !text_safe(&root, task->root, strlen(task->root), task->model->ascii) &&
	    !text_safe(&user, task->found.user, strlen(task->found.user), task->model->ascii) && !text_safe(&path, task->found.path.data, task->found.path.length, task->model->ascii))
		model_say(task->model, false, _("root has no snapshots of %s; %s has %lld: --db %s"), root.data, user.data, (long long)task->found.count, path.data);
	buf_free(&root);
	buf_free(&user);
	buf_free(&path);
	buf_free(&task->found.path);
	free(task->root);
	free(task);
}

/** Root has no snapshots here: who worked with sudo now and without it before finds his again. */
static void look_elsewhere(struct model *model)
{
	struct elsewhere_task *task = NULL;
	struct buf usual = {0};

	if (geteuid() == 0 && model->tasks && store_default_path(NULL, &usual) == 0 && (!model->start->db || !strcmp(model->start->db, usual.data)))
		task = alloc_zero(struct elsewhere_task);
	buf_free(&usual);
	if (!task)
		return;
	task->task.run = run_elsewhere;
	task->task.done = finish_elsewhere;
	task->model = model;
	task->root = alloc_copy(model->private->root, strlen(model->private->root));
	if (task->root)
		tasks_start(model->tasks, &task->task);
	else
		free(task);
}

/* ---- answers of the store ---- */

static void finish_job(struct worker_job *worker_job)
{
	struct job *job = (struct job *)worker_job;
	struct model *model = job->model;
	struct model_private *private = model->private;
	bool dropped = atomic_load_explicit(&worker_job->cancel, memory_order_relaxed) && job->kind != JOB_SAVE;
	struct baseline *baseline = NULL;
	struct files *files;
	char when[TEXT_FIGURE];

	private->jobs--;
	if (job->bytes)
		model->store_bytes = job->bytes;
	if (job->listed && !dropped) {
		bool everything = job->kind == JOB_EVERYTHING;
		struct snapshot_list *list = everything ? &model->everything : &model->history;

		snapshot_list_clear(list);
		*list = job->list;
		job->list = (struct snapshot_list){0};
		if (everything)
			model->everything_known = true;
		else
			model->history_known = true;
		model_changed(model);
	}
	if (!dropped && (job->kind == JOB_HISTORY || job->kind == JOB_BASELINE)) {
		snapshot_list_clear(&model->differing);
		model->differing = job->differing;
		job->differing = (struct snapshot_list){0};
	}
	switch (job->kind) {
	case JOB_BASELINE:
		if (dropped)
			break;
		model->baseline_known = true;
		if (private->scan_by_ns) {
			private->remembered = job->remembered;
			job->remembered = NULL;
		}
		model->counted_differently = job->other;
		if (job->status && job->status != -ENOENT)
			model_say(model, true, "%s", job->err.text);
		else if (!job->id && !job->other && !job->status)
			look_elsewhere(model);
		else if (!job->id && job->other)
			model_say(model, false, ngettext("%u snapshot of this folder was counted with other options: not compared", "%u snapshots of this folder were counted with other options: not compared", job->other), job->other);
		else if (model->history.count && model->history.items[0].doubtful_date && clock_is_ahead(model->history.items[0].finished_at, clock_wall_s()))
			model_say(model, true, _("#%lld is dated %s: a clock was wrong; snapshots keep their order all the same"), (long long)model->history.items[0].id,
			          text_time(when, model->history.items[0].finished_at));
		if (!job->listed)
			model->history_known = true; /* there is none */
		if (job->same) {
			job->loaded = private->index;
			if (private->scan_image == private->index)
				private->scan_image_id = job->id;
		}
		if (job->loaded) {
			baseline = make_baseline(model, job->loaded, job->id, job->taken_at);
			job->loaded = NULL;
			private->compare_id = job->id;
			if (baseline)
				set_baseline(model, baseline);
			else
				snapshot_list_clear(&model->history); /* a history that this folder is no part of */
		}
		model_changed(model);
		break;
	case JOB_COMPARE:
		if (dropped || private->compare_id != job->id)
			break;
		if (job->loaded) {
			baseline = make_baseline(model, job->loaded, job->id, job->taken_at);
			job->loaded = NULL;
			if (baseline)
				set_baseline(model, baseline);
			else
				model_say(model, true, _("#%lld does not contain this folder"), (long long)job->id);
		} else {
			model_say(model, true, "%s", job->err.text);
		}
		break;
	case JOB_VIEW:
		if (dropped || private->view_id != job->id)
			break;
		if (job->loaded) {
			struct view *view = alloc_zero(struct view);

			if (!view)
				break;
			drop_view(model);
			view->id = job->id;
			view->taken_at = job->taken_at;
			view->image = job->loaded;
			job->loaded = NULL;
			model->view = view;
			model_changed(model);
			model_compare_with(model, 0);
		} else {
			model_say(model, true, "%s", job->err.text);
		}
		break;
	case JOB_VIEW_BASE:
		if (dropped || !model->view || private->compare_id != job->id)
			break;
		if (job->loaded) {
			baseline = alloc_zero(struct baseline);
			if (!baseline)
				break;
			baseline->id = job->id;
			baseline->taken_at = job->taken_at;
			baseline->image = job->loaded;
			baseline->prefix = strdup("");
			baseline->root = IMAGE_ROOT;
			job->loaded = NULL;
			set_view_baseline(model, baseline);
		} else {
			model_say(model, true, "%s", job->err.text);
		}
		break;
	case JOB_HISTORY:
	case JOB_EVERYTHING:
		if (job->status && !dropped)
			model_say(model, true, "%s", job->err.text);
		break;
	case JOB_LABEL:
	case JOB_DELETE:
		if (dropped)
			break;
		if (job->status)
			model_say(model, true, "%s", job->err.text);
		else if (job->kind == JOB_DELETE) {
			model_say(model, false, _("deleted #%lld"), (long long)job->id);
			leave_deleted(model, job->id);
			if (job->id == model->saved_id) { /* this scan's own: it is kept no more */
				model->saved_id = 0;
				model->save = SAVE_NONE;
			}
		}
		if (model->everything_known)
			model_request_history(model, true);
		model_request_history(model, false);
		break;
	case JOB_FILES:
		model->readers--;
		files = find_files(model, job->image, job->dir);
		if (files) {
			files->list = job->files;
			job->files = (struct file_list){0};
			files->failed = job->status != 0 || dropped;
			files->ready = true;
			model_changed(model);
		}
		break;
	case JOB_SAVE:
		saved(model, job);
		break;
	}
	free_job(job);
}

void model_find_baseline(struct model *model)
{
	struct job *job = new_job(model, JOB_BASELINE, 0);

	if (!job)
		return;
	job->warm = model->start->warm;
	if (model->private->index) {
		job->given = model->private->index_id;
		job->index = model->private->index;
	}
	post(model, job, true);
}

void model_cancel_save(struct model *model)
{
	if (model->private && model->private->save_job)
		atomic_store_explicit(&model->private->save_job->cancel, true, memory_order_relaxed);
}

void model_store_clear(struct model *model)
{
	drop_view(model);
	drop_baseline(model, model->baseline, false);
	model->baseline = NULL;
	while (model->private->files) {
		struct files *files = model->private->files;

		model->private->files = files->next;
		destroy_files(files);
	}
	snapshot_list_clear(&model->history);
	snapshot_list_clear(&model->everything);
	snapshot_list_clear(&model->differing);
	snapshot_list_clear(&model->private->removed);
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
	drop_baseline(model, model->baseline, true);
	model->baseline = baseline;
	model_changed(model);
}
