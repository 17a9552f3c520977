/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/exchange/json.h"

/* Bytes handed out `step` at a time, so that every token once lies across two reads. */
struct feed {
	const char *bytes;
	size_t length, at, step;
	int error; /* behind the last byte; 0 = the end */
};

static ssize_t feed_read(void *context, void *buffer, size_t size)
{
	struct feed *feed = context;
	size_t n = feed->length - feed->at;

	if (n == 0)
		return feed->error;
	if (n > feed->step)
		n = feed->step;
	if (n > size)
		n = size;
	memcpy(buffer, feed->bytes + feed->at, n);
	feed->at += n;
	return (ssize_t)n;
}

/* The events as text: `[ ] { } k:key s:text n:-12.` and, at an error, `!code@line:byte`. */
static char *events(const char *bytes, size_t length, size_t step)
{
	struct feed feed = {.bytes = bytes, .length = length, .step = step};
	struct json *json = json_create(feed_read, &feed);
	struct buf out = {0};
	enum json_event event;

	cr_assert(json);
	while ((event = json_next(json)) != JSON_END) {
		size_t n;
		const char *text = json_text(json, &n);
		struct json_number number = json_number(json);

		if (out.length)
			buf_char(&out, ' ');
		switch (event) {
		case JSON_ARRAY: buf_char(&out, '['); break;
		case JSON_ARRAY_END: buf_char(&out, ']'); break;
		case JSON_OBJECT: buf_char(&out, '{'); break;
		case JSON_OBJECT_END: buf_char(&out, '}'); break;
		case JSON_KEY: buf_str(&out, "k:"); buf_add(&out, text, n); break;
		case JSON_STRING: buf_str(&out, "s:"); buf_add(&out, text, n); break;
		case JSON_NUMBER:
			buf_printf(&out, "n:%s%llu%s%s", number.negative ? "-" : "", (unsigned long long)number.whole,
			           number.fraction ? "." : "", number.huge ? "!" : "");
			break;
		case JSON_TRUE: buf_str(&out, "true"); break;
		case JSON_FALSE: buf_str(&out, "false"); break;
		case JSON_NULL: buf_str(&out, "null"); break;
		default:
			buf_printf(&out, "!%d@%llu:%llu", -json_error(json), (unsigned long long)json_line(json),
			           (unsigned long long)json_byte(json));
			cr_assert(json_next(json) == JSON_ERROR, "an error lasts");
			cr_assert(*json_problem(json));
		}
		if (event == JSON_ERROR)
			break;
	}
	json_destroy(json);
	cr_assert(!out.failed);
	if (!out.data)
		buf_str(&out, "");
	return out.data;
}

static void expect_bytes(const char *bytes, size_t length, const char *want)
{
	for (size_t step = 1; step < 4096; step *= 3) {
		char *got = events(bytes, length, step);

		cr_expect_str_eq(got, want, "%s\n got %s\nwant %s (by %zu)", bytes, got, want, step);
		free(got);
	}
}

#define expect(json, want) expect_bytes(json, sizeof(json) - 1, want)

Test(json, values)
{
	expect("[]", "[ ]");
	expect(" { } ", "{ }");
	expect("[1,-2,0,3.25,1e9,18446744073709551615,18446744073709551616,-0]",
	       "[ n:1 n:-2 n:0 n:3. n:1. n:18446744073709551615 n:18446744073709551615! n:-0 ]");
	expect("[true,false,null]", "[ true false null ]");
	expect("{\"a\":[{\"b\":\"c\"}],\"d\":{}}", "{ k:a [ { k:b s:c } ] k:d { } }");
	expect("\"x\"", "s:x");
	expect("12", "n:12");
	expect("[\n\t[1]\r\n ,2]", "[ [ n:1 ] n:2 ]");
}

Test(json, strings_are_raw_bytes)
{
	expect("\"a\\n\\t\\\"\\\\\\/\\b\\f\\r\"", "s:a\n\t\"\\/\b\f\r");
	expect("\"\xff\xfe\x7f\"", "s:\xff\xfe\x7f");
	expect("\"\\u001b\\u0041\\u00e9\\u20ac\"", "s:\x1b" "A\xc3\xa9\xe2\x82\xac");
	expect("\"\\ud83d\\ude00\"", "s:\xf0\x9f\x98\x80");
	/* Halves of a pair that stay alone. */
	expect("\"\\ud83dx\"", "s:\xed\xa0\xbdx");
	expect("\"\\ud83d\\n\\ude00\"", "s:\xed\xa0\xbd\n\xed\xb8\x80");
	expect("\"\\ud83d\"", "s:\xed\xa0\xbd");
	expect("\"\\ud83d\\ud83d\\ude00\"", "s:\xed\xa0\xbd\xf0\x9f\x98\x80");
}

