/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mountinfo.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

void mountinfo_unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
		    s[3] <= '7') {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
bool mountinfo_split(char *line, struct mountinfo *out)
{
	char *field[5], *save = NULL, *word;
	unsigned major, minor;

	for (size_t i = 0; i < 5; i++) {
		field[i] = strtok_r(i ? NULL : line, " ", &save);
		if (!field[i])
			return false;
	}
	do
		word = strtok_r(NULL, " ", &save);
	while (word && strcmp(word, "-"));
	char *type = word ? strtok_r(NULL, " \n", &save) : NULL, *source = type ? strtok_r(NULL, " \n", &save) : NULL;

	if (!type || sscanf(field[2], "%u:%u", &major, &minor) != 2)
		return false;
	mountinfo_unescape(field[3]);
	mountinfo_unescape(field[4]);
	*out = (struct mountinfo){
		.id = strtoull(field[0], NULL, 10),
		.parent = strtoull(field[1], NULL, 10),
		.dev = makedev(major, minor),
		.root = field[3],
		.point = field[4],
		.type = type,
		.source = source ? source : type + strlen(type), /* it may be empty: then there is none */
	};
	return true;
}
