/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/name_set.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/kernel.h"

void looks_begin(struct looks *looks)
{
	looks->count = 0;
	buf_clear(&looks->names);
}

int looks_add(struct looks *looks, const void *name, size_t length, unsigned char type)
{
	struct look *grown = alloc_grow(looks->items, &looks->capacity, looks->count + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	looks->items = grown;
	grown[looks->count++] = (struct look){.name = (const char *)(uintptr_t)looks->names.length,
	                                      .length = (uint8_t)length,
	                                      .type = type,
	                                      .row = -1};
	if (buf_add(&looks->names, name, length) || buf_char(&looks->names, '\0'))
		return -ENOMEM;
	return 0;
}

static size_t name_hash(const void *name, size_t length)
{
	const unsigned char *at = name;
	uint64_t x = length;

	for (size_t i = 0; i < length; i++)
		x = (x ^ at[i]) * 0x100000001b3u;
	return (size_t)(x ^ x >> 32);
}

int looks_end(struct looks *looks)
{
	size_t slots = 64;

	while (slots < looks->count * 2)
		slots *= 2;
	if (slots > looks->slots) {
		uint32_t *grown = alloc_array(slots, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		free(looks->hash);
		looks->hash = grown;
		looks->slots = slots;
	} else {
		memset(looks->hash, 0, looks->slots * sizeof *looks->hash);
	}
	for (size_t i = 0; i < looks->count; i++) {
		struct look *look = &looks->items[i];

		look->name = looks->names.data + (uintptr_t)look->name;
		size_t at = name_hash(look->name, look->length) & (looks->slots - 1);

		while (looks->hash[at])
			at = (at + 1) & (looks->slots - 1);
		looks->hash[at] = (uint32_t)i + 1;
	}
	return 0;
}

struct look *looks_find(const struct looks *looks, const void *name, size_t length)
{
	for (size_t at = name_hash(name, length) & (looks->slots - 1); looks->hash[at];
	     at = (at + 1) & (looks->slots - 1)) {
		struct look *look = &looks->items[looks->hash[at] - 1];

		if (look->length == length && !memcmp(look->name, name, length))
			return look;
	}
	return NULL;
}

int looks_list(struct looks *looks, int fd, char *buffer, size_t size)
{
	for (;;) {
		ssize_t got = getdents64(fd, buffer, size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);
			const char *name = entry->d_name;

			at += entry->d_reclen;
			if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
				continue;
			if (looks_add(looks, name, strlen(name), entry->d_type))
				return -ENOMEM;
		}
	}
}

void looks_free(struct looks *looks)
{
	buf_free(&looks->names);
	free(looks->items);
	free(looks->hash);
}
