/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REPORT_HTML_H
#define CLI_REPORT_HTML_H

#include "cli/report.h"

/**
 * Append the report as one page: HTML, CSS and SVG in one file, without a script, loading nothing from anywhere.  Each
 * figure is one of report_json()'s.  Sentences must come as UTF-8 (i18n_utf8()).  `out->failed` when memory is short.
 */
void report_html(struct buf *out, const struct report *report);

#endif
