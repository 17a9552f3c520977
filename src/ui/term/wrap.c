/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/term/wrap.h"

#include <string.h>

#include "base/text.h"

const char *wrap_line(const char *text, int cells, size_t *length)
{
	const char *blank = NULL, *at = text;
	int width = 0;

	while (*at && *at != '\n') {
		uint32_t code;
		size_t n = text_decode(at, strlen(at), &code);
		int w = n ? text_code_width(code) : 1;

		/* Not even one character fits: go on all the same. */
		if (width + w > cells && at > text)
			break;
		if (*at == ' ')
			blank = at;
		width += w;
		at += n ? n : 1;
	}
	if (*at && *at != '\n' && *at != ' ' && blank)
		at = blank;
	*length = (size_t)(at - text);
	return *at == '\n' || *at == ' ' ? at + 1 : at;
}
