/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#include <libintl.h>

/* Every sentence a person reads.  English is the key; po/ holds the translations. */
#define _(string) gettext(string)
#define N_(string) string /* a constant table: translated with _() where it is shown */

/**
 * Take the person's locale and translations.  First thing in main(), before any thread.
 * Numbers keep their point (LC_NUMERIC stays "C"): they are written to JSON and read back from options.
 */
void i18n_start(void);

#endif
