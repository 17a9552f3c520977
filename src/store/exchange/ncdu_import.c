/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * ncdu's JSON, major version 1, any minor (https://dev.yorhel.nl/ncdu/jsonfmt), and what gdu 5 makes of it.
 * One pass: events of the parser become calls of the tree's builder.  A directory is an array whose first element says
 * what it is; whether it is an excluded leaf shows only at the next event, so that one waits in `info` meanwhile.
 */
#include "store/exchange/ncdu.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "base/text.h"
#include "engine/tree/build.h"
#include "store/exchange/json.h"
#include "store/exchange/decompress.h"

#define IMPORT_DEPTH_MAX 100000
#define NAME_LENGTH_MAX 255

/* One info object. */
struct info {
	struct buf name;           /* of the root: a path */
	bool has_name, has_dev, has_mtime, has_mode;
	uint64_t apparent_bytes, alloc_bytes, dev, ino, nlink;
	int64_t mtime_s;
	struct node_extended extended;
	bool linked, read_error, notreg;
	unsigned excluded;         /* ROW_EXCLUDED, ROW_OTHERFS, ROW_KERNFS or 0 */
};

struct import {
	struct source *source;
	struct json *json;
	struct build *build;
	const char *name;
	struct ncdu_progress *progress;
	struct err *err;
	struct info info;
	bool gdu;                  /* progname says so */
	/* of the names of a linked inode only the second and later ones are marked: gdu before 5.36 */
	bool gdu_later_links;
	unsigned char magic[8];    /* how the text begins */
	size_t magic_length;
	uint64_t *dev;             /* of the open directories, by depth */
	size_t dev_capacity;
	uint64_t items;
	int64_t timestamp;
	struct buf progname, progver;
};

/* ---- sentences ---- */

/* The sentence: what is wrong, and where. */
static int refuse(struct import *in, int error, const char *what)
{
	if (error == -ECANCELED)
		return err_set(in->err, error, _("the import of %s was cancelled"), in->name);
	if (error == -ENOMEM)
		return err_set(in->err, error, _("cannot import %s: out of memory"), in->name);
	return err_set(in->err, error, _("cannot import %s: %s (line %" PRIu64 ", byte %" PRIu64 ")"), in->name, what,
	               json_line(in->json), json_byte(in->json));
}

/* The same about the entry just read. */
static int refuse_entry(struct import *in, const char *what)
{
	struct buf safe = {0}, text = {0};

	text_safe(&safe, in->info.name.data ? in->info.name.data : "",
	          in->info.name.length < 200 ? in->info.name.length : 200, false);
	buf_printf(&text, "%s: \"%s\"", what, safe.data ? safe.data : "");
	int error = refuse(in, text.failed || safe.failed ? -ENOMEM : -EINVAL, text.data);

	buf_free(&safe);
	buf_free(&text);
	return error;
}

/* What the parser or the bytes below it complain of. */
static int refuse_json(struct import *in)
{
	static const unsigned char ncdu_binary[8] = {0xbf, 'n', 'c', 'd', 'u', 'E', 'X', '1'};
	int error = json_error(in->json);

	switch (error) {
	case -ENOMEM:
	case -ECANCELED:
		return refuse(in, error, NULL);
	case -EINVAL:
		if (in->magic_length == 8 && memcmp(in->magic, ncdu_binary, 8) == 0)
			return refuse(in, error,
			              _("it is an export in ncdu's binary format, write one with `ncdu -o`"));
		if (json_depth(in->json) == 0 && in->items == 0)
			return refuse(in, error, _("it is no JSON"));
		return refuse(in, error, _(json_problem(in->json)));
	case -E2BIG:
		return refuse(in, -EINVAL, _("nested over 100,000 levels deep"));
	case -ENODATA:
		if (source_taken(in->source) == 0)
			return refuse(in, -EINVAL, _("it is empty"));
		return refuse(in, -EINVAL, _("it ends in the middle"));
	case -EBADMSG:
		return refuse(in, -EINVAL, _("the compressed data is damaged"));
	default:
		return refuse(in, error, strerror(-error));
	}
}

