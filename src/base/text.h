/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* What a person reads and types: sizes, counts, durations, times, names.  Any thread; nothing is kept. */

#define TEXT_FIGURE 32 /* bytes: room for any figure below, with its NUL */

/**
 * Size with unit, at most 9 characters, unpadded: "0 B", "1023 B", "4.0 KiB", "612.4 MiB"; with `si` "1.2 GB".
 * At most three digits, a point and one digit (1000 KiB is "1.0 MiB"), but for bytes.  What is only known to be as
 * large is ">16.0 EiB" (figure.h).
 */
const char *text_size(char out[TEXT_FIGURE], uint64_t bytes, bool si);

/**
 * The same with a sign always, "+29.1 GiB", "-512.0 MiB"; "0 B" for zero, "?" for what nobody knows, ">+8.0 EiB" for
 * what is beyond (figure.h).
 */
const char *text_delta(char out[TEXT_FIGURE], int64_t bytes, bool si);

/** "1 204 332", in groups of three. */
const char *text_count(char out[TEXT_FIGURE], uint64_t n);

/** The same with a sign always but for 0; "?" for what nobody knows (figure.h). */
const char *text_count_delta(char out[TEXT_FIGURE], int64_t n);

/**
 * Age or span in the largest fitting unit: "4 s", "2 min", "3 h", "3 d", "5 weeks", "14 months", "2 years" (weeks from
 * 14 d, months from 60 d, years from 730 d).  Translated.
 */
const char *text_span(char out[TEXT_FIGURE], int64_t seconds);

/** The span from a time to now; "?" when it lies ahead of now by more than clocks differ: one of them is wrong. */
const char *text_age(char out[TEXT_FIGURE], int64_t time_s, int64_t now_s);

/** Local time "2026-11-18 09:02". */
const char *text_time(char out[TEXT_FIGURE], int64_t unix_seconds);

/**
 * SIZE: `10M`, `1.5GiB`, `4096`, `10kB` (IEC for K M G T P and KiB..., powers of ten for kB MB GB ...).  0, or -EINVAL,
 * -ERANGE.
 */
int text_parse_size(const char *text, uint64_t *bytes);

/** DURATION: `90s 15m 24h 7d 2w 3mo 1y` in seconds (a month is 30 d, a year 365 d).  0, or -EINVAL, -ERANGE. */
int text_parse_duration(const char *text, int64_t *seconds);

/** Is it valid UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF)? */
bool text_is_utf8(const void *bytes, size_t n);

/** Decode one character of at most n bytes: its length, *code set; 0 when the first bytes are not valid UTF-8. */
size_t text_decode(const void *bytes, size_t n, uint32_t *code);

/**
 * Append a name made safe for a terminal or a sentence: control bytes (C0, DEL, C1), bidirectional and other format
 * controls, (but not the joiner inside an emoji) and bytes that are no valid UTF-8 as `\x1b`, a backslash as `\\`, so
 * that every name reads differently.  With `ascii` everything above 0x7e is escaped too.
 */
int text_safe(struct buf *out, const void *name, size_t n, bool ascii);

/**
 * Cells of one character: 0 for combining ones, 2 for wide ones, 1 otherwise; the C library's wcwidth where it knows.
 */
int text_code_width(uint32_t code);

/** Cells of a safe (text_safe) string. */
int text_width(const char *safe, size_t n);

/**
 * Append a safe name cut to at most `cells` by `...` in its middle; whole when it fits.  Never cuts inside a character
 * or an escape.
 */
int text_shorten(struct buf *out, const char *safe, size_t n, int cells);

/** Append a name, made safe and cut to `cells`: what a sentence has room for. */
int text_name(struct buf *out, const void *name, size_t n, bool ascii, int cells);

/**
 * Append a JSON string, quotes included: safe to print, as what text_safe() escapes is written as \uXXXX, the same
 * string to every reader of JSON.
 * Bytes that are no valid UTF-8 become U+FFFD.  *lost (or NULL) is set when that happened, else left alone.
 */
int text_json(struct buf *out, const void *bytes, size_t n, bool *lost);

/** Append standard base64, padded. */
int text_base64(struct buf *out, const void *bytes, size_t n);

/**
 * Append the name as one word of a POSIX shell, quoted where needed; control bytes and the like as $'\033' (POSIX
 * 2024): safe to print.
 */
int text_shell(struct buf *out, const void *bytes, size_t n);

#endif
