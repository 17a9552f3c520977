/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "base/err.h"

/*
 * What the program does when, for whoever looks for a fault: DISKTRACKER_TRACE=scan,watch,store,ui:FILE appends a line
 * per event to FILE, `seconds thread area: event`.  Seconds are of the monotonic clock.  Sizes, counts and paths,
 * never what is in a file; names are made safe.
 */
enum trace_area { TRACE_SCAN = 1, TRACE_WATCH = 2, TRACE_STORE = 4, TRACE_UI = 8 };

/* The areas asked for.  Set by trace_start() before there is a second thread; then only read. */
extern unsigned trace_areas;

/** A line in an area, as by printf.  Any thread; its arguments are not evaluated when nobody asked for the area. */
#define TRACE(area, ...)                                                                                               \
	do {                                                                                                           \
		if (__builtin_expect(trace_areas & (area), 0))                                                         \
			trace_line(area, __VA_ARGS__);                                                                 \
	} while (0)

/** Take AREAS:FILE; NULL or "" asks for nothing.  First in main().  -EINVAL or -errno with a sentence. */
int trace_start(const char *areas_and_file, struct err *err);

/* What TRACE() calls. */
void trace_line(enum trace_area area, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
