/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

static const char *const names[] = {"scan", "watch", "store", "ui"};

unsigned trace_areas;
static int file = -1;

static unsigned area_of(const char *name, size_t length)
{
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == length && !memcmp(names[i], name, length))
			return 1u << i;
	return 0;
}

int trace_start(const char *areas_and_file, struct err *err)
{
	const char *at = areas_and_file, *colon = at ? strchr(at, ':') : NULL;
	unsigned areas = 0;

	if (!at || !*at)
		return 0;
	for (bool more = colon && colon[1]; more; more = *at++ == ',') {
		size_t length = strcspn(at, ",:");
		unsigned area = area_of(at, length);

		areas |= area;
		at += length;
		if (!area)
			colon = NULL;
	}
	if (!colon || !areas)
		return err_set(err, -EINVAL, "DISKTRACKER_TRACE: not scan,watch,store,ui:FILE");
	file = open(colon + 1, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (file < 0)
		return err_set(err, -errno, "DISKTRACKER_TRACE: cannot write the file: %s", strerror(errno));
	trace_areas = areas;
	return 0;
}

/* One write() for a line: lines of two threads, and of two programs with one file, do not mix. */
void trace_line(enum trace_area area, const char *format, ...)
{
	int64_t now_ns = clock_mono_ns();
	struct buf line = {0};
	char event[1024];
	va_list args;
	int had = errno;

	va_start(args, format);
	vsnprintf(event, sizeof(event), format, args);
	va_end(args);
	buf_printf(&line, "%lld.%09lld %d %s: ", (long long)(now_ns / 1000000000), (long long)(now_ns % 1000000000),
	           (int)gettid(), names[__builtin_ctz(area)]);
	text_safe(&line, event, strlen(event), false);
	buf_char(&line, '\n');
	/* A disk that is full takes no trace; what is traced goes on. */
	if (!line.failed && write(file, line.data, line.length) < 0)
		line.failed = true;
	buf_free(&line);
	errno = had;
}
