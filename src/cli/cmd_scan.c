/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/figure.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/export.h"
#include "cli/headless.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/retain.h"
#include "cli/target.h"
#include "store/snapshot/ref.h"
#include "store/record/warm_source.h"
#include "store/snapshot/snapshot.h"
#include "store/db/store.h"

/* One run of the command: what is held from its first step to its last. */
struct run {
	const struct options *options;
	bool keep;                      /* store a snapshot */
	bool summary;                   /* say what was found */
	char *root;                     /* what is read */
	struct buf as;                  /* what the snapshot is of, when that is another folder, at */
	int64_t at;                     /* that time: declared, and believed */
	bool copied;                    /* and its inodes are not that folder's */
	struct scan_counting counting;
	struct exclude *exclude;
	struct buf described;           /* the counting options as text */
	struct target target;
	bool exports;
	struct store *store;
	struct snapshot before;         /* the snapshot this one follows; id 0 = none */
	struct image *image;            /* its directories */
	struct warm_source *warm_source; /* its files, for a warm scan; until that has ended */
	bool warm;
	struct scan *scan;
	struct scan_progress end;
	int64_t id;                     /* of the new snapshot */
	struct growth_figure growth;    /* since the one before */
	struct snapshot_list removed;   /* behind it, by the retention */
};

/* What the newest scan of the same root, counted the same way, knows. */
static int load_before(struct run *run, struct err *err)
{
	const struct options *options = run->options;

	if (run->as.length && (options->cold || run->copied))
		return 0;
	if (run->as.length)
		return warm_source_declared(run->store, run->as.data, run->described.data ? run->described.data : "",
		                            SOURCE_DECLARED, run->at, options->warm, &run->before, &run->image,
		                            &run->warm_source, err);
	enum warm_source_need how = options->cold   ? WARM_SOURCE_NOTHING
	                          : !options->warm  ? WARM_SOURCE_IMAGE
	                          : options->output ? WARM_SOURCE_ROWS
	                                            : WARM_SOURCE_DIRECTORIES;

	return warm_source_newest(run->store, run->root, run->described.data ? run->described.data : "", how,
	                          &run->before, &run->image, &run->warm_source, err);
}

static int open_store(struct run *run, struct err *err)
{
	int rc = database_open(run->options, true, &run->store, err);

	if (rc == -EROFS) {
		struct err cause = *err;

		return err_set(err, rc, _("%.900s; --no-store scans without keeping a snapshot"), cause.text);
	}
	if (!rc && run->options->label)
		/* better known before a long scan than behind it */
		rc = snapshot_check_label(run->store, run->options->label, err);
	return rc ? rc : load_before(run, err);
}

/* Of declared states the one before is that by date. */
static int find_before(struct run *run, struct err *err)
{
	struct snapshot stored;
	int rc = snapshot_get(run->store, run->id, &stored, err);

	snapshot_clear(&run->before);
	run->before = (struct snapshot){0};
	if (rc)
		return rc;
	if (stored.since_id)
		rc = snapshot_get(run->store, stored.since_id, &run->before, err);
	snapshot_clear(&stored);
	return rc;
}

static int keep(struct run *run, struct err *err)
{
	struct snapshot_meta meta = {
		.options = run->described.data ? run->described.data : "",
		.label = run->options->label,
		.started_at = run->end.started_wall_s,
		.finished_at = run->end.finished_wall_s,
		.trusted = headless_trusted(run->scan),
		.remembered = run->before.id,
	};

	if (run->as.length) {
		meta.source = SOURCE_DECLARED;
		meta.started_at = meta.finished_at = run->at;
	}
	int rc = snapshot_save(run->store, scan_tree(run->scan), &meta, interrupt_flag(), &run->id, err);

	if (!rc && run->as.length)
		rc = find_before(run, err);
	if (!rc && run->before.id) {
		struct snapshot stored;

		rc = snapshot_get(run->store, run->id, &stored, err);
		if (!rc) {
			run->growth = snapshot_growth(&run->before, &stored);
			snapshot_clear(&stored);
		}
	}
	if (!rc && !run->as.length) { /* without these everything works, only slower, and takes more room */
		struct err why = {{0}};

		if (snapshot_make_index(run->store, scan_tree(run->scan), &meta, run->id, &why) == -EPERM)
			output_note("%s", why.text);
		retain_run(run->store, run->options, &run->removed);
	}
	return rc;
}

static int write_export(struct run *run, struct err *err)
{
	int rc = export_tree(scan_tree(run->scan), run->options, run->end.finished_wall_s, &run->target, err);

	if (rc)
		target_abandon(&run->target);
	run->exports = false;
	return rc;
}

/* ---- what is said of it ---- */