static int refuse_build(struct import *in, int error)
{
	switch (error) {
	case -EINVAL:
		return refuse_entry(in, _("an entry that cannot be"));
	case -ENOMEM:
		return refuse(in, error, NULL);
	default:
		return refuse(in, error, strerror(-error));
	}
}

/* ---- values ---- */

static ssize_t read_source(void *context, void *buffer, size_t size)
{
	struct import *in = context;
	ssize_t n = source_read(in->source, buffer, size);

	if (n > 0 && in->magic_length < sizeof(in->magic)) {
		size_t want = sizeof(in->magic) - in->magic_length;

		if (want > (size_t)n)
			want = (size_t)n;
		memcpy(in->magic + in->magic_length, buffer, want);
		in->magic_length += want;
	}
	if (in->progress) {
		atomic_store_explicit(&in->progress->bytes, source_taken(in->source), memory_order_relaxed);
		atomic_store_explicit(&in->progress->items, in->items, memory_order_relaxed);
	}
	return n;
}

/* Sizes and counts: whole numbers.  null is as good as absent. */
static int read_unsigned(struct import *in, uint64_t limit, const char *complaint, uint64_t *out)
{
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return refuse_json(in);
	if (event == JSON_NULL)
		return 0;
	struct json_number number = json_number(in->json);

	if (event != JSON_NUMBER || number.negative || number.fraction || number.huge || number.whole > limit)
		return refuse(in, -EINVAL, complaint);
	*out = number.whole;
	return 0;
}

/* Seconds: may be negative, a fraction is dropped. */
static int read_time(struct import *in, bool *known, int64_t *out)
{
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return refuse_json(in);
	if (event == JSON_NULL)
		return 0;
	if (event != JSON_NUMBER)
		return refuse(in, -EINVAL, _("a time that is no number"));
	struct json_number number = json_number(in->json);
	int64_t seconds = number.whole > INT64_MAX ? INT64_MAX : (int64_t)number.whole;

	*out = number.negative ? -seconds : seconds;
	*known = true;
	return 0;
}

static int read_flag(struct import *in, bool *out)
{
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return refuse_json(in);
	if (event != JSON_TRUE && event != JSON_FALSE && event != JSON_NULL)
		return refuse(in, -EINVAL, _("expected true or false"));
	*out = event == JSON_TRUE;
	return 0;
}

static int read_text(struct import *in, struct buf *out)
{
	enum json_event event = json_next(in->json);
	size_t length;

	if (event == JSON_ERROR)
		return refuse_json(in);
	if (event != JSON_STRING)
		return refuse(in, -EINVAL, _("expected a string"));
	const char *text = json_text(in->json, &length);

	buf_clear(out);
	if (buf_add(out, text, length))
		return refuse(in, -ENOMEM, NULL);
	if (json_text_cut(in->json))
		return refuse_entry(in, _("a string of over 1 MiB"));
	return 0;
}

static int read_excluded(struct import *in)
{
	enum json_event event = json_next(in->json);
	size_t length;

	if (event == JSON_ERROR)
		return refuse_json(in);
	if (event != JSON_STRING)
		return refuse(in, -EINVAL, _("expected a string"));
	const char *text = json_text(in->json, &length);

	if (strcmp(text, "otherfs") == 0 || strcmp(text, "othfs") == 0)
		in->info.excluded = ROW_OTHERFS;
	else
		in->info.excluded = strcmp(text, "kernfs") == 0 ? ROW_KERNFS : ROW_EXCLUDED;
	return 0;
}

