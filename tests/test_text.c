/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/text.h"

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define expect(actual, expected) cr_expect_str_eq(actual, expected, "%s instead of %s", actual, expected)

Test(text, size)
{
	static const struct {
		uint64_t bytes;
		const char *iec, *si;
	} cases[] = {
		{ 0, "0 B", "0 B" },
		{ 1, "1 B", "1 B" },
		{ 512, "512 B", "512 B" },
		{ 999, "999 B", "999 B" },
		{ 1000, "1000 B", "1.0 kB" },
		{ 1023, "1023 B", "1.0 kB" },
		{ 1024, "1.0 KiB", "1.0 kB" },
		{ 4096, "4.0 KiB", "4.1 kB" },
		{ 1075, "1.0 KiB", "1.1 kB" },  /* 1.0498 */
		{ 1076, "1.1 KiB", "1.1 kB" },  /* 1.0508 */
		{ 999 * KIB, "999.0 KiB", "1.0 MB" },
		{ 1023948, "999.9 KiB", "1.0 MB" },
		{ 1023949, "1.0 MiB", "1.0 MB" }, /* 999.95 KiB would be five digits */
		{ 1048575, "1.0 MiB", "1.0 MB" },
		{ 999949, "976.5 KiB", "999.9 kB" },
		{ 999950, "976.5 KiB", "1.0 MB" },
		{ MIB, "1.0 MiB", "1.0 MB" },
		{ 642142413, "612.4 MiB", "642.1 MB" },
		{ 114 * GIB + 4 * GIB / 10, "114.4 GiB", "122.8 GB" },
		{ 1024 * GIB, "1.0 TiB", "1.1 TB" },
		{ 1024 * 1024 * GIB, "1.0 PiB", "1.1 PB" },
		{ 1024 * 1024 * 1024 * GIB, "1.0 EiB", "1.2 EB" },
		{ UINT64_MAX - 1, "16.0 EiB", "18.4 EB" },
		{ UINT64_MAX, ">16.0 EiB", ">18.4 EB" },
	};
	char out[TEXT_FIGURE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		expect(text_size(out, cases[i].bytes, false), cases[i].iec);
		expect(text_size(out, cases[i].bytes, true), cases[i].si);
	}
}

Test(text, sizes_fit_their_column)
{
	char out[TEXT_FIGURE];
	uint64_t bytes = 1;

	/* Around every power of two and ten, and a walk in between: at most `###.# GiB`, with a sign one more. */
	for (int i = 0; i < 100000; i++) {
		bytes = bytes * 6364136223846793005ull + 1442695040888963407ull;
		uint64_t value = bytes >> (i % 64);

		cr_assert_leq(strlen(text_size(out, value, i % 2)), 9u, "%s", out);
		cr_assert_leq(strlen(text_delta(out, (int64_t)value, i % 2)), 10u, "%s", out);
	}
	for (int shift = 0; shift < 64; shift++)
		for (int off = -2; off <= 2; off++)
			cr_assert_leq(strlen(text_size(out, (1ull << shift) + (uint64_t)off, false)), 9u, "%s", out);
}

Test(text, delta)
{
	char out[TEXT_FIGURE];

	expect(text_delta(out, 0, false), "0 B");
	expect(text_delta(out, 1, false), "+1 B");
	expect(text_delta(out, -1, false), "-1 B");
	expect(text_delta(out, -(int64_t)(512 * MIB), false), "-512.0 MiB");
	expect(text_delta(out, (int64_t)(29 * GIB + GIB / 10), false), "+29.1 GiB");
	expect(text_delta(out, -1200000000, true), "-1.2 GB");
	expect(text_delta(out, INT64_MIN, false), "?");
	expect(text_delta(out, 1 - INT64_MAX, false), "-8.0 EiB");
	expect(text_delta(out, -INT64_MAX, false), ">-8.0 EiB");
	expect(text_delta(out, INT64_MAX - 1, false), "+8.0 EiB");
	expect(text_delta(out, INT64_MAX, false), ">+8.0 EiB");
}

Test(text, count)
{
	char out[TEXT_FIGURE];

	expect(text_count(out, 0), "0");
	expect(text_count(out, 999), "999");
	expect(text_count(out, 1000), "1 000");
	expect(text_count(out, 48211), "48 211");
	expect(text_count(out, 1204332), "1 204 332");
	expect(text_count(out, UINT64_MAX), "18 446 744 073 709 551 615");
}

