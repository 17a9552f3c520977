/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * The hash table of the program: from hashes to numbers, by open addressing with linear probing.
 *
 * The items are the caller's, in an array, an arena or wherever; the table holds their numbers.  A slot keeps the whole
 * hash beside the number, so the table grows and closes holes without asking what an item is, and a walk only meets
 * items whose hash is the one sought: the caller compares keys there.
 *
 *     struct hash by_name = {0};
 *
 *     HASH_EACH (&by_name, hash_bytes(0, name, length), i)
 *             if (items[i].length == length && !memcmp(items[i].name, name, length))
 *                     return &items[i];
 *
 * {0} is an empty table.  Several numbers may stand under one hash, and one number under several.
 * Thread: whoever owns it; finding changes nothing.
 */
struct hash {
	uint64_t *slots;      /* hash in the upper half, number + 1 in the lower; 0 = free */
	uint32_t mask, count; /* slots - 1; numbers held */
};

#define HASH_NONE UINT32_MAX /* no number; numbers are below it */

/* Walk the numbers under a hash.  The body may leave, and may not change the table unless it leaves. */
#define HASH_EACH(table, hash, number)                                                                                 \
	for (uint32_t number##_at = (hash), number##_hash = number##_at, number;                                       \
	     (number = hash_next(table, number##_hash, &number##_at)) != HASH_NONE;)

/* Walk all numbers, in no order. */
#define HASH_ALL(table, number)                                                                                        \
	for (uint32_t number##_at = 0, number; (number = hash_all(table, &number##_at)) != HASH_NONE;)

/** Room for `count` numbers in all: so many are added without failing.  0 or -ENOMEM. */
int hash_reserve(struct hash *table, size_t count);

/** Enter a number (once more, if it is there).  0 or -ENOMEM, the table is then as it was. */
int hash_add(struct hash *table, uint32_t hash, uint32_t number);

/** Take a number out from under a hash; nothing when it is not there. */
void hash_remove(struct hash *table, uint32_t hash, uint32_t number);

/** Take all out, and keep the memory. */
void hash_clear(struct hash *table);

void hash_free(struct hash *table);

/* What HASH_EACH and HASH_ALL step with: the next number from slot *at on, which moves behind it. */

static inline uint32_t hash_next(const struct hash *table, uint32_t hash, uint32_t *at)
{
	uint64_t slot;

	while (table->slots && (slot = table->slots[*at & table->mask])) {
		++*at;
		if (slot >> 32 == hash)
			return (uint32_t)slot - 1;
	}
	return HASH_NONE;
}

static inline uint32_t hash_all(const struct hash *table, uint32_t *at)
{
	while (table->slots && *at <= table->mask) {
		uint64_t slot = table->slots[(*at)++];

		if (slot)
			return (uint32_t)slot - 1;
	}
	return HASH_NONE;
}

/** The first number under a hash, or HASH_NONE: all there is to ask where a hash is a key, as with hash_u32(). */
static inline uint32_t hash_find(const struct hash *table, uint32_t hash)
{
	uint32_t at = hash;

	return hash_next(table, hash, &at);
}

/** One to one: equal hashes are equal keys. */
static inline uint32_t hash_u32(uint32_t key)
{
	key *= 0x9e3779b1u;
	return key ^ key >> 15;
}

static inline uint32_t hash_u64(uint64_t key)
{
	return (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32);
}

/* FNV-1a, byte by byte: the hashes of all beginnings of a path in one pass. */

#define HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t hash_more(uint64_t state, unsigned char byte)
{
	return (state ^ byte) * 0x100000001b3u;
}

static inline uint32_t hash_end(uint64_t state)
{
	return (uint32_t)(state ^ state >> 32);
}

/** FNV-1a over a name that belongs to `key` (a directory, say); 0: to none.  For names, not for files. */
static inline uint32_t hash_bytes(uint64_t key, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t state = HASH_START ^ key * 0x9e3779b97f4a7c15u;

	for (size_t i = 0; i < length; i++)
		state = hash_more(state, at[i]);
	return hash_end(state);
}

#endif
