/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * ncdu's JSON, major version 1, any minor (https://dev.yorhel.nl/ncdu/jsonfmt), and what gdu 5 makes of it.
 * One pass: events of the parser become calls of the tree's builder.  A directory is an array whose first element says
 * what it is; whether it is an excluded leaf shows only at the next event, so that one waits in `info` meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"
#include "store/exchange/ncdu_info.h"

static int add_file(struct ncdu_reader *in)
{
	int e = ncdu_entry_check(&in->entries, &in->info);

	if (!e && in->gdu_later_links && ncdu_info_is_link(&in->info))
		in->info.alloc_bytes = in->info.apparent_bytes = 0;
	if (!e)
		e = ncdu_entry_add(&in->entries, &in->info);
	return e ? ncdu_refuse_built(in, e) : 0;
}

/*
 * Behind the opening bracket of a directory; *event is then the first event behind its info object.  A leaf is finished
 * here: *event is then what follows the leaf, and false comes back in *entered.
 */
static int read_dir(struct ncdu_reader *in, enum json_event *event, bool *entered)
{
	enum json_event first = json_next(in->json);

	if (first == JSON_ERROR)
		return ncdu_refuse_json(in);
	if (first != JSON_OBJECT)
		return ncdu_refuse(in, -EINVAL, _("a folder that does not begin with an object about itself"));
	int e = ncdu_read_info(in);

	if (e)
		return e;
	struct ncdu_info *info = &in->info;

	info->is_dir = true;
	e = ncdu_entry_check(&in->entries, info);
	if (e)
		return ncdu_refuse_built(in, e);
	*event = json_next(in->json);
	if (*event == JSON_ERROR)
		return ncdu_refuse_json(in);
	/*
	 * gdu's are totals since 5.37: of what is listed below they would count twice; of what was left out below
	 * (--depth, -s) they are all that is known.
	 */
	if (in->gdu && *event != JSON_ARRAY_END)
		info->apparent_bytes = info->alloc_bytes = 0;
	bool failed = info->read_error && !info->apparent_bytes && !info->alloc_bytes && !info->has_mtime;

	*entered = !in->entries.build || *event != JSON_ARRAY_END || (!info->excluded && !failed);
	e = *entered ? ncdu_entry_enter(&in->entries, info) : ncdu_entry_add(&in->entries, info);
	return e ? ncdu_refuse_built(in, e) : 0;
}

/* Behind the bracket of the root, to the root's end. */
static int read_tree(struct ncdu_reader *in)
{
	enum json_event event;
	bool entered;
	int e = read_dir(in, &event, &entered);

	while (!e) {
		switch (event) {
		case JSON_ARRAY:
			e = read_dir(in, &event, &entered);
			if (!e && entered)
				continue; /* with its first event */
			break;
		case JSON_OBJECT:
			e = ncdu_read_info(in);
			if (!e)
				e = add_file(in);
			break;
		case JSON_ARRAY_END: {
			bool last = build_depth(in->entries.build) == 1;

			e = ncdu_entry_leave(&in->entries);
			if (e)
				return ncdu_refuse_built(in, e);
			if (last)
				return 0;
			break;
		}
		case JSON_ERROR: return ncdu_refuse_json(in);
		default: return ncdu_refuse(in, -EINVAL, _("an entry that is neither an object nor an array"));
		}
		if (!e)
			event = json_next(in->json);
	}
	return e;
}

static int read_metadata(struct ncdu_reader *in)
{
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return ncdu_refuse_json(in);
	if (event != JSON_OBJECT)
		return json_skip(in->json, event) ? ncdu_refuse_json(in) : 0;
	for (;;) {
		event = json_next(in->json);
		if (event == JSON_OBJECT_END)
			return 0;
		if (event != JSON_KEY)
			return ncdu_refuse_json(in);
		size_t length;
		const char *key = json_text(in->json, &length);
		struct buf *text = strcmp(key, "progname") == 0 ? &in->progname
		                 : strcmp(key, "progver") == 0  ? &in->progver
		                                                : NULL;
		bool time = strcmp(key, "timestamp") == 0;

		event = json_next(in->json);
		if (text && event == JSON_STRING) {
			const char *value = json_text(in->json, &length);

			buf_clear(text);
			if (buf_add(text, value,
			            length < sizeof(((struct import *)0)->program)
			                    ? length
			                    : sizeof(((struct import *)0)->program)))
				return ncdu_refuse(in, -ENOMEM, NULL);
		} else if (time && event == JSON_NUMBER) {
			struct json_number number = json_number(in->json);

			if (!number.negative && number.whole <= INT64_MAX)
				in->timestamp = (int64_t)number.whole;
		} else if (json_skip(in->json, event)) {
			return ncdu_refuse_json(in);
		}
	}
}

