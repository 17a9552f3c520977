/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which format is it? */
#include "store/exchange/import.h"

#include <ctype.h>
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
#define BEGINS(text) text, sizeof(text) - 1
	{BEGINS("\xbfncduEX1"), import_ncdu_binary, NULL},
	{BEGINS("[qdirstat "), import_qdirstat, NULL},
	{BEGINS("[kdirstat "), import_qdirstat, NULL},
	{BEGINS("BTDU"), NULL, N_("it is of btdu, whose samples are no sizes of files")},
	{BEGINS("{\"expert\":"), NULL, N_("it is of btdu, whose samples are no sizes of files")},
	{BEGINS("{\"schema-version\":"), NULL,
         N_("it is JSON of pdu, which does not tell sizes by file: use `du -a`, or ncdu -o")},
	{BEGINS("ToKyO CaBiNeT"), NULL, N_("it is a database of duc: index with ncdu -o, or scan here")},
	{BEGINS("TkrzwHDB"), NULL, N_("it is a database of duc: index with ncdu -o, or scan here")},
	{BEGINS("SQLite format 3"), NULL, N_("it is a database: one of this program is read with --db FILE")},
#undef BEGINS
};

/* `SIZE TAB`; sizes that are rounded are du's, too, and its reader says what is wrong with them. */
static bool is_du(const unsigned char *head, size_t length)
{
	size_t n = 0;

	while (n < length && (isdigit(head[n]) || head[n] == '.'))
		n++;
	if (!n || head[0] == '.')
		return false;
	while (n < length && memchr("KMGTPEkB", head[n], 8))
		n++;
	return n < length && head[n] == '\t';
}

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
	if (is_du(head, length))
		return import_du;
	size_t blank = 0;

	while (blank < length && isspace(head[blank]))
		blank++;
	if (blank < length && head[blank] != '[' && head[blank] != '{')
		*remedy = _("it is no export of ncdu, gdu, du or QDirStat that is known here");
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
