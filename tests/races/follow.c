/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A follower under ThreadSanitizer: batches, flushes, rebases, questions and another process's look-ups, all at once.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/tree/build.h"
#include "engine/watch/watcher.h"
#include "store/record/recorder.h"
#include "store/record/size.h"

#define ROOT "/x"
#define BATCHES 3000

static _Atomic int failed;
static _Atomic int passed;
static _Atomic bool done;
static char folder[] = "/tmp/disktracker-follow-XXXXXX";
static char path[64];

static void check(bool ok, const char *what)
{
	if (ok) {
		atomic_fetch_add(&passed, 1);
	} else {
		atomic_fetch_add(&failed, 1);
		printf("FAIL %s\n", what);
	}
}

static struct tree *small_tree(void)
{
	struct build_entry entry = {.name = "d",
	                            .name_length = 1,
	                            .type = NODE_DIR,
	                            .alloc_bytes = 4096,
	                            .apparent_bytes = 4096,
	                            .nlink = 1,
	                            .ino = 1};
	struct build *build = build_create(ROOT, &entry);

	return build ? build_finish(build) : NULL;
}

static void *apply(void *context)
{
	for (uint64_t k = 1; k <= BATCHES; k++) {
		char name[32], file[64];
		struct change_dir dirs[] = {{.path = (char *)(uintptr_t)ROOT, .bytes = k},
		                            {.path = name, .bytes = k, .gone = k % 7 == 0}};
		struct change change = {.kind = CHANGE_MODIFY, .path = file, .new_bytes = k};

		snprintf(name, sizeof(name), ROOT "/n%d", (int)(k % 40));
		snprintf(file, sizeof(file), "%s/f", name);
		recorder_sink(context, &(struct batch){.number = k,
		                                       .time_s = 5,
		                                       .dirs = dirs,
		                                       .dir_count = 2,
		                                       .changes = &change,
		                                       .change_count = 1});
	}
	return NULL;
}

static void *ask(void *context)
{
	while (!atomic_load(&done)) {
		if (recorder_flush(context, NULL))
			check(false, "flush");
		recorder_wants_rebase(context);
		recorder_trouble(context);
	}
	return NULL;
}

static void *read_sizes(void *context)
{
	uint64_t last = 0;

	(void)context;
	while (!atomic_load(&done)) {
		struct store *store;
		struct sizes *sizes;
		struct size_answer answer;

		if (store_open(path, STORE_STRICT, &store, NULL) || sizes_open(store, &sizes, NULL) ||
		    sizes_find(sizes, ROOT, &answer, NULL)) {
			check(false, "a look-up");
			break;
		}
		/* 4096: the tree's own figure, behind a rebase. */
		if (!answer.known || (answer.bytes != 4096 && answer.bytes < last))
			check(false, "what is seen never goes back");
		if (answer.bytes != 4096)
			last = answer.bytes;
		sizes_close(sizes);
		store_close(store);
	}
	return NULL;
}

static void rebase(struct recorder *follow, const struct tree *tree)
{
	struct err err = {{0}};

	check(!recorder_rebase(follow, tree, 0, false, &err), err.text);
}

int main(void)
{
	struct tree *tree = small_tree();
	struct recorder *follow = NULL;
	pthread_t threads[3];
	struct err err = {{0}};
	char command[64];

	if (!tree || !mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/data.db", folder);
	check(!recorder_start(&(struct recorder_options){.db = path, .root = ROOT, .options = "", .log = true}, &follow,
	                      &err),
	      err.text);
	if (follow) {
		rebase(follow, tree);
		pthread_create(&threads[0], NULL, apply, follow);
		pthread_create(&threads[1], NULL, ask, follow);
		pthread_create(&threads[2], NULL, read_sizes, follow);
		for (int i = 0; i < 5; i++)
			rebase(follow, tree);
		pthread_join(threads[0], NULL);
		check(!recorder_flush(follow, &err), "the last flush");
		atomic_store(&done, true);
		pthread_join(threads[1], NULL);
		pthread_join(threads[2], NULL);
		recorder_stop(follow);
	}
	tree_destroy(tree);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	check(!system(command), "tidy up");
	printf("%d passed, %d failed\n", atomic_load(&passed), atomic_load(&failed));
	return atomic_load(&failed) != 0;
}
