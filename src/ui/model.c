/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads: everything here runs on the loop's thread but the run() functions of jobs (store's thread) and tasks (their own).  Those
 * read what they were given: paths copied, the tree under pins, images, which never change.  What they made is taken over in done(), on the loop's thread.
 * The tree is changed by one task at a time (reading again); while it runs, or a snapshot is being saved, nothing else that walks the whole tree starts.
 */
#include "ui/model.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define BASELINE_WAIT_NS 150000000 /* how long the scan waits for the baseline, to be matched while it runs */
#define SAVE_RETRY_NS 5000000000
#define FILE_LISTS 64              /* kept in memory */

/** Something that rows painted last, a background sort or a job may still read: freed two frames later, when there are no readers. */
struct retired {
	struct retired *next;
	uint64_t frame;
	void *object;
	void (*destroy)(void *object);
};

struct model_private {
	char *root;                 /* absolute, resolved */
	char *options;              /* scan_counting_describe() */
	int64_t scan_by_ns;         /* when to start scanning without a baseline, 0 = started */
	struct image *scan_image;   /* the baseline the scan was given: lives as long as the scan */
	int64_t scan_image_id;
	bool scan_match_valid;      /* nothing was read again since */
	struct files *files;
	uint64_t files_used;
	struct retired *retired;
	uint64_t frame;             /* counts model_update() */
	bool stopping;
	unsigned jobs;              /* posted, not collected */

	bool tree_task;             /* a task walks or changes the tree */
	bool want_match, want_shared, want_written, want_reread;
	dir_id reread_dir;
	int64_t reread_row;
	bool save_after_reread;

	struct worker_job *save_job;
	int64_t save_retry_ns;
	int64_t finished_at;        /* end of the scan that is to be saved */
	int64_t started_at;

	bool usage_running, usage_wanted;
	char *usage_path;
	int64_t usage_ns;
	bool banner_seen;
	int64_t compare_id;         /* chosen last; answers to older choices are dropped */
	int64_t view_id;
};

static void changed(struct model *model)
{
	model->generation++;
}

void model_say(struct model *model, bool warns, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(model->message, sizeof model->message, format, args);
	va_end(args);
	model->message_warns = warns;
	changed(model);
}

/* ---- what is replaced while a sort may read it ---- */

static void retire(struct model *model, void *object, void (*destroy)(void *object))
{
	struct retired *item;

	if (!object)
		return;
	item = alloc_zero(struct retired);
	if (!item)
		return; /* out of memory: rather kept than freed under a reader */
	item->object = object;
	item->destroy = destroy;
	item->frame = model->private->frame;
	item->next = model->private->retired;
	model->private->retired = item;
}

static void free_retired(struct model *model, bool all)
{
	if (model->readers && !all)
		return;
	for (struct retired **link = &model->private->retired; *link;) {
		struct retired *item = *link;

		if (!all && item->frame + 2 > model->private->frame) {
			link = &item->next;
			continue;
		}
		*link = item->next;
		item->destroy(item->object);
		free(item);
	}
}

static void destroy_image(void *image)
{
	image_free(image);
}

static void destroy_match(void *match)
{
	match_destroy(match);
}

static void destroy_written(void *written)
{
	written_destroy(written);
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
			retire(model, files, destroy_files);
		} else {
			link = &files->next;
		}
	}
}

static void drop_image(struct model *model, struct image *image)
{
	if (!image || image == model->private->scan_image)
		return;
	drop_files(model, image);
	retire(model, image, destroy_image);
}

