/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/page/html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/figure.h"
#include "base/text.h"

/* XML 1.0 has no other control characters, not even escaped. */
static bool allowed(uint32_t code)
{
	return code == '\n' || (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code != 0xfffe && code != 0xffff);
}

static void put(struct buf *out, const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		uint32_t code;
		size_t n = text_decode(text + at, length - at, &code);

		if (!n || !allowed(code)) {
			buf_str(out, "\xef\xbf\xbd");
			at += n ? n : 1;
			continue;
		}
		switch (code) {
		case '&': buf_str(out, "&amp;"); break;
		case '<': buf_str(out, "&lt;"); break;
		case '>': buf_str(out, "&gt;"); break;
		case '"': buf_str(out, "&quot;"); break;
		case '\'': buf_str(out, "&#39;"); break;
		default: buf_add(out, text + at, n);
		}
		at += n;
	}
}

void html_text(struct buf *out, const char *text)
{
	put(out, text, strlen(text));
}

void html_printf(struct buf *out, const char *format, ...)
{
	struct buf text = {0};
	va_list arguments;
	char small[512];
	int length;

	va_start(arguments, format);
	length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	if (length >= (int)sizeof(small)) {
		char *room = buf_room(&text, (size_t)length + 1);

		va_start(arguments, format);
		if (room)
			vsnprintf(room, (size_t)length + 1, format, arguments);
		va_end(arguments);
	}
	if (text.failed || length < 0)
		out->failed = true;
	else
		html_text(out, text.data ? text.data : small);
	buf_free(&text);
}

void html_name(struct buf *out, const void *bytes, size_t n, int cells)
{
	struct buf name = {0};

	if (text_name(&name, bytes, n, false, cells))
		out->failed = true;
	else
		put(out, name.data ? name.data : "", name.length);
	buf_free(&name);
}

void html_isolated(struct buf *out, const char *path, int cells)
{
	buf_str(out, "<bdi class=\"name\">");
	html_name(out, path, strlen(path), cells);
	buf_str(out, "</bdi>");
}

void html_size(struct buf *out, uint64_t bytes, bool si)
{
	char figure[TEXT_FIGURE];

	buf_printf(out, "<data value=\"%" PRIu64 "\">", bytes);
	html_text(out, text_size(figure, bytes, si));
	buf_str(out, "</data>");
}

void html_delta(struct buf *out, int64_t bytes, bool si)
{
	char figure[TEXT_FIGURE];

	if (bytes == FIGURE_UNKNOWN) {
		buf_str(out, "<data value=\"\">?</data>");
		return;
	}
	buf_printf(out, "<data class=\"%s\" value=\"%" PRId64 "\">",
	           bytes > 0   ? "grew"
	           : bytes < 0 ? "shrank"
	                       : "same",
	           bytes);
	html_text(out, text_delta(figure, bytes, si));
	buf_str(out, "</data>");
}

void html_bar(struct buf *out, double share, const char *class)
{
	double width = share < 0 ? 0 : share > 1 ? 100 : share * 100;

	buf_printf(out,
	           "<svg class=\"bar\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
	           "<rect class=\"%s\" width=\"%.2f\" height=\"1\"/></svg>",
	           class, width);
}

/* ---- parts of a page ---- */

void html_section(struct buf *out, const char *id, const char *title, const char *about)
{
	buf_printf(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">", id, id);
	html_text(out, title);
	buf_str(out, "</h2>\n");
	if (about) {
		buf_str(out, "<p class=\"soft\">");
		html_text(out, about);
		buf_str(out, "</p>\n");
	}
}

void html_table(struct buf *out, const char *caption, const struct html_head *heads, size_t count)
{
	buf_str(out, "<table>\n");
	if (caption) {
		buf_str(out, "<caption>");
		html_text(out, caption);
		buf_str(out, "</caption>\n");
	}
	buf_str(out, "<thead><tr>");
	for (size_t i = 0; i < count; i++) {
		buf_printf(out, "<th scope=\"col\" class=\"%s\">", heads[i].class);
		html_text(out, heads[i].text);
		buf_str(out, "</th>");
	}
	buf_str(out, "</tr></thead>\n<tbody>\n");
}

void html_end_table(struct buf *out)
{
	buf_str(out, "</tbody>\n</table>\n");
}

void html_cell(struct buf *out, const char *class, const char *text)
{
	buf_printf(out, "<td class=\"%s\">", class);
	html_text(out, text);
	buf_str(out, "</td>");
}

void html_cell_size(struct buf *out, uint64_t bytes, bool si)
{
	buf_str(out, "<td class=\"n\">");
	html_size(out, bytes, si);
	buf_str(out, "</td>");
}

void html_cell_delta(struct buf *out, int64_t bytes, bool si)
{
	buf_str(out, "<td class=\"n\">");
	html_delta(out, bytes, si);
	buf_str(out, "</td>");
}
