/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * A REF reads, in this order, as: an id (41, or #41 as it is printed), latest, latest~N, previous, today, yesterday, a
 * date or date-time in local time (2026-11-18, 2026-11-18 09:02,
 * 2026-11-18T09:02:31), an age (7d), and else as a label.  What has the form of one of the former is never a label.
 */
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

static bool all_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

/* Of `41` and `#41` the digits, else NULL. */
const char *ref_id(const char *text)
{
	text += *text == '#';
	return all_digits(text) ? text : NULL;
}

/* Days before today, or -1. */
static int day_word(const char *text)
{
	return strcmp(text, "today") == 0 ? 0 : strcmp(text, "yesterday") == 0 ? 1 : -1;
}

static bool is_latest(const char *text)
{
	return strcmp(text, "latest") == 0 || strncmp(text, "latest~", 7) == 0;
}

/* n digits as a number; -1 when one is missing. */
static int digits(const char *text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* Has it the form of a date, real or not? */
static bool is_date(const char *text)
{
	return digits(text, 4) >= 0 && text[4] == '-' && digits(text + 5, 2) >= 0 && text[7] == '-' &&
	       digits(text + 8, 2) >= 0 && (text[10] == '\0' || text[10] == ' ' || text[10] == 'T');
}

/*
 * The last second that a date (the whole local day) or date-time (the whole minute, when it names no seconds) covers.
 * -EINVAL when there is no such day or time.
 */
static int parse_date(const char *text, int64_t *last_s)
{
	struct tm tm = {.tm_year = digits(text, 4) - 1900,
	                .tm_mon = digits(text + 5, 2) - 1,
	                .tm_mday = digits(text + 8, 2),
	                .tm_isdst = -1};
	struct tm given = tm;
	int covers = 1;

	if (text[10]) {
		const char *clock = text + 11;

		tm.tm_hour = digits(clock, 2);
		if (tm.tm_hour < 0 || tm.tm_hour > 23 || clock[2] != ':')
			return -EINVAL;
		tm.tm_min = digits(clock + 3, 2);
		if (tm.tm_min < 0 || tm.tm_min > 59)
			return -EINVAL;
		if (clock[5] == ':') {
			tm.tm_sec = digits(clock + 6, 2);
			if (tm.tm_sec < 0 || tm.tm_sec > 59 || clock[8])
				return -EINVAL;
		} else if (clock[5]) {
			return -EINVAL;
		} else {
			covers = 60;
		}
	} else {
		tm.tm_hour = 12; /* every day has a noon: a check that no clock change can spoil */
	}
	struct tm normal = tm;
	time_t at = mktime(&normal);

	if (at == (time_t)-1 || normal.tm_year != given.tm_year || normal.tm_mon != given.tm_mon ||
	    normal.tm_mday != given.tm_mday)
		return -EINVAL;
	if (!text[10]) { /* to the second before the next day's first, however long this day is */
		struct tm next = given;

		next.tm_mday++;
		at = mktime(&next);
		if (at == (time_t)-1)
			return -EINVAL;
		covers = 0;
	}
	*last_s = (int64_t)at + covers - 1;
	return 0;
}

bool ref_reserved(const char *text)
{
	int64_t seconds;

	return ref_id(text) || day_word(text) >= 0 || is_latest(text) || strcmp(text, "previous") == 0 ||
	       is_date(text) || text_parse_duration(text, &seconds) != -EINVAL;
}

#define SAFE_SIZE 256
#define LABEL_CHARACTERS 200

/* What a person typed, safe to print; cut where it is longer than anyone reads. */
static const char *make_safe(char out[SAFE_SIZE], const char *text)
{
	struct buf safe = {0}, cut = {0};

	text_safe(&safe, text, strlen(text), false);
	if (!safe.failed)
		text_shorten(&cut, safe.data ? safe.data : "", safe.length, 60);
	size_t n = cut.failed || !cut.data ? 0 : cut.length < SAFE_SIZE ? cut.length : SAFE_SIZE - 1;

	if (n)
		memcpy(out, cut.data, n);
	out[n] = '\0';
	buf_free(&safe);
	buf_free(&cut);
	return out;
}

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80; /* begins one */
	return count;
}

/* What text_safe() had to escape, but for a backslash, which it doubles. */
static bool has_controls(const char *safe, const char *label)
{
	for (; *label; label++, safe++) {
		if (*safe != *label)
			return true;
		if (*label == '\\' && *++safe != '\\')
			return true;
	}
	return false;
}

int ref_check_label(const char *label, struct err *err)
{
	char shown[SAFE_SIZE];
	struct buf safe = {0};
	int rc = 0;

	text_safe(&safe, label, strlen(label), false);
	if (safe.failed)
		rc = err_no_memory(err);
	else if (!*label || !text_is_utf8(label, strlen(label)))
		rc = err_set(err, -EINVAL, _("a label is a word or more of UTF-8"));
	else if (has_controls(safe.data, label) || count_characters(label) > LABEL_CHARACTERS)
		rc = err_set(err, -EINVAL, _("a label has at most %d characters, and no control characters"),
		             LABEL_CHARACTERS);
	else if (ref_reserved(label))
		rc = err_set(err, -EINVAL, _("\"%s\" cannot be a label: it reads as another way to name a snapshot"),
		             make_safe(shown, label));
	buf_free(&safe);
	return rc;
}

static int take(const struct snapshot_list *list, size_t at, int64_t *id)
{
	*id = list->items[at].id;
	return 0;
}

static int find_id(const struct snapshot_list *list, const char *ref, int64_t *id, struct err *err)
{
	char safe[SAFE_SIZE];

	errno = 0;
	long long wanted = strtoll(ref_id(ref), NULL, 10);

	for (size_t i = 0; i < list->count && errno == 0; i++) {
		if (list->items[i].id == wanted)
			return take(list, i, id);
	}
	return err_set(err, -ENOENT, _("there is no snapshot %s here"), make_safe(safe, ref));
}

static int find_latest(const struct snapshot_list *list, const char *ref, int64_t *id, struct err *err)
{
	unsigned long long back = 0;
	char safe[SAFE_SIZE];

	if (ref[6] == '~') {
		if (!all_digits(ref + 7))
			return err_set(err, -EINVAL, _("%s: a number must follow `latest~`"), make_safe(safe, ref));
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
	               make_safe(safe, ref), list->count);
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
	char safe[SAFE_SIZE];

	if (day_word(ref) >= 0)
		last_s = end_of_day(now_s, day_word(ref));
	else if (parse_date(ref, &last_s))
		return err_set(err, -EINVAL, _("%s is no date or time"), make_safe(safe, ref));
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
	char safe[SAFE_SIZE];

	if (!*ref)
		return err_set(err, -EINVAL, _("a snapshot's name cannot be empty"));
	if (!list->count)
		return err_set(err, -ENOENT, _("there is no snapshot here yet: run `disktracker scan`"));
	if (ref_id(ref))
		return find_id(list, ref, id, err);
	if (is_latest(ref))
		return find_latest(list, ref, id, err);
	if (strcmp(ref, "previous") == 0)
		return find_previous(list, before, id, err);
	if (day_word(ref) >= 0 || is_date(ref))
		return find_date(list, ref, now_s, id, err);
	int e = text_parse_duration(ref, &age_s);

	if (e == -ERANGE)
		return err_set(err, -EINVAL, _("%s is longer than time"), make_safe(safe, ref));
	if (!e)
		return find_age(list, ref, age_s, now_s, id, note);
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].label && strcmp(list->items[i].label, ref) == 0)
			return take(list, i, id);
	}
	return err_set(err, -ENOENT, _("no snapshot here is called %s; `disktracker list` shows them"),
	               make_safe(safe, ref));
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

