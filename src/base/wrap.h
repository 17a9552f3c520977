/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_WRAP_H
#define BASE_WRAP_H

#include <stddef.h>

/**
 * The first line of a UTF-8 text on at most `cells` cells: *length bytes, broken at a blank or beside a wide character
 * (Chinese and Japanese have no blanks) where there is one, at '\n' in any case.
 * Returns where the next line begins (the blank or '\n' between is left out); the end of the text when all is told.
 */
const char *wrap_line(const char *text, int cells, size_t *length);

#endif
