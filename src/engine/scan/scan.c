/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/scan/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"
#include "base/trace.h"
#include "engine/tree/far.h"
#include "engine/scan/scan_state.h"

/*
 * The life of a scan.  Threads: the caller's starts, watches, cancels, destroys; the workers (pool.c, reader.c) do the
 * rest.
 * A cancelled scan whose worker hangs in the kernel is left behind with its memory: nobody can know what that call will
 * still write.
 */

#define THREADS_LEAST 8
#define THREADS_MOST 32
#define THREADS_HEADS 2 /* a disk with heads */
#define THREADS_LIMIT 256
#define STEP_NS 50000000 /* of waiting, to see a worker that hangs */

int scan_counting_describe(const struct scan_counting *counting, struct buf *out)
{
	static const struct {
		size_t offset;
		const char *text;
	} options[] = {
		{offsetof(struct scan_counting, same_fs), "-x"},
		{offsetof(struct scan_counting, cross_fs), "--cross-file-system"},
		{offsetof(struct scan_counting, kernfs), "--include-kernfs"},
		{offsetof(struct scan_counting, follow_links), "-L"},
		{offsetof(struct scan_counting, exclude_caches), "--exclude-caches"},
	};
	size_t before = out->length;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (*(const bool *)((const char *)counting + options[i].offset))
			buf_printf(out, "%s%s", out->length > before ? " " : "", options[i].text);
	if (counting->exclude && !exclude_empty(counting->exclude)) {
		if (out->length > before)
			buf_char(out, ' ');
		exclude_describe(counting->exclude, out);
	}
	return out->failed ? -ENOMEM : 0;
}

static unsigned default_threads(bool rotational)
{
	cpu_set_t set;
	int processors = sched_getaffinity(0, sizeof(set), &set) ? (int)sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&set);
	int n = processors * 4;

	if (rotational)
		return THREADS_HEADS;
	return (unsigned)(n < THREADS_LEAST ? THREADS_LEAST : n > THREADS_MOST ? THREADS_MOST : n);
}

/* ---- start ---- */

/* The sentence of a path that cannot be scanned. */
static int refuse(struct err *err, int error, const char *path)
{
	struct buf safe = {0};
	int result;

	text_safe(&safe, path, strlen(path), false);
	const char *name = safe.data ? safe.data : "";

	if (error == ENOENT)
		result = err_set(err, -error, _("%s: no such folder"), name);
	else if (error == ENOTDIR)
		result = err_set(err, -error, _("%s is not a folder: name the folder that holds it"), name);
	else if (error == EACCES || error == EPERM)
		result = err_set(err, -error,
		                 _("%s cannot be read: permission denied; choose another folder, or run as its owner"),
		                 name);
	else if (error == ENOMEM)
		result = err_set(err, -error, _("out of memory while starting the scan of %s"), name);
	else
		result = err_set(err, -error, _("%s cannot be scanned: %s"), name, strerror(error));
	buf_free(&safe);
	return result;
}

struct scan *scan_create(struct tree *tree, const char *path, int fd, const struct scan_options *options)
{
	struct scan *scan = alloc_zero(struct scan);
	pthread_condattr_t attributes;

	if (!scan)
		return NULL;
	pthread_mutex_init(&scan->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&scan->left, &attributes);
	pthread_condattr_destroy(&attributes);
	if (scan_rules_init(&scan->rules, tree, path, options) || dirfds_init(&scan->fds, fd)) {
		scan->taken = true; /* nothing was taken over */
		scan_free(scan);
		errno = ENOMEM;
		return NULL;
	}
	return scan;
}

int scan_begin(struct scan *scan, dir_id top, dev_t dev, struct mounts *mounts)
{
	if (!mounts)
		return -ENOMEM;
	scan->rules.top = top;
	scan->rotational |= mounts_rotational(dev); /* a test may have said so already */
	scan_rules_use_mounts(&scan->rules, mounts);
	scan->threads = scan->rules.options.threads ? scan->rules.options.threads : default_threads(scan->rotational);
	if (scan->threads > THREADS_LIMIT)
		scan->threads = THREADS_LIMIT;
	ahead_begin(scan, dev);
	scan->started_ns = clock_mono_ns();
	scan->started_wall_s = clock_wall_s();
	TRACE(TRACE_SCAN, "begin %s: %u threads", scan->rules.top_path, scan->threads);
	return reading_start(scan);
}

/* Where the tree is in an image, matched from now on; IMAGE_NONE when it is not in it. */
static int use_image(const struct scan *scan, const struct image *image, struct match **match, uint32_t *at)
{
	const char *prefix = image ? path_below(scan->rules.named, image->root_path) : NULL;

	*at = prefix ? image_lookup(image, prefix, strlen(prefix)) : IMAGE_NONE;
	if (*at == IMAGE_NONE)
		return 0;
	*match = match_create(scan->rules.tree, image, prefix);
	return *match ? 0 : -ENOMEM;
}

