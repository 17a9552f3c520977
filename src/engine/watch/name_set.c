/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/name_set.h"

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
	if (alloc_room(&set->items, &set->capacity, set->count + 1))
		return -ENOMEM;
	set->items[set->count++] = (struct name_set_item){.name = (const char *)(uintptr_t)set->names.length,
	                                                  .length = (uint8_t)length,
	                                                  .type = type,
	                                                  .by = by,
	                                                  .row = -1};
	if (buf_add(&set->names, name, length) || buf_char(&set->names, '\0'))
		return -ENOMEM;
	return 0;
}

int name_set_end(struct name_set *set)
{
	hash_clear(&set->by_name);
	if (hash_reserve(&set->by_name, set->count))
		return -ENOMEM;
	for (size_t i = 0; i < set->count; i++) {
		struct name_set_item *item = &set->items[i];

		item->name = set->names.data + (uintptr_t)item->name;
		hash_add(&set->by_name, hash_bytes(0, item->name, item->length), (uint32_t)i);
	}
	return 0;
}

struct name_set_item *name_set_find(const struct name_set *set, const void *name, size_t length)
{
	HASH_EACH (&set->by_name, hash_bytes(0, name, length), i) {
		struct name_set_item *item = &set->items[i];

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
	hash_free(&set->by_name);
}
