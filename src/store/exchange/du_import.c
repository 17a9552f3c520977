/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * What du prints: `SIZE TAB PATH`, or with --time `SIZE TAB TIME TAB PATH`, a line each, or with -0 ended by a NUL.  A
 * folder's size is that of all below it, each inode once.  So what a folder is itself is what is left of its size when
 * those of its entries are taken off: with -a its inode, without also its files.
 *
 * Lines come in any order (`du | sort -n`), so all are kept, and sorted by their paths.  What lies above them all is
 * the root; where du did not print it, it is made up, as are folders in between (`du -t`).
 *
 * du does not say what is a folder.  What has entries is one; of the others lists_files() says whether they are files.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "engine/tree/build.h"
#include "store/exchange/import_lines.h"

#define DU_UNIT 1024 /* as du prints when it is not told otherwise */

struct du_line {
	size_t path, length;       /* in `paths`, tidy */
	uint64_t bytes;
	int64_t mtime_s;
	uint64_t number;           /* of the line */
	uint64_t below;            /* sizes of the entries right below it */
	uint32_t entries;
};

struct du_reader {
	struct import_lines lines;
	struct buf paths;
	struct du_line *items;
	size_t count, capacity;
	uint64_t unit;
	bool elsewhere;            /* on another machine */
	bool times;                /* a column of them */
	bool absolute;
	bool files;                /* what has no entries is a file */
	struct build *build;
	struct buf path;           /* of the innermost open folder, as in `paths` */
};

static int refuse(struct du_reader *in, int error, const char *what)
{
	return import_refuse_line(&in->lines, error, what);
}

/* About a line that was read before. */
static int refuse_item(struct du_reader *in, const struct du_line *item, const char *what)
{
	in->lines.number = item->number;
	return import_refuse_line_name(&in->lines, what, in->paths.data + item->path, item->length);
}

/* ---- lines ---- */

/* "2026-11-30", also with " 15:04" or " 15:04:05.123 +0100", or seconds; local time where no zone is told. */
static bool read_time(const char *text, int64_t *out)
{
	static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%s"};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *rest = strptime(text, forms[i], &tm);
		int hours, minutes;
		char sign;

		if (!rest)
			continue;
		if (*rest == '.')
			rest += 1 + strspn(rest + 1, "0123456789");
		if (sscanf(rest, " %c%2d%2d", &sign, &hours, &minutes) == 3 && (sign == '+' || sign == '-')) {
			int away = (hours * 60 + minutes) * 60;

			*out = (int64_t)timegm(&tm) - (sign == '-' ? -away : away);
			return true;
		}
		*out = (int64_t)mktime(&tm);
		return !*rest;
	}
	return false;
}

/* The path behind it, NULL where it is missing.  The first line says whether there are times. */
static char *take_time(struct du_reader *in, char *path, int64_t *out)
{
	char *tab = strchr(path, '\t');

	*out = 0;
	if (!in->times && (!tab || in->count))
		return path;
	if (!tab)
		return NULL;
	*tab = '\0';
	if (read_time(path, out)) {
		in->times = true;
		return tab + 1;
	}
	*tab = '\t';
	return in->times ? NULL : path;
}

static int read_line(struct du_reader *in, char *line)
{
	struct du_line item = {.number = in->lines.number};
	char *end = line;

	if (alloc_room(&in->items, &in->capacity, in->count + 1))
		return refuse(in, -ENOMEM, NULL);
	errno = 0;
	if (isdigit((unsigned char)*line))
		item.bytes = strtoull(line, &end, 10);
	if (end == line || (*end && *end != '\t' && !strchr(".KMGTPEkB", *end)) || !strchr(end, '\t'))
		return refuse(in, -EINVAL, _("a line that is no size and path (names with a line feed need du -0)"));
	if (*end != '\t')
		return refuse(in, -EINVAL,
		              _("its sizes are rounded: write them with `du -k`, or with `du -B1` and read them with"
		                " --du-unit 1"));
	if (errno || __builtin_mul_overflow(item.bytes, in->unit, &item.bytes))
		return refuse(in, -EINVAL, _("a size that cannot be"));
	char *path = take_time(in, end + 1, &item.mtime_s);

	if (!path)
		return refuse(in, -EINVAL, _("a line without a time, which others have"));
	bool absolute = *path == '/';

	if (in->count && absolute != in->absolute && strcmp(path, "total"))
		return refuse(in, -EINVAL, _("absolute paths and relative ones: nobody knows where they meet"));
	if (!in->count)
		in->absolute = absolute;
	if (!absolute && in->elsewhere && strcmp(path, "total"))
		return refuse(in, -EINVAL,
		              _("relative paths, and nobody knows of which folder on that machine: write them with"
		                " `du /FOLDER`"));
	item.length = import_tidy_path(path, strlen(path));
	item.path = in->paths.length;
	if (buf_add(&in->paths, path, item.length))
		return refuse(in, -ENOMEM, NULL);
	in->items[in->count++] = item;
	in->lines.source->items++;
	return 0;
}

