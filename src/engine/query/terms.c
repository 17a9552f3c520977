/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/query/terms.h"

#include <errno.h>
#include <fnmatch.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/text.h"

/* ---- one word ---- */

/** The word is not understood: what it should be. */
static int wrong(struct err *err, const char *word, const char *hint)
{
	struct buf safe = {0};
	int rc = text_safe(&safe, word, strlen(word), false) || !safe.data ? err_no_memory(err) : 0;

	if (!rc)
		rc = err_set(err, -EINVAL, "%s: %s", safe.data, hint);
	buf_free(&safe);
	return rc;
}

static int parse_size(const char *text, const char *word, uint64_t *bytes, struct err *err)
{
	return text_parse_size(text, bytes) ? wrong(err, word, _("no size; >100M, <4k and grew:>1G have one")) : 0;
}

static int parse_age(const char *text, const char *word, int64_t now_s, int64_t *time_s, struct err *err)
{
	int64_t seconds;

	if (text_parse_duration(text, &seconds))
		return wrong(err, word, _("no time; older:90d and newer:12h have one"));
	*time_s = now_s - seconds;
	return 0;
}

/** The next of several names with commas or bars between them; behind the last one *at is NULL. */
static bool next_name(const char **at, const char **name, size_t *length)
{
	if (!*at)
		return false;
	*name = *at;
	*length = strcspn(*at, ",|");
	*at = (*at)[*length] ? *at + *length + 1 : NULL;
	return true;
}

static int parse_kinds(const char *text, const char *word, struct terms *out, struct err *err)
{
	const char *name;
	unsigned kinds = 0;
	size_t length;

	while (next_name(&text, &name, &length)) {
		enum file_kind kind = kind_named(name, length);

		if (kind == KIND_COUNT)
			return wrong(err, word,
			             _("no type; they are video, audio, image, archive, document, code, log, "
			               "database, disk, package, other, none"));
		kinds |= 1u << kind;
	}
	out->kinds = out->kinds ? out->kinds & kinds : kinds;
	if (!out->kinds)
		out->kinds = 1u << KIND_COUNT; /* two that exclude each other: nothing is both */
	return 0;
}

static int parse_extensions(const char *text, const char *word, struct terms *out, struct err *err)
{
	char name[EXTENSION_MAX + 4];
	const char *given;
	size_t length;

	while (next_name(&text, &given, &length)) {
		bool point = *given == '.';

		length -= point;
		if (length > EXTENSION_MAX || out->extension_count == TERMS_NAMES)
			return wrong(err, word, _("no extension; ext:iso and ext:jpg,png have one"));
		memcpy(name, "x.", 2);
		memcpy(name + 2, given + point, length);
		if (!length || kind_extension(name, 2 + length, out->extensions[out->extension_count]) != length)
			return wrong(err, word, _("no extension; ext:iso and ext:jpg,png have one"));
		out->extension_count++;
	}
	return 0;
}

static int parse_owner(const char *text, const char *word, struct terms *out, struct err *err)
{
	struct passwd entry, *found = NULL;
	char memory[4096], *end;
	unsigned long uid = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && uid < UINT32_MAX) {
		out->uid = (uint32_t)uid;
	} else {
		if (!*text || getpwnam_r(text, &entry, memory, sizeof(memory), &found) || !found)
			return wrong(err, word, _("there is no such user; a number will do, too"));
		out->uid = found->pw_uid;
	}
	out->owner = true;
	return 0;
}

static int parse_growth(const char *text, const char *word, struct terms *out, struct err *err)
{
	bool more = *text == '>';
	uint64_t bytes;
	int rc = parse_size(text + more, word, &bytes, err);

	if (rc)
		return rc;
	bytes = bytes > INT64_MAX - 1 ? INT64_MAX - 1 : bytes;
	out->grew = true;
	out->grew_bytes = (int64_t)bytes + more;
	return 0;
}

static int parse_glob(char *word, struct terms *out, struct err *err)
{
	struct terms_glob *glob = &out->globs[out->glob_count];

	if (out->glob_count == TERMS_GLOBS)
		return wrong(err, word, _("one pattern too many"));
	*glob = (struct terms_glob){.at = (uint8_t)(word - out->text), .length = (uint8_t)strlen(word), .plain = true};
	for (const char *c = word; *c; c++) {
		glob->wild |= *c == '*' || *c == '?' || *c == '[';
		glob->capitals |= *c >= 'A' && *c <= 'Z';
		glob->plain &= *c != '[' && *c != '\\' && (unsigned char)*c < 0x80;
	}
	if (!glob->wild)
		glob->plain = true; /* taken as it stands */
	out->glob_count++;
	return 0;
}

