/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/wrap.h"

/* A text in lines of so many cells, '|' between them. */
static const char *lines(const char *text, int cells)
{
	static char out[1024];
	size_t length, at = 0;

	out[0] = '\0';
	do {
		const char *next = wrap_line(text, cells, &length);

		cr_assert(next > text || !*text, "no end: %s", text);
		at += (size_t)snprintf(out + at, sizeof out - at, "%.*s%s", (int)length, text, *next ? "|" : "");
		text = next;
	} while (*text);
	return out;
}

#define expect(text, cells, expected) cr_expect_str_eq(lines(text, cells), expected, "%s", lines(text, cells))

static void in_utf8(void)
{
	cr_assert(setlocale(LC_ALL, "C.UTF-8"));
}

TestSuite(wrap, .init = in_utf8);

Test(wrap, at_blanks)
{
	expect("", 10, "");
	expect("one two three", 7, "one two|three");
	expect("one two three", 8, "one two|three");
	expect("one two three", 6, "one|two|three");
	expect("one\ntwo three", 80, "one|two three");
	expect("/a/path/without/one", 7, "/a/path|/withou|t/one");
	expect("grün weiß", 6, "grün|weiß");
}

/* Chinese and Japanese are broken between any two characters, but a full stop stays with its sentence. */
Test(wrap, wide_characters)
{
	expect("日本語の文章", 4, "日本|語の|文章");
	expect("日本語の文章", 5, "日本|語の|文章");
	expect("文章です。次", 8, "文章で|す。次");
	expect("文章です。次", 10, "文章です。|次");
	expect("長い「引用」文", 6, "長い|「引|用」文");
	expect("ファイル disktracker の中", 12, "ファイル|disktracker|の中");
	expect("ファイルdisktrackerの中", 12, "ファイル|disktracker|の中");
	expect("既定: 最新のスナップショット", 12, "既定: 最新の|スナップ|ショット");
	expect("文", 1, "文");
}

/* No line is wider than it may be, and nothing but blanks and line feeds between lines is lost. */
Test(wrap, every_width)
{
	static const char text[] = "サイズを 1000 の累乗で表示する (kB、MB)。(既定) を、\"引用\"付きで disktracker scan";
	char whole[sizeof text], told[sizeof text];

	for (int cells = 2; cells < 60; cells++) {
		size_t length, n = 0, m = 0;

		for (const char *at = text, *next; *at; at = next) {
			next = wrap_line(at, cells, &length);
			cr_expect(text_width(at, length) <= cells, "%d cells: %.*s", cells, (int)length, at);
			for (size_t i = 0; i < length; i++)
				if (at[i] != ' ')
					told[n++] = at[i];
		}
		for (const char *c = text; *c; c++)
			if (*c != ' ')
				whole[m++] = *c;
		cr_expect(n == m && !memcmp(told, whole, n), "%d cells", cells);
	}
}
