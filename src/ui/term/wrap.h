/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_TERM_WRAP_H
#define UI_TERM_WRAP_H

#include <stddef.h>

/**
 * The first line of a UTF-8 text on at most `cells` cells: *length bytes, broken at a blank where there is one, at '\n'
 * in any case.
 * Returns where the next line begins (the blank or '\n' between is left out); the end of the text when all is told.
 */
const char *wrap_line(const char *text, int cells, size_t *length);

#endif
