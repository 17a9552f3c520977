/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PAGE_SQUARIFY_H
#define CLI_PAGE_SQUARIFY_H

#include <stddef.h>

struct rectangle {
	double x, y, width, height;
};

/**
 * Rectangles of these areas, in proportion, that fill `area` and are as near to squares as rows of them can be: Bruls,
 * Huizing, van Wijk, "Squarified Treemaps" (2000).  `weights`: the largest first, none negative; one that is 0 gets no
 * area.
 */
void squarify(const double *weights, size_t count, struct rectangle area, struct rectangle *out);

#endif
