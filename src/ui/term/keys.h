/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_TERM_KEYS_H
#define UI_TERM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/term/input.h"

/*
 * What the terminal sends, as input.  Plain data: bytes and a clock go in, inputs come out; no curses, no file
 * descriptor.
 *
 * Everything that begins with ESC is read to its end by its grammar (ECMA-48: CSI, SS3, OSC, DCS, APC, PM, SOS),
 * however it is cut into pieces.  What is no key of ours is swallowed whole: focus reports, answers to questions,
 * another program's protocol.  So no byte of it is taken for a command.  What is pasted (bracketed) comes as
 * INPUT_TEXT, which is never a command either.
 */

#define KEYS_BYTES 1024  /* waiting to be read */
#define KEYS_SEQUENCE 64 /* of a sequence: what is longer is none of ours */
#define KEYS_OWN 24      /* sequences of the terminal's description */
#define KEYS_PASTE 255   /* characters of one paste; a prompt holds no more */

#define KEYS_ESC_NS 100000000    /* ESC alone is the key after this silence */
#define KEYS_REST_NS 1000000000  /* the rest of a sequence is given up after this one */
#define KEYS_PASTE_NS 3000000000 /* and the end of a paste after this one */

enum keys_state {
	KEYS_GROUND,
	KEYS_CHARACTER, /* inside a UTF-8 character */
	KEYS_ESC,
	KEYS_CSI,
	KEYS_LINUX, /* CSI [: the console's function keys, one byte follows */
	KEYS_MOUSE, /* CSI M: three bytes follow */
	KEYS_SS3,
	KEYS_STRING,     /* OSC, DCS, ...: up to BEL or ST */
	KEYS_STRING_ESC, /* an ESC in it: ST, or the next sequence */
};

/** Start with keys_init().  The caller may not look inside. */
struct keys {
	unsigned char bytes[KEYS_BYTES];
	size_t first, count; /* a ring */
	int64_t fed_ns;      /* when the last bytes came */

	enum keys_state state;
	char sequence[KEYS_SEQUENCE + 1]; /* behind ESC, or the UTF-8 character */
	size_t length;
	size_t left; /* bytes that the character or the report still wants */
	bool too_long;

	bool pasting, paste_blank;
	size_t paste_end, pasted; /* matched of the end's mark; characters so far */

	struct {
		char sequence[16];
		uint32_t key;
	} own[KEYS_OWN];
	size_t own_count;

	int click_row;
	int64_t click_ns;
};

void keys_init(struct keys *keys);

/** A sequence of the terminal's description, ESC included, stands for a key (enum input_key).  What does not begin with
 * ESC is ignored. */
void keys_own(struct keys *keys, const char *sequence, uint32_t key);

/** How many bytes may be fed now. */
size_t keys_room(const struct keys *keys);

/** Bytes as they were read at `now_ns` (monotonic); what there is no room for is dropped. */
void keys_feed(struct keys *keys, const void *bytes, size_t n, int64_t now_ns);

/** The next input; false when more bytes, or time, are wanted.  Feed whatever waits first: silence is what nobody sent,
 * not what nobody read. */
bool keys_next(struct keys *keys, int64_t now_ns, struct input *out);

/** When silence will have a meaning, INT64_MAX = never: call keys_next() then. */
int64_t keys_deadline(const struct keys *keys);

#endif
