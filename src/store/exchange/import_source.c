/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/import_source.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

ssize_t import_bytes(struct import_source *source, void *buffer, size_t size)
{
	ssize_t n = decompress_read(source->bytes, buffer, size);

	if (source->progress) {
		atomic_store_explicit(&source->progress->bytes, decompress_taken(source->bytes), memory_order_relaxed);
		atomic_store_explicit(&source->progress->items, source->items, memory_order_relaxed);
	}
	return n;
}

bool import_cancelled(const struct import_source *source)
{
	return source->cancel && atomic_load_explicit(source->cancel, memory_order_relaxed);
}

int import_refuse(struct import_source *source, int error, const char *what, const char *where)
{
	if (error == -ECANCELED)
		return err_set(source->err, error, _("the import of %s was cancelled"), source->name);
	if (error == -ENOMEM)
		return err_set(source->err, error, _("cannot import %s: out of memory"), source->name);
	if (!where)
		return err_set(source->err, error, _("cannot import %s: %s"), source->name, what);
	return err_set(source->err, error, _("cannot import %s: %s (%s)"), source->name, what, where);
}

int import_refuse_name(struct import_source *source, int error, const char *what, const char *name, size_t length,
                       const char *where)
{
	struct buf safe = {0}, text = {0};

	text_safe(&safe, name ? name : "", length < 200 ? length : 200, false);
	buf_printf(&text, "%s: \"%s\"", what, safe.data ? safe.data : "");
	error = import_refuse(source, text.failed || safe.failed ? -ENOMEM : error, text.data, where);
	buf_free(&safe);
	buf_free(&text);
	return error;
}

const char *import_problem(const struct import_source *source, int error)
{
	switch (error) {
	case -ENOMEM:
	case -ECANCELED: return NULL;
	case -ENODATA: return decompress_taken(source->bytes) ? _("it ends in the middle") : _("it is empty");
	case -EBADMSG: return _("the compressed data is damaged");
	default: return strerror(-error);
	}
}

const char *import_build_problem(int error)
{
	return error == -EINVAL ? _("an entry that cannot be") : error == -ENOMEM ? NULL : strerror(-error);
}

const char *import_bad_name(const char *name, size_t length)
{
	if (length == 0)
		return _("an empty name");
	if (memchr(name, '\0', length))
		return _("a name with a NUL in it");
	if (memchr(name, '/', length))
		return _("a name with a slash in it");
	if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))
		return _("a name that leads elsewhere");
	return length > IMPORT_NAME_MAX ? _("a name of over 255 bytes") : NULL;
}

const char *import_root_path(const char *path, size_t length, struct buf *out)
{
	const char *end = path + length;

	if (!length)
		return _("an empty name");
	if (memchr(path, '\0', length))
		return _("a name with a NUL in it");
	while (path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));
		size_t n = (size_t)((slash ? slash : end) - path);

		if ((n == 1 && path[0] == '.') || (n == 2 && path[0] == '.' && path[1] == '.'))
			return _("a name that leads elsewhere");
		if (n) {
			buf_char(out, '/');
			buf_add(out, path, n);
		}
		path += n + 1;
	}
	if (!out->length)
		buf_char(out, '/');
	return NULL;
}