static void completed(void *context, dir_id dir, const uint64_t fingerprint[2])
{
	struct scan *scan = context;

	if (scan->match)
		warm_count(scan, dir, fingerprint);
	if (!far_is(scan->rules.tree, dir))
		return;
	if (scan->match)
		match_pass(scan->match, dir);
	if (scan->known)
		match_pass(scan->known, dir);
}

static int use_images(struct scan *scan)
{
	const struct image *image = scan->rules.options.baseline;
	uint32_t at;
	int error = use_image(scan, scan->rules.options.known, &scan->known, &at);

	if (!error)
		error = use_image(scan, image, &scan->match, &at);
	if (error || !(scan->match || scan->known))
		return error;
	scan->rules.tree->completed = completed;
	scan->rules.tree->completed_context = scan;
	if (!scan->match)
		return 0;
	scan->expected = image->end[at] - at;
	scan->expected_items = image->items[at];
	scan->rules.tree->rest_fingerprint = warm_rest_fingerprint;
	return 0;
}

struct scan *scan_start(const char *path, const struct scan_options *options, struct err *err)
{
	struct scan *scan = NULL;
	struct tree *tree = NULL;
	struct filler filler;
	struct entry entry;
	struct statfs fs;
	uint64_t mount = 0;
	dev_t dev = 0;
	char *real = realpath(path, NULL);
	int fd = -1, error = 0;

	if (!real) {
		error = errno;
		goto fail;
	}
	fd = dirfd_open(AT_FDCWD, real);
	if (fd < 0) {
		error = -fd;
		goto fail;
	}
	error = -scan_entry_of(fd, &entry, &mount, &dev);
	if (error)
		goto fail;
	entry.dir_flags = 0; /* what it lies on is no matter of the tree's */
	error = ENOMEM;
	tree = tree_create(options->as ? options->as : real);
	if (!tree)
		goto fail;
	filler_init(&filler, tree);
	if (options->extended)
		tree_keep_extended(tree);
	if (tree_fs_slot(tree, dev, fstatfs(fd, &fs) ? 0 : (uint64_t)(uint32_t)fs.f_type) < 0 ||
	    tree_plant(tree, &filler, &entry))
		goto fail;
	filler_end(&filler);
	scan = scan_create(tree, real, fd, options);
	if (!scan)
		goto fail;
	fd = -1; /* the scan's */
	error = -use_images(scan);
	if (error)
		goto fail;
	error = -scan_begin(scan, DIR_ROOT, dev, mounts_read(real, dev, mount, &scan->rules.options.counting, NULL));
	if (error)
		goto fail;
	free(real);
	return scan;
fail:
	refuse(err, error, real ? real : path);
	if (fd >= 0)
		close(fd);
	if (scan)
		scan_free(scan); /* the tree with it */
	else
		tree_destroy(tree);
	free(real);
	errno = error;
	return NULL;
}

/* ---- watching ---- */

struct tree *scan_tree(const struct scan *scan)
{
	return scan->rules.tree;
}

struct match *scan_match(const struct scan *scan)
{
	return scan->match;
}

struct match *scan_known(const struct scan *scan)
{
	return scan->known;
}

const char *scan_raw_refused(const struct scan *scan)
{
	return scan->raw_refused.text[0] ? scan->raw_refused.text : NULL;
}

const struct err *scan_error(const struct scan *scan)
{
	return &scan->error;
}

/* Ended, or given up: one that hangs may be awake for a moment when it is looked at the next time. */
static bool ended(struct scan *scan)
{
	if (!atomic_load_explicit(&scan->alive, memory_order_acquire) || atomic_load(&scan->given_up))
		return true;
	pthread_mutex_lock(&scan->lock);
	int64_t cancelled = scan->cancelled_ns;

	pthread_mutex_unlock(&scan->lock);
	if (!cancelled || !pool_hangs(scan, cancelled))
		return false;
	atomic_store(&scan->given_up, true);
	return true;
}

