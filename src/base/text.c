/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <wchar.h>

/* ---- UTF-8 ---- */

size_t text_decode(const void *bytes, size_t n, uint32_t *code)
{
	const unsigned char *p = bytes;
	size_t length;
	uint32_t c, least;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	if ((p[0] & 0xe0) == 0xc0) {
		length = 2;
		c = p[0] & 0x1f;
		least = 0x80;
	} else if ((p[0] & 0xf0) == 0xe0) {
		length = 3;
		c = p[0] & 0x0f;
		least = 0x800;
	} else if ((p[0] & 0xf8) == 0xf0) {
		length = 4;
		c = p[0] & 0x07;
		least = 0x10000;
	} else {
		return 0;
	}
	if (n < length)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return length;
}

bool text_is_utf8(const void *bytes, size_t n)
{
	const char *p = bytes;
	uint32_t code;

	for (size_t i = 0, length; i < n; i += length) {
		length = 1;
		if ((unsigned char)p[i] < 0x80) /* nearly every byte there is */
			continue;
		length = text_decode(p + i, n - i, &code);
		if (length == 0)
			return false;
	}
	return true;
}

/* ---- widths ---- */

struct range {
	uint32_t first, last;
};

static bool in_ranges(const struct range *ranges, size_t n, uint32_t code)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code > ranges[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && code >= ranges[low].first;
}

#define IN(table, code) in_ranges(table, sizeof(table) / sizeof(*(table)), code)

int text_code_width(uint32_t code)
{
	/* Only for what the C library does not know: a locale that is not UTF-8, characters younger than it. */
	static const struct range combining[] = {
		{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a }, { 0x064b, 0x065f },
		{ 0x06d6, 0x06dc }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
		{ 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x2064 }, { 0x2066, 0x206f }, { 0x20d0, 0x20f0 },
		{ 0x302a, 0x302d }, { 0x3099, 0x309a }, { 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff },
		{ 0x1f3fb, 0x1f3ff }, { 0xe0100, 0xe01ef },
	};
	static const struct range wide[] = {
		{0x1100, 0x115f},   {0x2329, 0x232a},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},
		{0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97c},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
		{0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18cff},
		{0x1aff0, 0x1b2ff}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1f9ff},
		{0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
	};

	if (code < 0x7f)
		return 1;
	int width = wcwidth((wchar_t)code);

	if (width >= 0)
		return width;
	return IN(combining, code) ? 0 : IN(wide, code) ? 2 : 1;
}

/*
 * Must this character not reach a terminal?  Controls, invisible format characters, what reorders text, no characters
 * at all.
 */
static bool hidden(uint32_t code)
{
	static const struct range ranges[] = {
		{0x00, 0x1f},     {0x7f, 0x9f},       {0xad, 0xad},       {0x061c, 0x061c},   {0x180e, 0x180e},
		{0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},   {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
		{0xfff9, 0xfffb}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff},
	};

	return IN(ranges, code) || (code & 0xfffe) == 0xfffe;
}

/** Pictures that a joiner (U+200D) may make one of: a family, a flag. */
static bool joins(uint32_t code)
{
	static const struct range ranges[] = {
		{ 0x2190, 0x21ff }, { 0x2600, 0x27bf }, { 0x2b00, 0x2bff }, { 0xfe0f, 0xfe0f }, { 0x1f000, 0x1faff },
	};

	return IN(ranges, code);
}

static int add_escapes(struct buf *out, const unsigned char *bytes, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		char escape[4] = { '\\', 'x', hex[bytes[i] >> 4], hex[bytes[i] & 15] };

		buf_add(out, escape, sizeof(escape));
	}
	return out->failed ? -ENOMEM : 0;
}

int text_safe(struct buf *out, const void *name, size_t n, bool ascii)
{
	const unsigned char *p = name;
	uint32_t before = 0, code, after;

	for (size_t i = 0, length; i < n; i += length, before = code) {
		length = text_decode(p + i, n - i, &code);
		if (length == 0) {
			length = 1;
			code = 0;
			add_escapes(out, p + i, 1);
		} else if (code == 0x200d && !ascii && joins(before) &&
		           text_decode(p + i + length, n - i - length, &after) && joins(after)) {
			buf_add(out, p + i, length);
		} else if (hidden(code) || (ascii && code > 0x7e) || (i == 0 && text_code_width(code) == 0)) {
			/* a mark at the beginning would combine with what stands before the name */
			add_escapes(out, p + i, length);
		} else if (code == '\\') {
			/*
			 * or a name that holds the four characters of an escape could not be told from the byte itself
			 */
			buf_str(out, "\\\\");
		} else {
			buf_add(out, p + i, length);
		}
	}
	return out->failed ? -ENOMEM : 0;
}

