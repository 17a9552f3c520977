/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Order of rows: 24-byte items, few by merging, many by radix; names are looked at only where group, key and the first
 * eight bytes behind what all names share are equal.
 */
#include "ui/browser/row_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/** Grown, unknown, shrunk, unchanged. */
static unsigned by_change(int64_t bytes, bool unknown, const struct row *row, uint64_t *key)
{
	if (!unknown && bytes) {
		*key = bytes > 0 ? (uint64_t)bytes : (uint64_t)-bytes;
		return bytes > 0 ? 0 : 2;
	}
	*key = row->bytes;
	return unknown ? 1 : 3;
}

void listing_sort_key(const struct listing_query *query, const struct row *row, struct listing_item *item)
{
	uint64_t key = 0;
	unsigned group = 0;

	switch (query->sort) {
	case SORT_SIZE: key = row->bytes; break;
	case SORT_ITEMS: key = row->items; break;
	case SORT_MTIME: key = (uint64_t)row->mtime_s ^ (1ull << 63); break;
	case SORT_NAME:
		item->group = query->dirs_first && !row->is_dir;
		item->key = 0;
		return;
	case SORT_GROWTH:
		group = by_change(row->growth_bytes,
		                  row->growth_blank || (!row->growth_bytes && row->growth_trust != TRUST_EXACT), row,
		                  &key);
		item->group = (uint8_t)((query->dirs_first && !row->is_dir ? 4 : 0) + group);
		item->key = ~key;
		return;
	case SORT_LIVE:
		group = by_change(row->live_bytes, !row->live_bytes && row->live_trust != TRUST_EXACT, row, &key);
		item->group = (uint8_t)((query->dirs_first && !row->is_dir ? 4 : 0) + group);
		item->key = ~key;
		return;
	}
	item->group = query->dirs_first && !row->is_dir;
	item->key = query->descending ? ~key : key;
}

struct sorter {
	const struct listing_context *context;
	bool names_descending;
};

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/** End of the number at `*at`, and `*at` behind its leading zeros. */
static size_t number_end(const unsigned char *name, size_t length, size_t *at)
{
	size_t end;

	while (*at < length && name[*at] == '0')
		++*at;
	for (end = *at; end < length && is_digit(name[end]); end++)
		;
	return end;
}