/* ---- order ---- */

/* A folder before what is in it, that before its neighbours: a slash is less than any other byte. */
static int compare_paths(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t n = a_length < b_length ? a_length : b_length;

	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i]) {
			unsigned x = a[i] == '/' ? 0 : (unsigned char)a[i], y = b[i] == '/' ? 0 : (unsigned char)b[i];

			return x < y ? -1 : 1;
		}
	return a_length < b_length ? -1 : a_length > b_length;
}

static int by_path(const void *left, const void *right, void *paths)
{
	const struct du_line *a = left, *b = right;
	const char *text = paths;

	return compare_paths(text + a->path, a->length, text + b->path, b->length);
}

static bool lies_below(const char *path, size_t length, const char *folder, size_t folder_length)
{
	return length > folder_length && (!folder_length || path[folder_length] == '/') &&
	       !memcmp(path, folder, folder_length);
}

/* Of each folder, what right below it was listed.  `open`: numbers of the lines above the one at hand. */
static int add_up(struct du_reader *in)
{
	const char *text = in->paths.data;
	size_t *open = NULL, depth = 0, capacity = 0;

	for (size_t i = 0; i < in->count; i++) {
		struct du_line *item = &in->items[i];

		if (alloc_room(&open, &capacity, depth + 1)) {
			free(open);
			return refuse(in, -ENOMEM, NULL);
		}
		while (depth && !lies_below(text + item->path, item->length, text + in->items[open[depth - 1]].path,
		                            in->items[open[depth - 1]].length))
			depth--;
		if (depth) {
			struct du_line *folder = &in->items[open[depth - 1]];

			folder->below = figure_sum(folder->below, item->bytes);
			folder->entries++;
		}
		open[depth++] = i;
	}
	free(open);
	return 0;
}

/* `du -c` ends with the sum of its arguments, which looks like an entry. */
static void drop_total(struct du_reader *in)
{
	const char *text = in->paths.data;
	struct du_line *last = NULL;
	uint64_t sum = 0;
	size_t top = SIZE_MAX;

	for (size_t i = 0; i < in->count; i++) {
		struct du_line *item = &in->items[i];

		if (!last || item->number > last->number)
			last = item;
		if (top != SIZE_MAX && lies_below(text + item->path, item->length, text + in->items[top].path,
		                                  in->items[top].length))
			continue;
		top = i;
		sum = figure_sum(sum, item->bytes);
	}
	if (in->count < 2 || last->length != 5 || memcmp(text + last->path, "total", 5) || last->entries ||
	    sum - last->bytes != last->bytes)
		return;
	size_t at = (size_t)(last - in->items);

	memmove(last, last + 1, (in->count - at - 1) * sizeof(*last));
	in->count--;
}

/* How much the sizes of a folder and its entries may differ by, being rounded up to the unit each. */
static uint64_t rounding(const struct du_reader *in, const struct du_line *folder)
{
	return (folder->entries + 1) * in->unit;
}

static bool has_extension(const char *path, size_t length)
{
	size_t n = 0;

	while (n < length && n < 6 && isalnum((unsigned char)path[length - 1 - n]))
		n++;
	return n && n < 6 && n + 1 < length && path[length - 1 - n] == '.' && path[length - 2 - n] != '/';
}