static int print_json(const struct run *run, const struct node *root)
{
	static const char *const modes[] = {"exact", "warm", "cold"};
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	if (run->id)
		document_int(&json, "snapshot_id", run->id);
	else
		document_null(&json, "snapshot_id");
	document_path(&json, "root", run->as.length ? run->as.data : run->root);
	document_uint(&json, "directories", root->items - root->files + 1);
	document_uint(&json, "files", root->files);
	document_size(&json, "total_bytes", root->alloc_bytes);
	document_size(&json, "apparent_bytes", root->apparent_bytes);
	document_uint(&json, "error_count", run->end.errors);
	document_int(&json, "duration_ms", run->end.elapsed_ns / 1000000);
	document_uint(&json, "threads", run->end.threads);
	if (run->growth.known)
		document_int(&json, "growth_bytes", run->growth.bytes);
	else
		document_null(&json, "growth_bytes");
	document_uint(&json, "growth_unknown_entries", run->growth.unknown_entries);
	retain_json(&json, &run->removed);
	document_object(&json, "warm");
	document_text(&json, "mode", modes[run->options->cold ? 2 : run->warm ? 1 : 0]);
	document_uint(&json, "trusted", run->end.warm.trusted);
	document_uint(&json, "shallow_changed", run->end.warm.shallow_changed);
	document_uint(&json, "deep_changed", run->end.warm.deep_changed);
	document_uint(&json, "identity_mismatch", run->end.warm.identity_mismatch);
	document_uint(&json, "unknown", run->end.warm.unknown);
	document_end_object(&json);
	document_end_object(&json);
	return output_json(&json);
}

static int print_summary(const struct run *run, const struct node *root)
{
	char size[TEXT_FIGURE], items[TEXT_FIGURE], delta[TEXT_FIGURE], span[TEXT_FIGURE];
	struct buf text = {0}, safe = {0};

	buf_printf(&text, ngettext("%s  %s in %s item, %.1f s\n", "%s  %s in %s items, %.1f s\n", root->items),
	           output_safe(&safe, run->as.length ? run->as.data : run->root),
	           text_size(size, root->alloc_bytes, run->options->si),
	           text_count(items, root->items), (double)run->end.elapsed_ns / 1e9);
	if (run->id && run->before.id)
		buf_printf(&text, _("#%lld saved, %s since #%lld (%s)\n"), (long long)run->id,
		           growth_text(delta, run->growth, run->options->si), (long long)run->before.id,
		           text_age(span, run->before.finished_at,
		                    run->as.length ? run->at : run->end.finished_wall_s));
	if (run->growth.unknown_entries)
		buf_printf(
			&text,
			ngettext(
				"%s entry could not be read, or was not mounted, in one of the two: it is not part"
				" of that\n",
				"%s entries could not be read, or were not mounted, in one of the two: they are not"
				" part of that\n",
				run->growth.unknown_entries),
			text_count(items, run->growth.unknown_entries));
	if (run->id && !run->before.id)
		buf_printf(&text, _("#%lld saved; after the next scan 'disktracker diff' shows what grew\n"),
		           (long long)run->id);
	buf_free(&safe);
	return output_text(&text);
}

static int report(const struct run *run)
{
	struct node root;

	tree_dir_node(scan_tree(run->scan), DIR_ROOT, &root);
	int status = STATUS_DONE;

	if (run->summary && run->options->json)
		status = print_json(run, &root);
	else if (run->summary && run->options->feedback != FEEDBACK_NONE && !run->options->quiet)
		status = print_summary(run, &root);
	return status == STATUS_DONE && run->options->fail_on_errors && run->end.errors ? STATUS_UNREADABLE : status;
}

/* ---- the steps ---- */

/*
 * A snapshot that a file system keeps has the inodes of what it is of; a backup has its own, and nothing in it is moved
 * or new because of them.
 */
static bool is_copy(const char *here, const char *as)
{
	struct statx a, b;

	return statx(AT_FDCWD, here, 0, STATX_INO | STATX_BTIME, &a) ||
	       statx(AT_FDCWD, as, 0, STATX_INO | STATX_BTIME, &b) || a.stx_ino != b.stx_ino ||
	       ((a.stx_mask & b.stx_mask & STATX_BTIME) && (a.stx_btime.tv_sec != b.stx_btime.tv_sec ||
	                                                    a.stx_btime.tv_nsec != b.stx_btime.tv_nsec));
}

/* The folder and the time that somebody declares.  PATH need not exist any more. */
static int read_declared(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	int rc = ref_resolve(options->as, &run->as);
	struct buf safe = {0};

	run->copied = !rc && is_copy(run->root, run->as.data);
	if (rc)
		err_set(err, rc, _("cannot find %s: %s"), output_safe(&safe, options->as), strerror(-rc));
	else if (ref_is_number(options->at) ? (run->at = strtoll(options->at, NULL, 10)) <= 0
	                                    : ref_date_end(options->at, &run->at))
		rc = err_set(err, -EINVAL,
		             _("--at: '%s' is no time: 2026-11-18, '2026-11-18 09:02', or seconds since 1970"),
		             output_safe(&safe, options->at));
	buf_free(&safe);
	return rc;
}