Test(text, span)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ -5, "0 s" },          { 0, "0 s" },           { 4, "4 s" },            { 59, "59 s" },
		{ 60, "1 min" },        { 3599, "59 min" },     { 3600, "1 h" },         { 86399, "23 h" },
		{ 86400, "1 d" },       { 3 * 86400, "3 d" },   { 14 * 86400 - 1, "13 d" }, { 14 * 86400, "2 weeks" },
		{ 35 * 86400, "5 weeks" }, { 60 * 86400 - 1, "8 weeks" }, { 60 * 86400, "2 months" },
		{ 420 * 86400, "14 months" }, { 730 * 86400 - 1, "24 months" }, { 730 * 86400, "2 years" },
		{ INT64_MAX, "292471208677 years" },
	};
	char out[TEXT_FIGURE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		expect(text_span(out, cases[i].seconds), cases[i].text);
}

Test(text, time)
{
	char out[TEXT_FIGURE];

	setenv("TZ", "UTC-1", 1);
	tzset();
	expect(text_time(out, 1763452920), "2025-11-18 09:02");
	expect(text_time(out, 0), "1970-01-01 01:00");
	expect(text_time(out, -86400), "1969-12-31 01:00");
	expect(text_time(out, 9223372037), "2262-04-12 00:47");
	expect(text_time(out, 253402300800), "10000-01-01 01:00");
	expect(text_time(out, INT64_MAX), "?");
}

Test(text, parse_size)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "4096", 4096 },
		{ "4096B", 4096 },
		{ "10M", 10 * MIB },
		{ "10m", 10 * MIB },
		{ "10MiB", 10 * MIB },
		{ "10mib", 10 * MIB },
		{ "1.5GiB", GIB + GIB / 2 },
		{ "10kB", 10000 },
		{ "10KB", 10000 },
		{ "1.5MB", 1500000 },
		{ "2T", 2048 * GIB },
		{ "3PB", 3000000000000000ull },
		{ "1E", 1ull << 60 },
		{ "0.1K", 102 },
		{ "0.00000000000000000000001G", 0 },
		{ "18446744073709551615", UINT64_MAX },
		{ "15.999E", 18445591152204944769ull },
		{ "1.000000000000000001E", (1ull << 60) + 1 },
		{ "1.9999999999999999999999999999E", (2ull << 60) - 1 },
	};
	static const char *const bad[] = {"",     " 1",   "1 ",     "-1",   "+1",     "M",    ".5M",
	                                  "1.M",  "1.5",  "1.5B",   "10Q",  "10MiBs", "10Mi", "1,5M",
	                                  "0x10", "10 M", "1.5.5M", "10iB", "nan"};
	static const char *const far[] = {"18446744073709551616", "16E", "99999999999999999999999",
	                                  "18446744073709551615K", "99999999999999999999999K"};
	uint64_t bytes;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		bytes = 7;
		cr_expect_eq(text_parse_size(good[i].text, &bytes), 0, "%s", good[i].text);
		cr_expect_eq(bytes, good[i].bytes, "%s: %llu", good[i].text, (unsigned long long)bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect_eq(text_parse_size(bad[i], &bytes), -EINVAL, "%s", bad[i]);
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++)
		cr_expect_eq(text_parse_size(far[i], &bytes), -ERANGE, "%s", far[i]);
}

Test(text, parse_duration)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{"90s", 90},
		{"15m", 900},
		{"24h", 86400},
		{"7d", 7 * 86400},
		{"2w", 14 * 86400},
		{"3mo", 90 * 86400},
		{"1y", 365 * 86400},
		{"0s", 0},
		{"1.5d", 129600},
		{"0.25h", 900},
		{"9223372036854775807s", INT64_MAX},
	};
	static const char *const bad[] = {"",    "7",   "d",      "-7d", "7 d",   "7d ", "7days",
	                                  "1.h", ".5d", "1.5.2d", "7D",  "1d12h", "7mos"};
	static const char *const far[] = { "9223372036854775808s", "99999999999999999999999y", "292471208678y" };
	int64_t seconds;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		seconds = 7;
		cr_expect_eq(text_parse_duration(good[i].text, &seconds), 0, "%s", good[i].text);
		cr_expect_eq(seconds, good[i].seconds, "%s: %lld", good[i].text, (long long)seconds);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_expect_eq(text_parse_duration(bad[i], &seconds), -EINVAL, "%s", bad[i]);
	for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++)
		cr_expect_eq(text_parse_duration(far[i], &seconds), -ERANGE, "%s", far[i]);
}

