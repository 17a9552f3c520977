/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ui/term/keys.h"

/*
 * Bytes in, inputs out.  Every sequence is fed whole, in every two pieces and byte by byte: it must not matter.  The
 * clock is the test's.
 */

#define MS INT64_C(1000000)
#define PIECE_NS (40 * MS) /* between two pieces: a slow line */

static struct keys keys;
static int64_t now;

static void setup(void)
{
	keys_init(&keys);
	keys_own(&keys, "\033[1~", IN_HOME);
	keys_own(&keys, "\033Q", IN_DELETE); /* a terminal of its own kind */
	now = 1000 * MS;
}

TestSuite(keys, .init = setup);

struct text {
	char text[1024];
};

/* Inputs as words: "q <Home> 'x'", clicks with their place. */
static void add(struct text *out, const struct input *input)
{
	static const char *const names[] = {"Up",   "Down", "Left",   "Right",   "PgUp",   "PgDn",
	                                    "Home", "End",  "Delete", "BackTab", "Unknown"};
	size_t at = strlen(out->text);
	char *to = out->text + at;
	size_t n = sizeof out->text - at;

	switch (input->kind) {
	case INPUT_CLICK: snprintf(to, n, "click(%d,%d)", input->row, input->col); break;
	case INPUT_DOUBLE_CLICK: snprintf(to, n, "double(%d,%d)", input->row, input->col); break;
	case INPUT_WHEEL_UP: snprintf(to, n, "wheel-up"); break;
	case INPUT_WHEEL_DOWN: snprintf(to, n, "wheel-down"); break;
	case INPUT_TEXT: snprintf(to, n, input->key < 0x7f ? "'%c'" : "'U+%04X'", (int)input->key); break;
	case INPUT_BACKGROUND: snprintf(to, n, "background(%06x)", input->key); break;
	case INPUT_KEY:
		if (input->key >= IN_UP)
			snprintf(to, n, "<%s>", names[input->key - IN_UP]);
		else
			snprintf(to, n,
			         input->key == 27                      ? "<Esc>"
			         : input->key == 13                    ? "<Enter>"
			         : input->key == 127                   ? "<Backspace>"
			         : input->key > 32 && input->key < 127 ? "%c"
			                                               : "<%x>",
			         (int)input->key);
	}
}

static void drain(struct text *out)
{
	struct input input;

	for (int i = 0; i < 1000 && keys_next(&keys, now, &input); i++)
		add(out, &input);
}

/* What the bytes mean, cut before byte `a` and before byte `b`; silence for ever behind them. */
static struct text cut(const char *bytes, size_t n, size_t a, size_t b)
{
	struct text out = {0};
	size_t ends[] = {a, b, n}, at = 0;

	setup();
	for (int i = 0; i < 3; i++) {
		keys_feed(&keys, bytes + at, ends[i] - at, now);
		at = ends[i];
		drain(&out);
		now += PIECE_NS;
		drain(&out);
	}
	now += 1000 * KEYS_PASTE_NS;
	drain(&out);
	cr_assert_eq(keys_deadline(&keys), INT64_MAX, "something is still awaited");
	return out;
}

static void means_n(const char *bytes, size_t n, const char *expected)
{
	struct text out;

	for (size_t a = 0; a <= n; a++)
		for (size_t b = a; b <= n; b++) {
			out = cut(bytes, n, a, b);
			cr_assert_str_eq(out.text, expected, "'%s' cut at %zu and %zu", bytes + (bytes[0] == 27), a, b);
		}
	setup();
	out.text[0] = 0;
	for (size_t i = 0; i < n; i++) {
		keys_feed(&keys, bytes + i, 1, now);
		drain(&out);
		now += PIECE_NS;
		drain(&out);
	}
	now += 1000 * KEYS_PASTE_NS;
	drain(&out);
	cr_assert_str_eq(out.text, expected, "'%s' byte by byte", bytes + (bytes[0] == 27));
}

static void means(const char *bytes, const char *expected)
{
	means_n(bytes, strlen(bytes), expected);
}

Test(keys, characters_and_control_keys)
{
	means("qD\x03", "qD<3>");
	means("\r\n\t\x7f\x08", "<Enter><Enter><9><Backspace><Backspace>");
	means("\xc3\xa9\xe5\xae\xbd\xf0\x9f\x98\x80", "<e9><5bbd><1f600>");
	means("\xff\xc3q\xe5\xaeq\x80q\xf0\x9f", "qqq");
	means_n("\0q", 2, "<Unknown>q");
}

