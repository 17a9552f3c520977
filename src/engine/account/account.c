/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/account/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "base/i18n.h"
#include "base/path.h"
#include "engine/account/hidden.h"
#include "engine/system/open_files.h"

/* ---- lines ---- */

static struct account_entry *add_entry(struct account_line *line, const char *path)
{
	if (alloc_room(&line->entries, &line->capacity, line->count + 1))
		return NULL;
	line->entries[line->count] = (struct account_entry){.path = alloc_text(path)};
	return line->entries[line->count].path ? &line->entries[line->count++] : NULL;
}

static void set_bytes(struct account_line *line, struct figure sum)
{
	line->bytes = figure_told_delta(sum);
}

static int by_bytes(const void *x, const void *y)
{
	const struct account_entry *a = x, *b = y;

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return strcmp(a->path, b->path);
}

static void sort_entries(struct account_line *line)
{
	if (line->count)
		qsort(line->entries, line->count, sizeof(*line->entries), by_bytes);
}

/* ---- what each of them holds ---- */

static int take_named(struct account *account, const struct named_bytes *named)
{
	struct account_line *tree = &account->lines[ACCOUNT_TREE], *outside = &account->lines[ACCOUNT_OUTSIDE];
	struct account_line *unreadable = &account->lines[ACCOUNT_UNREADABLE];
	struct account_entry *entry = add_entry(tree, account->fs.path);

	if (!entry)
		return -ENOMEM;
	entry->bytes = named->tree_bytes;
	entry->bytes_known = named->tree_known;
	set_bytes(tree, figure_of(named->tree_bytes));
	tree->partial = named->partial || !named->tree_known;
	set_bytes(outside, figure_of(named->outside_bytes));
	outside->partial = !named->outside_known;
	account->as_of = named->as_of;
	account->unreadable = named->unreadable;
	unreadable->partial = named->unreadable;
	for (size_t i = 0; i < named->unreadable_path_count; i++)
		if (!add_entry(unreadable, named->unreadable_paths[i]))
			return -ENOMEM;
	if (tree->partial)
		account->why |= ACCOUNT_WHY_OLD;
	if (outside->partial)
		account->why |= account->fs.project ? ACCOUNT_WHY_QUOTA : ACCOUNT_WHY_OUTSIDE;
	if (unreadable->partial)
		account->why |= ACCOUNT_WHY_UNREADABLE;
	return 0;
}

static int take_open_file(struct account *account, const struct open_file *file, struct figure *sum)
{
	struct account_line *line = &account->lines[ACCOUNT_DELETED_OPEN];
	struct account_entry *entry = add_entry(line, file->path);

	if (!entry)
		return -ENOMEM;
	entry->bytes = file->bytes;
	entry->bytes_known = file->bytes_known;
	entry->by = open_file_names(file);
	entry->pid = file->holder_count ? file->holders[0].pid : 0;
	figure_add_bytes(sum, file->bytes);
	if (!file->bytes_known) {
		line->partial = true;
		account->why |= ACCOUNT_WHY_HELD;
	}
	return entry->by ? 0 : -ENOMEM;
}

static int take_open_files(struct account *account, const _Atomic bool *cancel)
{
	struct account_line *line = &account->lines[ACCOUNT_DELETED_OPEN];
	struct open_files *files = NULL;
	struct figure sum = {0};
	int rc = open_files_read(&account->fs.dev, 1, cancel, &files);

	/* Without /proc nobody knows. */
	if (rc && rc != -ENOMEM && rc != -ECANCELED) {
		line->partial = true;
		account->why |= ACCOUNT_WHY_PROCESSES;
		return 0;
	}
	for (size_t i = 0; !rc && i < files->count; i++)
		/* Of a project what lay in its folders counts. */
		if (files->items[i].deleted &&
		    (!account->fs.project || path_below(files->items[i].path, account->fs.path)))
			rc = take_open_file(account, &files->items[i], &sum);
	if (!rc && files->unseen) {
		line->partial = true;
		account->why |= ACCOUNT_WHY_PROCESSES;
	}
	open_files_free(files);
	set_bytes(line, sum);
	return rc;
}

static int take_hidden(struct account *account, const _Atomic bool *cancel)
{
	struct account_line *line = &account->lines[ACCOUNT_HIDDEN];
	struct hidden_places places = {0};
	struct figure sum = {0};
	int rc = 0;

	for (size_t i = 0; !rc && !account->fs.project && i < account->fs.table.count; i++)
		if (named_shows(&account->fs, i))
			rc = hidden_read(&account->fs.table, &account->fs.table.items[i], cancel, &places);
	line->partial = places.refused;
	for (size_t i = 0; !rc && i < places.count; i++) {
		struct account_entry *entry = add_entry(line, places.items[i].point);

		if (!entry) {
			rc = -ENOMEM;
			break;
		}
		entry->bytes = places.items[i].bytes;
		entry->bytes_known = !places.items[i].partial;
		line->partial |= places.items[i].partial;
		figure_add_bytes(&sum, entry->bytes);
	}
	if (line->partial)
		account->why |= ACCOUNT_WHY_HIDDEN;
	hidden_free(&places);
	set_bytes(line, sum);
	return rc;
}

static bool shares_extents(const struct fs_info *fs)
{
	static const char *const types[] = {"btrfs", "xfs", "zfs", "bcachefs", "ocfs2", "overlay", "f2fs"};

	for (size_t i = 0; fs->mount && i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(fs->mount->type, types[i]))
			return true;
	return false;
}

