/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "golden.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
