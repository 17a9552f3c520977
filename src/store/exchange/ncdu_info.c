/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "store/exchange/ncdu_info.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"

/* ---- sentences ---- */

static const char *place(const struct ncdu_reader *in, char out[80])
{
	snprintf(out, 80, _("line %" PRIu64 ", byte %" PRIu64), json_line(in->json), json_byte(in->json));
	return out;
}

int ncdu_refuse(struct ncdu_reader *in, int error, const char *what)
{
	char where[80];

	return import_refuse(in->source, error, what, place(in, where));
}

/** Refuse the entry just read; -EINVAL. */
static int refuse_entry(struct ncdu_reader *in, const char *what)
{
	char where[80];

	return import_refuse_name(in->source, -EINVAL, what, in->info.name.data, in->info.name.length,
	                          place(in, where));
}

int ncdu_refuse_built(struct ncdu_reader *in, int error)
{
	const char *what = in->entries.what;

	if (error == -E2BIG)
		return ncdu_refuse(in, -EINVAL, _("nested over 100,000 levels deep"));
	if (error == -EINVAL && in->info.name.length)
		return refuse_entry(in, what);
	return ncdu_refuse(in, error, what);
}

int ncdu_refuse_json(struct ncdu_reader *in)
{
	int error = json_error(in->json);
	const char *what = import_problem(in->source, error);

	switch (error) {
	case -EINVAL:
		return ncdu_refuse(in, error, _(json_problem(in->json)));
	case -E2BIG:
		return ncdu_refuse(in, -EINVAL, _("nested over 100,000 levels deep"));
	case -ENODATA:
	case -EBADMSG: return ncdu_refuse(in, -EINVAL, what);
	default: return ncdu_refuse(in, error, what);
	}
}

/* ---- values ---- */

int ncdu_read_unsigned(struct ncdu_reader *in, uint64_t limit, const char *complaint, uint64_t *out)
{
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return ncdu_refuse_json(in);
	if (event == JSON_NULL)
		return 0;
	struct json_number number = json_number(in->json);

	if (event != JSON_NUMBER || number.negative || number.fraction || number.huge || number.whole > limit)
		return ncdu_refuse(in, -EINVAL, complaint);
	*out = number.whole;
	return 0;
}

/* Seconds: may be negative, a fraction is dropped. */
static int read_time(struct ncdu_reader *in, bool *known, int64_t *out)
{
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return ncdu_refuse_json(in);
	if (event == JSON_NULL)
		return 0;
	if (event != JSON_NUMBER)
		return ncdu_refuse(in, -EINVAL, _("a time that is no number"));
	struct json_number number = json_number(in->json);
	int64_t seconds = number.whole > INT64_MAX ? INT64_MAX : (int64_t)number.whole;

	*out = number.negative ? -seconds : seconds;
	*known = true;
	return 0;
}

static int read_flag(struct ncdu_reader *in, bool *out)
{
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return ncdu_refuse_json(in);
	if (event != JSON_TRUE && event != JSON_FALSE && event != JSON_NULL)
		return ncdu_refuse(in, -EINVAL, _("expected true or false"));
	*out = event == JSON_TRUE;
	return 0;
}

static int read_text(struct ncdu_reader *in, struct buf *out)
{
	enum json_event event = json_next(in->json);
	size_t length;

	if (event == JSON_ERROR)
		return ncdu_refuse_json(in);
	if (event != JSON_STRING)
		return ncdu_refuse(in, -EINVAL, _("expected a string"));
	const char *text = json_text(in->json, &length);

	buf_clear(out);
	if (buf_add(out, text, length))
		return ncdu_refuse(in, -ENOMEM, NULL);
	if (json_text_cut(in->json))
		return refuse_entry(in, _("a string of over 1 MiB"));
	return 0;
}

static int read_excluded(struct ncdu_reader *in)
{
	enum json_event event = json_next(in->json);
	size_t length;

	if (event == JSON_ERROR)
		return ncdu_refuse_json(in);
	if (event != JSON_STRING)
		return ncdu_refuse(in, -EINVAL, _("expected a string"));
	const char *text = json_text(in->json, &length);

	if (strcmp(text, "otherfs") == 0 || strcmp(text, "othfs") == 0)
		in->info.excluded = ROW_OTHERFS;
	else
		in->info.excluded = strcmp(text, "kernfs") == 0 ? ROW_KERNFS : ROW_EXCLUDED;
	/* What is mounted, or a firm link of macOS, is a folder however it is written. */
	in->info.is_dir = in->info.excluded != ROW_EXCLUDED || strcmp(text, "frmlnk") == 0;
	return 0;
}

static int read_field(struct ncdu_reader *in)
{
	struct ncdu_info *info = &in->info;
	size_t length;
	const char *key = json_text(in->json, &length);
	uint64_t number = 0;
	int e;

#define IS(word) (length == sizeof(word) - 1 && memcmp(key, word, sizeof(word) - 1) == 0)
	if (IS("name")) {
		info->has_name = true;
		return read_text(in, &info->name);
	}
	if (IS("asize"))
		return ncdu_read_unsigned(in, UINT64_MAX, _("asize is not a whole number of bytes"),
		                          &info->apparent_bytes);
	if (IS("dsize"))
		return ncdu_read_unsigned(in, UINT64_MAX, _("dsize is not a whole number of bytes"),
		                          &info->alloc_bytes);
	if (IS("mtime"))
		return read_time(in, &info->has_mtime, &info->mtime_s);
	if (IS("ino"))
		return ncdu_read_unsigned(in, UINT64_MAX, _("ino is not an inode number"), &info->ino);
	if (IS("hlnkc"))
		return read_flag(in, &info->linked);
	if (IS("nlink"))
		return ncdu_read_unsigned(in, UINT64_MAX, _("nlink is not a number of links"), &info->nlink);
	if (IS("dev")) {
		info->has_dev = true;
		return ncdu_read_unsigned(in, UINT64_MAX, _("dev is not a device number"), &info->dev);
	}
	if (IS("read_error"))
		return read_flag(in, &info->read_error);
	if (IS("notreg"))
		return read_flag(in, &info->notreg);
	if (IS("excluded"))
		return read_excluded(in);
	if (IS("uid") || IS("gid")) {
		bool group = key[0] == 'g';

		e = ncdu_read_unsigned(in, UINT32_MAX, _("not a number of a user or group"), &number);
		if (group)
			info->extended.gid = (uint32_t)number;
		else
			info->extended.uid = (uint32_t)number;
		info->extended.known = true;
		return e;
	}
	if (IS("mode")) {
		e = ncdu_read_unsigned(in, UINT16_MAX, _("mode is not a file mode"), &number);
		info->extended.mode = (uint16_t)number;
		info->extended.known = info->has_mode = true;
		return e;
	}
#undef IS
	enum json_event event = json_next(in->json);

	return json_skip(in->json, event) ? ncdu_refuse_json(in) : 0;
}

int ncdu_read_info(struct ncdu_reader *in)
{
	struct buf name = in->info.name;

	buf_clear(&name);
	in->info = (struct ncdu_info){.name = name};
	for (;;) {
		enum json_event event = json_next(in->json);

		if (event == JSON_OBJECT_END)
			break;
		if (event != JSON_KEY)
			return ncdu_refuse_json(in);
		int e = read_field(in);

		if (e)
			return e;
	}
	if (!in->info.has_name)
		return ncdu_refuse(in, -EINVAL, _("an entry without a name"));
	in->source->items++;
	return 0;
}
