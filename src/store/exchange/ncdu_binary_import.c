/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * ncdu's binary format (ncdu_binary.h), from the root's item downwards.  A directory leads to its last entry, each
 * entry to the one before.  Nothing recurses: values may be nested, and folders are, deeper than any stack.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "store/exchange/import_source.h"
#include "store/exchange/ncdu_binary.h"
#include "store/exchange/ncdu_blocks.h"
#include "store/exchange/ncdu_entry.h"

struct binary_reader {
	struct import_source *source;
	struct ncdu_blocks *blocks;
	struct ncdu_entries entries;
	uint64_t *next; /* of each open directory, the entry that follows */
	size_t next_capacity;
	const char *what;

	/* the item at hand */
	uint64_t ref;
	const unsigned char *at, *end;
	struct ncdu_info info;
	uint64_t prev, sub;
	bool leaf; /* excluded, or could not be examined */
	int64_t timestamp;
	struct buf program;
};

/* Entries are checked more often than anybody waits. */
#define CANCEL_EVERY 1024

static int refuse(struct binary_reader *in, int error)
{
	char where[80];

	snprintf(where, sizeof(where), _("block %" PRIu64 ", byte %" PRIu64), in->ref >> 24,
	         in->ref & BINARY_BLOCK_MOST);
	if (error == -E2BIG)
		return import_refuse(in->source, -EINVAL, _("nested over 100,000 levels deep"), where);
	return import_refuse(in->source, error, in->what ? in->what : strerror(-error), where);
}

static int refuse_entry(struct binary_reader *in, int error)
{
	char where[80];

	in->what = in->entries.what;
	if (error != -EINVAL || !in->info.name.length)
		return refuse(in, error);
	snprintf(where, sizeof(where), _("block %" PRIu64 ", byte %" PRIu64), in->ref >> 24,
	         in->ref & BINARY_BLOCK_MOST);
	return import_refuse_name(in->source, error, in->what, in->info.name.data, in->info.name.length, where);
}

/* ---- values ---- */

static int malformed(struct binary_reader *in, const char *what)
{
	in->what = what;
	return -EINVAL;
}

/* Tags say nothing here. */
static int next_head(struct binary_reader *in, struct cbor_head *out)
{
	do {
		if (in->at == in->end)
			return malformed(in, _("an entry that goes on behind its block"));
		unsigned first = *in->at++, low = first & 31, bytes = low < 24 || low > 27 ? 0 : 1u << (low - 24);

		*out = (struct cbor_head){.major = (enum cbor_major)(first >> 5), .argument = low, .open = low == 31};
		if ((low > 27 && low < 31) || (out->open && (out->major <= CBOR_NEGATIVE || out->major == CBOR_TAG)))
			return malformed(in, _("a value that is no CBOR"));
		if ((size_t)(in->end - in->at) < bytes)
			return malformed(in, _("an entry that goes on behind its block"));
		if (bytes)
			out->argument = binary_get(in->at, bytes);
		in->at += bytes;
	} while (out->major == CBOR_TAG);
	return 0;
}

static int take_bytes(struct binary_reader *in, const struct cbor_head *head, const char **out, size_t *length)
{
	if ((head->major != CBOR_BYTES && head->major != CBOR_TEXT) || head->open)
		return malformed(in, _("a name that is no string"));
	if (head->argument > (uint64_t)(in->end - in->at))
		return malformed(in, _("an entry that goes on behind its block"));
	*out = (const char *)in->at;
	*length = (size_t)head->argument;
	in->at += head->argument;
	return 0;
}

/*
 * Pass over a value.  What is nested is counted, not entered: `pending` values are still to come, of which those in
 * arrays and maps without an end of their own are one each until it comes.
 */
static int skip(struct binary_reader *in, struct cbor_head head)
{
	enum { NESTED_MOST = 64 };
	uint64_t pending[NESTED_MOST];
	unsigned depth = 0;

	for (;;) {
		bool nests = false;
		uint64_t inside = 0;
		int rc = 0;

		if (head.major == CBOR_SIMPLE && head.open) { /* the end of one that was open */
			if (!depth || pending[depth - 1] != UINT64_MAX)
				return malformed(in, _("a value that is no CBOR"));
			depth--;
		} else if (head.open) {
			nests = true;
			inside = UINT64_MAX;
		} else if (head.major == CBOR_BYTES || head.major == CBOR_TEXT) {
			const char *bytes;
			size_t length;

			rc = take_bytes(in, &head, &bytes, &length);
		} else if (head.major == CBOR_ARRAY || head.major == CBOR_MAP) {
			if (head.argument > BINARY_BLOCK_MOST)
				return malformed(in, _("an entry that goes on behind its block"));
			inside = head.argument << (head.major == CBOR_MAP);
			nests = inside > 0;
		}
		if (rc)
			return rc;
		if (nests) {
			if (depth == NESTED_MOST)
				return malformed(in, _("a value nested too deep"));
			pending[depth++] = inside;
		} else {
			/* One value less in what holds it; what is then full is a value of what holds that. */
			while (depth && pending[depth - 1] != UINT64_MAX && --pending[depth - 1] == 0)
				depth--;
		}
		if (!depth)
			return 0;
		rc = next_head(in, &head);
		if (rc)
			return rc;
	}
}

