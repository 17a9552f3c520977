/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/term/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ESC 0x1b
#define BEL 0x07
#define CAN 0x18
#define SUB 0x1a
#define DOUBLE_CLICK_NS 400000000

static const char paste_mark[] = "[201~"; /* behind ESC */

void keys_init(struct keys *keys)
{
	memset(keys, 0, sizeof(*keys));
	keys->click_row = -1;
}

void keys_own(struct keys *keys, const char *sequence, uint32_t key)
{
	size_t length = strlen(sequence);

	if (length < 2 || sequence[0] != ESC || length >= sizeof(keys->own->sequence) || keys->own_count == KEYS_OWN)
		return;
	memcpy(keys->own[keys->own_count].sequence, sequence, length + 1);
	keys->own[keys->own_count++].key = key;
}

size_t keys_room(const struct keys *keys)
{
	return KEYS_BYTES - keys->count;
}

void keys_feed(struct keys *keys, const void *bytes, size_t n, int64_t now_ns)
{
	const unsigned char *from = bytes;

	if (n)
		keys->fed_ns = now_ns;
	for (; n && keys->count < KEYS_BYTES; n--)
		keys->bytes[(keys->first + keys->count++) % KEYS_BYTES] = *from++;
}

static void take(struct keys *keys)
{
	keys->first = (keys->first + 1) % KEYS_BYTES;
	keys->count--;
}

static void begin(struct keys *keys, enum keys_state state)
{
	keys->state = state;
	keys->length = 0;
	keys->too_long = false;
}

static void remember(struct keys *keys, unsigned char byte)
{
	if (keys->length < KEYS_SEQUENCE)
		keys->sequence[keys->length++] = (char)byte;
	else
		keys->too_long = true;
	keys->sequence[keys->length] = 0;
}

static bool key(struct input *out, uint32_t code)
{
	*out = (struct input){.kind = INPUT_KEY, .key = code};
	return code != 0;
}

/** The key that the terminal's description names so; 0 = none. */
static uint32_t own_key(const struct keys *keys)
{
	for (size_t i = 0; i < keys->own_count; i++)
		if (!strcmp(keys->own[i].sequence + 1, keys->sequence))
			return keys->own[i].key;
	return 0;
}

/* ---- sequences ---- */

/** ESC O …, ESC [ …: xterm, VT220, PuTTY, rxvt and the Linux console agree on these letters. */
static uint32_t letter_key(char letter)
{
	switch (letter) {
	case 'A': return IN_UP;
	case 'B': return IN_DOWN;
	case 'C': return IN_RIGHT;
	case 'D': return IN_LEFT;
	case 'H': return IN_HOME;
	case 'F': return IN_END;
	default: return 0;
	}
}

/** ESC [ n ~: xterm and rxvt differ in Home and End, and each is PuTTY's in some setting. */
static uint32_t number_key(long number)
{
	switch (number) {
	case 1:
	case 7: return IN_HOME;
	case 4:
	case 8: return IN_END;
	case 3: return IN_DELETE;
	case 5: return IN_PAGE_UP;
	case 6: return IN_PAGE_DOWN;
	default: return (number >= 11 && number <= 34) || number == 2 ? IN_UNKNOWN : 0;
	}
}

/** A click or a turn of the wheel; releases and other buttons are nothing. */
static bool mouse(struct keys *keys, int64_t now_ns, long button, long col, long row, struct input *out)
{
	*out = (struct input){.row = (int)row - 1, .col = (int)col - 1};
	if (row < 1 || col < 1 || row > 100000 || col > 100000)
		return false;
	if (button == 64 || button == 65) {
		out->kind = button == 64 ? INPUT_WHEEL_UP : INPUT_WHEEL_DOWN;
		return true;
	}
	if (button)
		return false;
	out->kind = out->row == keys->click_row && now_ns - keys->click_ns < DOUBLE_CLICK_NS ? INPUT_DOUBLE_CLICK
	                                                                                     : INPUT_CLICK;
	keys->click_row = out->kind == INPUT_CLICK ? out->row : -1;
	keys->click_ns = now_ns;
	return true;
}

/** A CSI sequence is complete: `[`, what belongs to it, its final byte. */
static bool csi(struct keys *keys, int64_t now_ns, struct input *out)
{
	const char *text = keys->sequence + 1;
	char final = keys->sequence[keys->length - 1], *end;
	uint32_t own = own_key(keys);
	long first, second = 0, third = 0;

	if (keys->too_long)
		return false;
	if (*text == '<') { /* the mouse, SGR */
		first = strtol(text + 1, &end, 10);
		second = *end == ';' ? strtol(end + 1, &end, 10) : 0;
		third = *end == ';' ? strtol(end + 1, &end, 10) : 0;
		return final == 'M' && mouse(keys, now_ns, first, second, third, out);
	}
	if (own)
		return key(out, own);
	first = strtol(text, &end, 10);
	if (final == '~' && end[0] == '~' && first == 200) {
		keys->pasting = true;
		keys->paste_blank = false;
		keys->paste_end = keys->pasted = 0;
		return false;
	}
	if (final == '~') {
		if (end[0] == '~')
			return key(out, number_key(first));
		return key(out, *text != '?' && first != 27 && number_key(first) ? IN_UNKNOWN : 0);
	}
	if (final == 'Z' && !text[1])
		return key(out, IN_BACK_TAB);
	if (letter_key(final))
		return key(out, text[1] ? IN_UNKNOWN : letter_key(final));
	if (final == '^' || final == '@' || final == '$') /* rxvt, with Ctrl or Shift */
		return key(out, number_key(first) ? IN_UNKNOWN : 0);
	return false;
}

