/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#include "config.h"

#if ENABLE_NLS
#include <libintl.h>
#else /* configured with --disable-nls, perhaps where there is no libintl */
#define gettext(string) (string)
#define ngettext(one, many, n) ((n) == 1 ? (one) : (many))
#endif

/* Every sentence a person reads.  English is the key; po/ holds the translations. */
#define _(string) gettext(string)
#define N_(string) string /* a constant table: translated with _() where it is shown */

/**
 * Take the person's locale and translations.  First thing in main(), before any thread.
 * Numbers keep their point (LC_NUMERIC stays "C"): they are written to JSON and read back from options.
 */
void i18n_start(void);

/** From now on sentences come as UTF-8, whatever the locale is: for files that say that they are. */
void i18n_utf8(void);

#endif