int text_width(const char *safe, size_t n)
{
	int width = 0;

	for (size_t i = 0, length; i < n; i += length) {
		uint32_t code;

		length = text_decode(safe + i, n - i, &code);
		if (length == 0) {
			length = 1;
			width++;
		} else {
			width += text_code_width(code);
		}
	}
	return width;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/*
 * What must stay together at the start of a safe string: an escape, or a character with the combining ones behind it.
 */
static size_t unit_length(const char *safe, size_t n, int *width)
{
	uint32_t code;

	if (n >= 4 && safe[0] == '\\' && safe[1] == 'x' && is_hex(safe[2]) && is_hex(safe[3])) {
		*width = 4;
		return 4;
	}
	if (n >= 2 && safe[0] == '\\' && safe[1] == '\\') {
		*width = 2;
		return 2;
	}
	size_t length = text_decode(safe, n, &code);

	if (length == 0) {
		*width = 1;
		return 1;
	}
	*width = text_code_width(code);
	for (size_t more; length < n; length += more) {
		more = text_decode(safe + length, n - length, &code);
		if (more == 0 || text_code_width(code) != 0)
			break;
	}
	return length;
}

int text_shorten(struct buf *out, const char *safe, size_t n, int cells)
{
	int whole = text_width(safe, n);

	if (whole <= cells)
		return buf_add(out, safe, n);
	if (cells <= 3)
		return buf_add(out, "...", cells > 0 ? (size_t)cells : 0);
	/* Two thirds of the room to the beginning, one to the end: names differ there (versions, extensions). */
	int right = (cells - 3) / 3, left = cells - 3 - right;
	size_t head = 0, tail = n;
	int width, seen = 0;

	for (size_t i = 0; i < n;) {
		if (whole - seen <= right) {
			tail = i;
			break;
		}
		i += unit_length(safe + i, n - i, &width);
		seen += width;
		if (seen <= left)
			head = i;
	}
	buf_add(out, safe, head);
	buf_add(out, "...", 3);
	return buf_add(out, safe + tail, n - tail);
}

int text_name(struct buf *out, const void *name, size_t n, bool ascii, int cells)
{
	struct buf safe = {0};
	int rc = text_safe(&safe, name, n, ascii);

	if (!rc)
		rc = text_shorten(out, safe.data ? safe.data : "", safe.length, cells);
	buf_free(&safe);
	return rc;
}

/* ---- other people's grammars ---- */

/* As JSON writes what must not stand there: in UTF-16. */
static void add_unicode_escape(struct buf *out, uint32_t code)
{
	if (code > 0xffff) {
		code -= 0x10000;
		buf_printf(out, "\\u%04x", (unsigned)(0xd800 | code >> 10));
		code = 0xdc00 | (code & 0x3ff);
	}
	buf_printf(out, "\\u%04x", (unsigned)code);
}

int text_json(struct buf *out, const void *bytes, size_t n, bool *lost)
{
	const unsigned char *p = bytes;

	buf_char(out, '"');
	for (size_t i = 0, length; i < n; i += length) {
		uint32_t code;

		length = text_decode(p + i, n - i, &code);
		if (length == 0) {
			length = 1;
			buf_str(out, "\xef\xbf\xbd");
			if (lost)
				*lost = true;
		} else if (code == '"' || code == '\\') {
			char escape[2] = { '\\', (char)code };

			buf_add(out, escape, 2);
		} else if (hidden(code)) {
			add_unicode_escape(out, code);
		} else {
			buf_add(out, p + i, length);
		}
	}
	return buf_char(out, '"');
}

int text_base64(struct buf *out, const void *bytes, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t group = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
		                 (left > 2 ? p[i + 2] : 0);
		char four[4] = {
			digit[group >> 18],
			digit[group >> 12 & 63],
			left > 1 ? digit[group >> 6 & 63] : '=',
			left > 2 ? digit[group & 63] : '=',
		};

		buf_add(out, four, 4);
	}
	return out->failed ? -ENOMEM : 0;
}

int text_shell(struct buf *out, const void *bytes, size_t n)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./+,:@%";
	const unsigned char *p = bytes;
	bool bare = n > 0, raw = true;

	for (size_t i = 0, length; i < n; i += length) {
		uint32_t code;

		length = text_decode(p + i, n - i, &code);
		if (length == 0 || hidden(code)) {
			length = length ? length : 1;
			raw = false;
		} else if (code > 0x7e || !strchr(plain, (int)code)) {
			bare = false;
		}
	}
	if (bare && raw)
		return buf_add(out, p, n);
	buf_str(out, raw ? "'" : "$'");
	for (size_t i = 0, length; i < n; i += length) {
		uint32_t code;

		length = text_decode(p + i, n - i, &code);
		if (length == 0 || hidden(code)) {
			length = length ? length : 1;
			for (size_t k = 0; k < length; k++)
				buf_printf(out, "\\%03o", p[i + k]);
		} else if (code == '\'') {
			buf_str(out, raw ? "'\\''" : "\\'");
		} else if (code == '\\' && !raw) {
			buf_str(out, "\\\\");
		} else {
			buf_add(out, p + i, length);
		}
	}
	return buf_char(out, '\'');
}
