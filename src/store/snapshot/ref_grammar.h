/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_SNAPSHOT_REF_GRAMMAR_H
#define STORE_SNAPSHOT_REF_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A REF is the name of a snapshot as a person types it.  It reads, in this order, as one of these; what has the form of
 * one of the former, true or not, is never a label.
 */
enum ref_kind {
	REF_ID,       /* 41, or #41 as it is printed */
	REF_LATEST,   /* latest, latest~N */
	REF_PREVIOUS, /* previous */
	REF_DAY,      /* today, yesterday */
	REF_DATE,     /* in local time: 2026-11-18, 2026-11-18 09:02, 2026-11-18T09:02:31 */
	REF_AGE,      /* 7d */
	REF_LABEL,
};

enum ref_kind ref_kind(const char *text);

/** The digits of an id, `41` or `#41` as it is printed; NULL = it is none. */
const char *ref_id(const char *text);

/** Digits, and nothing else? */
bool ref_is_number(const char *text);

/** How many days before today a word names, -1 = it is none. */
int ref_days_before(const char *text);

/**
 * The last second that a date (the whole local day) or date-time (the whole minute, when it names no seconds) covers.
 * -EINVAL when there is no such day or time.
 */
int ref_date_end(const char *text, int64_t *last_s);

/**
 * Can it be a label: a word or more of UTF-8, without control characters, at most 200 long, and no other REF?  -EINVAL
 * with a sentence.
 */
int ref_check_label(const char *label, struct err *err);

#define REF_SAFE 256
/** What a person typed, safe to print; cut where it is longer than anyone reads. */
const char *ref_safe(char out[REF_SAFE], const char *text);

#endif