static int read_field(struct import *in)
{
	struct info *info = &in->info;
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
		return read_unsigned(in, UINT64_MAX, _("asize is not a whole number of bytes"), &info->apparent_bytes);
	if (IS("dsize"))
		return read_unsigned(in, UINT64_MAX, _("dsize is not a whole number of bytes"), &info->alloc_bytes);
	if (IS("mtime"))
		return read_time(in, &info->has_mtime, &info->mtime_s);
	if (IS("ino"))
		return read_unsigned(in, UINT64_MAX, _("ino is not an inode number"), &info->ino);
	if (IS("hlnkc"))
		return read_flag(in, &info->linked);
	if (IS("nlink"))
		return read_unsigned(in, UINT64_MAX, _("nlink is not a number of links"), &info->nlink);
	if (IS("dev")) {
		info->has_dev = true;
		return read_unsigned(in, UINT64_MAX, _("dev is not a device number"), &info->dev);
	}
	if (IS("read_error"))
		return read_flag(in, &info->read_error);
	if (IS("notreg"))
		return read_flag(in, &info->notreg);
	if (IS("excluded"))
		return read_excluded(in);
	if (IS("uid") || IS("gid")) {
		bool group = key[0] == 'g';

		e = read_unsigned(in, UINT32_MAX, _("not a number of a user or group"), &number);
		if (group)
			info->extended.gid = (uint32_t)number;
		else
			info->extended.uid = (uint32_t)number;
		info->extended.known = true;
		return e;
	}
	if (IS("mode")) {
		e = read_unsigned(in, UINT16_MAX, _("mode is not a file mode"), &number);
		info->extended.mode = (uint16_t)number;
		info->extended.known = info->has_mode = true;
		return e;
	}
#undef IS
	enum json_event event = json_next(in->json);

	return json_skip(in->json, event) ? refuse_json(in) : 0;
}

/* Behind the opening brace: fill `info`. */
static int read_info(struct import *in)
{
	struct buf name = in->info.name;

	buf_clear(&name);
	in->info = (struct info){.name = name};
	for (;;) {
		enum json_event event = json_next(in->json);

		if (event == JSON_OBJECT_END)
			break;
		if (event != JSON_KEY)
			return refuse_json(in);
		int e = read_field(in);

		if (e)
			return e;
	}
	if (!in->info.has_name)
		return refuse(in, -EINVAL, _("an entry without a name"));
	in->items++;
	return 0;
}

/* ---- entries ---- */

static int check_name(struct import *in)
{
	const char *name = in->info.name.data ? in->info.name.data : "";
	size_t length = in->info.name.length;

	if (length == 0)
		return refuse(in, -EINVAL, _("an empty name"));
	if (memchr(name, '\0', length))
		return refuse_entry(in, _("a name with a NUL in it"));
	if (memchr(name, '/', length))
		return refuse_entry(in, _("a name with a slash in it"));
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return refuse_entry(in, _("a name that leads elsewhere"));
	if (length > NAME_LENGTH_MAX)
		return refuse_entry(in, _("a name of over 255 bytes"));
	return 0;
}

static enum node_type type_of(const struct info *info)
{
	if (info->has_mode && (info->extended.mode & S_IFMT)) {
		switch (info->extended.mode & S_IFMT) {
		case S_IFREG: return NODE_REG;
		case S_IFLNK: return NODE_SYMLINK;
		case S_IFDIR: return info->excluded || info->read_error ? NODE_DIR : NODE_REG;
		default: return NODE_SPECIAL;
		}
	}
	if (!info->notreg)
		return NODE_REG;
	return info->apparent_bytes ? NODE_SYMLINK : NODE_SPECIAL; /* a symbolic link is as long as its target */
}

