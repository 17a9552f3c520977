/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_SCREENS_LOG_TEXT_H
#define UI_SCREENS_LOG_TEXT_H

#include "base/text.h"
#include "store/record/mutation_log.h"

/* An entry of the log in words, on the screen and in `log` alike.  Any thread. */

/** "11-30 09:12:04", local. */
const char *log_text_time(char out[TEXT_FIGURE], int64_t time_s);

/** By how many bytes; 0 where it was only renamed. */
int64_t log_delta(const struct log_entry *entry);

/** "+310.9 MiB", "renamed"; translated. */
const char *log_text_change(char out[TEXT_FIGURE], const struct log_entry *entry, bool si);

/** What it has since; "-" = it is not there. */
const char *log_text_size(char out[TEXT_FIGURE], const struct log_entry *entry, bool si);

/**
 * Append what it is of, seen from a folder, made safe: "access.log -> access.log.1", "cache/", of the folder itself its
 * name; absolute where it does not lie there.
 */
int log_text_what(struct buf *out, const struct log_entry *entry, const char *folder, bool ascii);

/** A tag behind that, " (new)", or "". */
const char *log_text_tag(const struct log_entry *entry);

#endif
