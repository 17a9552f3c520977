/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/name_set.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/kernel.h"

void name_set_begin(struct name_set *set)
{
	set->count = 0;
	buf_clear(&set->names);
}

int name_set_add(struct name_set *set, const void *name, size_t length, unsigned char type, uint16_t by)
{
	struct name_set_item *grown = alloc_grow(set->items, &set->capacity, set->count + 1, sizeof *grown);

	if (!grown)
		return -ENOMEM;
	set->items = grown;
	grown[set->count++] = (struct name_set_item){.name = (const char *)(uintptr_t)set->names.length,
	                                             .length = (uint8_t)length,
	                                             .type = type,
	                                             .by = by,
	                                             .row = -1};
	if (buf_add(&set->names, name, length) || buf_char(&set->names, '\0'))
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

int name_set_end(struct name_set *set)
{
	size_t slots = 64;

	while (slots < set->count * 2)
		slots *= 2;
	if (slots > set->slots) {
		uint32_t *grown = alloc_array(slots, sizeof *grown);

		if (!grown)
			return -ENOMEM;
		free(set->hash);
		set->hash = grown;
		set->slots = slots;
	} else {
		memset(set->hash, 0, set->slots * sizeof *set->hash);
	}
	for (size_t i = 0; i < set->count; i++) {
		struct name_set_item *item = &set->items[i];

		item->name = set->names.data + (uintptr_t)item->name;
		size_t at = name_hash(item->name, item->length) & (set->slots - 1);

		while (set->hash[at])
			at = (at + 1) & (set->slots - 1);
		set->hash[at] = (uint32_t)i + 1;
	}
	return 0;
}

struct name_set_item *name_set_find(const struct name_set *set, const void *name, size_t length)
{
	for (size_t at = name_hash(name, length) & (set->slots - 1); set->hash[at]; at = (at + 1) & (set->slots - 1)) {
		struct name_set_item *item = &set->items[set->hash[at] - 1];

		if (item->length == length && !memcmp(item->name, name, length))
			return item;
	}
	return NULL;
}

int name_set_list(struct name_set *set, int fd, char *buffer, size_t size)
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
			if (name_set_add(set, name, strlen(name), entry->d_type, 0))
				return -ENOMEM;
		}
	}
}

void name_set_free(struct name_set *set)
{
	buf_free(&set->names);
	free(set->items);
	free(set->hash);
}