Test(keys, the_cursor_keys_of_every_terminal)
{
	means("\033[A\033[B\033[C\033[D\033[H\033[F", "<Up><Down><Right><Left><Home><End>"); /* xterm, normal */
	means("\033OA\033OB\033OC\033OD\033OH\033OF", "<Up><Down><Right><Left><Home><End>"); /* application */
	means("\033[1~\033[4~", "<Home><End>");                                               /* PuTTY, linux, screen */
	means("\033[7~\033[8~", "<Home><End>");                                               /* rxvt */
	means("\033[3~\033[5~\033[6~\033[Z", "<Delete><PgUp><PgDn><BackTab>");
	means("\033Qx", "<Delete>x");                                                         /* by its description */
	means("\033OM\033Oq\033Om", "<Enter>1-");                                             /* the numeric pad */
}

Test(keys, other_keys_are_unknown_and_no_command)
{
	means("\033OP\033OS", "<Unknown><Unknown>");             /* F1, F4 */
	means("\033[15~\033[24~\033[2~", "<Unknown><Unknown><Unknown>");
	means("\033[1;5A\033[1;2H\033[3;5~", "<Unknown><Unknown><Unknown>");
	means("\033[[A\033[[D", "<Unknown><Unknown>");           /* the console's F1, F4 */
	means("\033[7$\033[7^\033[7@q", "<Unknown><Unknown><Unknown>q"); /* rxvt, Shift and Ctrl */
	means("\033Oa", "<Unknown>");
}

Test(keys, reports_and_answers_are_swallowed)
{
	means("\033[I\033[Oq", "q");                             /* focus */
	means("\033[?62;22cq\033[>0;276;0c", "q");               /* device attributes */
	means("\033[12;40Rq\033[0n", "q");                       /* where the cursor is */
	means("\033[97;5uq\033[?1u\033[57442;5:3u", "q");        /* kitty */
	means("\033[?2026;2$yq\033[4;1$y", "q");                 /* modes */
	means("\033[27;5;113~q", "q");                           /* modifyOtherKeys */
	means("\033[8;24;80tq", "q");                            /* the window */
	means("\033]4;1;rgb:dddd/0000/0000\007q", "q");
	means("\033]52;c;cURxRA==\033\\q", "q");                 /* a clipboard that spells q, D, q, D */
	means("\033P1$r0;1qD\033\\q", "q");                      /* DECRQSS */
	means("\033P>|kitty(0.26) qD\033\\q", "q");
	means("\033_Gi=1;OK qD\033\\q", "q");                    /* kitty's pictures */
	means("\033XqD\033\\q\033^qD\033\\", "q");
	means("\033[201~q", "q");                                /* the end of a paste that never began */
}

Test(keys, a_sequence_of_any_length_is_one)
{
	char bytes[600] = "\033[";

	memset(bytes + 2, '1', 500);
	strcpy(bytes + 502, "~q");
	keys_feed(&keys, bytes, strlen(bytes), now);
	struct text out = {0};
	drain(&out);
	cr_assert_str_eq(out.text, "q");
	memcpy(bytes, "\033]", 2);
	memset(bytes + 2, 'D', 500);
	strcpy(bytes + 502, "\007q");
	keys_feed(&keys, bytes, strlen(bytes), now);
	drain(&out);
	cr_assert_str_eq(out.text, "qq");
}

Test(keys, one_that_is_broken_off_swallows_nothing_else)
{
	means("\033[12\033[Aq", "<Up>q");
	means("\033]11;\033[Aq", "<Up>q");
	means("\033[1\x18q", "q");
	means("\033]x\x1aq", "q");
	means("\033[\x03", "<3>");
	means("\033O\033OA", "<Up>");
	means("\033[1;", "");
	means("\033]0;never ended", "");
}

Test(keys, escape_is_a_key_after_silence)
{
	struct text out = {0};

	keys_feed(&keys, "\033", 1, now);
	drain(&out);
	cr_assert_str_eq(out.text, "");
	cr_assert_eq(keys_deadline(&keys), now + KEYS_ESC_NS);
	now += KEYS_ESC_NS - 1;
	drain(&out);
	cr_assert_str_eq(out.text, "");
	now++;
	drain(&out);
	cr_assert_str_eq(out.text, "<Esc>");
	cr_assert_eq(keys_deadline(&keys), INT64_MAX);
	means("\033\033", "<Esc><Esc>");
	means("\033q", "<Esc>q");
	means("\033\r", "<Esc><Enter>");
	means("\033\033[A", "<Esc><Up>");
}

