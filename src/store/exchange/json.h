/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_JSON_H
#define STORE_EXCHANGE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A pull parser for JSON (RFC 8259) of any size in constant memory, with one difference: strings are raw bytes, since
 * ncdu writes file names as they are.  Bytes that are no valid UTF-8 pass through, a lone \ud800 becomes its three
 * bytes.  The grammar is checked here: who pulls never sees a comma out of place.  One thread.
 */
struct json;

enum json_event {
	JSON_ERROR = -1,   /* json_error() says what; every later call repeats it */
	JSON_END = 0,      /* after the one value, nothing but white space */
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_KEY,          /* text */
	JSON_STRING,       /* text */
	JSON_NUMBER,       /* number */
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

#define JSON_DEPTH_MAX 100004 /* 100,000 directories, their info objects and the frame around them */
#define JSON_TEXT_MAX ((size_t)1 << 20) /* longer strings are cut, and json_text_cut() says so */

struct json_number {
	uint64_t whole;    /* magnitude of the whole part; UINT64_MAX when it does not fit (`huge`) */
	bool negative;
	bool fraction;     /* has a fraction or an exponent: `whole` is then only what stands before it */
	bool huge;
};

/** Read up to `size` bytes: count, 0 at the end, or -errno, which becomes the parser's error. */
typedef ssize_t json_read(void *context, void *buffer, size_t size);

/** NULL + errno (ENOMEM). */
struct json *json_create(json_read *read, void *context);
void json_destroy(struct json *json);

enum json_event json_next(struct json *json);

/** Text of the last key or string, NUL-terminated (it may also hold NULs); valid until the next call. */
const char *json_text(const struct json *json, size_t *length);
bool json_text_cut(const struct json *json);

struct json_number json_number(const struct json *json);

/**
 * Skip the rest of the value that `event` began: to the end of its array or object; scalars need nothing.  0 or
 * json_error().
 */
int json_skip(struct json *json, enum json_event event);

/** -EINVAL (no JSON), -ENODATA (it breaks off), -E2BIG (too deep), -ENOMEM, or what `read` gave; 0 without an error. */
int json_error(const struct json *json);

/** What is wrong, as a phrase ("expected ',' or ']'"); a constant string, not translated. */
const char *json_problem(const struct json *json);

/** Where the parser stands, or met its error: line from 1, byte in that line from 1. */
uint64_t json_line(const struct json *json);
uint64_t json_byte(const struct json *json);

#endif
