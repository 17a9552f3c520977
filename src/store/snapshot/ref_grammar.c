/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/snapshot/ref_grammar.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/text.h"

bool ref_is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

const char *ref_id(const char *text)
{
	text += *text == '#';
	return ref_is_number(text) ? text : NULL;
}

int ref_days_before(const char *text)
{
	return strcmp(text, "today") == 0 ? 0 : strcmp(text, "yesterday") == 0 ? 1 : -1;
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

int ref_date_end(const char *text, int64_t *last_s)
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

enum ref_kind ref_kind(const char *text)
{
	int64_t seconds;

	if (ref_id(text))
		return REF_ID;
	if (!strcmp(text, "latest") || !strncmp(text, "latest~", 7))
		return REF_LATEST;
	if (!strcmp(text, "previous"))
		return REF_PREVIOUS;
	if (ref_days_before(text) >= 0)
		return REF_DAY;
	if (is_date(text))
		return REF_DATE;
	return text_parse_duration(text, &seconds) == -EINVAL ? REF_LABEL : REF_AGE;
}

#define LABEL_CHARACTERS 200

const char *ref_safe(char out[REF_SAFE], const char *text)
{
	struct buf safe = {0}, cut = {0};

	text_safe(&safe, text, strlen(text), false);
	if (!safe.failed)
		text_shorten(&cut, safe.data ? safe.data : "", safe.length, 60);
	size_t n = cut.failed || !cut.data ? 0 : cut.length < REF_SAFE ? cut.length : REF_SAFE - 1;

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
	char shown[REF_SAFE];
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
	else if (ref_kind(label) != REF_LABEL)
		rc = err_set(err, -EINVAL, _("\"%s\" cannot be a label: it reads as another way to name a snapshot"),
		             ref_safe(shown, label));
	buf_free(&safe);
	return rc;
}
