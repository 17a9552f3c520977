/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define SLOTS_FIRST 16

/* At most three quarters are taken, so a walk soon meets a free slot. */
static bool has_room(const struct hash *table, size_t count)
{
	return table->slots && count <= ((size_t)table->mask + 1) / 4 * 3;
}

static void enter(struct hash *table, uint64_t slot)
{
	uint32_t at = (uint32_t)(slot >> 32) & table->mask;

	while (table->slots[at])
		at = (at + 1) & table->mask;
	table->slots[at] = slot;
	table->count++;
}

int hash_reserve(struct hash *table, size_t count)
{
	size_t slots = SLOTS_FIRST;

	if (has_room(table, count))
		return 0;
	if (count > UINT32_MAX / 4 * 3)
		return -ENOMEM;
	while (count > slots / 4 * 3)
		slots *= 2;
	struct hash grown = {.slots = alloc_array(slots, sizeof(*grown.slots)), .mask = (uint32_t)(slots - 1)};

	if (!grown.slots)
		return -ENOMEM;
	for (size_t i = 0; table->slots && i <= table->mask; i++)
		if (table->slots[i])
			enter(&grown, table->slots[i]);
	free(table->slots);
	*table = grown;
	return 0;
}

int hash_add(struct hash *table, uint32_t hash, uint32_t number)
{
	if (hash_reserve(table, (size_t)table->count + 1))
		return -ENOMEM;
	enter(table, (uint64_t)hash << 32 | (number + 1));
	return 0;
}

void hash_remove(struct hash *table, uint32_t hash, uint32_t number)
{
	uint64_t sought = (uint64_t)hash << 32 | (number + 1);
	uint32_t hole = hash & table->mask;

	if (!table->slots)
		return;
	while (table->slots[hole] && table->slots[hole] != sought)
		hole = (hole + 1) & table->mask;
	if (!table->slots[hole])
		return;
	/* What stands behind moves up into the hole, unless it would stand before its home there. */
	for (uint32_t at = (hole + 1) & table->mask; table->slots[at]; at = (at + 1) & table->mask) {
		uint32_t home = (uint32_t)(table->slots[at] >> 32);

		if (((at - home) & table->mask) < ((at - hole) & table->mask))
			continue;
		table->slots[hole] = table->slots[at];
		hole = at;
	}
	table->slots[hole] = 0;
	table->count--;
}

void hash_clear(struct hash *table)
{
	if (table->slots)
		memset(table->slots, 0, ((size_t)table->mask + 1) * sizeof(*table->slots));
	table->count = 0;
}

void hash_free(struct hash *table)
{
	free(table->slots);
	*table = (struct hash){0};
}
