/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/ui.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/browser/browser.h"
#include "ui/loop.h"
#include "ui/model/model_state.h"
#include "ui/screens/screen.h"
#include "ui/term/term.h"
#include "ui/term/theme.h"

#define LINE_NS 100000000
#define TELL_NS 300000000        /* a wait that is noticed is explained */
#define OPENING_NS 100000000     /* the first picture waits so long for what is remembered, */
#define OPENING_STEP_NS 10000000 /* and looks so often what has come of it */

/** Wait for a result, a signal or the time; then let the model take it in.  Returns false on a signal. */
static bool wait_for_news(struct model *model, int64_t at_most_ns)
{
	struct pollfd fd = {.fd = model->wake_fd, .events = POLLIN};
	struct timespec timeout = {.tv_sec = at_most_ns / 1000000000, .tv_nsec = at_most_ns % 1000000000};
	uint64_t count;

	if (ppoll(&fd, 1, &timeout, NULL) > 0 && read(model->wake_fd, &count, sizeof(count)) < 0)
		return !loop_signal();
	model->now_ns = clock_mono_ns();
	model_update(model, model->now_ns);
	return !loop_signal();
}

/** -0 and -1: the first scan before the screen opens, told on one line or not at all. */
static int scan_first(struct model *model, enum ui_mode mode)
{
	bool told = false;
	char figure[TEXT_FIGURE], items[TEXT_FIGURE];

	do {
		if (!wait_for_news(model, LINE_NS))
			break;
		if (mode == UI_LINE && model->scanning && isatty(STDERR_FILENO)) {
			if (model->progress.fraction >= 0)
				fprintf(stderr,
				        ngettext("\r%s item, %s, %d%%", "\r%s items, %s, %d%%", model->progress.items),
				        text_count(items, model->progress.items),
				        text_size(figure, model->progress.alloc_bytes, model->settings.si),
				        (int)(model->progress.fraction * 100));
			else
				fprintf(stderr, ngettext("\r%s item, %s", "\r%s items, %s", model->progress.items),
				        text_count(items, model->progress.items),
				        text_size(figure, model->progress.alloc_bytes, model->settings.si));
			fputs("   ", stderr);
			told = true;
		}
	} while ((model->scanning || !model->tree) && model->quit_status < 0);
	if (told)
		fputs("\r\033[K", stderr);
	return loop_signal() ? 128 + loop_signal() : 0;
}

/** Nothing is painted before what is remembered can be, if it comes at once. */
static void await_remembered(struct model *model)
{
	int64_t now_ns = clock_mono_ns(), until_ns = now_ns + OPENING_NS;

	while (model_opening(model) && now_ns < until_ns && wait_for_news(model, OPENING_STEP_NS))
		now_ns = clock_mono_ns();
}

/** What is said on leaving: what was kept and how it compares; NULL when nothing was. */
static char *last_words(const struct model *model)
{
	char size[TEXT_FIGURE], delta[TEXT_FIGURE];
	const struct snapshot *first = NULL, *kept = model_snapshot(model, model->saved_id);
	uint64_t bytes;
	char *text = NULL;

	if (!model->tree)
		return NULL;
	/* What was saved, not what has been read again since. */
	bytes = kept ? kept->total_bytes
	             : atomic_load_explicit(&((struct node_cold *)tree_cold(model->tree, DIR_ROOT))->alloc_bytes,
	                                    memory_order_relaxed);
	for (size_t i = 0; i < model->history.count; i++)
		if (model->history.items[i].id != model->saved_id &&
		    (!first || (model->baseline && model->history.items[i].id == model->baseline->id)))
			first = &model->history.items[i];
	switch (model->save) {
	case SAVE_DONE:
		text_size(size, bytes, model->settings.si);
		if (model->state->saved_since)
			text = alloc_print(_("#%lld saved: %s, %s since #%lld"), (long long)model->saved_id, size,
			                   growth_text(delta, model->state->saved_growth, model->settings.si),
			                   (long long)model->state->saved_since);
		else if (first)
			text = alloc_print(_("#%lld saved: %s"), (long long)model->saved_id, size);
		else
			text = alloc_print(_("saved as #%lld; next time d shows what grew"),
			                   (long long)model->saved_id);
		break;
	case SAVE_RETRY:
	case SAVE_FAILED: text = alloc_print(_("this scan was not saved: %s"), model->banner); break;
	default: break;
	}
	return text;
}

