/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PAGE_STYLE_H
#define CLI_PAGE_STYLE_H

/** The style sheet of a page: light and dark, narrow and wide, on paper. */
extern const char page_style[];

#endif
