/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_REPORT_PICTURES_H
#define CLI_REPORT_PICTURES_H

#include "cli/report.h"

/* The drawings of the page.  Their figures stand in tables beside them: nobody has to see them. */

/** What is there now, as areas; once for a wide window and once for a narrow one. */
void report_treemap(struct buf *out, const struct report *report);

/** The size over time. */
void report_line(struct buf *out, const struct report *report);

#endif
