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

int link_search_row(struct link_search *search, const struct tree *tree, dir_id dir, uint32_t row)
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
	if (link->searched != figures.nlink) {
		int64_t after_ns = clock_mono_ns() + AFTER_NS;

		if (alloc_room(&search->links, &search->link_capacity, search->link_count + 1))
			return -ENOMEM;
		if (!search->link_count && search->due_ns < after_ns)
			search->due_ns = after_ns;
		search->links[search->link_count++] = index;
	}
	if (alloc_room(&search->wanted, &search->wanted_capacity, search->wanted_count + 1))
		return -ENOMEM;
	struct node node;

	tree_node(tree, block, row, &node);
	search->wanted[search->wanted_count++] = (struct link_wanted){
		.alloc_bytes = node.alloc_bytes,
		.apparent_bytes = node.apparent_bytes,
		.mtime_s = node.mtime_s,
	};
	return 0;
}

int link_search_rows(struct link_search *search, const struct tree *tree, dir_id dir)
{
	const struct node_block *block = tree_block(tree, dir);
	int result = 0;

	for (uint32_t i = 0; !result && block && i < tree_count(block); i++)
		result = link_search_row(search, tree, dir, i);
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

int link_search_end(struct link_search *search, struct tree *tree, struct dirty *dirty, int64_t now_ns)
{
	struct finding finding = { .tree = tree, .dirty = dirty };

	if (!search->wanted_count || now_ns < search->pass_ns)
		return 0;
	int64_t begun_ns = clock_mono_ns();
	int result = link_names_find_plain(tree, search->wanted, search->wanted_count, found, &finding);

	search->wanted_count = 0;
	search->pass_ns = now_ns + (clock_mono_ns() - begun_ns) * REST;
	return result;
}

/* ---- by number ---- */

static bool is_sought(const struct link_search *search, uint64_t ino)
{
	HASH_EACH (&search->by_ino, hash_u64(ino), i)
		if (search->inos[i] == ino)
			return true;
	return false;
}

static void stop(struct link_search *search)
{
	free(search->inos);
	search->inos = NULL;
	hash_clear(&search->by_ino);
}

/* Begin with those links that still lack names. */
static void start(struct link_search *search, struct tree *tree)
{
	uint32_t count = 0;

	search->inos = alloc_array(search->link_count, sizeof *search->inos);
	if (!search->inos || hash_reserve(&search->by_ino, search->link_count)) {
		stop(search);
		search->due_ns = clock_mono_ns() + AFTER_NS;
		return;
	}
	search->at = DIR_ROOT;
	search->begun_ns = clock_mono_ns();
	for (size_t i = 0; i < search->link_count; i++) {
		struct link *link = links_at(&tree->links, search->links[i]);
		uint32_t nlink = link_figures(link).nlink;

		if (!link->parent_count || link->parent_count >= nlink || link->searched == nlink)
			continue;
		link->searched = nlink;
		hash_add(&search->by_ino, hash_u64(link->ino), count);
		search->inos[count++] = link->ino;
	}
	search->link_count = 0;
	if (!count)
		stop(search);
}

/* Inode numbers come with the listing. */
static void look_in(const struct link_search *search, const struct tree *tree, int root, struct dirty *dirty,
                    dir_id dir)
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
			if (entry->d_type != DT_DIR && is_sought(search, entry->d_ino))
				dirty_name(dirty, dir, entry->d_name, strlen(entry->d_name));
		}
	}
	close(fd);
}

int64_t link_search_due(const struct link_search *search)
{
	return search->inos ? INT64_MIN : search->link_count ? search->due_ns : INT64_MAX;
}

int64_t link_search_run(struct link_search *search, struct tree *tree, int root, struct dirty *dirty, int64_t now_ns)
{
	/* Without memory the numbers find them. */
	(void)link_search_end(search, tree, dirty, now_ns);
	int64_t pass_ns = search->wanted_count ? search->pass_ns : INT64_MAX;

	if (!search->inos) {
		if (!search->link_count)
			return pass_ns;
		if (now_ns < search->due_ns)
			return search->due_ns < pass_ns ? search->due_ns : pass_ns;
		start(search, tree);
		return now_ns;
	}
	dir_id limit = tree_dir_limit(tree);

	for (unsigned n = 0; n < AT_ONCE && search->at < limit; search->at++) {
		if (!tree_alive(tree, search->at) || !tree_block(tree, search->at))
			continue;
		look_in(search, tree, root, dirty, search->at);
		n++;
	}
	if (search->at >= limit) {
		int64_t ended_ns = clock_mono_ns();

		stop(search);
		search->due_ns = ended_ns + (ended_ns - search->begun_ns) * REST;
	}
	return now_ns;
}

void link_search_free(struct link_search *search)
{
	free(search->wanted);
	free(search->links);
	stop(search);
	hash_free(&search->by_ino);
	*search = (struct link_search){0};
}
