/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store's thread under ThreadSanitizer: posting, collecting, cancelling and asking for its state, all at once. */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/tree/build.h"
#include "store/snapshot/snapshot.h"
#include "store/db/worker.h"

#define ROUNDS 20
#define JOBS 50

static int passed, failed;

static void check(bool ok, const char *what)
{
	if (ok) {
		passed++;
	} else {
		failed++;
		printf("FAIL %s\n", what);
	}
}

struct job {
	struct worker_job job;
	const struct tree *tree;
	int rc;
	bool ran, done;
};

static void save(struct worker_job *base, struct store *store)
{
	struct job *job = (struct job *)base;
	struct snapshot_meta meta = {.options = "", .finished_at = 1};
	struct err err;
	int64_t id;

	job->ran = true;
	job->rc = snapshot_save(store, job->tree, &meta, &base->cancel, &id, &err);
}

static void list(struct worker_job *base, struct store *store)
{
	struct job *job = (struct job *)base;
	struct snapshot_list snapshots;
	struct err err;

	job->ran = true;
	job->rc = snapshot_list(store, NULL, NULL, NULL, &snapshots, &err);
	if (!job->rc)
		snapshot_list_clear(&snapshots);
}

static void finish(struct worker_job *base)
{
	((struct job *)base)->done = true;
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
	struct build *build = build_create("/x", &entry);

	for (int i = 0; build && i < 30; i++) {
		entry.ino++;
		build_enter(build, &entry);
	}
	return build ? build_finish(build) : NULL;
}

struct looking {
	struct worker *worker;
	_Atomic bool stop;
};

/* Paints, as it were: state and banner from another thread. */
static void *look(void *argument)
{
	struct looking *shared = argument;
	size_t seen = 0;

	while (!atomic_load(&shared->stop)) {
		const struct store *store = worker_store(shared->worker);

		if (store) {
			const char *banner = store_banner(store);

			seen += (size_t)store_mode(store) + strlen(store_path(store)) + (banner ? strlen(banner) : 0);
		}
	}
	return (void *)seen;
}

static void round_of(const char *path, const struct tree *tree, int round)
{
	struct looking shared = {0};
	static struct job jobs[JOBS];
	pthread_t looker;
	int wake_fd = eventfd(0, EFD_NONBLOCK), done = 0;

	memset(jobs, 0, sizeof(jobs));
	shared.worker = worker_start(path, STORE_CREATE, wake_fd);
	check(shared.worker && !pthread_create(&looker, NULL, look, &shared), "start");
	for (int i = 0; i < JOBS; i++) {
		jobs[i].job = (struct worker_job){.run = i % 5 ? list : save, .done = finish};
		jobs[i].tree = tree;
		worker_post(shared.worker, &jobs[i].job, i % 3 == 0);
		if (i % 7 == 0)
			worker_collect(shared.worker);
		if (i % 10 == 5)
			atomic_store(&jobs[i / 2].job.cancel, true);
	}
	if (round % 2) { /* let it all run */
		for (int i = 0; i < JOBS; i += jobs[i].done) {
			struct pollfd poll_fd = {.fd = wake_fd, .events = POLLIN};
			uint64_t value;

			poll(&poll_fd, 1, 1000);
			(void)!read(wake_fd, &value, sizeof(value));
			worker_collect(shared.worker);
		}
	}
	atomic_store(&shared.stop, true);
	pthread_join(looker, NULL);
	worker_stop(shared.worker);
	for (int i = 0; i < JOBS; i++)
		done += jobs[i].done && (jobs[i].ran || atomic_load(&jobs[i].job.cancel));
	check(done == JOBS, "each job ran or was cancelled, and was done");
	close(wake_fd);
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char folder[256], path[300];
	struct tree *tree = small_tree();

	snprintf(folder, sizeof(folder), "%s/disktracker-race-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!tree || !mkdtemp(folder)) {
		printf("0 passed, 1 failed\n");
		return 1;
	}
	snprintf(path, sizeof(path), "%s/data.db", folder);
	for (int round = 0; round < ROUNDS; round++)
		round_of(path, tree, round);
	tree_destroy(tree);
	unlink(path);
	check(!rmdir(folder), "nothing is left beside the database");
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