/* ---- items ---- */

static int take_unsigned(struct binary_reader *in, const struct cbor_head *head, uint64_t most, uint64_t *out)
{
	if (head->major != CBOR_UNSIGNED || head->argument > most)
		return malformed(in, _("a number that cannot be"));
	*out = head->argument;
	return 0;
}

static int take_time(struct binary_reader *in, const struct cbor_head *head, int64_t *out)
{
	uint64_t magnitude = head->argument > INT64_MAX ? INT64_MAX : head->argument;

	if (head->major > CBOR_NEGATIVE)
		return malformed(in, _("a number that cannot be"));
	*out = head->major == CBOR_NEGATIVE ? -1 - (int64_t)magnitude : (int64_t)magnitude;
	return 0;
}

/* Relative ones lie before the item, in the same block. */
static int take_ref(struct binary_reader *in, const struct cbor_head *head, uint64_t *out)
{
	if (head->major == CBOR_NEGATIVE && head->argument < (in->ref & BINARY_BLOCK_MOST)) {
		*out = in->ref - 1 - head->argument;
		return 0;
	}
	return head->major == CBOR_UNSIGNED ? take_unsigned(in, head, BINARY_NO_ITEM - 1, out)
	                                    : malformed(in, _("a reference that leads nowhere"));
}

static int take_type(struct binary_reader *in, const struct cbor_head *head)
{
	struct ncdu_info *info = &in->info;

	if (head->major > CBOR_NEGATIVE)
		return malformed(in, _("an entry of no type"));
	if (head->major == CBOR_UNSIGNED) {
		info->is_dir = head->argument == BINARY_DIR;
		info->linked = head->argument == BINARY_LINK;
		info->notreg = !info->is_dir && !info->linked && head->argument != BINARY_REG;
		return 0;
	}
	in->leaf = true;
	/* n stands for -1 - n; those that are not known are like a pattern. */
	info->read_error = head->argument == -1 - BINARY_ERROR;
	info->excluded = info->read_error                      ? 0u
	               : head->argument == -1 - BINARY_OTHERFS ? ROW_OTHERFS
	               : head->argument == -1 - BINARY_KERNFS  ? ROW_KERNFS
	                                                       : ROW_EXCLUDED;
	info->is_dir = info->excluded == ROW_OTHERFS || info->excluded == ROW_KERNFS;
	return 0;
}

/* Which key is it?  KEY_COUNT: none that says something here; it has been passed over. */
static int take_key(struct binary_reader *in, const struct cbor_head *head, enum binary_key *key)
{
	*key = KEY_COUNT;
	if (head->major == CBOR_UNSIGNED && head->argument <= KEY_MTIME)
		*key = (enum binary_key)head->argument;
	if (head->major != CBOR_TEXT || head->open)
		return *key == KEY_COUNT ? skip(in, *head) : 0;
	const char *text = NULL;
	size_t length = 0;
	int rc = take_bytes(in, head, &text, &length);

	for (unsigned i = 0; !rc && i < KEY_COUNT - KEY_OWN_DIR; i++)
		if (strlen(binary_own_keys[i]) == length && !memcmp(binary_own_keys[i], text, length))
			*key = KEY_OWN_DIR + i;
	return rc;
}

static int take_text(struct binary_reader *in, const struct cbor_head *head, struct buf *out)
{
	const char *bytes = NULL;
	size_t length = 0;
	int rc = take_bytes(in, head, &bytes, &length);

	buf_clear(out);
	return rc ? rc : buf_add(out, bytes, length);
}

