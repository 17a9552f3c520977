/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_LAYERS_H
#define UI_SCREENS_LAYERS_H

#include "store/snapshot/timeline.h"
#include "ui/screens/row.h"
#include "ui/screens/screen.h"

/* The screens that are opened over the browser.  Each opens at once and owns its state; 0 or -errno. */

/** Snapshots (H): uses model->history, model->everything and the functions of model.h. */
int snapshots_open(struct screens *screens);

/**
 * Details (i) of a row of this folder (DIR_NONE: of no live one); `path` is absolute, raw, NUL-terminated; both are
 * copied.
 */
int details_open(struct screens *screens, const struct row *row, dir_id folder, const char *path);

/** Why a folder grew (x): model->causes is asked for; 0 also when it was said why nothing can be told. */
struct causes_subject;
int explain_open(struct screens *screens, const struct causes_subject *subject);

/**
 * Where the used bytes of the file system are (d in details) that a directory of the live tree lies in; `path`: its
 * own, copied.
 */
int account_open(struct screens *screens, dir_id dir, const char *path);

/** Volumes (V): every file system that people keep files in. */
int volumes_open(struct screens *screens);

/** What the timeline is of, and what is there now. */
struct timeline_subject {
	char *path; /* absolute, raw */
	bool has_now;
	struct timeline_point now;
	bool other_disk; /* its file system is not that of the folder shown */
};

/** Size over time (T) of an entry; `folder`: the one it is in, NULL = it is that itself.  Both are copied. */
int timeline_open(struct screens *screens, const struct timeline_subject *entry, const struct timeline_subject *folder);

/** What happened to an entry (L in its details).  The path is copied. */
int log_open(struct screens *screens, const char *path);

/** Help (?), on page 1…3. */
int help_open(struct screens *screens, int page);

/**
 * A question with buttons; the first is the default and what Esc presses.  `answer` runs on the loop's thread when a
 * button (0…count−1) is pressed, after the dialog has been closed; `buttons` must stay valid (constants), text lines
 * are copied.  Returns its reactions.
 */
int dialog_open(struct screens *screens, const char *title, const char *text, const char *const *buttons, int count,
                unsigned (*answer)(struct screens *screens, void *context, int button), void *context);

/** What is special about a dialog that keeps itself up to date.  Constant. */
struct dialog_form {
	const char *const *buttons[3]; /* untranslated constants; the first, the longest, that fit are taken */
	int count;
	bool wide;       /* as wide as its text may be, whatever that is */
	int64_t dead_ns; /* it ignores all input for so long */
	/**
	 * Append the text for so many cells and lines.  Called before each frame; returns bits of the buttons that are
	 * there.
	 */
	unsigned (*update)(void *context, const struct model *model, int cells, int lines, struct buf *text);
	unsigned (*answer)(struct screens *screens, void *context, int button); /* as of dialog_open() */
	void (*destroy)(void *context);                                         /* or NULL */
};

/** The dialog takes the context over, whatever comes of it. */
int dialog_open_form(struct screens *screens, const char *title, const struct dialog_form *form, void *context);

/** Ask how model->deletion is to be done; its choice may still be made. */
int delete_open(struct screens *screens, const char *title);

/** What the last deletion left (L). */
int removal_list_open(struct screens *screens);

#endif
