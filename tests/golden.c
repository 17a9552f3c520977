/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"

void golden_check(const char *name, const char *text)
{
	const char *source = getenv("top_srcdir"), *update = getenv("DISKTRACKER_UPDATE_GOLDENS");
	char path[4096], expected[65536];
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "%s/tests/golden/%s.txt", source ? source : ".", name);
	file = fopen(path, update && *update ? "w" : "r");
	cr_assert(file, "%s: %s", path, strerror(errno));
	if (update && *update) {
		cr_assert(fputs(text, file) >= 0);
		cr_assert_eq(fclose(file), 0);
		return;
	}
	n = fread(expected, 1, sizeof expected - 1, file);
	fclose(file);
	expected[n] = '\0';
	cr_assert(!strcmp(text, expected), "%s: the screen is\n%s\nand should be\n%s", name, text, expected);
}

void golden_speak(const char *language)
{
#if ENABLE_NLS
	const char *build = getenv("top_builddir");
	char folder[4096], catalogue[4200];

	snprintf(folder, sizeof folder, "%s/tests/locale", build ? build : ".");
	snprintf(catalogue, sizeof catalogue, "%s/%s/LC_MESSAGES/disktracker.mo", folder, language);
	if (access(catalogue, R_OK))
		cr_skip_test("there was no msgfmt to make %s", catalogue);
	/* Any locale but C takes this one's language. */
	cr_assert(setlocale(LC_ALL, "C.UTF-8") && !setenv("LANGUAGE", language, 1));
	cr_assert(bindtextdomain("disktracker", folder) && textdomain("disktracker"));
	if (!strcmp(_("name"), "name"))
		cr_skip_test("this C library has no translations in C.UTF-8");
#else
	cr_skip_test("without gettext nothing is said in %s", language);
#endif
}
