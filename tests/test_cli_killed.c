/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kill -9 at any moment of `watch` and `scan`, while programs change the tree: what is remembered afterwards is the
 * state of the last flush, what was stored before is as it was, and reading again makes everything exact.  ROUNDS (10):
 * how often; SEED (1).
 *
 * Two processes write until they are told to rest, so that a state can be told from a mixture of two:
 *
 *   grow/gN/v    gets longer by one byte at a time; how often it was begun is known: a figure is one of the past, and
 *                none is older than the last one seen
 *   storm/       folders made, renamed, moved and removed, files of one size moved in, renamed and removed: of every
 *                state,
 *                bytes = own + file size × files in it + bytes of its folders
 *   links/       hard links made and removed; only compared when nothing moves
 *   still/       never changes
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "against.h"
#include "base/clock.h"
#include "nap.h"
#include "program.h"
#include "store/index/index.h"
#include "store/record/size.h"

enum { GROW = 20, STILL = 60, NAMES = 7, FILE_BYTES = 4096, WRITERS = 2, EARLY = 6 };

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

/* ---- the writers ---- */

static struct shared {
	_Atomic bool rest;
	_Atomic bool resting[WRITERS];
	_Atomic uint64_t begun[GROW];    /* bytes of its file, counted before they are written */
	_Atomic uint64_t done;           /* changes */
} *shared;

/* Between two changes. */
static void pace(int writer)
{
	nap_us(300);
	atomic_fetch_add(&shared->done, 1);
	while (atomic_load(&shared->rest)) {
		atomic_store(&shared->resting[writer], true);
		poll(NULL, 0, 2);
	}
	atomic_store(&shared->resting[writer], false);
}

static void grow_for_ever(uint64_t seed)
{
	for (;; pace(0)) {
		int i = (int)(draw(&seed) % GROW);
		char path[256];

		snprintf(path, sizeof(path), "%s/grow/g%d/v", program.tree, i);
		int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

		atomic_fetch_add(&shared->begun[i], 1);
		if (fd < 0 || write(fd, "x", 1) != 1)
			_exit(1);
		close(fd);
	}
}

static void storm_path(char *path, size_t size, uint64_t *seed, bool file)
{
	size_t length = (size_t)snprintf(path, size, "%s/storm", program.tree);

	for (int depth = 1 + (int)(draw(seed) % 3); depth > 0; depth--)
		length += (size_t)snprintf(path + length, size - length, "/%c%d", depth == 1 && file ? 'f' : 'd',
		                           (int)(draw(seed) % NAMES));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	remove(path);
	return 0;
}