#define BYTES(literal) literal, sizeof(literal) - 1

Test(text, utf8)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool valid;
	} cases[] = {
		{ BYTES(""), true },
		{ BYTES("plain"), true },
		{ BYTES("a\0b"), true },
		{ BYTES("gr\xc3\xbc\xc3\x9f"), true },
		{ BYTES("\xe2\x82\xac"), true },
		{ BYTES("\xed\x9f\xbf"), true },         /* U+D7FF */
		{ BYTES("\xee\x80\x80"), true },         /* U+E000 */
		{ BYTES("\xf4\x8f\xbf\xbf"), true },     /* U+10FFFF */
		{ BYTES("\xf4\x90\x80\x80"), false },    /* U+110000 */
		{ BYTES("\xed\xa0\x80"), false },        /* U+D800 */
		{ BYTES("\xed\xbf\xbf"), false },        /* U+DFFF */
		{ BYTES("\xc0\x80"), false },            /* overlong */
		{ BYTES("\xc1\xbf"), false },
		{ BYTES("\xe0\x9f\xbf"), false },
		{ BYTES("\xf0\x8f\xbf\xbf"), false },
		{ BYTES("\x80"), false },
		{ BYTES("\xc3"), false },
		{ BYTES("\xe2\x82"), false },
		{ BYTES("\xf0\x9f\x98"), false },
		{ BYTES("\xc3("), false },
		{ BYTES("\xfe"), false },
		{ BYTES("\xff"), false },
		{ BYTES("\xf8\x88\x80\x80\x80"), false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_eq(text_is_utf8(cases[i].bytes, cases[i].n), cases[i].valid, "case %zu", i);
}

/* Every code point, there and back. */
Test(text, decode_all)
{
	for (uint32_t code = 0; code <= 0x110000; code++) {
		char bytes[4];
		size_t n;
		uint32_t back = 0xffffffff;

		if (code < 0x80) {
			bytes[0] = (char)code;
			n = 1;
		} else if (code < 0x800) {
			bytes[0] = (char)(0xc0 | code >> 6);
			bytes[1] = (char)(0x80 | (code & 63));
			n = 2;
		} else if (code < 0x10000) {
			bytes[0] = (char)(0xe0 | code >> 12);
			bytes[1] = (char)(0x80 | (code >> 6 & 63));
			bytes[2] = (char)(0x80 | (code & 63));
			n = 3;
		} else {
			bytes[0] = (char)(0xf0 | code >> 18);
			bytes[1] = (char)(0x80 | (code >> 12 & 63));
			bytes[2] = (char)(0x80 | (code >> 6 & 63));
			bytes[3] = (char)(0x80 | (code & 63));
			n = 4;
		}
		bool valid = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);

		cr_assert_eq(text_decode(bytes, n, &back), valid ? n : 0, "U+%04X", code);
		if (valid)
			cr_assert_eq(back, code);
		cr_assert_eq(text_decode(bytes, n - 1, &back), 0, "U+%04X cut", code);
	}
}

static const char *safe(struct buf *out, const char *name, size_t n, bool ascii)
{
	buf_clear(out);
	cr_assert_eq(text_safe(out, name, n, ascii), 0);
	return out->data ? out->data : "";
}

