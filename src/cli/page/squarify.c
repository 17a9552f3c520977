/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/page/squarify.h"

/* The worst ratio of sides in a row of that sum along a side; `most` and `least` are areas in it. */
static double worst(double sum, double most, double least, double side)
{
	double tall = side * side * most / (sum * sum), wide = sum * sum / (side * side * least);

	return tall > wide ? tall : wide;
}

/* One row along the shorter side; what is left of the area behind it. */
static struct rectangle lay_row(const double *weights, size_t count, double sum, double scale, struct rectangle area,
                                struct rectangle *out)
{
	double at = 0;

	if (area.width >= area.height) {
		double width = area.height > 0 ? sum * scale / area.height : 0;

		for (size_t i = 0; i < count; i++) {
			double height = sum > 0 ? area.height * weights[i] / sum : 0;

			out[i] = (struct rectangle){area.x, area.y + at, width, height};
			at += height;
		}
		area.x += width;
		area.width -= width;
	} else {
		double height = sum * scale / area.width;

		for (size_t i = 0; i < count; i++) {
			double width = sum > 0 ? area.width * weights[i] / sum : 0;

			out[i] = (struct rectangle){area.x + at, area.y, width, height};
			at += width;
		}
		area.y += height;
		area.height -= height;
	}
	area.width = area.width > 0 ? area.width : 0;
	area.height = area.height > 0 ? area.height : 0;
	return area;
}

void squarify(const double *weights, size_t count, struct rectangle area, struct rectangle *out)
{
	double total = 0, scale;
	size_t done = 0;

	while (count && weights[count - 1] <= 0)
		out[--count] = (struct rectangle){area.x, area.y, 0, 0};
	for (size_t i = 0; i < count; i++)
		total += weights[i];
	scale = total > 0 ? area.width * area.height / total : 0;
	while (done < count) {
		double side = area.width < area.height ? area.width : area.height, sum = weights[done];
		size_t n = 1;

		/* As long as one more makes the row no worse. */
		while (done + n < count && side > 0 &&
		       worst((sum + weights[done + n]) * scale, weights[done] * scale, weights[done + n] * scale,
		             side) <= worst(sum * scale, weights[done] * scale, weights[done + n - 1] * scale, side))
			sum += weights[done + n++];
		area = lay_row(weights + done, n, sum, scale, area, out + done);
		done += n;
	}
}