/** ESC O and a letter: cursor keys, function keys, the numeric pad. */
static bool ss3(const struct keys *keys, struct input *out)
{
	static const char pad[] = "jklmnopqrstuvwxy", means[] = "*+,-./0123456789";
	char final = keys->sequence[keys->length - 1];
	const char *at = strchr(pad, final);
	uint32_t own = own_key(keys);

	if (own)
		return key(out, own);
	if (keys->too_long || keys->length != 2)
		return key(out, IN_UNKNOWN);
	if (final == 'M')
		return key(out, IN_ENTER);
	return key(out, letter_key(final) ? letter_key(final) : at ? (uint32_t)means[at - pad] : IN_UNKNOWN);
}

/** "rgb:ffff/8080/00": the first two digits of each count.  False when it is none. */
static bool colour(const char *text, uint32_t *rgb)
{
	*rgb = 0;
	if (strncmp(text, "rgb", 3))
		return false;
	text += strcspn(text, ":");
	for (int i = 0; i < 3; i++) {
		char *end;
		unsigned long part;

		if (!*text++)
			return false;
		part = strtoul(text, &end, 16);
		if (end == text || end - text > 4)
			return false;
		*rgb = *rgb << 8 | (uint32_t)(part * 255 / ((1ul << 4 * (end - text)) - 1));
		text = end;
	}
	return true;
}

/** A string came to its end: one answer matters, which colour the background has. */
static bool answer(const struct keys *keys, struct input *out)
{
	*out = (struct input){.kind = INPUT_BACKGROUND};
	return !keys->too_long && !strncmp(keys->sequence, "]11;", 4) && colour(keys->sequence + 4, &out->key);
}

/* ---- characters ---- */

/** Bytes of the character that begins so; 1 for what begins none. */
static size_t character_bytes(unsigned char byte)
{
	return byte >= 0xf0 && byte < 0xf5 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
}

static bool character(const struct keys *keys, struct input *out)
{
	uint32_t code;

	if (text_decode(keys->sequence, keys->length, &code) != keys->length)
		return false;
	*out = (struct input){.kind = keys->pasting ? INPUT_TEXT : INPUT_KEY, .key = code};
	return true;
}

static uint32_t control_key(unsigned char byte)
{
	return byte == 8 ? IN_BACKSPACE : byte == '\n' ? IN_ENTER : byte ? byte : IN_UNKNOWN;
}

/** Between two sequences.  True when there is an input. */
static bool ground(struct keys *keys, unsigned char byte, struct input *out)
{
	take(keys);
	if (byte == ESC) {
		begin(keys, KEYS_ESC);
		return false;
	}
	if (byte < 0x80)
		return key(out, byte < 0x20 ? control_key(byte) : byte);
	keys->left = character_bytes(byte) - 1;
	if (keys->left) {
		begin(keys, KEYS_CHARACTER);
		remember(keys, byte);
	}
	return false;
}

