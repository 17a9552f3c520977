/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/scan/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

/*
 * A pattern is cut at its slashes into parts, each matched against one component of a path:
 *
 *   "*.o"          any name                   one part
 *   "target/"      a directory of that name   one part, directories only
 *   "src/[a-z]*"   the end of a path          two parts, compared from the last backwards
 *   "/proc/sys"    the whole path             anchored: as many parts as the path has components
 *
 * A glob is compiled to tokens.  Its literal head and tail are compared as bytes before anything else, which settles
 * "*.o" and "cache-*" alone; the rest backtracks to the latest star only: at most tokens × characters steps.
 * A character is a valid UTF-8 sequence, or else a single byte, whatever the locale.
 */

/*
 * Tokens below 256 are literal bytes.  SET is followed by the number of ranges (with NEGATED) and then that many pairs.
 */
#define TOKEN_ANY 256u
#define TOKEN_STAR 257u
#define TOKEN_SET 258u
#define SET_NEGATED 0x80000000u

#define CODE_BAD_BYTE 0x110000u /* added to a byte that is no valid UTF-8: above every character */

struct token_list {
	uint32_t *items;
	size_t count, capacity;
	bool failed;
};

static void emit(struct token_list *list, uint32_t token)
{
	if (!list->failed && !alloc_room(&list->items, &list->capacity, list->count + 1))
		list->items[list->count++] = token;
	else
		list->failed = true;
}

/** The character at `text` (n > 0 bytes are there): its length. */
static size_t character(const char *text, size_t n, uint32_t *code)
{
	unsigned char first = (unsigned char)text[0];

	if (first < 0x80) {
		*code = first;
		return 1;
	}
	size_t length = text_decode(text, n, code);

	if (length == 0) {
		*code = CODE_BAD_BYTE + first;
		return 1;
	}
	return length;
}

/* Classes of POSIX brackets as pairs of ASCII bytes. */
static const struct {
	const char *name;
	const char *ranges;
} classes[] = {
	{"alnum", "09AZaz"},   {"alpha", "AZaz"},   {"blank", "\t\t  "}, {"cntrl", "\001\037\177\177"},
	{"digit", "09"},       {"graph", "!~"},     {"lower", "az"},     {"print", " ~"},
	{"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},     {"xdigit", "09AFaf"},
};

/** `[:name:]` at text: emits its ranges and returns its length, 0 when it is no class. */
static size_t compile_class(struct token_list *list, const char *text, size_t n, uint32_t *ranges)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		size_t length = strlen(classes[i].name);

		if (n < length + 4 || memcmp(text, "[:", 2) != 0 || memcmp(text + 2, classes[i].name, length) != 0 ||
		    memcmp(text + 2 + length, ":]", 2) != 0)
			continue;
		for (const char *pair = classes[i].ranges; *pair; pair += 2) {
			emit(list, (unsigned char)pair[0]);
			emit(list, (unsigned char)pair[1]);
			++*ranges;
		}
		return length + 4;
	}
	return 0;
}

/** One member of a bracket, an escaped one too: its length. */
static size_t set_member(const char *text, size_t n, uint32_t *code)
{
	if (text[0] == '\\' && n > 1)
		return 1 + character(text + 1, n - 1, code);
	return character(text, n, code);
}

/**
 * The bracket at text[0] == '[': emits a set and returns its length, 0 when it is not closed (then it is a plain `[`).
 */
static size_t compile_set(struct token_list *list, const char *text, size_t n)
{
	size_t start = list->count;
	uint32_t ranges = 0;
	size_t i = 1;
	bool negated = i < n && (text[i] == '!' || text[i] == '^');

	if (negated)
		i++;
	size_t first = i;

	emit(list, TOKEN_SET);
	emit(list, 0);
	while (i < n && (text[i] != ']' || i == first)) {
		size_t length = compile_class(list, text + i, n - i, &ranges);

		if (length) {
			i += length;
			continue;
		}
		uint32_t low, high;

		i += set_member(text + i, n - i, &low);
		high = low;
		if (i + 1 < n && text[i] == '-' && text[i + 1] != ']')
			i += 1 + set_member(text + i + 1, n - i - 1, &high);
		emit(list, low);
		emit(list, high);
		ranges++;
	}
	if (i >= n) {
		list->count = start;
		return 0;
	}
	if (!list->failed)
		list->items[start + 1] = ranges | (negated ? SET_NEGATED : 0);
	return i + 1;
}

