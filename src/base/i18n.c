/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"

#include <locale.h>

void i18n_start(void)
{
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
#if ENABLE_NLS
	bindtextdomain("disktracker", LOCALEDIR);
	textdomain("disktracker");
#endif
}

void i18n_utf8(void)
{
#if ENABLE_NLS
	bind_textdomain_codeset("disktracker", "UTF-8");
#endif
}
