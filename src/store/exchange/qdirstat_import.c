/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A cache of QDirStat (its doc/cache-file-format.txt), or of KDirStat: a head, then a line an entry, folders by their
 * whole path before what is in them:
 *
 *   1.0   TYPE PATH SIZE MTIME                    [blocks: N] [links: N]
 *   2.0   TYPE PATH SIZE UID GID MODE MTIME [ALLOCATED |] [unread: WHY] [blocks: N] [links: N]
 *
 * Sizes are the entries' own, with K, M, G, T where that is exact; paths are percent-escaped; MTIME is hexadecimal with
 * 0x or decimal.  Blocks are told of sparse files only: else the size stands for what is allocated.  Links are counted
 * without their inodes: each name gets its part of the size, as QDirStat shows it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "engine/tree/build.h"
#include "store/exchange/import_lines.h"

#define FIELDS_MOST 24

struct cache_reader {
	struct import_lines lines;
	struct build *build;
	struct buf path;           /* of the innermost open folder, tidy, in front of it those above */
	size_t *ends;              /* where each open folder's path ends in it */
	size_t capacity;
	bool owners;               /* version 2: with uid, gid, mode */
	bool skipped;              /* the folder that the lines are of was left out */
};

/* A line taken apart; what is not told is 0. */
struct cache_entry {
	enum node_type type;
	char *path;
	size_t length;
	bool absolute;
	uint64_t size, alloc;
	int64_t mtime_s;
	struct node_extended extended;
	const char *unread;
};

static int refuse(struct cache_reader *in, int error, const char *what)
{
	return import_refuse_line(&in->lines, error, what);
}

/* ---- a line ---- */

static unsigned split(char *line, char *fields[FIELDS_MOST])
{
	unsigned count = 0;

	for (char *at = line; count < FIELDS_MOST;) {
		at += strspn(at, " \t\r\v\f");
		if (!*at)
			break;
		fields[count++] = at;
		at += strcspn(at, " \t\r\v\f");
		if (*at)
			*at++ = '\0';
	}
	return count;
}

static bool read_size(const char *text, uint64_t *out)
{
	static const char units[] = "KMGT";
	char *end;

	errno = 0;
	if (!isdigit((unsigned char)*text))
		return false;
	*out = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;

	if (errno || (*end && (!unit || end[1])))
		return false;
	for (long i = unit ? unit - units + 1 : 0; i > 0; i--)
		if (__builtin_mul_overflow(*out, 1024, out))
			return false;
	return true;
}

static bool read_number(const char *text, int base, uint64_t most, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, base);
	return isxdigit((unsigned char)*text) && !errno && !*end && *out <= most;
}