Test(text, safe)
{
	struct buf out = {0};

	expect(safe(&out, BYTES(""), false), "");
	expect(safe(&out, BYTES("plain name.txt"), false), "plain name.txt");
	expect(safe(&out, BYTES("\x1b[31mred\x1b[0m"), false), "\\x1b[31mred\\x1b[0m");
	expect(safe(&out, BYTES("two\nlines\ttab\x7f"), false), "two\\x0alines\\x09tab\\x7f");
	expect(safe(&out, BYTES("nul\0inside"), false), "nul\\x00inside");
	expect(safe(&out, BYTES("c1 \xc2\x9b" "31m"), false), "c1 \\xc2\\x9b31m");
	expect(safe(&out, BYTES("bad \xff\xc3"), false), "bad \\xff\\xc3");
	expect(safe(&out, BYTES("rtl \xe2\x80\xae" "txt.exe"), false), "rtl \\xe2\\x80\\xaetxt.exe");
	expect(safe(&out, BYTES("\xe2\x81\xa6iso\xe2\x81\xa9"), false), "\\xe2\\x81\\xa6iso\\xe2\\x81\\xa9");
	expect(safe(&out, BYTES("\xef\xbb\xbf" "bom"), false), "\\xef\\xbb\\xbf" "bom");
	expect(safe(&out, BYTES("line\xe2\x80\xa8sep"), false), "line\\xe2\\x80\\xa8sep");
	expect(safe(&out, BYTES("back\\slash"), false), "back\\\\slash");
	expect(safe(&out, BYTES("\\x0a"), false), "\\\\x0a");
	expect(safe(&out, BYTES("\n"), false), "\\x0a");
	expect(safe(&out, BYTES("gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac"), false),
	       "gr\xc3\xbc\xc3\x9f \xe6\x97\xa5\xe6\x9c\xac");
	/* A joiner inside an emoji stays; anywhere else it is hidden. */
	expect(safe(&out, BYTES("👨\xe2\x80\x8d👩"), false), "👨\xe2\x80\x8d👩");
	expect(safe(&out, BYTES("👨\xe2\x80\x8d"), false), "👨\\xe2\\x80\\x8d");
	expect(safe(&out, BYTES("a\xe2\x80\x8d👩"), false), "a\\xe2\\x80\\x8d👩");
	expect(safe(&out, BYTES("gr\xc3\xbcn ~"), true), "gr\\xc3\\xbcn ~");
	buf_free(&out);
}

/* Whatever comes in, what comes out is valid UTF-8 without a control character. */
Test(text, safe_always)
{
	struct buf out = {0};
	uint64_t random = 42;

	for (int round = 0; round < 20000; round++) {
		char name[32];
		size_t n = (size_t)round % sizeof(name);

		for (size_t i = 0; i < n; i++) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			name[i] = (char)(random >> 56);
		}
		safe(&out, name, n, round % 2);
		cr_assert(text_is_utf8(out.data ? out.data : "", out.length));
		for (size_t i = 0, length; i < out.length; i += length) {
			uint32_t code;

			length = text_decode(out.data + i, out.length - i, &code);
			cr_assert(code >= 0x20 && !(code >= 0x7f && code < 0xa0) &&
			          !(code >= 0x202a && code <= 0x202e));
			cr_assert(!(round % 2) || code < 0x7f);
		}
	}
	buf_free(&out);
}

static void use_utf8(void)
{
	cr_assert_not_null(setlocale(LC_ALL, "C.UTF-8"));
}

Test(text, width, .init = use_utf8)
{
	cr_expect_eq(text_width(BYTES("")), 0);
	cr_expect_eq(text_width(BYTES("abc")), 3);
	cr_expect_eq(text_width(BYTES("gr\xc3\xbc\xc3\x9f")), 4);
	cr_expect_eq(text_width(BYTES("\xe6\x97\xa5\xe6\x9c\xac")), 4);
	cr_expect_eq(text_width(BYTES("e\xcc\x81")), 1);
	cr_expect_eq(text_width(BYTES("\xf0\x9f\x98\x80")), 2);
	cr_expect_eq(text_width(BYTES("\\x1b")), 4);
	cr_expect_eq(text_width(BYTES("\xff")), 1);
}

Test(text, width_without_utf8_locale)
{
	cr_assert_not_null(setlocale(LC_ALL, "C"));
	cr_expect_eq(text_width(BYTES("\xe6\x97\xa5\xe6\x9c\xac")), 4);
	cr_expect_eq(text_width(BYTES("e\xcc\x81")), 1);
	cr_expect_eq(text_width(BYTES("gr\xc3\xbc\xc3\x9f")), 4);
	cr_expect_eq(text_width(BYTES("\xf0\x9f\x98\x80")), 2);
}

static const char *shorten(struct buf *out, const char *name, size_t n, int cells)
{
	buf_clear(out);
	cr_assert_eq(text_shorten(out, name, n, cells), 0);
	return out->data ? out->data : "";
}

