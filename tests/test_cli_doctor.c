/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One bit of a database falls over, anywhere: either `doctor --full` finds it, or every command answers as before.
 * FLIPS=1000 for more of them than a few; SEED=… for others, WITHIN=100 in the header only.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "program.h"

#define SNAPSHOTS 4

static void scan(const char *changes)
{
	const char *arguments[] = {program.path, "scan", "-q", program.tree, NULL};

	program_in_tree(changes);
	cr_assert_eq(program_run(arguments), 0, "%s", program_text("err"));
	program_patience();
}

/* All that is remembered, as the commands tell it, in one number.  Their failures are part of it. */
static uint64_t answers(void)
{
	static const char *const asked[][7] = {
		{"list", "--json"},
		{"diff", "--json", "--from", "1", "--to", "2"},
		{"diff", "--json", "--from", "2", "--to", "3"},
		{"diff", "--json", "--from", "3", "--to", "4"},
		{"diff", "--json", "--files", "--from", "1", "--to", "4"},
		{"top", "--snapshot", "1"},
		{"top", "--snapshot", "2"},
		{"top", "--snapshot", "3"},
		{"top", "--dirs"},
		{"size", "--json"},
		{"export", "--snapshot", "1"},
		{"export", "--snapshot", "2"},
		{"export", "--snapshot", "3"},
		{"export", "--snapshot", "4"},
		{"export", "--format", "csv", "--snapshot", "4"},
	};
	XXH64_hash_t hash = 0;

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		const char *arguments[10] = {program.path};
		int n = 1;

		for (int k = 0; k < 7 && asked[i][k]; k++)
			arguments[n++] = asked[i][k];
		arguments[n] = program.tree;
		int status = program_run(arguments);
		const char *text = program_text("printed");

		hash = XXH3_64bits_withSeed(text, strlen(text), hash + (uint64_t)status);
	}
	return hash;
}

static char *bytes;
static size_t size;

static void keep(void)
{
	struct stat st;
	int fd = open(program.database, O_RDONLY);

	cr_assert(fd >= 0 && !fstat(fd, &st));
	size = (size_t)st.st_size;
	bytes = malloc(size);
	cr_assert_eq(read(fd, bytes, size), st.st_size);
	close(fd);
}

static void write_with(size_t bit)
{
	char name[256];

	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s%s", program.database, i ? "-shm" : "-wal");
		unlink(name);
	}
	bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
	int fd = open(program.database, O_WRONLY | O_TRUNC);

	cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
}

static uint64_t next_random(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15;
	return XXH3_64bits(state, sizeof(*state));
}

Test(doctor, finds_any_bit_that_fell_over, .init = program_begin, .fini = program_end)
{
	const char *doctor[] = {program.path, "doctor", "--full", NULL}, *quick[] = {program.path, "doctor", NULL};
	int flips = getenv("FLIPS") ? atoi(getenv("FLIPS")) : 40, found = 0, found_quickly = 0, same = 0;
	size_t within = getenv("WITHIN") ? (size_t)atoi(getenv("WITHIN")) : SIZE_MAX;
	uint64_t state = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 10) : 1;

	scan("mkdir -p a/b/c d e/f; for i in 1 2 3 4 5 6 7 8 9; do head -c ${i}000 /dev/zero >a/b/file$i; echo x"
	     " >d/$i; mkdir e/f/g$i; echo $i >e/f/g$i/x; done; ln d/1 a/link");
	scan("head -c 3M /dev/zero >d/big; rm a/b/file3; mkdir new; echo x >new/y");
	scan("mv e moved; rm -r new; ln d/2 moved/link; head -c 9000 /dev/zero >>a/b/file9");
	scan("echo z >z; rmdir a/b/c; ln -s z link");
	keep();
	cr_assert_eq(program_run(doctor), 0, "%s", program_text("printed"));
	uint64_t right = answers();

	within = within < size ? within : size;

	cr_assert_eq(answers(), right, "answers depend on when they are given");
	for (int i = 0; i < flips; i++) {
		size_t bit = next_random(&state) % (within * 8);

		/* Most of a small database is empty: every other bit is one of what is there. */
		while (i % 2 && !bytes[bit / 8])
			bit = next_random(&state) % (within * 8);
		program_patience();
		write_with(bit);
		if (program_run(doctor) == 1) {
			cr_expect(strstr(program_text("printed"), "WRONG"), "byte %zu bit %zu", bit / 8, bit % 8);
			found++;
			write_with(bit);
			found_quickly += program_run(quick) == 1;
			continue;
		}
		write_with(bit);
		cr_expect_eq(answers(), right, "byte %zu bit %zu is not found, and a command answers otherwise",
		             bit / 8, bit % 8);
		same++;
	}
	fprintf(stderr, "%d bits of %zu: %d found (%d without --full), %d without effect\n", flips, size * 8, found,
	        found_quickly, same);
	free(bytes);
}
