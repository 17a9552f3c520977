/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growth under races: workers list a tree's directories in whatever order they get them, as a scan's do, screens read
 * meanwhile; in the end every figure must be that of one thread alone.  Run under ThreadSanitizer.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../spec.h"
#include "engine/image/match.h"
#include "engine/tree/tree_state.h"

#define WORKERS 4
#define SCREENS 2
#define ROUNDS 25

struct race {
	struct tree *tree;
	struct match *match;
	pthread_mutex_t lock;   /* of the queue: it is not what is tested */
	pthread_cond_t more;
	dir_id *queue;
	size_t count, left;     /* waiting; not listed yet */
	_Atomic bool over;
	uint64_t seed;
};

static int failed, passed;

static void expect(bool holds, const char *what, uint64_t seed)
{
	if (holds) {
		passed++;
	} else {
		failed++;
		fprintf(stderr, "seed %lu: %s\n", seed, what);
	}
}

static void *work(void *context)
{
	struct race *race = context;

	pthread_mutex_lock(&race->lock);
	while (race->left) {
		if (!race->count) {
			pthread_cond_wait(&race->more, &race->lock);
			continue;
		}
		race->seed = race->seed * 6364136223846793005u + 1442695040888963407u;
		size_t pick = (race->seed >> 33) % race->count;
		dir_id dir = race->queue[pick];

		race->queue[pick] = race->queue[--race->count];
		pthread_mutex_unlock(&race->lock);

		match_listed(race->match, dir);

		const struct node_block *block = tree_block(race->tree, dir);

		pthread_mutex_lock(&race->lock);
		for (uint32_t i = 0; i < tree_count(block); i++) {
			struct node node;

			tree_node(race->tree, block, i, &node);
			if (node.dir != DIR_NONE)
				race->queue[race->count++] = node.dir;
		}
		race->left--;
		pthread_cond_broadcast(&race->more);
		/*
		 * What a scan does after it: one unit each, so that parts become complete while others are being
		 * listed.
		 */
		for (dir_id at = dir; at != DIR_NONE; at = tree_cold(race->tree, at)->parent)
			atomic_fetch_sub_explicit(&tree_cold_mutable(race->tree, at)->pending, 1, memory_order_acq_rel);
	}
	pthread_mutex_unlock(&race->lock);
	return NULL;
}

static void *look(void *context)
{
	struct race *race = context;

	while (!atomic_load_explicit(&race->over, memory_order_acquire)) {
		for (dir_id dir = DIR_ROOT; dir < tree_dir_limit(race->tree); dir++) {
			struct growth growth;
			uint32_t *ghosts;
			size_t count;
			bool known;

			if (!tree_cold(race->tree, dir)->ino)
				continue;
			match_growth(race->match, dir, &growth);
			match_dir(race->match, dir, &known);
			if (known && match_ghosts(race->match, dir, &ghosts, &count) == 0) {
				for (size_t i = 0; i < count; i++)
					match_ghost_growth(race->match, ghosts[i], &growth);
				free(ghosts);
			}
		}
	}
	return NULL;
}

static void run(uint64_t seed)
{
	unsigned kinds = seed % 2 ? SPEC_LINKS | SPEC_ERRORS | SPEC_MOUNTS : SPEC_ERRORS;
	struct spec old, new;

	spec_init(&old, seed, 400, kinds);
	spec_copy(&new, &old);
	new.next_ino = 100000;
	spec_mutate(&new, 80, kinds);
	struct tree *old_tree = spec_tree(&old, seed);
	struct image *image = image_from_tree(old_tree);
	struct race race = {.tree = spec_tree(&new, seed + 1),
	                    .seed = seed,
	                    .lock = PTHREAD_MUTEX_INITIALIZER,
	                    .more = PTHREAD_COND_INITIALIZER};
	struct match *alone = match_create_complete(race.tree, image, "");
	dir_id limit = tree_dir_limit(race.tree);
	pthread_t threads[WORKERS + SCREENS];

	race.match = match_create(race.tree, image, "");
	race.queue = malloc(limit * sizeof(*race.queue));
	race.queue[race.count++] = DIR_ROOT;
	/* Every directory waits for those below it and itself. */
	for (dir_id dir = DIR_ROOT; dir < limit; dir++) {
		if (!tree_cold(race.tree, dir)->ino)
			continue;
		race.left++;
		for (dir_id at = dir; at != DIR_NONE; at = tree_cold(race.tree, at)->parent)
			atomic_fetch_add_explicit(&tree_cold_mutable(race.tree, at)->pending, 1, memory_order_relaxed);
	}
	for (int i = 0; i < WORKERS + SCREENS; i++)
		if (pthread_create(&threads[i], NULL, i < WORKERS ? work : look, &race))
			abort();
	for (int i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	atomic_store_explicit(&race.over, true, memory_order_release);
	for (int i = WORKERS; i < WORKERS + SCREENS; i++)
		pthread_join(threads[i], NULL);

	bool equal = true;

	for (dir_id dir = DIR_ROOT; dir < limit; dir++) {
		struct growth a, b;

		if (!tree_cold(race.tree, dir)->ino)
			continue;
		match_growth(alone, dir, &a);
		match_growth(race.match, dir, &b);
		equal = equal && a.alloc_bytes == b.alloc_bytes && a.apparent_bytes == b.apparent_bytes &&
		        a.items == b.items && a.unknown == b.unknown && a.is_new == b.is_new && !a.partial &&
		        !b.partial;
	}
	expect(equal, "growth differs from that of one thread", seed);
	match_destroy(alone);
	match_destroy(race.match);
	tree_destroy(race.tree);
	tree_destroy(old_tree);
	image_free(image);
	free(race.queue);
	spec_free(&old);
	spec_free(&new);
}

int main(void)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		run(seed);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