static int prepare(struct run *run, struct err *err)
{
	const struct options *options = run->options;
	int rc;

	run->root = headless_root(options->word_count ? options->words[0] : ".", err);
	if (!run->root)
		return -EINVAL;
	rc = options_counting(options, &run->counting, &run->exclude, err);
	if (rc)
		return rc;
	if (options->as)
		rc = read_declared(run, err);
	if (rc)
		return rc;
	headless_idle_patterns(options, run->as.length ? run->as.data : run->root);
	rc = scan_counting_describe(&run->counting, &run->described);
	if (rc)
		return err_no_memory(err);
	if (run->keep)
		rc = open_store(run, err);
	if (!rc && options->output) {
		rc = target_open(&run->target, options->output, options, err);
		run->exports = !rc;
	}
	return rc;
}

static int run_scan(const struct options *options, bool keep_it, bool summary, int64_t *id)
{
	struct run run = {.options = options, .keep = keep_it, .summary = summary};
	bool to_stdout = options->output && !strcmp(options->output, "-");
	struct err err = {{0}};
	int status = STATUS_DONE;
	int rc = prepare(&run, &err);

	if (!rc) {
		struct scan_options scan = {
			.counting = run.counting,
			.threads = (unsigned)options->threads,
			.no_prefetch = !options->prefetch,
			.raw = options->raw,
			.extended = options->extended,
			.as = run.as.length ? run.as.data : NULL,
			.baseline = run.image,
			.warm = run.warm_source,
			.wake_fd = -1,
		};

		run.warm = run.warm_source;
		rc = headless_scan(run.root, &scan, options, !to_stdout || options->feedback == FEEDBACK_LINE,
		                   &run.scan, &err);
	}
	warm_source_free(run.warm_source);
	if (!rc && run.copied)
		tree_forget_identities((struct tree *)scan_tree(run.scan));
	if (!rc) {
		scan_progress(run.scan, &run.end);
		rc = run.keep ? keep(&run, &err) : 0;
	}
	if (!rc) {
		if (scan_raw_refused(run.scan))
			output_note(_("scanned without --raw: %s"), scan_raw_refused(run.scan));
		headless_errors(&run.end);
		if (!run.as.length)
			headless_clock(&run.before, run.end.finished_wall_s);
		rc = run.exports ? write_export(&run, &err) : 0;
	}
	if (!rc)
		status = report(&run);
	else if (rc == -EPIPE)
		status = STATUS_PIPE;
	else
		status = output_fail(&err);
	if (rc == -ECANCELED && interrupt_status())
		status = interrupt_status();

	if (id)
		*id = run.id;
	if (run.exports)
		target_abandon(&run.target);
	scan_destroy(run.scan);
	image_free(run.image);
	snapshot_clear(&run.before);
	snapshot_list_clear(&run.removed);
	store_close(run.store);
	buf_free(&run.described);
	buf_free(&run.as);
	exclude_destroy(run.exclude);
	free(run.root);
	return status;
}

int cmd_scan_declared(const struct options *options, int64_t *id)
{
	return run_scan(options, true, false, id);
}

int cmd_scan_export(const struct options *options)
{
	return run_scan(options, false, false, NULL);
}

static int run_command(const struct options *options)
{
	bool to_stdout = options->output && !strcmp(options->output, "-");
	struct err err;

	if (to_stdout && options->json)
		return output_misused("scan", _("--json and -o - would both write to standard output"));
	if (options->label && !options->store)
		return output_misused("scan", _("--label names a snapshot, --no-store keeps none"));
	if (!options->as != !options->at || (options->as && !options->store))
		return output_misused(
			"scan",
			_("--as PATH --at TIME stores what lies here as the state of PATH at that time: both are"
		          " needed, and --no-store is not"));
	if (options->warm && (options->cold || !options->store))
		return output_misused("scan", options->cold
		                                      ? _("--warm trusts the snapshot before, --cold ignores it")
		                                      : _("--warm trusts the snapshot before, --no-store uses none"));
	if (options->warm && options->raw)
		return output_misused("scan", _("--warm trusts the snapshot before, --raw reads everything"));
	int rc = options->label ? ref_check_label(options->label, &err) : 0;

	if (rc)
		return output_refused("scan", rc, &err);
	return run_scan(options, options->store, !to_stdout, NULL);
}

const struct command cmd_scan = {
	.name = "scan",
	.words = "[PATH]",
	.summary = N_("Scan a folder and store a snapshot of it"),
	.example = "disktracker scan --label before-upgrade /",
	.place = IN_SCAN,
	.most_words = 1,
	.run = run_command,
};
