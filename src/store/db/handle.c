/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a struct store holds besides its connection, for whoever may read it; mode and banner are read by any thread. */
#include "store/db/handle.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"

const char store_banner_full[] = N_("disk full: this scan is not saved yet; earlier snapshots work");

void store_set_mode(struct store *store, enum store_mode mode)
{
	atomic_store_explicit(&store->mode, (int)mode, memory_order_release); /* pairs with store_mode() */
}

void store_set_banner(struct store *store, const char *text)
{
	struct banner *banner = text ? alloc_array(1, sizeof(*banner) + strlen(text) + 1) : NULL;

	if (banner) {
		strcpy(banner->text, text);
		banner->older = store->banners;
		store->banners = banner;
	}
	/* pairs with store_banner() */
	atomic_store_explicit(&store->banner, banner ? banner->text : NULL, memory_order_release);
}

enum store_mode store_mode(const struct store *store)
{
	return (enum store_mode)atomic_load_explicit(&store->mode, memory_order_acquire);
}

const char *store_banner(const struct store *store)
{
	return atomic_load_explicit(&store->banner, memory_order_acquire);
}

unsigned store_opened(const struct store *store)
{
	return store->opened;
}

bool store_newer(const struct store *store)
{
	return store->newer;
}

const char *store_path(const struct store *store)
{
	return store->path;
}

const unsigned char *store_id(const struct store *store)
{
	return store->id;
}

struct sqlite3 *store_handle(struct store *store)
{
	return store->db;
}

static char host_name[HOST_NAME_MAX + 1];

static void read_host(void)
{
	if (gethostname(host_name, sizeof(host_name) - 1) || !*host_name)
		strcpy(host_name, "localhost");
}

const char *store_host(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_host);
	return host_name;
}

uint64_t store_bytes(const struct store *store)
{
	struct buf name = {0};
	struct stat st;
	uint64_t bytes = 0;

	if (store_mode(store) == STORE_MEMORY)
		return 0;
	if (!stat(store->path, &st))
		bytes += (uint64_t)st.st_size;
	if (store_beside(store, "-wal", &name) && !stat(name.data, &st))
		bytes += (uint64_t)st.st_size;
	buf_free(&name);
	return bytes;
}

bool store_beside(const struct store *store, const char *suffix, struct buf *out)
{
	buf_clear(out);
	return !buf_printf(out, "%s%s", store->path, suffix);
}

void store_disk_full(struct store *store, bool full)
{
	const char *banner = store_banner(store);

	if (full && !banner)
		store_set_banner(store, _(store_banner_full));
	else if (!full && banner && !strcmp(banner, _(store_banner_full)))
		store_set_banner(store, NULL);
}

void store_forget_head(struct store *store)
{
	image_free(store->head.image);
	free(store->head.dirs);
	store->head = (struct head){0};
}