static int take_field(struct binary_reader *in, enum binary_key key, const struct cbor_head *head)
{
	struct ncdu_info *info = &in->info;
	uint64_t number = 0;
	int rc;

	switch (key) {
	case KEY_TYPE: return take_type(in, head);
	case KEY_NAME: return take_text(in, head, &info->name);
	case KEY_PREV: return take_ref(in, head, &in->prev);
	case KEY_SUB: return take_ref(in, head, &in->sub);
	case KEY_ASIZE: return take_unsigned(in, head, UINT64_MAX, &info->apparent_bytes);
	case KEY_DSIZE: return take_unsigned(in, head, UINT64_MAX, &info->alloc_bytes);
	case KEY_DEV: info->has_dev = true; return take_unsigned(in, head, UINT64_MAX, &info->dev);
	case KEY_INO: return take_unsigned(in, head, UINT64_MAX, &info->ino);
	case KEY_NLINK: return take_unsigned(in, head, UINT64_MAX, &info->nlink);
	case KEY_UID:
	case KEY_GID:
	case KEY_MODE:
		rc = take_unsigned(in, head, key == KEY_MODE ? UINT16_MAX : UINT32_MAX, &number);
		info->extended.known = true;
		if (key == KEY_UID)
			info->extended.uid = (uint32_t)number;
		else if (key == KEY_GID)
			info->extended.gid = (uint32_t)number;
		else
			info->extended.mode = (uint16_t)number;
		info->has_mode |= key == KEY_MODE;
		return rc;
	case KEY_MTIME:
	case KEY_OWN_MTIME: info->has_mtime = true; return take_time(in, head, &info->mtime_s);
	case KEY_OWN_TIMESTAMP: return take_time(in, head, &in->timestamp);
	case KEY_OWN_PROGRAM: return take_text(in, head, &in->program);
	case KEY_RDERR: /* false: of something below */
		info->read_error |= head->major == CBOR_SIMPLE && head->argument == CBOR_TRUE;
		break;
	case KEY_OWN_DIR: info->is_dir |= head->major == CBOR_SIMPLE && head->argument == CBOR_TRUE; break;
	default: break;
	}
	return skip(in, *head);
}

static int read_fields(struct binary_reader *in)
{
	struct cbor_head head;
	bool typed = false;
	int rc = next_head(in, &head);

	if (!rc && head.major != CBOR_MAP)
		rc = malformed(in, _("an entry that is no map"));
	for (uint64_t left = head.open ? UINT64_MAX : head.argument; !rc && left; left--) {
		struct cbor_head value;
		enum binary_key key = 0;

		rc = next_head(in, &value);
		if (!rc && value.major == CBOR_SIMPLE && value.open) {
			if (head.open)
				break;
			rc = malformed(in, _("a value that is no CBOR"));
		}
		if (!rc)
			rc = take_key(in, &value, &key);
		if (!rc)
			rc = next_head(in, &value);
		if (!rc && value.major == CBOR_SIMPLE && value.open)
			rc = malformed(in, _("a value that is no CBOR"));
		if (!rc)
			rc = take_field(in, key, &value);
		typed |= !rc && key == KEY_TYPE;
	}
	return !rc && !typed ? malformed(in, _("an entry of no type")) : rc;
}

static int read_item(struct binary_reader *in, uint64_t ref)
{
	struct buf name = in->info.name;
	size_t left = 0;

	buf_clear(&name);
	in->info = (struct ncdu_info){.name = name};
	in->prev = in->sub = BINARY_NO_ITEM;
	in->leaf = false;
	in->ref = ref;
	if (++in->source->items % CANCEL_EVERY == 0) {
		if (import_cancelled(in->source))
			return refuse(in, -ECANCELED);
		if (in->source->progress) {
			atomic_store_explicit(&in->source->progress->items, in->source->items, memory_order_relaxed);
			atomic_store_explicit(&in->source->progress->bytes, ncdu_blocks_read(in->blocks),
			                      memory_order_relaxed);
		}
	}
	int rc = ncdu_blocks_item(in->blocks, ref, &in->at, &left, &in->what);

	if (rc)
		return refuse(in, rc);
	in->end = in->at + left;
	rc = read_fields(in);
	return rc ? refuse(in, rc) : 0;
}

/* ---- the tree ---- */

static int enter(struct binary_reader *in)
{
	unsigned depth = in->entries.build ? build_depth(in->entries.build) : 0;

	if (alloc_room(&in->next, &in->next_capacity, depth + 1))
		return refuse(in, -ENOMEM);
	in->next[depth] = in->sub;
	int rc = ncdu_entry_enter(&in->entries, &in->info);

	return rc ? refuse_entry(in, rc) : 0;
}

static int add(struct binary_reader *in)
{
	int rc = ncdu_entry_check(&in->entries, &in->info);

	if (rc)
		return refuse_entry(in, rc);
	if (in->info.is_dir && !in->leaf)
		return enter(in);
	rc = ncdu_entry_add(&in->entries, &in->info);
	return rc ? refuse_entry(in, rc) : 0;
}

