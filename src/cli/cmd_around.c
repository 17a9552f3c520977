/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scan, a command, a scan: what came between them.  The two trees are compared by way of snapshots, in a database in
 * memory or, to be kept, in the user's: growth has one way to be told, and files are in it.
 *
 * Everything that changed below PATH while COMMAND ran is shown, each with who did it where the kernel tells; else a
 * line says that it may have been anybody.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/cmd_diff.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/headless.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/target.h"
#include "engine/watch/attribution.h"
#include "store/db/store.h"

#define NOT_FOUND 127 /* what a shell says of a command that is not there, and of one that cannot be run */
#define NOT_RUN 126

extern char **environ;

struct around_root {
	char *root;
	int64_t before, after; /* snapshots */
};

struct around {
	const struct options *options; /* with what a look at one command's writing is: every file, however small */
	struct scan_counting counting;
	struct exclude *exclude;
	struct buf described; /* the counting options as text */
	struct store *store;
	struct around_root *places;
	size_t count;
	struct target target;
	bool to_file;
	struct attribution *attribution; /* NULL = nobody tells who writes: */
	struct err why_not;
	char **command; /* ends with NULL */
	int status;     /* of it, as a shell has it */
};

static int snapshot_of(struct around *around, const char *root, int64_t *id, struct err *err)
{
	struct scan_options how = {.counting = around->counting,
	                           .threads = (unsigned)around->options->threads,
	                           .no_prefetch = !around->options->prefetch,
	                           .wake_fd = -1};
	struct snapshot_meta meta = {.options = around->described.data ? around->described.data : ""};
	struct scan_progress end;
	struct scan *scan;
	int rc = headless_scan(root, &how, around->options, true, &scan, err);

	if (rc)
		return rc;
	scan_progress(scan, &end);
	meta.started_at = end.started_wall_s;
	meta.finished_at = end.finished_wall_s;
	rc = snapshot_save(around->store, scan_tree(scan), &meta, interrupt_flag(), id, err);
	scan_destroy(scan);
	return rc;
}

/* ---- the command ---- */

/*
 * What the terminal sends goes to both; the command decides what it means, as under time(1).  What is sent to us alone
 * is passed on.
 */
static int wait_for(pid_t child)
{
	int status;

	for (;;) {
		pid_t n = waitpid(child, &status, 0);

		if (n == child)
			break;
		if (n < 0 && errno != EINTR)
			return NOT_RUN;
		if (interrupt_status())
			kill(child, interrupt_status() - 128);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_command(struct around *around, struct err *err)
{
	posix_spawnattr_t attributes;
	struct sigaction ignore = {.sa_handler = SIG_IGN}, kept[2];
	struct buf safe = {0};
	sigset_t defaults;
	pid_t child;
	int rc;

	rc = posix_spawnattr_init(&attributes);
	if (rc)
		return err_set(err, -rc, "%s", strerror(rc));
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, &kept[0]);
	sigaction(SIGQUIT, &ignore, &kept[1]);
	/* It gets the signals as we got them: these are ignored by us alone. */
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGXFSZ);
	if (kept[0].sa_handler != SIG_IGN)
		sigaddset(&defaults, SIGINT);
	if (kept[1].sa_handler != SIG_IGN)
		sigaddset(&defaults, SIGQUIT);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	rc = posix_spawnp(&child, around->command[0], NULL, &attributes, around->command, environ);
	if (!rc) {
		around->status = wait_for(child);
	} else {
		around->status = rc == ENOENT ? NOT_FOUND : NOT_RUN;
		err_set(err, -rc, _("cannot run %s: %s"), output_safe(&safe, around->command[0]), strerror(rc));
	}
	sigaction(SIGINT, &kept[0], NULL);
	sigaction(SIGQUIT, &kept[1], NULL);
	posix_spawnattr_destroy(&attributes);
	buf_free(&safe);
	return -rc;
}

/* ---- who did it ---- */

static void begin_attribution(struct around *around)
{
	const char **roots = alloc_array(around->count, sizeof(const char *));

	for (size_t i = 0; roots && i < around->count; i++)
		roots[i] = around->places[i].root;
	if (roots)
		attribution_start(roots, around->count, &around->attribution, &around->why_not);
	else
		err_no_memory(&around->why_not);
	free(roots);
}

static void end_attribution(struct around *around)
{
	if (!around->attribution || !attribution_end(around->attribution, &around->why_not))
		return;
	attribution_free(around->attribution);
	around->attribution = NULL;
}

static int by_path(const void *left, const void *right)
{
	return strcmp((*(const struct diff_entry *const *)left)->path,
	              (*(const struct diff_entry *const *)right)->path);
}

