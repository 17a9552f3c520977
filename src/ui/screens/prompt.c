/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/prompt.h"

#include <string.h>

#include "base/text.h"

/* C0, DEL, C1, and what steers a terminal's direction: nothing a person means to type. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200e && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

static size_t encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Cells of the character at `at`, and its bytes. */
static int width_at(const struct prompt *prompt, size_t at, size_t *bytes)
{
	uint32_t code;

	*bytes = text_decode(prompt->text + at, prompt->length - at, &code);
	if (!*bytes) { /* cannot be: the text is valid */
		*bytes = 1;
		return 1;
	}
	return text_code_width(code);
}

/* The next place of the cursor: behind a character and what combines with it. */
static size_t after(const struct prompt *prompt, size_t at)
{
	size_t bytes;

	if (at >= prompt->length)
		return prompt->length;
	width_at(prompt, at, &bytes);
	at += bytes;
	while (at < prompt->length && width_at(prompt, at, &bytes) == 0)
		at += bytes;
	return at;
}

static size_t before(const struct prompt *prompt, size_t at)
{
	size_t last = 0;

	for (size_t i = 0; i < at; i = after(prompt, i))
		last = i;
	return last;
}

static void cut(struct prompt *prompt, size_t from, size_t to)
{
	memmove(prompt->text + from, prompt->text + to, prompt->length - to + 1);
	prompt->length -= to - from;
	prompt->cursor = from;
}

static bool insert(struct prompt *prompt, uint32_t code)
{
	char bytes[4];
	size_t n;

	if (is_control(code) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return false;
	n = encode(code, bytes);
	if (prompt->length + n >= sizeof(prompt->text))
		return false;
	memmove(prompt->text + prompt->cursor + n, prompt->text + prompt->cursor, prompt->length - prompt->cursor + 1);
	memcpy(prompt->text + prompt->cursor, bytes, n);
	prompt->length += n;
	prompt->cursor += n;
	return true;
}

void prompt_set(struct prompt *prompt, const char *text)
{
	size_t left = strlen(text);

	memset(prompt, 0, sizeof(*prompt));
	while (left) {
		uint32_t code;
		size_t n = text_decode(text, left, &code);

		if (n)
			insert(prompt, code);
		else
			n = 1;
		text += n;
		left -= n;
	}
}

static enum prompt_result move(struct prompt *prompt, size_t to)
{
	prompt->cursor = to;
	return PROMPT_MOVED;
}

static enum prompt_result erase(struct prompt *prompt, size_t from, size_t to)
{
	if (from == to)
		return PROMPT_MOVED;
	cut(prompt, from, to);
	return PROMPT_CHANGED;
}

static size_t word_before(const struct prompt *prompt)
{
	size_t at = prompt->cursor;

	while (at && prompt->text[at - 1] == ' ')
		at--;
	while (at && prompt->text[at - 1] != ' ')
		at--;
	return at;
}

enum prompt_result prompt_key(struct prompt *prompt, const struct input *input)
{
	if (input->kind == INPUT_TEXT)
		return insert(prompt, input->key) ? PROMPT_CHANGED : PROMPT_NONE;
	if (input->kind != INPUT_KEY)
		return PROMPT_NONE;
	switch (input->key) {
	case IN_ENTER: return PROMPT_DONE;
	case IN_ESC:
	case IN_CTRL('c'): return PROMPT_CANCELLED;
	case IN_LEFT:
	case IN_CTRL('b'): return move(prompt, before(prompt, prompt->cursor));
	case IN_RIGHT:
	case IN_CTRL('f'): return move(prompt, after(prompt, prompt->cursor));
	case IN_HOME:
	case IN_CTRL('a'): return move(prompt, 0);
	case IN_END:
	case IN_CTRL('e'): return move(prompt, prompt->length);
	case IN_BACKSPACE:
	case IN_CTRL('h'): return erase(prompt, before(prompt, prompt->cursor), prompt->cursor);
	case IN_DELETE:
	case IN_CTRL('d'): return erase(prompt, prompt->cursor, after(prompt, prompt->cursor));
	case IN_CTRL('u'): return erase(prompt, 0, prompt->cursor);
	case IN_CTRL('k'): return erase(prompt, prompt->cursor, prompt->length);
	case IN_CTRL('w'): return erase(prompt, word_before(prompt), prompt->cursor);
	default: return insert(prompt, input->key) ? PROMPT_CHANGED : PROMPT_NONE;
	}
}

void prompt_paint(const struct prompt *prompt, struct canvas *canvas, int row, const char *label)
{
	int before_text = 1 + canvas_width(label); /* a blank at the edge, as in every row */
	int room, width = 0;
	size_t first = 0, bytes;

	if (before_text > canvas->cols / 2)
		before_text = canvas->cols / 2;
	room = canvas->cols - before_text - 1; /* the last cell is the cursor's */
	/* The text from `first` to the cursor must fit: drop characters at the left until it does. */
	for (size_t i = 0; i < prompt->cursor; i += bytes)
		width += width_at(prompt, i, &bytes);
	while (width > room && first < prompt->cursor) {
		size_t next = after(prompt, first);

		for (size_t i = first; i < next; i += bytes)
			width -= width_at(prompt, i, &bytes);
		first = next;
	}
	canvas_fill(canvas, row, 0, canvas->cols, ROLE_TEXT, ' ');
	canvas_put(canvas, row, 1, before_text - 1, ROLE_KEY, label, strlen(label));
	canvas_put(canvas, row, before_text, room, ROLE_TEXT, prompt->text + first, prompt->length - first);
	canvas->cursor_row = row;
	canvas->cursor_col = before_text + width;
}