static void take_rest(struct account *account, const _Atomic bool *cancel)
{
	struct file_system_metadata metadata = {.known = true};
	struct account_line *line = &account->lines[ACCOUNT_METADATA], *rest = &account->lines[ACCOUNT_UNEXPLAINED];
	struct figure left = figure_of(account->fs.usage.used_bytes);

	if (!account->fs.project)
		metadata = file_system_metadata(&account->fs, cancel);
	set_bytes(line, figure_of(metadata.bytes));
	line->partial = !metadata.known;
	if (line->partial)
		account->why |= ACCOUNT_WHY_METADATA;
	for (int i = 0; i < ACCOUNT_UNEXPLAINED; i++)
		figure_take(&left, (struct figure){.low = (uint64_t)account->lines[i].bytes,
		                                   .high = account->lines[i].bytes < 0 ? -1 : 0});
	set_bytes(rest, left);
	if (rest->bytes < 0 && shares_extents(&account->fs))
		account->why |= ACCOUNT_WHY_SHARED;
	if (rest->bytes > 0 && account->fs.mount && !strcmp(account->fs.mount->type, "btrfs"))
		account->why |= ACCOUNT_WHY_EXTENTS;
	if (account->changed_bytes && account->changed_bytes != FIGURE_UNKNOWN)
		account->why |= ACCOUNT_WHY_CHANGED;
}

/* ---- together ---- */

static int finish(struct account *account, struct named_bytes *named, const _Atomic bool *cancel, struct err *err)
{
	int rc = take_named(account, named);

	named_clear(named);
	if (!rc)
		rc = take_open_files(account, cancel);
	if (!rc)
		rc = take_hidden(account, cancel);
	if (!rc)
		take_rest(account, cancel);
	if (!rc) {
		sort_entries(&account->lines[ACCOUNT_DELETED_OPEN]);
		sort_entries(&account->lines[ACCOUNT_HIDDEN]);
		return 0;
	}
	account_clear(account);
	return rc == -ENOMEM ? err_no_memory(err) : err_set(err, rc, "%s", _("interrupted"));
}

int account_of(const char *path, struct named_bytes *named, const _Atomic bool *cancel, struct account *out,
               struct err *err)
{
	*out = (struct account){.changed_bytes = FIGURE_UNKNOWN};
	int rc = file_system_read(path, &out->fs, err);

	if (!rc)
		return finish(out, named, cancel, err);
	named_clear(named);
	return rc;
}

int account_read(const char *path, const struct named_scanner *scanner, const _Atomic bool *cancel, struct account *out,
                 struct err *err)
{
	struct named_bytes named;

	*out = (struct account){0};
	int rc = file_system_read(path, &out->fs, err);
	uint64_t before = out->fs.usage.used_bytes;

	if (rc)
		return rc;
	rc = named_scan(&out->fs, scanner, &named, err);
	if (rc) {
		account_clear(out);
		return rc;
	}
	/* The figures nearest to what was read are those from behind it. */
	file_system_refresh(&out->fs);
	out->changed_bytes = figure_growth(before, out->fs.usage.used_bytes);
	return finish(out, &named, cancel, err);
}

int account_of_image(const char *path, const struct image *image, uint32_t dir, int64_t as_of,
                     const _Atomic bool *cancel, struct account *out, struct err *err)
{
	struct named_bytes named;
	struct fs_info fs;
	int rc = file_system_read(path, &fs, err);

	if (rc)
		return rc;
	named_image(&fs, image, dir, as_of, &named);
	file_system_clear(&fs);
	return account_of(path, &named, cancel, out, err);
}

void account_clear(struct account *account)
{
	for (int i = 0; i < ACCOUNT_REASONS; i++) {
		struct account_line *line = &account->lines[i];

		for (size_t k = 0; k < line->count; k++) {
			free(line->entries[k].path);
			free(line->entries[k].by);
		}
		free(line->entries);
	}
	file_system_clear(&account->fs);
	*account = (struct account){0};
}

/* ---- words ---- */

static const struct {
	const char *name, *words;
} reasons[ACCOUNT_REASONS] = {
	[ACCOUNT_TREE] = {"tree", N_("in this folder")},
	[ACCOUNT_DELETED_OPEN] = {"deleted_open", N_("deleted, still open")},
	[ACCOUNT_HIDDEN] = {"hidden", N_("hidden under mounts")},
	[ACCOUNT_OUTSIDE] = {"outside", N_("outside this folder")},
	[ACCOUNT_METADATA] = {"metadata", N_("metadata")},
	[ACCOUNT_UNREADABLE] = {"unreadable", N_("unreadable")},
	[ACCOUNT_UNEXPLAINED] = {"unexplained", N_("unexplained")},
};

static const char *const whys[ACCOUNT_WHY_COUNT] = {
	N_("what lies outside this folder was not read"),
	N_("some folders are unreadable"),
	N_("what other users' processes hold open only root sees"),
	N_("what lies under mounts only root sees"),
	N_("the file system does not tell what its metadata take"),
	N_("files share blocks, or are compressed, and take less than they show"),
	N_("extents that are used in part, subvolumes that are not mounted"),
	N_("it changed while it was read"),
	N_("the folder's size is not of now"),
	N_("the quota's project has other folders"),
	N_("a deleted file is held that tells no size"),
};

const char *account_reason_name(enum account_reason reason)
{
	return reasons[reason].name;
}

const char *account_reason_words(enum account_reason reason)
{
	return _(reasons[reason].words);
}

void account_explain(const struct account *account, struct buf *out)
{
	bool any = false;

	for (int i = 0; i < ACCOUNT_WHY_COUNT; i++)
		if (account->why & 1u << i) {
			buf_str(out, any ? "; " : "");
			buf_str(out, _(whys[i]));
			any = true;
		}
}