/* Whatever is not possible does not happen. */
static void storm_for_ever(uint64_t seed)
{
	char path[512], other[512], spare[256];
	static const char block[FILE_BYTES];

	snprintf(spare, sizeof(spare), "%s/spare", program.work);
	for (;; pace(1)) {
		unsigned what = (unsigned)(draw(&seed) % 16);
		bool file = what >= 4 && what < 11;

		storm_path(path, sizeof(path), &seed, file);
		storm_path(other, sizeof(other), &seed, file);
		if (what < 4) {
			mkdir(path, 0777);
		} else if (what < 8) {
			int fd = open(spare, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

			if (fd < 0 || write(fd, block, sizeof(block)) != sizeof(block))
				_exit(1);
			close(fd);
			rename(spare, path);
		} else if (what == 8) {
			unlink(path);
		} else if (what < 13) {
			rename(path, other);
		} else if (what == 13) {
			nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
		} else {
			snprintf(path, sizeof(path), "%s/links/%c/l%d", program.tree, "ab"[draw(&seed) % 2],
			         (int)(draw(&seed) % 8));
			snprintf(other, sizeof(other), "%s/links/%c/l%d", program.tree, "ab"[draw(&seed) % 2],
			         (int)(draw(&seed) % 8));
			if (what == 14)
				unlink(path);
			else if (link(path, other))
				close(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
		}
	}
}

static pid_t writer_pids[WRITERS];

static void start_writers(uint64_t seed)
{
	void (*const writers[WRITERS])(uint64_t) = {grow_for_ever, storm_for_ever};

	for (int i = 0; i < WRITERS; i++) {
		pid_t pid = fork();

		cr_assert_geq(pid, 0);
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			writers[i](seed + (uint64_t)i);
			_exit(0);
		}
		writer_pids[i] = pid;
	}
}

static void end_all(void)
{
	for (int i = 0; i < WRITERS; i++)
		if (writer_pids[i] > 0) {
			kill(writer_pids[i], SIGKILL);
			waitpid(writer_pids[i], NULL, 0);
		}
	program_end();
}

static void rest(bool resting)
{
	atomic_store(&shared->rest, resting);
	for (int i = 0; resting && i < WRITERS; i++)
		while (!atomic_load(&shared->resting[i]))
			cr_assert(!program_late(), "a writer has come to an end");
}

/* ---- the folder of the index ---- */

static struct {
	int fd;
	unsigned begun, renamed;         /* in this round */
	int64_t begun_ns, takes_ns;      /* when the latest was seen, and how long one took */
} index_events = {.takes_ns = 4000000};

static void look_at_index(int wait_ms)
{
	char buffer[4096] __attribute__((aligned(8)));
	struct pollfd fd = {.fd = index_events.fd, .events = POLLIN};

	if (poll(&fd, 1, wait_ms) <= 0)
		return;
	for (ssize_t got; (got = read(fd.fd, buffer, sizeof(buffer))) > 0;)
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *event = (const void *)(buffer + at);

			at += (ssize_t)(sizeof(*event) + event->len);
			if (event->len && event->mask & IN_CREATE && strstr(event->name, ".tmp")) {
				index_events.begun++;
				index_events.begun_ns = clock_mono_ns();
			}
			if (event->len && event->mask & IN_MOVED_TO) {
				index_events.renamed++;
				index_events.takes_ns = clock_mono_ns() - index_events.begun_ns;
			}
		}
}

/* At some moment of writing it, or soon behind it. */
static void spin(int64_t until_ns)
{
	while (clock_mono_ns() < until_ns)
		;
}

static void meet_index(uint64_t *seed)
{
	spin(index_events.begun_ns + (int64_t)(draw(seed) % 2000) * index_events.takes_ns / 1000);
}

/* ---- the database, looked at with our own eyes ---- */

