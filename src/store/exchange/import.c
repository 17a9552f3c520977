/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which format is it? */
#include "store/exchange/import.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/i18n.h"
#include "store/exchange/import_source.h"

typedef int import_reader(struct import_source *source, struct import *out);

/* Everything else is JSON, or is none. */
static const struct import_format {
	const char *begin;
	size_t length;
	import_reader *read; /* NULL: */
	const char *remedy;  /* what it is, and what to do */
} formats[] = {
	{"\xbfncduEX1", 8, import_ncdu_binary, NULL},
};

static import_reader *recognise(struct import_source *source, const char **remedy)
{
	unsigned char head[DECOMPRESS_PEEK];
	size_t length = decompress_peek(source->bytes, head);

	*remedy = NULL;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (length >= formats[i].length && !memcmp(head, formats[i].begin, formats[i].length)) {
			*remedy = formats[i].remedy ? _(formats[i].remedy) : NULL;
			return formats[i].read;
		}
	return import_ncdu_json;
}

int import_read(int fd, const char *name, const struct import_options *options, const _Atomic bool *cancel,
                struct import_progress *progress, struct import *out, struct err *err)
{
	struct import_source source = {.bytes = decompress_create(fd, cancel),
	                               .fd = fd,
	                               .start = lseek(fd, 0, SEEK_CUR),
	                               .name = name,
	                               .options = options,
	                               .cancel = cancel,
	                               .progress = progress,
	                               .err = err};
	const char *remedy;
	struct stat st;

	*out = (struct import){0};
	if (!source.bytes)
		return err_no_memory(err);
	import_reader *read = recognise(&source, &remedy);
	int rc = remedy ? import_refuse(&source, -EINVAL, remedy, NULL) : read(&source, out);

	/* What has no date is as old as the file that it was written to. */
	if (!rc && !out->timestamp && !fstat(fd, &st) && S_ISREG(st.st_mode))
		out->timestamp = st.st_mtime;
	decompress_destroy(source.bytes);
	return rc;
}

const char *import_source(const struct import *import, char out[64])
{
	size_t length = strcspn(import->program, " ");

	memcpy(out, import->program, length);
	out[length] = '\0';
	return length ? out : strcpy(out, "ncdu"); /* whose JSON need not say who wrote it */
}
