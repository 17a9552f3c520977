/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_VARINT_H
#define STORE_SNAPSHOT_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers in packed rows: seven bits a byte, the lowest first, the top bit set on all but the last (LEB128).  The same
 * on every machine.
 */

#define VARINT_MAX 10 /* bytes */

/** Write; returns behind it.  Room for VARINT_MAX bytes. */
static inline unsigned char *varint_put(unsigned char *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (unsigned char)value | 0x80;
		value >>= 7;
	}
	*at++ = (unsigned char)value;
	return at;
}

/** Read one and move *at behind it; false when it is cut off or too large. */
static inline bool varint_get(const unsigned char **at, const unsigned char *end, uint64_t *value)
{
	uint64_t sum = 0;

	for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
		unsigned char byte = *(*at)++;

		if (shift == 63 && byte > 1)
			return false;
		sum |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*value = sum;
			return true;
		}
	}
	return false;
}

/** Signed numbers: 0, −1, 1, −2, ... as 0, 1, 2, 3, ...  Differences may wrap: they are taken and added as unsigned. */
static inline uint64_t zigzag(uint64_t difference)
{
	return difference << 1 ^ (0 - (difference >> 63));
}

static inline uint64_t unzigzag(uint64_t value)
{
	return value >> 1 ^ (0 - (value & 1));
}

#endif