/*
 * Are files listed (-a), or folders only?  Where folders have much that is not listed, files are not.  Else all that
 * there is is listed, files among it, if there are any: when something is no larger than a folder without anything in
 * it, or most have names like files.
 */
static bool lists_files(const struct du_reader *in)
{
	uint64_t least_own = UINT64_MAX, least_leaf = UINT64_MAX;
	size_t folders = 0, rests = 0, leaves = 0, extensions = 0;

	for (size_t i = 0; i < in->count; i++) {
		const struct du_line *item = &in->items[i];

		if (!item->entries) {
			leaves++;
			extensions += has_extension(in->paths.data + item->path, item->length);
			if (item->bytes < least_leaf)
				least_leaf = item->bytes;
			continue;
		}
		uint64_t own = item->bytes > item->below ? item->bytes - item->below : 0;

		folders++;
		/* an empty folder, and its names */
		rests += own > 4096 + 300 * (uint64_t)item->entries + rounding(in, item);
		if (own < least_own)
			least_own = own;
	}
	return folders && leaves && rests * 20 <= folders && (least_leaf <= least_own || extensions * 2 > leaves);
}

/* ---- the tree ---- */

static int leave(struct du_reader *in)
{
	int rc = build_leave(in->build);

	return rc ? refuse(in, rc, import_build_problem(rc)) : 0;
}

/* Cut the last component off. */
static void shorten(struct buf *path)
{
	while (path->length && path->data[path->length - 1] != '/')
		path->length--;
	if (path->length)
		path->length--;
}

static int enter(struct du_reader *in, struct build_entry *entry, const struct du_line *item)
{
	entry->type = NODE_DIR;
	entry->nlink = 1;
	if (build_depth(in->build) >= IMPORT_DEPTH_MAX)
		return refuse_item(in, item, _("nested over 100,000 levels deep"));
	int rc = build_enter(in->build, entry);

	if (in->path.length)
		buf_char(&in->path, '/');
	if (!rc)
		rc = buf_add(&in->path, entry->name, entry->name_length);
	return rc ? refuse(in, rc, import_build_problem(rc)) : 0;
}

/* What a line's folder takes itself; of a file all. */
static int own_bytes(struct du_reader *in, const struct du_line *item, uint64_t *out)
{
	*out = item->bytes > item->below ? item->bytes - item->below : 0;
	if (item->below <= item->bytes || item->below - item->bytes <= rounding(in, item))
		return 0;
	return refuse_item(in, item, _("a folder that is smaller than what is in it"));
}

static int add_item(struct du_reader *in, const struct du_line *item, size_t root_length)
{
	const char *path = in->paths.data + item->path, *end = path + item->length;
	struct build_entry entry = {.nlink = 1, .type = in->files ? NODE_REG : NODE_DIR};
	int rc = own_bytes(in, item, &entry.alloc_bytes);

	while (!rc && in->path.length > root_length &&
	       !lies_below(path, item->length, in->path.data, in->path.length)) {
		rc = leave(in);
		shorten(&in->path);
	}
	/* Folders in between that were not listed are made up. */
	for (const char *at = path + in->path.length + (in->path.length > 0); !rc && at <= end;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t length = (size_t)((slash ? slash : end) - at);
		const char *what = import_bad_name(at, length);
		struct build_entry between = {.name = at, .name_length = length};

		if (what)
			return refuse_item(in, item, what);
		if (slash) {
			rc = enter(in, &between, item);
			at = slash + 1;
			continue;
		}
		entry.name = at;
		entry.name_length = length;
		break;
	}
	if (rc)
		return rc;
	entry.apparent_bytes = entry.alloc_bytes;
	entry.mtime_ns = node_time(item->mtime_s, 0);
	entry.mtime_era = node_era(item->mtime_s, entry.mtime_ns);
	if (item->entries)
		return enter(in, &entry, item);
	rc = build_file(in->build, &entry);
	return rc ? refuse(in, rc, import_build_problem(rc)) : 0;
}

