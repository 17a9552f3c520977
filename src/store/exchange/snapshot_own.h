/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_EXCHANGE_SNAPSHOT_OWN_H
#define STORE_EXCHANGE_SNAPSHOT_OWN_H

#include "engine/image/image.h"
#include "store/db/store.h"
#include "store/files/file_list.h"

/* What exports of a snapshot say beyond its image: devices, and what stands for a directory itself. */

/** st_dev of each file-system slot, as it was then. */
struct snapshot_devices {
	uint64_t *dev;
	size_t count, capacity;
};

/** 0 or -errno with a sentence. */
int snapshot_devices_read(struct store *store, int64_t snapshot_id, struct snapshot_devices *out, struct err *err);
void snapshot_devices_clear(struct snapshot_devices *devices);

static inline uint64_t snapshot_device(const struct snapshot_devices *devices, uint16_t slot)
{
	return slot < devices->count ? devices->dev[slot] : 0;
}

#endif