static void drop_baseline(struct model *model, struct baseline *baseline, bool keep_image)
{
	if (!baseline)
		return;
	retire(model, baseline->own_match, destroy_match);
	if (!keep_image)
		drop_image(model, baseline->image);
	retire(model, baseline, destroy_baseline_shell);
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
	const struct tree *tree;
	struct snapshot_meta meta;
	/* answers */
	int status;
	struct err err;
	unsigned other;
	struct image *loaded;
	int64_t taken_at;
	struct snapshot_list list;
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
	file_list_clear(&job->files);
	image_free(job->loaded);
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

static void run_job(struct worker_job *worker_job, struct store *store)
{
	struct job *job = (struct job *)worker_job;
	struct snapshot snapshot;

	switch (job->kind) {
	case JOB_BASELINE:
		job->status = snapshot_baseline(store, job->root, job->options, &job->id, &job->other, &job->err);
		if (!job->status && job->id)
			job->status = load_chain(job, store, job->id);
		if (!job->status && job->id)
			job->status = snapshot_image(store, job->id, &job->loaded, &job->err);
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
		job->status = store_mode(store) == STORE_MEMORY
		                      ? err_set(&job->err, -EROFS, "%s", store_banner(store) ? store_banner(store) : _("the database cannot be opened"))
		                      : snapshot_save(store, job->tree, &job->meta, &worker_job->cancel, &job->id, &job->err);
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

/** The tree's root relative to a root that contains it; NULL when it does not. */
static char *prefix_below(const char *outer, const char *root)
{
	size_t length = strlen(outer);

	while (length && outer[length - 1] == '/')
		length--;
	if (strncmp(outer, root, length) || (root[length] && root[length] != '/'))
		return NULL;
	root += length;
	while (*root == '/')
		root++;
	return strdup(root);
}

/** A baseline around an image; takes the image over.  NULL when out of memory or of another place. */
static struct baseline *make_baseline(struct model *model, struct image *image, int64_t id, int64_t taken_at)
{
	struct baseline *baseline = alloc_zero(struct baseline);
	char *prefix = prefix_below(image->root_path, model->private->root);

	if (!baseline || !prefix) {
		free(baseline);
		free(prefix);
		if (image != model->private->scan_image)
			image_free(image);
		return NULL;
	}
	baseline->id = id;
	baseline->taken_at = taken_at;
	baseline->image = image;
	baseline->prefix = prefix;
	baseline->root = image_lookup(image, prefix, strlen(prefix));
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
	changed(model);
}

static void set_view_baseline(struct model *model, struct baseline *baseline)
{
	drop_baseline(model, model->view->baseline, false);
	model->view->baseline = baseline;
	changed(model);
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
	changed(model);
}

const struct snapshot *model_snapshot(const struct model *model, int64_t id)
{
	for (size_t i = 0; i < model->history.count; i++)
		if (model->history.items[i].id == id)
			return &model->history.items[i];
	for (size_t i = 0; i < model->everything.count; i++)
		if (model->everything.items[i].id == id)
			return &model->everything.items[i];
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

void model_compare_with(struct model *model, int64_t id)
{
	if (!model->private)
		return;
	if (!id)
		id = snapshot_before(model, model->view ? model->view->id : 0);
	if (!id)
		return;
	if (model->view) {
		model->private->compare_id = id;
		post_simple(model, JOB_VIEW_BASE, id);
		return;
	}
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
		retire(model, files, destroy_files);
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

static void save(struct model *model)
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
	job->meta = (struct snapshot_meta){.options = job->options, .started_at = private->started_at, .finished_at = private->finished_at};
	private->save_job = &job->worker_job;
	model->save = SAVE_RUNNING;
	post(model, job, false);
	changed(model);
}

void model_save_again(struct model *model)
{
	if (model->private && model->save == SAVE_RETRY)
		save(model);
}

static void saved(struct model *model, struct job *job)
{
	struct model_private *private = model->private;

	private->save_job = NULL;
	switch (job->status) {
	case 0:
		model->save = SAVE_DONE;
		model->saved_id = job->id;
		model->banner[0] = 0;
		if (!model->message[0]) {
			if (model->baseline)
				model_say(model, false, _("saved as #%lld"), (long long)job->id);
			else
				model_say(model, false, _("saved as #%lld; next time d shows what grew"), (long long)job->id);
		}
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
	changed(model);
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
		changed(model);
	}
	switch (job->kind) {
	case JOB_BASELINE:
		if (dropped)
			break;
		model->baseline_known = true;
		model->counted_differently = job->other;
		if (job->status && job->status != -ENOENT)
			model_say(model, true, "%s", job->err.text);
		else if (!job->id && job->other)
			model_say(model, false, ngettext("%u snapshot of this folder was counted with other options: not compared", "%u snapshots of this folder were counted with other options: not compared", job->other), job->other);
		if (!job->listed)
			model->history_known = true; /* there is none */
		if (job->loaded) {
			baseline = make_baseline(model, job->loaded, job->id, job->taken_at);
			job->loaded = NULL;
			private->compare_id = job->id;
			if (baseline)
				set_baseline(model, baseline);
		}
		changed(model);
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
			changed(model);
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
		else if (job->kind == JOB_DELETE)
			model_say(model, false, _("deleted #%lld"), (long long)job->id);
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
			changed(model);
		}
		break;
	case JOB_SAVE:
		saved(model, job);
		break;
	}
	free_job(job);
}

/* ---- tasks on the tree ---- */

enum tree_task_kind { TASK_MATCH, TASK_SHARED, TASK_WRITTEN, TASK_REREAD };

struct tree_task {
	struct task task;
	struct model *model;
	enum tree_task_kind kind;
	struct tree *tree;
	struct baseline *baseline;  /* MATCH: compared by address only in done() */
	const struct image *image;
	char *prefix;
	int64_t since;
	dir_id dir, fresh;
	int64_t row;
	struct scan_options options;
	int status;
	struct match *match;
	struct written *written;
};

static void run_tree_task(struct task *base)
{
	struct tree_task *task = (struct tree_task *)base;

	switch (task->kind) {
	case TASK_MATCH:
		task->match = match_create_complete(task->tree, task->image, task->prefix);
		task->status = task->match ? 0 : -errno;
		break;
	case TASK_SHARED:
		task->status = tree_compute_shared(task->tree);
		break;
	case TASK_WRITTEN:
		task->written = written_compute(task->tree, task->since);
		task->status = task->written ? 0 : -errno;
		break;
	case TASK_REREAD:
		task->status = scan_again(task->tree, task->dir, task->row, &task->options, &base->cancel, &task->fresh);
		break;
	}
}

static void finish_tree_task(struct task *base)
{
	struct tree_task *task = (struct tree_task *)base;
	struct model *model = task->model;
	struct model_private *private = model->private;

	private->tree_task = false;
	switch (task->kind) {
	case TASK_MATCH:
		model->readers--;
		if (task->match && model->baseline == task->baseline) {
			/* A sort may be reading the old one: a new shell around the same image takes its place. */
			struct baseline *baseline = alloc_zero(struct baseline);

			if (baseline) {
				*baseline = *model->baseline;
				baseline->prefix = strdup(model->baseline->prefix);
				baseline->match = baseline->own_match = task->match;
				task->match = NULL;
				drop_baseline(model, model->baseline, true);
				model->baseline = baseline;
			}
		} else if (task->status) {
			model_say(model, true, _("growth cannot be shown: %s"), strerror(-task->status));
		}
		match_destroy(task->match);
		break;
	case TASK_SHARED:
		model->shared_known = task->status == 0;
		break;
	case TASK_WRITTEN:
		if (task->written) {
			retire(model, model->written, destroy_written);
			model->written = task->written;
			model->written_since = task->since;
		}
		break;
	case TASK_REREAD:
		model->rereading = false;
		if (task->status == -ENOENT)
			model_say(model, false, _("it is not there any more"));
		else if (task->status && task->status != -ECANCELED)
			model_say(model, true, _("it could not be read again: %s"), strerror(-task->status));
		private->scan_match_valid = false;
		private->want_match = model->baseline != NULL;
		if (model->shared_known)
			private->want_shared = true;
		if (private->save_after_reread && !task->status) {
			private->save_after_reread = false;
			private->finished_at = clock_wall_s();
			save(model);
		}
		if (private->usage_path)
			private->usage_wanted = true;
		break;
	}
	changed(model);
	free(task->prefix);
	free(task);
}

static void start_tree_task(struct model *model, enum tree_task_kind kind)
{
	struct model_private *private = model->private;
	struct tree_task *task = alloc_zero(struct tree_task);

	if (!task)
		return;
	task->task.run = run_tree_task;
	task->task.done = finish_tree_task;
	task->model = model;
	task->kind = kind;
	task->tree = model->tree;
	task->since = clock_wall_s() - model->written_window_s;
	if (kind == TASK_MATCH) {
		task->baseline = model->baseline;
		task->image = model->baseline->image;
		task->prefix = strdup(model->baseline->prefix);
		if (!task->prefix) {
			free(task);
			return;
		}
		model->readers++;
	} else if (kind == TASK_REREAD) {
		task->dir = private->reread_dir;
		task->row = private->reread_row;
		task->options = model->start->scan;
		task->options.baseline = NULL;
		task->options.wake_fd = -1;
	}
	private->tree_task = true;
	tasks_start(model->tasks, &task->task);
}

/** Start the next thing that walks the whole tree, if nothing does. */
static void start_wanted(struct model *model)
{
	struct model_private *private = model->private;
	bool complete = model->tree && !model->scanning;

	if (private->tree_task || !model->tree)
		return;
	if (private->want_reread && complete && model->save != SAVE_RUNNING) {
		private->want_reread = false;
		start_tree_task(model, TASK_REREAD);
	} else if (private->want_match && complete) {
		private->want_match = false;
		if (model->baseline)
			start_tree_task(model, TASK_MATCH);
	} else if (private->want_shared && complete) {
		private->want_shared = false;
		start_tree_task(model, TASK_SHARED);
	} else if (private->want_written) {
		private->want_written = false;
		start_tree_task(model, TASK_WRITTEN);
	}
}

void model_reread(struct model *model, dir_id dir, int64_t row)
{
	struct model_private *private = model->private;

	if (!private || model->rereading)
		return;
	model->rereading = true;
	private->want_reread = true;
	private->reread_dir = dir;
	private->reread_row = row;
	if (dir == DIR_ROOT && row < 0 && model->save != SAVE_NONE) {
		private->save_after_reread = true;
		private->started_at = clock_wall_s();
	}
	changed(model);
}

void model_want_shared(struct model *model)
{
	if (model->private && !model->shared_known)
		model->private->want_shared = true;
}

void model_want_written(struct model *model)
{
	if (model->private)
		model->private->want_written = true;
}

/* ---- how full the file system is ---- */

struct usage_task {
	struct task task;
	struct model *model;
	char *path;
	struct usage usage;
};

/** Shorten a path in place to its last folder that is still on the same file system: the mount point. */
static void to_mount_point(char *path)
{
	struct stat here, above;

	if (stat(path, &here))
		return;
	while (path[1]) {
		char *slash = strrchr(path, '/'), kept;

		if (!slash)
			return;
		kept = slash == path ? slash[1] : *slash;
		slash[slash == path] = 0;
		if (stat(path, &above) || above.st_dev != here.st_dev) {
			slash[slash == path] = kept;
			return;
		}
	}
}

static void run_usage(struct task *base)
{
	struct usage_task *task = (struct usage_task *)base;
	struct usage *usage = &task->usage;
	struct buf safe = {0}, shown = {0};
	struct statvfs fs;
	uint64_t used, usable;

	if (statvfs(task->path, &fs) || !fs.f_blocks)
		return;
	used = fs.f_blocks - fs.f_bfree;
	usable = used + fs.f_bavail;
	usage->percent = usable ? (int)((used * 100 + usable - 1) / usable) : 100;
	usage->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (fs.f_files) {
		uint64_t used_inodes = fs.f_files - fs.f_ffree, usable_inodes = used_inodes + fs.f_favail;

		usage->inode_percent = usable_inodes ? (int)((used_inodes * 100 + usable_inodes - 1) / usable_inodes) : 100;
		usage->free_inodes = fs.f_favail;
	}
	to_mount_point(task->path);
	if (text_safe(&safe, task->path, strlen(task->path), task->model->ascii) == 0 && text_shorten(&shown, safe.data, safe.length, 24) == 0)
		snprintf(usage->mount, sizeof usage->mount, "%s", shown.data);
	buf_free(&safe);
	buf_free(&shown);
	usage->known = true;
}

static void finish_usage(struct task *base)
{
	struct usage_task *task = (struct usage_task *)base;

	task->model->private->usage_running = false;
	task->model->private->usage_ns = clock_mono_ns();
	if (task->usage.known) {
		task->model->usage = task->usage;
		changed(task->model);
	}
	free(task->path);
	free(task);
}

static void start_usage(struct model *model)
{
	struct model_private *private = model->private;
	struct usage_task *task = alloc_zero(struct usage_task);

	private->usage_wanted = false;
	if (!task)
		return;
	task->task.run = run_usage;
	task->task.done = finish_usage;
	task->model = model;
	task->path = strdup(private->usage_path);
	if (!task->path) {
		free(task);
		return;
	}
	private->usage_running = true;
	tasks_start(model->tasks, &task->task);
}

void model_want_usage(struct model *model, const char *path)
{
	char *copy;

	if (!model->private)
		return;
	if (model->private->usage_path && !strcmp(model->private->usage_path, path) && clock_mono_ns() - model->private->usage_ns < 2000000000)
		return;
	copy = strdup(path);
	if (!copy)
		return;
	free(model->private->usage_path);
	model->private->usage_path = copy;
	model->private->usage_wanted = true;
}

/* ---- beginning, going on, end ---- */

static void start_scan(struct model *model)
{
	struct model_private *private = model->private;
	struct scan_options options = model->start->scan;
	struct err err = {0};

	private->scan_by_ns = 0;
	options.wake_fd = model->wake_fd;
	options.baseline = model->baseline ? model->baseline->image : NULL;
	model->scan = scan_start(private->root, &options, &err);
	if (!model->scan) {
		model->scan_failed = err;
		model->quit_status = 1;
		return;
	}
	if (options.baseline) {
		private->scan_image = model->baseline->image;
		private->scan_image_id = model->baseline->id;
		private->scan_match_valid = true;
		model->baseline->match = scan_match(model->scan);
		private->want_match = !model->baseline->match;
	}
	model->tree = scan_tree(model->scan);
	model->scanning = true;
	model->save = model->start->store && model->worker ? SAVE_WAITING : SAVE_NONE;
	changed(model);
}

static void scan_ended(struct model *model)
{
	struct model_private *private = model->private;

	model->scanning = false;
	private->started_at = model->progress.started_wall_s;
	private->finished_at = model->progress.finished_wall_s;
	if (model->progress.state == SCAN_DONE) {
		if (model->save == SAVE_WAITING)
			save(model);
	} else {
		model->save = SAVE_NONE;
		if (model->progress.state == SCAN_FAILED) {
			model->scan_failed = *scan_error(model->scan);
			model_say(model, true, "%s", model->scan_failed.text);
		}
	}
	if (model->settings.shared != SHARED_OFF)
		model_want_shared(model);
	if (private->usage_path)
		private->usage_wanted = true;
	changed(model);
}

int model_start(struct model *model, const struct ui_start *start, struct err *err)
{
	struct model_private *private = alloc_zero(struct model_private);
	struct buf options = {0}, path = {0};
	int status;

	model->start = start;
	model->settings = start->settings;
	model->quit_status = -1;
	model->written_window_s = 24 * 3600;
	model->private = private;
	model->tasks = tasks_create(model->wake_fd);
	if (!private || !model->tasks)
		return err_set(err, -ENOMEM, _("out of memory"));
	private->root = start->tree ? strdup(tree_root_path(start->tree)) : realpath(start->path, NULL);
	if (!private->root)
		return err_set(err, -errno, "%.400s: %s", start->path ? start->path : "", strerror(errno));
	status = scan_counting_describe(&start->scan.counting, &options);
	private->options = options.data ? options.data : strdup("");
	if (status || !private->options)
		return err_set(err, -ENOMEM, _("out of memory"));
	if (!start->tree_name) {
		status = start->db ? buf_str(&path, start->db) : store_default_path(NULL, &path);
		if (!status)
			model->worker = worker_start(path.data, start->store ? STORE_CREATE : 0, model->wake_fd);
		buf_free(&path);
	}
	model->baseline_known = !model->worker;
	model->history_known = !model->worker;
	post_simple(model, JOB_BASELINE, 0);
	if (start->tree) {
		model->tree = start->tree;
		private->started_at = private->finished_at = start->tree_time ? start->tree_time : clock_wall_s();
		if (start->store && !start->tree_name) {
			model->save = SAVE_WAITING;
			save(model);
		}
	} else {
		private->scan_by_ns = clock_mono_ns() + BASELINE_WAIT_NS;
	}
	model_want_usage(model, private->root);
	return 0;
}

/** A sentence of the store's own (read-only, disk full, set aside), once. */
static void show_banner(struct model *model)
{
	const struct store *store = model->worker && !model->private->banner_seen ? worker_store(model->worker) : NULL;

	if (!store)
		return;
	model->private->banner_seen = true;
	if (store_banner(store)) {
		snprintf(model->banner, sizeof model->banner, "%s", store_banner(store));
		changed(model);
	}
}

int64_t model_update(struct model *model, int64_t now_ns)
{
	struct model_private *private = model->private;
	int64_t next = INT64_MAX, interval = (int64_t)(model->settings.update_ms > 50 ? model->settings.update_ms : 50) * 1000000;

	if (!private)
		return next;
	if (model->worker)
		worker_collect(model->worker);
	show_banner(model);
	tasks_collect(model->tasks);
	private->frame++;
	free_retired(model, false);
	if (private->scan_by_ns) {
		if (model->baseline_known || now_ns >= private->scan_by_ns)
			start_scan(model);
		else
			next = private->scan_by_ns;
	}
	if (model->scanning) {
		scan_progress(model->scan, &model->progress);
		changed(model);
		if (model->progress.state != SCAN_RUNNING)
			scan_ended(model);
		else
			next = now_ns + interval;
		if (!private->usage_running && now_ns - private->usage_ns > 5000000000)
			private->usage_wanted = private->usage_path != NULL;
	}
	if (model->save == SAVE_RETRY) {
		if (now_ns >= private->save_retry_ns)
			save(model);
		else if (private->save_retry_ns < next)
			next = private->save_retry_ns;
	}
	start_wanted(model);
	if (private->usage_wanted && !private->usage_running)
		start_usage(model);
	if (model->rereading && now_ns + interval < next)
		next = now_ns + interval;
	return next;
}

void model_cancel_save(struct model *model)
{
	if (model->private && model->private->save_job)
		atomic_store_explicit(&model->private->save_job->cancel, true, memory_order_relaxed);
}

void model_stop(struct model *model)
{
	struct model_private *private = model->private;
	bool ended;

	if (!private)
		return;
	private->stopping = true;
	if (model->scan)
		scan_cancel(model->scan);
	ended = !model->tasks || tasks_stop(model->tasks, 300000000);
	if (model->worker)
		worker_stop(model->worker);
	if (!ended)
		return; /* a task hangs in the kernel and still reads: what it reads is left to the end of the process */
	tasks_destroy(model->tasks);
	drop_view(model);
	drop_baseline(model, model->baseline, false);
	while (private->files) {
		struct files *files = private->files;

		private->files = files->next;
		destroy_files(files);
	}
	free_retired(model, true);
	written_destroy(model->written);
	if (model->scan)
		scan_destroy(model->scan);
	else
		tree_destroy(model->tree);
	image_free(private->scan_image);
	snapshot_list_clear(&model->history);
	snapshot_list_clear(&model->everything);
	free(private->root);
	free(private->options);
	free(private->usage_path);
	free(model->shell_path);
	free(private);
	model->private = NULL;
}