/* What files and directories have in common. */
static struct build_entry entry_of(const struct import *in)
{
	const struct info *info = &in->info;
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
static int add_leaf(struct import *in, enum node_type type, unsigned flags)
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

static int add_file(struct import *in)
{
	const struct info *info = &in->info;
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
static int normalise_root(struct import *in, struct buf *out)
{
	const char *at = in->info.name.data ? in->info.name.data : "", *end = at + in->info.name.length;

	if (at == end)
		return refuse(in, -EINVAL, _("an empty name"));
	if (memchr(at, '\0', in->info.name.length))
		return refuse_entry(in, _("a name with a NUL in it"));
	while (at < end) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t n = (size_t)((slash ? slash : end) - at);

		if ((n == 1 && at[0] == '.') || (n == 2 && at[0] == '.' && at[1] == '.'))
			return refuse_entry(in, _("a name that leads elsewhere"));
		if (n) {
			buf_char(out, '/');
			buf_add(out, at, n);
		}
		at += n + 1;
	}
	if (!out->length)
		buf_char(out, '/');
	return out->failed ? refuse(in, -ENOMEM, NULL) : 0;
}

/* Open the directory that `info` tells of. */
static int enter(struct import *in)
{
	const struct info *info = &in->info;
	struct build_entry entry = entry_of(in);
	unsigned depth = in->build ? build_depth(in->build) : 0;

	if (depth >= IMPORT_DEPTH_MAX)
		return refuse(in, -EINVAL, _("nested over 100,000 levels deep"));
	uint64_t *dev = alloc_grow(in->dev, &in->dev_capacity, depth + 1, sizeof(*dev));

	if (!dev)
		return refuse(in, -ENOMEM, NULL);
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
static int read_dir(struct import *in, enum json_event *event, bool *entered)
{
	enum json_event first = json_next(in->json);

	if (first == JSON_ERROR)
		return refuse_json(in);
	if (first != JSON_OBJECT)
		return refuse(in, -EINVAL, _("a folder that does not begin with an object about itself"));
	int e = read_info(in);

	if (e)
		return e;
	struct info *info = &in->info;

	if (in->build) {
		e = check_name(in);
		if (e)
			return e;
	}
	*event = json_next(in->json);
	if (*event == JSON_ERROR)
		return refuse_json(in);
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
static int read_tree(struct import *in)
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
			e = read_info(in);
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
			return refuse_json(in);
		default:
			return refuse(in, -EINVAL, _("an entry that is neither an object nor an array"));
		}
		if (!e)
			event = json_next(in->json);
	}
	return e;
}

static int read_metadata(struct import *in)
{
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return refuse_json(in);
	if (event != JSON_OBJECT)
		return json_skip(in->json, event) ? refuse_json(in) : 0;
	for (;;) {
		event = json_next(in->json);
		if (event == JSON_OBJECT_END)
			return 0;
		if (event != JSON_KEY)
			return refuse_json(in);
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
				return refuse(in, -ENOMEM, NULL);
		} else if (time && event == JSON_NUMBER) {
			struct json_number number = json_number(in->json);

			if (!number.negative && number.whole <= INT64_MAX)
				in->timestamp = (int64_t)number.whole;
		} else if (json_skip(in->json, event)) {
			return refuse_json(in);
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
static int read_header(struct import *in)
{
	uint64_t major = 0, minor = 0;
	enum json_event event = json_next(in->json);

	if (event == JSON_ERROR)
		return refuse_json(in);
	if (event != JSON_ARRAY)
		return refuse(in, -EINVAL, _("it is JSON, but no export of ncdu or gdu"));
	int e = read_unsigned(in, 10000, _("it is JSON, but no export of ncdu or gdu"), &major);

	if (e)
		return e;
	if (major != 1)
		return refuse(in, -EINVAL, _("it is of another major version of ncdu's format than 1"));
	e = read_unsigned(in, 10000, _("it is JSON, but no export of ncdu or gdu"), &minor);
	if (!e)
		e = read_metadata(in);
	if (e)
		return e;
	in->gdu = in->progname.length >= 3 && memcmp(in->progname.data, "gdu", 3) == 0;
	in->gdu_later_links = in->gdu && version_before(&in->progver, 5, 36);
	event = json_next(in->json);
	if (event == JSON_ERROR)
		return refuse_json(in);
	return event == JSON_ARRAY ? 0 : refuse(in, -EINVAL, _("its top entry is no folder"));
}

/* Later versions may add elements behind the tree. */
static int read_footer(struct import *in)
{
	enum json_event event;

	while ((event = json_next(in->json)) != JSON_END) {
		if (event == JSON_ERROR || json_skip(in->json, event))
			return refuse_json(in);
	}
	return 0;
}

int ncdu_import_watched(int fd, const char *name, const _Atomic bool *cancel, struct ncdu_progress *progress,
                        struct ncdu_import *out, struct err *err)
{
	struct import in = {.name = name, .err = err, .progress = progress};
	int e = -ENOMEM;

	*out = (struct ncdu_import){0};
	in.source = source_create(fd, cancel);
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
	source_destroy(in.source);
	return e;
}

int ncdu_import(int fd, const char *name, const _Atomic bool *cancel, struct ncdu_import *out, struct err *err)
{
	return ncdu_import_watched(fd, name, cancel, NULL, out, err);
}