Test(text, shorten, .init = use_utf8)
{
	struct buf out = {0};

	expect(shorten(&out, BYTES("short"), 5), "short");
	expect(shorten(&out, BYTES("short"), 80), "short");
	expect(shorten(&out, BYTES(""), 0), "");
	expect(shorten(&out, BYTES("short"), 4), "s...");
	expect(shorten(&out, BYTES("short"), 3), "...");
	expect(shorten(&out, BYTES("short"), 1), ".");
	expect(shorten(&out, BYTES("short"), 0), "");
	expect(shorten(&out, BYTES("short"), -3), "");
	expect(shorten(&out, BYTES("release-build-of-the-year-2025-rt-2025"), 24), "release-build-...rt-2025");
	/* A wide character is not cut; the cell stays unused. */
	expect(shorten(&out, BYTES("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x96\x87\xe5\xad\x97"), 8),
	       "\xe6\x97\xa5\xe6\x9c\xac...");
	/* Nor is an escape, nor a letter from its accent. */
	expect(shorten(&out, BYTES("ab\\x1bcdefghijkl"), 10), "ab...kl");
	expect(shorten(&out, BYTES("abce\xcc\x81" "fghijklmno"), 9), "abce\xcc\x81...no");
	buf_free(&out);
}

Test(text, shorten_always, .init = use_utf8)
{
	static const char *const pieces[] = {"a", "\xc3\xbc", "\xe6\x97\xa5", "e\xcc\x81", "\\x1b", "\xf0\x9f\x98\x80",
	                                     "."};
	struct buf name = {0}, out = {0};
	uint64_t random = 1;

	for (int round = 0; round < 5000; round++) {
		buf_clear(&name);
		for (int i = 0; i < round % 40; i++) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			buf_str(&name, pieces[(random >> 33) % 7]);
		}
		const char *text = name.data ? name.data : "";
		int whole = text_width(text, name.length);

		for (int cells = 0; cells <= whole + 1; cells++) {
			shorten(&out, text, name.length, cells);
			int width = text_width(out.data ? out.data : "", out.length);

			cr_assert_leq(width, cells);
			cr_assert(text_is_utf8(out.data ? out.data : "", out.length));
			if (cells >= whole)
				cr_assert_eq(width, whole);
		}
	}
	buf_free(&name);
	buf_free(&out);
}

static const char *json(struct buf *out, const char *bytes, size_t n, bool *lost)
{
	buf_clear(out);
	cr_assert_eq(text_json(out, bytes, n, lost), 0);
	return out->data;
}

Test(text, json)
{
	struct buf out = {0};
	bool lost = false;

	expect(json(&out, BYTES(""), &lost), "\"\"");
	expect(json(&out, BYTES("a\"b\\c/"), &lost), "\"a\\\"b\\\\c/\"");
	expect(json(&out, BYTES("\n\x01\x1f\x7f\0"), &lost), "\"\\u000a\\u0001\\u001f\\u007f\\u0000\"");
	expect(json(&out, BYTES("gr\xc3\xbc\xc3\x9f"), &lost), "\"gr\xc3\xbc\xc3\x9f\"");
	expect(json(&out, BYTES("c1 \xc2\x9b" "31m"), &lost), "\"c1 \\u009b31m\"");
	expect(json(&out, BYTES("rtl \xe2\x80\xae" "txt.exe"), &lost), "\"rtl \\u202etxt.exe\"");
	expect(json(&out, BYTES("tag \xf3\xa0\x80\x81"), &lost), "\"tag \\udb40\\udc01\"");
	cr_expect_not(lost);
	expect(json(&out, BYTES("a\xff" "b\xc3"), &lost), "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"");
	cr_expect(lost);
	expect(json(&out, BYTES("fine"), &lost), "\"fine\"");
	cr_expect(lost, "stays set: one flag for a whole path");
	expect(json(&out, BYTES("\xff"), NULL), "\"\xef\xbf\xbd\"");
	buf_free(&out);
}

Test(text, base64)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *text;
	} cases[] = { /* RFC 4648, section 10 */
		{ BYTES(""), "" },
		{ BYTES("f"), "Zg==" },
		{ BYTES("fo"), "Zm8=" },
		{ BYTES("foo"), "Zm9v" },
		{ BYTES("foob"), "Zm9vYg==" },
		{ BYTES("fooba"), "Zm9vYmE=" },
		{ BYTES("foobar"), "Zm9vYmFy" },
		{ BYTES("\xff\xfe\xfd\xfb\xef"), "//79++8=" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out = {0};

		cr_expect_eq(text_base64(&out, cases[i].bytes, cases[i].n), 0);
		expect(out.data ? out.data : "", cases[i].text);
		buf_free(&out);
	}
}

static const char *shell(struct buf *out, const char *bytes, size_t n)
{
	buf_clear(out);
	cr_assert_eq(text_shell(out, bytes, n), 0);
	return out->data;
}

