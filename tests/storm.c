/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 *   storm [PROGRAM]    random changes under `PROGRAM watch --json` (default $top_builddir/disktracker), held against an
 *                      independent walk
 *
 * A storm is a number: it says what is done, and how often the watcher is stopped and woken meanwhile; not how both
 * interleave.  After each of its rounds, and once more after the end, every directory of the folder as `size` knows it
 * equals the walk, `size` knows nothing of the folders that are gone, the newest snapshot equals the walk, and the
 * lines that `watch` printed add up.
 *
 *   SEEDS=1-100     which storms (default 1-4; of the even ones the watcher stands still until the kernel's queue has
 *                   overflowed)
 *   OVERFLOW=0|1    all without, or all with an overflow
 *   BACKEND=...     as of `watch --backend`; otherwise by chance
 *   LATE=1          what changes without an event (stores through memory, blocks at write-back) is left to be found out
 *                   40 s later
 *   STRICT=1        what is late has failed
 *   KEEP=1          the folder of a storm that failed stays
 *
 * Nothing is waited for by a time: what is delayed is written, then everything is compared until it is equal, for a
 * minute at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "against.h"
#include "nap.h"

#define PATH 4096
#define LONGEST 3000      /* no path is made longer */
#define MAPPINGS 6
#define QUEUE 16384       /* events that the kernel keeps at most */
#define PATIENCE 60       /* seconds */
#define LATE 4

static void die(const char *what)
{
	fprintf(stderr, "storm: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* ---- chance ---- */

static uint64_t chance;

static uint64_t below(uint64_t n)
{
	uint64_t x = chance += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (x ^ x >> 31) % n;
}

/* ---- what is there ---- */

struct paths {
	char **items;
	size_t count, capacity;
};

static void paths_add(struct paths *paths, const char *path)
{
	if (paths->count == paths->capacity) {
		paths->capacity = paths->capacity * 2 + 64;
		paths->items = realloc(paths->items, paths->capacity * sizeof *paths->items);
	}
	if (!paths->items || !(paths->items[paths->count++] = strdup(path)))
		die("memory");
}

static void paths_clear(struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	paths->count = 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct paths folders, files;

static int found(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_D || type == FTW_F || type == FTW_SL)
		paths_add(type == FTW_D ? &folders : &files, path);
	return 0;
}

static char program[PATH], work[PATH], root[PATH], outside[PATH];

static void look(void)
{
	paths_clear(&folders);
	paths_clear(&files);
	nftw(root, found, 20, FTW_PHYS);
	if (!folders.count)
		paths_add(&folders, root);
	/* What a folder's own order is differs from run to run. */
	qsort(folders.items, folders.count, sizeof *folders.items, by_name);
	if (files.count)
		qsort(files.items, files.count, sizeof *files.items, by_name);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	remove(path);
	return 0;
}

static void remove_all(const char *path)
{
	nftw(path, remove_one, 20, FTW_DEPTH | FTW_PHYS);
}

/* ---- mappings that stay open ---- */

static struct mapping {
	unsigned char *memory;
	size_t length;
	int fd;
	bool stored;             /* and no event since */
} mappings[MAPPINGS];

static void unmap(struct mapping *mapping)
{
	if (!mapping->memory)
		return;
	munmap(mapping->memory, mapping->length);
	close(mapping->fd);
	mapping->memory = NULL;
}

static void map(struct mapping *mapping, const char *path)
{
	unmap(mapping);
	mapping->length = (1 + below(64)) * 4096;
	mapping->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (mapping->fd < 0)
		return;
	void *memory = ftruncate(mapping->fd, (off_t)mapping->length)
	                     ? MAP_FAILED
	                     : mmap(NULL, mapping->length, PROT_READ | PROT_WRITE, MAP_SHARED, mapping->fd, 0);

	if (memory == MAP_FAILED) {
		close(mapping->fd);
		return;
	}
	mapping->memory = memory;
	mapping->stored = false;
}

static void store(struct mapping *mapping)
{
	struct stat st;

	/* Somebody may have truncated it: beyond its end a store is a fault. */
	if (!mapping->memory || fstat(mapping->fd, &st) || st.st_size < (off_t)mapping->length)
		return;
	for (uint64_t n = 1 + below(8); n; n--)
		mapping->memory[below(mapping->length)] = (unsigned char)n;
	mapping->stored = true;
}

static bool is_mapped(const char *path)
{
	struct stat st, mapped;

	for (int i = 0; i < MAPPINGS; i++)
		if (mappings[i].memory && !stat(path, &st) && !fstat(mappings[i].fd, &mapped) &&
		    st.st_ino == mapped.st_ino)
			return true;
	return false;
}

/* ---- one change ---- */

static void new_name(char *out, const char *folder)
{
	static const char *const names[] = {"a",        "b",   "c",   "d",   "e",         "f",    "g",   "h",
	                                    "\xc3\xa4", "x y", "q\"", "\\n", "new\nline", "\xff", "-rf", "'"};

	snprintf(out, PATH, "%.*s/%s", LONGEST, folder, names[below(sizeof names / sizeof *names)]);
}

static void write_some(const char *path, int flags)
{
	static const char block[30000];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | flags, 0644);

	if (fd < 0)
		return;
	if (write(fd, block, below(sizeof block)) < 0)
		errno = 0; /* a full disk: then it is not longer */
	close(fd);
}

static void sparse(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);

	if (fd < 0)
		return;
	for (uint64_t n = 1 + below(4); n; n--)
		if (pwrite(fd, "x", 1, (off_t)below(50000000)) < 0)
			break;
	if (below(2))
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)below(1000000),
		          (off_t)below(40000000) + 1);
	else if (below(2))
		fallocate(fd, below(2) ? FALLOC_FL_KEEP_SIZE : 0, 0, (off_t)below(400000) + 1);
	close(fd);
}

