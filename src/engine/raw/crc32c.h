/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_RAW_CRC32C_H
#define ENGINE_RAW_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** CRC-32C (Castagnoli) of n bytes, continued from `crc`, without the inversions at both ends: as ext4 has it. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

#endif