Test(json, errors_say_where)
{
	expect("", "!61@1:1"); /* ENODATA */
	expect("[1", "[ n:1 !61@1:3");
	expect("[\n 1,\n", "[ n:1 !61@3:1");
	expect("\"abc", "!61@1:5");
	expect("\"a\\", "!61@1:4");
	expect("\"a\\u12", "!61@1:7");
	expect("{\"a\"", "{ !61@1:5");
	expect("tru", "!61@1:4");
	expect("-", "!61@1:2");
	expect("[1 2]", "[ n:1 !22@1:4");
	expect("[1,]", "[ n:1 !22@1:4");
	expect("[,1]", "[ !22@1:2");
	expect("{1:2}", "{ !22@1:2");
	expect("{\"a\" 2}", "{ !22@1:6");
	expect("{\"a\":2,}", "{ k:a n:2 !22@1:8");
	expect("[1}", "[ n:1 !22@1:3");
	expect("{\"a\":1]", "{ k:a n:1 !22@1:7");
	expect("[01]", "[ !22@1:3");
	expect("[1.]", "[ !22@1:4");
	expect("[1e+]", "[ !22@1:5");
	expect("[+1]", "[ !22@1:2");
	expect("[\"\\x\"]", "[ !22@1:4");
	expect("[\"\\u12g4\"]", "[ !22@1:7");
	expect("[\"a\nb\"]", "[ !22@1:4");
	expect("[1] 2", "[ n:1 ] !22@1:5");
	expect("]", "!22@1:1");
	expect_bytes("[\"a\0b\"]", 7, "[ !22@1:4");
	expect("[\n[1],\n  nul]", "[ [ n:1 ] !22@3:6");
}

Test(json, read_errors_pass_through)
{
	struct feed feed = {.bytes = "[1,", .length = 3, .step = 1, .error = -EIO};
	struct json *json = json_create(feed_read, &feed);

	cr_assert_eq(json_next(json), JSON_ARRAY);
	cr_assert_eq(json_next(json), JSON_NUMBER);
	cr_assert_eq(json_next(json), JSON_ERROR);
	cr_assert_eq(json_error(json), -EIO);
	json_destroy(json);
}

Test(json, depth_is_bounded)
{
	for (int over = 0; over < 2; over++) {
		size_t n = JSON_DEPTH_MAX + (size_t)over;
		char *bytes = malloc(2 * n);

		memset(bytes, '[', n);
		memset(bytes + n, ']', n);
		struct feed feed = {.bytes = bytes, .length = 2 * n, .step = 1 << 16};
		struct json *json = json_create(feed_read, &feed);
		size_t opened = 0, closed = 0;
		enum json_event event;

		while ((event = json_next(json)) > JSON_END) {
			opened += event == JSON_ARRAY;
			closed += event == JSON_ARRAY_END;
		}
		cr_expect_eq(opened, JSON_DEPTH_MAX);
		cr_expect_eq(closed, over ? 0 : JSON_DEPTH_MAX);
		cr_expect_eq(json_error(json), over ? -E2BIG : 0);
		json_destroy(json);
		free(bytes);
	}
}

Test(json, long_strings_are_cut)
{
	size_t n = JSON_TEXT_MAX + 1000, length;
	char *bytes = malloc(n + 8);

	memset(bytes, 'x', n + 8);
	memcpy(bytes, "[\"", 2);
	memcpy(bytes + n + 2, "\",1]", 4);
	struct feed feed = {.bytes = bytes, .length = n + 6, .step = 1 << 16};
	struct json *json = json_create(feed_read, &feed);

	cr_assert_eq(json_next(json), JSON_ARRAY);
	cr_assert_eq(json_next(json), JSON_STRING);
	json_text(json, &length);
	cr_expect_eq(length, JSON_TEXT_MAX);
	cr_expect(json_text_cut(json));
	cr_expect_eq(json_next(json), JSON_NUMBER);
	cr_expect_eq(json_next(json), JSON_ARRAY_END);
	cr_expect_eq(json_next(json), JSON_END);
	json_destroy(json);
	free(bytes);
}

Test(json, skip)
{
	const char *bytes = "[{\"a\":[1,{\"b\":[]}],\"c\":2},3]";
	struct feed feed = {.bytes = bytes, .length = strlen(bytes), .step = 3};
	struct json *json = json_create(feed_read, &feed);

	cr_assert_eq(json_next(json), JSON_ARRAY);
	enum json_event event = json_next(json);

	cr_assert_eq(event, JSON_OBJECT);
	cr_assert_eq(json_skip(json, event), 0);
	event = json_next(json);
	cr_assert_eq(event, JSON_NUMBER);
	cr_assert_eq(json_skip(json, event), 0);
	cr_expect_eq(json_number(json).whole, 3);
	cr_assert_eq(json_next(json), JSON_ARRAY_END);
	json_destroy(json);
}

/* Any bytes end in JSON_END or an error: nothing hangs, nothing is read outside. */
Test(json, random_bytes)
{
	static const char alphabet[] = "[]{},:\"\\u019eE+-.truefalsn \n\xff";
	unsigned seed = 7;

	for (int round = 0; round < 20000; round++) {
		char bytes[64];
		size_t n = (size_t)rand_r(&seed) % sizeof(bytes);

		for (size_t i = 0; i < n; i++)
			bytes[i] = alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
		struct feed feed = {.bytes = bytes, .length = n, .step = 1 + (size_t)rand_r(&seed) % 9};
		struct json *json = json_create(feed_read, &feed);
		int steps = 0;

		while (json_next(json) > JSON_END)
			cr_assert_lt(++steps, 200);
		json_destroy(json);
	}
}