/* Whoever changed an entry changed what it lies in. */
static void tell_above(const struct diff *diff, const struct diff_entry **sorted, const struct diff_entry *entry,
                       unsigned who, unsigned char *out)
{
	struct buf path = {0};
	char *slash;

	buf_str(&path, entry->path);
	while (!path.failed && (slash = strrchr(path.data, '/')) && slash > path.data) {
		struct diff_entry wanted = {.path = path.data};
		const struct diff_entry *key = &wanted, **found;

		*slash = '\0';
		found = bsearch(&key, sorted, diff->count, sizeof(const struct diff_entry *), by_path);
		if (found)
			out[*found - diff->entries] |= (unsigned char)who;
	}
	buf_free(&path);
}

/*
 * The growth of what the command did not touch is others', the rest is its own: together they are the net growth.  Of a
 * folder is told who made its growth, not only what lies directly in it.
 */
static int attribute(const struct around *around, struct comparison *out, int64_t *others)
{
	const struct diff *diff = &out->diff;
	unsigned char *who = around->attribution ? alloc_array(diff->count, 1) : NULL;
	const struct diff_entry **sorted = alloc_array(diff->count, sizeof(const struct diff_entry *));

	*others = 0;
	out->who = who;
	if (!sorted || !who) {
		free(sorted);
		return around->attribution ? -ENOMEM : 0;
	}
	for (size_t i = 0; i < diff->count; i++)
		sorted[i] = &diff->entries[i];
	qsort(sorted, diff->count, sizeof(const struct diff_entry *), by_path);
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_entry *entry = &diff->entries[i];
		unsigned by = attribution_of(around->attribution, entry->path, entry->is_dir);

		by = by ? by : BY_OTHERS;
		if (!(by & BY_COMMAND) && entry->status != DIFF_UNKNOWN)
			*others = figure_delta_sum(*others, entry->direct_delta_bytes);
		if (entry->is_dir && !entry->direct_delta_bytes && entry->status != DIFF_MOVED)
			continue; /* what is in it tells */
		who[i] |= (unsigned char)by;
		tell_above(diff, sorted, entry, by, who);
	}
	free(sorted);
	return 0;
}

/* ---- what came of it ---- */

static int compare(struct around *around, const struct around_root *place, struct comparison *out, int64_t *others,
                   struct err *err)
{
	int rc = snapshot_get(around->store, place->before, &out->from, err);

	if (!rc)
		rc = snapshot_get(around->store, place->after, &out->to, err);
	if (!rc && buf_str(&out->path, place->root))
		rc = err_no_memory(err);
	if (!rc)
		rc = comparison_make(around->store, around->options, out, err);
	if (!rc && !around->options->keep)
		out->from.id = out->to.id = 0; /* nobody finds them again */
	if (!rc && attribute(around, out, others))
		rc = err_no_memory(err);
	if (!rc && !around->attribution)
		buf_printf(&out->note, _("all that changed there while the command ran, whoever wrote it%s%s"),
		           *around->why_not.text ? ": " : "", around->why_not.text);
	return rc;
}

static void clear(struct comparison *comparison)
{
	free((unsigned char *)(uintptr_t)comparison->who);
	comparison_clear(comparison);
}

/* By the command, and by others; nobody knows where nobody told. */
static void put_shares(const struct around *around, struct document *json, const struct comparison *comparison,
                       int64_t others)
{
	int64_t net = comparison->diff.net_bytes;

	document_growth(json, "command_bytes",
	                around->attribution ? figure_delta_sum(net, figure_negative(others)) : FIGURE_UNKNOWN);
	document_growth(json, "others_bytes", around->attribution ? others : FIGURE_UNKNOWN);
}

static void add_shares(const struct around *around, struct buf *out, const struct comparison *comparison,
                       int64_t others)
{
	int64_t ours = figure_delta_sum(comparison->diff.net_bytes, figure_negative(others));
	char mine[TEXT_FIGURE], theirs[TEXT_FIGURE];

	if (!around->attribution)
		buf_printf(out, "%s\n", comparison->note.data ? comparison->note.data : "");
	else
		buf_printf(out, _("%s by the command and what it started, %s by others\n"),
		           text_delta(mine, ours, around->options->si),
		           text_delta(theirs, others, around->options->si));
}

static void put_command(const struct around *around, struct document *json)
{
	document_array(json, "command");
	for (char **word = around->command; *word; word++)
		document_bytes(json, NULL, *word, strlen(*word));
	document_end_array(json);
	document_int(json, "status", around->status);
}

/* Of one folder the document is that of `diff`; of several it is a list of such. */
static int put_document(struct around *around, struct buf *out, struct err *err)
{
	struct document json = {0};
	int rc = 0;

	document_object(&json, NULL);
	if (around->count > 1) {
		document_int(&json, "schema", 1);
		document_array(&json, "paths");
	}
	for (size_t i = 0; !rc && i < around->count; i++) {
		struct comparison comparison = {0};
		int64_t others = 0;

		rc = compare(around, &around->places[i], &comparison, &others, err);
		if (!rc && around->count > 1)
			document_object(&json, NULL);
		if (!rc)
			diff_json(&json, around->options, &comparison);
		if (!rc)
			put_shares(around, &json, &comparison, others);
		if (!rc && around->count > 1)
			document_end_object(&json);
		clear(&comparison);
	}
	if (around->count > 1)
		document_end_array(&json);
	put_command(around, &json);
	document_end_object(&json);
	*out = json.out;
	return rc;
}

