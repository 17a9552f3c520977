/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * ncdu's JSON, major version 1, any minor (https://dev.yorhel.nl/ncdu/jsonfmt), and what gdu 5 makes of it.
 * One pass: events of the parser become calls of the tree's builder.  A directory is an array whose first element says
 * what it is; whether it is an excluded leaf shows only at the next event, so that one waits in `info` meanwhile.
 */
#include "store/exchange/ncdu.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/exchange/ncdu_info.h"

#define IMPORT_DEPTH_MAX 100000
#define NAME_LENGTH_MAX 255

/* ---- entries ---- */

static int refuse_build(struct ncdu_reader *in, int error)
{
	switch (error) {
	case -EINVAL:
		return ncdu_refuse_entry(in, _("an entry that cannot be"));
	case -ENOMEM:
		return ncdu_refuse(in, error, NULL);
	default:
		return ncdu_refuse(in, error, strerror(-error));
	}
}

static int check_name(struct ncdu_reader *in)
{
	const char *name = in->info.name.data ? in->info.name.data : "";
	size_t length = in->info.name.length;

	if (length == 0)
		return ncdu_refuse(in, -EINVAL, _("an empty name"));
	if (memchr(name, '\0', length))
		return ncdu_refuse_entry(in, _("a name with a NUL in it"));
	if (memchr(name, '/', length))
		return ncdu_refuse_entry(in, _("a name with a slash in it"));
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return ncdu_refuse_entry(in, _("a name that leads elsewhere"));
	if (length > NAME_LENGTH_MAX)
		return ncdu_refuse_entry(in, _("a name of over 255 bytes"));
	return 0;
}

static enum node_type type_of(const struct ncdu_info *info)
{
	if (info->has_mode && (info->extended.mode & S_IFMT)) {
		switch (info->extended.mode & S_IFMT) {
		case S_IFREG:
			return NODE_REG;
		case S_IFLNK:
			return NODE_SYMLINK;
		case S_IFDIR:
			return info->excluded || info->read_error ? NODE_DIR : NODE_REG;
		default:
			return NODE_SPECIAL;
		}
	}
	if (!info->notreg)
		return NODE_REG;
	return info->apparent_bytes ? NODE_SYMLINK : NODE_SPECIAL; /* a symbolic link is as long as its target */
}

/* What files and directories have in common. */
static struct build_entry entry_of(const struct ncdu_reader *in)
{
	const struct ncdu_info *info = &in->info;
	int64_t mtime_ns = node_time(info->mtime_s, 0);

	return (struct build_entry){
		.name = info->name.data,
		.name_length = info->name.length,
		.alloc_bytes = info->alloc_bytes,
		.apparent_bytes = info->apparent_bytes,
		.mtime_ns = mtime_ns,
		.mtime_era = node_era(info->mtime_s, mtime_ns),
		.nlink = 1,
		.dev = info->dev,
		.extended = info->extended,
	};
}

/* Excluded, or could not be stat-ed: an entry of which nothing but name and type is known. */
static int add_leaf(struct ncdu_reader *in, enum node_type type, unsigned flags)
{
	struct build_entry entry = {.name = in->info.name.data,
	                            .name_length = in->info.name.length,
	                            .type = type,
	                            .flags = flags,
	                            .nlink = 1,
	                            .dev = in->dev[build_depth(in->build) - 1],
	                            .extended = in->info.extended};
	int e = build_file(in->build, &entry);

	return e ? refuse_build(in, e) : 0;
}

static int add_file(struct ncdu_reader *in)
{
	const struct ncdu_info *info = &in->info;
	int e = check_name(in);

	if (e)
		return e;
	if (info->excluded || info->read_error)
		return add_leaf(in, type_of(info), info->excluded ? info->excluded : ROW_ERROR);
	struct build_entry entry = entry_of(in);

	entry.type = type_of(info);
	if (!info->has_dev)
		entry.dev = in->dev[build_depth(in->build) - 1];
	if (info->ino && (info->linked || info->nlink > 1)) {
		entry.ino = info->ino;
		entry.nlink = info->nlink < 2 ? 2 : info->nlink > UINT32_MAX ? UINT32_MAX : (uint32_t)info->nlink;
		if (in->gdu_later_links)
			entry.alloc_bytes = entry.apparent_bytes = 0;
	}
	e = build_file(in->build, &entry);
	return e ? refuse_build(in, e) : 0;
}

/*
 * The root's path: absolute, with no "." or ".." on the way; "C:\" or "data" of another program become "/C:\", "/data".
 */