Test(text, shell)
{
	struct buf out = {0};

	expect(shell(&out, BYTES("")), "''");
	expect(shell(&out, BYTES("/usr/lib/a-b_c.1+2")), "/usr/lib/a-b_c.1+2");
	expect(shell(&out, BYTES("two words")), "'two words'");
	expect(shell(&out, BYTES("it's")), "'it'\\''s'");
	expect(shell(&out, BYTES("$(reboot)")), "'$(reboot)'");
	expect(shell(&out, BYTES("~ana")), "'~ana'");
	expect(shell(&out, BYTES("a\\b")), "'a\\b'");
	expect(shell(&out, BYTES("gr\xc3\xbc\xc3\x9f")), "'gr\xc3\xbc\xc3\x9f'");
	expect(shell(&out, BYTES("it's\n1\\\xff")), "$'it\\'s\\0121\\\\\\377'");
	expect(shell(&out, BYTES("\x1b[31m")), "$'\\033[31m'");
	buf_free(&out);
}

/* A shell is the oracle: what it reads back is the name. */
Test(text, shell_reads_it_back)
{
	struct buf command = {0};
	uint64_t random = 7;

	if (system("bash -c true") != 0)
		cr_skip_test("no bash");
	for (int round = 0; round < 60; round++) {
		char name[24], read[64];
		size_t n = 1 + (size_t)round % sizeof(name);

		for (size_t i = 0; i < n; i++) {
			do
				random = random * 6364136223846793005ull + 1442695040888963407ull;
			while (random >> 56 == 0);
			name[i] = (char)(random >> (round % 2 ? 56 : 57));
			if (!name[i])
				name[i] = '\'';
		}
		struct buf word = {0};

		cr_assert_eq(text_shell(&word, name, n), 0);
		buf_clear(&command);
		buf_str(&command, "printf %s ");
		buf_add(&command, word.data, word.length);
		struct buf outer = {0};

		/*
		 * popen() runs sh, which need not know $'...': hand the command to bash as one quoted word of our own
		 * making.
		 */
		buf_str(&outer, "exec bash -c '");
		for (size_t i = 0; i < command.length; i++) {
			if (command.data[i] == '\'')
				buf_str(&outer, "'\\''");
			else
				buf_char(&outer, command.data[i]);
		}
		buf_char(&outer, '\'');
		FILE *pipe = popen(outer.data, "r");

		cr_assert_not_null(pipe);
		size_t got = fread(read, 1, sizeof(read), pipe);

		cr_assert_eq(pclose(pipe), 0);
		cr_assert_eq(got, n, "%s", command.data);
		cr_assert_arr_eq(read, name, n, "%s", command.data);
		buf_free(&word);
		buf_free(&outer);
	}
	buf_free(&command);
}

/* The n-th allocation fails, for every n: an answer of -ENOMEM, and no leak (AddressSanitizer looks). */
Test(text, differences_of_counts)
{
	char out[TEXT_FIGURE];

	cr_expect_str_eq(text_count_delta(out, 0), "0");
	cr_expect_str_eq(text_count_delta(out, 1204332), "+1 204 332");
	cr_expect_str_eq(text_count_delta(out, -999), "-999");
	cr_expect_str_eq(text_count_delta(out, INT64_MAX), "+9 223 372 036 854 775 807");
	cr_expect_str_eq(text_count_delta(out, INT64_MIN), "?", "nobody knows");
}

Test(text, out_of_memory)
{
	static const char name[] =
		"a fairly long name with \x1b and \xff and more, so that the buffer grows more than once"
		" ...............................";

	for (int which = 0; which < 5; which++) {
		bool failed = true;

		for (long n = 0; failed; n++) {
			struct buf out = {0};
			int rc;

			cr_assert_lt(n, 100);
			alloc_fail_at(n, true);
			rc = which == 0 ? text_safe(&out, name, sizeof(name) - 1, false) :
			     which == 1 ? text_json(&out, name, sizeof(name) - 1, NULL) :
			     which == 2 ? text_base64(&out, name, sizeof(name) - 1) :
			     which == 3 ? text_shell(&out, name, sizeof(name) - 1) :
			                  text_shorten(&out, name, sizeof(name) - 1, 60);
			failed = alloc_count() > n;
			alloc_fail_at(-1, false);
			cr_assert_eq(rc, failed ? -ENOMEM : 0, "which %d, n %ld", which, n);
			buf_free(&out);
		}
	}
}
