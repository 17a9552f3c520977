/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/snapshot/counting.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"

/* Is it one of the words of a text?  Blanks in patterns are written as %20. */
static bool has_word(const char *text, const char *word, size_t length)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		if (n == length && !memcmp(text, word, length))
			return true;
		text += n + (text[n] == ' ');
	}
	return false;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What is an option by itself is told so, everything else is a pattern. */
static void add_word(struct buf *out, const char *word, size_t length)
{
	if (*word != '-')
		buf_str(out, "--exclude ");
	for (size_t i = 0; i < length; i++)
		if (word[i] == '%' && i + 2 < length && hex(word[i + 1]) >= 0 && hex(word[i + 2]) >= 0) {
			buf_char(out, (char)(hex(word[i + 1]) * 16 + hex(word[i + 2])));
			i += 2;
		} else {
			buf_char(out, word[i]);
		}
}

static void add_missing(struct buf *out, const char *from, const char *in, const char *how, size_t begin)
{
	bool first = true;

	while (*from) {
		size_t n = strcspn(from, " ");

		if (n && !has_word(in, from, n)) {
			if (!first)
				buf_char(out, ' ');
			else if (out->length > begin)
				buf_str(out, ", ");
			if (first) {
				buf_str(out, how);
				buf_char(out, ' ');
			}
			first = false;
			add_word(out, from, n);
		}
		from += n + (from[n] == ' ');
	}
}

int counting_difference(const char *ours, const char *theirs, struct buf *out)
{
	size_t begin = out->length;

	add_missing(out, theirs, ours, _("with"), begin);
	add_missing(out, ours, theirs, _("without"), begin);
	return out->failed ? -ENOMEM : 0;
}