static int64_t number(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *row;
	int64_t answer = -1;

	cr_assert_eq(sqlite3_open_v2(program.database, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(row) == SQLITE_ROW)
		answer = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return answer;
}

/* Every path that the database has ever known, or that is there. */
struct path_list {
	char **items;
	size_t count, capacity;
};

static void add_path(struct path_list *list, const char *path, size_t length)
{
	if (list->count == list->capacity)
		list->items = realloc(list->items, (list->capacity = list->capacity * 2 + 256) * sizeof(*list->items));
	list->items[list->count++] = strndup(path, length);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct path_list all_paths(void)
{
	struct walked there = walked_take(program.tree);
	struct path_list list = {0};
	sqlite3 *db;
	sqlite3_stmt *row;
	size_t kept = 0;

	for (size_t i = 0; i < there.count; i++)
		add_path(&list, there.dirs[i].path, strlen(there.dirs[i].path));
	walked_free(&there);
	cr_assert_eq(sqlite3_open_v2(program.database, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	cr_assert_eq(
		sqlite3_prepare_v2(
			db,
			"SELECT path FROM dirs UNION SELECT CAST(r.scan_root || CASE WHEN length(o.path) THEN '/'"
			" ELSE '' END || o.path AS BLOB)"
			" FROM overlay o JOIN roots r ON r.id=o.root_id",
			-1, &row, NULL),
		SQLITE_OK, "%s", sqlite3_errmsg(db));
	while (sqlite3_step(row) == SQLITE_ROW)
		add_path(&list, sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0));
	sqlite3_finalize(row);
	sqlite3_close(db);
	qsort(list.items, list.count, sizeof(*list.items), by_bytes);
	for (size_t i = 0; i < list.count; i++)
		if (kept && !strcmp(list.items[kept - 1], list.items[i]))
			free(list.items[i]);
		else
			list.items[kept++] = list.items[i];
	list.count = kept;
	return list;
}

/* ---- what is remembered ---- */

/* What look-ups say of the folders, sorted by path; files is left 0. */
static struct walked remembered(void)
{
	struct path_list paths = all_paths();
	struct walked known = {.dirs = calloc(paths.count, sizeof(*known.dirs))};
	struct store *store;
	struct sizes *sizes;
	struct err err = {{0}};

	cr_assert_eq(store_open(program.database, STORE_STRICT, &store, &err), 0, "%s", err.text);
	cr_assert_eq(sizes_open(store, &sizes, &err), 0, "%s", err.text);
	for (size_t i = 0; i < paths.count; i++) {
		struct size_answer answer;

		cr_assert_eq(sizes_find(sizes, paths.items[i], &answer, &err), 0, "%s", err.text);
		cr_assert(!answer.live, "%s is followed after a kill", paths.items[i]);
		if (answer.known && answer.is_dir)
			known.dirs[known.count++] = (struct walked_dir){
				.path = paths.items[i],
				.alloc_bytes = answer.bytes,
				.apparent_bytes = answer.apparent_bytes,
				.items = answer.items,
			};
		else
			free(paths.items[i]);
	}
	sizes_close(sizes);
	store_close(store);
	free(paths.items);
	return known;
}

/* Exactly what is there. */
static void check_exact(const struct walked *known, int round)
{
	struct walked there = walked_take(program.tree);

	for (size_t i = 0; i < there.count; i++) {
		const struct walked_dir *dir = &there.dirs[i], *is = walked_find(known, dir->path);

		cr_assert(is, "round %d: %s is not known", round, dir->path);
		cr_assert(is->alloc_bytes == dir->alloc_bytes && is->apparent_bytes == dir->apparent_bytes &&
		                  is->items == dir->items,
		          "round %d: %s: %" PRIu64 " %" PRIu64 " %" PRIu64 ", there %" PRIu64 " %" PRIu64 " %" PRIu64,
		          round, dir->path, is->alloc_bytes, is->apparent_bytes, is->items, dir->alloc_bytes,
		          dir->apparent_bytes, dir->items);
	}
	for (size_t i = 0; i < known->count; i++)
		cr_assert(walked_find(&there, known->dirs[i].path), "round %d: %s is known, but not there", round,
		          known->dirs[i].path);
	walked_free(&there);
}

static uint64_t own_bytes, own_apparent; /* of a folder with little in it */
static uint64_t seen[GROW];              /* the newest state of each file that was remembered */

/* A state that was, and no older one than before. */
static void check_state(const struct walked *known, int round)
{
	struct { uint64_t bytes, items; } *below = calloc(known->count, sizeof(*below));
	char path[256];

	for (size_t i = 0; i < known->count; i++) {
		if (!strcmp(known->dirs[i].path, program.tree))
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)(strrchr(known->dirs[i].path, '/') - known->dirs[i].path),
		         known->dirs[i].path);
		const struct walked_dir *up = walked_find(known, path);

		cr_assert(up, "round %d: %s is known, but not the folder it is in", round, known->dirs[i].path);
		below[up - known->dirs].bytes += known->dirs[i].alloc_bytes;
		below[up - known->dirs].items += known->dirs[i].items + 1;
	}
	for (size_t i = 0; i < known->count; i++) {
		const struct walked_dir *dir = &known->dirs[i];
		bool storm = strstr(dir->path, "/storm") != NULL;

		if (strstr(dir->path, "/links") || !strcmp(dir->path, program.tree))
			continue;
		cr_assert(dir->alloc_bytes >= below[i].bytes + own_bytes && dir->items >= below[i].items,
		          "round %d: %s is less than what is below it", round, dir->path);
		uint64_t direct = dir->alloc_bytes - below[i].bytes - own_bytes, files = dir->items - below[i].items;

		if (storm)
			cr_assert(direct == files * FILE_BYTES,
			          "round %d: %s has %" PRIu64 " bytes in %" PRIu64 " files", round, dir->path, direct,
			          files);
	}
	free(below);
	for (int i = 0; i < GROW; i++) {
		snprintf(path, sizeof(path), "%s/grow/g%d", program.tree, i);
		const struct walked_dir *dir = walked_find(known, path);

		cr_assert(dir, "round %d: %s is not known", round, path);
		uint64_t now = dir->apparent_bytes - own_apparent, begun = atomic_load(&shared->begun[i]);

		cr_assert(now <= begun && now >= seen[i],
		          "round %d: %s is at %" PRIu64 " of %" PRIu64 ", was at %" PRIu64, round, path, now, begun,
		          seen[i]);
		seen[i] = now;
	}
}

/* ---- snapshots from before ---- */

static struct {
	int64_t id;
	char *export;
	size_t length;
} early[EARLY];
static int early_count;

static char *export_of(int64_t id, size_t *length)
{
	char ref[32], path[160];
	struct stat st;

	snprintf(ref, sizeof(ref), "%" PRId64, id);
	snprintf(path, sizeof(path), "%s/export", program.work);
	const char *arguments[] = {program.path, "export", "-o", path, "--snapshot", ref, program.tree, NULL};

	unlink(path);
	cr_assert_eq(program_run(arguments), 0, "%s", program_text("err"));
	int fd = open(path, O_RDONLY);

	cr_assert(fd >= 0 && !fstat(fd, &st));
	char *text = malloc((size_t)st.st_size + 1);

	cr_assert_eq(read(fd, text, (size_t)st.st_size), st.st_size);
	close(fd);
	*length = (size_t)st.st_size;
	return text;
}

static void check_early(int round)
{
	for (int i = 0; i < early_count; i++) {
		size_t length;
		char *text = export_of(early[i].id, &length);

		cr_assert(length == early[i].length && !memcmp(text, early[i].export, length),
		          "round %d: snapshot %" PRId64 " is another one now", round, early[i].id);
		free(text);
	}
}

/* One more that must stay as it is. */
static void keep_newest(void)
{
	if (early_count == EARLY)
		return;
	early[early_count].id = number("SELECT max(id) FROM snapshots");
	early[early_count].export = export_of(early[early_count].id, &early[early_count].length);
	early_count++;
}

/* ---- a round ---- */

enum moment {
	AT_RANDOM,       /* while everything changes */
	AT_INDEX,        /* the same, while an index is being written */
	AT_REST,         /* what was changed is remembered exactly */
	AT_REST_INDEX,
	AT_THE_END,      /* behind a SIGTERM */
	ENDED,           /* SIGTERM alone, while an index is being written, too */
	ENDED_AT_REST,
	IN_SCAN,
	MOMENTS,
};

static struct {
	unsigned kills[MOMENTS], half_written, unpruned, followed, exact, reconciled;
	int64_t longest_ns, end_ns;
} told;

/* Until an index has been begun `nth` times. */
static void wait_for_index(unsigned nth, uint64_t *seed)
{
	for (int64_t end_ns = clock_mono_ns() + 10000000000; index_events.begun < nth && clock_mono_ns() < end_ns;)
		look_at_index(50);
	meet_index(seed);
}

static void wait_until_following(void)
{
	for (int64_t end_ns = clock_mono_ns() + 30000000000; !index_events.renamed && clock_mono_ns() < end_ns;)
		look_at_index(50);
}

static void wait_until_exact(void)
{
	int differences;

	rest(true);
	sync();
	for (int64_t begin_ns = clock_mono_ns();;) {
		struct walked there = walked_take(program.tree);

		bool late = program_late();

		differences = against_size(program.path, &there, NULL, late);
		walked_free(&there);
		if (clock_mono_ns() - begin_ns > told.longest_ns)
			told.longest_ns = clock_mono_ns() - begin_ns;
		if (!differences)
			break;
		cr_assert(!late, "size does not come to tell what is there: %s", program_text("err"));
	}
}

static void kill_at(enum moment moment, pid_t pid, uint64_t *seed)
{
	int64_t begin_ns = clock_mono_ns();

	switch (moment) {
	case AT_INDEX:
		wait_for_index(1 + (unsigned)(draw(seed) % 3), seed);
		break;
	case AT_REST:
	case AT_REST_INDEX:
		wait_until_following();
		spin(clock_mono_ns() + (int64_t)(draw(seed) % 700) * 1000000);
		wait_until_exact();
		look_at_index(0);
		if (moment == AT_REST_INDEX) {
			unsigned before = index_events.begun;

			/* The snapshot that is due soon, if it was not stored meanwhile. */
			for (int64_t end_ns = clock_mono_ns() + 1200000000;
			     index_events.begun == before && clock_mono_ns() < end_ns;)
				look_at_index(20);
			meet_index(seed);
		}
		break;
	case AT_THE_END:
		wait_until_following();
		spin(clock_mono_ns() + (int64_t)(draw(seed) % 500) * 1000000);
		kill(pid, SIGTERM);
		begin_ns = clock_mono_ns();
		spin(begin_ns + (int64_t)(draw(seed) % 400) * 1000000);
		break;
	case ENDED:
	case ENDED_AT_REST:
		wait_for_index(2 + (unsigned)(draw(seed) % 2), seed);
		if (moment == ENDED_AT_REST) {
			rest(true);
			sync();
		}
		kill(pid, SIGTERM);
		return;
	case IN_SCAN:
		if (draw(seed) % 2)
			wait_for_index(1, seed);
		else
			spin(begin_ns + (int64_t)(draw(seed) % 200) * 1000000);
		break;
	default:
		spin(begin_ns + (int64_t)(draw(seed) % 2500) * 1000000);
	}
	kill(pid, SIGKILL);
}

/* How far it was with an index: written in part, or renamed while its rows are still in the overlay. */
static void note_index(void)
{
	struct buf path = {0};
	struct index_meta meta = {0};
	struct image *image;
	struct stat st;

	cr_assert_eq(index_path(program.database, program.tree, &path), 0);
	if (!index_open(path.data, program.tree, &image, &meta, NULL)) {
		told.unpruned += (uint64_t)number("SELECT max(pruned_seq) FROM roots") < meta.covers_seq;
		image_free(image);
		index_meta_clear(&meta);
	}
	cr_assert_eq(buf_str(&path, ".tmp"), 0);
	told.half_written += !stat(path.data, &st);
	buf_free(&path);
}

static bool ends_by_itself(enum moment moment)
{
	return moment == ENDED || moment == ENDED_AT_REST;
}

/* Nothing changes any more, and all of it was told. */
static bool is_at_rest(enum moment moment)
{
	return moment == AT_REST || moment == AT_REST_INDEX || moment == ENDED_AT_REST;
}

static void one_round(int round, enum moment moment, uint64_t *seed)
{
	char debounce[16];
	const char *watch[] = {program.path, "watch",     "--json",
	                       "--debounce", debounce,    "--flush",
	                       "1",          "--backend", draw(seed) % 2 ? "auto" : "inotify",
	                       program.tree, NULL};
	const char *scan[] = {program.path, "scan", program.tree, NULL};
	const char *doctor[] = {program.path, "doctor", NULL};
	int64_t snapshots = number("SELECT count(*) FROM snapshots");

	snprintf(debounce, sizeof(debounce), "%d", 1 + (int)(draw(seed) % 60));
	program_patience();
	while (look_at_index(0), poll(&(struct pollfd){.fd = index_events.fd, .events = POLLIN}, 1, 0) > 0)
		;
	index_events.begun = index_events.renamed = 0;
	index_events.begun_ns = 0;
	rest(false);
	pid_t pid = program_start("out", moment == IN_SCAN ? scan : watch);

	kill_at(moment, pid, seed);
	int64_t begin_ns = clock_mono_ns();
	int status = program_ended(pid);

	if (ends_by_itself(moment) && clock_mono_ns() - begin_ns > told.end_ns)
		told.end_ns = clock_mono_ns() - begin_ns;
	cr_assert(ends_by_itself(moment)
	                  ? status == 0
	                  : status == 1000 + SIGKILL || ((moment == IN_SCAN || moment == AT_THE_END) && status == 0),
	          "round %d: it has ended by itself: %d: %s", round, status, program_text("err"));
	look_at_index(0);
	told.kills[moment] += status != 0 || ends_by_itself(moment);
	note_index();
	told.followed += index_events.renamed > 0;

	/* The next commands work, and find nothing wrong. */
	cr_assert_eq(program_run(doctor), 0, "round %d: %s", round, program_text("printed"));
	cr_assert_eq(number("SELECT integrity_check='ok' FROM pragma_integrity_check"), 1, "round %d", round);
	cr_assert_geq(number("SELECT count(*) FROM snapshots"), snapshots, "round %d: a snapshot is lost", round);
	struct walked known = remembered();

	if (is_at_rest(moment)) {
		check_exact(&known, round);
		told.exact++;
	}
	check_state(&known, round);
	walked_free(&known);
	check_early(round);
	if (is_at_rest(moment)) {
		/*
		 * Where what followed it did not come to its end, all is read; elsewhere what the log names.  Right in
		 * any case.
		 */
		const char *reconcile[] = {program.path, "reconcile", "--json", program.tree, NULL};
		bool changes = !ends_by_itself(moment) && draw(seed) % 2;

		if (changes) {
			rest(false);
			spin(clock_mono_ns() + 100000000);
			rest(true);
			sync();
		}
		cr_assert_eq(program_run(reconcile), 0, "round %d: %s", round, program_text("err"));
		const char *text = program_text("printed");

		if (ends_by_itself(moment))
			cr_assert(strstr(text, "\"lazy\""), "round %d: %s", round, text);
		else
			cr_assert(strstr(text, "\"full\"") && strstr(text, "\"reason\": \""), "round %d: %s", round,
			          text);
		known = remembered();
		check_exact(&known, round);
		check_state(&known, round);
		walked_free(&known);
		struct walked there = walked_take(program.tree);

		cr_assert_eq(against_snapshot(program.database, &there, true), 0, "round %d", round);
		walked_free(&there);
		keep_newest();
		told.reconciled++;
	}
}

static void make_ground(void)
{
	char script[512];
	struct stat st;

	snprintf(
		script, sizeof(script),
		"mkdir storm links links/a links/b; i=0; while [ $i -lt %d ]; do mkdir -p grow/g$i; : >grow/g$i/v;"
		" i=$((i+1)); done;"
		"i=0; while [ $i -lt %d ]; do mkdir -p still/$i/below; echo x >still/$i/below/file; i=$((i+1)); done",
		GROW, STILL);
	program_in_tree(script);
	snprintf(script, sizeof(script), "%s/storm", program.tree);
	cr_assert_eq(stat(script, &st), 0);
	own_bytes = (uint64_t)st.st_blocks * 512;
	own_apparent = (uint64_t)st.st_size;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq((void *)shared, MAP_FAILED);
}

static int from_environment(const char *name, int fallback)
{
	const char *text = getenv(name);

	return text && *text ? atoi(text) : fallback;
}

Test(killed, at_any_moment, .init = program_begin, .fini = end_all, .timeout = 3600)
{
	static const enum moment moments[] = {AT_INDEX,   AT_REST, AT_RANDOM, IN_SCAN,   AT_REST_INDEX,
	                                      AT_THE_END, ENDED,   AT_INDEX,  AT_RANDOM, ENDED_AT_REST};
	int rounds = from_environment("ROUNDS", 10);
	uint64_t seed = (uint64_t)from_environment("SEED", 1);
	const char *scan[] = {program.path, "scan", program.tree, NULL};

	setenv("DISKTRACKER_DB", program.database, 1); /* against_size() */
	make_ground();
	/* Something to go back to. */
	cr_assert_eq(program_run(scan), 0, "%s", program_text("err"));
	keep_newest();
	index_events.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	cr_assert_geq(inotify_add_watch(index_events.fd, program_file("data/data.db.index"), IN_CREATE | IN_MOVED_TO),
	              0);
	start_writers(seed);
	for (int round = 0; round < rounds; round++)
		one_round(round, moments[(unsigned)round % (sizeof(moments) / sizeof(*moments))], &seed);
	if (getenv("ROUNDS"))
		fprintf(stderr,
		        "killed: %u at random, %u at an index, %u at rest, %u at rest and an index, %u behind"
		        " SIGTERM, %u in a scan; %u ended by SIGTERM (longest %" PRId64
		        " ms); %u with an index half written, %u with one"
		        " not pruned, %u while following; %u times exact (longest wait %" PRId64
		        " ms), %u times reconciled; %" PRIu64 " changes, %" PRId64 " snapshots\n",
		        told.kills[AT_RANDOM], told.kills[AT_INDEX], told.kills[AT_REST], told.kills[AT_REST_INDEX],
		        told.kills[AT_THE_END], told.kills[IN_SCAN], told.kills[ENDED] + told.kills[ENDED_AT_REST],
		        told.end_ns / 1000000, told.half_written, told.unpruned, told.followed, told.exact,
		        told.longest_ns / 1000000, told.reconciled, atomic_load(&shared->done),
		        number("SELECT count(*) FROM snapshots"));
}
