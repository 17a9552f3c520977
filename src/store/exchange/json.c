/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/exchange/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/i18n.h"

#define JSON_CHUNK ((size_t)64 << 10)

/*
 * Nothing recurses: what is open is one bit per level (1 = object), and `expect` is all that has to be known between
 * two events.
 */
enum json_expect {
	EXPECT_VALUE,          /* the document, or behind a comma in an array, or behind a colon */
	EXPECT_VALUE_OR_END,   /* behind '[' */
	EXPECT_KEY,            /* behind a comma in an object */
	EXPECT_KEY_OR_END,     /* behind '{' */
	EXPECT_COMMA,          /* behind a value inside something */
	EXPECT_NOTHING,        /* behind the document */
};

struct json {
	json_read *read;
	void *context;
	enum json_expect expect;
	size_t depth;
	int error;
	const char *problem;
	uint64_t line;
	uint64_t line_start;   /* offset of the line's first byte in the whole input */
	uint64_t chunk_start;  /* offset of chunk[0] */
	size_t at, length;     /* in chunk */
	bool ended;
	bool cut;
	char *text;
	size_t text_length, text_capacity;
	struct json_number number;
	uint64_t objects[JSON_DEPTH_MAX / 64 + 1];
	unsigned char chunk[JSON_CHUNK];
};

struct json *json_create(json_read *read, void *context)
{
	struct json *json = alloc_zero(struct json);

	if (!json)
		return NULL;
	json->read = read;
	json->context = context;
	json->line = 1;
	if (alloc_room(&json->text, &json->text_capacity, 256)) {
		free(json);
		return NULL;
	}
	json->text[0] = '\0';
	return json;
}

void json_destroy(struct json *json)
{
	if (!json)
		return;
	free(json->text);
	free(json);
}

const char *json_text(const struct json *json, size_t *length)
{
	*length = json->text_length;
	return json->text;
}

bool json_text_cut(const struct json *json)
{
	return json->cut;
}

struct json_number json_number(const struct json *json)
{
	return json->number;
}

int json_error(const struct json *json)
{
	return json->error;
}

const char *json_problem(const struct json *json)
{
	return json->problem ? json->problem : "";
}

uint64_t json_line(const struct json *json)
{
	return json->line;
}

uint64_t json_byte(const struct json *json)
{
	return json->chunk_start + json->at - json->line_start + 1;
}

static int fail(struct json *json, int error, const char *problem)
{
	if (!json->error) {
		json->error = error;
		json->problem = problem;
	}
	return json->error;
}

/* A syntax error, or, where the input has ended, a truncation. */
static int fail_syntax(struct json *json, const char *problem)
{
	if (json->ended && json->at == json->length)
		return fail(json, -ENODATA, N_("it ends in the middle"));
	return fail(json, -EINVAL, problem);
}

/* The next chunk; called only when this one is used up.  At the end length stays 0. */
static int fill(struct json *json)
{
	if (json->ended)
		return 0;
	json->chunk_start += json->length;
	json->at = json->length = 0;
	ssize_t n = json->read(json->context, json->chunk, JSON_CHUNK);

	if (n < 0)
		return fail(json, (int)n, N_("cannot be read"));
	if (n == 0)
		json->ended = true;
	json->length = (size_t)n;
	return 0;
}

/* The next byte without taking it, or -1 at the end or on an error. */
static inline int peek(struct json *json)
{
	if (__builtin_expect(json->at == json->length, 0)) {
		if (fill(json) || json->at == json->length)
			return -1;
	}
	return json->chunk[json->at];
}

/* The next byte behind white space, likewise. */
static int peek_token(struct json *json)
{
	for (;;) {
		int c = peek(json);

		if (c == '\n') {
			json->at++;
			json->line++;
			json->line_start = json->chunk_start + json->at;
		} else if (c == ' ' || c == '\t' || c == '\r') {
			json->at++;
		} else {
			return c;
		}
	}
}

static int add_text(struct json *json, const void *bytes, size_t n)
{
	if (n > JSON_TEXT_MAX - json->text_length) {
		n = JSON_TEXT_MAX - json->text_length;
		json->cut = true;
	}
	if (json->text_length + n + 1 > json->text_capacity) {
		if (alloc_room(&json->text, &json->text_capacity, json->text_length + n + 1))
			return fail(json, -ENOMEM, N_("out of memory"));
	}
	memcpy(json->text + json->text_length, bytes, n);
	json->text_length += n;
	return 0;
}