/* It gets its name when it is whole. */
static void unnamed(const char *folder, const char *path)
{
	char self[64];
	int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	if (write(fd, "whole", 5) != 5 || linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW))
		errno = 0; /* then there is none */
	/* Its descriptor goes on having no name, so that nobody is told of that. */
	if (getenv("LATE") && write(fd, "more", 4) < 4)
		errno = 0;
	close(fd);
}

static FILE *trace;
static unsigned stale;

/* What was tried, a line each, for who looks for what went wrong: paths below the folder. */
static void say(unsigned kind, const char *const paths[3], int result)
{
	fprintf(trace, "%u", kind);
	for (int i = 0; i < 3; i++) {
		fputs(" | ", trace);
		for (const char *at = strncmp(paths[i], work, strlen(work)) ? paths[i] : paths[i] + strlen(work); *at;
		     at++)
			putc(*at == '\n' ? '~' : *at, trace);
	}
	fprintf(trace, " | %s\n", result ? strerror(errno) : "");
}

static void change(void)
{
	char path[PATH], other[PATH];

	/* Now and then it does not know what it did itself. */
	if (!folders.count || ++stale > 3) {
		look();
		stale = 0;
	}
	const char *folder = folders.items[below(folders.count)], *from_folder = folders.items[below(folders.count)];
	const char *file = files.count ? files.items[below(files.count)] : "";
	bool inner = strcmp(from_folder, root) != 0;
	unsigned kind = (unsigned)below(30);
	int result = 0;

	new_name(path, folder);
	errno = 0;
	switch (kind) {
	case 0: case 1: case 2:
		write_some(path, O_APPEND);
		break;
	case 3: case 4: case 5:
		result = mkdir(path, 0755);
		break;
	case 6:
		for (uint64_t n = 2 + below(5); n && strlen(path) < LONGEST && !mkdir(path, 0755); n--)
			new_name(path, memcpy(other, path, sizeof path));
		break;
	case 7: case 8:
		result = unlink(file);
		break;
	case 9: case 10:
		result = link(file, path);
		break;
	case 11: case 12:
		result = rename(file, path);
		break;
	case 13: case 14:
		result = inner ? rename(from_folder, path) : 0;
		break;
	case 15:
		if (inner && below(10) < 4)
			remove_all(from_folder);
		break;
	case 16:
		new_name(other, outside);
		result = inner ? rename(from_folder, other) : 0;
		break;
	case 17:
		new_name(other, outside);
		result = below(2) ? rename(file, other) : link(file, other);
		break;
	case 18:
		new_name(other, outside);
		result = rename(other, path);
		break;
	case 19:
		result = is_mapped(file) ? 0 : truncate(file, (off_t)below(50000));
		break;
	case 20:
		result = symlink("somewhere/that/is/not/there", path);
		break;
	case 21:
		/* Another in its place, and it within that one. */
		if (inner && strlen(from_folder) < LONGEST) {
			snprintf(other, sizeof other, "%.*s~", LONGEST, from_folder);
			if (!rename(from_folder, other) && !mkdir(from_folder, 0755)) {
				new_name(path, from_folder);
				result = rename(other, path);
			}
		}
		break;
	case 22:
		result = renameat2(AT_FDCWD, file, AT_FDCWD,
		                   inner && below(2) ? from_folder
		                   : files.count     ? files.items[below(files.count)]
		                                     : "",
		                   RENAME_EXCHANGE);
		break;
	case 23:
		sparse(path);
		break;
	case 24:
		map(&mappings[below(MAPPINGS)], path);
		break;
	case 25:
		store(&mappings[below(MAPPINGS)]);
		break;
	case 26:
		unmap(&mappings[below(MAPPINGS)]);
		break;
	case 27:
		unnamed(folder, path);
		break;
	case 28:
		if (files.count && !is_mapped(file))
			write_some(file, below(2) ? O_APPEND : O_TRUNC);
		break;
	default:
		/* To root nothing is unreadable. */
		if (inner && geteuid())
			result = chmod(below(3) ? from_folder : file, below(2) ? 0755 : 0);
		else
			result = mkfifo(path, 0644);
	}
	say(kind, (const char *const[]){ path, file, from_folder }, result);
}