Test(keys, the_mouse)
{
	means("\033[<0;5;7M\033[<0;5;7m", "click(6,4)");
	means("\033[<64;1;1M\033[<65;1;1M\033[<2;5;5M\033[<32;5;5M", "wheel-upwheel-down");
	means("\033[M %'", "click(6,4)"); /* a terminal without SGR */
	means("\033[M`!!q", "wheel-upq");
	means("\033[<0;0;0M\033[<0;99999999999;1M\033[<Mq", "q");
}

Test(keys, twice_on_a_row_within_a_moment_is_a_double_click)
{
	struct text out = {0};

	keys_feed(&keys, "\033[<0;5;7M", 9, now);
	drain(&out);
	now += 300 * MS;
	keys_feed(&keys, "\033[<0;9;7M", 9, now);
	drain(&out);
	now += 300 * MS;
	keys_feed(&keys, "\033[<0;9;7M", 9, now);
	drain(&out);
	now += 500 * MS;
	keys_feed(&keys, "\033[<0;9;7M", 9, now);
	drain(&out);
	cr_assert_str_eq(out.text, "click(6,4)double(6,8)click(6,8)click(6,8)");
}

Test(keys, what_is_pasted_is_text)
{
	means("\033[200~qD\x03\033[201~q", "'q''D'q");
	means("\033[200~a\r\nb \tc\n\033[201~", "'a'' ''b'' ''c'");
	means("\033[200~\xc3\xa9\xff\033[20x\033\033[201~q", "'U+00E9''x'q");
	means("\033[200~never ended", "'n''e''v''e''r'' ''e''n''d''e''d'");
}

Test(keys, a_paste_that_never_ends_gives_the_keyboard_back)
{
	struct text out = {0};

	keys_feed(&keys, "\033[200~x", 7, now);
	drain(&out);
	now = keys_deadline(&keys);
	drain(&out);
	keys_feed(&keys, "q", 1, now);
	drain(&out);
	cr_assert_str_eq(out.text, "'x'q");
}

Test(keys, a_paste_is_no_longer_than_a_prompt)
{
	struct input input;
	int n = 0;

	keys_feed(&keys, "\033[200~", 6, now);
	for (int i = 0; i < 1000; i++) {
		keys_feed(&keys, "abc", 3, now);
		while (keys_next(&keys, now, &input))
			n++;
	}
	cr_assert_eq(n, KEYS_PASTE);
	keys_feed(&keys, "\033[201~q", 7, now);
	cr_assert(keys_next(&keys, now, &input) && input.kind == INPUT_KEY && input.key == 'q');
}

Test(keys, the_colour_of_the_background)
{
	means("\033]11;rgb:1e1e/2020/ffff\007", "background(1e20ff)");
	means("\033]11;rgb:f/0/8\033\\q", "background(ff0088)q");
	means("\033]11;rgba:ff/ff/ff/ff\007", "background(ffffff)");
	means("\033]11;rgb:12\007\033]11;white\007\033]11;rgb:///\007q", "q");
}

/* Any bytes: no crash, no sequence that goes on for ever, and the next key is heard. */
Test(keys, noise)
{
	uint32_t seed = 1;
	struct text out;

	for (int round = 0; round < 20000; round++) {
		unsigned char bytes[24];
		static const char likely[] = "\033\033\033[[]O?;<~0129MPqD\007\\$";

		for (size_t i = 0; i < sizeof bytes; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = seed >> 31 ? (unsigned char)likely[(seed >> 8) % (sizeof likely - 1)]
			                      : (unsigned char)(seed >> 16);
		}
		memset(&out, 0, sizeof out);
		keys_feed(&keys, bytes, sizeof bytes, now);
		drain(&out);
		for (int i = 0; i < 3; i++) {
			now += KEYS_PASTE_NS;
			drain(&out);
		}
		memset(&out, 0, sizeof out);
		keys_feed(&keys, "q", 1, now);
		drain(&out);
		cr_assert_str_eq(out.text, "q");
	}
}
