/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/headless.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "engine/watch/root_guard.h"

/* Signals are seen within this time, and the line is renewed no more often. */
#define TICK_NS 50000000

/* `412 332 items  93.5 GiB  71 %, 2 s left  /home/ana/projects`: as much of it as fits into one row of the terminal. */
static void paint(const struct scan *scan, const struct options *options)
{
	struct scan_progress now;
	struct winsize window;
	struct buf line = {0}, path = {0}, safe = {0};
	char figure[TEXT_FIGURE];
	bool sized = !ioctl(STDERR_FILENO, TIOCGWINSZ, &window) && window.ws_col;
	int columns = sized ? window.ws_col : 80, width;

	scan_progress(scan, &now);
	buf_printf(&line, ngettext("%s item", "%s items", now.items), text_count(figure, now.items));
	buf_printf(&line, "  %s", text_size(figure, now.alloc_bytes, options->si));
	if (now.fraction > 0) {
		double left = (double)now.elapsed_ns / 1e9 * (1 - now.fraction) / now.fraction;

		buf_printf(&line, _("  %d %%, %s left"), (int)(now.fraction * 100), text_span(figure, (int64_t)left));
	} else {
		buf_printf(&line, "  %s", text_span(figure, now.elapsed_ns / 1000000000));
	}
	buf_str(&line, "  ");
	width = text_width(line.data ? line.data : "", line.length);
	if (!scan_reading(scan, &path) && path.length && columns - 1 - width >= 10) {
		text_safe(&safe, path.data, path.length, output_ascii(options));
		if (!safe.failed)
			text_shorten(&line, safe.data, safe.length, columns - 1 - width);
	}
	if (!line.failed && width < columns)
		fprintf(stderr, "\r\033[K%s", line.data);
	buf_free(&safe);
	buf_free(&path);
	buf_free(&line);
}

char *headless_root(const char *path, struct err *err)
{
	char *root = realpath(path, NULL);

	if (!root) {
		int code = -errno;
		struct buf safe = {0};

		err_set(err, code, _("cannot open %s: %s"), output_safe(&safe, path), strerror(-code));
		buf_free(&safe);
	}
	return root;
}

static void say_idle(const struct exclude *exclude, const char *root, bool elsewhere)
{
	struct buf safe = {0}, folder = {0};
	size_t at = 0;

	for (const char *pattern; (pattern = exclude_idle(exclude, elsewhere ? NULL : root, &at));)
		output_note(
			_("the exclude pattern %s can match nothing in %s: it is compared with names, ends of paths,"
			  " or from / on with the whole path"),
			output_safe(&safe, pattern), output_safe(&folder, root));
	buf_free(&safe);
	buf_free(&folder);
}

void headless_idle_patterns(const struct options *options, const char *root)
{
	for (size_t i = 0; i < options->exclusion_count; i++) {
		const struct option_exclusion *one = &options->exclusions[i];
		struct exclude *exclude = exclude_create();

		if (exclude && !(one->is_file ? exclude_add_file(exclude, one->text, NULL)
		                              : exclude_add(exclude, one->text, NULL)))
			say_idle(exclude, root, one->is_file || i < options->exclusions_configured);
		exclude_destroy(exclude);
	}
}

int headless_scan(const char *path, const struct scan_options *scan, const struct options *options, bool line,
                  struct scan **out, struct err *err)
{
	int64_t every_ns = options->spoken ? 10000000000 : options->slow_updates ? 2000000000 : 2 * TICK_NS;
	int64_t painted = clock_mono_ns();
	struct scan_progress end;
	bool cancelled = false, shown = false;

	*out = NULL;
	line = line && options->feedback != FEEDBACK_NONE && !options->quiet && isatty(STDERR_FILENO);
	interrupt_catch();
	struct scan *running = scan_start(path, scan, err);

	if (!running)
		return errno ? -errno : -EIO;
	while (!scan_wait(running, TICK_NS)) {
		if (atomic_load_explicit(interrupt_flag(), memory_order_relaxed) && !cancelled) {
			scan_cancel(running);
			cancelled = true;
		}
		if (line && clock_mono_ns() - painted >= every_ns) {
			paint(running, options);
			painted = clock_mono_ns();
			shown = true;
		}
	}
	if (shown)
		fputs("\r\033[K", stderr);
	scan_progress(running, &end);
	/* The signal may also have come behind the last look: then nothing is to be stored either. */
	if (end.state == SCAN_CANCELLED || interrupt_status()) {
		scan_destroy(running);
		return err_set(err, -ECANCELED, "%s", _("interrupted; nothing was stored"));
	}
	if (end.state == SCAN_FAILED) {
		*err = *scan_error(running);
		scan_destroy(running);
		return -EIO;
	}
	/* A tree that is named for another folder: a backup on a medium, of which nobody is told. */
	if (!scan->as && root_guard_fate(scan_tree(running)) != ROOT_THERE) {
		struct buf safe = {0};

		err_set(err, -ENOENT, _("%s went away while it was read: nothing was stored"),
		        output_safe(&safe, tree_root_path(scan_tree(running))));
		buf_free(&safe);
		scan_destroy(running);
		return -ENOENT;
	}
	headless_oddities(scan_tree(running));
	*out = running;
	return 0;
}

void headless_oddities(const struct tree *tree)
{
	struct buf path = {0}, safe = {0};
	char count[TEXT_FIGURE];
	dir_id dir;
	uint32_t times = tree_oddities(tree, TREE_LISTED_TWICE, &dir);

	if (times && !tree_path(tree, dir, &path))
		output_note(
			ngettext(
				"%s name was listed twice, in %s: it counts twice, and is shown as NAME (2) as well",
				"%s names were listed twice, first in %s: they count twice, and are shown as NAME"
				" (2) as well",
				times),
			text_count(count, times), output_safe_bytes(&safe, path.data, path.length));
	times = tree_oddities(tree, TREE_CONTAINS_ITSELF, &dir);
	buf_clear(&path);
	if (times && !tree_path(tree, dir, &path))
		output_note(ngettext("%s folder contains itself, in %s: it is not entered again",
		                     "%s folders contain themselves, first in %s: they are not entered again", times),
		            text_count(count, times), output_safe_bytes(&safe, path.data, path.length));
	buf_free(&safe);
	buf_free(&path);
}

bool headless_trusted(const struct scan *scan)
{
	struct node root;

	tree_dir_node(scan_tree(scan), DIR_ROOT, &root);
	return root.dir_flags & DIR_TRUSTED;
}

void headless_clock(const struct snapshot *newest, int64_t now_s)
{
	char then[TEXT_FIGURE], now[TEXT_FIGURE];

	if (newest->id && clock_is_ahead(newest->finished_at, now_s))
		output_note(_("#%lld is dated %s, and now it is %s: a clock was wrong; snapshots keep their order all"
		              " the same, and 'disktracker forget %lld' removes it"),
		            (long long)newest->id, text_time(then, newest->finished_at), text_time(now, now_s),
		            (long long)newest->id);
}

void headless_errors(const struct scan_progress *progress)
{
	char figure[TEXT_FIGURE];

	if (progress->errors)
		output_note(ngettext("%s entry could not be read: what is in it is not counted",
		                     "%s entries could not be read: what is in them is not counted", progress->errors),
		            text_count(figure, progress->errors));
}
