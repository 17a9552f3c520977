/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "store/db/store.h"

int import_file(const char *file, const struct options *options, struct import *out, struct err *err)
{
	bool from_stdin = !strcmp(file, "-");
	int fd = from_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	struct import_options how = {.du_unit = (uint64_t)options->du_unit,
	                             .elsewhere = options->host && strcmp(options->host, store_host())};
	struct buf safe = {0};
	int rc;

	*out = (struct import){0};
	if (fd < 0) {
		rc = -errno;
		err_set(err, rc, _("cannot open %s: %s"), output_safe(&safe, file), strerror(-rc));
	} else if (from_stdin && isatty(fd)) {
		rc = err_set(err, -EINVAL, "%s",
		             _("standard input is the terminal: pipe an export into it, or name a file"));
	} else {
		rc = import_read(fd, from_stdin ? _("standard input") : output_safe(&safe, file), &how,
		                 interrupt_flag(), NULL, out, err);
	}
	if (fd >= 0 && !from_stdin)
		close(fd);
	buf_free(&safe);
	return rc;
}