static bool read_type(const char *word, enum node_type *out)
{
	static const struct {
		const char *word;
		enum node_type type;
	} types[] = {
		{"F", NODE_REG},           {"D", NODE_DIR},           {"L", NODE_SYMLINK},   {"BlockDev", NODE_SPECIAL},
		{"CharDev", NODE_SPECIAL}, {"FIFO", NODE_SPECIAL},    {"Socket", NODE_SPECIAL}, {"B", NODE_SPECIAL},
		{"C", NODE_SPECIAL},       {"P", NODE_SPECIAL},       {"S", NODE_SPECIAL},   {"X", NODE_SPECIAL},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcasecmp(types[i].word, word)) {
			*out = types[i].type;
			return true;
		}
	return false;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

/* %XX in place. */
static size_t unescape(char *path)
{
	size_t out = 0;

	for (size_t at = 0; path[at]; at++) {
		if (path[at] == '%' && hex(path[at + 1]) >= 0 && hex(path[at + 2]) >= 0) {
			path[out++] = (char)(hex(path[at + 1]) * 16 + hex(path[at + 2]));
			at += 2;
		} else {
			path[out++] = path[at];
		}
	}
	return out;
}

/* What follows the four fields, or seven, that are always there. */
static int read_rest(struct cache_reader *in, char *const *fields, unsigned count, struct cache_entry *entry)
{
	uint64_t links = 1, blocks = 0;
	unsigned at = 0;

	if (at < count && read_size(fields[at], &entry->alloc))
		at++;
	if (at < count && !strcmp(fields[at], "|"))
		at++;
	for (; at + 1 < count; at += 2) {
		const char *value = fields[at + 1];
		bool good = true;

		if (!strcasecmp(fields[at], "unread:")) {
			entry->unread = value;
		} else if (!strcasecmp(fields[at], "blocks:")) {
			good = read_number(value, 10, UINT64_MAX, &blocks);
			entry->alloc = figure_of_blocks(blocks);
		} else if (!strcasecmp(fields[at], "links:")) {
			good = read_number(value, 10, UINT32_MAX, &links);
		}
		if (!good)
			return refuse(in, -EINVAL, _("a number that cannot be"));
	}
	if (links > 1) {
		entry->size /= links;
		entry->alloc /= links;
	}
	return 0;
}

static int read_entry(struct cache_reader *in, char *line, struct cache_entry *entry)
{
	char *fields[FIELDS_MOST];
	unsigned count = split(line, fields), time = in->owners && count > 6 && strncmp(fields[3], "0x", 2) ? 6 : 3;
	uint64_t number;

	*entry = (struct cache_entry){0};
	if (count <= time || !read_type(fields[0], &entry->type))
		return refuse(in, -EINVAL, _("a line that is no entry of QDirStat's cache"));
	entry->path = fields[1];
	entry->absolute = *entry->path == '/';
	entry->length = unescape(entry->path);
	if (!read_size(fields[2], &entry->size) || !read_number(fields[time], 0, UINT64_MAX, &number))
		return refuse(in, -EINVAL, _("a number that cannot be"));
	entry->mtime_s = (int64_t)number;
	entry->alloc = entry->size;
	if (time == 6) {
		uint64_t uid, gid, mode;

		if (!read_number(fields[3], 10, UINT32_MAX, &uid) || !read_number(fields[4], 10, UINT32_MAX, &gid) ||
		    !read_number(fields[5], 8, UINT16_MAX, &mode))
			return refuse(in, -EINVAL, _("a number that cannot be"));
		entry->extended = (struct node_extended){(uint32_t)uid, (uint32_t)gid, (uint16_t)mode, true};
	}
	return read_rest(in, fields + time + 1, count - time - 1, entry);
}

/* ---- the tree ---- */

static int leave(struct cache_reader *in)
{
	int rc = build_leave(in->build);
	unsigned depth = build_depth(in->build);

	in->path.length = depth ? in->ends[depth - 1] : 0;
	return rc ? refuse(in, rc, import_build_problem(rc)) : 0;
}

/* Close folders until the innermost one holds the path; *name: what is left of that, one name. */
static int find_parent(struct cache_reader *in, const struct cache_entry *entry, const char **name, size_t *length)
{
	unsigned depth;

	while ((depth = build_depth(in->build)) > 1) {
		size_t n = in->path.length;

		if (entry->length > n && (!n || entry->path[n] == '/') && !memcmp(entry->path, in->path.data, n))
			break;
		int rc = leave(in);

		if (rc)
			return rc;
	}
	size_t n = in->path.length, skip = n ? n + 1 : 0;

	if (entry->length <= skip || (n && (entry->path[n] != '/' || memcmp(entry->path, in->path.data, n))))
		return import_refuse_line_name(&in->lines, _("it is not below the first folder"), entry->path,
		                               entry->length);
	*name = entry->path + skip;
	*length = entry->length - skip;
	if (memchr(*name, '/', *length))
		return import_refuse_line_name(&in->lines, _("its folder is not listed before it"), entry->path,
		                               entry->length);
	return 0;
}

static int remember_path(struct cache_reader *in, const char *name, size_t length)
{
	unsigned depth = build_depth(in->build);

	if (in->path.length)
		buf_char(&in->path, '/');
	if (alloc_room(&in->ends, &in->capacity, depth) || buf_add(&in->path, name, length))
		return refuse(in, -ENOMEM, NULL);
	in->ends[depth - 1] = in->path.length;
	return 0;
}

static struct build_entry build_of(const struct cache_entry *entry, const char *name, size_t length)
{
	int64_t time = node_time(entry->mtime_s, 0);

	return (struct build_entry){
		.name = name,
		.name_length = length,
		.type = entry->type,
		.alloc_bytes = entry->alloc,
		.apparent_bytes = entry->size,
		.mtime_ns = time,
		.mtime_era = node_era(entry->mtime_s, time),
		.nlink = 1,
		.extended = entry->extended,
	};
}

static int plant(struct cache_reader *in, const struct cache_entry *entry)
{
	struct build_entry root = build_of(entry, "", 0);
	struct buf path = {0};
	const char *what;

	if (entry->type != NODE_DIR)
		return refuse(in, -EINVAL, _("its top entry is no folder"));
	what = import_root_path(entry->length ? entry->path : "/", entry->length ? entry->length : 1, &path);
	if (what) {
		buf_free(&path);
		return import_refuse_line_name(&in->lines, what, entry->path, entry->length);
	}
	if (entry->unread)
		root.dir_flags |= DIR_READ_ERROR;
	in->build = path.failed ? NULL : build_create(path.data, &root);
	buf_free(&path);
	return in->build ? remember_path(in, entry->path, entry->length) : refuse(in, -ENOMEM, NULL);
}

static unsigned leaf_flag(const char *unread)
{
	if (!strcasecmp(unread, "excluded"))
		return ROW_EXCLUDED;
	return strcasecmp(unread, "mountpoint") ? 0 : ROW_OTHERFS;
}

static int add_dir(struct cache_reader *in, const struct cache_entry *entry, const char *name, size_t length)
{
	struct build_entry dir = build_of(entry, name, length);

	if (entry->unread && leaf_flag(entry->unread)) {
		struct build_entry leaf = {.name = name,
		                           .name_length = length,
		                           .type = NODE_DIR,
		                           .flags = leaf_flag(entry->unread),
		                           .nlink = 1};
		int rc = build_file(in->build, &leaf);

		in->skipped = true;
		return rc ? refuse(in, rc, import_build_problem(rc)) : 0;
	}
	if (entry->unread)
		dir.dir_flags |= DIR_READ_ERROR;
	if (build_depth(in->build) >= IMPORT_DEPTH_MAX)
		return refuse(in, -EINVAL, _("nested over 100,000 levels deep"));
	int rc = build_enter(in->build, &dir);

	return rc ? refuse(in, rc, import_build_problem(rc)) : remember_path(in, name, length);
}

static int add_entry(struct cache_reader *in, struct cache_entry *entry)
{
	const char *name = entry->path, *what;
	size_t length = entry->length;
	int rc = 0;

	if (memchr(entry->path, '\0', entry->length))
		return refuse(in, -EINVAL, _("a name with a NUL in it"));
	if (entry->absolute || entry->type == NODE_DIR)
		length = entry->length = import_tidy_path(entry->path, entry->length);
	if (!in->build)
		return plant(in, entry);
	if (entry->absolute) {
		in->skipped = false;
		rc = find_parent(in, entry, &name, &length);
	} else if (entry->type == NODE_DIR) {
		return import_refuse_line_name(&in->lines, _("a folder without its whole path"), name, length);
	} else if (in->skipped) {
		return import_refuse_line_name(&in->lines, _("an entry of a folder that was left out"), name, length);
	}
	if (rc)
		return rc;
	what = import_bad_name(name, length);
	if (what)
		return length ? import_refuse_line_name(&in->lines, what, name, length) : refuse(in, -EINVAL, what);
	in->lines.source->items++;
	if (entry->type == NODE_DIR)
		return add_dir(in, entry, name, length);
	struct build_entry file = build_of(entry, name, length);

	rc = build_file(in->build, &file);
	return rc ? refuse(in, rc, import_build_problem(rc)) : 0;
}

/* "[qdirstat 2.0 cache file]" */
static int read_head(struct cache_reader *in, struct import *out)
{
	char *line, program[16], *version;
	size_t length;
	int rc = import_line(&in->lines, &line, &length);

	if (rc < 0)
		return rc;
	snprintf(program, sizeof(program), "%.8s", line + 1);
	version = length > 10 ? line + 10 : line + length;
	in->owners = atoi(version) >= 2;
	snprintf(out->program, sizeof(out->program), "%s", program);
	return strstr(version, " cache file]") ? 0 : refuse(in, -EINVAL, _("a head that is not QDirStat's"));
}

int import_qdirstat(struct import_source *source, struct import *out)
{
	struct cache_reader in = {.lines = {.source = source}};
	struct cache_entry entry;
	char *line;
	size_t length;
	int rc = read_head(&in, out);

	while (!rc && (rc = import_line(&in.lines, &line, &length)) > 0) {
		size_t blank = strspn(line, " \t\r\v\f");

		rc = 0;
		if (strlen(line) != length)
			rc = refuse(&in, -EINVAL, _("a name with a NUL in it"));
		else if (line[blank] && line[blank] != '#')
			rc = read_entry(&in, line, &entry);
		if (!rc && line[blank] && line[blank] != '#')
			rc = add_entry(&in, &entry);
	}
	if (!rc && !in.build)
		rc = refuse(&in, -EINVAL, _("it has no entries"));
	if (!rc) {
		out->tree = build_finish(in.build);
		in.build = NULL;
		if (!out->tree) {
			rc = errno ? -errno : -ENOMEM;
			refuse(&in, rc, import_build_problem(rc));
		}
	}
	build_destroy(in.build);
	buf_free(&in.lines.text);
	buf_free(&in.path);
	free(in.ends);
	return rc;
}