static size_t token_length(const uint32_t *token)
{
	return *token == TOKEN_SET ? 2 + 2 * (size_t)(token[1] & ~SET_NEGATED) : 1;
}

/** A part's text, without slashes, into bytes and tokens. */
static int compile_part(struct part *part, const char *text, size_t n)
{
	struct token_list list = {0};
	bool unclosed = false; /* no later bracket can be closed either */
	bool after_star = false;
	size_t i = 0;

	while (i < n) {
		char c = text[i];
		bool star = c == '*';

		if (c == '\\' && i + 1 < n) {
			emit(&list, (unsigned char)text[i + 1]);
			i += 2;
		} else if (star) {
			if (!after_star)
				emit(&list, TOKEN_STAR);
			i++;
		} else if (c == '?') {
			emit(&list, TOKEN_ANY);
			i++;
		} else if (c == '[' && !unclosed) {
			size_t length = compile_set(&list, text + i, n - i);

			if (length == 0)
				unclosed = true; /* the next round takes it as a byte */
			i += length;
		} else {
			emit(&list, (unsigned char)c);
			i++;
		}
		after_star = star;
		if (list.failed)
			goto fail;
	}

	size_t head = 0, tail_start = 0; /* tokens before the first wildcard; the one behind the last */

	while (head < list.count && list.items[head] < TOKEN_ANY)
		head++;
	for (size_t t = 0; t < list.count; t += token_length(list.items + t))
		if (list.items[t] >= TOKEN_ANY)
			tail_start = t + token_length(list.items + t);
	size_t tail = head == list.count ? 0 : list.count - tail_start;

	part->bytes = alloc_array(head + tail + 1, 1);
	if (!part->bytes)
		goto fail;
	for (size_t t = 0; t < head; t++)
		part->bytes[t] = (char)list.items[t];
	for (size_t t = 0; t < tail; t++)
		part->bytes[head + t] = (char)list.items[tail_start + t];
	part->head = (uint32_t)head;
	part->tail = (uint32_t)tail;
	if (head == list.count) {
		free(list.items);
		return 0;
	}
	part->count = tail_start - head;
	memmove(list.items, list.items + head, part->count * sizeof(*list.items));
	part->tokens = list.items;
	return 0;
fail:
	free(list.items);
	return -ENOMEM;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	for (size_t i = 0; i < pattern->count; i++) {
		free(pattern->parts[i].bytes);
		free(pattern->parts[i].tokens);
	}
	free(pattern->parts);
	free(pattern->text);
	free(pattern);
}

/** The text with runs of slashes made one, and escaped slashes plain. */
static char *normalise(const char *text, size_t n)
{
	char *out = alloc_array(n + 1, 1);
	size_t length = 0;
	size_t backslashes = 0; /* directly before this byte */

	if (!out)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '/') {
			if (backslashes % 2)
				length--;
			backslashes = 0;
			if (length && out[length - 1] == '/')
				continue;
		} else {
			backslashes = text[i] == '\\' ? backslashes + 1 : 0;
		}
		out[length++] = text[i];
	}
	out[length] = '\0';
	return out;
}

struct pattern *pattern_create(const char *text, size_t n)
{
	struct pattern *pattern = alloc_zero(struct pattern);

	if (!pattern)
		return NULL;
	pattern->text = normalise(text, n);
	if (!pattern->text)
		goto fail;

	const char *at = pattern->text;
	size_t length = strlen(at);

	pattern->anchored = at[0] == '/';
	if (pattern->anchored) {
		at++;
		length--;
	}
	pattern->dir_only = length > 0 && at[length - 1] == '/';
	if (pattern->dir_only)
		length--;

	size_t parts = 1;