static int parse_word(char *word, int64_t now_s, struct terms *out, struct err *err)
{
	uint64_t bytes;
	int64_t time_s = 0;
	int rc;

	if (*word == '>' || *word == '<') {
		rc = parse_size(word + 1, word, &bytes, err);
		if (!rc && *word == '>') {
			out->over_bytes = out->over && out->over_bytes > bytes ? out->over_bytes : bytes;
			out->over = true;
		} else if (!rc) {
			out->under_bytes = out->under && out->under_bytes < bytes ? out->under_bytes : bytes;
			out->under = true;
		}
		return rc;
	}
	if (!strncmp(word, "older:", 6)) {
		rc = parse_age(word + 6, word, now_s, &time_s, err);
		if (!rc)
			out->older_s = out->older && out->older_s < time_s ? out->older_s : time_s;
		out->older |= !rc;
		return rc;
	}
	if (!strncmp(word, "newer:", 6)) {
		rc = parse_age(word + 6, word, now_s, &time_s, err);
		if (!rc)
			out->newer_s = out->newer && out->newer_s > time_s ? out->newer_s : time_s;
		out->newer |= !rc;
		return rc;
	}
	if (!strncmp(word, "type:", 5))
		return parse_kinds(word + 5, word, out, err);
	if (!strncmp(word, "ext:", 4))
		return parse_extensions(word + 4, word, out, err);
	if (!strncmp(word, "owner:", 6))
		return parse_owner(word + 6, word, out, err);
	if (!strncmp(word, "grew:", 5))
		return parse_growth(word + 5, word, out, err);
	return parse_glob(word, out, err);
}

int terms_parse(const char *text, int64_t now_s, struct terms *out, struct err *err)
{
	size_t length = strnlen(text, TERMS_TEXT - 1);
	char *at = out->text;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	memcpy(out->text, text, length);
	while (*at) {
		char *end;

		at += strspn(at, " \t");
		end = at + strcspn(at, " \t");
		if (end == at)
			break;
		char *next = *end ? end + 1 : end;

		*end = 0;
		/* Of several that are wrong the first is told. */
		int wrong_word = parse_word(at, now_s, out, rc ? NULL : err);

		rc = rc ? rc : wrong_word;
		at = next;
	}
	return rc;
}

/* ---- matching ---- */

static inline unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static bool contains(const unsigned char *name, size_t length, const unsigned char *part, size_t part_length, bool fold)
{
	for (size_t i = 0; i + part_length <= length; i++) {
		size_t n = 0;

		while (n < part_length && (fold ? lower(name[i + n]) == lower(part[n]) : name[i + n] == part[n]))
			n++;
		if (n == part_length)
			return true;
	}
	return false;
}

/** `*` and `?` alone; ? is one character of UTF-8. */
static bool wild(const unsigned char *name, size_t length, const unsigned char *pattern, size_t pattern_length,
                 bool fold)
{
	size_t n = 0, p = 0, star = SIZE_MAX, resume = 0;

	while (n < length) {
		if (p < pattern_length && pattern[p] == '*') {
			star = p++;
			resume = n;
		} else if (p < pattern_length && pattern[p] == '?') {
			p++;
			n++;
			while (n < length && (name[n] & 0xc0) == 0x80)
				n++;
		} else if (p < pattern_length && (fold ? lower(name[n]) == lower(pattern[p]) : name[n] == pattern[p])) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern_length && pattern[p] == '*')
		p++;
	return p == pattern_length;
}

static bool glob_matches(const struct terms *terms, const struct terms_glob *glob, const void *name, size_t length)
{
	const char *pattern = terms->text + glob->at;
	char text[256];

	if (!glob->wild)
		return contains(name, length, (const unsigned char *)pattern, glob->length, !glob->capitals);
	if (glob->plain)
		return wild(name, length, (const unsigned char *)pattern, glob->length, !glob->capitals);
	length = length < sizeof(text) ? length : sizeof(text) - 1;
	memcpy(text, name, length);
	text[length] = 0;
	return fnmatch(pattern, text, glob->capitals ? 0 : FNM_CASEFOLD) == 0;
}

bool terms_match_name(const struct terms *terms, const void *name, size_t length)
{
	for (unsigned i = 0; i < terms->glob_count; i++)
		if (!glob_matches(terms, &terms->globs[i], name, length))
			return false;
	return true;
}

static bool extension_matches(const struct terms *terms, const struct terms_entry *entry)
{
	char extension[EXTENSION_BYTES];

	if (entry->type != NODE_REG || !kind_extension(entry->name, entry->length, extension))
		return false;
	for (unsigned i = 0; i < terms->extension_count; i++)
		if (!memcmp(extension, terms->extensions[i], EXTENSION_BYTES))
			return true;
	return false;
}

bool terms_match(const struct terms *terms, const struct terms_entry *entry)
{
	if ((terms->over && entry->bytes <= terms->over_bytes) ||
	    (terms->under && entry->bytes >= terms->under_bytes) ||
	    ((terms->older || terms->newer) && !entry->mtime_s) || (terms->older && entry->mtime_s > terms->older_s) ||
	    (terms->newer && entry->mtime_s < terms->newer_s) ||
	    (terms->owner && (!entry->owner_known || entry->uid != terms->uid)) ||
	    (terms->grew && (!entry->growth_known || entry->growth_bytes < terms->grew_bytes)))
		return false;
	if (terms->glob_count && !terms_match_name(terms, entry->name, entry->length))
		return false;
	if (terms->extension_count && !extension_matches(terms, entry))
		return false;
	return !terms->kinds || terms->kinds & 1u << kind_of(entry->type, entry->name, entry->length);
}