static int read_tree(struct binary_reader *in)
{
	int rc = read_item(in, ncdu_blocks_root(in->blocks));

	if (rc)
		return rc;
	if (!in->info.is_dir || in->leaf) {
		in->what = _("its top entry is no folder");
		return refuse(in, -EINVAL);
	}
	rc = enter(in);
	for (unsigned depth; !rc && (depth = build_depth(in->entries.build)) > 0;) {
		uint64_t ref = in->next[depth - 1];

		if (ref == BINARY_NO_ITEM) {
			rc = ncdu_entry_leave(&in->entries);
			if (rc)
				rc = refuse_entry(in, rc);
			continue;
		}
		rc = read_item(in, ref);
		in->next[depth - 1] = in->prev;
		if (!rc)
			rc = add(in);
	}
	return rc;
}

/* ---- the file ---- */

static int no_spool(struct import_source *source, const char *folder, int error)
{
	struct buf text = {0};

	buf_printf(&text,
	           _("it does not come from a file, so it has to be kept in one: %s: %s (set TMPDIR to a folder"
	             " with room)"),
	           folder, strerror(-error));
	error = import_refuse(source, text.failed ? -ENOMEM : error, text.data, NULL);
	buf_free(&text);
	return error;
}

/* Not every file system has files without a name. */
static int open_spool(const char *folder, int *out)
{
	struct buf name = {0};
	int rc = 0;

	*out = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*out >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -errno;
	if (buf_printf(&name, "%s/disktracker-XXXXXX", folder))
		rc = -ENOMEM;
	else if ((*out = mkostemp(name.data, O_CLOEXEC)) < 0)
		rc = -errno;
	else
		unlink(name.data);
	buf_free(&name);
	return rc;
}

/* What comes from a pipe, or is compressed as a whole, is read in no order only when it lies in a file. */
static int spool(struct import_source *source, int *out)
{
	const char *folder = getenv("TMPDIR");
	struct buf safe = {0};
	char chunk[65536];
	ssize_t n;
	int rc = 0;

	if (!folder || !*folder)
		folder = "/tmp";
	rc = open_spool(folder, out);
	text_safe(&safe, folder, strlen(folder), false);
	folder = safe.data ? safe.data : "?";
	if (rc)
		rc = no_spool(source, folder, rc);
	while (!rc && (n = import_bytes(source, chunk, sizeof(chunk))) != 0) {
		if (n < 0) {
			rc = n == -ENODATA || n == -EBADMSG ? -EINVAL : (int)n;
			rc = import_refuse(source, rc, import_problem(source, (int)n), NULL);
		}
		for (ssize_t at = 0; !rc && at < n;) {
			ssize_t written = write(*out, chunk + at, (size_t)(n - at));

			if (written < 0 && errno != EINTR)
				rc = no_spool(source, folder, -errno);
			at += written > 0 ? written : 0;
		}
	}
	buf_free(&safe);
	return rc;
}

static void name_program(const struct binary_reader *in, struct import *out)
{
	struct buf safe = {0};

	text_safe(&safe, in->program.length ? in->program.data : "ncdu",
	          in->program.length ? in->program.length : strlen("ncdu"), false);
	snprintf(out->program, sizeof(out->program), "%s", safe.data ? safe.data : "ncdu");
	buf_free(&safe);
}

int import_ncdu_binary(struct import_source *source, struct import *out)
{
	struct binary_reader in = {.source = source};
	bool direct = source->start >= 0 && decompress_is_plain(source->bytes);
	int spooled = -1, rc = direct ? 0 : spool(source, &spooled);

	if (!rc) {
		rc = ncdu_blocks_open(direct ? source->fd : spooled, direct ? source->start : 0, &in.blocks, &in.what);
		if (rc)
			import_refuse(source, rc, in.what ? in.what : strerror(-rc), NULL);
		else
			rc = read_tree(&in);
	}
	if (!rc) {
		out->timestamp = in.timestamp > 0 ? in.timestamp : 0;
		name_program(&in, out);
		out->tree = build_finish(in.entries.build);
		in.entries.build = NULL;
		if (!out->tree) {
			rc = errno ? -errno : -ENOMEM;
			import_refuse(source, rc, strerror(-rc), NULL);
		}
	}
	ncdu_entries_free(&in.entries);
	ncdu_blocks_close(in.blocks);
	buf_free(&in.info.name);
	buf_free(&in.program);
	free(in.next);
	if (spooled >= 0)
		close(spooled);
	return rc;
}
