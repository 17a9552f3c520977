/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_GUARD_H
#define ENGINE_GUARD_H

#include <stdbool.h>

/*
 * Has a folder that is followed been removed, replaced or moved away?  Its own watch does not tell of a removal while it is held open, as whoever follows it
 * does: the folder that it lies in tells.
 */

/** A descriptor that is readable when something may have happened to the folder of that absolute path; the caller closes it.  -errno: it cannot be told. */
int guard_open(const char *path);

/** Take away what was told: readable again with the next. */
void guard_take(int guard);

#endif