void scan_progress(const struct scan *of, struct scan_progress *out)
{
	struct scan *scan = (struct scan *)(uintptr_t)of;
	struct node root;
	uint64_t listed = 0;

	*out = (struct scan_progress){.threads = scan->started, .fraction = -1};
	out->state = ended(scan) ? (enum scan_state)atomic_load_explicit(&scan->stop, memory_order_acquire)
	                         : SCAN_RUNNING;
	tree_dir_node(scan->rules.tree, scan->rules.top, &root);
	out->items = root.items;
	out->files = root.files;
	out->directories = root.items - root.files + 1;
	out->alloc_bytes = root.alloc_bytes;
	out->apparent_bytes = root.apparent_bytes;
	out->errors = root.errors;
	for (unsigned i = 0; i < scan->threads; i++)
		listed += atomic_load_explicit(&scan->workers[i].listed, memory_order_relaxed);
	pthread_mutex_lock(&scan->lock);
	out->started_wall_s = scan->started_wall_s;
	out->finished_wall_s = scan->finished_wall_s;
	out->elapsed_ns = (scan->finished_ns ? scan->finished_ns : clock_mono_ns()) - scan->started_ns;
	pthread_mutex_unlock(&scan->lock);
	out->prefetched = atomic_load_explicit(&scan->prefetched, memory_order_relaxed);
	if (out->state == SCAN_DONE)
		out->fraction = 1;
	else if (scan->expected)
		out->fraction = listed < scan->expected ? (double)listed / (double)scan->expected : 0.999;
	for (unsigned i = 0; i < scan->threads; i++)
		out->raw_directories += atomic_load_explicit(&scan->workers[i].raw_listed, memory_order_relaxed);
	out->warm.trusted = atomic_load_explicit(&scan->warm[WARM_TRUSTED], memory_order_relaxed);
	out->warm.shallow_changed = atomic_load_explicit(&scan->warm[WARM_SHALLOW], memory_order_relaxed);
	out->warm.deep_changed = atomic_load_explicit(&scan->warm[WARM_DEEP], memory_order_relaxed);
	out->warm.identity_mismatch = atomic_load_explicit(&scan->warm[WARM_MISMATCH], memory_order_relaxed);
	out->warm.unknown = atomic_load_explicit(&scan->warm[WARM_UNKNOWN], memory_order_relaxed);
}

int scan_reading(const struct scan *of, struct buf *out)
{
	struct scan *scan = (struct scan *)(uintptr_t)of;

	for (unsigned i = 0; i < scan->threads; i++) {
		dir_id dir = atomic_load_explicit(&scan->workers[i].reading, memory_order_acquire);

		if (dir != DIR_NONE)
			return tree_path(scan->rules.tree, dir, out);
	}
	return 0;
}

void scan_focus(struct scan *scan, dir_id dir)
{
	if (tree_complete(scan->rules.tree, dir))
		return;
	atomic_store_explicit(&scan->focus, (uint64_t)dir << 32, memory_order_release);
	pool_wake(scan, 1);
}

/* ---- the end ---- */

void scan_cancel(struct scan *scan)
{
	pthread_mutex_lock(&scan->lock);
	if (!scan->cancelled_ns)
		scan->cancelled_ns = clock_mono_ns();
	pthread_mutex_unlock(&scan->lock);
	pool_stop(scan, SCAN_CANCELLED);
}

bool scan_wait(struct scan *scan, int64_t timeout_ns)
{
	int64_t deadline = timeout_ns < 0 ? -1 : clock_mono_ns() + timeout_ns;

	for (;;) {
		int64_t step = clock_mono_ns() + STEP_NS;

		if (pool_wait(scan, deadline >= 0 && deadline < step ? deadline : step) || ended(scan))
			return true;
		if (deadline >= 0 && clock_mono_ns() >= deadline)
			return false;
	}
}

static void join(struct scan *scan)
{
	if (scan->joined)
		return;
	for (unsigned i = 0; i < scan->started; i++)
		pthread_join(scan->workers[i].thread, NULL);
	scan->joined = true;
}

struct tree *scan_take_tree(struct scan *scan)
{
	struct tree *tree = scan->rules.tree;

	if (atomic_load_explicit(&scan->alive, memory_order_acquire))
		tree->kept = true; /* whoever still hangs may write to it */
	else
		join(scan);
	tree->completed = NULL;
	scan->taken = true;
	return tree;
}

/* What a scan that was stopped left. */
static void clear(struct scan *scan)
{
	buffers_free(scan);
	for (unsigned i = 0; scan->workers && i < scan->threads; i++) {
		deque_destroy(&scan->workers[i].deque);
		buf_free(&scan->workers[i].path);
		block_end(&scan->workers[i].remembered);
		free(scan->workers[i].order);
		raw_room_free(&scan->workers[i].raw_room);
	}
	free(scan->workers_memory);
}

void scan_free(struct scan *scan)
{
	clear(scan);
	match_destroy(scan->match);
	match_destroy(scan->known);
	raw_close(scan->raw);
	dirfds_destroy(&scan->fds);
	pthread_mutex_destroy(&scan->lock);
	pthread_cond_destroy(&scan->left);
	if (!scan->taken)
		tree_destroy(scan->rules.tree);
	scan_rules_free(&scan->rules);
	free(scan);
}

void scan_destroy(struct scan *scan)
{
	if (!scan)
		return;
	scan_cancel(scan);
	scan_wait(scan, -1);
	if (atomic_load_explicit(&scan->alive, memory_order_acquire)) {
		for (unsigned i = 0; i < scan->started; i++)
			pthread_detach(scan->workers[i].thread);
		return;
	}
	join(scan);
	scan_free(scan);
}