/*
 * Is it "5.22.0-1" or the like, and earlier than that?  Of what has no number ("development") nobody knows: it is taken
 * for new.
 */
static bool version_before(const struct buf *version, unsigned major, unsigned minor)
{
	unsigned have_major, have_minor;
	const char *text = version->data ? version->data : "";

	if (sscanf(text + (*text == 'v'), "%u.%u", &have_major, &have_minor) != 2)
		return false;
	return have_major < major || (have_major == major && have_minor < minor);
}

/* Everything before the root's bracket. */
static int read_header(struct ncdu_reader *in)
{
	uint64_t major = 0, minor = 0;
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return ncdu_refuse_json(in);
	if (event != JSON_ARRAY)
		return ncdu_refuse(in, -EINVAL, _("it is JSON, but no export of ncdu or gdu"));
	int e = ncdu_read_unsigned(in, 10000, _("it is JSON, but no export of ncdu or gdu"), &major);

	if (e)
		return e;
	if (major != 1)
		return ncdu_refuse(in, -EINVAL, _("it is of another major version of ncdu's format than 1"));
	e = ncdu_read_unsigned(in, 10000, _("it is JSON, but no export of ncdu or gdu"), &minor);
	if (!e)
		e = read_metadata(in);
	if (e)
		return e;
	in->gdu = in->progname.length >= 3 && memcmp(in->progname.data, "gdu", 3) == 0;
	in->gdu_later_links = in->gdu && version_before(&in->progver, 5, 36);
	event = json_next(in->json);
	if (event == JSON_ERROR)
		return ncdu_refuse_json(in);
	return event == JSON_ARRAY ? 0 : ncdu_refuse(in, -EINVAL, _("its top entry is no folder"));
}

/* Later versions may add elements behind the tree. */
static int read_footer(struct ncdu_reader *in)
{
	enum json_event event;

	while ((event = json_next(in->json)) != JSON_END) {
		if (event == JSON_ERROR || json_skip(in->json, event))
			return ncdu_refuse_json(in);
	}
	return 0;
}

static ssize_t read_source(void *context, void *buffer, size_t size)
{
	return import_bytes(((struct ncdu_reader *)context)->source, buffer, size);
}

static int name_program(struct ncdu_reader *in, struct import *out)
{
	struct buf program = {0};

	text_safe(&program, in->progname.data ? in->progname.data : "", in->progname.length, false);
	buf_char(&program, ' ');
	text_safe(&program, in->progver.data ? in->progver.data : "", in->progver.length, false);
	if (!program.failed && in->progname.length)
		snprintf(out->program, sizeof(out->program), "%s", program.data);
	int e = program.failed ? -ENOMEM : 0;

	buf_free(&program);
	return e ? ncdu_refuse(in, e, NULL) : 0;
}

int import_ncdu_json(struct import_source *source, struct import *out)
{
	struct ncdu_reader in = {.source = source};
	int e;

	in.json = json_create(read_source, &in);
	if (!in.json)
		return err_no_memory(source->err);
	e = read_header(&in);
	if (!e)
		e = read_tree(&in);
	if (!e)
		e = read_footer(&in);
	if (!e)
		e = name_program(&in, out);
	if (!e) {
		out->timestamp = in.timestamp;
		out->tree = build_finish(in.entries.build);
		in.entries.build = NULL;
		if (!out->tree) {
			e = errno ? -errno : -ENOMEM;
			ncdu_refuse(&in, e, import_build_problem(e));
		}
	}
	ncdu_entries_free(&in.entries);
	buf_free(&in.info.name);
	buf_free(&in.progname);
	buf_free(&in.progver);
	json_destroy(in.json);
	return e;
}