/* So many events that nobody reads: the queue overflows. */
static void flood(void)
{
	char path[PATH];

	/* In the one folder that is watched for certain. */
	for (unsigned n = 0; n < QUEUE; n++) {
		snprintf(path, sizeof path, "%.*s/flood%u", LONGEST, root, n % 50);
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);

		if (fd >= 0)
			close(fd);
		if (below(50))
			unlink(path);
	}
}

/* ---- the watcher ---- */

static pid_t run(char *const *args, const char *out, const char *err)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (freopen(out, "a", stdout) && freopen(err, "a", stderr))
			execv(program, args);
		_exit(127);
	}
	return pid;
}

static int ended(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return status;
}

/* In its folder; to be freed. */
static char *text_of(const char *name)
{
	char path[PATH];
	size_t length = 0;
	ssize_t got;

	snprintf(path, sizeof path, "%.*s/%s", LONGEST, work, name);
	char *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	do {
		text = realloc(text, length + 65537);
		if (!text)
			die("memory");
		got = fd < 0 ? 0 : read(fd, text + length, 65536);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	if (fd >= 0)
		close(fd);
	text[length] = '\0';
	return text;
}

static bool says(const char *name, const char *what)
{
	char *text = text_of(name);
	bool it_does = strstr(text, what) != NULL;

	free(text);
	return it_does;
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void pause_a_little(void)
{
	nap_us(20000);
}

/* Lines tell of every byte: from the first snapshot on each says what the next one begins with. */
static bool lines_add_up(void)
{
	char *text = text_of("lines");
	bool first = true, right = true;
	int64_t sum = 0;

	for (char *line = strtok(text, "\n"); line && right; line = strtok(NULL, "\n")) {
		char *delta = strstr(line, "\"delta_bytes\": "), *total = strstr(line, "\"total_bytes\": ");

		if (!delta || !total)
			break;
		int64_t to = strtoll(total + 15, NULL, 10);

		sum += strtoll(delta + 15, NULL, 10);
		right = first || sum == to;
		if (!right)
			fprintf(stderr, "the lines sum up to %" PRId64 ", not %" PRId64 "\n", sum, to);
		sum = to;
		first = false;
	}
	free(text);
	return right;
}

/*
 * Write what is delayed.  Blocks change by that, and no event says so; unless it is to be found out later, there is one
 * for files that can be concerned, and for what was stored through memory.
 */
static void write_back(void)
{
	int fd = open(root, O_RDONLY | O_CLOEXEC);
	bool late = getenv("LATE") != NULL;
	struct stat st;

	for (int i = 0; i < MAPPINGS && !late; i++) {
		struct mapping *mapping = &mappings[i];

		if (mapping->memory && mapping->stored) {
			msync(mapping->memory, mapping->length, MS_SYNC);
			futimens(mapping->fd, NULL);
			mapping->stored = false;
		}
	}
	if (fd < 0 || syncfs(fd))
		die(root);
	close(fd);
	look();
	/* Only of files with holes does ext4 not know at once how many they will be. */
	for (size_t i = 0; i < files.count && !late; i++)
		if (!lstat(files.items[i], &st) && S_ISREG(st.st_mode) && st.st_blocks * 512 < st.st_size)
			utimensat(AT_FDCWD, files.items[i], NULL, AT_SYMLINK_NOFOLLOW);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == pid;
}

/* Until everything is what the walk says. */
static bool settles(pid_t pid, const struct walked *before, const char *what)
{
	time_t begin = now(), late = begin + LATE;

	write_back();
	for (;;) {
		struct walked walked = walked_take(root);
		bool last = now() - begin >= PATIENCE || has_ended(pid), tell = now() >= late;
		int differences = against_size(program, &walked, before, last || tell);

		walked_free(&walked);
		if (!differences && late > begin + LATE)
			fprintf(stderr, "%s: late, %d s\n", what, (int)(now() - begin));
		if (!differences || last || (tell && getenv("STRICT")))
			return !differences;
		if (tell)
			late = now() + PATIENCE; /* told once */
		pause_a_little();
	}
}

static bool storm(uint64_t seed, bool overflow)
{
	char what[64], debounce[16], lines[PATH], notes[PATH], db[PATH];
	bool ok = true;

	snprintf(what, sizeof what, "storm %" PRIu64 "%s", seed, overflow ? " with overflow" : "");
	chance = seed * 2 + overflow;
	snprintf(root, sizeof root, "%.*s/root", LONGEST, work);
	snprintf(outside, sizeof outside, "%.*s/outside", LONGEST, work);
	snprintf(lines, sizeof lines, "%.*s/lines", LONGEST, work);
	snprintf(notes, sizeof notes, "%.*s/notes", LONGEST, work);
	snprintf(db, sizeof db, "%.*s/data.db", LONGEST, work);
	if (mkdir(root, 0755) || mkdir(outside, 0755) || setenv("HOME", work, 1) || setenv("DISKTRACKER_DB", db, 1))
		die(work);
	look();
	for (int i = 0; i < 200; i++)
		change();
	snprintf(debounce, sizeof debounce, "%d", (int[]){ 1, 5, 50, 250 }[below(4)]);
	const char *backend = getenv("BACKEND");
	/* The queue of the other may have no end. */
	char *args[] = {program,
	                (char[]){"watch"},
	                (char[]){"--json"},
	                (char[]){"--debounce"},
	                debounce,
	                (char[]){"--flush"},
	                below(2) ? (char[]){"1"} : (char[]){"3600"},
	                (char[]){"--backend"},
	                overflow   ? (char[]){"inotify"}
	                : backend  ? (char *)(uintptr_t)backend
	                : below(2) ? (char[]){"auto"}
	                           : (char[]){"inotify"},
	                root,
	                NULL};
	pid_t pid = run(args, lines, notes);

	/* While it scans already, or afterwards. */
	for (time_t begin = now(); (overflow || below(2)) && !says("notes", "watching") && now() - begin < PATIENCE;)
		pause_a_little();
	for (int round = 0; ok && round < 3; round++) {
		struct walked before = walked_take(root);

		fprintf(trace, "---- round %d\n", round);
		if (overflow)
			kill(pid, SIGSTOP);
		for (uint64_t n = (uint64_t[]){ 50, 300, 800 }[below(3)]; n; n--)
			change();
		if (overflow) {
			if (round != 1)
				flood();
			for (uint64_t n = below(100); n; n--)
				change();
			kill(pid, SIGCONT);
			/* Some while it reads everything again. */
			for (uint64_t n = below(100); n; n--)
				change();
		}
		ok = settles(pid, &before, what);
		walked_free(&before);
		if (!ok)
			fprintf(stderr, "%s: round %d stays wrong\n", what, round);
	}
	if (overflow && ok && !says("notes", "everything was read again"))
		ok = !fprintf(stderr, "%s: there was none\n", what);
	/* What is written last is stored, too. */
	for (int i = 0; i < MAPPINGS; i++)
		unmap(&mappings[i]);
	ok = ok && settles(pid, NULL, what);
	kill(pid, SIGTERM);
	int status = ended(pid);

	if (status) {
		char *text = text_of("notes");

		ok = !fprintf(stderr, "%s: ended with %x\n%s", what, (unsigned)status, text);
		free(text);
	}
	struct walked last = walked_take(root);

	if (ok && (against_size(program, &last, NULL, true) || against_snapshot(db, &last, true)))
		ok = !fprintf(stderr, "%s: wrong after the end\n", what);
	walked_free(&last);
	if (!lines_add_up())
		ok = !fprintf(stderr, "%s: lines\n", what);
	return ok;
}

static int readable_again(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_DNR)
		chmod(path, 0755);
	return 0;
}

static bool one(uint64_t seed, bool overflow)
{
	const char *where = getenv("TMPDIR");
	char path[PATH];

	snprintf(work, sizeof work, "%.*s/disktracker-storm-XXXXXX", LONGEST, where && *where ? where : "/tmp");
	if (!mkdtemp(work) || !realpath(work, path))
		die(work);
	memcpy(work, path, sizeof work);
	snprintf(path, sizeof path, "%.*s/changes", LONGEST, work);
	trace = fopen(path, "w");
	if (!trace)
		die(path);
	bool ok = storm(seed, overflow);

	fclose(trace);
	if (!ok && getenv("KEEP")) {
		fprintf(stderr, "%s stays\n", work);
		return false;
	}
	/* One made readable shows what is in it. */
	for (int i = 0; i < 50 && !access(work, F_OK); i++) {
		nftw(work, readable_again, 20, FTW_PHYS);
		remove_all(work);
	}
	return ok;
}

int main(int argc, char **argv)
{
	const char *seeds = getenv("SEEDS"), *overflow = getenv("OVERFLOW");
	char *end = (char *)(uintptr_t)(seeds && *seeds ? seeds : "1-4");
	unsigned passed = 0, failed = 0;
	uint64_t first = strtoull(end, &end, 10), last = *end == '-' ? strtoull(end + 1, NULL, 10) : first;

	const char *top = getenv("top_builddir");
	char path[PATH];

	snprintf(path, sizeof path, "%s/disktracker", top ? top : ".");
	if (argc > 2 || !realpath(argc == 2 ? argv[1] : path, program))
		die(argc == 2 ? argv[1] : path);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("XDG_DATA_HOME");
	unsetenv("XDG_CONFIG_HOME");
	for (uint64_t seed = first; seed <= last; seed++) {
		if (one(seed, overflow ? *overflow == '1' : seed % 2 == 0))
			passed++;
		else
			failed++;
	}
	paths_clear(&folders);
	paths_clear(&files);
	free(folders.items);
	free(files.items);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