	for (size_t i = 0; i < length; i++)
		parts += at[i] == '/';
	pattern->parts = alloc_array(parts, sizeof(*pattern->parts));
	if (!pattern->parts)
		goto fail;
	for (const char *end = at + length; pattern->count < parts;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		const char *stop = slash ? slash : end;

		if (compile_part(&pattern->parts[pattern->count], at, (size_t)(stop - at)))
			goto fail;
		pattern->count++;
		at = stop + 1;
	}
	return pattern;
fail:
	pattern_free(pattern);
	errno = ENOMEM;
	return NULL;
}

/* ---- matching ---- */

static bool set_has(const uint32_t *token, uint32_t code)
{
	uint32_t ranges = token[1] & ~SET_NEGATED;
	bool negated = token[1] & SET_NEGATED;

	for (uint32_t i = 0; i < ranges; i++)
		if (code >= token[2 + 2 * i] && code <= token[3 + 2 * i])
			return !negated;
	return negated;
}

static bool tokens_match(const uint32_t *tokens, size_t count, const char *text, size_t n)
{
	size_t t = 0, i = 0;
	size_t star = SIZE_MAX, star_at = 0; /* token behind the latest star, and where in the text it is tried */

	for (;;) {
		if (t < count && tokens[t] == TOKEN_STAR) {
			star = ++t;
			star_at = i;
			continue;
		}
		if (t == count && (i == n || star == count))
			return true;
		if (t < count && i < n) {
			uint32_t code;
			size_t length = 1;
			bool fits;

			if (tokens[t] < TOKEN_ANY) {
				fits = tokens[t] == (unsigned char)text[i];
			} else {
				length = character(text + i, n - i, &code);
				fits = tokens[t] == TOKEN_ANY || set_has(tokens + t, code);
			}
			if (fits) {
				t += token_length(tokens + t);
				i += length;
				continue;
			}
		}
		/*
		 * Let the latest star swallow one character more.  An earlier one need never be tried again: this one
		 * can do all it could.
		 */
		if (star == SIZE_MAX || star_at >= n)
			return false;
		uint32_t code;

		star_at += character(text + star_at, n - star_at, &code);
		i = star_at;
		t = star;
	}
}

bool pattern_part_matches(const struct part *part, const char *name, size_t n)
{
	if (!part->tokens)
		return n == part->head && memcmp(name, part->bytes, n) == 0;
	if (n < (size_t)part->head + part->tail || memcmp(name, part->bytes, part->head) != 0 ||
	    memcmp(name + n - part->tail, part->bytes + part->head, part->tail) != 0)
		return false;
	return tokens_match(part->tokens, part->count, name + part->head, n - part->head - part->tail);
}

bool pattern_needs_path(const struct pattern *pattern)
{
	return pattern->anchored || pattern->count > 1;
}

/** The parts before the last, backwards against `path`, which ends before the entry's own name. */
bool pattern_matches_above(const struct pattern *pattern, const char *path, size_t n)
{
	for (size_t part = pattern->count - 1;; part--) {
		while (n && path[n - 1] == '/')
			n--;
		if (part == 0)
			return !pattern->anchored || n == 0;
		if (n == 0)
			return false;
		const char *slash = memrchr(path, '/', n);
		size_t start = slash ? (size_t)(slash - path) + 1 : 0;

		if (!pattern_part_matches(&pattern->parts[part - 1], path + start, n - start))
			return false;
		n = start;
	}
}

/* No name is "." or ".."; and what is anchored must lead below the root. */
bool pattern_is_idle(const struct pattern *pattern, const char *root)
{
	for (size_t i = 0; i < pattern->count; i++) {
		const struct part *part = &pattern->parts[i];

		if (!part->tokens &&
		    ((part->head == 1 && part->bytes[0] == '.') || (part->head == 2 && !memcmp(part->bytes, "..", 2))))
			return true;
	}
	for (size_t i = 0; root && pattern->anchored; i++) {
		root += strspn(root, "/");
		size_t n = strcspn(root, "/");

		if (!n)
			return i >= pattern->count;
		if (i >= pattern->count || !pattern_part_matches(&pattern->parts[i], root, n))
			return true;
		root += n;
	}
	return false;
}