/** Inside a paste.  Its lines become one: a prompt is a line, and Enter in it would be a command. */
static bool paste(struct keys *keys, unsigned char byte, struct input *out)
{
	if (keys->paste_end && byte == (unsigned char)paste_mark[keys->paste_end - 1]) {
		take(keys);
		keys->pasting = paste_mark[keys->paste_end++] != 0;
		keys->paste_end = keys->pasting ? keys->paste_end : 0;
		return false;
	}
	keys->paste_end = byte == ESC;
	if (byte <= ' ' || byte == 0x7f || keys->pasted >= KEYS_PASTE) {
		take(keys);
		keys->paste_blank |= keys->pasted && (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t');
		return false;
	}
	keys->pasted++;
	if (keys->paste_blank) {
		keys->paste_blank = false;
		*out = (struct input){.kind = INPUT_TEXT, .key = ' '};
		return true;
	}
	if (byte >= 0x80)
		return ground(keys, byte, out);
	take(keys);
	*out = (struct input){.kind = INPUT_TEXT, .key = byte};
	return true;
}

/* ---- the machine ---- */

static bool after_esc(struct keys *keys, unsigned char byte, struct input *out)
{
	enum keys_state next = byte == '['                   ? KEYS_CSI
	                     : byte == 'O'                   ? KEYS_SS3
	                     : byte && strchr("]PX^_", byte) ? KEYS_STRING
	                                                     : KEYS_GROUND;

	if (next != KEYS_GROUND) {
		take(keys);
		begin(keys, next);
		remember(keys, byte);
		return false;
	}
	begin(keys, KEYS_GROUND);
	remember(keys, byte);
	if (own_key(keys)) {
		take(keys);
		return key(out, own_key(keys));
	}
	return key(out, IN_ESC); /* and then whatever this byte is */
}

static bool in_csi(struct keys *keys, unsigned char byte, int64_t now_ns, struct input *out)
{
	bool first = keys->length == 1;

	if (byte < 0x20 || byte >= 0x7f) { /* broken off: the byte speaks for itself */
		begin(keys, KEYS_GROUND);
		if (byte == CAN || byte == SUB)
			take(keys);
		return false;
	}
	take(keys);
	remember(keys, byte);
	if (first && byte == '[') {
		keys->state = KEYS_LINUX;
	} else if (first && byte == 'M') {
		keys->state = KEYS_MOUSE;
		keys->left = 3;
	} else if (byte >= 0x40 || (byte == '$' && strspn(keys->sequence + 1, "0123456789") == keys->length - 2)) {
		keys->state = KEYS_GROUND;
		return csi(keys, now_ns, out);
	}
	return false;
}

static bool in_ss3(struct keys *keys, unsigned char byte, struct input *out)
{
	if (byte < 0x20 || byte >= 0x7f) {
		begin(keys, KEYS_GROUND);
		return false;
	}
	take(keys);
	remember(keys, byte);
	if ((byte >= '0' && byte <= '9') || byte == ';')
		return false;
	keys->state = KEYS_GROUND;
	return ss3(keys, out);
}

static bool in_string(struct keys *keys, unsigned char byte, struct input *out)
{
	if (keys->state == KEYS_STRING_ESC) {
		keys->state = KEYS_GROUND;
		if (byte == '\\') {
			take(keys);
			return answer(keys, out);
		}
		begin(keys, KEYS_ESC); /* no end of a string: the next sequence */
		return false;
	}
	take(keys);
	if (byte == ESC) {
		keys->state = KEYS_STRING_ESC;
	} else if (byte == BEL) {
		keys->state = KEYS_GROUND;
		return answer(keys, out);
	} else if (byte == CAN || byte == SUB) {
		keys->state = KEYS_GROUND;
	} else {
		remember(keys, byte);
	}
	return false;
}

static bool in_character(struct keys *keys, unsigned char byte, struct input *out)
{
	if ((byte & 0xc0) != 0x80) {
		keys->state = KEYS_GROUND;
		return false;
	}
	take(keys);
	remember(keys, byte);
	if (--keys->left)
		return false;
	keys->state = KEYS_GROUND;
	return character(keys, out);
}

static bool in_mouse(struct keys *keys, unsigned char byte, int64_t now_ns, struct input *out)
{
	take(keys);
	remember(keys, byte);
	if (--keys->left)
		return false;
	keys->state = KEYS_GROUND;
	return mouse(keys, now_ns, (unsigned char)keys->sequence[2] - 32, (unsigned char)keys->sequence[3] - 32,
	             byte - 32, out);
}

/** One byte, or none of it: then the state has changed.  True when there is an input. */
static bool step(struct keys *keys, unsigned char byte, int64_t now_ns, struct input *out)
{
	switch (keys->state) {
	case KEYS_CHARACTER: return in_character(keys, byte, out);
	case KEYS_ESC: return after_esc(keys, byte, out);
	case KEYS_CSI: return in_csi(keys, byte, now_ns, out);
	case KEYS_MOUSE: return in_mouse(keys, byte, now_ns, out);
	case KEYS_SS3: return in_ss3(keys, byte, out);
	case KEYS_STRING:
	case KEYS_STRING_ESC: return in_string(keys, byte, out);
	case KEYS_LINUX:
		take(keys);
		keys->state = KEYS_GROUND;
		return key(out, IN_UNKNOWN);
	case KEYS_GROUND: break;
	}
	return keys->pasting ? paste(keys, byte, out) : ground(keys, byte, out);
}

int64_t keys_deadline(const struct keys *keys)
{
	if (keys->count)
		return keys->fed_ns;
	if (keys->state == KEYS_ESC)
		return keys->fed_ns + KEYS_ESC_NS;
	if (keys->state != KEYS_GROUND)
		return keys->fed_ns + KEYS_REST_NS;
	return keys->pasting ? keys->fed_ns + KEYS_PASTE_NS : INT64_MAX;
}

bool keys_next(struct keys *keys, int64_t now_ns, struct input *out)
{
	while (keys->count)
		if (step(keys, keys->bytes[keys->first], now_ns, out))
			return true;
	if (now_ns < keys_deadline(keys))
		return false;
	if (keys->state == KEYS_ESC) {
		begin(keys, KEYS_GROUND);
		return key(out, IN_ESC);
	}
	if (keys->state == KEYS_GROUND)
		keys->pasting = false;
	begin(keys, KEYS_GROUND);
	return false;
}
