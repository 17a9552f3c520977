/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/watch/link_search.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/kernel.h"
#include "engine/scan/dirfd.h"

#define AFTER_NS 1000000000 /* by then events and figures have found the other names, if they can */
#define AT_ONCE 128         /* directories */
#define BUFFER_BYTES 32768
#define REST 20             /* times as long as a pass took there is none */

/* ---- by figures ---- */

int hunt_row(struct hunt *hunt, const struct tree *tree, dir_id dir, uint32_t row)
{
	const struct node_block *block = tree_block(tree, dir);
	uint64_t word = atomic_load_explicit(&((struct node_block *)(uintptr_t)block)->rows[row].word,
	                                     memory_order_relaxed);

	if (!(row_flags(word) & ROW_LINK) || row_flags(word) & ROW_GONE)
		return 0;
	uint32_t index = (uint32_t)row_payload(word);
	const struct link *link = links_at(&tree->links, index);
	struct link_figures figures = link_figures(link);

	if (link->parent_count >= figures.nlink || !link->parent_count)
		return 0;
	/*
	 * One that was written to meanwhile has other figures by now: looked for by number, if nothing else finds it.
	 */
	if (link->hunted != figures.nlink) {
		uint32_t *links = alloc_grow(hunt->links, &hunt->link_capacity, hunt->link_count + 1, sizeof *links);

		if (!links)
			return -ENOMEM;
		int64_t after_ns = clock_mono_ns() + AFTER_NS;

		hunt->links = links;
		if (!hunt->link_count && hunt->due_ns < after_ns)
			hunt->due_ns = after_ns;
		links[hunt->link_count++] = index;
	}
	struct link_wanted *wanted = alloc_grow(hunt->wanted, &hunt->wanted_capacity, hunt->wanted_count + 1,
	                                        sizeof *wanted);

	if (!wanted)
		return -ENOMEM;
	hunt->wanted = wanted;
	struct node node;

	tree_node(tree, block, row, &node);
	wanted[hunt->wanted_count++] = (struct link_wanted){
		.alloc_bytes = node.alloc_bytes, .apparent_bytes = node.apparent_bytes, .mtime_s = node.mtime_s,
	};
	return 0;
}

int hunt_rows(struct hunt *hunt, const struct tree *tree, dir_id dir)
{
	const struct node_block *block = tree_block(tree, dir);
	int result = 0;

	for (uint32_t i = 0; !result && block && i < tree_count(block); i++)
		result = hunt_row(hunt, tree, dir, i);
	return result;
}

struct finding {
	const struct tree *tree;
	struct dirty *dirty;
};

static void found(void *context, size_t which, dir_id dir, uint32_t row)
{
	const struct finding *finding = context;
	const struct node_block *block = tree_block(finding->tree, dir);
	const unsigned char *name = (const unsigned char *)block + block->rows[row].name;

	dirty_name(finding->dirty, dir, name + 1, name[0]);
}

int hunt_end(struct hunt *hunt, struct tree *tree, struct dirty *dirty, int64_t now_ns)
{
	struct finding finding = { .tree = tree, .dirty = dirty };

	if (!hunt->wanted_count || now_ns < hunt->pass_ns)
		return 0;
	int64_t begun_ns = clock_mono_ns();
	int result = link_names_find_plain(tree, hunt->wanted, hunt->wanted_count, found, &finding);

	hunt->wanted_count = 0;
	hunt->pass_ns = now_ns + (clock_mono_ns() - begun_ns) * REST;
	return result;
}

/* ---- by number ---- */

static uint64_t *slot_of(const struct hunt *hunt, uint64_t ino)
{
	size_t i = (size_t)(ino * 0x9e3779b97f4a7c15u >> 32) & (hunt->slots - 1);

	while (hunt->inos[i] && hunt->inos[i] != ino)
		i = (i + 1) & (hunt->slots - 1);
	return &hunt->inos[i];
}

static void stop(struct hunt *hunt)
{
	free(hunt->inos);
	hunt->inos = NULL;
}

/* Begin with those links that still lack names. */
static void start(struct hunt *hunt, struct tree *tree)
{
	size_t slots = 16;
	bool any = false;

	while (slots < hunt->link_count * 2)
		slots *= 2;
	hunt->inos = alloc_array(slots, sizeof *hunt->inos);
	if (!hunt->inos) {
		hunt->due_ns = clock_mono_ns() + AFTER_NS;
		return;
	}
	hunt->slots = slots;
	hunt->at = DIR_ROOT;
	hunt->begun_ns = clock_mono_ns();
	for (size_t i = 0; i < hunt->link_count; i++) {
		struct link *link = links_at(&tree->links, hunt->links[i]);
		uint32_t nlink = link_figures(link).nlink;

		if (!link->parent_count || link->parent_count >= nlink || link->hunted == nlink)
			continue;
		link->hunted = nlink;
		*slot_of(hunt, link->ino) = link->ino;
		any = true;
	}
	hunt->link_count = 0;
	if (!any)
		stop(hunt);
}

/* Inode numbers come with the listing. */
static void look_in(const struct hunt *hunt, const struct tree *tree, int root, struct dirty *dirty, dir_id dir)
{
	char buffer[BUFFER_BYTES] __attribute__((aligned(8)));
	int fd = dirfd_open_path(root, tree, dir);
	ssize_t got;

	if (fd < 0)
		return;
	while ((got = getdents64(fd, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)) {
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);

			at += entry->d_reclen;
			if (entry->d_type != DT_DIR && entry->d_ino && *slot_of(hunt, entry->d_ino))
				dirty_name(dirty, dir, entry->d_name, strlen(entry->d_name));
		}
	}
	close(fd);
}

int64_t hunt_due(const struct hunt *hunt)
{
	return hunt->inos ? INT64_MIN : hunt->link_count ? hunt->due_ns : INT64_MAX;
}

int64_t hunt_run(struct hunt *hunt, struct tree *tree, int root, struct dirty *dirty, int64_t now_ns)
{
	/* Without memory the numbers find them. */
	(void)hunt_end(hunt, tree, dirty, now_ns);
	int64_t pass_ns = hunt->wanted_count ? hunt->pass_ns : INT64_MAX;

	if (!hunt->inos) {
		if (!hunt->link_count)
			return pass_ns;
		if (now_ns < hunt->due_ns)
			return hunt->due_ns < pass_ns ? hunt->due_ns : pass_ns;
		start(hunt, tree);
		return now_ns;
	}
	dir_id limit = tree_dir_limit(tree);

	for (unsigned n = 0; n < AT_ONCE && hunt->at < limit; hunt->at++) {
		if (!tree_alive(tree, hunt->at) || !tree_block(tree, hunt->at))
			continue;
		look_in(hunt, tree, root, dirty, hunt->at);
		n++;
	}
	if (hunt->at >= limit) {
		int64_t ended_ns = clock_mono_ns();

		stop(hunt);
		hunt->due_ns = ended_ns + (ended_ns - hunt->begun_ns) * REST;
	}
	return now_ns;
}

void hunt_free(struct hunt *hunt)
{
	free(hunt->wanted);
	free(hunt->links);
	stop(hunt);
	*hunt = (struct hunt){0};
}