static int put_tables(struct around *around, struct buf *out, enum paint color, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < around->count; i++) {
		struct comparison comparison = {0};
		int64_t others = 0;

		rc = compare(around, &around->places[i], &comparison, &others, err);
		if (!rc)
			diff_table(out, around->options, &comparison, color);
		if (!rc && comparison.diff.count)
			add_shares(around, out, &comparison, others);
		clear(&comparison);
	}
	return rc;
}

/* On stderr: stdout is the command's. */
static int tell(struct around *around, struct err *err)
{
	struct buf text = {0};
	int rc = around->options->json
	               ? put_document(around, &text, err)
	               : put_tables(around, &text,
	                            around->to_file ? PAINT_OFF : options_color(around->options, STDERR_FILENO), err);

	if (!rc && text.failed)
		rc = err_no_memory(err);
	if (!rc && around->to_file)
		rc = target_begin(&around->target, err);
	if (!rc)
		rc = target_write(around->to_file ? around->target.fd : STDERR_FILENO, text.data, text.length);
	if (!rc && around->to_file)
		rc = target_finish(&around->target, err);
	else if (rc && around->to_file && !*err->text)
		target_failed(&around->target, rc, err);
	buf_free(&text);
	return rc;
}

/* ---- the steps ---- */

static int prepare(struct around *around, struct err *err)
{
	const struct options *options = around->options;
	size_t paths = options->word_count - options->plain_count;
	const char *here = ".";
	int rc;

	around->command = alloc_array(options->plain_count + 1, sizeof(*around->command));
	around->places = alloc_array(paths ? paths : 1, sizeof(*around->places));
	if (!around->command || !around->places)
		return err_no_memory(err);
	for (size_t i = 0; i < options->plain_count; i++)
		around->command[i] = (char *)options->words[paths + i];
	for (; around->count < (paths ? paths : 1); around->count++) {
		struct around_root *place = &around->places[around->count];

		place->root = headless_root(paths ? options->words[around->count] : here, err);
		if (!place->root)
			return -ENOENT;
	}
	rc = options_counting(options, &around->counting, &around->exclude, err);
	if (!rc && scan_counting_describe(&around->counting, &around->described))
		rc = err_no_memory(err);
	if (!rc && options->output) {
		rc = target_open(&around->target, options->output, options, err);
		around->to_file = !rc;
	}
	if (rc)
		return rc;
	if (options->keep)
		return database_open(options, true, &around->store, err);
	return store_open_memory(&around->store, err);
}

static int run_around(struct around *around, struct err *err)
{
	int rc = prepare(around, err);

	for (size_t i = 0; !rc && i < around->count; i++)
		rc = snapshot_of(around, around->places[i].root, &around->places[i].before, err);
	if (!rc) {
		begin_attribution(around);
		rc = run_command(around, err);
		end_attribution(around);
	}
	if (!rc && interrupt_status())
		rc = err_set(err, -ECANCELED, "%s", _("interrupted"));
	for (size_t i = 0; !rc && i < around->count; i++)
		rc = snapshot_of(around, around->places[i].root, &around->places[i].after, err);
	return rc ? rc : tell(around, err);
}

static int run(const struct options *options)
{
	struct options ours = *options;
	struct around around = {.options = &ours};
	struct err err = {{0}};
	int status;

	if (!options->plain_count)
		return output_misused("around", _("around needs a command behind --: disktracker around PATH -- make"));
	if (options->json && (!options->output || !strcmp(options->output, "-")))
		return output_misused("around", _("standard output is the command's: with --json give -o FILE"));
	ours.files = 1;
	if (ours.min_delta < 0)
		ours.min_delta = 0;
	interrupt_catch();
	int rc = run_around(&around, &err);

	status = around.status;
	if (rc) {
		int failed = output_fail(&err);

		status = status ? status : failed;
	}
	if (rc == -ECANCELED && interrupt_status())
		status = interrupt_status();
	if (around.to_file)
		target_abandon(&around.target);
	for (size_t i = 0; i < around.count; i++)
		free(around.places[i].root);
	attribution_free(around.attribution);
	store_close(around.store);
	exclude_destroy(around.exclude);
	buf_free(&around.described);
	free(around.places);
	free(around.command);
	return status;
}

const struct command cmd_around = {
	.name = "around",
	.words = "[PATH...] -- COMMAND",
	.summary = N_("Run a command, and say what was written meanwhile"),
	.example = "disktracker around ~/.cache -- make",
	.place = IN_AROUND,
	.most_words = SIZE_MAX,
	.run = run,
};
