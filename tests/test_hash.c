/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

Test(hash, zero_is_empty)
{
	struct hash table = {0};

	cr_expect_eq(hash_find(&table, 7), HASH_NONE);
	HASH_ALL (&table, i)
		cr_assert_fail("%u in an empty table", i);
	hash_remove(&table, 7, 0);
	hash_clear(&table);
	hash_free(&table);
}

Test(hash, several_under_one_hash_and_one_under_several)
{
	struct hash table = {0};
	unsigned seen = 0;

	for (uint32_t i = 0; i < 20; i++)
		cr_assert_eq(hash_add(&table, i % 2 ? UINT32_MAX : 15, i), 0);
	cr_assert_eq(hash_add(&table, 15, 1), 0);
	HASH_EACH (&table, UINT32_MAX, i) {
		cr_expect(i % 2);
		seen |= 1u << i;
	}
	cr_expect_eq(seen, 0xaaaaau);
	seen = 0;
	HASH_EACH (&table, 15, i)
		seen |= 1u << i;
	cr_expect_eq(seen, 0x55557u);
	cr_expect_eq(hash_find(&table, 14), HASH_NONE, "a neighbour's slots are not its own");
	cr_expect_eq(table.count, 21);
	hash_clear(&table);
	cr_expect_eq(hash_find(&table, 15), HASH_NONE);
	hash_free(&table);
}

/* Against a plain list: numbers come and go, over few homes, so that runs meet, wrap around and close up. */
Test(hash, as_a_list_does)
{
	enum { NUMBERS = 300 };
	struct hash table = {0};
	uint32_t under[NUMBERS];
	bool in[NUMBERS] = {0};
	unsigned random = 1, count = 0;

	for (unsigned step = 0; step < 40000; step++) {
		random = random * 1103515245u + 12345u;
		uint32_t number = random >> 16 & 0x7fff;

		number %= NUMBERS;
		if (in[number]) {
			hash_remove(&table, under[number], number);
			count--;
		} else {
			under[number] = 0xfffffff0u + (random >> 8 & 31) * 3;
			cr_assert_eq(hash_add(&table, under[number], number), 0);
			count++;
		}
		in[number] = !in[number];
		cr_assert_eq(table.count, count);
		if (step % 100)
			continue;
		for (uint32_t i = 0; i < NUMBERS; i++) {
			bool found = false;

			if (in[i])
				HASH_EACH (&table, under[i], at)
					found |= at == i;
			cr_assert_eq(found, in[i], "step %u, number %u", step, i);
		}
		HASH_ALL (&table, at) {
			cr_assert(in[at]);
			count--;
		}
		cr_assert_eq(count, 0);
		count = table.count;
	}
	hash_free(&table);
}

Test(hash, reserved_room_does_not_fail)
{
	struct hash table = {0};

	cr_assert_eq(hash_reserve(&table, 1000), 0);
	alloc_fail_at(0, true);
	for (uint32_t i = 0; i < 1000; i++)
		cr_assert_eq(hash_add(&table, hash_u32(i), i), 0);
	int rc = 0;

	for (uint32_t i = 1000; !rc && i < 10000; i++)
		rc = hash_add(&table, hash_u32(i), i);
	alloc_fail_at(-1, false);
	cr_expect_eq(rc, -ENOMEM);
	for (uint32_t i = 0; i < table.count; i++)
		cr_assert_eq(hash_find(&table, hash_u32(i)), i, "all is there after a failure");
	cr_expect_eq(hash_reserve(&table, (size_t)UINT32_MAX), -ENOMEM);
	hash_free(&table);
}

Test(hash, names)
{
	cr_expect_eq(hash_bytes(3, "a", 1), hash_bytes(3, "a", 1));
	cr_expect_neq(hash_bytes(3, "a", 1), hash_bytes(4, "a", 1));
	cr_expect_neq(hash_bytes(0, "a", 1), hash_bytes(0, "b", 1));
	cr_expect_neq(hash_u32(1), hash_u32(2));
}
