/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/image/match_table.h"

#include <stdlib.h>

#include "base/alloc.h"

struct match_chunk *match_table_chunk(struct match *match, dir_id dir)
{
	_Atomic(struct match_chunk *) *slot = &match->chunks[dir >> CHUNK_BITS];
	struct match_chunk *chunk = atomic_load_explicit(slot, memory_order_acquire);

	if (__builtin_expect(chunk != NULL, 1))
		return chunk;
	struct match_chunk *made = alloc_array(1, sizeof(*made) + (match->live ? CHUNK_DIRS * sizeof(struct sums) : 0));

	if (!made) {
		atomic_store_explicit(&match->lost, true, memory_order_relaxed);
		return NULL;
	}
	if (atomic_compare_exchange_strong_explicit(slot, &chunk, made, memory_order_acq_rel, memory_order_acquire))
		return made;
	free(made);
	return chunk;
}
