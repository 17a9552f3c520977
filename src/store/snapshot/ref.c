/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/snapshot/ref.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/path.h"
#include "base/text.h"

static int take(const struct snapshot_list *list, size_t at, int64_t *id)
{
	*id = list->items[at].id;
	return 0;
}

static int find_id(const struct snapshot_list *list, const char *ref, int64_t *id, struct err *err)
{
	char safe[REF_SAFE];

	errno = 0;
	long long wanted = strtoll(ref_id(ref), NULL, 10);

	for (size_t i = 0; i < list->count && errno == 0; i++) {
		if (list->items[i].id == wanted)
			return take(list, i, id);
	}
	return err_set(err, -ENOENT, _("there is no snapshot %s here"), ref_safe(safe, ref));
}

static int find_latest(const struct snapshot_list *list, const char *ref, int64_t *id, struct err *err)
{
	unsigned long long back = 0;
	char safe[REF_SAFE];

	if (ref[6] == '~') {
		if (!ref_is_number(ref + 7))
			return err_set(err, -EINVAL, _("%s: a number must follow `latest~`"), ref_safe(safe, ref));
		errno = 0;
		back = strtoull(ref + 7, NULL, 10);
		if (errno)
			back = ULLONG_MAX;
	}
	if (back < list->count)
		return take(list, (size_t)back, id);
	return err_set(err, -ENOENT,
	               ngettext("%s: there is only %zu snapshot here", "%s: there are only %zu snapshots here",
	                        (unsigned long)list->count),
	               ref_safe(safe, ref), list->count);
}

static int find_previous(const struct snapshot_list *list, int64_t before, int64_t *id, struct err *err)
{
	size_t at = 0;

	while (before && at < list->count && list->items[at].id != before)
		at++;
	if (before && at == list->count)
		return err_set(err, -ENOENT,
		               _("snapshot %" PRId64 " is not one of these, so nothing is previous to it"), before);
	if (at + 1 >= list->count)
		return err_set(err, -ENOENT, _("there is no snapshot before %" PRId64 ": this is the first"),
		               list->items[at].id);
	return take(list, at + 1, id);
}

/* The newest snapshot of that second or before, by those dates that can be right; or list->count. */
static size_t newest_at(const struct snapshot_list *list, int64_t last_s)
{
	size_t i = 0;

	while (i < list->count && (list->items[i].doubtful_date || list->items[i].finished_at > last_s))
		i++;
	return i;
}

/* The first one whose date can be right; where there is none, the first. */
static size_t oldest(const struct snapshot_list *list)
{
	size_t i = list->count - 1;

	while (i && list->items[i].doubtful_date)
		i--;
	return list->items[i].doubtful_date ? list->count - 1 : i;
}

/* The last second of today, or of a day before. */
static int64_t end_of_day(int64_t now_s, int days_before)
{
	time_t now = (time_t)now_s;
	struct tm tm = {0};

	localtime_r(&now, &tm);
	struct tm next = {.tm_year = tm.tm_year,
	                  .tm_mon = tm.tm_mon,
	                  .tm_mday = tm.tm_mday + 1 - days_before,
	                  .tm_isdst = -1};

	return (int64_t)mktime(&next) - 1;
}

static int find_date(const struct snapshot_list *list, const char *ref, int64_t now_s, int64_t *id, struct err *err)
{
	int64_t last_s;
	char safe[REF_SAFE];

	if (ref_days_before(ref) >= 0)
		last_s = end_of_day(now_s, ref_days_before(ref));
	else if (ref_date_end(ref, &last_s))
		return err_set(err, -EINVAL, _("%s is no date or time"), ref_safe(safe, ref));
	size_t i = newest_at(list, last_s);

	if (i < list->count)
		return take(list, i, id);
	char first[TEXT_FIGURE];

	text_time(first, list->items[oldest(list)].finished_at);
	return err_set(err, -ENOENT, _("there is no snapshot of %.19s or before: the first is of %s"), ref, first);
}

static int find_age(const struct snapshot_list *list, const char *ref, int64_t age_s, int64_t now_s, int64_t *id,
                    struct buf *note)
{
	int64_t last_s;

	if (__builtin_sub_overflow(now_s, age_s, &last_s))
		last_s = INT64_MIN;
	size_t i = newest_at(list, last_s);

	if (i < list->count)
		return take(list, i, id);
	char when[TEXT_FIGURE], age[TEXT_FIGURE];
	const struct snapshot *first = &list->items[oldest(list)];

	text_time(when, first->finished_at);
	text_age(age, first->finished_at, now_s);
	if (note && buf_printf(note, _("history is shorter than %s: the first snapshot is taken, of %s (%s old)"), ref,
	                       when, age))
		return -ENOMEM;
	*id = first->id;
	return 0;
}

int ref_find(const struct snapshot_list *list, const char *ref, int64_t now_s, int64_t before, int64_t *id,
             struct buf *note, struct err *err)
{
	int64_t age_s;
	char safe[REF_SAFE];

	if (!*ref)
		return err_set(err, -EINVAL, _("a snapshot's name cannot be empty"));
	if (!list->count)
		return err_set(err, -ENOENT, _("there is no snapshot here yet: run `disktracker scan`"));
	switch (ref_kind(ref)) {
	case REF_ID:
		return find_id(list, ref, id, err);
	case REF_LATEST:
		return find_latest(list, ref, id, err);
	case REF_PREVIOUS:
		return find_previous(list, before, id, err);
	case REF_DAY:
	case REF_DATE:
		return find_date(list, ref, now_s, id, err);
	case REF_AGE:
		if (text_parse_duration(ref, &age_s))
			return err_set(err, -EINVAL, _("%s is longer than time"), ref_safe(safe, ref));
		return find_age(list, ref, age_s, now_s, id, note);
	case REF_LABEL:
		break;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].label && strcmp(list->items[i].label, ref) == 0)
			return take(list, i, id);
	}
	return err_set(err, -ENOENT, _("no snapshot here is called %s; `disktracker list` shows them"),
	               ref_safe(safe, ref));
}