int ref_resolve(const char *path, struct buf *out)
{
	struct buf text = {0};

	if (*path != '/') {
		char *here = getcwd(NULL, 0);

		if (!here)
			return -errno;
		buf_str(&text, here);
		buf_char(&text, '/');
		free(here);
	}
	buf_str(&text, path);
	if (text.failed) {
		buf_free(&text);
		return -ENOMEM;
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

int ref_history(struct store *store, const char *path, struct snapshot_list *out, struct buf *root, struct err *err)
{
	struct buf whole = {0};
	struct snapshot_list all = {0};
	char safe[SAFE_SIZE];

	*out = (struct snapshot_list){0};
	int error = ref_resolve(path, &whole);

	if (error) {
		error = err_set(err, error, _("%s cannot be found: %s"), make_safe(safe, path), strerror(-error));
		goto out;
	}
	error = snapshot_list(store, NULL, store_host(), NULL, &all, err);
	if (error)
		goto out;
	const struct snapshot *head = find_head(&all, whole.data);

	if (!head)
		goto out;
	if (buf_str(root, head->scan_root)) {
		error = err_no_memory(err);
		goto out;
	}
	/* Keep the chain's, in their order; drop the others. */
	struct snapshot_list kept = {.items = all.items};
	struct snapshot chosen = *head; /* its strings live on: it keeps itself */

	for (size_t i = 0; i < all.count; i++) {
		struct snapshot *item = &all.items[i];

		if (strcmp(item->scan_root, chosen.scan_root) == 0 &&
		    strcmp(item->options ? item->options : "", chosen.options ? chosen.options : "") == 0 &&
		    snapshot_is_scan(item) == snapshot_is_scan(&chosen))
			kept.items[kept.count++] = *item;
		else
			snapshot_clear(item);
	}
	*out = kept;
	all = (struct snapshot_list){0};
out:
	snapshot_list_clear(&all);
	buf_free(&whole);
	return error;
}
