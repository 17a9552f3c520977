/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/wrap.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* Is this character in the text of others? */
static bool among(const char *others, const char *character, size_t length)
{
	uint32_t code;

	for (size_t n; *others; others += n) {
		n = text_decode(others, strlen(others), &code);
		if (n == length && !memcmp(others, character, length))
			return true;
	}
	return false;
}

/* No line begins with what closes or belongs to the syllable before, */
static bool begins_no_line(const char *character, size_t length)
{
	return among("、。，．：；？！）」』】〕〉》・ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}%'\"/", character, length);
}

/* and none ends with what opens. */
static bool ends_no_line(const char *character, size_t length)
{
	return among("（「『【〔〈《([{'\"", character, length);
}

const char *wrap_line(const char *text, int cells, size_t *length)
{
	const char *fits = NULL, *at = text, *before = NULL;
	int width = 0, width_before = 0;
	size_t n_before = 0;

	while (*at && *at != '\n') {
		uint32_t code;
		size_t n = text_decode(at, strlen(at), &code);
		int w = n ? text_code_width(code) : 1;

		n = n ? n : 1;
		if (*at == ' ' || (before && *before != ' ' && (w == 2 || (w && width_before == 2)) &&
		                   !begins_no_line(at, n) && !ends_no_line(before, n_before)))
			fits = at;
		/* Not even one character fits: go on all the same. */
		if (width + w > cells && at > text)
			break;
		width += w;
		before = at;
		n_before = n;
		width_before = w;
		at += n;
	}
	if (*at && *at != '\n' && fits)
		at = fits;
	*length = (size_t)(at - text);
	return *at == '\n' || *at == ' ' ? at + 1 : at;
}
