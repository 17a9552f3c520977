/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

Test(alloc, array_is_zeroed_and_checked)
{
	unsigned char *bytes = alloc_array(100, 3);

	cr_assert_not_null(bytes);
	for (int i = 0; i < 300; i++)
		cr_assert_eq(bytes[i], 0);
	free(bytes);
	bytes = alloc_array(0, 0);
	cr_expect_not_null(bytes, "nothing is something: NULL means failure only");
	free(bytes);
	errno = 0;
	cr_expect_null(alloc_array(SIZE_MAX / 2, 3));
	cr_expect_eq(errno, ENOMEM);
}

Test(alloc, resize_keeps_the_old_on_failure)
{
	char *text = alloc_copy("kept", 4);

	cr_assert_not_null(text);
	errno = 0;
	cr_expect_null(alloc_resize(text, SIZE_MAX / 2, 3));
	cr_expect_eq(errno, ENOMEM);
	alloc_fail_at(0, false);
	cr_expect_null(alloc_resize(text, 100, 1));
	alloc_fail_at(-1, false);
	cr_expect_str_eq(text, "kept");
	free(text);
}

Test(alloc, grow)
{
	size_t capacity = 0;
	int *items = NULL;

	for (size_t n = 1; n <= 10000; n++) {
		cr_assert_eq(alloc_room(&items, &capacity, n), 0);
		cr_assert_geq(capacity, n);
		items[n - 1] = (int)n;
	}
	cr_expect_leq(capacity, 15000u, "grows by half, not more");
	for (int n = 1; n <= 10000; n++)
		cr_assert_eq(items[n - 1], n);
	size_t before = capacity;

	cr_expect_eq(alloc_room(&items, &capacity, SIZE_MAX / 2), -ENOMEM);
	cr_expect_eq(capacity, before);
	cr_expect_eq(items[9999], 10000);
	free(items);
}

Test(alloc, copy)
{
	char *copy = alloc_copy("a\0b", 3);

	cr_assert_not_null(copy);
	cr_expect_arr_eq(copy, "a\0b", 4);
	free(copy);
	copy = alloc_copy(NULL, 0);
	cr_assert_not_null(copy);
	cr_expect_str_eq(copy, "");
	free(copy);
	cr_expect_null(alloc_copy("x", SIZE_MAX));
}

Test(alloc, failing_on_request)
{
	void *first, *second, *third;

	alloc_fail_at(1, false);
	first = alloc_array(1, 1);
	second = alloc_array(1, 1);
	third = alloc_array(1, 1);
	cr_expect(first && !second && third);
	cr_expect_eq(alloc_count(), 3);
	free(first);
	free(third);
	alloc_fail_at(1, true);
	first = alloc_array(1, 1);
	second = alloc_array(1, 1);
	third = alloc_copy("", 0);
	cr_expect(first && !second && !third);
	free(first);
	alloc_fail_at(-1, false);
	first = alloc_array(1, 1);
	cr_expect_not_null(first);
	free(first);
}

Test(buf, appends)
{
	struct buf buf = {0};

	cr_expect_eq(buf_str(&buf, "one"), 0);
	cr_expect_eq(buf_char(&buf, ' '), 0);
	cr_expect_eq(buf_add(&buf, "t\0o", 3), 0);
	cr_expect_eq(buf_printf(&buf, " %d/%s", 3, "four"), 0);
	cr_expect_eq(buf.length, 14u);
	cr_expect_arr_eq(buf.data, "one t\0o 3/four", 15, "with a NUL behind");
	char *room = buf_room(&buf, 5);

	cr_assert_not_null(room);
	memcpy(room, "-five", 5);
	cr_expect_arr_eq(buf.data, "one t\0o 3/four-five", 20);
	buf_clear(&buf);
	cr_expect_eq(buf.length, 0u);
	cr_expect_str_eq(buf.data, "");
	buf_free(&buf);
	cr_expect_null(buf.data);
	buf_free(&buf);
}

Test(buf, long_print)
{
	struct buf buf = {0};
	char *wide = alloc_array(100001, 1);

	cr_assert_not_null(wide);
	memset(wide, 'x', 100000);
	cr_expect_eq(buf_printf(&buf, "<%s>", wide), 0);
	cr_expect_eq(buf.length, 100002u);
	cr_expect_eq(buf.data[100001], '>');
	free(wide);
	buf_free(&buf);
}

Test(buf, first_failure_stays)
{
	struct buf buf = {0};

	cr_expect_eq(buf_str(&buf, "kept"), 0);
	cr_expect_null(buf_room(&buf, SIZE_MAX - 2));
	cr_expect(buf.failed);
	cr_expect_eq(buf_str(&buf, "more"), -ENOMEM);
	cr_expect_eq(buf_printf(&buf, "%d", 1), -ENOMEM);
	cr_expect_str_eq(buf.data, "kept");
	buf_clear(&buf);
	cr_expect_not(buf.failed);
	cr_expect_eq(buf_str(&buf, "again"), 0);
	cr_expect_str_eq(buf.data, "again");
	buf_free(&buf);
}

Test(err, sentence_and_code)
{
	struct err err;

	cr_expect_eq(err_set(&err, -EIO, "cannot read %s: %d", "/x", 5), -EIO);
	cr_expect_str_eq(err.text, "cannot read /x: 5");
	cr_expect_eq(err_set(NULL, -ENOENT, "nobody %s", "listens"), -ENOENT);
	char *wide = alloc_array(5001, 1);

	cr_assert_not_null(wide);
	memset(wide, 'x', 5000);
	err_set(&err, -EIO, "%s", wide);
	cr_expect_eq(strlen(err.text), sizeof(err.text) - 1, "cut, and terminated");
	free(wide);
}

Test(clock, goes_on)
{
	int64_t first = clock_mono_ns(), later = clock_mono_ns();

	cr_expect_gt(first, 0);
	cr_expect_geq(later, first);
	cr_expect_gt(clock_wall_s(), 1700000000);
}

Test(clock, fixed_for_goldens)
{
	setenv("DISKTRACKER_TEST_TIME", "1763452920", 1);
	cr_expect_eq(clock_wall_s(), 1763452920);
	cr_expect_eq(clock_wall_ns(), 1763452920000000000);
	setenv("DISKTRACKER_TEST_TIME", "", 1);
	cr_expect_neq(clock_wall_s(), 1763452920);
}

Test(alloc, text)
{
	char *text = alloc_text("a name"), *line = NULL;
	size_t capacity = 0;

	cr_assert_str_eq(text, "a name");
	free(text);
	text = alloc_print("%d of %s", 3, "four");
	cr_assert_str_eq(text, "3 of four");
	FILE *file = fmemopen(text, strlen(text), "r");

	cr_assert_eq(alloc_line(&line, &capacity, file), 9);
	cr_expect_str_eq(line, "3 of four");
	cr_expect_eq(alloc_line(&line, &capacity, file), -1);
	free(text);
	alloc_fail_at(0, true);
	text = alloc_print("%s", "no");
	rewind(file);
	ssize_t got = alloc_line(&line, &capacity, file);

	alloc_fail_at(-1, false);
	cr_expect_null(text);
	cr_expect_eq(got, -1);
	cr_expect_null(alloc_copy(line, SIZE_MAX));
	fclose(file);
	free(line);
}
