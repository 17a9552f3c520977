/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/alloc.h"
#include "engine/tree/arena.h"

static int range_init(struct arena_range *range, size_t element, uint32_t limit, uint32_t chunk)
{
	return arena_reserve(&(struct arena_wish){range, element, limit, chunk}, 1);
}

Test(arena, elements_do_not_overlap_and_start_as_zeros)
{
	struct arena_range range;
	struct arena_cursor a = {0}, b = {0};

	cr_assert_eq(range_init(&range, 24, 1 << 20, 100), 0);
	for (uint32_t i = 1; i < 20000; i++) {
		uint32_t n = i % 7 + (i % 501 ? 1 : 1000), at = arena_take(&range, i % 2 ? &a : &b, n);
		unsigned char *bytes = arena_at(&range, at);

		cr_assert_neq(at, 0);
		for (size_t k = 0; k < (size_t)n * 24; k++)
			cr_assert_eq(bytes[k], 0);
		memset(bytes, 1, (size_t)n * 24);
		cr_assert_geq(arena_used(&range), at + n);
	}
	arena_range_destroy(&range);
}

Test(arena, ends)
{
	struct arena_range range;
	struct arena_cursor cursor = {0};
	uint32_t taken = 0;

	cr_assert_eq(range_init(&range, 8, 10000, 64), 0);
	while (arena_take(&range, &cursor, 3))
		taken += 3;
	cr_assert_eq(errno, ENOMEM);
	cr_assert(taken > 9800 && taken < 10000); /* the last of each chunk is too short for three */
	cr_assert_eq(arena_take(&range, &cursor, 5000), 0);
	arena_range_destroy(&range);
}

Test(arena, what_is_given_back_is_taken_again)
{
	struct arena_range range;
	struct arena_cursor cursor = {0};

	cr_assert_eq(range_init(&range, 8, 1 << 20, 1024), 0);
	uint32_t at = arena_take(&range, &cursor, 5000);
	uint64_t memory = arena_memory(&range);

	arena_give(&range, (struct arena_span){ .first = at, .n = 5000 });
	cr_assert_eq(arena_memory(&range), memory - 5000 * 8);
	cr_assert_eq(arena_take(&range, &cursor, 4000), at);
	cr_assert_eq(arena_take(&range, &cursor, 1000), at + 4000);
	cr_assert_eq(arena_memory(&range), memory);
	arena_range_destroy(&range);
}

Test(arena, what_a_cursor_has_left_is_taken_by_others)
{
	struct arena_range range;

	cr_assert_eq(range_init(&range, 8, 1 << 20, 1024), 0);
	for (int i = 0; i < 1000; i++) {
		struct arena_cursor cursor = {0};
		uint64_t *at = arena_at(&range, arena_take(&range, &cursor, 3));

		cr_assert(!at[0] && !at[1] && !at[2]);
		at[0] = at[1] = at[2] = 1;
		arena_end(&range, &cursor);
		cr_assert_eq(cursor.end - cursor.next, 0);
	}
	cr_assert_lt(arena_used(&range), 5 * 1024);
	arena_range_destroy(&range);
}

Test(arena, scarce_addresses)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer itself needs addresses");
#endif
	struct arena_range range;
	struct arena_cursor cursor = {0};

	/* Criterion runs each test in a process of its own. */
	cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){.rlim_cur = (rlim_t)1 << 30, .rlim_max = (rlim_t)1 << 30}),
	             0);
	cr_assert_eq(range_init(&range, 8, UINT32_MAX - 1, 8192), 0);
	uint32_t at = arena_take(&range, &cursor, 100);

	cr_assert_neq(at, 0);
	memset(arena_at(&range, at), 1, 800);
	arena_range_destroy(&range);
}

/* Whatever there is, the ranges share it as they would share plenty, and leave as much again for everybody else. */
Test(arena, ranges_are_halved_together)
{
#ifdef __SANITIZE_ADDRESS__
	cr_skip_test("the sanitizer itself needs addresses");
#endif
	struct arena_range wide, narrow;
	const struct arena_wish wishes[] = {{&wide, 64, (uint32_t)1 << 30, 512}, {&narrow, 8, (uint32_t)1 << 30, 512}};

	for (rlim_t mib = 4096; mib >= 512; mib /= 2) {
		cr_assert_eq(setrlimit(RLIMIT_AS, &(struct rlimit){.rlim_cur = mib << 20, .rlim_max = RLIM_INFINITY}),
		             0);
		cr_assert_eq(arena_reserve(wishes, 2), 0, "%lu MiB", (unsigned long)mib);
		cr_expect_eq(wide.limit, narrow.limit);
		cr_expect_geq(wide.limit * (size_t)72, (mib << 20) / 16, "%lu MiB: %u of 64 bytes", (unsigned long)mib,
		              wide.limit);
		void *others = mmap(NULL, (mib << 20) / 4, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		cr_expect_neq(others, MAP_FAILED, "%lu MiB", (unsigned long)mib);
		if (others != MAP_FAILED)
			munmap(others, (mib << 20) / 4);
		arena_range_destroy(&wide);
		arena_range_destroy(&narrow);
	}
}

Test(arena, epochs_wait_for_older_pins_only)
{
	struct epochs epochs;

	epochs_init(&epochs);
	unsigned old = epochs_pin(&epochs);
	uint64_t first = epochs_retire(&epochs);

	cr_assert_not(epochs_passed(&epochs, first));
	unsigned young = epochs_pin(&epochs);

	cr_assert_not(epochs_passed(&epochs, first));
	epochs_unpin(&epochs, old);
	cr_assert(epochs_passed(&epochs, first), "the young pin came after");
	uint64_t second = epochs_retire(&epochs);

	cr_assert_not(epochs_passed(&epochs, second));
	epochs_unpin(&epochs, young);
	cr_assert(epochs_passed(&epochs, second));
}

Test(arena, a_crowd_of_pins)
{
	struct epochs epochs;
	unsigned pins[200];

	epochs_init(&epochs);
	for (int i = 0; i < 200; i++)
		pins[i] = epochs_pin(&epochs);
	uint64_t number = epochs_retire(&epochs);

	for (int i = 0; i < 200; i++) {
		cr_assert_not(epochs_passed(&epochs, number));
		epochs_unpin(&epochs, pins[i]);
	}
	cr_assert(epochs_passed(&epochs, number));
}