static int compare_bytes(const unsigned char *a, size_t a_length, const unsigned char *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

/** Numbers in names by their value, everything else by its bytes; of equal ones (7, 007) the bytes decide. */
static int compare_natural(const unsigned char *a, size_t a_length, const unsigned char *b, size_t b_length)
{
	size_t i = 0, j = 0;

	while (i < a_length && j < b_length) {
		if (is_digit(a[i]) && is_digit(b[j])) {
			size_t a_end = number_end(a, a_length, &i), b_end = number_end(b, b_length, &j);
			int order;

			if (a_end - i != b_end - j)
				return a_end - i > b_end - j ? 1 : -1;
			order = memcmp(a + i, b + j, a_end - i);
			if (order)
				return order;
			i = a_end;
			j = b_end;
		} else if (a[i] != b[j]) {
			return a[i] > b[j] ? 1 : -1;
		} else {
			i++;
			j++;
		}
	}
	if (i < a_length || j < b_length)
		return i < a_length ? 1 : -1;
	return compare_bytes(a, a_length, b, b_length);
}

/* In natural order a number is the byte '0', how many digits it has, and these: a longer one is larger. */
uint64_t listing_name_prefix(const struct listing_query *query, const unsigned char *name, size_t length, size_t skip)
{
	uint64_t prefix = 0;
	size_t end = skip;

	for (size_t n = 0, at = skip; n < 8; n++) {
		unsigned byte = at < length ? name[at] : 0;

		if (query->natural && at >= end && is_digit((unsigned char)byte)) {
			end = number_end(name, length, &at);
			prefix = prefix << 8 | '0';
			if (++n == 8)
				break;
			byte = (unsigned)(end - at);
		} else {
			at++;
		}
		prefix = prefix << 8 | byte;
	}
	return prefix;
}

static bool before_slow(const struct sorter *sorter, const struct listing_item *a, const struct listing_item *b)
{
	size_t a_length, b_length;
	const unsigned char *a_name = listing_item_name(sorter->context, a, &a_length),
			    *b_name = listing_item_name(sorter->context, b, &b_length);
	int order = (sorter->context->query->natural ? compare_natural : compare_bytes)(a_name, a_length, b_name,
	                                                                                b_length);

	if (!order)
		return a->source < b->source; /* an entry before the ghost it replaced */
	return sorter->names_descending ? order > 0 : order < 0;
}

/** May `a` stay before `b`? */
static inline bool in_order(const struct sorter *sorter, const struct listing_item *a, const struct listing_item *b)
{
	if (a->group != b->group)
		return a->group < b->group;
	if (a->key != b->key)
		return a->key < b->key;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	return !before_slow(sorter, b, a);
}

bool listing_in_order(const struct listing_context *context, const struct listing_item *a, const struct listing_item *b)
{
	struct sorter sorter = {context, context->query->sort == SORT_NAME && context->query->descending};

	return in_order(&sorter, a, b);
}

/** Merge sort of `items`; `spare` holds as many. */
static void sort_few(const struct sorter *sorter, struct listing_item *items, struct listing_item *spare, size_t count)
{
	size_t half = count / 2, i, j, out;

	if (count <= 12) {
		for (i = 1; i < count; i++) {
			struct listing_item moved = items[i];

			for (j = i; j && !in_order(sorter, &items[j - 1], &moved); j--)
				items[j] = items[j - 1];
			items[j] = moved;
		}
		return;
	}
	sort_few(sorter, items, spare, half);
	sort_few(sorter, items + half, spare, count - half);
	if (in_order(sorter, &items[half - 1], &items[half]))
		return;
	memcpy(spare, items, half * sizeof(*items));
	for (i = 0, j = half, out = 0; i < half && j < count; out++)
		items[out] = in_order(sorter, &spare[i], &items[j]) ? spare[i++] : items[j++];
	memcpy(items + out, spare + i, (half - i) * sizeof(*items));
}

#define RADIX_LEAST 4096
#define RADIX_DIGITS 17 /* eight bytes of the prefix, eight of the key, the group */

static inline unsigned digit_of(const struct listing_item *item, int digit)
{
	return digit < 8  ? (unsigned)(item->prefix >> (8 * digit)) & 255
	     : digit < 16 ? (unsigned)(item->key >> (8 * (digit - 8))) & 255
	                  : item->group;
}

/**
 * The same order for many items: by bytes from the least significant on, bytes that all share left out; what is then
 * still equal is compared by name.
 * `spare` holds as many.
 */
static void sort_many(const struct sorter *sorter, struct listing_item *items, struct listing_item *spare, size_t count)
{
	size_t(*counts)[256] = alloc_array(RADIX_DIGITS, sizeof(*counts));
	struct listing_item *from = items, *to = spare;

	if (!counts) {
		sort_few(sorter, items, spare, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		for (int digit = 0; digit < RADIX_DIGITS; digit++)
			counts[digit][digit_of(&items[i], digit)]++;
	for (int digit = 0; digit < RADIX_DIGITS; digit++) {
		size_t at = 0;
		struct listing_item *other;

		if (counts[digit][digit_of(&items[0], digit)] == count)
			continue;
		for (int value = 0; value < 256; value++) {
			size_t n = counts[digit][value];

			counts[digit][value] = at;
			at += n;
		}
		for (size_t i = 0; i < count; i++)
			to[counts[digit][digit_of(&from[i], digit)]++] = from[i];
		other = from;
		from = to;
		to = other;
	}
	if (from != items)
		memcpy(items, from, count * sizeof(*items));
	free(counts);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && items[end].prefix == items[i].prefix &&
		                  items[end].key == items[i].key && items[end].group == items[i].group;
		     end++)
			;
		sort_few(sorter, items + i, spare, end - i);
	}
}

int listing_sort(const struct listing_context *context, struct listing_item *items, size_t count)
{
	struct sorter sorter = {context, context->query->sort == SORT_NAME && context->query->descending};
	struct listing_item *spare = alloc_array(count, sizeof(*spare));

	if (!spare)
		return -ENOMEM;
	if (count >= RADIX_LEAST)
		sort_many(&sorter, items, spare, count);
	else
		sort_few(&sorter, items, spare, count);
	free(spare);
	return 0;
}