/* ---- history of a path ---- */

/* Without "." and empty components; ".." goes up.  `path` is absolute. */
static int normalise(const char *path, struct buf *out)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.') {
			while (out->length && out->data[out->length - 1] != '/')
				out->length--;
			if (out->length)
				out->length--;
		} else if (n && !(n == 1 && path[0] == '.')) {
			buf_char(out, '/');
			buf_add(out, path, n);
		}
		path += n;
		path += *path == '/';
	}
	if (!out->failed && out->data)
		out->data[out->length] = '\0';
	if (!out->length)
		buf_char(out, '/');
	return out->failed ? -ENOMEM : 0;
}

/* With the current folder in front, if it needs one.  0 or -errno. */
static int with_folder(const char *path, struct buf *out)
{
	if (*path != '/') {
		char *here = getcwd(NULL, 0);

		if (!here)
			return -errno;
		buf_str(out, here);
		buf_char(out, '/');
		free(here);
	}
	return buf_str(out, path);
}

int ref_absolute(const char *path, struct buf *out)
{
	struct buf text = {0};
	int rc = with_folder(path, &text);

	if (!rc)
		rc = normalise(text.data, out);
	buf_free(&text);
	return rc;
}

int ref_resolve(const char *path, struct buf *out)
{
	struct buf text = {0};
	int rc = with_folder(path, &text);

	if (rc) {
		buf_free(&text);
		return rc;
	}
	/* Cut components off the end until the rest exists. */
	size_t cut = text.length;
	int error = -ENOENT;

	for (;;) {
		char saved = text.data[cut];

		text.data[cut] = '\0';
		char *real = realpath(cut ? text.data : "/", NULL);

		text.data[cut] = saved;
		if (real) {
			struct buf whole = {0};

			buf_str(&whole, real);
			buf_char(&whole, '/');
			buf_str(&whole, text.data + cut);
			free(real);
			error = whole.failed ? -ENOMEM : normalise(whole.data, out);
			buf_free(&whole);
			break;
		}
		if (errno == ENOMEM) {
			error = -ENOMEM;
			break;
		}
		if (cut == 0)
			break;
		while (cut && text.data[cut - 1] == '/')
			cut--;
		while (cut && text.data[cut - 1] != '/')
			cut--;
		while (cut > 1 && text.data[cut - 1] == '/')
			cut--;
		if (cut == 1)
			cut = 0;
	}
	buf_free(&text);
	return error;
}

/*
 * The snapshot whose chain answers for the path: of the deepest root, scans before imports, the newest.  NULL = none.
 */
static const struct snapshot *find_head(const struct snapshot_list *list, const char *path)
{
	const struct snapshot *head = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *item = &list->items[i];

		if (!path_below(path, item->scan_root))
			continue;
		size_t length = strlen(item->scan_root), best = head ? strlen(head->scan_root) : 0;

		if (!head || (snapshot_is_scan(item) && !snapshot_is_scan(head)) ||
		    (snapshot_is_scan(item) == snapshot_is_scan(head) && length > best))
			head = item;
	}
	return head;
}

static bool counts_alike(const struct snapshot *a, const struct snapshot *b)
{
	return !strcmp(a->scan_root, b->scan_root) &&
	       !strcmp(a->options ? a->options : "", b->options ? b->options : "");
}

/*
 * When the scans of its kind begin, by the dates that can be right; INT64_MAX = there is none.  What was declared is
 * the time before them: where both have something to say, the scans do.
 */
static int64_t first_scan(const struct snapshot_list *list, const struct snapshot *like)
{
	int64_t first_s = INT64_MAX;

	for (size_t i = 0; i < list->count; i++) {
		const struct snapshot *item = &list->items[i];

		if (snapshot_is_scan(item) && counts_alike(item, like) && !item->doubtful_date &&
		    item->started_at < first_s)
			first_s = item->started_at;
	}
	return first_s;
}

int ref_history_of(struct store *store, const char *host, const char *path, struct snapshot_list *out, struct buf *root,
                   struct err *err)
{
	struct snapshot_list all = {0};

	*out = (struct snapshot_list){0};
	int error = snapshot_list(store, NULL, host ? host : store_host(), NULL, &all, err);
	const struct snapshot *head = error ? NULL : find_head(&all, path);

	if (head && buf_str(root, head->scan_root))
		error = err_no_memory(err);
	if (error || !head) {
		snapshot_list_clear(&all);
		return error;
	}
	/* Keep what is on its line of time, in their order; drop the others. */
	struct snapshot_list kept = {.items = all.items};
	struct snapshot chosen = *head; /* its strings live on: it keeps itself */
	int64_t first_s = first_scan(&all, &chosen);

	for (size_t i = 0; i < all.count; i++) {
		struct snapshot *item = &all.items[i];

		if (counts_alike(item, &chosen) && (snapshot_is_scan(item) || item->finished_at < first_s))
			kept.items[kept.count++] = *item;
		else
			snapshot_clear(item);
	}
	*out = kept;
	return 0;
}