static int add_code(struct json *json, uint32_t code)
{
	unsigned char bytes[4];
	size_t n;

	if (code < 0x80) {
		bytes[0] = (unsigned char)code;
		n = 1;
	} else if (code < 0x800) {
		bytes[0] = (unsigned char)(0xc0 | code >> 6);
		n = 2;
	} else if (code < 0x10000) {
		bytes[0] = (unsigned char)(0xe0 | code >> 12);
		n = 3;
	} else {
		bytes[0] = (unsigned char)(0xf0 | code >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		bytes[i] = (unsigned char)(0x80 | (code >> 6 * (n - 1 - i) & 0x3f));
	return add_text(json, bytes, n);
}

static int parse_hex4(struct json *json, uint32_t *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		int c = peek(json);
		int digit = c >= '0' && c <= '9' ? c - '0'
		          : c >= 'a' && c <= 'f' ? c - 'a' + 10
		          : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                                 : -1;

		if (digit < 0)
			return fail_syntax(json, N_("expected four hexadecimal digits behind \\u"));
		*out = *out << 4 | (uint32_t)digit;
		json->at++;
	}
	return 0;
}

/* Behind "\u".  `high`: a surrogate that waits for its other half; written as it is when that does not come. */
static int parse_unicode(struct json *json, uint32_t *high)
{
	uint32_t code;

	if (parse_hex4(json, &code))
		return json->error;
	if (*high && code >= 0xdc00 && code <= 0xdfff) {
		code = 0x10000 + ((*high - 0xd800) << 10) + (code - 0xdc00);
		*high = 0;
		return add_code(json, code);
	}
	if (*high && add_code(json, *high))
		return json->error;
	*high = 0;
	if (code >= 0xd800 && code <= 0xdbff) {
		*high = code;
		return 0;
	}
	return add_code(json, code);
}

static int parse_escape(struct json *json, uint32_t *high)
{
	int c = peek(json);
	char byte;

	if (c == 'u') {
		json->at++;
		return parse_unicode(json, high);
	}
	switch (c) {
	case '"': case '\\': case '/': byte = (char)c; break;
	case 'b': byte = '\b'; break;
	case 'f': byte = '\f'; break;
	case 'n': byte = '\n'; break;
	case 'r': byte = '\r'; break;
	case 't': byte = '\t'; break;
	default: return fail_syntax(json, N_("no such escape in a string"));
	}
	json->at++;
	if (*high && add_code(json, *high))
		return json->error;
	*high = 0;
	return add_text(json, &byte, 1);
}

/* At the opening quote. */
static int parse_string(struct json *json)
{
	uint32_t high = 0;

	json->at++;
	json->text_length = 0;
	json->cut = false;
	for (;;) {
		int c = peek(json);

		if (c < 0x20)
			return json->error ? json->error : fail_syntax(json, N_("a control byte in a string"));
		if (c == '\\') {
			json->at++;
			if (parse_escape(json, &high))
				return json->error;
			continue;
		}
		if (high && add_code(json, high))
			return json->error;
		high = 0;
		if (c == '"')
			break;
		size_t from = json->at;

		do
			json->at++;
		while (json->at < json->length && json->chunk[json->at] >= 0x20 && json->chunk[json->at] != '"' &&
		       json->chunk[json->at] != '\\');
		if (add_text(json, json->chunk + from, json->at - from))
			return json->error;
	}
	json->at++;
	json->text[json->text_length] = '\0';
	return 0;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int skip_digits(struct json *json)
{
	if (!is_digit(peek(json)))
		return json->error ? json->error : fail_syntax(json, N_("expected a digit"));
	while (is_digit(peek(json)))
		json->at++;
	return json->error;
}

static int parse_number(struct json *json)
{
	struct json_number number = {0};

	if (peek(json) == '-') {
		number.negative = true;
		json->at++;
	}
	int c = peek(json);

	if (!is_digit(c))
		return json->error ? json->error : fail_syntax(json, N_("expected a digit"));
	if (c == '0') {
		json->at++;
		if (is_digit(peek(json)))
			return fail_syntax(json, N_("a number begins with 0"));
	} else {
		for (; is_digit(c = peek(json)); json->at++) {
			if (__builtin_mul_overflow(number.whole, 10, &number.whole) ||
			    __builtin_add_overflow(number.whole, (uint64_t)(c - '0'), &number.whole))
				number.huge = true;
		}
	}
	if (peek(json) == '.') {
		number.fraction = true;
		json->at++;
		if (skip_digits(json))
			return json->error;
	}
	c = peek(json);
	if (c == 'e' || c == 'E') {
		number.fraction = true;
		json->at++;
		c = peek(json);
		if (c == '+' || c == '-')
			json->at++;
		if (skip_digits(json))
			return json->error;
	}
	if (number.huge)
		number.whole = UINT64_MAX;
	json->number = number;
	return json->error;
}

static int parse_word(struct json *json, const char *word)
{
	for (; *word; word++) {
		if (peek(json) != (unsigned char)*word)
			return json->error ? json->error : fail_syntax(json, N_("expected a value"));
		json->at++;
	}
	return 0;
}

static bool in_object(const struct json *json)
{
	size_t level = json->depth - 1;

	return json->objects[level / 64] >> level % 64 & 1;
}

static enum json_event open_level(struct json *json, bool object)
{
	if (json->depth == JSON_DEPTH_MAX) {
		fail(json, -E2BIG, N_("nested over 100,000 levels deep"));
		return JSON_ERROR;
	}
	uint64_t bit = (uint64_t)1 << json->depth % 64;
	uint64_t *word = &json->objects[json->depth / 64];

	*word = object ? *word | bit : *word & ~bit;
	json->depth++;
	json->at++;
	json->expect = object ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
	return object ? JSON_OBJECT : JSON_ARRAY;
}

static void after_value(struct json *json)
{
	json->expect = json->depth ? EXPECT_COMMA : EXPECT_NOTHING;
}

static enum json_event close_level(struct json *json, bool object)
{
	json->at++;
	json->depth--;
	after_value(json);
	return object ? JSON_OBJECT_END : JSON_ARRAY_END;
}

static enum json_event parse_value(struct json *json, int c)
{
	enum json_event event;
	int e;

	switch (c) {
	case '[': return open_level(json, false);
	case '{': return open_level(json, true);
	case '"': event = JSON_STRING; e = parse_string(json); break;
	case 't': event = JSON_TRUE; e = parse_word(json, "true"); break;
	case 'f': event = JSON_FALSE; e = parse_word(json, "false"); break;
	case 'n': event = JSON_NULL; e = parse_word(json, "null"); break;
	default:
		event = JSON_NUMBER;
		e = c == '-' || is_digit(c) ? parse_number(json) : fail_syntax(json, N_("expected a value"));
	}
	if (e)
		return JSON_ERROR;
	after_value(json);
	return event;
}

static enum json_event parse_key(struct json *json, int c)
{
	if (c != '"') {
		fail_syntax(json, json->expect == EXPECT_KEY ? N_("expected a key in quotes")
		                                             : N_("expected a key in quotes or '}'"));
		return JSON_ERROR;
	}
	if (parse_string(json))
		return JSON_ERROR;
	if (peek_token(json) != ':') {
		if (!json->error)
			fail_syntax(json, N_("expected ':'"));
		return JSON_ERROR;
	}
	json->at++;
	json->expect = EXPECT_VALUE;
	return JSON_KEY;
}

enum json_event json_next(struct json *json)
{
	if (json->error)
		return JSON_ERROR;
	int c = peek_token(json);

	if (json->error)
		return JSON_ERROR;
	if (json->expect == EXPECT_COMMA) {
		bool object = in_object(json);

		if (c == (object ? '}' : ']'))
			return close_level(json, object);
		if (c != ',') {
			fail_syntax(json, object ? N_("expected ',' or '}'") : N_("expected ',' or ']'"));
			return JSON_ERROR;
		}
		json->at++;
		json->expect = object ? EXPECT_KEY : EXPECT_VALUE;
		c = peek_token(json);
		if (json->error)
			return JSON_ERROR;
	}
	switch (json->expect) {
	case EXPECT_VALUE_OR_END:
		return c == ']' ? close_level(json, false) : parse_value(json, c);
	case EXPECT_KEY_OR_END:
		return c == '}' ? close_level(json, true) : parse_key(json, c);
	case EXPECT_KEY:
		return parse_key(json, c);
	case EXPECT_NOTHING:
		if (c < 0)
			return JSON_END;
		fail_syntax(json, N_("something follows its end"));
		return JSON_ERROR;
	default:
		return parse_value(json, c);
	}
}

int json_skip(struct json *json, enum json_event event)
{
	if (event == JSON_ARRAY || event == JSON_OBJECT) {
		size_t outside = json->depth - 1;

		while (json->depth > outside && json_next(json) != JSON_ERROR)
			;
	}
	return json->error;
}