static int normalise_root(struct ncdu_reader *in, struct buf *out)
{
	const char *at = in->info.name.data ? in->info.name.data : "", *end = at + in->info.name.length;

	if (at == end)
		return ncdu_refuse(in, -EINVAL, _("an empty name"));
	if (memchr(at, '\0', in->info.name.length))
		return ncdu_refuse_entry(in, _("a name with a NUL in it"));
	while (at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t n = (size_t)((slash ? slash : end) - at);

		if ((n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			return ncdu_refuse_entry(in, _("a name that leads elsewhere"));
		if (n) {
			buf_char(out, '/');
			buf_add(out, at, n);
		}
		at += n + 1;
	}
	if (!out->length)
		buf_char(out, '/');
	return out->failed ? ncdu_refuse(in, -ENOMEM, NULL) : 0;
}

/* Open the directory that `info` tells of. */
static int enter(struct ncdu_reader *in)
{
	const struct ncdu_info *info = &in->info;
	struct build_entry entry = entry_of(in);
	unsigned depth = in->build ? build_depth(in->build) : 0;

	if (depth >= IMPORT_DEPTH_MAX)
		return ncdu_refuse(in, -EINVAL, _("nested over 100,000 levels deep"));
	uint64_t *dev = alloc_grow(in->dev, &in->dev_capacity, depth + 1, sizeof(*dev));

	if (!dev)
		return ncdu_refuse(in, -ENOMEM, NULL);
	in->dev = dev;
	if (depth && !info->has_dev)
		entry.dev = dev[depth - 1];
	dev[depth] = entry.dev;
	entry.type = NODE_DIR;
	entry.ino = info->ino;
	if (info->read_error)
		entry.dir_flags |= DIR_READ_ERROR;
	if (depth && entry.dev != dev[depth - 1])
		entry.dir_flags |= DIR_MOUNT;
	if (depth) {
		int e = build_enter(in->build, &entry);

		return e ? refuse_build(in, e) : 0;
	}
	struct buf path = {0};
	int e = normalise_root(in, &path);

	if (!e) {
		entry.name = "";
		entry.name_length = 0;
		in->build = build_create(path.data, &entry);
		if (!in->build)
			e = refuse_build(in, errno ? -errno : -ENOMEM);
	}
	buf_free(&path);
	return e;
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

	if (in->build) {
		e = check_name(in);
		if (e)
			return e;
	}
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

	*entered = true;
	if (in->build && *event == JSON_ARRAY_END && (info->excluded || failed)) {
		*entered = false;
		return add_leaf(in, NODE_DIR, info->excluded ? info->excluded : ROW_ERROR);
	}
	return enter(in);
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
			bool last = build_depth(in->build) == 1;

			e = build_leave(in->build);
			if (e)
				return refuse_build(in, e);
			if (last)
				return 0;
			break;
		}
		case JSON_ERROR:
			return ncdu_refuse_json(in);
		default:
			return ncdu_refuse(in, -EINVAL, _("an entry that is neither an object nor an array"));
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
			            length < sizeof(((struct ncdu_import *)0)->program)
			                    ? length
			                    : sizeof(((struct ncdu_import *)0)->program)))
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
	struct ncdu_reader *in = context;
	ssize_t n = decompress_read(in->source, buffer, size);

	if (n > 0 && in->magic_length < sizeof(in->magic)) {
		size_t want = sizeof(in->magic) - in->magic_length;

		if (want > (size_t)n)
			want = (size_t)n;
		memcpy(in->magic + in->magic_length, buffer, want);
		in->magic_length += want;
	}
	if (in->progress) {
		atomic_store_explicit(&in->progress->bytes, decompress_taken(in->source), memory_order_relaxed);
		atomic_store_explicit(&in->progress->items, in->items, memory_order_relaxed);
	}
	return n;
}

int ncdu_import_watched(int fd, const char *name, const _Atomic bool *cancel, struct ncdu_progress *progress,
                        struct ncdu_import *out, struct err *err)
{
	struct ncdu_reader in = {.name = name, .err = err, .progress = progress};
	int e = -ENOMEM;

	*out = (struct ncdu_import){0};
	in.source = decompress_create(fd, cancel);
	in.json = in.source ? json_create(read_source, &in) : NULL;
	if (!in.json) {
		e = err_no_memory(err);
		goto out;
	}
	e = read_header(&in);
	if (!e)
		e = read_tree(&in);
	if (!e)
		e = read_footer(&in);
	if (e)
		goto out;
	struct tree *tree = build_finish(in.build);

	in.build = NULL;
	if (!tree) {
		e = refuse_build(&in, errno ? -errno : -ENOMEM);
		goto out;
	}
	out->tree = tree;
	out->timestamp = in.timestamp;
	struct buf program = {0};

	text_safe(&program, in.progname.data ? in.progname.data : "", in.progname.length, false);
	buf_char(&program, ' ');
	text_safe(&program, in.progver.data ? in.progver.data : "", in.progver.length, false);
	if (!program.failed && in.progname.length) {
		size_t n = program.length < sizeof(out->program) - 1 ? program.length : sizeof(out->program) - 1;

		memcpy(out->program, program.data, n);
	}
	buf_free(&program);
out:
	if (in.build)
		build_destroy(in.build);
	buf_free(&in.info.name);
	buf_free(&in.progname);
	buf_free(&in.progver);
	free(in.dev);
	json_destroy(in.json);
	decompress_destroy(in.source);
	return e;
}

int ncdu_import(int fd, const char *name, const _Atomic bool *cancel, struct ncdu_import *out, struct err *err)
{
	return ncdu_import_watched(fd, name, cancel, NULL, out, err);
}
