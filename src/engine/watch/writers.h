/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_WATCH_WRITERS_H
#define ENGINE_WATCH_WRITERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/*
 * Who was seen writing, by number: one name, or several in the order of their bytes, "nginx.service, rsync".  Every
 * list has one number, so that what many files have costs them two bytes each.  {0} = empty; whoever owns it.
 */
typedef uint16_t writers_id;

#define WRITERS_NONE 0          /* nobody was seen */
#define WRITERS_MOST 16         /* names of a list; those beyond are "others", at its end */
#define WRITERS_OTHERS "others"

struct writers {
	char **texts;
	size_t count, capacity;
	struct hash by_text;
};

/**
 * The list `to` with the names of `by` as well (a name, a list; NULL = nobody).  Without memory, or of more lists than
 * there are numbers: `to` as it was.
 */
writers_id writers_add(struct writers *writers, writers_id to, const char *by);

/** NULL for WRITERS_NONE.  Valid until writers_clear(). */
const char *writers_text(const struct writers *writers, writers_id of);

/** Is this name one of a list? */
bool writers_has(const char *list, const char *name, size_t length);

void writers_clear(struct writers *writers);
void writers_free(struct writers *writers);

#endif