/* How much all paths have in common, in whole components. */
static size_t common_length(const struct du_reader *in)
{
	const struct du_line *first = &in->items[0], *last = &in->items[in->count - 1];
	const char *a = in->paths.data + first->path, *b = in->paths.data + last->path;
	size_t n = 0;

	/* Between the first and the last of sorted paths no other can differ earlier. */
	while (n < first->length && n < last->length && a[n] == b[n])
		n++;
	if ((n == first->length || a[n] == '/') && (n == last->length || b[n] == '/'))
		return n;
	while (n && a[n - 1] != '/')
		n--;
	return n ? n - 1 : 0;
}

/* Relative paths are of the folder that one is in. */
static int root_path(struct du_reader *in, size_t length, struct buf *out)
{
	struct buf path = {0};

	if (!in->absolute) {
		char *here = getcwd(NULL, 0);

		if (here)
			buf_str(&path, here);
		free(here);
	}
	buf_char(&path, '/');
	buf_add(&path, in->paths.data + in->items[0].path, length);
	/* ".." leads up; whatever else there is import_root_path() takes. */
	for (const char *at = path.data; !path.failed && *at;) {
		size_t n = strcspn(at, "/");

		if (n == 2 && at[0] == '.' && at[1] == '.') {
			shorten(out);
		} else if (n) {
			buf_char(out, '/');
			buf_add(out, at, n);
		}
		at += n + (at[n] == '/');
	}
	if (!out->length)
		buf_char(out, '/');
	int rc = path.failed || out->failed ? -ENOMEM : 0;

	buf_free(&path);
	return rc;
}

static int make_tree(struct du_reader *in)
{
	size_t common = common_length(in), from = in->items[0].length == common;
	struct build_entry root = {.name = "", .type = NODE_DIR, .nlink = 1};
	struct buf path = {0};
	int rc = from ? own_bytes(in, &in->items[0], &root.alloc_bytes) : 0;

	root.apparent_bytes = root.alloc_bytes;
	if (!rc && from) {
		root.mtime_ns = node_time(in->items[0].mtime_s, 0);
		root.mtime_era = node_era(in->items[0].mtime_s, root.mtime_ns);
	}
	if (!rc && root_path(in, common, &path))
		rc = refuse(in, -ENOMEM, NULL);
	if (!rc) {
		/* Terminated where it ends, whatever was cut off. */
		path.data[path.length] = '\0';
		in->build = build_create(path.data, &root);
		if (!in->build)
			rc = refuse(in, errno ? -errno : -ENOMEM, strerror(errno));
	}
	if (!rc && buf_add(&in->path, in->paths.data + in->items[0].path, common))
		rc = refuse(in, -ENOMEM, NULL);
	for (size_t i = from; !rc && i < in->count; i++)
		rc = add_item(in, &in->items[i], common);
	buf_free(&path);
	return rc;
}

static int check_twice(struct du_reader *in)
{
	for (size_t i = 1; i < in->count; i++)
		if (!by_path(&in->items[i - 1], &in->items[i], in->paths.data))
			return refuse_item(in, &in->items[i], _("a path that is listed twice"));
	return 0;
}

int import_du(struct import_source *source, struct import *out)
{
	const struct import_options *options = source->options;
	struct du_reader in = {.lines = {.source = source},
	                       .unit = options && options->du_unit ? options->du_unit : DU_UNIT,
	                       .elsewhere = options && options->elsewhere};
	char *line;
	size_t length;
	int rc;

	buf_char(&in.paths, '/'); /* so that there is something, whatever the paths are */
	while ((rc = import_line(&in.lines, &line, &length)) > 0 && !(rc = read_line(&in, line)))
		;
	if (!rc) {
		qsort_r(in.items, in.count, sizeof(*in.items), by_path, in.paths.data);
		rc = check_twice(&in);
	}
	if (!rc)
		rc = add_up(&in);
	if (!rc) {
		drop_total(&in);
		in.files = lists_files(&in);
		rc = make_tree(&in);
	}
	if (!rc) {
		out->tree = build_finish(in.build);
		in.build = NULL;
		strcpy(out->program, "du");
		if (!out->tree) {
			rc = errno ? -errno : -ENOMEM;
			refuse(&in, rc, import_build_problem(rc));
		}
	}
	build_destroy(in.build);
	buf_free(&in.lines.text);
	buf_free(&in.paths);
	buf_free(&in.path);
	free(in.items);
	return rc;
}