/** What the retention has removed; NULL when nothing. */
static char *removed_words(const struct model *model)
{
	struct buf text = {0};

	if (!model->state || retention_say(&text, &model->state->removed) || !text.length)
		buf_free(&text);
	return text.data;
}

/** A scan that is complete is kept although the person leaves at once; a signal gives it up. */
static void finish_save(struct model *model)
{
	int64_t began_ns = clock_mono_ns();
	bool told = false;

	if (model->save == SAVE_RETRY)
		model_save_again(model);
	while (model->save == SAVE_RUNNING) {
		if (!wait_for_news(model, LINE_NS)) {
			model_cancel_save(model);
			break;
		}
		if (!told && clock_mono_ns() - began_ns > TELL_NS && isatty(STDERR_FILENO)) {
			fputs(_("saving the scan; Ctrl-C gives it up"), stderr);
			told = true;
		}
	}
	if (told)
		fputs("\r\033[K", stderr);
}

/**
 * One session, on the terminal that is open, or that it opens; a model that a task hangs with is left to the end of the
 * process.  `root`: the path it is of, where the next session may be of another one.
 */
static int run_session(struct ui_start *start, char **root, int wake_fd, struct terminal **terminal,
                       struct ui_result *result, struct err *err)
{
	struct model *model = alloc_zero(struct model);
	struct screens screens = {.model = model};
	int rc;

	if (!model)
		return err_no_memory(err);
	model->quit_status = -1;
	model->wake_fd = wake_fd;
	model->ascii = start->settings.ascii || !term_unicode();
	rc = model_start(model, start, err);
	if (!rc && start->mode != UI_FULL && !start->tree)
		result->status = scan_first(model, start->mode);
	if (!rc && !result->status && !model->scan_failed.text[0] && !*terminal)
		rc = term_open(theme_choose(start->settings.theme), terminal, err);
	if (!rc && *terminal) {
		rc = browser_open(&screens);
		if (rc) {
			err_set(err, rc, "%s", _("out of memory"));
		} else {
			await_remembered(model);
			result->status = loop_run(&screens, *terminal);
		}
	}
	if (*terminal && !model->again) {
		term_close(*terminal);
		*terminal = NULL;
	}
	if (!rc && (!model->tree || model->quit_status > 0) && model->scan_failed.text[0])
		rc = err_set(err, -EIO, "%s", model->scan_failed.text);
	if (!rc && !result->status && !model->again)
		finish_save(model);
	if (!rc && result->status <= 0 && !model->again) {
		result->message = last_words(model);
		result->removed = removed_words(model);
	}
	result->print = model->print;
	model->print = (struct buf){0};
	if (model->again) {
		start->settings = model->settings;
		start->mode = UI_FULL;
	}
	if (model->again_path) {
		free(*root);
		start->path = *root = model->again_path;
	}
	bool again = model->again;

	model_stop(model);
	screens_clear(&screens);
	if (!model->state) /* else somebody hangs in the kernel with it */
		free(model);
	return rc ? rc : again;
}

int ui_run(const struct ui_start *start, struct ui_result *result, struct err *err)
{
	struct terminal *terminal = NULL;
	struct ui_start now = *start;
	/* Another folder may have the name by which it was asked for, when it is asked for again. */
	char *root = start->tree ? NULL : realpath(start->path, NULL);
	int wake_fd = loop_wake_fd(), rc;

	*result = (struct ui_result){0};
	if (wake_fd < 0) {
		free(root);
		return err_set(err, wake_fd, "%s", strerror(-wake_fd));
	}
	if (root)
		now.path = root;
	loop_catch_signals(wake_fd);
	do
		rc = run_session(&now, &root, wake_fd, &terminal, result, err);
	while (rc > 0);
	loop_release_signals();
	close(wake_fd);
	free(root);
	return rc;
}
